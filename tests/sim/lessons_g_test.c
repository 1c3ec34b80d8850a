/* SPDX-License-Identifier: Apache-2.0 */
/* LESSONS G: found by attacking the design. */
#include "tests/sim/lessons_test.h"

#include <stdlib.h>

#include "daemon/node/node.h"
#include "tests/sim/sim_tree.h"

enum { MIB = 1 << 20, TEXT_BYTES = 64 };

/* A moment of the seed's, while messages and jobs are under way. */
static void
a_moment(struct scene *s, int64_t most_ms)
{
	sim_run(
	    s->sim, (int64_t)sim_random(s->sim, (uint64_t)(most_ms * SIM_MS)));
}

/* ---- conflicts ----------------------------------------------------------- */

START_TEST(L62_a_loser_offline_while_the_winner_is_edited_has_its_copy)
{
	struct scene s = scene_set(3, _i);

	scene_all_up(&s);
	scene_rest(&s);
	scene_part(&s);
	scene_write(&s, ADA, "a", "loser");
	scene_wait(&s, 2);
	scene_write(&s, BOB, "a", "winner");
	scene_link(&s, BOB, CY, true);
	scene_note(&s);
	scene_sees(&s, CY, "a", "winner");
	scene_save(&s, CY, "a", "edited");
	scene_note(&s);
	scene_meet(&s);
	scene_rest(&s);
	scene_shows(&s, "a", "edited");
	free(scene_copy(&s, ADA, "loser"));
	ck_assert_uint_eq(scene_names(&s, ADA), 2);
	scene_end(&s);
}
END_TEST

START_TEST(L62_a_loser_does_not_win_again_with_a_later_mtime)
{
	struct scene s = scene_set(3, _i);

	scene_all_up(&s);
	scene_rest(&s);
	scene_part(&s);
	scene_write(&s, ADA, "a", "loser");
	scene_touch(&s, ADA, "a", 1000);
	scene_write(&s, BOB, "a", "winner");
	scene_touch(&s, BOB, "a", 2000);
	scene_note(&s);
	scene_link(&s, ADA, BOB, true);
	scene_link(&s, ADA, CY, true);
	scene_note(&s);
	scene_sees(&s, BOB, "a", "winner");
	scene_write(&s, BOB, "a", "edited");
	scene_touch(&s, BOB, "a", 500);
	scene_meet(&s);
	scene_rest(&s);
	scene_shows(&s, "a", "edited");
	free(scene_copy(&s, ADA, "loser"));
	ck_assert_uint_eq(scene_names(&s, ADA), 2);
	scene_end(&s);
}
END_TEST

/* Saves over what Ada sees at some moment of the winner's coming. */
START_TEST(L76_what_is_saved_over_at_any_moment_is_what_was_seen)
{
	struct scene s = scene_set(2, _i);
	char seen[TEXT_BYTES] = {0};
	struct buf b;

	scene_all_up(&s);
	scene_rest(&s);
	scene_part(&s);
	scene_write(&s, ADA, "a", "loser");
	scene_wait(&s, 2);
	scene_write(&s, BOB, "a", "winner");
	scene_note(&s);
	scene_meet(&s);
	sim_run(s.sim, SIM_SECOND / 20 * (_i % 16));
	a_moment(&s, 100);
	buf_init(&b, sizeof seen - 1);
	ck_assert_int_eq(sim_user_read(s.host[ADA], SCRIPT_ROOT "/a", &b), 0);
	memcpy(seen, b.p, b.len);
	buf_release(&b);
	scene_save(&s, ADA, "a", "next");
	scene_rest(&s);
	if (strcmp(seen, "winner") == 0) {
		scene_shows(&s, "a", "next");
		free(scene_copy(&s, ADA, "loser"));
	} else {
		ck_assert_str_eq(seen, "loser");
		scene_shows(&s, "a", "next");
		free(scene_copy(&s, ADA, "winner"));
	}
	ck_assert_uint_eq(scene_names(&s, ADA), 2);
	scene_end(&s);
}
END_TEST

static bool
ada_knows_the_winner(void *arg)
{
	struct scene *s = arg;
	struct node_status status = scene_status(s, ADA);
	bool knows = status.folders[0].s.open_paths > 0;

	node_status_release(&status);
	return knows;
}

START_TEST(L79_a_winner_that_cannot_be_had_does_not_show_the_loser_twice)
{
	struct scene s = scene_set(2, _i);
	struct buf large = scene_noise(4 * MIB, 79);

	sim_knobs(s.sim)->net_window = 1 << 14;
	sim_knobs(s.sim)->net_delay_ns = 10 * SIM_MS;
	scene_all_up(&s);
	scene_rest(&s);
	scene_part(&s);
	scene_write(&s, ADA, "a", "loser");
	scene_wait(&s, 2);
	scene_put(&s, BOB, "a", buf_span(&large));
	scene_note(&s);
	scene_meet(&s);
	ck_assert(
	    sim_run_until(s.sim, 300 * SIM_SECOND, ada_knows_the_winner, &s));
	scene_part(&s);
	scene_note(&s);
	scene_sees(&s, ADA, "a", "loser");
	ck_assert_uint_eq(scene_names(&s, ADA), 1);
	scene_meet(&s);
	scene_rest(&s);
	ck_assert_uint_eq(scene_names(&s, ADA), 2);
	free(scene_copy(&s, ADA, "loser"));
	buf_release(&large);
	scene_end(&s);
}
END_TEST

