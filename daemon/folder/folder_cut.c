/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A power cut takes from a disk what was not synced. What Tutti applied was;
 * what a user's program saved may not have been, and was told to the others
 * within milliseconds. So that a file which the cut left empty, torn or gone
 * is not told over their good copies, all that is seen on the disk has an
 * era, a number that counts up; now and then the file system is synced, and
 * the eras before that are durable. After a cut, what base saw in an era that
 * was not is looked at anew, and plan_cut_left says what is the cut's doing.
 */
#include "daemon/folder/folder_internal.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/path.h"

enum { BOOT_ID_BYTES = 16 };

/* What somebody worked on when the power went was mostly changed so lately, by
 * the clock or by how long we ran; and no more than so much of it is read again,
 * so that starting stays quick. */
#define LATELY_NS (INT64_C(24) * 3600 * 1000 * NS_PER_MS)
#define LATELY_BYTES (UINT64_C(1) << 30)

static const char fact[] = "cut";

/* The fact: as struct cut, and how the last process stopped. */
struct memory {
	struct cut cut;
	bool clean;
	uint8_t boot[BOOT_ID_BYTES];
};

/* ---- what is remembered -------------------------------------------------- */

static int
recall(struct folder *f, struct memory *m)
{
	struct wire_reader in;
	struct buf value;
	int64_t day_ago = host_now_ns(f->host) - LATELY_NS;
	int rc;

	*m = (struct memory){.cut.since_ns = {day_ago, day_ago}, .clean = true};
	buf_init(&value, 256);
	rc = index_fact_get(f->index, fact, &value);
	if (rc == 0) {
		in = wire_reader_of(buf_span(&value));
		m->cut.era = wire_u64(&in);
		m->cut.durable = wire_u64(&in);
		m->cut.doubted = wire_u64(&in);
		m->clean = wire_u8(&in) != 0;
		wire_copy(&in, m->boot, sizeof m->boot);
		if (in.len > 0) /* builds before the first release did not */
			m->cut.boot_first_id = (int64_t)wire_u64(&in);
		if (in.len > 0) {
			m->cut.since_ns[0] = (int64_t)wire_u64(&in);
			m->cut.since_ns[1] = (int64_t)wire_u64(&in);
			m->cut.ran_ns = wire_u64(&in);
		}
		rc = wire_end(&in) < 0 ? ERR_CORRUPT : 0;
	}
	buf_release(&value);
	return rc == ERR_NOTFOUND ? 0 : rc;
}

/* A day of running may be more than one of the clock, which may be set. */
static void
count_running(struct folder *f)
{
	int64_t now = host_mono_ns(f->host);

	f->cut.ran_ns += (uint64_t)(now - f->cut.counted_ns);
	f->cut.counted_ns = now;
	if (f->cut.ran_ns < (uint64_t)LATELY_NS)
		return;
	f->cut.since_ns[0] = f->cut.since_ns[1];
	f->cut.since_ns[1] = host_now_ns(f->host);
	f->cut.ran_ns = 0;
}

/* Stores it in the open batch. */
static int
store(struct folder *f, const struct memory *m)
{
	struct wire_writer w;
	struct buf value;
	int rc;

	buf_init(&value, 256);
	w = wire_writer_of(&value);
	wire_put_u64(&w, m->cut.era);
	wire_put_u64(&w, m->cut.durable);
	wire_put_u64(&w, m->cut.doubted);
	wire_put_u8(&w, m->clean);
	wire_put_bytes(&w, span_of(m->boot, sizeof m->boot));
	wire_put_u64(&w, (uint64_t)m->cut.boot_first_id);
	wire_put_u64(&w, (uint64_t)m->cut.since_ns[0]);
	wire_put_u64(&w, (uint64_t)m->cut.since_ns[1]);
	wire_put_u64(&w, m->cut.ran_ns);
	rc = wire_writer_end(&w);
	if (rc == 0)
		rc = index_fact_put(f->index, fact, buf_span(&value));
	buf_release(&value);
	return rc;
}

