/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/proto/model/chunks_test_internal.h"
#include "tests/proto/model/fail_alloc.h"

#include <stdlib.h>
#include <string.h>

/* A list of n chunks of few kinds, or of many. */
static struct chunk_list
random_list(size_t n, uint32_t kinds, uint64_t *seed)
{
	struct chunk_list list = {0};

	while (n-- > 0)
		chunks_test_add(
		    &list, (uint32_t)(chunks_test_random(seed) % kinds));
	return list;
}

/* Pieces of base in some order, with some chunks of its own between. */
static struct chunk_list
edited(const struct chunk_list *base, uint64_t *seed)
{
	struct chunk_list list = {0};
	size_t pieces = (size_t)(chunks_test_random(seed) % 8);

	while (pieces-- > 0 && base->v.n > 0) {
		size_t i = (size_t)(chunks_test_random(seed) % base->v.n);
		size_t n = (size_t)(chunks_test_random(seed) % 20);

		for (; n > 0 && i < base->v.n; n--, i++)
			ck_assert_int_eq(
			    chunks_add(&list, &base->v.items[i]), 0);
		n = (size_t)(chunks_test_random(seed) % 3);
		while (n-- > 0)
			chunks_test_add(&list,
			    (uint32_t)(chunks_test_random(seed) % 100000));
	}
	return list;
}

static struct buf
diff_of(const struct chunk_list *base, const struct chunk_list *list)
{
	struct buf buf;

	buf_init(&buf, 64 << 20);
	ck_assert_int_eq(chunks_diff(base, list, 0, &buf), 0);
	return buf;
}

/* Patches from memory that ends where the bytes end; of the size they say. */
static int
patch(const struct chunk_list *base, struct span bytes, struct chunk_list *list)
{
	uint8_t *copy = malloc(bytes.len + (bytes.len == 0));
	struct wire_reader r;
	int rc;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, bytes.p, bytes.len);
	r = wire_reader_of(span_of(copy, bytes.len));
	rc = chunks_patch(base, span_of(copy, bytes.len),
	    wire_varint(&r, LIMIT_FILE_BYTES), list);
	free(copy);
	return rc;
}

static void
round_trip(const struct chunk_list *base, const struct chunk_list *list)
{
	struct buf buf = diff_of(base, list);
	struct chunk_list back = {0};

	ck_assert_int_eq(patch(base, buf_span(&buf), &back), 0);
	ck_assert(chunks_equal(list, &back));
	chunks_release(&back);
	buf_release(&buf);
}

START_TEST(a_patch_makes_the_list_again)
{
	uint64_t seed = (uint64_t)_i;
	uint32_t kinds = _i % 2 ? 5 : 100000;
	struct chunk_list base = random_list(_i % 70, kinds, &seed);
	struct chunk_list list = edited(&base, &seed);
	struct chunk_list other = random_list(_i % 11, kinds, &seed);

	round_trip(&base, &list);
	round_trip(&base, &other);
	round_trip(&base, &base);
	chunks_release(&base);
	chunks_release(&list);
	chunks_release(&other);
}
END_TEST

START_TEST(an_edit_costs_a_few_bytes)
{
	struct chunk_list base = {0}, list = {0};
	struct buf buf;

	for (uint32_t i = 0; i < 1000; i++)
		chunks_test_add(&base, i);
	buf = diff_of(&base, &base);
	ck_assert_uint_le(buf.len, 8);
	buf_release(&buf);
	chunks_test_add(&list, 5000);
	for (uint32_t i = 1; i < 1000; i++)
		chunks_test_add(&list, i == 500 ? 6000 : i);
	buf = diff_of(&base, &list);
	ck_assert_uint_le(buf.len, 100);
	buf_release(&buf);
	chunks_release(&base);
	chunks_release(&list);
}
END_TEST

START_TEST(an_edit_in_place_is_one_step_among_equal_chunks)
{
	static const uint32_t of_base[] = {7, 7, 7, 1, 7, 7, 7, 2};
	struct chunk_list base = {0}, list = {0};
	struct buf buf;

	for (size_t i = 0; i < 8; i++) {
		chunks_test_add(&base, of_base[i]);
		chunks_test_add(&list, i == 3 ? 9 : of_base[i]);
	}
	buf = diff_of(&base, &list);
	/* Size, copy, literal, copy. */
	ck_assert_uint_eq(buf.len, 3 + 2 + (1 + 3 + NAME_BYTES) + 2);
	round_trip(&base, &list);
	buf_release(&buf);
	chunks_release(&base);
	chunks_release(&list);
}
END_TEST

