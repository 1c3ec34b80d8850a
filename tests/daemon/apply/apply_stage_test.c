/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/apply/apply_world.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct stage_item
item(enum stage_what what, int64_t id)
{
	struct stage_item it = {
	    .what = what,
	    .id = id,
	    .size = strlen(NEW),
	    .bits = NEW_BITS,
	    .mtime_ns = NEW_NS,
	};

	world_name(NEW, &it.content);
	buf_init(&it.bytes, 1 << 20);
	buf_init(&it.from, LIMIT_PATH_BYTES);
	return it;
}

static struct stage_item
whole(int64_t id, const char *content)
{
	struct stage_item it = item(STAGE_WHOLE, id);

	ck_assert_int_eq(buf_add(&it.bytes, span_str(content)), 0);
	return it;
}

static struct stage_item
copy_of(const char *from)
{
	struct stage_item it = item(STAGE_COPY, 1);
	char path[64] = "root/";

	ck_assert_int_eq(buf_add(&it.from, span_str(from)), 0);
	it.expect = world_look(strcat(path, from));
	return it;
}

static void
is_complete(const char *path)
{
	struct stat st;

	ck_assert(user_reads(path, NEW));
	ck_assert_int_eq(lstat(user_path(path), &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, NEW_BITS);
	ck_assert_int_eq(
	    st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec,
	    NEW_NS);
}

START_TEST(whole_file_is_complete_and_synced)
{
	struct stage_item it = whole(1, NEW);

	user_file("root/.tutti/stage/1", "a leftover");
	ck_assert_int_eq(world_stage(&it), 0);
	is_complete("root/.tutti/stage/1");
	ck_assert_uint_eq(w.hook.syncs, 1);
}
END_TEST

START_TEST(empty_file_has_its_name)
{
	struct stage_item it = whole(1, "");

	it.size = 0;
	world_name("", &it.content);
	ck_assert_int_eq(world_stage(&it), 0);
	ck_assert(user_reads("root/.tutti/stage/1", ""));
}
END_TEST

START_TEST(bytes_of_another_name_are_refused)
{
	struct stage_item wrong = whole(1, "the NEW content");
	struct stage_item shorter = whole(1, "the new conten");

	ck_assert_int_eq(world_stage(&wrong), ERR_MISMATCH);
	ck_assert_int_eq(world_stage(&shorter), ERR_MISMATCH);
	ck_assert_uint_eq(user_count("root/.tutti/stage"), 0);
}
END_TEST

START_TEST(many_files_are_synced_at_once)
{
	struct stage_job job = {.place = w.place};

	for (int i = 1; i <= 40; i++)
		ck_assert_int_eq(VEC_PUSH(&job.items, whole(i, NEW)), 0);
	stage_run(&job);
	ck_assert_int_eq(job.rc, 0);
	VEC_EACH (&job.items, it)
		ck_assert_int_eq(it->rc, 0);
	ck_assert_uint_eq(user_count("root/.tutti/stage"), 40);
	ck_assert_uint_eq(w.hook.syncs, 0);
	ck_assert_uint_eq(w.hook.fs_syncs, 1);
	ck_assert_int_eq(w.hook.fds, 0);
	stage_job_release(&job);
}
END_TEST

/* LESSONS 23 */
START_TEST(L23_failed_sync_discards_all)
{
	struct stage_job job = {.place = w.place};
	unsigned calls;

	ck_assert_int_eq(VEC_PUSH(&job.items, whole(1, NEW)), 0);
	ck_assert_int_eq(VEC_PUSH(&job.items, whole(2, NEW)), 0);
	stage_run(&job);
	ck_assert_int_eq(job.rc, 0);
	calls = w.hook.calls;
	hook_init(&w.hook, w.real);
	/* The last four: sync, close... in some order; the syncs among them. */
	w.hook.fail_at = calls - 3;
	w.hook.fail_on = true;
	w.hook.err = -EIO;
	ck_assert_int_eq(unlink(user_path("root/.tutti/stage/1")), 0);
	ck_assert_int_eq(unlink(user_path("root/.tutti/stage/2")), 0);
	stage_run(&job);
	ck_assert_int_eq(job.rc, -EIO);
	ck_assert_int_eq(job.items.items[0].rc, -EIO);
	ck_assert_int_eq(job.items.items[1].rc, -EIO);
	stage_job_release(&job);
}
END_TEST

START_TEST(copy_of_a_file_is_complete)
{
	struct stage_item it;

	user_dir("root/d");
	user_file("root/d/g", NEW);
	it = copy_of("d/g");
	ck_assert_int_eq(world_stage(&it), 0);
	is_complete("root/.tutti/stage/1");
	ck_assert(user_reads("root/d/g", NEW));
}
END_TEST

START_TEST(copy_out_of_quarantine_is_complete)
{
	struct stage_item it = item(STAGE_COPY, 1);

	it.from_kept = 5;
	ck_assert_int_eq(world_stage(&it), ERR_NOTFOUND);
	user_file("root/.tutti/quarantine/5", NEW);
	it = item(STAGE_COPY, 1);
	it.from_kept = 5;
	ck_assert_int_eq(world_stage(&it), 0);
	is_complete("root/.tutti/stage/1");
}
END_TEST

START_TEST(copy_out_of_quarantine_of_what_became_shorter_is_refused)
{
	struct stage_item it = item(STAGE_COPY, 1);

	user_file("root/.tutti/quarantine/5", "");
	it.from_kept = 5;
	ck_assert_int_eq(world_stage(&it), ERR_MISMATCH);
	user_file("root/.tutti/quarantine/5", "N");
	it = item(STAGE_COPY, 1);
	it.from_kept = 5;
	ck_assert_int_eq(world_stage(&it), ERR_MISMATCH);
	ck_assert_uint_eq(user_count("root/.tutti/stage"), 0);
}
END_TEST

START_TEST(copy_of_a_changed_file_is_refused)
{
	struct stage_item it;

	user_file("root/g", NEW);
	it = copy_of("g");
	user_meta("root/g", OLD_BITS, OLD_NS + 1);
	ck_assert_int_eq(world_stage(&it), ERR_CHANGED);
	it = copy_of("g");
	ck_assert_int_eq(unlink(user_path("root/g")), 0);
	ck_assert_int_eq(world_stage(&it), ERR_CHANGED);
	user_file("root/g", "the NEW content");
	it = copy_of("g");
	ck_assert_int_eq(world_stage(&it), ERR_CHANGED);
	ck_assert_uint_eq(user_count("root/.tutti/stage"), 0);
}
END_TEST

START_TEST(finishing_needs_all_of_the_size)
{
	struct stage_item it = item(STAGE_FINISH, 1);

	ck_assert_int_eq(world_stage(&it), -ENOENT);
	user_file("root/.tutti/stage/1", "the new");
	ck_assert_int_eq(world_stage(&it), ERR_MISMATCH);
	user_file("root/.tutti/stage/1", NEW "and more");
	ck_assert_int_eq(world_stage(&it), 0);
	is_complete("root/.tutti/stage/1");
	ck_assert_uint_eq(w.hook.syncs, 1);
}
END_TEST

/* Every call fails once; what is left is in stage, or nothing. */
START_TEST(no_failure_leaks_or_harms)
{
	static const int errs[] = {-ENOSPC, -EIO, -EACCES};
	struct stage_item it;
	unsigned n = 0;

	user_file("root/g", NEW);
	do {
		n++;
		hook_init(&w.hook, w.real);
		w.hook.fail_at = (n + 2) / 3;
		w.hook.err = errs[n % 3];
		it = copy_of("g");
		(void)world_stage(&it);
		ck_assert(user_reads("root/g", NEW));
		ck_assert_uint_le(user_count("root/.tutti/stage"), 1);
	} while (w.hook.calls >= w.hook.fail_at);
	ck_assert_uint_gt(n, 30);
}
END_TEST

TCase *
apply_stage_tcase(void)
{
	TCase *tcase = world_tcase("stage");

	tcase_add_test(tcase, whole_file_is_complete_and_synced);
	tcase_add_test(tcase, empty_file_has_its_name);
	tcase_add_test(tcase, bytes_of_another_name_are_refused);
	tcase_add_test(tcase, many_files_are_synced_at_once);
	tcase_add_test(tcase, L23_failed_sync_discards_all);
	tcase_add_test(tcase, copy_of_a_file_is_complete);
	tcase_add_test(tcase, copy_out_of_quarantine_is_complete);
	tcase_add_test(
	    tcase, copy_out_of_quarantine_of_what_became_shorter_is_refused);
	tcase_add_test(tcase, copy_of_a_changed_file_is_refused);
	tcase_add_test(tcase, finishing_needs_all_of_the_size);
	tcase_add_test(tcase, no_failure_leaks_or_harms);
	return tcase;
}
