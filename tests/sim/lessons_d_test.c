/* SPDX-License-Identifier: Apache-2.0 */
/* LESSONS D: metadata that a folder carries, and what it does not. */
#include "tests/sim/lessons_test.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/node/node.h"

/* A world of n machines that carry these classes. */
static struct scene
carrying(unsigned n, int seed, const unsigned *metadata)
{
	struct scene s = scene_set(n, seed);

	for (unsigned i = 0; i < n; i++)
		sim_node_carry(s.node[i], metadata[i]);
	return s;
}

static void
expect_attrs(struct scene *s, unsigned who, const char *path, const char *text)
{
	ck_assert_msg(scene_attrs_are(s, who, path, text),
	    "%s has other attributes on machine %u than %s", path, who, text);
}

START_TEST(nobody_asks_for_metadata_where_no_folder_does)
{
	struct scene s = scene_set(2, _i);

	scene_write(&s, ADA, "before", "x");
	scene_attr(&s, ADA, "before", "user.a", "1");
	scene_all_up(&s);
	scene_rest(&s);
	scene_mkdir(&s, ADA, "d");
	scene_write(&s, ADA, "d/f", "f");
	scene_attr(&s, ADA, "d/f", "user.a", "1");
	scene_attr(&s, ADA, "d", "user.a", "1");
	scene_save(&s, BOB, "before", "new");
	scene_rest(&s);
	scene_chmod(&s, ADA, "d/f", 0600);
	scene_rename(&s, BOB, "before", "after");
	scene_rest(&s);
	scene_remove(&s, ADA, "after");
	scene_rest(&s);
	expect_attrs(&s, BOB, "d/f", "");
	expect_attrs(&s, ADA, "d/f", "user.a=1 ");
	ck_assert_uint_eq(sim_host_meta_calls(s.host[ADA]), 0);
	ck_assert_uint_eq(sim_host_meta_calls(s.host[BOB]), 0);
	scene_end(&s);
}
END_TEST

START_TEST(attributes_go_with_files_and_directories)
{
	struct scene s = carrying(2, _i, (unsigned[]){META_XATTR, META_XATTR});

	scene_all_up(&s);
	scene_mkdir(&s, ADA, "d");
	scene_write(&s, ADA, "d/f", "f");
	scene_attr(&s, ADA, "d/f", "user.a", "1");
	scene_attr(&s, ADA, "d/f", "user.b", "2");
	scene_attr(&s, ADA, "d", "user.dir", "d");
	scene_rest(&s);
	expect_attrs(&s, BOB, "d/f", "user.a=1 user.b=2 ");
	expect_attrs(&s, BOB, "d", "user.dir=d ");
	scene_attr(&s, BOB, "d/f", "user.a", NULL);
	scene_attr(&s, BOB, "d", "user.dir", NULL);
	scene_rest(&s);
	expect_attrs(&s, ADA, "d/f", "user.b=2 ");
	expect_attrs(&s, ADA, "d", "");
	scene_rename(&s, ADA, "d/f", "d/g");
	scene_rest(&s);
	expect_attrs(&s, BOB, "d/g", "user.b=2 ");
	scene_append(&s, BOB, "d/g", SPAN_LIT("more"));
	scene_rest(&s);
	expect_attrs(&s, ADA, "d/g", "user.b=2 ");
	expect_attrs(&s, BOB, "d/g", "user.b=2 ");
	scene_end(&s);
}
END_TEST

START_TEST(who_does_not_carry_a_class_passes_it_on)
{
	struct scene s =
	    carrying(3, _i, (unsigned[]){META_XATTR, 0, META_XATTR});

	scene_all_up(&s);
	scene_write(&s, ADA, "f", "one");
	scene_attr(&s, ADA, "f", "user.a", "1");
	scene_rest(&s);
	expect_attrs(&s, BOB, "f", "");
	expect_attrs(&s, CY, "f", "user.a=1 ");
	scene_append(&s, BOB, "f", SPAN_LIT(" two"));
	scene_chmod(&s, BOB, "f", 0600);
	scene_rest(&s);
	scene_shows(&s, "f", "one two");
	expect_attrs(&s, ADA, "f", "user.a=1 ");
	expect_attrs(&s, CY, "f", "user.a=1 ");
	ck_assert_uint_eq(sim_host_meta_calls(s.host[BOB]), 0);

	/* When it is to carry it, it sets what it knows. */
	scene_down(&s, BOB);
	sim_node_carry(s.node[BOB], META_XATTR);
	scene_up(&s, BOB);
	scene_rest(&s);
	expect_attrs(&s, BOB, "f", "user.a=1 ");
	scene_end(&s);
}
END_TEST

