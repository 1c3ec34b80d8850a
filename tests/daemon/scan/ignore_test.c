/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "daemon/scan/ignore_internal.h"
#include "tests/daemon/scan/scan_test_internal.h"

/* Rules of the root's .tuttiignore, one of "sub", and the machine's own. */
static struct ignore_rules *
rules_of(const char *root, const char *sub, const char *own)
{
	const struct ignore_source sources[] = {
	    {span_of(NULL, 0), span_str(root)},
	    {SPAN_LIT("sub"), span_str(sub)},
	};
	struct ignore_rules *rules;
	size_t bad;

	OK(ignore_new(sources, 2, span_str(own), &bad, &rules));
	ck_assert_uint_eq(bad, 0);
	return rules;
}

static void
ignores(const struct ignore_rules *rules, const char *path, bool expected)
{
	size_t len = strlen(path);
	bool dir = path[len - 1] == '/';

	ck_assert_msg(
	    ignore_match(rules, span_of(path, len - dir), dir) == expected,
	    "%s", path);
}

START_TEST(no_rules_ignore_nothing)
{
	ignores(NULL, "a", false);
	ck_assert(!ignore_match_child(NULL, SPAN_LIT("a"), true));
	ck_assert_ptr_null(ignore_ref(NULL));
	ignore_unref(NULL);
}
END_TEST

START_TEST(builtin_list_leaves_out_what_programs_leave_behind)
{
	static const char *const out[] = {".a.swp", "d/.x.c.swo", "#a#", ".#a",
	    ".~lock.a.odt#", "film.mkv.part", "a.crdownload", ".Trash-1000/",
	    ".Trash-1000/files/a", "$RECYCLE.BIN/", ".DS_Store", "d/Thumbs.db",
	    ".nfs00000000012e4a3800000001"};
	static const char *const in[] = {"a~", "a.bak", "a.tmp", "part",
	    ".part1", "a.swp", ".Trash-1000", "Thumbs.db.txt", "#a", ".nfsd",
	    ".git/", "core", ".tuttiignore", "node_modules/"};
	struct ignore_rules *rules = rules_of("", "", "");

	for (size_t i = 0; i < sizeof out / sizeof *out; i++)
		ignores(rules, out[i], true);
	for (size_t i = 0; i < sizeof in / sizeof *in; i++)
		ignores(rules, in[i], false);
	ignore_unref(rules);
}
END_TEST

START_TEST(builtin_list_can_be_enabled_again)
{
	struct ignore_rules *rules = rules_of("!*.part\n", "", "");

	ignores(rules, "a.part", false);
	ignores(rules, "a.partial", true);
	ignore_unref(rules);
}
END_TEST

START_TEST(last_rule_wins)
{
	struct ignore_rules *rules =
	    rules_of("*.o\n!a.o\n/a.o\n!x*\nxy\n", "", "");

	ignores(rules, "b.o", true);
	ignores(rules, "a.o", true);
	ignores(rules, "d/a.o", false);
	ignores(rules, "x.o", false);
	ignores(rules, "xy", true);
	ignore_unref(rules);
}
END_TEST

START_TEST(deeper_sources_win_and_speak_of_their_own_directory)
{
	struct ignore_rules *rules =
	    rules_of("*.o\nsub/keep\n", "!*.o\n/a\nb/c\n", "");

	ignores(rules, "x.o", true);
	ignores(rules, "sub/x.o", false);
	ignores(rules, "subx/x.o", true);
	ignores(rules, "a", false);
	ignores(rules, "sub/a", true);
	ignores(rules, "sub/d/a", false);
	ignores(rules, "sub/b/c", true);
	ignores(rules, "sub/keep", true);
	ignore_unref(rules);
}
END_TEST

START_TEST(machines_own_rules_are_final)
{
	struct ignore_rules *rules =
	    rules_of("a\n!b\n", "!sub/../b\nc\n", "!a\nb\n!c\n");

	ignores(rules, "a", false);
	ignores(rules, "b", true);
	ignores(rules, "sub/c", false);
	ignore_unref(rules);
}
END_TEST

START_TEST(what_is_below_an_ignored_directory_is_ignored)
{
	struct ignore_rules *rules = rules_of("out/\n!out/keep\n", "", "");

	ignores(rules, "out", false);
	ignores(rules, "out/", true);
	ignores(rules, "out/keep", true);
	ignores(rules, "d/out/e/f", true);
	ck_assert(!ignore_match_child(rules, SPAN_LIT("out/keep"), false));
	ignore_unref(rules);
}
END_TEST

START_TEST(tuttiignore_is_never_ignored)
{
	struct ignore_rules *rules =
	    rules_of("*\n.*\n", "*\n", ".tuttiignore\n");

	ignores(rules, ".tuttiignore", false);
	ignores(rules, "a", true);
	ignores(rules, "sub/.tuttiignore", true); /* sub is */
	ignore_unref(rules);
}
END_TEST

START_TEST(bad_lines_are_counted_and_left_out)
{
	const struct ignore_source source = {
	    span_of(NULL, 0), SPAN_LIT("[a\nb\nc\\\n[[:x:]]\n")};
	struct ignore_rules *rules;
	size_t bad;

	OK(ignore_new(&source, 1, SPAN_LIT("d["), &bad, &rules));
	ck_assert_uint_eq(bad, 4);
	ignores(rules, "b", true);
	ignores(rules, "[a", false);
	ignore_unref(rules);
}
END_TEST

