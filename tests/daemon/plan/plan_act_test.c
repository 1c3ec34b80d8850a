/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/plan/plan_test.h"

#include <string.h>

static struct scene s;

static void
begin(void)
{
	scene_begin(&s, "a.txt");
}

static void
end(void)
{
	scene_end(&s);
}

/* On the disk and base: v. */
static void
settle(const struct version *v)
{
	scene_base(&s, v);
	scene_show(&s, v);
}

/* A loser stands here, a winner is known. */
static void
conflict(const struct version **out_loser)
{
	*out_loser = scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));
	settle(*out_loser);
	scene_know(&s, KIND_FILE, "y", 6, DOT(2, 1));
}

/* Says that this loser's copy has a version. */
static void
copy_known(const struct version *loser)
{
	static char path[256];
	struct buf b;

	buf_init(&b, sizeof path - 1);
	ck_assert_int_eq(conflict_path(loser, &b), 0);
	memcpy(path, b.p, b.len);
	path[b.len] = 0;
	buf_release(&b);
	s.known = path;
}

START_TEST(nothing_known_is_nothing_to_do)
{
	ck_assert_int_eq(scene_plan(&s), PLAN_NOTHING);
}
END_TEST

START_TEST(what_is_as_wanted_needs_nothing)
{
	settle(scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1)));
	ck_assert_int_eq(scene_plan(&s), PLAN_NOTHING);
}
END_TEST

START_TEST(what_is_right_already_is_settled)
{
	const struct version *v;

	settle(scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1)));
	v = scene_follow(&s, KIND_FILE, "x", 5, DOT(2, 1));
	ck_assert_int_eq(scene_plan(&s), PLAN_SETTLE);
	ck_assert_ptr_eq(s.a.version, v);
}
END_TEST

START_TEST(gone_on_both_sides_is_settled)
{
	scene_know(&s, KIND_GONE, "x", 0, DOT(1, 1));
	ck_assert_int_eq(scene_plan(&s), PLAN_SETTLE);
}
END_TEST

START_TEST(a_new_file_is_placed)
{
	scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));
	ck_assert_int_eq(scene_plan(&s), PLAN_PLACE);
	ck_assert_uint_eq(s.a.copy.len, 0);
}
END_TEST

START_TEST(a_file_whose_content_is_elsewhere_is_fetched)
{
	scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));
	s.unheld = true;
	ck_assert_int_eq(scene_plan(&s), PLAN_FETCH);
}
END_TEST

START_TEST(an_empty_file_and_a_symlink_need_no_content)
{
	s.unheld = s.unreachable = true;
	scene_know(&s, KIND_FILE, "", 5, DOT(1, 1));
	ck_assert_int_eq(scene_plan(&s), PLAN_PLACE);
	scene_follow(&s, KIND_SYMLINK, "to", 5, DOT(1, 2));
	ck_assert_int_eq(scene_plan(&s), PLAN_PLACE);
}
END_TEST

START_TEST(a_file_is_replaced_by_its_successor)
{
	settle(scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1)));
	scene_follow(&s, KIND_FILE, "y", 6, DOT(2, 1));
	ck_assert_int_eq(scene_plan(&s), PLAN_PLACE);
	ck_assert_uint_eq(s.a.copy.len, 0);
}
END_TEST

START_TEST(other_bits_or_mtime_are_a_touch)
{
	settle(scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1)));
	scene_follow(&s, KIND_FILE, "x", 6, DOT(2, 1));
	s.unheld = s.unreachable = true;
	ck_assert_int_eq(scene_plan(&s), PLAN_TOUCH);
}
END_TEST

START_TEST(a_directory_with_other_bits_is_touched)
{
	settle(scene_know(&s, KIND_DIR, "DIR", 0, DOT(1, 1)));
	s.e.disk.bits = s.e.base.seen.bits = 0700;
	scene_follow(&s, KIND_DIR, "DIR", 0, DOT(2, 1));
	ck_assert_int_eq(scene_plan(&s), PLAN_TOUCH);
}
END_TEST

