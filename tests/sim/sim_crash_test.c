/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Short histories, each played again for every call of the host's table that
 * a machine makes in it: there its process dies, or its power goes, or the
 * call fails with an errno. Then it is started again, all comes to rest, and
 * the oracle judges (LESSONS 20, 21, 23, 24). What users write here they
 * sync, so nothing of it may be lost with the power.
 *
 * `make check` tries some of the points, others with each TUTTI_SIM_SEED;
 * TUTTI_SIM_ALL=1 all of them. Prints how many. A failure names its point as
 * TUTTI_SIM_POINT takes it, to be played alone, with TUTTI_SIM_SHOW=1 say.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_oracle.h"
#include "tests/sim/sim_scene.h"

enum {
	POINTS = 12, /* of one history, machine and way, when not all */
	REST_S = 900,
	RESCAN_S = 3700,
	QUIET_S = 20,
	TIMEOUT_S = 3600,
	LARGE = 300000,
};

static struct scene s;
static size_t tried;

/* ---- users who sync ------------------------------------------------------ */

static void
synced(unsigned who, const char *path)
{
	char at[256];

	snprintf(at, sizeof at, "%s/%s", SCRIPT_ROOT, path);
	ck_assert_int_eq(sim_user_sync(s.host[who], at), 0);
	*strrchr(at, '/') = '\0';
	ck_assert_int_eq(sim_user_sync(s.host[who], at), 0);
}

static void
writes(unsigned who, const char *path, const char *text)
{
	scene_write(&s, who, path, text);
	synced(who, path);
}

static void
makes(unsigned who, const char *path)
{
	scene_mkdir(&s, who, path);
	synced(who, path);
}

static void
writes_large(unsigned who, const char *path, uint64_t number)
{
	struct buf b = scene_noise(LARGE, number);

	scene_put(&s, who, path, buf_span(&b));
	synced(who, path);
	buf_release(&b);
}

/* ---- histories: what there is before, and what happens ------------------- */

static void
nothing(void)
{
}

static void
one_file(void)
{
	writes(ADA, "a", "one");
}

static void
tree(void)
{
	makes(ADA, "d");
	makes(ADA, "d/e");
	writes(ADA, "d/x", "x");
	writes(ADA, "d/e/y", "y");
	scene_symlink(&s, ADA, "e/y", "d/l");
	synced(ADA, "d");
}

static void
large(void)
{
	writes_large(ADA, "big", 7);
}

static void
replaced(void)
{
	writes(ADA, "a", "two");
}

static void
deleted(void)
{
	scene_remove(&s, ADA, "a");
}

static void
renamed(void)
{
	scene_rename(&s, ADA, "a", "b");
}

static void
tree_moved(void)
{
	scene_rename(&s, ADA, "d", "f");
	writes(ADA, "f/x", "x again");
}

static void
large_changed(void)
{
	scene_append(&s, ADA, "big", SPAN_LIT("a little more"));
	synced(ADA, "big");
}

static void
kind_changed(void)
{
	scene_remove(&s, ADA, "a");
	makes(ADA, "a");
	writes(ADA, "a/x", "inside");
}

static void
attributes(void)
{
	scene_attr(&s, ADA, "d/x", "user.a", "1");
	scene_attr(&s, ADA, "d/x", "user.b", "2");
	scene_attr(&s, ADA, "d/e/y", "user.old", "y");
	scene_attr(&s, ADA, "d/e", "user.dir", "e");
	synced(ADA, "d/x");
	synced(ADA, "d/e/y");
	synced(ADA, "d/e");
}

static void
tree_with_attributes(void)
{
	tree();
	attributes();
}

static void
attributes_changed(void)
{
	scene_attr(&s, ADA, "d/x", "user.a", "changed");
	scene_attr(&s, ADA, "d/x", "user.b", NULL);
	scene_attr(&s, ADA, "d/x", "user.c", "3");
	scene_chmod(&s, ADA, "d/x", 0600);
	synced(ADA, "d/x");
	scene_attr(&s, ADA, "d/e", "user.dir", "changed");
	synced(ADA, "d/e");
	writes(ADA, "d/e/y", "and its content");
}

/* On both, as it was meant; where a call fails it may have been left out. */
static const char *
attributes_are_as_changed(void)
{
	for (unsigned i = 0; i < s.n; i++) {
		if (!scene_attrs_are(&s, i, "d/x", "user.a=changed user.c=3 "))
			return "other attributes of a file";
		if (!scene_attrs_are(&s, i, "d/e", "user.dir=changed "))
			return "other attributes of a directory";
		if (!scene_attrs_are(&s, i, "d/e/y", "user.old=y "))
			return "other attributes of an edited file";
	}
	return NULL;
}

