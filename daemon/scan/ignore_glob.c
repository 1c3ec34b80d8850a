/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A glob becomes tokens, and these a regular expression that never has to
 * go back further than one star: between two stars the leftmost place that
 * fits leaves most to the rest, so it is final (an atomic group). The same
 * holds for whole segments between two "**". So no pattern, and patterns
 * travel, makes matching slow.
 */
#include "daemon/scan/ignore_internal.h"

#include <string.h>

#include "proto/base/vec.h"

enum what {
	TOKEN_SET, /* one byte of set */
	TOKEN_SLASH,
	TOKEN_STAR, /* any bytes but slashes */
	TOKEN_DEEP, /* a segment "**": any segments, or none */
};

struct token {
	enum what what;
	uint8_t set[32]; /* a bit a byte; never the slash */
};

struct tokens {
	VEC(struct token) v;
};

static void
set_add(uint8_t set[static 32], unsigned from, unsigned to)
{
	for (unsigned c = from; c <= to; c++)
		if (c != '/')
			set[c / 8] |= (uint8_t)(1u << c % 8);
}

static bool
set_has(const uint8_t set[static 32], unsigned c)
{
	return set[c / 8] >> c % 8 & 1;
}

/* ---- reading ------------------------------------------------------------- */

/* The classes of POSIX, as ranges of ASCII. */
static const struct {
	const char *name;
	const char *ranges; /* pairs */
} classes[] = {
    {"alnum", "09AZaz"},
    {"alpha", "AZaz"},
    {"blank", "  \t\t"},
    {"cntrl", "\x01\x1f\x7f\x7f"},
    {"digit", "09"},
    {"graph", "!~"},
    {"lower", "az"},
    {"print", " ~"},
    {"punct", "!/:@[`{~"},
    {"space", "  \t\r"},
    {"upper", "AZ"},
    {"xdigit", "09AFaf"},
};

static int
set_add_class(uint8_t set[static 32], struct span name)
{
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
		const char *r = classes[i].ranges;

		if (!span_equal(name, span_str(classes[i].name)))
			continue;
		for (; *r != '\0'; r += 2)
			set_add(set, (uint8_t)r[0], (uint8_t)r[1]);
		return 0;
	}
	return ERR_GRAMMAR;
}

/*
 * At "[:" in a set: 1 and *at behind a class; 0 when it is none, but plain
 * bytes; ERR_GRAMMAR.
 */
static int
read_class(struct span glob, size_t *at, uint8_t set[static 32])
{
	size_t from = *at + 2;
	const uint8_t *end;
	size_t to;
	int rc;

	if (glob.p[*at] != '[' || from > glob.len || glob.p[*at + 1] != ':')
		return 0;
	end = memchr(glob.p + from, ']', glob.len - from);
	if (end == NULL)
		return ERR_GRAMMAR;
	to = (size_t)(end - glob.p);
	if (to == from || end[-1] != ':')
		return 0;
	rc = set_add_class(set, span_of(glob.p + from, to - 1 - from));
	*at = to + 1;
	return rc < 0 ? rc : 1;
}

/* One byte of a set, or one behind a backslash; -1 at the end. */
static int
read_member(struct span glob, size_t *at)
{
	if (*at < glob.len && glob.p[*at] == '\\')
		++*at;
	return *at < glob.len ? glob.p[(*at)++] : -1;
}

/* A range's end, when a "-" that makes one follows; 0: none; -1. */
static int
read_range_end(struct span glob, size_t *at)
{
	if (*at + 1 >= glob.len || glob.p[*at] != '-' || glob.p[*at + 1] == ']')
		return 0;
	++*at;
	return read_member(glob, at);
}

/* After "[": the set, and *at behind its "]". */
static int
read_set(struct span glob, size_t *at, struct token *t)
{
	bool negate = *at < glob.len && strchr("!^", glob.p[*at]) != NULL;
	size_t first;
	int rc;

	*at += negate;
	first = *at;
	while (*at < glob.len && (glob.p[*at] != ']' || *at == first)) {
		int from, to;

		rc = read_class(glob, at, t->set);
		if (rc < 0)
			return rc;
		if (rc > 0)
			continue;
		from = read_member(glob, at);
		to = from < 0 ? -1 : read_range_end(glob, at);
		if (to < 0)
			return ERR_GRAMMAR;
		set_add(t->set, (unsigned)from, (unsigned)from);
		set_add(t->set, (unsigned)from, (unsigned)to);
	}
	if (*at >= glob.len)
		return ERR_GRAMMAR;
	++*at;
	for (size_t i = 0; negate && i < sizeof t->set; i++)
		t->set[i] = (uint8_t)~t->set[i];
	t->set['/' / 8] &= (uint8_t) ~(1u << '/' % 8);
	return 0;
}

