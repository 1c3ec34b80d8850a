/* SPDX-License-Identifier: Apache-2.0 */
/* Machines and their processes: how they begin and end. */
#include "tests/sim/sim_internal.h"

#include <stdlib.h>

/* The fake clock begins in November 2026. */
static const int64_t wall_base = INT64_C(1795330000) * SIM_SECOND;

/* ---- machines ------------------------------------------------------------ */

struct sim_host *
sim_host_new(struct sim *s, const char *name)
{
	struct sim_host *h = sim_alloc(sizeof *h);

	h->sim = s;
	h->name = sim_strdup(name);
	h->boot_id[0] = sim_random(s, UINT64_MAX);
	h->boot_id[1] = sim_random(s, UINT64_MAX);
	h->root = sim_fs_new(h, NULL)->root;
	SIM_PUSH(&s->hosts, h);
	return h;
}

static void
host_free(struct sim_host *h)
{
	if (h->boot) {
		sim_host_kill(h);
		(void)sim_host_unwind(h, NULL);
		sim_host_end(h);
	}
	sim_fs_end(h);
	free(h->name);
	free(h);
}

void
sim_free(struct sim *s)
{
	s->ending = true;
	sim_user_release(s);
	for (size_t k = 0; k < s->hosts.n; k++)
		host_free(s->hosts.items[k]);
	sim_net_release(s);
	VEC_RELEASE(&s->hosts);
	VEC_RELEASE(&s->cuts);
	VEC_RELEASE(&s->queue);
	free(s);
}

const char *
sim_host_name(const struct sim_host *h)
{
	return h->name;
}

void
sim_host_jump(struct sim_host *h, int64_t ns)
{
	h->offset += ns;
}

int64_t
sim_host_wall(const struct sim_host *h)
{
	return wall_base + h->sim->now + h->offset;
}

void
sim_host_capacity(struct sim_host *h, const char *path, uint64_t bytes)
{
	struct sim_inode *i;

	if (sim_fs_walk(h, path, true, &i) != 0)
		abort();
	i->fs->capacity = bytes / SIM_PAGE_BYTES;
}

uint64_t
sim_host_sent(const struct sim_host *h)
{
	return h->sent;
}

uint64_t
sim_host_read(const struct sim_host *h)
{
	return h->read;
}

/* ---- processes ----------------------------------------------------------- */

const struct host *
sim_host_start(struct sim_host *h)
{
	struct sim_boot *b = sim_alloc(sizeof *b);

	if (h->boot)
		abort();
	b->machine = h;
	b->blows = h->next;
	h->next = (struct sim_blows){0};
	sim_process_fill(&b->ops);
	sim_calls_fill(&b->ops);
	sim_calls_fd_fill(&b->ops);
	sim_meta_fill(&b->ops);
	sim_watch_fill(&b->ops);
	sim_net_fill(&b->ops);
	b->host = (struct host){&b->ops, b};
	h->boot = b;
	sim_note(h->sim, "%s starts", h->name);
	return &b->host;
}

bool
sim_host_up(const struct sim_host *h)
{
	return h->boot && !h->boot->dead;
}

static void
kill_process(struct sim_host *h, bool cut)
{
	struct sim_boot *b = h->boot;

	if (b == NULL || b->dead)
		return;
	b->dead = true;
	sim_net_died(b, cut);
	for (size_t k = 0; k < b->files.n; k++)
		if (b->files.items[k])
			sim_fs_abandon(b->files.items[k]);
}

void
sim_host_kill(struct sim_host *h)
{
	sim_note(h->sim, "%s is killed", h->name);
	h->sim->crashes.kills += sim_host_up(h);
	kill_process(h, false);
}

struct sim_crashes
sim_crashes(const struct sim *s)
{
	return s->crashes;
}

void
sim_power_watch(struct sim *s, sim_power_cb *cb, void *arg)
{
	s->power = cb;
	s->power_arg = arg;
}

void
sim_host_power_cut(struct sim_host *h)
{
	struct sim_fs *next;

	sim_note(h->sim, "%s loses power", h->name);
	h->sim->crashes.cuts += sim_host_up(h);
	if (h->sim->power)
		h->sim->power(h->sim->power_arg, h, false);
	kill_process(h, true);
	h->power++;
	sim_user_cut(h);
	h->boot_id[0] = sim_random(h->sim, UINT64_MAX);
	for (struct sim_fs *fs = h->fs; fs; fs = fs->next)
		sim_disk_cut(fs);
	for (struct sim_fs *fs = h->fs; fs; fs = next) {
		next = fs->next;
		if (fs->covers && !fs->covers->marked)
			sim_fs_free(fs); /* its place is gone */
	}
	if (h->sim->power)
		h->sim->power(h->sim->power_arg, h, true);
}

size_t
sim_host_end(struct sim_host *h)
{
	struct sim_boot *b = h->boot;
	size_t left;

	if (b == NULL)
		return 0;
	left = b->n_jobs;
	kill_process(h, false);
	(void)sim_host_unwind(h, NULL);
	for (; b->timers; left++)
		b->ops.timer_free(b, b->timers);
	left += sim_watch_end(b) + sim_net_end(b);
	for (size_t k = 0; k < b->files.n; k++)
		if (b->files.items[k]) {
			sim_note(h->sim, "%s left descriptor %zu open", h->name,
			    k + FD_FIRST);
			sim_fs_close(b->files.items[k]);
			left++;
		}
	VEC_RELEASE(&b->files);
	free(b);
	h->boot = NULL;
	return left;
}

uint64_t
sim_host_calls(const struct sim_host *h)
{
	return h->boot ? h->boot->calls : 0;
}

size_t
sim_host_jobs(const struct sim_host *h)
{
	return h->boot ? h->boot->n_jobs : 0;
}
