/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors on the way: any question may fail, and any allocation (LESSONS 24).
 * Each ends the planning with just that error: never with another answer.
 */
#include <errno.h>
#include <string.h>

#include "tests/daemon/plan/plan_test.h"
#include "tests/proto/model/fail_alloc.h"

static struct scene s;
static char copy_path[256];

static void
settle(const struct version *v)
{
	scene_base(&s, v);
	scene_show(&s, v);
}

/* Says that this loser's copy has a version. */
static void
copy_known(const struct version *loser)
{
	struct buf b;

	buf_init(&b, sizeof copy_path - 1);
	ck_assert_int_eq(conflict_path(loser, &b), 0);
	memcpy(copy_path, b.p, b.len);
	copy_path[b.len] = 0;
	buf_release(&b);
	s.known = copy_path;
}

/* ---- what is planned ------------------------------------------------------ */

static void
new_file(void)
{
	scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));
}

static void
far_file(void)
{
	new_file();
	s.unheld = true;
}

static void
lost_file(void)
{
	settle(scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1)));
	copy_known(scene_know(&s, KIND_FILE, "y", 6, DOT(2, 1)));
	s.unheld = s.unreachable = true;
}

static void
loser_here(void)
{
	settle(scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1)));
	scene_know(&s, KIND_FILE, "y", 6, DOT(2, 1));
}

static void
loser_without_room(void)
{
	loser_here();
	s.elsewhere.kind = KIND_FILE;
}

static void
loser_displaced(void)
{
	loser_here();
	copy_known(s.e.base.version);
	s.wanted = s.e.base.version->content;
}

static void
copy_beside(void)
{
	scene_end(&s);
	scene_begin(&s, "b.conflict-20261122T061600Z-K7QX4T.txt");
	new_file();
	s.elsewhere.kind = KIND_FILE;
	s.elsewhere.content = word_name("x");
	s.wanted = word_name("y");
	s.known = "b.txt";
}

static void
full_directory(void)
{
	settle(scene_know(&s, KIND_DIR, "DIR", 0, DOT(1, 1)));
	scene_follow(&s, KIND_GONE, "DIR", 0, DOT(2, 1));
	s.occupied = true;
}

static void
directory_over_file(void)
{
	settle(scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1)));
	scene_follow(&s, KIND_DIR, "DIR", 0, DOT(2, 1));
}

static const struct {
	void (*tell)(void);
	enum plan_what what; /* without an error */
} plans[] = {
    {new_file, PLAN_PLACE},
    {far_file, PLAN_FETCH},
    {lost_file, PLAN_KEEP},
    {loser_here, PLAN_COPY},
    {loser_without_room, PLAN_WAIT},
    {loser_displaced, PLAN_PLACE},
    {copy_beside, PLAN_WAIT},
    {full_directory, PLAN_WAIT},
    {directory_over_file, PLAN_MAKE_DIR},
};
enum { PLANS = sizeof plans / sizeof *plans };

START_TEST(an_answer_that_fails_ends_the_planning)
{
	unsigned n = 0;
	int rc;

	do {
		scene_begin(&s, "a.txt");
		plans[_i].tell();
		s.fails = -EIO;
		s.fails_after = n++;
		rc = plan_act(&s.e, &s.ask, &s.a);
		if (s.asked >= n)
			ck_assert_int_eq(rc, -EIO);
		else
			ck_assert_int_eq(s.a.what, plans[_i].what);
		scene_end(&s);
	} while (rc < 0);
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_gt(n, 1);
}
END_TEST

/* How many allocations a call of that kind takes; each of them fails once,
 * and all from it on. */
static unsigned
out_of_memory(void (*tell)(void), int (*call)(void))
{
	unsigned n = 0;
	bool failed;
	int rc;

	do {
		for (int all = 0; all < 2; all++) {
			scene_begin(&s, "a.txt");
			tell();
			fail_alloc_after(n, all);
			rc = call();
			failed = fail_alloc_end();
			ck_assert_int_eq(rc, failed ? -ENOMEM : 0);
			scene_end(&s);
		}
		n++;
	} while (failed);
	return n - 1;
}

