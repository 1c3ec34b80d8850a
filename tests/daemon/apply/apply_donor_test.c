/* SPDX-License-Identifier: Apache-2.0 */
/* Donors that are not what they were, and pieces that lie awkwardly. */
#include "tests/daemon/apply/apply_world.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* ---- whole copies --------------------------------------------------------- */

/* A copy of the file g, or of quarantine's number 5. */
static struct stage_item
copy_of(bool kept)
{
	struct stage_item it = {.what = STAGE_COPY,
	    .id = 1,
	    .size = strlen(NEW),
	    .bits = NEW_BITS,
	    .mtime_ns = NEW_NS};

	world_name(NEW, &it.content);
	buf_init(&it.bytes, 1 << 20);
	buf_init(&it.from, LIMIT_PATH_BYTES);
	if (kept) {
		it.from_kept = 5;
		return it;
	}
	it.expect = world_look("root/g");
	ck_assert_int_eq(buf_add(&it.from, SPAN_LIT("g")), 0);
	return it;
}

START_TEST(a_longer_donor_gives_its_beginning)
{
	struct stage_item it = copy_of(true);

	user_file("root/.tutti/quarantine/5", NEW " and more");
	ck_assert_int_eq(world_stage(&it), 0);
	ck_assert(user_reads("root/.tutti/stage/1", NEW));
}
END_TEST

START_TEST(a_donor_that_is_no_file_is_none)
{
	struct stage_item it = copy_of(true);

	user_dir("root/.tutti/quarantine/5");
	ck_assert_int_eq(world_stage(&it), ERR_NOTFOUND);
	ck_assert_uint_eq(user_count("root/.tutti/stage"), 0);
}
END_TEST

START_TEST(a_donors_name_that_is_too_long_is_refused)
{
	char name[LIMIT_NAME_BYTES + 2];
	struct stage_item it;

	memset(name, 'n', sizeof name);
	user_file("root/g", NEW);
	it = copy_of(false);
	buf_clear(&it.from);
	ck_assert_int_eq(buf_add(&it.from, span_of(name, sizeof name)), 0);
	ck_assert_int_eq(world_stage(&it), -ENAMETOOLONG);
	ck_assert_uint_eq(user_count("root/.tutti/stage"), 0);
}
END_TEST

static int
clone_nothing(void *self, int from, uint64_t from_at, int to, uint64_t to_at,
    uint64_t len)
{
	(void)self, (void)from, (void)from_at;
	(void)to, (void)to_at, (void)len;
	return 0;
}

/* The donor became another between the look at it and the sharing. */
START_TEST(a_clone_of_another_size_is_refused)
{
	struct stage_item it;

	user_file("root/g", NEW);
	user_file("root/.tutti/quarantine/5", NEW);
	w.hook.ops.clone = clone_nothing;
	it = copy_of(false);
	ck_assert_int_eq(world_stage(&it), ERR_CHANGED);
	it = copy_of(true);
	ck_assert_int_eq(world_stage(&it), ERR_MISMATCH);
	ck_assert_uint_eq(user_count("root/.tutti/stage"), 0);
}
END_TEST

static int64_t
no_range(void *self, int from, uint64_t from_at, int to, uint64_t to_at,
    uint64_t len)
{
	(void)self, (void)from, (void)from_at;
	(void)to, (void)to_at, (void)len;
	return -EOPNOTSUPP;
}

static void
cut(void *arg)
{
	ck_assert_int_eq(truncate(user_path(arg), 3), 0);
}

/* A user cuts the donor before any call: never is less than all staged. */
START_TEST(a_donor_that_becomes_shorter_is_told)
{
	static char paths[2][32] = {"root/g", "root/.tutti/quarantine/5"};
	int told = _i / 2 == 0 ? ERR_CHANGED : ERR_MISMATCH;
	struct stage_item it;
	unsigned n = 0, cuts = 0;
	int rc;

	do {
		world_reset();
		user_file(paths[_i / 2], NEW);
		it = copy_of(_i / 2 == 1);
		if (_i % 2 == 1)
			w.hook.ops.copy_range = no_range;
		w.hook.acts[0].before = ++n;
		w.hook.acts[0].cb = cut;
		w.hook.acts[0].arg = paths[_i / 2];
		rc = world_stage(&it);
		ck_assert(rc == 0 || rc == told);
		ck_assert_int_eq(
		    rc == 0, user_reads("root/.tutti/stage/1", NEW));
		cuts += rc < 0;
	} while (w.hook.calls >= n);
	ck_assert_uint_gt(cuts, 3);
}
END_TEST

