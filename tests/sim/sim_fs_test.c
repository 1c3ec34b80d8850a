/* SPDX-License-Identifier: Apache-2.0 */
/* Files behind the table: what a real file system would do. */
#include "tests/sim/sim_test.h"

#include <stdlib.h>
#include <string.h>

#define OK(call) ck_assert_int_eq(call, 0)

static void
expect(struct desk *d, const char *name, const char *text)
{
	char *have = desk_read(d, name);

	ck_assert_pstr_eq(have, text);
	free(have);
}

static int
below(struct desk *d, const char *path, int *out_fd)
{
	return host_open_below(d->host, d->root, span_str(path), out_fd);
}

START_TEST(renaming_replaces_refuses_and_exchanges)
{
	struct desk d = desk_open(1);

	desk_write(&d, "a", "A", false);
	desk_write(&d, "b", "B", false);
	ck_assert_int_eq(
	    host_rename(d.host, d.root, "a", d.root, "b", HOST_NOREPLACE),
	    -EEXIST);
	OK(host_rename(d.host, d.root, "a", d.root, "b", HOST_EXCHANGE));
	expect(&d, "a", "B");
	expect(&d, "b", "A");
	OK(host_rename(d.host, d.root, "a", d.root, "b", HOST_REPLACE));
	expect(&d, "a", NULL);
	expect(&d, "b", "B");
	ck_assert_int_eq(
	    host_rename(d.host, d.root, "b", d.root, "c", HOST_EXCHANGE),
	    -ENOENT);
	OK(host_rename(d.host, d.root, "b", d.root, "c", HOST_NOREPLACE));
	expect(&d, "c", "B");
	desk_close(&d);
}
END_TEST

START_TEST(directories_move_but_not_into_themselves)
{
	struct desk d = desk_open(2);
	int a, ab, c;

	OK(host_make_dir(d.host, d.root, "a", 0755));
	OK(below(&d, "a", &a));
	OK(host_make_dir(d.host, a, "b", 0755));
	OK(below(&d, "a/b", &ab));
	ck_assert_int_eq(
	    host_rename(d.host, d.root, "a", ab, "x", HOST_REPLACE), -EINVAL);
	ck_assert_int_eq(host_remove_dir(d.host, d.root, "a"), -ENOTEMPTY);
	OK(host_rename(d.host, a, "b", d.root, "c", HOST_REPLACE));
	OK(below(&d, "c", &c));
	OK(host_remove_dir(d.host, d.root, "a"));
	ck_assert_int_eq(host_make_dir(d.host, a, "late", 0755), -ENOENT);
	host_close(d.host, a);
	host_close(d.host, ab);
	host_close(d.host, c);
	desk_close(&d);
}
END_TEST

START_TEST(opening_below_follows_no_link_and_crosses_no_mount)
{
	struct desk d = desk_open(3);
	int fd;

	OK(host_make_dir(d.host, d.root, "dir", 0755));
	OK(host_make_link(d.host, "dir", d.root, "link"));
	desk_write(&d, "file", "", false);
	OK(below(&d, "dir", &fd));
	host_close(d.host, fd);
	ck_assert_int_eq(below(&d, "link", &fd), -ELOOP);
	ck_assert_int_eq(below(&d, "file", &fd), -ENOTDIR);
	ck_assert_int_eq(below(&d, "none", &fd), -ENOENT);
	ck_assert_int_eq(below(&d, "dir/../dir", &fd), -EINVAL);
	OK(sim_user_mount(d.machine, "/r/dir"));
	ck_assert_int_eq(below(&d, "dir", &fd), -EXDEV);
	OK(sim_user_unmount(d.machine, "/r/dir"));
	OK(below(&d, "dir", &fd));
	host_close(d.host, fd);
	ck_assert_int_eq(
	    host_open(d.host, d.root, "link", HOST_READ, &fd), -ELOOP);
	desk_close(&d);
}
END_TEST

START_TEST(an_open_file_outlives_its_name)
{
	struct desk d = desk_open(4);
	struct host_stat st;
	char text[4] = {0};
	int fd;

	desk_write(&d, "a", "abc", false);
	OK(host_open(d.host, d.root, "a", HOST_READ, &fd));
	OK(host_unlink(d.host, d.root, "a"));
	ck_assert_int_eq(host_read_at(d.host, fd, text, 4, 0), 3);
	ck_assert_str_eq(text, "abc");
	OK(host_stat_fd(d.host, fd, &st));
	ck_assert_uint_eq(st.links, 0);
	host_close(d.host, fd);
	desk_close(&d);
}
END_TEST

