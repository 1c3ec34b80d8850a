/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_test - a home in a temporary directory, on the real host.
 */
#ifndef TESTS_DAEMON_CONF_CONF_TEST_H
#define TESTS_DAEMON_CONF_CONF_TEST_H

#include "daemon/conf/conf_internal.h"
#include "daemon/host/host_uv.h"
#include "tests/run.h"

struct place {
	char dir[RUN_DIR_BYTES]; /* the temporary directory: the home */
	struct host *h;
	struct conf_home home;
};

/* Makes it; place_end removes it with all that is in it. */
void place_begin(struct place *p);
void place_end(struct place *p);

/* The home's configuration, as conf_load takes it. */
struct conf_source place_source(struct place *p);
void place_source_end(struct place *p, struct conf_source *source);

/* Writes a file below conf/, making its directory. */
void place_write(struct place *p, const char *name, const char *text);

/* Writes folders/ID.conf with that path. */
void place_folder(struct place *p, const char *id, const char *path);

run_tcase address_tcase;
run_tcase amount_tcase;
run_tcase home_tcase;
run_tcase identity_tcase;
run_tcase load_tcase;
run_tcase odd_tcase;
run_tcase parse_tcase;
run_tcase sweep_tcase;
run_tcase text_tcase;
run_tcase value_tcase;
run_tcase write_tcase;

/* One line, fit to be shown, that begins with the name of the file. */
void expect_shown(const char *text, const char *file);

/* An id with a right check, and another. */
extern const char some_id[];
extern const char other_id[];

#endif
