/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each call to the disk fails, and each allocation, while a configuration is
 * read (LESSONS 24): what is given is as it is said, or as it was before.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/daemon/apply/apply_hook.h"
#include "tests/daemon/conf/conf_test.h"
#include "tests/proto/model/fail_alloc.h"

static struct place place;
static struct hook hook;
static struct conf old, whole;
static struct conf_errors whole_errors;

static int
load(const struct host *h, struct conf *out, struct conf_errors *errors)
{
	struct conf_source source = place_source(&place);
	int rc;

	source.host = h;
	rc = conf_load(&source, &old, out, errors);
	place_source_end(&place, &source);
	return rc;
}

/* What was, and beside it files that changed, for better and for worse. */
static void
setup(void)
{
	struct conf_errors errors = {.v = {NULL, 0, 0}};
	char text[128];

	place_begin(&place);
	hook_init(&hook, place.h);
	hook.no_sync = true;
	snprintf(text, sizeof text, "id = '%s'\naddress = {nas, 'nas:7'}\n",
	    some_id);
	place_write(&place, "peers/nas.conf", text);
	snprintf(text, sizeof text, "id = '%s'\n", other_id);
	place_write(&place, "peers/laptop.conf", text);
	place_write(&place, "tutti.conf", "name = me\n");
	place_folder(&place, "a", "/srv/a");
	place_folder(&place, "b", "/srv/b");
	place_folder(&place, "c", "/srv/c");
	memset(&old, 0, sizeof old);
	ck_assert_int_eq(load(place.h, &old, &errors), 0);
	ck_assert_uint_eq(errors.v.n, 0);
	place_write(&place, "tutti.conf", "name = you\n");
	place_write(&place, "peers/laptop.conf", "id = rubbish\n");
	place_write(&place, "folders/a.conf",
	    "path = /srv/a\nshare = {nas, phone}\nignore = {'*.iso'}\n");
	place_folder(&place, "b", "/srv/a/b");
	place_write(&place, "folders/c.conf", "pth = /srv/c\n");
	place_folder(&place, "d", "/srv/d");
	memset(&whole, 0, sizeof whole);
	memset(&whole_errors, 0, sizeof whole_errors);
	ck_assert_int_eq(load(place.h, &whole, &whole_errors), 0);
	ck_assert_uint_eq(whole_errors.v.n, 4);
}

static void
teardown(void)
{
	conf_release(&old);
	conf_release(&whole);
	conf_errors_release(&whole_errors);
	place_end(&place);
}

/* All that is given is as it is said now or, if that counts, was before. */
static void
check_given(const struct conf *given, bool old_counts)
{
	ck_assert(conf_main_equal(&given->main, &whole.main) || old_counts);
	VEC_EACH (&given->peers, it) {
		const struct conf_peer *now = conf_find_peer(&whole, it->name);
		const struct conf_peer *was = conf_find_peer(&old, it->name);

		ck_assert(
		    (now != NULL && conf_peer_equal(it, now)) ||
		    (old_counts && was != NULL && conf_peer_equal(it, was)));
	}
	VEC_EACH (&given->folders, it) {
		const struct conf_folder *now, *was;

		now = conf_find_folder(&whole, it->id);
		was = conf_find_folder(&old, it->id);
		ck_assert(
		    (now != NULL && conf_folder_equal(it, now)) ||
		    (old_counts && was != NULL && conf_folder_equal(it, was)));
	}
}

static void
check_same(const struct conf *given, const struct conf_errors *errors)
{
	check_given(given, false);
	ck_assert_uint_eq(given->peers.n, whole.peers.n);
	ck_assert_uint_eq(given->folders.n, whole.folders.n);
	ck_assert_uint_eq(errors->v.n, whole_errors.v.n);
	for (size_t i = 0; i < errors->v.n; i++)
		ck_assert_str_eq(
		    errors->v.items[i].text, whole_errors.v.items[i].text);
}

