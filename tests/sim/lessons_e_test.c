/* SPDX-License-Identifier: Apache-2.0 */
/* LESSONS E: watching. */
#include "tests/sim/lessons_test.h"

#include <stdlib.h>

#include "daemon/node/node.h"

enum { PATH_BYTES = 256 };

START_TEST(L48_a_queue_that_overflows_loses_no_change)
{
	struct scene s = scene_set(2, _i);
	char path[PATH_BYTES];

	sim_knobs(s.sim)->watch_queue = 16;
	scene_all_up(&s);
	scene_rest(&s);
	for (unsigned d = 0; d < 20; d++) {
		snprintf(path, sizeof path, "d%u", d);
		scene_mkdir(&s, ADA, path);
		for (unsigned i = 0; i < 10; i++) {
			snprintf(path, sizeof path, "d%u/%u", d, i);
			scene_write(&s, ADA, path, path);
		}
	}
	scene_rest(&s);
	scene_shows(&s, "d19/9", "d19/9");
	ck_assert_uint_eq(scene_names(&s, BOB), 220);
	for (unsigned i = 0; i < 200; i++) {
		snprintf(path, sizeof path, "d%u/%u", i / 10, i % 10);
		if (i % 3 == 0)
			scene_save(&s, BOB, path, "new");
		else if (i % 3 == 1 && i < 100)
			scene_remove(&s, BOB, path);
	}
	scene_rest(&s);
	scene_shows(&s, "d0/3", "new");
	scene_shows(&s, "d0/4", NULL);
	ck_assert_uint_eq(scene_names(&s, ADA), 220 - 33);
	scene_end(&s);
}
END_TEST

START_TEST(L49_beyond_the_watch_limit_changes_are_found_late)
{
	struct scene s = scene_set(2, _i);
	struct node_status status;
	char path[PATH_BYTES];

	sim_knobs(s.sim)->watch_limit = 4;
	scene_all_up(&s);
	scene_rest(&s);
	status = scene_status(&s, ADA);
	ck_assert(!status.folders[0].s.watch_limited);
	node_status_release(&status);
	for (unsigned d = 0; d < 10; d++) {
		snprintf(path, sizeof path, "d%u", d);
		scene_mkdir(&s, ADA, path);
	}
	scene_rest(&s);
	status = scene_status(&s, ADA);
	ck_assert(status.folders[0].s.watch_limited);
	node_status_release(&status);
	for (unsigned d = 0; d < 10; d++) {
		snprintf(path, sizeof path, "d%u/x", d);
		scene_write(&s, ADA, path, "late");
	}
	scene_wait(&s, 70);
	scene_rest(&s);
	for (unsigned d = 0; d < 10; d++) {
		snprintf(path, sizeof path, "d%u/x", d);
		scene_shows(&s, path, "late");
	}
	scene_end(&s);
}
END_TEST

START_TEST(L50_what_is_made_before_its_watch_stands_is_found)
{
	struct scene s = scene_set(2, _i);
	struct sim_host *ada = s.host[ADA];

	scene_all_up(&s);
	scene_rest(&s);
	scene_mkdir(&s, ADA, "new");
	scene_mkdir(&s, ADA, "new/in");
	scene_write(&s, ADA, "new/in/x", "x");
	scene_rename(&s, ADA, "new", "named");
	/* While it is being looked at, perhaps. */
	sim_run(s.sim, (int64_t)sim_random(s.sim, 20 * SIM_MS));
	scene_write(&s, ADA, "named/in/y", "y");
	scene_rename(&s, ADA, "named/in", "named/inner");
	sim_run(s.sim, (int64_t)sim_random(s.sim, 20 * SIM_MS));
	scene_rename(&s, ADA, "named", "last");
	scene_write(&s, ADA, "last/inner/z", "z");
	/* And from outside, filled. */
	ck_assert_int_eq(sim_user_mkdir(ada, "/out"), 0);
	ck_assert_int_eq(sim_user_mkdir(ada, "/out/d"), 0);
	ck_assert_int_eq(
	    sim_user_write(ada, "/out/d/f", SPAN_LIT("moved in")), 0);
	ck_assert_int_eq(sim_user_rename(ada, "/out", SCRIPT_ROOT "/from"), 0);
	scene_rest(&s);
	scene_shows(&s, "last/inner/x", "x");
	scene_shows(&s, "last/inner/y", "y");
	scene_shows(&s, "last/inner/z", "z");
	scene_shows(&s, "from/d/f", "moved in");
	ck_assert_uint_eq(scene_names(&s, BOB), 8);
	/* Its watches are where it is now. */
	scene_save(&s, BOB, "last/inner/x", "later");
	scene_rest(&s);
	scene_shows(&s, "last/inner/x", "later");
	scene_end(&s);
}
END_TEST

