/* SPDX-License-Identifier: Apache-2.0 */
/* Conflict copies listed and settled, in quiet and in races (LESSONS 54). */
#include "daemon/folder/folder_internal.h"
#include "tests/daemon/folder/folder_pair.h"

#include <errno.h>
#include <string.h>

#include "tests/daemon/folder/folder_test.h"

static struct folder_pair pair;

/* Side 0's f.txt lost to side 1's: its copy stands beside, on both. */
static void
setup(void)
{
	pair_init(&pair);
	pair_sh(&pair, 0, "echo left >f.txt; touch -d '2020-01-01' f.txt");
	pair_sh(&pair, 1, "echo right >f.txt; touch -d '2021-01-01' f.txt");
	pair_up(&pair);
	pair_expect_equal(&pair);
}

static void
teardown(void)
{
	pair_release(&pair);
}

static struct folder *
at(int side)
{
	return pair.side[side].folder;
}

static void
list(int side, struct folder_conflicts *out, size_t n)
{
	uint64_t count;

	memset(out, 0, sizeof *out);
	ck_assert_int_eq(folder_conflicts(at(side), out), 0);
	ck_assert_uint_eq(out->v.n, n);
	ck_assert_int_eq(folder_conflict_count(at(side), &count), 0);
	ck_assert_uint_eq(count, n);
}

static int
choose(int side, const struct folder_conflict *c)
{
	return folder_conflict_choose(at(side), span_str(c->copy.path),
	    &c->copy.content, &c->home.content);
}

static int
drop(int side, const struct folder_conflict *c)
{
	return folder_conflict_remove(
	    at(side), span_str(c->copy.path), &c->copy.content);
}

START_TEST(L54_a_copy_is_listed_with_its_home_and_whose_they_are)
{
	struct folder_conflicts all;
	struct folder_conflict *c;

	list(1, &all, 1);
	c = &all.v.items[0];
	ck_assert_ptr_nonnull(strstr(c->copy.path, "f.conflict-20200101T"));
	ck_assert_str_eq(c->home.path, "f.txt");
	ck_assert_uint_eq(c->copy.size, 5);
	ck_assert_uint_eq(c->home.size, 6);
	ck_assert(!c->edited);
	ck_assert(c->copy.has_device && c->home.has_device);
	ck_assert_mem_eq(c->copy.device, pair.side[0].device, DEVICE_BYTES);
	ck_assert_mem_eq(c->home.device, pair.side[1].device, DEVICE_BYTES);
	folder_conflicts_release(&all);
	pair_sh(&pair, 1, "for x in f.conflict-*; do echo more >>$x; done");
	pair_settle(&pair);
	list(0, &all, 1);
	c = &all.v.items[0];
	ck_assert(c->edited);
	ck_assert_mem_eq(c->copy.device, pair.side[1].device, DEVICE_BYTES);
	folder_conflicts_release(&all);
}
END_TEST

START_TEST(L54_a_copy_is_chosen_and_the_other_content_goes)
{
	struct folder_conflicts all;
	int rc = 0;

	list(0, &all, 1);
	for (int i = 0; i < 500 && rc == 0; i++) {
		rc = choose(0, &all.v.items[0]);
		pair_run(&pair, 10);
	}
	ck_assert_int_eq(rc, 1);
	ck_assert_int_eq(drop(0, &all.v.items[0]), 0);
	pair_settle(&pair);
	pair_expect_equal(&pair);
	ck_assert_str_eq(pair_out(&pair, 1, "ls; cat f.txt"), "f.txt\nleft");
	/* Again: all is as wanted already. */
	ck_assert_int_eq(choose(0, &all.v.items[0]), 1);
	ck_assert_int_eq(drop(0, &all.v.items[0]), 1);
	folder_conflicts_release(&all);
	list(1, &all, 0);
}
END_TEST

START_TEST(a_copy_edited_since_it_was_seen_stays)
{
	struct folder_conflicts all;

	list(0, &all, 1);
	pair_sh(&pair, 0, "for x in f.conflict-*; do echo mine >>$x; done");
	pair_settle(&pair);
	ck_assert_int_eq(drop(0, &all.v.items[0]), ERR_CHANGED);
	ck_assert_int_eq(choose(0, &all.v.items[0]), ERR_CHANGED);
	pair_settle(&pair);
	ck_assert_str_eq(pair_out(&pair, 1, "cat f.conflict-*"), "left\nmine");
	folder_conflicts_release(&all);
}
END_TEST

START_TEST(a_copy_edited_while_it_is_removed_stays)
{
	struct folder_conflicts all;

	list(0, &all, 1);
	ck_assert_int_eq(drop(0, &all.v.items[0]), 0);
	pair_sh(&pair, 0, "for x in f.conflict-*; do echo mine >>$x; done");
	pair_settle(&pair);
	pair_expect_equal(&pair);
	ck_assert_str_eq(pair_out(&pair, 1, "cat f.conflict-*"), "left\nmine");
	folder_conflicts_release(&all);
}
END_TEST

