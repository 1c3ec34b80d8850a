/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tests/proto/noise/noise_test.h"

/* Both ends of one direction, with given limits for the change of key. */
struct wire {
	struct noise_cipher send, receive;
};

static struct wire
make_wire(uint64_t rekey_records, uint64_t rekey_bytes)
{
	struct noise_cipher unused;
	struct test_pair pair;
	struct noise d, a;
	struct wire w;

	test_pair(&pair);
	for (int i = 0; i < 2; i++) {
		pair.options[i].rekey_records = rekey_records;
		pair.options[i].rekey_bytes = rekey_bytes;
	}
	ck_assert_int_eq(test_handshake(&d, &a, &pair), 0);
	ck_assert_int_eq(noise_split(&d, &w.send, &unused), 0);
	ck_assert_int_eq(noise_split(&a, &unused, &w.receive), 0);
	return w;
}

/* Seals and opens len bytes, in place. */
static void
pass(struct wire *w, size_t len)
{
	static uint8_t text[NOISE_RECORD_PLAIN + NOISE_TAG_BYTES];

	memset(text, 'a', len);
	ck_assert_int_eq(noise_seal(&w->send, span_of(text, len), text), 0);
	ck_assert_int_eq(
	    noise_open(&w->receive, span_of(text, len + NOISE_TAG_BYTES), text),
	    0);
	for (size_t i = 0; i < len; i++)
		ck_assert(text[i] == 'a');
}

/* Opens what is no good: it must fail, and so must all that follows. */
static void
expect_refused(const struct noise_cipher *receive, struct span record)
{
	struct noise_cipher c = *receive;
	static uint8_t out[LIMIT_RECORD_WIRE_BYTES + 1];
	int rc = noise_open(&c, record, out);

	ck_assert_msg(rc == ERR_AUTH || rc == ERR_GRAMMAR || rc == ERR_LIMIT,
	    "result %d", rc);
	ck_assert_int_eq(noise_open(&c, record, out), ERR_CLOSED);
	for (size_t i = 0; i < sizeof c.key; i++)
		ck_assert_int_eq(c.key[i], 0);
}

START_TEST(records_of_every_edge_size_pass)
{
	static const size_t sizes[] = {
	    0, 1, 15, 16, 17, 63, 64, 65, 65518, NOISE_RECORD_PLAIN, 1, 0};
	struct wire w = make_wire(0, 0);

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		pass(&w, sizes[i]);
}
END_TEST

START_TEST(the_two_directions_have_different_keys)
{
	struct noise_cipher send[2], receive[2];
	struct test_pair pair;
	struct noise d, a;

	test_pair(&pair);
	ck_assert_int_eq(test_handshake(&d, &a, &pair), 0);
	ck_assert_int_eq(noise_split(&d, &send[0], &receive[0]), 0);
	ck_assert_int_eq(noise_split(&a, &send[1], &receive[1]), 0);
	ck_assert_mem_eq(send[0].key, receive[1].key, NOISE_KEY_BYTES);
	ck_assert_mem_eq(send[1].key, receive[0].key, NOISE_KEY_BYTES);
	ck_assert_mem_ne(send[0].key, send[1].key, NOISE_KEY_BYTES);
}
END_TEST