static int
remember(struct folder *f, bool clean)
{
	struct memory m = {.clean = clean};

	/* Where there is none, each start may follow a cut. */
	(void)!host_boot_id(f->host, m.boot);
	count_running(f);
	m.cut = f->cut;
	return store(f, &m);
}

static int
note_clean(struct folder *f)
{
	int rc = index_begin(f->index);

	if (rc == 0)
		rc = remember(f, true);
	return folder_batch_end(f, rc);
}

static bool
other_boot(struct folder *f, const struct memory *m)
{
	uint8_t boot[BOOT_ID_BYTES];

	return host_boot_id(f->host, boot) < 0 ||
	       memcmp(boot, m->boot, sizeof boot) != 0;
}

/* Lets what was seen be synced in a while. */
static void
sync_later(struct folder *f)
{
	f->unsynced = true;
	f->sync_ns = host_mono_ns(f->host) + SYNC_MS * NS_PER_MS;
	folder_alarm(f, f->sync_ns);
}

int
folder_cut_open(struct folder *f)
{
	struct memory m;
	int rc = recall(f, &m);

	if (rc < 0)
		return rc;
	f->cut = m.cut;
	f->cut.counted_ns = host_mono_ns(f->host);
	f->rebooted = other_boot(f, &m);
	if (!m.clean && f->rebooted) {
		f->cut.doubted = f->cut.era;
		log_warn(f->log, "power_cut", LOG_STR("folder", f->id));
	}
	f->cut.era++;
	sync_later(f);
	rc = index_begin(f->index);
	if (rc == 0 && (f->rebooted || f->cut.boot_first_id == 0))
		rc = index_next_id(f->index, &f->cut.boot_first_id);
	if (rc == 0)
		rc = remember(f, false);
	return folder_batch_end(f, rc);
}

int
folder_cut_unite(struct folder *f)
{
	struct memory m;
	int rc = recall(f, &m);

	m.cut.boot_first_id = 0; /* the start that follows sets it */
	return rc < 0 ? rc : store(f, &m);
}

uint64_t
folder_cut_era(struct folder *f)
{
	if (!f->unsynced)
		sync_later(f);
	return f->cut.era;
}

/* ---- what a look saw ----------------------------------------------------- */

static bool
doubting(const struct folder *f)
{
	return f->cut.doubted > f->cut.durable;
}

bool
folder_cut_doubts(const struct folder *f, const struct entry *e)
{
	return e->base.present && e->base.era > f->cut.durable &&
	       e->base.era <= f->cut.doubted;
}

/* Files are placed one directory after the other: the last one's answer is
 * kept, until the next job's. */
int
folder_cut_lasts(struct folder *f, struct span dir)
{
	struct entry e;
	int rc;

	if (dir.len == 0)
		return 1;
	if (f->lasting_known && span_equal(buf_span(&f->lasting_dir), dir))
		return f->lasting;
	f->lasting_known = false;
	buf_clear(&f->lasting_dir);
	entry_init(&e);
	rc = index_load(f->index, dir, &e);
	if (rc == 0)
		rc = buf_add(&f->lasting_dir, dir);
	f->lasting = e.base.present && e.base.era <= f->cut.durable;
	f->lasting_known = rc == 0;
	entry_release(&e);
	return rc < 0 ? rc : f->lasting;
}

/* Bytes that somebody wrote in place may be on the disk without the times that
 * tell of it. A clock that went back, or was set ahead, says nothing. */
static bool
changed_lately(struct folder *f, const struct observation *disk)
{
	int64_t since = host_now_ns(f->host) - LATELY_NS;

	if (f->cut.since_ns[0] < since)
		since = f->cut.since_ns[0];
	if (!f->rebooted || !f->first_look || disk->kind != KIND_FILE ||
	    disk->ctime_ns <= since ||
	    disk->size > LATELY_BYTES - f->read_again)
		return false;
	f->read_again += disk->size;
	return true;
}

static int
force_doubted(struct folder *f, struct span path, struct index_child *child)
{
	struct entry e;
	int rc;

	entry_init(&e);
	rc = index_load(f->index, path, &e);
	child->force |= rc == 0 && folder_cut_doubts(f, &e);
	entry_release(&e);
	return rc;
}

