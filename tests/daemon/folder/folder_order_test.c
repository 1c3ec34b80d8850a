/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes before what: jobs and commits, looks and what is applied
 * meanwhile, a stop and what a user does just then. Calls of the host are held
 * up at a name, so that all of it happens in one order.
 */
#include "daemon/folder/folder_internal.h"
#include "tests/daemon/folder/folder_pair.h"

#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/daemon/folder/folder_test.h"

static struct folder_pair pair;

/* The real host, but for what a test has in the way of it. */
static struct host_ops ops;
static const struct host_ops *real;

/* A call that a worker makes, held up. */
static struct {
	atomic_bool armed, reached;
	sem_t go;
} gate;

static void
gate_pass(void)
{
	if (!atomic_exchange(&gate.armed, false))
		return;
	atomic_store(&gate.reached, true);
	sem_wait(&gate.go);
}

/* Lets the folders run until a worker stands at the gate. */
static void
gate_await(void)
{
	for (int i = 0; i < 4000 && !atomic_load(&gate.reached); i++)
		pair_run(&pair, 5);
	ck_assert(atomic_load(&gate.reached));
}

static void
setup(void)
{
	pair_init(&pair);
	real = pair.host->ops;
	ops = *real;
	pair.host->ops = &ops;
	atomic_store(&gate.armed, false);
	atomic_store(&gate.reached, false);
	ck_assert_int_eq(sem_init(&gate.go, 0, 0), 0);
}

static void
teardown(void)
{
	pair_release(&pair);
	sem_destroy(&gate.go);
}

/* ---- jobs and commits ---------------------------------------------------- */

static unsigned n_applies, n_early;

/* Is the folder about to start an apply job? Then its works are handed over,
 * and it does not say yet that the job runs. */
static bool
starts_to_apply(const struct folder *f)
{
	if (f == NULL || f->applying)
		return false;
	for (struct work *w = f->works; w != NULL; w = w->hh.next)
		if (w->applying && w->item.path.len == 0)
			return true;
	return false;
}

static int
seen_job(void *self, host_cb *work, host_cb *done, void *arg)
{
	for (int i = 0; i < 2; i++) {
		struct folder *f = pair.side[i].folder;

		if (!starts_to_apply(f))
			continue;
		n_applies++;
		n_early += index_in_batch(f->index);
	}
	return real->job(self, work, done, arg);
}

/* A worker may change the first name before we do anything else. */
START_TEST(what_is_about_to_be_applied_is_committed_before_the_job)
{
	n_applies = n_early = 0;
	ops.job = seen_job;
	pair_sh(&pair, 0, "mkdir d; echo 1 >a; echo 2 >d/b");
	pair_up(&pair);
	pair_sh(&pair, 1, "echo 3 >a; mv d/b c");
	pair_settle(&pair);
	pair_expect_equal(&pair);
	ck_assert_uint_ge(n_applies, 2);
	ck_assert_uint_eq(n_early, 0);
}
END_TEST

/* ---- looks --------------------------------------------------------------- */

static atomic_bool seen_p;

static int
slow_open(void *self, int dir, const char *name, int flags, int *out_fd)
{
	if (strcmp(name, "p") == 0)
		atomic_store(&seen_p, true);
	if (strcmp(name, "q") == 0)
		gate_pass();
	return real->open(self, dir, name, flags, out_fd);
}

/* How many versions it has made. */
static uint64_t
made_by(const struct folder *f)
{
	return vector_get(index_knowledge(f->index), index_replica(f->index));
}

/* One look hashes p, then q, which takes long. What it saw of p is of no
 * worth when that was replaced by us before the look ends: told as a change,
 * it would undo what came. */
