/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/scan/scan_internal.h"

#include <string.h>

#include "daemon/attr/attr.h"

enum { BITS = 0777 };

/* ---- what a stat tells --------------------------------------------------- */

static bool
is_near(int64_t t, int64_t now)
{
	/* Far in the future is as good as the past: whatever changes the file
	 * takes its ctime from the clock, and so changes it. */
	return t > now - SCAN_RACY_NS && t < now + SCAN_RACY_NS;
}

/*
 * What is left out is what means nothing: directories' times move with every
 * child, and of what is opaque nothing is done but to leave it.
 */
void
scan_observe(
    const struct host_stat *st, int64_t now_ns, struct observation *out)
{
	memset(out, 0, sizeof *out);
	out->kind = st->kind;
	if (st->kind == KIND_NONE || st->kind == KIND_OPAQUE)
		return;
	out->bits = st->bits & BITS;
	out->ino = st->ino;
	if (st->kind == KIND_DIR)
		return;
	out->size = st->kind == KIND_FILE ? st->size : 0;
	out->mtime_ns = st->mtime_ns;
	out->ctime_ns = st->ctime_ns;
	out->racy =
	    is_near(st->mtime_ns, now_ns) || is_near(st->ctime_ns, now_ns);
}

/* The clock is read first: what changes after the stat is then not missed. */
int
scan_stat(const struct scan_job *job, struct scan_name *n)
{
	int rc;

	n->now_ns = host_now_ns(job->host);
	rc = host_stat_at(job->host, n->dir, n->name, &n->st);
	if (rc == -ENOENT) {
		memset(&n->st, 0, sizeof n->st);
		n->st.kind = KIND_NONE;
		return 0;
	}
	if (rc == 0 && n->st.dev != job->dev)
		n->st.kind = KIND_OPAQUE;
	return rc;
}

static bool
stat_same(const struct host_stat *a, const struct host_stat *b)
{
	return a->kind == b->kind && a->size == b->size && a->ino == b->ino &&
	       a->dev == b->dev && a->mtime_ns == b->mtime_ns &&
	       a->ctime_ns == b->ctime_ns;
}

static bool
seen_same(const struct observation *a, const struct observation *b)
{
	return a->kind == b->kind && a->racy == b->racy &&
	       a->zeros == b->zeros && a->bits == b->bits &&
	       a->size == b->size && a->mtime_ns == b->mtime_ns &&
	       a->ctime_ns == b->ctime_ns && a->ino == b->ino &&
	       name_equal(&a->content, &b->content) &&
	       meta_seen_equal(&a->meta, &b->meta);
}

/* ---- content ------------------------------------------------------------- */

/*
 * What failing to open or read a name means: it went, it is not for us to
 * read, or it became something else since the stat.
 */
static int
not_opened(int rc, struct scan_result *out)
{
	switch (rc) {
	case -ENOENT:
		out->now.kind = KIND_NONE;
		return 0;
	case -EACCES:
	case -EPERM:
		out->now.kind = KIND_OPAQUE;
		return 0;
	case -ELOOP:
	case -ENODEV:
	case -EINVAL:
	case -EAGAIN: /* somebody's lease would have to be broken */
		return ERR_BUSY;
	default:
		return rc;
	}
}

/* Where no lease says that nobody writes to it, a while without a write has
 * to: a file that is rewritten is empty or torn in between (LESSONS 18). */
static bool
rested(const struct scan_name *n)
{
	return n->first || n->st.mtime_ns <= n->now_ns - SCAN_REST_NS ||
	       n->st.mtime_ns >= n->now_ns + SCAN_REST_NS;
}

/*
 * A read lease is refused while somebody has the file open for writing. It
 * is kept over a short hash, so that nobody begins to write meanwhile.
 */
static int
hash_leased(const struct host *h, int fd, struct scan_name *n,
    struct scan_result *out, struct name *out_name, bool *out_zeros)
{
	int lease = host_lease(h, fd, HOST_LEASE_READ);
	int rc;

