/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/sim_node_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/index/index.h"
#include "daemon/node/node.h"
#include "tests/sim/sim_image.h"
#include "tests/sim/sim_internal.h"
#include "tests/sim/sim_script.h"

#define CONF_DIR "/home/conf"
#define STATE_DIR "/home/state"

enum { STOP_S = 60, WHY_BYTES = 4096, RECALLED_MAX = 1 << 20 };

static _Noreturn void
fatal(const struct sim_node *n, const char *what, int rc)
{
	fprintf(stderr, "sim: %s: %s: %s\n", sim_host_name(n->machine), what,
	    err_text(rc));
	abort();
}

struct sim_host *
sim_node_machine(const struct sim_node *n)
{
	return n->machine;
}

struct node *
sim_node_of(const struct sim_node *n)
{
	return n->node;
}

bool
sim_node_well(const struct sim_node *n)
{
	return n->well;
}

size_t
sim_node_left(const struct sim_node *n)
{
	return n->left;
}

/* ---- configuration ------------------------------------------------------- */

static struct conf_home
home(void)
{
	return (struct conf_home){.conf = (char *)(uintptr_t)CONF_DIR,
	    .state = (char *)(uintptr_t)STATE_DIR,
	    .run = (char *)(uintptr_t) "/home/run",
	    .chosen = true};
}

static void
make_identity(struct sim_node *n, uint8_t id[DEVICE_BYTES])
{
	const struct host *h = sim_host_start(n->machine);
	struct conf_identity identity;
	struct conf_error why = {0};
	int state, rc;

	rc = host_open_root(h, STATE_DIR, HOST_CREATE | HOST_PRIVATE, &state);
	if (rc == 0)
		rc = conf_identity_make(h, state, &identity, &why);
	if (rc)
		fatal(n, why.text, rc);
	memcpy(id, identity.id, DEVICE_BYTES);
	conf_identity_wipe(&identity);
	host_close(h, state);
	sim_host_end(n->machine);
}

static int
write_peer(const struct host *h, const char *name, const uint8_t *id)
{
	struct conf_home at = home();
	struct conf_peer peer = {0};
	struct conf_address address = {.port = CONF_PORT};
	int rc;

	snprintf(peer.name, sizeof peer.name, "%s", name);
	snprintf(address.host, sizeof address.host, "%s", name);
	memcpy(peer.id, id, DEVICE_BYTES);
	rc = VEC_PUSH(&peer.addresses.v, address);
	if (rc == 0)
		rc = conf_write_peer(h, &at, &peer);
	conf_peer_release(&peer);
	return rc;
}

static int
write_main(const struct host *h, const char *name)
{
	struct conf_home at = home();
	struct conf_main main = {
	    .listen = {.host = "0.0.0.0", .port = CONF_PORT},
	    .log_level =
		getenv("TUTTI_SIM_DEBUG") ? CONF_LOG_DEBUG : CONF_LOG_INFO,
	};

	snprintf(main.name, sizeof main.name, "%s", name);
	return conf_write_main(h, &at, &main);
}

/* What configuration is made of. */
struct sim_nodes {
	unsigned n;
	enum script_shape shape;
	uint8_t ids[SCRIPT_NODES_MAX][DEVICE_BYTES];
};

/* Each names those it is paired with as peers and shares the folder with
 * them. */
static void
configure(struct sim_node **nodes, const struct sim_nodes *all, unsigned self)
{
	struct sim_node *node = nodes[self];
	const struct host *h = sim_host_start(node->machine);
	struct conf_home at = home();
	int dir, rc;

	strcpy(node->folder.id, SIM_NODE_FOLDER);
	node->folder.path = sim_strdup(SCRIPT_ROOT);
	rc = host_open_root(h, CONF_DIR, HOST_CREATE, &dir);
	if (rc)
		fatal(node, CONF_DIR, rc);
	host_close(h, dir);
	rc = host_open_root(h, SCRIPT_ROOT, HOST_CREATE, &dir);
	if (rc)
		fatal(node, SCRIPT_ROOT, rc);
	rc = write_main(h, sim_host_name(node->machine));
	for (unsigned i = 0; rc == 0 && i < all->n; i++) {
		const char *name = sim_host_name(nodes[i]->machine);

		if (!script_paired(all->shape, i, self))
			continue;
		node->n_peers++;
		rc = conf_strings_add(&node->folder.share, name);
		if (rc == 0)
			rc = write_peer(h, name, all->ids[i]);
	}
	if (rc == 0)
		rc = conf_write_folder(h, &at, &node->folder);
	if (rc == 0)
		rc = host_sync_fs(h, dir);
	if (rc)
		fatal(node, "configuration", rc);
	host_close(h, dir);
	sim_host_end(node->machine);
}

