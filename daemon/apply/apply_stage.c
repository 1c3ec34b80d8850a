/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One stage job. What it makes is checked, has its bits and times, and is on
 * disk when the job ends; a file of which any of that cannot be said is
 * removed.
 */
#include "daemon/apply/apply_internal.h"

#include <errno.h>
#include <string.h>

#include "daemon/chunk/chunk.h"
#include "proto/base/path.h"

void
stage_job_release(struct stage_job *job)
{
	VEC_EACH (&job->items, it) {
		buf_release(&it->bytes);
		buf_release(&it->from);
		VEC_RELEASE(&it->pieces);
		VEC_RELEASE(&it->failed);
	}
	VEC_RELEASE(&job->items);
}

int
apply_open_parent(const struct host *h, int root, struct span path,
    int *out_dir, char out_name[static APPLY_NAME_SIZE])
{
	struct span name = path_name(path);

	if (name.len >= APPLY_NAME_SIZE)
		return -ENAMETOOLONG;
	memcpy(out_name, name.p, name.len);
	out_name[name.len] = '\0';
	return host_open_below(h, root, path_parent(path), out_dir);
}

int
apply_stage_create(struct apply_stager *s, int64_t id, int *out_fd)
{
	int flags = HOST_READ | HOST_WRITE | HOST_CREATE | HOST_EXCL;
	char name[APPLY_NAME_SIZE];
	int rc;

	apply_name(id, name);
	rc = host_open(s->h, s->place->stage, name, flags, out_fd);
	if (rc != -EEXIST)
		return rc;
	rc = host_unlink(s->h, s->place->stage, name);
	return rc < 0 ? rc
		      : host_open(s->h, s->place->stage, name, flags, out_fd);
}

static void
discard(struct apply_stager *s, const struct stage_item *it)
{
	char name[APPLY_NAME_SIZE];

	apply_name(it->id, name);
	/* What cannot be removed goes when stage is emptied. */
	(void)!host_unlink(s->h, s->place->stage, name);
}

/* Bits and times last, then it only waits for the sync. Takes fd if 0. */
static int
finish(struct apply_stager *s, const struct stage_item *it, int fd)
{
	int rc = host_set_bits(s->h, fd, it->bits);

	if (rc == 0)
		rc = host_set_mtime(s->h, fd, it->mtime_ns);
	if (rc == 0)
		apply_sync_add(s->h, &s->sync, fd, (uint64_t)it->id);
	return rc;
}

static int
check_bytes(const struct stage_item *it)
{
	struct chunk_list list;
	struct name name;
	int rc;

	if (it->bytes.len != it->size)
		return ERR_MISMATCH;
	chunks_init(&list);
	rc = chunk_all(buf_span(&it->bytes), &list, &name);
	chunks_release(&list);
	if (rc < 0)
		return rc;
	return name_equal(&name, &it->content) ? 0 : ERR_MISMATCH;
}

static int
fill(struct apply_stager *s, const struct stage_item *it, int fd)
{
	if (it->what == STAGE_COPY)
		return apply_stage_copy(s, it, fd);
	return host_write_at(s->h, fd, it->bytes.p, it->bytes.len, 0);
}

static int
stage_new(struct apply_stager *s, const struct stage_item *it)
{
	int fd = -1;
	int rc = it->what == STAGE_WHOLE ? check_bytes(it) : 0;

	if (rc == 0)
		rc = apply_stage_create(s, it->id, &fd);
	if (rc < 0)
		return rc;
	rc = fill(s, it, fd);
	if (rc == 0)
		rc = finish(s, it, fd);
	if (rc < 0) {
		host_close(s->h, fd);
		discard(s, it);
	}
	return rc;
}

static int
stage_finish(struct apply_stager *s, const struct stage_item *it)
{
	char name[APPLY_NAME_SIZE];
	struct host_stat st;
	int fd = -1;
	int rc;

	apply_name(it->id, name);
	rc =
	    host_open(s->h, s->place->stage, name, HOST_READ | HOST_WRITE, &fd);
	if (rc < 0)
		return rc;
	rc = host_stat_fd(s->h, fd, &st);
	if (rc == 0 && st.size < it->size)
		rc = ERR_MISMATCH; /* chunks are missing */
	if (rc == 0 && st.size > it->size)
		rc = host_truncate(s->h, fd, it->size);
	if (rc == 0)
		rc = finish(s, it, fd);
	if (rc < 0)
		host_close(s->h, fd);
	return rc;
}

static int
stage_one(struct apply_stager *s, struct stage_item *it)
{
	switch (it->what) {
	case STAGE_WHOLE:
	case STAGE_COPY:
		return stage_new(s, it);
	case STAGE_PIECES:
		return apply_stage_pieces(s, it);
	case STAGE_FINISH:
		return stage_finish(s, it);
	}
	return -EINVAL;
}

/* After a failed sync nobody knows what is on disk (LESSONS 23). */
static void
distrust(struct apply_stager *s, struct stage_job *job)
{
	VEC_EACH (&job->items, it) {
		if (it->what == STAGE_PIECES)
			continue;
		if (it->rc == 0) {
			it->rc = job->rc;
			discard(s, it);
		}
	}
}

void
stage_run(void *arg)
{
	struct stage_job *job = arg;
	struct apply_stager s = {.h = job->place.host, .place = &job->place};

	VEC_EACH (&job->items, it)
		it->rc = stage_one(&s, it);
	job->rc = apply_sync_all(s.h, &s.sync, job->place.stage);
	if (job->rc < 0)
		distrust(&s, job);
}
