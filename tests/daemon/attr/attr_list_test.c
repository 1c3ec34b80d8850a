/* SPDX-License-Identifier: Apache-2.0 */
/* Access control lists. */
#include <errno.h>
#include <string.h>

#include "tests/daemon/attr/attr_fake.h"

/* The list with one more, who has no name. */
#define LIST_AND_77                                                            \
	"\2\0\0\0" ENTRY("\1", "\6", ANY) ENTRY("\2", "\4", "\2\0\0\0")        \
	    ENTRY("\2", "\7", "\115\0\0\0") ENTRY("\4", "\2", ANY)             \
		ENTRY("\20", "\6", ANY) ENTRY("\40", "\0", ANY)

START_TEST(a_list_is_read_by_name_without_what_the_bits_say)
{
	fake_put(FAKE_ACCESS, SPAN_LIT(LIST));
	IS(fake_read(META_ACL), LIST_PART);
	ck_assert_uint_eq(fake.left.classes, 0);
	/* Who has no name cannot be said. */
	fake_put(FAKE_ACCESS, SPAN_LIT(LIST_AND_77));
	IS(fake_read(META_ACL), LIST_PART);
	ck_assert_uint_eq(fake.left.classes, META_ACL);
	ck_assert_int_eq(fake.left.rc, ERR_NOTFOUND);
}
END_TEST

START_TEST(a_list_is_set_by_number_with_what_the_bits_say)
{
	ck_assert_int_eq(fake_set(SPAN_LIT(LIST_PART), META_ACL, 0660), 0660);
	ck_assert_int_ge(fake_find(FAKE_ACCESS), 0);
	ck_assert(span_equal(fake_value(FAKE_ACCESS), SPAN_LIT(LIST)));
	(void)fake_set(SPAN_LIT("\2"), META_ACL, 0660);
	ck_assert_int_lt(fake_find(FAKE_ACCESS), 0);
}
END_TEST

START_TEST(who_is_nobody_here_is_left_out_of_a_list_and_said)
{
	/* zoe is nobody; bo is. */
	(void)fake_set(
	    SPAN_LIT("\2\2\0\14\2\1\4\2bo\1\7\3zoe"), META_ACL, 0660);
	ck_assert(span_equal(fake_value(FAKE_ACCESS), SPAN_LIT(LIST)));
	ck_assert_uint_eq(fake.left.classes, META_ACL);
	ck_assert_str_eq(fake.left.name, "zoe");
}
END_TEST

START_TEST(who_is_nobody_here_goes_on_in_what_is_said)
{
	/* The user took bo away; zoe nobody could. */
	struct span base = SPAN_LIT("\2\2\0\14\2\1\4\2bo\1\7\3zoe");

	fake_put(FAKE_ACCESS,
	    SPAN_LIT("\2\0\0\0" ENTRY("\1", "\6", ANY)
		    ENTRY("\2", "\5", "\1\0\0\0") ENTRY("\4", "\2", ANY)
			ENTRY("\20", "\6", ANY) ENTRY("\40", "\0", ANY)));
	(void)fake_read(META_ACL);
	ck_assert_int_eq(attr_keep_nobody(&fake_host, base, &fake.part), 0);
	IS(buf_span(&fake.part), "\2\2\0\15\2\1\5\3ana\1\7\3zoe");
	ck_assert(meta_valid(buf_span(&fake.part), false));
	/* Without a list there is nobody in it. */
	fake.v[fake_find(FAKE_ACCESS)].len = FAKE_NOT_SET;
	(void)fake_read(META_ACL);
	ck_assert_int_eq(attr_keep_nobody(&fake_host, base, &fake.part), 0);
	IS(buf_span(&fake.part), "\2");
}
END_TEST

START_TEST(a_list_that_cannot_be_set_leaves_the_group_its_own)
{
	fake.set_rc = -EOPNOTSUPP;
	ck_assert_int_eq(fake_set(SPAN_LIT(LIST_PART), META_ACL, 0660), 0620);
	ck_assert_uint_eq(fake.left.classes, META_ACL);
}
END_TEST

START_TEST(a_directory_has_a_list_for_what_is_made_there)
{
	fake.st.kind = KIND_DIR;
	fake_put(FAKE_DEFAULT, SPAN_LIT(LIST));
	IS(fake_read(META_ACL), "\2\3\0\11\2\6\0\6\1\4\2bo");
	fake.v[fake_find(FAKE_DEFAULT)].len = FAKE_NOT_SET;
	(void)fake_set(buf_span(&fake.part), META_ACL, 0755);
	ck_assert(span_equal(fake_value(FAKE_DEFAULT), SPAN_LIT(LIST)));
	ck_assert_int_lt(fake_find(FAKE_ACCESS), 0);
}
END_TEST

START_TEST(garbage_in_place_of_a_list_is_not_spoken_of)
{
	fake_put(FAKE_ACCESS, SPAN_LIT("\3\0\0\0"));
	ck_assert_uint_eq(fake_read(META_ACL).len, 0);
	fake_put(FAKE_ACCESS, SPAN_LIT("\2\0\0\0\1\0\6\0\377"));
	ck_assert_uint_eq(fake_read(META_ACL).len, 0);
}
END_TEST

TCase *
attr_list_tcase(void)
{
	TCase *t = tcase_create("list");

	tcase_add_checked_fixture(t, fake_begin, fake_end);
	tcase_add_test(t, a_list_is_read_by_name_without_what_the_bits_say);
	tcase_add_test(t, a_list_is_set_by_number_with_what_the_bits_say);
	tcase_add_test(t, who_is_nobody_here_is_left_out_of_a_list_and_said);
	tcase_add_test(t, who_is_nobody_here_goes_on_in_what_is_said);
	tcase_add_test(t, a_list_that_cannot_be_set_leaves_the_group_its_own);
	tcase_add_test(t, a_directory_has_a_list_for_what_is_made_there);
	tcase_add_test(t, garbage_in_place_of_a_list_is_not_spoken_of);
	return t;
}
