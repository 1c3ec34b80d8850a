/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client_internal.h"

#include <string.h>

#include "proto/base/text.h"

/* clang-format off */
const struct client_verb client_verbs[] = {
	{"up", "[DIR]", "Make this device ready, start the daemon, share DIR",
	    NULL, 0, 1, client_up},
	{"down", "", "Stop the daemon", NULL, 0, 0, client_down},
	{"status", "", "Say where every folder and peer stands",
	    client_status_options, 0, 0, client_status},
	{"sync", "[FOLDER]",
	    "Look now, and wait until all reachable peers agree",
	    client_sync_options, 0, 1, client_sync},
	{"scan", "[FOLDER]", "Look for changes on this disk now",
	    client_scan_options, 0, 1, client_scan},
	{"verify", "[FOLDER]",
	    "Read everything again, and heal what rotted on this disk", NULL, 0,
	    1, client_verify},
	{"folder add", "DIR --id ID --share PEER …",
	    "Keep a directory the same as the peers' folder of that id",
	    client_folder_add_options, 1, 64, client_folder_add},
	{"folder list", "", "List the folders", NULL, 0, 0,
	    client_folder_list},
	{"folder set", "FOLDER", "Change what a folder is set to",
	    client_folder_set_options, 1, 1, client_folder_set},
	{"folder pause", "FOLDER", "Leave a folder alone for now", NULL, 1, 1,
	    client_folder_pause},
	{"folder resume", "FOLDER", "Go on with a paused folder", NULL, 1, 1,
	    client_folder_resume},
	{"folder remove", "FOLDER",
	    "Forget a folder; its files stay where they are", NULL, 1, 1,
	    client_folder_remove},
	{"folder accept", "[FOLDER]",
	    "Go on with a folder that was halted to be safe", NULL, 0, 1,
	    client_folder_accept},
	{"conflicts", "[FOLDER]", "List the conflict copies, of all folders",
	    NULL, 0, 1, client_conflicts},
	{"conflicts list", "[FOLDER]", "The same", NULL, 0, 1,
	    client_conflicts},
	{"conflicts show", "FILE", "Compare conflict copies with their home",
	    NULL, 1, 1, client_conflicts_show},
	{"conflicts keep", "FILE | --all --newest [FOLDER]",
	    "Settle: this one stays, as the file itself; the others go",
	    client_conflicts_keep_options, 0, 1, client_conflicts_keep},
	{"peer add", "ID --name NAME --address HOST:PORT",
	    "Make another device known to this one", client_peer_add_options,
	    1, 1, client_peer_add},
	{"peer list", "", "List the peers", NULL, 0, 0, client_peer_list},
	{"peer pause", "NAME", "Leave a peer alone for now", NULL, 1, 1,
	    client_peer_pause},
	{"peer resume", "NAME", "Go on with a paused peer", NULL, 1, 1,
	    client_peer_resume},
	{"peer rename", "NAME NEW", "Call a peer something else", NULL, 2, 2,
	    client_peer_rename},
	{"peer revoke", "NAME", "Never talk with a peer again", NULL, 1, 1,
	    client_peer_revoke},
	{"history", "PATH",
	    "Say which versions of a path, and of what is below it, are known",
	    NULL, 1, 1, client_history},
	{"restore", "PATH --at T",
	    "Bring back a path, and what is below it, as it stood at a time",
	    client_restore_options, 1, 1, client_restore},
	{"id", "", "Print this device's id", NULL, 0, 0, client_id},
	{"init", "", "Give this device an identity and a name",
	    client_init_options, 0, 0, client_init},
	{"log", "", "Show what the daemon did", client_log_options, 0, 0,
	    client_log},
	{"doctor", "", "Look for what may be wrong on this machine",
	    client_doctor_options, 0, 0, client_doctor},
	{"conf check", "", "Check the configuration files", NULL, 0, 0,
	    client_conf_check},
	{"help", "[VERB]", "Say what can be typed", NULL, 0, 2, client_help},
	{"version", "", "Print the version", NULL, 0, 0, client_version},

	/* Known by name, not yet in this version. */
	{.name = "invite"}, {.name = "join"}, {.name = "monitor"},
	{.name = "pending"}, {.name = "why"}, {.name = "ignore"},
	{.name = "bugreport"},
};
/* clang-format on */
const size_t client_verbs_n = sizeof client_verbs / sizeof *client_verbs;

