/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/proto/model/model_test.h"

#include "tests/proto/model/fail_alloc.h"

static void
raise(struct vector *vv, uint64_t replica, uint64_t counter)
{
	HOLDS(vector_raise(vv, (struct dot){replica, counter}) == 0);
}

static struct vector
random_vector(uint64_t *seed, size_t n, uint64_t replicas)
{
	struct vector vv = {0};

	for (size_t i = 0; i < n; i++)
		raise(&vv, test_random(seed, replicas), test_random(seed, 9));
	return vv;
}

static void
check_order(const struct vector *vv)
{
	for (size_t i = 0; i < vv->v.n; i++) {
		HOLDS(vv->v.items[i].counter > 0);
		HOLDS(i == 0 ||
		      vv->v.items[i - 1].replica < vv->v.items[i].replica);
	}
}

START_TEST(raise_keeps_the_highest_counter_of_each_replica)
{
	struct vector vv = {0};

	raise(&vv, 5, 2);
	raise(&vv, 3, 7);
	raise(&vv, 5, 1);
	raise(&vv, 9, 0);
	raise(&vv, UINT64_MAX, LIMIT_COUNTER);
	raise(&vv, 0, 1);
	check_order(&vv);
	ck_assert_uint_eq(vv.v.n, 4);
	ck_assert_uint_eq(vector_get(&vv, 5), 2);
	ck_assert_uint_eq(vector_get(&vv, 3), 7);
	ck_assert_uint_eq(vector_get(&vv, 9), 0);
	ck_assert_uint_eq(vector_get(&vv, 4), 0);
	ck_assert(vector_get(&vv, UINT64_MAX) == LIMIT_COUNTER);
	ck_assert(vector_covers(&vv, (struct dot){3, 7}));
	ck_assert(vector_covers(&vv, (struct dot){3, 1}));
	ck_assert(!vector_covers(&vv, (struct dot){3, 8}));
	ck_assert(!vector_covers(&vv, (struct dot){4, 1}));
	vector_release(&vv);
}
END_TEST

START_TEST(join_is_the_least_that_includes_both)
{
	uint64_t seed = 2;

	for (int round = 0; round < 2000; round++) {
		struct vector a = random_vector(&seed, round % 20, 30);
		struct vector b = random_vector(&seed, round % 13, 30);
		struct vector ab = {0}, ba = {0};

		ck_assert_int_eq(vector_copy(&a, &ab), 0);
		ck_assert(vector_equal(&a, &ab));
		ck_assert_int_eq(vector_join(&ab, &b), 0);
		ck_assert_int_eq(vector_copy(&b, &ba), 0);
		ck_assert_int_eq(vector_join(&ba, &a), 0);
		check_order(&ab);
		ck_assert(vector_equal(&ab, &ba));
		ck_assert(vector_includes(&ab, &a));
		ck_assert(vector_includes(&ab, &b));
		for (uint64_t r = 0; r < 30; r++)
			HOLDS(vector_get(&ab, r) == vector_get(&a, r) ||
			      vector_get(&ab, r) == vector_get(&b, r));
		/* Again changes nothing. */
		ck_assert_int_eq(vector_join(&ab, &a), 0);
		ck_assert_int_eq(vector_join(&ab, &ab), 0);
		ck_assert(vector_equal(&ab, &ba));
		vector_release(&a);
		vector_release(&b);
		vector_release(&ab);
		vector_release(&ba);
	}
}
END_TEST

START_TEST(includes_is_what_it_says_of_each_dot)
{
	uint64_t seed = 3;

	for (int round = 0; round < 2000; round++) {
		struct vector a = random_vector(&seed, 8, 4);
		struct vector b = random_vector(&seed, 3, 4);
		bool all = true;

		VEC_EACH (&b.v, dot)
			all &= vector_covers(&a, *dot);
		ck_assert(vector_includes(&a, &b) == all);
		ck_assert(vector_includes(&a, &a));
		ck_assert(vector_equal(&a, &b) ==
			  (vector_includes(&a, &b) && vector_includes(&b, &a)));
		vector_release(&a);
		vector_release(&b);
	}
}
END_TEST