START_TEST(an_adopted_file_is_touched_while_that_is_intended)
{
	const struct version *v = scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));

	settle(v);
	s.e.disk.mtime_ns = s.e.base.seen.mtime_ns = 9;
	scene_intent(&s, v);
	ck_assert_int_eq(scene_plan(&s), PLAN_TOUCH);
	/* Without: what the file system made of its time is its matter. */
	version_free(s.e.intent.version);
	s.e.intent = (struct agreement){0};
	ck_assert_int_eq(scene_plan(&s), PLAN_NOTHING);
}
END_TEST

START_TEST(a_directory_is_made)
{
	scene_know(&s, KIND_DIR, "DIR", 0, DOT(1, 1));
	ck_assert_int_eq(scene_plan(&s), PLAN_MAKE_DIR);
	ck_assert(!s.a.derived);
}
END_TEST

START_TEST(a_directory_alive_by_its_children_is_made)
{
	scene_know(&s, KIND_GONE, "DIR", 0, DOT(1, 1));
	s.e.child_alive = true;
	ck_assert_int_eq(scene_plan(&s), PLAN_MAKE_DIR);
	ck_assert(s.a.derived);
	ck_assert_ptr_null(s.a.version);
}
END_TEST

START_TEST(a_derived_directory_that_base_never_saw_is_made)
{
	s.e.child_alive = true;
	scene_base(&s, NULL);
	s.e.base.seen = (struct observation){.kind = KIND_NONE};
	ck_assert_int_eq(scene_plan(&s), PLAN_MAKE_DIR);
}
END_TEST

/* No version says what it was, so it is no loser. */
START_TEST(what_a_cut_left_where_a_directory_is_derived_is_displaced)
{
	s.e.child_alive = true;
	s.e.suspect = true;
	scene_disk(&s, KIND_FILE, "", 5);
	ck_assert_int_eq(scene_plan(&s), PLAN_MAKE_DIR);
	ck_assert_uint_eq(s.a.copy.len, 0);
}
END_TEST

START_TEST(the_bits_of_a_derived_directory_are_nobodys)
{
	s.e.child_alive = true;
	scene_base(&s, NULL);
	scene_show(&s, NULL);
	s.e.disk.bits = s.e.base.seen.bits = 0700;
	ck_assert_int_eq(scene_plan(&s), PLAN_NOTHING);
}
END_TEST

START_TEST(a_file_that_is_gone_is_removed)
{
	settle(scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1)));
	scene_follow(&s, KIND_GONE, "x", 0, DOT(2, 1));
	ck_assert_int_eq(scene_plan(&s), PLAN_REMOVE);
}
END_TEST

START_TEST(an_empty_directory_that_is_gone_is_removed)
{
	settle(scene_know(&s, KIND_DIR, "DIR", 0, DOT(1, 1)));
	scene_follow(&s, KIND_GONE, "DIR", 0, DOT(2, 1));
	ck_assert_int_eq(scene_plan(&s), PLAN_REMOVE_DIR);
}
END_TEST

START_TEST(waits_while_the_disk_is_not_judged)
{
	settle(scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1)));
	scene_follow(&s, KIND_FILE, "y", 6, DOT(2, 1));
	s.e.disk.mtime_ns++;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_LOOK);
}
END_TEST

START_TEST(waits_while_this_replica_is_fresh)
{
	scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));
	s.ask.fresh = true;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_FRESH);
}
END_TEST

/* LESSONS 11: a lost database finds files that no peer knows. */
START_TEST(what_stands_where_nothing_is_known_waits_to_be_judged)
{
	scene_disk(&s, KIND_FILE, "x", 5);
	s.ask.fresh = true;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_FRESH);
	s.ask.fresh = false;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_LOOK);
	s.e.disk.kind = KIND_OPAQUE;
	ck_assert_int_eq(scene_plan(&s), PLAN_NOTHING);
}
END_TEST

