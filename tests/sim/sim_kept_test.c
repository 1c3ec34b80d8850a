/* SPDX-License-Identifier: Apache-2.0 */
/* Kept versions, by two whole nodes in simulated time. */
#include "tests/sim/sim_image.h"
#include "tests/sim/sim_node.h"
#include "tests/sim/sim_script.h"
#include "tests/sim/sim_test.h"
#include "tests/sim/sim_tree.h"

#include <stdlib.h>
#include <string.h>

#define OK(call) ck_assert_int_eq(call, 0)
#define VERSIONS SCRIPT_ROOT "/.tutti/versions"
#define QUARANTINE SCRIPT_ROOT "/.tutti/quarantine"

enum {
	SETTLE_S = 120,
	GRACE_S = 60,
	JUDGED_S = 90, /* the grace and a look at it */
	DAY_S = 86400,
};

struct couple {
	struct sim *sim;
	struct sim_node *node[2];
	struct sim_host *host[2];
};

static bool
rest(void *arg)
{
	struct couple *c = arg;

	return sim_node_rests(c->node[0], false) &&
	       sim_node_rests(c->node[1], false);
}

static void
come_to_rest(struct couple *c)
{
	struct buf why;

	if (sim_run_until(c->sim, SETTLE_S * SIM_SECOND, rest, c))
		return;
	buf_init(&why, 8192);
	sim_node_why(c->node[0], &why);
	sim_node_why(c->node[1], &why);
	ck_abort_msg("no rest: %.*s", (int)why.len, (const char *)why.p);
}

static void
settle(struct couple *c)
{
	come_to_rest(c);
	/* Events may still be on their way. */
	sim_run(c->sim, 3 * SIM_SECOND);
	come_to_rest(c);
}

static struct couple
begin(uint64_t seed)
{
	struct couple c = {.sim = sim_new(seed)};

	sim_knobs(c.sim)->leases = true; /* else the grace is longer */
	sim_nodes_new(c.sim, 2, SCRIPT_MESH, c.node);
	for (int i = 0; i < 2; i++) {
		c.host[i] = sim_node_machine(c.node[i]);
		OK(sim_node_start(c.node[i]));
	}
	settle(&c);
	return c;
}

static void
end(struct couple *c)
{
	for (int i = 0; i < 2; i++) {
		ck_assert(sim_node_stop(c->node[i]));
		ck_assert_uint_eq(sim_node_left(c->node[i]), 0);
		sim_node_free(c->node[i]);
	}
	sim_free(c->sim);
}

static void
write_at(struct couple *c, int who, const char *path, const char *text)
{
	OK(sim_user_write(c->host[who], path, span_str(text)));
}

static bool
holds(struct couple *c, const char *root, const char *text)
{
	struct span s = span_str(text);

	return tree_has(c->host[1], root, tree_hash(s), s.len);
}

/* Ada writes "one", then "two"; bob's one is in quarantine. */
static struct couple
begin_replaced(uint64_t seed)
{
	struct couple c = begin(seed);

	OK(sim_user_mkdir(c.host[0], SCRIPT_ROOT "/d"));
	write_at(&c, 0, SCRIPT_ROOT "/d/n.txt", "one");
	settle(&c);
	write_at(&c, 0, SCRIPT_ROOT "/d/n.txt", "two");
	settle(&c);
	ck_assert(holds(&c, SCRIPT_ROOT, "two"));
	ck_assert(holds(&c, QUARANTINE, "one"));
	return c;
}

START_TEST(what_a_peer_replaced_is_kept)
{
	struct couple c = begin_replaced(1);
	struct tree t;

	sim_run(c.sim, JUDGED_S * SIM_SECOND);
	ck_assert(!holds(&c, QUARANTINE, "one"));
	tree_read(c.host[1], VERSIONS "/d", &t);
	ck_assert_uint_eq(t.v.n, 1);
	ck_assert_msg(strncmp(t.v.items[0].path, "n~20", 4) == 0 &&
			  strstr(t.v.items[0].path, "Z.txt") != NULL,
	    "%s", t.v.items[0].path);
	tree_release(&t);
	end(&c);
}
END_TEST

