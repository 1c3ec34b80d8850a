/* SPDX-License-Identifier: Apache-2.0 */
/* Files that nobody would make by hand. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/daemon/conf/conf_test.h"

enum { FILE_BYTES = 1 << 20, FILES = 4096 };

static struct place place;
static struct conf conf;
static struct conf_errors errors;

static void
setup(void)
{
	place_begin(&place);
	memset(&conf, 0, sizeof conf);
	memset(&errors, 0, sizeof errors);
	place_folder(&place, "good", "/srv/good");
}

static void
teardown(void)
{
	conf_release(&conf);
	conf_errors_release(&errors);
	place_end(&place);
}

static int
load(void)
{
	struct conf_source source = place_source(&place);
	int rc;

	conf_release(&conf);
	conf_errors_release(&errors);
	memset(&conf, 0, sizeof conf);
	rc = conf_load(&source, NULL, &conf, &errors);
	place_source_end(&place, &source);
	return rc;
}

/* One file is wrong, and said; the good one is there all the same. */
static void
expect_one_wrong(const char *file)
{
	ck_assert_int_eq(load(), 0);
	ck_assert_uint_eq(errors.v.n, 1);
	ck_assert_str_eq(errors.v.items[0].file, file);
	expect_shown(errors.v.items[0].text, file);
	ck_assert_uint_eq(conf.folders.n, 1);
	ck_assert_str_eq(conf.folders.items[0].id, "good");
}

static const char *
path_of(const char *name)
{
	static char path[512];

	snprintf(path, sizeof path, "%s/conf/%s", place.dir, name);
	return path;
}

START_TEST(what_is_no_file_is_said_and_not_followed)
{
	place_write(&place, "secret", "path = /srv/secret\n");
	ck_assert_int_eq(mkdir(path_of("folders/bad.conf"), 0700), 0);
	expect_one_wrong("folders/bad.conf");
	ck_assert_int_eq(rmdir(path_of("folders/bad.conf")), 0);
	ck_assert_int_eq(mkfifo(path_of("folders/bad.conf"), 0600), 0);
	expect_one_wrong("folders/bad.conf");
	ck_assert_int_eq(unlink(path_of("folders/bad.conf")), 0);
	ck_assert_int_eq(symlink("../secret", path_of("folders/bad.conf")), 0);
	expect_one_wrong("folders/bad.conf");
}
END_TEST

START_TEST(a_directory_that_is_none_fails_the_reading)
{
	char from[512];

	ck_assert_int_eq(rmdir(path_of("peers")), 0);
	ck_assert_int_eq(symlink("folders", path_of("peers")), 0);
	ck_assert_int_eq(load(), -ELOOP);
	ck_assert_int_eq(unlink(path_of("peers")), 0);
	place_write(&place, "x", "");
	ck_assert_int_eq(rmdir(path_of("peers")), 0);
	snprintf(from, sizeof from, "%s", path_of("x"));
	ck_assert_int_eq(rename(from, path_of("peers")), 0);
	ck_assert_int_eq(load(), -ENOTDIR);
	ck_assert_int_eq(unlink(path_of("peers")), 0);
	ck_assert_int_eq(load(), 0);
}
END_TEST

/* A path, and spaces up to len. */
static void
write_long(const char *name, size_t len)
{
	FILE *f = fopen(path_of(name), "w");

	ck_assert_ptr_nonnull(f);
	fprintf(f, "path = '/srv/long'%*s", (int)len - 18, "\n");
	ck_assert_int_eq(ftell(f), (long)len);
	ck_assert_int_eq(fclose(f), 0);
}

START_TEST(L31_a_file_of_a_million_bytes_is_read_and_no_longer_one)
{
	write_long("folders/long.conf", FILE_BYTES);
	ck_assert_int_eq(load(), 0);
	ck_assert_uint_eq(errors.v.n, 0);
	ck_assert_uint_eq(conf.folders.n, 2);
	write_long("folders/long.conf", FILE_BYTES + 1);
	expect_one_wrong("folders/long.conf");
	ck_assert_ptr_nonnull(strstr(errors.v.items[0].text, "1 MiB"));
}
END_TEST