/* ---- pieces --------------------------------------------------------------- */

static struct chunk_list list;
static uint8_t bytes[1 << 20];

/* A file of chunks of these lengths, up to a 0, with its bytes. */
static struct stage_item
pieces_of(const uint32_t *lens, bool from)
{
	struct stage_item it = {.what = STAGE_PIECES, .id = 1, .list = &list};
	struct chunk c;

	chunks_release(&list);
	for (; *lens != 0; lens++) {
		c.len = *lens;
		memset(bytes + list.size, 'a' + (int)list.v.n, c.len);
		name_chunk(span_of(bytes + list.size, c.len), &c.name);
		ck_assert_int_eq(chunks_add(&list, &c), 0);
	}
	it.size = list.size;
	buf_init(&it.bytes, 1 << 20);
	buf_init(&it.from, LIMIT_PATH_BYTES);
	if (from)
		ck_assert_int_eq(buf_add(&it.from, SPAN_LIT("g")), 0);
	return it;
}

static void
write_all(const char *path)
{
	int fd = open(user_path(path), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, list.size), (ssize_t)list.size);
	close(fd);
}

/* Chunks from the donor's same place on. */
static void
add(struct stage_item *it, uint32_t first, uint32_t n, bool hole)
{
	struct stage_piece piece = {.first = first, .n = n, .hole = hole};

	for (uint32_t i = 0; i < first; i++)
		piece.at += list.v.items[i].len;
	piece.from_at = piece.at;
	ck_assert_int_eq(VEC_PUSH(&it->pieces, piece), 0);
}

/* From a place of the staged file on are these bytes of it. */
static bool
staged(uint64_t at, size_t len)
{
	static uint8_t got[sizeof bytes];
	int fd = open(user_path("root/.tutti/stage/1"), O_RDONLY);
	ssize_t n = pread(fd, got, len, (off_t)at);

	close(fd);
	return n == (ssize_t)len && memcmp(got, bytes + at, len) == 0;
}

static size_t
run(struct stage_item *it)
{
	struct stage_job job = {.place = w.place};
	size_t n;

	ck_assert_int_eq(VEC_PUSH(&job.items, *it), 0);
	stage_run(&job);
	ck_assert_int_eq(job.items.items[0].rc, 0);
	ck_assert_int_eq(w.hook.fds, 0);
	n = job.items.items[0].failed.n;
	stage_job_release(&job);
	return n;
}

static const uint32_t small[] = {100, 50, 200000, 0};

START_TEST(pieces_come_out_of_quarantine)
{
	struct stage_item it = pieces_of(small, false);

	write_all("root/.tutti/quarantine/5");
	it.from_kept = 5;
	add(&it, 0, 3, false);
	ck_assert_uint_eq(run(&it), 0);
	ck_assert(staged(0, list.size));
}
END_TEST

START_TEST(of_a_run_only_what_lies_in_whole_blocks_is_shared)
{
	struct stage_item it = pieces_of(small, true);

	write_all("root/g");
	w.hook.clones = true;
	add(&it, 1, 2, false);
	ck_assert_uint_eq(run(&it), 0);
	ck_assert_uint_eq(w.hook.shared, 1);
	ck_assert(staged(100, list.size - 100));
}
END_TEST

static unsigned clones;

static int
refuse_clone(void *self, int from, uint64_t from_at, int to, uint64_t to_at,
    uint64_t len)
{
	(void)self, (void)from, (void)from_at;
	(void)to, (void)to_at, (void)len;
	clones++;
	return -EOPNOTSUPP;
}

START_TEST(sharing_that_was_refused_is_not_asked_for_again)
{
	static const uint32_t lens[] = {200000, 200000, 0};
	struct stage_item it = pieces_of(lens, true);

	write_all("root/g");
	clones = 0;
	w.hook.ops.clone = refuse_clone;
	add(&it, 0, 1, false);
	add(&it, 1, 1, false);
	ck_assert_uint_eq(run(&it), 0);
	ck_assert_uint_eq(clones, 1);
	ck_assert(staged(0, list.size));
}
END_TEST

START_TEST(runs_that_lie_otherwise_in_blocks_are_copied)
{
	struct stage_item it = pieces_of(small, true);

	write_all("root/g");
	w.hook.clones = true;
	add(&it, 2, 1, false);
	/* The same bytes, a byte further on. */
	memmove(bytes + 1, bytes, list.size);
	list.size++;
	write_all("root/g");
	list.size--;
	memmove(bytes, bytes + 1, list.size);
	it.pieces.items[0].from_at++;
	ck_assert_uint_eq(run(&it), 0);
	ck_assert_uint_eq(w.hook.shared, 0);
	ck_assert(staged(150, 200000));
}
END_TEST

