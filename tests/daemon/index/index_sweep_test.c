/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory runs out in whatever is asked of an index or done to it, ours or
 * SQLite's; and its files fail (LESSONS 24). What is not told is told then;
 * what failed and was rolled back has changed nothing.
 */
#include <errno.h>
#include <string.h>

#include "daemon/index/index_internal.h"
#include "tests/daemon/index/index_scene.h"
#include "tests/daemon/index/index_starve.h"
#include "tests/proto/model/fail_alloc.h"

static struct world w;
/* What is answered when nothing fails; and after all deeds; and is. */
static struct buf good, after, got;

static void
begin(void)
{
	uint8_t *p;

	index_starve(true);
	world_begin(&w, 95);
	scene_open(&w);
	buf_init(&good, SCENE_ANSWER_BYTES);
	buf_init(&after, SCENE_ANSWER_BYTES);
	buf_init(&got, SCENE_ANSWER_BYTES);
	ok(buf_reserve(&good, SCENE_ANSWER_BYTES, &p));
	ok(buf_reserve(&got, SCENE_ANSWER_BYTES, &p));
}

static void
end(void)
{
	buf_release(&good);
	buf_release(&after);
	buf_release(&got);
	world_end(&w);
	index_starve(false);
}

/* Every statement is made anew, and every row and page read again. */
static void
chill(void)
{
	for (int i = 0; i < SQL_N; i++) {
		sqlite3_finalize(w.ix->stmts[i]);
		w.ix->stmts[i] = NULL;
	}
	sqlite3_db_release_memory(w.ix->db);
	index_recent_forget(w.ix);
}

static void
ask_all(struct buf *out)
{
	buf_clear(out);
	ok(scene_ask_all(w.ix, out));
}

static void
expect_good(void)
{
	ck_assert(span_equal(buf_span(&good), buf_span(&got)));
}

/* ---- memory -------------------------------------------------------------- */

START_TEST(L24_an_answer_without_memory_is_an_error_or_right)
{
	const struct scene_ask *ask = &scene_asks[_i];
	bool failed = true;

	ok(ask->ask(w.ix, &good));
	for (long at = 0; failed; at++)
		for (int all = 0; all < 2; all++) {
			int rc;

			chill();
			buf_clear(&got);
			fail_alloc_after(at, all);
			rc = ask->ask(w.ix, &got);
			failed = fail_alloc_end();
			ck_assert_msg(
			    rc == 0 || rc == -ENOMEM, "%s: %d", ask->name, rc);
			ck_assert(failed || rc == 0);
			if (rc == 0)
				expect_good();
		}
	buf_clear(&got);
	ok(ask->ask(w.ix, &got));
	expect_good();
}
END_TEST

/* Does it without enough memory and takes it back; was there enough? */
static bool
try_deed(const struct scene_deed *deed, long at, bool all)
{
	bool failed;
	int rc;

	chill();
	ok(index_begin(w.ix));
	fail_alloc_after(at, all);
	rc = deed->act(w.ix);
	if (all) /* nor is there any for taking it back */
		index_rollback(w.ix);
	failed = fail_alloc_end();
	index_rollback(w.ix);
	ck_assert_msg(rc >= 0 || rc == -ENOMEM, "%s: %d", deed->name, rc);
	ck_assert(failed || rc >= 0);
	if (w.ix->broken) {
		for (int i = 0; i < n_scene_asks; i++)
			ck_assert_int_eq(scene_asks[i].ask(w.ix, &got), -EIO);
		ck_assert_int_eq(index_begin(w.ix), -EIO);
		world_close(&w);
		world_open(&w);
	}
	ask_all(&got);
	expect_good();
	return !failed;
}

START_TEST(L24_what_failed_without_memory_has_changed_nothing)
{
	const struct scene_deed *deed = &scene_deeds[_i];
	uint64_t replica = index_replica(w.ix);
	bool enough = false;

	ask_all(&good);
	for (long at = 0; !enough; at++) {
		(void)try_deed(deed, at, true);
		enough = try_deed(deed, at, false);
		ck_assert_uint_eq(index_replica(w.ix), replica);
	}
	ok(index_begin(w.ix));
	ck_assert_int_ge(deed->act(w.ix), 0);
	ok(index_commit(w.ix));
	world_close(&w);
	world_open(&w);
	(void)scene_ask_all(w.ix, &got);
}
END_TEST