static void
conflict(void)
{
	scene_part(&s);
	writes(ADA, "a", "hers");
	writes(BOB, "a", "his");
	sim_run(s.sim, SIM_SECOND);
	scene_meet(&s);
}

static const struct history {
	const char *name;
	void (*before)(void);
	void (*happens)(void);
	unsigned metadata; /* that both carry */
	const char *(*judge)(void); /* NULL: nothing more; what is wrong */
} histories[] = {
    {.name = "a new file", .before = nothing, .happens = one_file},
    {.name = "a new tree", .before = nothing, .happens = tree},
    {.name = "a new large file", .before = nothing, .happens = large},
    {.name = "a file replaced", .before = one_file, .happens = replaced},
    {.name = "a file deleted", .before = one_file, .happens = deleted},
    {.name = "a file renamed", .before = one_file, .happens = renamed},
    {.name = "a tree moved and edited", .before = tree, .happens = tree_moved},
    {.name = "a large file changed", .before = large, .happens = large_changed},
    {.name = "a directory for a file",
	.before = one_file,
	.happens = kind_changed},
    {.name = "a conflict", .before = one_file, .happens = conflict},
    {.name = "attributes",
	.before = tree_with_attributes,
	.happens = attributes_changed,
	.metadata = META_ALL,
	.judge = attributes_are_as_changed},
};

enum { HISTORIES = sizeof histories / sizeof *histories };

/* ---- one point ----------------------------------------------------------- */

/* What is done to whom at the n-th call; n 0: nothing. */
struct blow {
	unsigned who;
	uint64_t n;
	int err; /* 0: it dies */
	bool cut; /* by the plug */
};

static bool
all_rest(void *arg)
{
	(void)arg;
	return sim_node_rests(s.node[ADA], 2) && sim_node_rests(s.node[BOB], 2);
}

/* Until nothing moves for a while, or somebody is down. */
static bool
comes_to_rest(void)
{
	int64_t end = sim_now(s.sim) + REST_S * SIM_SECOND;

	while (sim_now(s.sim) < end && sim_host_up(s.host[ADA]) &&
	       sim_host_up(s.host[BOB])) {
		int64_t since;

		if (!sim_run_until(s.sim, REST_S * SIM_SECOND, all_rest, NULL))
			return false;
		since = sim_now(s.sim);
		while (all_rest(NULL) &&
		       sim_now(s.sim) < since + QUIET_S * SIM_SECOND)
			sim_run(s.sim, SIM_SECOND);
		if (all_rest(NULL))
			return true;
	}
	return false;
}

static void
strike(const struct blow *b)
{
	struct sim_fault fault = {.n = b->n, .count = 1, .err = b->err};

	if (b->n == 0)
		return;
	if (b->err != 0)
		sim_host_fault(s.host[b->who], &fault);
	else
		sim_host_die_at(s.host[b->who], b->n, b->cut);
}

static void
rise_again(void)
{
	for (unsigned i = 0; i < s.n; i++) {
		struct sim_fault none = {0};

		if (sim_host_up(s.host[i])) {
			sim_host_fault(s.host[i], &none);
			sim_host_die_at(s.host[i], 0, false);
		} else {
			sim_node_bury(s.node[i]);
			ck_assert_uint_eq(sim_node_left(s.node[i]), 0);
			scene_up(&s, i);
		}
	}
}

static void
say_why(const struct history *h, const struct blow *b, const char *why)
{
	struct buf text;

	buf_init(&text, 8192);
	sim_node_why(s.node[ADA], &text);
	sim_node_why(s.node[BOB], &text);
	ck_abort_msg("%s, TUTTI_SIM_POINT='%d %u %llu %d %d': %s\n%.*s",
	    h->name, (int)(h - histories), b->who, (unsigned long long)b->n,
	    b->err, b->cut, why, (int)text.len, (const char *)text.p);
}

