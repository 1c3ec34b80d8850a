/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/apply/apply_world.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The path shows the item, and what was reported is what a look sees. */
static void
is_placed(const char *path)
{
	struct observation seen = world_look(path);

	ck_assert_int_eq(w.it->rc, 0);
	ck_assert_int_eq(w.job.rc, 0);
	ck_assert(user_reads(path, NEW));
	ck_assert_int_eq(seen.bits, NEW_BITS);
	ck_assert_int_eq(seen.mtime_ns, NEW_NS);
	ck_assert(!w.it->now.racy);
	ck_assert(observation_unmoved(&seen, &w.it->now));
	ck_assert(name_equal(&w.it->now.content, &w.it->content));
}

static void
keeps_old(void)
{
	struct name old;

	world_name(OLD, &old);
	ck_assert(world_keeps(OLD));
	ck_assert(name_equal(&w.it->kept_content, &old));
}

START_TEST(new_file_from_each_source)
{
	static const enum apply_source sources[] = {
	    APPLY_STAGED, APPLY_KEPT, APPLY_MOVED};

	for (size_t i = 0; i < 3; i++) {
		world_reset();
		user_dir("root/d");
		world_item(PLAN_PLACE, "d/f");
		world_source(sources[i], "g");
		ck_assert_int_eq(world_run(), 0);
		is_placed("root/d/f");
		ck_assert(!user_has("root/g"));
		ck_assert(!w.it->kept);
		ck_assert_uint_eq(user_count("root/.tutti/stage"), 0);
		ck_assert_uint_eq(user_count("root/.tutti/quarantine"), 0);
	}
}
END_TEST

/* What was staged is synced already; a user's file may never have been. */
START_TEST(what_a_user_wrote_is_synced_where_it_is_placed)
{
	static const struct {
		enum apply_source source;
		unsigned syncs; /* directories, and the file */
	} cases[] = {
	    {APPLY_STAGED, 2}, {APPLY_KEPT, 2 + 1}, {APPLY_MOVED, 3 + 1}};

	for (size_t i = 0; i < 3; i++) {
		world_reset();
		user_dir("root/d");
		world_item(PLAN_PLACE, "d/f");
		world_source(cases[i].source, "g");
		if (i > 0) { /* nothing else is to be synced of it */
			w.it->bits = OLD_BITS;
			w.it->mtime_ns = OLD_NS;
		}
		ck_assert_int_eq(world_run(), 0);
		ck_assert_uint_eq(w.hook.syncs, cases[i].syncs);
	}
}
END_TEST

START_TEST(what_is_displaced_to_its_copy_is_synced_before)
{
	unsigned syncs[2];

	for (size_t i = 0; i < 2; i++) {
		world_reset();
		user_file("root/f", OLD);
		world_item(PLAN_PLACE, "f");
		world_source(APPLY_STAGED, NULL);
		if (i == 1)
			ck_assert_int_eq(
			    buf_add(&w.it->copy, SPAN_LIT("copy")), 0);
		ck_assert_int_eq(world_run(), 0);
		ck_assert_int_eq(w.it->copied, i == 1);
		syncs[i] = w.hook.syncs;
	}
	ck_assert_uint_eq(syncs[1], syncs[0] + 1);
}
END_TEST

START_TEST(replacing_from_each_source_keeps_the_old)
{
	static const enum apply_source sources[] = {
	    APPLY_STAGED, APPLY_KEPT, APPLY_MOVED};

	for (size_t i = 0; i < 6; i++) {
		world_reset();
		user_file("root/f", OLD);
		world_item(PLAN_PLACE, "f");
		world_source(sources[i / 2], "g");
		w.place.leases = i % 2 == 0;
		ck_assert_int_eq(world_run(), 0);
		w.it->now.racy = false; /* where times were set unleased */
		is_placed("root/f");
		keeps_old();
		ck_assert_uint_eq(user_count("root/.tutti/quarantine"), 1);
	}
}
END_TEST

static void
chmod_target(void *arg)
{
	(void)arg;
	(void)!chmod(user_path("root/f"), 0600);
}