/* ---- work in bulk -------------------------------------------------------- */

enum { FILES = 60, FILE_BYTES = 20000 };

/* What a program saves, in all. */
struct work {
	struct sim_host *host;
	struct buf bytes; /* what it saves, one more each time */
	uint64_t saved, saves;
	bool done;
};

static void
save_at(struct work *w, const char *path)
{
	size_t some = FILE_BYTES / 2 + w->saves % 1000;

	ck_assert_int_eq(sim_user_write(w->host, path,
			     span_of(w->bytes.p + w->saves % 100, some)),
	    0);
	w->saved += some;
	w->saves++;
}

/* Objects from many sources, one after the other, then one from them all. */
static void
build(struct work *w)
{
	char path[PATH_BYTES];

	(void)sim_user_mkdir(w->host, SCRIPT_ROOT "/obj");
	for (unsigned i = 0; i < FILES; i++) {
		snprintf(path, sizeof path, SCRIPT_ROOT "/obj/%u.o", i);
		save_at(w, path);
		sim_user_pause(w->host, 20 * SIM_MS);
	}
	save_at(w, SCRIPT_ROOT "/obj/program.tmp");
	ck_assert_int_eq(
	    sim_user_rename(w->host, SCRIPT_ROOT "/obj/program.tmp",
		SCRIPT_ROOT "/obj/program"),
	    0);
}

/* Another branch: files go, are written anew and come. */
static void
check_out(struct work *w)
{
	char path[PATH_BYTES];

	for (unsigned i = 0; i < FILES; i++) {
		snprintf(path, sizeof path, SCRIPT_ROOT "/obj/%u.o", i);
		ck_assert_int_eq(sim_user_unlink(w->host, path), 0);
		if (i % 3 != 0)
			save_at(w, path);
		snprintf(path, sizeof path, SCRIPT_ROOT "/obj/%u.new", i);
		if (i % 4 == 0)
			save_at(w, path);
	}
}

/* As rsync and package managers write: beside, then by rename, bits, time. */
static void
install(struct work *w)
{
	char tmp[PATH_BYTES], path[PATH_BYTES];

	(void)sim_user_mkdir(w->host, SCRIPT_ROOT "/usr");
	for (unsigned i = 0; i < FILES; i++) {
		snprintf(tmp, sizeof tmp, SCRIPT_ROOT "/usr/.%u.x%u", i, i);
		snprintf(path, sizeof path, SCRIPT_ROOT "/usr/%u", i);
		save_at(w, tmp);
		ck_assert_int_eq(sim_user_touch(w->host, tmp, 0), 0);
		ck_assert_int_eq(sim_user_chmod(w->host, tmp, 0755), 0);
		ck_assert_int_eq(sim_user_rename(w->host, tmp, path), 0);
	}
}

static void
work_in_bulk(void *arg)
{
	struct work *w = arg;

	build(w);
	sim_user_pause(w->host, 5 * SIM_SECOND);
	check_out(w);
	sim_user_pause(w->host, 5 * SIM_SECOND);
	install(w);
}

