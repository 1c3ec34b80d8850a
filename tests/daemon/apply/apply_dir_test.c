/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/apply/apply_world.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static void
dir_item(const char *path)
{
	world_item(PLAN_MAKE_DIR, path);
	w.it->kind = KIND_DIR;
	w.it->bits = 0711;
	name_dir(&w.it->content);
}

START_TEST(directory_is_made_with_its_bits)
{
	struct observation seen;

	dir_item("d");
	umask(077);
	ck_assert_int_eq(world_run(), 0);
	seen = world_look("root/d");
	ck_assert_int_eq(seen.kind, KIND_DIR);
	ck_assert_int_eq(seen.bits, 0711);
	ck_assert(observation_unmoved(&seen, &w.it->now));
	ck_assert(name_equal(&w.it->now.content, &w.it->content));
}
END_TEST

START_TEST(derived_directory_is_made)
{
	dir_item("d");
	w.it->any_bits = true;
	w.it->bits = 0;
	ck_assert_int_eq(world_run(), 0);
	ck_assert_int_eq(world_look("root/d").bits, 0755);
}
END_TEST

START_TEST(file_or_link_in_the_way_is_kept)
{
	for (int i = 0; i < 2; i++) {
		world_reset();
		if (i == 0)
			user_file("root/d", OLD);
		else
			user_link("root/d", OLD);
		dir_item("d");
		ck_assert_int_eq(world_run(), 0);
		ck_assert_int_eq(world_look("root/d").kind, KIND_DIR);
		ck_assert(world_keeps(OLD));
	}
}
END_TEST

START_TEST(file_in_the_way_becomes_the_copy)
{
	user_file("root/d", OLD);
	dir_item("d");
	ck_assert_int_eq(buf_add(&w.it->copy, SPAN_LIT("d.conflict")), 0);
	ck_assert_int_eq(world_run(), 0);
	ck_assert(w.it->copied && !w.it->kept);
	ck_assert(user_reads("root/d.conflict", OLD));
}
END_TEST

START_TEST(what_came_first_stays)
{
	dir_item("d");
	user_dir("root/d");
	ck_assert_int_eq(world_run(), ERR_CHANGED);
	ck_assert_int_eq(world_look("root/d").bits, 0755);
	rmdir(user_path("root/d"));
	user_file("root/d", OLD);
	ck_assert_int_eq(world_run(), ERR_CHANGED);
	ck_assert(user_reads("root/d", OLD));
}
END_TEST

TCase *
apply_dir_tcase(void)
{
	TCase *tcase = world_tcase("dir");

	tcase_add_test(tcase, directory_is_made_with_its_bits);
	tcase_add_test(tcase, derived_directory_is_made);
	tcase_add_test(tcase, file_or_link_in_the_way_is_kept);
	tcase_add_test(tcase, file_in_the_way_becomes_the_copy);
	tcase_add_test(tcase, what_came_first_stays);
	return tcase;
}
