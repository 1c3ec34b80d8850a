/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/daemon/index/index_world.h"

/* A list of n chunks, numbered from a first one. */
static struct chunk_list
make_list(unsigned first, unsigned n)
{
	struct chunk_list list;

	chunks_init(&list);
	for (unsigned i = first; i < first + n; i++) {
		struct chunk chunk = {.len = 20000};
		name_chunk(span_of(&i, sizeof i), &chunk.name);
		ok(chunks_add(&list, &chunk));
	}
	return list;
}

/* A list and its content's name, stored. */
static struct name
put_list(struct world *w, unsigned first, unsigned n)
{
	struct chunk_list list = make_list(first, n);
	struct name content;

	chunks_name(&list, &content);
	ok(index_chunks_put(w->ix, &content, &list));
	chunks_release(&list);
	return content;
}

static void
put_disk(struct world *w, const char *path, int kind, struct name content)
{
	struct entry e;

	entry_init(&e);
	ok(index_load(w->ix, span_str(path), &e));
	e.disk = (struct observation){.kind = kind, .content = content};
	ok(index_store(w->ix, &e, 0));
	entry_release(&e);
}

START_TEST(content_is_found_where_it_is_on_disk_as_brute_force_finds_it)
{
	struct world w;
	struct entry e;

	world_begin(&w, 80);
	world_open(&w);
	entry_init(&e);
	ok(index_begin(w.ix));
	for (int step = 0; step < 400; step++) {
		struct name content =
		    world_name((unsigned)world_random(&w, 8) + 1);
		struct path_list got;
		size_t n = 0;
		world_mutate(&w, world_path(&w), &e);
		path_list_init(&got);
		ok(index_find_content(w.ix, &content, 100, &got));
		for (size_t i = 0; i < world_n_paths(); i++) {
			ok(index_load(w.ix, span_str(world_path_at(i)), &e));
			n += (e.disk.kind == KIND_FILE ||
				 e.disk.kind == KIND_SYMLINK) &&
			     name_equal(&e.disk.content, &content);
		}
		ck_assert_uint_eq(got.v.n, n);
		for (size_t i = 0; i < got.v.n; i++) {
			ok(index_load(w.ix, path_list_get(&got, i), &e));
			ck_assert(name_equal(&e.disk.content, &content));
		}
		path_list_release(&got);
	}
	ok(index_commit(w.ix));
	entry_release(&e);
	world_end(&w);
}
END_TEST

START_TEST(at_most_n_paths_are_found)
{
	struct world w;
	struct name content = world_name(9);
	struct path_list got;

	world_begin(&w, 81);
	world_open(&w);
	ok(index_begin(w.ix));
	for (size_t i = 0; i < world_n_paths(); i++)
		put_disk(&w, world_path_at(i), KIND_FILE, content);
	path_list_init(&got);
	ok(index_find_content(w.ix, &content, 3, &got));
	ck_assert_uint_eq(got.v.n, 3);
	ok(index_find_content(w.ix, &content, 0, &got));
	ck_assert_uint_eq(got.v.n, 3);
	path_list_release(&got);
	index_rollback(w.ix);
	world_end(&w);
}
END_TEST

START_TEST(names_that_begin_alike_are_told_apart)
{
	struct world w;
	struct name a = world_name(9), b = a;
	struct path_list got;

	world_begin(&w, 86);
	world_open(&w);
	b.b[NAME_BYTES - 1] = 1;
	ok(index_begin(w.ix));
	put_disk(&w, "a", KIND_FILE, a);
	path_list_init(&got);
	ok(index_find_content(w.ix, &b, 9, &got));
	ck_assert_uint_eq(got.v.n, 0);
	put_disk(&w, "b", KIND_FILE, b);
	ok(index_find_content(w.ix, &b, 9, &got));
	ck_assert_uint_eq(got.v.n, 1);
	ck_assert(span_equal(path_list_get(&got, 0), SPAN_LIT("b")));
	path_list_release(&got);
	index_rollback(w.ix);
	world_end(&w);
}
END_TEST

START_TEST(chunk_lists_come_back)
{
	struct world w;
	struct chunk_list list = make_list(5, 100), got;
	struct name content, none = world_name(3);

	world_begin(&w, 82);
	world_open(&w);
	chunks_init(&got);
	ok(index_begin(w.ix));
	content = put_list(&w, 5, 100);
	put_list(&w, 5, 100);
	ok(index_commit(w.ix));
	ok(index_chunks_get(w.ix, &content, &got));
	ck_assert(chunks_equal(&list, &got));
	chunks_release(&got);
	ck_assert_int_eq(index_chunks_get(w.ix, &none, &got), ERR_NOTFOUND);
	chunks_release(&list);
	world_end(&w);
}
END_TEST