START_TEST(what_a_peer_deleted_is_kept_links_too)
{
	struct couple c = begin(2);
	struct tree t;

	OK(sim_user_mkdir(c.host[0], SCRIPT_ROOT "/d"));
	write_at(&c, 0, SCRIPT_ROOT "/d/n", "one");
	OK(sim_user_symlink(c.host[0], "to", SCRIPT_ROOT "/l"));
	settle(&c);
	OK(sim_user_remove_all(c.host[0], SCRIPT_ROOT "/d"));
	OK(sim_user_unlink(c.host[0], SCRIPT_ROOT "/l"));
	settle(&c);
	sim_run(c.sim, JUDGED_S * SIM_SECOND);
	ck_assert(holds(&c, VERSIONS "/d", "one"));
	tree_read(c.host[1], VERSIONS, &t);
	ck_assert_uint_eq(t.v.n, 3); /* d, the file, the link */
	tree_release(&t);
	end(&c);
}
END_TEST

START_TEST(what_still_stands_in_the_tree_is_not_kept_twice)
{
	struct couple c = begin(3);
	struct tree t;

	write_at(&c, 0, SCRIPT_ROOT "/n", "one");
	write_at(&c, 0, SCRIPT_ROOT "/m", "one");
	settle(&c);
	write_at(&c, 0, SCRIPT_ROOT "/n", "two");
	settle(&c);
	sim_run(c.sim, JUDGED_S * SIM_SECOND);
	ck_assert(!holds(&c, QUARANTINE, "one"));
	tree_read(c.host[1], VERSIONS, &t);
	ck_assert_uint_eq(t.v.n, 0);
	tree_release(&t);
	end(&c);
}
END_TEST

/* Wanted again, it is there without a byte of it on the line. */
START_TEST(a_kept_version_gives_its_content)
{
	struct couple c = begin_replaced(4);

	sim_run(c.sim, JUDGED_S * SIM_SECOND);
	ck_assert(holds(&c, VERSIONS "/d", "one"));
	write_at(&c, 0, SCRIPT_ROOT "/m", "one");
	/* Bob hears of the version, and ada cannot serve it. */
	settle(&c);
	ck_assert(holds(&c, SCRIPT_ROOT, "one"));
	ck_assert(holds(&c, VERSIONS "/d", "one"));
	end(&c);
}
END_TEST

/*
 * Ada's copy goes while it is on its way to her: only bob's kept version has
 * it, and serves it.
 */
START_TEST(a_kept_version_is_served)
{
	struct couple c = begin_replaced(5);

	sim_run(c.sim, JUDGED_S * SIM_SECOND);
	OK(sim_user_rename(c.host[1], VERSIONS "/d", SCRIPT_ROOT "/back"));
	settle(&c);
	ck_assert(tree_has(
	    c.host[0], SCRIPT_ROOT "/back", tree_hash(SPAN_LIT("one")), 3));
	end(&c);
}
END_TEST

/* Days pass for the clock, an hour each for the node. */
static void
days(struct couple *c, int n)
{
	for (int i = 0; i < n; i++) {
		sim_host_jump(c->host[1], DAY_S * SIM_SECOND);
		sim_run(c->sim, 3700 * SIM_SECOND);
	}
}

START_TEST(it_goes_after_thirty_days_and_its_directory_with_it)
{
	struct couple c = begin_replaced(6);
	struct tree t;

	sim_run(c.sim, JUDGED_S * SIM_SECOND);
	days(&c, 27);
	ck_assert(holds(&c, VERSIONS "/d", "one"));
	days(&c, 4);
	tree_read(c.host[1], VERSIONS, &t);
	ck_assert_uint_eq(t.v.n, 0);
	tree_release(&t);
	end(&c);
}
END_TEST

START_TEST(L27_a_clock_that_jumps_throws_nothing_away)
{
	struct couple c = begin_replaced(7);
	int64_t years = INT64_C(10) * 365 * DAY_S * SIM_SECOND;

	sim_run(c.sim, JUDGED_S * SIM_SECOND);
	for (int i = 0; i < 6; i++) {
		sim_host_jump(c.host[1], i % 2 == 0 ? years : -years);
		ck_assert(sim_node_stop(c.node[1]));
		OK(sim_node_start(c.node[1]));
		sim_run(c.sim, 2 * 3700 * SIM_SECOND);
		ck_assert(holds(&c, VERSIONS "/d", "one"));
	}
	end(&c);
}
END_TEST