	if (lease == -EAGAIN || (lease < 0 && !rested(n)))
		return ERR_BUSY;
	if (lease == 0 && n->st.size > LIMIT_SMALL_FILE_BYTES) {
		(void)!host_lease(h, fd, HOST_LEASE_NONE);
		lease = -EAGAIN;
	}
	n->hashed_bytes = n->st.size;
	rc = scan_hash_page(
	    h, fd, n->st.size, &out->chunks, out_name, out_zeros);
	if (lease == 0)
		(void)!host_lease(h, fd, HOST_LEASE_NONE);
	return rc == ERR_CHANGED ? ERR_BUSY : rc;
}

/* Reads the metadata of what is open, as far as it is carried. */
static int
read_meta(const struct scan_job *job, int fd, struct scan_name *n,
    struct scan_result *out)
{
	struct attr_left left = {0};
	int rc =
	    attr_read(job->host, fd, &n->st, job->metadata, &out->meta, &left);

	n->meta_left = left.classes != 0;
	attr_seen(buf_span(&out->meta), &n->meta);
	out->meta_whole = n->told;
	if (rc == 0 && n->told)
		rc = attr_keep_nobody(job->host, n->base_meta, &out->meta);
	return rc;
}

/* Hashes what is open, if it is what the stat saw and stays so. */
static int
hash_open(const struct scan_job *job, int fd, struct scan_name *n,
    struct scan_result *out)
{
	const struct host *h = job->host;
	struct host_stat st;
	struct name name;
	int64_t now_ns;
	bool zeros;
	int rc = host_stat_fd(h, fd, &st);

	if (rc == 0 && !stat_same(&st, &n->st))
		rc = ERR_BUSY;
	if (rc == 0)
		rc = hash_leased(h, fd, n, out, &name, &zeros);
	if (rc == 0)
		rc = read_meta(job, fd, n, out);
	if (rc < 0)
		return rc;
	now_ns = host_now_ns(h);
	rc = host_stat_fd(h, fd, &st);
	if (rc == 0 && !stat_same(&st, &n->st))
		rc = ERR_BUSY;
	if (rc < 0)
		return rc;
	scan_observe(&st, now_ns, &out->now);
	out->now.content = name;
	out->now.zeros = zeros;
	out->now.meta = n->meta;
	return 0;
}

static int
look_file(
    const struct scan_job *job, struct scan_name *n, struct scan_result *out)
{
	int fd;
	int rc = host_open(job->host, n->dir, n->name, HOST_READ, &fd);

	if (rc < 0)
		return not_opened(rc, out);
	rc = hash_open(job, fd, n, out);
	host_close(job->host, fd);
	return rc;
}

/* Is what is open what the stat saw? A directory's times move with its
 * children. */
static int
check_open(const struct host *h, int fd, const struct scan_name *n)
{
	struct host_stat st;
	int rc = host_stat_fd(h, fd, &st);
	bool same = n->st.kind == KIND_DIR
			? st.kind == KIND_DIR && st.ino == n->st.ino &&
			      st.dev == n->st.dev
			: stat_same(&st, &n->st);

	return rc < 0 || same ? rc : ERR_BUSY;
}

/* The metadata alone, of a directory, or of a file whose content is known.
 * What cannot be opened is as it was known. */
static int
look_meta(
    const struct scan_job *job, struct scan_name *n, struct scan_result *out)
{
	int fd;
	int rc = host_open(job->host, n->dir, n->name, HOST_READ, &fd);

	if (rc == -EACCES || rc == -EPERM)
		return 0;
	if (rc < 0) {
		memset(&out->now, 0, sizeof out->now);
		return not_opened(rc, out);
	}
	rc = check_open(job->host, fd, n);
	if (rc == 0)
		rc = read_meta(job, fd, n, out);
	if (rc == 0)
		rc = check_open(job->host, fd, n);
	host_close(job->host, fd);
	if (rc == 0)
		out->now.meta = n->meta;
	return rc;
}

/* The second stat tells that the text is of the link that was seen. */
static int
look_link(const struct host *h, struct scan_name *n, struct scan_result *out)
{
	struct host_stat st;
	int rc = host_read_link(h, n->dir, n->name, &out->target);

	if (rc < 0)
		return not_opened(rc, out);
	rc = host_stat_at(h, n->dir, n->name, &st);
	if (rc < 0)
		return not_opened(rc, out);
	if (!stat_same(&st, &n->st))
		return ERR_BUSY;
	scan_observe(&st, n->now_ns, &out->now);
	name_symlink(buf_span(&out->target), &out->now.content);
	return 0;
}

