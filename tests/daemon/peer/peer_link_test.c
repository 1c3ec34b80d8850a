/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions: two ends whose messages lie in queues until they are passed on,
 * and a fake clock. */
#include <stdio.h>
#include <string.h>

#include "daemon/peer/peer_internal.h"
#include "tests/daemon/peer/peer_test.h"

#define MS INT64_C(1000000)

/* One end. */
struct side {
	struct peer *p;
	struct message {
		struct buf bytes;
	} queue[600]; /* said, not yet passed on */
	size_t n, passed;
	int refuse; /* the channel's next answers */
	size_t queued;
	/* what the session told */
	int ready, ups, downs, messages, offers, answer;
	struct peer_link *link;
	uint16_t their_channel;
	char offered[LIMIT_FOLDER_ID_BYTES + 1];
	bool offer_at_once;
};

static int64_t clock_ns;
static struct log quiet;
static struct side a, b;

static int64_t
mono_ns(void *self)
{
	(void)self;
	return clock_ns;
}

static const struct host_ops ops = {.mono_ns = mono_ns, .now_ns = mono_ns};
static const struct host host = {.ops = &ops};

static int
channel_send(void *arg, struct span message)
{
	struct side *s = arg;
	struct buf *b_;

	if (s->refuse < 0)
		return s->refuse;
	ck_assert_uint_lt(s->n, 600);
	b_ = &s->queue[s->n++].bytes;
	buf_init(b_, MSG_BYTES_MAX);
	return buf_add(b_, message);
}

static size_t
channel_queued(void *arg)
{
	return ((struct side *)arg)->queued;
}

static void
on_ready(void *arg, struct peer *p)
{
	struct side *s = arg;

	ck_assert(peer_ready(p));
	s->ready++;
}

static void
on_link_up(void *arg, struct peer_link *l, const struct msg_folder *theirs)
{
	struct side *s = arg;

	s->ups++;
	s->link = l;
	s->their_channel = theirs->channel;
}

static int
on_link_message(void *arg, struct peer_link *l, struct msg *m)
{
	struct side *s = arg;

	ck_assert_ptr_eq(s->link, l);
	ck_assert_int_eq(m->type, MSG_HAVE);
	s->messages++;
	return s->answer;
}

static void
on_link_down(void *arg, struct peer_link *l)
{
	struct side *s = arg;

	s->downs++;
	if (s->link == l)
		s->link = NULL;
}

static int offer(struct side *s, const char *id);

static void
on_offered(void *arg, struct peer *p, struct span id)
{
	struct side *s = arg;

	(void)p;
	s->offers++;
	snprintf(s->offered, sizeof s->offered, "%.*s", (int)id.len,
	    (const char *)id.p);
	if (s->offer_at_once)
		ok(offer(s, s->offered));
}

static const struct peer_cbs cbs = {
    on_ready, on_link_up, on_link_message, on_link_down, on_offered};

static void
side_begin(struct side *s, const char *name)
{
	struct peer_options options = {.host = &host,
	    .log = &quiet,
	    .name = name,
	    .device = span_str(name),
	    .channel = {s, channel_send, channel_queued},
	    .cbs = &cbs,
	    .arg = s};

	memset(s, 0, sizeof *s);
	ok(peer_new(&options, &s->p));
}

static void
side_end(struct side *s)
{
	peer_free(s->p);
	for (size_t i = 0; i < s->n; i++)
		buf_release(&s->queue[i].bytes);
}

static void
begin(void)
{
	struct log_options none = {
	    .to_stderr = LOG_STDERR_NONE, .ring_dir = -1};

	clock_ns = 1000 * MS;
	ok(log_init(&quiet, &host, &none));
	side_begin(&a, "a");
	side_begin(&b, "b");
}

static void
end(void)
{
	side_end(&a);
	side_end(&b);
	log_release(&quiet);
}

/* Passes on all that one said: what the other answers to the last of it. */
static int
pass(struct side *from, struct side *to)
{
	int rc = 0;

	while (from->passed < from->n)
		rc = peer_message(
		    to->p, buf_span(&from->queue[from->passed++].bytes));
	return rc;
}