START_TEST(a_look_that_began_before_we_applied_is_not_believed)
{
	struct folder *f;
	uint64_t made;

	pair_sh(&pair, 0, "echo old >p; echo q >q");
	pair_up(&pair);
	f = pair.side[0].folder;
	made = made_by(f);
	ops.open = slow_open;
	atomic_store(&seen_p, false);
	atomic_store(&gate.armed, true);
	folder_look_at(f, SPAN_LIT("p"), false, true);
	folder_look_at(f, SPAN_LIT("q"), false, true);
	gate_await();
	ck_assert(atomic_load(&seen_p));
	pair_sh(&pair, 1, "echo new >p");
	for (int i = 0;
	     i < 500 && strcmp(pair_out(&pair, 0, "cat p"), "new") != 0; i++)
		pair_run(&pair, 10);
	for (int i = 0; i < 2000 && f->works != NULL; i++)
		pair_run(&pair, 10);
	ck_assert_str_eq(pair_out(&pair, 0, "cat p"), "new");
	ck_assert_ptr_null(f->works);
	sem_post(&gate.go);
	pair_settle(&pair);
	pair_expect_equal(&pair);
	ck_assert_str_eq(pair_out(&pair, 0, "cat p; ls"), "new\np\nq");
	ck_assert_uint_eq(made_by(f), made);
}
END_TEST

/* ---- stops --------------------------------------------------------------- */

static char copy_path[600]; /* of the conflict copy, once there is one */
static atomic_bool moves_back;

static int
gated_rename(void *self, int from_dir, const char *from, int to_dir,
    const char *to, enum host_rename_how how)
{
	if (how == HOST_EXCHANGE && strcmp(to, "f.txt") == 0)
		gate_pass();
	return real->rename(self, from_dir, from, to_dir, to, how);
}

/* The user moves the copy back to its home, between two looks of ours. */
static int
moving_stat_at(void *self, int dir, const char *name, struct host_stat *out)
{
	char home[600];
	int rc;

	if (strcmp(name, "f.txt") == 0 && atomic_exchange(&moves_back, false)) {
		snprintf(home, sizeof home, "%s/f.txt", pair.side[0].root);
		ck_assert_int_eq(rename(copy_path, home), 0);
	}
	rc = real->stat_at(self, dir, name, out);
	pair_same_marker(name, out);
	return rc;
}

/* Stops side 0 so that nothing is remembered of what came after then. */
static void
stop_as_then(void)
{
	pair_cut(&pair);
	pair_close(&pair, 0);
	pair_sh(&pair, 0,
	    "mv ../then/folder .tutti; cd ../state0; "
	    "find . -mindepth 1 -delete; cp -a ../then/. .");
}

/*
 * Stopped after the winner and the copy had their names, and before that was
 * committed. The start sees the copy, and then, at home, what base saw there:
 * the user has just moved the copy back. So the winner takes its place again,
 * and that the copy is away is our doing.
 */
START_TEST(L65_a_copy_moved_back_just_when_we_start_is_there_again)
{
	pair_sh(&pair, 0, "echo mine >f.txt; touch -d 2020-01-01 f.txt");
	pair_sh(&pair, 1, "echo theirs >f.txt; touch -d 2021-01-01 f.txt");
	ops.rename = gated_rename;
	ops.stat_at = moving_stat_at;
	atomic_store(&moves_back, false);
	atomic_store(&gate.armed, true);
	pair_open(&pair, 0);
	pair_open(&pair, 1);
	pair_connect(&pair);
	gate_await();
	pair_sh(&pair, 0, "cp -a ../state0 ../then; cp .tutti/folder ../then");
	sem_post(&gate.go);
	pair_settle(&pair);
	ck_assert_str_eq(
	    pair_out(&pair, 0, "cat f.txt f.conflict-*.txt"), "theirs\nmine");
	snprintf(copy_path, sizeof copy_path, "%s",
	    pair_out(&pair, 0, "ls -d \"$PWD\"/f.conflict-*.txt"));
	stop_as_then();
	atomic_store(&moves_back, true);
	pair_open(&pair, 0);
	pair_connect(&pair);
	pair_settle(&pair);
	ck_assert(!atomic_load(&moves_back));
	/* Deletes rest; then they would be told. */
	pair_run(&pair, 1500);
	pair_settle(&pair);
	pair_expect_equal(&pair);
	ck_assert_str_eq(
	    pair_out(&pair, 1, "cat f.txt f.conflict-*.txt"), "theirs\nmine");
}
END_TEST

