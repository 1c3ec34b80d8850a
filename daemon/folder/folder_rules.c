/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ignore rules in force. A directory's .tuttiignore is read when the
 * directory is about to be looked at, so that no child of it is seen without
 * its rules; all are read again when one of them changes.
 */
#include "daemon/folder/folder_internal.h"

#include <errno.h>
#include <stdlib.h>

#include "proto/base/path.h"

static const char rules_name[] = ".tuttiignore";

/* Rules that travel: at most this many files, each of this many bytes. */
#define RULE_FILES 4096
#define RULE_BYTES (64 << 10)

/* One file's text, or nothing when it is not there or is not to be read. */
static int
read_rules(struct folder *f, int dir, struct buf *out)
{
	int rc = host_read_file(f->host, dir, rules_name, out);

	if (rc < 0 && rc != -ENOENT && rc != -ENOMEM) {
		log_warn(f->log, "rules_unread", LOG_STR("folder", f->id),
		    LOG_ERR("error", rc));
		return 0;
	}
	return rc == -ENOENT ? 0 : rc;
}

/* The texts of all rule files, as sources; *out_texts is given. */
static int
gather(struct folder *f, struct ignore_source *sources, struct buf *texts)
{
	int rc = 0, dir;

	for (size_t i = 0; rc == 0 && i < f->rule_dirs.v.n; i++) {
		struct span path = path_list_get(&f->rule_dirs, i);

		buf_init(&texts[i], RULE_BYTES);
		if (host_open_below(f->host, f->root, path, &dir) == 0) {
			rc = read_rules(f, dir, &texts[i]);
			host_close(f->host, dir);
		}
		sources[i] = (struct ignore_source){path, buf_span(&texts[i])};
	}
	return rc;
}

static int
rebuild(struct folder *f)
{
	size_t n = f->rule_dirs.v.n, bad = 0;
	struct ignore_source *sources = calloc(n + 1, sizeof *sources);
	struct buf *texts = calloc(n + 1, sizeof *texts);
	struct ignore_rules *rules = NULL;
	int rc = sources == NULL || texts == NULL ? -ENOMEM : 0;

	if (rc == 0)
		rc = gather(f, sources, texts);
	if (rc == 0)
		rc = ignore_new(
		    sources, n, buf_span(&f->own_rules), &bad, &rules);
	if (rc == 0) {
		ignore_unref(f->rules);
		f->rules = rules;
		if (bad > 0)
			log_warn(f->log, "rules_not_understood",
			    LOG_STR("folder", f->id), LOG_UINT("lines", bad));
	}
	for (size_t i = 0; texts != NULL && i < n; i++)
		buf_release(&texts[i]);
	free(texts);
	free(sources);
	return rc;
}

static bool
is_known(const struct folder *f, struct span path)
{
	for (size_t i = 0; i < f->rule_dirs.v.n; i++)
		if (span_equal(path_list_get(&f->rule_dirs, i), path))
			return true;
	return false;
}

int
folder_rules_of(struct folder *f, int dir, struct span path)
{
	struct host_stat st;
	int rc;

	if (host_stat_at(f->host, dir, rules_name, &st) < 0 ||
	    st.kind != KIND_FILE || is_known(f, path) ||
	    f->rule_dirs.v.n >= RULE_FILES)
		return f->rules == NULL ? rebuild(f) : 0;
	rc = path_list_add(&f->rule_dirs, path);
	return rc < 0 ? rc : rebuild(f);
}

void
folder_rules_touched(struct folder *f, struct span path)
{
	if (span_equal(path_name(path), span_str(rules_name)))
		f->rules_stale = true;
}

int
folder_rules_changed(struct folder *f)
{
	int rc;

	f->rules_stale = false;
	rc = rebuild(f);
	if (rc == 0)
		rc = folder_dirty(f, span_of(NULL, 0), true, false);
	folder_plan_again(f);
	return rc;
}
