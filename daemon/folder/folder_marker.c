/* SPDX-License-Identifier: Apache-2.0 */
/* The marker at the root, and what the database remembers beside it. */
#include "daemon/folder/folder_root_internal.h"

#include <errno.h>
#include <string.h>

static const char marker_file[] = "folder";

/* ---- the marker ---------------------------------------------------------- */

static int
open_marker_dir(struct folder *f, int *out_fd)
{
	return host_open_below(
	    f->host, f->root, SPAN_LIT(ROOT_MARKER_DIR), out_fd);
}

static int
stat_marker(struct folder *f, int dir, int64_t *out_changed_ns)
{
	struct host_stat st;
	int rc = host_stat_at(f->host, dir, marker_file, &st);

	if (rc == 0)
		*out_changed_ns = st.ctime_ns;
	return rc;
}

static int
read_marker(struct folder *f, struct root *r)
{
	struct wire_reader in;
	struct buf text;
	int dir, rc = open_marker_dir(f, &dir);

	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	buf_init(&text, 4096);
	rc = host_read_file(f->host, dir, marker_file, &text);
	if (rc == 0)
		rc = stat_marker(f, dir, &r->changed_ns);
	host_close(f->host, dir);
	if (rc == 0) {
		in = wire_reader_of(buf_span(&text));
		rc = buf_add(&r->id, wire_string(&in, LIMIT_FOLDER_ID_BYTES));
		wire_copy(&in, r->token, ROOT_TOKEN_BYTES);
		if (rc == 0)
			rc = wire_end(&in) < 0 ? ERR_CORRUPT : 0;
		r->marked = rc == 0;
	}
	buf_release(&text);
	return rc == -ENOENT ? 0 : rc;
}

static int
write_marker(struct folder *f, const uint8_t *token, int64_t *out_changed_ns)
{
	struct wire_writer w;
	struct buf text;
	int dir, rc = open_marker_dir(f, &dir);

	if (rc < 0)
		return rc;
	buf_init(&text, 4096);
	w = wire_writer_of(&text);
	wire_put_string(&w, span_str(f->id));
	wire_put_bytes(&w, span_of(token, ROOT_TOKEN_BYTES));
	rc = wire_writer_end(&w);
	if (rc == 0)
		rc =
		    host_write_file(f->host, dir, marker_file, buf_span(&text));
	if (rc == 0)
		rc = stat_marker(f, dir, out_changed_ns);
	buf_release(&text);
	host_close(f->host, dir);
	return rc;
}

int
root_look_for_names(struct folder *f, struct root *r)
{
	struct host_list list = {0};
	int rc;

	buf_init(&list.names, 1 << 30);
	rc = host_list(f->host, f->root, &list);
	r->empty = rc == 0;
	for (size_t i = 0; rc == 0 && i < list.v.n; i++) {
		const char *name = host_list_name(&list, i);

		r->empty &= strcmp(name, ROOT_MARKER_DIR) == 0 ||
			    strcmp(name, "lost+found") == 0;
	}
	buf_release(&list.names);
	VEC_RELEASE(&list.v);
	return rc;
}

/* ---- the database's memory ----------------------------------------------- */

static int
recall_root(struct folder *f, struct root *r)
{
	struct wire_reader in;
	struct buf value;
	int rc;

	buf_init(&value, 256);
	rc = index_fact_get(f->index, "root", &value);
	if (rc == 0) {
		in = wire_reader_of(buf_span(&value));
		wire_copy(&in, r->fs, sizeof r->fs);
		r->ino = wire_u64(&in);
		wire_copy(&in, r->tokens, sizeof r->tokens);
		if (in.len > 0) /* builds before the first release did not */
			r->noted_ns = (int64_t)wire_u64(&in);
		rc = wire_end(&in) < 0 ? ERR_CORRUPT : 0;
		r->known = true;
	}
	buf_clear(&value);
	if (rc == 0 || rc == ERR_NOTFOUND)
		rc = index_fact_get(f->index, "emptied", &value);
	r->emptied = rc == 0 && value.len > 0;
	buf_release(&value);
	return rc == ERR_NOTFOUND ? 0 : rc;
}

static int
remember_root(struct folder *f, const struct root *r)
{
	struct wire_writer w;
	struct buf value;
	int rc;

	buf_init(&value, 256);
	w = wire_writer_of(&value);
	wire_put_bytes(&w, span_of(r->now_fs.uuid, sizeof r->now_fs.uuid));
	wire_put_u64(&w, r->now.ino);
	wire_put_bytes(&w, span_of(r->tokens, sizeof r->tokens));
	wire_put_u64(&w, (uint64_t)r->changed_ns);
	rc = wire_writer_end(&w);
	if (rc == 0)
		rc = index_begin(f->index);
	if (rc == 0)
		rc = index_fact_put(f->index, "root", buf_span(&value));
	buf_release(&value);
	return folder_batch_end(f, rc);
}

int
root_look(struct folder *f, struct root *r)
{
	int rc = host_stat_fd(f->host, f->root, &r->now);

	if (rc == 0)
		rc = host_fs_info(f->host, f->root, &r->now_fs);
	if (rc == 0)
		rc = recall_root(f, r);
	if (rc == 0)
		rc = read_marker(f, r);
	f->dev = r->now.dev;
	return rc;
}

int
root_note_emptied(struct folder *f, bool emptied)
{
	int rc = index_begin(f->index);

	if (rc == 0)
		rc = index_fact_put(f->index, "emptied",
		    emptied ? SPAN_LIT("1") : SPAN_LIT(""));
	return folder_batch_end(f, rc);
}

/* In the database first: until the marker has it too, and that was noted,
 * either of the last two is right. */
int
root_renew_token(struct folder *f, struct root *r)
{
	int rc;
	uint8_t *token = r->tokens + ROOT_TOKEN_BYTES;

	memmove(r->tokens, token, ROOT_TOKEN_BYTES);
	host_random(f->host, token, ROOT_TOKEN_BYTES);
	rc = remember_root(f, r);
	if (rc == 0)
		rc = write_marker(f, token, &r->changed_ns);
	if (rc < 0)
		return rc;
	memcpy(r->tokens, token, ROOT_TOKEN_BYTES);
	return remember_root(f, r);
}
