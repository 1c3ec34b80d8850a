/* SPDX-License-Identifier: Apache-2.0 */
/* What a disk keeps over a power cut, seed by seed. */
#include "tests/sim/sim_test.h"

#include <stdlib.h>
#include <string.h>

#define OK(call) ck_assert_int_eq(call, 0)

enum { SEEDS = 200 };

START_TEST(what_was_synced_is_kept)
{
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct desk d = desk_open(seed);
		char *text;

		OK(sim_user_sync(d.machine, "/"));
		desk_write(&d, "a", "kept", true);
		OK(host_sync(d.host, d.root));
		desk_again(&d, true);
		text = desk_read(&d, "a");
		ck_assert_pstr_eq(text, "kept");
		free(text);
		desk_close(&d);
	}
}
END_TEST

/* A file of two pages is rewritten and not synced: any page, any size. */
static unsigned
one_tear(uint64_t seed)
{
	struct desk d = desk_open(seed);
	static char ones[8193], twos[8193];
	struct host_stat st;
	unsigned seen = 0;
	char *text;

	memset(ones, '1', 8192);
	memset(twos, '2', 8192);
	desk_write(&d, "a", ones, false);
	OK(host_sync_fs(d.host, d.root));
	desk_write(&d, "a", twos, false);
	desk_again(&d, true);
	OK(desk_stat(&d, "a", &st));
	text = desk_read(&d, "a");
	if (strcmp(text, ones) == 0)
		seen = 1;
	else if (strcmp(text, twos) == 0)
		seen = 2;
	else
		seen = 4;
	free(text);
	desk_close(&d);
	return seen;
}

START_TEST(what_was_not_synced_is_kept_lost_or_torn)
{
	unsigned seen = 0;

	for (uint64_t seed = 0; seed < SEEDS; seed++)
		seen |= one_tear(seed);
	ck_assert_uint_eq(seen, 7);
}
END_TEST

START_TEST(a_new_name_may_outlive_its_bytes)
{
	unsigned seen = 0;

	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct desk d = desk_open(seed);
		char *text;

		OK(host_sync_fs(d.host, d.root));
		desk_write(&d, "a", "text", false);
		desk_again(&d, true);
		text = desk_read(&d, "a");
		seen |= text == NULL ? 1 : *text == '\0' ? 2 : 4;
		free(text);
		desk_close(&d);
	}
	ck_assert_uint_eq(seen, 7);
}
END_TEST

START_TEST(a_file_written_anew_may_be_left_empty)
{
	bool empty = false;

	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct desk d = desk_open(seed);
		struct host_stat st;

		desk_write(&d, "a", "old", false);
		OK(host_sync_fs(d.host, d.root));
		desk_write(&d, "a", "text", false);
		desk_again(&d, true);
		OK(desk_stat(&d, "a", &st));
		empty |= st.size == 0;
		desk_close(&d);
	}
	ck_assert(empty);
}
END_TEST

/* The bytes may be there all the same. */
START_TEST(times_that_were_not_synced_are_those_of_before)
{
	unsigned seen = 0;

	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct desk d = desk_open(seed);
		struct host_stat old, new;

		desk_write(&d, "a", "old", false);
		OK(host_sync_fs(d.host, d.root));
		OK(desk_stat(&d, "a", &old));
		sim_run(d.sim, SIM_SECOND);
		desk_write(&d, "a", "text", false);
		desk_again(&d, true);
		OK(desk_stat(&d, "a", &new));
		ck_assert_int_eq(
		    old.mtime_ns == new.mtime_ns, old.ctime_ns == new.ctime_ns);
		if (new.size == 4)
			seen |= old.ctime_ns == new.ctime_ns ? 1 : 2;
		desk_close(&d);
	}
	ck_assert_uint_eq(seen, 3);
}
END_TEST

START_TEST(a_rename_is_all_or_nothing)
{
	unsigned seen = 0;

	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct desk d = desk_open(seed);
		struct host_stat st;
		bool a, b;

		desk_write(&d, "a", "text", true);
		OK(host_sync_fs(d.host, d.root));
		OK(host_rename(d.host, d.root, "a", d.root, "b", HOST_REPLACE));
		desk_again(&d, true);
		a = desk_stat(&d, "a", &st) == 0;
		b = desk_stat(&d, "b", &st) == 0;
		ck_assert_int_ne(a, b);
		seen |= a ? 1 : 2;
		desk_close(&d);
	}
	ck_assert_uint_eq(seen, 3);
}
END_TEST

START_TEST(an_exchange_is_all_or_nothing)
{
	unsigned seen = 0;

	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct desk d = desk_open(seed);
		char *a, *b;

		desk_write(&d, "a", "A", true);
		desk_write(&d, "b", "B", true);
		OK(host_sync_fs(d.host, d.root));
		OK(host_rename(
		    d.host, d.root, "a", d.root, "b", HOST_EXCHANGE));
		desk_again(&d, true);
		a = desk_read(&d, "a");
		b = desk_read(&d, "b");
		ck_assert_int_eq(*a + *b, 'A' + 'B');
		seen |= *a == 'A' ? 1 : 2;
		free(a);
		free(b);
		desk_close(&d);
	}
	ck_assert_uint_eq(seen, 3);
}
END_TEST

