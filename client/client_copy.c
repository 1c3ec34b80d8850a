/* SPDX-License-Identifier: Apache-2.0 */
/* A copy of a version to a place that the user names, never over anything. */
#include "client/client_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/text.h"

enum { COPY_BYTES = 1 << 16 };

static int
copy_bytes(int from, int to)
{
	char *p = malloc(COPY_BYTES);
	ssize_t n = -1;

	if (p == NULL)
		return -ENOMEM;
	while ((n = read(from, p, COPY_BYTES)) > 0)
		for (ssize_t at = 0, put; at < n; at += put) {
			put = write(to, p + at, (size_t)(n - at));
			if (put < 0) {
				free(p);
				return -errno;
			}
		}
	free(p);
	return n < 0 ? -errno : 0;
}

static int
copy_link(const char *from, const char *to)
{
	char target[PATH_MAX];
	ssize_t n = readlink(from, target, sizeof target - 1);

	if (n < 0)
		return -errno;
	target[n] = '\0';
	return symlink(target, to) < 0 ? -errno : 0;
}

static int
copy_open(int in, const char *to)
{
	struct timespec times[2];
	struct stat st;
	int out, rc;

	if (fstat(in, &st) < 0)
		return -errno;
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0)
		return -errno;
	rc = copy_bytes(in, out);
	times[0] = times[1] = st.st_mtim;
	if (rc == 0 && fchmod(out, st.st_mode & 0777) < 0)
		rc = -errno;
	if (rc == 0 && futimens(out, times) < 0)
		rc = -errno;
	if (close(out) < 0 && rc == 0)
		rc = -errno;
	if (rc < 0)
		unlink(to);
	return rc;
}

static int
copy_path(const char *from, const char *to)
{
	struct stat st;
	int in, rc;

	if (lstat(from, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return copy_link(from, to);
	in = open(from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (in < 0)
		return -errno;
	rc = copy_open(in, to);
	close(in);
	return rc;
}

int
client_copy(struct client *c, const struct client_copy *copy)
{
	struct buf from;
	int rc;

	buf_init(&from, CLIENT_URL_BYTES);
	rc = buf_addf(&from, "%s/", copy->folder);
	if (rc == 0)
		rc = text_url_parse(&from, span_str(copy->from_url));
	if (rc == 0)
		rc = buf_add(&from, span_of("", 1));
	if (rc == 0 && copy->from_url[0] == '\0')
		rc = copy_path("/dev/null", copy->to);
	else if (rc == 0)
		rc = copy_path((const char *)from.p, copy->to);
	buf_release(&from);
	if (rc == -EEXIST)
		return client_fail(c, CLIENT_ERROR,
		    "%s is there already; name a file that is not",
		    client_shown(copy->to));
	if (rc < 0)
		return client_fail(c,
		    rc == -ENOENT ? CLIENT_NOT_FOUND : CLIENT_ERROR,
		    "%s cannot be written (%s); see what is kept: tutti "
		    "history PATH",
		    client_shown(copy->to), err_text(rc));
	if (c->json)
		return client_print(c, json_pack("{s:b}", "done", 1));
	client_say(c, "copied to %s", client_shown(copy->to));
	return CLIENT_OK;
}
