/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that are none, and every option's own sentence. */
#include <stdio.h>
#include <string.h>

#include "tests/daemon/conf/conf_test.h"

START_TEST(what_is_no_configuration_is_said_in_one_line)
{
	static const char *const texts[] = {"", "=", "= /a", "path",
	    "path =", "path = = /a", "path = {/a, /b}", "path = '/a' '/b'",
	    "path += /a", "path = /a\nmode += send", "path = /a\nshare = {{a}}",
	    "path = /a\nshare = {a,,b}", "path = /a\nshare = }",
	    "path = /a\nshare = {a} {b}", "path = /a }", "path = /a {",
	    "path /a { x = 1 }", "include('/etc/passwd')",
	    "path = /a\ninclude('x')", "__unknown = 1", "path = \"/a",
	    "path(/a)", "path = (/a)", "path = /a\npath = /a", "path = ''",
	    "path = .", "path = ~/x", "path = /a\nignore = {''}",
	    "path = /a\nshare = {''}", "path = /a\nshare = {'..'}",
	    "path = /a\n\xff\xfe = 1", "PATH = /a",
	    "path = /a\nversions = {1d, 2d}"};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct conf_folder f = {.paused = false};
		struct conf_error error;
		int rc = conf_read_folder("f", span_str(texts[i]), &f, &error);

		ck_assert_msg(rc == ERR_CONFIG, "%s: %d", texts[i], rc);
		ck_assert_ptr_null(f.path);
		expect_shown(error.text, "folders/f.conf");
	}
}
END_TEST

START_TEST(a_list_may_be_told_in_parts)
{
	struct conf_folder f;
	struct conf_error error;

	ck_assert_int_eq(
	    conf_read_folder("f",
		SPAN_LIT("path = /a\nignore = {a}\nignore += {b, c}\n"), &f,
		&error),
	    0);
	ck_assert_uint_eq(f.ignore.v.n, 3);
	ck_assert_str_eq(f.ignore.v.items[2], "c");
	conf_folder_release(&f);
}
END_TEST

/* Any bytes at all: 0, or a sentence. */
START_TEST(L28_no_text_leads_astray)
{
	static const char *const words[] = {"path", "share", "=", "{", "}", ",",
	    "'", "\"", "\\", "#", "/*", "*/", "//", "/a", "\n", " ", "+=", "(",
	    ")", "${HOME}", "\xff", "\x1b", "mode", "both", "name", "0"};
	uint32_t x = 1;

	for (int i = 0; i < 2000; i++) {
		struct conf_folder f = {.paused = false};
		struct conf_error error;
		char text[256];
		size_t n = 0;
		int rc;

		for (int k = 0; k < 16; k++) {
			x = x * 1664525 + 1013904223;
			n += (size_t)snprintf(text + n, sizeof text - n, "%s",
			    words[(x >> 16) % (sizeof words / sizeof *words)]);
		}
		rc = conf_read_folder("f", span_of(text, n), &f, &error);
		if (rc == 0)
			ck_assert_int_eq(f.path[0], '/');
		else
			expect_shown(error.text, "folders/f.conf");
		ck_assert(rc == 0 || rc == ERR_CONFIG);
		conf_folder_release(&f);
	}
}
END_TEST

static int
read_kind(enum conf_kind kind, const char *text, struct conf_error *error)
{
	struct conf_main m;
	struct conf_peer peer;
	struct conf_folder f;
	int rc = 0;

	switch (kind) {
	case CONF_MAIN:
		return conf_read_main(span_str(text), &m, error);
	case CONF_PEER:
		rc = conf_read_peer("x", span_str(text), &peer, error);
		if (rc == 0)
			conf_peer_release(&peer);
		return rc;
	case CONF_FOLDER:
		rc = conf_read_folder("x", span_str(text), &f, error);
		if (rc == 0)
			conf_folder_release(&f);
		return rc;
	}
	return rc;
}

/* A line for each option that has to be there, but this one. */
static void
others(enum conf_kind kind, const char *but, char *out, size_t len)
{
	out[0] = '\0';
	if (kind == CONF_PEER && strcmp(but, "id") != 0)
		snprintf(out, len, "id = '%s'\n", some_id);
	if (kind == CONF_FOLDER && strcmp(but, "path") != 0)
		snprintf(out, len, "path = /a\n");
}

START_TEST(each_option_says_what_it_is_and_how_it_is_written)
{
	static const char *const files[] = {
	    "tutti.conf", "peers/x.conf", "folders/x.conf"};

	for (int kind = CONF_MAIN; kind <= CONF_FOLDER; kind++)
		for (size_t i = 0; i < conf_tables[kind].n; i++) {
			const struct conf_option *o =
			    &conf_tables[kind].options[i];
			bool any = o->type == &conf_type_strings;
			struct conf_error error;
			char text[256], want[512];
			size_t n;

			others(kind, o->name, text, sizeof text);
			n = strlen(text);
			snprintf(text + n, sizeof text - n, "%s = '%s'\n",
			    o->name, any ? "" : "\x01");
			ck_assert_int_eq(
			    read_kind(kind, text, &error), ERR_CONFIG);
			ck_assert_uint_eq(error.line, n > 0 ? 2 : 1);
			snprintf(want, sizeof want,
			    "%s, line %u: \"%s\" cannot be the %s, which is %s,"
			    " as in: %s",
			    files[kind], error.line, any ? "" : "\\x01",
			    o->name, o->range, o->example);
			ck_assert_str_eq(error.text, want);
		}
}
END_TEST

START_TEST(each_option_s_example_can_be_written_so)
{
	for (int kind = CONF_MAIN; kind <= CONF_FOLDER; kind++)
		for (size_t i = 0; i < conf_tables[kind].n; i++) {
			const struct conf_option *o =
			    &conf_tables[kind].options[i];
			struct conf_error error;
			char text[256];
			size_t n;

			/* An id's has dots for what nobody can guess. */
			if (o->type == &conf_type_id)
				continue;
			others(kind, o->name, text, sizeof text);
			n = strlen(text);
			snprintf(text + n, sizeof text - n, "%s\n", o->example);
			ck_assert_msg(read_kind(kind, text, &error) == 0, "%s",
			    error.text);
		}
}
END_TEST

START_TEST(what_has_to_be_there_is_missed_by_name)
{
	struct conf_error error;

	ck_assert_int_eq(
	    read_kind(CONF_PEER, "paused = yes\n", &error), ERR_CONFIG);
	ck_assert_str_eq(error.text,
	    "peers/x.conf: id is missing; add a line like: id ="
	    " 'ABCDEFGH-...'");
	ck_assert_int_eq(
	    read_kind(CONF_FOLDER, "paused = on\n", &error), ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(error.text, "path is missing"));
}
END_TEST

TCase *
text_tcase(void)
{
	TCase *tc = tcase_create("text");

	tcase_add_test(tc, what_is_no_configuration_is_said_in_one_line);
	tcase_add_test(tc, a_list_may_be_told_in_parts);
	tcase_add_test(tc, L28_no_text_leads_astray);
	tcase_add_test(tc, each_option_says_what_it_is_and_how_it_is_written);
	tcase_add_test(tc, each_option_s_example_can_be_written_so);
	tcase_add_test(tc, what_has_to_be_there_is_missed_by_name);
	return tc;
}
