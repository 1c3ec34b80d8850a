/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/watch/watch_internal.h"

#include <errno.h>
#include <string.h>
#include <utlist.h>

#include "proto/base/path.h"

/* Once for all, as the macro is long. */
static unsigned
hash_of(const void *key, size_t len)
{
	unsigned hash;

	HASH_VALUE(key, len, hash);
	return hash;
}

struct watch_node *
watch_node_find(const struct watch *w, struct span path)
{
	const void *key = path.len > 0 ? path.p : (const void *)"";
	unsigned hash = hash_of(key, path.len);
	struct watch_node *node;

	HASH_FIND_BYHASHVALUE(by_path, w->paths, key, path.len, hash, node);
	return node;
}

struct watch_node *
watch_node_numbered(const struct watch *w, int number)
{
	unsigned hash = hash_of(&number, sizeof number);
	struct watch_node *node;

	HASH_FIND_BYHASHVALUE(
	    by_number, w->numbers, &number, sizeof number, hash, node);
	return node;
}

/* ---- making -------------------------------------------------------------- */

static struct watch_node *
make_one(struct watch *w, struct watch_node *parent, struct span path)
{
	struct watch_node *node = calloc(1, sizeof *node + path.len + 1);
	unsigned hash;

	if (node == NULL)
		return NULL;
	node->len = path.len;
	if (path.len > 0)
		memcpy(node->path, path.p, path.len);
	hash = hash_of(node->path, node->len);
	HASH_ADD_KEYPTR_BYHASHVALUE(
	    by_path, w->paths, node->path, node->len, hash, node);
	if (node->by_path.tbl == NULL) {
		free(node);
		return NULL;
	}
	node->parent = parent;
	if (parent != NULL)
		DL_APPEND(parent->children, node);
	return node;
}

static bool
is_idle(const struct watch_node *node)
{
	return !node->watched && node->children == NULL;
}

static void
free_one(struct watch *w, struct watch_node *node)
{
	if (node->parent != NULL)
		DL_DELETE(node->parent->children, node);
	HASH_DELETE(by_path, w->paths, node);
	free(node);
}

/* Frees a node that is of no use, and those above that were for it. */
static void
prune(struct watch *w, struct watch_node *node)
{
	while (node != NULL && is_idle(node)) {
		struct watch_node *parent = node->parent;

		free_one(w, node);
		node = parent;
	}
}

int
watch_node_make(struct watch *w, struct span path, struct watch_node **out)
{
	struct watch_node *node = watch_node_find(w, span_of(path.p, 0));
	size_t at = 0;

	if (node == NULL)
		node = make_one(w, NULL, span_of(path.p, 0));
	while (node != NULL && node->len < path.len) {
		struct watch_node *parent = node;
		struct span part;

		at++; /* a name has a byte, and a slash is before it */
		while (at < path.len && path.p[at] != '/')
			at++;
		part = span_of(path.p, at);
		node = watch_node_find(w, part);
		if (node == NULL)
			node = make_one(w, parent, part);
		if (node == NULL)
			prune(w, parent);
	}
	if (node == NULL)
		return -ENOMEM;
	*out = node;
	return 0;
}

/* ---- numbers ------------------------------------------------------------- */

/* Ends a node's watch in our books, and the host's unless it moves. */
static void
unwatch(struct watch *w, struct watch_node *node, bool host)
{
	if (!node->watched)
		return;
	if (host && w->watcher != NULL)
		host_watcher_remove(w->host, w->watcher, node->number);
	HASH_DELETE(by_number, w->numbers, node);
	node->watched = false;
	node->moved = false;
}

static void
drop_below(struct watch *w, struct watch_node *top)
{
	struct watch_node *node = top;

	for (;;) {
		struct watch_node *parent = node->parent;

		while (node->children != NULL) {
			parent = node;
			node = node->children;
		}
		if (node == top)
			return;
		unwatch(w, node, true);
		free_one(w, node);
		node = parent;
	}
}

void
watch_node_move(struct watch *w, struct watch_node *node)
{
	unwatch(w, node, false);
	drop_below(w, node);
	prune(w, node);
}

int
watch_node_number(struct watch *w, struct watch_node *node, int number)
{
	unsigned hash = hash_of(&number, sizeof number);

	unwatch(w, node, true);
	node->number = number;
	HASH_ADD_BYHASHVALUE(
	    by_number, w->numbers, number, sizeof number, hash, node);
	node->watched = node->by_number.tbl != NULL;
	if (node->watched)
		return 0;
	prune(w, node);
	return -ENOMEM;
}

void
watch_node_drop(struct watch *w, struct watch_node *node)
{
	drop_below(w, node);
	unwatch(w, node, true);
	prune(w, node);
}
