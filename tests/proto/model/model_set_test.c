/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/proto/model/model_test.h"

#include <string.h>

#include "tests/proto/model/fail_alloc.h"

static void
add_all(struct version_set *into, const struct version_set *from)
{
	VEC_EACH (&from->v, it)
		test_add(into, *it);
}

static struct version_set
random_part(const struct history *h, uint64_t *seed)
{
	struct version_set set = {0};

	for (size_t i = 0; i < h->n; i++)
		if (test_random(seed, 2) == 0)
			test_add(&set, h->v[i]);
	return set;
}

static struct version_set
union_of(const struct version_set *a, const struct version_set *b)
{
	struct version_set set = {0};

	add_all(&set, a);
	add_all(&set, b);
	return set;
}

START_TEST(union_is_idempotent_commutative_and_associative)
{
	uint64_t seed = 11;

	for (int round = 0; round < 300; round++) {
		struct version_set a, b, c, ab, ba, bc, ab_c, a_bc, aa;
		struct history h;

		test_history(&h, &seed, 3 + (size_t)round % 30);
		a = random_part(&h, &seed);
		b = random_part(&h, &seed);
		c = random_part(&h, &seed);
		ab = union_of(&a, &b);
		ba = union_of(&b, &a);
		bc = union_of(&b, &c);
		ab_c = union_of(&ab, &c);
		a_bc = union_of(&a, &bc);
		aa = union_of(&a, &a);
		ck_assert(test_sets_equal(&a, &aa));
		ck_assert(test_sets_equal(&ab, &ba));
		ck_assert(test_sets_equal(&ab_c, &a_bc));
		version_set_release(&a);
		version_set_release(&b);
		version_set_release(&c);
		version_set_release(&ab);
		version_set_release(&ba);
		version_set_release(&bc);
		version_set_release(&ab_c);
		version_set_release(&a_bc);
		version_set_release(&aa);
		test_history_release(&h);
	}
}
END_TEST

/* The set as DESIGN.md defines it, by looking at every pair. */
static struct version_set
maximal(const struct history *h)
{
	struct version_set set = {0};

	for (size_t i = 0; i < h->n; i++) {
		bool superseded = false;

		for (size_t j = 0; j < h->n; j++)
			superseded |=
			    i != j && version_supersedes(h->v[j], h->v[i]);
		if (!superseded)
			test_add(&set, h->v[i]);
	}
	return set;
}

static void
add_in_random_order(
    struct version_set *set, const struct history *h, uint64_t *seed)
{
	const struct version *order[2 * HISTORY_MAX];
	size_t n = 0;

	for (size_t i = 0; i < h->n; i++)
		order[n++] = h->v[i];
	for (size_t i = 0; i < h->n; i++) /* repeats */
		order[n++] = h->v[test_random(seed, h->n)];
	for (size_t i = n; i > 1; i--) {
		size_t j = test_random(seed, i);
		const struct version *swap = order[j];

		order[j] = order[i - 1];
		order[i - 1] = swap;
	}
	for (size_t i = 0; i < n; i++)
		test_add(set, order[i]);
}

START_TEST(L16_any_order_with_repeats_gives_the_same_set_winner_and_losers)
{
	uint64_t seed = 12;

	for (int round = 0; round < 400; round++) {
		struct version_set want;
		struct history h;

		test_history(&h, &seed, 1 + (size_t)round % HISTORY_MAX);
		want = maximal(&h);
		for (int i = 0; i < 8; i++) {
			struct loser_list losers = {0}, wanted = {0};
			struct version_set set = {0};

			add_in_random_order(&set, &h, &seed);
			ck_assert(test_sets_equal(&set, &want));
			ck_assert(span_equal(version_set_winner(&set)->record,
			    version_set_winner(&want)->record));
			ck_assert_int_eq(
			    version_set_losers(&set, i & 1, &losers), 0);
			ck_assert_int_eq(
			    version_set_losers(&want, i & 1, &wanted), 0);
			ck_assert_uint_eq(losers.v.n, wanted.v.n);
			for (size_t k = 0; k < losers.v.n; k++)
				ck_assert(dot_equal(losers.v.items[k]->dot,
				    wanted.v.items[k]->dot));
			VEC_RELEASE(&losers.v);
			VEC_RELEASE(&wanted.v);
			version_set_release(&set);
		}
		version_set_release(&want);
		test_history_release(&h);
	}
}
END_TEST

/* ---- single cases -------------------------------------------------------- */

enum { A, B, C, CASE_MAX = 4 };

