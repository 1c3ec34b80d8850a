/* SPDX-License-Identifier: Apache-2.0 */
/* Quarantine's judgement, and what becomes of kept versions. */
#include "tests/daemon/apply/apply_world.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* 2026-11-22 06:16:00 UTC */
#define UNTIL_NS INT64_C(1795328160000000000)

#define KEPT "root/.tutti/versions/d/e/n~20261122T061600Z.txt"

/* ---- names --------------------------------------------------------------- */

static const char *
kept_name(const char *path, bool flat)
{
	static char text[LIMIT_PATH_BYTES + 64];
	struct buf out;

	buf_init(&out, sizeof text - 1);
	ck_assert_int_eq(
	    apply_kept_name(span_str(path), UNTIL_NS + 5, flat, &out), 0);
	memcpy(text, out.p, out.len);
	text[out.len] = 0;
	buf_release(&out);
	return text;
}

START_TEST(people_find_it_where_it_was)
{
	ck_assert_str_eq(
	    kept_name("d/n.txt", false), "d/n~20261122T061600Z.txt");
	ck_assert_str_eq(kept_name("d/n.txt", true), "n~20261122T061600Z.txt");
	ck_assert_str_eq(
	    kept_name("Makefile", false), "Makefile~20261122T061600Z");
	ck_assert_str_eq(
	    kept_name(".profile", false), ".profile~20261122T061600Z");
	ck_assert_str_eq(
	    kept_name("a.tar.gz", false), "a.tar~20261122T061600Z.gz");
}
END_TEST

START_TEST(a_kept_name_says_what_it_was_made_of)
{
	static const char *const paths[] = {"d/n.txt", "Makefile", ".profile",
	    "a.", "a..b", "n~20200101T000000Z.txt", "d/.x/~", "x~y", "a b\n.c",
	    "name.with-a-very-long-ending", "\xff\xfe.z"};
	struct buf path;
	int64_t until;

	buf_init(&path, LIMIT_PATH_BYTES);
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		const char *name = kept_name(paths[i], false);

		ck_assert_msg(apply_kept_parse(span_str(name), &path, &until),
		    "%s", name);
		ck_assert(span_equal(buf_span(&path), span_str(paths[i])));
		ck_assert(until == UNTIL_NS);
	}
	buf_release(&path);
}
END_TEST

START_TEST(other_names_are_none)
{
	static const char *const names[] = {"", "a", "d/a~b", "~",
	    "~20261122T061600Z", "a~20261122T061600", "a~20261322T061600Z",
	    "a~20261122T061600Zx", "d/../a~20261122T061600Z",
	    ".tutti/a~20261122T061600Z", "a~20261122T061600Z/b"};
	struct buf path;
	int64_t until;

	buf_init(&path, LIMIT_PATH_BYTES);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		ck_assert_msg(
		    !apply_kept_parse(span_str(names[i]), &path, &until), "%s",
		    names[i]);
	buf_release(&path);
}
END_TEST

START_TEST(L42_a_long_name_is_cut_to_fit)
{
	char path[LIMIT_NAME_BYTES + 1];
	const char *name;

	memset(path, 'x', sizeof path - 1);
	memcpy(path + sizeof path - 5, ".txt", 5);
	name = kept_name(path, false);
	ck_assert_uint_eq(strlen(name), LIMIT_NAME_BYTES);
	ck_assert_str_eq(name + LIMIT_NAME_BYTES - 21, "~20261122T061600Z.txt");
}
END_TEST

/* ---- judging ------------------------------------------------------------- */

static struct judge_item
judged(int64_t id, const char *path, const char *name)
{
	struct judge_item it = {.id = id, .dot = {1, 2}};

	world_name(OLD, &it.content);
	buf_init(&it.path, LIMIT_PATH_BYTES);
	buf_init(&it.name, INDEX_PAST_NAME_BYTES);
	ck_assert_int_eq(buf_add(&it.path, span_str(path)), 0);
	ck_assert_int_eq(buf_add(&it.name, span_str(name)), 0);
	return it;
}

static struct judge_job
job_of(struct judge_item it)
{
	struct judge_job job = {.place = w.place};

	ck_assert_int_eq(VEC_PUSH(&job.items, it), 0);
	return job;
}

