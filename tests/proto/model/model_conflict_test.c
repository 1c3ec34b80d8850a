/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/proto/model/model_test.h"

#include <stdio.h>
#include <string.h>

#include "proto/base/path.h"
#include "tests/proto/model/fail_alloc.h"

enum { MARK_CHARS = 33 }; /* .conflict-20261122T061600Z-K7QX4T */

static struct version *
loser_at(struct span path, int64_t mtime, uint64_t counter)
{
	struct dot dot = {1, counter};

	return test_version(&(struct version){
	    .path = path,
	    .kind = KIND_FILE,
	    .mtime_ns = mtime,
	    .content = test_name("x"),
	    .dot = dot,
	    .vector = {{&dot, 1, 1}},
	});
}

static int
path_for(struct span path, int64_t mtime, char *out)
{
	struct version *v = loser_at(path, mtime, 7);
	struct buf b;
	int rc;

	buf_init(&b, LIMIT_PATH_BYTES);
	rc = conflict_path(v, &b);
	if (rc == 0) {
		ck_assert(path_valid(buf_span(&b)));
		memcpy(out, b.p, b.len);
		out[b.len] = 0;
	}
	buf_release(&b);
	version_free(v);
	return rc;
}

/* With the mark, whose date is that of 1970, shown as "*". */
static void
check_name(const char *path, const char *want)
{
	char got[LIMIT_PATH_BYTES + 1], *mark;
	const char *const date = ".conflict-19700101T000000Z-";

	ck_assert_int_eq(path_for(span_str(path), 0, got), 0);
	mark = strstr(got, date);
	ck_assert_ptr_nonnull(mark);
	*mark = '*';
	memmove(mark + 1, mark + MARK_CHARS, strlen(mark + MARK_CHARS) + 1);
	ck_assert_str_eq(got, want);
}

START_TEST(extension_stays_last)
{
	check_name("report.txt", "report*.txt");
	check_name("d.x/report.txt", "d.x/report*.txt");
	check_name("d.x/report", "d.x/report*");
	check_name("a.tar.gz", "a.tar*.gz");
	check_name(".bashrc", ".bashrc*");
	check_name(".config.json", ".config*.json");
	check_name("..x", "..x*");
	check_name("...", "...*");
	check_name("..a.b", "..a*.b");
	check_name("end.", "end.*");
	check_name("a.b.", "a.b.*");
	check_name("a b.c d", "a b*.c d");
	check_name("x.0123456789abcdef", "x*.0123456789abcdef");
	check_name("x.0123456789abcdefg", "x.0123456789abcdefg*");
}
END_TEST

START_TEST(L3_copy_of_an_edited_copy_keeps_both_marks)
{
	check_name("a.conflict-20200101T000000Z-AAAAAA.txt",
	    "a.conflict-20200101T000000Z-AAAAAA*.txt");
}
END_TEST

START_TEST(time_is_utc_whatever_the_clock)
{
	static const struct {
		int64_t seconds, ns;
		const char *shown;
	} cases[] = {
	    {0, 0, "19700101T000000Z"},
	    {-1, 0, "19691231T235959Z"},
	    {0, -1, "19691231T235959Z"},
	    {0, 999999999, "19700101T000000Z"},
	    {951782399, 0, "20000228T235959Z"},
	    {951782400, 0, "20000229T000000Z"},
	    {951868800, 0, "20000301T000000Z"},
	    {1709164800, 0, "20240229T000000Z"},
	    {1772323200, 0, "20260301T000000Z"},
	    {1795328160, 0, "20261122T061600Z"},
	    {4102444799, 0, "20991231T235959Z"},
	    {4107542400, 0, "21000301T000000Z"},
	    {4107542399, 0, "21000228T235959Z"},
	    {INT64_MAX / 1000000000, 0, "22620411T234716Z"},
	    {INT64_MIN / 1000000000, 0, "16770921T001244Z"},
	};
	char got[LIMIT_PATH_BYTES + 1];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t mtime = cases[i].seconds * 1000000000 + cases[i].ns;

		ck_assert_int_eq(path_for(SPAN_LIT("a"), mtime, got), 0);
		ck_assert_int_eq(strncmp(got, "a.conflict-", 11), 0);
		got[11 + 16] = 0;
		ck_assert_str_eq(got + 11, cases[i].shown);
	}
}
END_TEST

/* Fixed by PROTOCOL.md: all makers of a copy make the same one. */
START_TEST(name_is_this_one)
{
	char got[LIMIT_PATH_BYTES + 1];

	ck_assert_int_eq(
	    path_for(SPAN_LIT("d/a.txt"), INT64_C(1795328160123456789), got),
	    0);
	ck_assert_str_eq(got, "d/a.conflict-20261122T061600Z-FRYQOG.txt");
}
END_TEST

