/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/proto/model/model_test.h"

#include <string.h>

static struct buf part, other, out;

static void
setup(void)
{
	buf_init(&part, LIMIT_META_BYTES);
	buf_init(&other, LIMIT_META_BYTES);
	buf_init(&out, 2 * LIMIT_META_BYTES);
}

static void
teardown(void)
{
	buf_release(&part);
	buf_release(&other);
	buf_release(&out);
}

static struct meta_item
item(enum meta_tag tag, const char *name, const char *value)
{
	return (struct meta_item){tag, span_str(name), span_str(value)};
}

/* A part that speaks of these classes, with these items. */
static struct span
make(struct buf *to, unsigned spoken, size_t n, const struct meta_item *items)
{
	struct wire_writer w = meta_begin(to, spoken);

	for (size_t i = 0; i < n; i++)
		meta_put(&w, &items[i]);
	ck_assert_int_eq(wire_writer_end(&w), 0);
	return buf_span(to);
}

#define MAKE(to, spoken, ...)                                                  \
	make(to, spoken,                                                       \
	    sizeof((struct meta_item[]){__VA_ARGS__}) /                        \
		sizeof(struct meta_item),                                      \
	    (const struct meta_item[]){__VA_ARGS__})

/* ---- what is one --------------------------------------------------------- */

START_TEST(a_part_says_of_which_classes_it_speaks_and_what)
{
	struct span p =
	    MAKE(&part, META_XATTR | META_OWNER, item(META_TAG_XATTR, "a", "1"),
		item(META_TAG_XATTR, "b", ""), item(META_TAG_USER, "", "ana"));
	struct wire_reader r = meta_items(p);
	struct meta_item it;

	ck_assert(meta_valid(p, false));
	ck_assert_uint_eq(meta_spoken(p), META_XATTR | META_OWNER);
	ck_assert(meta_next(&r, &it));
	ck_assert(span_equal(it.name, SPAN_LIT("a")));
	ck_assert(meta_next(&r, &it));
	ck_assert_uint_eq(it.value.len, 0);
	ck_assert(meta_next(&r, &it));
	ck_assert_int_eq(it.tag, META_TAG_USER);
	ck_assert(!meta_next(&r, &it));
	/* Nothing is something to say, of a class that is spoken of. */
	ck_assert(meta_valid(SPAN_LIT("\1"), false));
	ck_assert_uint_eq(meta_spoken(span_of(NULL, 0)), 0);
}
END_TEST

START_TEST(what_is_not_canonical_is_no_part)
{
	static const struct span wrong[] = {
	    SPAN_LIT(""), SPAN_LIT("\0"), /* speaks of nothing */
	    SPAN_LIT("\10"), /* of a class that there is not */
	    SPAN_LIT("\1\0\1a\0"), /* tags that there are not */
	    SPAN_LIT("\7\6\0\1a"),
	    SPAN_LIT("\2\1\1a\0"), /* of what it does not speak */
	    SPAN_LIT("\1\1\0\0"), /* an attribute without a name */
	    SPAN_LIT("\1\1\2a\0\0"), /* a NUL in it */
	    SPAN_LIT("\1\1\1b\0\1\1a\0"), /* disorder */
	    SPAN_LIT("\1\1\1a\0\1\1a\0"), /* twice */
	    SPAN_LIT("\5\4\0\1a\1\1a\0"), /* tags in disorder */
	    SPAN_LIT("\4\4\1x\1a"), /* a user with a name of its own */
	    SPAN_LIT("\4\4\0\0"), /* and without any */
	    SPAN_LIT("\1\1\1a\2b"), /* cut short */
	    SPAN_LIT("\1\1\1a"),
	    SPAN_LIT("\1\1\201\0a\0"), /* a length in a longer form */
	    SPAN_LIT("\2\2\0\0"), /* a list without a head */
	    SPAN_LIT("\2\2\0\1\10"), /* bits beyond seven */
	    SPAN_LIT("\2\2\0\5\7\0\7\1a"), /* entries of neither kind */
	    SPAN_LIT("\2\2\0\5\7\3\7\1a"),
	    SPAN_LIT("\2\2\0\5\7\1\10\1a"), /* bits beyond seven */
	    SPAN_LIT("\2\2\0\4\7\1\7\0"), /* nobody */
	    SPAN_LIT("\2\2\0\11\7\2\7\1a\1\7\1b"), /* disorder */
	    SPAN_LIT("\2\2\0\11\7\1\7\1b\1\7\1b"), /* twice */
	    SPAN_LIT("\2\3\0\4\7\7\7\11"), /* a mask beyond none */
	    SPAN_LIT("\2\3\0\10\7\7\7\10\1\7\1b"), /* names without mask */
	};

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		ck_assert_msg(!meta_valid(wrong[i], true), "%zu is one", i);
	ck_assert(meta_valid(SPAN_LIT("\2\3\0\4\7\7\7\10"), true));
	/* What is made in a file has no list. */
	ck_assert(!meta_valid(SPAN_LIT("\2\3\0\4\7\7\7\10"), false));
	ck_assert(meta_valid(SPAN_LIT("\2\2\0\11\7\1\7\1a\1\7\1b"), false));
}
END_TEST

