/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/host/host_uv.h"
#include "tests/daemon/index/index_world.h"

/* Deep and wide enough for swaps of kinds at every level. */
static const char *const paths[] = {"a", "a/b", "a/b/c", "a/b/c/d", "a/b/e",
    "a/f", "g", "g/h", "g/h/i", "g-", "g/\x01", "j", "a/b/c/d/k", "l/m/n/o"};

size_t
world_n_paths(void)
{
	return sizeof paths / sizeof paths[0];
}

const char *
world_path_at(size_t i)
{
	return paths[i];
}

const char *
world_path(struct world *w)
{
	return paths[world_random(w, world_n_paths())];
}

/* ---- a host that fails --------------------------------------------------- */

static int
fails(struct world *w)
{
	if (!w->armed || --w->until > 0)
		return 0;
	if (!w->forever)
		w->armed = false;
	return w->err;
}

static int
w_open(void *self, int dir, const char *name, int flags, int *out_fd)
{
	struct world *w = self;
	int rc = fails(w);

	return rc != 0 ? rc : host_open(w->real, dir, name, flags, out_fd);
}

static void
w_close(void *self, int fd)
{
	host_close(((struct world *)self)->real, fd);
}

static int
w_stat_at(void *self, int dir, const char *name, struct host_stat *out)
{
	struct world *w = self;
	int rc = fails(w);

	return rc != 0 ? rc : host_stat_at(w->real, dir, name, out);
}

static int
w_stat_fd(void *self, int fd, struct host_stat *out)
{
	struct world *w = self;
	int rc = fails(w);

	return rc != 0 ? rc : host_stat_fd(w->real, fd, out);
}

static int64_t
w_read_at(void *self, int fd, void *p, size_t len, uint64_t at)
{
	struct world *w = self;
	int rc = fails(w);

	return rc != 0 ? rc : host_read_at(w->real, fd, p, len, at);
}

/* A failing write may have written some. */
static int
w_write_at(void *self, int fd, const void *p, size_t len, uint64_t at)
{
	struct world *w = self;
	int rc = fails(w);

	if (rc == 0 || (w->forever && w->until < 0))
		return rc != 0 ? rc : host_write_at(w->real, fd, p, len, at);
	ok(host_write_at(w->real, fd, p, len / 2, at));
	return rc;
}

static int
w_truncate(void *self, int fd, uint64_t size)
{
	struct world *w = self;
	int rc = fails(w);

	return rc != 0 ? rc : host_truncate(w->real, fd, size);
}

static int
w_sync(void *self, int fd)
{
	(void)fd; /* tests do not cut the power */
	return fails(self);
}

static int
w_unlink(void *self, int dir, const char *name)
{
	struct world *w = self;
	int rc = fails(w);

	return rc != 0 ? rc : host_unlink(w->real, dir, name);
}

static int
w_rename(void *self, int from_dir, const char *from, int to_dir, const char *to,
    enum host_rename_how how)
{
	struct world *w = self;
	int rc = fails(w);

	return rc != 0 ? rc
		       : host_rename(w->real, from_dir, from, to_dir, to, how);
}

static int
w_lock(void *self, int fd)
{
	struct world *w = self;
	int rc = fails(w);

	return rc != 0 ? rc : host_lock(w->real, fd);
}

static int64_t
w_now_ns(void *self)
{
	(void)self;
	return INT64_C(1763790976000000000);
}

static void
w_random(void *self, void *p, size_t len)
{
	struct world *w = self;

	for (size_t i = 0; i < len; i++)
		((uint8_t *)p)[i] = (uint8_t)world_random(w, 256);
}

/* ---- the folder ---------------------------------------------------------- */

