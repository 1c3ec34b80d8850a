/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/scan/scan_internal.h"

void
scan_job_init(struct scan_job *job, const struct host *h, int root)
{
	*job = (struct scan_job){.host = h, .root = root};
	path_list_init(&job->subdirs);
	path_list_init(&job->same_subdirs);
}

static void
dir_release(struct scan_dir *dir)
{
	buf_release(&dir->path);
	path_list_release(&dir->names);
	index_children_release(&dir->known);
}

void
scan_result_release(struct scan_result *r)
{
	buf_release(&r->path);
	buf_release(&r->target);
	buf_release(&r->meta);
	chunks_release(&r->chunks);
}

void
scan_job_release(struct scan_job *job)
{
	VEC_EACH (&job->dirs, dir)
		dir_release(dir);
	VEC_RELEASE(&job->dirs);
	VEC_EACH (&job->results, r)
		scan_result_release(r);
	VEC_RELEASE(&job->results);
	VEC_EACH (&job->notes, note)
		buf_release(&note->path);
	VEC_RELEASE(&job->notes);
	path_list_release(&job->subdirs);
	path_list_release(&job->same_subdirs);
	ignore_unref(job->rules);
	job->rules = NULL;
}

int
scan_job_add(struct scan_job *job, struct span path, struct scan_dir **out_dir)
{
	struct scan_dir dir = {0};
	int rc;

	buf_init(&dir.path, LIMIT_PATH_BYTES);
	path_list_init(&dir.names);
	index_children_init(&dir.known);
	rc = buf_add(&dir.path, path);
	if (rc == 0)
		rc = VEC_PUSH(&job->dirs, dir);
	if (rc < 0) {
		dir_release(&dir);
		return rc;
	}
	*out_dir = &job->dirs.items[job->dirs.n - 1];
	return 0;
}
