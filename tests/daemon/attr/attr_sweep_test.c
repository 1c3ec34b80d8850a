/* SPDX-License-Identifier: Apache-2.0 */
/* Each call fails, and each allocation, once or from then on (LESSONS 24). */
#include <errno.h>
#include <string.h>

#include "tests/daemon/attr/attr_fake.h"
#include "tests/proto/model/fail_alloc.h"

/* All that a directory can have; and what base says of the same. */
#define WHOLE                                                                  \
	"\7\1\1a\0011\1\1b\0012\2\0\6\2\1\4\2bo\3\0\11\2\6\0\6\1\4\2bo"        \
	"\4\0\2bo\5\0\2bo"
#define BASE "\2\2\0\7\2\1\7\3zoe\3\0\12\2\6\0\7\1\7\3zoe"
#define WITH_ZOE                                                               \
	"\7\1\1a\0011\1\1b\0012\2\0\14\2\1\4\2bo\1\7\3zoe\3\0\17\2\6\0\6\1\4"  \
	"\2bo\1\7\3zoe\4\0\2bo\5\0\2bo"

static void
has_all(void)
{
	fake.st = (struct host_stat){
	    .kind = KIND_DIR, .bits = 0660, .user = 2, .group = 9};
	fake_put("user.b", SPAN_LIT("2"));
	fake_put("user.a", SPAN_LIT("1"));
	fake_put(FAKE_ACCESS, SPAN_LIT(LIST));
	fake_put(FAKE_DEFAULT, SPAN_LIT(LIST));
}

static int
read_it(void)
{
	int rc = attr_read(
	    &fake_host, FAKE_FD, &fake.st, META_ALL, &fake.part, &fake.left);

	MUST(rc == 0 || fake.part.len == 0);
	return rc;
}

static bool
is_read(void)
{
	return span_equal(buf_span(&fake.part), SPAN_LIT(WHOLE));
}

static void
has_others(void)
{
	fake.st = (struct host_stat){
	    .kind = KIND_DIR, .bits = 0660, .user = 1, .group = 8};
	fake_put("user.c", SPAN_LIT("goes"));
	fake_put("user.a", SPAN_LIT("old"));
	fake_put(FAKE_DEFAULT, SPAN_LIT("\2\0\0\0"));
}

static int
set_it(void)
{
	size_t before = fake.changes;
	uint16_t bits = 0660;
	bool changed;
	int rc = attr_set(&fake_host, FAKE_FD, SPAN_LIT(WHOLE), META_ALL, &bits,
	    &fake.left, &changed);

	MUST(changed == (fake.changes > before));
	return rc;
}

static bool
is_set(void)
{
	ck_assert_int_eq(read_it(), 0);
	return is_read();
}

/* The part is made before anything fails. */
static void
has_base(void)
{
	has_all();
	ck_assert_int_eq(read_it(), 0);
	fake.calls = 0;
}

static int
keep_it(void)
{
	int rc = attr_keep_nobody(&fake_host, SPAN_LIT(BASE), &fake.part);

	MUST(rc == 0 || is_read());
	return rc;
}

static bool
is_kept(void)
{
	return span_equal(buf_span(&fake.part), SPAN_LIT(WITH_ZOE));
}

static int
ask_it(void)
{
	unsigned got = 0;
	int rc = attr_possible(&fake_host, FAKE_FD, META_ALL, &got);

	MUST(rc < 0 || got == (META_XATTR | META_ACL));
	return rc;
}

static bool
is_asked(void)
{
	return true;
}

static const struct job {
	void (*begin)(void);
	int (*run)(void);
	bool (*is_done)(void);
} jobs[] = {
    {has_all, read_it, is_read},
    {has_others, set_it, is_set},
    {has_base, keep_it, is_kept},
    {has_all, ask_it, is_asked},
};
enum { JOBS = sizeof jobs / sizeof *jobs };

/* All is done, or something was said; and it is done when nothing fails. */
static void
check(const struct job *job, int rc, int err)
{
	unsigned left = fake.left.classes;

	ck_assert_msg(rc == 0 || rc == err, "%d, not %d", rc, err);
	fake.fail_at = 0;
	ck_assert(rc < 0 || left != 0 || job->is_done());
	if (job->run == keep_it)
		ck_assert_int_eq(read_it(), 0);
	fake.left = (struct attr_left){0};
	ck_assert_int_eq(job->run(), 0);
	ck_assert(job->is_done());
	ck_assert_uint_eq(fake.left.classes, 0);
}

static void
fail_call(const struct job *job, unsigned at, bool on, int err)
{
	int rc;

	fake_end();
	fake_begin();
	job->begin();
	fake.fail_at = at;
	fake.fail_on = on;
	fake.err = err;
	rc = job->run();
	/* A failing disk refuses nothing: it is no reason to go on. */
	ck_assert(err != -EIO || fake.left.classes == 0);
	check(job, rc, err);
}

START_TEST(L24_a_failing_call_is_told_or_said)
{
	static const int errs[] = {-EIO, -ENOMEM, -EACCES};
	const struct job *job = &jobs[_i];
	unsigned calls;

	job->begin();
	ck_assert_int_eq(job->run(), 0);
	calls = fake.calls;
	ck_assert_uint_gt(calls, 1);
	for (size_t i = 0; i < sizeof errs / sizeof *errs; i++)
		for (unsigned at = 1; at <= calls; at++) {
			fail_call(job, at, false, errs[i]);
			fail_call(job, at, true, errs[i]);
		}
}
END_TEST

START_TEST(L24_memory_that_runs_out_is_told)
{
	const struct job *job = &jobs[_i];
	bool failed = true;

	for (long at = 0; failed; at++)
		for (int all = 0; all < 2; all++) {
			int rc;

			fake_end();
			fake_begin();
			job->begin();
			fail_alloc_after(at, all);
			rc = job->run();
			failed = fail_alloc_end();
			ck_assert_uint_eq(fake.left.classes, 0);
			check(job, rc, -ENOMEM);
		}
}
END_TEST

TCase *
attr_sweep_tcase(void)
{
	TCase *t = tcase_create("sweep");

	tcase_add_checked_fixture(t, fake_begin, fake_end);
	tcase_add_loop_test(t, L24_a_failing_call_is_told_or_said, 0, JOBS);
	tcase_add_loop_test(t, L24_memory_that_runs_out_is_told, 0, JOBS);
	return t;
}
