/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/daemon/index/index_world.h"

static void
put_disk(struct world *w, const char *path, int kind)
{
	struct entry e;

	entry_init(&e);
	ok(index_load(w->ix, span_str(path), &e));
	e.disk = (struct observation){.kind = kind, .ino = strlen(path)};
	ok(index_store(w->ix, &e, 0));
	entry_release(&e);
}

static void
put_known(struct world *w, const char *path, int kind, uint64_t counter)
{
	struct entry e;
	bool is_new;

	entry_init(&e);
	ok(index_load(w->ix, span_str(path), &e));
	ok(version_set_add(&e.known,
	    world_version(w, path, kind, (struct dot){5, counter}), NULL,
	    &is_new));
	ok(index_store(w->ix, &e, 0));
	entry_release(&e);
}

START_TEST(children_are_what_is_on_disk_in_order)
{
	static const char *const names[] = {"+", "b", "b.c", "\xff"};
	struct world w;
	struct index_children got;

	world_begin(&w, 70);
	world_open(&w);
	ok(index_begin(w.ix));
	put_disk(&w, "d", KIND_DIR);
	put_disk(&w, "d/b", KIND_DIR);
	put_disk(&w, "d/\xff", KIND_FILE);
	put_disk(&w, "d/b.c", KIND_OPAQUE);
	put_disk(&w, "d/b/x", KIND_FILE);
	put_disk(&w, "d/+", KIND_SYMLINK);
	put_disk(&w, "dd", KIND_FILE);
	put_known(&w, "d/not-here", KIND_FILE, 1);
	ok(index_commit(w.ix));
	index_children_init(&got);
	ok(index_children(w.ix, SPAN_LIT("d"), &got));
	ck_assert_uint_eq(got.v.n, 4);
	for (size_t i = 0; i < 4; i++) {
		const struct index_child *c = &got.v.items[i];
		ck_assert_str_eq((char *)got.names.p + c->at, names[i]);
		ck_assert_uint_eq(c->len, strlen(names[i]));
		ck_assert_uint_eq(c->disk.ino, c->len + 2u);
	}
	index_children_release(&got);
	index_children_init(&got);
	ok(index_children(w.ix, SPAN_LIT(""), &got));
	ck_assert_uint_eq(got.v.n, 2);
	ok(index_children(w.ix, SPAN_LIT("no/such"), &got));
	ck_assert_uint_eq(got.v.n, 2);
	index_children_release(&got);
	world_end(&w);
}
END_TEST

START_TEST(copies_are_files_on_disk_of_such_names)
{
	struct world w;
	struct path_list got;

	world_begin(&w, 71);
	world_open(&w);
	ok(index_begin(w.ix));
	put_disk(&w, "d", KIND_DIR);
	put_disk(&w, "d/b.conflict-1", KIND_FILE);
	put_disk(&w, "a.conflict-2.txt", KIND_SYMLINK);
	put_disk(&w, "a.conflict", KIND_FILE);
	put_disk(&w, "e.conflict-3", KIND_DIR);
	put_disk(&w, "e.conflict-3/f", KIND_FILE);
	put_known(&w, "g.conflict-4", KIND_FILE, 1);
	put_disk(&w, "h.conflict-5", KIND_FILE);
	put_disk(&w, "h.conflict-5", KIND_NONE);
	ok(index_commit(w.ix));
	path_list_init(&got);
	ok(index_copies(w.ix, 10, &got));
	ck_assert_uint_eq(got.v.n, 2);
	ck_assert_str_eq(
	    (const char *)path_list_get(&got, 0).p, "a.conflict-2.txt");
	ck_assert_str_eq(
	    (const char *)path_list_get(&got, 1).p, "d/b.conflict-1");
	ok(index_copies(w.ix, 1, &got));
	ck_assert_uint_eq(got.v.n, 3);
	path_list_release(&got);
	world_end(&w);
}
END_TEST

static void
assert_below(struct world *w, const char *dir, size_t n, const char *want)
{
	struct path_list got;
	struct buf text, after;

	path_list_init(&got);
	buf_init(&text, 1000);
	buf_init(&after, LIMIT_PATH_BYTES);
	for (;;) {
		path_list_clear(&got);
		ok(index_paths_below(
		    w->ix, span_str(dir), buf_span(&after), n, &got));
		if (got.v.n == 0)
			break;
		ck_assert_uint_le(got.v.n, n);
		for (size_t i = 0; i < got.v.n; i++) {
			buf_clear(&after);
			ok(buf_add(&after, path_list_get(&got, i)));
			ok(buf_add(&text, path_list_get(&got, i)));
			ok(buf_add(&text, SPAN_LIT(" ")));
		}
	}
	ok(buf_add(&text, span_of("", 1)));
	ck_assert_str_eq((char *)text.p, want);
	buf_release(&text);
	buf_release(&after);
	path_list_release(&got);
}

START_TEST(paths_below_are_all_but_derived_ones)
{
	struct world w;

	world_begin(&w, 71);
	world_open(&w);
	ok(index_begin(w.ix));
	put_known(&w, "x/y/z", KIND_FILE, 1); /* x and y are derived */
	put_known(&w, "x/y/gone", KIND_GONE, 2);
	put_disk(&w, "x/here", KIND_FILE);
	put_disk(&w, "a", KIND_FILE);
	put_known(&w, "xx", KIND_DIR, 3);
	ok(index_commit(w.ix));
	for (size_t n = 1; n < 7; n++) {
		assert_below(&w, "", n, "a xx x/here x/y/gone x/y/z ");
		assert_below(&w, "x", n, "x/here x/y/gone x/y/z ");
		assert_below(&w, "x/y", n, "x/y/gone x/y/z ");
		assert_below(&w, "xx", n, "");
	}
	world_end(&w);
}
END_TEST

