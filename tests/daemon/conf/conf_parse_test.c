/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/conf/conf_test.h"

#include <stdio.h>
#include <string.h>

START_TEST(main_without_a_word_has_the_presets)
{
	struct conf_main m;
	struct conf_error error;

	ck_assert_int_eq(conf_read_main(SPAN_LIT(""), &m, &error), 0);
	ck_assert_str_eq(m.name, "");
	ck_assert_str_eq(m.listen.host, "");
	ck_assert_int_eq(m.log_level, CONF_LOG_INFO);
}
END_TEST

START_TEST(folder_is_read_whole)
{
	static const char text[] = "# comment\n"
				   "path = \"/srv//photos/\"\n"
				   "share = {'nas', laptop, nas}\n"
				   "mode = receive\npaused = yes\n"
				   "ignore = {'*.iso', '/b\\\\x'}\n"
				   "conflicts = aside\n";
	struct conf_folder f;
	struct conf_error error;

	ck_assert_int_eq(
	    conf_read_folder("photos", span_str(text), &f, &error), 0);
	ck_assert_str_eq(f.id, "photos");
	ck_assert_str_eq(f.path, "/srv/photos");
	ck_assert_uint_eq(f.share.v.n, 2);
	ck_assert(conf_shares(&f, "laptop"));
	ck_assert(!conf_shares(&f, "lap"));
	ck_assert_int_eq(f.mode, CONF_MODE_RECEIVE);
	ck_assert(f.paused);
	ck_assert_str_eq(f.ignore.v.items[1], "/b\\x");
	ck_assert_int_eq(f.conflicts, CONF_CONFLICTS_ASIDE);
	conf_folder_release(&f);
}
END_TEST

/* Text, and what must be in the sentence. */
static void
expect_wrong(const char *text, const char *what)
{
	struct conf_folder f = {.paused = false};
	struct conf_error error;
	int rc = conf_read_folder("f", span_str(text), &f, &error);

	ck_assert_msg(rc == ERR_CONFIG, "%s gave %d", text, rc);
	ck_assert_str_eq(error.file, "folders/f.conf");
	ck_assert_msg(
	    strstr(error.text, what) != NULL, "%s: %s", text, error.text);
	ck_assert_ptr_null(strchr(error.text, '\n'));
	ck_assert_ptr_eq(f.path, NULL);
}

START_TEST(wrong_files_are_said_in_one_sentence)
{
	expect_wrong("path = '/a'\npth = '/b'\n",
	    "folders/f.conf, line 2: there is no option \"pth\"; did you mean"
	    " \"path\"");
	expect_wrong("\n\npath = 'a'\n",
	    "line 3: \"a\" cannot be the path, which is an absolute path, as"
	    " in: path =");
	expect_wrong("mode = both\n", "folders/f.conf: path is missing");
	expect_wrong("path = /a\npath = /b\n", "path is set already in line 1");
	expect_wrong("path = /a\nmode = sendd\n",
	    "\"sendd\" cannot be the mode, which is both|send|receive");
	expect_wrong("path = /a\npaused = maybe\n", "which is true or false");
	expect_wrong("path = /a\nshare = {'a b'}\n", "a list of names");
	expect_wrong("path = '/a", "line");
	expect_wrong("path '/a'\n", "line 1");
	expect_wrong("{{{\n", "line 1");
	expect_wrong("path = /a\nshare = {a, b\n", "line");
	expect_wrong("path = /a\n\x1b[31m = 1\n", "\\x1b");
}
END_TEST

START_TEST(zero_bytes_are_no_text)
{
	struct conf_main m;
	struct conf_error error;

	ck_assert_int_eq(
	    conf_read_main(SPAN_LIT("name = a\0b"), &m, &error), ERR_CONFIG);
}
END_TEST

