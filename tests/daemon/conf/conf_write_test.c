/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each call to the disk fails, and each allocation, while a file is written
 * (LESSONS 24): it is whole all the time, the old one or the new.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/daemon/apply/apply_hook.h"
#include "tests/daemon/conf/conf_test.h"
#include "tests/proto/model/fail_alloc.h"

static struct place place;
static struct hook hook;

static void
setup(void)
{
	place_begin(&place);
	hook_init(&hook, place.h);
	hook.no_sync = true;
}

static void
teardown(void)
{
	place_end(&place);
}

/* The folder's file as it is on the disk, with a share or without. */
static const char *
on_disk(void)
{
	static char text[4096];
	char path[128];
	size_t n;
	FILE *f;

	snprintf(path, sizeof path, "%s/conf/folders/f.conf", place.dir);
	f = fopen(path, "r");
	if (f == NULL)
		return "";
	n = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	text[n] = '\0';
	return text;
}

static bool
half_written(void)
{
	char path[128];

	snprintf(path, sizeof path, "%s/conf/folders/f.conf.new", place.dir);
	return access(path, F_OK) == 0;
}

/* Writes once without, then with failing calls a share; the rc. */
static int
write_failing(unsigned at, bool on, int err, struct conf_folder *f)
{
	int rc;

	f->mode = CONF_MODE_BOTH;
	hook.fail_at = 0;
	ck_assert_int_eq(conf_write_folder(&hook.host, &place.home, f), 0);
	ck_assert(!half_written());
	f->mode = CONF_MODE_SEND;
	hook.calls = 0;
	hook.fail_at = at;
	hook.fail_on = on;
	hook.err = err;
	rc = conf_write_folder(&hook.host, &place.home, f);
	ck_assert_int_eq(hook.fds, 0);
	return rc;
}

START_TEST(L17_a_full_disk_leaves_the_file_as_it_was)
{
	static const int errs[] = {-ENOSPC, -EIO, -EDQUOT};
	struct conf_folder f = {.id = "f", .path = strdup("/srv/f")};
	char before[4096], after[4096];

	ck_assert_int_eq(write_failing(0, false, 0, &f), 0);
	snprintf(after, sizeof after, "%s", on_disk());
	ck_assert_ptr_nonnull(strstr(after, "mode = send"));
	f.mode = CONF_MODE_BOTH;
	ck_assert_int_eq(conf_write_folder(place.h, &place.home, &f), 0);
	snprintf(before, sizeof before, "%s", on_disk());
	for (size_t i = 0; i < 6; i++) {
		unsigned n = 1;

		do {
			int rc = write_failing(n, i % 2 == 1, errs[i / 2], &f);

			ck_assert(strcmp(on_disk(), before) == 0 ||
				  strcmp(on_disk(), after) == 0);
			if (rc == 0)
				ck_assert_str_eq(on_disk(), after);
			else
				ck_assert_int_eq(rc, errs[i / 2]);
			/* A half written one is taken away, if that goes. */
			ck_assert(i % 2 == 1 || !half_written());
		} while (hook.calls >= n++);
		ck_assert_uint_gt(n, 8);
	}
	conf_folder_release(&f);
}
END_TEST

START_TEST(a_file_that_cannot_be_removed_is_said)
{
	struct conf_folder f = {.id = "f", .path = strdup("/srv/f")};
	unsigned n = 1;
	int rc;

	do {
		ck_assert_int_eq(
		    conf_write_folder(place.h, &place.home, &f), 0);
		hook.calls = 0;
		hook.fail_at = n;
		hook.err = -EROFS;
		rc = conf_remove_folder(&hook.host, &place.home, "f");
		ck_assert_int_eq(hook.fds, 0);
		ck_assert(rc == 0 || rc == -EROFS);
		if (rc == 0)
			ck_assert_str_eq(on_disk(), "");
	} while (hook.calls >= n++);
	ck_assert_uint_gt(n, 4);
	conf_folder_release(&f);
}
END_TEST

START_TEST(L24_without_memory_a_file_is_written_whole_or_not_at_all)
{
	struct conf_folder f = {.id = "f", .path = strdup("/srv/f's")};
	char before[4096];
	bool failed = true;

	ck_assert_int_eq(conf_strings_add(&f.share, "nas"), 0);
	ck_assert_int_eq(conf_strings_add(&f.share, "phone"), 0);
	ck_assert_int_eq(conf_write_folder(place.h, &place.home, &f), 0);
	snprintf(before, sizeof before, "%s", on_disk());
	for (long n = 0; failed; n++)
		for (int all = 0; all < 2; all++) {
			int rc;

			fail_alloc_after(n, all);
			rc = conf_write_folder(place.h, &place.home, &f);
			failed = fail_alloc_end();
			ck_assert(rc == 0 || (failed && rc == -ENOMEM));
			ck_assert_str_eq(on_disk(), before);
		}
	conf_folder_release(&f);
}
END_TEST

START_TEST(L24_help_is_whole_or_memory_ran_out)
{
	struct buf help, again;
	bool failed = true;

	buf_init(&help, 1 << 16);
	buf_init(&again, 1 << 16);
	ck_assert_int_eq(conf_help(CONF_FOLDER, &help), 0);
	for (long n = 0; failed; n++) {
		int rc;

		buf_release(&again);
		fail_alloc_after(n, false);
		rc = conf_help(CONF_FOLDER, &again);
		failed = fail_alloc_end();
		ck_assert_int_eq(rc, failed ? -ENOMEM : 0);
	}
	ck_assert(span_equal(buf_span(&help), buf_span(&again)));
	buf_release(&help);
	buf_release(&again);
}
END_TEST

TCase *
write_tcase(void)
{
	TCase *tc = tcase_create("write");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, L17_a_full_disk_leaves_the_file_as_it_was);
	tcase_add_test(tc, a_file_that_cannot_be_removed_is_said);
	tcase_add_test(
	    tc, L24_without_memory_a_file_is_written_whole_or_not_at_all);
	tcase_add_test(tc, L24_help_is_whole_or_memory_ran_out);
	return tc;
}
