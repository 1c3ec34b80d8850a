/* SPDX-License-Identifier: Apache-2.0 */
/* Our own folders below a root: .tutti, stage, quarantine, versions. */
#include "daemon/apply/apply.h"

#include <errno.h>

#define PRIVATE 0700

/*
 * Makes or opens one. Only its owner may set a directory's bits, so setting
 * them is how another user's is told.
 */
static int
open_own(
    const struct host *h, int dir, const char *name, uint64_t dev, int *out_fd)
{
	struct host_stat st;
	int fd = -1;
	int rc = host_make_dir(h, dir, name, PRIVATE);

	if (rc < 0 && rc != -EEXIST)
		return rc;
	rc = host_open(h, dir, name, HOST_READ, &fd);
	if (rc < 0)
		return rc;
	rc = host_stat_fd(h, fd, &st);
	if (rc == 0 && st.kind != KIND_DIR)
		rc = -ENOTDIR;
	if (rc == 0 && st.dev != dev)
		rc = -EXDEV;
	if (rc == 0)
		rc = host_set_bits(h, fd, PRIVATE);
	if (rc < 0)
		host_close(h, fd);
	else
		*out_fd = fd;
	return rc;
}

/* Asks the file system by taking a lease on a file of our own. */
static bool
has_leases(const struct host *h, int stage)
{
	static const char name[] = "probe";
	int fd = -1;
	bool has = false;

	if (host_open(h, stage, name, HOST_READ | HOST_CREATE, &fd) < 0)
		return false;
	has = host_lease(h, fd, HOST_LEASE_READ) == 0;
	host_close(h, fd);
	/* What is left of it goes with the next emptying. */
	(void)!host_unlink(h, stage, name);
	return has;
}

int
apply_open(const struct host *h, int root, struct apply_place *out)
{
	struct apply_place place = {
	    .host = h,
	    .root = root,
	    .stage = -1,
	    .quarantine = -1,
	    .versions = -1,
	};
	struct host_stat st;
	int own = -1;
	int rc = host_stat_fd(h, root, &st);

	if (rc < 0)
		return rc;
	place.dev = st.dev;
	rc = open_own(h, root, ".tutti", st.dev, &own);
	if (rc < 0)
		return rc;
	rc = open_own(h, own, "stage", st.dev, &place.stage);
	if (rc == 0)
		rc = open_own(h, own, "quarantine", st.dev, &place.quarantine);
	if (rc == 0)
		rc = open_own(h, own, "versions", st.dev, &place.versions);
	/* What is displaced must not lie in a directory that a cut forgets. */
	if (rc == 0)
		rc = host_sync(h, own);
	if (rc == 0)
		rc = host_sync(h, root);
	host_close(h, own);
	if (rc < 0) {
		apply_close(&place);
		return rc;
	}
	place.leases = has_leases(h, place.stage);
	*out = place;
	return 0;
}

void
apply_close(struct apply_place *place)
{
	if (place->stage >= 0)
		host_close(place->host, place->stage);
	if (place->quarantine >= 0)
		host_close(place->host, place->quarantine);
	if (place->versions >= 0)
		host_close(place->host, place->versions);
	place->stage = place->quarantine = place->versions = -1;
}

int
apply_empty_stage(const struct apply_place *place)
{
	struct host_list list;
	int rc;

	host_list_init(&list);
	rc = host_list(place->host, place->stage, &list);
	for (size_t i = 0; rc == 0 && i < list.v.n; i++) {
		rc = host_unlink(
		    place->host, place->stage, host_list_name(&list, i));
		if (rc == -ENOENT)
			rc = 0;
	}
	host_list_release(&list);
	return rc;
}