static void
work_done(void *arg)
{
	((struct work *)arg)->done = true;
}

static bool
is_done(void *arg)
{
	return ((struct work *)arg)->done;
}

START_TEST(L51_work_in_bulk_is_hashed_at_most_twice_a_save)
{
	struct scene s = scene_set(2, _i);
	struct work w = {.host = s.host[ADA]};
	uint64_t read;

	w.bytes = scene_noise(FILE_BYTES, (uint64_t)_i);
	sim_knobs(s.sim)->watch_queue = 16; /* overflows at times */
	scene_up(&s, ADA); /* alone: what jobs read they read to hash it */
	scene_wait(&s, 5);
	read = sim_host_read(w.host);
	sim_user(w.host, work_in_bulk, work_done, &w);
	ck_assert(sim_run_until(s.sim, 600 * SIM_SECOND, is_done, &w));
	scene_wait(&s, 60);
	read = sim_host_read(w.host) - read;
	ck_assert_uint_ge(read, w.saved / 2);
	ck_assert_uint_le(read, 2 * w.saved);
	scene_down(&s, ADA);
	/* A version a save at most, and those of deletes and directories. */
	ck_assert_uint_le(sim_node_made(s.node[ADA]), 2 * w.saves);
	scene_all_up(&s);
	scene_rest(&s);
	ck_assert_uint_eq(scene_names(&s, BOB), 2 + 40 + 15 + 1 + FILES);
	ck_assert_uint_eq(scene_copies(&s, BOB), 0);
	buf_release(&w.bytes);
	scene_end(&s);
}
END_TEST

/* ---- echo ---------------------------------------------------------------- */

START_TEST(L52_own_writes_come_back_as_no_change)
{
	struct scene s = scene_set(2, _i);
	struct buf large = scene_noise(300000, 52);
	uint64_t read, sent;

	scene_all_up(&s);
	scene_mkdir(&s, ADA, "d");
	scene_write(&s, ADA, "d/small", "small");
	scene_put(&s, ADA, "d/large", buf_span(&large));
	scene_symlink(&s, ADA, "small", "d/link");
	scene_write(&s, ADA, "gone", "gone");
	scene_rest(&s);
	scene_chmod(&s, ADA, "d/small", 0600);
	scene_save(&s, ADA, "d/small", "smaller");
	scene_rename(&s, ADA, "d", "e");
	scene_remove(&s, ADA, "gone");
	scene_rest(&s);
	/* What was displaced lies in quarantine and is judged. */
	scene_wait(&s, 120);
	read = sim_host_read(s.host[BOB]);
	sent = sim_host_sent(s.host[BOB]) + sim_host_sent(s.host[ADA]);
	scene_wait(&s, 600);
	ck_assert_uint_eq(sim_host_read(s.host[BOB]), read);
	sent = sim_host_sent(s.host[BOB]) + sim_host_sent(s.host[ADA]) - sent;
	ck_assert_uint_lt(sent, 5000);
	scene_down(&s, BOB);
	scene_up(&s, BOB);
	scene_rest(&s);
	scene_down(&s, BOB);
	ck_assert_uint_eq(sim_node_made(s.node[BOB]), 0);
	buf_release(&large);
	scene_end(&s);
}
END_TEST

TCase *
lessons_e_tcase(void)
{
	TCase *tc = tcase_create("E");

	tcase_set_timeout(tc, LESSONS_TIMEOUT_S);
	lessons_add(tc, L48_a_queue_that_overflows_loses_no_change);
	lessons_add(tc, L49_beyond_the_watch_limit_changes_are_found_late);
	lessons_add(tc, L50_what_is_made_before_its_watch_stands_is_found);
	lessons_add(tc, L51_work_in_bulk_is_hashed_at_most_twice_a_save);
	lessons_add(tc, L52_own_writes_come_back_as_no_change);
	return tc;
}
