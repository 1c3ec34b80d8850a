/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/node/node_test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct home a;

static void
setup(void)
{
	node_test_setup();
	home_begin(&a, "ada");
}

static void
teardown(void)
{
	home_end(&a);
	node_test_teardown();
}

START_TEST(a_root_that_is_a_file_is_said_and_tried_again)
{
	char path[128];

	home_put(&a, "x/f", "");
	home_write(&a, "folders/docs.conf", "path = '%s/x/f'\n", a.dir);
	home_start(&a);
	UNTIL(home_folder_error(&a, "docs")[0] != '\0');
	ck_assert_ptr_nonnull(
	    strstr(home_folder_error(&a, "docs"), "is not a directory"));
	ck_assert(home_logged(&a, "folder_not_opened"));
	ck_assert_int_eq(node_scan(a.node, "docs", NULL, NULL), ERR_BUSY);
	snprintf(path, sizeof path, "%s/x/f", a.dir);
	ck_assert_int_eq(unlink(path), 0);
	UNTIL(home_open(&a, "docs"));
	ck_assert_str_eq(home_folder_error(&a, "docs"), "");
}
END_TEST

START_TEST(one_bad_folder_leaves_the_others_alone)
{
	home_put(&a, "x/f", "");
	home_write(&a, "folders/bad.conf", "path = '%s/x/f'\n", a.dir);
	home_folder(&a, "docs", NULL);
	home_start(&a);
	UNTIL(home_synced(&a, "docs"));
	UNTIL(home_folder_error(&a, "bad")[0] != '\0');
}
END_TEST

START_TEST(databases_are_for_the_owner_only)
{
	struct stat st;
	char path[128];

	home_folder(&a, "docs", NULL);
	home_start(&a);
	UNTIL(home_open(&a, "docs"));
	snprintf(path, sizeof path, "%s/folders/docs", a.at.state);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
}
END_TEST

START_TEST(a_root_that_went_is_looked_for_until_it_is_back)
{
	char path[128], away[128];

	home_folder(&a, "docs", NULL);
	home_put(&a, "docs/f", "f");
	home_start(&a);
	UNTIL(home_synced(&a, "docs"));
	home_stop(&a);
	snprintf(path, sizeof path, "%s/docs", a.dir);
	snprintf(away, sizeof away, "%s/away", a.dir);
	ck_assert_int_eq(rename(path, away), 0);
	home_start(&a);
	UNTIL(home_logged(&a, "folder_halted"));
	/* No person's word makes it another root: it is looked for again. */
	ck_assert_int_eq(node_accept(a.node, "docs"), ERR_CHANGED);
	UNTIL(home_open(&a, "docs"));
	ck_assert(!home_synced(&a, "docs"));
	ck_assert_int_eq(rename(away, path), 0);
	/* The next tick may open it; do not wait for that here. */
	a.node->folders->retry_ns = 0;
	node_folder_look(a.node->folders);
	UNTIL(home_synced(&a, "docs"));
}
END_TEST

/* Empties the folder's root, marker and all, or puts an empty one there. */
static void
spoil_root(bool replace)
{
	char line[512];

	snprintf(line, sizeof line,
	    replace ? "mv '%s/docs' '%s/away' && mkdir '%s/docs'"
		    : "find '%s/docs' -mindepth 1 -delete; : '%s' '%s'",
	    a.dir, a.dir, a.dir);
	ck_assert_int_eq(system(line), 0);
}

/* Stops, spoils the root, and sees why that halts. */
static void
halt_by(bool replace, enum folder_halt why)
{
	struct node_status s;

	home_folder(&a, "docs", NULL);
	home_put(&a, "docs/f", "f");
	home_start(&a);
	UNTIL(home_synced(&a, "docs"));
	home_stop(&a);
	spoil_root(replace);
	home_start(&a);
	UNTIL(home_logged(&a, "folder_halted"));
	ck_assert_int_eq(node_status(a.node, &s), 0);
	ck_assert_int_eq(s.folders[0].s.halt_why, why);
	ck_assert_ptr_nonnull(
	    strstr(s.folders[0].s.halt, "tutti folder accept docs"));
	node_status_release(&s);
}

