/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/apply/apply_world.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int
opens(void)
{
	struct apply_place place;
	int rc = apply_open(w.real, w.root, &place);

	if (rc == 0)
		apply_close(&place);
	return rc;
}

START_TEST(open_makes_private_folders)
{
	static const char *const made[] = {"root/.tutti", "root/.tutti/stage",
	    "root/.tutti/quarantine", "root/.tutti/versions"};
	struct stat st;

	for (size_t i = 0; i < 4; i++) {
		ck_assert_int_eq(lstat(user_path(made[i]), &st), 0);
		ck_assert_int_eq(st.st_mode & 07777, 0700);
	}
	ck_assert_int_eq(w.place.dev, st.st_dev);
	ck_assert_uint_eq(user_count("root/.tutti/stage"), 0);
}
END_TEST

START_TEST(open_takes_what_is_there_and_closes_it_to_others)
{
	struct stat st;

	user_file("root/.tutti/stage/1", NEW);
	ck_assert_int_eq(chmod(user_path("root/.tutti"), 0777), 0);
	ck_assert_int_eq(opens(), 0);
	ck_assert_int_eq(lstat(user_path("root/.tutti"), &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0700);
	ck_assert(user_reads("root/.tutti/stage/1", NEW));
}
END_TEST

START_TEST(open_refuses_a_link_or_a_file)
{
	ck_assert_int_eq(
	    rename(user_path("root/.tutti"), user_path("outside/t")), 0);
	user_link("root/.tutti", "../outside/t");
	ck_assert_int_eq(opens(), -ELOOP);
	unlink(user_path("root/.tutti"));
	user_file("root/.tutti", "");
	ck_assert_int_eq(opens(), -ENOTDIR);
}
END_TEST

START_TEST(emptying_leaves_quarantine_alone)
{
	user_file("root/.tutti/stage/1", NEW);
	user_link("root/.tutti/stage/2l", "x");
	user_file("root/.tutti/quarantine/1", OLD);
	ck_assert_int_eq(apply_empty_stage(&w.place), 0);
	ck_assert_uint_eq(user_count("root/.tutti/stage"), 0);
	ck_assert(user_reads("root/.tutti/quarantine/1", OLD));
}
END_TEST

TCase *
apply_open_tcase(void)
{
	TCase *tcase = world_tcase("open");

	tcase_add_test(tcase, open_makes_private_folders);
	tcase_add_test(tcase, open_takes_what_is_there_and_closes_it_to_others);
	tcase_add_test(tcase, open_refuses_a_link_or_a_file);
	tcase_add_test(tcase, emptying_leaves_quarantine_alone);
	return tcase;
}