static void
write_folder_again(struct sim_node *n)
{
	const struct host *h = sim_host_start(n->machine);
	struct conf_home at = home();
	int rc = conf_write_folder(h, &at, &n->folder);

	if (rc)
		fatal(n, "configuration", rc);
	sim_host_end(n->machine);
}

void
sim_node_carry(struct sim_node *n, unsigned metadata)
{
	n->folder.metadata = metadata;
	write_folder_again(n);
}

void
sim_node_keep(struct sim_node *n, int64_t seconds, uint64_t bytes)
{
	n->folder.versions_s = seconds;
	n->folder.versions_max = bytes;
	write_folder_again(n);
}

void
sim_nodes_new(
    struct sim *s, unsigned n, enum script_shape shape, struct sim_node **out)
{
	static const char *const names[SCRIPT_NODES_MAX] = {
	    "ada", "bob", "cy", "dee", "eve", "fay", "gil", "hal"};
	struct sim_nodes all = {.n = n, .shape = shape};

	for (unsigned i = 0; i < n; i++) {
		out[i] = sim_alloc(sizeof *out[i]);
		out[i]->sim = s;
		out[i]->machine = sim_host_new(s, names[i]);
		make_identity(out[i], all.ids[i]);
	}
	for (unsigned i = 0; i < n; i++)
		configure(out, &all, i);
}

struct sim_node *
sim_node_copy(const struct sim_node *n, const char *name)
{
	static const char *const all[] = {"/home", SCRIPT_ROOT};
	struct sim_node *copy = sim_alloc(sizeof *copy);

	copy->sim = n->sim;
	copy->n_peers = n->n_peers;
	copy->machine = sim_host_new(n->sim, name);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct image image = {0};

		image_take(&image, n->machine, all[i]);
		if (sim_user_mkdir(copy->machine, all[i]) != 0)
			abort();
		image_put(&image, copy->machine, all[i]);
		image_release(&image);
	}
	return copy;
}

void
sim_node_free(struct sim_node *n)
{
	sim_node_kill(n, false);
	conf_folder_release(&n->folder);
	free(n);
}

/* ---- life ---------------------------------------------------------------- */

/* The log goes into the trace, line by line. */
static void
log_line(void *arg, struct span line)
{
	struct sim_node *n = arg;

	sim_note(n->sim, "  %s: %.*s", sim_host_name(n->machine),
	    (int)(line.len ? line.len - 1 : 0), (const char *)line.p);
}

void
sim_node_hear(struct sim_node *n, struct log_sink *sink)
{
	n->sink = sink;
}

static int
open_home(struct sim_node *n)
{
	struct log_options options = {
	    .level =
		getenv("TUTTI_SIM_DEBUG") ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO,
	    .to_stderr = LOG_STDERR_JOURNAL,
	    .write = log_line,
	    .write_arg = n,
	    .ring_dir = -1,
	};
	int rc = host_open_root(n->host, CONF_DIR, 0, &n->conf);

	if (rc)
		return rc;
	rc = host_open_root(n->host, STATE_DIR, 0, &n->state);
	if (rc == 0) {
		rc = log_init(&n->log, n->host, &options);
		if (rc)
			host_close(n->host, n->state);
	}
	if (rc)
		host_close(n->host, n->conf);
	if (rc == 0 && n->sink)
		log_add_sink(&n->log, n->sink);
	return rc;
}

/* After node_stop has called back. */
static void
close_home(struct sim_node *n)
{
	n->node = NULL;
	log_release(&n->log);
	host_close(n->host, n->state);
	host_close(n->host, n->conf);
	n->left = sim_host_end(n->machine);
}

