/* SPDX-License-Identifier: Apache-2.0 */
/* Databases of programs before this one. */
#include <string.h>

#include "daemon/index/index_internal.h"
#include "tests/daemon/index/index_scene.h"

/* Back from each schema to the one before. */
static const char *const back[] = {
    "DROP INDEX entry_copy;",
    "DROP TABLE past; ALTER TABLE kept DROP COLUMN who;"
    "ALTER TABLE state DROP COLUMN past;"
    "ALTER TABLE state DROP COLUMN past_bytes;",
    "",
};
enum { STEPS_BACK = sizeof back / sizeof *back };

/* An index as it was at that schema. */
static void
go_back(struct world *w, int schema)
{
	char *version = sqlite3_mprintf("PRAGMA user_version = %d", schema);

	for (int i = STEPS_BACK; i >= schema; i--)
		ok(sqlite3_exec(w->ix->db, back[i - 1], NULL, NULL, NULL));
	ok(sqlite3_exec(w->ix->db, version, NULL, NULL, NULL));
	sqlite3_free(version);
}

static void
ask_all_but_past(struct world *w, struct buf *out)
{
	buf_clear(out);
	for (int i = 0; i < n_scene_asks; i++)
		if (strncmp(scene_asks[i].name, "past", 4) != 0)
			ok(scene_asks[i].ask(w->ix, out));
}

START_TEST(what_an_older_program_stored_is_told_as_it_was)
{
	struct world w;
	struct buf before, now;
	struct index_kept kept = {0};
	struct index_figures f;
	uint64_t replica;
	int64_t id;

	ck_assert_int_eq(STEPS_BACK + 1, index_schema.n);
	buf_init(&before, SCENE_ANSWER_BYTES);
	buf_init(&now, SCENE_ANSWER_BYTES);
	world_begin(&w, 120);
	scene_open(&w);
	replica = index_replica(w.ix);
	ask_all_but_past(&w, &before);
	go_back(&w, _i);
	world_close(&w);
	world_open(&w);
	ask_all_but_past(&w, &now);
	ck_assert(span_equal(buf_span(&before), buf_span(&now)));
	ck_assert_uint_eq(index_replica(w.ix), replica);
	/* Who kept it was not noted before the third. */
	buf_init(&kept.path, LIMIT_PATH_BYTES);
	ok(index_kept_get(w.ix, 44, &kept));
	ck_assert_uint_eq(kept.who.by.dot.replica, _i < 3 ? 0 : 3);
	buf_release(&kept.path);
	index_figures(w.ix, &f);
	ck_assert_uint_eq(f.past, _i < 3 ? 0 : 3);
	/* And it goes on as one of today. */
	ok(index_begin(w.ix));
	ok(index_next_id(w.ix, &id));
	for (int i = 0; i < n_scene_deeds; i++)
		ck_assert_int_ge(scene_deeds[i].act(w.ix), 0);
	ok(index_commit(w.ix));
	world_end(&w);
	buf_release(&before);
	buf_release(&now);
}
END_TEST

TCase *
index_old_tcase(void)
{
	TCase *t = tcase_create("old");

	tcase_add_loop_test(t, what_an_older_program_stored_is_told_as_it_was,
	    1, STEPS_BACK + 1);
	return t;
}