START_TEST(dots_are_ordered_by_replica_then_counter)
{
	const struct dot dots[] = {{0, 1}, {0, 2}, {1, 1}, {1, LIMIT_COUNTER},
	    {INT64_MAX, 1}, {UINT64_MAX, 1}};
	const int n = sizeof dots / sizeof *dots;

	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++) {
			int order = dot_compare(dots[i], dots[j]);

			ck_assert_int_eq(
			    (order > 0) - (order < 0), (i > j) - (i < j));
			ck_assert(dot_equal(dots[i], dots[j]) == (i == j));
		}
}
END_TEST

static void
encode(const struct vector *vv, struct buf *out)
{
	struct wire_writer w = wire_writer_of(out);

	buf_init(out, 1 << 20);
	vector_put(&w, vv);
	ck_assert_int_eq(wire_writer_end(&w), 0);
}

static int
decode(struct span bytes, size_t max, struct vector *out)
{
	struct wire_reader r = wire_reader_of(bytes);
	int rc = vector_get_wire(&r, max, out);

	return rc < 0 ? rc : wire_end(&r);
}

START_TEST(what_is_put_comes_back_with_thousands_of_entries)
{
	const size_t sizes[] = {
	    0, 1, 2, 127, 128, 5000, LIMIT_KNOWLEDGE_ENTRIES};
	uint64_t seed = 4;

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct vector vv = {0}, back = {0};
		struct buf bytes;

		while (vv.v.n < sizes[i])
			raise(&vv, test_random(&seed, 0), LIMIT_COUNTER);
		encode(&vv, &bytes);
		ck_assert_int_eq(
		    decode(buf_span(&bytes), LIMIT_KNOWLEDGE_ENTRIES, &back),
		    0);
		ck_assert(vector_equal(&vv, &back));
		vector_release(&back);
		if (sizes[i] > 0)
			ck_assert_int_eq(
			    decode(buf_span(&bytes), sizes[i] - 1, &back),
			    ERR_GRAMMAR);
		ck_assert_ptr_null(back.v.items);
		buf_release(&bytes);
		vector_release(&vv);
	}
}
END_TEST

/* An encoded vector of the given entries, whatever they are. */
static int
decode_entries(const struct dot *dots, size_t n, uint64_t claimed)
{
	struct vector back = {0};
	struct wire_writer w;
	struct buf bytes;
	int rc;

	buf_init(&bytes, 1 << 10);
	w = wire_writer_of(&bytes);
	wire_put_varint(&w, claimed);
	for (size_t i = 0; i < n; i++) {
		wire_put_u64(&w, dots[i].replica);
		wire_put_varint(&w, dots[i].counter);
	}
	rc = decode(buf_span(&bytes), 100, &back);
	vector_release(&back);
	buf_release(&bytes);
	return rc;
}