int
sim_node_start(struct sim_node *n)
{
	struct node_options options = {0};
	struct buf why;
	int rc;

	if (n->node)
		return 0;
	buf_init(&why, WHY_BYTES);
	n->well = false;
	n->host = sim_host_start(n->machine);
	rc = open_home(n);
	if (rc) {
		n->left = sim_host_end(n->machine);
		return rc;
	}
	options.host = n->host;
	options.log = &n->log;
	options.conf = n->conf;
	options.state = n->state;
	sim_inside(n->machine->boot);
	rc = node_new(&options, &n->node, &why);
	sim_inside(NULL);
	if (rc) {
		sim_note(n->sim, "%s does not start: %.*s",
		    sim_host_name(n->machine), (int)why.len,
		    (const char *)why.p);
		close_home(n);
	}
	buf_release(&why);
	return rc;
}

static void
stopped(void *arg)
{
	((struct sim_node *)arg)->stopped = true;
}

static bool
has_stopped(void *arg)
{
	struct sim_node *n = arg;

	return n->stopped || !sim_host_up(n->machine);
}

/* Does its folder run, so that a stop of it is noted as a clean one? */
static bool
runs(struct sim_node *n)
{
	struct node_status s;
	bool runs;

	if (node_status(n->node, &s) != 0)
		return false;
	runs = s.n_folders == 1 && s.folders[0].open &&
	       s.folders[0].s.state == FOLDER_RUNNING;
	node_status_release(&s);
	return runs;
}

bool
sim_node_stop(struct sim_node *n)
{
	bool ran;

	if (n->node == NULL)
		return true;
	ran = sim_host_up(n->machine) && runs(n);
	n->stopped = false;
	sim_inside(n->machine->boot);
	node_stop(n->node, stopped, n);
	sim_inside(NULL);
	if (!sim_run_until(n->sim, STOP_S * SIM_SECOND, has_stopped, n))
		return false;
	n->well = ran && n->stopped && sim_host_up(n->machine);
	if (!n->stopped && !sim_host_unwind(n->machine, &n->stopped))
		return false;
	close_home(n);
	return true;
}

void
sim_node_bury(struct sim_node *n)
{
	if (n->node == NULL || sim_host_up(n->machine))
		return;
	(void)sim_host_unwind(n->machine, NULL);
	n->stopped = false;
	node_stop(n->node, stopped, n);
	if (!sim_host_unwind(n->machine, &n->stopped))
		fatal(n, "a dead node does not stop", 0);
	close_home(n);
}

void
sim_node_kill(struct sim_node *n, bool power)
{
	if (power)
		sim_host_power_cut(n->machine);
	else if (n->node)
		sim_host_kill(n->machine);
	sim_node_bury(n);
}

/* Opens the index of a machine that is down; NULL: it has none. */
static struct index *
open_index(struct sim_node *n, int *out_dir)
{
	const struct host *h = n->host = sim_host_start(n->machine);
	struct index *index = NULL;
	int rc;

	rc = host_open_root(
	    h, STATE_DIR "/folders/" SIM_NODE_FOLDER, 0, out_dir);
	if (rc == -ENOENT) {
		*out_dir = -1;
		return NULL;
	}
	if (rc == 0)
		rc = index_open(h, *out_dir, 0, &index);
	if (rc && rc != -ENOENT)
		fatal(n, "index", rc);
	return index;
}

static void
close_index(struct sim_node *n, struct index *index, int dir)
{
	index_close(index);
	if (dir >= 0)
		host_close(n->host, dir);
	sim_host_end(n->machine);
}

uint64_t
sim_node_made(struct sim_node *n)
{
	struct index *index;
	uint64_t made;
	int dir;

	index = open_index(n, &dir);
	if (index == NULL)
		fatal(n, "index", -ENOENT);
	made = vector_get(index_knowledge(index), index_replica(index));
	close_index(n, index, dir);
	return made;
}

void
sim_node_recall(struct sim_node *n, sim_recall_cb *cb, void *arg)
{
	static const struct vector nothing;
	struct index_versions list = {0};
	struct index *index;
	int dir, rc = 0;

	index = open_index(n, &dir);
	if (index != NULL)
		rc = index_versions_after(
		    index, (struct dot){0}, &nothing, RECALLED_MAX, &list);
	if (rc)
		fatal(n, "index", rc);
	VEC_EACH (&list.v, it)
		cb(arg, it->version->dot, it->version);
	if (index != NULL)
		VEC_EACH (&index_knowledge(index)->v, dot)
			cb(arg, *dot, NULL);
	index_versions_release(&list);
	close_index(n, index, dir);
}
