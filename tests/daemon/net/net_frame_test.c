/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "tests/daemon/net/net_test.h"

/* A sender and a receiver with the same key and no socket between. */
struct line {
	struct net_out out;
	struct net_in in;
};

static void
line_start(struct line *l)
{
	static const struct noise_cipher cipher = {
	    .usable = true,
	    .key = {1, 2, 3},
	    .rekey_records = 5,
	    .rekey_bytes = 1 << 20,
	};

	net_out_init(&l->out);
	net_in_init(&l->in);
	l->out.cipher = l->in.cipher = cipher;
	l->in.fresh = false;
}

static void
line_stop(struct line *l)
{
	net_out_release(&l->out);
	net_in_release(&l->in);
}

static void
send_one(struct line *l, size_t len)
{
	uint8_t *p = malloc(len + 1);

	ck_assert_ptr_nonnull(p);
	memset(p, (int)(len & 0xff), len);
	ck_assert_int_eq(net_out_message(&l->out, span_of(p, len)), 0);
	free(p);
}

/* Counts the records in what is sealed. */
static size_t
count_records(struct span s)
{
	size_t n = 0;

	for (size_t at = 0; at < s.len; n++)
		at += 2 + ((size_t)s.p[at] << 8 | s.p[at + 1]);
	return n;
}

/* Feeds all sealed bytes in steps; the messages must be those of sizes. */
static void
receive_all(struct line *l, size_t step, const size_t *sizes, size_t n)
{
	struct span all = buf_span(&l->out.bytes), piece, message;
	size_t seen = 0;
	int rc;

	while (all.len > 0) {
		piece = span_of(all.p, all.len < step ? all.len : step);
		all = span_of(all.p + piece.len, all.len - piece.len);
		do {
			while (net_in_message(&l->in, &message) == 1) {
				ck_assert_uint_lt(seen, n);
				ck_assert_uint_eq(message.len, sizes[seen]);
				for (size_t i = 0; i < message.len; i++)
					if (message.p[i] != (sizes[seen] & 255))
						ck_abort_msg("byte %zu", i);
				seen++;
			}
			rc = net_in_record(&l->in, &piece);
			ck_assert_int_ge(rc, 0);
		} while (rc == 1);
		ck_assert_uint_eq(piece.len, 0);
	}
	ck_assert_uint_eq(seen, n);
	ck_assert(!net_in_holds(&l->in));
	buf_clear(&l->out.bytes);
}

static const size_t edge_sizes[] = {0, 1, 0, 65514, 65515, 65516, 65519, 65520,
    65534, 65535, 65536, 131030, 131038, 131039, 200000, 3, 0};
static const size_t n_edge = sizeof edge_sizes / sizeof *edge_sizes;

START_TEST(messages_of_every_edge_size_come_out_of_any_pieces)
{
	static const size_t steps[] = {
	    SIZE_MAX, 1 << 16, 65537, 65538, 4096, 19, 3, 2, 1};
	/* Small steps take long: two records' ends are enough for them. */
	size_t n = steps[_i] < 100 ? 5 : n_edge;
	struct line l;

	line_start(&l);
	for (size_t k = 0; k < n; k++)
		send_one(&l, edge_sizes[k]);
	ck_assert_int_eq(net_out_seal(&l.out), 0);
	receive_all(&l, steps[_i], edge_sizes, n);
	line_stop(&l);
}
END_TEST

START_TEST(each_message_may_be_sealed_alone)
{
	struct line l;

	line_start(&l);
	for (size_t k = 0; k < n_edge; k++) {
		send_one(&l, edge_sizes[k]);
		ck_assert_int_eq(net_out_seal(&l.out), 0);
		ck_assert_int_eq(net_out_seal(&l.out), 0);
	}
	receive_all(&l, 1000, edge_sizes, n_edge);
	line_stop(&l);
}
END_TEST

START_TEST(small_messages_share_a_record)
{
	struct line l;

	line_start(&l);
	for (int i = 0; i < 100; i++)
		send_one(&l, 10);
	ck_assert_int_eq(net_out_seal(&l.out), 0);
	ck_assert_uint_eq(count_records(buf_span(&l.out.bytes)), 1);
	ck_assert_uint_eq(l.out.bytes.len, 2 + 100 * 14 + 16);
	line_stop(&l);
}
END_TEST

START_TEST(L59_a_long_message_costs_little_more_than_itself)
{
	struct line l;
	size_t records;

	line_start(&l);
	send_one(&l, 1 << 20);
	ck_assert_int_eq(net_out_seal(&l.out), 0);
	records = count_records(buf_span(&l.out.bytes));
	ck_assert_uint_eq(records, 17);
	ck_assert_uint_eq(l.out.bytes.len, (1 << 20) + 4 + records * 18);
	line_stop(&l);
}
END_TEST

