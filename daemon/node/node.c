/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/node/node_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/text.h"

/* Every sentence about every file. */
enum { CONF_ERRORS_BYTES = 1 << 20 };

void
node_wake(struct node *n)
{
	host_timer_start(n->host, n->turn, 0);
}

void
node_tell(struct node *n)
{
	if (n->changed != NULL && !n->stopping)
		n->changed(n->changed_arg);
}

static void
release(struct node *n)
{
	while (n->peers != NULL)
		node_peer_drop(n->peers, MSG_CLOSE_SHUTDOWN);
	while (n->folders != NULL)
		node_folder_free(n->folders);
	net_free(n->net);
	host_timer_free(n->host, n->turn);
	host_timer_free(n->host, n->tick);
	conf_release(&n->conf);
	buf_release(&n->conf_error);
	free(n);
}

static void
finish(struct node *n)
{
	host_cb *stopped = n->stopped;
	void *arg = n->stopped_arg;

	release(n);
	stopped(arg);
}

/* Ends and frees what was marked. */
static void
turn(void *arg)
{
	struct node *n = arg;
	struct node_folder *f, *next;

	for (struct node_peer *p = n->peers; p != NULL; p = p->next)
		if (p->session != NULL && p->session->doomed < 0)
			node_session_end(p->session, p->session->doomed,
			    "a folder could not be offered");
	for (f = n->folders; f != NULL; f = next) {
		next = f->next;
		node_folder_settle(f);
	}
	if (n->stopping && n->folders == NULL && n->conns == 0)
		finish(n);
}

static void
tick(void *arg)
{
	struct node *n = arg;

	/* Farewells had their time. */
	if (n->stopping) {
		n->conns = 0;
		node_wake(n);
		return;
	}
	host_timer_start(n->host, n->tick, NODE_TICK_MS);
	for (struct node_peer *p = n->peers; p != NULL; p = p->next)
		if (p->session != NULL)
			node_session_tick(p->session);
	for (struct node_folder *f = n->folders; f != NULL; f = f->next)
		node_folder_look(f);
}

/* ---- start, stop --------------------------------------------------------- */

int
node_say_no_key(int rc, const struct conf_error *error, struct buf *out_why)
{
	int said;

	if (rc == ERR_CONFIG)
		said = buf_addf(out_why, "%s", error->text);
	else
		said = buf_addf(out_why,
		    "this device's key cannot be read or made (%s); see to"
		    " whom the directory keys of Tutti's state belongs, and"
		    " whether its disk is full",
		    err_text(rc));
	return said < 0 ? said : rc;
}

static int
load_identity(struct node *n, struct conf_identity *out, struct buf *out_why)
{
	struct conf_error error = {.line = 0};
	int rc = conf_identity_make(n->host, n->state, out, &error);

	if (rc < 0)
		return node_say_no_key(rc, &error, out_why);
	memcpy(n->id, out->id, sizeof n->id);
	return 0;
}

/* What is wrong in the files of peers and folders does not stop it. */
static int
load_conf(struct node *n, struct buf *out_why)
{
	struct conf_errors errors = {.v = {NULL, 0, 0}};
	const struct conf_error *wrong;
	struct conf fresh;
	struct buf why;
	int rc = node_conf_read(n, &fresh, &errors);

	if (rc < 0) {
		if (buf_addf(out_why,
			"the configuration cannot be read (%s); see to whom"
			" its directory belongs",
			err_text(rc)) < 0)
			rc = -ENOMEM;
		goto out;
	}
	wrong = conf_errors_main(&errors);
	if (wrong != NULL) {
		conf_release(&fresh);
		rc = buf_addf(out_why, "%s", wrong->text);
		rc = rc < 0 ? rc : ERR_CONFIG;
		goto out;
	}
	buf_init(&why, CONF_ERROR_BYTES);
	rc = node_conf_note(n, &errors, &why);
	buf_release(&why);
	if (rc == ERR_CONFIG)
		rc = 0;
	node_conf_apply(n, &fresh);
out:
	conf_errors_release(&errors);
	return rc;
}

static int
start(struct node *n, struct buf *out_why)
{
	struct conf_identity identity;
	int rc = host_timer_new(n->host, turn, n, &n->turn);

	if (rc == 0)
		rc = host_timer_new(n->host, tick, n, &n->tick);
	if (rc == 0)
		rc = load_identity(n, &identity, out_why);
	if (rc < 0)
		return rc;
	rc = load_conf(n, out_why);
	if (rc == 0)
		rc = node_net_start(n, identity.secret, out_why);
	conf_identity_wipe(&identity);
	if (rc == 0)
		host_timer_start(n->host, n->tick, NODE_TICK_MS);
	return rc;
}

int
node_new(const struct node_options *options, struct node **out_node,
    struct buf *out_why)
{
	struct node *n = calloc(1, sizeof *n);
	int rc;

	if (n == NULL)
		return -ENOMEM;
	n->host = options->host;
	n->log = options->log;
	n->conf_dir = options->conf;
	n->state = options->state;
	n->home = options->home;
	n->changed = options->changed;
	n->changed_arg = options->arg;
	buf_init(&n->conf_error, CONF_ERRORS_BYTES);
	rc = start(n, out_why);
	if (rc < 0) {
		release(n);
		return rc;
	}
	*out_node = n;
	return 0;
}

void
node_stop(struct node *n, host_cb *done, void *arg)
{
	n->stopping = true;
	n->stopped = done;
	n->stopped_arg = arg;
	host_timer_start(n->host, n->tick, NODE_FAREWELL_MS);
	while (n->peers != NULL)
		node_peer_drop(n->peers, MSG_CLOSE_SHUTDOWN);
	node_wake(n);
}

/* ---- control ------------------------------------------------------------- */

int
node_reload(struct node *n, struct buf *out_why)
{
	struct conf_address before = n->conf.main.listen;
	struct conf_errors errors = {.v = {NULL, 0, 0}};
	struct conf fresh;
	int rc = node_conf_read(n, &fresh, &errors), renewed;

	if (rc < 0) {
		if (buf_addf(out_why,
			"the configuration cannot be read (%s); it stays as"
			" it was. See to whom its directory belongs",
			err_text(rc)) < 0)
			rc = -ENOMEM;
		goto out;
	}
	rc = node_conf_note(n, &errors, out_why);
	node_conf_apply(n, &fresh);
	if (strcmp(before.host, n->conf.main.listen.host) != 0 ||
	    before.port != n->conf.main.listen.port) {
		renewed = node_net_renew(n, &before, out_why);
		rc = rc < 0 ? rc : renewed;
	}
	node_tell(n);
out:
	conf_errors_release(&errors);
	return rc;
}
