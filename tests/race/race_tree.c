/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/race/race.h"

/* What a walk calls with each file; false: it changed, give up. */
typedef bool file_cb(void *arg, int dir, const char *name, const char *path);

/* Names what a file holds; false: it is not there any more. */
static bool
hash(int dir, const char *name, struct stat *st, struct name *out)
{
	static uint8_t bytes[RACE_BYTES];
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	size_t n;

	if (fd < 0)
		return false;
	n = race_read(fd, bytes);
	name_chunk(span_of(bytes, n), out);
	fstat(fd, st);
	close(fd);
	return true;
}

static bool walk(int dir, const char *path, file_cb *cb, void *arg);

static bool
walk_one(
    int dir, const char *path, const struct dirent *d, file_cb *cb, void *arg)
{
	char below[RACE_NAME_SIZE * 2];
	int fd;

	snprintf(
	    below, sizeof below, "%s%s%s", path, *path ? "/" : "", d->d_name);
	if (d->d_type != DT_DIR)
		return cb(arg, dir, d->d_name, below);
	fd = openat(dir, d->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || walk(fd, below, cb, arg);
}

/* Takes dir. */
static bool
walk(int dir, const char *path, file_cb *cb, void *arg)
{
	DIR *list = fdopendir(dir);
	const struct dirent *d;
	bool well = true;

	if (list == NULL)
		race_die("cannot list %s", path);
	while (well && (d = readdir(list)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 ||
		    strcmp(d->d_name, "..") == 0 ||
		    (*path == '\0' &&
			(strcmp(d->d_name, ".tutti") == 0 ||
			    strcmp(d->d_name, RACE_BALLAST) == 0)))
			continue;
		well = walk_one(dir, path, d, cb, arg);
	}
	closedir(list);
	return well;
}

static bool
add_file(void *arg, int dir, const char *name, const char *path)
{
	struct race_tree *t = arg;
	struct race_file file;
	struct stat st;

	if (!hash(dir, name, &st, &file.content))
		return false;
	snprintf(file.path, sizeof file.path, "%s", path);
	file.size = (uint64_t)st.st_size;
	file.bits = st.st_mode & 0777;
	file.mtime_ns =
	    st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec;
	if (VEC_PUSH(&t->v, file) < 0)
		race_die("no memory for a tree");
	return true;
}

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const struct race_file *)a)->path,
	    ((const struct race_file *)b)->path);
}

bool
race_tree_read(const struct race_machine *m, struct race_tree *out)
{
	int dir = openat(m->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	out->v.n = 0;
	if (dir < 0 || !walk(dir, "", add_file, out))
		return false;
	if (out->v.n > 1)
		qsort(out->v.items, out->v.n, sizeof *out->v.items, by_path);
	return true;
}

static bool
equal(const struct race_file *a, const struct race_file *b)
{
	return strcmp(a->path, b->path) == 0 && a->size == b->size &&
	       a->bits == b->bits && a->mtime_ns == b->mtime_ns &&
	       name_equal(&a->content, &b->content);
}

const char *
race_tree_differ(const struct race_tree *a, const struct race_tree *b)
{
	for (size_t i = 0; i < a->v.n && i < b->v.n; i++)
		if (!equal(&a->v.items[i], &b->v.items[i]))
			return a->v.items[i].path;
	if (a->v.n == b->v.n)
		return NULL;
	return a->v.n > b->v.n ? a->v.items[b->v.n].path
			       : b->v.items[a->v.n].path;
}

struct kept_walk {
	struct race *race;
	race_kept_cb *cb;
};

static bool
see_kept(void *arg, int dir, const char *name, const char *path)
{
	struct kept_walk *w = arg;
	struct name content;
	struct stat st;

	if (hash(dir, name, &st, &content))
		w->cb(w->race, path, &content);
	return true;
}

void
race_tree_kept(struct race *r, const struct race_machine *m, race_kept_cb *cb)
{
	struct kept_walk w = {r, cb};
	int dir =
	    openat(m->folder, ".tutti", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char path[RACE_NAME_SIZE];

	if (dir < 0)
		race_die("%s has no .tutti", m->folder_path);
	snprintf(path, sizeof path, "%s/.tutti", m->folder_path);
	walk(dir, path, see_kept, &w);
}