/* A name used again must not outrun the move of what it named. */
START_TEST(no_change_outlives_what_it_rests_on)
{
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct desk d = desk_open(seed);
		char *a, *b;

		sim_knobs(d.sim)->strict_names = true;
		desk_write(&d, "a", "old", true);
		OK(host_sync_fs(d.host, d.root));
		OK(host_rename(d.host, d.root, "a", d.root, "b", HOST_REPLACE));
		desk_write(&d, "a", "new", true);
		desk_again(&d, true);
		a = desk_read(&d, "a");
		b = desk_read(&d, "b");
		ck_assert(strcmp(a ? a : "", "old") == 0 ||
			  strcmp(b ? b : "", "old") == 0);
		free(a);
		free(b);
		desk_close(&d);
	}
}
END_TEST

START_TEST(a_file_synced_without_its_directory_may_have_no_name)
{
	unsigned seen = 0;

	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct desk d = desk_open(seed);
		struct host_stat st;

		OK(host_sync_fs(d.host, d.root));
		sim_knobs(d.sim)->strict_names = seed % 2;
		desk_write(&d, "a", "text", true);
		desk_again(&d, true);
		seen |= (desk_stat(&d, "a", &st) == 0 ? 1u : 2u)
			<< 2 * (seed % 2);
		desk_close(&d);
	}
	ck_assert_uint_eq(seen, 1 | 12);
}
END_TEST

START_TEST(a_failed_sync_loses_the_bytes_for_good)
{
	struct sim_fault fault = {"sync", 1, 1, EIO};
	struct desk d = desk_open(1);
	char *text;
	int fd;

	desk_write(&d, "a", "", true);
	OK(host_sync_fs(d.host, d.root));
	OK(host_open(d.host, d.root, "a", HOST_WRITE, &fd));
	OK(host_write_at(d.host, fd, "text", 4, 0));
	sim_host_fault(d.machine, &fault);
	ck_assert_int_eq(host_sync(d.host, fd), -EIO);
	OK(host_sync(d.host, fd));
	host_close(d.host, fd);
	desk_again(&d, true);
	text = desk_read(&d, "a");
	ck_assert_pstr_eq(text, "");
	free(text);
	desk_close(&d);
}
END_TEST

START_TEST(old_changes_reach_the_disk_unasked)
{
	struct desk d = desk_open(2);
	struct host_stat st;

	desk_write(&d, "a", "text", false);
	sim_run(d.sim, 31 * SIM_SECOND);
	desk_write(&d, "b", "text", false);
	desk_again(&d, true);
	OK(desk_stat(&d, "a", &st));
	desk_close(&d);
}
END_TEST

START_TEST(each_power_cut_is_another_boot)
{
	struct desk d = desk_open(3);
	uint8_t a[16], b[16], c[16];

	OK(host_boot_id(d.host, a));
	desk_again(&d, false);
	OK(host_boot_id(d.host, b));
	desk_again(&d, true);
	OK(host_boot_id(d.host, c));
	ck_assert_mem_eq(a, b, 16);
	ck_assert_mem_ne(a, c, 16);
	desk_close(&d);
}
END_TEST

/* Any changes whatever leave a tree that can be walked to its end. */
static void
shuffle(struct desk *d, int steps)
{
	static const char *const paths[] = {
	    "/r/a", "/r/b", "/r/a/x", "/r/b/x", "/r/a/x/y", "/r/b/x/y"};

	for (int i = 0; i < steps; i++) {
		const char *p = paths[sim_random(d->sim, 6)];
		const char *q = paths[sim_random(d->sim, 6)];

		switch (sim_random(d->sim, 7)) {
		case 0:
		case 1:
			(void)sim_user_mkdir(d->machine, p);
			break;
		case 2:
			(void)sim_user_write(d->machine, p, SPAN_LIT("text"));
			break;
		case 3:
			(void)sim_user_rename(d->machine, p, q);
			break;
		case 4:
			(void)sim_user_exchange(d->machine, p, q);
			break;
		case 5:
			(void)sim_user_sync(d->machine, p);
			break;
		default:
			(void)sim_user_remove_all(d->machine, p);
		}
	}
}

START_TEST(any_history_leaves_a_tree)
{
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct desk d = desk_open(seed);

		for (int i = 0; i < 5; i++) {
			shuffle(&d, 60);
			desk_again(&d, true);
		}
		(void)sim_user_remove_all(d.machine, "/r/a");
		(void)sim_user_remove_all(d.machine, "/r/b");
		(void)sim_user_remove_all(d.machine, "/r");
		desk_close(&d);
	}
}
END_TEST

TCase *
sim_disk_tcase(void)
{
	TCase *tc = tcase_create("disk");

	tcase_add_test(tc, what_was_synced_is_kept);
	tcase_add_test(tc, what_was_not_synced_is_kept_lost_or_torn);
	tcase_add_test(tc, a_new_name_may_outlive_its_bytes);
	tcase_add_test(tc, a_file_written_anew_may_be_left_empty);
	tcase_add_test(tc, times_that_were_not_synced_are_those_of_before);
	tcase_add_test(tc, a_rename_is_all_or_nothing);
	tcase_add_test(tc, an_exchange_is_all_or_nothing);
	tcase_add_test(tc, no_change_outlives_what_it_rests_on);
	tcase_add_test(
	    tc, a_file_synced_without_its_directory_may_have_no_name);
	tcase_add_test(tc, a_failed_sync_loses_the_bytes_for_good);
	tcase_add_test(tc, old_changes_reach_the_disk_unasked);
	tcase_add_test(tc, each_power_cut_is_another_boot);
	tcase_add_test(tc, any_history_leaves_a_tree);
	return tc;
}
