/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attr_fake - one file of a host made for this, shared by attr's tests: it has
 * whatever attributes, and knows some people. Calls fail when told to.
 *
 * Users: ana 1, bo 2 and 3, whom some call robert; groups: all 8, bo 9.
 */
#ifndef TESTS_DAEMON_ATTR_ATTR_FAKE_H
#define TESTS_DAEMON_ATTR_ATTR_FAKE_H

#include "daemon/attr/attr.h"
#include "tests/run.h"

enum {
	FAKE_ATTRS = 8,
	FAKE_FD = 7,
	FAKE_NOT_SET = -1,
	FAKE_ANONYMOUS = 55, /* its name has no letter */
	FAKE_LONG = 66, /* its name is longer than a version may have */
};

struct fake {
	struct {
		char name[280];
		char bytes[256];
		int len; /* FAKE_NOT_SET: there is none */
	} v[FAKE_ATTRS];
	struct host_stat st;
	int set_rc, own_rc; /* what setting says */
	bool none; /* a file system without */
	bool owns; /* it may give files away */
	size_t large; /* all values have so many bytes, if not 0 */
	size_t names_bytes; /* there is such a name more, if not 0 */
	size_t changes;
	/* Every call counts; the one of that number, and with fail_on all that
	 * follow, give err. 0: none. */
	unsigned calls, fail_at;
	bool fail_on;
	int err;
	/* What was read last, and left out. */
	struct buf part;
	struct attr_left left;
};
extern struct fake fake;
extern const struct host fake_host;

/* An empty file of ana's and all's. */
void fake_begin(void);
void fake_end(void);

/* Gives it an attribute; the number of one that it has, or -1. */
void fake_put(const char *name, struct span value);
int fake_find(const char *name);

/* The value of one, which is there. */
struct span fake_value(const char *name);

/* Reads classes into fake.part, which has to be valid. */
struct span fake_read(unsigned classes);

/* Sets; gives the bits that it left. */
uint16_t fake_set(struct span what, unsigned classes, uint16_t bits);

/* As ck_assert, but asks for no memory while all is well. */
#define MUST(what)                                                             \
	do {                                                                   \
		if (!(what))                                                   \
			ck_abort_msg("%s", #what);                             \
	} while (0)

#define IS(span, text) ck_assert(span_equal(span, SPAN_LIT(text)))

#define FAKE_ACCESS "system.posix_acl_access"
#define FAKE_DEFAULT "system.posix_acl_default"

/* An access list as Linux shows it: owner 6, bo 4, group 2, mask 6, others 0;
 * and how a version tells it. */
#define ENTRY(tag, bits, who) tag "\0" bits "\0" who
#define ANY "\377\377\377\377"
#define LIST                                                                   \
	"\2\0\0\0" ENTRY("\1", "\6", ANY) ENTRY("\2", "\4", "\2\0\0\0") ENTRY( \
	    "\4", "\2", ANY) ENTRY("\20", "\6", ANY) ENTRY("\40", "\0", ANY)
#define LIST_PART "\2\2\0\6\2\1\4\2bo"

TCase *attr_list_tcase(void);
TCase *attr_sweep_tcase(void);

#endif
