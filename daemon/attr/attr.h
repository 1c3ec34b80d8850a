/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attr - metadata of what is open: read as a version tells it, and set.
 *
 * In come a descriptor of a file or directory and the classes that are asked
 * for (proto/model/meta.h); out comes a part of a record, or what could not be
 * set. Nothing is called for a class that is not asked for. Of attributes only
 * user.* is read or set, and the two access lists: no capability, no label, no
 * set-user-id goes any way. Numbers never leave the machine, nor does one come
 * in: users and groups go by name.
 *
 * Names are asked of the system, which may take long: in jobs alone. Used by
 * daemon/scan and daemon/apply.
 */
#ifndef DAEMON_ATTR_ATTR_H
#define DAEMON_ATTR_ATTR_H

#include "daemon/index/entry.h"

/* What could not be read or set, for people; zeroed memory is nothing. */
struct attr_left {
	unsigned classes;
	int rc; /* why, of the first: -errno; ERR_LIMIT: more than a version
		 * may have; ERR_NOTFOUND: nobody has that name, or number */
	char name[LIMIT_META_NAME_BYTES + 1]; /* of whom, or of what; or "" */
};

/* Which of the classes the file system of what is open has, and this process
 * may set. Errors but those that say so. */
int attr_possible(
    const struct host *h, int fd, unsigned classes, unsigned *out) MUST_USE;

/*
 * Reads what there is of the classes; st is of fd. *out, which is emptied,
 * begins with the classes of which it could be told, and is empty for none:
 * one that the file system has not, or of which there is too much, is not told
 * of. What was left out is added to *left. Errors of reading; -ENOMEM.
 */
int attr_read(const struct host *h, int fd, const struct host_stat *st,
    unsigned classes, struct buf *out, struct attr_left *left) MUST_USE;

/*
 * Adds to the lists of a part that was read those whom the same list of base
 * names and who are nobody here: they cannot be on this disk, which says
 * nothing against them. It stays as it is when it would get too long. Errors
 * of asking; -ENOMEM.
 */
int attr_keep_nobody(
    const struct host *h, struct span base, struct buf *part) MUST_USE;

/* What a look saw, of a part that was read. */
void attr_seen(struct span part, struct meta_seen *out);

/*
 * Sets what part says of the classes, as far as it is not so, of a file or
 * directory that is to have those bits; *bits becomes what it may have where
 * its list cannot be set (meta_bits). What cannot be set, since the file system
 * or the system refuses or a name is nobody's, is added to *left and left out;
 * other errors end it. *out_changed: something was set, also on an error.
 */
int attr_set(const struct host *h, int fd, struct span part, unsigned classes,
    uint16_t *bits, struct attr_left *left, bool *out_changed) MUST_USE;

#endif
