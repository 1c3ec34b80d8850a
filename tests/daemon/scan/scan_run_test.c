/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/daemon/scan/scan_test_internal.h"

static void
kind_is(const char *path, int kind)
{
	const struct scan_result *r = bench_result(path);

	ck_assert_msg(r != NULL, "%s", path);
	OK(r->rc);
	ck_assert_int_eq(r->now.kind, kind);
}

static void
look_at_one_of_each(void)
{
	bench_file("f", "text");
	bench_dir("d");
	bench_file("d/below", "");
	OK(symlink("f", bench_at("l")));
	OK(mkfifo(bench_at("p"), 0600));
	bench_look();
}

START_TEST(first_look_tells_of_everything)
{
	look_at_one_of_each();
	bench_expect(4);
	kind_is("f", KIND_FILE);
	kind_is("d", KIND_DIR);
	kind_is("l", KIND_SYMLINK);
	kind_is("p", KIND_OPAQUE);
	ck_assert(
	    span_equal(buf_span(&bench_result("l")->target), SPAN_LIT("f")));
	ck_assert_uint_eq(b.job.subdirs.v.n, 1);
	ck_assert(bench_has_subdir("d"));
	ck_assert_uint_eq(b.job.looked, 4);
	ck_assert_uint_eq(b.job.hashed_bytes, 4);
}
END_TEST

START_TEST(second_look_tells_of_nothing)
{
	look_at_one_of_each();
	bench_look_again(false);
	bench_expect(0);
	ck_assert_uint_eq(b.opens, 0);
	ck_assert(bench_has_same_subdir("d"));
	ck_assert(!bench_has_subdir("d"));
}
END_TEST

START_TEST(changes_are_told_and_absences_come_first)
{
	bench_file("a", "1");
	bench_file("b", "2");
	bench_file("c", "3");
	bench_dir("z");
	bench_look();
	OK(unlink(bench_at("c")));
	OK(rmdir(bench_at("z")));
	bench_file("a", "longer");
	bench_file("d", "new");
	bench_look_again(false);
	bench_expect(4);
	ck_assert_int_eq(b.job.results.items[0].now.kind, KIND_NONE);
	ck_assert_int_eq(b.job.results.items[1].now.kind, KIND_NONE);
	kind_is("c", KIND_NONE);
	kind_is("z", KIND_NONE);
	kind_is("a", KIND_FILE);
	kind_is("d", KIND_FILE);
	ck_assert(!bench_has_subdir("z"));
}
END_TEST

START_TEST(paths_are_whole)
{
	bench_dir("d");
	bench_dir("d/e");
	bench_file("d/e/f", "x");
	bench_dir("d/e/g");
	bench_begin();
	bench_whole("d/e");
	bench_run();
	bench_expect(2);
	kind_is("d/e/f", KIND_FILE);
	ck_assert(bench_has_subdir("d/e/g"));
}
END_TEST

START_TEST(several_directories_do_not_mix)
{
	bench_dir("d");
	bench_file("d/x", "x");
	bench_file("x", "y");
	bench_begin();
	bench_whole("d");
	bench_whole("gone");
	bench_whole("");
	bench_run();
	ck_assert_int_eq(b.job.dirs.items[1].rc, -ENOENT);
	bench_expect(3);
	kind_is("d/x", KIND_FILE);
	kind_is("x", KIND_FILE);
}
END_TEST

START_TEST(only_names_asked_for_are_looked_at)
{
	static const char *const names[] = {
	    "b", "gone", "a", "b", "lost", ".Tutti"};
	struct scan_job before;
	struct scan_dir *dir;

	bench_file("a", "1");
	bench_file("gone", "2");
	bench_look();
	before = b.job;
	scan_job_init(&b.job, &b.host, b.root);
	OK(unlink(bench_at("gone")));
	bench_file("b", "3");
	bench_file("c", "4");
	bench_dir(".Tutti");
	bench_begin();
	OK(scan_job_add(&b.job, span_of(NULL, 0), &dir));
	bench_know(dir, &before);
	scan_job_release(&before);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		OK(path_list_add(&dir->names, span_str(names[i])));
	bench_run();
	bench_expect(2);
	ck_assert_uint_eq(b.lists, 0);
	ck_assert_int_eq(b.job.results.items[0].now.kind, KIND_NONE);
	kind_is("gone", KIND_NONE);
	kind_is("b", KIND_FILE);
}
END_TEST

