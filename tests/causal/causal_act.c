/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/causal/causal_act.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/causal/causal_internal.h"

enum {
	TEXT_MAX = 6000,
	SAME_TEXTS = 3, /* which users write independently */
	MARK_CHARS = 33, /* ".conflict-TIME-TAGTAG" */
	NS_PER_S = 1000 * 1000 * 1000,
};

/* With a name so long that its conflict copy's is cut. */
#define LONG_20 "a long name of many "
#define LONG_NAME                                                              \
	LONG_20 LONG_20 LONG_20 LONG_20 LONG_20 LONG_20 LONG_20 LONG_20        \
	    LONG_20 LONG_20 LONG_20 ".txt"

static const char *const paths[] = {"a", "b.txt", "d", "d/x", "d/y.tar.gz",
    "d/f", "d/f/x", "e", "e/z", "e/.rc", "l", LONG_NAME};

/* How often each thing happens, of 16. */
static const struct {
	const char *name;
	unsigned weight;
} whats[CAUSAL_WHATS] = {
    [CAUSAL_WRITE] = {"write", 14},
    [CAUSAL_SAVE] = {"save", 14},
    [CAUSAL_APPEND] = {"append", 6},
    [CAUSAL_MKDIR] = {"mkdir", 5},
    [CAUSAL_REMOVE] = {"remove", 12},
    [CAUSAL_RENAME] = {"rename", 10},
    [CAUSAL_SYMLINK] = {"symlink", 3},
    [CAUSAL_CHMOD] = {"chmod", 5},
    [CAUSAL_TOUCH] = {"touch", 5},
    [CAUSAL_COPY_REMOVE] = {"remove a copy", 3},
    [CAUSAL_COPY_EDIT] = {"edit a copy", 2},
    [CAUSAL_COPY_BACK] = {"put a copy back", 3},
};

const char *
causal_what_name(enum causal_what what)
{
	return whats[what].name;
}

enum causal_what
causal_choose(uint64_t luck)
{
	unsigned sum = 0, at;
	int what = 0;

	for (int i = 0; i < CAUSAL_WHATS; i++)
		sum += whats[i].weight;
	at = (unsigned)(luck % sum);
	while (at >= whats[what].weight)
		at -= whats[what++].weight;
	return (enum causal_what)what;
}

const char *
causal_path(uint64_t luck)
{
	return paths[luck % (sizeof paths / sizeof *paths)];
}

/* ---- telling ------------------------------------------------------------- */

struct sight {
	struct causal *model;
	unsigned machine;
	const struct causal_files *files;
};

static void
see_path(void *arg, const char *path)
{
	const struct sight *s = arg;
	struct causal_state now;

	s->files->state(s->files->arg, path, &now);
	causal_about(s->model, s->machine, path, &now);
}

void
causal_see(struct causal *c, unsigned machine, const struct causal_files *files,
    const char *path)
{
	struct sight s = {c, machine, files};
	struct causal_state now;

	see_path(&s, path);
	files->state(files->arg, path, &now);
	if (now.kind == KIND_DIR)
		causal_each_below(files, path, see_path, &s);
}

static void
leave_path(void *arg, const char *path)
{
	const struct sight *s = arg;
	struct causal_state now;

	s->files->state(s->files->arg, path, &now);
	causal_left(s->model, s->machine, path, &now);
}

static void
begin(struct causal_act *a, const char *path, const char *to)
{
	causal_forget_about(a->model, a->machine);
	a->astray = false;
	if (a->files->tells)
		return;
	causal_see(a->model, a->machine, a->files, path);
	if (to != NULL)
		causal_see(a->model, a->machine, a->files, to);
}

/* After a step: all that it was about is now as it is. */
static int
end(struct causal_act *a, int rc)
{
	struct sight s = {a->model, a->machine, a->files};

	if (rc == 0 && !a->astray)
		causal_each_about(a->model, a->machine, leave_path, &s);
	return rc;
}

/* ---- steps --------------------------------------------------------------- */