/* Enough for many expressions, of every kind. */
START_TEST(many_rules_work_as_few)
{
	static char text[1 << 20];
	struct ignore_rules *rules;
	size_t len = 0;

	for (int i = 0; i < 4000; i++)
		len += (size_t)sprintf(text + len, "%s[n]ame%d%s\n",
		    i % 3 == 1 ? "d/" : "", i, i % 4 == 1 ? "/" : "");
	rules = rules_of(text, "", "");
	ignores(rules, "name0", true);
	ignores(rules, "name3999", true);
	ignores(rules, "name4000", false);
	ignores(rules, "d/name2203", true); /* 2203 % 3 is 1 */
	ignores(rules, "name2203", false);
	ignores(rules, "x/name5", false);
	ignores(rules, "x/name5/", true);
	ignore_unref(rules);
}
END_TEST

START_TEST(too_many_and_too_long_lines_are_bad)
{
	static char text[(1 << 14) * 2 + 8192];
	struct ignore_rules *rules;
	size_t bad, len = 0;

	memset(text, 'x', 5000);
	len = 5000;
	text[len++] = '\n';
	for (int i = 0; i < 1 << 14; i++) {
		text[len++] = 'a';
		text[len++] = '\n';
	}
	OK(ignore_new(NULL, 0, span_of(text, 5001), &bad, &rules));
	ck_assert_uint_eq(bad, 1);
	ignore_unref(rules);
	OK(ignore_new(NULL, 0, span_of(text, len), &bad, &rules));
	ck_assert_uint_gt(bad, 1);
	ck_assert_uint_lt(bad, 64);
	ignores(rules, "a", true);
	ignore_unref(rules);
}
END_TEST

static void
explains(const struct ignore_rules *rules, const char *path, bool expected,
    const char *words)
{
	size_t len = strlen(path);
	bool dir = path[len - 1] == '/', ignored;
	struct buf out;

	buf_init(&out, 4096);
	OK(ignore_explain(
	    rules, span_of(path, len - dir), dir, &out, &ignored));
	ck_assert_msg(ignored == expected, "%s", path);
	ck_assert_msg(span_equal(buf_span(&out), span_str(words)), "%s: %.*s",
	    path, (int)out.len, (const char *)out.p);
	buf_release(&out);
}

START_TEST(explain_names_the_rule_that_decided)
{
	struct ignore_rules *rules = rules_of(
	    "*.o\nz.*\nout/\n", "!keep.o\n/t\\ \n", "!*.DS_Store\n\x1b");

	explains(rules, "a.c", false, "");
	explains(rules, "a.o", true, "\"*.o\" from .tuttiignore");
	explains(rules, "z.o", true, "\"z.*\" from .tuttiignore");
	explains(rules, "out/x/y", true, "\"out/\" from .tuttiignore");
	explains(
	    rules, "sub/keep.o", false, "\"!keep.o\" from sub/.tuttiignore");
	explains(rules, "sub/t ", true, "\"/t\\\\ \" from sub/.tuttiignore");
	explains(
	    rules, ".x.swp", true, "\".*.sw[n-p]\" from the built-in list");
	explains(rules, ".DS_Store", false,
	    "\"!*.DS_Store\" from this machine's configuration");
	explains(
	    rules, "\x1b", true, "\"\\x1b\" from this machine's configuration");
	explains(NULL, "a", false, "");
	ignore_unref(rules);
}
END_TEST

static void *
ask_often(void *rules)
{
	for (int i = 0; i < 20000; i++) {
		char name[32];
		int len = sprintf(name, "d/name%d.%s", i, i % 2 ? "o" : "c");

		ck_assert(ignore_match(rules, span_of(name, (size_t)len),
			      false) == (i % 2 == 1));
	}
	ignore_unref(rules);
	return NULL;
}

START_TEST(threads_can_ask_at_the_same_time)
{
	struct ignore_rules *rules = rules_of("*.o\n", "", "");
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		OK(pthread_create(
		    &threads[i], NULL, ask_often, ignore_ref(rules)));
	ignore_unref(rules);
	for (int i = 0; i < 4; i++)
		OK(pthread_join(threads[i], NULL));
}
END_TEST

TCase *
ignore_test_tcase(void)
{
	TCase *tcase = tcase_create("ignore");

	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, no_rules_ignore_nothing);
	tcase_add_test(
	    tcase, builtin_list_leaves_out_what_programs_leave_behind);
	tcase_add_test(tcase, builtin_list_can_be_enabled_again);
	tcase_add_test(tcase, last_rule_wins);
	tcase_add_test(
	    tcase, deeper_sources_win_and_speak_of_their_own_directory);
	tcase_add_test(tcase, machines_own_rules_are_final);
	tcase_add_test(tcase, what_is_below_an_ignored_directory_is_ignored);
	tcase_add_test(tcase, tuttiignore_is_never_ignored);
	tcase_add_test(tcase, bad_lines_are_counted_and_left_out);
	tcase_add_test(tcase, many_rules_work_as_few);
	tcase_add_test(tcase, too_many_and_too_long_lines_are_bad);
	tcase_add_test(tcase, explain_names_the_rule_that_decided);
	tcase_add_test(tcase, threads_can_ask_at_the_same_time);
	return tcase;
}
