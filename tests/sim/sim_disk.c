/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the disk has. Names: a table for each directory, and a log of changes
 * it does not have yet, each kept or lost as a whole; a change is never kept
 * without earlier ones of the same name or inode. Bytes: what was synced, and
 * of later pages any.
 *
 * As on real systems, what is old enough reaches the disk unasked.
 */
#include "tests/sim/sim_internal.h"

#include <stdlib.h>
#include <string.h>

enum { LOG_MAX = 512, WRITE_BACK_S = 30 };

/* ---- names --------------------------------------------------------------- */

static void
change_release(struct sim_change *c)
{
	for (size_t k = 0; k < c->n; k++) {
		if (c->naming[k].inode)
			sim_inode_unref(c->naming[k].inode);
		sim_inode_unref(c->naming[k].dir);
		free(c->naming[k].name);
	}
}

/* Makes a change durable, and with a name the time when it was given. */
static void
change_settle(struct sim_change *c)
{
	for (size_t k = 0; k < c->n; k++) {
		struct sim_inode *i = c->naming[k].inode;

		sim_entry_set(
		    &c->naming[k].dir->disk_entries, c->naming[k].name, i);
		if (i && i->disk_ctime < c->ctime)
			i->disk_ctime = c->ctime;
	}
	change_release(c);
}

static bool
depends(const struct sim_change *later, const struct sim_change *earlier)
{
	for (size_t a = 0; a < later->n; a++)
		for (size_t b = 0; b < earlier->n; b++) {
			const struct sim_naming *x = &later->naming[a];
			const struct sim_naming *y = &earlier->naming[b];

			if (x->inode && x->inode == y->inode)
				return true;
			if (x->dir == y->dir && strcmp(x->name, y->name) == 0)
				return true;
		}
	return false;
}

/* Keeps, beside the changes that are to be kept, all that they rest on. */
static void
keep_closure(struct sim_fs *fs)
{
	for (size_t k = fs->log.n; k-- > 0;)
		for (size_t i = 0; fs->log.items[k].keep && i < k; i++)
			if (!fs->log.items[i].keep)
				fs->log.items[i].keep = depends(
				    &fs->log.items[k], &fs->log.items[i]);
}

/* Settles the kept changes; the others stay, or are forgotten. */
static void
settle_kept(struct sim_fs *fs, bool forget)
{
	size_t left = 0;

	for (size_t k = 0; k < fs->log.n; k++) {
		struct sim_change *c = &fs->log.items[k];

		if (c->keep)
			change_settle(c);
		else if (forget)
			change_release(c);
		else
			fs->log.items[left++] = *c;
	}
	fs->log.n = left;
}

static void
settle_all(struct sim_fs *fs)
{
	for (size_t k = 0; k < fs->log.n; k++)
		fs->log.items[k].keep = true;
	settle_kept(fs, false);
	fs->log_since = fs->host->sim->now;
}

void
sim_disk_named(const struct sim_naming *naming, size_t n)
{
	struct sim_fs *fs = naming[0].dir->fs;
	struct sim_change c = {.n = n, .ctime = naming[0].dir->ctime};

	for (size_t k = 0; k < n; k++) {
		c.naming[k] = naming[k];
		c.naming[k].name = sim_strdup(naming[k].name);
		sim_inode_ref(naming[k].dir);
		if (naming[k].inode)
			sim_inode_ref(naming[k].inode);
	}
	SIM_PUSH(&fs->log, c);
	if (fs->log.n > LOG_MAX ||
	    fs->host->sim->now - fs->log_since > WRITE_BACK_S * SIM_SECOND)
		settle_all(fs);
}

static void
sync_names(struct sim_inode *dir)
{
	struct sim_fs *fs = dir->fs;

	for (size_t k = 0; k < fs->log.n; k++) {
		struct sim_change *c = &fs->log.items[k];

		for (size_t i = 0; i < c->n; i++)
			c->keep |= c->naming[i].dir == dir ||
				   c->naming[i].inode == dir;
	}
	keep_closure(fs);
	settle_kept(fs, false);
}

/* ---- bytes --------------------------------------------------------------- */

/* A size that hides pages' old bytes beyond it. */
static void
disk_resize(struct sim_data *d, uint64_t size)
{
	d->size = UINT64_MAX;
	sim_data_resize(d, size);
}

void
sim_disk_lose(struct sim_inode *i)
{
	i->dirty = false;
}

static void
sync_meta(struct sim_inode *i)
{
	i->disk_bits = i->bits;
	i->disk_user = i->user;
	i->disk_group = i->group;
	sim_attrs_unref(i->disk_attrs);
	i->disk_attrs = sim_attrs_ref(i->attrs);
	i->disk_mtime = i->mtime;
	i->disk_ctime = i->ctime;
}

