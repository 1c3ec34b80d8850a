/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "daemon/chunk/chunk.h"
#include "tests/daemon/scan/scan_test_internal.h"

static uint8_t *
noise(size_t len)
{
	uint8_t *p = malloc(len + 1);
	uint32_t x = 1;

	ck_assert_ptr_nonnull(p);
	for (size_t i = 0; i < len; i++) {
		x = x * 1664525 + 1013904223;
		p[i] = (uint8_t)(x >> 24);
	}
	return p;
}

static int
hash_file(uint64_t size, struct chunk_list *list, struct name *name)
{
	int fd, rc;

	OK(host_open(&b.host, b.root, "f", HOST_READ, &fd));
	rc = scan_hash(&b.host, fd, size, list, name);
	host_close(&b.host, fd);
	return rc;
}

static const size_t sizes[] = {0, 1, 4096, LIMIT_SMALL_FILE_BYTES - 1,
    LIMIT_SMALL_FILE_BYTES, LIMIT_SMALL_FILE_BYTES + 1, 1 << 20, (1 << 20) + 1,
    (3 << 20) + 12345};

/* One name for one content, however it is read. */
START_TEST(name_is_that_of_the_content)
{
	size_t size = sizes[_i];
	struct chunk_list list, whole;
	struct name name, expected;
	uint8_t *bytes = noise(size);

	chunks_init(&whole);
	OK(chunk_all(span_of(bytes, size), &whole, &expected));
	bench_bytes("f", bytes, size);
	OK(hash_file(size, &list, &name));
	ck_assert(name_equal(&name, &expected));
	if (size <= LIMIT_SMALL_FILE_BYTES)
		ck_assert_uint_eq(list.v.n, 0);
	else
		ck_assert(chunks_equal(&list, &whole));
	chunks_release(&list);
	chunks_release(&whole);
	free(bytes);
}
END_TEST

/* Makes "f" of size bytes, a hole but for some noise in its middle. */
static int
sparse_file(uint64_t size, const uint8_t *bytes, size_t len)
{
	int fd, rc;

	OK(host_open(&b.host, b.root, "f", HOST_WRITE | HOST_CREATE, &fd));
	OK(host_write_at(&b.host, fd, bytes, len, size / 2));
	rc = host_truncate(&b.host, fd, size);
	host_close(&b.host, fd);
	return rc;
}

START_TEST(L45_a_hole_is_named_as_its_zeros)
{
	enum { SIZE = 10 << 20, LEN = 100001 };
	uint8_t *zeros = calloc(1, SIZE), *some = noise(LEN);
	struct chunk_list list, whole;
	struct name name, expected;

	ck_assert_ptr_nonnull(zeros);
	OK(sparse_file(SIZE, some, LEN));
	memcpy(zeros + SIZE / 2, some, LEN);
	chunks_init(&whole);
	OK(chunk_all(span_of(zeros, SIZE), &whole, &expected));
	OK(hash_file(SIZE, &list, &name));
	ck_assert(name_equal(&name, &expected));
	ck_assert(chunks_equal(&list, &whole));
	chunks_release(&list);
	ck_assert_int_eq(hash_file(SIZE + 1, &list, &name), ERR_CHANGED);
	chunks_release(&list);
	ck_assert_int_eq(hash_file(SIZE - 1, &list, &name), ERR_CHANGED);
	chunks_release(&list);
	chunks_release(&whole);
	free(zeros);
	free(some);
}
END_TEST

START_TEST(L45_a_tebibyte_of_holes_is_not_read)
{
	const uint64_t size = UINT64_C(1) << 40;
	uint8_t *some = noise(5);
	struct chunk_list list;
	struct name name;

	if (sparse_file(size, some, 5) == 0) {
		b.reads = 0;
		OK(hash_file(size, &list, &name));
		ck_assert_uint_eq(list.size, size);
		ck_assert_uint_le(b.reads, 8);
		chunks_release(&list);
	}
	free(some);
}
END_TEST