/* Judges one; says what became of it, its rc into *out_rc. */
static enum judge_what
judge(struct judge_item it, int *out_rc)
{
	struct judge_job job = job_of(it);
	int before = w.hook.fds;
	enum judge_what what;

	judge_run(&job);
	ck_assert_int_eq(w.hook.fds, before);
	what = job.items.items[0].what;
	*out_rc = job.items.items[0].rc;
	if (*out_rc == 0)
		*out_rc = job.rc;
	judge_job_release(&job);
	return what;
}

START_TEST(what_rested_is_kept_where_it_is_to_be)
{
	int rc;

	user_file("root/.tutti/quarantine/3", OLD);
	ck_assert_int_eq(
	    judge(judged(3, "d/e/n.txt", "d/e/n~20261122T061600Z.txt"), &rc),
	    JUDGE_KEPT);
	ck_assert_int_eq(rc, 0);
	ck_assert(user_reads(KEPT, OLD));
	ck_assert(!user_has("root/.tutti/quarantine/3"));
}
END_TEST

START_TEST(a_link_is_kept_as_a_link)
{
	int rc;

	user_link("root/.tutti/quarantine/3", "../far");
	ck_assert_int_eq(judge(judged(3, "l", "l~x"), &rc), JUDGE_KEPT);
	ck_assert(user_reads("root/.tutti/versions/l~x", "../far"));
}
END_TEST

START_TEST(without_a_name_it_goes_for_good)
{
	int rc;

	user_file("root/.tutti/quarantine/3", OLD);
	ck_assert_int_eq(judge(judged(3, "n", ""), &rc), JUDGE_GONE);
	ck_assert_uint_eq(user_count("root/.tutti/quarantine"), 0);
	ck_assert_uint_eq(user_count("root/.tutti/versions"), 0);
	ck_assert_int_eq(judge(judged(3, "n", ""), &rc), JUDGE_GONE);
	ck_assert_int_eq(rc, 0); /* it was gone before */
}
END_TEST

START_TEST(L71_what_has_another_name_of_the_users_is_not_kept)
{
	int rc;

	user_file("gone/n", OLD);
	ck_assert_int_eq(
	    link(user_path("gone/n"), user_path("root/.tutti/quarantine/3")),
	    0);
	ck_assert_int_eq(judge(judged(3, "n", "n~x"), &rc), JUDGE_GONE);
	ck_assert_uint_eq(user_count("root/.tutti/versions"), 0);
	ck_assert(user_reads("gone/n", OLD));
}
END_TEST

START_TEST(L65_what_was_written_to_returns)
{
	int rc;

	user_file("root/.tutti/quarantine/3", NEW);
	ck_assert_int_eq(judge(judged(3, "n", "n~x"), &rc), JUDGE_RETURNED);
	ck_assert(user_reads("root/n", NEW));
	ck_assert_uint_eq(w.hook.syncs, 1); /* of where it has its name now */
	user_file("root/.tutti/quarantine/4", NEW);
	ck_assert_int_eq(judge(judged(4, "n", "n~x"), &rc), JUDGE_RETURNED);
	ck_assert_uint_eq(user_count("root"), 2); /* a conflict copy too */
	ck_assert_uint_eq(user_count("root/.tutti/versions"), 0);
}
END_TEST

START_TEST(what_is_open_for_writing_stays)
{
	int rc, fd;

	user_file("root/.tutti/quarantine/3", OLD);
	fd = open(user_path("root/.tutti/quarantine/3"), O_WRONLY);
	ck_assert_int_ge(fd, 0);
	if (w.place.leases) {
		ck_assert_int_eq(
		    judge(judged(3, "n", "n~x"), &rc), JUDGE_STAYS);
		ck_assert_int_eq(rc, ERR_BUSY);
		ck_assert(user_reads("root/.tutti/quarantine/3", OLD));
	}
	close(fd);
}
END_TEST

