/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chunk - bytes to chunks to names.
 *
 * In come a file's bytes, in pieces of any size; out come its chunk list and
 * its name. Where a chunk ends depends on the bytes right before and on the
 * size of the file alone, so equal content is cut, and named, equally
 * everywhere, and an edit moves only the cuts next to it.
 *
 * Follows FastCDC (Xia et al., 2016 and 2020): gear hash, a minimum that is
 * skipped, two masks (normalised, level 2). Unlike it, the hash at a place
 * is that of the 64 bytes before it, also near the minimum: so each place
 * may be judged by itself. Used by daemon/scan, daemon/apply and daemon/peer,
 * in jobs, on any thread.
 */
#ifndef DAEMON_CHUNK_CHUNK_H
#define DAEMON_CHUNK_CHUNK_H

#include "proto/base/buf.h"
#include "proto/hash/name.h"
#include "proto/model/chunks.h"

/* How files of one band of sizes are cut. */
struct chunk_params {
	uint32_t min; /* bytes in a chunk, but for the file's last */
	uint32_t avg;
	uint32_t max;
	uint64_t mask_small; /* zero bits that end a chunk below avg: rarer */
	uint64_t mask_large; /* from avg on: more often */
};

/* Gives the parameters for a file of size bytes. */
struct chunk_params chunk_params_for(uint64_t size);

/*
 * Says how long the first chunk of bytes is; last says that the file ends
 * with them. 0: it needs more bytes, or there are none. Never needs more
 * than params->max.
 */
size_t chunk_cut(
    const struct chunk_params *params, struct span bytes, bool last);

/* A file being cut. Keeps less than one chunk of its bytes. */
struct chunker {
	struct chunk_params params;
	struct chunk_list *list; /* borrowed */
	struct buf held; /* the start of a chunk that has no end yet */
	size_t seen; /* of held: judged, has no cut */
	uint64_t size;
	uint64_t fed;
};

/*
 * Starts a file of size bytes. Its chunks will be appended to list, which is
 * borrowed until chunker_release and must be empty. Allocates nothing.
 */
void chunker_init(struct chunker *c, uint64_t size, struct chunk_list *list);

/*
 * As chunker_init, but cuts as a file of size as would be cut: what such a
 * file has in common with this one is then found in both lists. The name that
 * chunker_end gives is nobody's, unless both are of one band.
 */
void chunker_init_as(
    struct chunker *c, uint64_t size, uint64_t as, struct chunk_list *list);

/* Says whether files of these sizes are cut alike. */
bool chunk_same_band(uint64_t a, uint64_t b);

/* Frees the memory, at any time. */
void chunker_release(struct chunker *c);

/*
 * Takes the next bytes of the file. ERR_CHANGED when they are more than its
 * size; ERR_LIMIT when it is too large; -ENOMEM. After an error only
 * chunker_release may follow; the list is then not of use.
 */
int chunker_add(struct chunker *c, struct span bytes) MUST_USE;

/*
 * Takes n zeros as the next bytes of the file, as chunker_add would, in a time
 * that hardly grows with n. Errors are chunker_add's.
 */
int chunker_add_zeros(struct chunker *c, uint64_t n) MUST_USE;

/*
 * Names the chunk of len zeros, at most LIMIT_CHUNK_BYTES. At once for the
 * longest of each band, of which runs of zeros consist, and else by hashing.
 */
void chunk_zeros_name(uint32_t len, struct name *out);

/*
 * Gives the most chunks that a file of size bytes can have: all but the last
 * are at least their band's min.
 */
uint64_t chunk_count_max(uint64_t size);

/*
 * Gives the file's name; its list is complete. ERR_CHANGED when the bytes
 * were fewer than its size.
 */
int chunker_end(struct chunker *c, struct name *out_name) MUST_USE;

/*
 * Cuts a file that is in memory as a whole: its chunks appended to list,
 * which must be empty, and its name. -ENOMEM, ERR_LIMIT.
 */
int chunk_all(
    struct span bytes, struct chunk_list *list, struct name *out_name) MUST_USE;

#endif