START_TEST(what_was_there_before_is_said_and_not_taken_away)
{
	struct scene s = scene_set(2, _i);

	scene_all_up(&s);
	scene_write(&s, ADA, "f", "f");
	scene_rest(&s);
	scene_attr(&s, ADA, "f", "user.tag", "mine");
	scene_rest(&s);
	for (unsigned i = 0; i < 2; i++) {
		scene_down(&s, i);
		sim_node_carry(s.node[i], META_XATTR);
	}
	scene_up(&s, BOB);
	scene_touch(&s, BOB, "f", 1000);
	scene_wait(&s, 5);
	scene_up(&s, ADA);
	scene_rest(&s);
	expect_attrs(&s, ADA, "f", "user.tag=mine ");
	expect_attrs(&s, BOB, "f", "user.tag=mine ");
	scene_end(&s);
}
END_TEST

START_TEST(own_writes_of_metadata_are_no_changes) /* LESSONS 52 */
{
	struct scene s = carrying(2, _i, (unsigned[]){META_ALL, META_ALL});
	uint64_t made;

	scene_all_up(&s);
	scene_mkdir(&s, ADA, "d");
	scene_write(&s, ADA, "d/f", "f");
	scene_attr(&s, ADA, "d/f", "user.a", "1");
	scene_attr(&s, ADA, "d", "user.a", "1");
	scene_rest(&s);
	scene_wait(&s, 4000);
	scene_rest(&s);
	for (unsigned i = 0; i < 2; i++)
		scene_down(&s, i);
	made = sim_node_made(s.node[BOB]);
	ck_assert_uint_eq(made, 0);
	scene_all_up(&s);
	scene_end(&s);
}
END_TEST

START_TEST(what_cannot_be_set_is_left_out_and_the_content_comes)
{
	struct scene s = carrying(2, _i, (unsigned[]){META_XATTR, META_XATTR});
	struct sim_fault full = {"set_xattr", 1, 1000, ENOSPC}, none = {0};
	struct node_status status;
	uint64_t calls;

	scene_all_up(&s);
	scene_rest(&s);
	sim_host_fault(s.host[BOB], &full);
	scene_write(&s, ADA, "f", "f");
	scene_attr(&s, ADA, "f", "user.a", "1");
	scene_rest(&s);
	scene_shows(&s, "f", "f");
	expect_attrs(&s, BOB, "f", "");
	expect_attrs(&s, ADA, "f", "user.a=1 ");
	status = scene_status(&s, BOB);
	ck_assert_uint_eq(status.folders[0].s.metadata_left, 1);
	ck_assert_str_eq(status.folders[0].s.metadata_left_path, "f");
	node_status_release(&status);
	/* It is not tried again, and by an edit not lost. */
	calls = sim_host_meta_calls(s.host[BOB]);
	scene_wait(&s, 600);
	scene_rest(&s);
	ck_assert_uint_eq(sim_host_meta_calls(s.host[BOB]), calls);
	sim_host_fault(s.host[BOB], &none);
	scene_append(&s, BOB, "f", SPAN_LIT("more"));
	scene_rest(&s);
	expect_attrs(&s, ADA, "f", "user.a=1 ");
	scene_attr(&s, ADA, "f", "user.b", "2");
	scene_rest(&s);
	expect_attrs(&s, BOB, "f", "user.a=1 user.b=2 ");
	status = scene_status(&s, BOB);
	ck_assert_uint_eq(status.folders[0].s.metadata_left, 0);
	node_status_release(&status);
	scene_end(&s);
}
END_TEST

START_TEST(owners_go_by_name_and_nobody_is_left_out)
{
	struct scene s = carrying(2, _i, (unsigned[]){META_OWNER, META_OWNER});
	struct host_stat st;

	scene_all_up(&s);
	scene_write(&s, ADA, "f", "f");
	ck_assert_int_eq(
	    sim_user_chown(s.host[ADA], SCRIPT_ROOT "/f", 7, 8), 0);
	scene_rest(&s);
	ck_assert_int_eq(sim_user_stat(s.host[BOB], SCRIPT_ROOT "/f", &st), 0);
	ck_assert_uint_eq(st.user, 7);
	ck_assert_uint_eq(st.group, 8);
	/* 1000 has no name: the file's group goes, its owner does not. */
	ck_assert_int_eq(
	    sim_user_chown(s.host[BOB], SCRIPT_ROOT "/f", 1000, 9), 0);
	scene_rest(&s);
	ck_assert_int_eq(sim_user_stat(s.host[ADA], SCRIPT_ROOT "/f", &st), 0);
	ck_assert_uint_eq(st.user, 7);
	ck_assert_uint_eq(st.group, 9);
	scene_end(&s);
}
END_TEST

