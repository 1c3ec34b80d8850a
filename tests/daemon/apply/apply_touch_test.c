/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/apply/apply_world.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

START_TEST(file_gets_bits_and_time)
{
	struct observation seen;

	user_file("root/f", NEW);
	world_item(PLAN_TOUCH, "f");
	ck_assert_int_eq(world_run(), 0);
	seen = world_look("root/f");
	ck_assert_int_eq(seen.bits, NEW_BITS);
	ck_assert_int_eq(seen.mtime_ns, NEW_NS);
	ck_assert(w.it->now.racy != w.place.leases);
	w.it->now.racy = false;
	ck_assert(observation_unmoved(&seen, &w.it->now));
	ck_assert(user_reads("root/f", NEW));
}
END_TEST

START_TEST(directory_gets_bits_and_keeps_setgid)
{
	struct stat st;

	user_dir("root/d");
	ck_assert_int_eq(chmod(user_path("root/d"), 02755), 0);
	world_item(PLAN_TOUCH, "d");
	w.it->kind = KIND_DIR;
	w.it->bits = 0700;
	user_file("root/d/child", OLD);
	ck_assert_int_eq(world_run(), 0);
	ck_assert_int_eq(lstat(user_path("root/d"), &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 02700);
	ck_assert_int_eq(w.it->now.kind, KIND_DIR);
	ck_assert_int_eq(w.it->now.bits, 0700);
}
END_TEST

START_TEST(link_gets_time)
{
	user_link("root/l", "x");
	world_item(PLAN_TOUCH, "l");
	w.it->kind = KIND_SYMLINK;
	ck_assert_int_eq(world_run(), 0);
	ck_assert_int_eq(world_look("root/l").mtime_ns, NEW_NS);
	ck_assert_int_eq(w.it->now.mtime_ns, NEW_NS);
}
END_TEST

START_TEST(what_changed_is_not_touched)
{
	user_file("root/f", OLD);
	world_item(PLAN_TOUCH, "f");
	user_meta("root/f", OLD_BITS, OLD_NS + 1);
	ck_assert_int_eq(world_run(), ERR_CHANGED);
	ck_assert_int_eq(world_look("root/f").bits, OLD_BITS);
	ck_assert_int_eq(world_look("root/f").mtime_ns, OLD_NS + 1);
	unlink(user_path("root/f"));
	ck_assert_int_eq(world_run(), ERR_CHANGED);
	user_dir("root/f");
	ck_assert_int_eq(world_run(), ERR_CHANGED);
}
END_TEST

START_TEST(open_for_writing_is_busy)
{
	int fd;

	user_file("root/f", OLD);
	world_item(PLAN_TOUCH, "f");
	if (!w.place.leases)
		return;
	fd = open(user_path("root/f"), O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(world_run(), ERR_BUSY);
	close(fd);
}
END_TEST

/* A failure half way leaves no half of a touch to be taken for the user's. */
START_TEST(failure_half_way_takes_back_what_was_set)
{
	unsigned calls;

	user_file("root/f", OLD);
	world_item(PLAN_TOUCH, "f");
	ck_assert_int_eq(world_run(), 0);
	calls = w.hook.calls;
	for (unsigned n = 1; n <= calls; n++) {
		user_file("root/f", OLD);
		hook_init(&w.hook, w.real);
		world_item(PLAN_TOUCH, "f");
		w.hook.fail_at = n;
		w.hook.err = -EIO;
		if (world_run() != -EIO)
			continue;
		if (world_look("root/f").bits == NEW_BITS)
			ck_assert_int_eq(world_look("root/f").mtime_ns, NEW_NS);
	}
}
END_TEST

static void
user_touches(void *arg)
{
	(void)arg;
	user_meta("root/f", NEW_BITS, OLD_NS + 5);
}

/* Whatever the user sets is either undone by ours, or seen as his by the next
 * look. */
START_TEST(L5_a_user_s_touch_is_not_taken_for_ours)
{
	struct observation seen;
	unsigned calls = 1;

	for (unsigned n = 1; n <= calls; n++) {
		user_file("root/f", NEW);
		hook_init(&w.hook, w.real);
		world_item(PLAN_TOUCH, "f");
		w.hook.acts[0].before = n;
		w.hook.acts[0].cb = user_touches;
		if (world_run() == 0) {
			seen = world_look("root/f");
			ck_assert(seen.mtime_ns == NEW_NS ||
				  !observation_same(&seen, &w.it->now));
		}
		calls = w.hook.calls;
	}
	ck_assert_uint_gt(calls, 5);
}
END_TEST

/* ---- what has other names -------------------------------------------------- */

static void
set_linked(void)
{
	unlink(user_path("root/f"));
	user_file("root/f", NEW);
	user_hard_link("root/f", "gone/k");
	hook_init(&w.hook, w.real);
	world_item(PLAN_TOUCH, "f");
}

static void
other_name_is_as_it_was(void)
{
	ck_assert(user_reads("gone/k", NEW));
	ck_assert_int_eq(world_look("gone/k").bits, OLD_BITS);
	ck_assert_int_eq(world_look("gone/k").mtime_ns, OLD_NS);
}

static void
is_parted(void)
{
	struct observation seen = world_look("root/f");

	ck_assert(user_reads("root/f", NEW));
	ck_assert(seen.bits == NEW_BITS && seen.mtime_ns == NEW_NS);
	ck_assert(seen.ino != world_look("gone/k").ino);
	w.it->now.racy = false;
	ck_assert(observation_unmoved(&seen, &w.it->now));
	ck_assert(w.it->kept && world_keeps(NEW));
	ck_assert_uint_eq(user_count("root/.tutti/stage"), 0);
}

START_TEST(L46_only_the_touched_one_of_several_names_changes)
{
	for (int i = 0; i < 2; i++) {
		world_reset();
		set_linked();
		w.hook.no_exchange = i > 0;
		ck_assert_int_eq(world_run(), 0);
		other_name_is_as_it_was();
		is_parted();
	}
}
END_TEST

START_TEST(L46_what_shows_it_already_keeps_its_other_names)
{
	user_file("root/f", NEW);
	user_meta("root/f", NEW_BITS, NEW_NS);
	user_hard_link("root/f", "gone/k");
	world_item(PLAN_TOUCH, "f");
	ck_assert_int_eq(world_run(), 0);
	ck_assert_uint_eq(world_look("root/f").ino, world_look("gone/k").ino);
	ck_assert(!w.it->kept);
}
END_TEST

START_TEST(L46_a_link_with_several_names_is_made_anew)
{
	user_link("root/l", "x");
	ck_assert_int_eq(linkat(AT_FDCWD, user_path("root/l"), AT_FDCWD,
			     user_path("gone/k"), 0),
	    0);
	world_item(PLAN_TOUCH, "l");
	w.it->kind = KIND_SYMLINK;
	ck_assert_int_eq(buf_add(&w.it->target, SPAN_LIT("x")), 0);
	ck_assert_int_eq(world_run(), 0);
	ck_assert_int_eq(world_look("root/l").mtime_ns, NEW_NS);
	ck_assert_int_ne(world_look("gone/k").mtime_ns, NEW_NS);
	ck_assert(user_reads("root/l", "x") && user_reads("gone/k", "x"));
}
END_TEST

/* Whatever fails, the name has the content, and the other one is as it was. */
START_TEST(L46_failures_leave_the_other_names_alone)
{
	unsigned calls;

	set_linked();
	ck_assert_int_eq(world_run(), 0);
	calls = w.hook.calls;
	for (unsigned n = 1; n <= calls; n++) {
		world_reset();
		set_linked();
		w.hook.fail_at = n;
		w.hook.err = -EIO;
		(void)world_run();
		other_name_is_as_it_was();
		ck_assert(user_reads("root/f", NEW));
	}
}
END_TEST

START_TEST(L46_a_copy_that_is_not_the_content_is_not_placed)
{
	unlink(user_path("root/f"));
	user_file("root/f", OLD);
	user_hard_link("root/f", "gone/k");
	world_item(PLAN_TOUCH, "f");
	ck_assert_int_lt(world_run(), 0);
	ck_assert_int_eq(world_look("root/f").bits, OLD_BITS);
	ck_assert_uint_eq(world_look("root/f").ino, world_look("gone/k").ino);
	ck_assert_uint_eq(user_count("root/.tutti/stage"), 0);
}
END_TEST

TCase *
apply_touch_tcase(void)
{
	TCase *tcase = world_tcase("touch");

	tcase_add_test(tcase, file_gets_bits_and_time);
	tcase_add_test(tcase, directory_gets_bits_and_keeps_setgid);
	tcase_add_test(tcase, link_gets_time);
	tcase_add_test(tcase, what_changed_is_not_touched);
	tcase_add_test(tcase, open_for_writing_is_busy);
	tcase_add_test(tcase, failure_half_way_takes_back_what_was_set);
	tcase_add_test(tcase, L5_a_user_s_touch_is_not_taken_for_ours);
	tcase_add_test(
	    tcase, L46_only_the_touched_one_of_several_names_changes);
	tcase_add_test(tcase, L46_what_shows_it_already_keeps_its_other_names);
	tcase_add_test(tcase, L46_a_link_with_several_names_is_made_anew);
	tcase_add_test(tcase, L46_failures_leave_the_other_names_alone);
	tcase_add_test(tcase, L46_a_copy_that_is_not_the_content_is_not_placed);
	return tcase;
}
