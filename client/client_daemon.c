/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client_internal.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * The daemon is started with standard error on a pipe, read until it answers
 * and closed then: what it says while it starts can be shown, and from then
 * on its log file has everything.
 */

enum { START_MS = 30000, STOP_MS = 60000, LOOK_MS = 20 };

/* The program beside this one, else the one on PATH. */
static void
program_path(char *out, size_t len)
{
	ssize_t n = readlink("/proc/self/exe", out, len - sizeof "tuttid");
	char *slash;

	out[n > 0 ? n : 0] = '\0';
	slash = strrchr(out, '/');
	if (slash != NULL) {
		strcpy(slash + 1, "tuttid");
		if (access(out, X_OK) == 0)
			return;
	}
	snprintf(out, len, "tuttid");
}

/* In the child: never returns. */
static void
become_daemon(const char *program, int err)
{
	int null = open("/dev/null", O_RDWR);

	/* Its own session, and no child of whoever waits for this one. */
	if (setsid() < 0 || fork() != 0)
		_exit(0);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 ||
	    dup2(err, 2) < 0 || chdir("/") < 0)
		_exit(127);
	execlp(program, "tuttid", (char *)NULL);
	dprintf(2, "tuttid cannot be started (%s); install it beside tutti\n",
	    strerror(errno));
	_exit(127);
}

static int
spawn(const char *program, int *out_err)
{
	int pipe_fds[2], status;
	pid_t child;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return -errno;
	fflush(NULL);
	child = fork();
	if (child == 0)
		become_daemon(program, pipe_fds[1]);
	close(pipe_fds[1]);
	if (child < 0) {
		close(pipe_fds[0]);
		return -EAGAIN;
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	*out_err = pipe_fds[0];
	return 0;
}

/* Waits a little for what the daemon says; false once it has ended. */
static bool
hear(int err, struct buf *said)
{
	struct pollfd fd = {.fd = err, .events = POLLIN};
	char p[4096];
	ssize_t n;

	if (poll(&fd, 1, LOOK_MS) <= 0)
		return true;
	n = read(err, p, sizeof p);
	if (n <= 0)
		return false;
	/* Only the end is of interest. */
	if (said->len + (size_t)n > said->max)
		buf_clear(said);
	return buf_add(said, span_of(p, (size_t)n)) == 0;
}

/* The last line it said, without the program's name. */
static int
not_started(struct client *c, struct buf *said)
{
	char *line, *end;

	if (buf_add(said, span_of("", 1)) < 0)
		buf_clear(said);
	line = said->len > 0 ? (char *)said->p : NULL;
	for (end = line; end != NULL && (end = strrchr(line, '\n')) != NULL;) {
		*end = '\0';
		if (end[1] != '\0') {
			line = end + 1;
			break;
		}
		if (strchr(line, '\n') == NULL)
			break;
	}
	if (line != NULL && strncmp(line, "tuttid: ", 8) == 0)
		line += 8;
	return client_fail(c, CLIENT_ERROR, "the daemon did not start: %s",
	    line && line[0] ? client_shown(line) : "see: tutti log");
}

int
client_start(struct client *c)
{
	char program[4096];
	struct buf said;
	int err = -1, code = CLIENT_OK, rc;
	int64_t deadline;

	if (client_runs(c))
		return CLIENT_OK;
	buf_init(&said, 1 << 16);
	program_path(program, sizeof program);
	rc = spawn(program, &err);
	if (rc < 0)
		return client_fail(c, CLIENT_ERROR,
		    "the daemon cannot be started (%s)", err_text(rc));
	deadline = host_mono_ns(c->host) + START_MS * INT64_C(1000000);
	while (!client_runs(c)) {
		if (!hear(err, &said)) {
			code = not_started(c, &said);
			break;
		}
		if (host_mono_ns(c->host) > deadline) {
			code = client_fail(c, CLIENT_AGAIN,
			    "the daemon did not answer within %d seconds; see:"
			    " tutti log",
			    START_MS / 1000);
			break;
		}
	}
	close(err);
	buf_release(&said);
	return code;
}

int
client_stop(struct client *c)
{
	struct client_call call = {"POST", "/v1/stop", 30, true, false};
	struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
	int64_t deadline;
	json_t *json;
	int code = client_call(c, &call, &json);

	if (code == CLIENT_NO_DAEMON) {
		client_say(c, "the daemon was not running");
		return CLIENT_OK;
	}
	if (code != CLIENT_OK)
		return code;
	json_decref(json);
	deadline = host_mono_ns(c->host) + STOP_MS * INT64_C(1000000);
	while (!client_gone(c)) {
		if (host_mono_ns(c->host) > deadline)
			return client_fail(c, CLIENT_AGAIN,
			    "the daemon is still stopping; see: tutti log");
		nanosleep(&pause, NULL);
	}
	return CLIENT_OK;
}