/* Stars: two or more that are a segment go deep. */
static void
read_stars(struct span glob, size_t *at, struct token *t)
{
	size_t from = *at - 1;
	bool starts = from == 0 || glob.p[from - 1] == '/';
	bool ends;

	while (*at < glob.len && glob.p[*at] == '*')
		++*at;
	ends = *at == glob.len || glob.p[*at] == '/' ||
	       (*at + 1 < glob.len && memcmp(glob.p + *at, "\\/", 2) == 0);
	t->what = *at - from > 1 && starts && ends ? TOKEN_DEEP : TOKEN_STAR;
}

static int
read_token(struct span glob, size_t *at, struct token *t)
{
	uint8_t c = glob.p[(*at)++];

	memset(t, 0, sizeof *t);
	if (c == '*') {
		read_stars(glob, at, t);
		return 0;
	}
	if (c == '[')
		return read_set(glob, at, t);
	if (c == '?') {
		set_add(t->set, 0, 255);
		return 0;
	}
	if (c == '\\') {
		if (*at == glob.len)
			return ERR_GRAMMAR;
		c = glob.p[(*at)++];
	}
	t->what = c == '/' ? TOKEN_SLASH : TOKEN_SET;
	set_add(t->set, c, c);
	return 0;
}

/* ---- writing ------------------------------------------------------------- */

static int
put(struct buf *out, const char *text)
{
	return buf_add(out, span_str(text));
}

static int
put_set(struct buf *out, const uint8_t set[static 32])
{
	unsigned n = 0, last = 0;
	int rc;

	for (unsigned c = 0; c < 256; c++)
		if (set_has(set, c)) {
			last = c;
			n++;
		}
	if (n == 0)
		return put(out, "(?!)");
	if (n == 1)
		return buf_addf(out, "\\x%02x", last);
	if (n == 255)
		return put(out, "[^/]");
	rc = put(out, "[");
	for (unsigned from = 0; rc == 0 && from < 256; from++) {
		unsigned to = from;

		if (!set_has(set, from))
			continue;
		while (to < 255 && set_has(set, to + 1))
			to++;
		rc = buf_addf(out, "\\x%02x-\\x%02x", from, to);
		from = to;
	}
	return rc < 0 ? rc : put(out, "]");
}

/* Where, from i on, the next token of a kind is; end when there is none. */
static size_t
next_of(const struct tokens *t, size_t i, size_t end, enum what what)
{
	while (i < end && t->v.items[i].what != what)
		i++;
	return i;
}

/* Bytes and stars of one segment, [i, end). */
static int
put_segment(struct buf *out, const struct tokens *t, size_t i, size_t end)
{
	bool atomic = false;
	int rc = 0;

	for (; rc == 0 && i < end; i++) {
		const struct token *token = &t->v.items[i];

		if (token->what == TOKEN_SET) {
			rc = put_set(out, token->set);
			continue;
		}
		if (atomic)
			rc = put(out, ")");
		atomic = next_of(t, i + 1, end, TOKEN_STAR) < end;
		if (rc == 0 && i + 1 == end)
			rc = put(out, "[^/]*+");
		else if (rc == 0)
			rc = put(out, atomic ? "(?>[^/]*?" : "[^/]*");
	}
	return rc;
}

/* Segments and the slashes between and after them, [i, end). */
static int
put_segments(struct buf *out, const struct tokens *t, size_t i, size_t end)
{
	int rc = 0;

	while (rc == 0 && i < end) {
		size_t slash = next_of(t, i, end, TOKEN_SLASH);

		rc = put_segment(out, t, i, slash);
		if (rc == 0 && slash < end)
			rc = put(out, "/");
		i = slash + 1;
	}
	return rc;
}

static int
put_all(struct buf *out, const struct tokens *t)
{
	size_t n = t->v.n, i = next_of(t, 0, n, TOKEN_DEEP);
	int rc = put_segments(out, t, 0, i);

	while (rc == 0 && i < n) {
		size_t next = next_of(t, i + 1, n, TOKEN_DEEP);

		if (i + 1 == n)
			return put(out, ".+");
		rc = put(out, next < n ? "(?>" : "");
		if (rc == 0)
			rc = put(out, "(?:[^/]*+/)*?");
		if (rc == 0)
			rc = put_segments(out, t, i + 2, next);
		if (rc == 0)
			rc = put(out, next < n ? ")" : "");
		i = next;
	}
	return rc;
}

int
ignore_glob(struct span glob, struct buf *out)
{
	struct tokens tokens = {0};
	size_t at = 0;
	int rc = 0;

	while (rc == 0 && at < glob.len) {
		struct token t;

		rc = read_token(glob, &at, &t);
		if (rc == 0)
			rc = VEC_PUSH(&tokens.v, t);
	}
	if (rc == 0)
		rc = put_all(out, &tokens);
	VEC_RELEASE(&tokens.v);
	return rc;
}
