/* SPDX-License-Identifier: Apache-2.0 */
/* Extended attributes, owners, and what numbers are called here. */
#include "daemon/host/host_uv_internal.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

enum {
	XATTR_TRIES = 8, /* it may grow between asking for its size and it */
	NAMES_BYTES = 1 << 10,
	NAMES_BYTES_MAX = 1 << 20, /* a group of very many */
};

/* ---- extended attributes ------------------------------------------------- */

/* With NULL: how many bytes there are. */
static ssize_t
ask(int fd, const char *name, void *p, size_t len)
{
	return name == NULL ? flistxattr(fd, p, len)
			    : fgetxattr(fd, name, p, len);
}

/* The names, when name is NULL, or the value of one. */
static int
take(int fd, const char *name, struct buf *out)
{
	for (int i = 0; i < XATTR_TRIES; i++) {
		ssize_t n = ask(fd, name, NULL, 0);
		uint8_t *p;
		int rc;

		if (n <= 0)
			return n < 0 ? -errno : 0;
		rc = buf_reserve(out, (size_t)n, &p);
		if (rc < 0)
			return rc;
		n = ask(fd, name, p, (size_t)n);
		if (n >= 0) {
			buf_commit(out, (size_t)n);
			return 0;
		}
		if (errno != ERANGE)
			return -errno;
	}
	return -EAGAIN;
}

static int
meta_list_xattrs(void *self, int fd, struct buf *out)
{
	(void)self;
	return take(fd, NULL, out);
}

static int
meta_get_xattr(void *self, int fd, const char *name, struct buf *out)
{
	(void)self;
	return take(fd, name, out);
}

static int
meta_set_xattr(void *self, int fd, const char *name, struct span value)
{
	(void)self;
	return fsetxattr(fd, name, value.p, value.len, 0) < 0 ? -errno : 0;
}

static int
meta_remove_xattr(void *self, int fd, const char *name)
{
	(void)self;
	return fremovexattr(fd, name) < 0 ? -errno : 0;
}

/* ---- owners -------------------------------------------------------------- */

static int
meta_set_owner(void *self, int fd, uint32_t user, uint32_t group)
{
	(void)self;
	return fchown(fd, user, group) < 0 ? -errno : 0;
}

static bool
meta_may_own(void *self)
{
	struct __user_cap_header_struct head = {
	    .version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	(void)self;
	if (syscall(SYS_capget, &head, data) < 0)
		return geteuid() == 0;
	return (data[CAP_TO_INDEX(CAP_CHOWN)].effective &
		   CAP_TO_MASK(CAP_CHOWN)) != 0;
}

/* ---- names --------------------------------------------------------------- */

union found {
	struct passwd user;
	struct group group;
};

/* What is looked for: a number, or the name that is not NULL. */
struct sought {
	enum host_who who;
	uint32_t number;
	const char *name;
};

static int
find_user(const struct sought *s, struct passwd *out, char *p, size_t len)
{
	struct passwd *there = NULL;
	int rc = s->name == NULL ? getpwuid_r(s->number, out, p, len, &there)
				 : getpwnam_r(s->name, out, p, len, &there);

	return rc == 0 && there == NULL ? ENOENT : rc;
}

static int
find_group(const struct sought *s, struct group *out, char *p, size_t len)
{
	struct group *there = NULL;
	int rc = s->name == NULL ? getgrgid_r(s->number, out, p, len, &there)
				 : getgrnam_r(s->name, out, p, len, &there);

	return rc == 0 && there == NULL ? ENOENT : rc;
}

/* Fills in what is found, whose text lies in *out_text, given. */
static int
find(const struct sought *s, union found *out, char **out_text)
{
	for (size_t len = NAMES_BYTES; len <= NAMES_BYTES_MAX; len *= 4) {
		char *p = malloc(len);
		int rc;

		if (p == NULL)
			return -ENOMEM;
		do
			rc = s->who == HOST_USER
				 ? find_user(s, &out->user, p, len)
				 : find_group(s, &out->group, p, len);
		while (rc == EINTR);
		if (rc == 0) {
			*out_text = p;
			return 0;
		}
		free(p);
		/* Of those who say that there is nobody each says it in its
		 * own way (getpwnam(3)). */
		if (rc == ESRCH || rc == EPERM || rc == EBADF)
			rc = ENOENT;
		if (rc != ERANGE)
			return -rc;
	}
	return -ENOENT;
}

static int
meta_who_name(void *self, enum host_who who, uint32_t number, struct buf *out)
{
	struct sought s = {.who = who, .number = number};
	union found found;
	char *text;
	int rc = find(&s, &found, &text);

	(void)self;
	if (rc < 0)
		return rc;
	rc = buf_add(out, span_str(who == HOST_USER ? found.user.pw_name
						    : found.group.gr_name));
	free(text);
	return rc;
}

static int
meta_who_number(void *self, enum host_who who, struct span name, uint32_t *out)
{
	char copy[LIMIT_META_NAME_BYTES + 1];
	struct sought s = {.who = who, .name = copy};
	union found found;
	char *text;
	int rc;

	(void)self;
	if (name.len >= sizeof copy || name.len == 0)
		return -ENOENT;
	memcpy(copy, name.p, name.len);
	copy[name.len] = '\0';
	rc = find(&s, &found, &text);
	if (rc < 0)
		return rc;
	*out = who == HOST_USER ? found.user.pw_uid : found.group.gr_gid;
	free(text);
	return 0;
}

void
host_posix_meta_ops(struct host_ops *ops)
{
	ops->list_xattrs = meta_list_xattrs;
	ops->get_xattr = meta_get_xattr;
	ops->set_xattr = meta_set_xattr;
	ops->remove_xattr = meta_remove_xattr;
	ops->set_owner = meta_set_owner;
	ops->may_own = meta_may_own;
	ops->who_name = meta_who_name;
	ops->who_number = meta_who_number;
}
