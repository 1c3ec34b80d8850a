/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/client/client_run.h"

#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

char run_dir[RUN_DIR_BYTES];
char *run_out, *run_err;
static char home[80];
static pid_t server;

static const char *
environment(void *arg, const char *name)
{
	(void)arg;
	return strcmp(name, "TUTTI_HOME") == 0 ? home : NULL;
}

void
run_begin(void)
{
	run_temp_dir("client", run_dir);
	snprintf(home, sizeof home, "%s/home", run_dir);
}

void
run_mkdir(const char *name)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", run_dir, name);
	ck_assert_int_eq(mkdir(path, 0700), 0);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void
run_end(void)
{
	if (server > 0)
		ck_assert_int_eq(waitpid(server, NULL, 0), server);
	server = 0;
	free(run_out);
	free(run_err);
	run_out = run_err = NULL;
	ck_assert_int_eq(nftw(run_dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* Parts a copy of the line into words. */
static int
split(char *line, char **argv, int max)
{
	int argc = 0;

	for (char *word = strtok(line, " "); word != NULL && argc < max - 1;
	     word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	return argc;
}

int
run(const char *line)
{
	char text[2048] = "tutti ", *argv[64];
	size_t n = strlen(text), out_len, err_len;
	struct client_world world = {environment, NULL, NULL, NULL};
	int code;

	for (; *line != '\0'; line++)
		n += (size_t)snprintf(text + n, sizeof text - n,
		    *line == '%' ? "%s" : "%.1s",
		    *line == '%' ? run_dir : line);
	free(run_out);
	free(run_err);
	world.out = open_memstream(&run_out, &out_len);
	world.err = open_memstream(&run_err, &err_len);
	code = client_run(&world, split(text, argv, 64), argv);
	fclose(world.out);
	fclose(world.err);
	return code;
}

void
expect(const char *line, int code, const char *what)
{
	int got = run(line);

	ck_assert_msg(got == code, "%s: %d: %s%s", line, got, run_out, run_err);
	if (what != NULL)
		ck_assert_msg(strstr(run_out, what) || strstr(run_err, what),
		    "%s: %s%s", line, run_out, run_err);
	/* One error is one sentence on one line. */
	if (code != CLIENT_OK && run_err[0] != '\0')
		ck_assert_ptr_eq(
		    strchr(run_err, '\n'), run_err + strlen(run_err) - 1);
}

static void
answer_one(int listener, int status, const char *body)
{
	char asked[4096];
	int fd = accept(listener, NULL, NULL);

	if (fd < 0 || read(fd, asked, sizeof asked) <= 0)
		_exit(1);
	dprintf(fd,
	    "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n"
	    "Connection: close\r\n\r\n%s",
	    status, strlen(body), body);
	close(fd);
}

void
serve(int n, int status, const char *body)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	mkdir(home, 0700);
	snprintf(at.sun_path, sizeof at.sun_path, "%s/run", home);
	mkdir(at.sun_path, 0700);
	strcat(at.sun_path, "/api.sock");
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	ck_assert_int_eq(listen(fd, 8), 0);
	server = fork();
	if (server == 0) {
		alarm(20);
		while (n-- > 0)
			answer_one(fd, status, body);
		_exit(0);
	}
	close(fd);
}