#define LATE "a late edit"

/* More than the grace time of what lies in quarantine later. */
static int64_t
later_now_ns(void *self)
{
	return real->now_ns(self) + 61000 * (int64_t)NS_PER_MS;
}

/* A program writes to the file that it has open, wherever that lies by now. */
static void
edit_late(int read_fd)
{
	char path[40];
	int fd;

	snprintf(path, sizeof path, "/proc/self/fd/%d", read_fd);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, LATE, strlen(LATE)), (int)strlen(LATE));
	close(fd);
	close(read_fd);
}

/* Stopped behind the exchange, before what came out of it was committed. */
START_TEST(L65_a_late_edit_returns_after_a_stop_behind_the_exchange)
{
	char path[600];
	int fd;

	pair_sh(&pair, 0, "echo mine >f.txt");
	ops.rename = gated_rename;
	pair_up(&pair);
	snprintf(path, sizeof path, "%s/f.txt", pair.side[0].root);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	atomic_store(&gate.armed, true);
	pair_sh(&pair, 1, "echo theirs >f.txt");
	gate_await();
	pair_sh(&pair, 0, "cp -a ../state0 ../then; cp .tutti/folder ../then");
	sem_post(&gate.go);
	pair_settle(&pair);
	stop_as_then();
	edit_late(fd);
	pair_open(&pair, 0);
	pair_connect(&pair);
	pair_settle(&pair);
	ops.now_ns = later_now_ns;
	folder_kept_due(pair.side[0].folder);
	for (int i = 0;
	     i < 300 &&
	     strcmp(pair_out(&pair, 1, "cat f.conflict-*.txt 2>&1"), LATE) != 0;
	     i++)
		pair_run(&pair, 10);
	ck_assert_str_eq(
	    pair_out(&pair, 1, "cat f.txt f.conflict-*.txt"), "theirs\n" LATE);
}
END_TEST

static int
write_to_full(void *self, int fd, const void *p, size_t len, uint64_t at)
{
	(void)self;
	(void)fd;
	(void)p;
	(void)len;
	(void)at;
	return -ENOSPC;
}

/* What cannot be noted is not: that must not end the daemon, which has other
 * folders to stop. */
START_TEST(L24_a_stop_that_cannot_be_noted_is_a_stop)
{
	pair_sh(&pair, 0, "echo 1 >a");
	pair_open(&pair, 0);
	pair_run(&pair, 300);
	ops.write_at = write_to_full;
	pair_close(&pair, 0);
	ops.write_at = real->write_at;
	pair_sh(&pair, 0, "echo 2 >b");
	pair_up(&pair);
	pair_expect_equal(&pair);
	ck_assert_str_eq(pair_out(&pair, 1, "cat a b"), "1\n2");
}
END_TEST

/* ---- the root ------------------------------------------------------------ */

START_TEST(L26_a_root_that_another_daemon_has_is_refused)
{
	struct folder_side *other = &pair.side[1];
	struct folder_options o = {.host = pair.host,
	    .log = &pair.log,
	    .id = "f",
	    .path = pair.side[0].root,
	    .state = other->state_fd,
	    .device = other->device};
	struct folder *f;

	pair_open(&pair, 0);
	ck_assert_int_eq(folder_open(&o, &f), ERR_BUSY);
}
END_TEST

static struct folder_status
status_of(int side)
{
	struct folder_status st;

	folder_status(pair.side[side].folder, &st);
	return st;
}