START_TEST(a_name_in_use_is_never_taken)
{
	int rc;

	user_file("root/.tutti/quarantine/3", OLD);
	user_file("root/.tutti/versions/n~x", NEW);
	ck_assert_int_eq(judge(judged(3, "n", "n~x"), &rc), JUDGE_STAYS);
	ck_assert_int_eq(rc, -EEXIST);
	ck_assert(user_reads("root/.tutti/versions/n~x", NEW));
	ck_assert_int_eq(judge(judged(3, "n", "n~x/m~x"), &rc), JUDGE_STAYS);
	ck_assert_int_eq(rc, -ENOTDIR);
	ck_assert(user_reads("root/.tutti/quarantine/3", OLD));
}
END_TEST

START_TEST(L30_a_link_among_the_versions_leads_nowhere)
{
	int rc;

	user_file("root/.tutti/quarantine/3", OLD);
	user_link("root/.tutti/versions/d", "../../../outside");
	ck_assert_int_eq(judge(judged(3, "d/n", "d/n~x"), &rc), JUDGE_STAYS);
	ck_assert_int_eq(rc, -ELOOP);
	ck_assert_uint_eq(user_count("outside"), 0);
	ck_assert(user_reads("root/.tutti/quarantine/3", OLD));
}
END_TEST

START_TEST(many_are_kept_with_one_sync)
{
	struct judge_job job = {.place = w.place};
	char text[64];

	for (int i = 1; i <= 40; i++) {
		snprintf(text, sizeof text, "root/.tutti/quarantine/%d", i);
		user_file(text, OLD);
		snprintf(text, sizeof text, "d%d/n~x", i);
		ck_assert_int_eq(VEC_PUSH(&job.items, judged(i, "n", text)), 0);
	}
	judge_run(&job);
	ck_assert_int_eq(job.rc, 0);
	ck_assert_uint_eq(w.hook.fs_syncs, 1);
	ck_assert_uint_eq(w.hook.syncs, 0);
	ck_assert_int_eq(w.hook.fds, 0);
	ck_assert_uint_eq(user_count("root/.tutti/versions"), 40);
	judge_job_release(&job);
}
END_TEST

/* Each call fails once, and from the n-th on: it is at one name or at the
 * other, and where it is said to be. */
START_TEST(L24_no_failure_leaks_or_loses)
{
	static const int errs[] = {-ENOSPC, -EIO, -EACCES};
	unsigned n = 0;

	do {
		enum judge_what what;
		bool there, kept;
		int rc;

		n++;
		world_reset();
		user_file("root/.tutti/quarantine/3", OLD);
		hook_init(&w.hook, w.real);
		w.hook.fail_at = (n + 5) / 6;
		w.hook.fail_on = n % 2 == 0;
		w.hook.err = errs[n % 3];
		what = judge(
		    judged(3, "d/e/n.txt", "d/e/n~20261122T061600Z.txt"), &rc);
		there = user_has("root/.tutti/quarantine/3");
		kept = user_has(KEPT);
		ck_assert(there != kept);
		ck_assert(kept == (what == JUDGE_KEPT));
	} while (w.hook.calls >= w.hook.fail_at);
	ck_assert_uint_gt(n, 60);
}
END_TEST

/* ---- expiring and finding ------------------------------------------------ */

static int
expire(const char *name)
{
	struct expire_job job = {.place = w.place};
	struct expire_item it = {.id = 1};
	int rc;

	buf_init(&it.name, INDEX_PAST_NAME_BYTES);
	ck_assert_int_eq(buf_add(&it.name, span_str(name)), 0);
	ck_assert_int_eq(VEC_PUSH(&job.items, it), 0);
	expire_run(&job);
	rc = job.items.items[0].rc;
	expire_job_release(&job);
	ck_assert_int_eq(w.hook.fds, 0);
	return rc;
}

START_TEST(one_that_goes_takes_empty_directories_with_it)
{
	user_dir("root/.tutti/versions/d");
	user_dir("root/.tutti/versions/d/e");
	user_file("root/.tutti/versions/d/a~x", OLD);
	user_file("root/.tutti/versions/d/e/n~x", OLD);
	ck_assert_int_eq(expire("d/e/n~x"), 0);
	ck_assert(!user_has("root/.tutti/versions/d/e"));
	ck_assert(user_has("root/.tutti/versions/d/a~x"));
	ck_assert_int_eq(expire("d/e/n~x"), 0); /* somebody took it */
	ck_assert_int_eq(expire("d/a~x"), 0);
	ck_assert_uint_eq(user_count("root/.tutti/versions"), 0);
	ck_assert(user_has("root/.tutti/versions"));
}
END_TEST

