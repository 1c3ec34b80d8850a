/* SPDX-License-Identifier: Apache-2.0 */
/* host_posix_dir.c, as far as host_conformance.c does not go. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/daemon/host/host_test_internal.h"

enum { MANY = 10000 };

START_TEST(ten_thousand_names_are_listed_once_each)
{
	struct host_list list;
	bool *seen = calloc(MANY, 1);
	char name[32];

	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof name, "a longer name %d", i);
		OK(mknodat(b.dir, name, S_IFREG | 0600, 0));
	}
	host_list_init(&list);
	OK(host_list(b.h, b.dir, &list));
	ck_assert_uint_eq(list.v.n, MANY);
	for (size_t i = 0; i < list.v.n; i++) {
		int n = atoi(host_list_name(&list, i) + 14);

		ck_assert(!seen[n]);
		seen[n] = true;
	}
	host_list_release(&list);
	free(seen);
}
END_TEST

START_TEST(special_files_are_listed_as_opaque)
{
	struct host_list list;

	OK(mkfifoat(b.dir, "fifo", 0600));
	host_list_init(&list);
	OK(host_list(b.h, b.dir, &list));
	ck_assert_uint_eq(list.v.n, 1);
	ck_assert(list.v.items[0].kind == KIND_OPAQUE ||
		  list.v.items[0].kind == KIND_NONE);
	host_list_release(&list);
}
END_TEST

START_TEST(a_list_of_no_directory_fails)
{
	struct host_list list;
	int fd;

	bench_file(b.dir, "f", "x");
	OK(host_open(b.h, b.dir, "f", HOST_READ, &fd));
	host_list_init(&list);
	FAILS(host_list(b.h, fd, &list), -ENOTDIR);
	FAILS(host_list(b.h, 999, &list), -EBADF);
	host_list_release(&list);
	host_close(b.h, fd);
}
END_TEST

/* The umask is the process's; bits are the version's. */
START_TEST(the_umask_takes_no_bits_of_a_directory)
{
	struct host_stat st;

	umask(0077);
	OK(host_make_dir(b.h, b.dir, "d", 0775));
	OK(host_stat_at(b.h, b.dir, "d", &st));
	ck_assert_int_eq(st.bits, 0775);
}
END_TEST

START_TEST(a_directory_keeps_the_setgid_it_inherits)
{
	struct host_stat st;

	OK(host_set_bits(b.h, b.dir, 02775));
	umask(0027);
	OK(host_make_dir(b.h, b.dir, "d", 0777));
	OK(host_stat_at(b.h, b.dir, "d", &st));
	ck_assert_int_eq(st.bits, 02777);
}
END_TEST

START_TEST(hard_links_share_an_inode)
{
	struct host_stat a;
	struct host_stat c;

	bench_file(b.dir, "a", "x");
	OK(linkat(b.dir, "a", b.dir, "c", 0));
	OK(host_stat_at(b.h, b.dir, "a", &a));
	OK(host_stat_at(b.h, b.dir, "c", &c));
	ck_assert_uint_eq(a.ino, c.ino);
	ck_assert_uint_eq(a.links, 2);
}
END_TEST

TCase *
host_dir_tcase(void)
{
	TCase *tcase = bench_tcase("dir");

	tcase_add_test(tcase, ten_thousand_names_are_listed_once_each);
	tcase_add_test(tcase, special_files_are_listed_as_opaque);
	tcase_add_test(tcase, a_list_of_no_directory_fails);
	tcase_add_test(tcase, the_umask_takes_no_bits_of_a_directory);
	tcase_add_test(tcase, a_directory_keeps_the_setgid_it_inherits);
	tcase_add_test(tcase, hard_links_share_an_inode);
	return tcase;
}
