/* SPDX-License-Identifier: Apache-2.0 */
/* Paths that people type, which may name what is not there any more. */
#include "client/client_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/path.h"
#include "proto/base/text.h"

/* What was typed, absolute and normalised in words; given. */
static char *
absolute(const char *typed)
{
	char *here = getcwd(NULL, 0), *all = NULL, *out = NULL;
	size_t len = strlen(typed) + 2;

	if (here == NULL)
		return NULL;
	len += strlen(here);
	all = malloc(len);
	if (all != NULL && typed[0] == '/')
		snprintf(all, len, "%s", typed);
	else if (all != NULL)
		snprintf(all, len, "%s/%s", here, typed);
	if (all != NULL && conf_path_normal(all, &out) < 0)
		out = NULL;
	free(all);
	free(here);
	return out;
}

/*
 * Resolves links in its directories, as far as those are there; never the
 * last name, which may be a link that is meant itself. Takes path.
 */
static char *
resolve(char *path)
{
	char *cut = strrchr(path, '/'), *dir = NULL, *out;
	size_t len;

	/* From the end up, until a directory is found. */
	while (cut != path && dir == NULL) {
		*cut = '\0';
		dir = realpath(path, NULL);
		*cut = '/';
		if (dir == NULL)
			do
				cut--;
			while (*cut != '/');
	}
	if (dir == NULL)
		return path;
	len = strlen(dir) + strlen(cut) + 1;
	out = malloc(len);
	if (out != NULL)
		snprintf(out, len, "%s%s", strcmp(dir, "/") ? dir : "", cut);
	free(dir);
	free(path);
	return out;
}

char *
client_url(const char *s)
{
	char *out = NULL;
	struct buf b;

	buf_init(&b, CLIENT_URL_BYTES);
	if (text_url(&b, span_str(s)) == 0 && buf_add(&b, span_of("", 1)) == 0)
		out = strdup((const char *)b.p);
	buf_release(&b);
	return out;
}

int
client_path(struct client *c, const char *typed, struct client_place *out)
{
	char *path = absolute(typed);
	const struct conf_folder *folder = NULL;
	const char *below;

	if (path != NULL)
		folder = conf_find_path(&c->conf, path);
	if (path != NULL && folder == NULL) {
		path = resolve(path);
		if (path != NULL)
			folder = conf_find_path(&c->conf, path);
	}
	if (folder == NULL) {
		free(path);
		return client_fail(c, CLIENT_NOT_FOUND,
		    "%s lies in no folder; see: tutti folder list",
		    client_shown(typed));
	}
	below = path + strlen(folder->path);
	*out = (struct client_place){
	    folder, path, below + strspn(below, "/"), NULL};
	out->url = client_url(out->below);
	if (out->url != NULL &&
	    (out->below[0] == '\0' || path_valid(span_str(out->below))))
		return CLIENT_OK;
	client_place_release(out);
	return client_fail(c, CLIENT_NOT_FOUND,
	    "%s is Tutti's own; nothing is known of it", client_shown(typed));
}

void
client_place_release(struct client_place *place)
{
	free(place->path);
	free(place->url);
}

int
client_ask_path(struct client *c, const struct client_ask *ask, json_t **out)
{
	struct client_call call = {.method = ask->method, .timeout_s = 3600};
	struct buf url;
	int rc, code;

	buf_init(&url, CLIENT_URL_BYTES - 1);
	rc = buf_addf(
	    &url, "/v1/folders/%s/%s?path=", ask->place->folder->id, ask->what);
	if (rc == 0)
		rc = buf_add(&url, span_str(ask->place->url));
	if (rc == 0 && ask->more[0] != '\0')
		rc = buf_addf(&url, "&%s", ask->more);
	if (rc == 0 && ask->after != NULL)
		rc = buf_addf(&url, "&after=%s", ask->after);
	if (rc == 0)
		rc = buf_add(&url, span_of("", 1));
	call.path = (const char *)url.p;
	code = rc == 0 ? client_call(c, &call, out)
		       : client_fail(c, CLIENT_ERROR, "%s", err_text(rc));
	buf_release(&url);
	return code;
}
