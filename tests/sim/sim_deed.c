/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a user does to a file while the daemon is in the middle of something:
 * each in one go, between two calls, or waiting for a lease.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_sweep.h"

#define MINE "mine, and nobody has seen it"

/* "dir/name" of path's directory. */
static const char *
beside(const char *path, const char *name, char out[static 256])
{
	const char *slash = strrchr(path, '/');

	snprintf(out, 256, "%.*s/%s", (int)(slash - path), path, name);
	return out;
}

static int
writes_over(struct sim_host *h, const char *path)
{
	return sim_user_write(h, path, SPAN_LIT(MINE));
}

static int
appends(struct sim_host *h, const char *path)
{
	return sim_user_append(h, path, SPAN_LIT(MINE));
}

static int
patches(struct sim_host *h, const char *path)
{
	return sim_user_patch(h, path, 0, SPAN_LIT("M"));
}

/* The first store through a mapping changes the times, the next ones not. */
static int
stores(struct sim_host *h, const char *path)
{
	int rc = patches(h, path);

	return rc ? rc : sim_user_store(h, path, 0, SPAN_LIT("N"));
}

static int
saves(struct sim_host *h, const char *path)
{
	return sim_user_save(h, path, SPAN_LIT(MINE));
}

static int
removes(struct sim_host *h, const char *path)
{
	return sim_user_remove_all(h, path);
}

static int
moves_away(struct sim_host *h, const char *path)
{
	char to[256];

	return sim_user_rename(h, path, beside(path, "z", to));
}

/* A name that is written first and then given the place of another. */
static int
moves_over(struct sim_host *h, const char *path)
{
	char from[256];
	int rc = sim_user_write(h, beside(path, "z", from), SPAN_LIT(MINE));

	return rc ? rc : sim_user_rename(h, from, path);
}

static int
exchanges(struct sim_host *h, const char *path)
{
	char other[256];
	int rc = sim_user_write(h, beside(path, "z", other), SPAN_LIT(MINE));

	return rc ? rc : sim_user_exchange(h, other, path);
}

static int
becomes_dir(struct sim_host *h, const char *path)
{
	char below[256];
	int rc = sim_user_remove_all(h, path);

	if (rc == 0 || rc == -ENOENT)
		rc = sim_user_mkdir(h, path);
	snprintf(below, sizeof below, "%s/y", path);
	return rc ? rc : sim_user_write(h, below, SPAN_LIT(MINE));
}

static int
becomes_link(struct sim_host *h, const char *path)
{
	int rc = sim_user_remove_all(h, path);

	return rc && rc != -ENOENT ? rc : sim_user_symlink(h, "/", path);
}

/* Its directory goes elsewhere, with all that is in it. */
static int
moves_parent(struct sim_host *h, const char *path)
{
	char dir[256], to[256];

	beside(path, "", dir);
	dir[strlen(dir) - 1] = '\0';
	if (strcmp(dir, SCRIPT_ROOT) == 0)
		return -ENOENT;
	return sim_user_rename(h, dir, beside(dir, "z", to));
}

static int
deletes_and_writes(struct sim_host *h, const char *path)
{
	int rc = sim_user_unlink(h, path);

	return rc && rc != -ENOENT ? rc : writes_over(h, path);
}

static int
touches(struct sim_host *h, const char *path)
{
	int rc = sim_user_touch(h, path, sim_host_wall(h) - SIM_SECOND);

	return rc ? rc : sim_user_chmod(h, path, 0640);
}

/* ---- a mount goes -------------------------------------------------------- */

/* To who looks, a file system mounted over a directory is what is left when
 * one that was mounted there is gone: none of it is to be seen. */
static int
empties_root(struct sim_host *h, const char *path)
{
	(void)path;
	return sim_user_mount(h, SCRIPT_ROOT);
}

static int
fills_root(struct sim_host *h, const char *path)
{
	(void)path;
	return sim_user_unmount(h, SCRIPT_ROOT);
}

static int
empties_dir(struct sim_host *h, const char *path)
{
	(void)path;
	return sim_user_mount(h, SCRIPT_ROOT "/d");
}

static int
fills_dir(struct sim_host *h, const char *path)
{
	(void)path;
	return sim_user_unmount(h, SCRIPT_ROOT "/d");
}

const struct deed deeds[] = {
    {"written over", writes_over, NULL},
    {"appended to", appends, NULL},
    {"patched", patches, NULL},
    {"stored to through a mapping", stores, NULL},
    {"saved by a rename", saves, NULL},
    {"removed", removes, NULL},
    {"moved away", moves_away, NULL},
    {"moved over", moves_over, NULL},
    {"exchanged", exchanges, NULL},
    {"made a directory", becomes_dir, NULL},
    {"made a link", becomes_link, NULL},
    {"moved with its directory", moves_parent, NULL},
    {"deleted and written", deletes_and_writes, NULL},
    {"touched", touches, NULL},
    {"its root unmounted", empties_root, fills_root},
    {"its directory unmounted", empties_dir, fills_dir},
};

const int n_deeds = sizeof deeds / sizeof *deeds;
