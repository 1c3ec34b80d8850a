/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/base/vec.h"

#include <stdint.h>

#include "tests/proto/base/base_test.h"

struct pair {
	int a;
	int b;
};

START_TEST(pushed_items_stay_in_order)
{
	VEC(int) v = {0};
	int next = 0;

	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(VEC_PUSH(&v, i), 0);
	ck_assert_uint_eq(v.n, 1000);
	VEC_EACH (&v, it)
		ck_assert_int_eq(*it, next++);
	ck_assert_int_eq(next, 1000);
	VEC_RELEASE(&v);
}
END_TEST

START_TEST(an_item_may_be_a_compound_literal)
{
	VEC(struct pair) v = {0};

	ck_assert_int_eq(VEC_PUSH(&v, (struct pair){1, 2}), 0);
	ck_assert_int_eq(v.items[0].a, 1);
	ck_assert_int_eq(v.items[0].b, 2);
	VEC_RELEASE(&v);
}
END_TEST

START_TEST(an_empty_vector_is_walked_not_at_all)
{
	VEC(int) v = {0};

	VEC_EACH (&v, it)
		ck_abort_msg("an item at %p", (void *)it);
	VEC_RELEASE(&v);
}
END_TEST

START_TEST(release_leaves_an_empty_vector)
{
	VEC(int) v = {0};

	ck_assert_int_eq(VEC_PUSH(&v, 1), 0);
	VEC_RELEASE(&v);
	ck_assert_ptr_null(v.items);
	ck_assert_uint_eq(v.n + v.cap, 0);
	ck_assert_int_eq(VEC_PUSH(&v, 2), 0);
	ck_assert_int_eq(v.items[0], 2);
	VEC_RELEASE(&v);
}
END_TEST

START_TEST(a_size_that_would_wrap_is_refused_and_changes_nothing)
{
	char some[8];
	void *items = some;
	size_t cap = 8;

	ck_assert_int_eq(vec_grow(&items, &cap, 8, SIZE_MAX / 8), -ENOMEM);
	ck_assert_ptr_eq(items, some);
	ck_assert_uint_eq(cap, 8);
}
END_TEST

TCase *
vec_tcase(void)
{
	TCase *t = tcase_create("vec");

	tcase_add_test(t, pushed_items_stay_in_order);
	tcase_add_test(t, an_item_may_be_a_compound_literal);
	tcase_add_test(t, an_empty_vector_is_walked_not_at_all);
	tcase_add_test(t, release_leaves_an_empty_vector);
	tcase_add_test(
	    t, a_size_that_would_wrap_is_refused_and_changes_nothing);
	return t;
}
