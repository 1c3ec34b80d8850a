/* SPDX-License-Identifier: Apache-2.0 */
/* Names: looking up, making, removing, moving. What is open: sim_open.c. */
#include "tests/sim/sim_internal.h"

#include <string.h>

int
sim_fs_name_ok(const char *name)
{
	size_t len = strlen(name);

	if (len > SIM_NAME_MAX)
		return -ENAMETOOLONG;
	/* One component is the host's contract; anything else is our bug. */
	if (len == 0 || strchr(name, '/') || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0)
		return -EINVAL;
	return 0;
}

/* The daemon and the users are one person, who is not root. */
int
sim_fs_may(const struct sim_inode *i, int rwx)
{
	return (i->bits >> 6 & rwx) == rwx ? 0 : -EACCES;
}

int
sim_fs_lookup(struct sim_inode *dir, const char *name, struct sim_inode **out)
{
	struct sim_inode *i;
	int rc = sim_fs_name_ok(name);

	if (rc)
		return rc;
	if (dir->kind != KIND_DIR)
		return -ENOTDIR;
	rc = sim_fs_may(dir, 1);
	if (rc)
		return rc;
	i = sim_entry_find(dir->entries, name);
	if (i == NULL)
		return -ENOENT;
	*out = i;
	return 0;
}

/* May names of this directory be changed? A removed one holds none. */
static int
may_change(const struct sim_inode *dir)
{
	if (dir->kind != KIND_DIR)
		return -ENOTDIR;
	if (dir->links == 0 && dir != dir->fs->root)
		return -ENOENT;
	return sim_fs_may(dir, 3);
}

/* Sets names in the live tree, stamps, and tells the disk. */
static void
name_all(const struct sim_naming *naming, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		struct sim_inode *dir = naming[k].dir;

		sim_entry_set(&dir->entries, naming[k].name, naming[k].inode);
		dir->mtime = dir->ctime = sim_fs_stamp(dir->fs);
		if (naming[k].inode) {
			sim_inode_moved(naming[k].inode, dir, naming[k].name);
			naming[k].inode->ctime = dir->ctime;
		}
	}
	sim_disk_named(naming, n);
}

static unsigned
dir_flag(const struct sim_inode *i)
{
	return i->kind == KIND_DIR ? HOST_EVENT_IS_DIR : 0;
}

int
sim_fs_make(struct sim_inode *dir, const char *name, int kind, int bits,
    struct sim_inode **out)
{
	struct sim_naming naming = {.dir = dir, .name = (char *)name};
	struct sim_inode *there;
	int rc = sim_fs_lookup(dir, name, &there);

	if (rc == 0)
		return -EEXIST;
	if (rc == -ENOENT)
		rc = may_change(dir);
	if (rc)
		return rc;
	if (dir->fs->used >= dir->fs->capacity)
		return -ENOSPC;
	naming.inode = sim_inode_new(dir->fs, kind, bits);
	naming.inode->links = 1;
	name_all(&naming, 1);
	sim_watch_tell(dir, name, HOST_EVENT_APPEARED | dir_flag(naming.inode));
	*out = naming.inode;
	sim_inode_unref(naming.inode);
	return 0;
}

int
sim_fs_link(struct sim_inode *i, struct sim_inode *dir, const char *name)
{
	struct sim_naming naming = {dir, i, (char *)name};
	struct sim_inode *there;
	int rc = sim_fs_lookup(dir, name, &there);

	if (rc == 0)
		return -EEXIST;
	if (rc == -ENOENT)
		rc = may_change(dir);
	if (rc)
		return rc;
	if (i->kind == KIND_DIR)
		return -EPERM;
	if (i->fs != dir->fs)
		return -EXDEV;
	i->links++;
	name_all(&naming, 1);
	sim_watch_tell(dir, name, HOST_EVENT_APPEARED);
	return 0;
}