START_TEST(waits_for_its_directory)
{
	scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));
	s.orphan = true;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_PARENT);
	scene_follow(&s, KIND_DIR, "DIR", 0, DOT(1, 2));
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_PARENT);
}
END_TEST

START_TEST(L6_67_waits_while_a_directory_is_not_empty)
{
	settle(scene_know(&s, KIND_DIR, "DIR", 0, DOT(1, 1)));
	scene_follow(&s, KIND_GONE, "DIR", 0, DOT(2, 1));
	s.occupied = true;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_OCCUPIED);
	scene_follow(&s, KIND_FILE, "x", 0, DOT(2, 2));
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_OCCUPIED);
}
END_TEST

START_TEST(waits_while_something_opaque_is_in_the_way)
{
	scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));
	scene_disk(&s, KIND_OPAQUE, "", 0);
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_OPAQUE);
	/* But nothing has to be done to keep it. */
	scene_follow(&s, KIND_GONE, "x", 0, DOT(1, 2));
	ck_assert_int_eq(scene_plan(&s), PLAN_NOTHING);
}
END_TEST

START_TEST(what_a_user_made_unreadable_waits_for_nothing)
{
	settle(scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1)));
	s.e.disk.kind = KIND_OPAQUE;
	ck_assert_int_eq(scene_plan(&s), PLAN_NOTHING);
	scene_follow(&s, KIND_FILE, "y", 6, DOT(2, 1));
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_OPAQUE);
}
END_TEST

START_TEST(waits_for_content_that_nobody_reachable_holds)
{
	scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));
	s.unheld = s.unreachable = true;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_CONTENT);
}
END_TEST

START_TEST(a_losers_copy_gets_its_version_first)
{
	const struct version *loser;
	struct buf path;

	conflict(&loser);
	ck_assert_int_eq(scene_plan(&s), PLAN_COPY);
	ck_assert_ptr_eq(s.a.loser, loser);
	buf_init(&path, LIMIT_PATH_BYTES);
	ck_assert_int_eq(conflict_path(loser, &path), 0);
	ck_assert(span_equal(buf_span(&s.a.copy), buf_span(&path)));
	buf_release(&path);
}
END_TEST

START_TEST(a_conflict_waits_while_a_stream_is_open)
{
	const struct version *loser;

	conflict(&loser);
	s.ask.stream_open = true;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_STREAM);
}
END_TEST

START_TEST(a_loser_that_is_not_here_hinders_nobody)
{
	scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));
	settle(scene_know(&s, KIND_FILE, "y", 6, DOT(2, 1)));
	s.ask.stream_open = true;
	ck_assert_int_eq(scene_plan(&s), PLAN_NOTHING);
	ck_assert_uint_eq(s.a.copy.len, 0);
}
END_TEST

START_TEST(a_displaced_file_is_not_sent_to_another_losers_copy)
{
	/* A file appears; a loser of which nothing is here waits for the
	 * end of a stream. */
	scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));
	scene_know(&s, KIND_FILE, "y", 6, DOT(2, 1));
	s.ask.stream_open = true;
	ck_assert_int_eq(scene_plan(&s), PLAN_PLACE);
	ck_assert_uint_eq(s.a.copy.len, 0);
}
END_TEST

START_TEST(a_loser_that_was_not_judged_is_looked_at_first)
{
	const struct version *loser;

	/* After a lost database base is unknown; after a touch it differs. */
	conflict(&loser);
	s.e.disk.mtime_ns++;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_LOOK);
	s.ask.stream_open = true;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_LOOK);
}
END_TEST

START_TEST(a_loser_stays_while_its_copy_has_no_room)
{
	const struct version *loser;

	conflict(&loser);
	s.elsewhere.kind = KIND_FILE;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_COPY);
}
END_TEST

START_TEST(L79_a_loser_stays_while_the_winner_cannot_be_had)
{
	const struct version *loser;

	conflict(&loser);
	s.unheld = s.unreachable = true;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_CONTENT);
}
END_TEST