/* A directory that came in another's place is to be looked into. */
START_TEST(directory_found_by_name_is_new_or_nothing)
{
	struct scan_job before;
	struct scan_dir *dir;

	bench_dir("old");
	bench_dir("same");
	bench_dir("other");
	bench_look();
	before = b.job;
	scan_job_init(&b.job, &b.host, b.root);
	bench_dir("new");
	OK(host_rename(&b.host, b.root, "other", b.root, "old", HOST_EXCHANGE));
	bench_begin();
	OK(scan_job_add(&b.job, span_of(NULL, 0), &dir));
	bench_know(dir, &before);
	scan_job_release(&before);
	OK(path_list_add(&dir->names, SPAN_LIT("old")));
	OK(path_list_add(&dir->names, SPAN_LIT("same")));
	OK(path_list_add(&dir->names, SPAN_LIT("new")));
	bench_run();
	bench_expect(2);
	ck_assert_uint_eq(b.job.subdirs.v.n, 2);
	ck_assert(bench_has_subdir("old"));
	ck_assert(bench_has_subdir("new"));
}
END_TEST

/* A new database has seen all, and judged nothing, until it is asked for
 * again (LESSONS 11): then each has to be told. */
START_TEST(force_reads_and_tells_what_seems_unmoved)
{
	bench_file("f", "text");
	bench_dir("d");
	OK(symlink("to", bench_at("l")));
	bench_look();
	bench_look_again(true);
	bench_expect(3);
	kind_is("f", KIND_FILE);
	kind_is("d", KIND_DIR);
	kind_is("l", KIND_SYMLINK);
	ck_assert_uint_gt(b.reads, 0);
}
END_TEST

START_TEST(racy_becomes_trusted_by_a_second_look)
{
	b.faults.clock_ns = 0;
	bench_file("f", "text");
	bench_look();
	if (!bench_result("f")->now.racy)
		return; /* a slow machine */
	b.faults.clock_ns = INT64_C(3600000000000);
	bench_look_again(false);
	bench_expect(1);
	ck_assert(!bench_result("f")->now.racy);
	bench_look_again(false);
	bench_expect(0);
}
END_TEST

START_TEST(bits_of_a_directory_are_a_change)
{
	bench_dir("d");
	bench_look();
	OK(chmod(bench_at("d"), 0700));
	bench_look_again(false);
	bench_expect(1);
	ck_assert_int_eq(bench_result("d")->now.bits, 0700);
}
END_TEST

START_TEST(kinds_swap)
{
	bench_file("a", "1");
	bench_dir("b");
	OK(symlink("x", bench_at("c")));
	bench_look();
	OK(unlink(bench_at("a")));
	OK(rmdir(bench_at("b")));
	OK(unlink(bench_at("c")));
	bench_dir("a");
	OK(symlink("x", bench_at("b")));
	bench_file("c", "1");
	bench_look_again(false);
	bench_expect(3);
	kind_is("a", KIND_DIR);
	kind_is("b", KIND_SYMLINK);
	kind_is("c", KIND_FILE);
	ck_assert(bench_has_subdir("a"));
}
END_TEST

/* LESSONS 42: every byte that a name can have, alone and in UTF-8 or not. */
START_TEST(names_are_kept_byte_for_byte)
{
	char name[256];

	for (int c = 1; c < 256; c++) {
		if (c == '/' || c == '.')
			continue;
		snprintf(name, sizeof name, "%c", c);
		bench_file(name, "");
		snprintf(name, sizeof name, "a%cb ", c);
		bench_file(name, "");
	}
	memset(name, 0xe9, 255);
	name[255] = '\0';
	bench_file(name, "");
	bench_file("e\xcc\x81", "NFD");
	bench_file("\xc3\xa9", "NFC");
	bench_look();
	bench_expect(253 * 2 + 3);
	ck_assert_ptr_nonnull(bench_result(name));
	ck_assert_ptr_nonnull(bench_result("a\nb "));
	ck_assert_ptr_nonnull(bench_result("\xff"));
	bench_look_again(false);
	bench_expect(0);
}
END_TEST

START_TEST(our_own_folder_is_not_seen_in_any_case)
{
	static const char *const ours[] = {".tutti", ".TuTTi", ".TUTTI"};

	bench_dir("d");
	for (size_t i = 0; i < 3; i++) {
		char name[16];

		bench_dir(ours[i]);
		snprintf(name, sizeof name, "d/%s", ours[i]);
		bench_file(name, "");
	}
	bench_dir(".tuttix");
	bench_look();
	bench_expect(2);
	bench_begin();
	bench_whole("d");
	bench_run();
	bench_expect(0);
}
END_TEST

