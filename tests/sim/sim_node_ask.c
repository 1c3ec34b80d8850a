/* SPDX-License-Identifier: Apache-2.0 */
/* What a node is asked, and what it is asked to do, as by its user's command:
 * does it rest, why not, take what is lost as it is, restore, verify. */
#include "tests/sim/sim_node_internal.h"

#include <string.h>

#include "tests/sim/sim_internal.h"

/*
 * "A winner whose content nobody reachable holds waits, said in status": once
 * somebody's memory of its delete was lost, or the power took it and who made
 * it has not said so; and nothing else is to be done but what waits for it in
 * turn.
 */
static bool
only_waits(const struct folder_status *s)
{
	uint64_t waiting = 0;

	for (int i = PLAN_WHY_PARENT; i < PLAN_WHYS; i++)
		waiting += s->waiting[i];
	if (s->state != FOLDER_RUNNING || s->scanning ||
	    s->deletes_resting > 0 || s->troubles > 0 ||
	    s->open_paths != waiting)
		return false;
	for (size_t i = 0; i < s->n_peers; i++)
		if (s->peers[i].sending || s->peers[i].receiving)
			return false;
	return s->n_peers > 0;
}

static bool
status_rests(const struct node_status *s, unsigned n_peers, bool waiting)
{
	unsigned connected = 0;

	for (size_t i = 0; i < s->n_peers; i++)
		connected += s->peers[i].connected;
	return connected == n_peers && s->n_folders == 1 &&
	       s->folders[0].open &&
	       (s->folders[0].synced ||
		   (waiting && only_waits(&s->folders[0].s)));
}

bool
sim_node_rests(struct sim_node *n, bool waiting)
{
	struct node_status s;
	bool well;

	if (n->node == NULL || sim_host_jobs(n->machine) > 0)
		return false;
	if (node_status(n->node, &s) != 0)
		return false;
	well = status_rests(&s, n->n_peers, waiting);
	node_status_release(&s);
	return well;
}

bool
sim_node_accept(struct sim_node *n)
{
	struct node_status s;
	bool waits = false;

	if (n->node == NULL || node_status(n->node, &s) != 0)
		return false;
	if (s.n_folders == 1 && s.folders[0].open)
		waits = s.folders[0].s.waiting[PLAN_WHY_LOST] > 0;
	node_status_release(&s);
	return waits && node_accept(n->node, SIM_NODE_FOLDER) == 0;
}

void
sim_node_go_on(struct sim_node *n)
{
	struct node_status s;
	bool halted;

	if (n->node == NULL || node_status(n->node, &s) != 0)
		return;
	halted = s.n_folders == 1 && s.folders[0].open &&
		 s.folders[0].s.state == FOLDER_HALTED;
	node_status_release(&s);
	if (halted)
		(void)!node_accept(n->node, SIM_NODE_FOLDER);
}

int
sim_node_ask(struct sim_node *n, sim_node_cb *ask, void *arg)
{
	int rc;

	if (n->node == NULL)
		return -ENOENT;
	sim_inside(n->machine->boot);
	rc = ask(n->node, arg);
	sim_inside(NULL);
	return rc;
}

static void
restored(void *arg, const struct folder_changes *changes)
{
	(void)changes;
	*(bool *)arg = true;
}

struct restore {
	struct folder_restore_options o;
	bool *out_done;
};

static int
ask_restore(struct node *n, void *arg)
{
	struct restore *r = arg;

	return node_restore(n, SIM_NODE_FOLDER, &r->o, restored, r->out_done);
}

int
sim_node_restore(
    struct sim_node *n, const char *path, int64_t at_ns, bool *out_done)
{
	struct restore r = {.o = {.range.path = span_str(path), .at_ns = at_ns},
	    .out_done = out_done};

	*out_done = false;
	return sim_node_ask(n, ask_restore, &r);
}

static int
ask_verify(struct node *n, void *arg)
{
	(void)arg;
	return node_verify(n, SIM_NODE_FOLDER);
}

int
sim_node_verify(struct sim_node *n)
{
	return sim_node_ask(n, ask_verify, NULL);
}

static int
why_folder(const struct node_folder_status *f, struct buf *out)
{
	const struct folder_status *s = &f->s;
	int rc;

	if (!f->open)
		return buf_addf(
		    out, "; not open: %s", f->error ? f->error : "-");
	rc = buf_addf(out,
	    "; state %d (%s)%s%s, %llu paths open, %llu deletes resting, "
	    "%llu troubles (%s: %s)",
	    (int)s->state, s->halt ? s->halt : "-",
	    s->scanning ? ", scanning" : "", s->in_sync ? ", in sync" : "",
	    (unsigned long long)s->open_paths,
	    (unsigned long long)s->deletes_resting,
	    (unsigned long long)s->troubles, s->trouble_path,
	    s->trouble ? s->trouble : "-");
	for (size_t i = 0; rc == 0 && i < s->n_peers; i++)
		rc = buf_addf(out, "; peer%s%s%s, %llu paths open there",
		    s->peers[i].agrees ? " agrees" : "",
		    s->peers[i].sending ? " sending" : "",
		    s->peers[i].receiving ? " receiving" : "",
		    (unsigned long long)s->peers[i].open_paths);
	for (int i = 0; rc == 0 && i < PLAN_WHYS; i++)
		if (s->waiting[i])
			rc = buf_addf(out, "; %llu wait (%s): %s",
			    (unsigned long long)s->waiting[i], s->waiting_path,
			    plan_why_text(i));
	return rc;
}

void
sim_node_why(struct sim_node *n, struct buf *out)
{
	struct node_status s;
	int rc = buf_addf(out, "%s", sim_host_name(n->machine));

	if (n->node == NULL) {
		(void)!buf_addf(out, ": down\n");
		return;
	}
	if (node_status(n->node, &s) != 0)
		return;
	rc |= buf_addf(out, ": %zu jobs", sim_host_jobs(n->machine));
	for (size_t i = 0; i < s.n_peers; i++)
		rc |= buf_addf(out, "; %s %s%s%s", s.peers[i].name,
		    s.peers[i].connected ? "connected" : "not connected",
		    s.peers[i].error ? ", " : "",
		    s.peers[i].error ? s.peers[i].error : "");
	for (size_t i = 0; i < s.n_folders; i++)
		rc |= why_folder(&s.folders[i], out);
	rc |= buf_addf(out, "\n");
	(void)rc;
	node_status_release(&s);
}

bool
sim_nodes_rest(struct sim_node **nodes, unsigned n, bool waiting)
{
	bool rest = true;

	for (unsigned i = 0; i < n; i++)
		rest = rest && sim_node_rests(nodes[i], waiting);
	return rest;
}

void
sim_nodes_why(struct sim_node **nodes, unsigned n, struct buf *out)
{
	for (unsigned i = 0; i < n; i++)
		sim_node_why(nodes[i], out);
}