void
world_begin(struct world *w, uint64_t seed)
{
	memset(w, 0, sizeof *w);
	w->seed = seed;
	ok(host_uv_new(&w->real));
	/* what the index has no business with is left out on purpose */
	w->ops = (struct host_ops){
	    .open = w_open,
	    .close = w_close,
	    .stat_at = w_stat_at,
	    .stat_fd = w_stat_fd,
	    .read_at = w_read_at,
	    .write_at = w_write_at,
	    .truncate = w_truncate,
	    .sync = w_sync,
	    .unlink = w_unlink,
	    .rename = w_rename,
	    .lock = w_lock,
	    .now_ns = w_now_ns,
	    .random = w_random,
	};
	w->host = (struct host){.ops = &w->ops, .self = w};
	run_temp_dir("index", w->path);
	ok(host_open_root(w->real, w->path, 0, &w->dir));
}

void
world_end(struct world *w)
{
	struct host_list list;

	world_close(w);
	host_list_init(&list);
	ok(host_list(w->real, w->dir, &list));
	for (size_t i = 0; i < list.v.n; i++)
		ok(host_unlink(w->real, w->dir, host_list_name(&list, i)));
	host_list_release(&list);
	host_close(w->real, w->dir);
	host_uv_free(w->real);
	ok(rmdir(w->path));
}

void
world_open(struct world *w)
{
	ok(index_open(&w->host, w->dir, INDEX_CREATE, &w->ix));
}

void
world_close(struct world *w)
{
	index_close(w->ix);
	w->ix = NULL;
}

void
world_crash(struct world *w)
{
	w->armed = true;
	w->forever = true;
	w->until = 0;
	w->err = -EIO;
	world_close(w);
	w->armed = false;
}

uint64_t
world_random(struct world *w, uint64_t below)
{
	w->seed = w->seed * UINT64_C(6364136223846793005) +
		  UINT64_C(1442695040888963407);
	return (w->seed >> 33) % below;
}

/* ---- entries ------------------------------------------------------------- */

struct name
world_name(unsigned n)
{
	struct name name;

	memset(name.b, (int)n, sizeof name.b);
	return name;
}

struct version *
world_version(struct world *w, const char *path, int kind, struct dot dot)
{
	static const char *const targets[] = {"x", "../y", "a longer target"};
	struct name deleted = world_name((unsigned)world_random(w, 4) + 1);
	struct version d = {
	    .path = span_str(path), .kind = (enum kind)kind, .dot = dot};
	struct version *v;

	memset(d.device, 7, sizeof d.device);
	ok(vector_raise(&d.vector, dot));
	if (kind == KIND_FILE || kind == KIND_DIR)
		d.bits = (uint16_t)world_random(w, 01000);
	if (kind == KIND_FILE) {
		d.content = world_name((unsigned)world_random(w, 8) + 1);
		d.size = world_random(w, 2) ? 100 : 100000;
		d.copy = world_random(w, 8) == 0;
	}
	if (kind == KIND_FILE || kind == KIND_SYMLINK)
		d.mtime_ns = (int64_t)world_random(w, 5);
	if (kind == KIND_SYMLINK)
		d.target = span_str(targets[world_random(w, 3)]);
	if (kind == KIND_GONE) {
		d.deleted = &deleted;
		d.n_deleted = world_random(w, 2);
	}
	ok(version_new(&d, &v));
	vector_release(&d.vector);
	return v;
}