/* Nobody wrote to it: it is where it was, to be placed again, and no edit. */
START_TEST(placed_file_of_an_undone_exchange_goes_back)
{
	bool refused = false;
	unsigned n = 0;

	do {
		world_reset();
		user_file("root/f", OLD);
		world_item(PLAN_PLACE, "f");
		world_source(_i ? APPLY_KEPT : APPLY_STAGED, NULL);
		if (!_i)
			user_meta("root/.tutti/stage/7", OLD_BITS, OLD_NS);
		if (!w.place.leases)
			return;
		w.hook.acts[0].before = ++n;
		w.hook.acts[0].cb = chmod_target;
		(void)world_run();
		ck_assert(!world_keeps(NEW));
		ck_assert(user_finds("root", OLD) || world_keeps(OLD));
		if (w.it->rc != ERR_CHANGED)
			continue;
		ck_assert(user_reads("root/f", OLD) && !w.it->kept);
		ck_assert(user_reads(
		    _i ? "root/.tutti/quarantine/7" : "root/.tutti/stage/7",
		    NEW));
		refused = true;
	} while (w.hook.calls >= n);
	ck_assert(refused);
}
END_TEST

/* What is under one number in quarantine never is what another's row says. */
struct numbers {
	bool moved, over; /* what was seen under FROM_ID and KEPT_ID */
};

static void
see_numbers(void *arg)
{
	struct numbers *seen = arg;

	seen->moved |= user_has("root/.tutti/quarantine/9");
	seen->over |= user_reads("root/.tutti/quarantine/8", OLD);
	ck_assert(!user_reads("root/.tutti/quarantine/9", OLD));
}

START_TEST(moved_and_displaced_have_numbers_of_their_own)
{
	struct numbers seen = {false, false};
	unsigned n = 0;

	do {
		world_reset();
		user_file("root/f", OLD);
		world_item(PLAN_PLACE, "f");
		world_source(APPLY_MOVED, "g");
		w.hook.acts[0].before = ++n;
		w.hook.acts[0].cb = see_numbers;
		w.hook.acts[0].arg = &seen;
		ck_assert_int_eq(world_run(), 0);
	} while (w.hook.calls >= n);
	ck_assert(seen.moved && seen.over);
	keeps_old();
}
END_TEST

START_TEST(displaced_takes_the_name_of_the_copy)
{
	struct observation seen;

	user_file("root/f", OLD);
	world_item(PLAN_PLACE, "f");
	world_source(APPLY_STAGED, NULL);
	ck_assert_int_eq(buf_add(&w.it->copy, SPAN_LIT("f.conflict")), 0);
	ck_assert_int_eq(world_run(), 0);
	is_placed("root/f");
	ck_assert(w.it->copied && !w.it->kept);
	seen = world_look("root/f.conflict");
	ck_assert(user_reads("root/f.conflict", OLD));
	ck_assert(observation_unmoved(&seen, &w.it->copy_now));
	ck_assert(name_equal(&seen.content, &w.it->copy_now.content));
}
END_TEST

START_TEST(displaced_is_kept_when_the_copy_is_there)
{
	user_file("root/f", OLD);
	user_file("root/f.conflict", "another");
	world_item(PLAN_PLACE, "f");
	world_source(APPLY_STAGED, NULL);
	ck_assert_int_eq(buf_add(&w.it->copy, SPAN_LIT("f.conflict")), 0);
	ck_assert_int_eq(world_run(), 0);
	ck_assert(!w.it->copied);
	keeps_old();
	ck_assert(user_reads("root/f.conflict", "another"));
}
END_TEST

START_TEST(replacing_works_without_exchange)
{
	user_file("root/f", OLD);
	world_item(PLAN_PLACE, "f");
	world_source(APPLY_STAGED, NULL);
	w.hook.no_exchange = true;
	ck_assert_int_eq(world_run(), 0);
	is_placed("root/f");
	keeps_old();
}
END_TEST

START_TEST(moving_over_without_exchange_leaves_both)
{
	user_file("root/f", OLD);
	world_item(PLAN_PLACE, "f");
	world_source(APPLY_MOVED, "g");
	w.hook.no_exchange = true;
	ck_assert_int_eq(world_run(), -EOPNOTSUPP);
	ck_assert(user_reads("root/f", OLD) && user_reads("root/g", NEW));
	ck_assert_int_eq(world_look("root/g").mtime_ns, OLD_NS);
	ck_assert_int_eq(world_look("root/g").bits, OLD_BITS);
}
END_TEST

