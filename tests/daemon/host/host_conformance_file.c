/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, and what is in a file. */
#include "tests/daemon/host/host_conformance_internal.h"

#include <errno.h>
#include <string.h>

/* ---- opening ------------------------------------------------------------- */

CHECK(open_makes_or_refuses)
{
	int fd;

	FAILS(open_fails(c, c->dir, "f", HOST_READ), -ENOENT);
	FAILS(open_fails(c, c->dir, "f", HOST_WRITE), -ENOENT);
	fd = opened(c, c->dir, "f", CREATE | HOST_EXCL);
	host_close(c->h, fd);
	ck_assert_int_eq(at(c, "f").bits, 0600);
	FAILS(open_fails(c, c->dir, "f", CREATE | HOST_EXCL), -EEXIST);
	put(c, c->dir, "f", "abc");
	host_close(c->h, opened(c, c->dir, "f", CREATE));
	holds(c, c->dir, "f", "abc");
	host_close(c->h, opened(c, c->dir, "f", HOST_WRITE | HOST_TRUNCATE));
	ck_assert_uint_eq(at(c, "f").size, 0);
}

CHECK(open_follows_no_link)
{
	put(c, c->dir, "f", "x");
	OK(host_make_link(c->h, "f", c->dir, "to_file"));
	OK(host_make_link(c->h, "nowhere", c->dir, "dangling"));
	FAILS(open_fails(c, c->dir, "to_file", HOST_READ), -ELOOP);
	FAILS(open_fails(c, c->dir, "to_file", HOST_WRITE), -ELOOP);
	FAILS(open_fails(c, c->dir, "dangling", CREATE), -ELOOP);
	FAILS(open_fails(c, c->dir, "dangling", CREATE | HOST_EXCL), -EEXIST);
	ck_assert(absent(c, "nowhere"));
}

CHECK(open_reads_directories_only)
{
	int dir = dir_made(c, c->dir, "d");
	char byte;

	FAILS((int)host_read_at(c->h, dir, &byte, 1, 0), -EISDIR);
	host_close(c->h, dir);
	FAILS(open_fails(c, c->dir, "d", HOST_WRITE), -EISDIR);
	FAILS(open_fails(c, c->dir, "d", CREATE), -EISDIR);
}

CHECK(names_are_one_component)
{
	static const char *const bad[] = {"", ".", "..", "a/b", "/", "a/"};
	struct host_stat st;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		FAILS(open_fails(c, c->dir, bad[i], CREATE), -EINVAL);
		FAILS(host_stat_at(c->h, c->dir, bad[i], &st), -EINVAL);
		FAILS(host_make_dir(c->h, c->dir, bad[i], 0755), -EINVAL);
		FAILS(host_unlink(c->h, c->dir, bad[i]), -EINVAL);
		FAILS(host_remove_dir(c->h, c->dir, bad[i]), -EINVAL);
		FAILS(host_make_link(c->h, "t", c->dir, bad[i]), -EINVAL);
		put(c, c->dir, "f", "x");
		FAILS(move(c, "f", bad[i], HOST_REPLACE), -EINVAL);
		FAILS(move(c, bad[i], "g", HOST_NOREPLACE), -EINVAL);
	}
}

CHECK(names_hold_255_bytes_of_any_kind)
{
	char name[257];

	memset(name, 'n', sizeof name);
	name[256] = '\0';
	FAILS(open_fails(c, c->dir, name, CREATE), -ENAMETOOLONG);
	name[255] = '\0';
	put(c, c->dir, name, "long");
	holds(c, c->dir, name, "long");
	put(c, c->dir, "\xff\xfe\n\t\\ .", "odd");
	holds(c, c->dir, "\xff\xfe\n\t\\ .", "odd");
	put(c, c->dir, "A", "upper");
	put(c, c->dir, "a", "lower");
	holds(c, c->dir, "A", "upper");
}

CHECK(below_goes_through_directories_only)
{
	int d = dir_made(c, c->dir, "d");
	int e = dir_made(c, d, "e");
	int fd;

	put(c, e, "f", "deep");
	put(c, c->dir, "file", "x");
	OK(host_make_link(c->h, "d", c->dir, "link"));
	OK(host_make_link(c->h, "e", d, "last"));
	OK(host_open_below(c->h, c->dir, SPAN_LIT("d/e"), &fd));
	holds(c, fd, "f", "deep");
	host_close(c->h, fd);
	OK(host_open_below(c->h, c->dir, SPAN_LIT(""), &fd));
	holds(c, fd, "file", "x");
	host_close(c->h, fd);
	FAILS(below_fails(c, "d/none"), -ENOENT);
	FAILS(below_fails(c, "none/e"), -ENOENT);
	FAILS(below_fails(c, "file"), -ENOTDIR);
	FAILS(below_fails(c, "file/e"), -ENOTDIR);
	FAILS(below_fails(c, "link"), -ELOOP);
	FAILS(below_fails(c, "link/e"), -ELOOP);
	FAILS(below_fails(c, "d/last"), -ELOOP);
	FAILS(below_fails(c, ".."), -EINVAL);
	FAILS(below_fails(c, "d/../d"), -EINVAL);
	FAILS(below_fails(c, "/d"), -EINVAL);
	FAILS(below_fails(c, "d//e"), -EINVAL);
	host_close(c->h, e);
	host_close(c->h, d);
}