static void
await_halt(int side)
{
	for (int i = 0; i < 2000 && status_of(side).state != FOLDER_HALTED; i++)
		pair_run(&pair, 10);
	ck_assert_int_eq(status_of(side).state, FOLDER_HALTED);
}

START_TEST(L9_a_root_that_is_removed_while_it_runs_tells_no_deletes)
{
	pair_sh(&pair, 0, "mkdir d; echo 1 >a; echo 2 >d/b");
	pair_up(&pair);
	pair_sh(&pair, 0, "rm -r \"$PWD\"");
	await_halt(0);
	ck_assert_int_eq(status_of(0).halt_why, FOLDER_HALT_MISSING);
	pair_run(&pair, 1500);
	ck_assert_str_eq(pair_out(&pair, 1, "cat a d/b"), "1\n2");
}
END_TEST

static int
unwatched(void *self, struct host_watcher *watcher, int dir, int *out_watch)
{
	(void)self;
	(void)watcher;
	(void)dir;
	(void)out_watch;
	return -ENOSPC;
}

/* As when all of it is being removed, of which a look saw the beginning; that
 * the root went at last nothing tells. */
START_TEST(L9_deletes_that_rest_while_the_root_goes_are_not_told)
{
	ops.watcher_add = unwatched;
	pair_sh(&pair, 0, "mkdir d; echo 1 >a; echo 2 >d/b");
	pair_up(&pair);
	pair_sh(&pair, 0, "rm a d/b");
	ck_assert_int_eq(folder_scan(pair.side[0].folder, NULL, NULL), 0);
	for (int i = 0; i < 4000 && status_of(0).deletes_resting < 2; i++)
		pair_run(&pair, 5);
	ck_assert_uint_eq(status_of(0).deletes_resting, 2);
	pair_sh(&pair, 0, "rm -r \"$PWD\"");
	await_halt(0);
	ck_assert_int_eq(status_of(0).halt_why, FOLDER_HALT_MISSING);
	pair_run(&pair, 300);
	ck_assert_str_eq(pair_out(&pair, 1, "cat a d/b"), "1\n2");
}
END_TEST

/* What is held open is whole, but no user sees it any more. */
START_TEST(L9_a_root_in_whose_place_another_is_put_tells_nothing)
{
	pair_sh(&pair, 0, "echo 1 >a");
	pair_up(&pair);
	pair_sh(&pair, 0, "mv \"$PWD\" ../away; mkdir \"$PWD\"");
	await_halt(0);
	ck_assert_int_eq(status_of(0).halt_why, FOLDER_HALT_REPLACED);
	pair_sh(&pair, 0, "echo 2 >../away/a");
	pair_run(&pair, 500);
	ck_assert_str_eq(pair_out(&pair, 1, "cat a"), "1");
}
END_TEST

static TCase *
order_tcase(void)
{
	TCase *t = tcase_create("order");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(
	    t, what_is_about_to_be_applied_is_committed_before_the_job);
	tcase_add_test(t, a_look_that_began_before_we_applied_is_not_believed);
	tcase_add_test(
	    t, L65_a_copy_moved_back_just_when_we_start_is_there_again);
	tcase_add_test(
	    t, L65_a_late_edit_returns_after_a_stop_behind_the_exchange);
	tcase_add_test(t, L24_a_stop_that_cannot_be_noted_is_a_stop);
	tcase_add_test(t, L26_a_root_that_another_daemon_has_is_refused);
	tcase_add_test(
	    t, L9_a_root_that_is_removed_while_it_runs_tells_no_deletes);
	tcase_add_test(
	    t, L9_deletes_that_rest_while_the_root_goes_are_not_told);
	tcase_add_test(
	    t, L9_a_root_in_whose_place_another_is_put_tells_nothing);
	return t;
}

int
main(void)
{
	static run_tcase *const tcases[] = {
	    order_tcase, folder_cut_tcase, folder_rollback_tcase};

	return run_tests(
	    "folder_order", tcases, sizeof tcases / sizeof *tcases);
}