START_TEST(what_stands_is_kept_where_the_winners_copy_decided)
{
	const struct version *here, *winner;

	here = scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));
	settle(here);
	winner = scene_know(&s, KIND_FILE, "y", 6, DOT(2, 1));
	copy_known(winner);
	s.unheld = s.unreachable = true;
	ck_assert_int_eq(scene_plan(&s), PLAN_KEEP);
	/* A winner that can be had is never given up. */
	s.unreachable = false;
	ck_assert_int_ne(scene_plan(&s), PLAN_KEEP);
}
END_TEST

/* Then it is old: to keep it would undo what superseded it. */
START_TEST(what_stands_is_not_kept_once_it_is_superseded)
{
	settle(scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1)));
	copy_known(scene_follow(&s, KIND_FILE, "y", 6, DOT(2, 1)));
	s.unheld = s.unreachable = true;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_CONTENT);
}
END_TEST

START_TEST(a_directory_that_its_children_left_is_kept_likewise)
{
	const struct version *winner =
	    scene_know(&s, KIND_FILE, "y", 6, DOT(2, 1));

	/* It lost to a directory that was alive by its children alone. */
	scene_disk(&s, KIND_DIR, "DIR", 0);
	scene_base(&s, NULL);
	s.e.base.seen = s.e.disk;
	s.unheld = s.unreachable = true;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_CONTENT);
	copy_known(winner);
	ck_assert_int_eq(scene_plan(&s), PLAN_KEEP);
	s.occupied = true;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_OCCUPIED);
}
END_TEST

START_TEST(a_winner_that_rotted_here_is_not_given_up)
{
	const struct version *here;

	here = scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));
	settle(here);
	copy_known(here);
	/* Seen with other content, and to be what it was: folder_verify. */
	s.e.disk.content.b[0] ^= 1;
	s.e.base.seen = s.e.disk;
	s.e.intent.present = true;
	ck_assert_int_eq(version_copy(here, &s.e.intent.version), 0);
	s.unheld = s.unreachable = true;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_CONTENT);
	s.unreachable = false;
	ck_assert_int_eq(scene_plan(&s), PLAN_FETCH);
}
END_TEST

/* Holds the loser's content alone. */
static int
held_x(void *arg, const struct name *content)
{
	struct name x = word_name("x");

	(void)arg;
	return name_equal(content, &x);
}

START_TEST(the_winner_is_fetched_before_the_loser_here_is_copied)
{
	const struct version *loser;

	conflict(&loser);
	s.ask.held = held_x;
	ck_assert_int_eq(scene_plan(&s), PLAN_FETCH);
	ck_assert_uint_eq(s.a.copy.len, 0);
}
END_TEST

START_TEST(a_loser_elsewhere_is_copied_without_the_winner)
{
	/* The content is kept, say in quarantine; here stands another loser,
	 * whose copy is known. */
	const struct version *loser =
	    scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));
	const struct version *here =
	    scene_know(&s, KIND_FILE, "z", 4, DOT(3, 1));

	scene_know(&s, KIND_FILE, "y", 6, DOT(2, 1));
	settle(here);
	copy_known(here);
	s.ask.held = held_x;
	s.unreachable = true;
	ck_assert_int_eq(scene_plan(&s), PLAN_COPY);
	ck_assert_ptr_eq(s.a.loser, loser);
}
END_TEST

START_TEST(a_loser_elsewhere_is_copied_once_its_content_is_here)
{
	const struct version *loser =
	    scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));

	settle(scene_know(&s, KIND_FILE, "y", 6, DOT(2, 1)));
	s.unheld = true;
	ck_assert_int_eq(scene_plan(&s), PLAN_NOTHING);
	s.unheld = false;
	ck_assert_int_eq(scene_plan(&s), PLAN_COPY);
	ck_assert_ptr_eq(s.a.loser, loser);
}
END_TEST

