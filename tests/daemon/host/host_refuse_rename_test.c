/* SPDX-License-Identifier: Apache-2.0 */
/* Renaming where there is no renameat2. */
#include <errno.h>
#include <string.h>

#include "tests/daemon/host/host_refuse.h"
#include "tests/daemon/host/host_test_internal.h"

static bool
absent(const char *name)
{
	struct host_stat st;

	return host_stat_at(b.h, b.dir, name, &st) == -ENOENT;
}

static int
move(const char *from, const char *to, enum host_rename_how how)
{
	return host_rename(b.h, b.dir, from, b.dir, to, how);
}

static void
no_renameat2(void)
{
	refuse("renameat2", EINVAL, 0, true);
}

START_TEST(without_renameat2_nothing_is_replaced_either)
{
	bench_file(b.dir, "a", "A");
	bench_file(b.dir, "b", "B");
	OK(host_make_link(b.h, "nowhere", b.dir, "l"));
	no_renameat2();
	FAILS(move("a", "b", HOST_NOREPLACE), -EEXIST);
	FAILS(move("none", "c", HOST_NOREPLACE), -ENOENT);
	OK(move("a", "c", HOST_NOREPLACE));
	OK(move("l", "m", HOST_NOREPLACE));
	ck_assert(refuse_end());
	ck_assert(absent("a") && absent("l"));
	bench_holds(b.dir, "b", "B");
	bench_holds(b.dir, "c", "A");
}
END_TEST

START_TEST(what_only_renameat2_can_do_is_said)
{
	static const int errs[] = {EPERM, EOPNOTSUPP};

	bench_file(b.dir, "a", "A");
	bench_file(b.dir, "b", "B");
	OK(host_make_dir(b.h, b.dir, "d", 0700));
	no_renameat2();
	FAILS(move("d", "e", HOST_NOREPLACE), -EINVAL);
	FAILS(move("a", "b", HOST_EXCHANGE), -EINVAL);
	refuse("renameat2", ENOSYS, 0, true);
	FAILS(move("a", "b", HOST_EXCHANGE), -EINVAL);
	/* FAT has no hard links either. */
	for (size_t i = 0; i < 2; i++) {
		refuse("linkat", errs[i], 0, false);
		FAILS(move("a", "c", HOST_NOREPLACE), -EINVAL);
	}
	refuse("linkat", EMLINK, 0, false);
	FAILS(move("a", "c", HOST_NOREPLACE), -EMLINK);
	ck_assert(refuse_end());
	ck_assert(absent("c"));
	bench_holds(b.dir, "a", "A");
}
END_TEST

START_TEST(what_cannot_leave_its_old_name_gets_no_new_one)
{
	bench_file(b.dir, "a", "A");
	no_renameat2();
	refuse("renameat", EROFS, 0, false);
	FAILS(move("a", "c", HOST_NOREPLACE), -EROFS);
	ck_assert(refuse_end());
	ck_assert(absent("c"));
	bench_holds(b.dir, "a", "A");
}
END_TEST

static size_t
names(void)
{
	struct host_list list;
	size_t n;

	host_list_init(&list);
	OK(host_list(b.h, b.dir, &list));
	n = list.v.n;
	host_list_release(&list);
	return n;
}

/* As editors do it. */
static void
save_under_old_name(void)
{
	bench_file(b.dir, "saved", "B");
	OK(move("saved", "a", HOST_REPLACE));
}

/* Wherever the save falls, it stands at one of the two names. */
START_TEST(L05_a_save_under_the_old_name_is_not_taken_with_it)
{
	static const struct {
		const char *call;
		long after;
		const char *at;
		size_t names;
	} cases[] = {
	    {"renameat2", 0, "c", 1}, /* what was saved is moved */
	    {"linkat", 0, "c", 1},
	    {"renameat", 0, "a", 2},
	    {"unlinkat", 0, "a", 2},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bench_file(b.dir, "a", "A");
		no_renameat2();
		refuse_meanwhile(
		    cases[i].call, cases[i].after, save_under_old_name);
		OK(move("a", "c", HOST_NOREPLACE));
		ck_assert(refuse_end());
		bench_holds(b.dir, cases[i].at, "B");
		ck_assert_uint_eq(names(), cases[i].names);
		OK(host_unlink(b.h, b.dir, "c"));
		if (cases[i].names > 1)
			OK(host_unlink(b.h, b.dir, "a"));
	}
}
END_TEST

