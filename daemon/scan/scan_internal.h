/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scan_internal - one name looked at, in two steps.
 *
 * The stat comes first, for most names are as they were and need no more.
 */
#ifndef DAEMON_SCAN_SCAN_INTERNAL_H
#define DAEMON_SCAN_SCAN_INTERNAL_H

#include "daemon/scan/scan.h"

/* A name below an open directory, and what is there. */
struct scan_name {
	int dir;
	const char *name;
	const struct observation *known; /* the last look's; NULL: absent */
	bool force; /* look into what seems unmoved, too, and tell it */
	bool told; /* what base's version says of metadata is told: */
	struct span base_meta;
	/* scan_stat's */
	struct host_stat st; /* kind NONE: absent; another device's: OPAQUE */
	int64_t now_ns; /* the wall clock before the stat */
	/* scan_judge's */
	bool first; /* the job's */
	uint64_t hashed_bytes;
	struct meta_seen meta;
	bool meta_left; /* there is metadata that cannot be said */
};

/* Frees what a result owns. */
void scan_result_release(struct scan_result *r);

/* As scan_hash; *out_zeros: the last page, of these many bytes of a file, is
 * all zeros. */
enum { SCAN_PAGE_BYTES = 4096 };
int scan_hash_page(const struct host *h, int fd, uint64_t size,
    struct chunk_list *out_list, struct name *out_name,
    bool *out_zeros) MUST_USE;

/* Fills in what is there. -errno: that cannot be told. */
int scan_stat(const struct scan_job *job, struct scan_name *n) MUST_USE;

/*
 * After scan_stat: 0 when it is as known, whose content then stands; 1 when
 * it is not, or out->rc says why it could not be told; -ENOMEM. out, whose
 * path is left alone, is filled in both cases.
 */
int scan_judge(const struct scan_job *job, struct scan_name *n,
    struct scan_result *out) MUST_USE;

#endif
