/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/host/host_conformance.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define OK(call) ck_assert_int_eq((call), 0)
#define FAILS(call, err) ck_assert_int_eq((call), (err))

enum { CREATE = HOST_READ | HOST_WRITE | HOST_CREATE };

/* ---- short words --------------------------------------------------------- */

static int
opened(const struct host_conformance *c, int dir, const char *name, int flags)
{
	int fd = -1;

	OK(host_open(c->h, dir, name, flags, &fd));
	return fd;
}

static int
open_fails(
    const struct host_conformance *c, int dir, const char *name, int flags)
{
	int fd = -1;
	int rc = host_open(c->h, dir, name, flags, &fd);

	if (rc == 0)
		host_close(c->h, fd);
	return rc;
}

static int
below_fails(const struct host_conformance *c, const char *path)
{
	int fd = -1;
	int rc = host_open_below(c->h, c->dir, span_str(path), &fd);

	if (rc == 0)
		host_close(c->h, fd);
	return rc;
}

static void
put(const struct host_conformance *c, int dir, const char *name,
    const char *content)
{
	int fd = opened(c, dir, name, CREATE | HOST_TRUNCATE);

	OK(host_write_at(c->h, fd, content, strlen(content), 0));
	host_close(c->h, fd);
}

static void
fd_holds(const struct host_conformance *c, int fd, const char *content)
{
	char got[64];
	int64_t n = host_read_at(c->h, fd, got, sizeof got, 0);

	ck_assert_int_eq(n, (int64_t)strlen(content));
	ck_assert_mem_eq(got, content, (size_t)n);
}

static void
holds(const struct host_conformance *c, int dir, const char *name,
    const char *content)
{
	int fd = opened(c, dir, name, HOST_READ);

	fd_holds(c, fd, content);
	host_close(c->h, fd);
}

static struct host_stat
at(const struct host_conformance *c, const char *name)
{
	struct host_stat st;

	OK(host_stat_at(c->h, c->dir, name, &st));
	return st;
}

static bool
absent(const struct host_conformance *c, const char *name)
{
	struct host_stat st;

	return host_stat_at(c->h, c->dir, name, &st) == -ENOENT;
}

static int
move(const struct host_conformance *c, const char *from, const char *to,
    enum host_rename_how how)
{
	return host_rename(c->h, c->dir, from, c->dir, to, how);
}

/* Makes a directory and opens it. */
static int
dir_made(const struct host_conformance *c, int dir, const char *name)
{
	OK(host_make_dir(c->h, dir, name, 0755));
	return opened(c, dir, name, HOST_READ);
}

/* ---- opening ------------------------------------------------------------- */

static void
open_makes_or_refuses(const struct host_conformance *c)
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

static void
open_follows_no_link(const struct host_conformance *c)
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

static void
open_reads_directories_only(const struct host_conformance *c)
{
	int dir = dir_made(c, c->dir, "d");
	char byte;

	FAILS((int)host_read_at(c->h, dir, &byte, 1, 0), -EISDIR);
	host_close(c->h, dir);
	FAILS(open_fails(c, c->dir, "d", HOST_WRITE), -EISDIR);
	FAILS(open_fails(c, c->dir, "d", CREATE), -EISDIR);
}

static void
names_are_one_component(const struct host_conformance *c)
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

static void
names_hold_255_bytes_of_any_kind(const struct host_conformance *c)
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

static void
below_goes_through_directories_only(const struct host_conformance *c)
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

static void
reads_end_where_the_file_ends(const struct host_conformance *c)
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

static void
descriptors_do_what_they_were_opened_for(const struct host_conformance *c)
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

static void
holes_read_as_zeros(const struct host_conformance *c)
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

static void
truncate_cuts_and_extends(const struct host_conformance *c)
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

/* ---- renaming ------------------------------------------------------------ */

static void
rename_replaces(const struct host_conformance *c)
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

static void
rename_noreplace_refuses_what_is_there(const struct host_conformance *c)
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

static void
rename_exchange_swaps_anything(const struct host_conformance *c)
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

