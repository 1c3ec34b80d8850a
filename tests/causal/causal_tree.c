/* SPDX-License-Identifier: Apache-2.0 */
/* What stands at a path, and at all paths of a folder. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/causal/causal_act.h"
#include "tests/causal/causal_internal.h"

/* ---- states -------------------------------------------------------------- */

bool
causal_state_same(const struct causal_state *a, const struct causal_state *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == KIND_NONE || a->kind == KIND_GONE)
		return true;
	if (a->kind != KIND_SYMLINK && a->bits != b->bits)
		return false;
	if (a->kind != KIND_DIR && a->mtime_ns != b->mtime_ns)
		return false;
	return name_equal(&a->content, &b->content);
}

void
causal_name(struct span bytes, struct name *out)
{
	struct name_file file;
	struct name chunk;

	name_file_init(&file, bytes.len);
	if (bytes.len > 0) {
		name_chunk(bytes, &chunk);
		name_file_add(&file, &chunk);
	}
	name_file_end(&file, out);
}

void
causal_state_text(const struct causal_state *s, char *out, size_t len)
{
	static const char *const kinds[] = {[KIND_NONE] = "nothing",
	    [KIND_FILE] = "file",
	    [KIND_DIR] = "directory",
	    [KIND_SYMLINK] = "link",
	    [KIND_GONE] = "gone"};

	if (s->kind == KIND_NONE || s->kind == KIND_GONE)
		snprintf(out, len, "%s", kinds[s->kind]);
	else
		snprintf(out, len, "%s %o mtime %" PRId64 " content %02x%02x",
		    kinds[s->kind], s->bits, s->mtime_ns, s->content.b[0],
		    s->content.b[1]);
}

/* ---- trees --------------------------------------------------------------- */

void
causal_tree_add(struct causal_tree *t, const char *path,
    const struct causal_state *state, bool any_bits)
{
	CAUSAL_PUSH(&t->v, (struct causal_item){
			       causal_memory(strdup(path)), *state, any_bits});
}

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const struct causal_item *)a)->path,
	    ((const struct causal_item *)b)->path);
}

void
causal_tree_sort(struct causal_tree *t)
{
	if (t->v.n > 1)
		qsort(t->v.items, t->v.n, sizeof *t->v.items, by_path);
}

void
causal_tree_release(struct causal_tree *t)
{
	VEC_EACH (&t->v, item)
		free(item->path);
	VEC_RELEASE(&t->v);
}

/* ---- walking ------------------------------------------------------------- */

/* What to do with each path of a directory, deepest last. */
struct walk {
	const struct causal_files *files;
	const char *dir;
	causal_path_cb *cb;
	void *arg;
};

void
causal_join(
    char out[static CAUSAL_PATH_BYTES], const char *dir, const char *name)
{
	snprintf(out, CAUSAL_PATH_BYTES, "%s%s%s", dir,
	    dir[0] != '\0' ? "/" : "", name);
}

static void
walk_name(void *arg, const char *name)
{
	const struct walk *w = arg;
	struct causal_state s;
	char path[CAUSAL_PATH_BYTES];
	struct walk below = *w;

	if (w->dir[0] == '\0' && strcmp(name, ".tutti") == 0)
		return;
	causal_join(path, w->dir, name);
	w->cb(w->arg, path);
	w->files->state(w->files->arg, path, &s);
	below.dir = path;
	if (s.kind == KIND_DIR)
		(void)w->files->list(w->files->arg, path, walk_name, &below);
}

void
causal_each_below(const struct causal_files *files, const char *dir,
    causal_path_cb *cb, void *arg)
{
	struct walk w = {files, dir, cb, arg};

	(void)files->list(files->arg, dir, walk_name, &w);
}

struct reading {
	const struct causal_files *files;
	struct causal_tree *tree;
};

static void
read_path(void *arg, const char *path)
{
	const struct reading *r = arg;
	struct causal_state s;

	r->files->state(r->files->arg, path, &s);
	causal_tree_add(r->tree, path, &s, false);
}

void
causal_tree_read(const struct causal_files *files, struct causal_tree *out)
{
	struct reading r = {files, out};

	*out = (struct causal_tree){0};
	causal_each_below(files, "", read_path, &r);
	causal_tree_sort(out);
}
