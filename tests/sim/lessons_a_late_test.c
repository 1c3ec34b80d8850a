/* SPDX-License-Identifier: Apache-2.0 */
/* LESSONS A, on: what is done in bulk, slowly, or long ago. */
#include "tests/sim/lessons_test.h"

#include <errno.h>
#include <stdio.h>

#include "daemon/node/node.h"

enum { FILES = 120, DAY_S = 86400 };

static void
write_many(struct scene *s, unsigned who, const char *dir)
{
	char path[32];

	scene_mkdir(s, who, dir);
	for (int i = 0; i < FILES; i++) {
		snprintf(path, sizeof path, "%s/f%d", dir, i);
		scene_write(s, who, path, path);
	}
}

static enum folder_state
state_of(struct scene *s, unsigned who)
{
	struct node_status status = scene_status(s, who);
	enum folder_state state = status.folders[0].s.state;

	node_status_release(&status);
	return state;
}

static void
accept(struct scene *s, unsigned who)
{
	struct node *node = sim_node_of(s->node[who]);
	struct node_status status = scene_status(s, who);

	ck_assert_int_eq(node_accept(node, status.folders[0].id), 0);
	node_status_release(&status);
}

START_TEST(L13_a_mass_delete_halts_until_it_is_accepted)
{
	struct scene s = scene_set(2, _i);

	scene_all_up(&s);
	write_many(&s, ADA, "d");
	scene_rest(&s);
	scene_remove(&s, ADA, "d");
	scene_wait(&s, 60);
	ck_assert_int_eq(state_of(&s, ADA), FOLDER_HALTED);
	ck_assert_uint_eq(scene_names(&s, BOB), FILES + 1);
	accept(&s, ADA);
	scene_rest(&s);
	ck_assert_uint_eq(scene_names(&s, BOB), 0);
	scene_end(&s);
}
END_TEST

START_TEST(L13_a_rename_of_everything_halts_nothing)
{
	struct scene s = scene_set(2, _i);

	scene_all_up(&s);
	write_many(&s, ADA, "d");
	scene_rest(&s);
	scene_rename(&s, ADA, "d", "e");
	scene_rest(&s);
	ck_assert_int_eq(state_of(&s, ADA), FOLDER_RUNNING);
	ck_assert_uint_eq(scene_names(&s, BOB), FILES + 1);
	scene_shows(&s, "e/f7", "d/f7");
	scene_end(&s);
}
END_TEST

START_TEST(L15_names_equal_but_for_case_or_form_both_live)
{
	struct scene s = scene_set(2, _i);

	scene_all_up(&s);
	scene_write(&s, ADA, "Read", "upper");
	scene_write(&s, ADA, "caf\xc3\xa9", "composed");
	scene_rest(&s);
	scene_part(&s);
	scene_rename(&s, ADA, "Read", "READ");
	scene_write(&s, BOB, "read", "lower");
	scene_write(&s, BOB, "cafe\xcc\x81", "decomposed");
	scene_note(&s);
	scene_meet(&s);
	scene_rest(&s);
	scene_shows(&s, "Read", NULL);
	scene_shows(&s, "READ", "upper");
	scene_shows(&s, "read", "lower");
	scene_shows(&s, "caf\xc3\xa9", "composed");
	scene_shows(&s, "cafe\xcc\x81", "decomposed");
	ck_assert_uint_eq(scene_names(&s, BOB), 4);
	scene_end(&s);
}
END_TEST

struct download {
	struct sim_host *host;
	const char *text;
	bool done;
};

/* A piece every ten seconds, for minutes. */
static void
run_download(void *arg)
{
	struct download *d = arg;

	ck_assert_int_eq(sim_user_write_slowly(d->host, SCRIPT_ROOT "/film",
			     span_str(d->text), 20, 10 * SIM_SECOND),
	    0);
	d->done = true;
}

/* Without leases nobody can tell that it is still written. */
START_TEST(L18_a_file_that_is_written_for_minutes_is_told_when_it_is_whole)
{
	struct scene s = scene_set(2, _i);
	struct download d = {.host = s.host[ADA],
	    .text = "a film of which each piece comes late, but all do"};

	sim_knobs(s.sim)->leases = true;
	scene_all_up(&s);
	scene_write(&s, ADA, "other", "other");
	sim_user(s.host[ADA], run_download, NULL, &d);
	scene_wait(&s, 150);
	ck_assert(!d.done);
	scene_sees(&s, BOB, "other", "other");
	scene_sees(&s, BOB, "film", NULL);
	scene_wait(&s, 120);
	ck_assert(d.done);
	scene_rest(&s);
	scene_shows(&s, "film", d.text);
	ck_assert_uint_eq(scene_names(&s, BOB), 2);
	scene_end(&s);
}
END_TEST

