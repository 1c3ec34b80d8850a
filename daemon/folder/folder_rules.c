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

bool
folder_ignores(const struct folder *f, const struct entry *e)
{
	return ignore_match(f->rules, entry_path(e),
	    e->disk.kind == KIND_DIR || observation_unseen(&e->disk));
}

/* Reads the rules of a directory. Those that cannot be read stay as they were
 * read last, or none: that they are gone only the system can say. */
static int
read_rules(struct folder *f, struct span dir, struct buf *text)
{
	struct buf now;
	int fd, rc;

	buf_init(&now, RULE_BYTES);
	rc = host_open_below(f->host, f->root, dir, &fd);
	if (rc == 0) {
		rc = host_read_file(f->host, fd, rules_name, &now);
		host_close(f->host, fd);
	}
	if (rc == 0 || rc == -ENOENT || rc == -ENOTDIR || rc == -ELOOP) {
		buf_release(text);
		*text = now;
		return 0;
	}
	buf_release(&now);
	if (rc == -ENOMEM)
		return rc;
	log_warn(f->log, "rules_unread", LOG_STR("folder", f->id),
	    LOG_PATH("directory", dir), LOG_ERR("error", rc),
	    LOG_STR("so", "they stay as they were read last"));
	return 0;
}

static int
gather(struct folder *f, struct ignore_source *sources)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < f->rule_dirs.v.n; i++) {
		struct span dir = path_list_get(&f->rule_dirs, i);
		struct buf *text = &f->rule_texts.items[i];

		rc = read_rules(f, dir, text);
		sources[i] = (struct ignore_source){dir, buf_span(text)};
	}
	return rc;
}

static int
rebuild(struct folder *f)
{
	size_t n = f->rule_dirs.v.n, bad = 0;
	struct ignore_source *sources = calloc(n + 1, sizeof *sources);
	struct ignore_rules *rules = NULL;
	int rc = sources == NULL ? -ENOMEM : gather(f, sources);

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
	rc = VEC_GROW(&f->rule_texts);
	if (rc == 0)
		rc = path_list_add(&f->rule_dirs, path);
	if (rc < 0)
		return rc;
	f->rule_texts.items[f->rule_texts.n++] = (struct buf){0};
	return rebuild(f);
}

void
folder_rules_release(struct folder *f)
{
	path_list_release(&f->rule_dirs);
	VEC_EACH (&f->rule_texts, text)
		buf_release(text);
	VEC_RELEASE(&f->rule_texts);
	buf_release(&f->own_rules);
	ignore_unref(f->rules);
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
