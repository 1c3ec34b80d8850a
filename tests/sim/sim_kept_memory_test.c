/* SPDX-License-Identifier: Apache-2.0 */
/* Kept versions and quarantine, of a database that was lost or put back. */
#include "tests/sim/sim_couple.h"

#include <stdio.h>
#include <string.h>

#include "tests/run.h"
#include "tests/sim/sim_image.h"
#include "tests/sim/sim_tree.h"

static void
lose_database(struct couple *c)
{
	static const char *const files[] = {"index.db", "index.db-wal"};
	char path[128];

	ck_assert(sim_node_stop(c->node[1]));
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "/home/state/folders/%s/%s", "sim",
		    files[i]);
		(void)sim_user_unlink(c->host[1], path);
	}
	OK(sim_node_start(c->node[1]));
}

START_TEST(L11_a_lost_database_takes_kept_versions_up)
{
	struct couple c = couple_begin_replaced(12);

	sim_run(c.sim, JUDGED_S * SIM_SECOND);
	lose_database(&c);
	couple_settle(&c);
	sim_run(c.sim, 2 * JUDGED_S * SIM_SECOND);
	ck_assert(couple_holds(&c, VERSIONS "/d", "one"));
	couple_days(&c, 27);
	ck_assert(couple_holds(&c, VERSIONS "/d", "one"));
	couple_days(&c, 5);
	ck_assert(!couple_holds(&c, VERSIONS, "one"));
	couple_end(&c);
}
END_TEST

START_TEST(L11_a_lost_database_takes_quarantine_up)
{
	struct couple c = couple_begin_replaced(13);

	lose_database(&c);
	couple_settle(&c);
	ck_assert(couple_holds(&c, QUARANTINE, "one"));
	/* Its number is not given again. */
	couple_write(&c, 0, SCRIPT_ROOT "/d/n.txt", "three");
	couple_settle(&c);
	sim_run(c.sim, 2 * JUDGED_S * SIM_SECOND);
	ck_assert(!couple_holds(&c, QUARANTINE, "one"));
	ck_assert(couple_holds(&c, VERSIONS, "one"));
	ck_assert(couple_holds(&c, VERSIONS, "two"));
	couple_end(&c);
}
END_TEST

/* A program of bob's had the file open when it was displaced, and wrote to it
 * after that. */
static void
edit_late(struct couple *c)
{
	struct tree t;
	char path[64];

	tree_read(c->host[1], QUARANTINE, &t);
	ck_assert_uint_eq(t.v.n, 1);
	snprintf(path, sizeof path, QUARANTINE "/%s", t.v.items[0].path);
	tree_release(&t);
	OK(sim_user_append(c->host[1], path, SPAN_LIT(", late")));
}

static void
late_edit_comes_back(struct couple *c)
{
	const struct tree_item *item;
	struct span late = SPAN_LIT("one, late");
	struct tree t;

	sim_run(c->sim, JUDGED_S * SIM_SECOND);
	couple_settle(c);
	tree_read(c->host[0], SCRIPT_ROOT, &t);
	item = tree_holds(&t, tree_hash(late), late.len);
	ck_assert(item != NULL);
	ck_assert(strncmp(item->path, "recovered.conflict-", 19) == 0);
	tree_release(&t);
	couple_end(c);
}

START_TEST(L11_65_a_lost_database_gives_late_edits_back)
{
	struct couple c = couple_begin_replaced(15);

	edit_late(&c);
	lose_database(&c);
	late_edit_comes_back(&c);
}
END_TEST

/* The backup was made while bob's daemon ran: his folder does not tell. */
START_TEST(L11_65_an_older_database_gives_late_edits_back)
{
	struct couple c = couple_begin(16);
	struct image memory = {0};

	couple_write(&c, 0, SCRIPT_ROOT "/n.txt", "one");
	couple_settle(&c);
	image_take(&memory, c.host[1], SIM_NODE_MEMORY);
	couple_write(&c, 0, SCRIPT_ROOT "/n.txt", "two");
	couple_settle(&c);
	edit_late(&c);
	sim_node_kill(c.node[1], false);
	image_put(&memory, c.host[1], SIM_NODE_MEMORY);
	image_release(&memory);
	OK(sim_node_start(c.node[1]));
	late_edit_comes_back(&c);
}
END_TEST

START_TEST(L11_a_new_memory_lets_none_go_before_it_has_heard_a_peer)
{
	struct couple c = couple_begin_replaced(14);

	sim_run(c.sim, JUDGED_S * SIM_SECOND);
	ck_assert(sim_node_stop(c.node[0]));
	lose_database(&c);
	couple_days(&c, 40);
	ck_assert(couple_holds(&c, VERSIONS, "one"));
	OK(sim_node_start(c.node[0]));
	couple_settle(&c);
	couple_days(&c, 31); /* its clock did not run before */
	ck_assert(!couple_holds(&c, VERSIONS, "one"));
	couple_end(&c);
}
END_TEST

START_TEST(what_a_user_put_there_is_left_alone)
{
	struct couple c = couple_begin_replaced(14);

	OK(sim_user_write(c.host[1], VERSIONS "/mine", SPAN_LIT("mine")));
	lose_database(&c);
	couple_days(&c, 32);
	ck_assert(couple_holds(&c, VERSIONS, "mine"));
	couple_end(&c);
}
END_TEST

TCase *
kept_memory_tcase(void)
{
	TCase *t = tcase_create("memory");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, L11_a_lost_database_takes_kept_versions_up);
	tcase_add_test(t, L11_a_lost_database_takes_quarantine_up);
	tcase_add_test(t, L11_65_a_lost_database_gives_late_edits_back);
	tcase_add_test(t, L11_65_an_older_database_gives_late_edits_back);
	tcase_add_test(
	    t, L11_a_new_memory_lets_none_go_before_it_has_heard_a_peer);
	tcase_add_test(t, what_a_user_put_there_is_left_alone);
	return t;
}
