/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was not seen is not concluded (LESSONS 10, 66).
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/daemon/scan/scan_test_internal.h"

static void
three_files(void)
{
	bench_file("a", "1");
	bench_file("b", "2");
	bench_file("c", "3");
	bench_look();
	bench_expect(3);
}

START_TEST(L10_failed_listing_concludes_nothing)
{
	static const int errors[] = {-EIO, -ESTALE, -EACCES};

	three_files();
	OK(unlink(bench_at("c")));
	b.faults.list_rc = errors[_i];
	bench_look_again(false);
	ck_assert_int_eq(b.job.dirs.items[0].rc, errors[_i]);
	bench_expect(0);
	ck_assert_uint_eq(b.job.subdirs.v.n, 0);
}
END_TEST

/* Some file systems lose names that are there from a listing. */
START_TEST(short_listing_makes_nothing_absent)
{
	three_files();
	b.faults.list_short = 2;
	bench_look_again(false);
	bench_expect(0);
}
END_TEST

START_TEST(failed_stat_is_of_that_child_alone)
{
	static const int errors[] = {-EIO, -ESTALE, -EACCES};

	three_files();
	OK(unlink(bench_at("c")));
	b.faults.name = "b";
	b.faults.stat_rc = errors[_i];
	bench_look_again(false);
	bench_expect(2);
	ck_assert_int_eq(bench_result("b")->rc, errors[_i]);
	ck_assert_int_eq(bench_result("c")->now.kind, KIND_NONE);
}
END_TEST

START_TEST(failed_stat_of_what_is_ignored_is_no_error)
{
	size_t bad;

	three_files();
	OK(ignore_new(NULL, 0, SPAN_LIT("b\n"), &bad, &b.rules));
	b.faults.name = "b";
	b.faults.stat_rc = -EIO;
	bench_look_again(false);
	bench_expect(1);
	OK(bench_result("b")->rc);
	ck_assert(observation_unseen(&bench_result("b")->now));
}
END_TEST

static void
remove_b(void *arg)
{
	(void)arg;
	OK(unlink(bench_at("b")));
}

START_TEST(name_that_goes_after_the_listing_is_absent)
{
	three_files();
	b.faults.name = "b";
	b.faults.at_stat = remove_b;
	bench_look_again(false);
	bench_expect(1);
	ck_assert_int_eq(bench_result("b")->now.kind, KIND_NONE);
}
END_TEST

START_TEST(name_that_comes_and_goes_is_nothing)
{
	bench_file("b", "");
	b.faults.name = "b";
	b.faults.at_stat = remove_b;
	bench_look();
	bench_expect(0);
}
END_TEST

START_TEST(L66_mount_is_opaque_and_not_entered)
{
	bench_dir("m");
	bench_file("f", "");
	bench_look();
	bench_expect(2);
	b.faults.name = "m";
	b.faults.dev = b.dev + 1;
	bench_look_again(false);
	bench_expect(1);
	OK(bench_result("m")->rc);
	ck_assert_int_eq(bench_result("m")->now.kind, KIND_OPAQUE);
	ck_assert(!bench_has_subdir("m"));
}
END_TEST

START_TEST(directory_of_another_device_concludes_nothing)
{
	three_files();
	OK(unlink(bench_at("c")));
	b.dev++;
	bench_look_again(false);
	ck_assert_int_eq(b.job.dirs.items[0].rc, -EXDEV);
	bench_expect(0);
}
END_TEST

START_TEST(read_error_is_of_that_child_alone)
{
	bench_file("a", "1");
	bench_dir("d");
	b.faults.read_rc = -EIO;
	bench_look();
	bench_expect(2);
	ck_assert_int_eq(bench_result("a")->rc, -EIO);
	OK(bench_result("d")->rc);
}
END_TEST

/* Each time, for whoever was not there to hear it the first time. */
START_TEST(L46_what_is_skipped_or_has_other_names_is_noted)
{
	static const char *const paths[] = {
	    "linked", "other", "pipe", "secret"};
	static const enum scan_why whys[] = {
	    SCAN_LINKED, SCAN_LINKED, SCAN_SPECIAL, SCAN_UNREADABLE};

	bench_file("linked", "1");
	OK(linkat(b.root, "linked", b.root, "other", 0));
	OK(mkfifoat(b.root, "pipe", 0600));
	bench_file("plain", "2");
	bench_file("secret", "3");
	b.faults.name = "secret";
	b.faults.open_rc = -EACCES;
	bench_look();
	for (int look = 0; look < 2; look++) {
		ck_assert_uint_eq(b.job.notes.n, 4);
		for (size_t i = 0; i < 4; i++) {
			const struct scan_note *n = &b.job.notes.items[i];

			ck_assert(
			    span_equal(buf_span(&n->path), span_str(paths[i])));
			ck_assert_int_eq(n->why, whys[i]);
		}
		ck_assert_uint_eq(
		    b.job.notes.items[0].ino, b.job.notes.items[1].ino);
		bench_look_again(false);
	}
}
END_TEST

START_TEST(running_out_of_memory_ends_the_job)
{
	bench_file("a", "1");
	bench_begin();
	bench_whole("");
	b.faults.read_rc = -ENOMEM;
	scan_run(&b.job);
	ck_assert_int_eq(b.job.rc, -ENOMEM);
}
END_TEST

TCase *
scan_faults_tcase(void)
{
	TCase *tcase = bench_tcase("scan_faults");

	tcase_add_loop_test(tcase, L10_failed_listing_concludes_nothing, 0, 3);
	tcase_add_test(tcase, short_listing_makes_nothing_absent);
	tcase_add_loop_test(tcase, failed_stat_is_of_that_child_alone, 0, 3);
	tcase_add_test(tcase, failed_stat_of_what_is_ignored_is_no_error);
	tcase_add_test(tcase, name_that_goes_after_the_listing_is_absent);
	tcase_add_test(tcase, name_that_comes_and_goes_is_nothing);
	tcase_add_test(tcase, L66_mount_is_opaque_and_not_entered);
	tcase_add_test(tcase, directory_of_another_device_concludes_nothing);
	tcase_add_test(tcase, read_error_is_of_that_child_alone);
	tcase_add_test(tcase, L46_what_is_skipped_or_has_other_names_is_noted);
	tcase_add_test(tcase, running_out_of_memory_ends_the_job);
	return tcase;
}
