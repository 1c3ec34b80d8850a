/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/sim_script.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const paths[] = {
    "a", "b", "d", "d/x", "d/y", "e", "e/z", "d/f", "d/f/x", "big", "l"};

enum { N_PATHS = sizeof paths / sizeof *paths, PATH_BIG = 9, PATH_LINK = 10 };

/* How often each thing happens, among the sum of all. */
static const struct {
	const char *constant;
	const char *name;
	unsigned weight;
} whats[SCRIPT_WHATS] = {
#define WHAT(what, ...) [SCRIPT_##what] = {"SCRIPT_" #what, __VA_ARGS__}
    WHAT(WRITE, "write", 16),
    WHAT(SAVE, "save", 14),
    WHAT(APPEND, "append", 6),
    WHAT(PATCH, "patch", 4),
    WHAT(STORE, "store", 2),
    WHAT(MKDIR, "mkdir", 5),
    WHAT(REMOVE, "remove", 12),
    WHAT(RENAME, "rename", 9),
    WHAT(EXCHANGE, "exchange", 2),
    WHAT(CHMOD, "chmod", 4),
    WHAT(TOUCH, "touch", 4),
    WHAT(SYMLINK, "symlink", 3),
    WHAT(COPY_REMOVE, "remove a copy", 2),
    WHAT(COPY_EDIT, "edit a copy", 2),
    WHAT(COPY_BACK, "put a copy back", 2),
    WHAT(CUT, "cut connections", 6),
    WHAT(UNLINK, "unlink", 4),
    WHAT(LINK, "link", 5),
    WHAT(STOP, "stop", 2),
    WHAT(KILL, "kill", 4),
    WHAT(POWER, "pull the plug", 3),
    WHAT(START, "start", 6),
    WHAT(CLOCK, "set the clock", 1),
    WHAT(PART, "part", 0),
    WHAT(JOIN, "join", 0),
    WHAT(FORGET, "lose the database", 0),
    WHAT(SNAPSHOT, "take a snapshot", 0),
    WHAT(ROLLBACK, "restore the database", 0),
    WHAT(RETREE, "restore the folder", 0),
    WHAT(RESTORE, "restore the machine", 0),
#undef WHAT
};

const char *
script_what_name(enum script_what what)
{
	return whats[what].name;
}

/* What kinds of history there are. */
struct mood {
	unsigned first_path, n_paths; /* users keep to these */
	bool calm; /* no node stops */
	bool deaf; /* connections are mostly there, or not */
	bool slow; /* long pauses: nodes keep up */
};

static enum script_what
choose_what(struct sim *dice, const struct mood *mood, bool power)
{
	for (;;) {
		enum script_what what =
		    (enum script_what)sim_random(dice, SCRIPT_CLOCK + 1);

		if (whats[what].weight <= sim_random(dice, 16))
			continue;
		if (what == SCRIPT_POWER && !power)
			continue;
		if (mood->calm && what >= SCRIPT_STOP && what <= SCRIPT_START)
			continue;
		/* Nobody can notice it but by the event of the close. */
		if (!mood->calm && what == SCRIPT_STORE)
			continue;
		if (mood->deaf && what == SCRIPT_LINK)
			continue;
		return what;
	}
}

static size_t
choose_size(struct sim *dice, bool big)
{
	if (big) {
		uint64_t more = sim_random(dice, 300000);

		/* Mostly a few chunks, and now and then many. */
		return 60000 + more * more / 300000 * more / 300000;
	}
	switch (sim_random(dice, 16)) {
	case 0:
		return 4096 + sim_random(dice, 20000);
	case 1:
		return 60000 + sim_random(dice, 12000);
	default:
		return 16 + sim_random(dice, 200);
	}
}

int64_t
script_pause(struct sim *dice, bool slow)
{
	switch (sim_random(dice, slow ? 4 : 12)) {
	case 0:
		return (int64_t)sim_random(dice, 4 * SIM_SECOND);
	case 1:
		return (int64_t)sim_random(dice, SIM_SECOND / 2);
	case 2:
		return 0;
	default:
		return (int64_t)sim_random(dice, 40 * SIM_MS);
	}
}

