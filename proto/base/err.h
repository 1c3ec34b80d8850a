/* SPDX-License-Identifier: Apache-2.0 */
/*
 * err - what can go wrong, as one integer.
 *
 * A function that can fail returns 0 or a negative number: -errno for what
 * the system said, one of enum err for what we say. Whoever stops an error
 * logs it once, with its context; whoever passes it on is silent.
 */
#ifndef PROTO_BASE_ERR_H
#define PROTO_BASE_ERR_H

/* The result must be looked at. */
#define MUST_USE __attribute__((warn_unused_result))

/* Ours lie beyond every errno, so that one int carries both. */
enum err {
	ERR_GRAMMAR = -5000, /* bytes that PROTOCOL.md does not allow */
	ERR_LIMIT = -5001, /* more than limits.h allows */
	ERR_AUTH = -5002, /* not who it has to be, or not permitted */
	ERR_MISMATCH = -5003, /* content that does not hash to its name */
	ERR_CHANGED = -5004, /* the disk is not what was observed: look again */
	ERR_BUSY = -5005, /* in use by somebody: try later */
	ERR_HALTED =
	    -5006, /* the folder stopped to be safe; the user decides */
	ERR_NOTFOUND = -5007, /* no such folder, peer, path or content */
	ERR_CONFIG = -5008, /* a configuration file says something wrong */
	ERR_CORRUPT = -5009, /* our own stored state does not parse */
	ERR_NEWER = -5010, /* written by a newer program than this one */
	ERR_CLOSED = -5011, /* the other end, or we, ended it */
};

/* What is to be done about an error; every code has exactly one. */
enum err_class {
	ERR_CLASS_LATER, /* it may go away: try again, with growing pauses */
	ERR_CLASS_PEER, /* the peer is wrong: close it and back off */
	ERR_CLASS_USER, /* only a person can mend it: say so */
	ERR_CLASS_BUG, /* we are wrong */
};

/*
 * Names an error for people, in English, lower case, without a full stop.
 * Works on any int; the string is static.
 */
const char *err_text(int err);

/* Says what is to be done about an error. Unknown codes are our bug. */
enum err_class err_class(int err);

#endif