START_TEST(a_file_cut_as_another_has_all_its_bytes)
{
	static const uint64_t as[] = {100, 1 << 20, 20 << 20};
	size_t size = (1 << 20) + 1;
	struct chunk_list list, whole;
	struct name name;
	uint8_t *bytes = noise(size);
	int fd;

	chunks_init(&whole);
	OK(chunk_all(span_of(bytes, size), &whole, &name));
	bench_bytes("f", bytes, size);
	OK(host_open(&b.host, b.root, "f", HOST_READ, &fd));
	for (size_t i = 0; i < 3; i++) {
		OK(scan_cut(&b.host, fd, size, as[i], &list));
		ck_assert_uint_eq(list.size, size);
		ck_assert_int_eq(
		    chunks_equal(&list, &whole), chunk_same_band(size, as[i]));
		chunks_release(&list);
		ck_assert_int_eq(
		    scan_cut(&b.host, fd, size + 1, as[i], &list), ERR_CHANGED);
	}
	host_close(&b.host, fd);
	chunks_release(&whole);
	free(bytes);
}
END_TEST

START_TEST(size_that_is_not_as_said_is_a_change)
{
	static const size_t off[] = {(size_t)-1, 1, 100000};
	size_t size = sizes[_i];
	struct chunk_list list;
	struct name name;
	uint8_t *bytes = noise(size);

	bench_bytes("f", bytes, size);
	for (size_t i = 0; i < 3; i++) {
		if (size + off[i] > size * 2 + 100000)
			continue; /* below 0 */
		ck_assert_int_eq(
		    hash_file(size + off[i], &list, &name), ERR_CHANGED);
		ck_assert_uint_eq(list.v.n, 0);
	}
	free(bytes);
}
END_TEST

START_TEST(errors_and_limits_are_told)
{
	struct chunk_list list;
	struct name name;

	bench_file("f", "text");
	ck_assert_int_eq(
	    hash_file((uint64_t)LIMIT_FILE_BYTES + 1, &list, &name), ERR_LIMIT);
	b.faults.read_rc = -EIO;
	ck_assert_int_eq(hash_file(4, &list, &name), -EIO);
	ck_assert_int_eq(hash_file(1 << 20, &list, &name), -EIO);
}
END_TEST

/* Does a look say that the file, whose bytes from a place on are zeros, ends
 * in zeros? */
static bool
zeros_from(size_t size, size_t from)
{
	uint8_t *bytes = noise(size);
	struct scan_result r;

	memset(bytes, 0x5a, size);
	memset(bytes + from, 0, size - from);
	bench_bytes("f", bytes, size);
	OK(scan_look(&b.job, b.root, "f", NULL, &r));
	OK(r.rc);
	chunks_release(&r.chunks);
	free(bytes);
	return r.now.zeros;
}

START_TEST(a_file_ends_in_zeros_when_its_last_page_does)
{
	static const size_t some[] = {100, 4096, 5000, 100000, 1 << 20};

	bench_begin();
	for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
		size_t size = some[i], page = (size - 1) / 4096 * 4096;

		ck_assert(zeros_from(size, page));
		ck_assert(zeros_from(size, 0));
		ck_assert(!zeros_from(size, page + 1));
		ck_assert(!zeros_from(size, size));
	}
	ck_assert(!zeros_from(0, 0));
}
END_TEST

TCase *
scan_hash_tcase(void)
{
	TCase *tcase = bench_tcase("scan_hash");
	int n = sizeof sizes / sizeof *sizes;

	tcase_add_loop_test(tcase, name_is_that_of_the_content, 0, n);
	tcase_add_test(tcase, L45_a_hole_is_named_as_its_zeros);
	tcase_add_test(tcase, L45_a_tebibyte_of_holes_is_not_read);
	tcase_add_loop_test(tcase, size_that_is_not_as_said_is_a_change, 0, n);
	tcase_add_test(tcase, a_file_cut_as_another_has_all_its_bytes);
	tcase_add_test(tcase, errors_and_limits_are_told);
	tcase_add_test(tcase, a_file_ends_in_zeros_when_its_last_page_does);
	return tcase;
}