START_TEST(a_donor_is_a_file_on_this_disk_that_shares_chunks)
{
	struct world w;
	struct name old, other, got;
	struct chunk_list list;

	world_begin(&w, 83);
	world_open(&w);
	ok(index_begin(w.ix));
	old = put_list(&w, 0, 2000);
	other = put_list(&w, 10000, 2000);
	list = make_list(1, 2001); /* one gone in front, two new */
	ck_assert_int_eq(index_find_donor(w.ix, &list, &got), ERR_NOTFOUND);
	put_disk(&w, "other", KIND_FILE, other);
	ck_assert_int_eq(index_find_donor(w.ix, &list, &got), ERR_NOTFOUND);
	put_disk(&w, "old", KIND_FILE, old);
	ok(index_find_donor(w.ix, &list, &got));
	ck_assert(name_equal(&got, &old));
	put_disk(&w, "old", KIND_NONE, (struct name){0});
	ck_assert_int_eq(index_find_donor(w.ix, &list, &got), ERR_NOTFOUND);
	chunks_release(&list);
	index_rollback(w.ix);
	world_end(&w);
}
END_TEST

START_TEST(short_lists_find_donors_too)
{
	struct world w;
	struct name old, got;
	int found = 0;

	world_begin(&w, 84);
	world_open(&w);
	ok(index_begin(w.ix));
	for (unsigned i = 0; i < 20; i++) {
		char path[8] = {'f', (char)('a' + i)};
		struct chunk_list list = make_list(i * 100 + 1, 8);
		old = put_list(&w, i * 100, 8); /* 7 of 9 are shared */
		put_disk(&w, path, KIND_FILE, old);
		found += index_find_donor(w.ix, &list, &got) == 0 &&
			 name_equal(&got, &old);
		chunks_release(&list);
	}
	ck_assert_int_ge(found, 19);
	index_rollback(w.ix);
	world_end(&w);
}
END_TEST

START_TEST(tidy_drops_only_lists_that_nothing_names)
{
	struct world w;
	struct name content[600];
	struct index_kept k = {.id = 1, .since_ns = 1};
	struct chunk_list list = {0};
	struct entry e;
	int rc;

	world_begin(&w, 85);
	world_open(&w);
	ok(index_begin(w.ix));
	for (unsigned i = 0; i < 600; i++) {
		char path[16];
		content[i] = put_list(&w, i * 10, 5);
		snprintf(path, sizeof path, "f%u", i);
		if (i % 3 == 0)
			put_disk(&w, path, KIND_FILE, content[i]);
	}
	k.content = content[1];
	buf_init(&k.path, 10);
	ok(index_kept_put(w.ix, &k));
	entry_init(&e); /* a version alone */
	ok(buf_add(&e.path, SPAN_LIT("v")));
	struct version d = {.path = SPAN_LIT("v"),
	    .kind = KIND_FILE,
	    .size = 100000,
	    .content = content[2],
	    .dot = {1, 1}};
	struct version *v;
	bool is_new;
	ok(vector_raise(&d.vector, d.dot));
	ok(version_new(&d, &v));
	ok(version_set_add(&e.known, v, NULL, &is_new));
	ok(index_store(w.ix, &e, 1));
	vector_release(&d.vector);
	entry_release(&e);
	while ((rc = index_tidy(w.ix)) == 1)
		;
	ok(rc);
	ok(index_commit(w.ix));
	for (unsigned i = 0; i < 600; i++) {
		bool stays = i % 3 == 0 || i == 1 || i == 2;
		rc = index_chunks_get(w.ix, &content[i], &list);
		ck_assert_int_eq(rc, stays ? 0 : ERR_NOTFOUND);
		chunks_release(&list);
	}
	world_end(&w);
}
END_TEST

TCase *
index_content_tcase(void)
{
	TCase *t = tcase_create("content");

	tcase_set_timeout(t, 30);
	tcase_add_test(
	    t, content_is_found_where_it_is_on_disk_as_brute_force_finds_it);
	tcase_add_test(t, at_most_n_paths_are_found);
	tcase_add_test(t, names_that_begin_alike_are_told_apart);
	tcase_add_test(t, chunk_lists_come_back);
	tcase_add_test(t, a_donor_is_a_file_on_this_disk_that_shares_chunks);
	tcase_add_test(t, short_lists_find_donors_too);
	tcase_add_test(t, tidy_drops_only_lists_that_nothing_names);
	return t;
}