START_TEST(a_part_has_a_limit_and_a_name_too)
{
	static char text[LIMIT_META_BYTES + 1];
	struct span p;

	memset(text, 'x', LIMIT_META_NAME_BYTES + 1);
	p = MAKE(&part, META_XATTR, item(META_TAG_XATTR, text, ""));
	ck_assert(!meta_valid(p, false));
	text[LIMIT_META_NAME_BYTES] = '\0';
	p = MAKE(&part, META_XATTR, item(META_TAG_XATTR, text, ""));
	ck_assert(meta_valid(p, false));

	memset(text, 'x', LIMIT_META_BYTES - 7);
	text[LIMIT_META_BYTES - 7] = '\0';
	p = MAKE(&part, META_XATTR, item(META_TAG_XATTR, "a", text));
	ck_assert_uint_eq(p.len, LIMIT_META_BYTES);
	ck_assert(meta_valid(p, false));
	text[LIMIT_META_BYTES - 7] = 'x';
	p = MAKE(&out, META_XATTR, item(META_TAG_XATTR, "a", text));
	ck_assert(!meta_valid(p, false));
}
END_TEST

/* ---- what is done with it ------------------------------------------------ */

START_TEST(of_two_parts_each_gives_its_classes)
{
	struct span one = MAKE(&part, META_XATTR | META_OWNER,
	    item(META_TAG_XATTR, "a", "1"), item(META_TAG_USER, "", "ana"));
	struct span two = MAKE(&other, META_ACL | META_OWNER,
	    item(META_TAG_ACCESS, "", "\5"), item(META_TAG_GROUP, "", "all"));
	struct buf want;

	buf_init(&want, LIMIT_META_BYTES);
	ck_assert_int_eq(meta_merge(one, META_XATTR, two, &out), 0);
	ck_assert(span_equal(buf_span(&out),
	    MAKE(&want, META_ALL, item(META_TAG_XATTR, "a", "1"),
		item(META_TAG_ACCESS, "", "\5"),
		item(META_TAG_GROUP, "", "all"))));
	ck_assert(meta_valid(buf_span(&out), false));
	/* Taken is also that one does not speak of it. */
	ck_assert_int_eq(meta_merge(one, META_ACL, two, &out), 0);
	ck_assert_uint_eq(meta_spoken(buf_span(&out)), META_OWNER);
	ck_assert_int_eq(
	    meta_merge(span_of(NULL, 0), 0, span_of(NULL, 0), &out), 0);
	ck_assert_uint_eq(out.len, 0);
	ck_assert_int_eq(meta_merge(one, META_ALL, two, &out), 0);
	ck_assert(span_equal(buf_span(&out), one));
	buf_release(&want);
}
END_TEST

