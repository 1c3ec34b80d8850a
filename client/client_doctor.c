/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client_internal.h"

#include <fcntl.h>
#include <ftw.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "proto/base/text.h"

const struct client_option client_doctor_options[] = {
    {NULL, NULL, NULL, 0},
};

/*
 * One line a check: what was looked at and how it is, and for what is wrong
 * what to do. Nothing is changed but short-lived files in .tutti.
 */

struct doctor {
	struct client *c;
	json_t *findings;
	unsigned wrong;
};

static void __attribute__((format(printf, 3, 4)))
tell(struct doctor *d, bool well, const char *format, ...)
{
	char text[2048];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	client_say(d->c, "%s  %s", well ? "ok   " : "WRONG", text);
	json_array_append_new(
	    d->findings, json_pack("{s:b, s:s}", "well", well, "text", text));
	d->wrong += !well;
}

/* ---- the device ---------------------------------------------------------- */

static void
check_conf(struct doctor *d)
{
	VEC_EACH (&d->c->errors.v, error)
		tell(d, false, "%s", error->text);
	if (d->c->errors.v.n == 0)
		tell(d, true, "the configuration in %s has no errors",
		    client_shown(d->c->home.conf));
}

static void
check_identity(struct doctor *d)
{
	struct conf_identity identity;
	struct conf_error error;
	int state, rc;

	rc = host_open_root(d->c->host, d->c->home.state, 0, &state);
	if (rc == 0) {
		rc = conf_identity_load(d->c->host, state, &identity, &error);
		host_close(d->c->host, state);
	}
	if (rc == 0)
		tell(d, true, "the device's key is there, for you alone");
	else if (rc == ERR_CONFIG)
		tell(d, false, "%s", error.text);
	else if (rc == -ENOENT)
		tell(d, false, "there is no identity yet; type: tutti init");
	else
		tell(d, false, "the device's key cannot be read (%s)",
		    err_text(rc));
	conf_identity_wipe(&identity);
}

static void
check_clock(struct doctor *d)
{
	/* The day this was first written: no clock is right before it. */
	static const time_t written = 1795305600;
	time_t now = time(NULL);

	if (now < written)
		tell(d, false,
		    "the clock is wrong: set it, or let it be set (timedatectl"
		    " set-ntp true)");
	else
		tell(d, true, "the clock shows a possible time");
}

static void
check_room(struct doctor *d, const char *what, const char *path)
{
	struct host_fs fs;
	int dir, rc = host_open_root(d->c->host, path, 0, &dir);

	if (rc < 0)
		return;
	rc = host_fs_info(d->c->host, dir, &fs);
	host_close(d->c->host, dir);
	if (rc < 0)
		return;
	if (fs.free_bytes < (UINT64_C(100) << 20) ||
	    fs.free_bytes < fs.total_bytes / 100)
		tell(d, false, "%s has only %s left on its disk; make room",
		    what, client_size(fs.free_bytes));
	else
		tell(d, true, "%s has %s left on its disk", what,
		    client_size(fs.free_bytes));
}

/* ---- watches ------------------------------------------------------------- */

static long
read_limit(const char *path)
{
	char text[32];
	long n = -1;
	FILE *f = fopen(path, "re");

	if (f == NULL)
		return -1;
	if (fgets(text, sizeof text, f) != NULL) {
		text[strcspn(text, "\n")] = '\0';
		n = client_number(text, 999999999);
	}
	fclose(f);
	return n;
}

static unsigned long dirs_seen; /* nftw gives its callback no argument */

static int
count_dir(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)path;
	(void)st;
	(void)ftw;
	dirs_seen += type == FTW_D;
	return 0;
}

static void
check_watches(struct doctor *d)
{
	long limit = read_limit("/proc/sys/fs/inotify/max_user_watches");
	long queue = read_limit("/proc/sys/fs/inotify/max_queued_events");

	dirs_seen = 0;
	VEC_EACH (&d->c->conf.folders, folder)
		nftw(folder->path, count_dir, 32, FTW_PHYS | FTW_MOUNT);
	if (limit < 0)
		tell(d, false,
		    "this kernel has no inotify; changes are found by"
		    " periodic looks only");
	else if (dirs_seen > (unsigned long)limit / 10 * 9)
		tell(d, false,
		    "%lu directories are to be watched and the limit is %ld;"
		    " raise it: sysctl fs.inotify.max_user_watches=%lu",
		    dirs_seen, limit, dirs_seen * 2);
	else
		tell(d, true, "%lu directories are watched, %ld may be",
		    dirs_seen, limit);
	if (queue >= 0 && queue < 1024)
		tell(d, false,
		    "fs.inotify.max_queued_events is %ld; raise it to 16384",
		    queue);
}

