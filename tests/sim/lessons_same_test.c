/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One content at several names: what is said of one name must not take it from
 * another, nor wait for that for ever.
 */
#include "daemon/node/node.h"
#include "tests/sim/lessons_test.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_tree.h"

enum { MOMENTS = 24, DELAY_MS = 250 };

static bool
is_at(struct scene *s, unsigned who, const char *path, const char *text)
{
	const struct tree_item *item;
	struct tree t;
	bool is;

	tree_read(s->host[who], SCRIPT_ROOT, &t);
	item = tree_find(&t, path);
	is = item != NULL && item->hash == tree_hash(span_str(text));
	tree_release(&t);
	return is;
}

/* Ada and bob know a, "two", beside the copy of hers, "one"; cy, who is up and
 * apart, the former alone. */
static void
beside(struct scene *s, char **out_copy)
{
	scene_link(s, ADA, CY, false);
	scene_link(s, ADA, BOB, false);
	scene_write(s, ADA, "a", "one");
	scene_wait(s, 3);
	scene_write(s, BOB, "a", "two");
	scene_wait(s, 5);
	scene_link(s, BOB, CY, false);
	scene_link(s, ADA, BOB, true);
	scene_wait(s, 30);
	scene_sees(s, ADA, "a", "two");
	*out_copy = scene_copy(s, ADA, "one");
}

/* That the copy goes makes a version of a, by which b is seen to have been
 * moved there. */
START_TEST(L63_deletes_that_are_believed_together_do_no_harm)
{
	struct scene s = scene_set(3, _i);
	char *copy;

	scene_all_up(&s);
	scene_write(&s, ADA, "b", "one");
	beside(&s, &copy);
	scene_remove(&s, CY, "a");
	scene_wait(&s, 5);
	scene_meet(&s);
	scene_rest(&s);
	scene_shows(&s, "a", "one");
	if (_i % 2)
		scene_down(&s, ADA);
	scene_remove(&s, ADA, copy);
	scene_remove(&s, ADA, "b");
	if (_i % 2)
		scene_up(&s, ADA);
	scene_rest(&s);
	scene_shows(&s, "a", "one");
	scene_shows(&s, "b", NULL);
	free(copy);
	scene_end(&s);
}
END_TEST

/* Ada hears of what cy made, and he is gone. */
static void
hear_without_content(struct scene *s)
{
	bool heard = false;

	scene_link(s, CY, ADA, true);
	for (int i = 0; i < 1000 && !heard; i++) {
		struct node_status st = scene_status(s, ADA);

		heard = st.folders[0].s.open_paths > 0;
		node_status_release(&st);
		if (!heard)
			sim_run(s->sim, DELAY_MS / 10 * SIM_MS);
	}
	scene_link(s, CY, ADA, false);
	ck_assert(heard);
}

/*
 * Cy took the winner away, so that a is "one" again at the others, and makes
 * another before it is so at his. That covers "one", which has a copy; and ada,
 * who has not heard of it yet, removes that copy, for it stands in a.
 */
START_TEST(L79_a_copy_removed_while_its_home_is_replaced_loses_nothing)
{
	int crossed = 0;

	for (int i = 0; i < MOMENTS; i++) {
		struct scene s = scene_set(3, _i);
		char *copy;
		bool home;

		scene_all_up(&s);
		beside(&s, &copy);
		scene_remove(&s, CY, "a");
		scene_wait(&s, 5);
		sim_knobs(s.sim)->net_delay_ns = DELAY_MS * SIM_MS;
		scene_meet(&s);
		for (int k = 0; k < 1000 && !is_at(&s, ADA, "a", "one"); k++)
			sim_run(s.sim, DELAY_MS / 10 * SIM_MS);
		ck_assert(is_at(&s, ADA, "a", "one"));
		sim_run(s.sim, (int64_t)i * DELAY_MS / 4 * SIM_MS);
		scene_write(&s, CY, "a", "three");
		scene_link(&s, CY, ADA, false);
		scene_link(&s, CY, BOB, false);
		scene_note(&s);
		home = is_at(&s, ADA, "a", "one");
		if (i % 2) /* or she has, but cannot have it yet */
			hear_without_content(&s);
		scene_remove(&s, ADA, copy);
		scene_wait(&s, _i % 4);
		scene_meet(&s);
		scene_rest(&s);
		crossed += home;
		ck_assert(!home || tree_has(s.host[ADA], SCRIPT_ROOT,
				       tree_hash(SPAN_LIT("one")), 3));
		free(copy);
		scene_end(&s);
	}
	ck_assert_int_gt(crossed, 0);
}
END_TEST

/* Bob moves what he has to go where its content is wanted; meanwhile he hears
 * that it wins again where it stood. */
START_TEST(L8_a_file_moved_away_comes_back_where_it_wins_again)
{
	for (int i = 0; i < 2 * MOMENTS; i++) {
		struct scene s = scene_set(3, _i);

		scene_all_up(&s);
		scene_rest(&s);
		scene_down(&s, BOB);
		scene_write(&s, ADA, "x", "same");
		scene_wait(&s, 3);
		scene_remove(&s, ADA, "x");
		scene_wait(&s, 3);
		scene_down(&s, CY);
		scene_write(&s, CY, "x", "other");
		scene_wait(&s, 3);
		scene_write(&s, ADA, "y", "same");
		scene_write(&s, BOB, "x", "same");
		scene_wait(&s, 3);
		scene_up(&s, BOB);
		sim_run(s.sim, i * SIM_MS / 4);
		scene_up(&s, CY);
		scene_rest(&s); /* in which all trees are equal */
		scene_end(&s);
	}
}
END_TEST

static void
expect_in_sync(struct scene *s)
{
	for (unsigned i = 0; i < s->n; i++) {
		struct node_status st = scene_status(s, i);

		ck_assert(st.folders[0].s.in_sync);
		node_status_release(&st);
	}
}

/* The copy of each waits for its home, which wants what the other holds. */
START_TEST(L8_two_contents_crosswise_do_not_wait_for_each_other)
{
	for (int i = 0; i < MOMENTS; i++) {
		struct scene s = scene_set(4, _i * MOMENTS + i);

		/* A line, of which dee is apart. */
		scene_link(&s, ADA, CY, false);
		scene_link(&s, ADA, DEE, false);
		scene_link(&s, BOB, DEE, false);
		scene_link(&s, CY, DEE, false);
		scene_all_up(&s);
		scene_write(&s, CY, "p", "1111");
		scene_write(&s, CY, "q", "2222");
		scene_wait(&s, 30);
		scene_write(&s, DEE, "p", "2222");
		scene_write(&s, DEE, "q", "1111");
		scene_wait(&s, 5);
		scene_link(&s, CY, DEE, true);
		scene_wait(&s, 600);
		expect_in_sync(&s);
		scene_end(&s);
	}
}
END_TEST

TCase *
lessons_same_tcase(void)
{
	TCase *tc = tcase_create("same");

	tcase_set_timeout(tc, LESSONS_TIMEOUT_S);
	lessons_add(tc, L63_deletes_that_are_believed_together_do_no_harm);
	lessons_add(
	    tc, L79_a_copy_removed_while_its_home_is_replaced_loses_nothing);
	lessons_add(tc, L8_a_file_moved_away_comes_back_where_it_wins_again);
	lessons_add(tc, L8_two_contents_crosswise_do_not_wait_for_each_other);
	return tc;
}
