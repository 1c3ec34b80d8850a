/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/apply/apply_world.h"

#include <string.h>

/* Three chunks: "aaaa", "bb", "cccccc". */
static struct chunk_list list;

static struct stage_item
item(const char *bytes)
{
	static const char *const chunks[] = {"aaaa", "bb", "cccccc"};
	struct stage_item it = {.what = STAGE_PIECES, .id = 1, .list = &list};

	chunks_release(&list);
	for (size_t i = 0; i < 3; i++) {
		struct chunk c = {.len = (uint32_t)strlen(chunks[i])};

		name_chunk(span_str(chunks[i]), &c.name);
		ck_assert_int_eq(chunks_add(&list, &c), 0);
	}
	it.size = list.size;
	buf_init(&it.bytes, 1 << 20);
	buf_init(&it.from, LIMIT_PATH_BYTES);
	ck_assert_int_eq(buf_add(&it.bytes, span_str(bytes)), 0);
	return it;
}

static void
add(struct stage_item *it, uint32_t first, uint32_t n, uint64_t from_at)
{
	static const uint64_t at[] = {0, 4, 6};

	ck_assert_int_eq(
	    VEC_PUSH(&it->pieces, (struct stage_piece){.at = at[first],
				      .from_at = from_at,
				      .first = first,
				      .n = n}),
	    0);
}

/* Runs it and says which chunks failed, as a mask. */
static unsigned
run(struct stage_item *it)
{
	struct stage_job job = {.place = w.place};
	unsigned mask = 0;

	ck_assert_int_eq(VEC_PUSH(&job.items, *it), 0);
	stage_run(&job);
	ck_assert_int_eq(job.items.items[0].rc, 0);
	VEC_EACH (&job.items.items[0].failed, i)
		mask |= 1u << *i;
	stage_job_release(&job);
	chunks_release(&list);
	ck_assert_int_eq(w.hook.fds, 0);
	return mask;
}

START_TEST(pieces_come_in_any_order)
{
	struct stage_item it = item("ccccccaaaa");

	add(&it, 2, 1, 0);
	add(&it, 0, 1, 6);
	ck_assert_uint_eq(run(&it), 0);
	it = item("bb");
	add(&it, 1, 1, 0);
	ck_assert_uint_eq(run(&it), 0);
	ck_assert(user_reads("root/.tutti/stage/1", "aaaabbcccccc"));
}
END_TEST

START_TEST(wrong_or_missing_bytes_are_told_and_not_written)
{
	struct stage_item it = item("aaaaXXcccc");

	add(&it, 0, 3, 0);
	ck_assert_uint_eq(run(&it), 2 | 4);
	ck_assert(user_reads("root/.tutti/stage/1", "aaaa"));
}
END_TEST

START_TEST(donor_gives_what_it_still_has)
{
	struct stage_item it = item("");

	user_file("root/g", "--aaaaXXcccccc");
	ck_assert_int_eq(buf_add(&it.from, SPAN_LIT("g")), 0);
	add(&it, 0, 3, 2);
	ck_assert_uint_eq(run(&it), 2);
}
END_TEST

START_TEST(donor_that_is_gone_or_a_link_fails_all_its_chunks)
{
	struct stage_item it = item("");

	ck_assert_int_eq(buf_add(&it.from, SPAN_LIT("g")), 0);
	add(&it, 0, 3, 0);
	ck_assert_uint_eq(run(&it), 7);
	user_file("outside/g", "aaaabbcccccc");
	user_link("root/g", "../outside/g");
	it = item("");
	ck_assert_int_eq(buf_add(&it.from, SPAN_LIT("g")), 0);
	add(&it, 0, 3, 0);
	ck_assert_uint_eq(run(&it), 7);
}
END_TEST

TCase *
apply_pieces_tcase(void)
{
	TCase *tcase = world_tcase("pieces");

	tcase_add_test(tcase, pieces_come_in_any_order);
	tcase_add_test(tcase, wrong_or_missing_bytes_are_told_and_not_written);
	tcase_add_test(tcase, donor_gives_what_it_still_has);
	tcase_add_test(
	    tcase, donor_that_is_gone_or_a_link_fails_all_its_chunks);
	return tcase;
}
