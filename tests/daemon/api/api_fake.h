/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_fake - a node that says what a test wants, instead of daemon/node.
 */
#ifndef TESTS_DAEMON_API_API_FAKE_H
#define TESTS_DAEMON_API_API_FAKE_H

#include "daemon/api/api_internal.h"
#include "daemon/node/node.h"
#include "tests/run.h"

/* One folder "f" of 12,304 files, shared with laptop and nas; a conflict
 * copy "d/\xff.conflict" of laptop's, whose home is gone. */
struct node {
	struct node_status status;
	struct node_folder_status folder;
	struct node_peer_status peers[2];
	struct folder_peer_status folder_peers[2];
	struct conf_folder conf;
	char *share[2];
	host_cb *scan_done; /* of the look under way */
	void *scan_arg;
	unsigned scans;
	int scan_error; /* to be returned, or 0 */
	unsigned accepts;
	int accept; /* what accepting returns */
	unsigned verifies;
	struct folder_verify_status verify;
	const struct folder_conflict *conflicts; /* instead of that one; */
	size_t n_conflicts; /* its paths are copied */
	const struct folder_version *told; /* instead of one version */
	size_t n_told;
	const struct folder_change *changes; /* instead of one change */
	size_t n_changes;
	int past_error; /* of history and restore, or 0 */
	int status_error; /* to be returned, or 0 */
	unsigned many; /* so many more versions has each history */
	int settle; /* what settling a conflict returns */
	char settled[64]; /* the path that was to be settled last */
	const char *reload_error; /* or NULL */
	struct folder_restore_options restore; /* the one asked for */
	folder_changed_cb *restored; /* while it is under way */
	void *restored_arg;
};

/* Ends the restore under way. */
void fake_restored(struct node *n, int rc);

void fake_init(struct node *n);

run_tcase away_tcase;
run_tcase conflict_tcase;
run_tcase hostile_tcase;
run_tcase http_tcase;
run_tcase json_tcase;
run_tcase memory_tcase;
run_tcase past_tcase;
run_tcase route_tcase;
run_tcase sentence_tcase;
run_tcase start_tcase;
run_tcase stream_tcase;
run_tcase verify_tcase;
run_tcase wait_tcase;
run_tcase words_tcase;

#endif
