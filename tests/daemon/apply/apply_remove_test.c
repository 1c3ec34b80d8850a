/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/apply/apply_world.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

START_TEST(removed_is_kept)
{
	struct name old;

	world_name(OLD, &old);
	user_file("root/f", OLD);
	world_item(PLAN_REMOVE, "f");
	ck_assert_int_eq(world_run(), 0);
	ck_assert(!user_has("root/f"));
	ck_assert(world_keeps(OLD));
	ck_assert(name_equal(&w.it->kept_content, &old));
	ck_assert_int_eq(w.it->now.kind, KIND_NONE);
}
END_TEST

START_TEST(removed_link_is_kept_and_not_followed)
{
	user_file("outside/f", OLD);
	user_link("root/l", "../outside/f");
	world_item(PLAN_REMOVE, "l");
	ck_assert_int_eq(world_run(), 0);
	ck_assert(!user_has("root/l"));
	ck_assert(user_reads("outside/f", OLD));
	ck_assert(world_keeps("../outside/f"));
}
END_TEST

START_TEST(removed_becomes_the_copy)
{
	user_dir("root/d");
	user_file("root/f", OLD);
	world_item(PLAN_REMOVE, "f");
	ck_assert_int_eq(buf_add(&w.it->copy, SPAN_LIT("d/copy")), 0);
	ck_assert_int_eq(world_run(), 0);
	ck_assert(w.it->copied && user_reads("root/d/copy", OLD));
}
END_TEST

START_TEST(what_changed_or_is_in_use_stays)
{
	int fd;

	user_file("root/f", OLD);
	world_item(PLAN_REMOVE, "f");
	w.it->expect.ctime_ns--;
	ck_assert_int_eq(world_run(), ERR_CHANGED);
	w.it->expect.ctime_ns++;
	fd = open(user_path("root/f"), O_WRONLY | O_CLOEXEC);
	if (w.place.leases)
		ck_assert_int_eq(world_run(), ERR_BUSY);
	close(fd);
	ck_assert(user_reads("root/f", OLD));
	unlink(user_path("root/f"));
	ck_assert_int_eq(world_run(), ERR_CHANGED);
	ck_assert(!w.it->kept);
}
END_TEST

/* The number was used: what lies there is not overwritten. */
START_TEST(kept_replaces_nothing)
{
	user_file("root/f", OLD);
	user_file("root/.tutti/quarantine/8", "another");
	world_item(PLAN_REMOVE, "f");
	ck_assert_int_eq(world_run(), ERR_CHANGED);
	ck_assert(user_reads("root/f", OLD));
	ck_assert(user_reads("root/.tutti/quarantine/8", "another"));
}
END_TEST

START_TEST(only_empty_directories_go)
{
	user_dir("root/d");
	user_file("root/d/f", OLD);
	world_item(PLAN_REMOVE_DIR, "d");
	ck_assert_int_eq(world_run(), -ENOTEMPTY);
	unlink(user_path("root/d/f"));
	w.it->expect.ino++;
	ck_assert_int_eq(world_run(), ERR_CHANGED);
	w.it->expect.ino--;
	ck_assert_int_eq(world_run(), 0);
	ck_assert(!user_has("root/d"));
	ck_assert_int_eq(w.it->now.kind, KIND_NONE);
	ck_assert_int_eq(world_run(), ERR_CHANGED);
	user_file("root/d", OLD);
	ck_assert_int_eq(world_run(), ERR_CHANGED);
	ck_assert(user_reads("root/d", OLD));
}
END_TEST

TCase *
apply_remove_tcase(void)
{
	TCase *tcase = world_tcase("remove");

	tcase_add_test(tcase, removed_is_kept);
	tcase_add_test(tcase, removed_link_is_kept_and_not_followed);
	tcase_add_test(tcase, removed_becomes_the_copy);
	tcase_add_test(tcase, what_changed_or_is_in_use_stays);
	tcase_add_test(tcase, kept_replaces_nothing);
	tcase_add_test(tcase, only_empty_directories_go);
	return tcase;
}
