/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <time.h>

#include "tests/daemon/host/host_test_internal.h"

START_TEST(file_systems_differ_in_their_id)
{
	struct host_fs here;
	struct host_fs again;
	struct host_fs proc;
	int fd;

	OK(host_fs_info(b.h, b.dir, &here));
	OK(host_make_dir(b.h, b.dir, "d", 0755));
	OK(host_open(b.h, b.dir, "d", HOST_READ, &fd));
	OK(host_fs_info(b.h, fd, &again));
	host_close(b.h, fd);
	OK(host_open_root(b.h, "/proc", 0, &fd));
	OK(host_fs_info(b.h, fd, &proc));
	host_close(b.h, fd);
	ck_assert_mem_eq(here.uuid, again.uuid, sizeof here.uuid);
	ck_assert_mem_ne(here.uuid, proc.uuid, sizeof here.uuid);
	ck_assert_uint_gt(here.total_bytes, 0);
	ck_assert_uint_le(here.free_bytes, here.total_bytes);
	ck_assert(proc.local);
	ck_assert_int_lt(host_fs_info(b.h, 999, &here), 0);
}
END_TEST

START_TEST(clocks_go_on)
{
	int64_t mono = host_mono_ns(b.h);
	int64_t now = host_now_ns(b.h);

	ck_assert_int_ge(host_mono_ns(b.h), mono);
	ck_assert_int_le(llabs(now / 1000000000 - (int64_t)time(NULL)), 2);
}
END_TEST

START_TEST(random_bytes_do_not_repeat)
{
	uint8_t one[1000] = {0};
	uint8_t two[1000] = {0};
	const uint8_t zeros[16] = {0};

	host_random(b.h, one, sizeof one);
	host_random(b.h, two, sizeof two);
	ck_assert_mem_ne(one, two, sizeof one);
	ck_assert_mem_ne(one + sizeof one - 16, zeros, 16);
}
END_TEST

START_TEST(the_boot_id_stays_the_same)
{
	uint8_t one[16] = {0};
	uint8_t two[16] = {1};
	const uint8_t zeros[16] = {0};

	OK(host_boot_id(b.h, one));
	OK(host_boot_id(b.h, two));
	ck_assert_mem_eq(one, two, 16);
	ck_assert_mem_ne(one, zeros, 16);
}
END_TEST

TCase *
host_machine_tcase(void)
{
	TCase *tcase = bench_tcase("machine");

	tcase_add_test(tcase, file_systems_differ_in_their_id);
	tcase_add_test(tcase, clocks_go_on);
	tcase_add_test(tcase, random_bytes_do_not_repeat);
	tcase_add_test(tcase, the_boot_id_stays_the_same);
	return tcase;
}
