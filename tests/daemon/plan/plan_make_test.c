/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/plan/plan_test.h"

static struct scene s;

static void
begin(void)
{
	scene_begin(&s, "a.txt");
}

static void
end(void)
{
	scene_end(&s);
}

/* The change on the disk supersedes that dot. */
static bool
made_covers(struct dot dot)
{
	struct version *v = scene_make(&s, DOT(9, 1));
	bool covers = vector_covers(&v->vector, dot);

	version_free(v);
	return covers;
}

START_TEST(a_change_says_what_is_on_the_disk)
{
	struct version *v;

	scene_disk(&s, KIND_FILE, "hello", 77);
	v = scene_make(&s, DOT(9, 3));
	ck_assert(plan_shows(&s.e.disk, v));
	ck_assert_uint_eq(v->size, 5);
	ck_assert(dot_equal(v->dot, DOT(9, 3)));
	ck_assert_uint_eq(vector_get(&v->vector, 9), 3);
	ck_assert(!v->copy);
	ck_assert_int_eq(v->device[0], 7);
	ck_assert(span_equal(v->path, SPAN_LIT("a.txt")));
	version_free(v);
}
END_TEST

START_TEST(a_symlink_has_its_text_and_no_bits)
{
	struct version *v;

	scene_disk(&s, KIND_SYMLINK, "ignored", 77);
	v = scene_make(&s, DOT(9, 1));
	ck_assert(span_equal(v->target, SPAN_LIT("there")));
	ck_assert_int_eq(v->bits, 0);
	ck_assert_int_eq(v->mtime_ns, 77);
	version_free(v);
}
END_TEST

START_TEST(a_directory_has_no_mtime)
{
	struct version *v;

	scene_disk(&s, KIND_DIR, "DIR", 77);
	v = scene_make(&s, DOT(9, 1));
	ck_assert_int_eq(v->mtime_ns, 0);
	ck_assert_int_eq(v->bits, 0644);
	version_free(v);
}
END_TEST

START_TEST(a_change_supersedes_base)
{
	scene_base(&s, scene_know(&s, KIND_FILE, "x", 5, DOT(1, 4)));
	scene_disk(&s, KIND_FILE, "y", 6);
	ck_assert(made_covers(DOT(1, 4)));
}
END_TEST

START_TEST(a_change_does_not_supersede_another_content)
{
	scene_base(&s, scene_know(&s, KIND_FILE, "x", 5, DOT(1, 4)));
	scene_know(&s, KIND_FILE, "z", 5, DOT(2, 1));
	scene_disk(&s, KIND_FILE, "y", 6);
	ck_assert(!made_covers(DOT(2, 1)));
}
END_TEST

START_TEST(a_change_supersedes_equal_content)
{
	scene_base(&s, scene_know(&s, KIND_FILE, "x", 5, DOT(1, 4)));
	scene_know(&s, KIND_FILE, "y", 5, DOT(2, 1));
	scene_disk(&s, KIND_FILE, "y", 6);
	ck_assert(made_covers(DOT(2, 1)));
}
END_TEST

START_TEST(a_change_supersedes_all_that_made_alike_what_stood_here)
{
	scene_base(&s, scene_know(&s, KIND_FILE, "x", 5, DOT(1, 4)));
	scene_know(&s, KIND_FILE, "x", 7, DOT(2, 1));
	scene_disk(&s, KIND_FILE, "y", 6);
	ck_assert(made_covers(DOT(2, 1)));
}
END_TEST

START_TEST(a_change_supersedes_a_loser_whose_copy_is_known)
{
	const struct version *other;
	struct buf copy;

	scene_base(&s, scene_know(&s, KIND_FILE, "x", 5, DOT(1, 4)));
	other = scene_know(&s, KIND_FILE, "z", 5, DOT(2, 1));
	buf_init(&copy, 255);
	ck_assert_int_eq(conflict_path(other, &copy), 0);
	ck_assert_int_eq(buf_add(&copy, SPAN_LIT("\0")), 0);
	s.known = (const char *)copy.p;
	scene_disk(&s, KIND_FILE, "y", 6);
	ck_assert(made_covers(DOT(2, 1)));
	buf_release(&copy);
}
END_TEST

