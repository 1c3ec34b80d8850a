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

#define put_list(bytes) fake_put(FAKE_ACCESS, SPAN_LIT(bytes))

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

/* As acl(5) orders them, whatever the order was. */
#define SIX                                                                    \
	"\2\0\0\0" ENTRY("\1", "\6", ANY) ENTRY("\2", "\4", "\1\0\0\0")        \
	    ENTRY("\2", "\6", "\2\0\0\0") ENTRY("\4", "\2", ANY)               \
		ENTRY("\10", "\5", "\10\0\0\0")                                \
		    ENTRY("\10", "\7", "\11\0\0\0") ENTRY("\20", "\6", ANY)    \
			ENTRY("\40", "\0", ANY)
#define SIX_PART "\2\2\0\27\2\1\4\3ana\1\6\2bo\2\5\3all\2\7\2bo"

START_TEST(users_come_before_groups_whatever_order_they_have_on_disk)
{
	put_list("\2\0\0\0" ENTRY("\10", "\7", "\11\0\0\0") ENTRY("\2", "\6",
	    "\2\0\0\0") ENTRY("\40", "\0", ANY) ENTRY("\10", "\5", "\10\0\0\0")
		ENTRY("\2", "\4", "\1\0\0\0") ENTRY("\20", "\6", ANY)
		    ENTRY("\4", "\2", ANY) ENTRY("\1", "\6", ANY));
	IS(fake_read(META_ACL), SIX_PART);
	fake_put(FAKE_ACCESS, SPAN_LIT(LIST));
	(void)fake_set(SPAN_LIT(SIX_PART), META_ACL, 0660);
	IS(fake_value(FAKE_ACCESS), SIX);
}
END_TEST

START_TEST(two_numbers_of_one_name_are_told_once)
{
	put_list("\2\0\0\0" ENTRY("\1", "\6", ANY) ENTRY("\2", "\4", "\2\0\0\0")
		ENTRY("\2", "\7", "\3\0\0\0") ENTRY("\4", "\2", ANY)
		    ENTRY("\20", "\6", ANY) ENTRY("\40", "\0", ANY));
	IS(fake_read(META_ACL), LIST_PART);
}
END_TEST

START_TEST(two_names_of_one_number_get_what_both_have)
{
	(void)fake_set(
	    SPAN_LIT("\2\2\0\17\2\1\6\2bo\1\5\6robert"), META_ACL, 0660);
	IS(fake_value(FAKE_ACCESS), LIST);
}
END_TEST

START_TEST(who_has_no_name_that_can_be_said_is_left_out_and_said)
{
	static const char whose[][5] = {"\67\0\0\0", "\102\0\0\0"};
	char list[] =
	    "\2\0\0\0" ENTRY("\1", "\6", ANY) ENTRY("\2", "\4", "\2\0\0\0")
		ENTRY("\2", "\7", "\0\0\0\0") ENTRY("\4", "\2", ANY)
		    ENTRY("\20", "\6", ANY) ENTRY("\40", "\0", ANY);

	for (size_t i = 0; i < 2; i++) {
		memcpy(list + 4 + 2 * 8 + 4, whose[i], 4);
		fake.left = (struct attr_left){0};
		fake_put(FAKE_ACCESS, span_of(list, sizeof list - 1));
		IS(fake_read(META_ACL), LIST_PART);
		ck_assert_uint_eq(fake.left.classes, META_ACL);
		ck_assert_int_eq(fake.left.rc, ERR_NOTFOUND);
	}
}
END_TEST

START_TEST(a_kind_of_entry_that_nobody_knows_is_not_spoken_of)
{
	put_list("\2\0\0\0" ENTRY("\1", "\6", ANY) ENTRY("\2", "\4", "\2\0\0\0")
		ENTRY("\100", "\7", "\1\0\0\0") ENTRY("\4", "\2", ANY)
		    ENTRY("\20", "\6", ANY) ENTRY("\40", "\0", ANY));
	IS(fake_read(META_ACL), LIST_PART);
	fake_put(FAKE_ACCESS, SPAN_LIT(""));
	IS(fake_read(META_ACL), "\2");
}
END_TEST

#define NO_MASK                                                                \
	"\2\0\0\0" ENTRY("\1", "\6", ANY) ENTRY("\4", "\2", ANY)               \
	    ENTRY("\40", "\0", ANY)

START_TEST(a_list_without_names_needs_no_mask)
{
	fake.st.kind = KIND_DIR;
	fake_put(FAKE_DEFAULT, SPAN_LIT(NO_MASK));
	IS(fake_read(META_ACL), "\2\3\0\4\2\6\0\10");
	fake_put(FAKE_DEFAULT, SPAN_LIT(LIST));
	(void)fake_set(buf_span(&fake.part), META_ACL, 0755);
	IS(fake_value(FAKE_DEFAULT), NO_MASK);
	/* Those of base who are nobody here bring one. */
	(void)fake_read(META_ACL);
	ck_assert_int_eq(
	    attr_keep_nobody(
		&fake_host, SPAN_LIT("\2\3\0\12\2\6\0\7\1\7\3zoe"), &fake.part),
	    0);
	IS(buf_span(&fake.part), "\2\3\0\12\2\6\0\2\1\7\3zoe");
	ck_assert(meta_valid(buf_span(&fake.part), true));
}
END_TEST