/* A version that supersedes those of the given numbers of the history. */
static struct version *
after(const struct history *h, struct version d, int first, int second)
{
	struct version *v;

	d.path = SPAN_LIT("a");
	if (d.kind == KIND_NONE)
		d.kind = KIND_FILE;
	d.dot = (struct dot){1 + h->n, 1};
	if (first >= 0)
		ck_assert_int_eq(
		    vector_join(&d.vector, &h->v[first]->vector), 0);
	if (second >= 0)
		ck_assert_int_eq(
		    vector_join(&d.vector, &h->v[second]->vector), 0);
	ck_assert_int_eq(vector_raise(&d.vector, d.dot), 0);
	v = test_version(&d);
	vector_release(&d.vector);
	return v;
}

/* Holds every order of arrival to one winner and its losers, by number. */
static void
check_outcome(const struct history *h, int winner, const char *losers)
{
	uint64_t seed = 13;

	for (int round = 0; round < 50; round++) {
		struct loser_list list = {0};
		struct version_set set = {0};

		add_in_random_order(&set, h, &seed);
		ck_assert(dot_equal(
		    version_set_winner(&set)->dot, h->v[winner]->dot));
		ck_assert_int_eq(version_set_losers(&set, false, &list), 0);
		ck_assert_uint_eq(list.v.n, strlen(losers));
		for (size_t i = 0; i < list.v.n; i++)
			ck_assert(dot_equal(
			    list.v.items[i]->dot, h->v[losers[i] - 'A']->dot));
		VEC_RELEASE(&list.v);
		version_set_release(&set);
	}
}

static void
add_case(struct history *h, struct version d, int first, int second)
{
	h->v[h->n] = after(h, d, first, second);
	h->n++;
}

#define FILE_OF(text, mtime)                                                   \
	((struct version){.content = test_name(text), .mtime_ns = (mtime)})

START_TEST(L16_edit_with_an_older_mtime)
{
	struct history h = {.n = 0};

	add_case(&h, FILE_OF("a", 10), -1, -1);
	add_case(&h, FILE_OF("b", 20), -1, -1);
	add_case(&h, FILE_OF("c", 5), A, -1);
	check_outcome(&h, B, "C");
	test_history_release(&h);
	/* The other way: what was edited had won. */
	add_case(&h, FILE_OF("a", 30), -1, -1);
	add_case(&h, FILE_OF("b", 20), -1, -1);
	add_case(&h, FILE_OF("c", 5), A, -1);
	check_outcome(&h, B, "C");
	test_history_release(&h);
}
END_TEST

START_TEST(L16_delete_beside_another_version)
{
	struct name a = test_name("a");
	struct version gone = {
	    .kind = KIND_GONE, .deleted = &a, .n_deleted = 1};
	struct history h = {.n = 0};

	add_case(&h, FILE_OF("a", 30), -1, -1);
	add_case(&h, FILE_OF("b", 20), -1, -1);
	add_case(&h, gone, A, -1);
	check_outcome(&h, B, "");
	test_history_release(&h);
}
END_TEST

START_TEST(L64_touch_beside_a_delete_leaves_the_delete)
{
	struct name a = test_name("a");
	struct version gone = {
	    .kind = KIND_GONE, .deleted = &a, .n_deleted = 1};
	struct history h = {.n = 0};

	add_case(&h, FILE_OF("a", 10), -1, -1);
	add_case(&h, gone, A, -1);
	add_case(&h, FILE_OF("a", 99), A, -1);
	check_outcome(&h, B, "");
	/* an edit beside it lives, though it is older */
	add_case(&h, FILE_OF("b", 1), A, -1);
	check_outcome(&h, 3, "");
	test_history_release(&h);
}
END_TEST

START_TEST(directory_wins_and_is_no_loser)
{
	struct history h = {.n = 0};

	add_case(&h, (struct version){.kind = KIND_DIR}, -1, -1);
	add_case(&h, FILE_OF("b", INT64_MAX), -1, -1);
	add_case(&h,
	    (struct version){.kind = KIND_SYMLINK, .target = SPAN_LIT("t")}, -1,
	    -1);
	add_case(&h, (struct version){.kind = KIND_DIR, .bits = 0700}, -1, -1);
	check_outcome(&h, 3, "BC");
	test_history_release(&h);
}
END_TEST

START_TEST(untouched_copy_loses_to_any_file_and_makes_no_copy)
{
	struct version copy = FILE_OF("c", INT64_MAX);
	struct history h = {.n = 0};

	copy.copy = true;
	add_case(&h, copy, -1, -1);
	check_outcome(&h, A, "");
	add_case(&h, FILE_OF("b", INT64_MIN), -1, -1);
	check_outcome(&h, B, "");
	test_history_release(&h);
}
END_TEST

