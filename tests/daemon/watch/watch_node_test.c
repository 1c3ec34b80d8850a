/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "daemon/watch/watch_internal.h"
#include "tests/daemon/watch/watch_test_internal.h"

static struct watch w; /* without a host: nothing is ended there */

static struct watch_node *
make(const char *path, int number)
{
	struct watch_node *node;

	OK(watch_node_make(&w, span_str(path), &node));
	if (number != 0)
		OK(watch_node_number(&w, node, number));
	return node;
}

static struct watch_node *
find(const char *path)
{
	return watch_node_find(&w, span_str(path));
}

START_TEST(nodes_above_are_made_and_freed_with_the_last_below)
{
	make("a/b/c", 1);
	ck_assert_ptr_nonnull(find(""));
	ck_assert_ptr_nonnull(find("a"));
	ck_assert_ptr_nonnull(find("a/b"));
	ck_assert_uint_eq(HASH_CNT(by_path, w.paths), 4);
	ck_assert_uint_eq(watch_count(&w), 1);
	make("a/d", 2);
	watch_node_drop(&w, find("a/b/c"));
	ck_assert_ptr_null(find("a/b"));
	ck_assert_ptr_nonnull(find("a/d"));
	watch_node_drop(&w, find("a"));
	ck_assert_ptr_null(w.paths);
	ck_assert_ptr_null(w.numbers);
}
END_TEST

START_TEST(node_of_a_path_is_made_once)
{
	struct watch_node *a = make("a/b", 1);

	ck_assert_ptr_eq(make("a/b", 0), a);
	ck_assert_ptr_eq(watch_node_numbered(&w, 1), a);
	make("a/b", 2);
	ck_assert_ptr_null(watch_node_numbered(&w, 1));
	ck_assert_ptr_eq(watch_node_numbered(&w, 2), a);
	watch_node_drop(&w, find(""));
}
END_TEST

START_TEST(wide_and_deep_trees_are_dropped_whole)
{
	char path[LIMIT_PATH_BYTES] = "";
	int number = 1;

	for (int i = 0; i < 3000; i++) {
		snprintf(path, sizeof path, "x/%d/%d/%d", i % 7, i % 70, i);
		make(path, number++);
	}
	strcpy(path, "y");
	for (int i = 0; i < 1900; i++) {
		make(path, number++);
		strcat(path, "/y");
	}
	ck_assert_uint_eq(watch_count(&w), 4900);
	watch_node_drop(&w, find("x/3"));
	ck_assert_ptr_null(find("x/3/3"));
	ck_assert_ptr_nonnull(find("x/4"));
	watch_node_drop(&w, find("x"));
	ck_assert_uint_eq(watch_count(&w), 1900);
	watch_node_drop(&w, find(""));
	ck_assert_ptr_null(w.paths);
}
END_TEST

TCase *
watch_node_tcase(void)
{
	TCase *tcase = tcase_create("watch_node");

	tcase_add_test(
	    tcase, nodes_above_are_made_and_freed_with_the_last_below);
	tcase_add_test(tcase, node_of_a_path_is_made_once);
	tcase_add_test(tcase, wide_and_deep_trees_are_dropped_whole);
	return tcase;
}