START_TEST(beyond_their_share_of_the_disk_the_oldest_go)
{
	static char big[100000];
	struct couple c = begin(8);
	char path[64];

	/* Five of a hundred: room for two, about. */
	sim_host_capacity(c.host[1], SCRIPT_ROOT, 20 * 250000);
	for (int i = 0; i < 4; i++) {
		memset(big, 'a' + i, sizeof big);
		snprintf(path, sizeof path, SCRIPT_ROOT "/n%d", i);
		OK(sim_user_write(c.host[0], path, span_of(big, sizeof big)));
		settle(&c);
		OK(sim_user_unlink(c.host[0], path));
		settle(&c);
		sim_run(c.sim, JUDGED_S * SIM_SECOND);
	}
	for (int i = 0; i < 4; i++) {
		memset(big, 'a' + i, sizeof big);
		ck_assert(tree_has(c.host[1], VERSIONS,
			      tree_hash(span_of(big, sizeof big)),
			      sizeof big) == (i >= 2));
	}
	end(&c);
}
END_TEST

/* Bob dies at some call while what rested is kept. */
static void
die_while_keeping(uint64_t call, bool power)
{
	struct couple c = begin_replaced(9 + call % 3);

	ck_assert(sim_node_stop(c.node[0]));
	sim_run(c.sim, (GRACE_S - 5) * SIM_SECOND);
	sim_host_die_at(c.host[1], call, power);
	sim_run(c.sim, 30 * SIM_SECOND);
	sim_node_bury(c.node[1]);
	ck_assert(
	    holds(&c, QUARANTINE, "one") || holds(&c, VERSIONS "/d", "one"));
	if (sim_host_up(c.host[1]))
		sim_host_die_at(c.host[1], 0, false);
	OK(sim_node_start(c.node[1]));
	OK(sim_node_start(c.node[0]));
	settle(&c);
	sim_run(c.sim, 2 * JUDGED_S * SIM_SECOND);
	ck_assert(!holds(&c, QUARANTINE, "one"));
	ck_assert(holds(&c, VERSIONS "/d", "one"));
	days(&c, 31); /* its row is right: it expires */
	ck_assert(!holds(&c, VERSIONS, "one"));
	end(&c);
}

enum { CALLS = 90 };

START_TEST(L20_killed_at_any_call_while_keeping)
{
	die_while_keeping((uint64_t)_i + 1, false);
}
END_TEST

START_TEST(L21_the_plug_at_any_call_while_keeping)
{
	die_while_keeping((uint64_t)_i + 1, true);
}
END_TEST

/* Bob brings back what ada replaced; another directory of hers was deleted. */
static void
restore_all(struct couple *c, int64_t at_ns, bool *out_done)
{
	OK(sim_node_restore(c->node[1], "", at_ns, out_done));
}

static bool
is_set(void *arg)
{
	return *(bool *)arg;
}

static struct couple
begin_changed(uint64_t seed, int64_t *out_at_ns)
{
	struct couple c = begin(seed);

	OK(sim_user_mkdir(c.host[0], SCRIPT_ROOT "/d"));
	OK(sim_user_mkdir(c.host[0], SCRIPT_ROOT "/e"));
	write_at(&c, 0, SCRIPT_ROOT "/d/n.txt", "one");
	write_at(&c, 0, SCRIPT_ROOT "/e/m", "deep");
	OK(sim_user_symlink(c.host[0], "m", SCRIPT_ROOT "/e/l"));
	settle(&c);
	*out_at_ns = sim_host_wall(c.host[1]);
	sim_run(c.sim, SIM_SECOND);
	write_at(&c, 0, SCRIPT_ROOT "/d/n.txt", "two");
	OK(sim_user_remove_all(c.host[0], SCRIPT_ROOT "/e"));
	write_at(&c, 0, SCRIPT_ROOT "/later", "sooner"); /* not so soon */
	settle(&c);
	write_at(&c, 0, SCRIPT_ROOT "/later", "later");
	settle(&c);
	return c;
}