START_TEST(an_empty_loser_and_a_link_need_no_content_for_their_copy)
{
	const struct version *loser;

	for (int i = 0; i < 2; i++) {
		end();
		begin();
		loser = i == 0
			    ? scene_know(&s, KIND_FILE, "", 5, DOT(1, 1))
			    : scene_know(&s, KIND_SYMLINK, "to", 5, DOT(1, 1));
		settle(scene_know(&s, KIND_FILE, "y", 6, DOT(2, 1)));
		s.unheld = true;
		ck_assert_int_eq(scene_plan(&s), PLAN_COPY);
		ck_assert_ptr_eq(s.a.loser, loser);
	}
}
END_TEST

START_TEST(the_greatest_of_the_losers_comes_first)
{
	const struct version *loser =
	    scene_know(&s, KIND_FILE, "z", 7, DOT(1, 1));

	scene_know(&s, KIND_FILE, "x", 5, DOT(3, 1));
	scene_know(&s, KIND_FILE, "y", 8, DOT(2, 1));
	ck_assert_int_eq(scene_plan(&s), PLAN_COPY);
	ck_assert_ptr_eq(s.a.loser, loser);
}
END_TEST

START_TEST(a_displaced_loser_takes_the_name_of_its_copy)
{
	const struct version *loser;

	conflict(&loser);
	copy_known(loser);
	s.wanted = loser->content;
	ck_assert_int_eq(scene_plan(&s), PLAN_PLACE);
	ck_assert(span_equal(buf_span(&s.a.copy), span_str(s.known)));
	/* But not one that differs from the record by a bit, */
	s.e.disk.bits = s.e.base.seen.bits = 0600;
	ck_assert_int_eq(scene_plan(&s), PLAN_PLACE);
	ck_assert_uint_eq(s.a.copy.len, 0);
}
END_TEST

START_TEST(a_displaced_loser_goes_to_quarantine_when_its_name_is_taken)
{
	const struct version *loser;

	conflict(&loser);
	copy_known(loser);
	/* Somebody deleted the copy; */
	ck_assert_int_eq(scene_plan(&s), PLAN_PLACE);
	ck_assert_uint_eq(s.a.copy.len, 0);
	/* or it is there already. */
	s.wanted = loser->content;
	s.elsewhere.kind = KIND_FILE;
	ck_assert_int_eq(scene_plan(&s), PLAN_PLACE);
	ck_assert_uint_eq(s.a.copy.len, 0);
}
END_TEST

START_TEST(a_file_in_a_directorys_way_takes_the_name_of_its_copy)
{
	const struct version *loser =
	    scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));

	settle(loser);
	scene_know(&s, KIND_DIR, "DIR", 0, DOT(2, 1));
	ck_assert_int_eq(scene_plan(&s), PLAN_COPY);
	copy_known(loser);
	s.wanted = loser->content;
	ck_assert_int_eq(scene_plan(&s), PLAN_MAKE_DIR);
	ck_assert_uint_ne(s.a.copy.len, 0);
}
END_TEST

/* A copy's own scene: its home is "b.txt". */
static void
begin_copy(void)
{
	scene_end(&s);
	scene_begin(&s, "b.conflict-20261122T061600Z-K7QX4T.txt");
	scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));
	s.elsewhere.kind = KIND_FILE;
	s.elsewhere.content = word_name("x");
	s.wanted = word_name("y");
	s.known = "b.txt";
}

START_TEST(L79_a_copy_is_not_shown_beside_its_content)
{
	begin_copy();
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_BESIDE);
	/* Nor when home is to go; */
	s.wanted = (struct name){0};
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_BESIDE);
	/* but when the content is to stay there, */
	s.wanted = word_name("x");
	ck_assert_int_eq(scene_plan(&s), PLAN_PLACE);
}
END_TEST

START_TEST(a_copy_is_shown_where_its_home_is_unknown)
{
	begin_copy();
	s.known = NULL;
	ck_assert_int_eq(scene_plan(&s), PLAN_PLACE);
}
END_TEST

