/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/scan/ignore_rules_internal.h"

#include <string.h>

#include "proto/base/path.h"

struct ignore_rules *
ignore_ref(struct ignore_rules *rules)
{
	if (rules != NULL)
		atomic_fetch_add(&rules->refs, 1);
	return rules;
}

void
ignore_unref(struct ignore_rules *rules)
{
	if (rules == NULL || atomic_fetch_sub(&rules->refs, 1) > 1)
		return;
	VEC_EACH (&rules->codes, code)
		pcre2_code_free(code->re);
	VEC_RELEASE(&rules->codes);
	VEC_RELEASE(&rules->runs);
	VEC_RELEASE(&rules->rules);
	VEC_RELEASE(&rules->sources);
	buf_release(&rules->texts);
	pcre2_match_context_free(rules->limits);
	free(rules);
}

/*
 * What a match needs lies on the stack of who asks, so that threads share
 * nothing and a look at a name allocates nothing.
 */
struct scratch {
	_Alignas(max_align_t) uint8_t bytes[1024];
	size_t used;
};

static void *
scratch_malloc(size_t size, void *arg)
{
	struct scratch *s = arg;
	size_t align = _Alignof(max_align_t);
	void *p = s->bytes + s->used;

	size = (size + align - 1) / align * align;
	if (size > sizeof s->bytes - s->used)
		return malloc(size);
	s->used += size;
	return p;
}

static void
scratch_free(void *p, void *arg)
{
	struct scratch *s = arg;
	uint8_t *byte = p;

	if (byte < s->bytes || byte >= s->bytes + sizeof s->bytes)
		free(p);
}

/* A path being asked about. */
struct ask {
	struct span path;
	struct span name; /* its last component */
	bool dir;
};

bool
ignore_code_matches(const struct ignore_rules *rules, const pcre2_code *re,
    struct span subject, pcre2_match_data *data)
{
	return pcre2_match(
		   re, subject.p, subject.len, 0, 0, data, rules->limits) >= 0;
}

struct span
ignore_source_dir(
    const struct ignore_rules *rules, const struct ignore_from *source)
{
	return span_of(rules->texts.p + source->dir_at, source->dir_len);
}

bool
ignore_seen_from(const struct ignore_rules *rules, size_t source,
    struct span path, struct span *out)
{
	struct span dir =
	    ignore_source_dir(rules, &rules->sources.items[source]);

	if (!path_below(path, dir))
		return false;
	if (dir.len > 0)
		path = span_of(path.p + dir.len + 1, path.len - dir.len - 1);
	*out = path;
	return true;
}

static bool
run_matches(const struct ignore_rules *rules, const struct ignore_run *run,
    const struct ask *ask, pcre2_match_data *data)
{
	struct span path;

	if (!ignore_seen_from(rules, run->source, ask->path, &path))
		return false;
	for (size_t i = run->code_from; i < run->code_to; i++) {
		const struct ignore_code *code = &rules->codes.items[i];

		if ((ask->dir || !code->dir_only) &&
		    ignore_code_matches(rules, code->re,
			code->base_only ? ask->name : path, data))
			return true;
	}
	return false;
}

/* The run that decides about the path itself, or NULL. */
static const struct ignore_run *
decide(const struct ignore_rules *rules, struct span path, bool dir)
{
	struct ask ask = {path, path_name(path), dir};
	struct scratch scratch = {.used = 0};
	pcre2_general_context *general;
	pcre2_match_data *data;
	const struct ignore_run *found = NULL;

	if (!dir && span_equal(ask.name, SPAN_LIT(".tuttiignore")))
		return NULL; /* it has to reach the others */
	general = pcre2_general_context_create(
	    scratch_malloc, scratch_free, &scratch);
	if (general == NULL)
		return NULL;
	data = pcre2_match_data_create(1, general);
	for (size_t i = rules->runs.n; data && found == NULL && i-- > 0;)
		if (run_matches(rules, &rules->runs.items[i], &ask, data))
			found = &rules->runs.items[i];
	pcre2_match_data_free(data);
	pcre2_general_context_free(general);
	return found;
}

bool
ignore_match_child(const struct ignore_rules *rules, struct span path, bool dir)
{
	const struct ignore_run *run;

	if (rules == NULL || path.len == 0)
		return false;
	run = decide(rules, path, dir);
	return run != NULL && !run->negate;
}

const struct ignore_run *
ignore_decide(const struct ignore_rules *rules, struct span path, bool dir,
    struct span *out_part)
{
	const struct ignore_run *run = NULL;

	for (size_t i = 1; i <= path.len; i++) {
		bool whole = i == path.len;

		if (!whole && path.p[i] != '/')
			continue;
		*out_part = span_of(path.p, i);
		run = decide(rules, *out_part, !whole || dir);
		if (run != NULL && !run->negate)
			break;
	}
	return run;
}

bool
ignore_match(const struct ignore_rules *rules, struct span path, bool dir)
{
	const struct ignore_run *run;
	struct span part;

	if (rules == NULL)
		return false;
	run = ignore_decide(rules, path, dir, &part);
	return run != NULL && !run->negate;
}
