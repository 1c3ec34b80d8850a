/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which connection stays. In most tests the peer is no node but a bare struct
 * net with the peer's key, so that it can do what only a peer does that was
 * cut off or restarted.
 */
#include "tests/daemon/node/node_test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct home a, b;
static struct net *bare; /* speaks for b */
static struct net_conn *last; /* that opened on it */
static unsigned n_opened, n_closed;

static int
authorise(void *arg, const uint8_t remote[NOISE_KEY_BYTES],
    uint8_t out_psk[NOISE_KEY_BYTES])
{
	(void)arg;
	(void)remote;
	memset(out_psk, 0, NOISE_KEY_BYTES);
	return 0;
}

static void
opened(void *arg, struct net_conn *conn, const uint8_t remote[NOISE_KEY_BYTES],
    bool dialled)
{
	(void)arg;
	(void)remote;
	(void)dialled;
	n_opened++;
	last = conn;
}

static void
message(void *arg, struct net_conn *conn, struct span bytes)
{
	(void)arg;
	(void)conn;
	(void)bytes;
}

static void
closed(void *arg, struct net_conn *conn, int err, const char *reason)
{
	(void)arg;
	(void)conn;
	(void)err;
	(void)reason;
	n_closed++;
}

static const struct net_callbacks callbacks = {.authorise = authorise,
    .opened = opened,
    .message = message,
    .closed = closed};

/* b's id is less than a's, or greater; a knows it, and dials it or not. */
static void
begin(bool lesser, bool dial)
{
	struct net_options o = {.host = test_host,
	    .listen = "127.0.0.1",
	    .port_fixed = true,
	    .callbacks = &callbacks};

	home_begin(&a, "ada");
	home_begin_beside(&b, "bob", &a, lesser);
	home_peer(&a, &b, dial);
	home_peer(&b, &a, false);
	o.secret = b.identity.secret;
	o.port = b.port;
	ck_assert_int_eq(net_new(&bare, &o), 0);
	n_opened = n_closed = 0;
	home_start(&a);
}

static void
end(void)
{
	home_end(&a);
	net_free(bare);
	home_end(&b);
}

static struct node_session *
session(void)
{
	return a.node->peers->session;
}

/* The bare peer calls a, until that has opened at its end. */
static void
call(void)
{
	static const uint8_t psk[NOISE_KEY_BYTES];
	unsigned before = n_opened;
	struct net_conn *conn;
	char address[32];

	snprintf(address, sizeof address, "127.0.0.1:%u", (unsigned)a.port);
	ck_assert_int_eq(net_dial(bare, address, a.identity.id, psk, &conn), 0);
	UNTIL(n_opened > before);
}

START_TEST(both_dialling_at_once_end_with_one_session)
{
	home_begin(&a, "ada");
	home_begin(&b, "bob");
	home_peer(&a, &b, true);
	home_peer(&b, &a, true);
	home_start(&a);
	home_start(&b);
	UNTIL(home_connected(&a, "bob") && home_connected(&b, "ada") &&
	      a.node->conns == 1 && b.node->conns == 1);
	ck_assert(session()->dialled != b.node->peers->session->dialled);
	home_end(&a);
	home_end(&b);
}
END_TEST

START_TEST(a_second_call_of_a_restarted_peer_takes_over)
{
	struct net_conn *first;

	for (int lesser = 0; lesser < 2; lesser++) {
		begin(lesser, false);
		call();
		UNTIL(session() != NULL);
		first = session()->conn;
		call();
		UNTIL(session() != NULL && session()->conn != first);
		UNTIL(n_closed == 1 && a.node->conns == 1);
		end();
	}
}
END_TEST

START_TEST(what_the_lesser_dialled_replaces_what_the_greater_dialled)
{
	begin(true, true);
	UNTIL(session() != NULL && session()->dialled);
	call();
	UNTIL(session() != NULL && !session()->dialled);
	UNTIL(n_closed == 1 && a.node->conns == 1);
	end();
}
END_TEST

START_TEST(the_greater_is_refused_once_and_then_believed)
{
	struct net_conn *first;

	begin(false, true);
	UNTIL(session() != NULL && session()->dialled);
	first = session()->conn;
	call();
	UNTIL(n_closed == 1);
	ck_assert_ptr_eq(session()->conn, first);
	call();
	UNTIL(session() != NULL && !session()->dialled);
	UNTIL(n_closed == 2 && a.node->conns == 1);
	end();
}
END_TEST

START_TEST(an_old_session_gives_way_at_once)
{
	begin(false, true);
	UNTIL(session() != NULL && session()->dialled);
	session()->opened_ns -= 2 * LIMIT_HANDSHAKE_MS * NODE_NS_PER_MS;
	call();
	UNTIL(session() != NULL && !session()->dialled);
	end();
}
END_TEST

START_TEST(pauses_grow_to_their_limit_while_a_peer_is_away)
{
	struct node_peer *peer;

	home_begin(&a, "ada");
	home_begin(&b, "bob");
	home_peer(&a, &b, true);
	home_start(&a);
	peer = a.node->peers;
	UNTIL(peer->rounds >= 3);
	ck_assert(home_logged(&a, "peer_not_reached"));
	ck_assert_ptr_nonnull(strstr(peer->error, "cannot be reached"));
	ck_assert_ptr_null(peer->session);
	home_end(&a);
	home_end(&b);
}
END_TEST

