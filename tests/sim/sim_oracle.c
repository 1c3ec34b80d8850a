/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/sim_oracle.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_away.h"
#include "tests/sim/sim_internal.h"
#include "tests/sim/sim_script.h"
#include "tests/sim/sim_tree.h"

struct value {
	uint64_t hash;
	uint64_t size;
	char *home; /* where it was left last, with the machine's name */
	bool excused;
	bool moved; /* or written again: it may have had several homes, and
		     * be kept aside where one of them was given up */
	bool brought; /* it came along from another machine */
	bool held; /* somewhere, before a power cut or a mishap */
	bool shown; /* by its machine, before its user put its tree back */
	bool unclaimed; /* a machine that forgets alone had it, and aside */
	bool forgotten; /* one has it aside and forgot why */
	bool visible; /* somebody showed it before a cut */
	struct away_list away;
	VEC(size_t) from; /* values that it was made from, itself included */
};

struct oracle {
	struct sim *sim;
	bool brought; /* what is made now is known elsewhere */
	unsigned mishaps;
	VEC(struct value) values;
	/* what programs took and did not yet leave again: host, path, value */
	VEC(struct taken) taken;
	VEC(struct early) early;
	/*
	 * Directories that some user removed or moved: alive again, they are
	 * so by their children alone, and of their bits there is no version.
	 */
	VEC(char *) dirs;
};

/* Taken before any program had left it: it was shown while its writer had not
 * closed it yet, and who took it had seen it all. */
struct early {
	uint64_t hash, size;
};

struct taken {
	struct sim_host *host;
	char *path;
	size_t value;
};

/* ---- hearing ------------------------------------------------------------- */

static struct value *
value_find(struct oracle *o, uint64_t hash, uint64_t size)
{
	VEC_EACH (&o->values, v) {
		if (v->hash == hash && v->size == size)
			return v;
	}
	return NULL;
}

static struct value *
value_make(struct oracle *o, uint64_t hash, uint64_t size)
{
	struct value v = {.hash = hash, .size = size};

	SIM_PUSH(&v.from, o->values.n);
	SIM_PUSH(&o->values, v);
	return &o->values.items[o->values.n - 1];
}

static bool
value_from(const struct value *v, size_t ancestor)
{
	for (size_t i = 0; i < v->from.n; i++)
		if (v->from.items[i] == ancestor)
			return true;
	return false;
}

/* The lineage of what was at a path becomes that of what comes there. */
static void
inherit(struct oracle *o, struct value *v, const struct sim_content *content)
{
	VEC_EACH (&o->taken, t) {
		const struct value *old = &o->values.items[t->value];

		if (t->host != content->host ||
		    strcmp(t->path, content->path) != 0 || old == v)
			continue;
		for (size_t i = 0; i < old->from.n; i++)
			if (!value_from(v, old->from.items[i]))
				SIM_PUSH(&v->from, old->from.items[i]);
	}
}

/* Names that editors write first are nobody's value yet. */
static bool
is_beside(const char *path)
{
	size_t len = strlen(path);

	return len > 0 && path[len - 1] == '~';
}

static bool
is_early(const struct oracle *o, uint64_t hash, uint64_t size)
{
	VEC_EACH (&o->early, e) {
		if (e->hash == hash && e->size == size)
			return true;
	}
	return false;
}

static void
on_made(struct oracle *o, const struct sim_content *content)
{
	uint64_t hash = content->hash, size = content->size;
	struct value *v = value_find(o, hash, size);
	size_t len = strlen(content->path) + strlen(content->host->name) + 2;

	if (v == NULL) {
		v = value_make(o, hash, size);
		v->excused = is_early(o, hash, size);
	} else {
		v->moved = true;
	}
	/* Moving says nothing new of a content that was given up elsewhere. */
	if (v->home != NULL &&
	    (content->from == NULL || is_beside(content->from)) && !o->brought)
		v->excused = false;
	v->brought = o->brought;
	free(v->home);
	v->home = sim_alloc(len);
	snprintf(v->home, len, "%s:%s", content->host->name, content->path);
	inherit(o, v, content);
	sim_note(o->sim, "  value %zu (%zu bytes) at %s",
	    (size_t)(v - o->values.items), (size_t)size, v->home);
}

