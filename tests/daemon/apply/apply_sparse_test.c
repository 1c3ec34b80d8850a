/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/chunk/chunk.h"
#include "tests/daemon/apply/apply_world.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 4096, CHUNK = 100000, CHUNKS = 5, SIZE = CHUNKS * CHUNK };

/* A file of five chunks, each of some noise and, behind it, zeros. */
static uint8_t bytes[SIZE];
static struct chunk_list list;

static void
make_file(size_t noise)
{
	uint32_t x = 1;

	memset(bytes, 0, sizeof bytes);
	chunks_release(&list);
	for (size_t i = 0; i < CHUNKS; i++) {
		uint8_t *p = bytes + i * CHUNK;
		struct chunk c = {.len = CHUNK};

		for (size_t k = 0; k < noise; k++) {
			x = x * 1664525 + 1013904223;
			p[k] = (uint8_t)(x >> 24);
		}
		name_chunk(span_of(p, CHUNK), &c.name);
		ck_assert_int_eq(chunks_add(&list, &c), 0);
	}
}

static struct stage_item
item(enum stage_what what)
{
	struct stage_item it = {.what = what,
	    .id = 1,
	    .size = SIZE,
	    .bits = NEW_BITS,
	    .mtime_ns = NEW_NS,
	    .list = &list};

	chunks_name(&list, &it.content);
	buf_init(&it.bytes, 1 << 20);
	buf_init(&it.from, LIMIT_PATH_BYTES);
	return it;
}

static void
add(struct stage_item *it, uint32_t first, uint32_t n, bool hole)
{
	struct stage_piece piece = {.at = (uint64_t)first * CHUNK,
	    .from_at = it->from.len > 0 ? (uint64_t)first * CHUNK : 0,
	    .first = first,
	    .n = n,
	    .hole = hole};

	ck_assert_int_eq(VEC_PUSH(&it->pieces, piece), 0);
}

static void
write_file(const char *path, const uint8_t *p, size_t len, uint64_t at)
{
	int fd = open(user_path(path), O_WRONLY | O_CREAT, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, p, len, (off_t)at), (ssize_t)len);
	close(fd);
}

/* The staged file is bytes; gives how many it takes on the disk. */
static uint64_t
staged(void)
{
	static uint8_t got[SIZE + 1];
	struct stat st;
	int fd = open(user_path("root/.tutti/stage/1"), O_RDONLY);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pread(fd, got, sizeof got, 0), SIZE);
	ck_assert_mem_eq(got, bytes, SIZE);
	ck_assert_int_eq(fstat(fd, &st), 0);
	close(fd);
	return (uint64_t)st.st_blocks * 512;
}

/* Does this file system have holes? */
static bool
has_holes(void)
{
	struct stat st;

	write_file("hole", bytes, 0, 0);
	ck_assert_int_eq(truncate(user_path("hole"), 1 << 20), 0);
	ck_assert_int_eq(stat(user_path("hole"), &st), 0);
	return st.st_blocks == 0;
}

START_TEST(L45_blocks_of_zeros_become_holes)
{
	/* Of nothing, of a part of a block, of half of each chunk. */
	static const size_t noise[] = {0, 100, CHUNK / 2};
	struct stage_item it;

	make_file(noise[_i]);
	it = item(STAGE_PIECES);
	ck_assert_int_eq(buf_add(&it.bytes, span_of(bytes, SIZE)), 0);
	add(&it, 0, CHUNKS, false);
	ck_assert_int_eq(world_stage(&it), 0);
	if (has_holes())
		ck_assert_uint_le(staged(), CHUNKS * (noise[_i] + 2 * BLOCK));
	it = item(STAGE_FINISH);
	ck_assert_int_eq(world_stage(&it), 0);
	(void)staged();
}
END_TEST

START_TEST(L45_a_hole_at_the_end_has_its_size)
{
	struct stage_item it;

	make_file(0);
	it = item(STAGE_PIECES);
	add(&it, 0, CHUNKS, true);
	ck_assert_int_eq(world_stage(&it), 0);
	if (has_holes())
		ck_assert_uint_eq(staged(), 0);
	it = item(STAGE_FINISH);
	ck_assert_int_eq(world_stage(&it), 0);
}
END_TEST

START_TEST(L45_a_copy_has_the_holes_of_its_donor)
{
	struct stage_item it;
	struct name name;

	make_file(0);
	memset(bytes + 300000, 'x', 1001);
	chunks_release(&list);
	ck_assert_int_eq(chunk_all(span_of(bytes, SIZE), &list, &name), 0);
	write_file("root/g", bytes + 300000, 1001, 300000);
	ck_assert_int_eq(truncate(user_path("root/g"), SIZE), 0);
	it = item(STAGE_COPY);
	it.expect = world_look("root/g");
	it.content = name;
	ck_assert_int_eq(buf_add(&it.from, SPAN_LIT("g")), 0);
	ck_assert_int_eq(world_stage(&it), 0);
	if (has_holes())
		ck_assert_uint_le(staged(), 3 * BLOCK);
	(void)staged();
}
END_TEST

START_TEST(a_donors_blocks_are_shared_where_they_can_be)
{
	struct stage_item it;

	make_file(CHUNK);
	write_file("root/g", bytes, SIZE, 0);
	w.hook.clones = true;
	it = item(STAGE_PIECES);
	ck_assert_int_eq(buf_add(&it.from, SPAN_LIT("g")), 0);
	add(&it, 0, CHUNKS, false);
	ck_assert_int_eq(world_stage(&it), 0);
	ck_assert_uint_eq(w.hook.shared, 1);
	(void)staged();
}
END_TEST

/* What is shared is checked where it is shared, and taken away if wrong; what
 * is fetched instead may have blocks of zeros. */
START_TEST(a_shared_block_that_is_wrong_does_no_harm)
{
	struct stage_job job = {.place = w.place};
	struct stage_item it;

	make_file(CHUNK / 2);
	write_file("root/g", bytes, SIZE, 0);
	write_file("root/g", (const uint8_t *)"wrong", 5, 2 * CHUNK + 70000);
	w.hook.clones = true;
	it = item(STAGE_PIECES);
	ck_assert_int_eq(buf_add(&it.from, SPAN_LIT("g")), 0);
	add(&it, 0, CHUNKS, false);
	ck_assert_int_eq(VEC_PUSH(&job.items, it), 0);
	stage_run(&job);
	ck_assert_int_eq(job.items.items[0].rc, 0);
	ck_assert_uint_eq(job.items.items[0].failed.n, 1);
	ck_assert_uint_eq(job.items.items[0].failed.items[0], 2);
	stage_job_release(&job);
	ck_assert_uint_eq(w.hook.shared, 1);
	it = item(STAGE_PIECES);
	ck_assert_int_eq(
	    buf_add(&it.bytes, span_of(bytes + 2 * CHUNK, CHUNK)), 0);
	add(&it, 2, 1, false);
	ck_assert_int_eq(world_stage(&it), 0);
	(void)staged();
}
END_TEST

TCase *
apply_sparse_tcase(void)
{
	TCase *tcase = world_tcase("sparse");

	tcase_add_loop_test(tcase, L45_blocks_of_zeros_become_holes, 0, 3);
	tcase_add_test(tcase, L45_a_hole_at_the_end_has_its_size);
	tcase_add_test(tcase, L45_a_copy_has_the_holes_of_its_donor);
	tcase_add_test(tcase, a_donors_blocks_are_shared_where_they_can_be);
	tcase_add_test(tcase, a_shared_block_that_is_wrong_does_no_harm);
	return tcase;
}
