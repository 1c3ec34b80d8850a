/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_image - all below a directory of a machine, as a backup has it: taken
 * at one moment and put back at another. Contents, kinds, bits and times come
 * back; inodes are others, as after a restored backup.
 */
#ifndef TESTS_SIM_SIM_IMAGE_H
#define TESTS_SIM_SIM_IMAGE_H

#include "tests/sim/sim.h"

struct image_item {
	char *path; /* below the root */
	int kind;
	uint16_t bits;
	int64_t mtime_ns;
	struct buf bytes; /* a file's; a link's text, NUL-terminated */
};

/* Directories before what is in them. Zeroed memory is an empty one. */
struct image {
	bool taken;
	VEC(struct image_item) v;
};

/* Takes the image of all below root (absolute), in place of an older one. */
void image_take(struct image *image, struct sim_host *h, const char *root);

/*
 * Makes all below root what the image has, on the disk too; with an image
 * that was never taken, nothing is left there. The root itself stays. No
 * process may have anything there open.
 */
void image_put(const struct image *image, struct sim_host *h, const char *root);

void image_release(struct image *image);

#endif
