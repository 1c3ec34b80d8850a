/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tuttid - one home's daemon: wiring, signals, roles.
 *
 * There is one role today, the worker, which does everything. The supervisor
 * (DESIGN.md section 7) will be a second function beside run_worker, chosen
 * in main.
 */
#include <malloc.h>
#include <signal.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/api/api.h"
#include "daemon/host/host_uv.h"
#include "daemon/node/node.h"
#include "proto/base/text.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0"
#endif

enum {
	RING_BYTES = 8 << 20,
	LOCK_TRIES = 100, /* while one that was stopped ends */
	LOCK_PAUSE_MS = 20,
	WHY_BYTES = 64 << 10,
	KEPT_BYTES = 8 << 20,
	SHOWN_BYTES = 4 * LIMIT_PATH_BYTES + 1, /* each byte as \xHH */
};

struct worker {
	struct host *host;
	struct conf_home home;
	int conf, state, run, lock; /* descriptors, or -1 */
	struct log log;
	bool logging;
	struct api *api;
	struct node *node;
	bool stopping;
};

static const char *
environment(void *arg, const char *name)
{
	(void)arg;
	return getenv(name);
}

/* Says one sentence and returns main's exit status for it. */
static int __attribute__((format(printf, 1, 2))) fail(const char *format, ...)
{
	va_list ap;

	fputs("tuttid: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	return EXIT_FAILURE;
}

/* Writes a path as it may be shown. */
static const char *
shown(const char *path, char out[static SHOWN_BYTES])
{
	struct buf b;
	bool fits;

	buf_init(&b, SHOWN_BYTES - 1);
	fits = text_escape(&b, span_str(path)) == 0;
	snprintf(out, SHOWN_BYTES, "%.*s", fits ? (int)b.len : 1,
	    fits ? (const char *)b.p : "?");
	buf_release(&b);
	return out;
}

/* ---- the home ------------------------------------------------------------ */

static int
open_dir(struct worker *w, const char *path, int *out_fd)
{
	char text[SHOWN_BYTES];
	int rc =
	    host_open_root(w->host, path, HOST_CREATE | HOST_PRIVATE, out_fd);

	if (rc == 0)
		return EXIT_SUCCESS;
	return fail("%s cannot be opened or made (%s); see to whom it belongs,"
		    " or set TUTTI_HOME to another directory",
	    shown(path, text), err_text(rc));
}

static int
lock_home(struct worker *w)
{
	struct timespec pause = {.tv_nsec = LOCK_PAUSE_MS * 1000000L};
	char text[SHOWN_BYTES];
	int rc = host_open(
	    w->host, w->state, "lock", HOST_WRITE | HOST_CREATE, &w->lock);

	if (rc == 0)
		rc = host_lock(w->host, w->lock);
	for (int i = 0; i < LOCK_TRIES && rc == -EWOULDBLOCK; i++) {
		nanosleep(&pause, NULL);
		rc = host_lock(w->host, w->lock);
	}
	shown(w->home.state, text);
	if (rc == -EWOULDBLOCK)
		return fail("another daemon runs on %s already; stop it first"
			    " with: tutti down",
		    text);
	if (rc < 0)
		return fail("%s/lock cannot be locked (%s); see to whom it"
			    " belongs",
		    text, err_text(rc));
	return EXIT_SUCCESS;
}

static int
open_home(struct worker *w)
{
	struct conf_error error;
	int rc = conf_home(environment, NULL, &w->home, &error);

	if (rc < 0)
		return fail("%s", rc == ERR_CONFIG ? error.text : err_text(rc));
	if ((rc = open_dir(w, w->home.conf, &w->conf)) != 0 ||
	    (rc = open_dir(w, w->home.state, &w->state)) != 0 ||
	    (rc = open_dir(w, w->home.run, &w->run)) != 0)
		return rc;
	return lock_home(w);
}

/* ---- log and API --------------------------------------------------------- */

/* How much is to be logged; what is wrong in files is said by the node. */
static enum log_level
wanted_level(struct worker *w)
{
	struct conf_source source = {w->host, w->conf, NULL};
	struct conf_errors errors = {.v = {NULL, 0, 0}};
	enum log_level level = LOG_LEVEL_INFO;
	struct conf conf;

	if (conf_load(&source, NULL, &conf, &errors) == 0) {
		level = (enum log_level)conf.main.log_level;
		conf_release(&conf);
	}
	conf_errors_release(&errors);
	return level;
}

static int
start_log(struct worker *w)
{
	struct log_options options = {.level = wanted_level(w),
	    .to_stderr = log_stderr_kind(w->host),
	    .write = host_uv_stderr,
	    .ring_dir = w->state,
	    .ring_name = "tuttid.log",
	    .ring_bytes = RING_BYTES};
	int rc = log_init(&w->log, w->host, &options);

	if (rc < 0)
		return fail("the log cannot be opened (%s)", err_text(rc));
	w->logging = true;
	return EXIT_SUCCESS;
}

static void
stopped(void *arg)
{
	struct worker *w = arg;

	w->node = NULL;
	host_uv_stop(w->host);
}

static void
stop(void *arg)
{
	struct worker *w = arg;
	struct node *node = w->node;

	/* Asked a second time: at once, as a power cut would. */
	if (w->stopping)
		_exit(EXIT_FAILURE);
	w->stopping = true;
	log_info(&w->log, "stopping");
	/* The socket stays until the end: whoever waits for it to go knows
	 * then that the daemon has ended. */
	api_set_node(w->api, NULL);
	node_stop(node, stopped, w);
}

static void
stop_asked(void *arg)
{
	struct worker *w = arg;

	if (!w->stopping)
		stop(w);
}

static void
reload(void *arg)
{
	struct worker *w = arg;
	struct buf why;

	if (w->stopping)
		return;
	buf_init(&why, WHY_BYTES);
	if (node_reload(w->node, &why) < 0)
		log_warn(&w->log, "reload_incomplete",
		    LOG_SPAN("why", buf_span(&why)));
	buf_release(&why);
}

static int
start_api(struct worker *w)
{
	struct api_options options = {.host = w->host,
	    .log = &w->log,
	    .run = w->run,
	    .version = PACKAGE_VERSION,
	    .stop = stop_asked,
	    .arg = w};
	char text[SHOWN_BYTES];
	int rc = api_new(&options, &w->api);

	if (rc == 0)
		return EXIT_SUCCESS;
	return fail("the socket %s/api.sock cannot be opened (%s); remove what"
		    " is in its place",
	    shown(w->home.run, text), err_text(rc));
}

/* ---- the worker ---------------------------------------------------------- */

static int
start_node(struct worker *w)
{
	struct node_options options = {.host = w->host,
	    .log = &w->log,
	    .conf = w->conf,
	    .state = w->state,
	    .home = &w->home,
	    .changed = api_changed,
	    .arg = w->api};
	struct buf why;
	int rc, status = EXIT_SUCCESS;

	buf_init(&why, WHY_BYTES);
	rc = node_new(&options, &w->node, &why);
	if (rc < 0)
		status = fail("%.*s",
		    (int)(why.len > 0 ? why.len : strlen(err_text(rc))),
		    why.len > 0 ? (const char *)why.p : err_text(rc));
	buf_release(&why);
	return status;
}

static int
start_signals(struct worker *w)
{
	int rc = host_uv_on_signal(w->host, SIGTERM, stop, w);

	if (rc == 0)
		rc = host_uv_on_signal(w->host, SIGINT, stop, w);
	if (rc == 0)
		rc = host_uv_on_signal(w->host, SIGHUP, reload, w);
	return rc == 0 ? EXIT_SUCCESS
		       : fail("signals cannot be heard (%s)", err_text(rc));
}

static int
start(struct worker *w)
{
	int status = open_home(w);

	if (status == EXIT_SUCCESS)
		status = start_log(w);
	if (status == EXIT_SUCCESS)
		status = start_api(w);
	if (status == EXIT_SUCCESS)
		status = start_node(w);
	if (status == EXIT_SUCCESS)
		status = start_signals(w);
	return status;
}

static void
end(struct worker *w)
{
	const int fds[] = {w->conf, w->state, w->run, w->lock};

	if (w->node != NULL) {
		w->stopping = true;
		node_stop(w->node, stopped, w);
		host_uv_run(w->host);
	}
	api_free(w->api);
	if (w->logging)
		log_release(&w->log);
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		if (fds[i] >= 0)
			host_close(w->host, fds[i]);
	conf_home_release(&w->home);
	host_uv_free(w->host);
}

static int
run_worker(void)
{
	struct worker w = {.conf = -1, .state = -1, .run = -1, .lock = -1};
	int rc = host_uv_new(&w.host), status;

	if (rc < 0)
		return fail("the event loop cannot be made (%s)", err_text(rc));
	status = start(&w);
	if (status == EXIT_SUCCESS) {
		api_set_node(w.api, w.node);
		log_info(&w.log, "ready", LOG_STR("version", PACKAGE_VERSION));
		host_uv_run(w.host);
		log_info(&w.log, "stopped");
	}
	end(&w);
	return status;
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("tuttid " PACKAGE_VERSION);
		return EXIT_SUCCESS;
	}
	if (argc > 1) {
		bool asked = argc == 2 && strcmp(argv[1], "--help") == 0;

		fputs("Usage: tuttid\n"
		      "Keeps the folders of $TUTTI_HOME (or your own) the same"
		      " as the peers'. It takes no\nargument and stays in the"
		      " foreground; see: tutti help\n",
		    asked ? stdout : stderr);
		return asked ? EXIT_SUCCESS : 2;
	}
	/* Nothing that is made here is for others; what users' files may be
	 * is said for each of them. */
	umask(077);
	/* Messages of a megabyte come and go by the thousand: their memory
	 * is not given back to the kernel, and cleared by it, each time. */
	mallopt(M_MMAP_THRESHOLD, KEPT_BYTES / 2);
	mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
	if (sodium_init() < 0)
		return fail("the cryptographic library does not start");
	return run_worker();
}
