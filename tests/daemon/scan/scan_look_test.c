/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/daemon/scan/scan_test_internal.h"

static void
begin(void)
{
	bench_begin();
	bench_file("f", "text");
	OK(chmod(bench_at("f"), 0640));
}

static int
look(const char *name, const struct observation *known, struct scan_result *out)
{
	int rc;

	memset(out, 0xa5, sizeof *out);
	rc = scan_look(&b.job, b.root, name, known, out);
	chunks_release(&out->chunks);
	return rc;
}

START_TEST(file_is_told_in_full)
{
	struct name_file file;
	struct name expected, chunk;
	struct scan_result r;
	struct stat st;

	begin();
	OK(look("f", NULL, &r));
	OK(stat(bench_at("f"), &st));
	name_chunk(SPAN_LIT("text"), &chunk);
	name_file_init(&file, 4);
	name_file_add(&file, &chunk);
	name_file_end(&file, &expected);
	OK(r.rc);
	ck_assert_int_eq(r.now.kind, KIND_FILE);
	ck_assert_int_eq(r.now.bits, 0640);
	ck_assert_uint_eq(r.now.size, 4);
	ck_assert_uint_eq(r.now.ino, st.st_ino);
	ck_assert_int_eq(r.now.mtime_ns,
	    st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec);
	ck_assert(!r.now.racy);
	ck_assert(name_equal(&r.now.content, &expected));
}
END_TEST

START_TEST(unmoved_file_is_not_read)
{
	struct scan_result r, again;

	begin();
	OK(look("f", NULL, &r));
	b.reads = b.opens = 0;
	OK(look("f", &r.now, &again));
	ck_assert_uint_eq(b.opens, 0);
	ck_assert(name_equal(&again.now.content, &r.now.content));
	bench_file("f", "TEXT");
	OK(look("f", &r.now, &again));
	ck_assert_uint_gt(b.reads, 0);
	ck_assert(!name_equal(&again.now.content, &r.now.content));
}
END_TEST

START_TEST(times_near_to_the_look_are_not_trusted)
{
	struct observation now;
	struct host_stat st = {
	    .kind = KIND_FILE, .mtime_ns = 0, .ctime_ns = INT64_C(1000000000)};
	int64_t ctime = st.ctime_ns;

	scan_observe(&st, ctime + SCAN_RACY_NS, &now);
	ck_assert(!now.racy);
	scan_observe(&st, ctime + SCAN_RACY_NS - 1, &now);
	ck_assert(now.racy);
	scan_observe(&st, ctime - SCAN_RACY_NS + 1, &now);
	ck_assert(now.racy);
	scan_observe(&st, ctime - SCAN_RACY_NS, &now);
	ck_assert(!now.racy);
	st.mtime_ns = ctime * 5;
	scan_observe(&st, ctime * 5, &now);
	ck_assert(now.racy);
	st.kind = KIND_DIR;
	scan_observe(&st, ctime, &now);
	ck_assert(!now.racy);
	ck_assert_int_eq(now.ctime_ns, 0);
}
END_TEST

START_TEST(racy_file_is_read_again)
{
	struct scan_result r, again;

	b.faults.clock_ns = 0;
	begin();
	OK(look("f", NULL, &r));
	if (!r.now.racy)
		return; /* a slow machine: nothing to be seen */
	b.faults.clock_ns = INT64_C(3600000000000);
	b.reads = 0;
	OK(look("f", &r.now, &again));
	ck_assert_uint_gt(b.reads, 0);
	ck_assert(!again.now.racy);
}
END_TEST

/* LESSONS 43: a time far in the future does not mean hashing for ever. */
START_TEST(mtime_of_another_century_is_trusted)
{
	static const int64_t times[] = {
	    -1, 0, INT64_C(4291747200000000000), INT64_C(-1000000000000000001)};
	struct scan_result r, again;

	begin();
	OK(host_set_mtime_at(&b.host, b.root, "f", times[_i]));
	OK(look("f", NULL, &r));
	ck_assert_int_eq(r.now.mtime_ns, times[_i]);
	ck_assert(!r.now.racy);
	b.reads = 0;
	OK(look("f", &r.now, &again));
	ck_assert_uint_eq(b.reads, 0);
}
END_TEST

/* Writes other bytes with the old mtime, until the ctime tells. */
static void
overwrite(void *arg)
{
	struct host_stat before, st;

	(void)arg;
	OK(host_stat_at(&b.host, b.root, "f", &before));
	do {
		bench_file("f", "TEXT");
		OK(host_set_mtime_at(&b.host, b.root, "f", before.mtime_ns));
		OK(host_stat_at(&b.host, b.root, "f", &st));
	} while (st.ctime_ns == before.ctime_ns);
}

