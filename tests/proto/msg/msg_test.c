/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/proto/msg/msg_test.h"

#include "tests/proto/model/fail_alloc.h"

START_TEST(every_message_comes_back)
{
	uint64_t seed = 21;
	struct msg_zstd z;
	struct buf out;

	msg_zstd_init(&z);
	buf_init(&out, MSG_BYTES_MAX);
	for (int round = 0; round < 4000; round++) {
		enum msg_type type = (enum msg_type)(1 + round % MSG_TYPES);
		struct test_message t;
		struct msg back;

		test_message(&t, type, &seed);
		HOLDS(test_write(&t.msg, round % 3, &out) == 0);
		HOLDS(out.p[0] == type);
		HOLDS(msg_parse(&z, buf_span(&out), &back) == 0);
		HOLDS(test_same(&t.msg, &back));
		msg_release(&back);
		test_message_release(&t);
	}
	buf_release(&out);
	msg_zstd_release(&z);
}
END_TEST

START_TEST(L28_every_truncation_and_every_extra_byte_is_refused)
{
	uint64_t seed = 22;
	struct buf out;

	buf_init(&out, MSG_BYTES_MAX);
	for (int round = 0; round < 20 * MSG_TYPES; round++) {
		struct test_message t;
		uint8_t *p;

		test_message(&t, (enum msg_type)(1 + round % MSG_TYPES), &seed);
		HOLDS(test_write(&t.msg, round & 1, &out) == 0);
		for (size_t len = 0; len < out.len;
		     len += 1 + test_random(&seed, out.len / 200 + 1))
			HOLDS(test_refused_or_canonical(span_of(out.p, len)) ==
			      ERR_GRAMMAR);
		HOLDS(buf_reserve(&out, 1, &p) == 0);
		*p = (uint8_t)test_random(&seed, 256);
		buf_commit(&out, 1);
		HOLDS(test_refused_or_canonical(buf_span(&out)) == ERR_GRAMMAR);
		test_message_release(&t);
	}
	buf_release(&out);
}
END_TEST

START_TEST(mutated_messages_are_refused_or_canonical)
{
	uint64_t seed = 23, accepted = 0;
	struct buf out;

	buf_init(&out, MSG_BYTES_MAX);
	for (int round = 0; round < 20000; round++) {
		struct test_message t;

		test_message(&t, (enum msg_type)(1 + round % MSG_TYPES), &seed);
		HOLDS(test_write(&t.msg, round & 1, &out) == 0);
		for (uint64_t n = test_random(&seed, 4) + 1; n > 0; n--)
			out.p[test_random_number(&seed, out.len - 1)] ^=
			    (uint8_t)(1 << test_random(&seed, 8));
		accepted += test_refused_or_canonical(buf_span(&out)) == 0;
		test_message_release(&t);
	}
	ck_assert_uint_gt(accepted, 1000); /* else this tested nothing */
	buf_release(&out);
}
END_TEST

START_TEST(unknown_types_are_refused)
{
	uint8_t bytes[64] = {0};

	ck_assert_int_eq(
	    test_refused_or_canonical(span_of(NULL, 0)), ERR_GRAMMAR);
	for (int type = 0; type < 256; type++) {
		bytes[0] = (uint8_t)type;
		if (type >= 1 && type <= MSG_TYPES) {
			ck_assert_str_ne(msg_type_name(type), "unknown");
			continue;
		}
		ck_assert_str_eq(msg_type_name(type), "unknown");
		for (size_t len = 1; len < sizeof bytes; len++)
			HOLDS(test_refused_or_canonical(span_of(bytes, len)) ==
			      ERR_GRAMMAR);
	}
	ck_assert_str_eq(msg_type_name(MSG_NOTFOUND), "NOTFOUND");
}
END_TEST

START_TEST(L24_failing_memory_is_an_error_and_leaks_nothing)
{
	uint64_t seed = 24;
	struct msg_zstd z;
	struct buf out;

	msg_zstd_init(&z);
	for (int round = 0; round < 20 * MSG_TYPES; round++) {
		struct test_message t;
		struct msg back;
		bool failed = true;
		int rc = 0;

		test_message(&t, (enum msg_type)(1 + round % MSG_TYPES), &seed);
		for (long n = 0; failed; n++) {
			buf_init(&out, MSG_BYTES_MAX);
			fail_alloc_after(n, round & 1);
			rc = msg_write(&z, &t.msg, &out);
			failed = fail_alloc_end();
			HOLDS(rc == (failed ? -ENOMEM : 0));
			HOLDS(failed == (out.len == 0));
			if (failed)
				buf_release(&out);
		}
		failed = true;
		for (long n = 0; failed; n++) {
			fail_alloc_after(n, round & 1);
			rc = msg_parse(&z, buf_span(&out), &back);
			failed = fail_alloc_end();
			HOLDS(rc == (failed ? -ENOMEM : 0));
		}
		HOLDS(test_same(&t.msg, &back));
		msg_release(&back);
		buf_release(&out);
		test_message_release(&t);
	}
	msg_zstd_release(&z);
}
END_TEST

START_TEST(write_appends_and_leaves_all_as_it_was_when_it_fails)
{
	struct msg m = {.type = MSG_PING, .ping = {5}};
	struct msg_zstd z;
	struct buf out;

	msg_zstd_init(&z);
	buf_init(&out, 20);
	ck_assert_int_eq(msg_write(&z, &m, &out), 0);
	ck_assert_int_eq(msg_write(&z, &m, &out), 0);
	ck_assert_uint_eq(out.len, 18);
	ck_assert_int_eq(msg_write(&z, &m, &out), ERR_LIMIT);
	ck_assert_uint_eq(out.len, 18);
	m.type = (enum msg_type)0;
	ck_assert_int_eq(msg_write(&z, &m, &out), ERR_GRAMMAR);
	m.type = (enum msg_type)(MSG_TYPES + 1);
	ck_assert_int_eq(msg_write(&z, &m, &out), ERR_GRAMMAR);
	ck_assert_uint_eq(out.len, 18);
	buf_release(&out);
	msg_zstd_release(&z);
}
END_TEST

TCase *
msg_tcase(void)
{
	TCase *t = tcase_create("msg");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, every_message_comes_back);
	tcase_add_test(t, write_appends_and_leaves_all_as_it_was_when_it_fails);
	tcase_add_test(t, unknown_types_are_refused);
	tcase_add_test(t, L28_every_truncation_and_every_extra_byte_is_refused);
	tcase_add_test(t, mutated_messages_are_refused_or_canonical);
	tcase_add_test(t, L24_failing_memory_is_an_error_and_leaks_nothing);
	return t;
}

int
main(void)
{
	static run_tcase *const tcases[] = {msg_tcase, msg_session_tcase,
	    msg_versions_tcase, msg_content_tcase, msg_pack_tcase};

	return run_tests("proto/msg", tcases, sizeof tcases / sizeof *tcases);
}