START_TEST(name_tells_every_dot_apart)
{
	enum { N = 2000 };
	static char names[N][64];

	for (uint64_t i = 0; i < N; i++) {
		struct version *v = loser_at(SPAN_LIT("a"), 0, 1 + i);
		struct buf b;

		buf_init(&b, sizeof names[i]);
		ck_assert_int_eq(conflict_path(v, &b), 0);
		memcpy(names[i], b.p, b.len);
		buf_release(&b);
		version_free(v);
	}
	qsort(names, N, sizeof *names,
	    (int (*)(const void *, const void *))strcmp);
	for (size_t i = 1; i < N; i++)
		ck_assert_str_ne(names[i - 1], names[i]);
}
END_TEST

/* A name of n times the unit, then rest, in a directory. */
static size_t
stem_left(const char *unit, size_t n, const char *rest)
{
	char path[LIMIT_PATH_BYTES + 1] = "d/", got[LIMIT_PATH_BYTES + 1];
	size_t stem = n * strlen(unit);
	char *mark;

	for (size_t i = 0; i < n; i++)
		strcat(path, unit);
	strcat(path, rest);
	ck_assert_int_eq(path_for(span_str(path), 0, got), 0);
	ck_assert_uint_le(strlen(got) - 2, LIMIT_NAME_BYTES);
	mark = strstr(got, ".conflict-");
	ck_assert_ptr_nonnull(mark);
	ck_assert_int_eq(strncmp(got, path, (size_t)(mark - got)), 0);
	ck_assert_str_eq(mark + MARK_CHARS, rest);
	ck_assert_uint_le((size_t)(mark - got) - 2, stem);
	return (size_t)(mark - got) - 2;
}

START_TEST(L42_long_stem_is_cut_to_fit_and_never_inside_a_character)
{
	ck_assert_uint_eq(stem_left("x", 222, ""), 222);
	ck_assert_uint_eq(stem_left("x", 223, ""), 222);
	ck_assert_uint_eq(stem_left("x", 255, ""), 222);
	ck_assert_uint_eq(stem_left("x", 251, ".txt"), 218);
	ck_assert_uint_eq(stem_left("\xc3\xa4", 125, ".txt"), 218);
	ck_assert_uint_eq(stem_left("\xc3\xa4", 125, ".html"), 216);
	ck_assert_uint_eq(stem_left("\xe2\x82\xac", 83, ""), 222);
	ck_assert_uint_eq(stem_left("\xe2\x82\xac", 83, ".c"), 219);
	ck_assert_uint_eq(stem_left("\xe2\x82\xac", 83, ".cc"), 219);
	ck_assert_uint_eq(stem_left("\xf0\x9f\x98\x80", 62, ""), 220);
	ck_assert_uint_eq(stem_left("\xf0\x9f\x98\x80", 62, ".js"), 216);
	/* not UTF-8: cut anywhere */
	ck_assert_uint_eq(stem_left("\x80", 250, ""), 222);
	ck_assert_uint_eq(stem_left("\xff", 250, ""), 222);
}
END_TEST

START_TEST(path_that_gets_too_long_is_refused)
{
	char path[LIMIT_PATH_BYTES + 1], got[LIMIT_PATH_BYTES + 1];
	size_t fits = LIMIT_PATH_BYTES - MARK_CHARS;

	for (size_t i = 0; i < sizeof path; i++)
		path[i] = i % 100 == 99 ? '/' : 'x';
	path[LIMIT_PATH_BYTES] = 0;
	ck_assert_int_eq(path_for(span_of(path, fits), 0, got), 0);
	ck_assert_uint_eq(strlen(got), LIMIT_PATH_BYTES);
	ck_assert_int_eq(path_for(span_of(path, fits + 1), 0, got), ERR_LIMIT);
}
END_TEST

/* ---- is there a copy? ---------------------------------------------------- */

struct knowledge {
	char path[64];
	int rc; /* when the path is asked for */
	int asked;
};

static int
known(void *arg, struct span path)
{
	struct knowledge *k = arg;

	k->asked++;
	return span_equal(path, span_str(k->path)) ? k->rc : 0;
}

static struct version_set
three(void)
{
	struct version_set set = {0};
	bool new;

	for (uint64_t i = 1; i <= 3; i++) {
		struct version *v = test_file(
		    (struct dot){i, 1}, i < 3 ? "same" : "other", (int64_t)i);

		ck_assert_int_eq(version_set_add(&set, v, NULL, &new), 0);
	}
	return set;
}