static void
save_last(void)
{
	bench_file(b.dir, "a", "C");
}

static void
save_and_wait(void)
{
	save_under_old_name();
	refuse_meanwhile("linkat", 0, save_last);
}

START_TEST(a_second_save_replaces_the_first_as_the_user_meant)
{
	bench_file(b.dir, "a", "A");
	no_renameat2();
	refuse_meanwhile("renameat", 0, save_and_wait);
	OK(move("a", "c", HOST_NOREPLACE));
	ck_assert(refuse_end());
	bench_holds(b.dir, "a", "C");
	bench_holds(b.dir, "c", "A");
	ck_assert_uint_eq(names(), 2);
}
END_TEST

static void
remove_old_name(void)
{
	OK(host_unlink(b.h, b.dir, "a"));
}

START_TEST(an_old_name_that_goes_by_itself_is_gone)
{
	bench_file(b.dir, "a", "A");
	no_renameat2();
	refuse_meanwhile("renameat", 0, remove_old_name);
	OK(move("a", "c", HOST_NOREPLACE));
	ck_assert(refuse_end());
	bench_holds(b.dir, "c", "A");
	ck_assert_uint_eq(names(), 1);
}
END_TEST

static void
save_under_new_name(void)
{
	bench_file(b.dir, "saved", "B");
	OK(move("saved", "c", HOST_REPLACE));
}

START_TEST(L05_a_save_under_the_new_name_stays_when_the_move_fails)
{
	bench_file(b.dir, "a", "A");
	no_renameat2();
	/* The second is the one that is to fail: the save makes the first. */
	refuse_meanwhile("renameat", 0, save_under_new_name);
	refuse("renameat", EROFS, 1, false);
	FAILS(move("a", "c", HOST_NOREPLACE), -EROFS);
	ck_assert(refuse_end());
	bench_holds(b.dir, "a", "A");
	bench_holds(b.dir, "c", "B");
	ck_assert_uint_eq(names(), 2);
}
END_TEST

/* Which of the two it is cannot be told: then the old name has it again. */
START_TEST(what_is_put_aside_and_cannot_be_seen_goes_back)
{
	bench_file(b.dir, "a", "A");
	no_renameat2();
	refuse("fstatat", EIO, 2, false);
	OK(move("a", "c", HOST_NOREPLACE));
	ck_assert(refuse_end());
	bench_holds(b.dir, "a", "A");
	bench_holds(b.dir, "c", "A");
	ck_assert_uint_eq(names(), 2);
}
END_TEST

/* Nor can it go back: it stays where the user finds it. */
START_TEST(what_cannot_go_back_is_not_lost)
{
	struct host_list list;
	bool found = false;

	bench_file(b.dir, "a", "A");
	no_renameat2();
	refuse_meanwhile("renameat", 0, save_under_old_name);
	refuse("linkat", EMLINK, 1, false);
	OK(move("a", "c", HOST_NOREPLACE));
	ck_assert(refuse_end());
	bench_holds(b.dir, "c", "A");
	host_list_init(&list);
	OK(host_list(b.h, b.dir, &list));
	ck_assert_uint_eq(list.v.n, 2);
	for (size_t i = 0; i < 2; i++)
		if (strcmp(host_list_name(&list, i), "c") != 0) {
			bench_holds(b.dir, host_list_name(&list, i), "B");
			found = true;
		}
	ck_assert(found);
	host_list_release(&list);
}
END_TEST

TCase *
host_refuse_rename_tcase(void)
{
	TCase *t = bench_tcase("rename");

	tcase_add_test(t, without_renameat2_nothing_is_replaced_either);
	tcase_add_test(t, what_only_renameat2_can_do_is_said);
	tcase_add_test(t, what_cannot_leave_its_old_name_gets_no_new_one);
	tcase_add_test(t, L05_a_save_under_the_old_name_is_not_taken_with_it);
	tcase_add_test(t, a_second_save_replaces_the_first_as_the_user_meant);
	tcase_add_test(t, an_old_name_that_goes_by_itself_is_gone);
	tcase_add_test(
	    t, L05_a_save_under_the_new_name_stays_when_the_move_fails);
	tcase_add_test(t, what_is_put_aside_and_cannot_be_seen_goes_back);
	tcase_add_test(t, what_cannot_go_back_is_not_lost);
	return t;
}