START_TEST(hard_links_are_one_file)
{
	struct desk d = desk_open(5);
	struct host_stat a, b;

	desk_write(&d, "a", "1", false);
	OK(sim_user_link(d.machine, "/r/a", "/r/b"));
	desk_write(&d, "b", "22", false);
	OK(desk_stat(&d, "a", &a));
	OK(desk_stat(&d, "b", &b));
	ck_assert_uint_eq(a.ino, b.ino);
	ck_assert_uint_eq(a.links, 2);
	expect(&d, "a", "22");
	OK(host_unlink(d.host, d.root, "a"));
	expect(&d, "b", "22");
	desk_close(&d);
}
END_TEST

START_TEST(holes_and_cut_ends_read_as_zeros)
{
	struct desk d = desk_open(6);
	char text[8];
	int fd;

	OK(host_open(
	    d.host, d.root, "a", HOST_READ | HOST_WRITE | HOST_CREATE, &fd));
	OK(host_write_at(d.host, fd, "xyz", 3, 100000));
	OK(host_truncate(d.host, fd, 100001));
	OK(host_truncate(d.host, fd, 100004));
	ck_assert_int_eq(host_read_at(d.host, fd, text, 8, 99998), 6);
	ck_assert_mem_eq(text, "\0\0x\0\0\0", 6);
	ck_assert_int_eq(host_read_at(d.host, fd, text, 8, 100004), 0);
	host_close(d.host, fd);
	desk_close(&d);
}
END_TEST

START_TEST(a_clone_shares_until_it_is_written)
{
	struct desk d = desk_open(7);
	int a, b;

	sim_knobs(d.sim)->clones = true;
	desk_write(&d, "a", "original", false);
	desk_write(&d, "b", "shorter", false);
	OK(host_open(d.host, d.root, "a", HOST_READ, &a));
	OK(host_open(d.host, d.root, "b", HOST_WRITE, &b));
	OK(host_clone(d.host, a, 0, b, 0, 0));
	OK(host_write_at(d.host, b, "O", 1, 0));
	expect(&d, "a", "original");
	expect(&d, "b", "Original");
	ck_assert_int_eq(host_copy_range(d.host, a, 4, b, 8, 100), 4);
	expect(&d, "b", "Originalinal");
	ck_assert_int_eq(host_copy_range(d.host, a, 8, b, 0, 100), 0);
	sim_knobs(d.sim)->clones = false;
	ck_assert_int_eq(host_clone(d.host, a, 0, b, 0, 0), -EOPNOTSUPP);
	host_close(d.host, a);
	host_close(d.host, b);
	desk_close(&d);
}
END_TEST

START_TEST(bits_forbid)
{
	struct desk d = desk_open(8);
	int fd, dir;

	desk_write(&d, "a", "x", false);
	OK(sim_user_chmod(d.machine, "/r/a", 0));
	ck_assert_int_eq(
	    host_open(d.host, d.root, "a", HOST_READ, &fd), -EACCES);
	OK(host_make_dir(d.host, d.root, "d", 0555));
	OK(below(&d, "d", &dir));
	ck_assert_int_eq(host_make_dir(d.host, dir, "x", 0755), -EACCES);
	OK(host_set_bits(d.host, dir, 0));
	ck_assert_int_eq(below(&d, "d", &fd), -EACCES);
	host_close(d.host, dir);
	desk_close(&d);
}
END_TEST

START_TEST(times_are_stamped_and_set)
{
	struct desk d = desk_open(9);
	struct host_stat a, b;

	desk_write(&d, "a", "x", false);
	OK(desk_stat(&d, "a", &a));
	sim_run(d.sim, SIM_SECOND);
	OK(host_set_mtime_at(d.host, d.root, "a", -5));
	OK(desk_stat(&d, "a", &b));
	ck_assert_int_eq(b.mtime_ns, -5);
	ck_assert_int_gt(b.ctime_ns, a.ctime_ns);
	ck_assert_int_eq(a.mtime_ns % (4 * SIM_MS), 0);
	desk_close(&d);
}
END_TEST

