/* SPDX-License-Identifier: Apache-2.0 */
/* Metadata of one file: attributes of users, owners. */
#include <errno.h>
#include <string.h>

#include "tests/daemon/attr/attr_fake.h"

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
	return t;
}

int
main(void)
{
	static run_tcase *const all[] = {attr_tcase, attr_list_tcase};

	return run_tests("attr", all, sizeof all / sizeof *all);
}
