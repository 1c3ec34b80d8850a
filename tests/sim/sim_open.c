/* SPDX-License-Identifier: Apache-2.0 */
/* What is open: bytes, leases, metadata. Names: sim_fs.c. */
#include "tests/sim/sim_internal.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES_MAX = 1 << 30 };

/* Says whether opening for flags meets somebody's lease, and breaks it. */
static bool
lease_meets(struct sim_inode *i, int flags)
{
	struct sim_file *holder = i->leased;

	if (holder == NULL)
		return false;
	if (holder->lease == HOST_LEASE_READ && !(flags & HOST_WRITE))
		return false;
	holder->broken = true;
	return true;
}

int
sim_fs_open(struct sim_inode *i, int flags, struct sim_file **out)
{
	struct sim_file *f;
	int rwx = (flags & HOST_READ ? 4 : 0) | (flags & HOST_WRITE ? 2 : 0);
	int rc = sim_fs_may(i, rwx);

	if (rc)
		return rc;
	if (i->kind == KIND_SYMLINK)
		return -ELOOP;
	if (i->kind == KIND_DIR && flags & HOST_WRITE)
		return -EISDIR;
	if (lease_meets(i, flags))
		return -EAGAIN;
	f = sim_alloc(sizeof *f);
	f->inode = i;
	f->flags = flags;
	sim_inode_ref(i);
	i->opens++;
	i->writers += (flags & HOST_WRITE) != 0;
	*out = f;
	return flags & HOST_TRUNCATE ? sim_fs_truncate(f, 0) : 0;
}

void
sim_fs_abandon(struct sim_file *f)
{
	struct sim_inode *i = f->inode;

	f->inode = NULL;
	if (i->leased == f)
		i->leased = NULL;
	if (i->locked == f)
		i->locked = NULL;
	i->opens--;
	if (f->flags & HOST_WRITE) {
		i->writers--;
		sim_watch_inode(i, HOST_EVENT_CLOSED);
	}
	sim_inode_unref(i);
}

void
sim_fs_close(struct sim_file *f)
{
	if (f->inode)
		sim_fs_abandon(f);
	free(f);
}

int
sim_fs_lease(struct sim_file *f, enum host_lease lease)
{
	struct sim_inode *i = f->inode;

	if (!i->fs->host->sim->knobs.leases || i->kind != KIND_FILE)
		return -EINVAL;
	if (lease == HOST_LEASE_NONE) {
		f->lease = lease;
		f->broken = false;
		if (i->leased == f)
			i->leased = NULL;
		return 0;
	}
	if (i->leased && i->leased != f)
		return -EAGAIN;
	if (lease == HOST_LEASE_READ ? i->writers > 0 : i->opens > 1)
		return -EAGAIN;
	i->leased = f;
	f->lease = lease;
	f->broken = false;
	return 0;
}

int64_t
sim_fs_read(struct sim_file *f, void *p, size_t len, uint64_t at)
{
	const struct sim_data *d = &f->inode->data;

	if (!(f->flags & HOST_READ))
		return -EBADF;
	if (f->inode->kind != KIND_FILE)
		return f->inode->kind == KIND_DIR ? -EISDIR : -ESPIPE;
	if (at >= d->size)
		return 0;
	if (len > d->size - at)
		len = (size_t)(d->size - at);
	sim_data_read(d, at, p, len);
	return (int64_t)len;
}

void
sim_fs_dirty(struct sim_inode *i, size_t from_page, size_t to_page)
{
	if (!i->dirty) {
		i->dirty = true;
		i->dirty_from = from_page;
		i->dirty_to = to_page;
		i->dirty_least = i->data.size;
	}
	if (i->data.size < i->dirty_least)
		i->dirty_least = i->data.size;
	if (from_page < i->dirty_from)
		i->dirty_from = from_page;
	if (to_page > i->dirty_to)
		i->dirty_to = to_page;
}

/* The bytes changed: times, watchers, disk. */
static void
changed(struct sim_inode *i, uint64_t from, uint64_t to)
{
	i->mtime = i->ctime = sim_fs_stamp(i->fs);
	sim_fs_dirty(i, (size_t)(from / SIM_PAGE_BYTES),
	    (size_t)((to + SIM_PAGE_BYTES - 1) / SIM_PAGE_BYTES));
	sim_watch_inode(i, HOST_EVENT_CHANGED | HOST_EVENT_MODIFIED);
}

/* Takes room for what is to be written; less may fit. */
static size_t
take_room(struct sim_inode *i, uint64_t at, size_t len)
{
	uint64_t growth = sim_data_growth(&i->data, at, len);

	while (len > 0 && i->fs->used + growth > i->fs->capacity) {
		len -= len % SIM_PAGE_BYTES ? len % SIM_PAGE_BYTES
					    : SIM_PAGE_BYTES;
		growth = sim_data_growth(&i->data, at, len);
	}
	i->fs->used += growth;
	return len;
}

int
sim_fs_write(struct sim_file *f, const void *p, size_t len, uint64_t at)
{
	struct sim_inode *i = f->inode;
	size_t room;

	if (!(f->flags & HOST_WRITE))
		return -EBADF;
	if (i->kind != KIND_FILE)
		return -ESPIPE;
	if (at + len > FILE_BYTES_MAX)
		return -EFBIG;
	room = take_room(i, at, len);
	if (room > 0) {
		sim_data_write(&i->data, at, p, room);
		changed(i, at, at + room);
	}
	return room < len ? -ENOSPC : 0;
}

