/* SPDX-License-Identifier: Apache-2.0 */
/* LESSONS B and G: what a power cut leaves of files that nobody synced. */
#include "daemon/node/node.h"
#include "tests/sim/lessons_test.h"

#include <inttypes.h>
#include <stdlib.h>

#include "tests/sim/sim_image.h"
#include "tests/sim/sim_tree.h"

enum { CUTS = 24, DURABLE_S = 60, LARGE_BYTES = 256 << 10 };

/* Of one length, so that a page of either is a whole file of either. */
#define ONE "text one"
#define TWO "text two"

#define YEARS_NS (INT64_C(3) * 365 * 86400 * SIM_SECOND)

static struct scene
one_file_everywhere(int seed)
{
	struct scene s = scene_set(2, seed);

	scene_all_up(&s);
	scene_write(&s, ADA, "a", ONE);
	scene_rest(&s);
	scene_wait(&s, DURABLE_S);
	return s;
}

static void
cut(struct scene *s, unsigned who)
{
	sim_node_kill(s->node[who], true);
}

static uint64_t
size_of(struct scene *s, unsigned who, const char *path)
{
	struct host_stat st;

	return sim_user_stat(s->host[who], path, &st) == 0 ? st.size
							   : UINT64_MAX;
}

/* The save is not seen any more before the cut, so its times may be old or
 * new, and so may its bytes, or there are none. */
START_TEST(L22_73_a_file_that_a_cut_left_empty_is_not_told_over_good_ones)
{
	bool emptied = false;

	for (int i = 0; i < CUTS || (!emptied && i < 1000); i++) {
		struct scene s = one_file_everywhere(_i * CUTS + i);
		bool empty;

		scene_write(&s, ADA, "a", TWO);
		cut(&s, ADA);
		empty = size_of(&s, ADA, SCRIPT_ROOT "/a") == 0;
		emptied |= empty;
		scene_up(&s, ADA);
		/* A stop before all was looked at says nothing of it. */
		if (i % 2) {
			scene_down(&s, ADA);
			scene_up(&s, ADA);
		}
		scene_rest(&s);
		if (empty)
			scene_shows(&s, "a", ONE);
		else
			ck_assert_uint_eq(
			    size_of(&s, BOB, SCRIPT_ROOT "/a"), strlen(TWO));
		scene_end(&s);
	}
	ck_assert(emptied);
}
END_TEST

START_TEST(L21_73_what_was_told_before_the_cut_comes_back)
{
	for (int i = 0; i < CUTS; i++) {
		struct scene s = one_file_everywhere(_i * CUTS + i);

		scene_write(&s, ADA, "a", TWO);
		scene_mkdir(&s, ADA, "d");
		scene_write(&s, ADA, "d/new", "new");
		scene_save(&s, ADA, "b", "saved");
		scene_rest(&s);
		cut(&s, ADA);
		scene_up(&s, ADA);
		scene_rest(&s);
		scene_shows(&s, "a", TWO);
		scene_shows(&s, "d/new", "new");
		scene_shows(&s, "b", "saved");
		scene_end(&s);
	}
}
END_TEST

/* Told to all, but not yet on the disk for good, were it not for us. */
static void
soon(struct scene *s)
{
	scene_wait(s, 4);
}

/* A disk on which no name is durable before its directory was synced, and has
 * not been for a while. */
static struct scene
lazy_disks(int seed)
{
	struct scene s = one_file_everywhere(seed);

	sim_knobs(s.sim)->strict_names = true;
	scene_write(&s, ADA, "b", "b");
	return s;
}

static void
comes_back(struct scene *s, const char *path, const char *text)
{
	scene_shows(s, path, text);
	cut(s, ADA);
	scene_up(s, ADA);
	scene_rest(s);
	scene_shows(s, path, text);
	scene_end(s);
}

/* The touch is applied and synced; the name is the user's. */
START_TEST(L21_73_a_file_that_a_peer_touched_before_the_cut_comes_back)
{
	for (int i = 0; i < CUTS; i++) {
		struct scene s = lazy_disks(_i * CUTS + i);

		scene_write(&s, ADA, "new", "new");
		soon(&s);
		scene_touch(&s, BOB, "new", -1000);
		soon(&s);
		comes_back(&s, "new", "new");
	}
}
END_TEST

