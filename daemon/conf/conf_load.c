/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/conf/conf_internal.h"

#include <string.h>

enum { FILE_BYTES = 1 << 20, FILES_MAX = 4096 };

/* One load of all files. */
struct load {
	const struct host *h;
	const struct conf_home *home;
	const struct conf *old; /* never NULL */
	struct conf *out;
	struct conf_errors *errors;
	struct conf wanted; /* folders as read, before they are compared */
	struct conf_strings peer_files; /* names, also of wrong ones */
	int root; /* the configuration's directory; -1: there is none */
};

static const struct conf nothing = {.main = {.log_level = CONF_LOG_INFO}};

/* Wrong files are noted and survived; all else ends the load. */
static int
note(struct load *l, int rc, const struct conf_error *error)
{
	return rc == ERR_CONFIG ? VEC_PUSH(&l->errors->v, *error) : rc;
}

/* Reads a file's text; what cannot be read is wrong. */
static int
read_text(struct load *l, int dir, const char *name, struct buf *out,
    struct conf_error *error)
{
	int rc = host_read_file(l->h, dir, name, out);

	if (rc == 0 || rc == -ENOMEM || rc == -ENOENT)
		return rc;
	return conf_error_say(error, 0,
	    "it cannot be read (%s); see that it is a file of yours, of at"
	    " most 1 MiB",
	    err_text(rc));
}

static int
load_main(struct load *l)
{
	struct conf_error error;
	struct buf text;
	int rc = -ENOENT;

	buf_init(&text, FILE_BYTES);
	conf_error_file(&error, NULL, "tutti");
	if (l->root >= 0)
		rc = read_text(l, l->root, "tutti.conf", &text, &error);
	if (rc == 0 || rc == -ENOENT)
		rc = conf_read_main(buf_span(&text), &l->out->main, &error);
	buf_release(&text);
	if (rc != ERR_CONFIG)
		return rc;
	rc = note(l, rc, &error);
	if (rc == 0)
		l->out->main = l->old->main;
	return rc;
}

static int
add_peer(struct load *l, struct conf_peer *taken)
{
	if (VEC_PUSH(&l->out->peers, *taken) == 0)
		return 0;
	conf_peer_release(taken);
	return -ENOMEM;
}

static int
add_folder(struct conf *to, struct conf_folder *taken)
{
	if (VEC_PUSH(&to->folders, *taken) == 0)
		return 0;
	conf_folder_release(taken);
	return -ENOMEM;
}

static int
load_peer(struct load *l, const char *name, struct buf *text, int rc,
    struct conf_error *error)
{
	const struct conf_peer *old = conf_find_peer(l->old, name);
	struct conf_peer peer = {.paused = false};

	if (conf_strings_add(&l->peer_files, name) < 0)
		return -ENOMEM;
	if (rc == 0)
		rc = conf_read_peer(name, buf_span(text), &peer, error);
	if (rc == 0)
		rc = conf_check_peer(l->out, NULL, &peer, error);
	if (rc == 0)
		return add_peer(l, &peer);
	conf_peer_release(&peer);
	rc = note(l, rc, error);
	if (rc < 0 || old == NULL)
		return rc;
	rc = conf_copy_peer(old, &peer);
	if (rc < 0)
		return rc;
	if (conf_check_peer(l->out, NULL, &peer, error) == 0)
		return add_peer(l, &peer);
	conf_peer_release(&peer);
	return 0;
}

static int
load_folder(struct load *l, const char *name, struct buf *text, int rc,
    struct conf_error *error)
{
	const struct conf_folder *old = conf_find_folder(l->old, name);
	struct conf_folder folder = {.paused = false};

	if (rc == 0)
		rc = conf_read_folder(name, buf_span(text), &folder, error);
	if (rc == 0)
		return add_folder(&l->wanted, &folder);
	rc = note(l, rc, error);
	if (rc < 0 || old == NULL)
		return rc;
	rc = conf_copy_folder(old, &folder);
	return rc < 0 ? rc : add_folder(&l->wanted, &folder);
}

typedef int load_file(struct load *l, const char *name, struct buf *text,
    int rc, struct conf_error *error);

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names, ascending, of the files of a directory, without ".conf". */
static int
list_names(struct load *l, int dir, struct conf_strings *out)
{
	static const char suffix[] = ".conf";
	struct host_list list;
	int rc;

	host_list_init(&list);
	rc = host_list(l->h, dir, &list);
	for (size_t i = 0; i < list.v.n && rc == 0; i++) {
		char name[LIMIT_NAME_BYTES + 1];
		const char *file = host_list_name(&list, i);
		size_t len = strlen(file), cut = sizeof suffix - 1;

		if (len <= cut || len > LIMIT_NAME_BYTES || file[0] == '.' ||
		    strcmp(file + len - cut, suffix) != 0)
			continue;
		memcpy(name, file, len - cut);
		name[len - cut] = '\0';
		rc = out->v.n < FILES_MAX ? conf_strings_add(out, name)
					  : ERR_LIMIT;
	}
	host_list_release(&list);
	if (rc == 0 && out->v.n > 0)
		qsort(out->v.items, out->v.n, sizeof *out->v.items, by_name);
	return rc;
}

