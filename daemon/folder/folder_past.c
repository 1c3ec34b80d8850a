/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kept versions: what was superseded here lies in .tutti/versions for a time
 * and up to a size, the oldest going first. folder_kept.c fills it.
 *
 * Age is told by a clock of the folder's own. The wall clock may be wrong by
 * years and jump (LESSONS 27), and no jump of it may throw everything away:
 * so between two readings of it a day at most counts.
 */
#include "daemon/folder/folder_internal.h"

#include <errno.h>
#include <string.h>

#include "proto/base/path.h"

#define SECOND_NS (1000 * NS_PER_MS)
#define DAY_NS (24 * 3600 * SECOND_NS)
#define SOON_NS (60 * SECOND_NS)

/* Seconds tried for a name that is free: so many in turn, then ever fewer. */
enum { NAME_TRIES = 60, NAME_SECONDS = 32 };

static const char clock_fact[] = "past_clock";

/* ---- the clock ----------------------------------------------------------- */

int64_t
folder_past_age(struct folder *f)
{
	int64_t now = host_now_ns(f->host);
	int64_t step = now - f->past_wall_ns;

	if (step > 0)
		f->past_age_ns += step < DAY_NS ? step : DAY_NS;
	f->past_wall_ns = now;
	return f->past_age_ns;
}

int
folder_past_store_age(struct folder *f)
{
	struct wire_writer w;
	struct buf value;
	int rc;

	buf_init(&value, 64);
	w = wire_writer_of(&value);
	wire_put_u64(&w, (uint64_t)f->past_age_ns);
	wire_put_u64(&w, (uint64_t)f->past_wall_ns);
	rc = wire_writer_end(&w);
	if (rc == 0)
		rc = index_fact_put(f->index, clock_fact, buf_span(&value));
	buf_release(&value);
	return rc;
}

int
folder_past_open(struct folder *f)
{
	struct wire_reader in;
	struct buf value;
	int rc;

	f->past_wall_ns = host_now_ns(f->host);
	buf_init(&value, 64);
	rc = index_fact_get(f->index, clock_fact, &value);
	if (rc == 0) {
		in = wire_reader_of(buf_span(&value));
		f->past_age_ns = (int64_t)wire_u64(&in);
		f->past_wall_ns = (int64_t)wire_u64(&in);
		rc = wire_end(&in) < 0 ? ERR_CORRUPT : 0;
	}
	buf_release(&value);
	folder_past_later(f, SOON_NS);
	return rc == ERR_NOTFOUND ? 0 : rc;
}

/* ---- in ------------------------------------------------------------------ */

/* A name that no kept version has; its time is moved on if need be. */
static int
find_name(struct folder *f, struct index_past *p)
{
	int64_t step_ns = SECOND_NS;
	int rc = 1;

	for (int i = 0; rc == 1 && i < NAME_TRIES; i++) {
		rc =
		    index_past_taken(f->index, buf_span(&p->path), p->until_ns);
		p->until_ns += rc == 1 ? step_ns : 0;
		step_ns *= i < NAME_SECONDS ? 1 : 2;
	}
	return rc < 0 ? rc
		      : apply_kept_name(buf_span(&p->path), p->until_ns,
			    f->past_flat, &p->name);
}

int
folder_past_stands(struct folder *f, const struct name *content)
{
	struct path_list paths;
	int rc;

	path_list_init(&paths);
	rc = index_find_content(f->index, content, 1, &paths);
	if (rc == 0)
		rc = paths.v.n > 0;
	path_list_release(&paths);
	return rc;
}

int
folder_past_expect(
    struct folder *f, const struct index_kept *k, struct buf *out_name)
{
	static const struct name unknown;
	struct index_past p;
	int rc;

	/* Of unknown content it is a user's edit, and returns. */
	if (f->versions_ns == 0 || name_equal(&k->content, &unknown))
		return 0;
	index_past_init(&p);
	p.id = k->id;
	p.state = PAST_EXPECTED;
	p.content = k->content;
	p.until_ns = k->since_ns;
	p.age_ns = folder_past_age(f);
	p.who = k->who;
	rc = buf_add(&p.path, buf_span(&k->path));
	if (rc == 0)
		rc = folder_past_stands(f, &k->content);
	if (rc == 0)
		rc = find_name(f, &p);
	if (rc >= 0)
		rc = index_past_put(f->index, &p);
	if (rc == 0)
		rc = buf_add(out_name, buf_span(&p.name));
	index_past_release(&p);
	return rc;
}

int
folder_past_settle(struct folder *f, int64_t id, enum index_past_state state,
    const struct host_stat *st)
{
	struct index_past p;
	int rc;

	index_past_init(&p);
	rc = index_past_get(f->index, id, &p);
	p.state = state;
	p.kind = st->links > 0 ? st->kind : KIND_FILE;
	p.size = st->kind == KIND_SYMLINK ? 0 : st->size;
	p.mtime_ns = st->mtime_ns;
	p.bits = st->bits & 0777;
	if (state == PAST_NOTED)
		buf_clear(&p.name);
	if (rc == 0)
		rc = index_past_put(f->index, &p);
	index_past_release(&p);
	return rc == ERR_NOTFOUND ? 0 : rc;
}

/* A stat of a kept version's file. */
static int
stat_kept(struct folder *f, struct span kept, struct host_stat *out)
{
	struct span last = path_name(kept);
	char name[LIMIT_NAME_BYTES + 1];
	int dir, rc;

	if (last.len == 0 || last.len >= sizeof name)
		return -ENOENT;
	memcpy(name, last.p, last.len);
	name[last.len] = 0;
	rc = host_open_below(
	    f->host, f->place.versions, path_parent(kept), &dir);
	if (rc < 0)
		return rc;
	rc = host_stat_at(f->host, dir, name, out);
	host_close(f->host, dir);
	return rc;
}

int
folder_past_check(struct folder *f, int64_t id)
{
	struct host_stat st = {0};
	struct index_past p;
	int rc;

	index_past_init(&p);
	rc = index_past_get(f->index, id, &p);
	if (rc == 0)
		rc = stat_kept(f, buf_span(&p.name), &st);
	index_past_release(&p);
	if (rc == -ENOENT || rc == -ENOTDIR || rc == -ELOOP)
		return folder_past_settle(f, id, PAST_NOTED, &st);
	return rc < 0 ? rc : folder_past_settle(f, id, PAST_FILE, &st);
}