START_TEST(a_copy_is_shown_once_home_changed)
{
	begin_copy();
	s.elsewhere.content = word_name("z");
	ck_assert_int_eq(scene_plan(&s), PLAN_PLACE);
	s.elsewhere.kind = KIND_NONE;
	ck_assert_int_eq(scene_plan(&s), PLAN_PLACE);
}
END_TEST

START_TEST(L29_a_path_too_long_for_a_copy_waits_and_fails_nothing)
{
	char path[LIMIT_PATH_BYTES + 1];
	const struct version *loser;

	memset(path, 'd', sizeof path - 1);
	for (size_t i = 200; i < sizeof path - 1; i += 200)
		path[i] = '/';
	path[sizeof path - 1] = 0;
	scene_end(&s);
	scene_begin(&s, path);
	conflict(&loser);
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_COPY);
	/* An untouched copy is no loser: it goes to quarantine. */
	((struct version *)loser)->copy = true;
	ck_assert_int_eq(scene_plan(&s), PLAN_PLACE);
	ck_assert_uint_eq(s.a.copy.len, 0);
}
END_TEST

START_TEST(room_is_where_just_that_is_wanted_and_nothing_is)
{
	const struct version *v = scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));
	const struct version *touched;

	ck_assert(plan_room(&s.e, v));
	scene_show(&s, v);
	ck_assert(!plan_room(&s.e, v));
	/* The user removed it, which is to be judged first. */
	scene_base(&s, v);
	scene_disk(&s, KIND_NONE, "", 0);
	ck_assert(!plan_room(&s.e, v));
	version_free(s.e.base.version);
	s.e.base = (struct agreement){0};
	touched = scene_know(&s, KIND_FILE, "x", 6, DOT(2, 1));
	ck_assert(plan_room(&s.e, touched));
	ck_assert(!plan_room(&s.e, v));
	s.e.child_alive = true;
	ck_assert(!plan_room(&s.e, touched));
}
END_TEST

START_TEST(there_is_no_room_for_what_is_not_wanted_there)
{
	const struct version *v = scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));
	struct scene other;
	struct version like = *v;

	scene_begin(&other, "a.copy.txt");
	ck_assert(!plan_room(&other.e, v)); /* nothing is known */
	ck_assert(plan_room(&s.e, &like));
	like.kind = KIND_SYMLINK;
	ck_assert(!plan_room(&s.e, &like));
	like = *v;
	like.content = word_name("y");
	ck_assert(!plan_room(&s.e, &like));
	like = *v;
	like.bits = 0600;
	ck_assert(!plan_room(&s.e, &like));
	scene_end(&other);
}
END_TEST

START_TEST(what_cannot_be_asked_ends_the_planning)
{
	const struct version *loser;

	conflict(&loser);
	s.fails = -EIO;
	ck_assert_int_eq(plan_act(&s.e, &s.ask, &s.a), -EIO);
	scene_follow(&s, KIND_FILE, "z", 9, DOT(1, 2));
	ck_assert_int_eq(plan_act(&s.e, &s.ask, &s.a), -EIO);
}
END_TEST

START_TEST(every_reason_has_its_words)
{
	for (int i = 0; i < PLAN_WHYS; i++)
		ck_assert_uint_gt(strlen(plan_why_text((enum plan_why)i)), 3);
}
END_TEST