START_TEST(L31_more_files_than_can_be_are_refused)
{
	char name[32];

	for (int i = 0; i < FILES; i++) {
		FILE *f;

		snprintf(name, sizeof name, "folders/x%d.conf", i);
		f = fopen(path_of(name), "w");
		ck_assert_ptr_nonnull(f);
		fclose(f);
	}
	ck_assert_int_eq(load(), ERR_LIMIT);
	ck_assert_int_eq(unlink(path_of(name)), 0);
	ck_assert_int_eq(load(), 0);
	ck_assert_uint_eq(errors.v.n, FILES - 1);
	ck_assert_uint_eq(conf.folders.n, 1);
}
END_TEST

START_TEST(L40_names_of_files_are_taken_or_said_as_fit_to_be_shown)
{
	static const struct {
		const char *name, *shown;
	} t[] = {{"a b", "a b"}, {"a\nb", "a\\nb"}, {"\x1b[31m", "\\x1b[31m"},
	    {"-x", "-x"}, {"\xff", "\\xff"}};
	char name[300], file[300];

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		snprintf(name, sizeof name, "folders/%s.conf", t[i].name);
		snprintf(file, sizeof file, "folders/%s.conf", t[i].shown);
		place_write(&place, name, "path = /srv/odd\n");
		expect_one_wrong(file);
		ck_assert_int_eq(unlink(path_of(name)), 0);
	}
	/* 255 bytes, the longest that there are. */
	snprintf(name, sizeof name, "folders/%0250d.conf", 0);
	ck_assert_int_eq(symlink("/", path_of(name)), 0);
	ck_assert_int_eq(load(), 0);
	ck_assert_uint_eq(errors.v.n, 1);
	expect_shown(errors.v.items[0].text, "folders/0000");
	ck_assert_int_eq(unlink(path_of(name)), 0);
	/* These are nobody's. */
	place_write(&place, "folders/.conf", "x");
	place_write(&place, "folders/.a.conf", "x");
	place_write(&place, "folders/a.conf.new", "x");
	ck_assert_int_eq(load(), 0);
	ck_assert_uint_eq(errors.v.n, 0);
}
END_TEST

START_TEST(a_wrong_main_file_is_found_among_all)
{
	place_write(&place, "folders/bad.conf", "pth = /x\n");
	ck_assert_int_eq(load(), 0);
	ck_assert_uint_eq(errors.v.n, 1);
	ck_assert_ptr_null(conf_errors_main(&errors));
	place_write(&place, "tutti.conf", "name = 'a b'\n");
	ck_assert_int_eq(load(), 0);
	ck_assert_uint_eq(errors.v.n, 2);
	ck_assert_ptr_eq(conf_errors_main(&errors), &errors.v.items[0]);
	ck_assert_str_eq(conf.main.name, "");
}
END_TEST

START_TEST(an_own_id_is_no_peers)
{
	struct conf_peer peer = {.name = "me", .id = {1}};
	struct conf_error error;

	ck_assert_int_eq(
	    conf_check_peer(&conf, peer.id, &peer, &error), ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(error.text, "this device's own id"));
	ck_assert_int_eq(conf_check_peer(&conf, NULL, &peer, &error), 0);
}
END_TEST

TCase *
odd_tcase(void)
{
	TCase *tc = tcase_create("odd");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_is_no_file_is_said_and_not_followed);
	tcase_add_test(tc, a_directory_that_is_none_fails_the_reading);
	tcase_add_test(
	    tc, L31_a_file_of_a_million_bytes_is_read_and_no_longer_one);
	tcase_add_test(tc, L31_more_files_than_can_be_are_refused);
	tcase_add_test(
	    tc, L40_names_of_files_are_taken_or_said_as_fit_to_be_shown);
	tcase_add_test(tc, a_wrong_main_file_is_found_among_all);
	tcase_add_test(tc, an_own_id_is_no_peers);
	return tc;
}
