/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/daemon/watch/watch_fake.h"

static void
add(int dir, const char *path)
{
	OK(watch_add(t.w, dir, span_str(path)));
}

/* Something happens to a name in a directory, which has a number. */
static void
happens_at(int number, unsigned flags, const char *name)
{
	const struct host_event event = {number, flags, span_str(name)};

	t.cb(t.arg, &event);
}

static void
happens(int dir, unsigned flags, const char *name)
{
	ck_assert_int_ne(t.number[dir], 0);
	happens_at(t.number[dir], flags, name);
}

static void
told(const char *text)
{
	ck_assert_str_eq(t.notes.text, text);
	t.notes.text[0] = '\0';
}

/* ---- events -------------------------------------------------------------- */

START_TEST(events_become_names_and_paths)
{
	add(1, "");
	add(2, "d/e");
	happens(1, HOST_EVENT_CHANGED, "a");
	told("N:|a ");
	happens(2, HOST_EVENT_CHANGED | HOST_EVENT_APPEARED, "a");
	told("N:d/e|a ");
	happens(2, HOST_EVENT_CHANGED | HOST_EVENT_VANISHED, "a");
	told("N:d/e|a ");
	happens(2, HOST_EVENT_CLOSED, "a");
	told("C:d/e|a ");
	happens(2, HOST_EVENT_CHANGED | HOST_EVENT_MODIFIED, "a");
	told("W:d/e|a ");
	happens(2, HOST_EVENT_CHANGED | HOST_EVENT_MODIFIED | HOST_EVENT_CLOSED,
	    "a");
	told("C:d/e|a ");
	happens(1, HOST_EVENT_CHANGED | HOST_EVENT_IS_DIR, "d");
	told("N:|d/ ");
	happens(2, HOST_EVENT_CHANGED | HOST_EVENT_IS_DIR, "");
	told("N:d/e|/ ");
}
END_TEST

START_TEST(lost_events_are_said)
{
	add(1, "");
	happens_at(-1, HOST_EVENT_OVERFLOW, "");
	told("L:| ");
}
END_TEST

START_TEST(our_own_folder_is_not_told_of)
{
	add(1, "");
	happens(1, HOST_EVENT_CHANGED | HOST_EVENT_IS_DIR, ".tutti");
	happens(1, HOST_EVENT_CHANGED, ".TuTTi");
	told("");
}
END_TEST

START_TEST(L9_a_root_that_loses_its_mark_is_told_of)
{
	add(1, "");
	add(2, "d");
	happens(2, HOST_EVENT_VANISHED | HOST_EVENT_IS_DIR, ".tutti");
	told("");
	happens(1, HOST_EVENT_VANISHED | HOST_EVENT_IS_DIR, ".tutti");
	told("N:|/ ");
}
END_TEST

START_TEST(late_events_of_an_ended_watch_are_nothing)
{
	int number;

	add(1, "");
	add(2, "d");
	number = t.number[2];
	watch_drop(t.w, SPAN_LIT("d"));
	happens_at(number, HOST_EVENT_CHANGED, "a");
	happens_at(number, HOST_EVENT_SELF, "");
	happens_at(12345, HOST_EVENT_CHANGED, "a");
	told("");
}
END_TEST

START_TEST(name_beyond_the_longest_path_is_nothing)
{
	char path[LIMIT_PATH_BYTES + 1];

	memset(path, 'x', sizeof path);
	for (size_t i = 100; i < sizeof path; i += 100)
		path[i] = '/';
	path[LIMIT_PATH_BYTES - 2] = '\0';
	add(1, path);
	happens(1, HOST_EVENT_CHANGED, "ab");
	told("");
	happens(1, HOST_EVENT_CHANGED, "a");
	ck_assert_uint_gt(strlen(t.notes.text), LIMIT_PATH_BYTES);
	ck_assert_int_eq(watch_add(t.w, 2, span_of(path, LIMIT_PATH_BYTES + 1)),
	    -ENAMETOOLONG);
}
END_TEST

/* ---- directories that go and come ---------------------------------------- */

START_TEST(vanished_directory_ends_the_watches_below)
{
	add(1, "");
	add(2, "d");
	add(3, "d/e");
	add(4, "da");
	happens(1, HOST_EVENT_VANISHED | HOST_EVENT_IS_DIR, "d");
	told("N:|d/ ");
	ck_assert_int_eq(t.number[2], 0);
	ck_assert_int_eq(t.number[3], 0);
	ck_assert_int_ne(t.number[4], 0);
	ck_assert_uint_eq(watch_count(t.w), 2);
}
END_TEST

START_TEST(vanished_file_ends_no_watch)
{
	add(1, "");
	add(2, "d");
	happens(1, HOST_EVENT_VANISHED, "d");
	ck_assert_uint_eq(watch_count(t.w), 2);
}
END_TEST

START_TEST(directory_that_went_itself_is_told_of)
{
	add(1, "");
	add(2, "d");
	add(3, "d/e");
	happens(2, HOST_EVENT_SELF, "");
	told("N:d|/ ");
	ck_assert_uint_eq(watch_count(t.w), 1);
	happens(1, HOST_EVENT_SELF, "");
	told("N:|/ ");
	ck_assert_uint_eq(watch_count(t.w), 0);
}
END_TEST