static struct script_op
choose_op(struct sim *dice, const struct mood *mood, const struct script *s)
{
	struct script_op op = {
	    .what = choose_what(dice, mood, s->power),
	    .node = (unsigned)sim_random(dice, s->nodes),
	    .luck = sim_random(dice, UINT64_MAX),
	    .pause_ns = script_pause(dice, mood->slow),
	};
	size_t at = mood->first_path + sim_random(dice, mood->n_paths);
	bool big = at == PATH_BIG;

	op.path = op.what == SCRIPT_SYMLINK && sim_chance(dice, 700)
		      ? paths[PATH_LINK]
		      : paths[at];
	op.to = paths[sim_random(dice, N_PATHS)];
	op.size = choose_size(dice, big);
	return op;
}

void
script_make(uint64_t seed, unsigned nodes, bool power, struct script *out)
{
	/* Short ones end in rest, where what went wrong shows, more often. */
	static const unsigned lengths[] = {12, 12, 35, 35, 12, 35, 80, 200};
	/* The numbers of a world of its own, apart from the player's. */
	struct sim *dice = sim_new(seed ^ UINT64_C(0x5c1e));
	unsigned n = lengths[sim_random(dice, 8)];
	struct mood mood = {.n_paths = N_PATHS};

	*out = (struct script){.seed = seed,
	    .nodes = nodes,
	    .power = power,
	    .alike = seed % 8 == 5}; /* one of eight histories */
	if (sim_chance(dice, 500)) {
		mood.first_path = (unsigned)sim_random(dice, N_PATHS);
		mood.n_paths =
		    1 + (unsigned)sim_random(dice, N_PATHS - mood.first_path);
	}
	mood.calm = sim_chance(dice, 300);
	mood.deaf = sim_chance(dice, 150);
	mood.slow = sim_chance(dice, 300);
	for (unsigned i = 0; i < n; i++)
		if (VEC_PUSH(&out->ops, choose_op(dice, &mood, out)) != 0)
			abort();
	sim_free(dice);
	script_make_fate(out);
	for (size_t i = 0; i < out->ops.n; i++)
		out->ops.items[i].number = i;
}

void
script_release(struct script *script)
{
	VEC_RELEASE(&script->ops);
}

static void
print_op(const struct script_op *op, FILE *out)
{
	fprintf(out,
	    "	    {%s, %u, \"%s\", \"%s\", UINT64_C(0x%" PRIx64 "),\n"
	    "		.pause_ns = %" PRId64
	    ", .size = %zu, .number = %zu},\n",
	    whats[op->what].constant, op->node, op->path, op->to, op->luck,
	    op->pause_ns, op->size, op->number);
}

void
script_print(const struct script *s, const char *why, FILE *out)
{
	static const char *const shapes[SCRIPT_SHAPES] = {
	    [SCRIPT_MESH] = "SCRIPT_MESH",
	    [SCRIPT_LINE] = "SCRIPT_LINE",
	    [SCRIPT_STAR] = "SCRIPT_STAR",
	};

	fprintf(out,
	    "/* It ended with %.*s. */\n"
	    "START_TEST(seed_%" PRIu64 "_ends_well)\n{\n"
	    "	static struct script_op ops[] = {\n",
	    (int)strcspn(why, ":"), why, s->seed);
	VEC_EACH (&s->ops, op)
		if (!op->skip)
			print_op(op, out);
	fprintf(out,
	    "	};\n\n"
	    "	ends_well(&(struct script){\n"
	    "	    .seed = UINT64_C(%" PRIu64 "),\n"
	    "	    .nodes = %u,\n"
	    "	    .power = %d,\n"
	    "	    .alike = %d,\n"
	    "	    .shape = %s,\n"
	    "	    .late = 0x%x,\n"
	    "	    .ops = OPS(ops),\n"
	    "	});\n}\nEND_TEST\n",
	    s->seed, s->nodes, s->power, s->alike, shapes[s->shape], s->late);
}

bool
script_knows(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	/* Directories move, so any name can be in any of them. */
	for (size_t i = 0; i < N_PATHS; i++) {
		slash = strrchr(paths[i], '/');
		if (strcmp(slash ? slash + 1 : paths[i], name) == 0)
			return true;
	}
	return false;
}