/* As it stood, at both; and nothing lost of what came since. */
static void
expect_restored(struct couple *c)
{
	struct tree t[2];
	char why[256];

	for (int i = 0; i < 2; i++)
		tree_read(c->host[i], SCRIPT_ROOT, &t[i]);
	ck_assert_msg(!tree_differs(&t[0], &t[1], why, sizeof why), "%s", why);
	ck_assert_uint_eq(t[0].v.n, 6); /* d, n.txt, e, m, l, later */
	ck_assert_ptr_nonnull(tree_find(&t[0], "e/l"));
	for (int i = 0; i < 2; i++)
		tree_release(&t[i]);
	ck_assert(holds(c, SCRIPT_ROOT "/d", "one"));
	ck_assert(holds(c, SCRIPT_ROOT "/e", "deep"));
	ck_assert(holds(c, SCRIPT_ROOT, "later"));
	ck_assert(
	    holds(c, QUARANTINE, "two") || holds(c, VERSIONS "/d", "two"));
}

START_TEST(what_stood_then_comes_back_everywhere)
{
	int64_t at_ns;
	struct couple c = begin_changed(20 + (uint64_t)_i, &at_ns);
	bool done;

	if (_i % 2 == 1) /* out of quarantine, or of the kept versions */
		sim_run(c.sim, JUDGED_S * SIM_SECOND);
	restore_all(&c, at_ns, &done);
	ck_assert(sim_run_until(c.sim, SETTLE_S * SIM_SECOND, is_set, &done));
	settle(&c);
	expect_restored(&c);
	sim_run(c.sim, JUDGED_S * SIM_SECOND);
	expect_restored(&c);
	end(&c);
}
END_TEST

/* It need not have begun; what is there is old or new, and once more helps. */
static void
die_while_restoring(uint64_t call, bool power)
{
	int64_t at_ns;
	struct couple c = begin_changed(30 + call % 3, &at_ns);
	bool done;

	sim_run(c.sim, JUDGED_S * SIM_SECOND);
	sim_host_die_at(c.host[1], call, power);
	restore_all(&c, at_ns, &done);
	sim_run(c.sim, SIM_SECOND);
	sim_node_bury(c.node[1]);
	ck_assert(
	    holds(&c, SCRIPT_ROOT, "two") || holds(&c, QUARANTINE, "two"));
	ck_assert(
	    holds(&c, SCRIPT_ROOT, "one") || holds(&c, VERSIONS "/d", "one"));
	if (sim_host_up(c.host[1]))
		sim_host_die_at(c.host[1], 0, false);
	OK(sim_node_start(c.node[1]));
	settle(&c);
	restore_all(&c, at_ns, &done);
	ck_assert(sim_run_until(c.sim, SETTLE_S * SIM_SECOND, is_set, &done));
	settle(&c);
	expect_restored(&c);
	sim_run(c.sim, 2 * JUDGED_S * SIM_SECOND);
	ck_assert(holds(&c, VERSIONS "/d", "two")); /* known, not astray */
	end(&c);
}

START_TEST(L20_killed_at_any_call_while_restoring)
{
	die_while_restoring((uint64_t)_i + 1, false);
}
END_TEST

START_TEST(L21_the_plug_at_any_call_while_restoring)
{
	die_while_restoring((uint64_t)_i + 1, true);
}
END_TEST

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
	struct couple c = begin_replaced(12);

	sim_run(c.sim, JUDGED_S * SIM_SECOND);
	lose_database(&c);
	settle(&c);
	sim_run(c.sim, 2 * JUDGED_S * SIM_SECOND);
	ck_assert(holds(&c, VERSIONS "/d", "one"));
	days(&c, 27);
	ck_assert(holds(&c, VERSIONS "/d", "one"));
	days(&c, 5);
	ck_assert(!holds(&c, VERSIONS, "one"));
	end(&c);
}
END_TEST