/* Both are ready. */
static void
greet(void)
{
	ok(pass(&a, &b));
	ok(pass(&b, &a));
}

static int
offer(struct side *s, const char *id)
{
	struct msg_folder mine = {.id = span_str(id), .format = PEER_FORMAT};

	return peer_offer(s->p, &mine, s);
}

/* Both offer "f". */
static void
link_up(void)
{
	greet();
	ok(offer(&a, "f"));
	ok(offer(&b, "f"));
	ok(pass(&a, &b));
	ok(pass(&b, &a));
	ck_assert_ptr_nonnull(a.link);
	ck_assert_ptr_nonnull(b.link);
}

/* A says something of the folder. */
static int
have(struct side *s, struct peer_link *l)
{
	struct msg m = {.type = MSG_HAVE};

	(void)s;
	m.have.channel = link_channel(l);
	return link_send(l, &m);
}

/* Gives a message to a session, as the other end would send it. */
static int
say(struct side *to, const struct msg *m)
{
	struct msg_zstd z;
	struct buf bytes;
	int rc;

	msg_zstd_init(&z);
	buf_init(&bytes, MSG_BYTES_MAX);
	ok(msg_write(&z, m, &bytes));
	rc = peer_message(to->p, buf_span(&bytes));
	buf_release(&bytes);
	msg_zstd_release(&z);
	return rc;
}

static int
say_folder(struct side *to, const char *id, uint16_t channel, uint32_t format)
{
	struct msg m = {.type = MSG_FOLDER};

	m.folder.id = span_str(id);
	m.folder.channel = channel;
	m.folder.format = format;
	return say(to, &m);
}

/* The reason of the CLOSE that was said last. */
static int
close_reason_of(const struct side *s)
{
	struct msg_zstd z;
	struct msg m;
	int reason = -1;

	msg_zstd_init(&z);
	ok(msg_parse(&z, buf_span(&s->queue[s->n - 1].bytes), &m));
	if (m.type == MSG_CLOSE)
		reason = (int)m.close.reason;
	msg_release(&m);
	msg_zstd_release(&z);
	return reason;
}

START_TEST(both_say_hello_and_are_ready)
{
	ck_assert(!peer_ready(a.p));
	greet();
	ck_assert_int_eq(a.ready, 1);
	ck_assert_int_eq(b.ready, 1);
	ck_assert_str_eq(peer_name(a.p), "a");
	ck_assert_ptr_eq(peer_arg(a.p), &a);
}
END_TEST

START_TEST(all_but_hello_and_close_is_refused_before_hello)
{
	struct msg m = {.type = MSG_PING};

	ck_assert_int_eq(say(&a, &m), ERR_GRAMMAR);
	ck_assert_int_eq(close_reason_of(&a), MSG_CLOSE_GRAMMAR);
	ck_assert_int_eq(say_folder(&b, "f", 0, PEER_FORMAT), ERR_GRAMMAR);
	/* Nothing is taken any more. */
	ck_assert_int_eq(say(&a, &m), ERR_CLOSED);
}
END_TEST

START_TEST(a_second_hello_is_refused)
{
	struct msg m = {.type = MSG_HELLO};

	greet();
	m.hello.program = SPAN_LIT("x");
	ck_assert_int_eq(say(&a, &m), ERR_GRAMMAR);
	ck_assert_int_eq(a.ready, 1);
}
END_TEST

START_TEST(L28_bytes_that_are_no_message_end_the_session)
{
	uint8_t bytes[] = {MSG_PING, 0, 0, 0};

	greet();
	ck_assert_int_eq(
	    peer_message(a.p, span_of(bytes, sizeof bytes)), ERR_GRAMMAR);
	ck_assert_int_eq(peer_message(b.p, span_of(bytes, 0)), ERR_GRAMMAR);
	ck_assert_int_eq(close_reason_of(&a), MSG_CLOSE_GRAMMAR);
}
END_TEST

