/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/plan/plan_test.h"

#include <errno.h>
#include <string.h>

#include "tests/proto/model/fail_alloc.h"

/* The home of a path, or "" when it is no copy's. */
static const char *
home_of(const char *path)
{
	static char text[LIMIT_PATH_BYTES + 1];
	struct buf b;
	int is;

	buf_init(&b, LIMIT_PATH_BYTES);
	is = plan_home(span_str(path), &b);
	ck_assert_int_eq(is, plan_home(span_str(path), NULL));
	ck_assert_uint_eq(b.len > 0, is == 1);
	if (is == 1)
		memcpy(text, b.p, b.len);
	text[b.len] = 0;
	buf_release(&b);
	return text;
}

/* The home of the conflict copy of a file at path. */
static const char *
round_trip(const char *path, int64_t mtime_ns)
{
	struct version v = {.path = span_str(path), .kind = KIND_FILE};
	char copy[LIMIT_PATH_BYTES + 1];
	struct buf b;

	v.mtime_ns = mtime_ns;
	v.dot = DOT(42, strlen(path));
	buf_init(&b, LIMIT_PATH_BYTES);
	ck_assert_int_eq(conflict_path(&v, &b), 0);
	memcpy(copy, b.p, b.len);
	copy[b.len] = 0;
	buf_release(&b);
	return home_of(copy);
}

START_TEST(the_home_of_a_losers_copy_is_the_losers_path)
{
	static const char *const paths[] = {"a", "a.txt", "d/e/f.c", "x.tar.gz",
	    ".bashrc", "..x", "a.", "d/.b.c", "Makefile",
	    "a.conflict-20261122T061600Z-K7QX4T",
	    "a.conflict-20261122T061600Z-K7QX4T.txt",
	    "a.longextensionlongextension", "caf\xc3\xa9.md"};
	static const int64_t times[] = {
	    0, INT64_MIN, INT64_MAX, -1, INT64_C(1763790976) * 1000000000};

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		for (size_t j = 0; j < sizeof times / sizeof *times; j++)
			ck_assert_str_eq(
			    round_trip(paths[i], times[j]), paths[i]);
}
END_TEST

START_TEST(a_cut_stem_has_no_home)
{
	char path[LIMIT_NAME_BYTES + 1];

	for (size_t len = 1; len <= LIMIT_NAME_BYTES; len++) {
		memset(path, 'n', len);
		path[len] = 0;
		if (*round_trip(path, 5) == 0)
			ck_assert_uint_gt(len, 255 - 4 - 33);
		else
			ck_assert_str_eq(round_trip(path, 5), path);
	}
}
END_TEST

START_TEST(names_that_only_resemble_have_no_home)
{
	ck_assert_str_eq(home_of("a"), "");
	ck_assert_str_eq(home_of(""), "");
	ck_assert_str_eq(home_of("a.conflict-20261122T061600Z-K7QX4"), "");
	ck_assert_str_eq(home_of("a.conflict-20261122T061600Z-K7QX4TT"), "");
	ck_assert_str_eq(home_of("a.conflict-2026112XT061600Z-K7QX4T"), "");
	ck_assert_str_eq(home_of("a.conflict-20261122T061600Z-k7QX4T"), "");
	ck_assert_str_eq(home_of(".conflict-20261122T061600Z-K7QX4T"), "");
	/* A directory's name is not the file's. */
	ck_assert_str_eq(home_of("a.conflict-20261122T061600Z-K7QX4T/b"), "");
}
END_TEST

START_TEST(the_home_of_a_copys_copy_is_the_copy)
{
	ck_assert_str_eq(home_of("a.conflict-20261122T061600Z-K7QX4T"
				 ".conflict-20261123T061600Z-ABCDEF.txt"),
	    "a.conflict-20261122T061600Z-K7QX4T.txt");
}
END_TEST

/* No memory is not no. */
START_TEST(L24_a_home_that_cannot_be_told_is_an_error)
{
	struct span path = SPAN_LIT("a.conflict-20261122T061600Z-K7QX4T.txt");
	struct buf b;
	int rc;

	buf_init(&b, LIMIT_PATH_BYTES);
	fail_alloc_after(0, true);
	rc = plan_home(path, &b);
	ck_assert(fail_alloc_end());
	ck_assert_int_eq(rc, -ENOMEM);
	buf_release(&b);
	buf_init(&b, 3);
	ck_assert_int_eq(plan_home(path, &b), ERR_LIMIT);
	buf_release(&b);
}
END_TEST

TCase *
plan_home_tcase(void)
{
	TCase *tc = tcase_create("home");

	tcase_add_test(tc, the_home_of_a_losers_copy_is_the_losers_path);
	tcase_add_test(tc, a_cut_stem_has_no_home);
	tcase_add_test(tc, names_that_only_resemble_have_no_home);
	tcase_add_test(tc, the_home_of_a_copys_copy_is_the_copy);
	tcase_add_test(tc, L24_a_home_that_cannot_be_told_is_an_error);
	return tc;
}
