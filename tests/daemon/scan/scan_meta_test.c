/* SPDX-License-Identifier: Apache-2.0 */
/* Metadata, with the content or where that is known; owners stand for it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/daemon/scan/scan_test_internal.h"

/* A file and a directory that were looked at without their metadata. */
static void
look_without(void)
{
	bench_file("f", "1");
	bench_dir("d");
	bench_look();
	bench_expect(2);
	ck_assert_uint_eq(bench_result("f")->now.meta.looked, 0);
	b.metadata = META_OWNER;
}

START_TEST(metadata_is_read_with_the_content)
{
	bench_file("f", "1");
	bench_dir("d");
	b.metadata = META_OWNER;
	bench_look();
	bench_expect(2);
	for (int i = 0; i < 2; i++) {
		const struct scan_result *r = bench_result(i ? "d" : "f");

		OK(r->rc);
		ck_assert_uint_eq(r->now.meta.looked, META_OWNER);
		ck_assert_uint_gt(r->meta.len, 0);
	}
}
END_TEST

START_TEST(metadata_not_looked_at_yet_is_read_without_the_content)
{
	struct name content;

	look_without();
	content = bench_result("f")->now.content;
	bench_look_again(false);
	bench_expect(2);
	ck_assert_uint_eq(b.reads, 0);
	ck_assert_uint_eq(bench_result("f")->now.meta.looked, META_OWNER);
	ck_assert(name_equal(&bench_result("f")->now.content, &content));
	ck_assert_uint_eq(bench_result("d")->now.meta.looked, META_OWNER);
	/* Then a directory's is, for nothing else tells. */
	bench_look_again(false);
	bench_expect(0);
	ck_assert_uint_eq(b.opens, 1);
}
END_TEST

static void
replace_file(void *arg)
{
	(void)arg;
	OK(unlink(bench_at("f")));
	bench_file("f", "another");
}

static void
replace_file_by_link(void *arg)
{
	(void)arg;
	OK(unlink(bench_at("f")));
	OK(symlinkat("d", b.root, "f"));
}

static void
remove_file(void *arg)
{
	(void)arg;
	OK(unlink(bench_at("f")));
}

static void
replace_dir(void *arg)
{
	(void)arg;
	OK(renameat(b.root, "d", b.root, "away"));
	bench_dir("d");
}

START_TEST(what_another_takes_the_place_of_is_looked_at_later)
{
	static const struct {
		const char *name;
		host_cb *at_open;
	} cases[] = {{"f", replace_file}, {"f", replace_file_by_link},
	    {"d", replace_dir}};

	look_without();
	b.faults.name = cases[_i].name;
	b.faults.at_open = cases[_i].at_open;
	bench_look_again(false);
	bench_expect(2);
	ck_assert_int_eq(bench_result(cases[_i].name)->rc, ERR_BUSY);
}
END_TEST

START_TEST(what_goes_before_its_metadata_is_read_is_absent)
{
	look_without();
	b.faults.name = "f";
	b.faults.at_open = remove_file;
	bench_look_again(false);
	bench_expect(2);
	OK(bench_result("f")->rc);
	ck_assert_int_eq(bench_result("f")->now.kind, KIND_NONE);
}
END_TEST

START_TEST(what_cannot_be_opened_is_as_it_was_known)
{
	static const int errors[] = {-EACCES, -EPERM};

	look_without();
	b.faults.name = "f";
	b.faults.open_rc = errors[_i];
	bench_look_again(false);
	bench_expect(1);
	ck_assert_ptr_null(bench_result("f"));
}
END_TEST

START_TEST(metadata_that_cannot_be_read_is_an_error_of_that_child_alone)
{
	look_without();
	b.faults.name = "f";
	b.faults.open_rc = -EIO;
	bench_look_again(false);
	bench_expect(2);
	ck_assert_int_eq(bench_result("f")->rc, -EIO);
	OK(bench_result("d")->rc);
}
END_TEST

TCase *
scan_meta_tcase(void)
{
	TCase *tcase = bench_tcase("scan_meta");

	tcase_add_test(tcase, metadata_is_read_with_the_content);
	tcase_add_test(
	    tcase, metadata_not_looked_at_yet_is_read_without_the_content);
	tcase_add_loop_test(
	    tcase, what_another_takes_the_place_of_is_looked_at_later, 0, 3);
	tcase_add_test(tcase, what_goes_before_its_metadata_is_read_is_absent);
	tcase_add_loop_test(
	    tcase, what_cannot_be_opened_is_as_it_was_known, 0, 2);
	tcase_add_test(tcase,
	    metadata_that_cannot_be_read_is_an_error_of_that_child_alone);
	return tcase;
}
