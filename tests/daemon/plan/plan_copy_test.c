/* SPDX-License-Identifier: Apache-2.0 */
/* Losers, and the conflict copies that show them. */
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

START_TEST(a_losers_copy_gets_its_version_first)
{
	const struct version *loser;
	struct buf path;

	loser = scene_conflict(&s);
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
	scene_conflict(&s);
	s.ask.stream_open = true;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_STREAM);
}
END_TEST

START_TEST(a_loser_that_is_not_here_hinders_nobody)
{
	scene_know(&s, KIND_FILE, "x", 5, DOT(1, 1));
	scene_settle(&s, scene_know(&s, KIND_FILE, "y", 6, DOT(2, 1)));
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
	/* After a lost database base is unknown; after a touch it differs. */
	scene_conflict(&s);
	s.e.disk.mtime_ns++;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_LOOK);
	s.ask.stream_open = true;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_LOOK);
}
END_TEST

START_TEST(a_loser_stays_while_its_copy_has_no_room)
{
	scene_conflict(&s);
	s.elsewhere.kind = KIND_FILE;
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_COPY);
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
	scene_conflict(&s);
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
	scene_settle(&s, here);
	scene_know_copy(&s, here);
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

	scene_settle(&s, scene_know(&s, KIND_FILE, "y", 6, DOT(2, 1)));
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
		scene_settle(&s, scene_know(&s, KIND_FILE, "y", 6, DOT(2, 1)));
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
	const struct version *loser = scene_conflict(&s);

	scene_know_copy(&s, loser);
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
	const struct version *loser = scene_conflict(&s);

	scene_know_copy(&s, loser);
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

	scene_settle(&s, loser);
	scene_know(&s, KIND_DIR, "DIR", 0, DOT(2, 1));
	ck_assert_int_eq(scene_plan(&s), PLAN_COPY);
	scene_know_copy(&s, loser);
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
	loser = scene_conflict(&s);
	ck_assert_int_eq(scene_waits(&s), PLAN_WHY_COPY);
	/* An untouched copy is no loser: it goes to quarantine. */
	((struct version *)loser)->copy = true;
	ck_assert_int_eq(scene_plan(&s), PLAN_PLACE);
	ck_assert_uint_eq(s.a.copy.len, 0);
}
END_TEST

TCase *
plan_copy_tcase(void)
{
	TCase *tc = tcase_create("copy");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, a_losers_copy_gets_its_version_first);
	tcase_add_test(tc, a_conflict_waits_while_a_stream_is_open);
	tcase_add_test(tc, a_loser_that_is_not_here_hinders_nobody);
	tcase_add_test(tc, a_displaced_file_is_not_sent_to_another_losers_copy);
	tcase_add_test(tc, a_loser_that_was_not_judged_is_looked_at_first);
	tcase_add_test(tc, a_loser_stays_while_its_copy_has_no_room);
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
	return tc;
}