/* What a patch's bytes may be made of. */
static void
put_header(struct wire_writer *w, uint64_t size)
{
	wire_put_varint(w, size);
}

static void
put_copy(struct wire_writer *w, uint64_t n, uint64_t from)
{
	wire_put_varint(w, n << 2 | 1);
	wire_put_varint(w, from);
}

static void
put_repeat(struct wire_writer *w, uint64_t n)
{
	wire_put_varint(w, n << 2 | 2);
}

static void
put_literal(struct wire_writer *w, uint32_t which)
{
	const struct chunk chunk = chunks_test_chunk(which);

	wire_put_varint(w, 1 << 2);
	chunks_put(w, &chunk);
}

static void
put_small(struct wire_writer *w)
{
	struct chunk chunk = chunks_test_chunk(1);

	chunk.len = 30000;
	wire_put_varint(w, 1 << 2);
	chunks_put(w, &chunk);
}

/* One hand-made patch of a base of ten chunks, 0 to 9. */
static void
make(int which, struct wire_writer *w)
{
	switch (which) {
	case 0: /* a sound one, for comparison */
		put_header(w, 70000 + 70001 + 70005);
		put_copy(w, 2, 0);
		put_literal(w, 5);
		break;
	case 1: /* beyond the end of base */
		put_header(w, 70009 + 70010);
		put_copy(w, 2, 9);
		break;
	case 2: /* far beyond it */
		put_header(w, 70000);
		put_copy(w, 1, LIMIT_CHUNKS);
		break;
	case 3: /* a copy that goes on with the one before */
		put_header(w, 70000 + 70001);
		put_copy(w, 1, 0);
		put_copy(w, 1, 1);
		break;
	case 4: /* two literals in a row */
		put_header(w, 70000 + 70001);
		put_literal(w, 0);
		put_literal(w, 1);
		break;
	case 5: /* nothing copied */
		put_header(w, 70000);
		put_copy(w, 0, 0);
		put_literal(w, 0);
		break;
	case 6: /* another sum */
		put_header(w, 70000);
		put_copy(w, 1, 1);
		break;
	case 7: /* more literals than there are bytes */
		put_header(w, 70000);
		wire_put_varint(w, (uint64_t)LIMIT_LIST_CHUNKS << 2);
		break;
	case 8: /* the largest step */
		put_header(w, 70000);
		put_copy(w, LIMIT_LIST_CHUNKS, 0);
		break;
	case 9: /* nothing literal */
		put_header(w, 70000);
		wire_put_varint(w, 0);
		put_copy(w, 1, 0);
		break;
	case 10: /* nothing before what is repeated */
		put_header(w, 70000);
		put_repeat(w, 1);
		break;
	case 11: /* a repeat that goes on with the one before */
		put_header(w, 3 * 70000);
		put_copy(w, 1, 0);
		put_repeat(w, 1);
		put_repeat(w, 1);
		break;
	case 12: /* more than may be made at once */
		put_header(w, (LIMIT_LIST_CHUNKS + 1) * UINT64_C(70000));
		put_copy(w, 1, 0);
		put_repeat(w, LIMIT_LIST_CHUNKS);
		break;
	case 13: /* a step that there is not */
		put_header(w, 2 * 70000);
		put_copy(w, 1, 0);
		wire_put_varint(w, 1 << 2 | 3);
		break;
	case 14: /* nothing at all */
		put_header(w, 70000);
		break;
	case 15: /* two chunks of a small file */
		put_header(w, 60000);
		put_small(w);
		put_repeat(w, 1);
		break;
	}
}

START_TEST(a_hostile_patch_is_refused)
{
	struct chunk_list base = {0}, list = {0};
	struct wire_writer w;
	struct buf buf;

	for (uint32_t i = 0; i < 11; i++)
		chunks_test_add(&base, i);
	/* One that would fit lies right behind the end. */
	base.size -= base.v.items[--base.v.n].len;
	buf_init(&buf, 4096);
	w = wire_writer_of(&buf);
	make(_i, &w);
	ck_assert_int_eq(
	    patch(&base, buf_span(&buf), &list), _i == 0 ? 0 : ERR_GRAMMAR);
	ck_assert_uint_eq(list.v.n, _i == 0 ? 3 : 0);
	chunks_release(&list);
	chunks_release(&base);
	buf_release(&buf);
}
END_TEST