/* ---- deletes ------------------------------------------------------------- */

START_TEST(L81_64_a_touch_of_what_is_being_deleted_does_not_keep_it)
{
	struct scene s = scene_set(2, _i);

	scene_all_up(&s);
	scene_write(&s, ADA, "a", "text");
	scene_write(&s, ADA, "b", "text of b");
	scene_rest(&s);
	scene_remove(&s, BOB, "a");
	scene_remove(&s, BOB, "b");
	sim_run(s.sim, SIM_SECOND); /* deletes rest so long */
	a_moment(&s, 60);
	if (scene_has(&s, ADA, "a"))
		scene_touch(&s, ADA, "a", 5000);
	if (scene_has(&s, ADA, "b"))
		scene_chmod(&s, ADA, "b", 0600);
	scene_rest(&s);
	ck_assert_uint_eq(scene_names(&s, ADA), 0);
	scene_end(&s);
}
END_TEST

START_TEST(L64_a_touch_beside_a_delete_does_not_undo_it)
{
	struct scene s = scene_set(2, _i);

	scene_all_up(&s);
	scene_write(&s, ADA, "a", "text");
	scene_rest(&s);
	scene_part(&s);
	scene_remove(&s, BOB, "a");
	scene_touch(&s, ADA, "a", 5000);
	scene_note(&s);
	scene_meet(&s);
	scene_rest(&s);
	ck_assert_uint_eq(scene_names(&s, ADA), 0);
	scene_end(&s);
}
END_TEST

START_TEST(L67_a_child_made_while_its_directory_goes_lives)
{
	struct scene s = scene_set(2, _i);
	char path[TEXT_BYTES];

	scene_all_up(&s);
	scene_mkdir(&s, ADA, "d");
	scene_mkdir(&s, ADA, "f");
	for (unsigned i = 0; i < 30; i++) {
		snprintf(path, sizeof path, "%c/%u", i & 1 ? 'd' : 'f', i);
		scene_write(&s, ADA, path, path);
	}
	scene_rest(&s);
	scene_remove(&s, ADA, "d");
	scene_remove(&s, ADA, "f");
	sim_run(s.sim, SIM_SECOND);
	a_moment(&s, 200);
	if (!scene_has(&s, BOB, "d"))
		scene_mkdir(&s, BOB, "d");
	scene_write(&s, BOB, "d/fresh", "fresh");
	if (scene_has(&s, BOB, "f"))
		scene_remove(&s, BOB, "f");
	scene_write(&s, BOB, "f", "now a file");
	scene_rest(&s);
	scene_shows(&s, "d/fresh", "fresh");
	scene_shows(&s, "f", "now a file");
	ck_assert_uint_eq(scene_names(&s, ADA), 3);
	scene_end(&s);
}
END_TEST

/* ---- what is on the disk ------------------------------------------------- */

START_TEST(L66_what_a_mount_covers_is_not_deleted)
{
	struct scene s = scene_set(2, _i);
	struct sim_host *ada = s.host[ADA];

	scene_all_up(&s);
	scene_mkdir(&s, ADA, "m");
	scene_write(&s, ADA, "m/x", "covered");
	scene_rest(&s);
	ck_assert_int_eq(sim_user_mount(ada, SCRIPT_ROOT "/m"), 0);
	scene_write(&s, ADA, "m/other", "of the mount");
	scene_write(&s, BOB, "m/y", "from below");
	scene_down(&s, ADA);
	scene_up(&s, ADA);
	scene_note(&s);
	scene_sees(&s, BOB, "m/x", "covered");
	scene_sees(&s, BOB, "m/other", NULL);
	scene_sees(&s, ADA, "m/y", NULL);
	ck_assert_int_eq(sim_user_remove_all(ada, SCRIPT_ROOT "/m/other"), 0);
	ck_assert_int_eq(sim_user_unmount(ada, SCRIPT_ROOT "/m"), 0);
	scene_down(&s, ADA);
	scene_up(&s, ADA);
	scene_rest(&s);
	scene_shows(&s, "m/x", "covered");
	scene_shows(&s, "m/y", "from below");
	scene_end(&s);
}
END_TEST

/* What it covers cannot be copied from. */
START_TEST(L66_what_a_mount_covers_is_no_donor)
{
	struct scene s = scene_set(2, _i);

	scene_all_up(&s);
	scene_mkdir(&s, ADA, "m");
	scene_write(&s, ADA, "m/x", "covered");
	scene_rest(&s);
	ck_assert_int_eq(sim_user_mount(s.host[BOB], SCRIPT_ROOT "/m"), 0);
	scene_down(&s, BOB);
	scene_up(&s, BOB);
	scene_note(&s);
	scene_write(&s, ADA, "y", "covered");
	scene_wait(&s, 60);
	scene_sees(&s, BOB, "y", "covered");
	scene_end(&s);
}
END_TEST