START_TEST(any_byte_string_is_taken_or_refused)
{
	uint64_t x = 1;
	uint8_t bytes[40];

	for (int i = 0; i < 3000; i++) {
		struct side *s = &a;
		size_t len;

		side_end(s);
		side_begin(s, "a");
		ok(pass(&b, s));
		b.passed = 0;
		for (size_t j = 0; j < sizeof bytes; j++) {
			x = x * UINT64_C(6364136223846793005) + 1442695041;
			bytes[j] = (uint8_t)(x >> 40);
		}
		len = bytes[1] % sizeof bytes;
		bytes[0] %= 14;
		bytes[1] = 0;
		if (peer_message(s->p, span_of(bytes, len)) == 0)
			ck_assert(s->p->state == PEER_READY);
		else
			ck_assert(s->p->state == PEER_CLOSED);
	}
}
END_TEST

START_TEST(a_folder_is_up_when_both_offered_it)
{
	greet();
	ok(offer(&a, "f"));
	ck_assert_int_eq(a.ups, 0);
	ok(pass(&a, &b));
	ck_assert_str_eq(b.offered, "f");
	ck_assert_int_eq(b.ups, 0);
	ok(offer(&b, "f"));
	ck_assert_int_eq(b.ups, 1);
	ok(pass(&b, &a));
	ck_assert_int_eq(a.ups, 1);
	ck_assert_int_eq(a.offers, 0);
	ck_assert_ptr_eq(link_owner(a.link), &a);
	ck_assert_ptr_eq(link_peer(a.link), a.p);
}
END_TEST

START_TEST(an_offer_from_inside_offered_brings_up_once)
{
	greet();
	b.offer_at_once = true;
	ok(offer(&a, "f"));
	ok(pass(&a, &b));
	ck_assert_int_eq(b.ups, 1);
}
END_TEST

START_TEST(messages_carry_the_receivers_channel)
{
	greet();
	/* So that the two ends' numbers differ. */
	ok(offer(&b, "other"));
	ok(offer(&b, "f"));
	ok(offer(&a, "f"));
	ok(pass(&a, &b));
	ok(pass(&b, &a));
	ck_assert_uint_eq(link_channel(a.link), 1);
	ck_assert_uint_eq(link_channel(b.link), 0);
	ok(have(&a, a.link));
	ok(pass(&a, &b));
	ck_assert_int_eq(b.messages, 1);
	ok(have(&b, b.link));
	ok(pass(&b, &a));
	ck_assert_int_eq(a.messages, 1);
}
END_TEST

START_TEST(a_channel_never_given_is_refused)
{
	struct msg m = {.type = MSG_HAVE};

	link_up();
	m.have.channel = 1;
	ck_assert_int_eq(say(&a, &m), ERR_GRAMMAR);
	ck_assert_int_eq(a.downs, 0);
}
END_TEST

START_TEST(a_late_message_for_a_folder_taken_back_is_ignored)
{
	link_up();
	ok(have(&a, a.link));
	peer_unoffer(b.p, SPAN_LIT("f"));
	ck_assert_int_eq(b.downs, 1);
	ok(pass(&a, &b));
	ck_assert_int_eq(b.messages, 0);
	ok(pass(&b, &a));
	ck_assert_int_eq(a.downs, 1);
	/* Offered again it is another channel. */
	ok(offer(&b, "f"));
	ck_assert_int_eq(b.ups, 2);
	ok(pass(&b, &a));
	ck_assert_int_eq(a.ups, 2);
	ck_assert_uint_eq(link_channel(a.link), 1);
}
END_TEST

START_TEST(a_message_before_they_offered_is_not_handed_on)
{
	struct msg m = {.type = MSG_HAVE};

	greet();
	ok(offer(&a, "f"));
	m.have.channel = 0;
	ok(say(&a, &m));
	ck_assert_int_eq(a.messages, 0);
}
END_TEST

START_TEST(an_offer_anew_is_the_same_link)
{
	struct peer_link *link;

	link_up();
	link = b.link;
	ok(offer(&a, "f"));
	ck_assert_int_eq(a.ups, 1);
	ok(pass(&a, &b));
	ck_assert_int_eq(b.ups, 2);
	ck_assert_int_eq(b.downs, 0);
	ck_assert_ptr_eq(b.link, link);
	ck_assert_uint_eq(link_channel(a.link), 0);
}
END_TEST