START_TEST(a_full_disk_says_so_and_takes_what_fits)
{
	struct desk d = desk_open(10);
	static char much[5 * 4096];
	struct host_fs info;
	struct host_stat st;
	int fd;

	sim_host_capacity(d.machine, "/r", 3 * 4096);
	OK(host_open(d.host, d.root, "a", HOST_WRITE | HOST_CREATE, &fd));
	ck_assert_int_eq(
	    host_write_at(d.host, fd, much, sizeof much, 0), -ENOSPC);
	OK(host_stat_fd(d.host, fd, &st));
	ck_assert_uint_eq(st.size, 3 * 4096);
	OK(host_fs_info(d.host, fd, &info));
	ck_assert_uint_eq(info.free_bytes, 0);
	OK(host_truncate(d.host, fd, 4096));
	OK(host_fs_info(d.host, fd, &info));
	ck_assert_uint_eq(info.free_bytes, 2 * 4096);
	host_close(d.host, fd);
	desk_close(&d);
}
END_TEST

START_TEST(a_lock_is_for_one)
{
	struct desk d = desk_open(11);
	int a, b;

	desk_write(&d, "a", "", false);
	OK(host_open(d.host, d.root, "a", HOST_READ, &a));
	OK(host_open(d.host, d.root, "a", HOST_READ, &b));
	OK(host_lock(d.host, a));
	ck_assert_int_eq(host_lock(d.host, b), -EWOULDBLOCK);
	host_close(d.host, a);
	OK(host_lock(d.host, b));
	host_close(d.host, b);
	desk_close(&d);
}
END_TEST

START_TEST(a_lease_is_refused_held_and_broken)
{
	struct desk d = desk_open(12);
	bool held = false;
	int a, w;

	sim_knobs(d.sim)->leases = true;
	desk_write(&d, "a", "", false);
	OK(host_open(d.host, d.root, "a", HOST_READ, &a));
	OK(host_open(d.host, d.root, "a", HOST_WRITE, &w));
	ck_assert_int_eq(host_lease(d.host, a, HOST_LEASE_READ), -EAGAIN);
	host_close(d.host, w);
	OK(host_lease(d.host, a, HOST_LEASE_READ));
	OK(host_lease_held(d.host, a, &held));
	ck_assert(held);
	ck_assert_int_eq(
	    host_open(d.host, d.root, "a", HOST_WRITE, &w), -EAGAIN);
	OK(host_lease_held(d.host, a, &held));
	ck_assert(!held);
	OK(host_lease(d.host, a, HOST_LEASE_NONE));
	OK(host_open(d.host, d.root, "a", HOST_WRITE, &w));
	host_close(d.host, w);
	host_close(d.host, a);
	desk_close(&d);
}
END_TEST

START_TEST(names_are_bytes_and_inode_numbers_come_back)
{
	struct desk d = desk_open(13);
	struct host_list list;
	struct host_stat a, b;

	host_list_init(&list);
	desk_write(&d, "a\n\xff", "", false);
	OK(host_list(d.host, d.root, &list));
	ck_assert_uint_eq(list.v.n, 1);
	ck_assert_str_eq(host_list_name(&list, 0), "a\n\xff");
	ck_assert_int_eq(list.v.items[0].kind, KIND_FILE);
	host_list_release(&list);
	OK(desk_stat(&d, "a\n\xff", &a));
	OK(host_sync_fs(d.host, d.root));
	OK(host_unlink(d.host, d.root, "a\n\xff"));
	OK(host_sync_fs(d.host, d.root));
	desk_write(&d, "b", "", false);
	OK(desk_stat(&d, "b", &b));
	ck_assert_uint_eq(a.ino, b.ino);
	desk_close(&d);
}
END_TEST

TCase *
sim_fs_tcase(void)
{
	TCase *tc = tcase_create("fs");

	tcase_add_test(tc, renaming_replaces_refuses_and_exchanges);
	tcase_add_test(tc, directories_move_but_not_into_themselves);
	tcase_add_test(tc, opening_below_follows_no_link_and_crosses_no_mount);
	tcase_add_test(tc, an_open_file_outlives_its_name);
	tcase_add_test(tc, hard_links_are_one_file);
	tcase_add_test(tc, holes_and_cut_ends_read_as_zeros);
	tcase_add_test(tc, a_clone_shares_until_it_is_written);
	tcase_add_test(tc, bits_forbid);
	tcase_add_test(tc, times_are_stamped_and_set);
	tcase_add_test(tc, a_full_disk_says_so_and_takes_what_fits);
	tcase_add_test(tc, a_lock_is_for_one);
	tcase_add_test(tc, a_lease_is_refused_held_and_broken);
	tcase_add_test(tc, names_are_bytes_and_inode_numbers_come_back);
	return tc;
}