static void
path_of(const struct version *v, char out[64])
{
	struct buf b;

	buf_init(&b, 63);
	ck_assert_int_eq(conflict_path(v, &b), 0);
	memcpy(out, b.p, b.len);
	out[b.len] = 0;
	buf_release(&b);
}

START_TEST(copy_made_for_any_version_of_the_content_counts)
{
	struct version_set set = three();
	struct knowledge k = {.rc = 1};
	bool has = true;

	ck_assert_int_eq(
	    conflict_has_copy(&set, set.v.items[0], known, &k, &has), 0);
	ck_assert(!has);
	ck_assert_int_eq(k.asked, 2);
	path_of(set.v.items[1], k.path);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(
		    conflict_has_copy(&set, set.v.items[i], known, &k, &has),
		    0);
		ck_assert(has == (i < 2));
	}
	k.rc = -EIO;
	has = true;
	ck_assert_int_eq(
	    conflict_has_copy(&set, set.v.items[0], known, &k, &has), -EIO);
	ck_assert(has);
	version_set_release(&set);
}
END_TEST

static int
known_all(void *arg, struct span path)
{
	(void)path;
	++*(int *)arg;
	return 1;
}

START_TEST(gone_versions_have_no_copy)
{
	struct dot dots[] = {{1, 1}, {2, 1}};
	struct version_set set = {0};
	bool has = true, new;
	int asked = 0;

	for (int i = 0; i < 2; i++) {
		struct version d = {.path = SPAN_LIT("a"), .kind = KIND_GONE};

		d.dot = dots[i];
		d.vector = (struct vector){{&dots[i], 1, 1}};
		ck_assert_int_eq(
		    version_set_add(&set, test_version(&d), NULL, &new), 0);
	}
	ck_assert_int_eq(
	    conflict_has_copy(&set, set.v.items[0], known_all, &asked, &has),
	    0);
	ck_assert(!has);
	ck_assert_int_eq(asked, 0);
	version_set_release(&set);
}
END_TEST

START_TEST(L29_a_path_too_long_for_a_copy_has_none)
{
	char path[LIMIT_PATH_BYTES];
	struct version_set set = {0};
	bool has = true, new;
	struct version *v;
	int asked = 0;

	for (size_t i = 0; i < sizeof path; i++)
		path[i] = i % 100 == 99 ? '/' : 'x';
	v = loser_at(span_of(path, sizeof path), 1, 1);
	ck_assert_int_eq(version_set_add(&set, v, NULL, &new), 0);
	ck_assert_int_eq(
	    conflict_has_copy(&set, set.v.items[0], known_all, &asked, &has),
	    0);
	ck_assert(!has);
	ck_assert_int_eq(asked, 0);
	version_set_release(&set);
}
END_TEST

START_TEST(L24_failing_memory_appends_no_path)
{
	struct version_set set = three();
	struct knowledge k = {.rc = 1};
	bool failed = true, has = false;
	struct buf b;

	path_of(set.v.items[1], k.path);
	for (long n = 0; failed; n++) {
		int rc;

		buf_init(&b, LIMIT_PATH_BYTES);
		fail_alloc_after(n, false);
		rc = conflict_path(set.v.items[0], &b);
		failed = fail_alloc_end();
		ck_assert_int_eq(rc, failed ? -ENOMEM : 0);
		ck_assert(failed == (b.len == 0));
		buf_release(&b);
	}
	failed = true;
	for (long n = 0; failed; n++) {
		int rc;

		fail_alloc_after(n, false);
		rc = conflict_has_copy(&set, set.v.items[0], known, &k, &has);
		failed = fail_alloc_end();
		ck_assert_int_eq(rc, failed ? -ENOMEM : 0);
		ck_assert(failed == !has);
	}
	version_set_release(&set);
}
END_TEST

TCase *
model_conflict_tcase(void)
{
	TCase *t = tcase_create("conflict");

	tcase_add_test(t, name_is_this_one);
	tcase_add_test(t, extension_stays_last);
	tcase_add_test(t, L3_copy_of_an_edited_copy_keeps_both_marks);
	tcase_add_test(t, time_is_utc_whatever_the_clock);
	tcase_add_test(t, name_tells_every_dot_apart);
	tcase_add_test(
	    t, L42_long_stem_is_cut_to_fit_and_never_inside_a_character);
	tcase_add_test(t, path_that_gets_too_long_is_refused);
	tcase_add_test(t, copy_made_for_any_version_of_the_content_counts);
	tcase_add_test(t, gone_versions_have_no_copy);
	tcase_add_test(t, L29_a_path_too_long_for_a_copy_has_none);
	tcase_add_test(t, L24_failing_memory_appends_no_path);
	return t;
}
