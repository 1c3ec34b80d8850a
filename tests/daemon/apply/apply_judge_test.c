/* SPDX-License-Identifier: Apache-2.0 */
/* What rests in quarantine, what returns from there, and what is not there
 * any more when it is asked for. */
#include "tests/daemon/apply/apply_world.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define KEPT "root/.tutti/quarantine/3"

/* ---- judging -------------------------------------------------------------- */

static struct judge_job judging;
static bool young; /* it rests only where nobody knows whether it is open */

/* Judges quarantine's number 3, displaced as OLD from path; rests until then
 * if that is not 0. Its rc into *out_rc. */
static enum judge_what
judge(const char *path, int64_t since_ns, int *out_rc)
{
	struct judge_item it = {.id = 3,
	    .dot = {1, 2},
	    .rests = since_ns != 0 && !young,
	    .young = young,
	    .since_ns = since_ns};

	judge_job_release(&judging);
	judging.place = w.place;
	world_name(OLD, &it.content);
	buf_init(&it.path, LIMIT_PATH_BYTES);
	buf_init(&it.name, INDEX_PAST_NAME_BYTES);
	ck_assert_int_eq(buf_add(&it.path, span_str(path)), 0);
	ck_assert_int_eq(VEC_PUSH(&judging.items, it), 0);
	judge_run(&judging);
	ck_assert_int_eq(w.hook.fds, 0);
	*out_rc = judging.items.items[0].rc;
	return judging.items.items[0].what;
}

static bool
returned_to(const char *path)
{
	return span_equal(
	    buf_span(&judging.items.items[0].path), span_str(path));
}

static int
no_lease(void *self, int fd, enum host_lease lease)
{
	(void)self, (void)fd, (void)lease;
	return -EACCES;
}

START_TEST(what_nobody_changed_rests_without_being_read)
{
	struct host_stat st;
	int rc;

	user_file(KEPT, NEW); /* whatever it holds */
	ck_assert_int_eq(host_stat_at(w.real, w.place.quarantine, "3", &st), 0);
	ck_assert_int_eq(judge("n", st.ctime_ns, &rc), JUDGE_RESTS);
	ck_assert_int_eq(rc, 0);
	unlink(user_path(KEPT));
	user_link(KEPT, "to");
	ck_assert_int_eq(judge("n", 1, &rc), JUDGE_RESTS);
	ck_assert_int_eq(rc, 0);
	ck_assert(user_reads(KEPT, "to"));
}
END_TEST

START_TEST(what_is_as_it_was_rests_whatever_its_times_say)
{
	int rc;

	user_file(KEPT, OLD);
	ck_assert_int_eq(judge("n", 1, &rc), JUDGE_RESTS);
	ck_assert_int_eq(rc, 0);
	ck_assert(user_reads(KEPT, OLD));
}
END_TEST