START_TEST(losers_come_greatest_first_and_equal_contents_once)
{
	struct history h = {.n = 0};

	add_case(&h, FILE_OF("x", -3), -1, -1);
	add_case(&h, FILE_OF("x", -2), -1, -1);
	add_case(&h, FILE_OF("y", -2), -1, -1);
	add_case(&h, FILE_OF("z", -1), -1, -1);
	add_case(&h, FILE_OF("w", 9), -1, -1);
	add_case(&h, FILE_OF("w", 8), -1, -1);
	check_outcome(&h, 4, "DCB");
	test_history_release(&h);
}
END_TEST

START_TEST(derived_directory_makes_losers_of_all_that_lives)
{
	struct loser_list losers = {0};
	struct version_set set = {0};
	struct history h = {.n = 0};

	ck_assert_int_eq(version_set_losers(&set, true, &losers), 0);
	ck_assert_uint_eq(losers.v.n, 0);
	ck_assert_ptr_null(version_set_winner(&set));
	add_case(&h, FILE_OF("x", 1), -1, -1);
	add_case(&h, FILE_OF("y", 2), -1, -1);
	test_add(&set, h.v[A]);
	test_add(&set, h.v[B]);
	ck_assert_int_eq(version_set_losers(&set, true, &losers), 0);
	ck_assert_uint_eq(losers.v.n, 2);
	ck_assert(dot_equal(losers.v.items[0]->dot, h.v[B]->dot));
	VEC_RELEASE(&losers.v);
	version_set_release(&set);
	test_history_release(&h);
}
END_TEST

START_TEST(L29_two_contents_under_one_dot_agree_in_any_order)
{
	const struct dot dot = {4, 4};
	struct history h = {.n = 3};
	uint64_t seed = 14;
	size_t least = 0;

	h.v[0] = test_file(dot, "one", 1);
	h.v[1] = test_file(dot, "two", 2);
	h.v[2] = test_file(dot, "three", 3);
	for (size_t i = 1; i < 3; i++)
		if (span_compare(h.v[i]->record, h.v[least]->record) < 0)
			least = i;
	for (int round = 0; round < 30; round++) {
		struct version_set set = {0};

		add_in_random_order(&set, &h, &seed);
		ck_assert_uint_eq(set.v.n, 1);
		ck_assert(
		    span_equal(set.v.items[0]->record, h.v[least]->record));
		version_set_release(&set);
	}
	test_history_release(&h);
}
END_TEST

START_TEST(what_is_superseded_is_handed_to_the_caller)
{
	struct version_set set = {0}, dropped = {0};
	struct history h = {.n = 0};
	struct version *copy;
	bool new;

	add_case(&h, FILE_OF("x", 1), -1, -1);
	add_case(&h, FILE_OF("y", 2), -1, -1);
	add_case(&h, FILE_OF("z", 3), -1, -1);
	add_case(&h, FILE_OF("w", 4), A, C);
	for (size_t i = 0; i < h.n; i++) {
		ck_assert_int_eq(version_copy(h.v[i], &copy), 0);
		ck_assert_int_eq(
		    version_set_add(&set, copy, &dropped, &new), 0);
		ck_assert(new);
	}
	ck_assert_uint_eq(dropped.v.n, 2);
	ck_assert(dot_equal(dropped.v.items[0]->dot, h.v[A]->dot));
	ck_assert(dot_equal(dropped.v.items[1]->dot, h.v[C]->dot));
	ck_assert_ptr_null(version_set_find(&set, h.v[A]->dot));
	ck_assert(span_equal(
	    version_set_find(&set, h.v[B]->dot)->record, h.v[B]->record));
	ck_assert(!test_add(&set, h.v[A]));
	ck_assert_uint_eq(set.v.n, 2);
	version_set_release(&set);
	version_set_release(&dropped);
	test_history_release(&h);
}
END_TEST

START_TEST(siblings_beyond_the_limit_are_refused)
{
	struct version_set set = {0};
	struct history h = {.n = 0};
	struct version *v;
	bool new = false;

	for (uint64_t i = 1; i <= LIMIT_SIBLINGS; i++) {
		v = test_file((struct dot){1000 + i, 1}, "x", 0);
		ck_assert_int_eq(version_set_add(&set, v, NULL, &new), 0);
	}
	v = test_file((struct dot){1, 1}, "x", 0);
	ck_assert_int_eq(version_set_add(&set, v, NULL, &new), ERR_LIMIT);
	ck_assert_uint_eq(set.v.n, LIMIT_SIBLINGS);
	/* One that takes another's place is none too many. */
	v = test_file((struct dot){1001, 2}, "x", 0);
	ck_assert_int_eq(version_set_add(&set, v, NULL, &new), 0);
	ck_assert_uint_eq(set.v.n, LIMIT_SIBLINGS);
	version_set_release(&set);
	test_history_release(&h);
}
END_TEST