/* The file is synced, and its name; that of its directory is the user's. */
START_TEST(L21_73_what_the_cut_took_with_its_directory_comes_back)
{
	for (int i = 0; i < CUTS; i++) {
		struct scene s = lazy_disks(_i * CUTS + i);

		scene_mkdir(&s, ADA, "d");
		scene_mkdir(&s, ADA, "d/deep");
		soon(&s);
		scene_write(&s, BOB, "d/deep/new", "new");
		soon(&s);
		comes_back(&s, "d/deep/new", "new");
	}
}
END_TEST

/* As an editor saves, and the daemon saw the name that it wrote first. */
START_TEST(L73_what_a_rename_brought_before_the_cut_undid_it_comes_back)
{
	for (int i = 0; i < CUTS; i++) {
		struct scene s = lazy_disks(_i * CUTS + i);

		scene_write(&s, ADA, "first", "new");
		soon(&s);
		scene_rename(&s, ADA, "first", "new");
		soon(&s);
		comes_back(&s, "new", "new");
	}
}
END_TEST

static bool
ada_has(struct scene *s, const char *text)
{
	return tree_has(
	    s->host[ADA], SCRIPT_ROOT, tree_hash(span_str(text)), strlen(text));
}

/* Written in place: of that the disk got the bytes, the times, both or none. */
START_TEST(L21_bytes_that_a_cut_kept_without_their_times_do_not_stay_unseen)
{
	bool torn = false;

	for (int i = 0; i < 1000 && !torn; i++) {
		struct scene s = one_file_everywhere(_i * 1000 + i);
		struct host_stat before, after;

		/* Looked at again, so that times are believed. */
		scene_down(&s, ADA);
		scene_up(&s, ADA);
		scene_rest(&s);
		scene_wait(&s, DURABLE_S);
		if (_i % 2) /* nor does anybody run who could tell */
			scene_down(&s, ADA);
		if (_i / 2 % 2) /* and by the clock it was years ago */
			sim_host_jump(s.host[ADA], YEARS_NS);
		ck_assert_int_eq(
		    sim_user_stat(s.host[ADA], SCRIPT_ROOT "/a", &before), 0);
		ck_assert_int_eq(sim_user_patch(s.host[ADA], SCRIPT_ROOT "/a",
				     0, span_str(TWO)),
		    0);
		cut(&s, ADA);
		ck_assert_int_eq(
		    sim_user_stat(s.host[ADA], SCRIPT_ROOT "/a", &after), 0);
		torn = !ada_has(&s, ONE) && after.ctime_ns == before.ctime_ns;
		scene_up(&s, ADA);
		scene_rest(&s);
		scene_end(&s);
	}
	ck_assert(torn);
}
END_TEST

/* Two days of running, at least one of the clock: a start stays quick. */
START_TEST(what_changed_days_ago_is_not_read_after_a_cut)
{
	struct scene s = one_file_everywhere(_i);
	struct buf large = scene_noise(LARGE_BYTES, (uint64_t)_i);
	int days = _i % 3;
	uint64_t read;

	scene_put(&s, ADA, "large", buf_span(&large));
	scene_rest(&s);
	scene_wait(&s, DURABLE_S);
	for (int i = 0; i < days; i++) {
		scene_wait(&s, 25 * 3600);
		scene_write(&s, ADA, "a", i % 2 ? ONE : TWO);
		scene_rest(&s);
		scene_wait(&s, DURABLE_S);
	}
	read = sim_host_read(s.host[ADA]);
	cut(&s, ADA);
	scene_up(&s, ADA);
	scene_rest(&s);
	read = sim_host_read(s.host[ADA]) - read;
	ck_assert_msg((read >= LARGE_BYTES) == (days < 2),
	    "%" PRIu64 " bytes after %d days", read, days);
	buf_release(&large);
	scene_end(&s);
}
END_TEST