START_TEST(L24_an_index_is_not_opened_without_memory_and_then_is)
{
	bool failed = true;

	ask_all(&good);
	for (long at = 0; failed; at++)
		for (int all = 0; all < 2; all++) {
			int rc;

			world_close(&w);
			fail_alloc_after(at, all);
			rc = index_open(&w.host, w.dir, 0, &w.ix);
			failed = fail_alloc_end();
			ck_assert_msg(rc == 0 || rc == -ENOMEM, "%d", rc);
			ck_assert(failed || rc == 0);
			if (rc != 0)
				world_open(&w);
		}
	ask_all(&got);
	expect_good();
}
END_TEST

/* ---- files --------------------------------------------------------------- */

static void
arm(long at, bool forever, int err)
{
	w.armed = true;
	w.until = at;
	w.forever = forever;
	w.err = err;
}

/* Was anything called that failed? */
static bool
disarm(void)
{
	bool failed = w.until <= 0;

	w.armed = false;
	return failed;
}

static const int errs[] = {-EIO, -ENOSPC, -EDQUOT, -ENOMEM, -EACCES};
enum { ERRS = sizeof errs / sizeof *errs };

/* What such a failure is called, of a file in use. */
static int
told_as(int err)
{
	return err == -EDQUOT ? -ENOSPC : err == -EACCES ? -EIO : err;
}

START_TEST(L24_an_answer_from_a_failing_disk_is_an_error_or_right)
{
	const struct scene_ask *ask = &scene_asks[_i];

	ok(ask->ask(w.ix, &good));
	for (int i = 0; i < ERRS; i++) {
		bool failed = true;

		for (long at = 1; failed; at++) {
			int rc;

			chill();
			buf_clear(&got);
			arm(at, i % 2, errs[i]);
			rc = ask->ask(w.ix, &got);
			failed = disarm();
			ck_assert_msg(rc == 0 || rc == told_as(errs[i]),
			    "%s: %d", ask->name, rc);
			ck_assert(failed || rc == 0);
			if (rc == 0)
				expect_good();
		}
	}
}
END_TEST

static int
do_all(void)
{
	int rc = 0;

	for (int i = 0; rc >= 0 && i < n_scene_deeds; i++)
		rc = scene_deeds[i].act(w.ix);
	return rc < 0 ? rc : 0;
}

/* One batch that fails and is taken back; was it? And then the process dies:
 * whether a commit that failed came to the disk nobody knows, but no half. */
static bool
try_batch(long at, bool forever, int err)
{
	bool failed, done;
	int rc;

	ok(index_begin(w.ix));
	arm(at, forever, err);
	rc = do_all();
	if (rc == 0)
		rc = index_commit(w.ix);
	index_rollback(w.ix);
	failed = disarm();
	ck_assert_msg(rc == 0 || rc == told_as(err), "%d", rc);
	ck_assert(failed || rc == 0);
	if (rc != 0 && !forever) {
		ask_all(&got);
		expect_good();
	}
	world_crash(&w);
	world_open(&w);
	ask_all(&got);
	done = span_equal(buf_span(&after), buf_span(&got));
	ck_assert(rc != 0 || done);
	if (!done)
		expect_good();
	return done;
}

START_TEST(L24_a_batch_that_the_disk_fails_is_there_or_not)
{
	bool done = false;

	ask_all(&good);
	ok(index_begin(w.ix));
	ok(do_all());
	ask_all(&after);
	index_rollback(w.ix);
	for (long at = 1; !done; at++)
		done = try_batch(at, at % 2, errs[_i]);
}
END_TEST

TCase *
index_sweep_tcase(void)
{
	TCase *t = tcase_create("sweep");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_loop_test(t,
	    L24_an_answer_without_memory_is_an_error_or_right, 0, n_scene_asks);
	tcase_add_loop_test(t,
	    L24_what_failed_without_memory_has_changed_nothing, 0,
	    n_scene_deeds);
	tcase_add_test(
	    t, L24_an_index_is_not_opened_without_memory_and_then_is);
	tcase_add_loop_test(t,
	    L24_an_answer_from_a_failing_disk_is_an_error_or_right, 0,
	    n_scene_asks);
	tcase_add_loop_test(
	    t, L24_a_batch_that_the_disk_fails_is_there_or_not, 0, ERRS);
	return t;
}
