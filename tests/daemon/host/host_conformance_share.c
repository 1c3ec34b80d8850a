/* SPDX-License-Identifier: Apache-2.0 */
/* What files share and who else has them open. */
#include "tests/daemon/host/host_conformance_internal.h"

#include <errno.h>
#include <string.h>

/* ---- blocks -------------------------------------------------------------- */

CHECK(copy_range_copies_what_is_there)
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

CHECK(clone_shares_or_says_why_not)
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
CHECK(clone_of_a_block_leaves_the_rest)
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
CHECK(data_is_found_between_holes)
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

/* ---- locks and leases ---------------------------------------------------- */

CHECK(locks_keep_others_out_until_closed)
{
	int one = opened(c, c->dir, "f", CREATE);
	int two = opened(c, c->dir, "f", CREATE);

	OK(host_lock(c->h, one));
	FAILS(host_lock(c->h, two), -EWOULDBLOCK);
	host_close(c->h, one);
	OK(host_lock(c->h, two));
	host_close(c->h, two);
}

CHECK(read_leases_break_when_somebody_writes)
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

CHECK(write_leases_break_when_somebody_reads)
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