static struct causal_state
state_of(const struct causal_act *a, const char *path)
{
	struct causal_state s;

	a->files->state(a->files->arg, path, &s);
	return s;
}

static int
do_write(struct causal_act *a, const char *path, struct span bytes, bool append)
{
	begin(a, path, NULL);
	return end(a, a->files->write(a->files->arg, path, bytes, append));
}

static int
do_mkdir(struct causal_act *a, const char *path)
{
	begin(a, path, NULL);
	return end(a, a->files->mkdir(a->files->arg, path));
}

static int
do_unlink(struct causal_act *a, const char *path)
{
	begin(a, path, NULL);
	return end(a, a->files->unlink(a->files->arg, path));
}

static int
do_rmdir(struct causal_act *a, const char *path)
{
	begin(a, path, NULL);
	return end(a, a->files->rmdir(a->files->arg, path));
}

/* What was below a directory is below its new name, where nothing was. */
static int
do_rename(struct causal_act *a, const char *from, const char *to)
{
	struct sight s = {a->model, a->machine, a->files};
	int rc;

	begin(a, from, to);
	rc = end(a, a->files->rename(a->files->arg, from, to));
	if (rc == 0 && state_of(a, to).kind == KIND_DIR)
		causal_each_below(a->files, to, leave_path, &s);
	return rc;
}

/* ---- acts ---------------------------------------------------------------- */

struct names {
	VEC(char *) v;
};

static void
add_name(void *arg, const char *name)
{
	struct names *names = arg;

	CAUSAL_PUSH(&names->v, causal_memory(strdup(name)));
}

static int
remove_all(struct causal_act *a, const char *path)
{
	int kind = state_of(a, path).kind, rc = 0;
	struct names names = {0};
	char below[CAUSAL_PATH_BYTES];

	if (kind != KIND_DIR)
		return kind == KIND_NONE ? -ENOENT : do_unlink(a, path);
	(void)a->files->list(a->files->arg, path, add_name, &names);
	VEC_EACH (&names.v, name) {
		causal_join(below, path, *name);
		if (rc == 0)
			rc = remove_all(a, below);
		if (rc == -ENOENT)
			rc = 0;
		free(*name);
	}
	VEC_RELEASE(&names.v);
	return rc ? rc : do_rmdir(a, path);
}

/* Makes the parents of a path directories, whatever they are. */
static void
make_parents(struct causal_act *a, const char *path)
{
	char up[CAUSAL_PATH_BYTES];

	for (const char *p = path; *p != '\0'; p++) {
		int kind;

		if (*p != '/')
			continue;
		snprintf(up, sizeof up, "%.*s", (int)(p - path), path);
		kind = state_of(a, up).kind;
		if (kind == KIND_DIR)
			continue;
		if (kind != KIND_NONE)
			(void)do_unlink(a, up);
		(void)do_mkdir(a, up);
	}
}

/* Clears the way for a file where a directory is, or the other way round. */
static void
make_way(struct causal_act *a, const char *path, bool dir)
{
	int kind;

	make_parents(a, path);
	kind = state_of(a, path).kind;
	if (kind != KIND_NONE && (kind == KIND_DIR) != dir && a->luck & 1)
		(void)remove_all(a, path);
}

/* Mostly a text that no other act writes. */
static int
write_text(struct causal_act *a, const char *path)
{
	char text[TEXT_MAX], beside[CAUSAL_PATH_BYTES];
	size_t len = 20 + (a->luck >> 8) % (TEXT_MAX - 20);
	struct span bytes;
	int n, rc;

	if ((a->luck >> 4) % 10 == 0)
		len = (size_t)(n = snprintf(text, sizeof text, "same %u\n",
				   (unsigned)(a->luck >> 8) % SAME_TEXTS));
	else
		n = snprintf(text, sizeof text, "%zu %016llx\n", a->number,
		    (unsigned long long)a->luck);
	len = len < (size_t)n ? (size_t)n : len;
	memset(text + n, 'x', len - (size_t)n);
	bytes = span_of((uint8_t *)text, len);
	if (a->what != CAUSAL_SAVE)
		return do_write(a, path, bytes, a->what == CAUSAL_APPEND);
	snprintf(beside, sizeof beside, "%.200s~", path);
	rc = do_write(a, beside, bytes, false);
	return rc ? rc : do_rename(a, beside, path);
}

