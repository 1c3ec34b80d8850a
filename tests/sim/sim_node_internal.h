/* SPDX-License-Identifier: Apache-2.0 */
/* sim_node_internal - a node as those know it who start it, and who ask it. */
#ifndef TESTS_SIM_SIM_NODE_INTERNAL_H
#define TESTS_SIM_SIM_NODE_INTERNAL_H

#include "daemon/node/node.h"
#include "tests/sim/sim_node.h"

struct sim_node {
	struct sim *sim;
	struct sim_host *machine;
	struct node *node; /* NULL: not up */
	const struct host *host;
	struct log log;
	int conf;
	int state;
	unsigned n_peers;
	struct conf_folder folder; /* as it is written */
	struct log_sink *sink; /* NULL: nobody hears its log */
	bool stopped; /* node_stop has called back */
	bool well; /* and that was a clean stop */
	size_t left;
};

#endif
