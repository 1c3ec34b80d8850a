/* SPDX-License-Identifier: Apache-2.0 */
/* The table's functions of files: what opens them, and what their names are. */
#include "tests/sim/sim_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- descriptors --------------------------------------------------------- */

static int
fd_new(struct sim_boot *b, struct sim_file *f)
{
	for (size_t k = 0; k < b->files.n; k++)
		if (b->files.items[k] == NULL) {
			b->files.items[k] = f;
			return (int)k + FD_FIRST;
		}
	SIM_PUSH(&b->files, f);
	return (int)b->files.n - 1 + FD_FIRST;
}

int
sim_call_file(struct sim_boot *b, int fd, struct sim_file **out)
{
	size_t k = (size_t)fd - FD_FIRST;

	if (fd < FD_FIRST || k >= b->files.n || b->files.items[k] == NULL)
		return -EBADF;
	*out = b->files.items[k];
	return 0;
}

int
sim_call_begin_fd(
    struct sim_boot *b, const char *call, int fd, struct sim_file **out)
{
	int rc = sim_call_begin(b, call, (uint64_t)fd);

	if (b->machine->sim->calls)
		fprintf(b->machine->sim->calls, " %d", fd);
	return rc ? rc : sim_call_file(b, fd, out);
}

/* Begins a call about a name in a directory. */
static int
begin_at(struct sim_boot *b, const char *call, int dir, const char *name,
    struct sim_inode **out_dir)
{
	struct sim_file *f;
	int rc = sim_call_begin(b, call, sim_hash(name));

	if (b->machine->sim->calls)
		fprintf(b->machine->sim->calls, " in %d %s", dir, name);
	if (rc == 0)
		rc = sim_call_file(b, dir, &f);
	if (rc == 0)
		rc = sim_fs_name_ok(name);
	if (rc == 0)
		*out_dir = f->inode;
	return rc;
}

/* ---- opening ------------------------------------------------------------- */

static int
open_inode(struct sim_boot *b, struct sim_inode *i, int flags, int *out_fd)
{
	struct sim_file *f;
	int rc = sim_fs_open(i, flags, &f);

	if (rc)
		return rc;
	*out_fd = fd_new(b, f);
	if (b->machine->sim->calls)
		fprintf(b->machine->sim->calls, " is %d", *out_fd);
	return 0;
}

/* Ends a call that opens: who dies in it gets nothing. */
static int
end_open(struct sim_boot *b, int rc, int fd, int *out_fd)
{
	int ended = sim_call_end(b, rc);

	if (rc == 0 && ended)
		b->ops.close(b, fd);
	if (ended == 0)
		*out_fd = fd;
	return ended;
}

/* Makes every missing directory of an absolute path. */
static int
make_parents(struct sim_host *h, const char *path, int bits)
{
	char part[SIM_PATH_MAX];
	size_t len = 0;

	if (strlen(path) >= sizeof part)
		return -ENAMETOOLONG;
	while (path[len]) {
		struct sim_inode *dir, *made;
		const char *name;
		int rc;

		len += strspn(path + len, "/");
		len += strcspn(path + len, "/");
		memcpy(part, path, len);
		part[len] = '\0';
		if (sim_fs_walk(h, part, true, &dir) == 0)
			continue;
		rc = sim_fs_parent(h, part, &dir, &name);
		if (rc == 0)
			rc = sim_fs_make(dir, name, KIND_DIR, bits, &made);
		if (rc)
			return rc;
	}
	return 0;
}

static int
call_open_root(void *self, const char *path, int flags, int *out_fd)
{
	struct sim_boot *b = self;
	struct sim_inode *i;
	int rc = sim_call_begin(b, "open_root", sim_hash(path)), fd = -1;

	if (rc == 0 && path[0] != '/')
		rc = -EINVAL;
	if (rc == 0 && flags & HOST_CREATE)
		rc = make_parents(
		    b->machine, path, flags & HOST_PRIVATE ? 0700 : 0755);
	if (rc == 0)
		rc = sim_fs_walk(b->machine, path, true, &i);
	if (rc == 0 && i->kind != KIND_DIR)
		rc = -ENOTDIR;
	if (rc == 0)
		rc = open_inode(b, i, HOST_READ, &fd);
	return end_open(b, rc, fd, out_fd);
}