START_TEST(a_conflict_copy_has_the_metadata_of_the_loser)
{
	struct scene s = carrying(2, _i, (unsigned[]){META_XATTR, META_XATTR});
	char *copy;

	scene_all_up(&s);
	scene_write(&s, ADA, "f", "f");
	scene_attr(&s, ADA, "f", "user.a", "both");
	scene_rest(&s);
	scene_part(&s);
	scene_write(&s, ADA, "f", "hers");
	scene_attr(&s, ADA, "f", "user.a", "hers");
	scene_wait(&s, 5);
	scene_write(&s, BOB, "f", "his");
	scene_attr(&s, BOB, "f", "user.a", "his");
	scene_note(&s);
	scene_meet(&s);
	scene_rest(&s);
	scene_shows(&s, "f", "his");
	for (unsigned i = 0; i < 2; i++) {
		copy = scene_copy(&s, i, "hers");
		expect_attrs(&s, i, "f", "user.a=his ");
		expect_attrs(&s, i, copy, "user.a=hers ");
		free(copy);
	}
	scene_end(&s);
}
END_TEST

static void
named_twice(int seed, bool renamed)
{
	const char *b = renamed ? "a" : "b";
	struct scene s = scene_set(2, seed);
	struct host_stat was, now;

	scene_all_up(&s);
	scene_write(&s, ADA, "b", "text");
	scene_rest(&s);
	ck_assert_int_eq(
	    sim_user_link(s.host[BOB], SCRIPT_ROOT "/b", SCRIPT_ROOT "/k"), 0);
	scene_rest(&s);
	ck_assert_int_eq(sim_user_stat(s.host[ADA], SCRIPT_ROOT "/k", &was), 0);
	/* That he looks at b, too, and does not hear of the rename first. */
	scene_down(&s, BOB);
	scene_up(&s, BOB);
	scene_rest(&s);
	scene_part(&s);
	if (renamed)
		scene_rename(&s, ADA, "b", b);
	scene_chmod(&s, ADA, b, 0600);
	scene_touch(&s, ADA, b, 5000000);
	scene_note(&s);
	scene_meet(&s);
	for (int i = 0; i < 6000; i++) { /* one of its names is always there */
		sim_run(s.sim, 10 * SIM_MS);
		ck_assert(scene_has(&s, BOB, "b") || scene_has(&s, BOB, b));
	}
	scene_rest(&s);
	scene_wait(&s, 8000);
	scene_shows(&s, b, "text");
	scene_shows(&s, "k", "text");
	for (unsigned i = 0; i < s.n; i++) {
		ck_assert_int_eq(
		    sim_user_stat(s.host[i], SCRIPT_ROOT "/k", &now), 0);
		ck_assert_uint_eq(now.bits, was.bits);
		ck_assert_int_eq(now.mtime_ns, was.mtime_ns);
	}
	ck_assert_uint_eq(scene_names(&s, BOB), 2);
	scene_end(&s);
}

/* One file on bob's disk, and two on ada's, who changes the one. */
START_TEST(L46_a_touch_of_one_name_is_no_change_of_the_other)
{
	named_twice(_i, false);
}
END_TEST

START_TEST(L46_a_touch_after_a_rename_is_no_change_of_the_other_name)
{
	named_twice(_i, true);
}
END_TEST

TCase *
lessons_d_tcase(void)
{
	TCase *tc = tcase_create("D");

	tcase_set_timeout(tc, LESSONS_TIMEOUT_S);
	lessons_add(tc, nobody_asks_for_metadata_where_no_folder_does);
	lessons_add(tc, attributes_go_with_files_and_directories);
	lessons_add(tc, who_does_not_carry_a_class_passes_it_on);
	lessons_add(tc, what_was_there_before_is_said_and_not_taken_away);
	lessons_add(tc, own_writes_of_metadata_are_no_changes);
	lessons_add(tc, what_cannot_be_set_is_left_out_and_the_content_comes);
	lessons_add(tc, owners_go_by_name_and_nobody_is_left_out);
	lessons_add(tc, a_conflict_copy_has_the_metadata_of_the_loser);
	lessons_add(tc, L46_a_touch_of_one_name_is_no_change_of_the_other);
	lessons_add(
	    tc, L46_a_touch_after_a_rename_is_no_change_of_the_other_name);
	return tc;
}