static void
use_rules(const char *own)
{
	size_t bad;

	ignore_unref(b.rules);
	OK(ignore_new(NULL, 0, span_str(own), &bad, &b.rules));
}

START_TEST(ignored_names_are_neither_here_nor_gone)
{
	bench_file("a.o", "1");
	bench_file("b.o", "2");
	bench_dir("out");
	bench_file("out.c", "3");
	bench_look();
	bench_expect(4);
	use_rules("*.o\nout/\n");
	OK(unlink(bench_at("a.o")));
	bench_file("b.o", "changed");
	OK(rmdir(bench_at("out")));
	bench_look_again(false);
	bench_expect(3);
	kind_is("a.o", KIND_OPAQUE);
	kind_is("b.o", KIND_OPAQUE);
	kind_is("out", KIND_OPAQUE);
	ck_assert(observation_unseen(&bench_result("a.o")->now));
	bench_look_again(false); /* that was all there is to say of them */
	bench_expect(1);
	kind_is("out.c", KIND_FILE);
	bench_dir("out");
	bench_dir("keep");
	bench_look();
	bench_expect(2);
	kind_is("out.c", KIND_FILE);
	ck_assert(bench_has_subdir("keep"));
	ck_assert(!bench_has_subdir("out"));
}
END_TEST

START_TEST(ignored_directory_is_left_alone)
{
	bench_dir("out");
	bench_file("out/x", "");
	use_rules("out/\n");
	bench_begin();
	bench_whole("out");
	bench_run();
	OK(b.job.dirs.items[0].rc);
	bench_expect(0);
}
END_TEST

/* LESSONS 44, as far as paths go. */
START_TEST(thousand_levels_are_walked)
{
	char path[LIMIT_PATH_BYTES + 1] = "";
	int fd = open(b.path, O_RDONLY | O_DIRECTORY), below;
	int levels = 0;

	for (int i = 0; i < 1000; i++) {
		OK(mkdirat(fd, "deep", 0755));
		below = openat(fd, "deep", O_RDONLY | O_DIRECTORY);
		ck_assert_int_ge(below, 0);
		close(fd);
		fd = below;
	}
	close(fd);
	for (;;) {
		struct span next;

		bench_begin();
		bench_whole(path);
		bench_run();
		OK(b.job.dirs.items[0].rc);
		if (b.job.subdirs.v.n == 0)
			break;
		next = path_list_get(&b.job.subdirs, 0);
		memcpy(path, next.p, next.len);
		path[next.len] = '\0';
		levels++;
	}
	ck_assert_int_eq(levels, (LIMIT_PATH_BYTES + 1) / 5);
}
END_TEST

START_TEST(what_is_no_directory_concludes_nothing)
{
	bench_file("f", "");
	OK(symlink(".", bench_at("l")));
	bench_begin();
	bench_whole("f");
	bench_whole("l");
	bench_run();
	ck_assert_int_eq(b.job.dirs.items[0].rc, -ENOTDIR);
	ck_assert_int_eq(b.job.dirs.items[1].rc, -ELOOP);
	bench_expect(0);
}
END_TEST

TCase *
scan_run_tcase(void)
{
	TCase *tcase = bench_tcase("scan_run");

	tcase_add_test(tcase, first_look_tells_of_everything);
	tcase_add_test(tcase, second_look_tells_of_nothing);
	tcase_add_test(tcase, changes_are_told_and_absences_come_first);
	tcase_add_test(tcase, paths_are_whole);
	tcase_add_test(tcase, several_directories_do_not_mix);
	tcase_add_test(tcase, only_names_asked_for_are_looked_at);
	tcase_add_test(tcase, directory_found_by_name_is_new_or_nothing);
	tcase_add_test(tcase, force_reads_and_tells_what_seems_unmoved);
	tcase_add_test(tcase, racy_becomes_trusted_by_a_second_look);
	tcase_add_test(tcase, bits_of_a_directory_are_a_change);
	tcase_add_test(tcase, kinds_swap);
	tcase_add_test(tcase, names_are_kept_byte_for_byte);
	tcase_add_test(tcase, our_own_folder_is_not_seen_in_any_case);
	tcase_add_test(tcase, ignored_names_are_neither_here_nor_gone);
	tcase_add_test(tcase, ignored_directory_is_left_alone);
	tcase_add_test(tcase, thousand_levels_are_walked);
	tcase_add_test(tcase, what_is_no_directory_concludes_nothing);
	return tcase;
}
