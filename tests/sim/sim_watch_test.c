/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/sim_test.h"

#include <stdlib.h>
#include <string.h>

#define OK(call) ck_assert_int_eq(call, 0)

/* What came, as text: "name:flags " each. */
struct seen {
	char text[4096];
	int n;
	int overflows;
	int watch;
};

static void
see(void *arg, const struct host_event *event)
{
	struct seen *seen = arg;
	size_t len = strlen(seen->text);

	seen->n++;
	seen->watch = event->watch;
	seen->overflows += event->flags == HOST_EVENT_OVERFLOW;
	snprintf(seen->text + len, sizeof seen->text - len, "%.*s:%u ",
	    (int)event->name.len, (const char *)event->name.p, event->flags);
}

struct watching {
	struct desk desk;
	struct host_watcher *watcher;
	struct seen seen;
	int number;
};

static struct watching *
watching_open(uint64_t seed)
{
	struct watching *w = calloc(1, sizeof *w);

	w->desk = desk_open(seed);
	sim_knobs(w->desk.sim)->watch_queue = 100;
	OK(host_watcher_new(w->desk.host, see, &w->seen, &w->watcher));
	OK(host_watcher_add(
	    w->desk.host, w->watcher, w->desk.root, &w->number));
	return w;
}

static void
watching_close(struct watching *w)
{
	host_watcher_free(w->desk.host, w->watcher);
	desk_close(&w->desk);
	free(w);
}

/* Lets everything arrive and compares it. */
static void
expect(struct watching *w, const char *text)
{
	ck_assert_int_eq(w->seen.n, 0);
	sim_run(w->desk.sim, SIM_SECOND);
	ck_assert_str_eq(w->seen.text, text);
	w->seen = (struct seen){0};
}

START_TEST(writing_tells_of_name_bytes_and_close)
{
	struct watching *w = watching_open(1);

	OK(sim_user_write(w->desk.machine, "/r/a", SPAN_LIT("x")));
	expect(w, "a:4 a:129 a:2 ");
	OK(sim_user_chmod(w->desk.machine, "/r/a", 0600));
	expect(w, "a:1 ");
	OK(sim_user_store(w->desk.machine, "/r/a", 0, SPAN_LIT("y")));
	expect(w, "a:2 ");
	watching_close(w);
}
END_TEST

START_TEST(moving_tells_both_ends)
{
	struct watching *w = watching_open(2);
	int sub, number;

	OK(sim_user_mkdir(w->desk.machine, "/r/d"));
	OK(sim_user_write(w->desk.machine, "/r/d/a", SPAN_LIT("")));
	sim_run(w->desk.sim, SIM_SECOND);
	w->seen = (struct seen){0};
	OK(sim_user_rename(w->desk.machine, "/r/d/a", "/r/b"));
	expect(w, "b:4 ");
	OK(host_open_below(w->desk.host, w->desk.root, span_str("d"), &sub));
	OK(host_watcher_add(w->desk.host, w->watcher, sub, &number));
	ck_assert_int_ne(number, w->number);
	OK(sim_user_rename(w->desk.machine, "/r/d", "/r/e"));
	expect(w, "d:24 e:20 :32 ");
	OK(sim_user_rmdir(w->desk.machine, "/r/e"));
	expect(w, ":32 e:24 ");
	host_close(w->desk.host, sub);
	watching_close(w);
}
END_TEST

START_TEST(the_same_directory_has_one_number)
{
	struct watching *w = watching_open(3);
	int again;

	OK(host_watcher_add(w->desk.host, w->watcher, w->desk.root, &again));
	ck_assert_int_eq(again, w->number);
	host_watcher_remove(w->desk.host, w->watcher, again);
	OK(sim_user_mkdir(w->desk.machine, "/r/d"));
	expect(w, "");
	watching_close(w);
}
END_TEST

START_TEST(a_full_queue_overflows_once)
{
	struct watching *w = watching_open(4);
	char path[32];

	sim_knobs(w->desk.sim)->watch_queue = 4;
	for (int i = 0; i < 20; i++) {
		snprintf(path, sizeof path, "/r/%d", i);
		OK(sim_user_mkdir(w->desk.machine, path));
	}
	sim_run(w->desk.sim, SIM_SECOND);
	ck_assert_int_eq(w->seen.n, 5);
	ck_assert_int_eq(w->seen.overflows, 1);
	watching_close(w);
}
END_TEST

START_TEST(the_limit_of_watches_is_told)
{
	struct watching *w = watching_open(5);
	int sub, number;

	sim_knobs(w->desk.sim)->watch_limit = 1;
	OK(sim_user_mkdir(w->desk.machine, "/r/d"));
	OK(host_open_below(w->desk.host, w->desk.root, span_str("d"), &sub));
	ck_assert_int_eq(
	    host_watcher_add(w->desk.host, w->watcher, sub, &number), -ENOSPC);
	host_close(w->desk.host, sub);
	watching_close(w);
}
END_TEST

TCase *
sim_watch_tcase(void)
{
	TCase *tc = tcase_create("watch");

	tcase_add_test(tc, writing_tells_of_name_bytes_and_close);
	tcase_add_test(tc, moving_tells_both_ends);
	tcase_add_test(tc, the_same_directory_has_one_number);
	tcase_add_test(tc, a_full_queue_overflows_once);
	tcase_add_test(tc, the_limit_of_watches_is_told);
	return tc;
}
