/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/conf/conf_test.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

TCase *
identity_tcase(void)
{
	TCase *tc = tcase_create("identity");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, identity_is_made_once_and_stays);
	tcase_add_test(tc, identity_directory_is_the_owners_alone);
	tcase_add_test(tc, identity_that_others_may_read_is_refused);
	tcase_add_test(tc, identity_damaged_in_any_byte_is_never_replaced);
	return tc;
}
