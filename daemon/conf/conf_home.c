/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/conf/conf_internal.h"

#include <stdio.h>
#include <string.h>

struct finder {
	conf_getenv *get;
	void *arg;
	struct conf_error *error;
};

/* A variable's value; NULL when unset or, as XDG says it, empty. */
static const char *
variable(const struct finder *f, const char *name)
{
	const char *value = f->get(f->arg, name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

/* Normalises base and rest, which the variable of that name gave. */
static int
join(const struct finder *f, const char *name, const char *base,
    const char *rest, char **out)
{
	char shown[CONF_SHOWN_BYTES];
	size_t len = strlen(base) + strlen(rest) + 2;
	char *path = malloc(len);
	int rc;

	if (path == NULL)
		return -ENOMEM;
	snprintf(path, len, "%s%s%s", base, rest[0] ? "/" : "", rest);
	rc = conf_path_normal(path, out);
	free(path);
	if (rc != ERR_GRAMMAR)
		return rc;
	conf_shown(base, shown, sizeof shown);
	f->error->file[0] = '\0';
	return conf_error_say(f->error, 0,
	    "%s is \"%s\", which is no absolute path; set it to one that"
	    " begins with /",
	    name, shown);
}

/* One of XDG's directories, or the one below HOME that stands for it. */
static int
xdg(const struct finder *f, const char *name, const char *below_home,
    char **out)
{
	const char *value = variable(f, name);
	char rest[64];

	if (value != NULL)
		return join(f, name, value, "tutti", out);
	snprintf(rest, sizeof rest, "%s/tutti", below_home);
	return join(f, "HOME", variable(f, "HOME"), rest, out);
}

static int
find_xdg(const struct finder *f, struct conf_home *home)
{
	const char *run = variable(f, "XDG_RUNTIME_DIR");
	int rc = xdg(f, "XDG_CONFIG_HOME", ".config", &home->conf);

	if (rc == 0)
		rc = xdg(f, "XDG_STATE_HOME", ".local/state", &home->state);
	if (rc < 0)
		return rc;
	if (run != NULL)
		return join(f, "XDG_RUNTIME_DIR", run, "tutti", &home->run);
	return join(f, "HOME", home->state, "run", &home->run);
}

static int
find(const struct finder *f, struct conf_home *home)
{
	const char *chosen = variable(f, "TUTTI_HOME");
	const char *base = chosen ? chosen : "";
	int rc;

	if (chosen == NULL && variable(f, "HOME") != NULL)
		return find_xdg(f, home);
	home->chosen = chosen != NULL;
	rc = join(
	    f, "TUTTI_HOME", base, chosen ? "conf" : "etc/tutti", &home->conf);
	if (rc == 0)
		rc = join(f, "TUTTI_HOME", base,
		    chosen ? "state" : "var/lib/tutti", &home->state);
	if (rc == 0)
		rc = join(f, "TUTTI_HOME", base, chosen ? "run" : "run/tutti",
		    &home->run);
	return rc;
}

int
conf_home(conf_getenv *get, void *arg, struct conf_home *out,
    struct conf_error *out_error)
{
	struct finder f = {get, arg, out_error};
	struct conf_home home = {.chosen = false};
	int rc = find(&f, &home);

	if (rc == 0)
		*out = home;
	else
		conf_home_release(&home);
	return rc;
}

void
conf_home_release(struct conf_home *home)
{
	free(home->conf);
	free(home->state);
	free(home->run);
	*home = (struct conf_home){.chosen = false};
}
