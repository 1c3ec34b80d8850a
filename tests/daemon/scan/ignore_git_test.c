/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random rules and paths, asked of us and of git check-ignore.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/daemon/scan/scan_test_internal.h"

enum { ROUNDS = 150, PATHS = 60 };

static uint64_t seed;

static unsigned
below(unsigned n)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static size_t
add_part(char *out)
{
	static const char *const parts[] = {"a", "b", "c", "a", "b", "ab", "*",
	    "?", "[ab]", "[!a]", "[a-b]", "*a", "b*", "a*b", "a*b*c", "\\a",
	    "[[:alpha:]]", "[^c]", "c "};

	return (size_t)sprintf(
	    out, "%s", parts[below(sizeof parts / sizeof *parts)]);
}

/* A line; "**" only as a whole segment, where git's code and manual agree. */
static size_t
add_pattern(char *out)
{
	size_t len = 0;
	unsigned segments = 1 + below(4) % 3;

	if (below(4) == 0)
		out[len++] = '!';
	if (below(5) == 0)
		out[len++] = '/';
	for (unsigned i = 0; i < segments; i++) {
		if (i > 0)
			out[len++] = '/';
		if (segments > 1 && below(4) == 0) {
			len += (size_t)sprintf(out + len, "**");
			continue;
		}
		len += add_part(out + len);
		if (below(5) == 0)
			len += add_part(out + len);
	}
	if (below(5) == 0)
		out[len++] = '/';
	out[len++] = '\n';
	out[len] = '\0';
	return len;
}

static size_t
add_patterns(char *out, unsigned n)
{
	size_t len = 0;

	out[0] = '\0';
	while (n-- > 0)
		len += add_pattern(out + len);
	return len;
}

static void
add_path(char *out)
{
	static const char letters[] = "abc";
	unsigned segments = 1 + below(4);

	for (unsigned i = 0; i < segments; i++) {
		if (i > 0)
			*out++ = '/';
		for (unsigned n = 1 + below(3); n > 0; n--)
			*out++ = letters[below(3)];
	}
	*out = '\0';
}

static bool
have_git(void)
{
	char command[256];

	snprintf(command, sizeof command, "git -C '%s' init -q >/dev/null 2>&1",
	    b.path);
	return system(command) == 0;
}

/* What git says of each path: 1 for ignored. */
static void
ask_git(char paths[PATHS][64], bool said[PATHS])
{
	char command[256], line[256];
	FILE *f = fopen(bench_at(".git/ask"), "w");

	ck_assert_ptr_nonnull(f);
	for (int i = 0; i < PATHS; i++)
		fprintf(f, "%s\n", paths[i]);
	fclose(f);
	snprintf(command, sizeof command,
	    "cd '%s' && GIT_CONFIG_NOSYSTEM=1 HOME=/ git check-ignore "
	    "--no-index -v -n --stdin <.git/ask",
	    b.path);
	f = popen(command, "r");
	ck_assert_ptr_nonnull(f);
	for (int i = 0; i < PATHS; i++) {
		char *rule;

		ck_assert_ptr_nonnull(fgets(line, sizeof line, f));
		/* source:line:rule<TAB>path */
		rule = strchr(line, ':');
		ck_assert_ptr_nonnull(rule);
		rule = strchr(rule + 1, ':');
		ck_assert_ptr_nonnull(rule);
		said[i] = line[0] != ':' && rule[1] != '!';
	}
	pclose(f);
}

static void
one_round(void)
{
	static char root[4096], sub[4096];
	struct ignore_source sources[2] = {
	    {span_of(NULL, 0), {NULL, 0}}, {SPAN_LIT("a"), {NULL, 0}}};
	char paths[PATHS][64];
	struct ignore_rules *rules;
	bool said[PATHS];
	size_t bad;

	sources[0].text = span_of(root, add_patterns(root, 1 + below(6)));
	sources[1].text = span_of(sub, add_patterns(sub, below(4)));
	bench_bytes(".gitignore", root, sources[0].text.len);
	bench_bytes("a/.gitignore", sub, sources[1].text.len);
	for (int i = 0; i < PATHS; i++)
		add_path(paths[i]);
	ask_git(paths, said);
	OK(ignore_new(sources, 2, span_of(NULL, 0), &bad, &rules));
	for (int i = 0; i < PATHS; i++) {
		struct stat st;
		bool dir =
		    lstat(bench_at(paths[i]), &st) == 0 && S_ISDIR(st.st_mode);

		ck_assert_msg(
		    ignore_match(rules, span_str(paths[i]), dir) == said[i],
		    "git: %d of %s under\n%sand in a\n%s", said[i], paths[i],
		    root, sub);
	}
	ignore_unref(rules);
}

START_TEST(rules_mean_what_git_says)
{
	if (!have_git()) {
		printf("SKIP: git check-ignore: no git\n");
		return;
	}
	bench_dir("a");
	bench_dir("a/b");
	bench_dir("b");
	bench_dir("c");
	bench_dir("c/ab");
	for (uint64_t round = 0; round < ROUNDS; round++) {
		seed = round << 20;
		one_round();
	}
}
END_TEST

TCase *
ignore_git_tcase(void)
{
	TCase *tcase = bench_tcase("ignore_git");

	tcase_add_test(tcase, rules_mean_what_git_says);
	return tcase;
}
