/* SPDX-License-Identifier: Apache-2.0 */
/* Metadata of one file: attributes of users, owners. */
#include <errno.h>
#include <string.h>

#include "tests/daemon/attr/attr_fake.h"

#define ok(call) ck_assert_int_eq((call), 0)

START_TEST(attributes_of_users_are_read_and_no_others)
{
	fake_put("user.b", SPAN_LIT("2"));
	fake_put("security.capability", SPAN_LIT("root"));
	fake_put("trusted.x", SPAN_LIT("x"));
	fake_put("user.a", SPAN_LIT("1"));
	fake_put("user.", SPAN_LIT("no name"));
	IS(fake_read(META_XATTR), "\1\1\1a\0011\1\1b\0012");
	ck_assert_uint_eq(fake.left.classes, 0);
	ck_assert_uint_eq(fake.changes, 0);
}
END_TEST

START_TEST(what_the_file_system_has_not_is_not_spoken_of)
{
	fake.none = true;
	ck_assert_uint_eq(fake_read(META_XATTR | META_ACL).len, 0);
	ck_assert_uint_eq(fake.left.classes, 0);
	IS(fake_read(META_ALL), "\4\4\0\3ana\5\0\3all");
	(void)fake_set(SPAN_LIT("\1\1\1a\0011"), META_ALL, 0640);
	ck_assert_uint_eq(fake.left.classes, 0);
}
END_TEST

START_TEST(too_much_for_a_version_is_left_out_and_said)
{
	fake.large = LIMIT_META_BYTES - 7;
	fake_put("user.a", SPAN_LIT(""));
	ck_assert_uint_eq(fake_read(META_XATTR).len, LIMIT_META_BYTES);
	fake.large++;
	IS(fake_read(META_XATTR | META_OWNER), "\4\4\0\3ana\5\0\3all");
	ck_assert_uint_eq(fake.left.classes, META_XATTR);
	ck_assert_int_eq(fake.left.rc, ERR_LIMIT);
}
END_TEST

START_TEST(attributes_become_just_what_is_said)
{
	fake_put("user.gone", SPAN_LIT("x"));
	fake_put("user.same", SPAN_LIT("s"));
	fake_put("user.other", SPAN_LIT("old"));
	fake_put("security.capability", SPAN_LIT("stays"));
	(void)fake_set(SPAN_LIT("\1\1\3new\1n\1\5other\3new\1\4same\1s"),
	    META_XATTR, 0640);
	IS(fake_read(META_XATTR), "\1\1\3new\1n\1\5other\3new\1\4same\1s");
	ck_assert_int_ge(fake_find("security.capability"), 0);
	ck_assert_uint_eq(fake.changes, 3);
	/* As it is so, nothing is done. */
	(void)fake_set(buf_span(&fake.part), META_XATTR, 0640);
	ck_assert_uint_eq(fake.changes, 3);
}
END_TEST

START_TEST(what_is_not_spoken_of_or_not_asked_for_stays)
{
	fake_put("user.a", SPAN_LIT("1"));
	(void)fake_set(SPAN_LIT("\4\4\0\3ana\5\0\3all"), META_ALL, 0640);
	(void)fake_set(SPAN_LIT("\1"), META_ACL | META_OWNER, 0640);
	ck_assert_uint_eq(fake.changes, 0);
	(void)fake_set(SPAN_LIT("\1"), META_XATTR, 0640);
	ck_assert_int_lt(fake_find("user.a"), 0);
}
END_TEST

START_TEST(what_is_refused_is_said_and_the_rest_is_set)
{
	static const int refusals[] = {
	    -ENOSPC, -EPERM, -EOPNOTSUPP, -E2BIG, -EDQUOT, -ERANGE};

	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		fake.left = (struct attr_left){0};
		fake.st.user = 2;
		fake.set_rc = refusals[i];
		(void)fake_set(
		    SPAN_LIT("\5\1\1a\0011\4\0\3ana"), META_ALL, 0640);
		ck_assert_uint_eq(fake.left.classes, META_XATTR);
		ck_assert_int_eq(fake.left.rc, refusals[i]);
		ck_assert_str_eq(fake.left.name, "user.a");
		ck_assert_uint_eq(fake.st.user, 1);
	}
}
END_TEST

START_TEST(a_failing_disk_is_no_refusal)
{
	uint16_t bits = 0640;
	bool changed;

	fake.set_rc = -EIO;
	ck_assert_int_eq(attr_set(&fake_host, FAKE_FD, SPAN_LIT("\1\1\1a\0011"),
			     META_ALL, &bits, &fake.left, &changed),
	    -EIO);
	ck_assert_uint_eq(fake.left.classes, 0);
}
END_TEST

