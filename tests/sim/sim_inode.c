/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/sim_internal.h"

#include <stdlib.h>
#include <string.h>

/* The kernel stamps files in these steps, so that near times are equal. */
enum { STAMP_NS = 4 * 1000 * 1000 };

int64_t
sim_fs_stamp(const struct sim_fs *fs)
{
	int64_t now = sim_host_wall(fs->host);

	return now - now % STAMP_NS;
}

/* ---- names --------------------------------------------------------------- */

static struct sim_entry *
find(struct sim_entry *table, const char *name)
{
	struct sim_entry *e;

	HASH_FIND_STR(table, name, e);
	return e;
}

struct sim_inode *
sim_entry_find(struct sim_entry *table, const char *name)
{
	struct sim_entry *e = find(table, name);

	return e ? e->inode : NULL;
}

void
sim_entry_set(
    struct sim_entry **table, const char *name, struct sim_inode *inode)
{
	struct sim_entry *e = find(*table, name);
	struct sim_inode *old = e ? e->inode : NULL;
	size_t len = strlen(name);

	if (inode)
		sim_inode_ref(inode);
	if (e && inode) {
		e->inode = inode;
	} else if (e) {
		HASH_DEL(*table, e);
		free(e);
	} else if (inode) {
		e = sim_alloc(sizeof *e + len + 1);
		memcpy(e->name, name, len);
		e->inode = inode;
		HASH_ADD_KEYPTR(hh, *table, e->name, len, e);
	}
	if (old)
		sim_inode_unref(old);
}

static void
entries_release(struct sim_entry **table)
{
	struct sim_entry *e, *next;

	HASH_ITER (hh, *table, e, next) {
		struct sim_inode *inode = e->inode;

		HASH_DEL(*table, e);
		free(e);
		sim_inode_unref(inode);
	}
}

/* ---- inodes -------------------------------------------------------------- */

struct sim_inode *
sim_inode_new(struct sim_fs *fs, int kind, int bits)
{
	struct sim_inode *i = sim_alloc(sizeof *i);

	i->fs = fs;
	i->kind = kind;
	i->bits = i->disk_bits = (uint16_t)(bits & 07777);
	i->refs = 1;
	i->mtime = i->ctime = sim_fs_stamp(fs);
	i->disk_mtime = i->disk_ctime = i->ctime;
	if (fs->free_inos.n > 0)
		i->ino = fs->free_inos.items[--fs->free_inos.n];
	else
		i->ino = fs->next_ino++;
	i->next = fs->inodes;
	if (i->next)
		i->next->prev = i;
	fs->inodes = i;
	return i;
}

void
sim_inode_ref(struct sim_inode *i)
{
	i->refs++;
}

static void
inode_free(struct sim_inode *i)
{
	struct sim_fs *fs = i->fs;

	entries_release(&i->entries);
	entries_release(&i->disk_entries);
	sim_watch_gone(i);
	if (i->prev)
		i->prev->next = i->next;
	else
		fs->inodes = i->next;
	if (i->next)
		i->next->prev = i->prev;
	fs->used -= sim_data_pages(&i->data);
	sim_data_release(&i->data);
	sim_data_release(&i->disk_data);
	SIM_PUSH(&fs->free_inos, i->ino);
	sim_attrs_unref(i->attrs);
	sim_attrs_unref(i->disk_attrs);
	free(i->target);
	free(i->name);
	free(i);
}

void
sim_inode_unref(struct sim_inode *i)
{
	if (--i->refs == 0)
		inode_free(i);
}

void
sim_inode_moved(struct sim_inode *i, struct sim_inode *dir, const char *name)
{
	if (i->name == NULL || name == NULL || strcmp(i->name, name) != 0) {
		free(i->name);
		i->name = name ? sim_strdup(name) : NULL;
	}
	i->parent = dir;
}

/* ---- file systems -------------------------------------------------------- */

struct sim_fs *
sim_fs_new(struct sim_host *h, struct sim_inode *covers)
{
	struct sim_fs *fs = sim_alloc(sizeof *fs);

	fs->host = h;
	fs->dev = h->sim->next_dev++;
	fs->capacity = UINT64_C(1) << 24;
	fs->next_ino = 2;
	fs->covers = covers;
	fs->log_since = h->sim->now;
	for (size_t i = 0; i < sizeof fs->uuid; i++)
		fs->uuid[i] = (uint8_t)sim_random(h->sim, 256);
	fs->root = sim_inode_new(fs, KIND_DIR, 0755);
	fs->next = h->fs;
	h->fs = fs;
	if (covers) {
		sim_inode_ref(covers);
		covers->mounted = fs->root;
	}
	return fs;
}

static void
fs_delete(struct sim_fs *fs)
{
	VEC_RELEASE(&fs->log);
	VEC_RELEASE(&fs->free_inos);
	free(fs);
}

/*
 * Directories hold each other by names only, so the tree goes from its root.
 * What somebody still holds keeps the file system until the machine ends.
 */
void
sim_fs_free(struct sim_fs *fs)
{
	struct sim_fs **at = &fs->host->fs;

	while (*at != fs)
		at = &(*at)->next;
	*at = fs->next;
	sim_disk_sync_fs(fs);
	if (fs->covers) {
		fs->covers->mounted = NULL;
		sim_inode_unref(fs->covers);
	}
	sim_inode_unref(fs->root);
	if (fs->inodes) {
		fs->next = fs->host->lost;
		fs->host->lost = fs;
		return;
	}
	fs_delete(fs);
}

void
sim_fs_end(struct sim_host *h)
{
	while (h->fs)
		sim_fs_free(h->fs);
	while (h->lost) {
		struct sim_fs *fs = h->lost;

		h->lost = fs->next;
		fs_delete(fs);
	}
}