static int
change_bits(struct causal_act *a, const char *path)
{
	static const int bits[] = {0644, 0600, 0755, 0700};
	int kind = state_of(a, path).kind;

	if (kind != KIND_FILE && kind != KIND_DIR)
		return -EINVAL;
	begin(a, path, NULL);
	return end(a, a->files->chmod(a->files->arg, path, bits[a->luck % 4]));
}

static int
touch(struct causal_act *a, const char *path)
{
	int64_t back = (int64_t)(a->luck % 100000) * NS_PER_S;

	if (state_of(a, path).kind != KIND_FILE)
		return -EINVAL;
	begin(a, path, NULL);
	return end(
	    a, a->files->touch(a->files->arg, path,
		   a->files->now(a->files->arg) - (a->luck & 1 ? back : 0)));
}

static int
make_link(struct causal_act *a, const char *path)
{
	char target[64];

	make_way(a, path, false);
	if (state_of(a, path).kind == KIND_SYMLINK)
		(void)do_unlink(a, path);
	snprintf(target, sizeof target, "to/%zu", a->number % 8);
	begin(a, path, NULL);
	return end(a, a->files->symlink(a->files->arg, target, path));
}

/* ---- conflict copies ----------------------------------------------------- */

static void
add_copy(void *arg, const char *path)
{
	if (strstr(path, ".conflict-") != NULL)
		add_name(arg, path);
}

static int
put_back(struct causal_act *a, const char *copy)
{
	const char *mark = strstr(copy, ".conflict-");
	char home[CAUSAL_PATH_BYTES];

	if (strlen(mark) < MARK_CHARS)
		return -EINVAL;
	snprintf(home, sizeof home, "%.*s%s", (int)(mark - copy), copy,
	    mark + MARK_CHARS);
	return do_rename(a, copy, home);
}

static int
act_on_copy(struct causal_act *a)
{
	struct names copies = {0};
	const char *copy;
	int rc = -ENOENT;

	causal_each_below(a->files, "", add_copy, &copies);
	copy = copies.v.n > 0 ? copies.v.items[a->luck % copies.v.n] : NULL;
	if (copy != NULL && a->what == CAUSAL_COPY_REMOVE)
		rc = remove_all(a, copy);
	else if (copy != NULL && a->what == CAUSAL_COPY_BACK)
		rc = put_back(a, copy);
	else if (copy != NULL)
		rc = write_text(a, copy);
	VEC_EACH (&copies.v, name)
		free(*name);
	VEC_RELEASE(&copies.v);
	return rc;
}

int
causal_act_run(struct causal_act *a)
{
	switch (a->what) {
	case CAUSAL_WRITE:
	case CAUSAL_SAVE:
		make_way(a, a->path, false);
		return write_text(a, a->path);
	case CAUSAL_APPEND:
		return state_of(a, a->path).kind == KIND_FILE
			   ? write_text(a, a->path)
			   : -ENOENT;
	case CAUSAL_MKDIR:
		make_way(a, a->path, true);
		return do_mkdir(a, a->path);
	case CAUSAL_REMOVE:
		return remove_all(a, a->path);
	case CAUSAL_RENAME:
		return strcmp(a->path, a->to) == 0
			   ? 0
			   : do_rename(a, a->path, a->to);
	case CAUSAL_SYMLINK:
		return make_link(a, a->path);
	case CAUSAL_CHMOD:
		return change_bits(a, a->path);
	case CAUSAL_TOUCH:
		return touch(a, a->path);
	case CAUSAL_COPY_REMOVE:
	case CAUSAL_COPY_EDIT:
	case CAUSAL_COPY_BACK:
		return act_on_copy(a);
	case CAUSAL_WHATS:
		break;
	}
	abort();
}