/* Plays a history with a blow in it; says how many calls who made in it. */
static uint64_t
play(const struct history *h, const struct blow *b)
{
	struct oracle *oracle;
	uint64_t calls;
	char why[512];

	s = scene_set(2, (int)(b->n % 16));
	for (unsigned i = 0; i < s.n && h->metadata != 0; i++)
		sim_node_carry(s.node[i], h->metadata);
	oracle = oracle_new(s.sim);
	sim_power_watch(s.sim, NULL, NULL); /* all is synced: no excuses */
	scene_all_up(&s);
	ck_assert(comes_to_rest());
	h->before();
	if (!comes_to_rest())
		say_why(h, b, "no rest before");
	calls = sim_host_calls(s.host[b->who]);
	strike(b);
	h->happens();
	(void)comes_to_rest();
	calls = sim_host_calls(s.host[b->who]) - calls;
	rise_again();
	scene_meet(&s);
	/* What may not be read is looked at again with everything else. */
	if (b->err == EACCES)
		sim_run(s.sim, RESCAN_S * SIM_SECOND);
	if (!comes_to_rest())
		say_why(h, b, "no rest");
	/* With what lay in quarantine judged. */
	sim_run(s.sim, 120 * SIM_SECOND);
	if (!comes_to_rest())
		say_why(h, b, "no rest later");
	if (!oracle_judge(oracle, s.host, 2, false, why, sizeof why))
		say_why(h, b, why);
	if (h->judge != NULL && b->err == 0 && h->judge() != NULL)
		say_why(h, b, h->judge());
	oracle_free(oracle);
	scene_end(&s);
	tried += b->n > 0;
	return calls;
}

/* ---- all points ---------------------------------------------------------- */

/* Of how many points one is tried, and with which it begins. */
static uint64_t
stride(uint64_t calls)
{
	if (getenv("TUTTI_SIM_ALL") || calls <= POINTS)
		return 1;
	return calls / POINTS;
}

static uint64_t
first(uint64_t every)
{
	const char *seed = getenv("TUTTI_SIM_SEED");

	return 1 + (seed && *seed ? strtoull(seed, NULL, 0) : 0) % every;
}

static void
sweep(const struct history *h, struct blow b)
{
	uint64_t calls, every;

	b.n = 0;
	calls = play(h, &b);
	every = stride(calls);
	for (b.n = first(every); b.n <= calls; b.n += every)
		(void)play(h, &b);
}

static void
sweep_both(int err, bool cut, int i)
{
	const struct history *h = &histories[i];

	tried = 0;
	sweep(h, (struct blow){.who = ADA, .err = err, .cut = cut});
	sweep(h, (struct blow){.who = BOB, .err = err, .cut = cut});
	printf("%s, %s: %zu points\n", h->name,
	    err   ? strerror(err)
	    : cut ? "power"
		  : "killed",
	    tried);
	fflush(stdout);
}

START_TEST(L20_a_kill_at_any_call_loses_nothing)
{
	sweep_both(0, false, _i);
}
END_TEST

START_TEST(L21_a_power_cut_at_any_call_loses_nothing)
{
	sweep_both(0, true, _i);
}
END_TEST

START_TEST(L23_24_an_error_of_any_call_loses_nothing)
{
	static const int errors[] = {EIO, ENOSPC, EACCES, EINTR};

	sweep_both(errors[_i % 4], false, _i / 4);
}
END_TEST

static TCase *
crash_tcase(void)
{
	TCase *tc = tcase_create("crash");

	tcase_set_timeout(tc, TIMEOUT_S);
	tcase_add_loop_test(
	    tc, L20_a_kill_at_any_call_loses_nothing, 0, HISTORIES);
	tcase_add_loop_test(
	    tc, L21_a_power_cut_at_any_call_loses_nothing, 0, HISTORIES);
	tcase_add_loop_test(
	    tc, L23_24_an_error_of_any_call_loses_nothing, 0, 4 * HISTORIES);
	return tc;
}

START_TEST(one_point_loses_nothing)
{
	struct blow b;
	unsigned long long n;
	int history, cut;

	ck_assert_int_eq(sscanf(getenv("TUTTI_SIM_POINT"), "%d %u %llu %d %d",
			     &history, &b.who, &n, &b.err, &cut),
	    5);
	b.n = n;
	b.cut = cut;
	(void)play(&histories[history], &b);
}
END_TEST

static TCase *
point_tcase(void)
{
	TCase *tc = tcase_create("point");

	tcase_set_timeout(tc, TIMEOUT_S);
	tcase_add_test(tc, one_point_loses_nothing);
	return tc;
}

int
main(void)
{
	static run_tcase *const one[] = {point_tcase};
	static run_tcase *const all[] = {crash_tcase};

	if (getenv("TUTTI_SIM_POINT"))
		return run_tests("crash", one, 1);
	return run_tests("crash", all, sizeof all / sizeof *all);
}
