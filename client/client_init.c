/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client_internal.h"

#include <string.h>

#include "proto/base/text.h"

const struct client_option client_init_options[] = {
    {"name", "NAME", "what this device calls itself", 0},
    {"listen", "ADDR:PORT", "where peers may connect", 0},
    {NULL, NULL, NULL, 0},
};

static int
set_main(struct client *c, const struct client_args *args)
{
	const char *name = client_given(args, "name");
	const char *listen = client_given(args, "listen");
	char text[CONF_HOST_BYTES + 64];
	struct conf_error error;
	struct conf_main checked;

	if (name != NULL && !conf_name_valid(name))
		return client_fail(c, CLIENT_USAGE,
		    "\"%s\" is no name: take 1 to %d of A-Z a-z 0-9 . _ -",
		    client_shown(name), LIMIT_PEER_NAME_BYTES);
	if (name != NULL)
		strcpy(c->conf.main.name, name);
	if (listen == NULL)
		return CLIENT_OK;
	/* Read as the file would be, so that one rule decides. */
	if (strlen(listen) > CONF_HOST_BYTES || strchr(listen, '\'') != NULL ||
	    strchr(listen, '\\') != NULL)
		return client_fail(
		    c, CLIENT_USAGE, "that is no ADDR:PORT to listen on");
	snprintf(text, sizeof text, "listen = '%s'\n", listen);
	if (conf_read_main(span_str(text), &checked, &error) < 0)
		return client_fail(c, CLIENT_USAGE,
		    "\"%s\" is nothing to listen on; write the address in"
		    " digits and a port, as in: --listen 0.0.0.0:22100",
		    client_shown(listen));
	c->conf.main.listen = checked.listen;
	return CLIENT_OK;
}

int
client_init(struct client *c, const struct client_args *args)
{
	struct conf_identity identity;
	char id[TEXT_ID_CHARS + 1];
	int rc, code = client_load(c);

	/* A file that is wrong is its writer's to mend, not ours to replace. */
	if (code == CLIENT_OK && conf_errors_main(&c->errors))
		code = client_fail(c, CLIENT_ERROR,
		    "tutti.conf is left as it is; mend or remove it first");
	if (code == CLIENT_OK)
		code = set_main(c, args);
	if (code != CLIENT_OK)
		return code;
	/* Asked for a name or an address: the file is written anew. */
	if (args->given_n > 0 &&
	    (rc = conf_write_main(c->host, &c->home, &c->conf.main)) < 0)
		return client_fail(c, CLIENT_ERROR,
		    "%s/tutti.conf cannot be written (%s)",
		    client_shown(c->home.conf), err_text(rc));
	code = client_make(c, &identity);
	if (code != CLIENT_OK)
		return code;
	text_id(identity.id, id);
	conf_identity_wipe(&identity);
	client_say(c, "this device is %s, id %s", c->conf.main.name, id);
	if (c->json)
		code = client_print(c, json_pack("{s:s, s:s}", "name",
					   c->conf.main.name, "id", id));
	return code == CLIENT_OK ? client_reload(c) : code;
}

/* Reads the identity without making one. */
static int
load_identity(struct client *c, struct conf_identity *out)
{
	struct conf_error error;
	int state;
	int rc = host_open_root(c->host, c->home.state, 0, &state);

	if (rc == 0) {
		rc = conf_identity_load(c->host, state, out, &error);
		host_close(c->host, state);
	}
	if (rc == -ENOENT)
		return client_fail(c, CLIENT_ERROR,
		    "this device has no identity yet; make one with: tutti"
		    " init");
	if (rc == ERR_CONFIG)
		return client_fail(c, CLIENT_ERROR, "%s", error.text);
	if (rc < 0)
		return client_fail(c, CLIENT_ERROR,
		    "the identity in %s/keys cannot be read (%s); ask as the"
		    " user whose it is",
		    client_shown(c->home.state), err_text(rc));
	return CLIENT_OK;
}

int
client_id(struct client *c, const struct client_args *args)
{
	struct conf_identity identity;
	char id[TEXT_ID_CHARS + 1];
	int code = client_open(c);

	(void)args;
	if (code == CLIENT_OK)
		code = load_identity(c, &identity);
	if (code != CLIENT_OK)
		return code;
	text_id(identity.id, id);
	conf_identity_wipe(&identity);
	client_say(c, "%s", id);
	return c->json ? client_print(c, json_pack("{s:s}", "id", id))
		       : CLIENT_OK;
}