START_TEST(a_directory_is_never_taken_for_one)
{
	user_dir("root/.tutti/versions/d");
	ck_assert_int_lt(expire("d"), 0);
	ck_assert(user_has("root/.tutti/versions/d"));
}
END_TEST

START_TEST(all_that_lies_there_is_found)
{
	struct find_job job = {.place = w.place};
	struct name content;

	user_dir("root/.tutti/versions/d");
	user_dir("root/.tutti/versions/d/e");
	user_file("root/.tutti/versions/d/n~x", OLD);
	user_link("root/.tutti/versions/d/l~x", "to");
	buf_init(&job.dir, INDEX_PAST_NAME_BYTES);
	path_list_init(&job.dirs);
	ck_assert_int_eq(buf_add(&job.dir, SPAN_LIT("d")), 0);
	find_run(&job);
	ck_assert_int_eq(job.rc, 0);
	ck_assert_uint_eq(job.items.n, 2);
	ck_assert_uint_eq(job.dirs.v.n, 1);
	ck_assert(span_equal(path_list_get(&job.dirs, 0), SPAN_LIT("d/e")));
	VEC_EACH (&job.items, it) {
		if (it->st.kind == KIND_SYMLINK)
			name_symlink(SPAN_LIT("to"), &content);
		else
			world_name(OLD, &content);
		ck_assert(name_equal(&it->content, &content));
	}
	find_job_release(&job);
	ck_assert_int_eq(w.hook.fds, 0);
}
END_TEST

START_TEST(a_copy_out_of_a_kept_version_is_complete)
{
	struct stage_item it = {.what = STAGE_COPY,
	    .id = 1,
	    .size = strlen(NEW),
	    .bits = NEW_BITS,
	    .mtime_ns = NEW_NS,
	    .from_past = 5};

	for (int i = 0; i < 2; i++) {
		world_name(NEW, &it.content);
		buf_init(&it.bytes, 0);
		buf_init(&it.from, INDEX_PAST_NAME_BYTES);
		ck_assert_int_eq(buf_add(&it.from, SPAN_LIT("d/n~x")), 0);
		ck_assert_int_eq(world_stage(&it), i == 0 ? ERR_NOTFOUND : 0);
		if (i > 0)
			break;
		user_dir("root/.tutti/versions/d");
		user_file("root/.tutti/versions/d/n~x", NEW);
	}
	ck_assert(user_reads("root/.tutti/stage/1", NEW));
}
END_TEST

TCase *
apply_keep_tcase(void)
{
	TCase *tcase = world_tcase("keep");

	tcase_add_test(tcase, people_find_it_where_it_was);
	tcase_add_test(tcase, a_kept_name_says_what_it_was_made_of);
	tcase_add_test(tcase, other_names_are_none);
	tcase_add_test(tcase, L42_a_long_name_is_cut_to_fit);
	tcase_add_test(tcase, what_rested_is_kept_where_it_is_to_be);
	tcase_add_test(tcase, a_link_is_kept_as_a_link);
	tcase_add_test(tcase, without_a_name_it_goes_for_good);
	tcase_add_test(
	    tcase, L71_what_has_another_name_of_the_users_is_not_kept);
	tcase_add_test(tcase, L65_what_was_written_to_returns);
	tcase_add_test(tcase, what_is_open_for_writing_stays);
	tcase_add_test(tcase, a_name_in_use_is_never_taken);
	tcase_add_test(tcase, L30_a_link_among_the_versions_leads_nowhere);
	tcase_add_test(tcase, many_are_kept_with_one_sync);
	tcase_add_test(tcase, L24_no_failure_leaks_or_loses);
	tcase_add_test(tcase, one_that_goes_takes_empty_directories_with_it);
	tcase_add_test(tcase, a_directory_is_never_taken_for_one);
	tcase_add_test(tcase, all_that_lies_there_is_found);
	tcase_add_test(tcase, a_copy_out_of_a_kept_version_is_complete);
	return tcase;
}