const struct client_verb *
client_verb_find(const char *name)
{
	for (size_t i = 0; i < client_verbs_n; i++)
		if (strcmp(client_verbs[i].name, name) == 0)
			return &client_verbs[i];
	return NULL;
}

const struct client_verb *
client_verb_near(const char *name)
{
	const struct client_verb *near = NULL;
	size_t least = strlen(name) / 2 + 1;

	for (size_t i = 0; i < client_verbs_n; i++) {
		size_t d = text_distance(name, client_verbs[i].name);

		if (client_verbs[i].help != NULL && d < least) {
			least = d;
			near = &client_verbs[i];
		}
	}
	return near;
}

/* Is the word the first of verbs of two words? */
static bool
is_group(const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i < client_verbs_n; i++)
		if (strncmp(client_verbs[i].name, word, n) == 0 &&
		    client_verbs[i].name[n] == ' ')
			return true;
	return false;
}

static int
unknown(struct client *c, const char *name)
{
	const struct client_verb *near = client_verb_near(name);

	if (near == NULL)
		return client_fail(c, CLIENT_USAGE,
		    "there is no verb %s; see: tutti help", client_shown(name));
	return client_fail(c, CLIENT_USAGE,
	    "there is no verb %s; did you mean: tutti %s", client_shown(name),
	    near->name);
}

/* Finds the verb in argv and says how many words it took. */
static int
find_verb(struct client *c, int argc, char **argv, int *out_words)
{
	char two[128];

	if (argc > 1 &&
	    (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
		c->verb = client_verb_find("help");
	else if (argc > 1 && strcmp(argv[1], "--version") == 0)
		c->verb = client_verb_find("version");
	else if (argc > 1)
		c->verb = client_verb_find(argv[1]);
	*out_words = 1;
	if (argc < 2)
		return client_fail(
		    c, CLIENT_USAGE, "type a verb; see: tutti help");
	/* A group may be a verb itself: then its second word is optional. */
	if (argc > 2 && c->verb != NULL && is_group(argv[1])) {
		snprintf(two, sizeof two, "%s %s", argv[1], argv[2]);
		if (client_verb_find(two) != NULL) {
			c->verb = client_verb_find(two);
			*out_words = 2;
		}
	}
	if (c->verb != NULL)
		return CLIENT_OK;
	if (!is_group(argv[1]))
		return unknown(c, argv[1]);
	if (argc < 3)
		return client_fail(c, CLIENT_USAGE,
		    "tutti %s needs one more word; see: tutti help %s",
		    client_shown(argv[1]), client_shown(argv[1]));
	snprintf(two, sizeof two, "%s %s", argv[1], argv[2]);
	c->verb = client_verb_find(two);
	*out_words = 2;
	return c->verb != NULL ? CLIENT_OK : unknown(c, two);
}

int
client_run(const struct client_world *world, int argc, char **argv)
{
	struct client c = {.world = world};
	struct client_args args;
	int words, code = find_verb(&c, argc, argv, &words);

	if (code != CLIENT_OK)
		return code;
	if (c.verb->help == NULL)
		return client_fail(&c, CLIENT_ERROR,
		    "%s is not yet in this version; what is there shows: tutti"
		    " help",
		    c.verb->name);
	/* getopt begins after what it takes for the program's name. */
	code = client_args(&c, argc - words, argv + words, &args);
	if (code == CLIENT_OK && client_given(&args, "help"))
		client_usage(&c, c.verb, world->out);
	else if (code == CLIENT_OK)
		code = c.verb->run(&c, &args);
	client_close(&c);
	if (fflush(world->out) != 0 && code == CLIENT_OK)
		code = CLIENT_ERROR;
	return code;
}
