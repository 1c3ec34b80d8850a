/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "tests/daemon/index/index_world.h"

enum { STEPS = 800, MAX_PATHS = 32 };

/* What the index must hold, kept beside it. */
struct shadow {
	struct entry e[MAX_PATHS + 8];
};

static size_t
index_of(const char *path)
{
	for (size_t i = 0; i < world_n_paths(); i++) {
		if (strcmp(world_path_at(i), path) == 0)
			return i;
	}
	ck_abort_msg("no such path");
}

/* Every path there is and its parents: "l", "l/m", "l/m/n" are not listed. */
static const char *const parents[] = {"l", "l/m", "l/m/n"};
enum { N_PARENTS = 3 };

static size_t
n_all(void)
{
	return world_n_paths() + N_PARENTS;
}

static const char *
path_of(size_t i)
{
	return i < world_n_paths() ? world_path_at(i)
				   : parents[i - world_n_paths()];
}

/* Does any path below want to be there? By the rules alone. */
static bool
brute_child_alive(const struct shadow *s, const char *path)
{
	size_t len = strlen(path);

	for (size_t i = 0; i < world_n_paths(); i++) {
		const char *p = world_path_at(i);
		const struct version *w = version_set_winner(&s->e[i].known);
		if (strncmp(p, path, len) == 0 && p[len] == '/' && w != NULL &&
		    w->kind != KIND_GONE)
			return true;
	}
	return false;
}

static bool
in_list(const struct path_list *list, const char *path)
{
	for (size_t i = 0; i < list->v.n; i++) {
		if (span_equal(path_list_get(list, i), span_str(path)))
			return true;
	}
	return false;
}

static void
list_open(struct world *w, bool descending, size_t n, struct path_list *out)
{
	struct index_cursor c;

	index_cursor_init(&c, descending);
	while (!c.end)
		ok(index_open_next(w->ix, &c, n, out));
	index_cursor_release(&c);
}

static void
add_figures(struct index_figures *f, const struct entry *e)
{
	bool derived;
	const struct version *v = entry_wanted(e, &derived);

	if (derived || (v != NULL && v->kind == KIND_DIR))
		f->dirs++;
	else if (v != NULL && v->kind != KIND_GONE)
		f->files++;
	if (!derived && v != NULL && v->kind == KIND_FILE)
		f->bytes += v->size;
	if (!entry_settled(e))
		f->open++;
	if (e->disk.kind != KIND_NONE && e->disk.kind != KIND_DIR)
		f->disk_files++;
}

static void
assert_figures_equal(
    const struct index_figures *a, const struct index_figures *b)
{
	ck_assert_uint_eq(a->files, b->files);
	ck_assert_uint_eq(a->dirs, b->dirs);
	ck_assert_uint_eq(a->bytes, b->bytes);
	ck_assert_uint_eq(a->open, b->open);
	ck_assert_uint_eq(a->disk_files, b->disk_files);
}

static void
check_all(struct world *w, struct shadow *s)
{
	struct path_list up, down;
	struct index_figures want = {0}, have;
	struct entry e;

	path_list_init(&up);
	path_list_init(&down);
	list_open(w, false, 3, &up);
	list_open(w, true, 2, &down);
	ck_assert_uint_eq(up.v.n, down.v.n);
	entry_init(&e);
	for (size_t i = 0; i < n_all(); i++) {
		const char *path = path_of(i);
		s->e[i].child_alive = brute_child_alive(s, path);
		ok(index_load(w->ix, span_str(path), &e));
		assert_entry_equal(&s->e[i], &e);
		ck_assert_int_eq(
		    index_disk_kind(w->ix, entry_path(&e)), (int)e.disk.kind);
		ck_assert_int_eq(in_list(&up, path), !entry_settled(&e));
		ck_assert_int_eq(in_list(&down, path), !entry_settled(&e));
		ck_assert_int_eq(index_known(w->ix, span_str(path)),
		    e.known.v.n > 0 ? 1 : 0);
		add_figures(&want, &s->e[i]);
	}
	for (size_t i = 0; i < up.v.n; i++) {
		ck_assert(span_equal(path_list_get(&up, i),
		    path_list_get(&down, up.v.n - 1 - i)));
		for (size_t j = 0; j < i; j++) /* parents first */
			ck_assert(!path_below(
			    path_list_get(&up, j), path_list_get(&up, i)));
	}
	index_figures(w->ix, &have);
	assert_figures_equal(&want, &have);
	entry_release(&e);
	path_list_release(&up);
	path_list_release(&down);
}

