/* SPDX-License-Identifier: Apache-2.0 */
/* attr_internal - what the files of daemon/attr share. */
#ifndef DAEMON_ATTR_ATTR_INTERNAL_H
#define DAEMON_ATTR_ATTR_INTERNAL_H

#include "daemon/attr/attr.h"

#define ATTR_ACCESS "system.posix_acl_access"
#define ATTR_DEFAULT "system.posix_acl_default"
#define ATTR_PREFIX "user."

enum {
	ATTR_LIST_BYTES = 64 << 10, /* all names, as Linux has it */
	ATTR_NAME_BYTES = 255,
};

/* An access list's attribute (attr_acl.c). */
enum {
	ATTR_ACL_FORMAT = 2,
	ATTR_ACL_USER_OBJ = 1,
	ATTR_ACL_USER = 2,
	ATTR_ACL_GROUP_OBJ = 4,
	ATTR_ACL_GROUP = 8,
	ATTR_ACL_MASK = 16,
	ATTR_ACL_OTHER = 32,
	ATTR_ACL_RWX = 7,
};

/* The item of a tag that a part has once, if it has it. */
bool attr_find(struct span part, enum meta_tag tag, struct meta_item *out);

/* Is the error one that only says that this cannot be done here? */
bool attr_refused(int rc);

/* Notes what was left out; name may be empty. */
void attr_leave(
    struct attr_left *left, unsigned one_class, int rc, struct span name);

/* Something being read. */
struct attr_reading {
	const struct host *host;
	int fd;
	const struct host_stat *st;
	struct wire_writer w;
	struct attr_left *left;
};

/* Something being set. */
struct attr_setting {
	const struct host *host;
	int fd;
	struct span part;
	uint16_t bits;
	struct attr_left *left;
	bool changed;
};

/* Each reads its class into the writer. -EOPNOTSUPP: there is none here. */
int attr_read_xattrs(struct attr_reading *r) MUST_USE;
int attr_read_acls(struct attr_reading *r) MUST_USE;
int attr_read_owner(struct attr_reading *r) MUST_USE;

/* Each sets its class. Errors that are not refused. */
int attr_set_xattrs(struct attr_setting *s) MUST_USE;
int attr_set_acls(struct attr_setting *s, const struct host_stat *st) MUST_USE;
int attr_set_owner(struct attr_setting *s, const struct host_stat *st) MUST_USE;

/* Sets an attribute unless it has that value; with removes it. Notes what is
 * refused: *out_refused, which may be NULL. */
int attr_put(struct attr_setting *s, unsigned one_class, const char *name,
    struct span value, bool *out_refused) MUST_USE;
int attr_drop(
    struct attr_setting *s, unsigned one_class, const char *name) MUST_USE;

#endif
