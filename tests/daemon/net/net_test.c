/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/net/net_test.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/run.h"

struct host *test_host;

void
test_setup(void)
{
	ck_assert_int_eq(host_uv_new(&test_host), 0);
}

void
test_teardown(void)
{
	host_uv_free(test_host);
	test_host = NULL;
}

void
test_settle(void)
{
	for (int i = 0; i < 20; i++)
		host_uv_turn(test_host, 2);
}

/* ---- homes --------------------------------------------------------------- */

static uint8_t
content(size_t len, size_t at)
{
	return (uint8_t)(len * 31 + at * 7 + at / 251);
}

int
home_send(struct net_conn *conn, size_t len)
{
	uint8_t *p = malloc(len + 1);
	int rc;

	ck_assert_ptr_nonnull(p);
	for (size_t i = 0; i < len; i++)
		p[i] = content(len, i);
	rc = net_send(conn, span_of(p, len));
	free(p);
	return rc;
}

static int
on_authorise(void *arg, const uint8_t *remote, uint8_t *out_psk)
{
	struct home *home = arg;

	home->asked++;
	if (home->allowed == NULL || memcmp(remote, home->allowed, 32) != 0)
		return ERR_AUTH;
	memcpy(out_psk, home->psk, 32);
	return 0;
}

static void
on_opened(void *arg, struct net_conn *conn, const uint8_t *remote, bool dialled)
{
	struct home *home = arg;

	ck_assert_mem_eq(remote, net_conn_remote(conn), 32);
	ck_assert_ptr_nonnull(strchr(net_conn_address(conn), ':'));
	home->opened++;
	home->conn = conn;
	home->dialled = dialled;
}

static void
on_message(void *arg, struct net_conn *conn, struct span bytes)
{
	struct home *home = arg;

	for (size_t i = 0; i < bytes.len; i++)
		if (bytes.p[i] != content(bytes.len, i))
			ck_abort_msg("byte %zu of %zu differs", i, bytes.len);
	ck_assert_int_eq(VEC_PUSH(&home->sizes, bytes.len), 0);
	if (home->echo)
		ck_assert_int_eq(net_send(conn, bytes), 0);
	if (home->close_at_message)
		net_close(conn, "enough");
	if (home->pause_at_message)
		net_pause(conn, true);
}

static void
on_writable(void *arg, struct net_conn *conn)
{
	struct home *home = arg;

	ck_assert_uint_eq(net_queued(conn), 0);
	home->writable++;
}

static void
on_closed(void *arg, struct net_conn *conn, int err, const char *reason)
{
	struct home *home = arg;

	home->closed++;
	home->err = err;
	snprintf(home->reason, sizeof home->reason, "%s", reason);
	if (home->conn == conn)
		home->conn = NULL;
}

static void
on_refused(void *arg, const char *address, const uint8_t *remote, int err,
    const char *reason)
{
	struct home *home = arg;

	ck_assert_ptr_nonnull(strchr(address, ':'));
	home->refused++;
	home->remote_told = remote != NULL;
	home->err = err;
	snprintf(home->reason, sizeof home->reason, "%s", reason);
}

struct net_options
home_options(struct home *home)
{
	static const struct net_callbacks callbacks = {
	    .authorise = on_authorise,
	    .opened = on_opened,
	    .message = on_message,
	    .writable = on_writable,
	    .closed = on_closed,
	    .refused = on_refused,
	};

	return (struct net_options){
	    .host = test_host,
	    .secret = home->secret,
	    .listen = "127.0.0.1",
	    .callbacks = &callbacks,
	    .arg = home,
	};
}

void
home_start_with(struct home *home, const struct net_options *options)
{
	ck_assert_int_eq(net_new(&home->net, options), 0);
	for (uint8_t i = 0; i < 32; i++)
		home->psk[i] = 200 + i;
}

void
home_start(struct home *home, uint8_t seed)
{
	struct net_options options = home_options(home);

	memset(home, 0, sizeof *home);
	memset(home->secret, seed, sizeof home->secret);
	home_start_with(home, &options);
}

void
home_stop(struct home *home)
{
	int closed = home->closed;

	net_free(home->net);
	ck_assert_int_eq(home->closed, closed);
	VEC_RELEASE(&home->sizes);
}

void
home_dial(struct home *a, const struct home *b, struct net_conn **out)
{
	struct net_conn *conn;
	char address[32];

	snprintf(address, sizeof address, "127.0.0.1:%u", net_port(b->net));
	ck_assert_int_eq(
	    net_dial(a->net, address, net_own_key(b->net), a->psk, &conn), 0);
	if (out != NULL)
		*out = conn;
}

void
pair_start(struct pair *p)
{
	home_start(&p->a, 1);
	home_start(&p->b, 2);
	p->b.allowed = net_own_key(p->a.net);
	home_dial(&p->a, &p->b, NULL);
	RUN_UNTIL(p->a.opened == 1 && p->b.opened == 1);
}