START_TEST(L73_what_was_synced_just_before_the_cut_is_told)
{
	for (int i = 0; i < CUTS; i++) {
		struct scene s = one_file_everywhere(_i * CUTS + i);

		scene_write(&s, ADA, "a", TWO);
		if (i % 2)
			scene_touch(&s, ADA, "a", -1000);
		ck_assert_int_eq(
		    sim_user_sync(s.host[ADA], SCRIPT_ROOT "/a"), 0);
		cut(&s, ADA);
		scene_up(&s, ADA);
		scene_rest(&s);
		scene_shows(&s, "a", TWO);
		scene_end(&s);
	}
}
END_TEST

/* Does Bob show it, wherever? */
static bool
bob_shows(struct scene *s, const char *text)
{
	return tree_has(
	    s->host[BOB], SCRIPT_ROOT, tree_hash(span_str(text)), strlen(text));
}

START_TEST(L22_what_a_cut_left_is_told_when_it_is_accepted_or_touched)
{
	int waited = 0;

	for (int i = 0; i < CUTS; i++) {
		struct scene s = one_file_everywhere(_i * CUTS + i);
		struct node_status status;
		bool waits;

		scene_down(&s, BOB);
		scene_write(&s, ADA, "a", TWO);
		scene_note(&s);
		cut(&s, ADA);
		scene_up(&s, ADA);
		scene_note(&s);
		status = scene_status(&s, ADA);
		waits = status.folders[0].s.waiting[PLAN_WHY_LOST] > 0;
		node_status_release(&status);
		if (waits && i % 2)
			ck_assert(sim_node_accept(s.node[ADA]));
		else if (waits)
			scene_write(&s, ADA, "a", "by hand");
		else
			ck_assert(!sim_node_accept(s.node[ADA]));
		scene_up(&s, BOB);
		scene_rest(&s);
		if (waits && i % 2 == 0)
			ck_assert(bob_shows(&s, "by hand"));
		waited += waits;
		scene_end(&s);
	}
	ck_assert_int_gt(waited, 0);
}
END_TEST

static bool
waits_for_what_a_cut_took(struct scene *s, unsigned who)
{
	struct node_status status = scene_status(s, who);
	bool waits = status.folders[0].s.waiting[PLAN_WHY_LOST] > 0;

	node_status_release(&status);
	return waits;
}

/* Long after the cut, and after a stop, for nobody was there to be asked. */
START_TEST(L73_what_is_begun_anew_covers_nothing_that_a_peer_has)
{
	unsigned damaged = 0;

	for (int i = 0; i < CUTS; i++) {
		struct scene s = one_file_everywhere(_i * CUTS + i);
		bool hurt;

		scene_write(&s, ADA, "a", TWO);
		soon(&s);
		scene_sees(&s, BOB, "a", TWO);
		scene_part(&s);
		cut(&s, ADA);
		scene_up(&s, ADA);
		scene_wait(&s, DURABLE_S);
		hurt = waits_for_what_a_cut_took(&s, ADA);
		damaged += hurt;
		scene_down(&s, ADA);
		scene_save(&s, ADA, "a", "anew");
		scene_up(&s, ADA);
		scene_note(&s);
		scene_meet(&s);
		scene_rest(&s);
		ck_assert(!hurt || bob_shows(&s, TWO));
		scene_end(&s);
	}
	ck_assert_uint_gt(damaged, 0);
}
END_TEST

static bool
ada_has_two(void *s)
{
	return ada_has(s, TWO);
}

/* An edit that keeps the mtime looks torn: it gives way to what Bob has. Then
 * nobody who could know it for an edit may be needed to bring it back. */
START_TEST(L11_73_what_gave_way_after_a_cut_is_shown_though_memory_is_lost)
{
	static const struct image nothing;
	struct scene s = one_file_everywhere(_i);

	scene_write(&s, ADA, "a", TWO);
	scene_touch(&s, ADA, "a", -1000);
	soon(&s);
	cut(&s, ADA);
	scene_save(&s, ADA, "a", "anew");
	scene_touch(&s, ADA, "a", -1000);
	scene_up(&s, ADA);
	ck_assert(sim_run_until(s.sim, 60 * SIM_SECOND, ada_has_two, &s));
	scene_wait(&s, 1);
	sim_node_kill(s.node[ADA], false);
	image_put(&nothing, s.host[ADA], SIM_NODE_MEMORY);
	scene_up(&s, ADA);
	scene_rest(&s);
	scene_shows(&s, "a", TWO);
	ck_assert(bob_shows(&s, "anew"));
	scene_end(&s);
}
END_TEST