/* A name of the inode has gone; the caller holds it. */
static void
unnamed(struct sim_inode *i, struct sim_inode *dir, const char *name)
{
	i->links--;
	i->ctime = sim_fs_stamp(i->fs);
	if (i->parent == dir && i->name && strcmp(i->name, name) == 0)
		sim_inode_moved(i, NULL, NULL);
	if (i->links == 0 && i->kind == KIND_DIR)
		sim_watch_gone(i);
}

int
sim_fs_remove(struct sim_inode *dir, const char *name, bool is_dir)
{
	struct sim_naming naming = {.dir = dir, .name = (char *)name};
	struct sim_inode *i;
	int rc = sim_fs_lookup(dir, name, &i);

	if (rc == 0)
		rc = may_change(dir);
	if (rc)
		return rc;
	if (is_dir && i->kind != KIND_DIR)
		return -ENOTDIR;
	if (!is_dir && i->kind == KIND_DIR)
		return -EISDIR;
	if (i->mounted)
		return -EBUSY;
	if (i->entries)
		return -ENOTEMPTY;
	sim_inode_ref(i);
	name_all(&naming, 1);
	unnamed(i, dir, name);
	sim_watch_tell(dir, name, HOST_EVENT_VANISHED | dir_flag(i));
	sim_inode_unref(i);
	return 0;
}

/* ---- renaming ------------------------------------------------------------ */

static bool
inside(const struct sim_inode *dir, const struct sim_inode *of)
{
	for (; dir; dir = dir->parent)
		if (dir == of)
			return true;
	return false;
}

/* What is at both names, and whether the move is allowed. */
static int
rename_check(const struct sim_naming *from, const struct sim_naming *to,
    enum host_rename_how how, struct sim_inode *found[2])
{
	int rc = sim_fs_lookup(from->dir, from->name, &found[0]);

	if (rc)
		return rc;
	rc = sim_fs_lookup(to->dir, to->name, &found[1]);
	if (rc == -ENOENT && how != HOST_EXCHANGE)
		found[1] = NULL;
	else if (rc == 0 && how == HOST_NOREPLACE)
		rc = -EEXIST;
	if (rc && rc != -ENOENT)
		return rc;
	if (rc && how == HOST_EXCHANGE)
		return rc;
	if (from->dir->fs != to->dir->fs)
		return -EXDEV;
	rc = may_change(from->dir);
	if (rc == 0)
		rc = may_change(to->dir);
	if (rc)
		return rc;
	if (found[0]->mounted || (found[1] && found[1]->mounted))
		return -EBUSY;
	if (found[0]->kind == KIND_DIR && inside(to->dir, found[0]))
		return -EINVAL;
	if (found[1] && found[1]->kind == KIND_DIR &&
	    inside(from->dir, found[1]))
		return how == HOST_EXCHANGE ? -EINVAL : -ENOTEMPTY;
	return 0;
}

static int
replace_check(const struct sim_inode *from, const struct sim_inode *to)
{
	if (from->kind == KIND_DIR && to->kind != KIND_DIR)
		return -ENOTDIR;
	if (from->kind != KIND_DIR && to->kind == KIND_DIR)
		return -EISDIR;
	return to->entries ? -ENOTEMPTY : 0;
}

static void
tell_moved(const struct sim_naming *from, const struct sim_naming *to,
    struct sim_inode *i)
{
	sim_watch_tell(
	    from->dir, from->name, HOST_EVENT_VANISHED | dir_flag(i));
	sim_watch_tell(to->dir, to->name, HOST_EVENT_APPEARED | dir_flag(i));
	if (i->kind == KIND_DIR)
		sim_watch_tell(i, NULL, HOST_EVENT_SELF);
}

static void
exchange(const struct sim_naming *from, const struct sim_naming *to,
    struct sim_inode *found[2])
{
	struct sim_naming naming[2] = {*from, *to};