START_TEST(L9_an_emptied_root_halts_and_is_joined_when_accepted)
{
	halt_by(false, FOLDER_HALT_EMPTIED);
	/* What is there again in part is no less doubtful. */
	home_put(&a, "docs/g", "g");
	home_stop(&a);
	home_start(&a);
	UNTIL(home_open(&a, "docs"));
	ck_assert(!home_synced(&a, "docs"));
	ck_assert_int_eq(node_accept(a.node, "docs"), 0);
	UNTIL(home_synced(&a, "docs"));
	ck_assert(home_logged(&a, "folder_joined"));
	ck_assert_int_eq(node_accept(a.node, "docs"), 0);
}
END_TEST

START_TEST(L9_a_replaced_root_halts_and_is_joined_when_accepted)
{
	halt_by(true, FOLDER_HALT_REPLACED);
	ck_assert_int_eq(node_accept(a.node, "docs"), 0);
	UNTIL(home_synced(&a, "docs"));
	home_put(&a, "docs/g", "g");
	home_stop(&a);
	/* It is remembered as the right one. */
	home_start(&a);
	UNTIL(home_synced(&a, "docs"));
}
END_TEST

START_TEST(a_directory_of_another_id_is_joined_when_accepted)
{
	struct node_status s;

	home_folder(&a, "docs", NULL);
	home_put(&a, "docs/f", "f");
	home_start(&a);
	UNTIL(home_synced(&a, "docs"));
	home_stop(&a);
	home_put(&a, "docs/.tutti/versions/old~20261122T061600Z", "old");
	home_remove(&a, "folders/docs.conf");
	home_write(&a, "folders/texts.conf", "path = '%s/docs'\n", a.dir);
	home_start(&a);
	UNTIL(home_logged(&a, "folder_halted"));
	ck_assert_int_eq(node_status(a.node, &s), 0);
	ck_assert_int_eq(s.folders[0].s.halt_why, FOLDER_HALT_FOREIGN);
	ck_assert_ptr_nonnull(strstr(s.folders[0].s.halt, "folder docs"));
	ck_assert_ptr_nonnull(
	    strstr(s.folders[0].s.halt, "tutti folder accept texts"));
	node_status_release(&s);
	ck_assert_int_eq(node_scan(a.node, "texts", NULL, NULL), ERR_HALTED);
	ck_assert_int_eq(node_accept(a.node, "texts"), 0);
	UNTIL(home_synced(&a, "texts"));
	ck_assert(
	    home_has(&a, "docs/.tutti/versions/old~20261122T061600Z", "old"));
	home_stop(&a);
	/* It is remembered as the right one. */
	home_start(&a);
	UNTIL(home_synced(&a, "texts"));
}
END_TEST

/* A folder that cannot be opened, as a file is in its place. */
static struct node_folder *
wait_for_root(void)
{
	home_put(&a, "x/f", "");
	home_write(&a, "folders/docs.conf", "path = '%s/x/f'\n", a.dir);
	home_start(&a);
	UNTIL(home_folder_error(&a, "docs")[0] != '\0');
	ck_assert_int_eq(a.node->folders->state, NODE_WAITING);
	return a.node->folders;
}

START_TEST(a_folder_that_waits_is_opened_at_once_where_it_is_moved_to)
{
	struct node_folder *f = wait_for_root();

	/* It has waited for long: pauses are. */
	f->pause_ms = NODE_REOPEN_LAST_MS - 1;
	ck_assert_int_eq(node_scan(a.node, "docs", NULL, NULL), ERR_BUSY);
	ck_assert_uint_eq(f->pause_ms, NODE_REOPEN_LAST_MS);
	home_folder(&a, "docs", NULL);
	ck_assert_int_eq(home_reload(&a), 0);
	UNTIL(home_open(&a, "docs"));
}
END_TEST

