/* SPDX-License-Identifier: Apache-2.0 */
/* What is to be seen in a scene: rest, trees, files, copies, status. */
#include "tests/sim/sim_scene.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/node/node.h"
#include "tests/sim/sim_tree.h"

enum {
	PATH_BYTES = 4096,
	TEXT_MAX = 1 << 20,
	REST_S = 900, /* back-off and all */
	QUIET_S = 10,
};

static const char *
whole(const char *path, char out[static PATH_BYTES])
{
	snprintf(out, PATH_BYTES, "%s/%s", SCRIPT_ROOT, path);
	return out;
}

/* ---- rest ---------------------------------------------------------------- */

static bool
all_rest(const struct scene *s)
{
	bool rest = true;

	for (unsigned i = 0; i < s->n; i++)
		rest = rest && sim_node_rests(s->node[i], false);
	return rest;
}

static void
no_rest(struct scene *s)
{
	struct buf why;

	buf_init(&why, TEXT_MAX);
	for (unsigned i = 0; i < s->n; i++)
		sim_node_why(s->node[i], &why);
	ck_abort_msg("no rest: %.*s", (int)why.len, (const char *)why.p);
}

static void
all_equal(struct scene *s)
{
	struct tree first, other;
	char where[512];

	tree_read(s->host[0], SCRIPT_ROOT, &first);
	for (unsigned i = 1; i < s->n; i++) {
		tree_read(s->host[i], SCRIPT_ROOT, &other);
		ck_assert_msg(
		    !tree_differs(&first, &other, where, sizeof where),
		    "%s and %s differ: %s", sim_host_name(s->host[0]),
		    sim_host_name(s->host[i]), where);
		tree_release(&other);
	}
	tree_release(&first);
}

void
scene_rest(struct scene *s)
{
	int64_t end = sim_now(s->sim) + REST_S * SIM_SECOND;

	for (unsigned quiet = 0; quiet < QUIET_S;) {
		scene_wait(s, 1);
		quiet = all_rest(s) ? quiet + 1 : 0;
		if (sim_now(s->sim) > end)
			no_rest(s);
	}
	all_equal(s);
}

/* ---- files --------------------------------------------------------------- */

bool
scene_has(struct scene *s, unsigned who, const char *path)
{
	struct host_stat st;
	char at[PATH_BYTES];

	return sim_user_stat(s->host[who], whole(path, at), &st) == 0;
}

void
scene_sees(struct scene *s, unsigned who, const char *path, const char *text)
{
	const char *name = sim_host_name(s->host[who]);
	char at[PATH_BYTES];
	struct buf b;

	if (text == NULL) {
		ck_assert_msg(
		    !scene_has(s, who, path), "%s has %s", name, path);
		return;
	}
	buf_init(&b, TEXT_MAX);
	ck_assert_msg(sim_user_read(s->host[who], whole(path, at), &b) == 0 &&
			  span_equal(buf_span(&b), span_str(text)),
	    "%s at %s: \"%.*s\", not \"%s\"", path, name, (int)b.len,
	    (const char *)b.p, text);
	buf_release(&b);
}

void
scene_shows(struct scene *s, const char *path, const char *text)
{
	for (unsigned i = 0; i < s->n; i++)
		scene_sees(s, i, path, text);
}

size_t
scene_names(struct scene *s, unsigned who)
{
	struct tree t;
	size_t n;

	tree_read(s->host[who], SCRIPT_ROOT, &t);
	n = t.v.n;
	tree_release(&t);
	return n;
}

size_t
scene_kept(struct scene *s, unsigned who)
{
	struct host_list list;
	size_t n;

	host_list_init(&list);
	ck_assert_int_eq(
	    sim_user_list(s->host[who], SCRIPT_ROOT "/.tutti/versions", &list),
	    0);
	n = list.v.n;
	host_list_release(&list);
	return n;
}

size_t
scene_copies(struct scene *s, unsigned who)
{
	struct tree t;
	size_t n = 0;

	tree_read(s->host[who], SCRIPT_ROOT, &t);
	VEC_EACH (&t.v, item)
		n += strstr(item->path, ".conflict-") != NULL;
	tree_release(&t);
	return n;
}

char *
scene_copy(struct scene *s, unsigned who, const char *text)
{
	uint64_t hash = tree_hash(span_str(text));
	char *copy = NULL;
	struct tree t;

	tree_read(s->host[who], SCRIPT_ROOT, &t);
	VEC_EACH (&t.v, item) {
		if (strstr(item->path, ".conflict-") == NULL ||
		    item->hash != hash)
			continue;
		ck_assert_msg(copy == NULL, "two copies of \"%s\"", text);
		copy = strdup(item->path);
	}
	tree_release(&t);
	ck_assert_msg(copy != NULL, "no copy of \"%s\"", text);
	return copy;
}

struct node_status
scene_status(struct scene *s, unsigned who)
{
	struct node_status status;

	ck_assert_int_eq(node_status(sim_node_of(s->node[who]), &status), 0);
	ck_assert_uint_eq(status.n_folders, 1);
	ck_assert(status.folders[0].open);
	return status;
}