START_TEST(L37_every_flipped_bit_of_a_record_is_refused)
{
	uint8_t record[5 + NOISE_TAG_BYTES];
	struct wire w = make_wire(0, 0);

	ck_assert_int_eq(noise_seal(&w.send, SPAN_LIT("hello"), record), 0);
	for (size_t bit = 0; bit < sizeof record * 8; bit++) {
		record[bit / 8] ^= (uint8_t)(1 << bit % 8);
		expect_refused(&w.receive, span_of(record, sizeof record));
		record[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	ck_assert_int_eq(
	    noise_open(&w.receive, span_of(record, sizeof record), record), 0);
}
END_TEST

START_TEST(L37_every_truncated_or_extended_record_is_refused)
{
	uint8_t record[5 + NOISE_TAG_BYTES + 1] = {0};
	static uint8_t big[LIMIT_RECORD_WIRE_BYTES + 1];
	struct wire w = make_wire(0, 0);

	ck_assert_int_eq(noise_seal(&w.send, SPAN_LIT("hello"), record), 0);
	for (size_t len = 0; len <= sizeof record; len++)
		if (len != 5 + NOISE_TAG_BYTES)
			expect_refused(&w.receive, span_of(record, len));
	expect_refused(&w.receive, span_of(big, sizeof big));
}
END_TEST

START_TEST(L37_replayed_reordered_and_dropped_records_are_refused)
{
	enum { LEN = 1 + NOISE_TAG_BYTES };
	uint8_t record[3][LEN], out[LEN];
	struct wire w = make_wire(0, 0);

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(
		    noise_seal(&w.send,
			span_of((uint8_t[]){'0' + (uint8_t)i}, 1), record[i]),
		    0);
	for (int at = 0; at < 3; at++) {
		for (int i = 0; i < 3; i++)
			if (i != at)
				expect_refused(
				    &w.receive, span_of(record[i], LEN));
		ck_assert_int_eq(
		    noise_open(&w.receive, span_of(record[at], LEN), out), 0);
		ck_assert_int_eq(out[0], '0' + at);
	}
}
END_TEST

START_TEST(the_key_changes_after_so_many_records)
{
	struct wire w = make_wire(3, 0);
	uint8_t before[NOISE_KEY_BYTES];

	for (int round = 0; round < 4; round++) {
		memcpy(before, w.send.key, sizeof before);
		for (int i = 0; i < 2; i++)
			pass(&w, 10);
		ck_assert_mem_eq(w.send.key, before, sizeof before);
		pass(&w, 10);
		ck_assert_mem_ne(w.send.key, before, sizeof before);
		ck_assert_mem_eq(w.send.key, w.receive.key, sizeof before);
	}
	ck_assert_uint_eq(w.send.nonce, 12);
}
END_TEST

START_TEST(the_key_changes_after_so_many_bytes_of_records)
{
	struct wire w = make_wire(0, 100);
	uint8_t before[NOISE_KEY_BYTES];

	memcpy(before, w.send.key, sizeof before);
	pass(&w, 50); /* 66 */
	pass(&w, 17); /* 99 */
	ck_assert_mem_eq(w.send.key, before, sizeof before);
	pass(&w, 0);
	ck_assert_mem_ne(w.send.key, before, sizeof before);
	ck_assert_uint_eq(w.send.bytes, 0);
	memcpy(before, w.send.key, sizeof before);
	pass(&w, 84); /* 100 */
	ck_assert_mem_ne(w.send.key, before, sizeof before);
	ck_assert_mem_eq(w.send.key, w.receive.key, sizeof before);
}
END_TEST

START_TEST(without_options_the_limits_of_the_protocol_hold)
{
	struct wire w = make_wire(0, 0);

	ck_assert(w.send.rekey_records == LIMIT_REKEY_RECORDS);
	ck_assert(w.send.rekey_bytes == LIMIT_REKEY_BYTES);
	ck_assert(w.receive.rekey_records == LIMIT_REKEY_RECORDS);
	ck_assert(w.receive.rekey_bytes == LIMIT_REKEY_BYTES);
}
END_TEST

START_TEST(ends_that_change_the_key_at_different_times_part)
{
	uint8_t record[NOISE_TAG_BYTES], out[1];
	struct wire w = make_wire(2, 0);

	w.receive.rekey_records = 3;
	pass(&w, 0);
	pass(&w, 0);
	ck_assert_int_eq(noise_seal(&w.send, SPAN_LIT(""), record), 0);
	ck_assert_int_eq(
	    noise_open(&w.receive, span_of(record, sizeof record), out),
	    ERR_AUTH);
}
END_TEST

START_TEST(the_last_nonce_is_never_used_for_a_record)
{
	uint8_t record[NOISE_TAG_BYTES], out[1];
	struct wire w = make_wire(0, 0);

	w.send.nonce = w.receive.nonce = UINT64_MAX - 1;
	pass(&w, 0);
	ck_assert_int_eq(
	    noise_open(&w.receive, span_of(record, sizeof record), out),
	    ERR_LIMIT);
	ck_assert_int_eq(noise_seal(&w.send, SPAN_LIT(""), record), ERR_LIMIT);
	ck_assert_int_eq(noise_seal(&w.send, SPAN_LIT(""), record), ERR_CLOSED);
}
END_TEST

START_TEST(a_record_too_long_to_seal_ends_the_direction)
{
	static uint8_t big[NOISE_RECORD_PLAIN + 1];
	static uint8_t out[sizeof big + NOISE_TAG_BYTES];
	struct wire w = make_wire(0, 0);

	ck_assert_int_eq(
	    noise_seal(&w.send, span_of(big, sizeof big), out), ERR_LIMIT);
	ck_assert_int_eq(noise_seal(&w.send, SPAN_LIT(""), out), ERR_CLOSED);
}
END_TEST

TCase *
noise_cipher_tcase(void)
{
	TCase *t = tcase_create("noise_cipher");

	tcase_add_test(t, records_of_every_edge_size_pass);
	tcase_add_test(t, the_two_directions_have_different_keys);
	tcase_add_test(t, L37_every_flipped_bit_of_a_record_is_refused);
	tcase_add_test(t, L37_every_truncated_or_extended_record_is_refused);
	tcase_add_test(
	    t, L37_replayed_reordered_and_dropped_records_are_refused);
	tcase_add_test(t, the_key_changes_after_so_many_records);
	tcase_add_test(t, the_key_changes_after_so_many_bytes_of_records);
	tcase_add_test(t, without_options_the_limits_of_the_protocol_hold);
	tcase_add_test(t, ends_that_change_the_key_at_different_times_part);
	tcase_add_test(t, the_last_nonce_is_never_used_for_a_record);
	tcase_add_test(t, a_record_too_long_to_seal_ends_the_direction);
	return t;
}
