/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/sim_tree.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_internal.h"

enum { LINK_MAX = 1 << 16 };

uint64_t
tree_hash(struct span bytes)
{
	return sim_bytes_hash(bytes);
}

/* A file's bytes or a link's text. */
static uint64_t
content(struct sim_host *h, const char *path, int kind)
{
	uint64_t hash = 0;
	struct buf b;

	if (kind == KIND_FILE)
		(void)!sim_user_hash(h, path, &hash);
	buf_init(&b, LINK_MAX);
	if (kind == KIND_SYMLINK && sim_user_read_link(h, path, &b) == 0)
		hash = tree_hash(buf_span(&b));
	buf_release(&b);
	return hash;
}

static void read_dir(
    struct sim_host *h, const char *root, const char *below, struct tree *out);

static void
read_item(
    struct sim_host *h, const char *root, const char *path, struct tree *out)
{
	struct tree_item item = {0};
	struct host_stat st;
	char whole[9000];

	snprintf(whole, sizeof whole, "%s/%s", root, path);
	if (sim_user_stat(h, whole, &st) != 0)
		return;
	item.path = strdup(path);
	item.kind = st.kind;
	item.bits = st.bits;
	item.mtime_ns = st.mtime_ns;
	item.size = st.size;
	if (out->only == 0 || st.size == out->only)
		item.hash = content(h, whole, st.kind);
	if (item.path == NULL || VEC_PUSH(&out->v, item) != 0)
		abort();
	if (st.kind == KIND_DIR)
		read_dir(h, root, path, out);
}

static void
read_dir(
    struct sim_host *h, const char *root, const char *below, struct tree *out)
{
	struct host_list list;
	char path[8192];

	host_list_init(&list);
	snprintf(path, sizeof path, "%s/%s", root, below);
	if (sim_user_list(h, path, &list) == 0)
		for (size_t i = 0; i < list.v.n; i++) {
			const char *name = host_list_name(&list, i);

			if (*below == '\0' && strcmp(name, ".tutti") == 0)
				continue;
			snprintf(path, sizeof path, "%s%s%s", below,
			    *below ? "/" : "", name);
			read_item(h, root, path, out);
		}
	host_list_release(&list);
}

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const struct tree_item *)a)->path,
	    ((const struct tree_item *)b)->path);
}

void
tree_read(struct sim_host *h, const char *root, struct tree *out)
{
	*out = (struct tree){0};
	read_dir(h, root, "", out);
	if (out->v.n > 0)
		qsort(out->v.items, out->v.n, sizeof *out->v.items, by_path);
}

void
tree_release(struct tree *t)
{
	for (size_t i = 0; i < t->v.n; i++)
		free(t->v.items[i].path);
	VEC_RELEASE(&t->v);
}

const struct tree_item *
tree_find(const struct tree *t, const char *path)
{
	VEC_EACH (&t->v, item) {
		if (strcmp(item->path, path) == 0)
			return item;
	}
	return NULL;
}

const struct tree_item *
tree_holds(const struct tree *t, uint64_t hash, uint64_t size)
{
	VEC_EACH (&t->v, item) {
		if (item->kind == KIND_FILE && item->size == size &&
		    item->hash == hash)
			return item;
	}
	return NULL;
}

bool
tree_shows(const struct tree *t, uint64_t hash, uint64_t size)
{
	VEC_EACH (&t->v, item) {
		size_t len = strlen(item->path);

		/* What editors write first is on its way somewhere else. */
		if (item->kind == KIND_FILE && item->size == size &&
		    item->hash == hash && item->path[len - 1] != '~')
			return true;
	}
	return false;
}

bool
tree_has(struct sim_host *h, const char *root, uint64_t hash, uint64_t size)
{
	struct tree t = {.only = size};
	bool has;

	read_dir(h, root, "", &t);
	has = tree_shows(&t, hash, size);
	tree_release(&t);
	return has;
}

void
tree_forget_bits(struct tree *t, const char *path)
{
	size_t len = strlen(path);

	VEC_EACH (&t->v, item) {
		if (item->kind == KIND_DIR &&
		    strncmp(item->path, path, len) == 0 &&
		    (item->path[len] == '\0' || item->path[len] == '/'))
			item->bits = 0;
	}
}

/* ---- comparing ----------------------------------------------------------- */

static bool
item_differs(const struct tree_item *a, const struct tree_item *b)
{
	if (a->kind != b->kind)
		return true;
	if (a->kind == KIND_OPAQUE)
		return false;
	if (a->kind != KIND_SYMLINK && a->bits != b->bits)
		return true;
	if (a->kind == KIND_FILE && a->mtime_ns != b->mtime_ns)
		return true;
	return a->kind != KIND_DIR &&
	       (a->size != b->size || a->hash != b->hash);
}

static void
item_text(const struct tree_item *i, char *out, size_t len)
{
	if (i == NULL)
		snprintf(out, len, "nothing");
	else
		snprintf(out, len,
		    "kind %d bits %o size %" PRIu64 " mtime %" PRId64
		    " content %08" PRIx64,
		    i->kind, i->bits, i->size, i->mtime_ns,
		    i->hash & UINT32_MAX);
}

static void
say(const struct tree_item *a, const struct tree_item *b, char *out, size_t len)
{
	char left[160], right[160];

	item_text(a, left, sizeof left);
	item_text(b, right, sizeof right);
	snprintf(out, len, "%s: %s | %s", a ? a->path : b->path, left, right);
}

bool
tree_differs(const struct tree *a, const struct tree *b, char *out, size_t len)
{
	size_t i = 0, j = 0;

	while (i < a->v.n || j < b->v.n) {
		const struct tree_item *x = i < a->v.n ? &a->v.items[i] : NULL;
		const struct tree_item *y = j < b->v.n ? &b->v.items[j] : NULL;
		int order = !x ? 1 : !y ? -1 : strcmp(x->path, y->path);

		i += order <= 0;
		j += order >= 0;
		if (order < 0)
			y = NULL;
		if (order > 0)
			x = NULL;
		if (order == 0 && !item_differs(x, y))
			continue;
		say(x, y, out, len);
		return true;
	}
	return false;
}
