/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A donor of another band of sizes. Its chunks are not those of the content
 * that is wanted, however much of it is the same: it is cut anew, as that
 * content is cut, and nothing that may be in it is asked for until then.
 */
#include "daemon/folder/folder_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/path.h"

struct recut {
	struct folder *folder;
	struct fetch *fetch; /* counted in its jobs */
	int root; /* borrowed: jobs end before it is closed */
	struct buf path;
	struct observation disk;
	uint64_t as;
	struct chunk_list list;
	int rc;
};

static void
recut_free(struct recut *c)
{
	buf_release(&c->path);
	chunks_release(&c->list);
	free(c);
}

static int
open_donor(const struct recut *c, const struct host *h, int *out_fd)
{
	struct span path = buf_span(&c->path);
	struct span last = path_name(path);
	char name[LIMIT_NAME_BYTES + 1];
	int dir, rc;

	memcpy(name, last.p, last.len);
	name[last.len] = '\0';
	rc = host_open_below(h, c->root, path_parent(path), &dir);
	if (rc < 0)
		return rc;
	rc = host_open(h, dir, name, HOST_READ, out_fd);
	host_close(h, dir);
	return rc;
}

static void
run_cut(void *arg)
{
	struct recut *c = arg;
	const struct host *h = c->folder->host;
	int fd;

	c->rc = open_donor(c, h, &fd);
	if (c->rc < 0)
		return;
	c->rc = scan_cut(h, fd, c->disk.size, c->as, &c->list);
	host_close(h, fd);
}

/* What it was hoped to have is to be had elsewhere, unless it has it. */
static void
hope_ends(struct fetch *x)
{
	for (size_t i = 0; i < x->list.v.n; i++)
		if (x->have[i] == CHUNK_HOPED)
			x->have[i] = CHUNK_MISSING;
	x->from = 0;
}

static void
cut_done(void *arg)
{
	struct recut *c = arg;
	struct folder *f = c->folder;
	struct fetch *x = c->fetch;
	int rc = 0;

	if (!x->dead && folder_takes(f)) {
		hope_ends(x);
		if (c->rc == 0)
			rc = folder_pieces_donate(
			    f, x, buf_span(&c->path), &c->disk, &c->list);
		else
			folder_look_at(f, buf_span(&c->path), false, true);
	}
	folder_fetch_unref(f, x);
	if (rc < 0)
		folder_fail(f, rc, "take what was cut");
	recut_free(c);
	folder_job_done(f);
}

int
folder_recut(struct folder *f, struct fetch *x, struct span path,
    const struct observation *disk)
{
	struct recut *c = calloc(1, sizeof *c);
	int rc;

	if (c == NULL)
		return -ENOMEM;
	c->folder = f;
	c->fetch = x;
	c->root = f->root;
	c->disk = *disk;
	c->as = x->size;
	buf_init(&c->path, LIMIT_PATH_BYTES);
	rc = buf_add(&c->path, path);
	if (rc == 0)
		rc = folder_job(f, run_cut, cut_done, c);
	if (rc < 0) {
		recut_free(c);
		return rc;
	}
	x->jobs++;
	for (size_t i = 0; i < x->list.v.n; i++)
		if (x->have[i] == CHUNK_MISSING)
			x->have[i] = CHUNK_HOPED;
	return 0;
}