START_TEST(a_home_edited_while_a_copy_is_chosen_costs_neither)
{
	struct folder_conflicts all;

	list(0, &all, 1);
	ck_assert_int_eq(choose(0, &all.v.items[0]), 0);
	pair_sh(&pair, 0, "echo newer >f.txt");
	pair_settle(&pair);
	pair_expect_equal(&pair);
	ck_assert_str_eq(
	    pair_out(&pair, 1, "cat f.txt f.conflict-*"), "newer\nleft");
	ck_assert_int_eq(choose(0, &all.v.items[0]), ERR_CHANGED);
	folder_conflicts_release(&all);
}
END_TEST

START_TEST(L78_both_contents_live_when_home_is_edited_elsewhere_meanwhile)
{
	struct folder_conflicts all;

	pair_cut(&pair);
	list(0, &all, 1);
	ck_assert_int_eq(choose(0, &all.v.items[0]), 0);
	pair_sh(&pair, 1, "echo elsewhere >f.txt");
	pair_join(&pair, 300);
	ck_assert_str_eq(
	    pair_out(&pair, 0, "cat f* | sort"), "elsewhere\nleft\nleft");
	folder_conflicts_release(&all);
}
END_TEST

START_TEST(L63_a_copy_that_was_removed_is_not_made_again)
{
	struct folder_conflicts all;

	list(0, &all, 1);
	ck_assert_int_eq(drop(0, &all.v.items[0]), 0);
	pair_settle(&pair);
	pair_cut(&pair);
	for (int i = 0; i < 2; i++) {
		pair_close(&pair, i);
		pair_open(&pair, i);
	}
	pair_connect(&pair);
	pair_settle(&pair);
	pair_expect_equal(&pair);
	ck_assert_str_eq(pair_out(&pair, 0, "ls; cat f.txt"), "f.txt\nright");
	folder_conflicts_release(&all);
}
END_TEST

START_TEST(only_copies_are_settled)
{
	struct folder_conflicts all;
	const struct folder_conflict *c;

	list(0, &all, 1);
	c = &all.v.items[0];
	ck_assert_int_eq(
	    folder_conflict_remove(at(0), SPAN_LIT("f.txt"), &c->home.content),
	    ERR_NOTFOUND);
	ck_assert_int_eq(folder_conflict_choose(at(0), SPAN_LIT("f.txt"),
			     &c->home.content, &c->home.content),
	    ERR_NOTFOUND);
	pair_sh(&pair, 0, "rm f.txt; mkdir f.txt; echo x >f.txt/x");
	pair_settle(&pair);
	ck_assert_int_eq(choose(0, c), -EISDIR);
	pair_settle(&pair);
	pair_expect_equal(&pair);
	folder_conflicts_release(&all);
}
END_TEST

/* Another's copy has its content staged and waits until it stands at home no
 * more; home waits for the copy of what stands there. */
START_TEST(L79_a_copy_is_secured_though_its_content_is_staged_for_another)
{
	struct plan_action a;
	struct folder *f = at(0);
	struct fetch *x;
	struct entry e;

	entry_init(&e);
	plan_action_init(&a);
	ck_assert_int_eq(folder_batch(f), 0);
	ck_assert_int_eq(index_load(f->index, SPAN_LIT("f.txt"), &e), 0);
	a.loser = e.base.version;
	ck_assert_int_eq(buf_add(&a.copy, SPAN_LIT("f.conflict-2.txt")), 0);
	ck_assert_int_eq(folder_fetch_add(f, a.loser,
			     SPAN_LIT("f.conflict-1.txt"), FETCH_WHOLE, &x),
	    0);
	x->state = FETCH_STAGED;
	/* While that is secured itself, it comes first. */
	ck_assert_int_eq(buf_add(&x->home, SPAN_LIT("f.txt")), 0);
	ck_assert_int_eq(folder_secure(f, &a), 0);
	ck_assert_ptr_eq(folder_fetch(f, &a.loser->content), x);
	/* Unless its home could not go on. */
	x->spared = true;
	ck_assert_int_eq(folder_secure(f, &a), 0);
	ck_assert_ptr_eq(folder_fetch(f, &a.loser->content), x);
	ck_assert(span_equal(buf_span(&x->copy), buf_span(&a.copy)));
	ck_assert(span_equal(buf_span(&x->home), SPAN_LIT("f.txt")));
	ck_assert(span_equal(buf_span(&x->path), SPAN_LIT("f.conflict-1.txt")));
	ck_assert(x->expected);
	folder_fetch_drop(f, x);
	plan_action_release(&a);
	entry_release(&e);
}
END_TEST

TCase *
folder_conflict_tcase(void)
{
	TCase *t = tcase_create("conflict");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(
	    t, L54_a_copy_is_listed_with_its_home_and_whose_they_are);
	tcase_add_test(t, L54_a_copy_is_chosen_and_the_other_content_goes);
	tcase_add_test(t, a_copy_edited_since_it_was_seen_stays);
	tcase_add_test(t, a_copy_edited_while_it_is_removed_stays);
	tcase_add_test(t, a_home_edited_while_a_copy_is_chosen_costs_neither);
	tcase_add_test(
	    t, L78_both_contents_live_when_home_is_edited_elsewhere_meanwhile);
	tcase_add_test(t, L63_a_copy_that_was_removed_is_not_made_again);
	tcase_add_test(t, only_copies_are_settled);
	tcase_add_test(
	    t, L79_a_copy_is_secured_though_its_content_is_staged_for_another);
	return t;
}
