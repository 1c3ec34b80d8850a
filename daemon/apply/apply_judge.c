/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rested in quarantine leaves it: to the kept versions, for good, or,
 * when somebody wrote to it after it was displaced, back into the tree.
 */
#include "daemon/apply/apply_internal.h"

#include <errno.h>
#include <string.h>

#include "proto/base/path.h"

void
judge_job_release(struct judge_job *job)
{
	VEC_EACH (&job->items, it) {
		buf_release(&it->path);
		buf_release(&it->name);
	}
	VEC_RELEASE(&job->items);
}

/* Of most edits the change time tells; what is to go for good is judged by its
 * content alone, when its time has come. */
static bool
unchanged(const struct judge_item *it)
{
	return it->st.kind == KIND_SYMLINK || it->st.ctime_ns <= it->since_ns;
}

/* Is it what was displaced, and open nowhere? Without a lease nobody knows:
 * then it rests while it is young, as it does when its time has not come. */
static int
check(const struct apply_place *place, int fd, struct judge_item *it,
    bool *out_rests)
{
	struct name name;
	int rc = -EINVAL;

	*out_rests = it->rests;
	if (place->leases)
		rc = host_lease(place->host, fd, HOST_LEASE_WRITE);
	if (rc == -EAGAIN)
		return ERR_BUSY;
	*out_rests |= rc < 0 && it->young;
	rc = host_stat_fd(place->host, fd, &it->st);
	/* Another name of the user's holds it: nothing is lost with ours. */
	if (rc < 0 || it->st.links > 1 || (*out_rests && unchanged(it)))
		return rc;
	rc = apply_hash(place->host, fd, it->st.size, &name);
	if (rc == 0 && !name_equal(&name, &it->content))
		rc = ERR_CHANGED;
	return rc;
}

/* ---- back into the tree -------------------------------------------------- */

/* Gives it the name, if that is free. */
static int
give_name(const struct apply_place *place, const struct judge_item *it,
    const char *from)
{
	char name[APPLY_NAME_SIZE];
	int dir, rc;

	rc = apply_open_parent(
	    place->host, place->root, buf_span(&it->path), &dir, name);
	if (rc < 0)
		return rc;
	rc = host_rename(
	    place->host, place->quarantine, from, dir, name, HOST_NOREPLACE);
	if (rc == 0)
		rc = host_sync(place->host, dir);
	host_close(place->host, dir);
	return rc;
}

/* The same name one directory further up: its own is gone, or is none. */
static int
go_up(struct judge_item *it)
{
	struct span path = buf_span(&it->path), up = path_parent(path);
	struct span name = path_name(path);
	struct buf moved;
	int rc;

	if (up.len == 0)
		return -ENOENT;
	buf_init(&moved, LIMIT_PATH_BYTES);
	rc = path_join(&moved, path_parent(up), name);
	buf_release(&it->path);
	it->path = moved;
	return rc;
}

/* Another name beside it, as a conflict copy has. */
static int
go_beside(
    const struct apply_place *place, struct judge_item *it, const char *from)
{
	struct version v = {.path = buf_span(&it->path), .dot = it->dot};
	struct host_stat st;
	struct buf copy;
	int rc = host_stat_at(place->host, place->quarantine, from, &st);

	if (rc < 0)
		return rc;
	v.mtime_ns = st.mtime_ns;
	buf_init(&copy, LIMIT_PATH_BYTES);
	rc = conflict_path(&v, &copy);
	buf_release(&it->path);
	it->path = copy;
	return rc;
}

/* Somebody wrote to it after it was displaced, through a descriptor that was
 * open: that edit returns to the tree, beside what stands there now. */
static int
give_back(
    const struct apply_place *place, struct judge_item *it, const char *from)
{
	int rc = give_name(place, it, from);

	while (rc == -ENOENT || rc == -ENOTDIR || rc == -ELOOP) {
		rc = go_up(it);
		if (rc == 0)
			rc = give_name(place, it, from);
		else
			break;
	}
	if (rc == -EEXIST) {
		rc = go_beside(place, it, from);
		if (rc == 0)
			rc = give_name(place, it, from);
	}
	if (rc == 0)
		it->what = JUDGE_RETURNED;
	return rc;
}

/* ---- one of them --------------------------------------------------------- */

static int
let_go(struct apply_keeper *k, struct judge_item *it, const char *from)
{
	int rc;

	if (it->name.len > 0 && it->st.links == 1)
		return apply_keep(k, it, from);
	rc = host_unlink(k->place->host, k->place->quarantine, from);
	if (rc == 0)
		it->what = JUDGE_GONE;
	return rc;
}

static int
judge_file(struct apply_keeper *k, struct judge_item *it, const char *from)
{
	const struct apply_place *place = k->place;
	bool rests;
	int fd, rc;

	rc = host_open(place->host, place->quarantine, from, HOST_READ, &fd);
	if (rc < 0)
		return rc;
	rc = check(place, fd, it, &rests);
	if (rests && (rc == 0 || rc == ERR_BUSY)) {
		it->what = JUDGE_RESTS;
		rc = 0;
	} else if (rc == 0) {
		rc = let_go(k, it, from);
	}
	host_close(place->host, fd);
	return rc == ERR_CHANGED ? give_back(place, it, from) : rc;
}

static int
judge_one(struct apply_keeper *k, struct judge_item *it)
{
	char from[APPLY_NAME_SIZE];
	int rc;

	apply_name(it->id, from);
	rc = host_stat_at(k->place->host, k->place->quarantine, from, &it->st);
	if (rc == -ENOENT) {
		it->what = JUDGE_GONE; /* it was placed meanwhile */
		return 0;
	}
	if (rc < 0)
		return rc;
	if (it->rests && unchanged(it)) {
		it->what = JUDGE_RESTS;
		return 0;
	}
	if (it->st.kind == KIND_SYMLINK)
		return let_go(k, it, from);
	return judge_file(k, it, from);
}

void
judge_run(void *arg)
{
	struct judge_job *job = arg;
	struct apply_keeper k;

	apply_keeper_init(&k, &job->place);
	VEC_EACH (&job->items, it) {
		it->what = JUDGE_STAYS;
		it->rc = judge_one(&k, it);
	}
	job->rc = apply_keeper_end(&k);
}
