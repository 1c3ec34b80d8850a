/* SPDX-License-Identifier: Apache-2.0 */
/* What was displaced, and what a user still does to it (LESSONS 5, 65). */
#include "daemon/folder/folder_internal.h"
#include "tests/daemon/folder/folder_liar.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/chunk/chunk.h"
#include "tests/daemon/folder/folder_test.h"

#define OLD "what was displaced\n"
#define LATE "a late edit\n"

static struct folder_pair pair;
static int displaced; /* side 0's f, open for reading */

/* The host's own clock, put forward. */
static struct host_ops skewed;
static const struct host_ops *real;
static int64_t skew_ms, wall_skew_ms;

static int64_t
skewed_mono_ns(void *self)
{
	return real->mono_ns(self) + skew_ms * 1000000;
}

static int64_t
skewed_now_ns(void *self)
{
	return real->now_ns(self) + wall_skew_ms * 1000000;
}

static int
open_at(int side, const char *name, int flags)
{
	char path[600];
	int fd;

	snprintf(path, sizeof path, "%s/%s", pair.side[side].root, name);
	fd = open(path, flags | O_CLOEXEC, 0644);
	ck_assert_int_ge(fd, 0);
	return fd;
}

/* A peer's version took the place of what a program here has open. */
static void
setup(void)
{
	pair_init(&pair);
	real = pair.host->ops;
	skewed = *real;
	skewed.mono_ns = skewed_mono_ns;
	skewed.now_ns = skewed_now_ns;
	pair.host->ops = &skewed;
	skew_ms = wall_skew_ms = 0;
	pair_sh(&pair, 0, "printf '" OLD "' | tee f >p");
	pair_up(&pair);
	displaced = open_at(0, "f", O_RDONLY);
	pair_sh(&pair, 1, "echo theirs >f");
	pair_settle(&pair);
}

static void
teardown(void)
{
	close(displaced);
	pair_release(&pair);
}

/* The program opens that very file for writing, wherever it lies. */
static void
edit_late(void)
{
	char path[40];
	int fd;

	snprintf(path, sizeof path, "/proc/self/fd/%d", displaced);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, LATE, strlen(LATE)), (int)strlen(LATE));
	close(fd);
	close(displaced);
	displaced = -1;
}

static bool
has_late(int side)
{
	return strcmp(pair_out(&pair, side, "cat f.conflict-* 2>/dev/null"),
		   "a late edit") == 0;
}

/* Lets the time pass after which quarantine is looked at. Timers run by the
 * real clock: a delete that rests sets one that rings soon. */
static void
let_time_pass(void)
{
	pair_sh(&pair, 0, "echo >poke");
	pair_run(&pair, 200);
	pair_sh(&pair, 0, "rm poke");
	pair_run(&pair, 200);
	skew_ms += 16000;
}

static void
expect_late(void)
{
	let_time_pass();
	for (int i = 0; i < 500 && !(has_late(0) && has_late(1)); i++)
		pair_run(&pair, 20);
	ck_assert(has_late(0) && has_late(1));
	ck_assert_str_eq(pair_out(&pair, 0, "cat f"), "theirs");
}

START_TEST(L65_edit_of_a_displaced_file_returns_once_it_is_closed)
{
	edit_late();
	expect_late();
}
END_TEST

START_TEST(L65_edit_of_a_displaced_file_returns_while_others_wait)
{
	int busy = open_at(0, "busy", O_WRONLY | O_CREAT);
	struct folder_status st;

	ck_assert_int_eq(write(busy, "x", 1), 1);
	pair_run(&pair, 300);
	edit_late();
	expect_late();
	folder_status(pair.side[0].folder, &st);
	ck_assert(!st.in_sync);
	close(busy);
}
END_TEST

static void
name_of(struct span bytes, struct name *out)
{
	struct chunk_list list;

	chunks_init(&list);
	ck_assert_int_eq(chunk_all(bytes, &list, out), 0);
	chunks_release(&list);
}

/* A loser here has the content that was displaced. Its copy is promised from
 * a file that no program can write to, not from that which one wrote over. */
START_TEST(L65_copy_is_not_promised_from_what_a_user_wrote_over)
{
	struct version v = liar_file("p", 77, 1);
	struct liar liar;
	bool made = false;

	edit_late();
	pair_cut(&pair);
	liar_init(&liar, &pair.side[0], 2);
	liar_offer(&liar, 77, NULL);
	v.size = strlen("theirs\n");
	name_of(SPAN_LIT("theirs\n"), &v.content);
	liar_version(&liar, &v, &(struct vector){0});
	for (int i = 0; i < 250 && !made; i++) {
		pair_run(&pair, 20);
		made =
		    strcmp(pair_out(&pair, 0, "cat p p.conflict-* 2>/dev/null"),
			"theirs\nwhat was displaced") == 0;
	}
	ck_assert(made);
	ck_assert_str_eq(
	    pair_out(&pair, 0, "grep -l displaced .tutti/quarantine/* | wc -l"),
	    "1");
	liar_release(&liar);
	pair_connect(&pair);
	expect_late();
}
END_TEST

static bool
has_displaced(const char *where)
{
	char line[128];

	snprintf(line, sizeof line, "grep -ls displaced %s | wc -l", where);
	return strcmp(pair_out(&pair, 0, line), "1") == 0;
}

/* Judges what is in quarantine, all else being done. */
static void
judge_now(void)
{
	struct folder *f = pair.side[0].folder;

	for (int i = 0; i < 1000 && !folder_in_sync(f); i++)
		pair_run(&pair, 20); /* a slow machine may look just now */
	ck_assert(folder_in_sync(f));
	folder_kept_due(f);
	pair_run(&pair, 20);
	for (int i = 0; i < 1000 && f->judging; i++)
		pair_run(&pair, 20);
	ck_assert(!f->judging);
}

