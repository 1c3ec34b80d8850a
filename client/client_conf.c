/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client_internal.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/host/host_uv.h"

int
client_open(struct client *c)
{
	struct conf_error error;
	int rc;

	if (c->opened)
		return CLIENT_OK;
	rc = conf_home(c->world->get, c->world->arg, &c->home, &error);
	if (rc == ERR_CONFIG)
		return client_fail(c, CLIENT_ERROR, "%s", error.text);
	if (rc == 0)
		rc = host_uv_new(&c->host);
	if (rc < 0) {
		conf_home_release(&c->home);
		return client_fail(c, CLIENT_ERROR, "%s", err_text(rc));
	}
	c->opened = true;
	return CLIENT_OK;
}

void
client_close(struct client *c)
{
	if (!c->opened)
		return;
	conf_release(&c->conf);
	conf_errors_release(&c->errors);
	conf_home_release(&c->home);
	host_uv_free(c->host);
	c->opened = c->loaded = false;
}

static int
read_conf(struct client *c)
{
	struct conf_source source = {c->host, -1, &c->home};
	int rc = host_open_root(c->host, c->home.conf, 0, &source.dir);

	if (rc == 0 || rc == -ENOENT)
		rc = conf_load(&source, NULL, &c->conf, &c->errors);
	if (source.dir >= 0)
		host_close(c->host, source.dir);
	return rc;
}

int
client_load(struct client *c)
{
	int rc, code = client_open(c);

	if (code != CLIENT_OK || c->loaded)
		return code;
	rc = read_conf(c);
	if (rc < 0)
		return client_fail(c, CLIENT_ERROR,
		    "the configuration in %s cannot be read (%s); see what"
		    " lies there and to whom it belongs, or set TUTTI_HOME to"
		    " another directory",
		    client_shown(c->home.conf), err_text(rc));
	c->loaded = true;
	VEC_EACH (&c->errors.v, error)
		client_warn(c, "%s", error->text);
	return CLIENT_OK;
}

int
client_directory(struct client *c, const char *path, char **out)
{
	struct stat st;

	*out = realpath(path, NULL);
	if (*out != NULL && stat(*out, &st) == 0 && S_ISDIR(st.st_mode))
		return CLIENT_OK;
	if (*out != NULL) {
		free(*out);
		*out = NULL;
		return client_fail(c, CLIENT_NOT_FOUND,
		    "%s is no directory; choose the one it lies in, or another",
		    client_shown(path));
	}
	return client_fail(c, CLIENT_NOT_FOUND,
	    "%s cannot be found (%s); make the directory first",
	    client_shown(path), strerror(errno));
}

/* What it may be that is typed for a folder, when it is no id. */
static int
folder_by_path(
    struct client *c, const char *what, const struct conf_folder **out)
{
	char *path = realpath(what, NULL);

	if (path != NULL)
		*out = conf_find_path(&c->conf, path);
	free(path);
	return *out != NULL ? CLIENT_OK : CLIENT_NOT_FOUND;
}

/* Is a folder of that id left out because its file is wrong? */
static bool
is_wrong(struct client *c, const char *id)
{
	char file[CONF_FILE_BYTES];

	snprintf(file, sizeof file, "folders/%s.conf", id);
	VEC_EACH (&c->errors.v, error)
		if (strcmp(error->file, file) == 0)
			return true;
	return false;
}

int
client_folder(
    struct client *c, const char *what, const struct conf_folder **out)
{
	const char *typed = what ? what : ".";