START_TEST(L19_who_was_away_for_a_year_revives_nothing_unseen)
{
	struct scene s = scene_set(3, _i);
	char *copy;

	scene_all_up(&s);
	scene_write(&s, ADA, "gone", "gone");
	scene_write(&s, ADA, "gone but edited", "old");
	scene_write(&s, ADA, "edited", "old");
	scene_write(&s, ADA, "edited twice", "old");
	scene_rest(&s);
	scene_down(&s, CY);
	scene_remove(&s, ADA, "gone");
	scene_remove(&s, ADA, "gone but edited");
	scene_save(&s, ADA, "edited", "new");
	scene_save(&s, ADA, "edited twice", "new");
	scene_note(&s);
	for (unsigned i = 0; i < s.n; i++)
		sim_host_jump(s.host[i], 365 * DAY_S * SIM_SECOND);
	scene_wait(&s, 2 * DAY_S);
	scene_save(&s, CY, "gone but edited", "edited");
	scene_save(&s, CY, "edited twice", "edited too");
	scene_up(&s, CY);
	scene_rest(&s);
	scene_shows(&s, "gone", NULL);
	scene_shows(&s, "gone but edited", "edited");
	scene_shows(&s, "edited", "new");
	scene_shows(&s, "edited twice", "edited too");
	copy = scene_copy(&s, ADA, "new");
	ck_assert_int_eq(strncmp(copy, "edited twice.conflict-", 22), 0);
	free(copy);
	scene_end(&s);
}
END_TEST

/* In two pieces, with so long a pause that it is told between them. */
#define FIRST "the first piece; "
#define SECOND "and the second\n"

static void
run_pausing(void *arg)
{
	struct span text = SPAN_LIT(FIRST SECOND);

	(void)!sim_user_write_slowly(
	    arg, SCRIPT_ROOT "/a", text, 2, 100 * SIM_SECOND);
}

/* Bob's program pauses. Meanwhile his file is displaced, and what it held then
 * stands elsewhere as well; what comes after the pause is all in quarantine. */
static void
displace_while_written(struct scene *s)
{
	struct span first = span_of(FIRST SECOND, strlen(FIRST SECOND) / 2);
	char text[64];

	snprintf(text, sizeof text, "%.*s", (int)first.len, first.p);
	sim_user(s->host[BOB], run_pausing, NULL, s->host[BOB]);
	scene_wait(s, 20);
	scene_sees(s, ADA, "a", text);
	scene_put(s, ADA, "c", first);
	scene_save(s, ADA, "a", "her edit");
	scene_wait(s, 20);
	scene_sees(s, BOB, "a", "her edit");
}

static void
sees_late_edit(struct scene *s)
{
	char *copy;

	scene_wait(s, 800);
	scene_rest(s);
	scene_shows(s, "a", "her edit");
	copy = scene_copy(s, ADA, FIRST SECOND);
	free(copy);
}

/* Its file system gives leases; but not for this file, as to all but its owner. */
START_TEST(L5_a_late_edit_of_another_owners_file_returns)
{
	static const struct sim_fault not_ours = {
	    .call = "lease", .n = 1, .count = UINT64_MAX, .err = EACCES};
	struct scene s = scene_set(2, _i);

	sim_knobs(s.sim)->leases = true;
	scene_all_up(&s);
	scene_write(&s, ADA, "a", "old");
	scene_rest(&s);
	sim_host_fault(s.host[BOB], &not_ours);
	displace_while_written(&s);
	sees_late_edit(&s);
	scene_end(&s);
}
END_TEST

/* Without leases the grace is all that a program has, which no clock may cut
 * short; nor a start, for the program runs on. */
START_TEST(L5_27_a_late_edit_returns_though_the_clock_is_set_ahead)
{
	struct scene s = scene_set(2, _i);

	sim_knobs(s.sim)->leases = false;
	scene_all_up(&s);
	scene_write(&s, ADA, "a", "old");
	scene_rest(&s);
	displace_while_written(&s);
	if (_i % 2 == 0)
		scene_down(&s, BOB);
	sim_host_jump(s.host[BOB], 3600 * SIM_SECOND);
	if (_i % 2 == 0)
		scene_up(&s, BOB);
	sees_late_edit(&s);
	scene_end(&s);
}
END_TEST

TCase *
lessons_a_late_tcase(void)
{
	TCase *tc = tcase_create("A, late");

	tcase_set_timeout(tc, LESSONS_TIMEOUT_S);
	lessons_add(tc, L13_a_mass_delete_halts_until_it_is_accepted);
	lessons_add(tc, L13_a_rename_of_everything_halts_nothing);
	lessons_add(tc, L15_names_equal_but_for_case_or_form_both_live);
	lessons_add(tc,
	    L18_a_file_that_is_written_for_minutes_is_told_when_it_is_whole);
	lessons_add(tc, L19_who_was_away_for_a_year_revives_nothing_unseen);
	lessons_add(tc, L5_a_late_edit_of_another_owners_file_returns);
	lessons_add(
	    tc, L5_27_a_late_edit_returns_though_the_clock_is_set_ahead);
	return tc;
}