START_TEST(a_directory_becomes_open_when_its_last_child_dies)
{
	struct world w;
	struct path_list open;
	struct index_cursor c;
	struct entry e;

	world_begin(&w, 72);
	world_open(&w);
	path_list_init(&open);
	index_cursor_init(&c, false);
	entry_init(&e);
	ok(index_begin(w.ix));
	put_known(&w, "d/f", KIND_FILE, 1);
	ok(index_load(w.ix, SPAN_LIT("d"), &e));
	e.disk = (struct observation){.kind = KIND_DIR};
	e.base = (struct agreement){.present = true, .seen = e.disk};
	ok(index_store(w.ix, &e, 0));
	ok(index_open_next(w.ix, &c, 9, &open));
	ck_assert_uint_eq(open.v.n, 1); /* d/f alone */
	put_known(&w, "d/f", KIND_GONE, 2);
	index_cursor_release(&c);
	index_cursor_init(&c, false);
	path_list_clear(&open);
	ok(index_open_next(w.ix, &c, 9, &open));
	ck_assert_uint_eq(open.v.n, 2);
	ck_assert(span_equal(path_list_get(&open, 0), SPAN_LIT("d")));
	ok(index_load(w.ix, SPAN_LIT("d"), &e));
	ck_assert(!e.child_alive);
	index_rollback(w.ix);
	entry_release(&e);
	index_cursor_release(&c);
	path_list_release(&open);
	world_end(&w);
}
END_TEST

START_TEST(a_very_deep_tree_lives_and_dies)
{
	struct world w;
	char path[LIMIT_PATH_BYTES + 1];
	struct index_figures f;

	world_begin(&w, 73);
	world_open(&w);
	for (int i = 0; i < LIMIT_PATH_BYTES; i++)
		path[i] = i % 2 == 0 ? 'd' : '/';
	path[LIMIT_PATH_BYTES] = '\0';
	ok(index_begin(w.ix));
	put_known(&w, path, KIND_FILE, 1);
	index_figures(w.ix, &f);
	ck_assert_uint_eq(f.dirs, LIMIT_PATH_BYTES / 2);
	ck_assert_uint_eq(f.open, LIMIT_PATH_BYTES / 2 + 1);
	put_known(&w, path, KIND_GONE, 2);
	ok(index_commit(w.ix));
	index_figures(w.ix, &f);
	ck_assert_uint_eq(f.dirs, 0);
	ck_assert_uint_eq(f.open, 1);
	world_end(&w);
}
END_TEST

/* A directory of that number: some lie in others, names are of all lengths. */
static void
many_path(unsigned i, struct buf *out)
{
	buf_clear(out);
	ok(buf_addf(out, "top%u/%0*u", i % 7, (int)(i % 250) + 4, i));
	if (i % 5 == 0)
		ok(buf_add(out, SPAN_LIT("/below")));
}

START_TEST(thousands_of_directories_are_told_apart)
{
	enum { MANY = 3000 };
	struct world w;
	struct buf path;
	struct entry e;

	world_begin(&w, 67);
	world_open(&w);
	buf_init(&path, LIMIT_PATH_BYTES);
	entry_init(&e);
	for (int round = 0; round < 2; round++) {
		ok(index_begin(w.ix));
		for (unsigned i = 0; i < MANY; i++) {
			many_path(i, &path);
			ok(buf_add(&path, SPAN_LIT("/f")));
			ok(index_load(w.ix, buf_span(&path), &e));
			ck_assert_uint_eq(e.disk.ino, round * (i + 1));
			e.disk.kind = KIND_FILE;
			e.disk.ino = i + 1;
			ok(index_store(w.ix, &e, 0));
		}
		ok(index_commit(w.ix));
		world_close(&w);
		world_open(&w);
	}
	entry_release(&e);
	buf_release(&path);
	world_end(&w);
}
END_TEST

START_TEST(a_path_that_was_never_stored_is_nowhere_to_go_on)
{
	struct path_list got;
	struct world w;
	struct entry e;
	char name[LIMIT_NAME_BYTES + 3];

	world_begin(&w, 68);
	world_open(&w);
	path_list_init(&got);
	ck_assert_int_eq(
	    index_paths_below(w.ix, SPAN_LIT(""), SPAN_LIT("no/such"), 9, &got),
	    ERR_NOTFOUND);
	/* Nor is there anything in a directory that cannot be. */
	memset(name, 'n', sizeof name);
	name[sizeof name - 2] = '/';
	entry_init(&e);
	ok(index_load(w.ix, span_of(name, sizeof name), &e));
	ck_assert_int_eq(e.disk.kind, KIND_NONE);
	entry_release(&e);
	path_list_release(&got);
	world_end(&w);
}
END_TEST

TCase *
index_list_tcase(void)
{
	TCase *t = tcase_create("list");

	tcase_add_test(t, children_are_what_is_on_disk_in_order);
	tcase_add_test(t, copies_are_files_on_disk_of_such_names);
	tcase_add_test(t, paths_below_are_all_but_derived_ones);
	tcase_add_test(t, a_directory_becomes_open_when_its_last_child_dies);
	tcase_add_test(t, a_very_deep_tree_lives_and_dies);
	tcase_add_test(t, thousands_of_directories_are_told_apart);
	tcase_add_test(t, a_path_that_was_never_stored_is_nowhere_to_go_on);
	return t;
}