/* openat2's way: no links, no mounts, nothing above. */
static int
below(struct sim_inode *i, struct span path, struct sim_inode **out)
{
	while (path.len > 0) {
		char name[SIM_NAME_MAX + 1];
		const uint8_t *slash = memchr(path.p, '/', path.len);
		size_t len = slash ? (size_t)(slash - path.p) : path.len;
		int rc;

		if (len >= sizeof name)
			return -ENAMETOOLONG;
		memcpy(name, path.p, len);
		name[len] = '\0';
		rc = sim_fs_lookup(i, name, &i);
		if (rc)
			return rc;
		if (i->kind == KIND_SYMLINK)
			return -ELOOP;
		if (i->kind != KIND_DIR)
			return -ENOTDIR;
		if (i->mounted)
			return -EXDEV;
		len += slash != NULL;
		path = span_of(path.p + len, path.len - len);
	}
	*out = i;
	return 0;
}

static int
call_open_below(void *self, int root, struct span path, int *out_fd)
{
	struct sim_boot *b = self;
	struct sim_file *f;
	struct sim_inode *i;
	int rc = sim_call_begin_fd(b, "open_below", root, &f), fd = -1;

	if (b->machine->sim->calls)
		fprintf(b->machine->sim->calls, " %.*s", (int)path.len,
		    (const char *)path.p);
	if (rc == 0)
		rc = below(f->inode, path, &i);
	if (rc == 0)
		rc = open_inode(b, i, HOST_READ, &fd);
	return end_open(b, rc, fd, out_fd);
}

static int
open_name(struct sim_boot *b, struct sim_inode *dir, const char *name,
    int flags, int *out_fd)
{
	struct sim_inode *i;
	int rc = sim_fs_lookup(dir, name, &i);

	if (rc == 0 && flags & HOST_CREATE && flags & HOST_EXCL)
		return -EEXIST;
	if (rc == -ENOENT && flags & HOST_CREATE)
		rc = sim_fs_make(dir, name, KIND_FILE, 0600, &i);
	if (rc)
		return rc;
	if (i->mounted)
		i = i->mounted;
	if (i->kind == KIND_OPAQUE)
		return -ENODEV;
	if (i->kind != KIND_DIR)
		sim_inode_moved(i, dir, name);
	return open_inode(b, i, flags, out_fd);
}

static int
call_open(void *self, int dir, const char *name, int flags, int *out_fd)
{
	struct sim_boot *b = self;
	struct sim_inode *i;
	int rc = begin_at(b, "open", dir, name, &i), fd = -1;

	if (rc == 0)
		rc = open_name(b, i, name, flags, &fd);
	return end_open(b, rc, fd, out_fd);
}

/* Closing works for the dead too: it is how they unwind. */
static void
call_close(void *self, int fd)
{
	struct sim_boot *b = self;
	struct sim_file *f;

	if (sim_call_file(b, fd, &f) != 0)
		abort(); /* closed twice, or never opened */
	b->files.items[fd - FD_FIRST] = NULL;
	sim_fs_close(f);
}

/* ---- names --------------------------------------------------------------- */

static int
call_stat_at(void *self, int dir, const char *name, struct host_stat *out)
{
	struct sim_boot *b = self;
	struct sim_inode *i;
	int rc = begin_at(b, "stat_at", dir, name, &i);

	if (rc == 0)
		rc = sim_fs_lookup(i, name, &i);
	if (rc == 0)
		sim_fs_stat(i->mounted ? i->mounted : i, out);
	return sim_call_end(b, rc);
}

