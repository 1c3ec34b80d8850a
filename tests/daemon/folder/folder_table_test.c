/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/folder/folder_state_internal.h"

#include "tests/daemon/folder/folder_test.h"
#include "tests/proto/model/fail_alloc.h"

enum { N = 2000 }; /* so many that the table grows more than once */

struct item {
	UT_hash_handle hh;
	uint32_t key;
};

static struct item items[N];
static struct item *table;

static void
setup(void)
{
	table = NULL;
	for (uint32_t i = 0; i < N; i++)
		items[i] = (struct item){.key = i};
}

static bool
add(uint32_t i)
{
	return folder_table_add(
	    &table, &items[i], &items[i].key, sizeof items[i].key);
}

static struct item *
find(uint32_t key)
{
	return folder_table_find(table, &key, sizeof key);
}

/* All but one are in, and nothing else. */
static void
expect_all_but(uint32_t out)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < N; i++)
		ck_assert_ptr_eq(find(i), i == out ? NULL : &items[i]);
	for (struct item *it = table; it != NULL; it = it->hh.next)
		n++;
	ck_assert_uint_eq(n, out < N ? N - 1 : N);
	ck_assert_uint_eq(HASH_COUNT(table), n);
}

static void
drop_all(void)
{
	for (uint32_t i = 0; i < N; i++)
		if (find(i) != NULL)
			folder_table_drop(&table, &items[i]);
	ck_assert_ptr_null(table);
}

START_TEST(what_is_in_a_table_is_found_until_it_is_dropped)
{
	ck_assert_ptr_null(find(7));
	for (uint32_t i = 0; i < N; i++)
		ck_assert(add(i));
	expect_all_but(N);
	folder_table_drop(&table, &items[7]);
	expect_all_but(7);
	ck_assert(add(7));
	expect_all_but(N);
	drop_all();
}
END_TEST

START_TEST(an_empty_key_needs_no_bytes)
{
	ck_assert_ptr_null(folder_table_find(table, NULL, 0));
	ck_assert(folder_table_add(&table, &items[0], "", 0));
	ck_assert(add(1));
	ck_assert_ptr_eq(folder_table_find(table, NULL, 0), &items[0]);
	folder_table_drop(&table, &items[0]);
	ck_assert_ptr_null(folder_table_find(table, NULL, 0));
	folder_table_drop(&table, &items[1]);
	ck_assert_ptr_null(table);
}
END_TEST

/* Adds all, with the n-th request failing; how many were refused. Check is
 * asked for nothing meanwhile: its memory may fail, too. */
static uint32_t
add_all(long n, bool *out_failed, uint32_t *out_refused)
{
	uint32_t refused = 0;

	fail_alloc_after(n, false);
	for (uint32_t i = 0; i < N; i++)
		if (!add(i)) {
			*out_refused = i;
			refused++;
		}
	*out_failed = fail_alloc_end();
	return refused;
}

START_TEST(L24_what_there_is_no_memory_for_is_not_in)
{
	bool failed = true;

	for (long n = 0; failed; n++) {
		uint32_t out = N;

		ck_assert_uint_eq(add_all(n, &failed, &out), failed);
		expect_all_but(out);
		ck_assert(!failed || add(out));
		expect_all_but(N);
		drop_all();
		ck_assert(failed || n > 3);
	}
}
END_TEST

TCase *
folder_table_tcase(void)
{
	TCase *t = tcase_create("table");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, what_is_in_a_table_is_found_until_it_is_dropped);
	tcase_add_test(t, an_empty_key_needs_no_bytes);
	tcase_add_test(t, L24_what_there_is_no_memory_for_is_not_in);
	return t;
}