static void
rename_keeps_kinds_apart(const struct host_conformance *c)
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

static void
rename_moves_between_directories(const struct host_conformance *c)
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

static void
unlinked_files_live_while_open(const struct host_conformance *c)
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

static void
removing_minds_the_kind(const struct host_conformance *c)
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

/* ---- what is told -------------------------------------------------------- */

static void
directories_are_made_with_exact_bits(const struct host_conformance *c)
{
	static const int bits[] = {0700, 0755, 0777, 0500, 0702};
	char name[] = "d0";

	for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
		name[1] = (char)('0' + i);
		OK(host_make_dir(c->h, c->dir, name, bits[i]));
		ck_assert_int_eq(at(c, name).bits & 0777, bits[i]);
		ck_assert_int_eq(at(c, name).kind, KIND_DIR);
		FAILS(host_make_dir(c->h, c->dir, name, 0755), -EEXIST);
	}
	put(c, c->dir, "f", "x");
	FAILS(host_make_dir(c->h, c->dir, "f", 0755), -EEXIST);
}

static void
list_tells_each_name_once(const struct host_conformance *c)
{
	struct host_list list;
	int seen[4] = {0};
	char name[] = "n000";

	host_list_init(&list);
	OK(host_list(c->h, c->dir, &list));
	ck_assert_uint_eq(list.v.n, 0);
	put(c, c->dir, "f", "x");
	OK(host_make_dir(c->h, c->dir, "d", 0755));
	OK(host_make_link(c->h, "t", c->dir, "l"));
	for (int i = 0; i < 300; i++) {
		name[1] = (char)('0' + i / 100);
		name[2] = (char)('0' + i / 10 % 10);
		name[3] = (char)('0' + i % 10);
		put(c, c->dir, name, "");
	}
	for (int round = 0; round < 2; round++) {
		OK(host_list(c->h, c->dir, &list));
		ck_assert_uint_eq(list.v.n, 303);
	}
	for (size_t i = 0; i < list.v.n; i++) {
		const char *got = host_list_name(&list, i);
		int kind = list.v.items[i].kind;

		ck_assert_uint_eq(strlen(got), list.v.items[i].len);
		if (kind == KIND_NONE)
			kind = at(c, got).kind;
		ck_assert_int_eq(kind, *got == 'd'   ? KIND_DIR
				       : *got == 'l' ? KIND_SYMLINK
						     : KIND_FILE);
		seen[*got == 'n' ? 0 : *got == 'f' ? 1 : *got == 'd' ? 2 : 3]++;
	}
	ck_assert_int_eq(seen[0], 300);
	ck_assert(seen[1] == 1 && seen[2] == 1 && seen[3] == 1);
	host_list_release(&list);
}

static void
links_keep_their_text(const struct host_conformance *c)
{
	struct buf text;

	buf_init(&text, LIMIT_TARGET_BYTES);
	OK(host_make_link(c->h, "../any where\xff", c->dir, "l"));
	FAILS(host_make_link(c->h, "other", c->dir, "l"), -EEXIST);
	OK(host_read_link(c->h, c->dir, "l", &text));
	ck_assert(span_equal(buf_span(&text), SPAN_LIT("../any where\xff")));
	ck_assert_int_eq(at(c, "l").kind, KIND_SYMLINK);
	ck_assert_uint_eq(at(c, "l").size, text.len);
	put(c, c->dir, "f", "x");
	FAILS(host_read_link(c->h, c->dir, "f", &text), -EINVAL);
	FAILS(host_read_link(c->h, c->dir, "none", &text), -ENOENT);
	buf_release(&text);
	buf_init(&text, 4);
	FAILS(host_read_link(c->h, c->dir, "l", &text), ERR_LIMIT);
	ck_assert_uint_eq(text.len, 0);
	buf_release(&text);
}