/* ---- content ------------------------------------------------------------- */

CHECK(reads_end_where_the_file_ends)
{
	int fd = opened(c, c->dir, "f", CREATE);
	char got[8];

	ck_assert_int_eq(host_read_at(c->h, fd, got, 8, 0), 0);
	OK(host_write_at(c->h, fd, "abcdef", 6, 0));
	ck_assert_int_eq(host_read_at(c->h, fd, got, 8, 4), 2);
	ck_assert_mem_eq(got, "ef", 2);
	ck_assert_int_eq(host_read_at(c->h, fd, got, 8, 6), 0);
	ck_assert_int_eq(host_read_at(c->h, fd, got, 8, 1000), 0);
	OK(host_write_at(c->h, fd, "CD", 2, 2));
	fd_holds(c, fd, "abCDef");
	OK(host_sync(c->h, fd));
	OK(host_sync_fs(c->h, fd));
	host_close(c->h, fd);
	OK(host_sync(c->h, c->dir));
}

CHECK(descriptors_do_what_they_were_opened_for)
{
	char byte;
	int fd;

	put(c, c->dir, "f", "abc");
	fd = opened(c, c->dir, "f", HOST_READ);
	FAILS(host_write_at(c->h, fd, "x", 1, 0), -EBADF);
	host_close(c->h, fd);
	fd = opened(c, c->dir, "f", HOST_WRITE);
	FAILS((int)host_read_at(c->h, fd, &byte, 1, 0), -EBADF);
	host_close(c->h, fd);
	holds(c, c->dir, "f", "abc");
}

CHECK(holes_read_as_zeros)
{
	int fd = opened(c, c->dir, "f", CREATE);
	char got[16];
	const char zeros[16] = {0};

	OK(host_write_at(c->h, fd, "end", 3, 1 << 20));
	ck_assert_uint_eq(at(c, "f").size, (1 << 20) + 3);
	ck_assert_int_eq(host_read_at(c->h, fd, got, 16, 12345), 16);
	ck_assert_mem_eq(got, zeros, 16);
	ck_assert_int_eq(host_read_at(c->h, fd, got, 16, 1 << 20), 3);
	ck_assert_mem_eq(got, "end", 3);
	host_close(c->h, fd);
}

CHECK(truncate_cuts_and_extends)
{
	int fd = opened(c, c->dir, "f", CREATE);

	OK(host_write_at(c->h, fd, "abcdef", 6, 0));
	OK(host_truncate(c->h, fd, 2));
	fd_holds(c, fd, "ab");
	OK(host_truncate(c->h, fd, 4));
	ck_assert_uint_eq(at(c, "f").size, 4);
	{
		char got[4];

		ck_assert_int_eq(host_read_at(c->h, fd, got, 4, 0), 4);
		ck_assert_mem_eq(got, "ab\0\0", 4);
	}
	host_close(c->h, fd);
}

CHECK(small_files_are_written_whole)
{
	struct host_list list;
	struct buf got;

	buf_init(&got, 5);
	FAILS(host_read_file(c->h, c->dir, "f", &got), -ENOENT);
	OK(host_write_file(c->h, c->dir, "f", SPAN_LIT("one")));
	OK(host_write_file(c->h, c->dir, "f", SPAN_LIT("other")));
	OK(host_read_file(c->h, c->dir, "f", &got));
	ck_assert(span_equal(buf_span(&got), SPAN_LIT("other")));
	FAILS(host_read_file(c->h, c->dir, "f", &got), ERR_LIMIT);
	ck_assert_uint_eq(got.len, 5);
	ck_assert_int_eq(at(c, "f").bits, 0600);
	/* What a crash left beside it is no obstacle, and goes. */
	put(c, c->dir, "f.new", "half");
	OK(host_write_file(c->h, c->dir, "f", SPAN_LIT("")));
	ck_assert_uint_eq(at(c, "f").size, 0);
	host_list_init(&list);
	OK(host_list(c->h, c->dir, &list));
	ck_assert_uint_eq(list.v.n, 1);
	host_list_release(&list);
	buf_release(&got);
}
