/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/sim_act.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_tree.h"

enum {
	PATH_BYTES = 1024,
	EVENTS_PLENTY = 1000,
	COPY_TAG_CHARS = 33 /* ".conflict-TIME-TAGTAG" */
};

static const int bits_of[] = {0644, 0600, 0755, 0444};

bool
sim_act_is(enum script_what what)
{
	return what <= SCRIPT_COPY_BACK;
}

enum { LANES = 4 }; /* numbers made side by side: each waits for its last */

/* x of a row, and what comes next in it: times a, plus c. */
static uint64_t
next(uint64_t *x, uint64_t a, uint64_t c)
{
	uint64_t now = *x;

	*x = now * a + c;
	return now;
}

/* A row of numbers that no operation with other luck makes; n words, or a few
 * more. */
static void
fill_hard(uint64_t x, uint64_t *p, size_t n)
{
	const uint64_t once = UINT64_C(6364136223846793005);
	uint64_t lane[LANES], a = 1, c = 0;

	for (int i = 0; i < LANES; i++) {
		lane[i] = x = x * once + 1;
		a *= once;
		c = c * once + 1;
	}
	for (size_t i = 0; i < n; i += LANES)
		for (size_t k = 0; k < LANES; k++)
			p[i + k] = next(&lane[k], a, c);
}

static void
fill_easy(uint64_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = UINT64_C(0x6161616161616161) + i / 512;
}

/* Bytes that no other operation writes, half of them hard to compress. */
static uint8_t *
make_content(const struct sim_act *a, size_t len)
{
	size_t words = len / sizeof(uint64_t) + 1;
	uint64_t *p = malloc((words + LANES) * sizeof *p);
	char head[48];
	int n = snprintf(head, sizeof head, "%zu %016llx\n", a->op->number,
	    (unsigned long long)a->op->luck);

	if (p == NULL)
		abort();
	if (a->op->luck & 2)
		fill_hard(a->op->luck | 1, p, words);
	else
		fill_easy(p, words);
	memcpy(p, head, len < (size_t)n ? len : (size_t)n);
	return (uint8_t *)p;
}

static void
whole_path(const char *below, char out[static PATH_BYTES])
{
	snprintf(out, PATH_BYTES, "%s/%s", SCRIPT_ROOT, below);
}

/* Makes the parents of a path directories, whatever they are. */
static void
make_parents(const struct sim_act *a, const char *path)
{
	char up[PATH_BYTES];
	struct host_stat st;

	for (const char *p = path + strlen(SCRIPT_ROOT) + 1; *p; p++) {
		if (*p != '/')
			continue;
		memcpy(up, path, (size_t)(p - path));
		up[p - path] = '\0';
		if (sim_user_stat(a->host, up, &st) == 0) {
			if (st.kind == KIND_DIR)
				continue;
			(void)sim_user_unlink(a->host, up);
		}
		(void)sim_user_mkdir(a->host, up);
	}
}

/* Clears the way for a file where a directory is, or the other way round. */
static void
make_way(const struct sim_act *a, const char *path, bool dir)
{
	struct host_stat st;

	make_parents(a, path);
	if (sim_user_stat(a->host, path, &st) == 0 &&
	    (st.kind == KIND_DIR) != dir && sim_chance(a->sim, 500))
		(void)sim_user_remove_all(a->host, path);
}

/* ---- writing ------------------------------------------------------------- */

/* What many files hold, at several names or machines. */
static struct span
choose_alike(const struct sim_act *a)
{
	return a->op->luck >> 8 & 1 ? SPAN_LIT("the one content\n")
				    : SPAN_LIT("another\n");
}

static int
write_whole(const struct sim_act *a, const char *path)
{
	uint8_t *p = make_content(a, a->op->size);
	struct span bytes = a->alike && (a->op->luck >> 9 & 3) != 0
				? choose_alike(a)
				: span_of(p, a->op->size);
	int rc;

	make_way(a, path, false);
	if (a->op->what == SCRIPT_SAVE)
		rc = sim_user_save(a->host, path, bytes);
	else
		rc = sim_user_write(a->host, path, bytes);
	free(p);
	return rc;
}

static int
write_part(const struct sim_act *a, const char *path)
{
	size_t len = 40 + a->op->size / 50;
	uint8_t *p = make_content(a, len);
	struct span bytes = span_of(p, len);
	struct host_stat st;
	uint64_t at;
	int rc = sim_user_stat(a->host, path, &st);

	if (rc == 0 && a->op->what == SCRIPT_APPEND) {
		rc = sim_user_append(a->host, path, bytes);
	} else if (rc == 0) {
		if (len > st.size)
			bytes.len = (size_t)st.size;
		at = sim_random(a->sim, st.size - bytes.len + 1);
		/* A store is noticed by an event alone, which may not drown,
		 * nor name what is moved just then, as what is alike often
		 * is. */
		rc = a->op->what == SCRIPT_STORE && !a->alike &&
			     sim_knobs(a->sim)->watch_queue >= EVENTS_PLENTY
			 ? sim_user_store(a->host, path, at, bytes)
			 : sim_user_patch(a->host, path, at, bytes);
	}
	free(p);
	return rc;
}

