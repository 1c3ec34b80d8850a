/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/conf/conf_internal.h"

#include <stdio.h>

enum { FILE_BYTES = 1 << 20 };

/* Quotes as libconfuse reads it: between single quotes nothing is special
 * but the quote and the backslash. */
static int
quote(struct buf *out, struct span s)
{
	int rc = buf_add(out, SPAN_LIT("'"));

	for (size_t i = 0; i < s.len && rc == 0; i++) {
		if (s.p[i] == '\'' || s.p[i] == '\\')
			rc = buf_add(out, SPAN_LIT("\\"));
		if (rc == 0)
			rc = buf_add(out, span_of(s.p + i, 1));
	}
	return rc < 0 ? rc : buf_add(out, SPAN_LIT("'"));
}

static int
put_value(
    const struct conf_option *o, const void *field, size_t i, struct buf *out)
{
	struct buf value;
	int rc;

	if (o->type->bare)
		return o->type->format(o, field, i, out);
	buf_init(&value, FILE_BYTES);
	rc = o->type->format(o, field, i, &value);
	if (rc == 0)
		rc = quote(out, buf_span(&value));
	buf_release(&value);
	return rc;
}

static int
put_option(const struct conf_option *o, const void *in, struct buf *out)
{
	const void *field = conf_field_const(o, in);
	size_t n = o->type->count(field);
	int rc = buf_addf(out, "\n# %s\n", o->help);

	if (rc < 0)
		return rc;
	if (n == 0)
		return buf_addf(out, "# %s\n", o->example);
	rc = buf_addf(out, "%s = %s", o->name, o->type->list ? "{" : "");
	for (size_t i = 0; i < n && rc == 0; i++) {
		if (i > 0)
			rc = buf_add(out, SPAN_LIT(", "));
		if (rc == 0)
			rc = put_value(o, field, i, out);
	}
	return rc < 0 ? rc : buf_addf(out, "%s\n", o->type->list ? "}" : "");
}

int
conf_text(enum conf_kind kind, const void *in, struct buf *out)
{
	const struct conf_table *table = &conf_tables[kind];
	int rc = buf_addf(out,
	    "# Tutti: %s. The tutti command writes this file as a whole.\n",
	    table->title);

	for (size_t i = 0; i < table->n && rc == 0; i++)
		rc = put_option(&table->options[i], in, out);
	return rc;
}

/* Opens the directory that files of a kind lie in, making it if asked. */
static int
open_dir(const struct host *h, const struct conf_home *home,
    const struct conf_table *table, bool make, int *out_fd)
{
	int root, rc;

	rc = host_open_root(
	    h, home->conf, make ? HOST_CREATE | HOST_PRIVATE : 0, &root);
	if (rc < 0 || table->dir == NULL) {
		if (rc == 0)
			*out_fd = root;
		return rc;
	}
	if (make)
		rc = host_make_dir(h, root, table->dir, 0700);
	if (rc == 0 || rc == -EEXIST)
		rc = host_open_below(h, root, span_str(table->dir), out_fd);
	host_close(h, root);
	return rc;
}

static int
write_file(const struct host *h, const struct conf_home *home,
    enum conf_kind kind, const char *name, const void *in)
{
	char file[LIMIT_NAME_BYTES + 1];
	struct buf text;
	int dir = -1, rc;

	buf_init(&text, FILE_BYTES);
	snprintf(file, sizeof file, "%s.conf", name);
	rc = conf_text(kind, in, &text);
	if (rc == 0)
		rc = open_dir(h, home, &conf_tables[kind], true, &dir);
	if (rc == 0) {
		rc = host_write_file(h, dir, file, buf_span(&text));
		host_close(h, dir);
	}
	buf_release(&text);
	return rc;
}

static int
remove_file(const struct host *h, const struct conf_home *home,
    enum conf_kind kind, const char *name)
{
	char file[LIMIT_NAME_BYTES + 1];
	int dir, rc;

	if (!conf_name_valid(name))
		return -ENOENT;
	snprintf(file, sizeof file, "%s.conf", name);
	rc = open_dir(h, home, &conf_tables[kind], false, &dir);
	if (rc < 0)
		return rc;
	rc = host_unlink(h, dir, file);
	if (rc == 0)
		rc = host_sync(h, dir);
	host_close(h, dir);
	return rc;
}

int
conf_write_main(const struct host *h, const struct conf_home *home,
    const struct conf_main *in)
{
	return write_file(h, home, CONF_MAIN, "tutti", in);
}

int
conf_write_peer(const struct host *h, const struct conf_home *home,
    const struct conf_peer *peer)
{
	return write_file(h, home, CONF_PEER, peer->name, peer);
}

int
conf_write_folder(const struct host *h, const struct conf_home *home,
    const struct conf_folder *folder)
{
	return write_file(h, home, CONF_FOLDER, folder->id, folder);
}

int
conf_remove_peer(
    const struct host *h, const struct conf_home *home, const char *name)
{
	return remove_file(h, home, CONF_PEER, name);
}

int
conf_remove_folder(
    const struct host *h, const struct conf_home *home, const char *id)
{
	return remove_file(h, home, CONF_FOLDER, id);
}
