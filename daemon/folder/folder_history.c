/* SPDX-License-Identifier: Apache-2.0 */
/* All that is known of a path: its versions, and what was superseded here. */
#include "daemon/folder/folder_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "proto/base/path.h"

enum { HISTORY_STEP = 1024 }; /* superseded versions told at once */

struct teller {
	struct folder *folder;
	folder_version_cb *cb;
	void *arg;
	int64_t until_ns; /* of the one before, of the same path */
	struct buf path; /* of that */
	size_t told;
};

/* Is the content of a file or link on this disk? */
static int
is_here(struct folder *f, const struct name *content, int kind, uint64_t size)
{
	struct path_list paths;
	int64_t id;
	int rc;

	if (kind != KIND_FILE && kind != KIND_SYMLINK)
		return 0;
	if (kind == KIND_FILE && size == 0)
		return 1;
	path_list_init(&paths);
	rc = index_find_content(f->index, content, 1, &paths);
	if (rc == 0)
		rc = paths.v.n > 0;
	path_list_release(&paths);
	if (rc == 0)
		rc = index_kept_find(f->index, content, &id);
	return rc != 0 ? rc : index_past_find(f->index, content, &id);
}

/* ---- what was ------------------------------------------------------------ */

/* What is in quarantine: the rest of it is told by the file itself. */
static int
load_resting(struct folder *f, int64_t id, struct index_past *out)
{
	struct index_kept k = {.id = id};
	struct host_stat st;
	char name[24];
	int rc;

	buf_init(&k.path, LIMIT_PATH_BYTES);
	rc = index_kept_get(f->index, id, &k);
	snprintf(name, sizeof name, "%lld", (long long)id);
	if (rc == 0)
		rc = host_stat_at(f->host, f->place.quarantine, name, &st);
	buf_clear(&out->path);
	buf_clear(&out->name);
	if (rc == 0)
		rc = buf_add(&out->path, buf_span(&k.path));
	buf_release(&k.path);
	if (rc < 0)
		return rc == -ENOENT ? ERR_NOTFOUND : rc;
	out->id = id;
	out->state = PAST_RESTING;
	out->kind = st.kind;
	out->content = k.content;
	out->size = st.kind == KIND_SYMLINK ? 0 : st.size;
	out->mtime_ns = st.mtime_ns;
	out->bits = st.bits & 0777;
	out->until_ns = k.since_ns;
	out->who = k.who;
	return 0;
}

int
folder_past_load(struct folder *f, int64_t id, struct index_past *out)
{
	int rc = index_past_get(f->index, id, out);

	if (rc == ERR_NOTFOUND || (rc == 0 && out->state == PAST_EXPECTED))
		rc = load_resting(f, id, out);
	return rc;
}

int64_t
folder_past_since(const struct index_past *p)
{
	/* A time of its making that lies beyond its end says nothing. */
	return p->mtime_ns <= p->until_ns ? p->mtime_ns : INT64_MIN;
}

/* A time when it stood here: a whole second if there is one. */
static int64_t
time_of(const struct index_past *p, int64_t after_ns)
{
	const int64_t second = 1000 * NS_PER_MS;
	int64_t since = folder_past_since(p), at = p->until_ns - 1;

	if (after_ns > since)
		since = after_ns;
	if (at - at % second >= since)
		at -= at % second;
	return at >= since ? at : 0;
}

static int
tell_past(struct teller *t, const struct index_past *p)
{
	struct folder_version v = {
	    .path = buf_span(&p->path),
	    .kind = p->kind,
	    .size = p->size,
	    .mtime_ns = p->mtime_ns,
	    .until_ns = p->until_ns,
	    .kept = buf_span(&p->name),
	    .who = p->who,
	};
	bool same = span_equal(buf_span(&t->path), v.path);
	int rc = is_here(t->folder, &p->content, p->kind, p->size);

	if (rc < 0)
		return rc;
	v.here = rc > 0;
	v.at_ns = time_of(p, same ? t->until_ns : INT64_MIN);
	t->until_ns = p->until_ns;
	buf_clear(&t->path);
	rc = buf_add(&t->path, v.path);
	t->told++;
	return rc < 0 ? rc : t->cb(t->arg, &v);
}

static int
tell_ids(struct teller *t, const struct id_list *ids)
{
	struct index_past p;
	int rc = 0;

	index_past_init(&p);
	for (size_t i = 0; rc == 0 && i < ids->v.n; i++) {
		rc = folder_past_load(t->folder, ids->v.items[i], &p);
		if (rc == 0)
			rc = tell_past(t, &p);
		rc = rc == ERR_NOTFOUND ? 0 : rc;
	}
	index_past_release(&p);
	return rc;
}

static int
tell_below(
    struct teller *t, const struct folder_range *range, struct buf *out_after)
{
	struct index_past_range below = {.dir = range->path,
	    .after = range->after,
	    .at_ns = INT64_MIN,
	    .n = HISTORY_STEP};
	struct id_list ids = {0};
	int rc = index_past_below(t->folder->index, &below, &ids);

	if (rc == 0)
		rc = tell_ids(t, &ids);
	/* Later ones of the last path may be left out. */
	if (rc == 0 && ids.v.n == HISTORY_STEP)
		rc = buf_add(out_after, buf_span(&t->path));
	VEC_RELEASE(&ids.v);
	return rc;
}

/* ---- what is known ------------------------------------------------------- */

static int
tell_known(struct teller *t, const struct entry *e, const struct version *k)
{
	bool derived;
	struct folder_version v = {
	    .path = entry_path(e),
	    .kind = (int)k->kind,
	    .size = k->size,
	    .mtime_ns = k->mtime_ns,
	    .wanted = k == entry_wanted(e, &derived),
	};
	int rc = is_here(t->folder, &k->content, v.kind, k->size);

	if (rc < 0)
		return rc;
	v.here = rc > 0;
	memcpy(v.who.made.device, k->device, DEVICE_BYTES);
	v.who.made.dot = k->dot;
	t->told++;
	return t->cb(t->arg, &v);
}

static int
tell_itself(struct teller *t, struct span path)
{
	struct id_list ids = {0};
	struct entry e;
	int rc;

	entry_init(&e);
	rc = index_past_at(t->folder->index, path, &ids);
	if (rc == 0)
		rc = tell_ids(t, &ids);
	if (rc == 0)
		rc = index_load(t->folder->index, path, &e);
	for (size_t i = 0; rc == 0 && i < e.known.v.n; i++)
		rc = tell_known(t, &e, e.known.v.items[i]);
	/* A directory of whose children alone something is known. */
	if (rc == 0 && t->told == 0 && (e.disk.kind != KIND_NONE))
		t->told = 1;
	entry_release(&e);
	VEC_RELEASE(&ids.v);
	return rc;
}

int
folder_history(struct folder *f, const struct folder_range *range,
    folder_version_cb *cb, void *arg, struct buf *out_after)
{
	struct teller t = {.folder = f, .cb = cb, .arg = arg};
	int rc = 0;

	buf_clear(out_after);
	buf_init(&t.path, LIMIT_PATH_BYTES);
	if (f->state == FOLDER_FAILED)
		return ERR_BUSY;
	if (range->path.len > 0 && range->after.len == 0)
		rc = tell_itself(&t, range->path);
	if (rc == 0)
		rc = tell_below(&t, range, out_after);
	if (rc == 0 && t.told == 0 && range->path.len > 0 &&
	    range->after.len == 0)
		rc = ERR_NOTFOUND;
	buf_release(&t.path);
	return rc;
}