START_TEST(untouched_file_stays_in_quarantine_for_the_grace_time)
{
	close(displaced);
	displaced = -1;
	pair_sh(&pair, 0, "rm p");
	pair_run(&pair, 1300);
	pair_settle(&pair);
	wall_skew_ms = 50000;
	judge_now();
	ck_assert(has_displaced(".tutti/quarantine/*"));
	wall_skew_ms = 61000;
	judge_now();
	ck_assert(!has_displaced(".tutti/quarantine/*"));
}
END_TEST

/* A loser came since that has the content, and no copy until the stream ends:
 * nothing else holds it then, however long that takes. */
START_TEST(what_the_copy_of_a_loser_needs_stays_in_quarantine)
{
	struct version v = liar_file("f", 77, 1);
	struct liar liar;

	close(displaced);
	displaced = -1;
	pair_cut(&pair);
	pair_sh(&pair, 0, "rm p");
	pair_run(&pair, 1300);
	liar_init(&liar, &pair.side[0], 2);
	liar_offer(&liar, 77, NULL);
	v.size = strlen(OLD);
	v.mtime_ns = 1;
	name_of(SPAN_LIT(OLD), &v.content);
	liar_version(&liar, &v, NULL);
	pair_run(&pair, 200);
	wall_skew_ms = 61000;
	judge_now();
	ck_assert(has_displaced(".tutti/quarantine/*"));
	v = (struct version){
	    .path = SPAN_LIT("g"), .kind = KIND_DIR, .dot = {77, 2}};
	liar_version(&liar, &v, &(struct vector){0});
	pair_run(&pair, 200);
	judge_now();
	for (int i = 0; i < 1000 && !has_displaced("f.conflict-*"); i++)
		pair_run(&pair, 20);
	ck_assert(has_displaced("f.conflict-*"));
	liar_release(&liar);
}
END_TEST

#define COPY "f.conflict-20261122T064715Z-K42PFC"

/* A loser's copy lies in quarantine, and its version was never stored. */
static void
lay_aside(const char *text)
{
	struct folder *f = pair.side[0].folder;
	struct index_kept k = {0};
	char line[128], content[64];

	close(displaced);
	displaced = -1;
	ck_assert_int_eq(folder_batch(f), 0);
	ck_assert_int_eq(index_next_id(f->index, &k.id), 0);
	snprintf(line, sizeof line, "echo '%s' >.tutti/quarantine/%lld", text,
	    (long long)k.id);
	pair_sh(&pair, 0, "%s", line);
	k.since_ns = real->now_ns(pair.host->self);
	snprintf(content, sizeof content, "%s\n", text);
	name_of(span_str(content), &k.content);
	buf_init(&k.path, LIMIT_PATH_BYTES);
	ck_assert_int_eq(buf_add(&k.path, SPAN_LIT(COPY)), 0);
	ck_assert_int_eq(index_kept_put(f->index, &k), 0);
	buf_release(&k.path);
	pair_settle(&pair);
}

static void
restart(void)
{
	pair_cut(&pair);
	pair_close(&pair, 0);
	pair_open(&pair, 0);
	pair_connect(&pair);
	pair_settle(&pair);
}

static void
judge_later(void)
{
	wall_skew_ms = 61000;
	judge_now();
	pair_settle(&pair);
}

/* We were stopped before that, and a power cut took the original: nobody else
 * has it. */
START_TEST(L21_a_loser_s_copy_whose_original_a_cut_took_returns)
{
	lay_aside("the losing edit");
	restart();
	judge_later();
	ck_assert_str_eq(pair_out(&pair, 0, "cat " COPY), "the losing edit");
	ck_assert_str_eq(pair_out(&pair, 1, "cat " COPY), "the losing edit");
}
END_TEST

/* Else it is made anew from the original. */
START_TEST(a_loser_s_copy_whose_original_stands_goes)
{
	lay_aside("theirs");
	restart();
	judge_later();
	ck_assert_str_eq(
	    pair_out(&pair, 0, "ls; ls .tutti/quarantine"), "f\np");
}
END_TEST

/* Its user wrote to the original in time. */
START_TEST(a_loser_s_copy_that_was_overtaken_goes)
{
	lay_aside("what the next edit replaced");
	judge_later();
	ck_assert_str_eq(
	    pair_out(&pair, 0, "ls; ls .tutti/quarantine"), "f\np");
}
END_TEST

static TCase *
kept_tcase(void)
{
	TCase *t = tcase_create("kept");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 30);
	tcase_add_test(
	    t, L65_edit_of_a_displaced_file_returns_once_it_is_closed);
	tcase_add_test(
	    t, L65_edit_of_a_displaced_file_returns_while_others_wait);
	tcase_add_test(
	    t, untouched_file_stays_in_quarantine_for_the_grace_time);
	tcase_add_test(t, L65_copy_is_not_promised_from_what_a_user_wrote_over);
	tcase_add_test(t, what_the_copy_of_a_loser_needs_stays_in_quarantine);
	tcase_add_test(t, L21_a_loser_s_copy_whose_original_a_cut_took_returns);
	tcase_add_test(t, a_loser_s_copy_whose_original_stands_goes);
	tcase_add_test(t, a_loser_s_copy_that_was_overtaken_goes);
	return t;
}

int
main(void)
{
	static run_tcase *const tcases[] = {kept_tcase, folder_conflict_tcase,
	    folder_find_tcase, folder_refuse_tcase, folder_verify_tcase};

	return run_tests("folder_kept", tcases, sizeof tcases / sizeof *tcases);
}
