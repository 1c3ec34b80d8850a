/* SPDX-License-Identifier: Apache-2.0 */
/* Machines: homes and folders in one directory, with addresses on loopback. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/client.h"
#include "tests/race/race.h"

enum { BALLAST = 1500 };

static struct race *running; /* to be tidied up whatever happens */

void
race_die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "race: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	if (running != NULL)
		for (unsigned i = 0; i < RACE_MACHINES; i++)
			if (running->machines[i].daemon > 0)
				kill(running->machines[i].daemon, SIGKILL);
	_exit(1);
}

char *
race_text(const char *format, ...)
{
	va_list args;
	char *text;
	int n;

	va_start(args, format);
	n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0)
		race_die("no memory for a text");
	return text;
}

/* ---- the command --------------------------------------------------------- */

static const char *
environment(void *arg, const char *name)
{
	struct race_machine *m = arg;

	return strcmp(name, "TUTTI_HOME") == 0 ? m->home : NULL;
}

int
race_tutti(struct race_machine *m, const char *line, char **out_said)
{
	char text[1024], *argv[32] = {(char *)"tutti"}, *said, *rest;
	struct client_world world = {environment, m, NULL, NULL};
	size_t len;
	int code, n = 1;

	snprintf(text, sizeof text, "%s", line);
	for (char *word = strtok_r(text, " ", &rest); word != NULL && n < 31;
	     word = strtok_r(NULL, " ", &rest))
		argv[n++] = word;
	world.out = open_memstream(&said, &len);
	if (world.out == NULL)
		race_die("no memory for an answer");
	world.err = world.out;
	code = client_run(&world, n, argv);
	fclose(world.out);
	if (out_said != NULL)
		*out_said = said;
	else
		free(said);
	return code;
}

/* Runs it; it has to succeed. */
__attribute__((format(printf, 3, 4))) static void
must(struct race_machine *m, char **out_said, const char *format, ...)
{
	char line[1024], *said;
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	if (race_tutti(m, line, &said) != CLIENT_OK)
		race_die("tutti %s: %s", line, said);
	if (out_said != NULL)
		*out_said = said;
	else
		free(said);
}

/* ---- homes --------------------------------------------------------------- */

static void
make_dir(const char *path)
{
	if (mkdir(path, 0755) != 0)
		race_die("mkdir %s: %m", path);
}

static int
open_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		race_die("open %s: %m", path);
	return fd;
}

/* A port nobody listens on, at a loopback address of this process alone. */
static void
choose_address(struct race_machine *m)
{
	unsigned pid = (unsigned)getpid();
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t len = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char text[INET_ADDRSTRLEN];

	at.sin_addr.s_addr =
	    htonl(127U << 24 | (64 + (pid >> 16 & 63)) << 16 | (pid & 0xffff));
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) != 0)
		race_die("no port on loopback: %m");
	inet_ntop(AF_INET, &at.sin_addr, text, sizeof text);
	snprintf(
	    m->address, sizeof m->address, "%s:%u", text, ntohs(at.sin_port));
	close(fd);
}

static void
make_machine(struct race *r, unsigned i)
{
	struct race_machine *m = &r->machines[i];
	char *trash, *end;

	m->name[0] = (char)('a' + i);
	m->home = race_text("%s/%s", r->dir, m->name);
	m->folder_path = race_text("%s.f", m->home);
	make_dir(m->folder_path);
	m->folder = open_dir(m->folder_path);
	trash = race_text("%s.trash", m->home);
	make_dir(trash);
	m->trash = open_dir(trash);
	free(trash);
	choose_address(m);
	must(m, NULL, "init --name %s --listen %s", m->name, m->address);
	must(m, &m->device, "id");
	end = strchr(m->device, '\n');
	if (end != NULL)
		*end = '\0';
}

/* Files that nobody touches: so that taking half of the others away is no
 * mass delete. */
static void
make_ballast(struct race_machine *m)
{
	char path[64];

	if (mkdirat(m->folder, RACE_BALLAST, 0755) != 0 ||
	    mkdirat(m->folder, "sub", 0755) != 0)
		race_die("mkdir in %s: %m", m->folder_path);
	for (int i = 0; i < BALLAST; i++) {
		int fd;

		snprintf(path, sizeof path, RACE_BALLAST "/%d", i);
		fd = openat(m->folder, path, O_WRONLY | O_CREAT, 0644);
		if (fd < 0 || dprintf(fd, "ballast %d\n", i) < 0)
			race_die("%s: %m", path);
		close(fd);
	}
}

static void
introduce(struct race *r, struct race_machine *m)
{
	char share[64] = "";
	size_t n = 0;

	for (unsigned i = 0; i < r->o.machines; i++) {
		const struct race_machine *other = &r->machines[i];

		if (other == m)
			continue;
		must(m, NULL, "peer add %s --name %s --address %s",
		    other->device, other->name, other->address);
		n += (size_t)snprintf(
		    share + n, sizeof share - n, " --share %s", other->name);
	}
	must(m, NULL, "folder add %s --id " RACE_FOLDER "%s", m->folder_path,
	    share);
}

/* Lets the daemon log all. */
static void
say_more(struct race_machine *m)
{
	static const char usual[] = "log_level = info";
	char *path = race_text("%s/conf/tutti.conf", m->home), *text = NULL;
	size_t cap = 0;
	FILE *f = fopen(path, "r+");
	char *at;

	if (f == NULL || getdelim(&text, &cap, '\0', f) < 0 ||
	    (at = strstr(text, usual)) == NULL)
		race_die("%s: no %s: %m", path, usual);
	rewind(f);
	*at = '\0';
	fprintf(f, "%slog_level = debug%s", text, at + strlen(usual));
	if (fclose(f) != 0)
		race_die("%s: %m", path);
	free(text);
	free(path);
}

void
race_begin(struct race *r)
{
	running = r;
	r->dir = race_text("%s/tutti-race-XXXXXX", r->o.dir);
	if (mkdtemp(r->dir) == NULL)
		race_die("cannot work in %s: %m", r->o.dir);
	for (unsigned i = 0; i < r->o.machines; i++)
		make_machine(r, i);
	for (unsigned i = 0; i < r->o.machines; i++) {
		introduce(r, &r->machines[i]);
		if (r->o.debug)
			say_more(&r->machines[i]);
	}
	make_ballast(&r->machines[0]);
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
race_end(struct race *r)
{
	for (unsigned i = 0; i < r->o.machines; i++) {
		close(r->machines[i].folder);
		close(r->machines[i].trash);
		free(r->machines[i].device);
		free(r->machines[i].home);
		free(r->machines[i].folder_path);
	}
	if (r->o.keep)
		printf("kept: %s\n", r->dir);
	else if (nftw(r->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
		race_die("cannot remove %s: %m", r->dir);
	free(r->dir);
}