/* A list as it travels: in as many patches as it takes. */
static size_t
travel(const struct chunk_list *base, const struct chunk_list *list,
    size_t *out_bytes)
{
	struct chunk_list back = {0};
	size_t patches = 0;

	*out_bytes = 0;
	do {
		struct buf buf;

		buf_init(&buf, LIMIT_MESSAGE_BYTES);
		ck_assert_int_eq(chunks_diff(base, list, back.v.n, &buf), 0);
		ck_assert_int_eq(
		    chunks_patch(base, buf_span(&buf), list->size, &back), 0);
		*out_bytes += buf.len;
		patches++;
		buf_release(&buf);
	} while (back.size < list->size);
	ck_assert(chunks_equal(&back, list));
	chunks_release(&back);
	return patches;
}

START_TEST(L31_a_patch_makes_so_many_chunks_at_most)
{
	struct chunk_list base = {0}, list = {0};
	struct wire_writer w;
	struct buf buf;

	chunks_test_add(&base, 0);
	chunks_test_add(&base, 1);
	buf_init(&buf, 1 << 20);
	w = wire_writer_of(&buf);
	put_header(&w, UINT64_C(70001) * (LIMIT_LIST_CHUNKS + 1));
	for (int i = 0; i < LIMIT_LIST_CHUNKS + 1; i++)
		put_copy(&w, 1, 1);
	ck_assert_int_eq(wire_writer_end(&w), 0);
	ck_assert_int_eq(patch(&base, buf_span(&buf), &list), ERR_GRAMMAR);
	ck_assert_uint_eq(list.v.n, 0);
	chunks_release(&list);
	chunks_release(&base);
	buf_release(&buf);
}
END_TEST

START_TEST(L45_a_long_run_travels_in_a_few_bytes)
{
	struct chunk_list base = {0}, list = {0}, empty = {0};
	size_t bytes;

	chunks_test_add(&base, 0);
	chunks_test_add(&list, 7);
	for (int i = 0; i < 5 * LIMIT_LIST_CHUNKS / 2; i++)
		chunks_test_add(&list, 0);
	chunks_test_add(&list, 9);
	ck_assert_uint_eq(travel(&empty, &list, &bytes), 3);
	ck_assert_uint_le(bytes, 200);
	ck_assert_uint_eq(travel(&base, &list, &bytes), 3);
	ck_assert_uint_le(bytes, 200);
	ck_assert_uint_eq(travel(&list, &list, &bytes), 3);
	ck_assert_uint_le(bytes, 100);
	chunks_release(&base);
	chunks_release(&list);
}
END_TEST

START_TEST(a_list_too_long_for_a_message_travels_in_parts)
{
	struct chunk_list base = {0}, list = {0}, empty = {0};
	const uint32_t n = 2 * LIMIT_LIST_CHUNKS + 1;
	size_t bytes;

	for (uint32_t i = 0; i < n; i++) {
		chunks_test_add(&list, i);
		chunks_test_add(&base, i == 100 ? n : i);
	}
	ck_assert_uint_eq(travel(&empty, &list, &bytes), 3);
	ck_assert_uint_eq(travel(&base, &list, &bytes), 3);
	ck_assert_uint_le(bytes, 200);
	chunks_release(&base);
	chunks_release(&list);
}
END_TEST

START_TEST(parts_end_with_the_file)
{
	struct chunk_list empty = {0}, list = {0}, back = {0};
	struct buf buf;

	for (uint32_t i = 0; i < 4; i++)
		chunks_test_add(&list, i);
	buf = diff_of(&empty, &list);
	ck_assert_int_eq(
	    chunks_patch(&empty, buf_span(&buf), list.size, &back), 0);
	/* It is whole, and nothing more fits. */
	ck_assert_int_eq(chunks_patch(&empty, buf_span(&buf), list.size, &back),
	    ERR_GRAMMAR);
	ck_assert(chunks_equal(&back, &list));
	ck_assert_int_eq(
	    chunks_patch(&empty, buf_span(&buf), 5, &back), ERR_GRAMMAR);
	buf_release(&buf);
	chunks_release(&list);
	chunks_release(&back);
}
END_TEST

/*
 * Whatever the bytes: no memory is read or lost that should not be (as the
 * sanitizers see), and what is taken is sound.
 */
START_TEST(mutated_patches_are_refused_or_sound)
{
	uint64_t seed = (uint64_t)_i;
	struct chunk_list base = random_list(40, 100000, &seed);
	struct chunk_list list = edited(&base, &seed);
	struct buf buf = diff_of(&base, &list);

	for (int i = 0; i < 3000; i++) {
		uint64_t x = chunks_test_random(&seed);
		size_t at = (size_t)(x % buf.len);
		size_t len = x >> 60 == 0 ? at : buf.len;
		uint8_t was = buf.p[at];
		struct chunk_list back = {0};

		buf.p[at] = (uint8_t)(x >> 32);
		if (patch(&base, span_of(buf.p, len), &back) == 0) {
			ck_assert_uint_le(back.v.n, LIMIT_LIST_CHUNKS);
			round_trip(&base, &back);
		}
		chunks_release(&back);
		if (x >> 58 & 3)
			buf.p[at] = was;
	}
	chunks_release(&base);
	chunks_release(&list);
	buf_release(&buf);
}
END_TEST