START_TEST(bytes_that_do_not_reach_so_far_fail_their_chunks)
{
	struct stage_item it = pieces_of(small, false);

	ck_assert_int_eq(buf_add(&it.bytes, span_of(bytes, 120)), 0);
	add(&it, 0, 3, false);
	ck_assert_uint_eq(run(&it), 2);
	ck_assert(staged(0, 100));
}
END_TEST

/* Its end is written by whoever has it. */
START_TEST(zeros_amid_a_file_leave_its_end_to_others)
{
	static const uint32_t lens[] = {8192, 8192, 10, 0};
	struct stage_item it = pieces_of(lens, false);

	memset(bytes + 8192, 0, 8192);
	name_chunk(span_of(bytes + 8192, 8192), &list.v.items[1].name);
	for (int hole = 0; hole < 2; hole++) {
		add(&it, 1, 1, hole);
		if (hole == 0) {
			ck_assert_int_eq(
			    buf_add(&it.bytes, span_of(bytes + 8192, 8192)), 0);
			it.pieces.items[0].from_at = 0;
		}
		ck_assert_uint_eq(run(&it), 0);
		ck_assert(user_reads("root/.tutti/stage/1", ""));
		it.pieces.items = NULL;
		it.pieces.n = it.pieces.cap = 0;
		buf_init(&it.bytes, 1 << 20);
		buf_init(&it.from, LIMIT_PATH_BYTES);
	}
}
END_TEST

/* What is in pieces is synced at its end: nothing was said of it yet. */
START_TEST(L23_a_failed_sync_discards_no_pieces)
{
	struct stage_job job = {.place = w.place};
	struct stage_item it;
	unsigned n = 0;

	do {
		stage_job_release(&job);
		world_reset();
		job.place = w.place;
		it = pieces_of(small, true);
		write_all("root/g");
		add(&it, 0, 3, false);
		ck_assert_int_eq(VEC_PUSH(&job.items, it), 0);
		user_file("root/.tutti/quarantine/5", NEW);
		it = copy_of(true);
		it.id = 2;
		ck_assert_int_eq(VEC_PUSH(&job.items, it), 0);
		it = copy_of(true);
		it.id = 3;
		it.size++;
		ck_assert_int_eq(VEC_PUSH(&job.items, it), 0);
		w.hook.fail_at = ++n;
		w.hook.err = -EIO;
		stage_run(&job);
		ck_assert_int_lt(job.items.items[2].rc, 0);
		if (job.items.items[0].rc == 0)
			ck_assert(user_has("root/.tutti/stage/1"));
		ck_assert_int_eq(job.items.items[1].rc == 0,
		    user_reads("root/.tutti/stage/2", NEW) && job.rc == 0);
	} while (job.rc == 0 && w.hook.calls >= n);
	ck_assert_int_eq(job.rc, -EIO);
	ck_assert_int_eq(job.items.items[0].rc, 0);
	ck_assert_int_eq(job.items.items[1].rc, -EIO);
	ck_assert_int_eq(job.items.items[2].rc, ERR_MISMATCH);
	ck_assert(user_has("root/.tutti/stage/1"));
	ck_assert_uint_eq(user_count("root/.tutti/stage"), 1);
	stage_job_release(&job);
}
END_TEST

TCase *
apply_donor_tcase(void)
{
	TCase *tcase = world_tcase("donor");

	tcase_add_test(tcase, a_longer_donor_gives_its_beginning);
	tcase_add_test(tcase, a_donor_that_is_no_file_is_none);
	tcase_add_test(tcase, a_donors_name_that_is_too_long_is_refused);
	tcase_add_test(tcase, a_clone_of_another_size_is_refused);
	tcase_add_loop_test(tcase, a_donor_that_becomes_shorter_is_told, 0, 4);
	tcase_add_test(tcase, pieces_come_out_of_quarantine);
	tcase_add_test(
	    tcase, of_a_run_only_what_lies_in_whole_blocks_is_shared);
	tcase_add_test(tcase, sharing_that_was_refused_is_not_asked_for_again);
	tcase_add_test(tcase, runs_that_lie_otherwise_in_blocks_are_copied);
	tcase_add_test(tcase, bytes_that_do_not_reach_so_far_fail_their_chunks);
	tcase_add_test(tcase, zeros_amid_a_file_leave_its_end_to_others);
	tcase_add_test(tcase, L23_a_failed_sync_discards_no_pieces);
	return tcase;
}