struct observation
world_observation(struct world *w, const struct version *v)
{
	static const int kinds[] = {
	    KIND_NONE, KIND_FILE, KIND_DIR, KIND_SYMLINK, KIND_OPAQUE};
	struct observation o = {0};

	o.kind = v == NULL ? kinds[world_random(w, 5)] : (int)v->kind;
	if (o.kind == KIND_NONE || o.kind == KIND_GONE) {
		o.kind = KIND_NONE;
		return o;
	}
	o.ino = world_random(w, 1000) + 1;
	o.ctime_ns = (int64_t)world_random(w, 1000) - 500;
	o.racy = world_random(w, 4) == 0;
	if (o.kind == KIND_OPAQUE)
		return o;
	o.bits = v == NULL ? (uint16_t)world_random(w, 01000) : v->bits;
	o.mtime_ns = v == NULL ? (int64_t)world_random(w, 5) : v->mtime_ns;
	o.size = v == NULL ? world_random(w, 200) : v->size;
	o.zeros = o.kind == KIND_FILE && world_random(w, 4) == 0;
	o.meta.looked = world_random(w, 4) == 0
			    ? (uint8_t)world_random(w, META_ALL + 1)
			    : 0;
	for (int i = 0; i < META_CLASSES; i++)
		if ((o.meta.looked & 1U << i) != 0)
			o.meta.sums[i] = world_random(w, 3);
	if (o.kind == KIND_DIR)
		name_dir(&o.content);
	else
		o.content = v == NULL
				? world_name((unsigned)world_random(w, 8) + 1)
				: v->content;
	return o;
}

static void
set_agreement(struct agreement *a, const struct version *v)
{
	version_free(a->version);
	a->version = NULL;
	a->present = true;
	if (v != NULL)
		ok(version_copy(v, &a->version));
}

/* A new version: half of the time one that covers all others. */
static void
mutate_known(struct world *w, const char *path, struct entry *e)
{
	int kind = KIND_FILE + (int)world_random(w, 4);
	struct dot dot = {
	    world_random(w, 3) == 0 ? UINT64_MAX - 1 : 5, (w->seed >> 20) + 1};
	struct version *v = world_version(w, path, kind, dot);
	bool is_new;

	if (world_random(w, 2) == 0) {
		struct version d = *v, *covering;
		d.vector = (struct vector){0};
		ok(vector_copy(&v->vector, &d.vector));
		VEC_EACH (&e->known.v, it)
			ok(vector_join(&d.vector, &(*it)->vector));
		if (vector_get(&d.vector, dot.replica) == dot.counter) {
			ok(version_new(&d, &covering));
			version_free(v);
			v = covering;
		}
		vector_release(&d.vector);
	}
	ok(version_set_add(&e->known, v, NULL, &is_new));
}

/* As after applying: disk and base are what is wanted. */
static void
mutate_settle(struct world *w, struct entry *e)
{
	bool derived;
	const struct version *wanted = entry_wanted(e, &derived);

	e->intent.present = false;
	version_free(e->intent.version);
	e->intent.version = NULL;
	e->absent_since_ns = 0;
	e->suspect = false;
	if (wanted == NULL && !derived) {
		version_free(e->base.version);
		memset(&e->base, 0, sizeof e->base);
		memset(&e->disk, 0, sizeof e->disk);
		return;
	}
	e->disk = world_observation(w, wanted);
	if (derived) {
		e->disk.kind = KIND_DIR;
		name_dir(&e->disk.content);
	}
	set_agreement(&e->base, wanted);
	e->base.seen = e->disk;
	e->base.era = world_random(w, 2) * world_random(w, 300);
}

void
world_mutate(struct world *w, const char *path, struct entry *e)
{
	bool derived;

	ok(index_load(w->ix, span_str(path), e));
	switch (world_random(w, 8)) {
	case 0:
	case 1:
	case 2:
		mutate_known(w, path, e);
		break;
	case 3:
	case 4:
		mutate_settle(w, e);
		break;
	case 5:
		e->disk = world_observation(w, NULL);
		e->absent_since_ns =
		    e->disk.kind == KIND_NONE ? (int64_t)world_random(w, 2) : 0;
		e->suspect = e->base.present && world_random(w, 2) == 0;
		break;
	case 6:
		set_agreement(&e->intent, entry_wanted(e, &derived));
		break;
	default: /* forgotten */
		entry_release(e);
		ok(buf_add(&e->path, span_str(path)));
		break;
	}
	ok(index_store(w->ix, e, (unsigned)world_random(w, 3)));
}