START_TEST(peer_needs_an_id_without_typing_errors)
{
	struct conf_peer peer;
	struct conf_error error;
	char text[128];

	snprintf(text, sizeof text, "id = '%s'\naddress = 'nas:1'\n", some_id);
	ck_assert_int_eq(
	    conf_read_peer("nas", span_str(text), &peer, &error), 0);
	ck_assert_uint_eq(peer.id[31], 31);
	ck_assert_uint_eq(peer.addresses.v.n, 1);
	conf_peer_release(&peer);
	text[7] ^= 1;
	ck_assert_int_eq(
	    conf_read_peer("nas", span_str(text), &peer, &error), ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(error.text, "tutti id"));
}
END_TEST

START_TEST(listen_wants_an_address_in_digits)
{
	struct conf_main m;
	struct conf_error error;

	ck_assert_int_eq(
	    conf_read_main(SPAN_LIT("listen = 10.77.0.1:22100"), &m, &error),
	    0);
	ck_assert_str_eq(m.listen.host, "10.77.0.1");
	ck_assert_int_eq(
	    conf_read_main(SPAN_LIT("listen = nas:22100"), &m, &error),
	    ERR_CONFIG);
}
END_TEST

START_TEST(names_of_files_are_checked)
{
	struct conf_folder f;
	struct conf_error error;

	ck_assert_int_eq(
	    conf_read_folder("a b", SPAN_LIT("path = /a\n"), &f, &error),
	    ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(error.text, "rename it"));
}
END_TEST

START_TEST(what_is_written_reads_back_equal)
{
	static const char *const odd[] = {"/a b", "/it's", "/back\\slash",
	    "/\"quoted\"", "/${HOME}/$x", "/new\nline", "/#no comment",
	    "/\xff\xfe", "/end\\", "/tab\t", "/*x*/y"};

	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		struct conf_folder a = {.id = "f", .paused = i % 2}, b;
		struct conf_error error;
		struct buf text;

		buf_init(&text, 1 << 16);
		a.path = strdup(odd[i]);
		ck_assert_int_eq(conf_strings_add(&a.share, "nas"), 0);
		ck_assert_int_eq(conf_strings_add(&a.ignore, odd[i]), 0);
		ck_assert_int_eq(conf_text(CONF_FOLDER, &a, &text), 0);
		ck_assert_msg(
		    conf_read_folder("f", buf_span(&text), &b, &error) == 0,
		    "%s", error.text);
		ck_assert_str_eq(b.path, odd[i]);
		ck_assert_str_eq(b.ignore.v.items[0], odd[i]);
		ck_assert(conf_folder_equal(&a, &b));
		b.paused = !b.paused;
		ck_assert(!conf_folder_equal(&a, &b));
		conf_folder_release(&a);
		conf_folder_release(&b);
		buf_release(&text);
	}
}
END_TEST

START_TEST(help_names_every_option)
{
	struct buf out;

	buf_init(&out, 1 << 16);
	for (int kind = CONF_MAIN; kind <= CONF_FOLDER; kind++) {
		const struct conf_table *t = &conf_tables[kind];

		buf_clear(&out);
		ck_assert_int_eq(conf_help(kind, &out), 0);
		ck_assert_int_eq(buf_add(&out, span_of("", 1)), 0);
		for (size_t i = 0; i < t->n; i++)
			ck_assert_ptr_nonnull(
			    strstr((char *)out.p, t->options[i].help));
	}
	buf_release(&out);
}
END_TEST

TCase *
parse_tcase(void)
{
	TCase *tc = tcase_create("parse");

	tcase_add_test(tc, main_without_a_word_has_the_presets);
	tcase_add_test(tc, folder_is_read_whole);
	tcase_add_test(tc, wrong_files_are_said_in_one_sentence);
	tcase_add_test(tc, zero_bytes_are_no_text);
	tcase_add_test(tc, peer_needs_an_id_without_typing_errors);
	tcase_add_test(tc, listen_wants_an_address_in_digits);
	tcase_add_test(tc, names_of_files_are_checked);
	tcase_add_test(tc, what_is_written_reads_back_equal);
	tcase_add_test(tc, help_names_every_option);
	return tc;
}
