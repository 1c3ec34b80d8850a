/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

const struct client_option client_log_options[] = {
    {"follow", NULL, "go on as the daemon goes on", 'f'},
    {"lines", "N", "only the last lines (all that is kept)", 'n'},
    {NULL, NULL, NULL, 0},
};

enum { KEPT_BYTES = 64 << 20, LOOK_MS = 200, LINES_MAX = 100000000 };

/* Every line was made fit to be seen when it was written. */

static int
open_log(struct client *c, const char *suffix)
{
	char path[4200];

	snprintf(path, sizeof path, "%s/tuttid.log%s", c->home.state, suffix);
	return open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

static int
read_rest(int fd, struct buf *out)
{
	char p[65536];
	ssize_t n;
	int rc = 0;

	while (rc == 0 && (n = read(fd, p, sizeof p)) > 0)
		rc = buf_add(out, span_of(p, (size_t)n));
	return rc;
}

/* Where the last n lines begin. */
static size_t
last_lines(const struct buf *text, long n)
{
	size_t at = text->len;

	for (; at > 0; at--)
		if (text->p[at - 1] == '\n' && at < text->len && --n <= 0)
			break;
	return at;
}

/* Goes on for ever, also when the file is begun anew. */
static void
follow(struct client *c, int fd)
{
	struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
	struct stat here, there;
	char p[65536];

	for (;;) {
		ssize_t n = read(fd, p, sizeof p);
		int next;

		if (n > 0) {
			fwrite(p, 1, (size_t)n, c->world->out);
			continue;
		}
		if (fflush(c->world->out) != 0)
			break;
		next = open_log(c, "");
		if (next >= 0 && fstat(fd, &here) == 0 &&
		    fstat(next, &there) == 0 && here.st_ino != there.st_ino) {
			close(fd);
			fd = next;
			continue;
		}
		if (next >= 0)
			close(next);
		nanosleep(&pause, NULL);
	}
	close(fd);
}

int
client_log(struct client *c, const struct client_args *args)
{
	const char *given = client_given(args, "lines");
	long lines = given ? client_number(given, LINES_MAX) : LINES_MAX;
	struct buf text;
	int older, fd, code = client_open(c);

	if (code == CLIENT_OK && lines < 0)
		code = client_fail(c, CLIENT_USAGE, "%s is no number of lines",
		    client_shown(given));
	if (code != CLIENT_OK)
		return code;
	fd = open_log(c, "");
	if (fd < 0 && errno != ENOENT)
		return client_fail(c, CLIENT_ERROR,
		    "the log in %s cannot be read (%s); ask as the user whose"
		    " it is",
		    client_shown(c->home.state), strerror(errno));
	if (fd < 0)
		return client_fail(c, CLIENT_ERROR,
		    "there is no log in %s (%s); the daemon writes it once it"
		    " is started: tutti up",
		    client_shown(c->home.state), strerror(errno));
	buf_init(&text, KEPT_BYTES);
	older = open_log(c, ".1");
	if (older >= 0) {
		code = read_rest(older, &text) < 0 ? CLIENT_ERROR : CLIENT_OK;
		close(older);
	}
	if (code == CLIENT_OK && read_rest(fd, &text) == 0) {
		size_t from = lines > 0 ? last_lines(&text, lines) : text.len;

		fwrite(text.p + from, 1, text.len - from, c->world->out);
	}
	buf_release(&text);
	if (client_given(args, "follow"))
		follow(c, fd);
	else
		close(fd);
	return code;
}
