/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client_internal.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/base/text.h"

/* ---- the folder ---------------------------------------------------------- */

/* An id made of the directory's own name. */
static void
id_of(const char *path, char *out, size_t len)
{
	const char *name = strrchr(path, '/');
	size_t n = 0;

	for (name = name ? name + 1 : path; *name != '\0'; name++) {
		char one[3] = {'a', *name, '\0'};

		if (n + 1 < len && conf_name_valid(one) &&
		    (n > 0 || (*name != '.' && *name != '-')))
			out[n++] = *name;
	}
	out[n] = '\0';
	if (n == 0)
		snprintf(out, len, "folder");
}

static int
make_directory(struct client *c, const char *typed, char **out)
{
	char *path, cwd[4096] = "";
	size_t len = strlen(typed) + sizeof cwd + 2;
	int fd, rc;

	if (typed[0] != '/' && getcwd(cwd, sizeof cwd) == NULL)
		return client_fail(c, CLIENT_ERROR,
		    "the working directory is gone; go to another");
	path = malloc(len);
	if (path == NULL)
		return client_fail(c, CLIENT_ERROR, "out of memory");
	snprintf(path, len, "%s%s%s", cwd, cwd[0] ? "/" : "", typed);
	rc = host_open_root(c->host, path, HOST_CREATE, &fd);
	free(path);
	if (rc < 0)
		return client_fail(c, CLIENT_ERROR,
		    "%s cannot be opened or made (%s); choose a directory of"
		    " yours",
		    client_shown(typed), err_text(rc));
	host_close(c->host, fd);
	return client_directory(c, typed, out);
}

/* Makes DIR a folder, unless it is one, and writes its id. */
static int
make_folder(struct client *c, const char *path, char *out_id, size_t len)
{
	const struct conf_folder *old = conf_find_path(&c->conf, path);
	char id[LIMIT_FOLDER_ID_BYTES - 3]; /* room for -99 */

	if (old != NULL && strcmp(old->path, path) == 0) {
		snprintf(out_id, len, "%s", old->id);
		return CLIENT_OK;
	}
	id_of(path, id, sizeof id);
	snprintf(out_id, len, "%s", id);
	for (unsigned char i = 2; conf_find_folder(&c->conf, out_id) && i < 100;
	     i++)
		snprintf(out_id, len, "%s-%d", id, i);
	return client_add_folder(c, path, out_id, NULL);
}

/* ---- what to type on the next machine ------------------------------------ */

/* The address that this device uses on its way to the world: not that of a
 * bridge for containers. Nothing is sent. */
static bool
outgoing_address(char *out, size_t len)
{
	/* Some address out there, of a block that is for examples. */
	struct sockaddr_in to = {.sin_family = AF_INET,
	    .sin_port = htons(CONF_PORT),
	    .sin_addr.s_addr = htonl(0xc6336401)};
	struct sockaddr_in from = {.sin_family = AF_INET};
	socklen_t n = sizeof from;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool found;

	if (fd < 0)
		return false;
	found = connect(fd, (struct sockaddr *)&to, sizeof to) == 0 &&
		getsockname(fd, (struct sockaddr *)&from, &n) == 0 &&
		from.sin_addr.s_addr != 0 &&
		inet_ntop(AF_INET, &from.sin_addr, out, (socklen_t)len);
	close(fd);
	return found;
}

/* An address at which others may find this device. */
static void
own_address(struct client *c, char *out, size_t len)
{
	const char *listen = c->conf.main.listen.host;
	struct ifaddrs *all, *i;

	snprintf(out, len, "ADDRESS");
	if (listen[0] != '\0' && strcmp(listen, "0.0.0.0") != 0 &&
	    strcmp(listen, "::") != 0) {
		snprintf(out, len, strchr(listen, ':') ? "[%s]" : "%s", listen);
		return;
	}
	if (outgoing_address(out, len) || getifaddrs(&all) < 0)
		return;
	for (i = all; i != NULL; i = i->ifa_next) {
		struct sockaddr_in *in = (struct sockaddr_in *)i->ifa_addr;

		if (in == NULL || in->sin_family != AF_INET ||
		    (i->ifa_flags & IFF_LOOPBACK) != 0 ||
		    (i->ifa_flags & IFF_UP) == 0)
			continue;
		inet_ntop(AF_INET, &in->sin_addr, out, (socklen_t)len);
		break;
	}
	freeifaddrs(all);
}