START_TEST(an_edit_supersedes_a_delete)
{
	scene_base(&s, scene_know(&s, KIND_FILE, "x", 5, DOT(1, 4)));
	scene_know(&s, KIND_GONE, "x", 0, DOT(2, 1));
	scene_disk(&s, KIND_FILE, "y", 6);
	ck_assert(made_covers(DOT(2, 1)));
}
END_TEST

START_TEST(L64_81_a_touch_supersedes_no_delete)
{
	struct version *v;
	bool is_new;

	scene_base(&s, scene_know(&s, KIND_FILE, "x", 5, DOT(1, 4)));
	scene_follow(&s, KIND_GONE, "x", 0, DOT(2, 1));
	scene_disk(&s, KIND_FILE, "x", 6);
	v = scene_make(&s, DOT(9, 1));
	ck_assert(!vector_covers(&v->vector, DOT(2, 1)));
	/* So the delete stands. */
	ck_assert_int_eq(version_set_add(&s.e.known, v, NULL, &is_new), 0);
	ck_assert_int_eq(version_set_winner(&s.e.known)->kind, KIND_GONE);
}
END_TEST

START_TEST(a_new_file_after_a_delete_supersedes_a_touch_that_it_dropped)
{
	/* LESSONS 64: deleted here while it was touched elsewhere, and the
	 * delete was applied before the name was used again. */
	const struct version *gone;

	scene_know(&s, KIND_FILE, "x", 6, DOT(1, 5));
	gone = scene_know(&s, KIND_GONE, "x", 0, DOT(2, 1));
	scene_base(&s, gone);
	s.e.base.seen = (struct observation){.kind = KIND_NONE};
	scene_disk(&s, KIND_FILE, "y", 6);
	ck_assert(made_covers(DOT(2, 1)));
	ck_assert(made_covers(DOT(1, 5)));
}
END_TEST

START_TEST(a_change_supersedes_all_that_its_own_did_before)
{
	/* Its counter alone supersedes our delete: then the deleted, which
	 * others may still have, would not be superseded any more. */
	struct version *v;
	bool is_new;

	scene_know(&s, KIND_FILE, "y", 5, DOT(2, 1));
	ck_assert(vector_covers(
	    &scene_follow(&s, KIND_GONE, "y", 0, DOT(9, 1))->vector,
	    DOT(2, 1)));
	scene_base(&s, scene_know(&s, KIND_FILE, "x", 5, DOT(1, 4)));
	scene_disk(&s, KIND_FILE, "x", 6);
	v = scene_make(&s, DOT(9, 2));
	ck_assert(vector_covers(&v->vector, DOT(2, 1)));
	ck_assert_int_eq(version_set_add(&s.e.known, v, NULL, &is_new), 0);
}
END_TEST

START_TEST(a_file_without_base_supersedes_no_delete)
{
	scene_know(&s, KIND_GONE, "x", 0, DOT(2, 1));
	scene_disk(&s, KIND_FILE, "y", 6);
	ck_assert(!made_covers(DOT(2, 1)));
}
END_TEST

START_TEST(a_delete_names_what_it_and_covered_deletes_deleted)
{
	struct version *v;
	struct name x = word_name("x"), y = word_name("y");

	scene_base(&s, scene_know(&s, KIND_FILE, "x", 5, DOT(1, 4)));
	scene_know(&s, KIND_GONE, "y", 0, DOT(2, 1));
	scene_know(&s, KIND_GONE, "x", 0, DOT(3, 1));
	scene_disk(&s, KIND_NONE, "", 0);
	v = scene_make(&s, DOT(9, 1));
	ck_assert_int_eq(v->kind, KIND_GONE);
	ck_assert_uint_eq(v->n_deleted, 2);
	ck_assert(
	    name_equal(&v->deleted[0], &x) || name_equal(&v->deleted[1], &x));
	ck_assert(
	    name_equal(&v->deleted[0], &y) || name_equal(&v->deleted[1], &y));
	version_free(v);
}
END_TEST