START_TEST(L60_a_folder_of_another_format_hinders_no_other)
{
	greet();
	ok(offer(&a, "f"));
	ok(say_folder(&a, "f", 0, PEER_FORMAT + 1));
	ck_assert_int_eq(a.ups, 0);
	ok(offer(&a, "g"));
	ok(say_folder(&a, "g", 1, PEER_FORMAT));
	ck_assert_int_eq(a.ups, 1);
	/* They were updated, or went back. */
	ok(say_folder(&a, "f", 0, PEER_FORMAT));
	ck_assert_int_eq(a.ups, 2);
	ok(say_folder(&a, "f", 0, PEER_FORMAT + 1));
	ck_assert_int_eq(a.downs, 1);
}
END_TEST

START_TEST(one_channel_for_two_folders_is_refused)
{
	greet();
	ok(say_folder(&a, "f", 5, PEER_FORMAT));
	ck_assert_int_eq(say_folder(&a, "g", 5, PEER_FORMAT), ERR_GRAMMAR);
}
END_TEST

START_TEST(unfolder_of_what_was_not_offered_is_refused)
{
	struct msg m = {.type = MSG_UNFOLDER};

	greet();
	m.unfolder.channel = 5;
	ok(say_folder(&a, "f", 5, PEER_FORMAT));
	ok(say(&a, &m));
	ck_assert_int_eq(say(&a, &m), ERR_GRAMMAR);
}
END_TEST

START_TEST(too_many_folders_are_refused)
{
	char id[16];
	int rc = 0;

	greet();
	for (int i = 0; i <= LIMIT_FOLDERS; i++) {
		ok(rc);
		snprintf(id, sizeof id, "f%d", i);
		rc = say_folder(&a, id, (uint16_t)i, PEER_FORMAT);
	}
	ck_assert_int_eq(rc, ERR_LIMIT);
	ck_assert_int_eq(close_reason_of(&a), MSG_CLOSE_LIMIT);
}
END_TEST

START_TEST(offering_and_taking_back_leaves_nothing)
{
	greet();
	for (int i = 0; i < 200; i++) {
		ok(offer(&a, "f"));
		peer_unoffer(a.p, SPAN_LIT("f"));
	}
	ck_assert_uint_eq(a.p->n_links, 0);
	ok(pass(&a, &b));
	ck_assert_uint_eq(b.p->n_links, 0);
	peer_unoffer(a.p, SPAN_LIT("f"));
}
END_TEST

START_TEST(an_error_of_the_folder_ends_the_session)
{
	link_up();
	b.answer = ERR_GRAMMAR;
	ok(have(&a, a.link));
	ck_assert_int_eq(pass(&a, &b), ERR_GRAMMAR);
	ck_assert_int_eq(close_reason_of(&b), MSG_CLOSE_GRAMMAR);
}
END_TEST

START_TEST(close_is_heard_and_nothing_is_said_after_it)
{
	link_up();
	peer_bye(a.p, MSG_CLOSE_SHUTDOWN, "good night");
	ck_assert_int_eq(close_reason_of(&a), MSG_CLOSE_SHUTDOWN);
	ck_assert_int_eq(pass(&a, &b), ERR_CLOSED);
	ck_assert_int_eq(have(&a, a.link), ERR_CLOSED);
	ck_assert_int_eq(have(&b, b.link), ERR_CLOSED);
	ck_assert_int_eq(offer(&b, "g"), ERR_CLOSED);
}
END_TEST

START_TEST(freeing_takes_the_links_down)
{
	link_up();
	peer_free(a.p);
	a.p = NULL;
	ck_assert_int_eq(a.downs, 1);
}
END_TEST

START_TEST(L36_silence_is_pinged_and_ended)
{
	greet();
	ok(peer_tick(a.p));
	ck_assert_uint_eq(a.passed, a.n);
	clock_ns += LIMIT_PING_MS * MS;
	ok(peer_tick(a.p));
	ck_assert_uint_eq(a.passed + 1, a.n);
	ok(pass(&a, &b));
	/* The answer is a sign of life. */
	ok(pass(&b, &a));
	clock_ns += LIMIT_IDLE_MS * MS;
	ok(peer_tick(a.p));
	clock_ns += 1;
	ck_assert_int_eq(peer_tick(a.p), ERR_CLOSED);
}
END_TEST