/* What it cannot have itself it tells on, and others need not wait. */
START_TEST(L74_a_hub_passes_on_what_it_refuses)
{
	struct scene s = scene_set(3, _i);
	struct sim_host *bob = s.host[BOB];

	scene_all_up(&s);
	scene_link(&s, ADA, CY, false);
	scene_mkdir(&s, ADA, "m");
	scene_write(&s, ADA, "m/x", "x");
	scene_note(&s);
	scene_sees(&s, CY, "m/x", "x");
	ck_assert_int_eq(sim_user_mount(bob, SCRIPT_ROOT "/m"), 0);
	scene_down(&s, BOB);
	scene_up(&s, BOB);
	scene_remove(&s, ADA, "m/x");
	scene_symlink(&s, ADA, "nowhere", "m/link");
	scene_note(&s);
	scene_sees(&s, CY, "m/x", NULL);
	ck_assert(scene_has(&s, CY, "m/link"));
	ck_assert(!scene_has(&s, BOB, "m/link"));
	ck_assert_int_eq(sim_user_unmount(bob, SCRIPT_ROOT "/m"), 0);
	scene_down(&s, BOB);
	scene_up(&s, BOB);
	scene_meet(&s);
	scene_rest(&s);
	scene_shows(&s, "m/x", NULL);
	ck_assert(scene_has(&s, BOB, "m/link"));
	scene_end(&s);
}
END_TEST

START_TEST(L71_other_links_of_a_displaced_file_keep_its_content)
{
	struct scene s = scene_set(2, _i);
	struct sim_host *bob = s.host[BOB];
	struct buf b;

	scene_all_up(&s);
	scene_write(&s, ADA, "a", "old");
	scene_rest(&s);
	ck_assert_int_eq(sim_user_link(bob, SCRIPT_ROOT "/a", "/link"), 0);
	scene_rest(&s);
	scene_save(&s, ADA, "a", "new");
	scene_rest(&s);
	scene_wait(&s, 120);
	buf_init(&b, TEXT_BYTES);
	ck_assert_int_eq(sim_user_read(bob, "/link", &b), 0);
	ck_assert(span_equal(buf_span(&b), SPAN_LIT("old")));
	buf_release(&b);
	scene_shows(&s, "a", "new");
	scene_down(&s, BOB);
	ck_assert_uint_eq(sim_node_made(s.node[BOB]), 0);
	scene_end(&s);
}
END_TEST

/* ---- bytes --------------------------------------------------------------- */

START_TEST(L75_59_a_file_that_grows_into_the_next_band_is_not_sent_again)
{
	struct scene s = scene_set(2, _i);
	struct buf large = scene_noise(16 * MIB, 75);
	struct buf more = scene_noise(MIB, 76);
	uint64_t sent;

	sim_knobs(s.sim)->net_window = 1 << 19;
	scene_all_up(&s);
	scene_put(&s, ADA, "large", buf_span(&large));
	scene_rest(&s);
	sent = sim_host_sent(s.host[ADA]);
	ck_assert_uint_ge(sent, 16 * MIB);
	scene_append(&s, ADA, "large", buf_span(&more));
	scene_rest(&s);
	ck_assert_uint_le(sim_host_sent(s.host[ADA]) - sent, 3 * MIB / 2);
	buf_release(&large);
	buf_release(&more);
	scene_end(&s);
}
END_TEST

TCase *
lessons_g_tcase(void)
{
	TCase *tc = tcase_create("G");

	tcase_set_timeout(tc, LESSONS_TIMEOUT_S);
	lessons_add(
	    tc, L62_a_loser_offline_while_the_winner_is_edited_has_its_copy);
	lessons_add(tc, L62_a_loser_does_not_win_again_with_a_later_mtime);
	tcase_add_loop_test(tc,
	    L76_what_is_saved_over_at_any_moment_is_what_was_seen, 0,
	    8 * LESSONS_SEEDS);
	lessons_add(
	    tc, L79_a_winner_that_cannot_be_had_does_not_show_the_loser_twice);
	tcase_add_loop_test(tc,
	    L81_64_a_touch_of_what_is_being_deleted_does_not_keep_it, 0,
	    4 * LESSONS_SEEDS);
	lessons_add(tc, L64_a_touch_beside_a_delete_does_not_undo_it);
	tcase_add_loop_test(tc, L67_a_child_made_while_its_directory_goes_lives,
	    0, 4 * LESSONS_SEEDS);
	lessons_add(tc, L66_what_a_mount_covers_is_not_deleted);
	lessons_add(tc, L66_what_a_mount_covers_is_no_donor);
	lessons_add(tc, L74_a_hub_passes_on_what_it_refuses);
	lessons_add(tc, L71_other_links_of_a_displaced_file_keep_its_content);
	tcase_add_loop_test(tc,
	    L75_59_a_file_that_grows_into_the_next_band_is_not_sent_again, 0,
	    2);
	return tc;
}