static void
on_taken(struct oracle *o, const struct sim_content *content)
{
	uint64_t hash = content->hash, size = content->size;
	struct value *v = value_find(o, hash, size);

	if (v == NULL) {
		if (content->open ||
		    !tree_has(content->host, SCRIPT_ROOT, hash, size))
			SIM_PUSH(&o->early, (struct early){hash, size});
		return;
	}
	SIM_PUSH(
	    &o->taken, (struct taken){content->host, sim_strdup(content->path),
			   (size_t)(v - o->values.items)});
	/* What is open and about to be changed in place counts as taken. */
	if (!(o->brought && v->brought) &&
	    (content->open ||
		!tree_has(content->host, SCRIPT_ROOT, v->hash, v->size)))
		v->excused = true;
	away_note(&v->away, content->host,
	    &(struct away_taken){SCRIPT_ROOT, content->path, hash, size});
	sim_note(o->sim, "  value %zu taken at %s:%s%s",
	    (size_t)(v - o->values.items), content->host->name, content->path,
	    v->excused ? ", excused" : "");
}

/* All that lies in a directory moves with it. */
static void
moved_below(struct oracle *o, const struct sim_content *content)
{
	struct tree t = {.only = 0};

	tree_read(content->host, content->path, &t);
	VEC_EACH (&o->values, v) {
		if (tree_holds(&t, v->hash, v->size))
			v->moved = true;
	}
	tree_release(&t);
}

static void
on_dir(struct oracle *o, const struct sim_content *content)
{
	const char *path = content->from ? content->from : content->path;

	if (content->from)
		moved_below(o, content);

	SIM_PUSH(&o->dirs, sim_strdup(path + strlen(SCRIPT_ROOT "/")));
}

static bool
begins(const char *path, const char *with)
{
	return strncmp(path, with, strlen(with)) == 0;
}

static void
on_content(void *arg, const struct sim_content *content)
{
	struct oracle *o = arg;

	if (!begins(content->path, SCRIPT_ROOT "/") ||
	    begins(content->path, SCRIPT_ROOT "/.tutti"))
		return;
	if (content->dir)
		on_dir(o, content);
	else if (content->size == 0 || is_beside(content->path))
		return;
	else if (content->made)
		on_made(o, content);
	else
		on_taken(o, content);
}

/* ---- power --------------------------------------------------------------- */

/* Where a machine shows contents, and where its node keeps them aside. */
enum { PLACES = 3 };
static const char *const places[PLACES] = {SCRIPT_ROOT,
    SCRIPT_ROOT "/.tutti/quarantine", SCRIPT_ROOT "/.tutti/versions"};

/* One of them as it was read. What an editor wrote first, and gave its true
 * name since, is shown by none; kept aside it is as good as any. */
struct place {
	struct tree tree;
	bool aside;
};

struct places {
	VEC(struct place) v;
};

static struct place
read_place(struct sim_host *h, size_t i)
{
	struct place p = {.aside = i > 0};

	tree_read(h, places[i], &p.tree);
	return p;
}

static bool
place_has(const struct place *p, const struct value *v)
{
	return p->aside ? tree_holds(&p->tree, v->hash, v->size) != NULL
			: tree_shows(&p->tree, v->hash, v->size);
}

/* Is it in a machine's tree, or in what the node keeps aside? */
static bool
host_holds(struct sim_host *h, const struct value *v, bool shown)
{
	bool holds = false;

	for (size_t i = shown ? 0 : 1; !holds && i < (shown ? 1 : PLACES);
	     i++) {
		struct place p = read_place(h, i);

		holds = place_has(&p, v);
		tree_release(&p.tree);
	}
	return holds;
}

/* All that anybody holds; with meant, what this machine shows. */
static void
read_all(struct oracle *o, struct sim_host *h, bool meant, struct places *out)
{
	for (size_t i = 0; i < o->sim->hosts.n; i++) {
		struct sim_host *one = o->sim->hosts.items[i];

		for (size_t k = 0; k < (meant ? 1 : PLACES); k++) {
			if (!meant || one == h)
				SIM_PUSH(&out->v, read_place(one, k));
		}
	}
}

