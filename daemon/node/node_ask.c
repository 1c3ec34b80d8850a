/* SPDX-License-Identifier: Apache-2.0 */
/* What people ask of one folder, by its id. */
#include "daemon/node/node_internal.h"

/* The folder, if it is open. */
static int
find_open(struct node *n, const char *id, struct node_folder **out)
{
	struct node_folder *f = node_folder_find(n, id);

	if (f == NULL)
		return ERR_NOTFOUND;
	node_folder_hurry(f);
	if (f->state != NODE_OPEN)
		return f->conf->paused ? ERR_HALTED : ERR_BUSY;
	*out = f;
	return 0;
}

int
node_scan(struct node *n, const char *id, host_cb *done, void *arg)
{
	struct node_folder *f;
	int rc = find_open(n, id, &f);

	return rc < 0 ? rc : folder_scan(f->folder, done, arg);
}

/* Is there a directory at all that could be accepted? */
static bool
is_there(const struct node_folder *f)
{
	int fd, rc = host_open_root(f->node->host, f->conf->path, 0, &fd);

	if (rc == 0)
		host_close(f->node->host, fd);
	return rc == 0;
}

int
node_accept(struct node *n, const char *id)
{
	struct node_folder *f;
	struct folder_status s;
	int rc = find_open(n, id, &f);

	if (rc < 0)
		return rc;
	folder_status(f->folder, &s);
	if (s.state == FOLDER_HALTED && !is_there(f)) {
		folder_judge_root(f->folder);
		return ERR_CHANGED;
	}
	if (s.state == FOLDER_HALTED && s.halt_why != FOLDER_HALT_DELETES) {
		f->join = folder_halt_joins(s.halt_why);
		node_folder_reopen(f);
		return f->join ? 0 : ERR_CHANGED;
	}
	folder_accept(f->folder);
	return 0;
}

int
node_conflicts(struct node *n, const char *id, struct folder_conflicts *out)
{
	struct node_folder *f;
	int rc = find_open(n, id, &f);

	return rc < 0 ? rc : folder_conflicts(f->folder, out);
}

int
node_conflict_choose(struct node *n, const char *id, struct span path,
    const struct name *content, const struct name *over)
{
	struct node_folder *f;
	int rc = find_open(n, id, &f);

	return rc < 0 ? rc
		      : folder_conflict_choose(f->folder, path, content, over);
}

int
node_conflict_remove(struct node *n, const char *id, struct span path,
    const struct name *content)
{
	struct node_folder *f;
	int rc = find_open(n, id, &f);

	return rc < 0 ? rc : folder_conflict_remove(f->folder, path, content);
}

int
node_verify(struct node *n, const char *id)
{
	struct node_folder *f;
	int rc = find_open(n, id, &f);

	return rc < 0 ? rc : folder_verify(f->folder);
}

int
node_verify_status(
    struct node *n, const char *id, struct folder_verify_status *out)
{
	struct node_folder *f;
	int rc = find_open(n, id, &f);

	if (rc == 0)
		folder_verify_status(f->folder, out);
	return rc;
}

bool
node_verify_rotten(
    struct node *n, const char *id, size_t i, struct folder_rotten *out)
{
	struct node_folder *f = node_folder_find(n, id);

	return f != NULL && f->state == NODE_OPEN &&
	       folder_verify_rotten(f->folder, i, out);
}

/* Of these two an unknown folder has another error than an unknown path. */
static int
find_past(struct node *n, const char *id, struct node_folder **out)
{
	int rc = find_open(n, id, out);

	return rc == ERR_NOTFOUND ? ERR_CONFIG : rc;
}

int
node_history(struct node *n, const char *id, const struct folder_range *range,
    folder_version_cb *cb, void *arg, struct buf *out_after)
{
	struct node_folder *f;
	int rc = find_past(n, id, &f);

	if (rc < 0)
		return rc;
	return folder_history(f->folder, range, cb, arg, out_after);
}

int
node_restore(struct node *n, const char *id,
    const struct folder_restore_options *o, folder_changed_cb *done, void *arg)
{
	struct node_folder *f;
	int rc = find_past(n, id, &f);

	return rc < 0 ? rc : folder_restore(f->folder, o, done, arg);
}