START_TEST(a_record_exactly_full_is_not_followed_by_an_empty_one)
{
	struct line l;

	line_start(&l);
	send_one(&l, NOISE_RECORD_PLAIN - 4);
	ck_assert_int_eq(net_out_seal(&l.out), 0);
	ck_assert_uint_eq(count_records(buf_span(&l.out.bytes)), 1);
	line_stop(&l);
}
END_TEST

/* Seals bytes as one record without framing them as a message. */
static void
raw_record(struct line *l, struct span plain)
{
	uint8_t record[2 + 64];

	net_put_be(record, 2, plain.len + NOISE_TAG_BYTES);
	ck_assert_int_eq(noise_seal(&l->out.cipher, plain, record + 2), 0);
	ck_assert_int_eq(buf_add(&l->out.bytes,
			     span_of(record, 2 + plain.len + NOISE_TAG_BYTES)),
	    0);
}

START_TEST(L31_a_message_too_long_is_refused_before_memory_is_asked_for)
{
	struct span bytes, message;
	struct line l;
	uint8_t head[4];

	line_start(&l);
	net_put_be(head, sizeof head, NET_MESSAGE_BYTES + (size_t)_i);
	raw_record(&l, span_of(head, sizeof head));
	bytes = buf_span(&l.out.bytes);
	ck_assert_int_eq(net_in_record(&l.in, &bytes), 1);
	ck_assert_int_eq(
	    net_in_message(&l.in, &message), _i == 0 ? 0 : ERR_LIMIT);
	ck_assert_uint_le(l.in.plain.cap, 64);
	line_stop(&l);
}
END_TEST

START_TEST(the_longest_message_fits_behind_another_ones_end)
{
	size_t sizes[] = {65000, NET_MESSAGE_BYTES, 65000, NET_MESSAGE_BYTES};
	struct line l;

	line_start(&l);
	for (int i = 0; i < 4; i++)
		send_one(&l, sizes[i]);
	ck_assert_int_eq(net_out_seal(&l.out), 0);
	receive_all(&l, 256 << 10, sizes, 4);
	ck_assert_uint_gt(l.in.plain.cap, NET_KEEP_BYTES);
	net_in_tidy(&l.in);
	ck_assert_uint_eq(l.in.plain.cap, 0);
	line_stop(&l);
}
END_TEST

START_TEST(L39_an_empty_record_is_refused_but_as_the_first)
{
	struct span bytes;
	struct line l;

	line_start(&l);
	l.in.fresh = true;
	ck_assert_int_eq(net_out_empty(&l.out), 0);
	ck_assert_int_eq(net_out_empty(&l.out), 0);
	bytes = buf_span(&l.out.bytes);
	ck_assert_int_eq(net_in_record(&l.in, &bytes), 1);
	ck_assert_int_eq(net_in_record(&l.in, &bytes), ERR_GRAMMAR);
	line_stop(&l);
}
END_TEST

START_TEST(a_frame_of_a_forbidden_length_is_refused_at_its_second_byte)
{
	struct net_gather g = {0};
	uint8_t length[2];
	struct span out, first = span_of(length, 1);
	struct span second = span_of(length + 1, 1);

	buf_init(&g.raw, 100);
	net_put_be(length, 2, (size_t)_i);
	ck_assert_int_eq(net_gather_frame(&g, &first, 16, 20, &out), 0);
	ck_assert_int_eq(net_gather_frame(&g, &second, 16, 20, &out),
	    _i < 16 || _i > 20 ? ERR_GRAMMAR : 0);
	buf_release(&g.raw);
}
END_TEST

TCase *
net_frame_tcase(void)
{
	TCase *t = tcase_create("net_frame");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(
	    t, messages_of_every_edge_size_come_out_of_any_pieces, 0, 9);
	tcase_add_test(t, each_message_may_be_sealed_alone);
	tcase_add_test(t, small_messages_share_a_record);
	tcase_add_test(t, L59_a_long_message_costs_little_more_than_itself);
	tcase_add_test(
	    t, a_record_exactly_full_is_not_followed_by_an_empty_one);
	tcase_add_loop_test(t,
	    L31_a_message_too_long_is_refused_before_memory_is_asked_for, 0, 2);
	tcase_add_test(t, the_longest_message_fits_behind_another_ones_end);
	tcase_add_test(t, L39_an_empty_record_is_refused_but_as_the_first);
	tcase_add_loop_test(t,
	    a_frame_of_a_forbidden_length_is_refused_at_its_second_byte, 0, 23);
	return t;
}