static bool
any_has(const struct places *all, const struct value *v)
{
	VEC_EACH (&all->v, p) {
		if (place_has(p, v))
			return true;
	}
	return false;
}

/* Of all that anybody holds: does a tree show it? */
static bool
any_shows(const struct places *all, const struct value *v)
{
	for (size_t i = 0; i < all->v.n; i += PLACES)
		if (place_has(&all->v.items[i], v))
			return true;
	return false;
}

/* A cut took what was shown, and who has it aside forgot why before. */
static void
note_cut(struct oracle *o, struct sim_host *h, bool after)
{
	struct places all = {0};

	read_all(o, h, false, &all);
	VEC_EACH (&o->values, v) {
		bool shows = any_shows(&all, v);

		v->unclaimed |= after && v->forgotten && v->visible && !shows;
		v->visible = shows;
	}
	VEC_EACH (&all.v, p) {
		tree_release(&p->tree);
	}
	VEC_RELEASE(&all.v);
}

/* Before: notes what anybody holds, or with meant the machine shows; after:
 * excuses of that what nobody holds now, or it does not show. */
static void
loses(struct oracle *o, struct sim_host *h, bool meant, bool after)
{
	struct places all = {0};

	read_all(o, h, meant, &all);
	VEC_EACH (&o->values, v) {
		bool *had = meant ? &v->shown : &v->held;
		bool has = any_has(&all, v);

		if (!after)
			*had = has;
		if (!after || !*had || v->excused || has)
			continue;
		v->excused = true;
		sim_note(o->sim, "  value %zu lost with %s",
		    (size_t)(v - o->values.items), h->name);
	}
	VEC_EACH (&all.v, p) {
		tree_release(&p->tree);
	}
	VEC_RELEASE(&all.v);
}

/* What nobody shows, and a machine keeps aside that is about to forget why. */
static void
note_unclaimed(struct oracle *o, struct sim_host *h)
{
	VEC_EACH (&o->values, v) {
		bool shown = false, aside = host_holds(h, v, false);

		for (size_t i = 0; !shown && i < o->sim->hosts.n; i++)
			shown = host_holds(o->sim->hosts.items[i], v, true);
		v->forgotten |= aside;
		v->unclaimed |= aside && !shown;
	}
}

static void
on_power(void *arg, struct sim_host *h, bool after)
{
	loses(arg, h, false, after);
	if (((struct oracle *)arg)->mishaps > 0)
		note_cut(arg, h, after);
}

/* Of the bits of directories that come and go with it nobody knows. */
static void
forget_dirs(struct oracle *o, struct sim_host *h)
{
	struct tree t;

	tree_read(h, SCRIPT_ROOT, &t);
	VEC_EACH (&t.v, item) {
		if (item->kind == KIND_DIR)
			SIM_PUSH(&o->dirs, sim_strdup(item->path));
	}
	tree_release(&t);
}

void
oracle_brought(struct oracle *o, bool on)
{
	o->brought = on;
}

void
oracle_mishap(struct oracle *o, struct sim_host *h, bool meant, bool after)
{
	o->mishaps += after;
	if (!after)
		note_unclaimed(o, h);
	loses(o, h, false, after);
	if (meant)
		loses(o, h, true, after);
	forget_dirs(o, h);
	sim_user_watch(o->sim, after ? on_content : NULL, o);
}

/* ---- life ---------------------------------------------------------------- */

struct oracle *
oracle_new(struct sim *s)
{
	struct oracle *o = sim_alloc(sizeof *o);

	o->sim = s;
	sim_user_watch(s, on_content, o);
	sim_power_watch(s, on_power, o);
	return o;
}

void
oracle_free(struct oracle *o)
{
	sim_user_watch(o->sim, NULL, NULL);
	sim_power_watch(o->sim, NULL, NULL);
	VEC_EACH (&o->values, v) {
		free(v->home);
		VEC_RELEASE(&v->from);
		away_release(&v->away);
	}
	VEC_EACH (&o->taken, t) {
		free(t->path);
	}
	VEC_EACH (&o->dirs, dir) {
		free(*dir);
	}
	VEC_RELEASE(&o->values);
	VEC_RELEASE(&o->taken);
	VEC_RELEASE(&o->early);
	VEC_RELEASE(&o->dirs);
	free(o);
}