/* ---- folders ------------------------------------------------------------- */

/* A file of ours in .tutti/ to try things on. */
static int
open_probe(const struct host *h, int dir, const char *name)
{
	int fd, rc;

	rc = host_open(h, dir, name,
	    HOST_READ | HOST_WRITE | HOST_CREATE | HOST_EXCL, &fd);
	if (rc == 0)
		rc = host_write_at(h, fd, "x", 1, 0);
	return rc < 0 ? rc : fd;
}

static void
tell_features(struct doctor *d, const char *id, int dir)
{
	const struct host *h = d->c->host;
	int a = open_probe(h, dir, "doctor-a"), b = -1, rc;
	struct host_stat st;
	bool leases, clones, folds;

	if (a >= 0)
		b = open_probe(h, dir, "doctor-b");
	if (a < 0 || b < 0) {
		tell(d, false,
		    "the folder %s cannot be written to (%s); see to whom it"
		    " belongs and how much room is left",
		    id, err_text(a < 0 ? a : b));
		goto out;
	}
	clones = host_clone(h, a, 0, b, 0, 0) == 0;
	folds = host_stat_at(h, dir, "DOCTOR-A", &st) == 0;
	host_close(h, b);
	b = -1;
	leases = host_lease(h, a, HOST_LEASE_WRITE) == 0;
	tell(d, true, "the folder %s: leases %s, reflinks %s, letter case %s",
	    id, leases ? "yes" : "no (longer grace)", clones ? "yes" : "no",
	    folds ? "folded (some names wait)" : "kept");
out:
	if (a >= 0)
		host_close(h, a);
	if (b >= 0)
		host_close(h, b);
	rc = host_unlink(h, dir, "doctor-a");
	if (rc == 0 || rc == -ENOENT)
		rc = host_unlink(h, dir, "doctor-b");
	(void)rc;
}

static void
check_folder(struct doctor *d, const struct conf_folder *folder)
{
	const struct host *h = d->c->host;
	char what[128];
	int root, dir;
	int rc = host_open_root(h, folder->path, 0, &root);

	if (rc < 0) {
		tell(d, false, "the folder %s: %s cannot be opened (%s)",
		    folder->id, client_shown(folder->path), err_text(rc));
		return;
	}
	snprintf(what, sizeof what, "the folder %s", folder->id);
	check_room(d, what, folder->path);
	/* Never made here: it is the daemon's mark of a known root. */
	rc = host_open(h, root, ".tutti", HOST_READ, &dir);
	host_close(h, root);
	if (rc == 0) {
		tell_features(d, folder->id, dir);
		host_close(h, dir);
	} else if (access(folder->path, W_OK) < 0)
		tell(d, false,
		    "the folder %s cannot be written to (%s); see to whom it"
		    " belongs",
		    folder->id, strerror(errno));
	if (folder->share.v.n == 0)
		tell(d, false,
		    "the folder %s is shared with nobody; type: tutti folder"
		    " set %s --share PEER",
		    folder->id, folder->id);
}

/* ---- the network --------------------------------------------------------- */

static int
connect_to(const struct addrinfo *a)
{
	struct timeval limit = {.tv_sec = 3};
	int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int rc;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
	rc = connect(fd, a->ai_addr, a->ai_addrlen) < 0 ? -errno : 0;
	close(fd);
	return rc;
}

static void
check_address(struct doctor *d, const char *peer, const struct conf_address *at)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *all;
	char port[8];
	int rc;

	snprintf(port, sizeof port, "%u", at->port ? at->port : CONF_PORT);
	rc = getaddrinfo(at->host, port, &hints, &all);
	if (rc != 0) {
		tell(d, false, "%s: the name %s has no address (%s)", peer,
		    client_shown(at->host), gai_strerror(rc));
		return;
	}
	rc = connect_to(all);
	freeaddrinfo(all);
	if (rc == 0)
		tell(d, true, "%s can be reached at %s port %s", peer,
		    client_shown(at->host), port);
	else
		tell(d, false,
		    "%s cannot be reached at %s port %s (%s); does its daemon"
		    " run, does a firewall stand between?",
		    peer, client_shown(at->host), port, err_text(rc));
}

