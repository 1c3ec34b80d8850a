/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_node - a daemon's node on a simulated machine, as the player moves it.
 *
 * All that the simulator knows of daemon/node is behind these functions.
 */
#ifndef TESTS_SIM_SIM_NODE_H
#define TESTS_SIM_SIM_NODE_H

#include "daemon/log/log.h"
#include "tests/sim/sim_script.h"

/* Where a node keeps what it remembers of its folders. */
#define SIM_NODE_MEMORY "/home/state/folders"

/* The folder that all of them share. */
#define SIM_NODE_FOLDER "sim"

struct sim_node;

/*
 * Makes n machines in the world, each with an identity and with
 * configuration by which all that are paired share one folder, at
 * SCRIPT_ROOT. Switched off. out has room for n.
 */
void sim_nodes_new(
    struct sim *s, unsigned n, enum script_shape shape, struct sim_node **out);
void sim_node_free(struct sim_node *n);

/* Lets one that is not up carry these classes of metadata from now on. */
void sim_node_carry(struct sim_node *n, unsigned metadata);

/* Lets one that is not up keep versions for so many seconds, and so many bytes
 * of them at most, from now on. */
void sim_node_keep(struct sim_node *n, int64_t seconds, uint64_t bytes);

/* A machine with a copy of all that is on another's disk, as a cloned virtual
 * machine has it: identity, configuration, memory and folder. Switched off. */
struct sim_node *sim_node_copy(const struct sim_node *n, const char *name);

struct sim_host *sim_node_machine(const struct sim_node *n);

/* The node itself, to be asked; borrowed. NULL: it is not up. */
struct node *sim_node_of(const struct sim_node *n);

/*
 * Versions that the machine's replica ever made, as its index has them; the
 * node must have been stopped.
 */
uint64_t sim_node_made(struct sim_node *n);

/* Lets a sink hear the logs of its processes from the next start on; it has to
 * outlive them. */
void sim_node_hear(struct sim_node *n, struct log_sink *sink);

/*
 * Reads what the machine remembers of versions and calls cb with each that is
 * not superseded; then, version being NULL, with the dots of its knowledge.
 * The node must be down.
 */
typedef void sim_recall_cb(
    void *arg, struct dot dot, const struct version *version);
void sim_node_recall(struct sim_node *n, sim_recall_cb *cb, void *arg);

/* Starts the node's process. No effect when it is up. 0, or an error. */
int sim_node_start(struct sim_node *n) MUST_USE;

/*
 * Ends it cleanly, letting the world go on meanwhile; false when that takes
 * more than a minute.
 */
bool sim_node_stop(struct sim_node *n);

/* kill -9, or the plug. No effect when it is not up. */
void sim_node_kill(struct sim_node *n, bool power);

/* Buries a node whose process died by itself, if so. */
void sim_node_bury(struct sim_node *n);

/* Was it stopped as its folder ran, and did it live until that was noted? */
bool sim_node_well(const struct sim_node *n);

/* What it left open when it last ended; 0 is right. */
size_t sim_node_left(const struct sim_node *n);

/*
 * Says whether it is up, in sync, and agrees with all its peers. With
 * waiting, contents that nobody reachable has may be missing.
 */
bool sim_node_rests(struct sim_node *n, bool waiting);

/* Calls ask, as code of its process: of what it asks for all counts. Gives what
 * it gave, or -ENOENT: it is not up. */
typedef int sim_node_cb(struct node *n, void *arg);
int sim_node_ask(struct sim_node *n, sim_node_cb *ask, void *arg) MUST_USE;

/* Begins to bring a path back as of a time of the machine's clock: 0, or an
 * error; *out_done, which outlives it, is set when it is over. */
int sim_node_restore(struct sim_node *n, const char *path, int64_t at_ns,
    bool *out_done) MUST_USE;

/* Begins to read everything again, for rot: 0, or an error. */
int sim_node_verify(struct sim_node *n) MUST_USE;

/* Says that what stands here instead of what power cuts took is meant, if
 * anything waits for that. */
bool sim_node_accept(struct sim_node *n);

/* Says that it may go on after a halt, if it halted. */
void sim_node_go_on(struct sim_node *n);

/* Appends a sentence of what it waits for. */
void sim_node_why(struct sim_node *n, struct buf *out);

/* The same of all of n machines. */
bool sim_nodes_rest(struct sim_node **nodes, unsigned n, bool waiting);
void sim_nodes_why(struct sim_node **nodes, unsigned n, struct buf *out);

#endif