void
pair_stop(struct pair *p)
{
	home_stop(&p->a);
	home_stop(&p->b);
}

/* ---- rogues -------------------------------------------------------------- */

static void
rogue_opened(void *arg)
{
	struct rogue *r = arg;

	r->connected = true;
}

static void
rogue_data(void *arg, struct span bytes)
{
	struct rogue *r = arg;

	ck_assert_int_eq(buf_add(&r->got, bytes), 0);
}

static void
rogue_closed(void *arg, int err)
{
	struct rogue *r = arg;

	(void)err;
	r->closed = true;
}

void
rogue_take(struct rogue *r, struct host_stream *stream)
{
	static const struct host_stream_cbs cbs = {
	    .opened = rogue_opened,
	    .data = rogue_data,
	    .closed = rogue_closed,
	};

	*r = (struct rogue){.stream = stream};
	buf_init(&r->got, 1 << 20);
	host_stream_set(test_host, stream, &cbs, r);
}

void
rogue_dial(struct rogue *r, const struct home *home)
{
	struct host_stream *stream;

	ck_assert_int_eq(
	    host_dial(test_host, "127.0.0.1", net_port(home->net), &stream), 0);
	rogue_take(r, stream);
}

void
rogue_stop(struct rogue *r)
{
	host_stream_free(test_host, r->stream);
	buf_release(&r->got);
}

void
rogue_send(struct rogue *r, struct span bytes)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	ck_assert_int_eq(buf_add(&b, bytes), 0);
	ck_assert_int_eq(host_stream_write(test_host, r->stream, &b), 0);
}

static void
rogue_noise_write(struct rogue *r)
{
	uint8_t length[2];
	struct buf b;

	buf_init(&b, 1 << 16);
	ck_assert_int_eq(noise_write(&r->noise, SPAN_LIT(""), &b), 0);
	net_put_be(length, sizeof length, b.len);
	rogue_send(r, span_of(length, sizeof length));
	rogue_send(r, buf_span(&b));
	buf_release(&b);
}

void
rogue_handshake(struct rogue *r, const struct home *home, const uint8_t *secret)
{
	static const uint8_t ephemeral[32] = {77};
	struct noise_options o = {
	    .pattern = &noise_xkpsk3,
	    .initiator = true,
	    .prologue = PREFACE,
	    .secret = secret,
	    .ephemeral = ephemeral,
	    .remote = net_own_key(home->net),
	    .psk = home->psk,
	};
	struct buf payload;

	buf_init(&payload, 100);
	rogue_dial(r, home);
	ck_assert_int_eq(noise_init(&r->noise, &o), 0);
	rogue_send(r, PREFACE);
	rogue_noise_write(r);
	RUN_UNTIL(r->got.len == 8 + 2 + 48);
	ck_assert_int_eq(
	    noise_read(&r->noise, span_of(r->got.p + 10, 48), &payload), 0);
	buf_clear(&r->got);
	rogue_noise_write(r);
	ck_assert_int_eq(noise_split(&r->noise, &r->send, &r->receive), 0);
	buf_release(&payload);
}

void
rogue_record(struct rogue *r, struct span plain)
{
	uint8_t record[2 + 256];

	ck_assert_uint_le(plain.len, 200);
	net_put_be(record, 2, plain.len + NOISE_TAG_BYTES);
	ck_assert_int_eq(noise_seal(&r->send, plain, record + 2), 0);
	rogue_send(r, span_of(record, 2 + plain.len + NOISE_TAG_BYTES));
}

/* ---- net.c --------------------------------------------------------------- */

START_TEST(two_homes_connect_and_know_each_other)
{
	struct pair p;

	pair_start(&p);
	ck_assert(p.a.dialled && !p.b.dialled);
	ck_assert_mem_eq(net_conn_remote(p.a.conn), net_own_key(p.b.net), 32);
	ck_assert_mem_eq(net_conn_remote(p.b.conn), net_own_key(p.a.net), 32);
	ck_assert_int_eq(p.b.asked, 1);
	ck_assert_int_eq(p.a.asked, 0);
	ck_assert_uint_eq(p.b.net->strangers, 0);
	pair_stop(&p);
}
END_TEST

static void
drop(void *arg, struct host_stream *taken)
{
	(void)arg;
	host_stream_free(test_host, taken);
}

/* Says whether a port after that one could be listened on just now. */
static bool
later_port_free(uint16_t port)
{
	struct host_listener *l;

	while (++port <= NET_PORT_LAST) {
		if (host_listen(test_host, "127.0.0.1", port, drop, NULL, &l))
			continue;
		host_listener_free(test_host, l);
		return true;
	}
	return false;
}