START_TEST(owners_are_read_and_given_by_name)
{
	IS(fake_read(META_OWNER), "\4\4\0\3ana\5\0\3all");
	(void)fake_set(SPAN_LIT("\4\4\0\2bo\5\0\3all"), META_OWNER, 0640);
	ck_assert_uint_eq(fake.st.user, 2);
	ck_assert_uint_eq(fake.st.group, 8);
	/* Nobody of that name: then only the other is. */
	fake.st.group = 9;
	(void)fake_set(SPAN_LIT("\4\4\0\3zoe\5\0\3all"), META_OWNER, 0640);
	ck_assert_uint_eq(fake.st.user, 2);
	ck_assert_uint_eq(fake.st.group, 8);
	ck_assert_str_eq(fake.left.name, "zoe");
	/* A number that is nobody's goes nowhere. */
	fake.left = (struct attr_left){0};
	fake.st.user = 1000;
	IS(fake_read(META_OWNER), "\4\5\0\3all");
	ck_assert_uint_eq(fake.left.classes, META_OWNER);
}
END_TEST

START_TEST(what_is_not_to_be_given_away_is_said)
{
	fake.own_rc = -EPERM;
	(void)fake_set(SPAN_LIT("\4\4\0\2bo"), META_OWNER, 0640);
	ck_assert_uint_eq(fake.left.classes, META_OWNER);
	ck_assert_int_eq(fake.left.rc, -EPERM);
	ck_assert_uint_eq(fake.st.user, 1);
}
END_TEST

START_TEST(whose_name_cannot_be_said_is_left_out)
{
	fake.st.group = FAKE_LONG;
	IS(fake_read(META_OWNER), "\4\4\0\3ana");
	ck_assert_uint_eq(fake.left.classes, META_OWNER);
	ck_assert_int_eq(fake.left.rc, ERR_NOTFOUND);
	fake.left = (struct attr_left){0};
	fake.st.user = FAKE_ANONYMOUS;
	fake.st.group = 8;
	IS(fake_read(META_OWNER), "\4\5\0\3all");
}
END_TEST

START_TEST(what_can_be_had_is_asked_of_the_file_system_and_the_system)
{
	unsigned got;

	ok(attr_possible(&fake_host, FAKE_FD, META_ALL, &got));
	ck_assert_uint_eq(got, META_XATTR | META_ACL);
	fake.owns = true;
	ok(attr_possible(&fake_host, FAKE_FD, META_ALL, &got));
	ck_assert_uint_eq(got, META_ALL);
	ok(attr_possible(&fake_host, FAKE_FD, META_OWNER, &got));
	ck_assert_uint_eq(got, META_OWNER);
	ok(attr_possible(&fake_host, FAKE_FD, 0, &got));
	ck_assert_uint_eq(got, 0);
	fake.names_bytes = 1 << 17; /* very many are some */
	ok(attr_possible(&fake_host, FAKE_FD, META_XATTR, &got));
	ck_assert_uint_eq(got, META_XATTR);
	fake.none = true;
	ok(attr_possible(&fake_host, FAKE_FD, META_ALL, &got));
	ck_assert_uint_eq(got, META_OWNER);
}
END_TEST

START_TEST(a_failing_disk_does_not_say_what_can_be_had)
{
	unsigned got = 99;

	fake.err = -EIO;
	for (fake.fail_at = 1; fake.fail_at <= 2; fake.fail_at++) {
		fake.calls = 0;
		ck_assert_int_eq(
		    attr_possible(&fake_host, FAKE_FD, META_ALL, &got), -EIO);
	}
	ck_assert_uint_eq(got, 99);
}
END_TEST

START_TEST(a_look_has_a_sum_of_each_class_that_has_something)
{
	struct meta_seen one, two;

	fake_put("user.a", SPAN_LIT("1"));
	attr_seen(fake_read(META_ALL), &one);
	ck_assert_uint_eq(one.looked, META_ALL);
	ck_assert(one.sums[0] != 0 && one.sums[1] == 0 && one.sums[2] != 0);
	fake_put("user.a", SPAN_LIT("2"));
	attr_seen(fake_read(META_ALL), &two);
	ck_assert(one.sums[0] != two.sums[0] && one.sums[2] == two.sums[2]);
	attr_seen(fake_read(0), &two);
	ck_assert_uint_eq(two.looked, 0);
}
END_TEST