static void
mtimes_are_kept_to_the_nanosecond(const struct host_conformance *c)
{
	static const int64_t times[] = {0, 1, -1, -1999999999,
	    INT64_C(1700000000123456789), INT64_C(4300000000000000001)};
	int fd = opened(c, c->dir, "f", CREATE);
	struct host_stat st;

	OK(host_make_link(c->h, "f", c->dir, "l"));
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		OK(host_set_mtime(c->h, fd, times[i]));
		OK(host_stat_fd(c->h, fd, &st));
		ck_assert_int_eq(st.mtime_ns, times[i]);
		OK(host_set_mtime_at(c->h, c->dir, "l", times[i] + 5));
		ck_assert_int_eq(at(c, "l").mtime_ns, times[i] + 5);
		ck_assert_int_eq(at(c, "f").mtime_ns, times[i]);
	}
	FAILS(host_set_mtime_at(c->h, c->dir, "none", 1), -ENOENT);
	host_close(c->h, fd);
}

static void
bits_are_set_on_what_is_open(const struct host_conformance *c)
{
	int fd = opened(c, c->dir, "f", CREATE);
	int dir = dir_made(c, c->dir, "d");

	OK(host_set_bits(c->h, fd, 0644));
	ck_assert_int_eq(at(c, "f").bits, 0644);
	OK(host_set_bits(c->h, fd, 0));
	ck_assert_int_eq(at(c, "f").bits, 0);
	OK(host_write_at(c->h, fd, "x", 1, 0));
	OK(host_set_bits(c->h, dir, 0711));
	ck_assert_int_eq(at(c, "d").bits & 0777, 0711);
	host_close(c->h, dir);
	host_close(c->h, fd);
}

/* Are these all the attributes of users of what is open? */
static bool
attrs_are(const struct host_conformance *c, int fd, const char *names)
{
	struct buf all;
	size_t n = 0;
	bool same = true;

	buf_init(&all, 1 << 16);
	OK(host_list_xattrs(c->h, fd, &all));
	for (size_t i = 0; i < all.len; i += strlen((char *)all.p + i) + 1) {
		const char *name = (char *)all.p + i;

		if (strncmp(name, "user.", 5) != 0)
			continue;
		n++;
		same =
		    same && strlen(name) == 6 && strchr(names, name[5]) != NULL;
	}
	buf_release(&all);
	return same && n == strlen(names);
}

static void
check_attrs(const struct host_conformance *c, int fd)
{
	struct buf value;

	buf_init(&value, 16);
	ck_assert(attrs_are(c, fd, ""));
	FAILS(host_get_xattr(c->h, fd, "user.a", &value), -ENODATA);
	FAILS(host_remove_xattr(c->h, fd, "user.a"), -ENODATA);
	OK(host_set_xattr(c->h, fd, "user.b", SPAN_LIT("b\0b")));
	OK(host_set_xattr(c->h, fd, "user.a", SPAN_LIT("first")));
	OK(host_set_xattr(c->h, fd, "user.c", SPAN_LIT("")));
	ck_assert(attrs_are(c, fd, "abc"));
	OK(host_get_xattr(c->h, fd, "user.b", &value));
	ck_assert(span_equal(buf_span(&value), SPAN_LIT("b\0b")));
	OK(host_set_xattr(c->h, fd, "user.a", SPAN_LIT("second")));
	OK(host_get_xattr(c->h, fd, "user.a", &value)); /* appended */
	ck_assert(span_equal(buf_span(&value), SPAN_LIT("b\0bsecond")));
	FAILS(host_get_xattr(c->h, fd, "user.b", &(struct buf){.max = 2}),
	    ERR_LIMIT);
	buf_clear(&value);
	OK(host_get_xattr(c->h, fd, "user.c", &value));
	ck_assert_uint_eq(value.len, 0);
	OK(host_remove_xattr(c->h, fd, "user.b"));
	ck_assert(attrs_are(c, fd, "ac"));
	buf_release(&value);
}

