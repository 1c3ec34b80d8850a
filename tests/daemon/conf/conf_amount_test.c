/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/conf/conf_test.h"

#include <stdio.h>

static int
read_folder(const char *line, struct conf_folder *out)
{
	struct conf_error error;
	char text[128];

	snprintf(text, sizeof text, "path = /a\n%s\n", line);
	return conf_read_folder("f", span_str(text), out, &error);
}

START_TEST(versions_are_kept_for_what_is_said)
{
	static const struct {
		const char *line;
		int64_t seconds;
	} t[] = {{"", 30 * 86400}, {"versions = 30d", 30 * 86400},
	    {"versions = 12h", 43200}, {"versions = '8w'", 8 * 7 * 86400},
	    {"versions = 90m", 5400}, {"versions = 5s", 5},
	    {"versions = off", 0}, {"versions = 0", 0}};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct conf_folder f;

		ck_assert_int_eq(read_folder(t[i].line, &f), 0);
		ck_assert_int_eq(conf_versions_s(&f), t[i].seconds);
		conf_folder_release(&f);
	}
}
END_TEST

START_TEST(sizes_are_read)
{
	static const struct {
		const char *line;
		uint64_t bytes;
	} t[] = {{"", 0}, {"versions_max = auto", 0},
	    {"versions_max = 1K", 1024},
	    {"versions_max = 500M", UINT64_C(500) << 20},
	    {"versions_max = 3T", UINT64_C(3) << 40}};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct conf_folder f;

		ck_assert_int_eq(read_folder(t[i].line, &f), 0);
		ck_assert_uint_eq(f.versions_max, t[i].bytes);
		conf_folder_release(&f);
	}
}
END_TEST

START_TEST(metadata_is_any_of_its_classes)
{
	static const struct {
		const char *line;
		unsigned classes;
		bool wrong;
	} t[] = {{"", 0, false}, {"metadata = {}", 0, false},
	    {"metadata = {xattr}", META_XATTR, false},
	    {"metadata = {owner, acl}", META_ACL | META_OWNER, false},
	    {"metadata = {'acl', acl}", META_ACL, false},
	    {"metadata = {xattr, acl, owner}", META_ALL, false},
	    {"metadata = {xattrs}", 0, true}, {"metadata = {''}", 0, true}};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct conf_folder f, again;
		struct conf_error error;
		struct buf text;
		int rc = read_folder(t[i].line, &f);

		ck_assert_int_eq(rc, t[i].wrong ? ERR_CONFIG : 0);
		if (rc < 0)
			continue;
		ck_assert_uint_eq(f.metadata, t[i].classes);
		buf_init(&text, 1 << 16);
		ck_assert_int_eq(conf_text(CONF_FOLDER, &f, &text), 0);
		ck_assert_int_eq(
		    conf_read_folder("f", buf_span(&text), &again, &error), 0);
		ck_assert(conf_folder_equal(&f, &again));
		conf_folder_release(&again);
		conf_folder_release(&f);
		buf_release(&text);
	}
}
END_TEST

START_TEST(no_amount_is_refused)
{
	static const char *const lines[] = {"versions = 30", "versions = d",
	    "versions = -1d", "versions = 30dd", "versions = 0d",
	    "versions = 1y", "versions = 99999999w", "versions = 1.5d",
	    "versions = 1000000000000000d", "versions_max = 0",
	    "versions_max = 10", "versions_max = 10g", "versions_max = off",
	    "versions_max = 9999999T", "versions_max = ''"};

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct conf_folder f;

		ck_assert_msg(
		    read_folder(lines[i], &f) == ERR_CONFIG, "%s", lines[i]);
	}
}
END_TEST

START_TEST(amounts_read_back_as_they_are_written)
{
	static const int64_t times[] = {
	    0, -1, 1, 59, 60, 3600, 86400, 90061, 30 * 86400, 7 * 86400};
	static const uint64_t sizes[] = {
	    0, 1024, 1536 << 10, 1 << 20, UINT64_C(10) << 30};

	for (size_t i = 0; i < 50; i++) {
		struct conf_folder a = {.id = "f", .path = strdup("/a")}, b;
		struct conf_error error;
		struct buf text;

		a.versions_s = times[i % 10];
		a.versions_max = sizes[i / 10];
		buf_init(&text, 1 << 16);
		ck_assert_int_eq(conf_text(CONF_FOLDER, &a, &text), 0);
		ck_assert_msg(
		    conf_read_folder("f", buf_span(&text), &b, &error) == 0,
		    "%s", error.text);
		ck_assert_int_eq(b.versions_s, a.versions_s);
		ck_assert_uint_eq(b.versions_max, a.versions_max);
		conf_folder_release(&a);
		conf_folder_release(&b);
		buf_release(&text);
	}
}
END_TEST

TCase *
amount_tcase(void)
{
	TCase *tc = tcase_create("amount");

	tcase_add_test(tc, versions_are_kept_for_what_is_said);
	tcase_add_test(tc, sizes_are_read);
	tcase_add_test(tc, metadata_is_any_of_its_classes);
	tcase_add_test(tc, no_amount_is_refused);
	tcase_add_test(tc, amounts_read_back_as_they_are_written);
	return tc;
}
