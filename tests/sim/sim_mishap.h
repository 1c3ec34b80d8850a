/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_mishap - what befalls whole machines, done to their disks while no
 * process of the daemon's lives there.
 */
#ifndef TESTS_SIM_SIM_MISHAP_H
#define TESTS_SIM_SIM_MISHAP_H

#include "tests/sim/sim_image.h"

/* A machine as it was once. Zeroed memory is none. */
struct mishap_backup {
	struct image memory; /* what the daemon remembers of its folders */
	struct image tree; /* the folder with its .tutti */
};

/* Backs a machine up, whatever runs there: all files at one instant. */
void mishap_backup(struct mishap_backup *b, struct sim_host *h);
void mishap_backup_release(struct mishap_backup *b);

/* The daemon's memory of its folders is lost; its identity is not. */
void mishap_forget(struct sim_host *h);

/* Does the folder's marker show that the folder was put back: has it another
 * token than the backup? */
bool mishap_shows(const struct mishap_backup *b, struct sim_host *h);

/* Memory, the folder or both become what they were. A backup that was never
 * made changes nothing; nor does a folder's from before it was one, at which
 * the daemon halts and asks. */
void mishap_restore(
    const struct mishap_backup *b, struct sim_host *h, bool memory, bool tree);

/*
 * The user of h brings files of another machine's folder along, by a stick
 * say: most as they are there, some with other times or contents.
 */
void mishap_bring(struct sim *s, struct sim_host *h, struct sim_host *from);

#endif