static void
attributes_are_set_and_told(const struct host_conformance *c)
{
	int fd = opened(c, c->dir, "f", CREATE);
	int dir = dir_made(c, c->dir, "d");
	int rc = host_set_xattr(c->h, fd, "user.probe", SPAN_LIT(""));
	struct host_stat before, after;

	if (rc == 0) {
		OK(host_remove_xattr(c->h, fd, "user.probe"));
		before = at(c, "f");
		c->tick(c);
		check_attrs(c, fd);
		after = at(c, "f");
		ck_assert_int_gt(after.ctime_ns, before.ctime_ns);
		ck_assert_int_eq(after.mtime_ns, before.mtime_ns);
		check_attrs(c, dir);
	} else {
		ck_assert_int_eq(rc, -EOPNOTSUPP);
	}
	host_close(c->h, dir);
	host_close(c->h, fd);
}

static void
owners_have_names_and_names_numbers(const struct host_conformance *c)
{
	int fd = opened(c, c->dir, "f", CREATE);
	struct host_stat st = at(c, "f");
	struct buf name;
	uint32_t number = HOST_NOBODY;

	buf_init(&name, 255);
	/* Leaving both as they are anybody may. */
	OK(host_set_owner(c->h, fd, HOST_NOBODY, HOST_NOBODY));
	OK(host_set_owner(c->h, fd, st.user, HOST_NOBODY));
	if (host_who_name(c->h, HOST_USER, st.user, &name) == 0) {
		ck_assert_uint_gt(name.len, 0);
		OK(host_who_number(c->h, HOST_USER, buf_span(&name), &number));
		ck_assert_uint_eq(number, st.user);
	}
	buf_clear(&name);
	if (host_who_name(c->h, HOST_GROUP, st.group, &name) == 0) {
		OK(host_who_number(c->h, HOST_GROUP, buf_span(&name), &number));
		ck_assert_uint_eq(number, st.group);
	}
	buf_clear(&name);
	FAILS(host_who_name(c->h, HOST_USER, 2147483001, &name), -ENOENT);
	FAILS(host_who_number(
		  c->h, HOST_USER, SPAN_LIT("no such name, ever"), &number),
	    -ENOENT);
	FAILS(
	    host_who_number(c->h, HOST_GROUP, SPAN_LIT(""), &number), -ENOENT);
	if (host_may_own(c->h)) {
		OK(host_set_owner(c->h, fd, 7, 8));
		ck_assert_uint_eq(at(c, "f").user, 7);
		ck_assert_uint_eq(at(c, "f").group, 8);
		OK(host_set_owner(c->h, fd, HOST_NOBODY, 9));
		ck_assert_uint_eq(at(c, "f").user, 7);
		ck_assert_uint_eq(at(c, "f").group, 9);
	}
	buf_release(&name);
	host_close(c->h, fd);
}

/* ---- times and inodes ---------------------------------------------------- */

static void
writing_changes_both_times(const struct host_conformance *c)
{
	struct host_stat before;
	struct host_stat after;
	int fd = opened(c, c->dir, "f", CREATE);

	OK(host_write_at(c->h, fd, "ab", 2, 0));
	before = at(c, "f");
	c->tick(c);
	OK(host_write_at(c->h, fd, "cd", 2, 0));
	after = at(c, "f");
	ck_assert_int_gt(after.mtime_ns, before.mtime_ns);
	ck_assert_int_gt(after.ctime_ns, before.ctime_ns);
	ck_assert_uint_eq(after.ino, before.ino);
	c->tick(c);
	OK(host_truncate(c->h, fd, 1));
	ck_assert_int_gt(at(c, "f").mtime_ns, after.mtime_ns);
	host_close(c->h, fd);
}

static void
ctime_tells_of_touches_that_mtime_hides(const struct host_conformance *c)
{
	struct host_stat st[4];
	int fd = opened(c, c->dir, "f", CREATE);

	OK(host_set_mtime(c->h, fd, 1000));
	st[0] = at(c, "f");
	c->tick(c);
	OK(host_write_at(c->h, fd, "x", 1, 0));
	OK(host_set_mtime(c->h, fd, 1000));
	st[1] = at(c, "f");
	c->tick(c);
	OK(host_set_bits(c->h, fd, 0640));
	st[2] = at(c, "f");
	c->tick(c);
	OK(move(c, "f", "g", HOST_REPLACE));
	st[3] = at(c, "g");
	for (int i = 0; i < 3; i++) {
		ck_assert_int_gt(st[i + 1].ctime_ns, st[i].ctime_ns);
		ck_assert_int_eq(st[i + 1].mtime_ns, 1000);
		ck_assert_uint_eq(st[i + 1].ino, st[i].ino);
	}
	host_close(c->h, fd);
}

