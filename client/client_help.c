/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client_internal.h"

#include <string.h>

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0"
#endif

static int
help_all(struct client *c)
{
	json_t *verbs = json_array();

	client_say(c, "Usage: tutti VERB [WORD …] [OPTION …]\n");
	for (size_t i = 0; i < client_verbs_n; i++) {
		const struct client_verb *v = &client_verbs[i];

		if (v->help == NULL)
			continue;
		client_say(c, "  %-15s %s", v->name, v->help);
		json_array_append_new(
		    verbs, json_pack("{s:s, s:s, s:s}", "name", v->name, "args",
			       v->args, "help", v->help));
	}
	client_say(c,
	    "\nMore on one: tutti help VERB. A FOLDER is an id or any path"
	    " inside;\nwithout one, that of the working directory.");
	if (c->json)
		return client_print(c, json_pack("{s:o}", "verbs", verbs));
	json_decref(verbs);
	return CLIENT_OK;
}

/* All verbs that begin with the word, as "peer" does "peer add". */
static int
help_group(struct client *c, const char *word)
{
	size_t n = strlen(word), found = 0;

	for (size_t i = 0; i < client_verbs_n; i++) {
		const struct client_verb *v = &client_verbs[i];

		if (v->help == NULL || strncmp(v->name, word, n) != 0 ||
		    v->name[n] != ' ')
			continue;
		client_say(
		    c, "  tutti %s %s\n      %s", v->name, v->args, v->help);
		found++;
	}
	if (found > 0)
		return CLIENT_OK;
	return client_fail(c, CLIENT_USAGE,
	    "there is no verb %s; see: tutti help", client_shown(word));
}

int
client_help(struct client *c, const struct client_args *args)
{
	const struct client_verb *verb;
	char name[128];

	if (args->n == 0)
		return help_all(c);
	snprintf(name, sizeof name, "%s%s%s", args->words[0],
	    args->n > 1 ? " " : "", args->n > 1 ? args->words[1] : "");
	verb = client_verb_find(name);
	if (verb == NULL)
		return help_group(c, name);
	if (verb->help == NULL)
		return client_fail(c, CLIENT_ERROR,
		    "%s is not yet in this version", verb->name);
	client_usage(c, verb, c->world->out);
	return CLIENT_OK;
}

int
client_version(struct client *c, const struct client_args *args)
{
	(void)args;
	client_say(c, "tutti " PACKAGE_VERSION);
	return c->json ? client_print(
			     c, json_pack("{s:s}", "version", PACKAGE_VERSION))
		       : CLIENT_OK;
}

int
client_conf_check(struct client *c, const struct client_args *args)
{
	json_t *errors;
	int code = client_load(c);

	(void)args;
	if (code != CLIENT_OK)
		return code;
	errors = json_array();
	VEC_EACH (&c->errors.v, error)
		json_array_append_new(
		    errors, json_pack("{s:s, s:i, s:s}", "file", error->file,
				"line", (int)error->line, "text", error->text));
	if (c->errors.v.n > 0)
		code = CLIENT_ERROR;
	else
		client_say(c, "the configuration in %s is right: %s, %s",
		    client_shown(c->home.conf),
		    client_count(c->conf.peers.n, "peer", "peers"),
		    client_count(c->conf.folders.n, "folder", "folders"));
	if (c->json && client_print(c, json_pack("{s:O}", "errors", errors)))
		code = CLIENT_ERROR;
	json_decref(errors);
	return code;
}
