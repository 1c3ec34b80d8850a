/* SPDX-License-Identifier: Apache-2.0 */
/* Metadata that comes with what is applied: set, told, or left out. */
#include "tests/daemon/apply/apply_sweep.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "proto/model/meta.h"

/* The item is to have the attribute, with that value; NULL: not to have it. */
static void
wants(const char *value)
{
	struct wire_writer wr;

	buf_release(&w.it->meta);
	buf_init(&w.it->meta, LIMIT_META_BYTES);
	wr = meta_begin(&w.it->meta, META_XATTR);
	if (value != NULL)
		meta_put(&wr, &(struct meta_item){META_TAG_XATTR, SPAN_LIT("a"),
				  span_str(value)});
	ck_assert_int_eq(wire_writer_end(&wr), 0);
	w.place.metadata = META_XATTR;
}

/* What is said to be there is what a look sees. */
static void
is_told(void)
{
	struct span part = buf_span(&w.it->meta);

	ck_assert_uint_eq(w.it->now.meta.looked, META_XATTR);
	ck_assert_uint_eq(w.it->now.meta.sums[0], meta_sum(part, META_XATTR));
	ck_assert_uint_eq(w.it->left.classes, 0);
}

static void
set_touch(void)
{
	user_file("root/f", NEW);
	world_item(PLAN_TOUCH, "f");
	wants("new");
	w.hook.attr = "old";
}

static void
set_dir(void)
{
	user_file("root/f", OLD);
	world_item(PLAN_MAKE_DIR, "f");
	w.it->kind = KIND_DIR;
	w.it->bits = 0711;
	w.it->any_bits = true;
	wants("new");
}

static void
set_staged(void)
{
	world_item(PLAN_PLACE, "f");
	world_source(APPLY_STAGED, NULL);
	wants("new");
}

static void
set_kept(void)
{
	world_item(PLAN_PLACE, "f");
	world_source(APPLY_KEPT, NULL);
	wants(NULL);
	w.hook.attr = "old";
}

/* Set and told, or told that it is not. */
static void
check(int rc)
{
	bool wanted = w.it->meta.len > 1;

	sweep_told(rc);
	if (rc < 0 || w.it->left.classes != 0) {
		ck_assert(rc < 0 || w.it->left.classes == META_XATTR);
		return;
	}
	if (w.it->now.meta.looked == 0)
		return; /* it could not be read again, and is next time */
	ck_assert_int_eq(w.hook.attr != NULL, wanted);
	if (wanted)
		ck_assert_str_eq(w.hook.attr, "new");
	is_told();
}

static const struct sweep_job jobs[] = {
    {set_touch, sweep_run, check, NULL},
    {set_dir, sweep_run, check, NULL},
    {set_staged, sweep_run, check, NULL},
    {set_kept, sweep_run, check, NULL},
};
enum { JOBS = sizeof jobs / sizeof *jobs };

START_TEST(what_a_version_says_is_set_and_told)
{
	jobs[_i].set();
	ck_assert_int_eq(sweep_run(), 0);
	is_told();
	ck_assert_int_eq(w.hook.attr != NULL, w.it->meta.len > 1);
}
END_TEST

/* What is not asked for is neither read nor set. */
START_TEST(without_metadata_nothing_is_asked_of_it)
{
	for (int i = 0; i < JOBS; i++) {
		world_reset();
		jobs[i].set();
		w.place.metadata = 0;
		w.hook.attr = "old";
		ck_assert_int_eq(sweep_run(), 0);
		ck_assert_str_eq(w.hook.attr, "old");
		ck_assert_uint_eq(w.it->now.meta.looked, 0);
	}
}
END_TEST

TCase *
apply_meta_tcase(void)
{
	TCase *tcase = world_tcase("meta");

	tcase_add_loop_test(
	    tcase, what_a_version_says_is_set_and_told, 0, JOBS);
	sweep_add(tcase, jobs, JOBS);
	tcase_add_test(tcase, without_metadata_nothing_is_asked_of_it);
	return tcase;
}
