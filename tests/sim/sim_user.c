/* SPDX-License-Identifier: Apache-2.0 */
/* What other programs do to a machine's names and metadata. */
#include "tests/sim/sim_user_internal.h"

#include <stdlib.h>
#include <string.h>

enum {
	STOP_PERMILLE = 300,
	STOP_NS = 3 * 1000 * 1000,
	STEP_NS = 50 * 1000,
	SLOW_PERMILLE = 30, /* of stops that take long */
	SLOW_NS = 900 * 1000 * 1000,
};

/* ---- telling ------------------------------------------------------------- */

void
sim_user_watch(struct sim *s, sim_content_cb *cb, void *arg)
{
	s->content = cb;
	s->content_arg = arg;
}

void
sim_user_about(struct sim *s, sim_about_cb *cb, void *arg)
{
	s->about = cb;
	s->about_arg = arg;
}

static void
tell_about(struct sim_host *h, const char *path)
{
	if (h->sim->about)
		h->sim->about(h->sim->about_arg, h, path);
}

void
user_tell(
    struct sim_host *h, struct sim_content content, const struct sim_inode *i)
{
	struct sim *s = h->sim;

	content.dir = i->kind == KIND_DIR;
	if (s->content == NULL || (i->kind != KIND_FILE && !content.dir))
		return;
	content.host = h;
	content.size = i->data.size;
	content.hash = sim_data_hash(&i->data);
	s->content(s->content_arg, &content);
}

void
user_tell_taken(struct sim_host *h, const char *path, const struct sim_inode *i)
{
	user_tell(h, (struct sim_content){.path = path}, i);
}

void
user_tell_left(struct sim_host *h, const char *path, const char *from,
    const struct sim_inode *i)
{
	user_tell(h,
	    (struct sim_content){.path = path, .from = from, .made = true}, i);
}

size_t
sim_user_programs(const struct sim *s)
{
	size_t n = 0;

	for (const struct sim_program *p = s->programs; p; p = p->next)
		n++;
	return n;
}

/* ---- programs ------------------------------------------------------------ */

static void
program_event(void *arg)
{
	struct sim_program *p = arg;
	struct sim *s = p->host->sim;
	struct sim_program **at = &s->programs;
	host_cb *ended = p->ended;

	sim_fiber_resume(s, &p->fiber);
	if (!p->fiber.ended)
		return;
	arg = p->fiber.arg;
	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	free(p);
	if (ended)
		ended(arg);
}

void
sim_user(struct sim_host *h, host_cb *program, host_cb *ended, void *arg)
{
	struct sim_program *p = sim_alloc(sizeof *p);

	p->host = h;
	p->power = h->power;
	p->ended = ended;
	p->event = (struct sim_event){.cb = program_event, .arg = p};
	p->fiber.wake = &p->event;
	p->fiber.program = p;
	p->fiber.work = program;
	p->fiber.arg = arg;
	p->next = h->sim->programs;
	h->sim->programs = p;
	sim_event_start(h->sim, &p->event, 1);
}

void
sim_user_cut(struct sim_host *h)
{
	for (struct sim_program *p = h->sim->programs; p; p = p->next)
		if (p->host == h && p->file && p->file->inode)
			sim_fs_abandon(p->file);
}

void
sim_user_release(struct sim *s)
{
	while (s->programs) {
		sim_event_stop(s, &s->programs->event);
		program_event(s->programs);
	}
}

struct sim_program *
user_program(struct sim_host *h)
{
	return h->sim->running ? h->sim->running->program : NULL;
}

int
user_lives(struct sim_host *h)
{
	struct sim_program *p = user_program(h);

	return h->sim->ending || (p && p->power != h->power) ? -EIO : 0;
}

void
sim_user_pause(struct sim_host *h, int64_t ns)
{
	if (user_program(h) && user_lives(h) == 0)
		sim_fiber_wait(h->sim, ns);
}

/* Before each thing a program does. */
int
user_step(struct sim_host *h)
{
	struct sim *s = h->sim;

	s->now += (int64_t)sim_random(s, STEP_NS);
	if (user_program(h) && sim_chance(s, STOP_PERMILLE))
		sim_user_pause(
		    h, (int64_t)sim_random(s,
			   sim_chance(s, SLOW_PERMILLE) ? SLOW_NS : STOP_NS));
	return user_lives(h);
}