static void
exchange_changes_ctimes_but_no_mtimes(const struct host_conformance *c)
{
	struct host_stat a;
	struct host_stat b;

	put(c, c->dir, "a", "A");
	put(c, c->dir, "b", "B");
	a = at(c, "a");
	b = at(c, "b");
	c->tick(c);
	OK(move(c, "a", "b", HOST_EXCHANGE));
	ck_assert_int_gt(at(c, "b").ctime_ns, a.ctime_ns);
	ck_assert_int_gt(at(c, "a").ctime_ns, b.ctime_ns);
	ck_assert_int_eq(at(c, "b").mtime_ns, a.mtime_ns);
	ck_assert_int_eq(at(c, "a").mtime_ns, b.mtime_ns);
}

static void
names_change_their_directorys_mtime(const struct host_conformance *c)
{
	int d = dir_made(c, c->dir, "d");
	int64_t last = at(c, "d").mtime_ns;

#define MOVES_ON(call)                                                         \
	do {                                                                   \
		c->tick(c);                                                    \
		call;                                                          \
		ck_assert_int_gt(at(c, "d").mtime_ns, last);                   \
		last = at(c, "d").mtime_ns;                                    \
	} while (0)

	MOVES_ON(put(c, d, "f", "x"));
	MOVES_ON(OK(host_make_dir(c->h, d, "e", 0755)));
	MOVES_ON(OK(host_make_link(c->h, "t", d, "l")));
	MOVES_ON(OK(host_rename(c->h, d, "f", d, "g", HOST_NOREPLACE)));
	MOVES_ON(OK(host_rename(c->h, d, "l", d, "g", HOST_EXCHANGE)));
	MOVES_ON(OK(host_unlink(c->h, d, "g")));
	MOVES_ON(OK(host_remove_dir(c->h, d, "e")));
#undef MOVES_ON
	c->tick(c);
	put(c, d, "l", "content only");
	ck_assert_int_eq(at(c, "d").mtime_ns, last);
	host_close(c->h, d);
}

static void
links_are_counted(const struct host_conformance *c)
{
	struct host_stat st;

	put(c, c->dir, "f", "x");
	st = at(c, "f");
	ck_assert_uint_eq(st.links, 1);
	ck_assert_int_eq(st.kind, KIND_FILE);
	ck_assert_uint_eq(st.size, 1);
	put(c, c->dir, "g", "x");
	ck_assert_uint_ne(at(c, "g").ino, st.ino);
	ck_assert_uint_eq(at(c, "g").dev, st.dev);
}

/* ---- copying, locks, leases ---------------------------------------------- */

static void
copy_range_copies_what_is_there(const struct host_conformance *c)
{
	int from = opened(c, c->dir, "from", CREATE);
	int to = opened(c, c->dir, "to", CREATE);
	int64_t n;

	OK(host_write_at(c->h, from, "0123456789", 10, 0));
	n = host_copy_range(c->h, from, 4, to, 0, 100);
	if (n != -EOPNOTSUPP) {
		ck_assert_int_eq(n, 6);
		fd_holds(c, to, "456789");
		n = host_copy_range(c->h, from, 10, to, 6, 100);
		ck_assert_int_eq(n, 0);
	}
	host_close(c->h, to);
	host_close(c->h, from);
}

static void
clone_shares_or_says_why_not(const struct host_conformance *c)
{
	int from = opened(c, c->dir, "from", CREATE);
	int to = opened(c, c->dir, "to", CREATE);
	int rc;

	OK(host_write_at(c->h, from, "0123456789", 10, 0));
	rc = host_clone(c->h, from, 0, to, 0, 0);
	ck_assert(rc == 0 || rc == -EOPNOTSUPP);
	if (rc == 0) {
		fd_holds(c, to, "0123456789");
		OK(host_write_at(c->h, from, "x", 1, 0));
		fd_holds(c, to, "0123456789");
	}
	host_close(c->h, to);
	host_close(c->h, from);
}