START_TEST(a_folder_that_waits_is_paused_and_goes_on)
{
	wait_for_root();
	home_write(&a, "folders/docs.conf", "path = '%s/docs'\npaused = true\n",
	    a.dir);
	ck_assert_int_eq(home_reload(&a), 0);
	UNTIL(a.node->folders->state == NODE_SHUT);
	ck_assert_int_eq(node_scan(a.node, "docs", NULL, NULL), ERR_HALTED);
	home_folder(&a, "docs", NULL);
	ck_assert_int_eq(home_reload(&a), 0);
	UNTIL(home_open(&a, "docs"));
}
END_TEST

START_TEST(a_folder_that_is_removed_while_paused_is_gone)
{
	home_write(&a, "folders/docs.conf", "path = '%s/docs'\npaused = true\n",
	    a.dir);
	home_folder(&a, "other", NULL);
	home_start(&a);
	UNTIL(home_open(&a, "other"));
	home_remove(&a, "folders/docs.conf");
	ck_assert_int_eq(home_reload(&a), 0);
	UNTIL(a.node->folders->next == NULL);
	ck_assert_str_eq(a.node->folders->id, "other");
}
END_TEST

static int make_rc; /* what making a directory of the state's gives */

static int
failing_make_dir(void *self, int dir, const char *name, int bits)
{
	int rc = 0;

	if (strcmp(name, "folders") != 0)
		return test_real->make_dir(self, dir, name, bits);
	/* As if another had made it meanwhile. */
	if (make_rc == -EEXIST)
		rc = test_real->make_dir(self, dir, name, bits);
	return rc < 0 ? rc : make_rc;
}

START_TEST(a_database_without_a_place_is_said_and_has_one_later)
{
	static const struct {
		int rc;
		const char *text;
	} cases[] = {{-ENOSPC, "lies on a disk that is full"},
	    {-EROFS, "mount it writable"}, {-EPERM, "see to whom it belongs"},
	    {-EIO, "cannot be opened, it is tried again: "}};

	test_ops.make_dir = failing_make_dir;
	home_folder(&a, "docs", NULL);
	make_rc = cases[0].rc;
	home_start(&a);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		make_rc = cases[i].rc;
		ck_assert_int_eq(
		    node_scan(a.node, "docs", NULL, NULL), ERR_BUSY);
		ck_assert_ptr_nonnull(
		    strstr(home_folder_error(&a, "docs"), cases[i].text));
	}
	make_rc = -EEXIST;
	ck_assert_int_eq(node_scan(a.node, "docs", NULL, NULL), 0);
	UNTIL(home_synced(&a, "docs"));
}
END_TEST

TCase *
node_folder_tcase(void)
{
	TCase *tc = tcase_create("folder");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 20);
	tcase_add_test(tc, a_root_that_is_a_file_is_said_and_tried_again);
	tcase_add_test(tc, one_bad_folder_leaves_the_others_alone);
	tcase_add_test(tc, databases_are_for_the_owner_only);
	tcase_add_test(tc, a_root_that_went_is_looked_for_until_it_is_back);
	tcase_add_test(
	    tc, L9_an_emptied_root_halts_and_is_joined_when_accepted);
	tcase_add_test(
	    tc, L9_a_replaced_root_halts_and_is_joined_when_accepted);
	tcase_add_test(tc, a_directory_of_another_id_is_joined_when_accepted);
	tcase_add_test(
	    tc, a_folder_that_waits_is_opened_at_once_where_it_is_moved_to);
	tcase_add_test(tc, a_folder_that_waits_is_paused_and_goes_on);
	tcase_add_test(tc, a_folder_that_is_removed_while_paused_is_gone);
	tcase_add_test(
	    tc, a_database_without_a_place_is_said_and_has_one_later);
	return tc;
}
