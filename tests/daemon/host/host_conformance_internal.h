/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_conformance_internal - what the files of the checks share: their list,
 * and short words for what they all do in the one directory that they have.
 */
#ifndef TESTS_DAEMON_HOST_HOST_CONFORMANCE_INTERNAL_H
#define TESTS_DAEMON_HOST_HOST_CONFORMANCE_INTERNAL_H

#include <check.h>
#include <errno.h>
#include <string.h>

#include "tests/daemon/host/host_conformance.h"

/* Every check, in the order in which they run. */
/* clang-format off */
#define HOST_CONFORMANCE_CHECKS(X) \
	X(open_makes_or_refuses) \
	X(open_follows_no_link) \
	X(open_reads_directories_only) \
	X(names_are_one_component) \
	X(names_hold_255_bytes_of_any_kind) \
	X(below_goes_through_directories_only) \
	X(reads_end_where_the_file_ends) \
	X(descriptors_do_what_they_were_opened_for) \
	X(holes_read_as_zeros) \
	X(truncate_cuts_and_extends) \
	X(rename_replaces) \
	X(rename_noreplace_refuses_what_is_there) \
	X(rename_exchange_swaps_anything) \
	X(rename_keeps_kinds_apart) \
	X(rename_moves_between_directories) \
	X(unlinked_files_live_while_open) \
	X(removing_minds_the_kind) \
	X(directories_are_made_with_exact_bits) \
	X(list_tells_each_name_once) \
	X(links_keep_their_text) \
	X(mtimes_are_kept_to_the_nanosecond) \
	X(bits_are_set_on_what_is_open) \
	X(attributes_are_set_and_told) \
	X(owners_have_names_and_names_numbers) \
	X(writing_changes_both_times) \
	X(ctime_tells_of_touches_that_mtime_hides) \
	X(exchange_changes_ctimes_but_no_mtimes) \
	X(names_change_their_directorys_mtime) \
	X(links_are_counted) \
	X(copy_range_copies_what_is_there) \
	X(clone_shares_or_says_why_not) \
	X(clone_of_a_block_leaves_the_rest) \
	X(data_is_found_between_holes) \
	X(locks_keep_others_out_until_closed) \
	X(read_leases_break_when_somebody_writes) \
	X(write_leases_break_when_somebody_reads) \
	X(small_files_are_written_whole)
/* clang-format on */

/* Begins a check: CHECK(what_holds) { ... }, which is given c. */
#define CHECK(name) void host_conforms_##name(const struct host_conformance *c)

#define CHECK_DECLARE(name) CHECK(name);
HOST_CONFORMANCE_CHECKS(CHECK_DECLARE)

#define OK(call) ck_assert_int_eq((call), 0)
#define FAILS(call, err) ck_assert_int_eq((call), (err))

enum { CREATE = HOST_READ | HOST_WRITE | HOST_CREATE };

static inline int
opened(const struct host_conformance *c, int dir, const char *name, int flags)
{
	int fd = -1;

	OK(host_open(c->h, dir, name, flags, &fd));
	return fd;
}

static inline int
open_fails(
    const struct host_conformance *c, int dir, const char *name, int flags)
{
	int fd = -1;
	int rc = host_open(c->h, dir, name, flags, &fd);

	if (rc == 0)
		host_close(c->h, fd);
	return rc;
}

static inline int
below_fails(const struct host_conformance *c, const char *path)
{
	int fd = -1;
	int rc = host_open_below(c->h, c->dir, span_str(path), &fd);

	if (rc == 0)
		host_close(c->h, fd);
	return rc;
}

static inline void
put(const struct host_conformance *c, int dir, const char *name,
    const char *content)
{
	int fd = opened(c, dir, name, CREATE | HOST_TRUNCATE);

	OK(host_write_at(c->h, fd, content, strlen(content), 0));
	host_close(c->h, fd);
}

static inline void
fd_holds(const struct host_conformance *c, int fd, const char *content)
{
	char got[64];
	int64_t n = host_read_at(c->h, fd, got, sizeof got, 0);

	ck_assert_int_eq(n, (int64_t)strlen(content));
	ck_assert_mem_eq(got, content, (size_t)n);
}

static inline void
holds(const struct host_conformance *c, int dir, const char *name,
    const char *content)
{
	int fd = opened(c, dir, name, HOST_READ);

	fd_holds(c, fd, content);
	host_close(c->h, fd);
}

static inline struct host_stat
at(const struct host_conformance *c, const char *name)
{
	struct host_stat st;

	OK(host_stat_at(c->h, c->dir, name, &st));
	return st;
}

static inline bool
absent(const struct host_conformance *c, const char *name)
{
	struct host_stat st;

	return host_stat_at(c->h, c->dir, name, &st) == -ENOENT;
}

static inline int
move(const struct host_conformance *c, const char *from, const char *to,
    enum host_rename_how how)
{
	return host_rename(c->h, c->dir, from, c->dir, to, how);
}

/* Makes a directory and opens it. */
static inline int
dir_made(const struct host_conformance *c, int dir, const char *name)
{
	OK(host_make_dir(c->h, dir, name, 0755));
	return opened(c, dir, name, HOST_READ);
}

#endif