/* Begins something about a name. */
int
user_step_at(struct sim_host *h, const char *path, struct sim_naming *out)
{
	const char *name;
	int rc = user_step(h);

	if (rc == 0)
		rc = sim_fs_parent(h, path, &out->dir, &name);
	if (rc == 0) {
		out->name = (char *)name;
		rc = sim_fs_name_ok(name);
	}
	if (rc == 0)
		tell_about(h, path);
	return rc;
}

/* ---- names --------------------------------------------------------------- */

static int
make(struct sim_host *h, const char *path, int kind, int bits,
    struct sim_inode **out)
{
	struct sim_naming at;
	int rc = user_step_at(h, path, &at);

	return rc ? rc : sim_fs_make(at.dir, at.name, kind, bits, out);
}

int
sim_user_mkdir(struct sim_host *h, const char *path)
{
	struct sim_inode *i;

	return make(h, path, KIND_DIR, 0755, &i);
}

int
sim_user_fifo(struct sim_host *h, const char *path)
{
	struct sim_inode *i;

	return make(h, path, KIND_OPAQUE, 0644, &i);
}

int
sim_user_symlink(struct sim_host *h, const char *target, const char *path)
{
	struct sim_inode *i;
	int rc = make(h, path, KIND_SYMLINK, 0777, &i);

	if (rc == 0)
		i->target = sim_strdup(target);
	return rc;
}

static int
remove_name(struct sim_host *h, const char *path, bool is_dir)
{
	struct sim_naming at;
	struct sim_inode *i;
	int rc = user_step_at(h, path, &at);

	if (rc == 0)
		rc = sim_fs_lookup(at.dir, at.name, &i);
	if (rc)
		return rc;
	sim_inode_ref(i);
	rc = sim_fs_remove(at.dir, at.name, is_dir);
	if (rc == 0)
		user_tell_taken(h, path, i);
	sim_inode_unref(i);
	return rc;
}

int
sim_user_rmdir(struct sim_host *h, const char *path)
{
	return remove_name(h, path, true);
}

int
sim_user_unlink(struct sim_host *h, const char *path)
{
	return remove_name(h, path, false);
}

int
sim_user_remove_all(struct sim_host *h, const char *path)
{
	struct host_list list;
	struct host_stat st;
	char below[SIM_PATH_MAX];
	int rc = sim_user_stat(h, path, &st);

	if (rc)
		return rc;
	if (st.kind != KIND_DIR)
		return sim_user_unlink(h, path);
	host_list_init(&list);
	rc = sim_user_list(h, path, &list);
	for (size_t k = 0; rc == 0 && k < list.v.n; k++) {
		snprintf(below, sizeof below, "%s/%s", path,
		    host_list_name(&list, k));
		rc = sim_user_remove_all(h, below);
		if (rc == -ENOENT)
			rc = 0;
	}
	host_list_release(&list);
	return rc ? rc : sim_user_rmdir(h, path);
}

static struct sim_inode *
inode_at(const struct sim_naming *at)
{
	struct sim_inode *i;

	if (sim_fs_lookup(at->dir, at->name, &i) != 0)
		return NULL;
	sim_inode_ref(i);
	return i;
}

static int
rename_how(struct sim_host *h, const char *from, const char *to,
    enum host_rename_how how)
{
	struct sim_naming a, b;
	struct sim_inode *moved, *replaced;
	const char *name;
	int rc = user_step_at(h, from, &a);

	if (rc == 0)
		rc = sim_fs_parent(h, to, &b.dir, &name);
	if (rc)
		return rc;
	b.name = (char *)name;
	tell_about(h, to);
	moved = inode_at(&a);
	replaced = inode_at(&b);
	rc = sim_fs_rename(&a, &b, how);
	if (rc == 0 && replaced && replaced != moved && how == HOST_REPLACE)
		user_tell_taken(h, to, replaced);
	if (rc == 0 && replaced && how == HOST_EXCHANGE)
		user_tell_left(h, from, to, replaced);
	if (rc == 0)
		user_tell_left(h, to, from, moved);
	if (moved)
		sim_inode_unref(moved);
	if (replaced)
		sim_inode_unref(replaced);
	return rc;
}

int
sim_user_rename(struct sim_host *h, const char *from, const char *to)
{
	return rename_how(h, from, to, HOST_REPLACE);
}

int
sim_user_exchange(struct sim_host *h, const char *a, const char *b)
{
	return rename_how(h, a, b, HOST_EXCHANGE);
}