START_TEST(what_is_open_rests_on)
{
	int rc, fd;

	user_file(KEPT, NEW);
	fd = open(user_path(KEPT), O_WRONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	if (w.place.leases) {
		ck_assert_int_eq(judge("n", 1, &rc), JUDGE_RESTS);
		ck_assert_int_eq(rc, 0);
	}
	close(fd);
	ck_assert(user_reads(KEPT, NEW));
}
END_TEST

/* Another owner's file has no lease on a file system that gives them. */
START_TEST(what_cannot_be_leased_rests_while_it_is_young)
{
	struct host_stat st;
	int rc;

	young = true;
	user_file(KEPT, OLD);
	ck_assert_int_eq(host_stat_at(w.real, w.place.quarantine, "3", &st), 0);
	w.place.leases = true;
	w.hook.ops.lease = no_lease;
	ck_assert_int_eq(judge("n", st.ctime_ns, &rc), JUDGE_RESTS);
	ck_assert_int_eq(judge("n", 1, &rc), JUDGE_RESTS);
	ck_assert(user_reads(KEPT, OLD));
	user_file(KEPT, NEW);
	ck_assert_int_eq(judge("n", 1, &rc), JUDGE_RETURNED);
	ck_assert(user_reads("root/n", NEW));
	user_file(KEPT, OLD);
	young = false;
	ck_assert_int_eq(judge("n", 0, &rc), JUDGE_GONE);
}
END_TEST

START_TEST(what_can_be_leased_goes_though_it_is_young)
{
	int rc;

	if (!w.place.leases)
		return;
	young = true;
	user_file(KEPT, OLD);
	ck_assert_int_eq(judge("n", INT64_MAX, &rc), JUDGE_GONE);
	young = false;
}
END_TEST

START_TEST(L65_what_was_written_to_returns_before_its_rest_is_over)
{
	int rc;

	user_file(KEPT, NEW);
	ck_assert_int_eq(judge("n", 1, &rc), JUDGE_RETURNED);
	ck_assert_int_eq(rc, 0);
	ck_assert(user_reads("root/n", NEW));
}
END_TEST

START_TEST(what_returns_goes_up_to_the_next_directory_there_is)
{
	int rc;

	user_file(KEPT, NEW);
	ck_assert_int_eq(judge("d/e/n", 0, &rc), JUDGE_RETURNED);
	ck_assert(user_reads("root/n", NEW) && returned_to("n"));
	/* A file and a link are none, */
	user_dir("root/d");
	for (int i = 0; i < 2; i++) {
		user_file(KEPT, NEW);
		if (i == 0)
			user_file("root/d/e", OLD);
		else
			user_link("root/d/e", "../../outside");
		ck_assert_int_eq(judge("d/e/n", 0, &rc), JUDGE_RETURNED);
		ck_assert(user_reads("root/d/n", NEW) && returned_to("d/n"));
		unlink(user_path("root/d/n"));
		unlink(user_path("root/d/e"));
	}
	ck_assert_uint_eq(user_count("outside"), 0);
}
END_TEST

static void
take_away(void *arg)
{
	(void)!unlink(user_path(arg));
}

/* By whom it may: it is told, and what is told is not that it returned. */
START_TEST(what_is_taken_away_meanwhile_does_not_return)
{
	static char kept[] = KEPT;
	unsigned n = 0, lost = 0;
	int rc;

	do {
		world_reset();
		user_file(KEPT, NEW);
		w.hook.acts[0].before = ++n;
		w.hook.acts[0].cb = take_away;
		w.hook.acts[0].arg = kept;
		if (judge("n", 0, &rc) == JUDGE_STAYS) {
			ck_assert_int_eq(rc, -ENOENT);
			lost++;
		} else if (!user_has("root/n")) {
			ck_assert_int_eq(
			    judging.items.items[0].what, JUDGE_GONE);
		}
	} while (w.hook.calls >= n);
	ck_assert_uint_gt(lost, 0);
}
END_TEST

START_TEST(jobs_of_nothing_do_nothing)
{
	struct judge_job judged = {.place = w.place};
	struct expire_job expired = {.place = w.place};
	struct stage_job staged = {.place = w.place};
	struct apply_job applied = {.place = w.place};

	judge_run(&judged);
	expire_run(&expired);
	stage_run(&staged);
	apply_run(&applied);
	ck_assert(judged.rc == 0 && staged.rc == 0 && applied.rc == 0);
	ck_assert_uint_eq(w.hook.calls, 0);
	judge_job_release(&judged);
	expire_job_release(&expired);
	stage_job_release(&staged);
	apply_job_release(&applied);
}
END_TEST

/* ---- what is not there any more ------------------------------------------- */

START_TEST(a_version_whose_directory_is_gone_is_expired)
{
	struct expire_job job = {.place = w.place};
	struct expire_item it = {.id = 1, .rc = 1};

	buf_init(&it.name, INDEX_PAST_NAME_BYTES);
	ck_assert_int_eq(buf_add(&it.name, SPAN_LIT("d/n~x")), 0);
	ck_assert_int_eq(VEC_PUSH(&job.items, it), 0);
	expire_run(&job);
	ck_assert_int_eq(job.items.items[0].rc, 0);
	expire_job_release(&job);
}
END_TEST

static int
find(const char *dir, size_t *out_n)
{
	struct find_job job = {.place = w.place};
	int rc;

	buf_init(&job.dir, INDEX_PAST_NAME_BYTES);
	path_list_init(&job.dirs);
	ck_assert_int_eq(buf_add(&job.dir, span_str(dir)), 0);
	find_run(&job);
	ck_assert_int_eq(w.hook.fds, 0);
	rc = job.rc;
	*out_n = job.items.n;
	find_job_release(&job);
	return rc;
}

START_TEST(nothing_is_found_where_nothing_is)
{
	size_t n;

	ck_assert_int_eq(find("d", &n), -ENOENT);
	user_dir("root/.tutti/versions/d");
	ck_assert_int_eq(find("d", &n), 0);
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(what_goes_while_it_is_looked_for_is_not_found)
{
	static char at[] = "root/.tutti/versions/d/n~x";
	size_t n, least = 1;

	for (unsigned i = 1; i <= 4; i++) {
		world_reset();
		user_dir("root/.tutti/versions/d");
		user_file(at, OLD);
		w.hook.acts[0].before = i;
		w.hook.acts[0].cb = take_away;
		w.hook.acts[0].arg = at;
		ck_assert_int_eq(find("d", &n), 0);
		ck_assert_uint_le(n, 1);
		least = n < least ? n : least;
	}
	ck_assert_uint_eq(least, 0);
}
END_TEST

START_TEST(stage_is_emptied_of_what_goes_meanwhile)
{
	static char at[] = "root/.tutti/stage/1";

	for (unsigned i = 1; i <= 3; i++) {
		world_reset();
		user_file(at, NEW);
		user_file("root/.tutti/stage/2", NEW);
		w.hook.acts[0].before = i;
		w.hook.acts[0].cb = take_away;
		w.hook.acts[0].arg = at;
		ck_assert_int_eq(apply_empty_stage(&w.place), 0);
		ck_assert_uint_eq(user_count("root/.tutti/stage"), 0);
	}
}
END_TEST

static unsigned stats, elsewhere;

static int
stat_elsewhere(void *self, int fd, struct host_stat *out)
{
	struct hook *k = self;
	int rc = k->real->ops->stat_fd(k->real->self, fd, out);

	out->dev += ++stats == elsewhere;
	return rc;
}

/* Nothing can be moved there from the tree, nor back (LESSONS 66). */
START_TEST(L66_our_folders_on_another_file_system_are_refused)
{
	struct apply_place place;
	int rc;

	w.hook.ops.stat_fd = stat_elsewhere;
	for (elsewhere = 2; elsewhere <= 6; elsewhere++) {
		stats = 0;
		rc = apply_open(&w.hook.host, w.root, &place);
		if (elsewhere <= 5)
			ck_assert_int_eq(rc, -EXDEV);
		else
			ck_assert_int_eq(rc, 0);
	}
	apply_close(&place);
	ck_assert_int_eq(w.hook.fds, 0);
}
END_TEST

TCase *
apply_judge_tcase(void)
{
	TCase *tcase = world_tcase("judge");

	tcase_add_test(tcase, what_nobody_changed_rests_without_being_read);
	tcase_add_test(tcase, what_is_as_it_was_rests_whatever_its_times_say);
	tcase_add_test(tcase, what_is_open_rests_on);
	tcase_add_test(tcase, what_cannot_be_leased_rests_while_it_is_young);
	tcase_add_test(tcase, what_can_be_leased_goes_though_it_is_young);
	tcase_add_test(
	    tcase, L65_what_was_written_to_returns_before_its_rest_is_over);
	tcase_add_test(
	    tcase, what_returns_goes_up_to_the_next_directory_there_is);
	tcase_add_test(tcase, what_is_taken_away_meanwhile_does_not_return);
	tcase_add_test(tcase, jobs_of_nothing_do_nothing);
	tcase_add_test(tcase, a_version_whose_directory_is_gone_is_expired);
	tcase_add_test(tcase, nothing_is_found_where_nothing_is);
	tcase_add_test(tcase, what_goes_while_it_is_looked_for_is_not_found);
	tcase_add_test(tcase, stage_is_emptied_of_what_goes_meanwhile);
	tcase_add_test(
	    tcase, L66_our_folders_on_another_file_system_are_refused);
	return tcase;
}
