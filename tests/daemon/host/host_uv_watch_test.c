/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/daemon/host/host_test_internal.h"

/* What a watcher said, as text: "name:flags " for each event. */
struct heard {
	struct host_watcher *w;
	char text[4096];
	unsigned all; /* flags of all events together */
	const char *awaited; /* a name */
	bool came;
	bool free_at_once;
	int overflows;
	int n;
};

static const struct {
	unsigned flag;
	char letter;
} letters[] = {
    {HOST_EVENT_MODIFIED, 'm'},
    {HOST_EVENT_CLOSED, 'c'},
    {HOST_EVENT_APPEARED, '+'},
    {HOST_EVENT_VANISHED, '-'},
    {HOST_EVENT_IS_DIR, 'd'},
    {HOST_EVENT_SELF, 's'},
};

static void
hear(void *arg, const struct host_event *event)
{
	struct heard *h = arg;
	size_t at = strlen(h->text);
	const char *name = event->name.len ? (const char *)event->name.p : ".";

	h->n++;
	h->all |= event->flags;
	if (event->flags & HOST_EVENT_OVERFLOW) {
		ck_assert_uint_eq(event->name.len, 0);
		h->overflows++;
	}
	if (h->awaited && strcmp(name, h->awaited) == 0)
		h->came = true;
	if (at + event->name.len + 16 < sizeof h->text) {
		at +=
		    (size_t)sprintf(h->text + at, "%d/%s:", event->watch, name);
		for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
			if (event->flags & letters[i].flag)
				h->text[at++] = letters[i].letter;
		strcpy(h->text + at, " ");
	}
	if (h->free_at_once)
		host_watcher_free(b.h, h->w);
}

/* Makes a file in the watched directory and waits until that is heard. */
static void
settle(struct heard *h)
{
	h->awaited = "settled";
	h->came = false;
	bench_file(b.dir, "settled", "");
	bench_wait(&h->came);
	*strstr(h->text, "1/settled") = '\0';
}

static void
start(struct heard *h)
{
	int watch;

	*h = (struct heard){0};
	OK(host_watcher_new(b.h, hear, h, &h->w));
	OK(host_watcher_add(b.h, h->w, b.dir, &watch));
	ck_assert_int_eq(watch, 1);
}

START_TEST(files_are_heard_from_birth_to_death)
{
	struct heard h;

	start(&h);
	bench_file(b.dir, "f", "x");
	OK(host_unlink(b.h, b.dir, "f"));
	settle(&h);
	ck_assert_str_eq(h.text, "1/f:+ 1/f:m 1/f:c 1/f:- ");
	host_watcher_free(b.h, h.w);
	host_watcher_free(b.h, NULL);
}
END_TEST

START_TEST(renames_are_heard_as_pairs)
{
	struct heard h;

	bench_file(b.dir, "a", "x");
	bench_file(b.dir, "b", "y");
	start(&h);
	OK(host_rename(b.h, b.dir, "a", b.dir, "c", HOST_NOREPLACE));
	settle(&h);
	ck_assert_str_eq(h.text, "1/a:- 1/c:+ ");
	OK(host_unlink(b.h, b.dir, "settled"));
	h.text[0] = '\0';
	OK(host_rename(b.h, b.dir, "c", b.dir, "b", HOST_EXCHANGE));
	h.awaited = "b";
	h.came = false;
	bench_wait(&h.came);
	ck_assert(h.all & HOST_EVENT_APPEARED);
	ck_assert(strstr(h.text, "/b:+") && strstr(h.text, "/b:-"));
	ck_assert(strstr(h.text, "/c:+") && strstr(h.text, "/c:-"));
	host_watcher_free(b.h, h.w);
}
END_TEST

START_TEST(metadata_is_heard_as_a_change)
{
	struct heard h;
	int fd;

	bench_file(b.dir, "f", "x");
	start(&h);
	OK(host_open(b.h, b.dir, "f", HOST_READ, &fd));
	OK(host_set_bits(b.h, fd, 0640));
	OK(host_set_mtime(b.h, fd, 1));
	host_close(b.h, fd);
	settle(&h);
	ck_assert_ptr_nonnull(strstr(h.text, "1/f: "));
	ck_assert(h.all & HOST_EVENT_CHANGED);
	host_watcher_free(b.h, h.w);
}
END_TEST

START_TEST(directories_are_told_from_files)
{
	struct heard h;

	start(&h);
	OK(host_make_dir(b.h, b.dir, "d", 0755));
	settle(&h);
	ck_assert_str_eq(h.text, "1/d:+d ");
	host_watcher_free(b.h, h.w);
}
END_TEST