/* No kernel lets such names be, but not all file systems are the kernel's. */
START_TEST(a_name_that_is_told_twice_is_one_attribute)
{
	fake_put("user.nnnnn", SPAN_LIT("1"));
	fake.names_bytes = strlen("user.nnnnn");
	IS(fake_read(META_XATTR), "\1\1\5nnnnn\0011");
}
END_TEST

START_TEST(names_that_are_too_long_or_too_many_are_left_and_said)
{
	static const size_t bytes[] = {256, 1 << 17};

	for (size_t i = 0; i < 2; i++) {
		fake_put("user.a", SPAN_LIT("1"));
		fake.left = (struct attr_left){0};
		fake.names_bytes = bytes[i];
		IS(fake_read(META_XATTR | META_OWNER), "\4\4\0\3ana\5\0\3all");
		ck_assert_uint_eq(fake.left.classes, META_XATTR);
		/* What is to be set is set beside them. */
		fake.left = (struct attr_left){0};
		(void)fake_set(SPAN_LIT("\1\1\1b\0012"), META_XATTR, 0640);
		IS(fake_value("user.b"), "2");
		ck_assert_uint_eq(fake.left.classes, META_XATTR);
	}
}
END_TEST

/* 255 bytes with "user." are what Linux has; a version's may be longer. */
START_TEST(a_name_too_long_for_here_is_left_out_and_said)
{
	char name[251];
	struct meta_item it = {.tag = META_TAG_XATTR, .name = span_str("a")};
	struct wire_writer w;
	struct buf part;

	memset(name, 'n', sizeof name);
	buf_init(&part, LIMIT_META_BYTES);
	w = meta_begin(&part, META_XATTR);
	meta_put(&w, &it);
	it.name = span_of(name, sizeof name);
	meta_put(&w, &it);
	ok(wire_writer_end(&w));
	(void)fake_set(buf_span(&part), META_XATTR, 0640);
	IS(fake_value("user.a"), "");
	ck_assert_uint_eq(fake.left.classes, META_XATTR);
	ck_assert_int_eq(fake.left.rc, ERR_LIMIT);
	ck_assert_uint_eq(strlen(fake.left.name), sizeof name);
	buf_release(&part);
}
END_TEST

/* Of several only the first is told in words. */
START_TEST(the_first_of_what_is_left_out_is_named)
{
	fake.set_rc = -ENOSPC;
	fake.own_rc = -EPERM;
	(void)fake_set(
	    SPAN_LIT("\5\1\1a\0011\1\1b\0011\4\0\2bo"), META_ALL, 0640);
	ck_assert_uint_eq(fake.left.classes, META_OWNER | META_XATTR);
	ck_assert_int_eq(fake.left.rc, -EPERM);
	ck_assert_str_eq(fake.left.name, "");
}
END_TEST

static TCase *
attr_tcase(void)
{
	TCase *t = tcase_create("attr");

	tcase_add_checked_fixture(t, fake_begin, fake_end);
	tcase_add_test(t, attributes_of_users_are_read_and_no_others);
	tcase_add_test(t, what_the_file_system_has_not_is_not_spoken_of);
	tcase_add_test(t, too_much_for_a_version_is_left_out_and_said);
	tcase_add_test(t, attributes_become_just_what_is_said);
	tcase_add_test(t, what_is_not_spoken_of_or_not_asked_for_stays);
	tcase_add_test(t, what_is_refused_is_said_and_the_rest_is_set);
	tcase_add_test(t, a_failing_disk_is_no_refusal);
	tcase_add_test(t, owners_are_read_and_given_by_name);
	tcase_add_test(t, what_is_not_to_be_given_away_is_said);
	tcase_add_test(t, whose_name_cannot_be_said_is_left_out);
	tcase_add_test(
	    t, what_can_be_had_is_asked_of_the_file_system_and_the_system);
	tcase_add_test(t, a_failing_disk_does_not_say_what_can_be_had);
	tcase_add_test(t, a_look_has_a_sum_of_each_class_that_has_something);
	tcase_add_test(t, a_name_that_is_told_twice_is_one_attribute);
	tcase_add_test(
	    t, names_that_are_too_long_or_too_many_are_left_and_said);
	tcase_add_test(t, a_name_too_long_for_here_is_left_out_and_said);
	tcase_add_test(t, the_first_of_what_is_left_out_is_named);
	return t;
}

int
main(void)
{
	static run_tcase *const all[] = {
	    attr_tcase, attr_list_tcase, attr_sweep_tcase};

	return run_tests("attr", all, sizeof all / sizeof *all);
}