START_TEST(L43_same_size_and_mtime_put_back_is_seen_by_ctime)
{
	struct scan_result r, again;
	int64_t mtime;

	begin();
	OK(look("f", NULL, &r));
	mtime = r.now.mtime_ns;
	overwrite(NULL);
	OK(look("f", &r.now, &again));
	ck_assert_int_eq(again.now.mtime_ns, mtime);
	ck_assert(!name_equal(&again.now.content, &r.now.content));
}
END_TEST

START_TEST(setuid_is_not_carried)
{
	struct scan_result r;

	begin();
	OK(chmod(bench_at("f"), 06755));
	OK(look("f", NULL, &r));
	ck_assert_int_eq(r.now.bits, 0755);
}
END_TEST

START_TEST(absence_is_told)
{
	struct scan_result r;

	begin();
	OK(look("g", NULL, &r));
	OK(r.rc);
	ck_assert_int_eq(r.now.kind, KIND_NONE);
}
END_TEST

START_TEST(L47_link_is_text_and_never_followed)
{
	static const char *const targets[] = {
	    "f", "nowhere/at all", "/etc/passwd", "l", "."};
	const char *target = targets[_i];
	struct scan_result r, again;
	struct name expected;

	begin();
	OK(symlink(target, bench_at("l")));
	OK(look("l", NULL, &r));
	name_symlink(span_str(target), &expected);
	OK(r.rc);
	ck_assert_int_eq(r.now.kind, KIND_SYMLINK);
	ck_assert(name_equal(&r.now.content, &expected));
	ck_assert(span_equal(buf_span(&r.target), span_str(target)));
	OK(look("l", &r.now, &again));
	ck_assert(name_equal(&again.now.content, &expected));
	buf_release(&r.target);
	buf_release(&again.target);
}
END_TEST

START_TEST(directory_is_what_its_bits_are)
{
	struct scan_result r, again;
	struct name expected;

	begin();
	bench_dir("d");
	OK(look("d", NULL, &r));
	name_dir(&expected);
	ck_assert_int_eq(r.now.kind, KIND_DIR);
	ck_assert_int_eq(r.now.bits, 0755);
	ck_assert(name_equal(&r.now.content, &expected));
	bench_file("d/new", "");
	OK(look("d", &r.now, &again));
	OK(memcmp(&r.now.content, &again.now.content, NAME_BYTES));
	ck_assert_int_eq(again.now.mtime_ns, 0);
}
END_TEST

START_TEST(special_files_are_opaque)
{
	struct scan_result r;

	begin();
	OK(mkfifo(bench_at("p"), 0600));
	OK(look("p", NULL, &r));
	OK(r.rc);
	ck_assert_int_eq(r.now.kind, KIND_OPAQUE);
	ck_assert_uint_eq(b.opens, 0);
}
END_TEST

START_TEST(unreadable_file_is_opaque)
{
	struct scan_result r;

	begin();
	b.faults.name = "f";
	b.faults.open_rc = _i == 0 ? -EACCES : -EPERM;
	OK(look("f", NULL, &r));
	OK(r.rc);
	ck_assert_int_eq(r.now.kind, KIND_OPAQUE);
}
END_TEST

START_TEST(other_errors_conclude_nothing)
{
	static const int errors[][2] = {{-EIO, -EIO}, {-ESTALE, -ESTALE},
	    {-EMFILE, -EMFILE}, {-ELOOP, ERR_BUSY}, {-EAGAIN, ERR_BUSY}};
	struct scan_result r;

	begin();
	b.faults.name = "f";
	b.faults.open_rc = errors[_i][0];
	OK(look("f", NULL, &r));
	ck_assert_int_eq(r.rc, errors[_i][1]);
	ck_assert_int_eq(r.now.kind, KIND_NONE);
}
END_TEST

START_TEST(L18_file_open_for_writing_is_busy)
{
	struct scan_result r;
	int fd;

	begin();
	fd = open(bench_at("f"), O_WRONLY);
	ck_assert_int_ge(fd, 0);
	OK(look("f", NULL, &r));
	ck_assert_int_eq(r.rc, ERR_BUSY);
	close(fd);
	OK(look("f", NULL, &r));
	OK(r.rc);
}
END_TEST

/* Sets the file's mtime to so long ago. */
static void
age(int64_t ns)
{
	int64_t now = host_now_ns(&b.host);

	OK(host_set_mtime_at(&b.host, b.root, "f", now - ns));
}

START_TEST(file_system_without_leases_is_read_all_the_same)
{
	static const int errors[] = {-EACCES, -EINVAL, -EOPNOTSUPP};
	struct scan_result r;

	begin();
	age(SCAN_REST_NS);
	b.faults.lease_rc = errors[_i];
	OK(look("f", NULL, &r));
	OK(r.rc);
	ck_assert_int_eq(r.now.kind, KIND_FILE);
}
END_TEST