static void
shadow_init(struct shadow *s)
{
	for (size_t i = 0; i < n_all(); i++) {
		entry_init(&s->e[i]);
		ok(buf_add(&s->e[i].path, span_str(path_of(i))));
	}
}

static void
shadow_release(struct shadow *s)
{
	for (size_t i = 0; i < n_all(); i++)
		entry_release(&s->e[i]);
}

static void
run(uint64_t seed, int steps)
{
	struct world w;
	struct shadow s;

	world_begin(&w, seed);
	world_open(&w);
	shadow_init(&s);
	for (int i = 0; i < steps; i++) {
		const char *path = world_path(&w);
		struct entry *e = &s.e[index_of(path)];
		if (!index_in_batch(w.ix))
			ok(index_begin(w.ix));
		world_mutate(&w, path, e);
		if (world_random(&w, 4) == 0)
			ok(index_commit(w.ix));
		if (world_random(&w, 100) == 0 && !index_in_batch(w.ix)) {
			world_close(&w);
			world_open(&w);
		}
		check_all(&w, &s);
	}
	if (index_in_batch(w.ix))
		ok(index_commit(w.ix));
	shadow_release(&s);
	world_end(&w);
}

START_TEST(stored_entries_and_what_follows_from_them_come_back)
{
	run((uint64_t)_i + 1, STEPS);
}
END_TEST

START_TEST(rollback_restores_everything)
{
	struct world w;
	struct shadow s, after;

	world_begin(&w, 77);
	world_open(&w);
	shadow_init(&s);
	shadow_init(&after);
	for (int i = 0; i < 300; i++) {
		bool keep = world_random(&w, 2) == 0;
		int64_t arrival = index_last_arrival(w.ix);
		ok(index_begin(w.ix));
		for (uint64_t n = world_random(&w, 5); n > 0; n--) {
			const char *path = world_path(&w);
			world_mutate(&w, path,
			    keep ? &s.e[index_of(path)]
				 : &after.e[index_of(path)]);
		}
		if (keep) {
			ok(index_commit(w.ix));
		} else {
			index_rollback(w.ix);
			ck_assert_int_eq(index_last_arrival(w.ix), arrival);
		}
		check_all(&w, &s);
	}
	shadow_release(&s);
	shadow_release(&after);
	world_end(&w);
}
END_TEST

START_TEST(a_crash_keeps_what_was_committed_and_only_that)
{
	struct world w;
	struct shadow s, lost;

	world_begin(&w, 78);
	world_open(&w);
	shadow_init(&s);
	shadow_init(&lost);
	for (int i = 0; i < 40; i++) {
		ok(index_begin(w.ix));
		for (int n = 0; n < 10; n++) {
			const char *path = world_path(&w);
			world_mutate(&w, path, &s.e[index_of(path)]);
		}
		ok(index_commit(w.ix));
		ok(index_begin(w.ix));
		for (int n = 0; n < 10; n++) {
			const char *path = world_path(&w);
			world_mutate(&w, path, &lost.e[index_of(path)]);
		}
		world_crash(&w);
		world_open(&w);
		check_all(&w, &s);
	}
	shadow_release(&s);
	shadow_release(&lost);
	world_end(&w);
}
END_TEST

START_TEST(a_path_that_may_not_be_stored_is_refused)
{
	static const char *const bad[] = {"", "/", "a//b", "../x", ".tutti/x"};
	struct world w;
	struct entry e;

	world_begin(&w, 1);
	world_open(&w);
	entry_init(&e);
	ok(index_begin(w.ix));
	for (size_t i = 0; i < 5; i++) {
		ok(index_load(w.ix, span_str(bad[i]), &e));
		ck_assert_int_eq(index_store(w.ix, &e, 0), ERR_GRAMMAR);
	}
	index_rollback(w.ix);
	entry_release(&e);
	world_end(&w);
}
END_TEST

TCase *
index_entry_tcase(void)
{
	TCase *t = tcase_create("entry");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(
	    t, stored_entries_and_what_follows_from_them_come_back, 0, 4);
	tcase_add_test(t, rollback_restores_everything);
	tcase_add_test(t, a_crash_keeps_what_was_committed_and_only_that);
	tcase_add_test(t, a_path_that_may_not_be_stored_is_refused);
	return t;
}