/* ---- the rest ------------------------------------------------------------ */

static int
change_bits(const struct sim_act *a, const char *path)
{
	int bits = bits_of[sim_random(a->sim, 4)];
	struct host_stat st;
	int rc = sim_user_stat(a->host, path, &st);

	if (rc == 0 && st.kind == KIND_SYMLINK)
		rc = -EINVAL;
	return rc ? rc : sim_user_chmod(a->host, path, bits);
}

static int
touch(const struct sim_act *a, const char *path)
{
	int64_t back = (int64_t)sim_random(a->sim, 100000) * SIM_SECOND;
	int64_t now = sim_host_wall(a->host);

	return sim_user_touch(
	    a->host, path, sim_chance(a->sim, 500) ? now : now - back);
}

static int
make_link(const struct sim_act *a, const char *path)
{
	char target[64];
	struct host_stat st;

	make_parents(a, path);
	if (sim_user_stat(a->host, path, &st) == 0 && st.kind == KIND_SYMLINK)
		(void)sim_user_unlink(a->host, path);
	snprintf(target, sizeof target, "to/%zu", a->op->number);
	return sim_user_symlink(a->host, target, path);
}

/* A conflict copy that is shown now, by luck; its path, or false. */
static bool
choose_copy(const struct sim_act *a, char out[static PATH_BYTES])
{
	struct tree t;
	size_t n = 0;

	tree_read(a->host, SCRIPT_ROOT, &t);
	VEC_EACH (&t.v, item) {
		if (strstr(item->path, ".conflict-") &&
		    sim_random(a->sim, ++n) == 0)
			whole_path(item->path, out);
	}
	tree_release(&t);
	return n > 0;
}

static int
put_back(const struct sim_act *a, const char *copy)
{
	char home[PATH_BYTES];
	const char *tag = strstr(copy, ".conflict-");
	size_t len = (size_t)(tag - copy);

	if (strlen(tag) < COPY_TAG_CHARS)
		return -EINVAL;
	snprintf(
	    home, sizeof home, "%.*s%s", (int)len, copy, tag + COPY_TAG_CHARS);
	return sim_user_rename(a->host, copy, home);
}

static int
act_on_copy(const struct sim_act *a)
{
	char copy[PATH_BYTES];

	if (!choose_copy(a, copy))
		return -ENOENT;
	sim_note(a->sim, "  it is %s", copy);
	if (a->op->what == SCRIPT_COPY_REMOVE)
		return sim_user_remove_all(a->host, copy);
	if (a->op->what == SCRIPT_COPY_BACK)
		return put_back(a, copy);
	return write_whole(a, copy);
}

static int
act(const struct sim_act *a)
{
	char path[PATH_BYTES], to[PATH_BYTES];

	whole_path(a->op->path, path);
	whole_path(a->op->to, to);
	switch (a->op->what) {
	case SCRIPT_WRITE:
	case SCRIPT_SAVE:
		return write_whole(a, path);
	case SCRIPT_APPEND:
	case SCRIPT_PATCH:
	case SCRIPT_STORE:
		return write_part(a, path);
	case SCRIPT_MKDIR:
		make_way(a, path, true);
		return sim_user_mkdir(a->host, path);
	case SCRIPT_REMOVE:
		return sim_user_remove_all(a->host, path);
	case SCRIPT_RENAME:
		return strcmp(path, to) == 0
			   ? 0
			   : sim_user_rename(a->host, path, to);
	case SCRIPT_EXCHANGE:
		return sim_user_exchange(a->host, path, to);
	case SCRIPT_CHMOD:
		return change_bits(a, path);
	case SCRIPT_TOUCH:
		return touch(a, path);
	case SCRIPT_SYMLINK:
		return make_link(a, path);
	case SCRIPT_COPY_REMOVE:
	case SCRIPT_COPY_EDIT:
	case SCRIPT_COPY_BACK:
		return act_on_copy(a);
	case SCRIPT_CUT:
	case SCRIPT_UNLINK:
	case SCRIPT_LINK:
	case SCRIPT_STOP:
	case SCRIPT_KILL:
	case SCRIPT_POWER:
	case SCRIPT_START:
	case SCRIPT_CLOCK:
	case SCRIPT_PART:
	case SCRIPT_JOIN:
	case SCRIPT_FORGET:
	case SCRIPT_SNAPSHOT:
	case SCRIPT_ROLLBACK:
	case SCRIPT_RETREE:
	case SCRIPT_RESTORE:
	case SCRIPT_WHATS:
		break;
	}
	abort();
}

void
sim_act_run(void *arg)
{
	const struct sim_act *a = arg;
	int rc = act(a);

	sim_note(a->sim, "  %zu ends: %s", a->op->number,
	    rc ? strerror(-rc) : "done");
}
