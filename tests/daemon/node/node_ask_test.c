/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/node/node_test.h"

#include <string.h>

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

static int
count_version(void *arg, const struct folder_version *v)
{
	(void)v;
	++*(unsigned *)arg;
	return 0;
}

static int
ask_history(const char *id, const char *path, unsigned *out_versions)
{
	struct folder_range range = {.path = span_str(path)};
	struct buf after;
	int rc;

	*out_versions = 0;
	buf_init(&after, LIMIT_PATH_BYTES);
	rc = node_history(
	    a.node, id, &range, count_version, out_versions, &after);
	buf_release(&after);
	return rc;
}

static void
restored(void *arg, const struct folder_changes *changes)
{
	(void)arg;
	(void)changes;
}

static int
ask_restore(const char *id, const char *path)
{
	struct folder_restore_options o = {
	    .range = {.path = span_str(path)}, .dry = true};

	return node_restore(a.node, id, &o, restored, NULL);
}

/* All that can be asked about a folder has that answer; about its past, where
 * a path may be unknown too, the other. */
static void
check_all(const char *id, int answer, int about_past)
{
	struct folder_conflicts list = {.v = {NULL, 0, 0}};
	struct folder_verify_status verified;
	struct name content = {{0}};
	struct folder_rotten rotten;
	struct span path = SPAN_LIT("f");
	unsigned n;

	ck_assert_int_eq(node_scan(a.node, id, NULL, NULL), answer);
	ck_assert_int_eq(node_accept(a.node, id), answer);
	ck_assert_int_eq(node_conflicts(a.node, id, &list), answer);
	ck_assert_int_eq(
	    node_conflict_choose(a.node, id, path, &content, &content), answer);
	ck_assert_int_eq(
	    node_conflict_remove(a.node, id, path, &content), answer);
	ck_assert_int_eq(node_verify(a.node, id), answer);
	ck_assert_int_eq(node_verify_status(a.node, id, &verified), answer);
	ck_assert(!node_verify_rotten(a.node, id, 0, &rotten));
	ck_assert_int_eq(ask_history(id, "f", &n), about_past);
	ck_assert_int_eq(ask_restore(id, "f"), about_past);
}

START_TEST(what_is_asked_of_a_folder_that_is_not_open_says_why)
{
	home_put(&a, "x/f", "");
	home_write(&a, "folders/bad.conf", "path = '%s/x/f'\n", a.dir);
	home_write(&a, "folders/idle.conf", "path = '%s/idle'\npaused = true\n",
	    a.dir);
	home_start(&a);
	check_all("unknown", ERR_NOTFOUND, ERR_CONFIG);
	check_all("idle", ERR_HALTED, ERR_HALTED);
	check_all("bad", ERR_BUSY, ERR_BUSY);
}
END_TEST

START_TEST(what_is_asked_of_an_open_folder_is_answered)
{
	struct folder_conflicts list = {.v = {NULL, 0, 0}};
	struct folder_verify_status verified;
	struct name content = {{0}};
	struct folder_rotten rotten;
	unsigned n;

	home_folder(&a, "docs", NULL);
	home_put(&a, "docs/f", "f");
	home_start(&a);
	UNTIL(home_synced(&a, "docs"));
	ck_assert_int_eq(node_conflicts(a.node, "docs", &list), 0);
	ck_assert_uint_eq(list.v.n, 0);
	folder_conflicts_release(&list);
	ck_assert_int_eq(node_conflict_choose(
			     a.node, "docs", SPAN_LIT("f"), &content, &content),
	    ERR_NOTFOUND);
	ck_assert_int_eq(
	    node_conflict_remove(a.node, "docs", SPAN_LIT("f"), &content),
	    ERR_NOTFOUND);
	ck_assert_int_eq(node_verify(a.node, "docs"), 0);
	ck_assert_int_eq(node_verify_status(a.node, "docs", &verified), 0);
	ck_assert(!node_verify_rotten(a.node, "docs", 0, &rotten));
	ck_assert_int_eq(ask_history("docs", "f", &n), 0);
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(ask_history("docs", "unheard-of", &n), ERR_NOTFOUND);
	ck_assert_int_eq(ask_restore("docs", "unheard-of"), ERR_NOTFOUND);
}
END_TEST

TCase *
node_ask_tcase(void)
{
	TCase *tc = tcase_create("ask");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 20);
	tcase_add_test(tc, what_is_asked_of_a_folder_that_is_not_open_says_why);
	tcase_add_test(tc, what_is_asked_of_an_open_folder_is_answered);
	return tc;
}
