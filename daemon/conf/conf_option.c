/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/conf/conf_internal.h"

#include <assert.h>
#include <string.h>

#include "proto/base/text.h"

#define N(a) (sizeof(a) / sizeof *(a))

/* clang-format off */
static const struct conf_option main_options[] = {
	{"name", &conf_type_name, "1 to 64 of A-Z a-z 0-9 . _ -", "''",
	    "name = laptop",
	    "What this device calls itself; the machine's name when unset.",
	    offsetof(struct conf_main, name)},
	{"listen", &conf_type_listen, "ADDRESS:PORT, the address in digits",
	    "''", "listen = '0.0.0.0:22100'",
	    "Where peers may connect; unset: every address, first free port"
	    " from 22100 to 22109.",
	    offsetof(struct conf_main, listen)},
	{"log_level", &conf_type_choice, "err|warn|info|debug", "info",
	    "log_level = info", "How much is logged.",
	    offsetof(struct conf_main, log_level)},
};

static const struct conf_option peer_options[] = {
	{"id", &conf_type_id, "what 'tutti id' prints on the peer", NULL,
	    "id = 'ABCDEFGH-...'", "The peer's device id.",
	    offsetof(struct conf_peer, id)},
	{"address", &conf_type_addresses, "a list of HOST:PORT", "{}",
	    "address = {'nas.example:22100'}",
	    "Where to find it; without one it has to connect to this device.",
	    offsetof(struct conf_peer, addresses)},
	{"paused", &conf_type_bool, "true or false", "false",
	    "paused = false", "Whether to leave it alone for now.",
	    offsetof(struct conf_peer, paused)},
};

static const struct conf_option folder_options[] = {
	{"path", &conf_type_path, "an absolute path", NULL,
	    "path = '/home/ana/photos'", "The directory.",
	    offsetof(struct conf_folder, path)},
	{"share", &conf_type_names, "a list of names of peers", "{}",
	    "share = {'laptop', 'nas'}", "The peers that hold it as well.",
	    offsetof(struct conf_folder, share)},
	{"mode", &conf_type_choice, "both|send|receive", "both",
	    "mode = both",
	    "Whether changes are sent, received or both.",
	    offsetof(struct conf_folder, mode)},
	{"paused", &conf_type_bool, "true or false", "false",
	    "paused = false", "Whether to leave it alone for now.",
	    offsetof(struct conf_folder, paused)},
	{"ignore", &conf_type_strings, "a list of patterns", "{}",
	    "ignore = {'*.iso', '/build'}",
	    "What to leave out on this device, as in .tuttiignore; final.",
	    offsetof(struct conf_folder, ignore)},
	{"conflicts", &conf_type_choice, "beside|aside", "beside",
	    "conflicts = beside",
	    "Conflict copies lie beside the file, or in .tutti/conflicts.",
	    offsetof(struct conf_folder, conflicts)},
	{"metadata", &conf_type_choices, "xattr|acl|owner", "{}",
	    "metadata = {xattr, acl}",
	    "What is carried beside content, permission bits and time:"
	    " users' extended attributes, access control lists, owners by name"
	    " (the last where the daemon may give files away).",
	    offsetof(struct conf_folder, metadata)},
	{"versions", &conf_type_duration, "a time as 12h, 30d or 8w, or off",
	    "30d", "versions = 30d",
	    "How long what peers replaced or deleted here is kept in"
	    " .tutti/versions.",
	    offsetof(struct conf_folder, versions_s)},
	{"versions_max", &conf_type_size, "a size as 500M, 10G or 1T, or auto",
	    "auto", "versions_max = 10G",
	    "How much of it is kept; auto: 10G, or 5 % of the file system if"
	    " that is less.",
	    offsetof(struct conf_folder, versions_max)},
};

const struct conf_table conf_tables[] = {
	[CONF_MAIN] = {NULL, "this device", main_options, N(main_options)},
	[CONF_PEER] = {"peers", "a peer", peer_options, N(peer_options)},
	[CONF_FOLDER] = {"folders", "a folder", folder_options,
	    N(folder_options)},
};
/* clang-format on */

static_assert(N(main_options) <= CONF_OPTIONS_MAX, "too many options");
static_assert(N(peer_options) <= CONF_OPTIONS_MAX, "too many options");
static_assert(N(folder_options) <= CONF_OPTIONS_MAX, "too many options");

const struct conf_option *
conf_option_find(const struct conf_table *table, const char *name)
{
	for (size_t i = 0; i < table->n; i++)
		if (strcmp(table->options[i].name, name) == 0)
			return &table->options[i];
	return NULL;
}

const struct conf_option *
conf_option_near(const struct conf_table *table, const char *name)
{
	const struct conf_option *near = NULL;
	size_t least = strlen(name) / 2 + 2;

	for (size_t i = 0; i < table->n; i++) {
		size_t d = text_distance(name, table->options[i].name);

		if (d < least) {
			least = d;
			near = &table->options[i];
		}
	}
	return near;
}

void
conf_fields_release(enum conf_kind kind, void *in)
{
	const struct conf_table *table = &conf_tables[kind];

	for (size_t i = 0; i < table->n; i++)
		if (table->options[i].type->release)
			table->options[i].type->release(
			    conf_field(&table->options[i], in));
}

int
conf_help(enum conf_kind kind, struct buf *out)
{
	const struct conf_table *table = &conf_tables[kind];
	int rc = 0;

	for (size_t i = 0; i < table->n && rc == 0; i++) {
		const struct conf_option *o = &table->options[i];

		rc = buf_addf(out, "%s\n\t%s\n\tIs %s; %s%s.\n\t%s\n", o->name,
		    o->help, o->range, o->preset ? "default: " : "",
		    o->preset ? o->preset : "must be set", o->example);
	}
	return rc;
}