enum { BLOCK = 4096 };

/* Shares one block, among others that stay. */
static void
clone_of_a_block_leaves_the_rest(const struct host_conformance *c)
{
	int from = opened(c, c->dir, "from", CREATE);
	int to = opened(c, c->dir, "to", CREATE);
	char block[BLOCK], got[3 * BLOCK];
	int rc;

	for (int i = 0; i < 3; i++) {
		memset(block, 'a' + i, BLOCK);
		OK(host_write_at(c->h, from, block, BLOCK, i * BLOCK));
		memset(block, 'A' + i, BLOCK);
		OK(host_write_at(c->h, to, block, BLOCK, i * BLOCK));
	}
	rc = host_clone(c->h, from, 2 * BLOCK, to, BLOCK, BLOCK);
	if (rc != -EOPNOTSUPP) {
		OK(rc);
		ck_assert_int_eq(host_read_at(c->h, to, got, sizeof got, 0),
		    (int)sizeof got);
		ck_assert_int_eq(got[0], 'A');
		ck_assert_int_eq(got[BLOCK], 'c');
		ck_assert_int_eq(got[2 * BLOCK - 1], 'c');
		ck_assert_int_eq(got[2 * BLOCK], 'C');
		FAILS(host_clone(c->h, from, 1, to, BLOCK, BLOCK), -EINVAL);
	}
	host_close(c->h, to);
	host_close(c->h, from);
}

/* A hole is found where the file system has any, data in any case. */
static void
data_is_found_between_holes(const struct host_conformance *c)
{
	enum { DATA = 1 << 20, SIZE = 3 << 20 };
	int fd = opened(c, c->dir, "f", CREATE);
	uint64_t from, to;

	OK(host_data_at(c->h, fd, 0, &from, &to));
	ck_assert(from == 0 && to == 0);
	OK(host_write_at(c->h, fd, "x", 1, DATA));
	OK(host_truncate(c->h, fd, SIZE));
	OK(host_data_at(c->h, fd, 0, &from, &to));
	ck_assert_uint_le(from, DATA);
	ck_assert_uint_gt(to, DATA);
	if (from > 0) {
		ck_assert_uint_lt(to, SIZE);
		OK(host_data_at(c->h, fd, to, &from, &to));
		ck_assert(from == SIZE && to == SIZE);
	}
	OK(host_data_at(c->h, fd, DATA, &from, &to));
	ck_assert_uint_eq(from, DATA);
	OK(host_data_at(c->h, fd, SIZE + 5, &from, &to));
	ck_assert(from == SIZE && to == SIZE);
	host_close(c->h, fd);
}

static void
locks_keep_others_out_until_closed(const struct host_conformance *c)
{
	int one = opened(c, c->dir, "f", CREATE);
	int two = opened(c, c->dir, "f", CREATE);

	OK(host_lock(c->h, one));
	FAILS(host_lock(c->h, two), -EWOULDBLOCK);
	host_close(c->h, one);
	OK(host_lock(c->h, two));
	host_close(c->h, two);
}

static void
read_leases_break_when_somebody_writes(const struct host_conformance *c)
{
	bool held;
	int fd;
	int writer;

	if (!c->leases)
		return;
	put(c, c->dir, "f", "x");
	writer = opened(c, c->dir, "f", HOST_WRITE);
	fd = opened(c, c->dir, "f", HOST_READ);
	OK(host_lease_held(c->h, fd, &held));
	ck_assert(!held);
	FAILS(host_lease(c->h, fd, HOST_LEASE_READ), -EAGAIN);
	host_close(c->h, writer);
	OK(host_lease(c->h, fd, HOST_LEASE_READ));
	host_close(c->h, opened(c, c->dir, "f", HOST_READ));
	OK(host_lease_held(c->h, fd, &held));
	ck_assert_msg(held, "a reader does not break a read lease");
	FAILS(open_fails(c, c->dir, "f", HOST_WRITE), -EAGAIN);
	OK(host_lease_held(c->h, fd, &held));
	ck_assert(!held);
	OK(host_lease(c->h, fd, HOST_LEASE_NONE));
	OK(host_lease(c->h, fd, HOST_LEASE_NONE));
	host_close(c->h, opened(c, c->dir, "f", HOST_WRITE));
	host_close(c->h, fd);
}

