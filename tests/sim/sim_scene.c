/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/sim_scene.h"

#include <stdlib.h>
#include <string.h>

enum {
	PATH_BYTES = 4096,
	NOTE_S = 15, /* deletes rest, busy files are tried again */
	LEASE_S = 60,
};

/* ---- life ---------------------------------------------------------------- */

struct scene
scene_set(unsigned n, int seed)
{
	struct scene s = {.sim = sim_new((uint64_t)seed + 1), .n = n};

	if (getenv("TUTTI_SIM_SHOW"))
		sim_trace_to(s.sim, stdout, false);
	sim_nodes_new(s.sim, n, SCRIPT_MESH, s.node);
	for (unsigned i = 0; i < n; i++)
		s.host[i] = sim_node_machine(s.node[i]);
	return s;
}

void
scene_up(struct scene *s, unsigned who)
{
	ck_assert_int_eq(sim_node_start(s->node[who]), 0);
}

void
scene_all_up(struct scene *s)
{
	for (unsigned i = 0; i < s->n; i++)
		scene_up(s, i);
}

void
scene_down(struct scene *s, unsigned who)
{
	ck_assert(sim_node_stop(s->node[who]));
	ck_assert_uint_eq(sim_node_left(s->node[who]), 0);
}

void
scene_end(struct scene *s)
{
	for (unsigned i = 0; i < s->n; i++)
		scene_down(s, i);
	for (unsigned i = 0; i < s->n; i++)
		sim_node_free(s->node[i]);
	sim_free(s->sim);
}

/* ---- users --------------------------------------------------------------- */

static const char *
whole(const char *path, char out[static PATH_BYTES])
{
	snprintf(out, PATH_BYTES, "%s/%s", SCRIPT_ROOT, path);
	return out;
}

/* One thing that a user does: what, and with what. */
struct deed {
	int (*file)(struct sim_host *, const char *, struct span);
	int (*name)(struct sim_host *, const char *);
	int (*two)(struct sim_host *, const char *, const char *);
	const char *path, *to;
	struct span bytes;
};

static int
try_deed(struct sim_host *h, const struct deed *d)
{
	char path[PATH_BYTES], to[PATH_BYTES];

	(void)whole(d->path, path);
	if (d->file)
		return d->file(h, path, d->bytes);
	return d->two ? d->two(h, path, whole(d->to, to)) : d->name(h, path);
}

/* A lease makes a user wait. */
static void
carry_out(struct scene *s, unsigned who, const struct deed *d)
{
	int64_t end = sim_now(s->sim) + LEASE_S * SIM_SECOND;
	int rc;

	while ((rc = try_deed(s->host[who], d)) == -EAGAIN &&
	       sim_now(s->sim) < end)
		sim_run(s->sim, SIM_MS);
	ck_assert_msg(rc == 0, "%s at %s: %s", d->path,
	    sim_host_name(s->host[who]), strerror(-rc));
}

void
scene_put(struct scene *s, unsigned who, const char *path, struct span bytes)
{
	carry_out(s, who,
	    &(struct deed){
		.file = sim_user_write, .path = path, .bytes = bytes});
}

void
scene_write(struct scene *s, unsigned who, const char *path, const char *text)
{
	scene_put(s, who, path, span_str(text));
}

void
scene_save(struct scene *s, unsigned who, const char *path, const char *text)
{
	carry_out(s, who,
	    &(struct deed){
		.file = sim_user_save, .path = path, .bytes = span_str(text)});
}

void
scene_append(struct scene *s, unsigned who, const char *path, struct span bytes)
{
	carry_out(s, who,
	    &(struct deed){
		.file = sim_user_append, .path = path, .bytes = bytes});
}

void
scene_mkdir(struct scene *s, unsigned who, const char *path)
{
	carry_out(s, who, &(struct deed){.name = sim_user_mkdir, .path = path});
}

void
scene_remove(struct scene *s, unsigned who, const char *path)
{
	carry_out(
	    s, who, &(struct deed){.name = sim_user_remove_all, .path = path});
}

void
scene_rename(struct scene *s, unsigned who, const char *from, const char *to)
{
	carry_out(s, who,
	    &(struct deed){.two = sim_user_rename, .path = from, .to = to});
}

void
scene_exchange(struct scene *s, unsigned who, const char *a, const char *b)
{
	carry_out(s, who,
	    &(struct deed){.two = sim_user_exchange, .path = a, .to = b});
}

void
scene_symlink(
    struct scene *s, unsigned who, const char *target, const char *path)
{
	char at[PATH_BYTES];

	ck_assert_int_eq(
	    sim_user_symlink(s->host[who], target, whole(path, at)), 0);
}

void
scene_chmod(struct scene *s, unsigned who, const char *path, int bits)
{
	char at[PATH_BYTES];

	ck_assert_int_eq(
	    sim_user_chmod(s->host[who], whole(path, at), bits), 0);
}

void
scene_attr(struct scene *s, unsigned who, const char *path, const char *name,
    const char *value)
{
	char at[PATH_BYTES];
	int rc;

	whole(path, at);
	rc = value ? sim_user_set_attr(s->host[who], at, name, value)
		   : sim_user_remove_attr(s->host[who], at, name);
	ck_assert_int_eq(rc, 0);
}

bool
scene_attrs_are(
    struct scene *s, unsigned who, const char *path, const char *text)
{
	char at[PATH_BYTES];
	struct buf has;
	bool same;

	buf_init(&has, 1 << 16);
	same = sim_user_attrs(s->host[who], whole(path, at), &has) == 0 &&
	       span_equal(buf_span(&has), span_str(text));
	buf_release(&has);
	return same;
}

void
scene_touch(struct scene *s, unsigned who, const char *path, int64_t seconds)
{
	char at[PATH_BYTES];
	int64_t began = sim_host_wall(s->host[who]) - sim_now(s->sim);

	ck_assert_int_eq(sim_user_touch(s->host[who], whole(path, at),
			     began + seconds * SIM_SECOND),
	    0);
}

struct buf
scene_noise(size_t len, uint64_t number)
{
	struct sim *dice = sim_new(number);
	struct buf b;
	uint8_t *p;

	buf_init(&b, len + sizeof number);
	ck_assert_int_eq(buf_reserve(&b, len + sizeof number, &p), 0);
	for (size_t i = 0; i < len; i += sizeof number) {
		number = sim_random(dice, UINT64_MAX);
		memcpy(p + i, &number, sizeof number);
	}
	buf_commit(&b, len);
	sim_free(dice);
	return b;
}

/* ---- the world ----------------------------------------------------------- */

void
scene_link(struct scene *s, unsigned a, unsigned b, bool on)
{
	sim_net_link(s->sim, s->host[a], s->host[b], on);
}

static void
link_all(struct scene *s, bool on)
{
	for (unsigned i = 0; i < s->n; i++)
		for (unsigned k = 0; k < i; k++)
			scene_link(s, i, k, on);
}

void
scene_part(struct scene *s)
{
	link_all(s, false);
}

void
scene_meet(struct scene *s)
{
	link_all(s, true);
}

void
scene_wait(struct scene *s, int64_t seconds)
{
	sim_run(s->sim, seconds * SIM_SECOND);
}

void
scene_note(struct scene *s)
{
	scene_wait(s, NOTE_S);
}