START_TEST(L35_disorder_duplicates_and_counters_out_of_range_are_refused)
{
	const uint64_t max = LIMIT_COUNTER;
	const struct dot good[] = {{1, 1}, {2, max - 1}, {3, max}};
	const struct dot disorder[] = {{2, 1}, {1, 1}};
	const struct dot twice[] = {{2, 1}, {2, 2}};
	const struct dot zero[] = {{2, 0}};
	const struct dot above[] = {{2, max + 1}};
	const struct dot sign[] = {{2, UINT64_C(1) << 63}};
	const struct dot all[] = {{2, UINT64_MAX}};

	ck_assert_int_eq(decode_entries(good, 3, 3), 0);
	ck_assert_int_eq(decode_entries(disorder, 2, 2), ERR_GRAMMAR);
	ck_assert_int_eq(decode_entries(twice, 2, 2), ERR_GRAMMAR);
	ck_assert_int_eq(decode_entries(zero, 1, 1), ERR_GRAMMAR);
	ck_assert_int_eq(decode_entries(above, 1, 1), ERR_GRAMMAR);
	ck_assert_int_eq(decode_entries(sign, 1, 1), ERR_GRAMMAR);
	ck_assert_int_eq(decode_entries(all, 1, 1), ERR_GRAMMAR);
	/* a count that is not that of the entries */
	ck_assert_int_eq(decode_entries(good, 3, 2), ERR_GRAMMAR);
	ck_assert_int_eq(decode_entries(good, 3, 4), ERR_GRAMMAR);
	ck_assert_int_eq(decode_entries(good, 3, 101), ERR_GRAMMAR);
	ck_assert_int_eq(decode_entries(good, 3, UINT64_MAX), ERR_GRAMMAR);
}
END_TEST

START_TEST(L24_failing_memory_changes_no_vector)
{
	uint64_t seed = 5;
	struct vector a = random_vector(&seed, 8, 100);
	struct vector b = random_vector(&seed, 50, 100), before = {0};
	struct vector none = {0};
	struct buf bytes;
	int rc[4];

	encode(&b, &bytes);
	while (a.v.n < a.v.cap) /* so that the next one needs memory */
		raise(&a, 1000 + a.v.n, 1);
	ck_assert_int_eq(vector_copy(&a, &before), 0);
	fail_alloc_after(0, true);
	rc[0] = vector_raise(&a, (struct dot){2000, 1});
	rc[1] = vector_join(&a, &b);
	rc[2] = vector_copy(&a, &none);
	rc[3] = decode(buf_span(&bytes), 1000, &none);
	ck_assert(fail_alloc_end());
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(rc[i], -ENOMEM);
	ck_assert(vector_equal(&a, &before));
	ck_assert_uint_eq(none.v.n, 0);
	ck_assert_ptr_null(none.v.items);
	vector_release(&a);
	vector_release(&b);
	vector_release(&before);
	buf_release(&bytes);
}
END_TEST

START_TEST(lower_takes_what_is_above_and_nothing_else)
{
	struct vector a = {0};

	raise(&a, 1, 5);
	raise(&a, 2, 5);
	raise(&a, 3, 5);
	vector_lower(&a, (struct dot){4, 1}); /* it has none of that */
	vector_lower(&a, (struct dot){2, 5});
	vector_lower(&a, (struct dot){2, 9});
	ck_assert_uint_eq(a.v.n, 3);
	ck_assert_uint_eq(vector_get(&a, 2), 5);
	vector_lower(&a, (struct dot){2, 3});
	ck_assert_uint_eq(vector_get(&a, 2), 3);
	vector_lower(&a, (struct dot){2, 0});
	ck_assert_uint_eq(a.v.n, 2);
	ck_assert_uint_eq(vector_get(&a, 1), 5);
	ck_assert_uint_eq(vector_get(&a, 2), 0);
	ck_assert_uint_eq(vector_get(&a, 3), 5);
	vector_release(&a);
}
END_TEST

TCase *
model_vector_tcase(void)
{
	TCase *t = tcase_create("vector");

	tcase_add_test(t, raise_keeps_the_highest_counter_of_each_replica);
	tcase_add_test(t, join_is_the_least_that_includes_both);
	tcase_add_test(t, includes_is_what_it_says_of_each_dot);
	tcase_add_test(t, dots_are_ordered_by_replica_then_counter);
	tcase_add_test(t, what_is_put_comes_back_with_thousands_of_entries);
	tcase_add_test(
	    t, L35_disorder_duplicates_and_counters_out_of_range_are_refused);
	tcase_add_test(t, L24_failing_memory_changes_no_vector);
	tcase_add_test(t, lower_takes_what_is_above_and_nothing_else);
	return t;
}
