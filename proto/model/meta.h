/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta - what a version may say beside content, bits and time: extended
 * attributes, access control lists, owners; all of it by name, never by number.
 *
 * It is one part of a record (PROTOCOL.md, "Metadata"), which is read here and
 * put together. A part says of which classes it speaks: what it does not speak
 * of, an attribute on somebody's disk say, is none of its business. Bytes in,
 * bytes out; nothing here knows a disk (daemon/attr does).
 */
#ifndef PROTO_MODEL_META_H
#define PROTO_MODEL_META_H

#include "proto/base/limits.h"
#include "proto/wire/wire.h"

/* Classes are spoken of, asked for and given by bits. */
enum meta_class {
	META_XATTR = 1, /* user.* */
	META_ACL = 2, /* POSIX access control lists */
	META_OWNER = 4, /* user and group */
	META_ALL = 7,
};
enum { META_CLASSES = 3 };

enum meta_tag {
	META_TAG_XATTR = 1, /* name without "user."; value: its bytes */
	META_TAG_ACCESS = 2, /* no name; value: a list */
	META_TAG_DEFAULT = 3, /* the same, for what is made in a directory */
	META_TAG_USER = 4, /* no name; value: the user's name */
	META_TAG_GROUP = 5,
};

struct meta_item {
	enum meta_tag tag;
	struct span name;
	struct span value;
};

/* The class that an item is of. */
unsigned meta_class_of(enum meta_tag tag);

/* Says whether bytes are a part that a record of a file, or a directory, may
 * have: canonical, and within the limits. */
bool meta_valid(struct span part, bool dir);

/* Of which classes a part speaks; of none when it is empty. */
unsigned meta_spoken(struct span part);

/* Reads a valid part: r begins behind what it speaks of. False at its end. */
struct wire_reader meta_items(struct span part);
bool meta_next(struct wire_reader *r, struct meta_item *out);

/* Begins a part in out, which is emptied, and adds items in their order: tags
 * ascending, in one tag names as bytes. The writer says what went wrong. */
struct wire_writer meta_begin(struct buf *out, unsigned spoken);
void meta_put(struct wire_writer *w, const struct meta_item *item);

/*
 * Puts together a part out of what one says of the classes taken, and what
 * another says of all others; out, which is emptied, stays empty when that is
 * nothing. Either may be empty. ERR_LIMIT, -ENOMEM.
 */
int meta_merge(struct span one, unsigned taken, struct span other,
    struct buf *out) MUST_USE;

/* Puts together a part out of one and those attributes that another has and
 * one has not; out is emptied. ERR_LIMIT, -ENOMEM. */
int meta_add_missing(
    struct span one, struct span other, struct buf *out) MUST_USE;

/* A number for what a part says of one class, to tell a difference; 0 when it
 * has no item of it. */
uint64_t meta_sum(struct span part, unsigned one_class);

/*
 * The permission bits for where no list can be set. With one, a file's group
 * bits are the mask over all that it names: without it they would be the
 * group's own, and give it more than it was to have.
 */
uint16_t meta_bits(struct span part, uint16_t bits);

/* ---- lists --------------------------------------------------------------- */

/*
 * An access list leaves out what the permission bits say: its owner, others
 * and, as the bits of the group, the mask. A default list says all.
 */
enum { META_NO_MASK = 8 };
struct meta_acl {
	uint8_t group; /* the owning group's, 0 to 7 */
	uint8_t user, other, mask; /* of a default list; mask: 0 to 8 */
	struct wire_reader entries;
};

enum { META_ACL_USER = 1, META_ACL_GROUP = 2 };
struct meta_acl_entry {
	uint8_t kind;
	uint8_t bits; /* 0 to 7 */
	struct span name;
};

/* Reads a valid item's list and, one by one, whom it names; false at the end. */
struct meta_acl meta_acl_of(const struct meta_item *item);
bool meta_acl_next(struct meta_acl *acl, struct meta_acl_entry *out);

/* Writes one: the head, then entries, users first, names ascending as bytes. */
void meta_acl_put(
    struct wire_writer *w, enum meta_tag tag, const struct meta_acl *acl);
void meta_acl_put_entry(
    struct wire_writer *w, const struct meta_acl_entry *entry);

#endif
