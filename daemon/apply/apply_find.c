/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lies in quarantine and among the kept versions, one directory at a
 * time: for a database that is new, or was restored, and does not know it.
 */
#include "daemon/apply/apply_internal.h"

#include <errno.h>
#include <string.h>

#include "proto/base/path.h"

void
find_job_release(struct find_job *job)
{
	VEC_EACH (&job->items, it)
		buf_release(&it->name);
	VEC_RELEASE(&job->items);
	path_list_release(&job->dirs);
	buf_release(&job->dir);
}

static int
name_link(
    const struct host *h, int dir, const char *name, struct name *out_content)
{
	struct buf target;
	int rc;

	buf_init(&target, LIMIT_TARGET_BYTES);
	rc = host_read_link(h, dir, name, &target);
	if (rc == 0)
		name_symlink(buf_span(&target), out_content);
	buf_release(&target);
	return rc;
}

static int
name_file(const struct host *h, int dir, const char *name, struct find_item *it)
{
	int fd, rc = host_open(h, dir, name, HOST_READ, &fd);

	if (rc < 0)
		return rc;
	rc = host_stat_fd(h, fd, &it->st);
	if (rc == 0)
		rc = apply_hash(h, fd, it->st.size, &it->content);
	host_close(h, fd);
	return rc;
}

static int
find_one(struct find_job *job, int dir, const char *name)
{
	const struct host *h = job->place.host;
	struct find_item it = {0};
	int rc = host_stat_at(h, dir, name, &it.st);

	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	buf_init(&it.name, INDEX_PAST_NAME_BYTES);
	rc = path_join(&it.name, buf_span(&job->dir), span_str(name));
	if (rc == 0 && it.st.kind == KIND_DIR) {
		rc = path_list_add(&job->dirs, buf_span(&it.name));
		buf_release(&it.name);
		return rc;
	}
	if (rc == 0 && it.st.kind == KIND_SYMLINK)
		rc = name_link(h, dir, name, &it.content);
	else if (rc == 0)
		rc = name_file(h, dir, name, &it);
	if (rc == 0)
		rc = VEC_PUSH(&job->items, it);
	if (rc < 0)
		buf_release(&it.name);
	/* What cannot be read is no version; it lies there untouched. */
	return rc == -ENOMEM ? rc : 0;
}

static int
open_dir(const struct find_job *job, int *out_dir)
{
	int root =
	    job->quarantine ? job->place.quarantine : job->place.versions;

	return host_open_below(
	    job->place.host, root, buf_span(&job->dir), out_dir);
}

void
find_run(void *arg)
{
	struct find_job *job = arg;
	struct host_list list;
	int dir, rc = open_dir(job, &dir);

	if (rc < 0) {
		job->rc = rc;
		return;
	}
	host_list_init(&list);
	rc = host_list(job->place.host, dir, &list);
	for (size_t i = 0; rc == 0 && i < list.v.n; i++)
		rc = find_one(job, dir, host_list_name(&list, i));
	host_list_release(&list);
	host_close(job->place.host, dir);
	job->rc = rc;
}