static long
daemon_port(struct client *c)
{
	struct client_call call = {"GET", "/v1/status", 0, true, false};
	long port = CONF_PORT;
	json_t *json;

	if (client_call(c, &call, &json) != CLIENT_OK)
		return port;
	port = (long)json_integer_value(json_object_get(json, "port"));
	json_decref(json);
	return port;
}

/* Quotes a path for a shell, where it needs it. */
static void
print_quoted(FILE *to, const char *s)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789/._-+:@";

	if (s[strspn(s, plain)] == '\0') {
		fputs(s, to);
		return;
	}
	fputc('\'', to);
	for (s = client_shown(s); *s != '\0'; s++)
		fprintf(to, *s == '\'' ? "'\\%c'" : "%c", *s);
	fputc('\'', to);
}

/* A path in the user's home as it may be typed on any machine, where the
 * home may be another. */
static void
print_path(struct client *c, const char *path)
{
	const char *typed = c->world->get(c->world->arg, "HOME");
	char *home = typed && typed[0] ? realpath(typed, NULL) : NULL;
	size_t n = home ? strlen(home) : 0;

	if (n > 1 && strncmp(path, home, n) == 0 && path[n] == '/') {
		fputs("~/", c->world->out);
		path += n + 1;
	}
	free(home);
	print_quoted(c->world->out, path);
}

static void
print_next(
    struct client *c, const char *id, const char *folder, const char *path)
{
	FILE *out = c->world->out;
	const char *name = c->conf.main.name;
	char address[128];

	own_address(c, address, sizeof address);
	fputs("\nOn the next machine, where Tutti's source lies, type:\n\n"
	      "    ./bootstrap up",
	    out);
	if (path != NULL) {
		fputc(' ', out);
		print_path(c, path);
	}
	fprintf(out,
	    "\n    build/tutti peer add %s --name %s --address %s:%ld\n", id,
	    name, address, daemon_port(c));
	if (path != NULL) {
		fputs("    build/tutti folder add ", out);
		print_path(c, path);
		fprintf(out, " --id %s --share %s\n", folder, name);
	}
	fputs("\nIt then prints the same for this one: its id and address, to"
	      " type here.\n",
	    out);
}

static json_t *
next_json(struct client *c, const char *id, const char *folder)
{
	char address[128];

	own_address(c, address, sizeof address);
	return json_pack("{s:s, s:s, s:s, s:i, s:s*}", "id", id, "name",
	    c->conf.main.name, "address", address, "port", (int)daemon_port(c),
	    "folder", folder);
}

int
client_up(struct client *c, const struct client_args *args)
{
	char folder[LIMIT_FOLDER_ID_BYTES + 1] = "", id[TEXT_ID_CHARS + 1];
	struct conf_identity identity;
	char *path = NULL;
	int code = client_load(c);

	if (code == CLIENT_OK)
		code = client_make(c, &identity);
	if (code != CLIENT_OK)
		return code;
	text_id(identity.id, id);
	conf_identity_wipe(&identity);
	if (args->n > 0)
		code = make_directory(c, args->words[0], &path);
	if (code == CLIENT_OK && path != NULL)
		code = make_folder(c, path, folder, sizeof folder);
	if (code == CLIENT_OK)
		code = client_start(c);
	/* One that ran before has to look at what was written. */
	if (code == CLIENT_OK)
		code = client_reload(c);
	if (code == CLIENT_OK && c->json)
		code = client_print(c, next_json(c, id, path ? folder : NULL));
	else if (code == CLIENT_OK) {
		client_say(c, "the daemon of %s is running", c->conf.main.name);
		if (path != NULL)
			client_say(c, "%s is kept the same as the folder %s",
			    client_shown(path), folder);
		print_next(c, id, folder, path);
	}
	free(path);
	return code;
}

int
client_down(struct client *c, const struct client_args *args)
{
	int code = client_stop(c);

	(void)args;
	if (code == CLIENT_OK && c->json)
		return client_print(c, json_pack("{s:b}", "running", 0));
	return code;
}
