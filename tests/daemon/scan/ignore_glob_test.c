/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <time.h>

#include "daemon/scan/ignore_rules_internal.h"
#include "tests/daemon/scan/scan_test_internal.h"

/* Does a glob match all of a subject? -1: it is none. */
static int
matches(const char *glob, struct span subject)
{
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);
	pcre2_code *re = NULL;
	struct buf text;
	int rc;

	buf_init(&text, 1 << 20);
	rc = ignore_glob(span_str(glob), &text);
	if (rc == 0) {
		OK(ignore_compile(buf_span(&text), &re));
		ck_assert_msg(re != NULL, "%s: %.*s", glob, (int)text.len,
		    (const char *)text.p);
		rc = pcre2_match(re, subject.p, subject.len, 0, 0, data, NULL);
		ck_assert(rc > 0 || rc == PCRE2_ERROR_NOMATCH);
		rc = rc > 0;
	} else {
		ck_assert_int_eq(rc, ERR_GRAMMAR);
		rc = -1;
	}
	pcre2_code_free(re);
	pcre2_match_data_free(data);
	buf_release(&text);
	return rc;
}

static const struct {
	const char *glob;
	const char *subject;
	int matches;
} cases[] = {
    {"a", "a", 1},
    {"a", "b", 0},
    {"a", "ab", 0},
    {"b", "ab", 0},
    {"a.c", "abc", 0},
    {"a\\*", "a*", 1},
    {"a\\*", "ab", 0},
    {"\\#a", "#a", 1},
    {"a\\", "a\\", -1},
    {"*", "", 1},
    {"*", "a\nb", 1},
    {"*", "a/b", 0},
    {"*.c", ".c", 1},
    {"*.c", "a.c.c", 1},
    {"*.c", "a.cc", 0},
    {"a*b*c", "aXbXbXc", 1},
    {"a*b*c", "aXcXb", 0},
    {"ab*bc", "abc", 0},
    {"ab*bc", "abbc", 1},
    {"*a*a", "a", 0},
    {"*a*a", "aa", 1},
    {"?", "a", 1},
    {"?", "\xff", 1},
    {"?", "/", 0},
    {"?", "", 0},
    {"a/*", "a/b", 1},
    {"a/*", "a/b/c", 0},
    {"*/b", "a/b", 1},
    {"*/b", "b", 0},
    {"**/b", "b", 1},
    {"**/b", "a/b", 1},
    {"**/b", "a/c/b", 1},
    {"**/b", "ab", 0},
    {"a/**", "a", 0},
    {"a/**", "a/b", 1},
    {"a/**", "a/b/c", 1},
    {"a/**", "ab/c", 0},
    {"a/**/b", "a/b", 1},
    {"a/**/b", "a/x/b", 1},
    {"a/**/b", "a/x/y/b", 1},
    {"a/**/b", "a/xb", 0},
    {"a/**/b", "ab", 0},
    {"a/**/b/**/c", "a/b/b/c", 1},
    {"a/**/b/**/c", "a/x/b/y/z/c", 1},
    {"a/**/b/**/c", "a/x/c/b", 0},
    {"**/a/*/**/b", "a/x/b", 1},
    {"**/a/*/**/b", "y/a/a/x/y/b", 1},
    {"**/a/*/**/b", "a/b", 0},
    {"**/**/a", "a", 1},
    {"a**b", "aXXb", 1},
    {"a**b/c", "aX/b/c", 0},
    {"a**/b", "aX/b", 1},
    {"a**/b", "aX/Y/b", 0},
    {"a/**b", "a/X/b", 0},
    {"***/a", "x/y/a", 1},
    {"[ab]", "b", 1},
    {"[ab]", "c", 0},
    {"[!ab]", "c", 1},
    {"[^ab]", "a", 0},
    {"[!a]", "/", 0},
    {"[]a]", "]", 1},
    {"[!]a]", "]", 0},
    {"[a-c]x", "bx", 1},
    {"[a-c]x", "dx", 0},
    {"[c-a]", "b", 0},
    {"[c-a]", "c", 1},
    {"[a-]", "-", 1},
    {"[--0]", ".", 1},
    {"[a\\-c]", "b", 0},
    {"[a\\-c]", "-", 1},
    {"[\\]]", "]", 1},
    {"[[:digit:]x]", "7", 1},
    {"[[:digit:]x]", "x", 1},
    {"[![:alpha:]]", "a", 0},
    {"[[:upper:][:digit:]]", "Q", 1},
    {"[[:nope:]]", "a", -1},
    {"[[:a]", ":", 1},
    {"[[:a]", "[", 1},
    {"[\x80-\xff]", "\xc3", 1},
    {"[a", "a", -1},
    {"[", "[", -1},
    {"[]", "]", -1},
    {"x[/]y", "x/y", 0},
    {"a\\/b", "a/b", 1},
    {"a//b", "a/b", 0},
    {"$(a){2}^|", "$(a){2}^|", 1},
    {"\xff*", "\xff\xfe", 1},
};

START_TEST(globs_match_what_they_should)
{
	const char *subject = cases[_i].subject;

	ck_assert_msg(
	    matches(cases[_i].glob, span_str(subject)) == cases[_i].matches,
	    "\"%s\" and \"%s\"", cases[_i].glob, subject);
}
END_TEST

/* A pattern that travels must not keep anybody busy. */
START_TEST(no_glob_is_slow)
{
	char subject[LIMIT_PATH_BYTES], glob[1024] = "";
	clock_t start = clock();

	memset(subject, 'a', sizeof subject);
	subject[0] = 'b'; /* or PCRE2 sees that one is missing */
	for (int i = 0; i < 200; i++)
		strcat(glob, "*a");
	strcat(glob, "*b");
	ck_assert_int_eq(matches(glob, span_of(subject, sizeof subject)), 0);
	strcpy(glob, "");
	for (int i = 0; i < 100; i++)
		strcat(glob, "**/a/");
	strcat(glob, "*a*a*a*b");
	for (size_t i = 1; i < sizeof subject; i += 2)
		subject[i] = '/';
	ck_assert_int_eq(matches(glob, span_of(subject, sizeof subject)), 0);
	ck_assert_int_lt((clock() - start) / CLOCKS_PER_SEC, 1);
}
END_TEST

TCase *
ignore_glob_tcase(void)
{
	TCase *tcase = tcase_create("ignore_glob");

	tcase_add_loop_test(tcase, globs_match_what_they_should, 0,
	    sizeof cases / sizeof *cases);
	tcase_add_test(tcase, no_glob_is_slow);
	return tcase;
}
