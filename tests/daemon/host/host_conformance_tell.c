/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of files and directories, and when it changes. */
#include "tests/daemon/host/host_conformance_internal.h"

#include <errno.h>
#include <string.h>

/* ---- what is told -------------------------------------------------------- */

CHECK(directories_are_made_with_exact_bits)
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

CHECK(list_tells_each_name_once)
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

CHECK(links_keep_their_text)
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

CHECK(mtimes_are_kept_to_the_nanosecond)
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

CHECK(bits_are_set_on_what_is_open)
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

/* ---- times and inodes ---------------------------------------------------- */

CHECK(writing_changes_both_times)
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

CHECK(ctime_tells_of_touches_that_mtime_hides)
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

CHECK(exchange_changes_ctimes_but_no_mtimes)
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

CHECK(names_change_their_directorys_mtime)
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

CHECK(links_are_counted)
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
