/* SPDX-License-Identifier: Apache-2.0 */
/* Names that move and that go. */
#include "tests/daemon/host/host_conformance_internal.h"

#include <errno.h>

/* ---- renaming ------------------------------------------------------------ */

CHECK(rename_replaces)
{
	struct host_stat st;

	put(c, c->dir, "a", "A");
	put(c, c->dir, "b", "B");
	st = at(c, "a");
	OK(move(c, "a", "b", HOST_REPLACE));
	ck_assert(absent(c, "a"));
	holds(c, c->dir, "b", "A");
	ck_assert_uint_eq(at(c, "b").ino, st.ino);
	OK(move(c, "b", "c", HOST_REPLACE));
	holds(c, c->dir, "c", "A");
	FAILS(move(c, "a", "c", HOST_REPLACE), -ENOENT);
}

CHECK(rename_noreplace_refuses_what_is_there)
{
	put(c, c->dir, "a", "A");
	put(c, c->dir, "b", "B");
	OK(host_make_dir(c->h, c->dir, "d", 0755));
	OK(host_make_link(c->h, "nowhere", c->dir, "l"));
	FAILS(move(c, "a", "b", HOST_NOREPLACE), -EEXIST);
	FAILS(move(c, "a", "d", HOST_NOREPLACE), -EEXIST);
	FAILS(move(c, "a", "l", HOST_NOREPLACE), -EEXIST);
	FAILS(move(c, "d", "a", HOST_NOREPLACE), -EEXIST);
	FAILS(move(c, "none", "n", HOST_NOREPLACE), -ENOENT);
	holds(c, c->dir, "a", "A");
	holds(c, c->dir, "b", "B");
	OK(move(c, "a", "n", HOST_NOREPLACE));
	OK(move(c, "d", "e", HOST_NOREPLACE));
	OK(move(c, "l", "m", HOST_NOREPLACE));
	ck_assert_int_eq(at(c, "e").kind, KIND_DIR);
	ck_assert_int_eq(at(c, "m").kind, KIND_SYMLINK);
	holds(c, c->dir, "n", "A");
}

CHECK(rename_exchange_swaps_anything)
{
	struct host_stat file;
	struct host_stat dir;

	put(c, c->dir, "a", "A");
	put(c, c->dir, "b", "B");
	FAILS(move(c, "a", "none", HOST_EXCHANGE), -ENOENT);
	FAILS(move(c, "none", "a", HOST_EXCHANGE), -ENOENT);
	OK(move(c, "a", "b", HOST_EXCHANGE));
	holds(c, c->dir, "a", "B");
	holds(c, c->dir, "b", "A");
	host_close(c->h, dir_made(c, c->dir, "d"));
	file = at(c, "a");
	dir = at(c, "d");
	OK(move(c, "a", "d", HOST_EXCHANGE));
	ck_assert_uint_eq(at(c, "a").ino, dir.ino);
	ck_assert_uint_eq(at(c, "d").ino, file.ino);
	ck_assert_int_eq(at(c, "a").kind, KIND_DIR);
}

CHECK(rename_keeps_kinds_apart)
{
	int d = dir_made(c, c->dir, "d");
	int full = dir_made(c, c->dir, "full");

	put(c, c->dir, "f", "x");
	put(c, full, "child", "x");
	FAILS(move(c, "d", "f", HOST_REPLACE), -ENOTDIR);
	FAILS(move(c, "f", "d", HOST_REPLACE), -EISDIR);
	FAILS(move(c, "d", "full", HOST_REPLACE), -ENOTEMPTY);
	FAILS(host_rename(c->h, c->dir, "d", d, "in", HOST_REPLACE), -EINVAL);
	FAILS(host_rename(c->h, c->dir, "d", d, "in", HOST_NOREPLACE), -EINVAL);
	OK(move(c, "full", "d", HOST_REPLACE));
	ck_assert(absent(c, "full"));
	holds(c, full, "child", "x");
	host_close(c->h, full);
	host_close(c->h, d);
}

CHECK(rename_moves_between_directories)
{
	int d = dir_made(c, c->dir, "d");
	int e = dir_made(c, c->dir, "e");

	put(c, d, "f", "x");
	OK(host_rename(c->h, d, "f", e, "g", HOST_NOREPLACE));
	holds(c, e, "g", "x");
	OK(host_rename(c->h, c->dir, "d", e, "d", HOST_NOREPLACE));
	put(c, d, "after", "y");
	{
		int fd;

		OK(host_open_below(c->h, c->dir, SPAN_LIT("e/d"), &fd));
		holds(c, fd, "after", "y");
		host_close(c->h, fd);
	}
	host_close(c->h, e);
	host_close(c->h, d);
}

/* ---- removing ------------------------------------------------------------ */

CHECK(unlinked_files_live_while_open)
{
	struct host_stat st;
	int fd;

	put(c, c->dir, "f", "still");
	fd = opened(c, c->dir, "f", HOST_READ | HOST_WRITE);
	OK(host_unlink(c->h, c->dir, "f"));
	ck_assert(absent(c, "f"));
	fd_holds(c, fd, "still");
	OK(host_write_at(c->h, fd, "STILL", 5, 0));
	OK(host_stat_fd(c->h, fd, &st));
	ck_assert_uint_eq(st.links, 0);
	put(c, c->dir, "f", "new");
	ck_assert_uint_ne(at(c, "f").ino, st.ino);
	fd_holds(c, fd, "STILL");
	host_close(c->h, fd);
}

CHECK(removing_minds_the_kind)
{
	int d = dir_made(c, c->dir, "d");

	put(c, c->dir, "f", "x");
	put(c, d, "child", "x");
	OK(host_make_link(c->h, "d", c->dir, "l"));
	FAILS(host_unlink(c->h, c->dir, "none"), -ENOENT);
	FAILS(host_remove_dir(c->h, c->dir, "none"), -ENOENT);
	FAILS(host_unlink(c->h, c->dir, "d"), -EISDIR);
	FAILS(host_remove_dir(c->h, c->dir, "f"), -ENOTDIR);
	FAILS(host_remove_dir(c->h, c->dir, "l"), -ENOTDIR);
	FAILS(host_remove_dir(c->h, c->dir, "d"), -ENOTEMPTY);
	OK(host_unlink(c->h, c->dir, "l"));
	OK(host_unlink(c->h, d, "child"));
	OK(host_remove_dir(c->h, c->dir, "d"));
	ck_assert(absent(c, "d"));
	/* A removed directory that is still open takes nothing more. */
	FAILS(open_fails(c, d, "late", CREATE), -ENOENT);
	FAILS(host_make_dir(c->h, d, "late", 0755), -ENOENT);
	host_close(c->h, d);
}