START_TEST(a_move_away_names_what_covered_deletes_deleted)
{
	struct version *v;
	struct name y = word_name("y");

	s.moved = true;
	scene_base(&s, scene_know(&s, KIND_FILE, "x", 5, DOT(1, 4)));
	scene_know(&s, KIND_GONE, "y", 0, DOT(2, 1));
	scene_disk(&s, KIND_NONE, "", 0);
	v = scene_make(&s, DOT(9, 1));
	ck_assert_int_eq(v->kind, KIND_GONE);
	ck_assert_uint_eq(v->n_deleted, 1);
	ck_assert(name_equal(&v->deleted[0], &y));
	version_free(v);
}
END_TEST

/* PLAN_KEEP of nothing: what stands here is that nothing does. The user has not
 * seen x: who says it anew at the same time, for its copy was taken for one too
 * many, must not lose to this. */
START_TEST(L79_a_delete_where_nothing_stood_names_nothing_of_its_own)
{
	struct name y = word_name("y");
	struct version *v;

	scene_know(&s, KIND_FILE, "x", 5, DOT(1, 4));
	scene_know(&s, KIND_GONE, "y", 0, DOT(3, 1));
	for (int i = 0; i < 2; i++) {
		v = scene_make(&s, DOT(9, 1));
		ck_assert_int_eq(v->kind, KIND_GONE);
		/* Without base it covers no other delete, nor tells it on. */
		ck_assert_uint_eq(v->n_deleted, (size_t)i);
		ck_assert(i == 0 || name_equal(&v->deleted[0], &y));
		version_free(v);
		scene_base(&s, version_set_find(&s.e.known, DOT(3, 1)));
		ck_assert_int_eq(s.e.base.seen.kind, KIND_NONE);
	}
}
END_TEST

START_TEST(a_delete_of_what_nobody_knows_any_more_names_it)
{
	struct name x = word_name("x");
	struct version *v;

	scene_base(&s, scene_know(&s, KIND_FILE, "x", 5, DOT(1, 4)));
	version_set_release(&s.e.known);
	v = scene_make(&s, DOT(9, 1));
	ck_assert_int_eq(v->kind, KIND_GONE);
	ck_assert_uint_eq(v->n_deleted, 1);
	ck_assert(name_equal(&v->deleted[0], &x));
	version_free(v);
}
END_TEST

START_TEST(a_move_away_alone_deletes_nothing)
{
	/* So whoever put the same back there meanwhile has it there. */
	struct version *v;
	bool is_new;

	s.moved = true;
	scene_base(&s, scene_know(&s, KIND_FILE, "x", 5, DOT(1, 4)));
	scene_disk(&s, KIND_NONE, "", 0);
	v = scene_make(&s, DOT(9, 1));
	ck_assert_uint_eq(v->n_deleted, 0);
	scene_follow(&s, KIND_FILE, "x", 6, DOT(2, 1));
	ck_assert_int_eq(version_set_add(&s.e.known, v, NULL, &is_new), 0);
	ck_assert_int_eq(version_set_winner(&s.e.known)->kind, KIND_FILE);
}
END_TEST

/* Adds a sibling as only a bad peer makes them, of the replica that is the
 * own-th in its vector. */
static const struct version *
know_filled(enum kind kind, size_t entries, uint64_t replica, size_t own,
    size_t n_deleted)
{
	static struct name names[LIMIT_DELETED_NAMES];
	struct version d = {.path = entry_path(&s.e), .kind = kind}, *v;
	bool is_new;

	d.dot = DOT(replica + own, 1);
	for (size_t i = 0; i < entries; i++)
		ck_assert_int_eq(
		    vector_raise(&d.vector, DOT(replica + i, 1)), 0);
	for (size_t i = 0; i < n_deleted; i++) {
		names[i] = (struct name){0};
		names[i].b[0] = (uint8_t)(i >> 8);
		names[i].b[1] = (uint8_t)i;
		names[i].b[2] = (uint8_t)(replica >> 16);
	}
	d.deleted = names;
	d.n_deleted = n_deleted;
	if (kind == KIND_FILE)
		d.content = word_name("x");
	ck_assert_int_eq(version_new(&d, &v), 0);
	ck_assert_int_eq(version_set_add(&s.e.known, v, NULL, &is_new), 0);
	vector_release(&d.vector);
	return version_set_find(&s.e.known, d.dot);
}