size_t
oracle_values(const struct oracle *o)
{
	return o->values.n;
}

/* ---- judging ------------------------------------------------------------- */

struct court {
	struct oracle *oracle;
	struct sim_host *const *hosts;
	size_t n;
	struct tree tree; /* of the first, which all show */
	bool stuck; /* not all */
};

static bool
shown(const struct court *c, const struct value *v)
{
	bool shows = tree_holds(&c->tree, v->hash, v->size);

	for (size_t i = 1; c->stuck && !shows && i < c->n; i++)
		shows = host_holds(c->hosts[i], v, true);
	return shows;
}

static bool
aside(const struct court *c, const struct value *v)
{
	for (size_t i = 0; i < c->n; i++)
		if (host_holds(c->hosts[i], v, false))
			return true;
	return false;
}

/* Does the tree show something that was made from it? */
static bool
descends(const struct court *c, size_t value)
{
	VEC_EACH (&c->oracle->values, v) {
		if (value_from(v, value) &&
		    tree_holds(&c->tree, v->hash, v->size))
			return true;
	}
	return false;
}

static bool
judge_value(const struct court *c, size_t value, char *out, size_t len)
{
	const struct value *v = &c->oracle->values.items[value];
	bool kept;

	if (v->excused || shown(c, v))
		return true;
	kept = aside(c, v);
	/* Whoever lost the memory of what it displaced keeps it aside too. */
	if (kept && (v->moved || v->unclaimed || c->stuck ||
			descends(c, value) || away_all(&v->away)))
		return true;
	snprintf(out, len, "b: value %zu (%llu bytes), left at %s, is lost%s",
	    value, (unsigned long long)v->size, v->home,
	    kept ? " (in quarantine only)" : "");
	return false;
}

/*
 * What lay in quarantine when its machine's memory was lost has a name of its
 * own. A user may put it where its name says, and one that is numbered shows
 * when files were put back below .tutti after that.
 */
static bool
is_recovered(const struct oracle *o, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;

	return (o->mishaps > 0 && strcmp(name, "recovered") == 0) ||
	       (o->mishaps > 1 && strncmp(name, "recovered-", 10) == 0);
}

/* A conflict copy's name is its home's with more in it. */
static bool
name_known(const struct oracle *o, const char *path)
{
	return script_knows(path) || strstr(path, ".conflict-") != NULL ||
	       is_beside(path) || is_recovered(o, path);
}

static bool
judge_names(const struct court *c, char *out, size_t len)
{
	VEC_EACH (&c->tree.v, item) {
		if (!name_known(c->oracle, item->path)) {
			snprintf(out, len, "c: litter: %s", item->path);
			return false;
		}
	}
	return true;
}

static void
read_tree(const struct court *c, size_t i, struct tree *out)
{
	tree_read(c->hosts[i], SCRIPT_ROOT, out);
	VEC_EACH (&c->oracle->dirs, dir) {
		tree_forget_bits(out, *dir);
	}
}

static bool
judge_trees(const struct court *c, char *out, size_t len)
{
	char where[512];

	for (size_t i = 1; i < c->n; i++) {
		struct tree other;
		bool differs;

		read_tree(c, i, &other);
		differs = tree_differs(&c->tree, &other, where, sizeof where);
		tree_release(&other);
		if (!differs)
			continue;
		snprintf(out, len, "a: %s and %s differ: %s", c->hosts[0]->name,
		    c->hosts[i]->name, where);
		return false;
	}
	return true;
}

bool
oracle_judge(struct oracle *o, struct sim_host *const *hosts, size_t n,
    bool stuck, char *out, size_t len)
{
	struct court c = {.oracle = o, .hosts = hosts, .n = n, .stuck = stuck};
	bool well;

	read_tree(&c, 0, &c.tree);
	well =
	    stuck || (judge_trees(&c, out, len) && judge_names(&c, out, len));
	for (size_t i = 0; well && i < o->values.n; i++)
		well = judge_value(&c, i, out, len);
	tree_release(&c.tree);
	return well;
}
