/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's own events, in a real directory.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/host/host_uv.h"
#include "tests/daemon/watch/watch_test_internal.h"

enum { PATIENCE_S = 20 };

static struct {
	struct host *h;
	struct watch *w;
	struct notes notes;
	char path[64];
	int root;
} r;

static void
set_up(void)
{
	const char *tmp = getenv("TMPDIR");

	memset(&r, 0, sizeof r);
	snprintf(r.path, sizeof r.path, "%s/tutti-watch-XXXXXX",
	    tmp && strlen(tmp) < 40 ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(r.path));
	OK(host_uv_new(&r.h));
	OK(host_open_root(r.h, r.path, 0, &r.root));
	OK(watch_new(r.h, note_event, &r.notes, &r.w));
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void
tear_down(void)
{
	watch_free(r.w);
	host_close(r.h, r.root);
	host_uv_free(r.h);
	nftw(r.path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
add(const char *path)
{
	int fd;

	OK(host_open_below(r.h, r.root, span_str(path), &fd));
	OK(watch_add(r.w, fd, span_str(path)));
	host_close(r.h, fd);
}

/* Waits until the notes have that text, whatever else. */
static void
until(const char *text)
{
	int64_t end = host_mono_ns(r.h) + PATIENCE_S * INT64_C(1000000000);

	while (strstr(r.notes.text, text) == NULL) {
		ck_assert_msg(
		    host_mono_ns(r.h) < end, "no %s in %s", text, r.notes.text);
		host_uv_turn(r.h, 100);
	}
}

static void
forget(void)
{
	r.notes.text[0] = '\0';
}

START_TEST(writing_and_closing_are_told)
{
	int fd;

	add("");
	OK(host_open(r.h, r.root, "f", HOST_WRITE | HOST_CREATE, &fd));
	until("N:|f ");
	OK(host_write_at(r.h, fd, "x", 1, 0));
	until("W:|f ");
	ck_assert_ptr_null(strstr(r.notes.text, "C:"));
	host_close(r.h, fd);
	until("C:|f ");
	forget();
	OK(host_unlink(r.h, r.root, "f"));
	until("N:|f ");
}
END_TEST

START_TEST(moved_directory_is_followed_once_it_is_added_again)
{
	int d, fd;

	OK(host_make_dir(r.h, r.root, "d", 0755));
	OK(host_make_dir(r.h, r.root, "to", 0755));
	add("");
	add("d");
	add("to");
	OK(host_open_below(r.h, r.root, SPAN_LIT("to"), &d));
	OK(host_rename(r.h, r.root, "d", d, "e", HOST_NOREPLACE));
	if (_i == 0)
		until("D:to|e/ "); /* else it is added before it is told */
	add("to/e");
	until("D:to|e/ ");
	forget();
	host_close(r.h, d);
	OK(host_open_below(r.h, r.root, SPAN_LIT("to/e"), &d));
	OK(host_open(r.h, d, "f", HOST_WRITE | HOST_CREATE, &fd));
	host_close(r.h, fd);
	host_close(r.h, d);
	until("N:to/e|f ");
	ck_assert_ptr_null(strstr(r.notes.text, ":d|"));
	ck_assert_uint_eq(watch_count(r.w), 3);
}
END_TEST

START_TEST(removed_directory_leaves_no_watch)
{
	OK(host_make_dir(r.h, r.root, "d", 0755));
	add("");
	add("d");
	OK(host_remove_dir(r.h, r.root, "d"));
	until("N:|d/ ");
	while (watch_count(r.w) > 1)
		host_uv_turn(r.h, 100);
	OK(host_make_dir(r.h, r.root, "d", 0755));
	add("d");
	ck_assert_uint_eq(watch_count(r.w), 2);
}
END_TEST

START_TEST(adding_again_is_no_error)
{
	add("");
	add("");
	ck_assert_uint_eq(watch_count(r.w), 1);
	watch_drop(r.w, span_of(NULL, 0));
	ck_assert_uint_eq(watch_count(r.w), 0);
	watch_drop(r.w, SPAN_LIT("not/there"));
}
END_TEST

TCase *
watch_real_tcase(void)
{
	TCase *tcase = tcase_create("watch_real");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_set_timeout(tcase, 3 * PATIENCE_S);
	tcase_add_test(tcase, writing_and_closing_are_told);
	tcase_add_loop_test(
	    tcase, moved_directory_is_followed_once_it_is_added_again, 0, 2);
	tcase_add_test(tcase, removed_directory_leaves_no_watch);
	tcase_add_test(tcase, adding_again_is_no_error);
	return tcase;
}