/* The real host, on which a peer is dialled again at once: what the pauses
 * would have been is noted. */
static uint64_t pauses_ms[16];
static size_t n_pauses;

static void
hasty_start(void *self, struct host_timer *timer, uint64_t ms)
{
	const struct node_peer *peer = a.node ? a.node->peers : NULL;

	if (peer != NULL && timer == peer->timer && peer->rounds > 0 &&
	    n_pauses < sizeof pauses_ms / sizeof *pauses_ms) {
		pauses_ms[n_pauses++] = ms;
		ms = 0;
	}
	test_real->timer_start(self, timer, ms);
}

START_TEST(each_pause_is_about_twice_the_last_up_to_a_minute)
{
	uint64_t whole = LIMIT_BACKOFF_FIRST_MS;

	test_ops.timer_start = hasty_start;
	n_pauses = 0;
	home_begin(&a, "ada");
	home_begin(&b, "bob");
	home_peer(&a, &b, true);
	home_start(&a);
	UNTIL(n_pauses == sizeof pauses_ms / sizeof *pauses_ms);
	for (size_t i = 0; i < n_pauses; i++) {
		ck_assert_uint_ge(pauses_ms[i], whole / 2);
		ck_assert_uint_le(pauses_ms[i], whole);
		whole *= 2;
		if (whole > LIMIT_BACKOFF_LAST_MS)
			whole = LIMIT_BACKOFF_LAST_MS;
	}
	home_end(&a);
	home_end(&b);
}
END_TEST

START_TEST(all_addresses_of_a_peer_are_tried_in_turn)
{
	char text[128];

	begin(true, false);
	home_peer(&a, &b, false);
	snprintf(text, sizeof text,
	    "\naddress = {'127.0.0.1:1', '127.0.0.1:2', '127.0.0.1:%u'}\n",
	    (unsigned)b.port);
	{
		char path[128];
		FILE *f;

		snprintf(path, sizeof path, "%s/peers/bob.conf", a.at.conf);
		f = fopen(path, "a");
		ck_assert_ptr_nonnull(f);
		fputs(text, f);
		fclose(f);
	}
	ck_assert_int_eq(home_reload(&a), 0);
	UNTIL(session() != NULL && session()->dialled);
	ck_assert_uint_eq(a.node->peers->rounds, 0);
	end();
}
END_TEST

static int dial_rc;

static int
failing_dial(
    void *self, const char *address, uint16_t port, struct host_stream **out)
{
	(void)self;
	(void)address;
	(void)port;
	(void)out;
	return dial_rc;
}

START_TEST(why_a_peer_is_not_reached_comes_with_what_to_look_at)
{
	static const struct {
		int rc;
		const char *text;
	} cases[] = {{-ECONNREFUSED, "does its daemon run"},
	    {-EHOSTUNREACH, "is its address right"},
	    {-ENETUNREACH, "is its address right"},
	    {-ETIMEDOUT, "does a firewall stand between"},
	    {-EMFILE, "it cannot be dialled (Too many open files)"},
	    {ERR_CONFIG, "it cannot be dialled"}};

	test_ops.dial = failing_dial;
	home_begin(&a, "ada");
	home_begin(&b, "bob");
	home_peer(&a, &b, true);
	dial_rc = cases[0].rc;
	home_start(&a);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		dial_rc = cases[i].rc;
		node_peer_dial_now(a.node->peers);
		UNTIL(strstr(a.node->peers->error, cases[i].text) != NULL);
	}
	home_end(&a);
	home_end(&b);
}
END_TEST

START_TEST(a_peer_that_is_being_dialled_in_vain_is_dialled_where_it_went)
{
	struct net_conn *in_vain;

	begin(true, false);
	home_peer(&a, &b, true);
	ck_assert_int_eq(home_reload(&a), 0);
	UNTIL(a.node->peers->dialling != NULL || session() != NULL);
	in_vain = a.node->peers->dialling;
	ck_assert_ptr_nonnull(in_vain);
	node_peer_dial_now(a.node->peers);
	ck_assert_ptr_null(a.node->peers->dialling);
	UNTIL(session() != NULL && session()->dialled);
	ck_assert_uint_eq(a.node->peers->rounds, 0);
	UNTIL(a.node->conns == 1);
	end();
}
END_TEST

TCase *
node_peer_tcase(void)
{
	TCase *tc = tcase_create("peer");

	tcase_add_checked_fixture(tc, node_test_setup, node_test_teardown);
	tcase_set_timeout(tc, 20);
	tcase_add_test(tc, both_dialling_at_once_end_with_one_session);
	tcase_add_test(tc, a_second_call_of_a_restarted_peer_takes_over);
	tcase_add_test(
	    tc, what_the_lesser_dialled_replaces_what_the_greater_dialled);
	tcase_add_test(tc, the_greater_is_refused_once_and_then_believed);
	tcase_add_test(tc, an_old_session_gives_way_at_once);
	tcase_add_test(tc, pauses_grow_to_their_limit_while_a_peer_is_away);
	tcase_add_test(tc, each_pause_is_about_twice_the_last_up_to_a_minute);
	tcase_add_test(tc, all_addresses_of_a_peer_are_tried_in_turn);
	tcase_add_test(
	    tc, why_a_peer_is_not_reached_comes_with_what_to_look_at);
	tcase_add_test(
	    tc, a_peer_that_is_being_dialled_in_vain_is_dialled_where_it_went);
	return tc;
}