TCase *
plan_act_tcase(void)
{
	TCase *tc = tcase_create("act");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, nothing_known_is_nothing_to_do);
	tcase_add_test(tc, what_is_as_wanted_needs_nothing);
	tcase_add_test(tc, what_is_right_already_is_settled);
	tcase_add_test(tc, gone_on_both_sides_is_settled);
	tcase_add_test(tc, a_new_file_is_placed);
	tcase_add_test(tc, a_file_whose_content_is_elsewhere_is_fetched);
	tcase_add_test(tc, an_empty_file_and_a_symlink_need_no_content);
	tcase_add_test(tc, a_file_is_replaced_by_its_successor);
	tcase_add_test(tc, other_bits_or_mtime_are_a_touch);
	tcase_add_test(tc, a_directory_with_other_bits_is_touched);
	tcase_add_test(tc, an_adopted_file_is_touched_while_that_is_intended);
	tcase_add_test(tc, a_directory_is_made);
	tcase_add_test(tc, a_directory_alive_by_its_children_is_made);
	tcase_add_test(tc, a_derived_directory_that_base_never_saw_is_made);
	tcase_add_test(
	    tc, what_a_cut_left_where_a_directory_is_derived_is_displaced);
	tcase_add_test(tc, the_bits_of_a_derived_directory_are_nobodys);
	tcase_add_test(tc, a_file_that_is_gone_is_removed);
	tcase_add_test(tc, an_empty_directory_that_is_gone_is_removed);
	tcase_add_test(tc, waits_while_the_disk_is_not_judged);
	tcase_add_test(tc, waits_while_this_replica_is_fresh);
	tcase_add_test(
	    tc, what_stands_where_nothing_is_known_waits_to_be_judged);
	tcase_add_test(tc, waits_for_its_directory);
	tcase_add_test(tc, L6_67_waits_while_a_directory_is_not_empty);
	tcase_add_test(tc, waits_while_something_opaque_is_in_the_way);
	tcase_add_test(tc, what_a_user_made_unreadable_waits_for_nothing);
	tcase_add_test(tc, waits_for_content_that_nobody_reachable_holds);
	tcase_add_test(tc, a_losers_copy_gets_its_version_first);
	tcase_add_test(tc, a_conflict_waits_while_a_stream_is_open);
	tcase_add_test(tc, a_loser_that_is_not_here_hinders_nobody);
	tcase_add_test(tc, a_displaced_file_is_not_sent_to_another_losers_copy);
	tcase_add_test(tc, a_loser_that_was_not_judged_is_looked_at_first);
	tcase_add_test(tc, a_loser_stays_while_its_copy_has_no_room);
	tcase_add_test(tc, L79_a_loser_stays_while_the_winner_cannot_be_had);
	tcase_add_test(tc, what_stands_is_kept_where_the_winners_copy_decided);
	tcase_add_test(tc, what_stands_is_not_kept_once_it_is_superseded);
	tcase_add_test(tc, a_directory_that_its_children_left_is_kept_likewise);
	tcase_add_test(tc, a_winner_that_rotted_here_is_not_given_up);
	tcase_add_test(
	    tc, the_winner_is_fetched_before_the_loser_here_is_copied);
	tcase_add_test(tc, a_loser_elsewhere_is_copied_without_the_winner);
	tcase_add_test(
	    tc, a_loser_elsewhere_is_copied_once_its_content_is_here);
	tcase_add_test(
	    tc, an_empty_loser_and_a_link_need_no_content_for_their_copy);
	tcase_add_test(tc, the_greatest_of_the_losers_comes_first);
	tcase_add_test(tc, a_displaced_loser_takes_the_name_of_its_copy);
	tcase_add_test(
	    tc, a_displaced_loser_goes_to_quarantine_when_its_name_is_taken);
	tcase_add_test(
	    tc, a_file_in_a_directorys_way_takes_the_name_of_its_copy);
	tcase_add_test(tc, L79_a_copy_is_not_shown_beside_its_content);
	tcase_add_test(tc, a_copy_is_shown_where_its_home_is_unknown);
	tcase_add_test(tc, a_copy_is_shown_once_home_changed);
	tcase_add_test(
	    tc, L29_a_path_too_long_for_a_copy_waits_and_fails_nothing);
	tcase_add_test(tc, room_is_where_just_that_is_wanted_and_nothing_is);
	tcase_add_test(tc, there_is_no_room_for_what_is_not_wanted_there);
	tcase_add_test(tc, what_cannot_be_asked_ends_the_planning);
	tcase_add_test(tc, every_reason_has_its_words);
	return tc;
}