START_TEST(a_full_buffer_is_said)
{
	struct chunk_list base = {0}, list = {0};
	struct buf buf;

	chunks_test_add(&list, 1);
	buf_init(&buf, 20);
	ck_assert_int_eq(chunks_diff(&base, &list, 0, &buf), ERR_LIMIT);
	buf_release(&buf);
	chunks_release(&list);
}
END_TEST

/* Diff, patch, encode and decode, once; 0 if all of them went well. */
static int
all_once(const struct chunk_list *base, const struct chunk_list *list)
{
	struct chunk_list patched = {0}, decoded = {0};
	struct buf diff, blob;
	int rc;

	buf_init(&diff, 1 << 20);
	buf_init(&blob, 1 << 20);
	rc = chunks_diff(base, list, 0, &diff);
	if (rc == 0)
		rc = chunks_patch(base, buf_span(&diff), list->size, &patched);
	if (rc == 0)
		rc = chunks_encode(&patched, &blob);
	if (rc == 0)
		rc = chunks_decode(buf_span(&blob), &decoded);
	if (rc == 0 && !chunks_equal(list, &decoded))
		rc = ERR_MISMATCH;
	chunks_release(&patched);
	chunks_release(&decoded);
	buf_release(&diff);
	buf_release(&blob);
	return rc;
}

START_TEST(running_out_of_memory_is_said_and_leaks_nothing)
{
	uint64_t seed = 5;
	struct chunk_list base = random_list(30, 100000, &seed);
	struct chunk_list list = random_list(20, 100000, &seed);
	bool failed = true;

	for (long n = 0; failed; n++) {
		int rc;

		fail_alloc_after(n, _i == 1);
		rc = all_once(&base, &list);
		failed = fail_alloc_end();
		ck_assert_int_eq(rc, failed ? -ENOMEM : 0);
		ck_assert_int_lt(n, 100);
	}
	chunks_release(&base);
	chunks_release(&list);
}
END_TEST

/* The list as it was, when what a patch copies or repeats finds no room. */
START_TEST(L24_a_patch_without_memory_changes_no_list)
{
	struct chunk_list base = {0}, list = {0}, back = {0};
	struct buf patch;
	bool failed = true;

	for (uint32_t i = 0; i < 40; i++)
		chunks_test_add(&base, i);
	for (uint32_t i = 0; i < 80; i++)
		chunks_test_add(&list, i < 40 ? i : 39);
	buf_init(&patch, 1 << 20);
	ck_assert_int_eq(chunks_diff(&base, &list, 0, &patch), 0);
	ck_assert_uint_lt(patch.len, 20);
	for (long n = 0; failed; n++) {
		int rc;

		fail_alloc_after(n, false);
		rc = chunks_patch(&base, buf_span(&patch), list.size, &back);
		failed = fail_alloc_end();
		ck_assert_int_eq(rc, failed ? -ENOMEM : 0);
		ck_assert_int_eq(chunks_equal(&back, &list), !failed);
		ck_assert(!failed || back.v.n == 0);
		chunks_release(&back);
		ck_assert(!failed || n < 20);
	}
	chunks_release(&base);
	chunks_release(&list);
	buf_release(&patch);
}
END_TEST

TCase *
chunks_diff_tcase(void)
{
	TCase *tc = tcase_create("chunks_diff");

	tcase_add_loop_test(tc, a_patch_makes_the_list_again, 0, 200);
	tcase_add_test(tc, an_edit_costs_a_few_bytes);
	tcase_add_test(tc, an_edit_in_place_is_one_step_among_equal_chunks);
	tcase_add_loop_test(tc, a_hostile_patch_is_refused, 0, 16);
	tcase_add_test(tc, L31_a_patch_makes_so_many_chunks_at_most);
	tcase_add_test(tc, L45_a_long_run_travels_in_a_few_bytes);
	tcase_add_test(tc, a_list_too_long_for_a_message_travels_in_parts);
	tcase_add_test(tc, parts_end_with_the_file);
	tcase_add_loop_test(tc, mutated_patches_are_refused_or_sound, 0, 20);
	tcase_add_test(tc, a_full_buffer_is_said);
	tcase_add_loop_test(
	    tc, running_out_of_memory_is_said_and_leaks_nothing, 0, 2);
	tcase_add_test(tc, L24_a_patch_without_memory_changes_no_list);
	return tc;
}
