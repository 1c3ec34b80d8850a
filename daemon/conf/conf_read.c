/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/conf/conf_internal.h"

#include <string.h>

enum { FILE_BYTES = 1 << 20 };

int
conf_read_main(
    struct span text, struct conf_main *out, struct conf_error *out_error)
{
	struct conf_main in = {.log_level = 0};
	int rc;

	conf_error_file(out_error, NULL, "tutti");
	rc = conf_parse(CONF_MAIN, text, &in, out_error);
	if (rc == 0)
		*out = in;
	else
		conf_fields_release(CONF_MAIN, &in);
	return rc;
}

/* Names come from file names: what would be a wrong one is said here. */
static int
take_name(const char *name, char *out, struct conf_error *out_error)
{
	if (!conf_name_valid(name))
		return conf_error_say(out_error, 0,
		    "the file's name must be 1 to %d of A-Z a-z 0-9 . _ - and"
		    " .conf; rename it",
		    LIMIT_PEER_NAME_BYTES);
	memcpy(out, name, strlen(name) + 1);
	return 0;
}

int
conf_read_peer(const char *name, struct span text, struct conf_peer *out,
    struct conf_error *out_error)
{
	struct conf_peer in = {.paused = false};
	int rc;

	conf_error_file(out_error, "peers", name);
	rc = take_name(name, in.name, out_error);
	if (rc == 0)
		rc = conf_parse(CONF_PEER, text, &in, out_error);
	if (rc == 0)
		*out = in;
	else
		conf_peer_release(&in);
	return rc;
}

int
conf_read_folder(const char *id, struct span text, struct conf_folder *out,
    struct conf_error *out_error)
{
	struct conf_folder in = {.paused = false};
	int rc;

	conf_error_file(out_error, "folders", id);
	rc = take_name(id, in.id, out_error);
	if (rc == 0)
		rc = conf_parse(CONF_FOLDER, text, &in, out_error);
	if (rc == 0)
		*out = in;
	else
		conf_folder_release(&in);
	return rc;
}

void
conf_peer_release(struct conf_peer *peer)
{
	conf_fields_release(CONF_PEER, peer);
}

void
conf_folder_release(struct conf_folder *folder)
{
	conf_fields_release(CONF_FOLDER, folder);
}

void
conf_release(struct conf *conf)
{
	conf_fields_release(CONF_MAIN, &conf->main);
	VEC_EACH (&conf->peers, peer)
		conf_peer_release(peer);
	VEC_EACH (&conf->folders, folder)
		conf_folder_release(folder);
	VEC_RELEASE(&conf->peers);
	VEC_RELEASE(&conf->folders);
}

/* ---- finding ------------------------------------------------------------- */

const struct conf_peer *
conf_find_peer(const struct conf *conf, const char *name)
{
	VEC_EACH (&conf->peers, peer)
		if (strcmp(peer->name, name) == 0)
			return peer;
	return NULL;
}

const struct conf_peer *
conf_find_device(const struct conf *conf, const uint8_t id[static DEVICE_BYTES])
{
	VEC_EACH (&conf->peers, peer)
		if (memcmp(peer->id, id, DEVICE_BYTES) == 0)
			return peer;
	return NULL;
}

const struct conf_folder *
conf_find_folder(const struct conf *conf, const char *id)
{
	VEC_EACH (&conf->folders, folder)
		if (strcmp(folder->id, id) == 0)
			return folder;
	return NULL;
}

const struct conf_folder *
conf_find_path(const struct conf *conf, const char *path)
{
	VEC_EACH (&conf->folders, folder)
		if (conf_path_within(path, folder->path))
			return folder;
	return NULL;
}

bool
conf_shares(const struct conf_folder *folder, const char *peer)
{
	VEC_EACH (&folder->share.v, name)
		if (strcmp(*name, peer) == 0)
			return true;
	return false;
}

/* ---- comparing: what is written alike is alike --------------------------- */

static bool
equal(enum conf_kind kind, const void *a, const void *b)
{
	struct buf text_a, text_b;
	bool same;

	buf_init(&text_a, FILE_BYTES);
	buf_init(&text_b, FILE_BYTES);
	/* Out of memory: taken as changed, which is applied once more. */
	same = conf_text(kind, a, &text_a) == 0 &&
	       conf_text(kind, b, &text_b) == 0 &&
	       span_equal(buf_span(&text_a), buf_span(&text_b));
	buf_release(&text_a);
	buf_release(&text_b);
	return same;
}

bool
conf_main_equal(const struct conf_main *a, const struct conf_main *b)
{
	return equal(CONF_MAIN, a, b);
}

bool
conf_peer_equal(const struct conf_peer *a, const struct conf_peer *b)
{
	return strcmp(a->name, b->name) == 0 && equal(CONF_PEER, a, b);
}

bool
conf_folder_equal(const struct conf_folder *a, const struct conf_folder *b)
{
	return strcmp(a->id, b->id) == 0 && equal(CONF_FOLDER, a, b);
}

/* ---- copying: what is written is read again ------------------------------ */

int
conf_copy_peer(const struct conf_peer *peer, struct conf_peer *out)
{
	struct conf_error error;
	struct buf text;
	int rc;

	buf_init(&text, FILE_BYTES);
	rc = conf_text(CONF_PEER, peer, &text);
	if (rc == 0)
		rc = conf_read_peer(peer->name, buf_span(&text), out, &error);
	buf_release(&text);
	return rc;
}

int
conf_copy_folder(const struct conf_folder *folder, struct conf_folder *out)
{
	struct conf_error error;
	struct buf text;
	int rc;

	buf_init(&text, FILE_BYTES);
	rc = conf_text(CONF_FOLDER, folder, &text);
	if (rc == 0)
		rc = conf_read_folder(folder->id, buf_span(&text), out, &error);
	buf_release(&text);
	return rc;
}