/* ---- one name ------------------------------------------------------------ */

/*
 * Directories' times say nothing of the directory itself. That times are near
 * this look does not matter: an edit after the last look, whose times were
 * old enough then, has others. So what was just applied is not hashed.
 */
static bool
unmoved(const struct scan_name *n, const struct observation *now)
{
	struct observation trusted = *now;

	if (n->known == NULL || n->known->kind != now->kind)
		return n->known == NULL && now->kind == KIND_NONE;
	if (now->kind == KIND_NONE || now->kind == KIND_OPAQUE)
		return !observation_unseen(n->known);
	if (n->force)
		return false;
	if (now->kind == KIND_DIR)
		return n->known->bits == now->bits && n->known->ino == now->ino;
	trusted.racy = false;
	return observation_unmoved(n->known, &trusted);
}

/*
 * Has the metadata to be read, though all else is as it was known? A directory
 * shows no change of it; of a file its ctime does, but not what was not looked
 * at then.
 */
static bool
meta_is_due(const struct scan_job *job, const struct scan_name *n)
{
	if (n->known == NULL || job->metadata == 0)
		return false;
	if (n->st.kind == KIND_DIR)
		return true;
	return n->st.kind == KIND_FILE &&
	       (job->metadata & ~n->known->meta.looked) != 0;
}

int
scan_judge(
    const struct scan_job *job, struct scan_name *n, struct scan_result *out)
{
	struct observation now;
	bool again, same;

	scan_observe(&n->st, n->now_ns, &now);
	n->first = job->first;
	out->rc = 0;
	buf_init(&out->target, LIMIT_TARGET_BYTES);
	buf_init(&out->meta, LIMIT_META_BYTES);
	out->meta_whole = false;
	chunks_init(&out->chunks);
	same = unmoved(n, &now);
	if (same) {
		out->now = n->known != NULL ? *n->known : now;
		if (!meta_is_due(job, n))
			return 0;
	} else {
		memset(&out->now, 0, sizeof out->now);
	}
	if (same) {
		out->rc = look_meta(job, n, out);
	} else if (now.kind == KIND_FILE) {
		out->rc = look_file(job, n, out);
	} else if (now.kind == KIND_SYMLINK) {
		out->rc = look_link(job->host, n, out);
	} else {
		out->now = now;
		if (now.kind == KIND_DIR) {
			name_dir(&out->now.content);
			if (job->metadata != 0)
				out->rc = look_meta(job, n, out);
		}
	}
	if (out->rc < 0 || out->now.kind != now.kind) {
		buf_release(&out->target);
		buf_release(&out->meta);
		chunks_release(&out->chunks);
	}
	if (out->rc == -ENOMEM)
		return -ENOMEM;
	again = n->force || out->now.racy; /* the asker waits for an answer */
	if (out->rc < 0 || again)
		return 1;
	if (n->known == NULL)
		return out->now.kind != KIND_NONE;
	if (!seen_same(n->known, &out->now))
		return 1;
	buf_release(&out->target);
	buf_release(&out->meta);
	chunks_release(&out->chunks);
	return 0;
}

int
scan_look(const struct scan_job *job, int dir, const char *name,
    const struct observation *known, struct scan_result *out)
{
	struct scan_name n = {.dir = dir, .name = name};
	int rc;

	if (known != NULL && known->kind != KIND_NONE)
		n.known = known;
	rc = scan_stat(job, &n);
	if (rc < 0) {
		buf_init(&out->target, LIMIT_TARGET_BYTES);
		buf_init(&out->meta, LIMIT_META_BYTES);
		out->meta_whole = false;
		chunks_init(&out->chunks);
		memset(&out->now, 0, sizeof out->now);
		out->rc = rc;
		return 0;
	}
	rc = scan_judge(job, &n, out);
	return rc < 0 ? rc : 0;
}