static void
write_leases_break_when_somebody_reads(const struct host_conformance *c)
{
	bool held;
	int fd;
	int other;

	if (!c->leases)
		return;
	put(c, c->dir, "f", "x");
	other = opened(c, c->dir, "f", HOST_READ);
	fd = opened(c, c->dir, "f", HOST_READ | HOST_WRITE);
	FAILS(host_lease(c->h, fd, HOST_LEASE_WRITE), -EAGAIN);
	host_close(c->h, other);
	OK(host_lease(c->h, fd, HOST_LEASE_WRITE));
	OK(host_lease_held(c->h, fd, &held));
	ck_assert(held);
	FAILS(open_fails(c, c->dir, "f", HOST_READ), -EAGAIN);
	OK(host_lease_held(c->h, fd, &held));
	ck_assert(!held);
	host_close(c->h, fd);
	host_close(c->h, opened(c, c->dir, "f", HOST_READ));
}

static void
small_files_are_written_whole(const struct host_conformance *c)
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

#define CHECK_OF(f)                                                            \
	{                                                                      \
#f, f                                                          \
	}

/* clang-format off */
const struct host_conformance_check host_conformance_checks[] = {
	CHECK_OF(open_makes_or_refuses),
	CHECK_OF(open_follows_no_link),
	CHECK_OF(open_reads_directories_only),
	CHECK_OF(names_are_one_component),
	CHECK_OF(names_hold_255_bytes_of_any_kind),
	CHECK_OF(below_goes_through_directories_only),
	CHECK_OF(reads_end_where_the_file_ends),
	CHECK_OF(descriptors_do_what_they_were_opened_for),
	CHECK_OF(holes_read_as_zeros),
	CHECK_OF(truncate_cuts_and_extends),
	CHECK_OF(rename_replaces),
	CHECK_OF(rename_noreplace_refuses_what_is_there),
	CHECK_OF(rename_exchange_swaps_anything),
	CHECK_OF(rename_keeps_kinds_apart),
	CHECK_OF(rename_moves_between_directories),
	CHECK_OF(unlinked_files_live_while_open),
	CHECK_OF(removing_minds_the_kind),
	CHECK_OF(directories_are_made_with_exact_bits),
	CHECK_OF(list_tells_each_name_once),
	CHECK_OF(links_keep_their_text),
	CHECK_OF(mtimes_are_kept_to_the_nanosecond),
	CHECK_OF(bits_are_set_on_what_is_open),
	CHECK_OF(attributes_are_set_and_told),
	CHECK_OF(owners_have_names_and_names_numbers),
	CHECK_OF(writing_changes_both_times),
	CHECK_OF(ctime_tells_of_touches_that_mtime_hides),
	CHECK_OF(exchange_changes_ctimes_but_no_mtimes),
	CHECK_OF(names_change_their_directorys_mtime),
	CHECK_OF(links_are_counted),
	CHECK_OF(copy_range_copies_what_is_there),
	CHECK_OF(clone_shares_or_says_why_not),
	CHECK_OF(clone_of_a_block_leaves_the_rest),
	CHECK_OF(data_is_found_between_holes),
	CHECK_OF(locks_keep_others_out_until_closed),
	CHECK_OF(read_leases_break_when_somebody_writes),
	CHECK_OF(write_leases_break_when_somebody_reads),
	CHECK_OF(small_files_are_written_whole),
};
/* clang-format on */
const size_t n_host_conformance_checks =
    sizeof host_conformance_checks / sizeof *host_conformance_checks;