START_TEST(L24_failing_memory_leaves_the_set_as_it_was)
{
	uint64_t seed = 15;

	for (int round = 0; round < 200; round++) {
		struct version_set set = {0}, before = {0}, dropped = {0};
		struct history h;
		long failures = round % 3;

		test_history(&h, &seed, HISTORY_MAX);
		for (size_t i = 0; i < h.n; i++) {
			struct version *copy;
			bool new;
			int rc;

			add_all(&before, &set);
			ck_assert_int_eq(version_copy(h.v[i], &copy), 0);
			fail_alloc_after(failures, true);
			rc = version_set_add(&set, copy, &dropped, &new);
			if (fail_alloc_end()) {
				ck_assert_int_eq(rc, -ENOMEM);
				ck_assert(test_sets_equal(&set, &before));
				ck_assert(test_add(&set, h.v[i]));
			} else {
				ck_assert_int_eq(rc, 0);
			}
			version_set_release(&before);
		}
		version_set_release(&set);
		version_set_release(&dropped);
		test_history_release(&h);
	}
}
END_TEST

START_TEST(L24_losers_without_memory_are_an_error)
{
	struct loser_list losers = {0};
	struct version_set set = {0};
	bool new;
	int rc;

	for (uint64_t i = 1; i < 9; i++) {
		char text[] = {(char)('a' + i), 0};

		ck_assert_int_eq(
		    version_set_add(&set,
			test_file((struct dot){i, 1}, text, 0), NULL, &new),
		    0);
	}
	fail_alloc_after(0, true);
	rc = version_set_losers(&set, false, &losers);
	ck_assert(fail_alloc_end());
	ck_assert_int_eq(rc, -ENOMEM);
	ck_assert_uint_eq(losers.v.n, 0);
	ck_assert_int_eq(version_set_losers(&set, false, &losers), 0);
	ck_assert_uint_eq(losers.v.n, 7);
	VEC_RELEASE(&losers.v);
	version_set_release(&set);
}
END_TEST

START_TEST(an_empty_set_has_neither_winner_nor_losers)
{
	struct version_set set = {0};
	struct loser_list losers = {0};

	ck_assert_ptr_null(version_set_winner(&set));
	for (int derived = 0; derived < 2; derived++) {
		ck_assert_int_eq(version_set_losers(&set, derived, &losers), 0);
		ck_assert_uint_eq(losers.v.n, 0);
	}
}
END_TEST

START_TEST(one_is_found_and_removed_by_its_dot_alone)
{
	struct version_set set = {0};
	struct dot dots[] = {{1, 2}, {3, 1}, {3, 9}, {5, 1}};
	struct version *v;

	for (size_t i = 0; i < 4; i += i == 1 ? 2 : 1) {
		v = test_file(dots[i], "x", 5);
		test_add(&set, v);
		version_free(v);
	}
	ck_assert_uint_eq(set.v.n, 3);
	ck_assert_ptr_null(version_set_find(&set, dots[2]));
	version_set_remove(&set, dots[2]);
	version_set_remove(&set, (struct dot){9, 1});
	ck_assert_uint_eq(set.v.n, 3);
	version_set_remove(&set, dots[1]);
	ck_assert_uint_eq(set.v.n, 2);
	ck_assert_ptr_null(version_set_find(&set, dots[1]));
	ck_assert_ptr_eq(version_set_find(&set, dots[0]), set.v.items[0]);
	ck_assert_ptr_eq(version_set_find(&set, dots[3]), set.v.items[1]);
	version_set_release(&set);
}
END_TEST

TCase *
model_set_tcase(void)
{
	TCase *t = tcase_create("set");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, union_is_idempotent_commutative_and_associative);
	tcase_add_test(
	    t, L16_any_order_with_repeats_gives_the_same_set_winner_and_losers);
	tcase_add_test(t, L16_edit_with_an_older_mtime);
	tcase_add_test(t, L16_delete_beside_another_version);
	tcase_add_test(t, L64_touch_beside_a_delete_leaves_the_delete);
	tcase_add_test(t, directory_wins_and_is_no_loser);
	tcase_add_test(t, untouched_copy_loses_to_any_file_and_makes_no_copy);
	tcase_add_test(t, losers_come_greatest_first_and_equal_contents_once);
	tcase_add_test(t, derived_directory_makes_losers_of_all_that_lives);
	tcase_add_test(t, what_is_superseded_is_handed_to_the_caller);
	tcase_add_test(t, L29_two_contents_under_one_dot_agree_in_any_order);
	tcase_add_test(t, siblings_beyond_the_limit_are_refused);
	tcase_add_test(t, L24_failing_memory_leaves_the_set_as_it_was);
	tcase_add_test(t, L24_losers_without_memory_are_an_error);
	tcase_add_test(t, an_empty_set_has_neither_winner_nor_losers);
	tcase_add_test(t, one_is_found_and_removed_by_its_dot_alone);
	return t;
}