START_TEST(a_peer_that_never_greets_is_ended)
{
	clock_ns += LIMIT_IDLE_MS * MS;
	ok(peer_tick(a.p));
	clock_ns += 1;
	ck_assert_int_eq(peer_tick(a.p), ERR_CLOSED);
}
END_TEST

START_TEST(a_ping_gets_its_number_back)
{
	struct msg ping = {.type = MSG_PING, .ping = {77}}, m;
	struct msg_zstd z;

	greet();
	ok(say(&a, &ping));
	msg_zstd_init(&z);
	ok(msg_parse(&z, buf_span(&a.queue[a.n - 1].bytes), &m));
	ck_assert_int_eq(m.type, MSG_PONG);
	ck_assert_uint_eq(m.ping.number, 77);
	msg_release(&m);
	msg_zstd_release(&z);
}
END_TEST

START_TEST(after_a_message_was_lost_nothing_follows)
{
	link_up();
	a.refuse = ERR_LIMIT;
	ck_assert_int_eq(have(&a, a.link), ERR_LIMIT);
	a.refuse = 0;
	ck_assert_int_eq(have(&a, a.link), ERR_CLOSED);
	ck_assert_int_eq(peer_tick(a.p), ERR_CLOSED);
}
END_TEST

START_TEST(an_offer_that_could_not_be_sent_is_none)
{
	greet();
	ok(say_folder(&a, "f", 0, PEER_FORMAT));
	a.refuse = -ENOMEM;
	ck_assert_int_eq(offer(&a, "f"), -ENOMEM);
	ck_assert_int_eq(offer(&a, "g"), ERR_CLOSED);
	ck_assert_int_eq(a.ups, 0);
	ck_assert_uint_eq(a.p->n_links, 1);
}
END_TEST

START_TEST(there_is_room_until_much_is_queued)
{
	link_up();
	ck_assert(link_has_room(a.link));
	a.queued = LIMIT_SEND_QUEUE_BYTES;
	ck_assert(!link_has_room(a.link));
}
END_TEST

TCase *
peer_link_tcase(void)
{
	TCase *tc = tcase_create("link");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, both_say_hello_and_are_ready);
	tcase_add_test(tc, all_but_hello_and_close_is_refused_before_hello);
	tcase_add_test(tc, a_second_hello_is_refused);
	tcase_add_test(tc, L28_bytes_that_are_no_message_end_the_session);
	tcase_add_test(tc, any_byte_string_is_taken_or_refused);
	tcase_add_test(tc, a_folder_is_up_when_both_offered_it);
	tcase_add_test(tc, an_offer_from_inside_offered_brings_up_once);
	tcase_add_test(tc, messages_carry_the_receivers_channel);
	tcase_add_test(tc, a_channel_never_given_is_refused);
	tcase_add_test(tc, a_late_message_for_a_folder_taken_back_is_ignored);
	tcase_add_test(tc, a_message_before_they_offered_is_not_handed_on);
	tcase_add_test(tc, an_offer_anew_is_the_same_link);
	tcase_add_test(tc, L60_a_folder_of_another_format_hinders_no_other);
	tcase_add_test(tc, one_channel_for_two_folders_is_refused);
	tcase_add_test(tc, unfolder_of_what_was_not_offered_is_refused);
	tcase_add_test(tc, too_many_folders_are_refused);
	tcase_add_test(tc, offering_and_taking_back_leaves_nothing);
	tcase_add_test(tc, an_error_of_the_folder_ends_the_session);
	tcase_add_test(tc, close_is_heard_and_nothing_is_said_after_it);
	tcase_add_test(tc, freeing_takes_the_links_down);
	tcase_add_test(tc, L36_silence_is_pinged_and_ended);
	tcase_add_test(tc, a_peer_that_never_greets_is_ended);
	tcase_add_test(tc, a_ping_gets_its_number_back);
	tcase_add_test(tc, after_a_message_was_lost_nothing_follows);
	tcase_add_test(tc, an_offer_that_could_not_be_sent_is_none);
	tcase_add_test(tc, there_is_room_until_much_is_queued);
	return tc;
}