/* 0, or why this device cannot listen there. */
static int
try_port(const char *host, unsigned number)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
			    .ai_flags = AI_PASSIVE | AI_NUMERICHOST},
			*found;
	char port[8];
	int fd, on = 1, rc = 0;

	snprintf(port, sizeof port, "%u", number);
	if (getaddrinfo(host[0] ? host : NULL, port, &hints, &found) != 0)
		return -EADDRNOTAVAIL;
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		rc = -errno;
	else
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (rc == 0 && (bind(fd, found->ai_addr, found->ai_addrlen) < 0 ||
			   listen(fd, 1) < 0))
		rc = -errno;
	if (fd >= 0)
		close(fd);
	freeaddrinfo(found);
	return rc;
}

/* Could a daemon listen, if it ran? */
static void
check_free_port(struct doctor *d)
{
	const struct conf_address *at = &d->c->conf.main.listen;
	unsigned port = at->port ? at->port : CONF_PORT;
	int rc = try_port(at->host, port);

	/* Where none is set the next free one is taken. */
	while (rc < 0 && at->port == 0 && port < CONF_PORT_LAST)
		rc = try_port(at->host, ++port);
	if (rc == 0)
		tell(d, true, "port %u is free for the daemon", port);
	else if (rc == -EADDRNOTAVAIL)
		tell(d, false,
		    "%s is no address of this machine; choose one of its own"
		    " with: tutti init --listen ADDRESS:PORT",
		    client_shown(at->host));
	else
		tell(d, false,
		    "port %u cannot be listened on (%s); end what has it, or"
		    " choose another with: tutti init --listen ADDRESS:PORT",
		    port, err_text(rc));
}

/* What the daemon itself says is wrong. */
static void
check_status(struct doctor *d, const json_t *status)
{
	long port = (long)json_integer_value(json_object_get(status, "port"));
	const json_t *folder;
	size_t i;

	tell(d, true, "the daemon is running");
	if (port > 0)
		tell(d, true, "it listens on port %ld", port);
	else
		tell(d, false,
		    "it listens on no port, others cannot reach this device;"
		    " choose one with: tutti init --listen ADDRESS:PORT");
	json_array_foreach(json_object_get(status, "folders"), i, folder)
	{
		const char *state =
		    json_string_value(json_object_get(folder, "state"));
		const char *sentence =
		    json_string_value(json_object_get(folder, "sentence"));
		bool wrong =
		    json_is_string(json_object_get(folder, "error")) ||
		    json_integer_value(json_object_get(folder, "troubles")) > 0;

		if (sentence != NULL && state != NULL &&
		    (wrong || strcmp(state, "halted") == 0))
			tell(d, false, "the folder %s", sentence);
	}
}

static void
check_network(struct doctor *d)
{
	struct client_call call = {"GET", "/v1/status", 5, true, false};
	json_t *status;

	if (client_runs(d->c) &&
	    client_call(d->c, &call, &status) == CLIENT_OK) {
		check_status(d, status);
		json_decref(status);
	} else {
		tell(d, false,
		    "the daemon is not running; start it with: tutti up");
		check_free_port(d);
	}
	VEC_EACH (&d->c->conf.peers, peer)
		VEC_EACH (&peer->addresses.v, at)
			check_address(d, peer->name, at);
}

int
client_doctor(struct client *c, const struct client_args *args)
{
	struct doctor d = {.c = c};
	int code = client_load(c);

	(void)args;
	if (code != CLIENT_OK)
		return code;
	d.findings = json_array();
	check_conf(&d);
	check_identity(&d);
	check_clock(&d);
	check_room(&d, "the state", c->home.state);
	check_watches(&d);
	VEC_EACH (&c->conf.folders, folder)
		check_folder(&d, folder);
	check_network(&d);
	if (c->json)
		code =
		    client_print(c, json_pack("{s:O}", "findings", d.findings));
	json_decref(d.findings);
	if (code != CLIENT_OK)
		return code;
	return d.wrong > 0 ? CLIENT_ERROR : CLIENT_OK;
}
