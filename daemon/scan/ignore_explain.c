/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/scan/ignore_rules_internal.h"

#include "proto/base/path.h"
#include "proto/base/text.h"

/* Does a line alone match? 1, 0, -ENOMEM. */
static int
line_matches(const struct ignore_rules *rules, struct span text,
    struct span path, bool dir)
{
	struct ignore_line line;
	pcre2_match_data *data = NULL;
	pcre2_code *re = NULL;
	struct buf glob;
	int rc = 0;

	if (!ignore_line(&text, &line) || (line.dir_only && !dir))
		return 0;
	buf_init(&glob, IGNORE_GLOB_BYTES);
	rc = ignore_glob(line.glob, &glob);
	if (rc == 0)
		rc = ignore_compile(buf_span(&glob), &re);
	if (rc == 0 && re != NULL) {
		data = pcre2_match_data_create(1, NULL);
		rc = data == NULL
			 ? -ENOMEM
			 : ignore_code_matches(rules, re,
			       line.base_only ? path_name(path) : path, data);
	}
	pcre2_match_data_free(data);
	pcre2_code_free(re);
	buf_release(&glob);
	return rc;
}

static int
add_words(const struct ignore_rules *rules, const struct ignore_run *run,
    struct span line, struct buf *out)
{
	const struct ignore_from *source = &rules->sources.items[run->source];
	struct span dir = ignore_source_dir(rules, source);
	int rc = buf_add(out, SPAN_LIT("\""));

	if (rc == 0)
		rc = text_escape(out, line);
	if (rc == 0)
		rc = buf_add(out, SPAN_LIT("\" from "));
	if (rc < 0 || source->label != NULL)
		return rc < 0 ? rc : buf_add(out, span_str(source->label));
	rc = text_escape(out, dir);
	if (rc == 0 && dir.len > 0)
		rc = buf_add(out, SPAN_LIT("/"));
	return rc < 0 ? rc : buf_add(out, SPAN_LIT(".tuttiignore"));
}

int
ignore_explain(const struct ignore_rules *rules, struct span path, bool dir,
    struct buf *out, bool *out_ignored)
{
	const struct ignore_run *run = NULL;
	struct span part, seen, line = {NULL, 0};
	int rc = 0;

	if (rules != NULL)
		run = ignore_decide(rules, path, dir, &part);
	*out_ignored = run != NULL && !run->negate;
	if (run == NULL || !ignore_seen_from(rules, run->source, part, &seen))
		return 0;
	for (size_t i = run->rule_to; rc == 0 && i-- > run->rule_from;) {
		const struct ignore_rule *rule = &rules->rules.items[i];

		line = span_of(rules->texts.p + rule->at, rule->len);
		rc =
		    line_matches(rules, line, seen, part.len < path.len || dir);
	}
	return rc < 0 ? rc : add_words(rules, run, line, out);
}