START_TEST(L18_without_leases_a_file_rests_before_it_is_told)
{
	struct scan_result r;

	begin();
	age(0);
	b.faults.lease_rc = -EINVAL;
	OK(look("f", NULL, &r));
	ck_assert_int_eq(r.rc, ERR_BUSY);
	age(SCAN_REST_NS / 2);
	OK(look("f", NULL, &r));
	ck_assert_int_eq(r.rc, ERR_BUSY);
	b.job.first = true;
	OK(look("f", NULL, &r));
	OK(r.rc);
	b.job.first = false;
	age(-2 * SCAN_REST_NS); /* by a clock that was wrong */
	OK(look("f", NULL, &r));
	OK(r.rc);
	age(SCAN_REST_NS);
	OK(look("f", NULL, &r));
	OK(r.rc);
}
END_TEST

/* Whoever writes now waits for a small file's hash only. */
static int open_rc, writer = -1;

static void
open_to_write(void *arg)
{
	(void)arg;
	writer = open(bench_at("f"), O_WRONLY | O_NONBLOCK);
	open_rc = writer < 0 ? -errno : 0;
}

START_TEST(lease_is_kept_over_a_short_hash_only)
{
	static char large[LIMIT_SMALL_FILE_BYTES + 1];
	struct scan_result r;

	begin();
	b.faults.at_read = open_to_write;
	OK(look("f", NULL, &r));
	ck_assert_int_eq(open_rc, -EWOULDBLOCK);
	OK(r.rc);
	bench_bytes("f", large, sizeof large);
	b.faults.at_read = open_to_write;
	OK(look("f", NULL, &r));
	OK(open_rc);
	OK(r.rc);
	close(writer);
	writer = open(bench_at("f"), O_WRONLY | O_NONBLOCK);
	ck_assert_int_ge(writer, 0); /* none is left behind */
	close(writer);
}
END_TEST

static void
append(void *arg)
{
	int fd = open(bench_at("f"), O_WRONLY | O_APPEND);

	(void)arg;
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "x", 1), 1);
	close(fd);
}

START_TEST(L18_file_that_changes_while_it_is_hashed_is_busy)
{
	static char large[LIMIT_SMALL_FILE_BYTES + 1];
	struct scan_result r;

	begin();
	b.faults.lease_rc = -EINVAL; /* nothing holds the writer back */
	if (_i == 1)
		bench_bytes("f", large, sizeof large);
	age(SCAN_REST_NS);
	b.faults.at_read = append;
	OK(look("f", NULL, &r));
	ck_assert_int_eq(r.rc, ERR_BUSY);
	ck_assert_int_eq(r.now.kind, KIND_NONE);
}
END_TEST

START_TEST(change_of_equal_size_while_it_is_hashed_is_busy)
{
	struct scan_result r;

	begin();
	age(SCAN_REST_NS);
	b.faults.lease_rc = -EINVAL;
	b.faults.at_read = overwrite;
	OK(look("f", NULL, &r));
	ck_assert_int_eq(r.rc, ERR_BUSY);
}
END_TEST

TCase *
scan_look_tcase(void)
{
	TCase *tcase = bench_tcase("scan_look");

	tcase_add_test(tcase, file_is_told_in_full);
	tcase_add_test(tcase, unmoved_file_is_not_read);
	tcase_add_test(tcase, times_near_to_the_look_are_not_trusted);
	tcase_add_test(tcase, racy_file_is_read_again);
	tcase_add_loop_test(tcase, mtime_of_another_century_is_trusted, 0, 4);
	tcase_add_test(
	    tcase, L43_same_size_and_mtime_put_back_is_seen_by_ctime);
	tcase_add_test(tcase, setuid_is_not_carried);
	tcase_add_test(tcase, absence_is_told);
	tcase_add_loop_test(tcase, L47_link_is_text_and_never_followed, 0, 5);
	tcase_add_test(tcase, directory_is_what_its_bits_are);
	tcase_add_test(tcase, special_files_are_opaque);
	tcase_add_loop_test(tcase, unreadable_file_is_opaque, 0, 2);
	tcase_add_loop_test(tcase, other_errors_conclude_nothing, 0, 5);
	tcase_add_test(tcase, L18_file_open_for_writing_is_busy);
	tcase_add_loop_test(
	    tcase, file_system_without_leases_is_read_all_the_same, 0, 3);
	tcase_add_test(
	    tcase, L18_without_leases_a_file_rests_before_it_is_told);
	tcase_add_test(tcase, lease_is_kept_over_a_short_hash_only);
	tcase_add_loop_test(
	    tcase, L18_file_that_changes_while_it_is_hashed_is_busy, 0, 2);
	tcase_add_test(tcase, change_of_equal_size_while_it_is_hashed_is_busy);
	return tcase;
}
