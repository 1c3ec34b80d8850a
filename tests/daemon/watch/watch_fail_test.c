/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that runs out (LESSONS 24): a directory is watched or it is not, in
 * our books and in the host's alike, and all others stay as they are.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/daemon/watch/watch_fake.h"
#include "tests/proto/model/fail_alloc.h"

enum { MANY = 400 }; /* the hashes grow meanwhile */

/* The path of a directory, by its number: of all lengths, in a tree. */
static struct span
path_of(int dir, char *out, size_t size)
{
	int len = snprintf(out, size, "%d/%.*s%d", dir % 7, dir % 40,
	    "abcdefghijklmnopqrstuvwxyzabcdefghijklmno", dir);

	return span_of(out, (size_t)len);
}

/* Whose path is known here hears of it. */
static void
check_told(int dir)
{
	char text[64], said[96];
	struct span path = path_of(dir, text, sizeof text);
	struct host_event event = {
	    t.number[dir], HOST_EVENT_CHANGED, SPAN_LIT("f")};

	t.notes.text[0] = '\0';
	t.cb(t.arg, &event);
	snprintf(said, sizeof said, "N:%.*s|f ", (int)path.len, (char *)path.p);
	ck_assert_str_eq(t.notes.text, said);
}

static int answers[MANY];

/* Asserts nothing, which would ask for memory. */
static void
add_all(void)
{
	char text[64];

	for (int dir = 1; dir < MANY; dir++)
		answers[dir] =
		    watch_add(t.w, dir, path_of(dir, text, sizeof text));
}

/* A directory is watched just if that was the answer; how many are not. */
static size_t
count_refused(void)
{
	size_t refused = 0;
	char text[64];

	for (int dir = 1; dir < MANY; dir++) {
		bool good = answers[dir] == 0;

		if (!good)
			ck_assert_int_eq(answers[dir], -ENOMEM);
		if (good != watch_has(t.w, path_of(dir, text, sizeof text)) ||
		    good != (t.number[dir] != 0))
			ck_abort_msg("%s is half watched", text);
		refused += !good;
	}
	ck_assert_uint_eq(watch_count(t.w), MANY - 1 - refused);
	return refused;
}

/* With memory again all are added. */
static void
check_again(void)
{
	add_all();
	ck_assert_uint_eq(count_refused(), 0);
	for (int dir = 1; dir < MANY; dir += 29)
		check_told(dir);
	watch_drop(t.w, span_of(NULL, 0));
	ck_assert_uint_eq(watch_count(t.w), 0);
}

START_TEST(L24_a_directory_that_memory_lacks_is_not_watched_nor_any_lost)
{
	bool failed = true;

	for (long n = 0; failed; n++) {
		fail_alloc_after(n, false);
		add_all();
		failed = fail_alloc_end();
		ck_assert_uint_eq(count_refused(), failed);
		check_again();
	}
}
END_TEST

START_TEST(L24_without_memory_what_is_watched_stays_so)
{
	bool failed = true;

	for (long n = 0; failed; n += 7) {
		fail_alloc_after(n, true);
		add_all();
		failed = fail_alloc_end();
		ck_assert((count_refused() > 0) == failed);
		for (int dir = 1; dir < MANY; dir += 29)
			if (answers[dir] == 0)
				check_told(dir);
		check_again();
	}
}
END_TEST

START_TEST(L24_a_directory_that_moves_without_memory_is_watched_nowhere)
{
	bool failed = true;
	int rc;

	for (long n = 0; failed; n++) {
		OK(watch_add(t.w, 1, SPAN_LIT("")));
		OK(watch_add(t.w, 2, SPAN_LIT("old/d")));
		OK(watch_add(t.w, 3, SPAN_LIT("old/d/e")));
		fail_alloc_after(n, false);
		rc = watch_add(t.w, 2, SPAN_LIT("new/place/d"));
		failed = fail_alloc_end();
		ck_assert_int_eq(rc, failed ? -ENOMEM : 0);
		ck_assert(!watch_has(t.w, SPAN_LIT("old/d")));
		ck_assert(!watch_has(t.w, SPAN_LIT("old/d/e")));
		ck_assert(watch_has(t.w, SPAN_LIT("new/place/d")) == !failed);
		ck_assert((t.number[2] != 0) == !failed);
		ck_assert_int_eq(t.number[3], 0);
		ck_assert_uint_eq(watch_count(t.w), failed ? 1 : 2);
		watch_drop(t.w, span_of(NULL, 0));
	}
}
END_TEST

START_TEST(a_watch_that_cannot_be_made_is_an_error)
{
	struct watch *w = NULL;

	fail_alloc_after(0, false);
	ck_assert_int_eq(watch_new(&t.host, note_event, &t.notes, &w), -ENOMEM);
	ck_assert(fail_alloc_end());
	t.new_rc = -EMFILE;
	ck_assert_int_eq(watch_new(&t.host, note_event, &t.notes, &w), -EMFILE);
	ck_assert_ptr_null(w);
	watch_free(w);
	ck_assert(!t.freed);
}
END_TEST

TCase *
watch_fail_tcase(void)
{
	TCase *tcase = tcase_create("watch_fail");

	tcase_add_checked_fixture(tcase, fake_begin, fake_end);
	tcase_add_test(tcase,
	    L24_a_directory_that_memory_lacks_is_not_watched_nor_any_lost);
	tcase_add_test(tcase, L24_without_memory_what_is_watched_stays_so);
	tcase_add_test(tcase,
	    L24_a_directory_that_moves_without_memory_is_watched_nowhere);
	tcase_add_test(tcase, a_watch_that_cannot_be_made_is_an_error);
	return tcase;
}