/* ---- comparing ----------------------------------------------------------- */

static void
assert_observation_equal(
    const struct observation *a, const struct observation *b)
{
	ck_assert_int_eq(a->kind, b->kind);
	ck_assert_int_eq(a->racy, b->racy);
	ck_assert_int_eq(a->zeros, b->zeros);
	ck_assert_int_eq(a->bits, b->bits);
	ck_assert_uint_eq(a->size, b->size);
	ck_assert_int_eq(a->mtime_ns, b->mtime_ns);
	ck_assert_int_eq(a->ctime_ns, b->ctime_ns);
	ck_assert_uint_eq(a->ino, b->ino);
	ck_assert(name_equal(&a->content, &b->content));
	ck_assert(meta_seen_equal(&a->meta, &b->meta));
}

static void
assert_version_equal(const struct version *a, const struct version *b)
{
	ck_assert_int_eq(a == NULL, b == NULL);
	if (a != NULL)
		ck_assert(span_equal(a->record, b->record));
}

void
assert_entry_equal(const struct entry *a, const struct entry *b)
{
	ck_assert(span_equal(entry_path(a), entry_path(b)));
	assert_observation_equal(&a->disk, &b->disk);
	ck_assert_int_eq(a->base.present, b->base.present);
	assert_version_equal(a->base.version, b->base.version);
	ck_assert_uint_eq(a->base.era, b->base.era);
	ck_assert_int_eq(a->suspect, b->suspect);
	if (a->base.present)
		assert_observation_equal(&a->base.seen, &b->base.seen);
	ck_assert_int_eq(a->intent.present, b->intent.present);
	assert_version_equal(a->intent.version, b->intent.version);
	ck_assert_uint_eq(a->known.v.n, b->known.v.n);
	for (size_t i = 0; i < a->known.v.n; i++)
		assert_version_equal(a->known.v.items[i], b->known.v.items[i]);
	ck_assert_int_eq(a->child_alive, b->child_alive);
	ck_assert_int_eq(a->absent_since_ns, b->absent_since_ns);
}

static void
dump_version(const struct version *v, struct buf *out)
{
	if (v != NULL)
		ok(buf_add(out, v->record));
	ok(buf_add(out, SPAN_LIT(";")));
}

static void
dump_observation(const struct observation *o, struct buf *out)
{
	ok(buf_addf(out, "%d %d %d %lu %ld %ld %lu %d|", o->kind, o->racy,
	    o->bits, (unsigned long)o->size, (long)o->mtime_ns,
	    (long)o->ctime_ns, (unsigned long)o->ino, o->content.b[0]));
}

void
world_dump(struct world *w, struct buf *out)
{
	struct index_figures f;
	struct entry e;

	buf_clear(out);
	index_figures(w->ix, &f);
	ok(buf_addf(out, "%lx %ld %lu %lu %lu %lu %lu\n",
	    (unsigned long)index_replica(w->ix),
	    (long)index_last_arrival(w->ix), (unsigned long)f.files,
	    (unsigned long)f.dirs, (unsigned long)f.bytes,
	    (unsigned long)f.open, (unsigned long)f.disk_files));
	VEC_EACH (&index_knowledge(w->ix)->v, it)
		ok(buf_addf(out, "%lx:%lu ", (unsigned long)it->replica,
		    (unsigned long)it->counter));
	entry_init(&e);
	for (size_t i = 0; i < world_n_paths(); i++) {
		ok(index_load(w->ix, span_str(world_path_at(i)), &e));
		ok(buf_addf(out, "\n%s %d", world_path_at(i), e.child_alive));
		dump_observation(&e.disk, out);
		dump_version(e.base.version, out);
		dump_observation(&e.base.seen, out);
		dump_version(e.intent.version, out);
		VEC_EACH (&e.known.v, it)
			dump_version(*it, out);
	}
	entry_release(&e);
}