START_TEST(L11_a_lost_database_takes_quarantine_up)
{
	struct couple c = begin_replaced(13);

	lose_database(&c);
	settle(&c);
	ck_assert(holds(&c, QUARANTINE, "one"));
	/* Its number is not given again. */
	write_at(&c, 0, SCRIPT_ROOT "/d/n.txt", "three");
	settle(&c);
	sim_run(c.sim, 2 * JUDGED_S * SIM_SECOND);
	ck_assert(!holds(&c, QUARANTINE, "one"));
	ck_assert(holds(&c, VERSIONS, "one"));
	ck_assert(holds(&c, VERSIONS, "two"));
	end(&c);
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
	settle(c);
	tree_read(c->host[0], SCRIPT_ROOT, &t);
	item = tree_holds(&t, tree_hash(late), late.len);
	ck_assert(item != NULL);
	ck_assert(strncmp(item->path, "recovered.conflict-", 19) == 0);
	tree_release(&t);
	end(c);
}

START_TEST(L11_65_a_lost_database_gives_late_edits_back)
{
	struct couple c = begin_replaced(15);

	edit_late(&c);
	lose_database(&c);
	late_edit_comes_back(&c);
}
END_TEST

/* The backup was made while bob's daemon ran: his folder does not tell. */
START_TEST(L11_65_an_older_database_gives_late_edits_back)
{
	struct couple c = begin(16);
	struct image memory = {0};

	write_at(&c, 0, SCRIPT_ROOT "/n.txt", "one");
	settle(&c);
	image_take(&memory, c.host[1], SIM_NODE_MEMORY);
	write_at(&c, 0, SCRIPT_ROOT "/n.txt", "two");
	settle(&c);
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
	struct couple c = begin_replaced(14);

	sim_run(c.sim, JUDGED_S * SIM_SECOND);
	ck_assert(sim_node_stop(c.node[0]));
	lose_database(&c);
	days(&c, 40);
	ck_assert(holds(&c, VERSIONS, "one"));
	OK(sim_node_start(c.node[0]));
	settle(&c);
	days(&c, 31); /* its clock did not run before */
	ck_assert(!holds(&c, VERSIONS, "one"));
	end(&c);
}
END_TEST

START_TEST(what_a_user_put_there_is_left_alone)
{
	struct couple c = begin_replaced(14);

	OK(sim_user_write(c.host[1], VERSIONS "/mine", SPAN_LIT("mine")));
	lose_database(&c);
	days(&c, 32);
	ck_assert(holds(&c, VERSIONS, "mine"));
	end(&c);
}
END_TEST

static TCase *
kept_tcase(void)
{
	TCase *t = tcase_create("kept");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, what_a_peer_replaced_is_kept);
	tcase_add_test(t, what_a_peer_deleted_is_kept_links_too);
	tcase_add_test(t, what_still_stands_in_the_tree_is_not_kept_twice);
	tcase_add_test(t, a_kept_version_gives_its_content);
	tcase_add_test(t, a_kept_version_is_served);
	tcase_add_test(t, it_goes_after_thirty_days_and_its_directory_with_it);
	tcase_add_test(t, L27_a_clock_that_jumps_throws_nothing_away);
	tcase_add_test(t, beyond_their_share_of_the_disk_the_oldest_go);
	tcase_add_loop_test(t, L20_killed_at_any_call_while_keeping, 0, CALLS);
	tcase_add_loop_test(
	    t, L21_the_plug_at_any_call_while_keeping, 0, CALLS);
	tcase_add_loop_test(t, what_stood_then_comes_back_everywhere, 0, 6);
	tcase_add_loop_test(
	    t, L20_killed_at_any_call_while_restoring, 0, CALLS);
	tcase_add_loop_test(
	    t, L21_the_plug_at_any_call_while_restoring, 0, CALLS);
	tcase_add_test(t, L11_a_lost_database_takes_kept_versions_up);
	tcase_add_test(t, L11_a_lost_database_takes_quarantine_up);
	tcase_add_test(t, L11_65_a_lost_database_gives_late_edits_back);
	tcase_add_test(
	    t, L11_a_new_memory_lets_none_go_before_it_has_heard_a_peer);
	tcase_add_test(t, L11_65_an_older_database_gives_late_edits_back);
	tcase_add_test(t, what_a_user_put_there_is_left_alone);
	return t;
}

int
main(void)
{
	static run_tcase *const tcases[] = {kept_tcase};

	return run_tests("sim kept", tcases, sizeof tcases / sizeof *tcases);
}
