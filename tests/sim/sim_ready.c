/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/sim_ready.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/index/index_internal.h"
#include "tests/sim/sim_image.h"

#define PLACE "/ready"

static void
check(int rc)
{
	if (rc < 0)
		abort();
}

/*
 * Small pages, which the file then has for good: all of a history's rows fit
 * few, and each that changed is written, summed and copied with every commit.
 */
static void
choose_pages(const struct index_vfs *vfs)
{
	sqlite3 *db;

	check(-sqlite3_open_v2(INDEX_FILE, &db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs->name));
	check(-sqlite3_exec(db,
	    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA page_size = 1024;"
	    "PRAGMA journal_mode = WAL",
	    NULL, NULL, NULL));
	check(-sqlite3_close(db));
}

/* The tables alone: index_open would give them a replica's number. */
static void
make_tables(const struct host *h, int dir)
{
	struct index_vfs vfs;
	sqlite3 *db;

	check(index_vfs_register(&vfs, h, dir));
	choose_pages(&vfs);
	check(index_db_open(&vfs, INDEX_FILE, &db));
	check(index_schema_bring(&vfs, &index_schema, true, &db));
	index_db_close(db);
	index_vfs_unregister(&vfs);
}

static void
make(struct image *out)
{
	struct sim *s = sim_new(1);
	struct sim_host *machine = sim_host_new(s, "workshop");
	const struct host *h = sim_host_start(machine);
	int dir;

	check(host_open_root(h, PLACE, HOST_CREATE, &dir));
	make_tables(h, dir);
	host_close(h, dir);
	(void)sim_host_end(machine);
	image_take(out, machine, PLACE);
	sim_free(s);
}

static const struct image *
ready(void)
{
	static struct image image; /* until the process ends */

	if (!image.taken)
		make(&image);
	return &image;
}

void
sim_ready_put(struct sim_host *h, const char *memory, const char *id)
{
	const struct host *host = sim_host_start(h);
	char path[256];
	int dir;

	snprintf(path, sizeof path, "%s/%s", memory, id);
	check(host_open_root(host, path, HOST_CREATE | HOST_PRIVATE, &dir));
	host_close(host, dir);
	(void)sim_host_end(h);
	image_put(ready(), h, path);
}
