/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/daemon/scan/scan_test_internal.h"

static struct scan_again item;

/* The file f, of 100,000 bytes, and what a look saw of it. */
static void
begin(void)
{
	static char bytes[100000];
	struct scan_result r;

	memset(bytes, 'x', sizeof bytes);
	bench_begin();
	bench_bytes("f", bytes, sizeof bytes);
	OK(scan_look(&b.job, b.root, "f", NULL, &r));
	OK(r.rc);
	chunks_release(&r.chunks);
	memset(&item, 0, sizeof item);
	buf_init(&item.path, LIMIT_PATH_BYTES);
	OK(buf_add(&item.path, SPAN_LIT("f")));
	item.known = r.now;
	ck_assert(!item.known.racy);
}

static void
change_byte(void *arg)
{
	int fd = open(bench_at("f"), O_WRONLY);

	(void)arg;
	ck_assert_int_eq(pwrite(fd, "y", 1, 50000), 1);
	close(fd);
}

/* As a disk does: a byte, and no time. */
static void
let_rot(void)
{
	struct timespec times[2] = {
	    {.tv_nsec = UTIME_OMIT}, {item.known.mtime_ns / 1000000000,
					 item.known.mtime_ns % 1000000000}};
	struct stat st;

	change_byte(NULL);
	OK(utimensat(AT_FDCWD, bench_at("f"), times, 0));
	OK(stat(bench_at("f"), &st));
	item.known.ctime_ns =
	    st.st_ctim.tv_sec * INT64_C(1000000000) + st.st_ctim.tv_nsec;
}

static void
expect(enum scan_verdict verdict)
{
	OK(scan_verify(&b.host, b.root, &item));
	ck_assert_int_eq(item.verdict, verdict);
	chunks_release(&item.chunks);
	buf_release(&item.path);
}

START_TEST(what_is_as_it_was_is_sound)
{
	begin();
	expect(SCAN_SOUND);
	ck_assert_uint_eq(item.bytes, 100000);
}
END_TEST

START_TEST(other_bytes_without_other_times_are_rot_when_read_twice)
{
	begin();
	let_rot();
	b.opens = 0;
	expect(SCAN_ROTTEN);
	ck_assert_uint_eq(b.opens, 2);
	ck_assert(!name_equal(&item.content, &item.known.content));
}
END_TEST

START_TEST(L43_a_change_of_ctime_alone_is_no_rot)
{
	begin();
	let_rot();
	item.known.ctime_ns--;
	expect(SCAN_CHANGED);
}
END_TEST

START_TEST(other_times_sizes_and_inodes_are_changes)
{
	begin();
	bench_file("f", "short");
	expect(SCAN_CHANGED);
	begin();
	item.known.ino++;
	expect(SCAN_CHANGED);
	begin();
	OK(unlink(bench_at("f")));
	expect(SCAN_CHANGED);
	begin();
	OK(unlink(bench_at("f")));
	OK(symlink("g", bench_at("f")));
	expect(SCAN_CHANGED);
	/* Too near to the look to be trusted. */
	OK(unlink(bench_at("f")));
	begin();
	item.known.racy = true;
	expect(SCAN_CHANGED);
}
END_TEST

START_TEST(a_write_during_the_read_is_a_change)
{
	begin();
	let_rot();
	b.faults.at_read = change_byte;
	expect(SCAN_CHANGED);
}
END_TEST

START_TEST(what_somebody_writes_to_or_may_is_not_judged)
{
	begin();
	let_rot();
	b.faults.lease_rc = -EAGAIN;
	expect(SCAN_UNSURE);
	b.faults.lease_rc = 0;
	begin();
	let_rot();
	b.faults.lease_rc = -EINVAL;
	expect(SCAN_UNSURE);
	/* But it is sound where that is so. */
	b.faults.lease_rc = 0;
	begin();
	b.faults.lease_rc = -EINVAL;
	expect(SCAN_SOUND);
}
END_TEST

START_TEST(what_cannot_be_read_is_not_judged)
{
	begin();
	b.faults.read_rc = -EIO;
	expect(SCAN_UNSURE);
	ck_assert_int_eq(item.rc, -EIO);
	b.faults.read_rc = 0;
	begin();
	b.faults.name = "f";
	b.faults.open_rc = -EACCES;
	expect(SCAN_UNSURE);
	ck_assert_int_eq(item.rc, -EACCES);
}
END_TEST

TCase *
scan_verify_tcase(void)
{
	TCase *t = bench_tcase("verify");

	tcase_add_test(t, what_is_as_it_was_is_sound);
	tcase_add_test(
	    t, other_bytes_without_other_times_are_rot_when_read_twice);
	tcase_add_test(t, L43_a_change_of_ctime_alone_is_no_rot);
	tcase_add_test(t, other_times_sizes_and_inodes_are_changes);
	tcase_add_test(t, a_write_during_the_read_is_a_change);
	tcase_add_test(t, what_somebody_writes_to_or_may_is_not_judged);
	tcase_add_test(t, what_cannot_be_read_is_not_judged);
	return t;
}