static void
know_full(enum kind kind, size_t entries, uint64_t replica, size_t n_deleted)
{
	know_filled(kind, entries, replica, 0, n_deleted);
}

/* It gives up an entry for its own, but never the one that is base itself. */
START_TEST(a_change_supersedes_base_whose_vector_is_full)
{
	static const size_t owns[] = {0, 1, LIMIT_VECTOR_ENTRIES - 1};
	const struct version *base;
	struct version *v;

	for (size_t i = 0; i < 3; i++) {
		end();
		begin();
		base = know_filled(
		    KIND_FILE, LIMIT_VECTOR_ENTRIES, 1 << 16, owns[i], 0);
		scene_base(&s, base);
		scene_disk(&s, KIND_FILE, "y", 6);
		v = scene_make(&s, DOT(9, 1));
		ck_assert_uint_eq(v->vector.v.n, LIMIT_VECTOR_ENTRIES);
		ck_assert(version_supersedes(v, base));
		version_free(v);
		/* Where it has an entry already it gives up none. */
		v = scene_make(&s, DOT((1 << 16) + 5, 2));
		ck_assert(vector_includes(&v->vector, &base->vector));
		version_free(v);
	}
}
END_TEST

START_TEST(L35_full_vectors_of_others_do_not_hinder_a_change)
{
	struct version *v;

	know_full(KIND_FILE, LIMIT_VECTOR_ENTRIES, 1 << 16, 0);
	scene_base(&s, s.e.known.v.items[0]);
	know_full(KIND_GONE, LIMIT_VECTOR_ENTRIES, 1 << 20, 1);
	scene_disk(&s, KIND_FILE, "y", 6);
	v = scene_make(&s, DOT(9, 1));
	ck_assert_uint_eq(v->vector.v.n, LIMIT_VECTOR_ENTRIES);
	ck_assert(version_supersedes(v, s.e.base.version));
	version_free(v);
}
END_TEST

START_TEST(full_deletes_of_others_do_not_hinder_a_delete)
{
	struct version *v;
	struct name x = word_name("x");
	bool named = false;

	scene_base(&s, scene_know(&s, KIND_FILE, "x", 5, DOT(1, 4)));
	know_full(KIND_GONE, 1, 1 << 16, LIMIT_DELETED_NAMES);
	know_full(KIND_GONE, 1, 2 << 16, LIMIT_DELETED_NAMES);
	scene_disk(&s, KIND_NONE, "", 0);
	v = scene_make(&s, DOT(9, 1));
	ck_assert_uint_eq(v->n_deleted, LIMIT_DELETED_NAMES);
	for (size_t i = 0; i < v->n_deleted; i++)
		named |= name_equal(&v->deleted[i], &x);
	ck_assert(named);
	version_free(v);
}
END_TEST

/* However the names lie: lists are cut at their end. */
START_TEST(a_delete_names_the_least_content_beside_full_deletes)
{
	struct name least = {0};
	struct version *v;

	scene_base(&s, scene_know(&s, KIND_FILE, "x", 5, DOT(1, 4)));
	least.b[NAME_BYTES - 1] = 1;
	s.e.base.seen.content = least;
	know_full(KIND_GONE, 1, 1 << 16, LIMIT_DELETED_NAMES);
	scene_disk(&s, KIND_NONE, "", 0);
	v = scene_make(&s, DOT(9, 1));
	ck_assert_uint_eq(v->n_deleted, LIMIT_DELETED_NAMES);
	ck_assert(name_equal(&v->deleted[0], &least));
	version_free(v);
}
END_TEST

START_TEST(a_change_supersedes_what_is_lost_when_told_so)
{
	static const uint8_t device[DEVICE_BYTES] = {7};
	struct plan_maker maker = {.dot = DOT(9, 1), .device = device};
	const struct version *lost;
	struct version *v;

	lost = scene_know(&s, KIND_FILE, "lost", 5, DOT(1, 4));
	scene_disk(&s, KIND_FILE, "y", 6);
	for (int i = 0; i < 2; i++) {
		maker.lost = i == 0 ? NULL : lost;
		ck_assert_int_eq(
		    plan_make(&s.e, &s.e.disk, &s.ask, &maker, &v), 0);
		ck_assert_int_eq(version_supersedes(v, lost), i);
		version_free(v);
	}
}
END_TEST