static void
link_item(const char *path)
{
	world_item(PLAN_PLACE, path);
	w.it->kind = KIND_SYMLINK;
	ck_assert_int_eq(buf_add(&w.it->target, SPAN_LIT("a/target")), 0);
	name_symlink(SPAN_LIT("a/target"), &w.it->content);
}

START_TEST(link_is_made_and_replaces)
{
	struct observation seen;

	for (int i = 0; i < 3; i++) {
		world_reset();
		if (i == 1)
			user_file("root/f", OLD);
		if (i == 2)
			user_link("root/f", OLD);
		link_item("f");
		ck_assert_int_eq(world_run(), 0);
		ck_assert(user_reads("root/f", "a/target"));
		seen = world_look("root/f");
		ck_assert_int_eq(seen.mtime_ns, NEW_NS);
		ck_assert(observation_unmoved(&seen, &w.it->now));
		ck_assert_int_eq(w.it->kept, i > 0);
		ck_assert(i == 0 || world_keeps(OLD));
		ck_assert_uint_eq(user_count("root/.tutti/stage"), 0);
	}
}
END_TEST

START_TEST(file_replaces_a_link)
{
	user_link("root/f", OLD);
	world_item(PLAN_PLACE, "f");
	world_source(APPLY_STAGED, NULL);
	ck_assert_int_eq(world_run(), 0);
	is_placed("root/f");
	ck_assert(world_keeps(OLD));
}
END_TEST

START_TEST(what_is_not_as_observed_stays)
{
	for (int i = 0; i < 7; i++) {
		world_reset();
		if (i != 1)
			user_file("root/f", OLD);
		world_item(PLAN_PLACE, "f");
		world_source(APPLY_STAGED, NULL);
		if (i == 0)
			w.it->expect.content = w.it->content; /* and racy */
		else if (i == 1)
			user_file("root/f", OLD); /* it was not there */
		else if (i == 2)
			w.it->expect.ino++;
		else if (i == 3)
			w.it->expect.size++;
		else if (i == 4)
			w.it->expect.mtime_ns++;
		else if (i == 5)
			w.it->expect.ctime_ns++;
		else
			w.it->expect.bits ^= 1;
		w.it->expect.racy = i == 0;
		ck_assert_int_eq(world_run(), ERR_CHANGED);
		ck_assert(user_reads("root/f", OLD));
		ck_assert(!w.it->kept);
		ck_assert(user_reads("root/.tutti/stage/7", NEW));
	}
}
END_TEST

/* Times that do not tell an edit: then the content does. */
START_TEST(racy_file_is_replaced_when_it_hashes_as_seen)
{
	user_file("root/f", OLD);
	world_item(PLAN_PLACE, "f");
	world_source(APPLY_STAGED, NULL);
	w.it->expect.racy = true;
	ck_assert_int_eq(world_run(), 0);
	is_placed("root/f");
	keeps_old();
}
END_TEST

START_TEST(directory_or_nothing_in_its_place_stays)
{
	user_file("root/f", OLD);
	world_item(PLAN_PLACE, "f");
	world_source(APPLY_STAGED, NULL);
	ck_assert_int_eq(unlink(user_path("root/f")), 0);
	ck_assert_int_eq(world_run(), ERR_CHANGED);
	user_dir("root/f");
	ck_assert_int_eq(world_run(), ERR_CHANGED);
	ck_assert_int_eq(rmdir(user_path("root/f")), 0);
	user_file("outside/f", OLD);
	user_link("root/f", "../outside/f");
	ck_assert_int_eq(world_run(), ERR_CHANGED);
	ck_assert(user_reads("outside/f", OLD));
	ck_assert(user_reads("root/.tutti/stage/7", NEW));
}
END_TEST

