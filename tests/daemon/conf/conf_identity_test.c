/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/conf/conf_test.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/daemon/apply/apply_hook.h"
#include "tests/proto/model/fail_alloc.h"

static struct place place;

static int state;

static void
setup(void)
{
	place_begin(&place);
	ck_assert_int_eq(host_open_root(place.h, place.home.state,
			     HOST_CREATE | HOST_PRIVATE, &state),
	    0);
}

static void
teardown(void)
{
	host_close(place.h, state);
	place_end(&place);
}

static const char *
key_path(void)
{
	static char path[128];

	snprintf(path, sizeof path, "%s/state/keys/device.key", place.dir);
	return path;
}

START_TEST(identity_is_made_once_and_stays)
{
	struct conf_identity a, b;
	struct conf_error error;
	struct stat st;

	ck_assert_int_eq(
	    conf_identity_load(place.h, state, &a, &error), -ENOENT);
	ck_assert_int_eq(conf_identity_make(place.h, state, &a, &error), 0);
	ck_assert_int_eq(conf_identity_make(place.h, state, &b, &error), 0);
	ck_assert_mem_eq(&a, &b, sizeof a);
	ck_assert_int_eq(conf_identity_load(place.h, state, &b, &error), 0);
	ck_assert_mem_eq(&a, &b, sizeof a);
	ck_assert_int_eq(stat(key_path(), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
}
END_TEST

START_TEST(identity_directory_is_the_owners_alone)
{
	struct conf_identity a;
	struct conf_error error;
	struct stat st;
	char path[128];

	ck_assert_int_eq(conf_identity_make(place.h, state, &a, &error), 0);
	snprintf(path, sizeof path, "%s/state/keys", place.dir);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
}
END_TEST

START_TEST(identity_that_others_may_read_is_refused)
{
	struct conf_identity a;
	struct conf_error error;

	ck_assert_int_eq(conf_identity_make(place.h, state, &a, &error), 0);
	ck_assert_int_eq(chmod(key_path(), 0640), 0);
	ck_assert_int_eq(
	    conf_identity_load(place.h, state, &a, &error), ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(error.text, "chmod 600"));
}
END_TEST

START_TEST(identity_damaged_in_any_byte_is_never_replaced)
{
	struct conf_identity a;
	struct conf_error error;
	char line[256];
	size_t len;
	FILE *f;

	ck_assert_int_eq(conf_identity_make(place.h, state, &a, &error), 0);
	f = fopen(key_path(), "r+");
	ck_assert_ptr_nonnull(f);
	len = fread(line, 1, sizeof line, f);
	for (size_t i = 0; i < len; i++) {
		rewind(f);
		fwrite(line, 1, len, f);
		fseek(f, (long)i, SEEK_SET);
		fputc('?', f);
		fflush(f);
		ck_assert_int_eq(
		    conf_identity_make(place.h, state, &a, &error), ERR_CONFIG);
	}
	ck_assert_int_eq(truncate(key_path(), 0), 0);
	ck_assert_int_eq(
	    conf_identity_make(place.h, state, &a, &error), ERR_CONFIG);
	fclose(f);
	ck_assert_ptr_nonnull(strstr(error.text, "is damaged"));
}
END_TEST

/* The names beside the key, of keys that were not finished. */
static unsigned
count_unfinished(void)
{
	char path[128];
	struct dirent *entry;
	unsigned n = 0;
	DIR *d;

	snprintf(path, sizeof path, "%s/state/keys", place.dir);
	d = opendir(path);
	if (d == NULL)
		return 0;
	while ((entry = readdir(d)) != NULL)
		n += strncmp(entry->d_name, "new-", 4) == 0;
	closedir(d);
	return n;
}

static void
forget_key(void)
{
	ck_assert(unlink(key_path()) == 0 || errno == ENOENT);
}

START_TEST(L24_a_key_that_was_given_is_the_one_that_stays)
{
	static const int errs[] = {-ENOSPC, -EIO, -EROFS};
	struct conf_identity a, b;
	struct conf_error error;
	struct hook hook;

	for (size_t i = 0; i < 6; i++) {
		bool on = i % 2 == 1;
		unsigned n = 1, calls;

		do {
			unsigned litter = count_unfinished();
			int rc;

			forget_key();
			hook_init(&hook, place.h);
			hook.no_sync = true;
			hook.fail_at = n;
			hook.fail_on = on;
			hook.err = errs[i / 2];
			rc = conf_identity_make(&hook.host, state, &a, &error);
			calls = hook.calls;
			ck_assert_int_eq(hook.fds, 0);
			ck_assert(rc == 0 || rc == errs[i / 2]);
			/* Litter is left only if it cannot be removed. */
			ck_assert(on || count_unfinished() == litter);
			hook.fail_at = 0;
			ck_assert_int_eq(
			    conf_identity_make(&hook.host, state, &b, &error),
			    0);
			if (rc == 0)
				ck_assert_mem_eq(&a, &b, sizeof a);
		} while (calls >= n++);
		ck_assert_uint_gt(n, 10);
	}
}
END_TEST

static void
make_first(void *arg)
{
	struct conf_error error;

	ck_assert_int_eq(conf_identity_make(place.h, state, arg, &error), 0);
}

START_TEST(L26_of_two_that_make_a_key_both_have_the_first_ones)
{
	struct conf_identity a, b;
	struct conf_error error;
	struct hook hook;
	unsigned n = 1;

	do {
		forget_key();
		hook_init(&hook, place.h);
		hook.no_sync = true;
		hook.acts[0].before = n;
		hook.acts[0].cb = make_first;
		hook.acts[0].arg = &a;
		ck_assert_int_eq(
		    conf_identity_make(&hook.host, state, &b, &error), 0);
		ck_assert_uint_eq(count_unfinished(), 0);
		if (hook.calls >= n)
			ck_assert_mem_eq(&a, &b, sizeof a);
	} while (hook.calls >= n++);
	ck_assert_uint_gt(n, 10);
}
END_TEST

START_TEST(L24_a_key_without_memory_is_none)
{
	struct conf_identity a, b;
	struct conf_error error;
	bool failed = true;

	for (long n = 0; failed; n++)
		for (int all = 0; all < 2; all++) {
			int rc;

			forget_key();
			fail_alloc_after(n, all);
			rc = conf_identity_make(place.h, state, &a, &error);
			failed = fail_alloc_end();
			ck_assert(rc == 0 || (failed && rc == -ENOMEM));
			ck_assert_int_eq(
			    conf_identity_make(place.h, state, &b, &error), 0);
			ck_assert(rc < 0 || memcmp(&a, &b, sizeof a) == 0);
		}
}
END_TEST

START_TEST(identity_of_a_million_bytes_is_damaged)
{
	struct conf_identity a;
	struct conf_error error;

	ck_assert_int_eq(conf_identity_make(place.h, state, &a, &error), 0);
	ck_assert_int_eq(truncate(key_path(), 1000000), 0);
	ck_assert_int_eq(
	    conf_identity_load(place.h, state, &a, &error), ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(error.text, "is damaged"));
}
END_TEST

START_TEST(identity_elsewhere_is_not_looked_for)
{
	struct conf_identity a;
	struct conf_error error;
	char path[128];

	snprintf(path, sizeof path, "%s/state/keys", place.dir);
	ck_assert_int_eq(symlink("/tmp", path), 0);
	ck_assert_int_eq(
	    conf_identity_make(place.h, state, &a, &error), -ELOOP);
	ck_assert_int_eq(
	    conf_identity_load(place.h, state, &a, &error), -ELOOP);
}
END_TEST

TCase *
identity_tcase(void)
{
	TCase *tc = tcase_create("identity");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, identity_is_made_once_and_stays);
	tcase_add_test(tc, identity_directory_is_the_owners_alone);
	tcase_add_test(tc, identity_that_others_may_read_is_refused);
	tcase_add_test(tc, identity_damaged_in_any_byte_is_never_replaced);
	tcase_add_test(tc, L24_a_key_that_was_given_is_the_one_that_stays);
	tcase_add_test(tc, L26_of_two_that_make_a_key_both_have_the_first_ones);
	tcase_add_test(tc, L24_a_key_without_memory_is_none);
	tcase_add_test(tc, identity_of_a_million_bytes_is_damaged);
	tcase_add_test(tc, identity_elsewhere_is_not_looked_for);
	return tc;
}