/* Nothing that stood before is lost because a file cannot be read just now,
 * and each such file is said. */
static void
check_kept(const struct conf *given, const struct conf_errors *errors)
{
	check_given(given, true);
	ck_assert(conf_main_equal(&given->main, &whole.main) ||
		  conf_main_equal(&given->main, &old.main));
	VEC_EACH (&old.peers, it)
		ck_assert_ptr_nonnull(conf_find_peer(given, it->name));
	VEC_EACH (&old.folders, it)
		ck_assert_ptr_nonnull(conf_find_folder(given, it->id));
	if (given->folders.n < whole.folders.n ||
	    !conf_main_equal(&given->main, &whole.main))
		ck_assert_uint_gt(errors->v.n, whole_errors.v.n);
	VEC_EACH (&errors->v, it) {
		ck_assert_str_ne(it->text, "");
		ck_assert_str_ne(it->file, "");
	}
}

static void
load_failing(unsigned at, bool on, int err)
{
	struct conf_errors errors = {.v = {NULL, 0, 0}};
	struct conf given;
	int rc;

	hook.calls = 0;
	hook.fail_at = at;
	hook.fail_on = on;
	hook.err = err;
	rc = load(&hook.host, &given, &errors);
	ck_assert_int_eq(hook.fds, 0);
	if (rc == 0 && at == 0)
		check_same(&given, &errors);
	else if (rc == 0 && err != -ENOENT)
		check_kept(&given, &errors);
	else if (rc < 0)
		ck_assert_int_eq(rc, err);
	if (rc == 0)
		conf_release(&given);
	conf_errors_release(&errors);
}

START_TEST(L24_what_cannot_be_read_stays_as_it_was_and_is_said)
{
	static const int errs[] = {-EIO, -EACCES, -ENOENT, -ENOMEM};

	load_failing(0, false, 0);
	for (size_t i = 0; i < 8; i++) {
		unsigned n = 1;

		do
			load_failing(n, i % 2 == 1, errs[i / 2]);
		while (hook.calls >= n++);
		ck_assert_uint_gt(n, 20);
	}
}
END_TEST

START_TEST(L24_a_configuration_is_read_whole_or_memory_ran_out)
{
	bool failed = true;

	for (long n = 0; failed; n++)
		for (int all = 0; all < 2; all++) {
			struct conf_errors errors = {.v = {NULL, 0, 0}};
			struct conf given;
			struct conf_source source = place_source(&place);
			int rc;

			fail_alloc_after(n, all);
			rc = conf_load(&source, &old, &given, &errors);
			failed = fail_alloc_end();
			place_source_end(&place, &source);
			ck_assert(rc == 0 || (failed && rc == -ENOMEM));
			if (rc == 0) {
				check_same(&given, &errors);
				conf_release(&given);
			}
			conf_errors_release(&errors);
		}
}
END_TEST

START_TEST(L24_without_memory_nothing_is_called_equal_that_is_not)
{
	const struct conf_folder *a = conf_find_folder(&old, "a");
	const struct conf_folder *now = conf_find_folder(&whole, "a");
	bool failed = true, same, differs;

	for (long n = 0; failed; n++) {
		fail_alloc_after(n, false);
		differs = !conf_folder_equal(a, now);
		failed = fail_alloc_end();
		ck_assert(differs);
		fail_alloc_after(n, false);
		same = conf_folder_equal(a, a);
		failed = fail_alloc_end() || failed;
		ck_assert(same || failed);
	}
}
END_TEST

TCase *
sweep_tcase(void)
{
	TCase *tc = tcase_create("sweep");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, L24_what_cannot_be_read_stays_as_it_was_and_is_said);
	tcase_add_test(tc, L24_a_configuration_is_read_whole_or_memory_ran_out);
	tcase_add_test(
	    tc, L24_without_memory_nothing_is_called_equal_that_is_not);
	return tc;
}