static int
call_act(void)
{
	return plan_act(&s.e, &s.ask, &s.a);
}

START_TEST(memory_that_runs_out_ends_the_planning)
{
	static const unsigned least[PLANS] = {
	    [2] = 1, [3] = 4, [4] = 2, [5] = 2, [6] = 1, [8] = 0};

	ck_assert_uint_ge(out_of_memory(plans[_i].tell, call_act), least[_i]);
}
END_TEST

/* ---- what is looked at, and made ------------------------------------------ */

static void
loser_moved_back(void)
{
	const struct version *loser =
	    scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));

	scene_know(&s, KIND_FILE, "y", 6, DOT(2, 1));
	copy_known(loser);
	scene_disk(&s, KIND_FILE, "x", 5);
}

static int
call_look(void)
{
	struct plan_seen seen;

	return plan_look(&s.e, &s.e.disk, &s.ask, &seen);
}

START_TEST(memory_that_runs_out_ends_the_look)
{
	ck_assert_uint_ge(out_of_memory(loser_moved_back, call_look), 1);
}
END_TEST

static void
edit_beside_others(void)
{
	scene_base(&s, scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1)));
	scene_know(&s, KIND_FILE, "y", 6, DOT(2, 1));
	scene_know(&s, KIND_FILE, "z", 6, DOT(3, 1));
	scene_know(&s, KIND_GONE, "w", 0, DOT(4, 1));
	scene_disk(&s, KIND_FILE, "y", 7);
}

static void
delete_beside_deletes(void)
{
	edit_beside_others();
	scene_know(&s, KIND_GONE, "v", 0, DOT(5, 1));
	scene_disk(&s, KIND_NONE, "", 0);
}

static void (*const changes[])(void) = {
    edit_beside_others, delete_beside_deletes};

static int
call_make(void)
{
	static const uint8_t device[DEVICE_BYTES] = {7};
	const struct version *lost = version_set_find(&s.e.known, DOT(3, 1));
	struct plan_maker maker = {
	    .dot = DOT(9, 1), .device = device, .lost = lost};
	struct version *v = NULL;
	int rc = plan_make(&s.e, &s.e.disk, &s.ask, &maker, &v);

	/* Not by check, which asks for memory too. */
	if (rc == 0 && !version_supersedes(v, lost))
		rc = ERR_MISMATCH;
	if (rc < 0 && v != NULL)
		rc = ERR_CHANGED;
	version_free(v);
	return rc;
}

START_TEST(memory_that_runs_out_makes_no_version)
{
	ck_assert_uint_ge(out_of_memory(changes[_i], call_make), 8);
}
END_TEST

START_TEST(an_answer_that_fails_makes_no_version)
{
	scene_begin(&s, "a.txt");
	changes[_i]();
	s.fails = -EIO;
	ck_assert_int_eq(call_make(), -EIO);
	scene_end(&s);
}
END_TEST

static int
call_make_copy(void)
{
	static const uint8_t device[DEVICE_BYTES] = {7};
	struct plan_maker maker = {.dot = DOT(9, 1), .device = device};
	struct version *v = NULL;
	int rc = plan_make_copy(s.e.known.v.items[0], &maker, &v);

	if ((rc == 0) != (v != NULL))
		rc = ERR_MISMATCH;
	version_free(v);
	return rc;
}

START_TEST(memory_that_runs_out_makes_no_copy)
{
	ck_assert_uint_ge(out_of_memory(new_file, call_make_copy), 4);
}
END_TEST

TCase *
plan_fail_tcase(void)
{
	TCase *tc = tcase_create("fail");

	tcase_add_loop_test(
	    tc, an_answer_that_fails_ends_the_planning, 0, PLANS);
	tcase_add_loop_test(
	    tc, memory_that_runs_out_ends_the_planning, 0, PLANS);
	tcase_add_test(tc, memory_that_runs_out_ends_the_look);
	tcase_add_loop_test(tc, memory_that_runs_out_makes_no_version, 0, 2);
	tcase_add_loop_test(tc, an_answer_that_fails_makes_no_version, 0, 2);
	tcase_add_test(tc, memory_that_runs_out_makes_no_copy);
	return tc;
}