/* What was opened is watched, wherever its name has gone meanwhile. */
START_TEST(a_watch_is_on_the_directory_and_not_its_name)
{
	struct heard h;
	int watch;
	int again;
	int dir;

	start(&h);
	OK(host_make_dir(b.h, b.dir, "d", 0755));
	OK(host_open(b.h, b.dir, "d", HOST_READ, &dir));
	OK(host_rename(b.h, b.dir, "d", b.dir, "e", HOST_NOREPLACE));
	OK(host_make_dir(b.h, b.dir, "d", 0755));
	OK(host_watcher_add(b.h, h.w, dir, &watch));
	OK(host_watcher_add(b.h, h.w, dir, &again));
	ck_assert_int_eq(watch, 2);
	ck_assert_int_eq(again, watch);
	bench_file(dir, "in", "");
	settle(&h);
	ck_assert_ptr_nonnull(strstr(h.text, "2/in:+ "));
	host_watcher_remove(b.h, h.w, watch);
	host_watcher_remove(b.h, h.w, watch);
	bench_file(dir, "later", "");
	settle(&h);
	ck_assert_ptr_null(strstr(h.text, "later"));
	host_close(b.h, dir);
	host_watcher_free(b.h, h.w);
}
END_TEST

START_TEST(a_directory_that_goes_says_so)
{
	struct heard h;
	int watch;
	int dir;

	start(&h);
	OK(host_make_dir(b.h, b.dir, "d", 0755));
	OK(host_open(b.h, b.dir, "d", HOST_READ, &dir));
	OK(host_watcher_add(b.h, h.w, dir, &watch));
	host_close(b.h, dir);
	OK(host_remove_dir(b.h, b.dir, "d"));
	settle(&h);
	ck_assert_ptr_nonnull(strstr(h.text, "2/.:s "));
	ck_assert_ptr_nonnull(strstr(h.text, "1/d:-d "));
	host_watcher_free(b.h, h.w);
}
END_TEST

START_TEST(only_directories_are_watched)
{
	struct heard h;
	int watch;
	int fd;

	start(&h);
	bench_file(b.dir, "f", "x");
	OK(host_open(b.h, b.dir, "f", HOST_READ, &fd));
	FAILS(host_watcher_add(b.h, h.w, fd, &watch), -ENOTDIR);
	FAILS(host_watcher_add(b.h, h.w, 999, &watch), -ENOENT);
	host_close(b.h, fd);
	host_watcher_free(b.h, h.w);
}
END_TEST

START_TEST(a_watcher_may_be_freed_by_its_own_event)
{
	struct heard h;

	start(&h);
	h.free_at_once = true;
	bench_file(b.dir, "a", "x");
	bench_file(b.dir, "b", "x");
	for (int i = 0; i < 10 && h.n == 0; i++)
		host_uv_turn(b.h, 100);
	host_uv_turn(b.h, 0);
	ck_assert_int_eq(h.n, 1);
}
END_TEST

/* LESSONS 48: the queue's length is the system's, so it takes many events. */
START_TEST(L48_a_full_queue_is_said)
{
	struct heard h;
	char name[16];
	int limit = 16384;
	FILE *f = fopen("/proc/sys/fs/inotify/max_queued_events", "r");

	if (f != NULL) {
		if (fscanf(f, "%d", &limit) != 1)
			limit = 16384;
		fclose(f);
	}
	if (limit > 20000)
		return; /* it would take too long here */
	bench_file(b.dir, "f0", "");
	start(&h);
	for (int i = 0; i <= limit; i++) {
		char next[16];

		snprintf(name, sizeof name, "f%d", i);
		snprintf(next, sizeof next, "f%d", i + 1);
		OK(host_rename(b.h, b.dir, name, b.dir, next, HOST_REPLACE));
	}
	for (int i = 0; i < 1000 && h.overflows == 0; i++)
		host_uv_turn(b.h, 100);
	ck_assert_int_eq(h.overflows, 1);
	host_watcher_free(b.h, h.w);
}
END_TEST

TCase *
host_uv_watch_tcase(void)
{
	TCase *tcase = bench_tcase("watch");

	tcase_add_test(tcase, files_are_heard_from_birth_to_death);
	tcase_add_test(tcase, renames_are_heard_as_pairs);
	tcase_add_test(tcase, metadata_is_heard_as_a_change);
	tcase_add_test(tcase, directories_are_told_from_files);
	tcase_add_test(tcase, a_watch_is_on_the_directory_and_not_its_name);
	tcase_add_test(tcase, a_directory_that_goes_says_so);
	tcase_add_test(tcase, only_directories_are_watched);
	tcase_add_test(tcase, a_watcher_may_be_freed_by_its_own_event);
	tcase_add_test(tcase, L48_a_full_queue_is_said);
	return tcase;
}