static int
load_file_of(
    struct load *l, const char *kind, int dir, const char *name, load_file *cb)
{
	char file[LIMIT_NAME_BYTES + 1];
	struct conf_error error;
	struct buf text;
	int rc;

	buf_init(&text, FILE_BYTES);
	conf_error_file(&error, kind, name);
	memcpy(file, name, strlen(name));
	memcpy(file + strlen(name), ".conf", sizeof ".conf");
	rc = read_text(l, dir, file, &text, &error);
	/* One that went since it was listed counts as never there. */
	rc = rc == -ENOENT ? 0 : cb(l, name, &text, rc, &error);
	buf_release(&text);
	return rc;
}

static int
load_dir(struct load *l, const char *kind, load_file *cb)
{
	struct conf_strings names = {.v = {NULL, 0, 0}};
	int dir = -1, rc;

	if (l->root < 0)
		return 0;
	rc = host_open_below(l->h, l->root, span_str(kind), &dir);
	if (rc == -ENOENT)
		return 0;
	if (rc < 0)
		return rc;
	rc = list_names(l, dir, &names);
	VEC_EACH (&names.v, name) {
		if (rc < 0)
			break;
		rc = load_file_of(l, kind, dir, *name, cb);
	}
	VEC_EACH (&names.v, name)
		free(*name);
	VEC_RELEASE(&names.v);
	host_close(l->h, dir);
	return rc;
}

/* ---- folders beside each other ------------------------------------------- */

/* What stood before stays where it is; newcomers have to fit beside it. */
static bool
stands(const struct load *l, const struct conf_folder *folder)
{
	const struct conf_folder *old = conf_find_folder(l->old, folder->id);

	return old != NULL && strcmp(old->path, folder->path) == 0;
}

static int
place_folder(struct load *l, struct conf_folder *taken)
{
	const struct conf_folder *old = conf_find_folder(l->old, taken->id);
	struct conf_error error;
	int rc = conf_check_folder(l->out, l->home, taken, &error);

	if (rc == 0)
		return add_folder(l->out, taken);
	conf_folder_release(taken);
	rc = note(l, rc, &error);
	if (rc < 0 || old == NULL ||
	    conf_check_folder(l->out, l->home, old, &error) < 0)
		return rc;
	rc = conf_copy_folder(old, taken);
	return rc < 0 ? rc : add_folder(l->out, taken);
}

static int
by_id(const void *a, const void *b)
{
	const struct conf_folder *fa = a, *fb = b;

	return strcmp(fa->id, fb->id);
}

static int
place_folders(struct load *l)
{
	int rc = 0;

	for (int pass = 0; pass < 2; pass++)
		VEC_EACH (&l->wanted.folders, folder) {
			struct conf_folder taken = *folder;

			if (rc < 0 || folder->path == NULL ||
			    (pass == 0 && !stands(l, folder)))
				continue;
			memset(folder, 0, sizeof *folder);
			rc = place_folder(l, &taken);
		}
	if (rc == 0 && l->out->folders.n > 0)
		qsort(l->out->folders.items, l->out->folders.n,
		    sizeof *l->out->folders.items, by_id);
	return rc;
}

static bool
has_file(const struct load *l, const char *peer)
{
	VEC_EACH (&l->peer_files.v, name)
		if (strcmp(*name, peer) == 0)
			return true;
	return false;
}

static int
check_shares(struct load *l)
{
	struct conf_error error;
	int rc = 0;

	VEC_EACH (&l->out->folders, folder)
		VEC_EACH (&folder->share.v, name) {
			if (rc < 0 || has_file(l, *name))
				continue;
			conf_error_file(&error, "folders", folder->id);
			rc = note(l,
			    conf_error_say(&error, 0,
				"there is no peer %s to share with; make it"
				" known with: tutti peer add ID --name %s",
				*name, *name),
			    &error);
		}
	return rc;
}

int
conf_load(const struct conf_source *source, const struct conf *old,
    struct conf *out, struct conf_errors *errors)
{
	struct conf loaded = nothing;
	struct load l = {.h = source->host,
	    .home = source->home,
	    .old = old ? old : &nothing,
	    .out = &loaded,
	    .errors = errors,
	    .root = source->dir};
	int rc;

	if ((rc = load_main(&l)) == 0 &&
	    (rc = load_dir(&l, "peers", load_peer)) == 0 &&
	    (rc = load_dir(&l, "folders", load_folder)) == 0 &&
	    (rc = place_folders(&l)) == 0)
		rc = check_shares(&l);
	VEC_EACH (&l.peer_files.v, name)
		free(*name);
	VEC_RELEASE(&l.peer_files.v);
	conf_release(&l.wanted);
	if (rc == 0)
		*out = loaded;
	else
		conf_release(&loaded);
	return rc;
}
