/* SPDX-License-Identifier: Apache-2.0 */
/* Every call of the host fails once, or from then on, at every place. */
#include <errno.h>
#include <string.h>

#include "tests/daemon/index/index_world.h"

enum { BASE_STEPS = 60, BATCH_STEPS = 12, DUMP_BYTES = 1 << 20 };

static void
make_base(struct world *w)
{
	struct entry e;

	entry_init(&e);
	for (int i = 0; i < BASE_STEPS; i++) {
		ok(index_begin(w->ix));
		world_mutate(w, world_path(w), &e);
		ok(index_commit(w->ix));
	}
	entry_release(&e);
}

/* One batch, which may fail: a step at a time, so that mutate need not. */
static int
batch(struct world *w, struct version *const *versions)
{
	struct entry e;
	struct dot dot;
	int rc = index_begin(w->ix);

	if (rc != 0)
		return rc;
	entry_init(&e);
	for (int i = 0; rc == 0 && i < BATCH_STEPS; i++) {
		struct version *v;
		bool is_new;
		ok(version_copy(versions[i], &v));
		rc = index_load(w->ix, v->path, &e);
		ok(version_set_add(&e.known, v, NULL, &is_new));
		if (rc == 0)
			rc = index_store(w->ix, &e, 1);
		if (rc == 0)
			rc = index_next_dot(w->ix, &dot);
	}
	entry_release(&e);
	if (rc == 0)
		rc = index_commit(w->ix);
	if (rc != 0)
		index_rollback(w->ix);
	return rc;
}

static void
arm(struct world *w, long at, bool forever, int err)
{
	w->armed = true;
	w->until = at;
	w->forever = forever;
	w->err = err;
}

struct fault {
	long at;
	bool forever;
	bool open; /* else in a batch */
	int err;
};

/* True when the fault came too late to happen. */
static bool
try_fault(struct world *w, const struct fault *f, struct version **versions,
    struct buf *before)
{
	struct buf after;
	bool missed;
	int rc;

	buf_init(&after, DUMP_BYTES);
	if (f->open) {
		arm(w, f->at, f->forever, f->err);
		rc = index_open(&w->host, w->dir, INDEX_CREATE, &w->ix);
	} else {
		world_open(w);
		world_dump(w, before);
		arm(w, f->at, f->forever, f->err);
		rc = batch(w, versions);
	}
	missed = w->armed && w->until > 0;
	if (rc != 0) {
		ck_assert(rc == f->err || rc == -EIO);
		if (f->err == -ENOSPC && !f->open && !f->forever)
			ck_assert_int_eq(rc, -ENOSPC);
		ck_assert(!missed);
	}
	if (w->ix != NULL && rc != 0 && !f->forever) {
		w->armed = false; /* goes on as if nothing had been */
		world_dump(w, &after);
		ck_assert(span_equal(buf_span(before), buf_span(&after)));
		ck_assert_int_eq(batch(w, versions), 0);
		world_dump(w, before);
	}
	if (w->ix != NULL && rc == 0) {
		w->armed = false;
		world_dump(w, before);
		arm(w, w->until, f->forever, f->err);
	}
	world_close(w);
	w->armed = false;
	world_open(w);
	world_dump(w, &after);
	/* What failed for ever at its last sync may have got there or not. */
	if (rc == 0 || !f->forever || f->open)
		ck_assert(span_equal(buf_span(before), buf_span(&after)));
	ck_assert_int_eq(batch(w, versions), 0);
	world_dump(w, before);
	world_close(w);
	world_open(w);
	ck_assert_int_eq(batch(w, versions), 0);
	world_dump(w, before);
	world_crash(w); /* leaves a short WAL for the next one to open */
	buf_release(&after);
	return missed;
}

static void
try_all(bool forever, bool open, int err)
{
	struct version *versions[BATCH_STEPS];
	struct fault f = {
	    .at = 1, .forever = forever, .open = open, .err = err};
	struct buf before;
	struct world w;
	uint64_t counter = 1000;
	bool missed = false;

	world_begin(&w, 50);
	world_open(&w);
	make_base(&w);
	buf_init(&before, DUMP_BYTES);
	world_dump(&w, &before);
	world_crash(&w);
	for (; !missed; f.at++) {
		ck_assert_int_lt(f.at, 2000);
		for (int i = 0; i < BATCH_STEPS; i++)
			versions[i] = world_version(&w, world_path(&w),
			    KIND_FILE + i % 4, (struct dot){77, ++counter});
		missed = try_fault(&w, &f, versions, &before);
		for (int i = 0; i < BATCH_STEPS; i++)
			version_free(versions[i]);
	}
	ck_assert_int_gt(f.at, 3);
	buf_release(&before);
	world_end(&w);
}

START_TEST(a_call_that_fails_once_loses_nothing)
{
	try_all(false, false, _i == 0 ? -EIO : -ENOSPC);
}
END_TEST

START_TEST(a_host_that_fails_for_good_loses_nothing)
{
	try_all(true, false, _i == 0 ? -EIO : -ENOSPC);
}
END_TEST

START_TEST(an_opening_that_fails_changes_nothing)
{
	try_all(_i != 0, true, -EIO);
}
END_TEST

TCase *
index_vfs_tcase(void)
{
	TCase *t = tcase_create("vfs");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, a_call_that_fails_once_loses_nothing, 0, 2);
	tcase_add_loop_test(t, a_host_that_fails_for_good_loses_nothing, 0, 2);
	tcase_add_loop_test(t, an_opening_that_fails_changes_nothing, 0, 2);
	return t;
}