int
sim_fs_truncate(struct sim_file *f, uint64_t size)
{
	struct sim_inode *i = f->inode;
	uint64_t old = i->data.size;
	size_t pages = i->data.n;

	if (!(f->flags & HOST_WRITE) || i->kind != KIND_FILE)
		return -EINVAL;
	if (size > FILE_BYTES_MAX)
		return -EFBIG;
	for (size_t k = 0; k < pages; k++)
		if (k * SIM_PAGE_BYTES >= size && i->data.pages[k])
			i->fs->used--;
	sim_data_resize(&i->data, size);
	changed(i, size < old ? size : old, size < old ? old : size);
	return 0;
}

int
sim_fs_data_at(
    const struct sim_file *f, uint64_t at, uint64_t *out_from, uint64_t *out_to)
{
	const struct sim_data *d = &f->inode->data;
	size_t k = (size_t)(at / SIM_PAGE_BYTES);
	uint64_t from, to;

	if (f->inode->kind != KIND_FILE)
		return -EINVAL;
	while (k < d->n && d->pages[k] == NULL)
		k++;
	from = k < d->n ? k * SIM_PAGE_BYTES : d->size;
	while (k < d->n && d->pages[k] != NULL)
		k++;
	to = k * SIM_PAGE_BYTES;
	from = from < at ? at : from;
	*out_from = from < d->size ? from : d->size;
	*out_to = to < d->size && from < d->size ? to : d->size;
	return 0;
}

int
sim_fs_clone(struct sim_file *from, uint64_t from_at, struct sim_file *to,
    uint64_t to_at, uint64_t len)
{
	struct sim_inode *a = from->inode, *b = to->inode;
	size_t k = (size_t)(from_at / SIM_PAGE_BYTES);
	size_t i = (size_t)(to_at / SIM_PAGE_BYTES);

	if (a->fs != b->fs)
		return -EXDEV;
	if (!a->fs->host->sim->knobs.clones)
		return -EOPNOTSUPP;
	if (!(from->flags & HOST_READ) || !(to->flags & HOST_WRITE))
		return -EBADF;
	if (a->kind != KIND_FILE || b->kind != KIND_FILE || a == b)
		return -EINVAL;
	if (from_at > a->data.size)
		return -EINVAL;
	if (len == 0)
		len = a->data.size - from_at;
	if (len > a->data.size - from_at || from_at % SIM_PAGE_BYTES != 0 ||
	    to_at % SIM_PAGE_BYTES != 0)
		return -EINVAL;
	/* A part of a page shows nothing behind it, so it ends both. */
	if (len % SIM_PAGE_BYTES != 0 &&
	    (from_at + len < a->data.size || to_at + len < b->data.size))
		return -EINVAL;
	if (to_at + len > FILE_BYTES_MAX)
		return -EFBIG;
	b->fs->used -= sim_data_pages(&b->data);
	for (uint64_t at = 0; at < len; at += SIM_PAGE_BYTES)
		sim_data_share_as(&b->data, i++, &a->data, k++);
	if (to_at + len > b->data.size)
		b->data.size = to_at + len;
	b->fs->used += sim_data_pages(&b->data);
	changed(b, to_at, to_at + len);
	return 0;
}

/* ---- metadata ------------------------------------------------------------ */

void
sim_fs_stat(const struct sim_inode *i, struct host_stat *out)
{
	*out = (struct host_stat){
	    .kind = i->kind,
	    .bits = i->bits,
	    .size = i->kind == KIND_SYMLINK ? strlen(i->target) : i->data.size,
	    .ino = i->ino,
	    .dev = i->fs->dev,
	    .links = i->links,
	    .user = i->user,
	    .group = i->group,
	    .mtime_ns = i->mtime,
	    .ctime_ns = i->ctime,
	};
}

/* As in a real one, the list is the caller's memory, and may not fit. */
static int
list_add(struct host_list *out, const struct sim_entry *e)
{
	size_t len = strlen(e->name);
	struct host_list_item item = {
	    .at = (uint32_t)out->names.len,
	    .len = (uint16_t)len,
	    .kind = (uint8_t)e->inode->kind,
	};

	if (buf_add(&out->names, span_of(e->name, len + 1)) != 0)
		return -ENOMEM;
	return VEC_PUSH(&out->v, item);
}

int
sim_fs_list(struct sim_inode *dir, struct host_list *out)
{
	struct sim_entry *e = dir->entries;
	int rc = 0;

	buf_clear(&out->names);
	out->v.n = 0;
	if (dir->kind != KIND_DIR)
		return -ENOTDIR;
	if (e && dir->fs->host->sim->knobs.backward) {
		for (e = ELMT_FROM_HH(e->hh.tbl, e->hh.tbl->tail);
		     e && rc == 0; e = e->hh.prev)
			rc = list_add(out, e);
		return rc;
	}
	for (; e && rc == 0; e = e->hh.next)
		rc = list_add(out, e);
	return rc;
}

int
sim_fs_set_bits(struct sim_inode *i, int bits)
{
	i->bits = (uint16_t)(bits & 07777);
	i->ctime = sim_fs_stamp(i->fs);
	sim_fs_dirty(i, SIZE_MAX, 0);
	sim_watch_inode(i, HOST_EVENT_CHANGED);
	return 0;
}

void
sim_fs_set_mtime(struct sim_inode *i, int64_t mtime_ns)
{
	i->mtime = mtime_ns;
	i->ctime = sim_fs_stamp(i->fs);
	sim_fs_dirty(i, SIZE_MAX, 0);
	sim_watch_inode(i, HOST_EVENT_CHANGED);
}