int
sim_user_link(struct sim_host *h, const char *from, const char *to)
{
	struct sim_naming at;
	struct sim_inode *i;
	int rc = user_step_at(h, to, &at);

	if (rc == 0)
		rc = sim_fs_walk(h, from, false, &i);
	return rc ? rc : sim_fs_link(i, at.dir, at.name);
}

/* ---- metadata ------------------------------------------------------------ */

int
sim_user_find(struct sim_host *h, const char *path, struct sim_inode **out)
{
	int rc = user_step(h);

	if (rc == 0)
		tell_about(h, path);
	return rc ? rc : sim_fs_walk(h, path, false, out);
}

int
sim_user_chmod(struct sim_host *h, const char *path, int bits)
{
	struct sim_inode *i;
	int rc = sim_user_find(h, path, &i);

	if (rc == 0 && i->kind == KIND_DIR)
		bits |= 0700;
	return rc ? rc : sim_fs_set_bits(i, bits);
}

int
sim_user_touch(struct sim_host *h, const char *path, int64_t mtime_ns)
{
	struct sim_inode *i;
	int rc = sim_user_find(h, path, &i);

	if (rc == 0)
		sim_fs_set_mtime(i, mtime_ns);
	return rc;
}

int
sim_user_stat(struct sim_host *h, const char *path, struct host_stat *out)
{
	struct sim_inode *i;
	int rc = user_lives(h);

	if (rc == 0)
		rc = sim_fs_walk(h, path, false, &i);
	if (rc == 0)
		sim_fs_stat(i, out);
	return rc;
}

int
sim_user_list(struct sim_host *h, const char *path, struct host_list *out)
{
	struct sim_inode *i;
	int rc = user_lives(h);

	if (rc == 0)
		rc = sim_fs_walk(h, path, false, &i);
	if (rc == 0)
		rc = sim_fs_may(i, 4);
	return rc ? rc : sim_fs_list(i, out);
}

int
sim_user_read_link(struct sim_host *h, const char *path, struct buf *out)
{
	struct sim_inode *i;
	int rc = sim_fs_walk(h, path, false, &i);

	if (rc == 0 && i->kind != KIND_SYMLINK)
		rc = -EINVAL;
	return rc ? rc : buf_add(out, span_str(i->target));
}

/* Reading is the judge's, not a program's: it asks nobody. */
int
sim_user_read(struct sim_host *h, const char *path, struct buf *out)
{
	struct sim_inode *i;
	uint8_t *p;
	int rc = sim_fs_walk(h, path, false, &i);

	if (rc == 0 && i->kind != KIND_FILE)
		rc = -EINVAL;
	if (rc == 0)
		rc = buf_reserve(out, (size_t)i->data.size, &p);
	if (rc)
		return rc;
	sim_data_read(&i->data, 0, p, (size_t)i->data.size);
	buf_commit(out, (size_t)i->data.size);
	return 0;
}

int
sim_user_hash(struct sim_host *h, const char *path, uint64_t *out)
{
	struct sim_inode *i;
	int rc = sim_fs_walk(h, path, false, &i);

	if (rc == 0 && i->kind != KIND_FILE)
		rc = -EINVAL;
	if (rc == 0)
		*out = sim_data_hash(&i->data);
	return rc;
}

int
sim_user_sync(struct sim_host *h, const char *path)
{
	struct sim_inode *i;
	int rc = sim_user_find(h, path, &i);

	if (rc == 0)
		sim_disk_sync(i);
	return rc;
}

/* ---- mounts -------------------------------------------------------------- */

int
sim_user_mount(struct sim_host *h, const char *path)
{
	struct sim_inode *i;
	int rc = sim_user_find(h, path, &i);

	if (rc == 0 && i->kind != KIND_DIR)
		rc = -ENOTDIR;
	if (rc == 0 && i == i->fs->root)
		rc = -EBUSY;
	if (rc == 0)
		sim_fs_new(h, i);
	return rc;
}

int
sim_user_unmount(struct sim_host *h, const char *path)
{
	struct sim_inode *i;
	int rc = sim_user_find(h, path, &i);

	if (rc == 0 && (i != i->fs->root || i == h->root))
		rc = -EINVAL;
	if (rc)
		return rc;
	for (struct sim_inode *j = i->fs->inodes; j; j = j->next)
		if (j->opens > 0)
			return -EBUSY;
	sim_fs_free(i->fs);
	return rc;
}