/* No kernel lets such a list be, but not all file systems are the kernel's. */
START_TEST(names_without_a_mask_are_told_with_the_groups)
{
	fake.st.kind = KIND_DIR;
	fake_put(FAKE_DEFAULT,
	    SPAN_LIT("\2\0\0\0" ENTRY("\1", "\6", ANY) ENTRY("\2", "\4",
		"\2\0\0\0") ENTRY("\4", "\2", ANY) ENTRY("\40", "\0", ANY)));
	IS(fake_read(META_ACL), "\2\3\0\11\2\6\0\2\1\4\2bo");
}
END_TEST

START_TEST(a_default_list_that_cannot_be_set_takes_no_bits)
{
	fake.st.kind = KIND_DIR;
	fake.set_rc = -ENOSPC;
	ck_assert_int_eq(
	    fake_set(SPAN_LIT("\2\3\0\11\2\6\0\6\1\4\2bo"), META_ACL, 0775),
	    0775);
	ck_assert_uint_eq(fake.left.classes, META_ACL);
	ck_assert_str_eq(fake.left.name, FAKE_DEFAULT);
}
END_TEST

START_TEST(a_list_that_cannot_be_taken_away_is_said)
{
	put_list(LIST);
	fake.set_rc = -EPERM;
	(void)fake_set(SPAN_LIT("\2"), META_ACL, 0660);
	ck_assert_uint_eq(fake.left.classes, META_ACL);
	ck_assert_int_eq(fake.left.rc, -EPERM);
	IS(fake_value(FAKE_ACCESS), LIST);
}
END_TEST

START_TEST(what_base_says_of_other_things_adds_nobody)
{
	fake_put("user.a", SPAN_LIT("1"));
	put_list(LIST);
	(void)fake_read(META_ALL);
	/* It does not speak of lists; its list is another. */
	ck_assert_int_eq(
	    attr_keep_nobody(&fake_host, SPAN_LIT("\1\1\1b\0012"), &fake.part),
	    0);
	ck_assert_int_eq(
	    attr_keep_nobody(
		&fake_host, SPAN_LIT("\2\3\0\12\2\6\0\7\1\7\3zoe"), &fake.part),
	    0);
	IS(buf_span(&fake.part),
	    "\7\1\1a\0011\2\0\6\2\1\4\2bo\4\0\3ana\5\0\3all");
	ck_assert_int_eq(attr_keep_nobody(&fake_host,
			     SPAN_LIT("\2\2\0\7\2\1\7\3zoe"), &fake.part),
	    0);
	IS(buf_span(&fake.part),
	    "\7\1\1a\0011\2\0\14\2\1\4\2bo\1\7\3zoe\4\0\3ana\5\0\3all");
}
END_TEST

/* A list of very many who are nobody here. */
static void
many_nobodies(struct buf *out)
{
	char name[LIMIT_META_NAME_BYTES - 5];
	struct meta_item it = {.tag = META_TAG_ACCESS};
	struct wire_writer w, list;
	struct buf value;

	memset(name, 'x', sizeof name);
	buf_init(&value, LIMIT_META_BYTES);
	list = wire_writer_of(&value);
	meta_acl_put(&list, it.tag, &(struct meta_acl){.group = 7});
	for (unsigned i = 0; i < 128; i++) {
		name[0] = (char)('0' + i / 16);
		name[1] = (char)('0' + i % 16);
		meta_acl_put_entry(
		    &list, &(struct meta_acl_entry){.kind = META_ACL_USER,
			       .name = span_of(name, sizeof name)});
	}
	ck_assert_int_eq(wire_writer_end(&list), 0);
	it.value = buf_span(&value);
	buf_init(out, LIMIT_META_BYTES);
	w = meta_begin(out, META_ACL);
	meta_put(&w, &it);
	ck_assert_int_eq(wire_writer_end(&w), 0);
	ck_assert(meta_valid(buf_span(out), false));
	buf_release(&value);
}

START_TEST(what_gets_too_long_with_nobodies_stays_as_it_is)
{
	static const char some[250];
	struct buf base, before;

	many_nobodies(&base);
	fake_put("user.a", span_of(some, sizeof some));
	put_list(LIST);
	(void)fake_read(META_ALL);
	buf_init(&before, LIMIT_META_BYTES);
	ck_assert_int_eq(buf_add(&before, buf_span(&fake.part)), 0);
	ck_assert_int_eq(
	    attr_keep_nobody(&fake_host, buf_span(&base), &fake.part), 0);
	ck_assert(span_equal(buf_span(&before), buf_span(&fake.part)));
	buf_release(&before);
	buf_release(&base);
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
	tcase_add_test(
	    t, users_come_before_groups_whatever_order_they_have_on_disk);
	tcase_add_test(t, two_numbers_of_one_name_are_told_once);
	tcase_add_test(t, two_names_of_one_number_get_what_both_have);
	tcase_add_test(
	    t, who_has_no_name_that_can_be_said_is_left_out_and_said);
	tcase_add_test(t, a_kind_of_entry_that_nobody_knows_is_not_spoken_of);
	tcase_add_test(t, a_list_without_names_needs_no_mask);
	tcase_add_test(t, names_without_a_mask_are_told_with_the_groups);
	tcase_add_test(t, a_default_list_that_cannot_be_set_takes_no_bits);
	tcase_add_test(t, a_list_that_cannot_be_taken_away_is_said);
	tcase_add_test(t, what_base_says_of_other_things_adds_nobody);
	tcase_add_test(t, what_gets_too_long_with_nobodies_stays_as_it_is);
	return t;
}
