/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/scan/ignore_internal.h"
#include "tests/daemon/scan/scan_test_internal.h"

/* The only line of a text. */
static struct ignore_line
line_of(const char *text)
{
	struct span s = span_str(text);
	struct ignore_line line, more;

	ck_assert(ignore_line(&s, &line));
	ck_assert(!ignore_line(&s, &more));
	return line;
}

static void
glob_is(const char *text, const char *glob)
{
	struct ignore_line line = line_of(text);

	ck_assert_msg(span_equal(line.glob, span_str(glob)), "%s: %.*s", text,
	    (int)line.glob.len, (const char *)line.glob.p);
}

START_TEST(comments_and_empty_lines_say_nothing)
{
	struct span s = span_str("\n#a\n   \n!\n/\n!/\n\r\n# b");
	struct ignore_line line;

	ck_assert(!ignore_line(&s, &line));
}
END_TEST

START_TEST(lines_come_one_after_the_other)
{
	struct span s = span_str("a\n\n#x\r\nb\r\n!c");
	struct ignore_line line;

	ck_assert(ignore_line(&s, &line));
	ck_assert(span_equal(line.glob, SPAN_LIT("a")));
	ck_assert(ignore_line(&s, &line));
	ck_assert(span_equal(line.glob, SPAN_LIT("b")));
	ck_assert(ignore_line(&s, &line));
	ck_assert(span_equal(line.glob, SPAN_LIT("c")));
	ck_assert(span_equal(line.whole, SPAN_LIT("!c")));
	ck_assert(line.negate);
	ck_assert(!ignore_line(&s, &line));
}
END_TEST

START_TEST(blanks_at_the_end_go_unless_escaped)
{
	glob_is("a b  ", "a b");
	glob_is("a\\ ", "a\\ ");
	glob_is("a\\  ", "a\\ ");
	glob_is("a\\\\  ", "a\\\\");
	glob_is("a\t", "a\t");
	glob_is("  a", "  a");
}
END_TEST

START_TEST(slashes_tell_where_and_what)
{
	ck_assert(line_of("a").base_only);
	ck_assert(!line_of("a").dir_only);
	ck_assert(line_of("a/").base_only);
	ck_assert(line_of("a/").dir_only);
	ck_assert(!line_of("/a").base_only);
	ck_assert(!line_of("a/b").base_only);
	ck_assert(!line_of("!/a/").base_only);
	glob_is("!/a/", "a");
	glob_is("/a/b/", "a/b");
	glob_is("\\#a", "\\#a");
	glob_is("\\!a", "\\!a");
}
END_TEST

TCase *
ignore_line_tcase(void)
{
	TCase *tcase = tcase_create("ignore_line");

	tcase_add_test(tcase, comments_and_empty_lines_say_nothing);
	tcase_add_test(tcase, lines_come_one_after_the_other);
	tcase_add_test(tcase, blanks_at_the_end_go_unless_escaped);
	tcase_add_test(tcase, slashes_tell_where_and_what);
	return tcase;
}