	naming[0].inode = found[1];
	naming[1].inode = found[0];
	sim_inode_ref(found[0]);
	sim_inode_ref(found[1]);
	name_all(naming, 2);
	tell_moved(from, to, found[0]);
	tell_moved(to, from, found[1]);
	sim_inode_unref(found[0]);
	sim_inode_unref(found[1]);
}

static void
move(const struct sim_naming *from, const struct sim_naming *to,
    struct sim_inode *i, struct sim_inode *replaced)
{
	struct sim_naming naming[2] = {*from, *to};

	naming[0].inode = NULL;
	naming[1].inode = i;
	sim_inode_ref(i);
	if (replaced)
		sim_inode_ref(replaced);
	name_all(naming, 2);
	if (replaced) {
		unnamed(replaced, to->dir, to->name);
		sim_inode_unref(replaced);
	}
	tell_moved(from, to, i);
	sim_inode_unref(i);
}

int
sim_fs_rename(const struct sim_naming *from, const struct sim_naming *to,
    enum host_rename_how how)
{
	struct sim_inode *found[2] = {NULL, NULL};
	int rc = rename_check(from, to, how, found);

	if (rc)
		return rc;
	if (found[0] == found[1])
		return 0; /* as POSIX has it: two links of one file stay */
	if (how == HOST_EXCHANGE) {
		exchange(from, to, found);
		return 0;
	}
	if (found[1])
		rc = replace_check(found[0], found[1]);
	if (rc == 0)
		move(from, to, found[0], found[1]);
	return rc;
}

/* ---- paths --------------------------------------------------------------- */

enum { LINKS_MAX = 16 };

struct walk {
	struct sim_host *host;
	struct sim_inode *at;
	int links; /* followed so far */
};

static int walk_path(struct walk *w, const char *path, bool follow);

/* One component further. */
static int
walk_name(struct walk *w, const char *name, bool follow)
{
	struct sim_inode *up = w->at, *i;
	int rc;

	if (strcmp(name, ".") == 0)
		return 0;
	if (strcmp(name, "..") == 0) {
		if (up == up->fs->root && up->fs->covers)
			up = up->fs->covers;
		w->at = up->parent ? up->parent : up;
		return 0;
	}
	rc = sim_fs_lookup(up, name, &i);
	if (rc)
		return rc;
	if (i->kind == KIND_SYMLINK && follow) {
		if (++w->links > LINKS_MAX)
			return -ELOOP;
		return walk_path(w, i->target, true);
	}
	w->at = i->mounted ? i->mounted : i;
	return 0;
}

static int
walk_path(struct walk *w, const char *path, bool follow)
{
	char name[SIM_PATH_MAX];

	if (*path == '/')
		w->at = w->host->root;
	while (*path) {
		size_t len = strcspn(path, "/");
		bool last = path[len + strspn(path + len, "/")] == '\0';
		int rc;

		if (len >= sizeof name)
			return -ENAMETOOLONG;
		memcpy(name, path, len);
		name[len] = '\0';
		rc = len ? walk_name(w, name, follow || !last) : 0;
		if (rc)
			return rc;
		path += len;
		path += strspn(path, "/");
	}
	return 0;
}

int
sim_fs_walk(
    struct sim_host *h, const char *path, bool follow, struct sim_inode **out)
{
	struct walk w = {.host = h, .at = h->root};
	int rc = walk_path(&w, path, follow);

	if (rc == 0)
		*out = w.at;
	return rc;
}

int
sim_fs_parent(struct sim_host *h, const char *path, struct sim_inode **out_dir,
    const char **out_name)
{
	char up[SIM_PATH_MAX];
	const char *slash = strrchr(path, '/');

	if (slash == NULL || strlen(path) >= sizeof up)
		return -EINVAL;
	memcpy(up, path, (size_t)(slash - path));
	up[slash - path] = '\0';
	*out_name = slash + 1;
	return sim_fs_walk(h, up, true, out_dir);
}