START_TEST(a_copy_is_the_loser_under_its_own_name)
{
	static const uint8_t device[DEVICE_BYTES] = {7};
	struct plan_maker maker = {.dot = DOT(9, 1), .device = device};
	const struct version *loser = scene_know(
	    &s, KIND_FILE, "x", INT64_C(1763790976) * 1000000000, DOT(1, 4));
	struct version *v;
	struct buf path;

	buf_init(&path, LIMIT_PATH_BYTES);
	ck_assert_int_eq(conflict_path(loser, &path), 0);
	ck_assert_int_eq(plan_make_copy(loser, &maker, &v), 0);
	ck_assert(span_equal(v->path, buf_span(&path)));
	ck_assert(v->copy);
	ck_assert(name_equal(&v->content, &loser->content));
	ck_assert_int_eq(v->mtime_ns, loser->mtime_ns);
	ck_assert_int_eq(v->bits, loser->bits);
	ck_assert_uint_eq(v->size, loser->size);
	ck_assert_uint_eq(v->vector.v.n, 1);
	version_free(v);
	buf_release(&path);
}
END_TEST

START_TEST(a_copy_of_a_symlink_is_a_symlink)
{
	static const uint8_t device[DEVICE_BYTES];
	struct plan_maker maker = {.dot = DOT(9, 1), .device = device};
	const struct version *loser =
	    scene_know(&s, KIND_SYMLINK, "to", 5, DOT(1, 4));
	struct version *v;

	ck_assert_int_eq(plan_make_copy(loser, &maker, &v), 0);
	ck_assert_int_eq(v->kind, KIND_SYMLINK);
	ck_assert(span_equal(v->target, SPAN_LIT("to")));
	ck_assert(!v->copy);
	version_free(v);
}
END_TEST

TCase *
plan_make_tcase(void)
{
	TCase *tc = tcase_create("make");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, a_change_says_what_is_on_the_disk);
	tcase_add_test(tc, a_symlink_has_its_text_and_no_bits);
	tcase_add_test(tc, a_directory_has_no_mtime);
	tcase_add_test(tc, a_change_supersedes_base);
	tcase_add_test(tc, a_change_does_not_supersede_another_content);
	tcase_add_test(tc, a_change_supersedes_equal_content);
	tcase_add_test(
	    tc, a_change_supersedes_all_that_made_alike_what_stood_here);
	tcase_add_test(tc, a_change_supersedes_what_is_lost_when_told_so);
	tcase_add_test(tc, a_change_supersedes_a_loser_whose_copy_is_known);
	tcase_add_test(tc, an_edit_supersedes_a_delete);
	tcase_add_test(tc, L64_81_a_touch_supersedes_no_delete);
	tcase_add_test(
	    tc, a_new_file_after_a_delete_supersedes_a_touch_that_it_dropped);
	tcase_add_test(tc, a_change_supersedes_all_that_its_own_did_before);
	tcase_add_test(tc, a_file_without_base_supersedes_no_delete);
	tcase_add_test(tc, a_delete_names_what_it_and_covered_deletes_deleted);
	tcase_add_test(tc, a_move_away_names_what_covered_deletes_deleted);
	tcase_add_test(tc, a_move_away_alone_deletes_nothing);
	tcase_add_test(
	    tc, L79_a_delete_where_nothing_stood_names_nothing_of_its_own);
	tcase_add_test(tc, a_delete_of_what_nobody_knows_any_more_names_it);
	tcase_add_test(tc, L35_full_vectors_of_others_do_not_hinder_a_change);
	tcase_add_test(tc, a_change_supersedes_base_whose_vector_is_full);
	tcase_add_test(tc, full_deletes_of_others_do_not_hinder_a_delete);
	tcase_add_test(
	    tc, a_delete_names_the_least_content_beside_full_deletes);
	tcase_add_test(tc, a_copy_is_the_loser_under_its_own_name);
	tcase_add_test(tc, a_copy_of_a_symlink_is_a_symlink);
	return tc;
}