START_TEST(moved_directory_takes_its_new_path)
{
	add(1, "");
	add(2, "old");
	add(3, "old/e");
	/* It is found before the events of its move are read. */
	add(2, "new");
	ck_assert_uint_eq(watch_count(t.w), 2);
	happens(1, HOST_EVENT_VANISHED | HOST_EVENT_IS_DIR, "old");
	happens(1, HOST_EVENT_APPEARED | HOST_EVENT_IS_DIR, "new");
	happens(2, HOST_EVENT_SELF, "");
	told("N:|old/ D:|new/ ");
	happens(2, HOST_EVENT_CHANGED, "a");
	told("N:new|a ");
	add(3, "new/e");
	happens(3, HOST_EVENT_CHANGED, "b");
	told("N:new/e|b ");
	happens(2, HOST_EVENT_SELF, "");
	told("N:new|/ ");
	ck_assert_uint_eq(watch_count(t.w), 1);
}
END_TEST

START_TEST(events_of_a_move_read_first_end_the_old_watch)
{
	int before;

	add(1, "");
	add(2, "old");
	before = t.number[2];
	happens(1, HOST_EVENT_VANISHED | HOST_EVENT_IS_DIR, "old");
	add(2, "new");
	ck_assert_int_ne(t.number[2], before);
	t.notes.text[0] = '\0';
	happens_at(before, HOST_EVENT_SELF, "");
	told("");
	happens(2, HOST_EVENT_CHANGED, "a");
	told("N:new|a ");
}
END_TEST

/* a is moved into what took its place, and found there first. */
START_TEST(directory_moved_below_its_own_old_path_is_found)
{
	add(1, "");
	add(2, "a");
	add(3, "a/x");
	add(2, "a/b");
	happens(2, HOST_EVENT_CHANGED, "f");
	told("N:a/b|f ");
	ck_assert_int_eq(t.number[3], 0);
	ck_assert_uint_eq(watch_count(t.w), 2);
}
END_TEST

START_TEST(another_directory_at_a_path_takes_it_over)
{
	add(1, "d");
	add(2, "d");
	ck_assert_int_eq(t.number[1], 0);
	ck_assert_uint_eq(watch_count(t.w), 1);
	happens(2, HOST_EVENT_CHANGED, "a");
	told("N:d|a ");
}
END_TEST

START_TEST(exchanged_directories_exchange_their_paths)
{
	add(1, "a");
	add(2, "b");
	add(1, "b");
	add(2, "a");
	happens(1, HOST_EVENT_CHANGED, "x");
	happens(2, HOST_EVENT_CHANGED, "y");
	told("N:b|x N:a|y ");
	ck_assert_uint_eq(watch_count(t.w), 2);
}
END_TEST

/* ---- limits -------------------------------------------------------------- */

START_TEST(systems_limit_is_noticed)
{
	add(1, "");
	ck_assert(!watch_limited(t.w));
	t.add_rc = -ENOSPC;
	ck_assert_int_eq(watch_add(t.w, 2, SPAN_LIT("d")), -ENOSPC);
	ck_assert(watch_limited(t.w));
	ck_assert_uint_eq(watch_count(t.w), 1);
	t.add_rc = 0;
	add(2, "d");
	ck_assert(watch_limited(t.w));
}
END_TEST

START_TEST(other_errors_are_passed_on)
{
	t.add_rc = -ENOENT;
	ck_assert_int_eq(watch_add(t.w, 1, SPAN_LIT("d")), -ENOENT);
	ck_assert(!watch_limited(t.w));
	ck_assert_uint_eq(watch_count(t.w), 0);
}
END_TEST

static void
drop_all(void *arg, const struct watch_event *event)
{
	note_event(arg, event);
	watch_drop(t.w, span_of(NULL, 0));
}

START_TEST(callback_may_drop_what_it_is_told_of)
{
	watch_free(t.w);
	t.freed = false;
	OK(watch_new(&t.host, drop_all, &t.notes, &t.w));
	add(1, "");
	add(2, "d");
	happens(2, HOST_EVENT_CHANGED, "a");
	told("N:d|a ");
	ck_assert_uint_eq(watch_count(t.w), 0);
}
END_TEST

TCase *
watch_event_tcase(void)
{
	TCase *tcase = tcase_create("watch_event");

	tcase_add_checked_fixture(tcase, fake_begin, fake_end);
	tcase_add_test(tcase, events_become_names_and_paths);
	tcase_add_test(tcase, lost_events_are_said);
	tcase_add_test(tcase, our_own_folder_is_not_told_of);
	tcase_add_test(tcase, L9_a_root_that_loses_its_mark_is_told_of);
	tcase_add_test(tcase, late_events_of_an_ended_watch_are_nothing);
	tcase_add_test(tcase, name_beyond_the_longest_path_is_nothing);
	tcase_add_test(tcase, vanished_directory_ends_the_watches_below);
	tcase_add_test(tcase, vanished_file_ends_no_watch);
	tcase_add_test(tcase, directory_that_went_itself_is_told_of);
	tcase_add_test(tcase, moved_directory_takes_its_new_path);
	tcase_add_test(tcase, events_of_a_move_read_first_end_the_old_watch);
	tcase_add_test(tcase, directory_moved_below_its_own_old_path_is_found);
	tcase_add_test(tcase, another_directory_at_a_path_takes_it_over);
	tcase_add_test(tcase, exchanged_directories_exchange_their_paths);
	tcase_add_test(tcase, systems_limit_is_noticed);
	tcase_add_test(tcase, other_errors_are_passed_on);
	tcase_add_test(tcase, callback_may_drop_what_it_is_told_of);
	return tcase;
}
