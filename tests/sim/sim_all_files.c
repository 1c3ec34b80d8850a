/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/sim/sim_all.h"

enum { PATH_BYTES = 4096, FILE_MAX = 64 << 10 };

static void
whole(char out[static PATH_BYTES], const char *below)
{
	snprintf(out, PATH_BYTES, SCRIPT_ROOT "%s%s", *below ? "/" : "", below);
}

/* ---- looking ------------------------------------------------------------- */

static void
name_content(struct sim_host *h, const char *path, struct causal_state *s)
{
	struct buf b;

	buf_init(&b, FILE_MAX);
	if (s->kind == KIND_DIR)
		name_dir(&s->content);
	else if (s->kind == KIND_FILE && sim_user_read(h, path, &b) == 0)
		causal_name(buf_span(&b), &s->content);
	else if (s->kind == KIND_SYMLINK &&
		 sim_user_read_link(h, path, &b) == 0)
		name_symlink(buf_span(&b), &s->content);
	buf_release(&b);
}

static void
state(void *arg, const char *below, struct causal_state *out)
{
	const struct all_files *f = arg;
	struct host_stat st;
	char path[PATH_BYTES];

	*out = (struct causal_state){0};
	whole(path, below);
	if (sim_user_stat(f->host, path, &st) != 0)
		return;
	out->kind = st.kind;
	out->bits = st.bits;
	out->mtime_ns = st.mtime_ns;
	name_content(f->host, path, out);
}

static int
list(void *arg, const char *below, causal_path_cb *cb, void *cb_arg)
{
	const struct all_files *f = arg;
	struct host_list names;
	char path[PATH_BYTES];
	int rc;

	whole(path, below);
	host_list_init(&names);
	rc = sim_user_list(f->host, path, &names);
	for (size_t i = 0; rc == 0 && i < names.v.n; i++)
		cb(cb_arg, host_list_name(&names, i));
	host_list_release(&names);
	return rc;
}

/* ---- changing ------------------------------------------------------------ */

static int
write_file(void *arg, const char *below, struct span bytes, bool append)
{
	struct all_files *f = arg;
	char path[PATH_BYTES];

	whole(path, below);
	f->opened = false;
	return append ? sim_user_append(f->host, path, bytes)
		      : sim_user_write(f->host, path, bytes);
}

/* A function of the folder that is one of the simulator's at a whole path. */
#define AT_PATH(name, function)                                                \
	static int name(void *arg, const char *below)                          \
	{                                                                      \
		char path[PATH_BYTES];                                         \
                                                                               \
		whole(path, below);                                            \
		return function(((struct all_files *)arg)->host, path);        \
	}
AT_PATH(make_dir, sim_user_mkdir)
AT_PATH(remove_dir, sim_user_rmdir)
AT_PATH(remove_file, sim_user_unlink)

static int
move(void *arg, const char *from, const char *to)
{
	char a[PATH_BYTES], b[PATH_BYTES];

	whole(a, from);
	whole(b, to);
	return sim_user_rename(((struct all_files *)arg)->host, a, b);
}

static int
make_link(void *arg, const char *target, const char *below)
{
	char path[PATH_BYTES];

	whole(path, below);
	return sim_user_symlink(((struct all_files *)arg)->host, target, path);
}

static int
change_bits(void *arg, const char *below, int bits)
{
	char path[PATH_BYTES];

	whole(path, below);
	return sim_user_chmod(((struct all_files *)arg)->host, path, bits);
}

static int
touch(void *arg, const char *below, int64_t mtime_ns)
{
	char path[PATH_BYTES];

	whole(path, below);
	return sim_user_touch(((struct all_files *)arg)->host, path, mtime_ns);
}

static int64_t
now(void *arg)
{
	return sim_host_wall(((struct all_files *)arg)->host);
}

void
all_files_init(struct all_files *f, struct causal *model, struct sim_host *host,
    unsigned machine)
{
	*f = (struct all_files){.model = model,
	    .host = host,
	    .machine = machine,
	    .files = {.state = state,
		.list = list,
		.write = write_file,
		.mkdir = make_dir,
		.rmdir = remove_dir,
		.unlink = remove_file,
		.rename = move,
		.symlink = make_link,
		.chmod = change_bits,
		.touch = touch,
		.now = now,
		.tells = true}};
	f->files.arg = f;
}

/* ---- telling ------------------------------------------------------------- */

void
all_files_about(struct all_files *f, const char *path)
{
	if (strlen(path) > strlen(SCRIPT_ROOT "/"))
		causal_see(f->model, f->machine, &f->files,
		    path + strlen(SCRIPT_ROOT "/"));
}

/*
 * What is opened was seen now, not when its name was looked up: a lease may
 * have kept it waiting. If it lies under another name by now, what is written
 * into it goes there.
 */
void
all_files_content(struct all_files *f, const struct sim_content *content)
{
	const char *below = content->path + strlen(SCRIPT_ROOT "/");
	uint64_t there;

	if (f->act == NULL || !content->open || f->opened)
		return;
	f->opened = true;
	if (sim_user_hash(f->host, content->path, &there) != 0 ||
	    there != content->hash)
		f->act->astray = true;
	else if (content->size > 0)
		causal_see(f->model, f->machine, &f->files, below);
}