START_TEST(a_taken_port_is_stepped_over_unless_set_by_hand)
{
	struct home a = {0}, b = {0};
	struct net_options o = home_options(&a);
	struct net *none = NULL;

	o.port = NET_PORT_FIRST;
	if (net_new(&a.net, &o) == -EADDRINUSE ||
	    !later_port_free(net_port(a.net))) {
		printf("SKIP: ports %d to %d are taken\n", NET_PORT_FIRST,
		    NET_PORT_LAST);
		net_free(a.net);
		return;
	}
	ck_assert_uint_ge(net_port(a.net), NET_PORT_FIRST);
	ck_assert_int_eq(net_new(&b.net, &o), 0);
	ck_assert_uint_ne(net_port(b.net), net_port(a.net));
	ck_assert_uint_ge(net_port(b.net), NET_PORT_FIRST);
	ck_assert_uint_le(net_port(b.net), NET_PORT_LAST);
	o.port = net_port(a.net);
	o.port_fixed = true;
	ck_assert_int_eq(net_new(&none, &o), -EADDRINUSE);
	ck_assert_ptr_null(none);
	net_free(a.net);
	net_free(b.net);
}
END_TEST

START_TEST(a_home_that_does_not_listen_can_dial)
{
	struct home a = {.secret = {0, 1}}, b;
	struct net_options o = home_options(&a);

	o.listen = NULL;
	home_start_with(&a, &o);
	ck_assert_uint_eq(net_port(a.net), 0);
	home_start(&b, 2);
	b.allowed = net_own_key(a.net);
	home_dial(&a, &b, NULL);
	RUN_UNTIL(a.opened && b.opened);
	home_stop(&a);
	home_stop(&b);
}
END_TEST

START_TEST(dialling_nobody_is_reported_once)
{
	struct home a, b;
	char address[32];
	uint8_t key[32];
	struct net_conn *conn, *told;

	home_start(&a, 1);
	home_start(&b, 2);
	snprintf(address, sizeof address, "127.0.0.1:%u", net_port(b.net));
	memcpy(key, net_own_key(b.net), sizeof key);
	home_stop(&b);
	ck_assert_int_eq(net_dial(a.net, address, key, a.psk, &conn), 0);
	told = a.conn = conn;
	ck_assert_ptr_eq(told, conn);
	ck_assert_int_eq(net_send(conn, SPAN_LIT("x")), ERR_CLOSED);
	RUN_UNTIL(a.closed);
	test_settle();
	ck_assert_int_eq(a.closed, 1);
	ck_assert_int_eq(a.opened, 0);
	ck_assert_int_eq(a.err, -ECONNREFUSED);
	ck_assert_ptr_null(a.conn);
	home_stop(&a);
}
END_TEST

START_TEST(dialling_can_be_given_up)
{
	struct home a, b;
	struct net_conn *conn;

	home_start(&a, 1);
	home_start(&b, 2);
	home_dial(&a, &b, &conn);
	net_close(conn, "changed our mind");
	ck_assert_int_eq(a.closed, 0);
	RUN_UNTIL(a.closed);
	ck_assert_int_eq(a.err, 0);
	ck_assert_str_eq(a.reason, "changed our mind");
	home_stop(&a);
	home_stop(&b);
}
END_TEST

START_TEST(a_wrong_address_or_our_own_key_is_not_dialled)
{
	struct net_conn *conn;
	struct home a;

	home_start(&a, 1);
	ck_assert_int_eq(
	    net_dial(a.net, "host:port", a.secret, a.psk, &conn), ERR_CONFIG);
	ck_assert_int_eq(
	    net_dial(a.net, "127.0.0.1:1", net_own_key(a.net), a.psk, &conn),
	    ERR_AUTH);
	home_stop(&a);
}
END_TEST

START_TEST(homes_end_in_the_middle_of_everything)
{
	struct pair p;
	struct rogue r;

	pair_start(&p);
	rogue_dial(&r, &p.b);
	home_dial(&p.a, &p.b, NULL);
	ck_assert_int_eq(home_send(p.a.conn, 1 << 20), 0);
	host_uv_turn(test_host, 10);
	pair_stop(&p);
	test_settle();
	rogue_stop(&r);
}
END_TEST

TCase *
net_tcase(void)
{
	TCase *t = tcase_create("net");

	tcase_add_checked_fixture(t, test_setup, test_teardown);
	tcase_add_test(t, two_homes_connect_and_know_each_other);
	tcase_add_test(t, a_taken_port_is_stepped_over_unless_set_by_hand);
	tcase_add_test(t, a_home_that_does_not_listen_can_dial);
	tcase_add_test(t, dialling_nobody_is_reported_once);
	tcase_add_test(t, dialling_can_be_given_up);
	tcase_add_test(t, a_wrong_address_or_our_own_key_is_not_dialled);
	tcase_add_test(t, homes_end_in_the_middle_of_everything);
	return t;
}

int
main(void)
{
	static run_tcase *const tcases[] = {net_tcase, net_address_tcase,
	    net_conn_tcase, net_frame_tcase, net_handshake_tcase};

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	return run_tests("daemon/net", tcases, sizeof tcases / sizeof *tcases);
}
