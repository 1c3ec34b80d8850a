/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/scan/ignore_rules_internal.h"

#include <string.h>

enum {
	RULES_MAX = 1 << 14, /* of all sources; more are bad lines */
	CODE_TEXT_BYTES = 4 << 10, /* one expression's; PCRE2 ends at 64 K */
	CODE_KINDS = 4, /* dir_only and base_only, or not */
	MATCH_STEPS = 1 << 20, /* far beyond what a glob can need */
};

#define TEXT_BYTES_MAX ((size_t)UINT32_MAX)

/* The expressions of the run that is being read. */
struct build {
	struct ignore_rules *rules;
	struct buf text[CODE_KINDS];
	struct buf glob;
	bool open; /* there is a run that takes rules */
	size_t bad;
};

static int
kind_of(const struct ignore_line *line)
{
	return (line->dir_only ? 2 : 0) + (line->base_only ? 1 : 0);
}

int
ignore_compile(struct span text, pcre2_code **out_re)
{
	PCRE2_SIZE at;
	int error;

	*out_re = pcre2_compile(text.p, text.len,
	    PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOTALL |
		PCRE2_NO_AUTO_CAPTURE | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP,
	    &error, &at, NULL);
	return *out_re == NULL && error == PCRE2_ERROR_HEAP_FAILED ? -ENOMEM
								   : 0;
}

/* Compiles what one kind of the open run has gathered. */
static int
flush_kind(struct build *b, int kind)
{
	struct ignore_code code = {.dir_only = kind & 2, .base_only = kind & 1};
	int rc;

	if (b->text[kind].len == 0)
		return 0;
	rc = ignore_compile(buf_span(&b->text[kind]), &code.re);
	buf_clear(&b->text[kind]);
	if (rc < 0)
		return rc;
	if (code.re == NULL) {
		b->bad++; /* one giant glob: add_glob lets no other be alone */
		return 0;
	}
	/* Where memory may not be made executable, it is interpreted. */
	(void)pcre2_jit_compile(code.re, PCRE2_JIT_COMPLETE);
	rc = VEC_PUSH(&b->rules->codes, code);
	if (rc < 0)
		pcre2_code_free(code.re);
	return rc;
}

static int
end_run(struct build *b)
{
	struct ignore_rules *rules = b->rules;
	struct ignore_run *run;
	int rc = 0;

	if (!b->open)
		return 0;
	for (int kind = 0; rc == 0 && kind < CODE_KINDS; kind++)
		rc = flush_kind(b, kind);
	run = &rules->runs.items[rules->runs.n - 1];
	run->rule_to = rules->rules.n;
	run->code_to = rules->codes.n;
	b->open = false;
	return rc;
}

/* Lets the open run be one that takes rules of this sign. */
static int
want_run(struct build *b, bool negate)
{
	struct ignore_rules *rules = b->rules;
	int rc = 0;

	if (b->open && rules->runs.items[rules->runs.n - 1].negate == negate)
		return 0;
	rc = end_run(b);
	if (rc == 0)
		rc = VEC_PUSH(&rules->runs, (struct ignore_run){
						.source = rules->sources.n - 1,
						.negate = negate,
						.rule_from = rules->rules.n,
						.code_from = rules->codes.n,
					    });
	b->open = rc == 0;
	return rc;
}

/* Keeps bytes for as long as the rules. */
static int
keep(struct ignore_rules *rules, struct span s, uint32_t *at, uint32_t *len)
{
	*at = (uint32_t)rules->texts.len;
	*len = (uint32_t)s.len;
	return buf_add(&rules->texts, s);
}

/* Adds a glob's expression, in b->glob, to its kind's of the open run. */
static int
add_glob(struct build *b, int kind)
{
	struct buf *text = &b->text[kind];
	int rc = 0;

	if (text->len > 0 && text->len + b->glob.len > CODE_TEXT_BYTES)
		rc = flush_kind(b, kind);
	if (rc == 0 && text->len > 0)
		rc = buf_add(text, SPAN_LIT("|"));
	return rc < 0 ? rc : buf_add(text, buf_span(&b->glob));
}

static int
add_line(struct build *b, const struct ignore_line *line)
{
	struct ignore_rule rule;
	int rc = ERR_GRAMMAR;

	buf_clear(&b->glob);
	if (b->rules->rules.n < RULES_MAX &&
	    line->whole.len <= IGNORE_LINE_BYTES)
		rc = ignore_glob(line->glob, &b->glob);
	if (rc == ERR_GRAMMAR || rc == ERR_LIMIT) {
		b->bad++;
		return 0;
	}
	if (rc == 0)
		rc = want_run(b, line->negate);
	if (rc == 0)
		rc = keep(b->rules, line->whole, &rule.at, &rule.len);
	if (rc == 0)
		rc = VEC_PUSH(&b->rules->rules, rule);
	return rc < 0 ? rc : add_glob(b, kind_of(line));
}

static int
add_source(
    struct build *b, struct span dir, struct span text, const char *label)
{
	struct ignore_from source = {.label = label};
	struct ignore_line line;
	int rc;

	rc = keep(b->rules, dir, &source.dir_at, &source.dir_len);
	if (rc == 0)
		rc = VEC_PUSH(&b->rules->sources, source);
	while (rc == 0 && ignore_line(&text, &line))
		rc = add_line(b, &line);
	return rc < 0 ? rc : end_run(b);
}

static int
build_all(struct build *b, const struct ignore_source *sources, size_t n,
    struct span own)
{
	static const struct span root;
	int rc = add_source(b, root, ignore_builtin(), "the built-in list");

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = add_source(b, sources[i].dir, sources[i].text, NULL);
	if (rc == 0)
		rc = add_source(b, root, own, "this machine's configuration");
	return rc;
}

int
ignore_new(const struct ignore_source *sources, size_t n, struct span own,
    size_t *out_bad, struct ignore_rules **out_rules)
{
	struct build b = {.rules = calloc(1, sizeof *b.rules)};
	int rc;

	if (b.rules == NULL)
		return -ENOMEM;
	atomic_init(&b.rules->refs, 1);
	buf_init(&b.rules->texts, TEXT_BYTES_MAX);
	buf_init(&b.glob, IGNORE_GLOB_BYTES);
	for (int i = 0; i < CODE_KINDS; i++)
		buf_init(&b.text[i], CODE_TEXT_BYTES + IGNORE_GLOB_BYTES);
	b.rules->limits = pcre2_match_context_create(NULL);
	rc = b.rules->limits == NULL ? -ENOMEM : 0;
	if (rc == 0) {
		pcre2_set_match_limit(b.rules->limits, MATCH_STEPS);
		rc = build_all(&b, sources, n, own);
	}
	for (int i = 0; i < CODE_KINDS; i++)
		buf_release(&b.text[i]);
	buf_release(&b.glob);
	if (rc < 0) {
		ignore_unref(b.rules);
		return rc;
	}
	*out_bad = b.bad;
	*out_rules = b.rules;
	return 0;
}
