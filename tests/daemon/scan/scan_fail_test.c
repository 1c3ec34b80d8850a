/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that runs out (LESSONS 24) while a folder is looked at, and while
 * rules are made and asked: an error is told, and nothing is concluded from
 * what was not seen.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/daemon/scan/scan_test_internal.h"
#include "tests/proto/model/fail_alloc.h"

enum { BIG_BYTES = 200000 }; /* of several chunks */

static void
make_folder(void)
{
	static char big[BIG_BYTES];
	size_t bad;

	for (size_t i = 0; i < sizeof big; i++)
		big[i] = (char)(i * i >> 7);
	OK(ignore_new(NULL, 0, SPAN_LIT("*.o\n"), &bad, &b.rules));
	bench_file("gone", "1");
	bench_file("kept", "2");
	bench_file("left.o", "3");
	bench_look();
	bench_expect(2);
	OK(unlink(bench_at("gone")));
	bench_bytes("big", big, sizeof big);
	bench_dir("d");
	OK(symlinkat("kept", b.root, "l"));
	OK(mkfifoat(b.root, "pipe", 0600));
	OK(linkat(b.root, "big", b.root, "same", 0));
}

/* Begins the look after that one; what it found is the caller's. */
static void
begin_next(const struct scan_job *before)
{
	bench_begin();
	bench_know(bench_whole(""), before);
}

/* What was told is true, if it is not all. */
static void
check_results(void)
{
	VEC_EACH (&b.job.results, r) {
		struct span path = buf_span(&r->path);

		ck_assert(r->rc == 0 || r->rc == -ENOMEM);
		if (r->rc == 0 && r->now.kind == KIND_NONE)
			ck_assert(span_equal(path, SPAN_LIT("gone")));
		if (r->rc == 0 && span_equal(path, SPAN_LIT("big")))
			ck_assert_uint_gt(r->chunks.v.n, 1);
		ck_assert(!span_equal(path, SPAN_LIT("left.o")));
	}
}

/* Looks again with memory running out; whether it did. */
static bool
look_poorly(const struct scan_job *before, long n, bool all)
{
	bool failed;

	begin_next(before);
	fail_alloc_after(n, all);
	scan_run(&b.job);
	failed = fail_alloc_end();
	check_results();
	if (failed)
		ck_assert_int_eq(b.job.rc, -ENOMEM);
	else
		OK(b.job.rc);
	return failed;
}

START_TEST(L24_a_look_that_memory_lacks_concludes_nothing_from_it)
{
	struct scan_job before;
	long n = 0;

	make_folder();
	before = b.job;
	scan_job_init(&b.job, &b.host, b.root);
	while (look_poorly(&before, n, _i))
		n++;
	ck_assert_int_gt(n, 10);
	/* gone, big, d, l, pipe, same; kept is as it was. */
	bench_expect(6);
	ck_assert_int_eq(bench_result("gone")->now.kind, KIND_NONE);
	ck_assert(bench_has_subdir("d"));
	scan_job_release(&before);
}
END_TEST

START_TEST(L24_names_asked_for_without_memory_are_not_half_asked_for)
{
	bool failed = true;

	for (long n = 0; failed; n++) {
		struct scan_dir *dir;
		int rc;

		bench_begin();
		fail_alloc_after(n, false);
		rc = scan_job_add(&b.job, SPAN_LIT("d"), &dir);
		failed = fail_alloc_end();
		ck_assert_int_eq(rc, failed ? -ENOMEM : 0);
		ck_assert_uint_eq(b.job.dirs.n, !failed);
	}
}
END_TEST

static const struct ignore_source sources[] = {
    {{NULL, 0}, {(const uint8_t *)"*.iso\n!a.iso\n[ab]/\n", 19}},
    {{(const uint8_t *)"sub", 3}, {(const uint8_t *)"/x\n**/y\n[\n", 10}},
};

START_TEST(L24_rules_that_memory_lacks_are_not_made_with_some_left_out)
{
	struct ignore_rules *rules = NULL;
	bool failed = true;

	for (long n = 0; failed; n++) {
		size_t bad = 0;
		int rc;

		fail_alloc_after(n, _i);
		rc = ignore_new(sources, 2, SPAN_LIT("*.o\n"), &bad, &rules);
		failed = fail_alloc_end();
		ck_assert_int_eq(rc, failed ? -ENOMEM : 0);
		ck_assert((rules == NULL) == failed);
	}
	ck_assert(ignore_match(rules, SPAN_LIT("b.iso"), false));
	ck_assert(!ignore_match(rules, SPAN_LIT("a.iso"), false));
	ck_assert(ignore_match(rules, SPAN_LIT("sub/d/y"), false));
	ck_assert(ignore_match(rules, SPAN_LIT("x.o"), false));
	ignore_unref(rules);
}
END_TEST

START_TEST(L24_why_a_path_is_ignored_is_told_in_full_or_not)
{
	struct ignore_rules *rules;
	bool failed = true;
	size_t bad;

	OK(ignore_new(sources, 2, SPAN_LIT("*.o\n"), &bad, &rules));
	for (long n = 0; failed; n++) {
		bool ignored = false;
		struct buf out;
		int rc;

		buf_init(&out, 256);
		fail_alloc_after(n, false);
		rc = ignore_explain(
		    rules, SPAN_LIT("sub/d/y"), false, &out, &ignored);
		failed = fail_alloc_end();
		ck_assert_int_eq(rc, failed ? -ENOMEM : 0);
		ck_assert(ignored);
		if (!failed)
			ck_assert(span_equal(buf_span(&out),
			    SPAN_LIT("\"**/y\" from sub/.tuttiignore")));
		buf_release(&out);
	}
	ignore_unref(rules);
}
END_TEST

START_TEST(L24_a_file_read_again_without_memory_is_not_called_rotten)
{
	struct scan_again item = {.rc = 0};
	bool failed = true;

	make_folder();
	bench_look();
	item.known = bench_result("big")->now;
	buf_init(&item.path, LIMIT_PATH_BYTES);
	OK(buf_add(&item.path, SPAN_LIT("big")));
	for (long n = 0; failed; n++) {
		int rc;

		fail_alloc_after(n, false);
		rc = scan_verify(&b.host, b.root, &item);
		failed = fail_alloc_end();
		ck_assert(rc == 0 || rc == -ENOMEM);
		if (rc == 0)
			ck_assert_int_eq(
			    item.verdict, failed ? SCAN_UNSURE : SCAN_SOUND);
		chunks_release(&item.chunks);
	}
	buf_release(&item.path);
}
END_TEST

TCase *
scan_fail_tcase(void)
{
	TCase *tcase = bench_tcase("scan_fail");

	tcase_add_loop_test(tcase,
	    L24_a_look_that_memory_lacks_concludes_nothing_from_it, 0, 2);
	tcase_add_test(
	    tcase, L24_names_asked_for_without_memory_are_not_half_asked_for);
	tcase_add_loop_test(tcase,
	    L24_rules_that_memory_lacks_are_not_made_with_some_left_out, 0, 2);
	tcase_add_test(tcase, L24_why_a_path_is_ignored_is_told_in_full_or_not);
	tcase_add_test(
	    tcase, L24_a_file_read_again_without_memory_is_not_called_rotten);
	return tcase;
}