static bool
bob_waits_for_content(void *arg)
{
	struct scene *s = arg;
	struct node_status status = scene_status(s, BOB);
	bool waits = status.folders[0].s.open_paths > 0;

	node_status_release(&status);
	return waits;
}

/* Ada's edit is Bob's too, Cy's wins over it; of Cy's only the version came,
 * when the power took what both had written. */
static struct scene
two_edits_lost_where_they_were_made(int seed)
{
	struct scene s = scene_set(3, seed);
	struct buf large = scene_noise(LARGE_BYTES, (uint64_t)seed);

	sim_knobs(s.sim)->net_window = 1 << 14;
	sim_knobs(s.sim)->net_delay_ns = 10 * SIM_MS;
	scene_all_up(&s);
	scene_write(&s, ADA, "a", ONE);
	scene_rest(&s);
	scene_wait(&s, DURABLE_S);
	scene_part(&s);
	scene_write(&s, ADA, "a", TWO);
	scene_wait(&s, 1);
	scene_put(&s, CY, "a", buf_span(&large));
	scene_link(&s, ADA, BOB, true);
	scene_wait(&s, 4);
	scene_sees(&s, BOB, "a", TWO);
	cut(&s, ADA);
	scene_link(&s, BOB, CY, true);
	ck_assert(
	    sim_run_until(s.sim, 20 * SIM_SECOND, bob_waits_for_content, &s));
	cut(&s, CY);
	buf_release(&large);
	return s;
}

START_TEST(L22_what_is_accepted_covers_nothing_that_a_peer_has)
{
	unsigned accepted = 0;

	for (int i = 0; i < CUTS; i++) {
		struct scene s =
		    two_edits_lost_where_they_were_made(_i * CUTS + i);

		scene_up(&s, ADA);
		scene_up(&s, CY);
		scene_meet(&s);
		scene_note(&s);
		accepted += sim_node_accept(s.node[ADA]);
		(void)sim_node_accept(s.node[CY]);
		scene_rest(&s);
		ck_assert_msg(bob_shows(&s, TWO), "round %d", i);
		scene_end(&s);
	}
	ck_assert_uint_gt(accepted, 0);
}
END_TEST

TCase *
lessons_cut_tcase(void)
{
	TCase *tc = tcase_create("power");

	tcase_set_timeout(tc, LESSONS_TIMEOUT_S);
	lessons_add(
	    tc, L22_73_a_file_that_a_cut_left_empty_is_not_told_over_good_ones);
	lessons_add(tc, L21_73_what_was_told_before_the_cut_comes_back);
	lessons_add(
	    tc, L21_73_a_file_that_a_peer_touched_before_the_cut_comes_back);
	lessons_add(tc, L21_73_what_the_cut_took_with_its_directory_comes_back);
	lessons_add(
	    tc, L73_what_a_rename_brought_before_the_cut_undid_it_comes_back);
	lessons_add(tc,
	    L21_bytes_that_a_cut_kept_without_their_times_do_not_stay_unseen);
	lessons_add(tc, what_changed_days_ago_is_not_read_after_a_cut);
	lessons_add(tc, L73_what_was_synced_just_before_the_cut_is_told);
	lessons_add(
	    tc, L22_what_a_cut_left_is_told_when_it_is_accepted_or_touched);
	lessons_add(tc, L22_what_is_accepted_covers_nothing_that_a_peer_has);
	lessons_add(tc, L73_what_is_begun_anew_covers_nothing_that_a_peer_has);
	lessons_add(tc,
	    L11_73_what_gave_way_after_a_cut_is_shown_though_memory_is_lost);
	return tc;
}
