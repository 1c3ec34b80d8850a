/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chunk_internal - the gear hash, and going on where a cut was looked for.
 */
#ifndef DAEMON_CHUNK_CHUNK_INTERNAL_H
#define DAEMON_CHUNK_CHUNK_INTERNAL_H

#include "daemon/chunk/chunk.h"

#define CHUNK_GEAR_CONTEXT "Tutti 1 gear table"

enum {
	CHUNK_GEAR = 256,
	CHUNK_WINDOW = 64, /* bytes that the gear hash is of: one a bit */
};

/* The number that each byte adds to the gear hash. */
extern const uint64_t chunk_gear[CHUNK_GEAR];

/*
 * As chunk_cut, knowing that there is no cut after fewer than seen bytes
 * or after seen, when seen is at least params->min.
 */
size_t chunk_cut_from(const struct chunk_params *params, struct span bytes,
    size_t seen, bool last);

#endif