START_TEST(file_open_for_writing_is_busy)
{
	int fd;

	user_file("root/f", OLD);
	world_item(PLAN_PLACE, "f");
	world_source(APPLY_STAGED, NULL);
	if (!w.place.leases)
		return;
	fd = open(user_path("root/f"), O_WRONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(world_run(), ERR_BUSY);
	close(fd);
	ck_assert_int_eq(world_run(), 0);
	is_placed("root/f");
}
END_TEST

START_TEST(kept_file_that_was_written_to_is_not_placed)
{
	world_item(PLAN_PLACE, "f");
	world_source(APPLY_KEPT, NULL);
	user_file("root/.tutti/quarantine/7", "the NEW content");
	ck_assert_int_eq(world_run(), ERR_MISMATCH);
	ck_assert(!user_has("root/f"));
	ck_assert(user_reads("root/.tutti/quarantine/7", "the NEW content"));
	unlink(user_path("root/.tutti/quarantine/7"));
	ck_assert_int_eq(world_run(), ERR_NOTFOUND);
}
END_TEST

START_TEST(L65_kept_file_that_is_open_for_writing_is_busy)
{
	int fd;

	world_item(PLAN_PLACE, "f");
	world_source(APPLY_KEPT, NULL);
	if (!w.place.leases)
		return;
	fd = open(user_path("root/.tutti/quarantine/7"), O_WRONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(world_run(), ERR_BUSY);
	ck_assert(!user_has("root/f"));
	close(fd);
	ck_assert_int_eq(world_run(), 0);
	is_placed("root/f");
}
END_TEST

START_TEST(kept_file_is_not_placed_for_a_version_of_a_wrong_size)
{
	world_item(PLAN_PLACE, "f");
	world_source(APPLY_KEPT, NULL);
	w.it->size++;
	ck_assert_int_eq(world_run(), -EINVAL);
	ck_assert(!user_has("root/f"));
	ck_assert(user_reads("root/.tutti/quarantine/7", NEW));
}
END_TEST

START_TEST(staged_for_another_version_gets_this_ones_bits_and_time)
{
	world_item(PLAN_PLACE, "f");
	world_source(APPLY_STAGED, NULL);
	user_meta("root/.tutti/stage/7", OLD_BITS, OLD_NS);
	ck_assert_int_eq(world_run(), 0);
	is_placed("root/f");
}
END_TEST

START_TEST(moved_file_that_changed_stays)
{
	world_item(PLAN_PLACE, "f");
	world_source(APPLY_MOVED, "g");
	w.it->from_expect.ctime_ns--;
	ck_assert_int_eq(world_run(), ERR_CHANGED);
	ck_assert(user_reads("root/g", NEW) && !user_has("root/f"));
}
END_TEST

/* LESSONS 30 */
START_TEST(parent_that_is_a_link_or_a_file_is_not_entered)
{
	user_link("root/d", "../outside");
	user_file("outside/f", OLD);
	world_item(PLAN_PLACE, "d/f");
	w.it->expect = world_look("outside/f");
	world_source(APPLY_STAGED, NULL);
	ck_assert_int_eq(world_run(), ERR_CHANGED);
	ck_assert(user_reads("outside/f", OLD));
	unlink(user_path("root/d"));
	ck_assert_int_eq(world_run(), ERR_CHANGED);
	user_file("root/d", "x");
	ck_assert_int_eq(world_run(), ERR_CHANGED);
}
END_TEST

/* Adds an item of its own staged file; number must be 1 to 99. */
static void
add_item(struct apply_job *job, const char *dir, int number)
{
	char path[64];
	struct apply_item it = *w.it;

	it.id = number;
	it.kept_id = 100 + number;
	buf_init(&it.path, LIMIT_PATH_BYTES);
	ck_assert_int_eq(buf_addf(&it.path, "%s/f%d", dir, number), 0);
	ck_assert_int_eq(VEC_PUSH(&job->items, it), 0);
	snprintf(path, sizeof path, "root/.tutti/stage/%d", number);
	user_file(path, NEW);
	user_meta(path, NEW_BITS, NEW_NS);
}

START_TEST(job_syncs_each_directory_or_all)
{
	struct apply_job job;
	char dir[16], path[32];

	for (int n = 2; n <= 30; n += 28) {
		world_reset();
		world_item(PLAN_PLACE, "x");
		world_source(APPLY_STAGED, NULL);
		job = (struct apply_job){.place = w.place};
		for (int i = 1; i <= n; i++) {
			snprintf(dir, sizeof dir, "d%d", i);
			snprintf(path, sizeof path, "root/d%d", i);
			user_dir(path);
			add_item(&job, dir, i);
		}
		apply_run(&job);
		ck_assert_int_eq(job.rc, 0);
		VEC_EACH (&job.items, it)
			ck_assert_int_eq(it->rc, 0);
		ck_assert_uint_eq(w.hook.fs_syncs, n > 2);
		ck_assert_uint_eq(w.hook.syncs, n > 2 ? 0 : 3);
		ck_assert_int_eq(w.hook.fds, 0);
		apply_job_release(&job);
	}
}
END_TEST

START_TEST(failed_sync_is_the_jobs)
{
	unsigned calls;

	world_item(PLAN_PLACE, "f");
	world_source(APPLY_STAGED, NULL);
	ck_assert_int_eq(world_run(), 0);
	calls = w.hook.calls;
	ck_assert_int_eq(unlink(user_path("root/f")), 0);
	hook_init(&w.hook, w.real);
	world_source(APPLY_STAGED, NULL);
	w.hook.fail_at = calls; /* the last is a sync */
	w.hook.err = -EIO;
	ck_assert_int_eq(world_run(), 0);
	ck_assert_int_eq(w.job.rc, -EIO);
}
END_TEST

static void
move_parent_out(void *arg)
{
	(void)arg;
	ck_assert_int_eq(rename(user_path("root/d"), user_path("gone/d")), 0);
	user_dir("root/d");
}

/* One after another in one directory, which the user moves away. */
START_TEST(new_names_in_a_directory_moved_away_are_looked_at)
{
	struct apply_job job;

	user_dir("root/d");
	world_item(PLAN_PLACE, "x");
	world_source(APPLY_STAGED, NULL);
	job = (struct apply_job){.place = w.place};
	for (int i = 1; i <= 3; i++)
		add_item(&job, "d", i);
	w.hook.acts[0].before = 5;
	w.hook.acts[0].cb = move_parent_out;
	apply_run(&job);
	VEC_EACH (&job.items, it)
		ck_assert_int_eq(it->rc, ERR_CHANGED);
	apply_job_release(&job);
}
END_TEST

TCase *
apply_place_tcase(void)
{
	TCase *tcase = world_tcase("place");

	tcase_add_test(tcase, new_file_from_each_source);
	tcase_add_test(tcase, what_a_user_wrote_is_synced_where_it_is_placed);
	tcase_add_test(tcase, what_is_displaced_to_its_copy_is_synced_before);
	tcase_add_test(tcase, replacing_from_each_source_keeps_the_old);
	tcase_add_loop_test(
	    tcase, placed_file_of_an_undone_exchange_goes_back, 0, 2);
	tcase_add_test(tcase, moved_and_displaced_have_numbers_of_their_own);
	tcase_add_test(tcase, displaced_takes_the_name_of_the_copy);
	tcase_add_test(tcase, displaced_is_kept_when_the_copy_is_there);
	tcase_add_test(tcase, replacing_works_without_exchange);
	tcase_add_test(tcase, moving_over_without_exchange_leaves_both);
	tcase_add_test(tcase, link_is_made_and_replaces);
	tcase_add_test(tcase, file_replaces_a_link);
	tcase_add_test(tcase, what_is_not_as_observed_stays);
	tcase_add_test(tcase, racy_file_is_replaced_when_it_hashes_as_seen);
	tcase_add_test(tcase, directory_or_nothing_in_its_place_stays);
	tcase_add_test(tcase, file_open_for_writing_is_busy);
	tcase_add_test(tcase, kept_file_that_was_written_to_is_not_placed);
	tcase_add_test(tcase, L65_kept_file_that_is_open_for_writing_is_busy);
	tcase_add_test(
	    tcase, kept_file_is_not_placed_for_a_version_of_a_wrong_size);
	tcase_add_test(
	    tcase, staged_for_another_version_gets_this_ones_bits_and_time);
	tcase_add_test(tcase, moved_file_that_changed_stays);
	tcase_add_test(tcase, parent_that_is_a_link_or_a_file_is_not_entered);
	tcase_add_test(tcase, job_syncs_each_directory_or_all);
	tcase_add_test(tcase, failed_sync_is_the_jobs);
	tcase_add_test(
	    tcase, new_names_in_a_directory_moved_away_are_looked_at);
	return tcase;
}