START_TEST(two_parts_together_keep_the_limit)
{
	static char text[LIMIT_META_BYTES / 2 + 1];
	struct span one, two;

	memset(text, 'x', sizeof text - 1);
	one = MAKE(&part, META_XATTR, item(META_TAG_XATTR, "a", text));
	memset(text, 'y', sizeof text - 1);
	two = MAKE(&other, META_OWNER, item(META_TAG_USER, "", text));
	ck_assert_int_eq(meta_merge(one, META_XATTR, two, &out), ERR_LIMIT);
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

START_TEST(missing_attributes_are_added_in_their_order)
{
	struct span one =
	    MAKE(&part, META_XATTR | META_OWNER, item(META_TAG_XATTR, "b", "1"),
		item(META_TAG_XATTR, "d", "1"), item(META_TAG_USER, "", "ana"));
	struct span two = MAKE(&other, META_XATTR | META_OWNER,
	    item(META_TAG_XATTR, "a", "2"), item(META_TAG_XATTR, "b", "2"),
	    item(META_TAG_XATTR, "e", "2"), item(META_TAG_USER, "", "bo"));
	struct buf want;

	buf_init(&want, LIMIT_META_BYTES);
	ck_assert_int_eq(meta_add_missing(one, two, &out), 0);
	ck_assert(span_equal(buf_span(&out),
	    MAKE(&want, META_XATTR | META_OWNER, item(META_TAG_XATTR, "a", "2"),
		item(META_TAG_XATTR, "b", "1"), item(META_TAG_XATTR, "d", "1"),
		item(META_TAG_XATTR, "e", "2"),
		item(META_TAG_USER, "", "ana"))));
	ck_assert_int_eq(meta_add_missing(one, span_of(NULL, 0), &out), 0);
	ck_assert(span_equal(buf_span(&out), one));
	buf_release(&want);
}
END_TEST

START_TEST(a_sum_tells_a_class_from_another_state_of_it)
{
	struct span p = MAKE(&part, META_XATTR | META_OWNER,
	    item(META_TAG_XATTR, "a", "1"), item(META_TAG_USER, "", "ana"));
	uint64_t sum = meta_sum(p, META_XATTR);

	ck_assert_uint_ne(sum, 0);
	ck_assert_uint_ne(meta_sum(p, META_OWNER), 0);
	ck_assert_uint_eq(meta_sum(p, META_ACL), 0);
	p = MAKE(&other, META_XATTR, item(META_TAG_XATTR, "a", "1"));
	ck_assert_uint_eq(meta_sum(p, META_XATTR), sum);
	p = MAKE(&other, META_XATTR, item(META_TAG_XATTR, "a", "2"));
	ck_assert_uint_ne(meta_sum(p, META_XATTR), sum);
	p = MAKE(&other, META_XATTR, item(META_TAG_XATTR, "b", "1"));
	ck_assert_uint_ne(meta_sum(p, META_XATTR), sum);
}
END_TEST

START_TEST(bits_without_the_list_give_a_group_no_more_than_with_it)
{
	for (unsigned group = 0; group < 8; group++)
		for (unsigned bits = 0; bits < 01000; bits++) {
			char list[] = {(char)group, 1, 7, 1, 'b', 0};
			struct meta_item it = {
			    META_TAG_ACCESS, {NULL, 0}, span_of(list, 5)};
			struct span p = make(&part, META_ACL, 1, &it);
			unsigned got = meta_bits(p, (uint16_t)bits);

			HOLDS(
			    got == ((bits & 0707) | (bits & group << 3 & 070)));
		}
	/* A list for what is made in it says nothing of the directory. */
	ck_assert_uint_eq(meta_bits(SPAN_LIT("\2\3\0\4\0\7\7\10"), 0770), 0770);
	ck_assert_uint_eq(meta_bits(span_of(NULL, 0), 0770), 0770);
}
END_TEST

TCase *
meta_tcase(void)
{
	TCase *t = tcase_create("meta");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_part_says_of_which_classes_it_speaks_and_what);
	tcase_add_test(t, what_is_not_canonical_is_no_part);
	tcase_add_test(t, a_part_has_a_limit_and_a_name_too);
	tcase_add_test(t, of_two_parts_each_gives_its_classes);
	tcase_add_test(t, two_parts_together_keep_the_limit);
	tcase_add_test(t, missing_attributes_are_added_in_their_order);
	tcase_add_test(t, a_sum_tells_a_class_from_another_state_of_it);
	tcase_add_test(
	    t, bits_without_the_list_give_a_group_no_more_than_with_it);
	return t;
}