static void
sync_bytes(struct sim_inode *i)
{
	if (!i->dirty)
		return;
	for (size_t k = i->dirty_from; k < i->dirty_to; k++)
		sim_data_share(&i->disk_data, &i->data, k);
	disk_resize(&i->disk_data, i->data.size);
	sync_meta(i);
	i->dirty = false;
}

void
sim_disk_sync(struct sim_inode *i)
{
	sync_bytes(i);
	if (i->kind == KIND_DIR)
		sync_names(i);
	else if (!i->fs->host->sim->knobs.strict_names)
		settle_all(i->fs); /* a journal takes all that came before */
}

void
sim_disk_sync_fs(struct sim_fs *fs)
{
	for (struct sim_inode *i = fs->inodes; i; i = i->next)
		sync_bytes(i);
	settle_all(fs);
}

/* ---- the cut ------------------------------------------------------------- */

/*
 * The new size, the old one, or what a truncation left before the bytes that
 * came after it had their place on the disk.
 */
static uint64_t
torn_size(struct sim *s, const struct sim_inode *i)
{
	switch (sim_random(s, 4)) {
	case 0:
		return i->disk_data.size;
	case 1:
		return i->dirty_least;
	default:
		return i->data.size;
	}
}

/* Chooses which bytes of those not synced got to the disk in time. */
static void
tear(struct sim *s, struct sim_inode *i)
{
	unsigned luck = (unsigned)sim_random(s, 3); /* none, all, some */

	if (!i->dirty || luck == 0) {
		i->dirty = false;
		return;
	}
	if (luck == 1) {
		sync_bytes(i);
		return;
	}
	for (size_t k = i->dirty_from; k < i->dirty_to; k++)
		if (sim_chance(s, 500))
			sim_data_share(&i->disk_data, &i->data, k);
	disk_resize(&i->disk_data, torn_size(s, i));
	if (sim_chance(s, 500))
		sync_meta(i);
	i->dirty = false;
}

/* Chooses which names: with a journal the first so many, else any. */
static void
choose_names(struct sim *s, struct sim_fs *fs)
{
	size_t first = sim_random(s, fs->log.n + 1);
	bool any = s->knobs.strict_names && sim_chance(s, 700);

	for (size_t k = 0; k < fs->log.n; k++)
		fs->log.items[k].keep = any ? sim_chance(s, 500) : k < first;
	keep_closure(fs);
	settle_kept(fs, true);
	fs->log_since = s->now;
}

/* What the inode is after the cut is what the disk has of it. */
static void
revive(struct sim_inode *i)
{
	i->fs->used -= sim_data_pages(&i->data);
	sim_data_release(&i->data);
	for (size_t k = 0; k < i->disk_data.n; k++)
		sim_data_share(&i->data, &i->disk_data, k);
	i->data.size = i->disk_data.size;
	i->fs->used += sim_data_pages(&i->data);
	i->bits = i->disk_bits;
	i->user = i->disk_user;
	i->group = i->disk_group;
	sim_attrs_unref(i->attrs);
	i->attrs = sim_attrs_ref(i->disk_attrs);
	i->mtime = i->disk_mtime;
	i->ctime = i->disk_ctime;
	i->marked = false;
	i->links = 0;
	sim_inode_moved(i, NULL, NULL);
}

static void
clear_table(struct sim_entry **table)
{
	while (*table)
		sim_entry_set(table, (*table)->name, NULL);
}

/*
 * Names what is reachable, as a check of the file system would: a directory
 * that came to have two names keeps the first.
 */
static void
revive_names(struct sim_inode *dir)
{
	struct sim_entry *e, *next;

	dir->marked = true;
	HASH_ITER (hh, dir->disk_entries, e, next) {
		struct sim_inode *i = e->inode;

		if (i->kind == KIND_DIR && i->marked) {
			sim_entry_set(&dir->disk_entries, e->name, NULL);
			continue;
		}
		sim_entry_set(&dir->entries, e->name, i);
		sim_inode_moved(i, dir, e->name);
		i->links++;
		if (i->kind == KIND_DIR)
			revive_names(i);
		i->marked = true;
	}
}

void
sim_disk_cut(struct sim_fs *fs)
{
	struct sim *s = fs->host->sim;
	VEC(struct sim_inode *) all = {0};

	choose_names(s, fs);
	for (struct sim_inode *i = fs->inodes; i; i = i->next) {
		sim_inode_ref(i);
		SIM_PUSH(&all, i);
		tear(s, i);
	}
	for (size_t k = 0; k < all.n; k++) {
		clear_table(&all.items[k]->entries);
		revive(all.items[k]);
	}
	revive_names(fs->root);
	for (size_t k = 0; k < all.n; k++)
		if (!all.items[k]->marked)
			clear_table(&all.items[k]->disk_entries);
	for (size_t k = 0; k < all.n; k++)
		sim_inode_unref(all.items[k]);
	VEC_RELEASE(&all);
}