int
folder_cut_children(
    struct folder *f, struct span dir, struct index_children *children)
{
	struct buf path;
	int rc = 0;

	buf_init(&path, LIMIT_PATH_BYTES);
	VEC_EACH (&children->v, child) {
		struct span name =
		    span_of(children->names.p + child->at, child->len);

		child->force = changed_lately(f, &child->disk);
		if (!doubting(f) || child->force)
			continue;
		buf_clear(&path);
		rc = path_join(&path, dir, name);
		if (rc == 0)
			rc = force_doubted(f, buf_span(&path), child);
		if (rc < 0)
			break;
	}
	buf_release(&path);
	return rc;
}

bool
folder_cut_left(struct folder *f, const struct entry *e,
    const struct observation *now, bool sure)
{
	struct plan_cut cut = {.rebooted = f->rebooted && f->first_look,
	    .first = doubting(f) && f->first_look,
	    .recent = folder_cut_doubts(f, e)};

	/* Nobody else could have a better copy. */
	if (!f->has_peers || !plan_cut_left(e, now, &cut))
		return false;
	/* What is not any more as the cut left it a user changed, whatever his
	 * clock says. */
	if (e->suspect && !f->first_look && now->kind != KIND_NONE)
		return false;
	return now->kind != KIND_NONE || sure; /* an absence rests first */
}

/* ---- syncing ------------------------------------------------------------- */

/* What is seen from here on has a later era, stored before it. */
static int
begin_era(struct folder *f)
{
	int rc = folder_batch(f);

	if (rc < 0)
		return rc;
	f->cut.era++;
	f->unsynced = false;
	return remember(f, false);
}

struct sync {
	struct folder *folder;
	uint64_t era; /* the last before it */
	int rc;
};

static void
run_sync(void *arg)
{
	struct sync *s = arg;

	s->rc = host_sync_fs(s->folder->host, s->folder->root);
}

static void
sync_done(void *arg)
{
	struct sync *s = arg;
	struct folder *f = s->folder;
	int rc = 0;

	f->syncing = false;
	if (folder_takes(f) && s->rc < 0) {
		log_warn(f->log, "not_synced", LOG_STR("folder", f->id),
		    LOG_ERR("error", s->rc));
		sync_later(f);
	} else if (folder_takes(f)) {
		f->cut.durable = s->era;
		rc = folder_batch(f);
		if (rc == 0)
			rc = remember(f, false);
	}
	if (rc < 0)
		folder_fail(f, rc, "note a sync");
	free(s);
	folder_job_done(f);
}

/* Is there something doubted that could not yet be judged? An absence is when
 * it has rested; and nothing is while this memory is new or old. */
static bool
still_doubting(const struct folder *f)
{
	if (!doubting(f))
		return false;
	if (f->first_look || folder_looking(f) || f->rests != NULL ||
	    f->fresh || f->planning || f->again)
		return true;
	for (struct trouble *t = f->troubles; t != NULL; t = t->hh.next)
		if (t->look)
			return true;
	return false;
}

void
folder_cut_due(struct folder *f)
{
	struct sync *s;
	int rc;

	f->sync_ns = INT64_MAX;
	if (f->syncing || still_doubting(f)) {
		sync_later(f);
		return;
	}
	s = calloc(1, sizeof *s);
	if (s == NULL) {
		sync_later(f);
		return;
	}
	*s = (struct sync){f, f->cut.era, 0};
	rc = begin_era(f);
	if (rc == 0)
		rc = folder_job(f, run_sync, sync_done, s);
	if (rc == 0) {
		f->syncing = true;
		return;
	}
	free(s);
	folder_fail(f, rc, "sync");
}

void
folder_cut_stop(struct folder *f)
{
	int rc = 0;

	/* What a job applies now is committed after this. */
	if (f->applying || still_doubting(f))
		return;
	if (f->unsynced || f->syncing)
		rc = host_sync_fs(f->host, f->root);
	if (rc == 0) {
		f->cut.durable = f->cut.era;
		rc = note_clean(f);
	}
	if (rc < 0)
		log_warn(f->log, "stop_not_synced", LOG_STR("folder", f->id),
		    LOG_ERR("error", rc));
}
