/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/conf/conf_internal.h"

#include <string.h>

bool
conf_path_within(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (strcmp(dir, "/") == 0)
		return true;
	return strncmp(path, dir, n) == 0 &&
	       (path[n] == '\0' || path[n] == '/');
}

static bool
overlap(const char *a, const char *b)
{
	return conf_path_within(a, b) || conf_path_within(b, a);
}

/* How two overlapping paths lie, in words. */
static const char *
relation(const char *path, const char *other)
{
	if (strcmp(path, other) == 0)
		return "is";
	return conf_path_within(path, other) ? "lies inside" : "contains";
}

static int
check_home(const struct conf_home *home, const struct conf_folder *folder,
    struct conf_error *out_error)
{
	const char *const ours[] = {home->conf, home->state, home->run};
	char path[CONF_SHOWN_BYTES], other[CONF_SHOWN_BYTES];

	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
		if (!overlap(folder->path, ours[i]))
			continue;
		conf_shown(folder->path, path, sizeof path);
		conf_shown(ours[i], other, sizeof other);
		return conf_error_say(out_error, 0,
		    "%s %s Tutti's own directory %s, which must not be"
		    " shared; choose another directory",
		    path, relation(folder->path, ours[i]), other);
	}
	return 0;
}

int
conf_check_folder(const struct conf *conf, const struct conf_home *home,
    const struct conf_folder *folder, struct conf_error *out_error)
{
	char path[CONF_SHOWN_BYTES], their[CONF_SHOWN_BYTES];

	conf_error_file(out_error, "folders", folder->id);
	VEC_EACH (&conf->folders, other) {
		if (strcmp(other->id, folder->id) == 0 ||
		    !overlap(folder->path, other->path))
			continue;
		conf_shown(folder->path, path, sizeof path);
		if (strcmp(folder->path, other->path) == 0)
			return conf_error_say(out_error, 0,
			    "%s is the folder %s already; use that id, or"
			    " first: tutti folder remove %s",
			    path, other->id, other->id);
		conf_shown(other->path, their, sizeof their);
		return conf_error_say(out_error, 0,
		    "%s %s %s, which is the folder %s already; choose a"
		    " directory apart from it",
		    path, relation(folder->path, other->path), their,
		    other->id);
	}
	return home ? check_home(home, folder, out_error) : 0;
}

int
conf_check_peer(const struct conf *conf, const uint8_t *own,
    const struct conf_peer *peer, struct conf_error *out_error)
{
	conf_error_file(out_error, "peers", peer->name);
	if (own != NULL && memcmp(own, peer->id, DEVICE_BYTES) == 0)
		return conf_error_say(out_error, 0,
		    "this is this device's own id; type the one that"
		    " 'tutti id' prints on the other machine");
	VEC_EACH (&conf->peers, other)
		if (strcmp(other->name, peer->name) != 0 &&
		    memcmp(other->id, peer->id, DEVICE_BYTES) == 0)
			return conf_error_say(out_error, 0,
			    "this id is the peer %s already; use that name, or"
			    " first: tutti peer revoke %s",
			    other->name, other->name);
	return 0;
}