static int
call_list(void *self, int dir, struct host_list *out)
{
	struct sim_boot *b = self;
	struct sim_file *f;
	int rc = sim_call_begin_fd(b, "list", dir, &f);

	if (rc == 0)
		rc = sim_fs_list(f->inode, out);
	return sim_call_end(b, rc);
}

static int
call_make_dir(void *self, int dir, const char *name, int bits)
{
	struct sim_boot *b = self;
	struct sim_inode *i;
	int rc = begin_at(b, "make_dir", dir, name, &i);

	if (rc == 0)
		rc = sim_fs_make(i, name, KIND_DIR, bits, &i);
	return sim_call_end(b, rc);
}

static int
call_unlink(void *self, int dir, const char *name)
{
	struct sim_boot *b = self;
	struct sim_inode *i;
	int rc = begin_at(b, "unlink", dir, name, &i);

	if (rc == 0)
		rc = sim_fs_remove(i, name, false);
	return sim_call_end(b, rc);
}

static int
call_remove_dir(void *self, int dir, const char *name)
{
	struct sim_boot *b = self;
	struct sim_inode *i;
	int rc = begin_at(b, "remove_dir", dir, name, &i);

	if (rc == 0)
		rc = sim_fs_remove(i, name, true);
	return sim_call_end(b, rc);
}

static int
call_rename(void *self, int from_dir, const char *from, int to_dir,
    const char *to, enum host_rename_how how)
{
	struct sim_boot *b = self;
	struct sim_naming a = {.name = (char *)from};
	struct sim_naming z = {.name = (char *)to};
	struct sim_file *f;
	int rc = begin_at(b, "rename", from_dir, from, &a.dir);

	if (b->machine->sim->calls)
		fprintf(b->machine->sim->calls, " to %d %s, how %d", to_dir, to,
		    how);
	if (rc == 0)
		rc = sim_call_file(b, to_dir, &f);
	if (rc == 0) {
		z.dir = f->inode;
		rc = sim_fs_rename(&a, &z, how);
	}
	return sim_call_end(b, rc);
}

static int
call_make_link(void *self, const char *target, int dir, const char *name)
{
	struct sim_boot *b = self;
	struct sim_inode *i;
	int rc = begin_at(b, "make_link", dir, name, &i);

	if (rc == 0 && *target == '\0')
		rc = -ENOENT;
	if (rc == 0)
		rc = sim_fs_make(i, name, KIND_SYMLINK, 0777, &i);
	if (rc == 0)
		i->target = sim_strdup(target);
	return sim_call_end(b, rc);
}

static int
call_read_link(void *self, int dir, const char *name, struct buf *out)
{
	struct sim_boot *b = self;
	struct sim_inode *i;
	int rc = begin_at(b, "read_link", dir, name, &i);

	if (rc == 0)
		rc = sim_fs_lookup(i, name, &i);
	if (rc == 0)
		rc = i->kind == KIND_SYMLINK ? buf_add(out, span_str(i->target))
					     : -EINVAL;
	return sim_call_end(b, rc);
}

static int
call_set_mtime_at(void *self, int dir, const char *name, int64_t mtime_ns)
{
	struct sim_boot *b = self;
	struct sim_inode *i;
	int rc = begin_at(b, "set_mtime_at", dir, name, &i);

	if (rc == 0)
		rc = sim_fs_lookup(i, name, &i);
	if (rc == 0)
		sim_fs_set_mtime(i, mtime_ns);
	return sim_call_end(b, rc);
}

void
sim_calls_fill(struct host_ops *ops)
{
	ops->open_root = call_open_root;
	ops->open_below = call_open_below;
	ops->open = call_open;
	ops->close = call_close;
	ops->stat_at = call_stat_at;
	ops->list = call_list;
	ops->make_dir = call_make_dir;
	ops->unlink = call_unlink;
	ops->remove_dir = call_remove_dir;
	ops->rename = call_rename;
	ops->make_link = call_make_link;
	ops->read_link = call_read_link;
	ops->set_mtime_at = call_set_mtime_at;
}