	*out = what ? conf_find_folder(&c->conf, what) : NULL;
	if (*out != NULL || folder_by_path(c, typed, out) == CLIENT_OK)
		return CLIENT_OK;
	/* Where nothing is typed, the only folder is meant. */
	if (what == NULL && c->conf.folders.n == 1) {
		*out = &c->conf.folders.items[0];
		return CLIENT_OK;
	}
	if (what == NULL)
		return client_fail(c, CLIENT_NOT_FOUND,
		    "this directory is in no folder; name one, as shown by:"
		    " tutti folder list");
	if (is_wrong(c, what))
		return client_fail(c, CLIENT_ERROR,
		    "the file folders/%s.conf is wrong; mend it first",
		    client_shown(what));
	return client_fail(c, CLIENT_NOT_FOUND,
	    "%s is no folder and lies in none; see: tutti folder list",
	    client_shown(what));
}

int
client_folder_of(struct client *c, const struct client_args *args,
    const struct conf_folder **out)
{
	int code = client_load(c);

	if (code != CLIENT_OK)
		return code;
	return client_folder(c, args->n > 0 ? args->words[0] : NULL, out);
}

int
client_peer(struct client *c, const char *name, const struct conf_peer **out)
{
	*out = conf_find_peer(&c->conf, name);
	if (*out != NULL)
		return CLIENT_OK;
	return client_fail(c, CLIENT_NOT_FOUND,
	    "there is no peer %s; see: tutti peer list, or make it known first:"
	    " tutti peer add ID --name %s",
	    client_shown(name), client_shown(name));
}

static int
not_written(struct client *c, int rc)
{
	return client_fail(c, CLIENT_ERROR,
	    "the configuration in %s cannot be written (%s); see to whom it"
	    " belongs and how much room is left",
	    client_shown(c->home.conf), err_text(rc));
}

int
client_write_folder(struct client *c, const struct conf_folder *folder)
{
	int rc = conf_write_folder(c->host, &c->home, folder);

	return rc < 0 ? not_written(c, rc) : CLIENT_OK;
}

int
client_write_peer(struct client *c, const struct conf_peer *peer)
{
	int rc = conf_write_peer(c->host, &c->home, peer);

	return rc < 0 ? not_written(c, rc) : CLIENT_OK;
}

/* The machine's name, as far as it is fit for a peer's. */
static void
machine_name(char *out, size_t len)
{
	char host[HOST_NAME_MAX + 1];
	size_t n = 0;

	if (gethostname(host, sizeof host) < 0)
		host[0] = '\0';
	host[sizeof host - 1] = '\0';
	host[strcspn(host, ".")] = '\0';
	for (size_t i = 0; host[i] != '\0' && n + 1 < len; i++) {
		char one[2] = {host[i], '\0'};

		if (conf_name_valid(one) || (n > 0 && host[i] == '-'))
			out[n++] = host[i];
	}
	out[n] = '\0';
	if (!conf_name_valid(out))
		snprintf(out, len, "device");
}

static int
make_identity(struct client *c, struct conf_identity *out)
{
	struct conf_error error;
	int state;
	int rc = host_open_root(
	    c->host, c->home.state, HOST_CREATE | HOST_PRIVATE, &state);

	if (rc == 0) {
		rc = conf_identity_make(c->host, state, out, &error);
		host_close(c->host, state);
	}
	if (rc == ERR_CONFIG)
		return client_fail(c, CLIENT_ERROR, "%s", error.text);
	if (rc < 0)
		return client_fail(c, CLIENT_ERROR,
		    "no identity can be made in %s (%s); see to whom it"
		    " belongs and how much room is left",
		    client_shown(c->home.state), err_text(rc));
	return CLIENT_OK;
}

int
client_make(struct client *c, struct conf_identity *out)
{
	int rc, code = make_identity(c, out);

	if (code != CLIENT_OK || c->conf.main.name[0] != '\0')
		return code;
	if (conf_errors_main(&c->errors))
		return client_fail(c, CLIENT_ERROR,
		    "tutti.conf is left as it is; mend or remove it first");
	machine_name(c->conf.main.name, sizeof c->conf.main.name);
	rc = conf_write_main(c->host, &c->home, &c->conf.main);
	return rc < 0 ? not_written(c, rc) : CLIENT_OK;
}
