/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The promise, as a property: a user acts before any system call of any
 * action, calls fail, or both; whatever content he had and did not destroy
 * himself is in his tree, or is kept and reported so; and nothing that says
 * it succeeded tells a look to overlook his edit (LESSONS 5, 7, 30, 65, 68).
 */
#include "tests/daemon/apply/apply_world.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define USER "a user's byte" /* and a number: as long as NEW */
#define OUTSIDE "not of the folder"

/* ---- what is applied ------------------------------------------------------ */

struct scene {
	const char *name;
	enum plan_what what;
	char there; /* at d/f: 'f' file, 'h' one with another name as well,
		     * 'l' link, ' ' nothing */
	int kind;
	enum apply_source source;
	bool copy;
	bool no_exchange;
};

/* clang-format off */
static const struct scene scenes[] = {
	{"staged, new", PLAN_PLACE, ' ', KIND_FILE, APPLY_STAGED, 0, 0},
	{"staged, over", PLAN_PLACE, 'f', KIND_FILE, APPLY_STAGED, 0, 0},
	{"staged, copy", PLAN_PLACE, 'f', KIND_FILE, APPLY_STAGED, 1, 0},
	{"staged, link", PLAN_PLACE, 'l', KIND_FILE, APPLY_STAGED, 0, 0},
	{"staged, slow", PLAN_PLACE, 'f', KIND_FILE, APPLY_STAGED, 1, 1},
	{"kept, new", PLAN_PLACE, ' ', KIND_FILE, APPLY_KEPT, 0, 0},
	{"kept, over", PLAN_PLACE, 'f', KIND_FILE, APPLY_KEPT, 0, 0},
	{"moved, new", PLAN_PLACE, ' ', KIND_FILE, APPLY_MOVED, 0, 0},
	{"moved, over", PLAN_PLACE, 'f', KIND_FILE, APPLY_MOVED, 1, 0},
	{"link, over", PLAN_PLACE, 'f', KIND_SYMLINK, APPLY_NONE, 0, 0},
	{"touch", PLAN_TOUCH, 'f', KIND_FILE, APPLY_NONE, 0, 0},
	{"touch, part", PLAN_TOUCH, 'h', KIND_FILE, APPLY_NONE, 0, 0},
	{"touch, slow", PLAN_TOUCH, 'h', KIND_FILE, APPLY_NONE, 0, 1},
	{"dir, over", PLAN_MAKE_DIR, 'f', KIND_DIR, APPLY_NONE, 1, 0},
	{"remove", PLAN_REMOVE, 'f', KIND_NONE, APPLY_NONE, 0, 0},
	{"remove link", PLAN_REMOVE, 'l', KIND_NONE, APPLY_NONE, 0, 0},
	{"remove, copy", PLAN_REMOVE, 'f', KIND_NONE, APPLY_NONE, 1, 0},
};
/* clang-format on */
enum { SCENES = sizeof scenes / sizeof *scenes };

static void
set_scene(const struct scene *s, bool leases)
{
	world_reset();
	w.place.leases &= leases;
	user_dir("root/d");
	user_dir("root/e");
	user_file("outside/f", OUTSIDE);
	if (s->there == 'f' || s->there == 'h')
		user_file("root/d/f", s->what == PLAN_TOUCH ? NEW : OLD);
	if (s->there == 'h')
		user_hard_link("root/d/f", "gone/f");
	if (s->there == 'l')
		user_link("root/d/f", OLD);
	world_item(s->what, "d/f");
	w.it->kind = s->kind;
	if (s->source != APPLY_NONE)
		world_source(s->source, "e/g");
	if (s->kind == KIND_SYMLINK) {
		ck_assert_int_eq(buf_add(&w.it->target, SPAN_LIT(NEW)), 0);
		name_symlink(SPAN_LIT(NEW), &w.it->content);
	}
	if (s->kind == KIND_DIR)
		w.it->bits = 0755;
	if (s->copy)
		ck_assert_int_eq(buf_add(&w.it->copy, SPAN_LIT("d/c")), 0);
	w.hook.no_sync = true;
	w.hook.no_exchange = s->no_exchange;
}

/* ---- what the user does --------------------------------------------------- */

enum act {
	WRITE_IN_PLACE,
	SAVE_BY_RENAME,
	DELETE_AND_MAKE,
	MAKE_A_DIRECTORY,
	MAKE_A_LINK,
	MOVE_AWAY,
	CHMOD,
	SWAP_PARENT,
	MOVE_PARENT_OUT,
	OPEN_NOW_WRITE_LATE, /* after the job */
	WRITE_OPENED_BEFORE, /* through what was opened before the job */
	ACTS
};

struct user {
	enum act act;
	const char *at; /* below base */
	char bytes[40]; /* what he writes */
	bool wrote;
	int waits; /* O_PATH: his open is held up by a lease; else -1 */
	int fd; /* what he has open for writing; else -1 */
	char found[40]; /* what was at his place when he acted */
	char destroyed[40]; /* the content that he did away with */
};

/* What a file or link holds; empty for all else. */
static void
holds(const char *path, char out[static 40])
{
	ssize_t n = readlink(path, out, 39);
	int fd;

	if (n < 0) {
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		n = fd < 0 ? -1 : read(fd, out, 39);
		close(fd);
	}
	out[n > 0 ? n : 0] = '\0';
}

static bool
make(const char *path, const char *content)
{
	int fd = open(
	    user_path(path), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	size_t len = strlen(content);

	if (fd < 0)
		return false;
	ck_assert_int_eq(write(fd, content, len), (ssize_t)len);
	close(fd);
	return true;
}

static const char *
fd_path(int fd)
{
	static char path[2][64];
	static unsigned turn;
	char *at = path[turn++ % 2];

	snprintf(at, sizeof path[0], "/proc/self/fd/%d", fd);
	return at;
}

static void
write_open(struct user *u)
{
	size_t len = strlen(u->bytes);
	struct stat st;

	memset(u->destroyed, 0, sizeof u->destroyed);
	ck_assert_int_ge(pread(u->fd, u->destroyed, 39, 0), 0);
	ck_assert_int_eq(ftruncate(u->fd, 0), 0);
	ck_assert_int_eq(pwrite(u->fd, u->bytes, len, 0), (ssize_t)len);
	ck_assert_int_eq(fstat(u->fd, &st), 0);
	close(u->fd);
	u->fd = -1;
	/* An inode without a name holds what its user threw away. */
	u->wrote = st.st_nlink > 0;
}

/* As an editor that has the inode: a lease makes its open wait. */
static void
open_in_place(struct user *u)
{
	const char *path;
	struct stat st;

	if (u->waits < 0)
		u->waits =
		    open(user_path(u->at), O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (u->waits < 0)
		return;
	path = fd_path(u->waits);
	if (fstat(u->waits, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(u->waits);
		u->waits = -1;
		return;
	}
	u->fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (u->fd < 0)
		return;
	close(u->waits);
	u->waits = -1;
	if (u->act == WRITE_IN_PLACE)
		write_open(u);
}

static void
act_saves(struct user *u)
{
	char path[128];

	switch (u->act) {
	case SAVE_BY_RENAME:
		if (!make("root/tmp", u->bytes))
			return;
		strcpy(u->destroyed, u->found);
		u->wrote = rename(user_path("root/tmp"), user_path(u->at)) == 0;
		unlink(user_path("root/tmp"));
		return;
	case DELETE_AND_MAKE:
		strcpy(u->destroyed, u->found);
		unlink(user_path(u->at));
		u->wrote = make(u->at, u->bytes);
		return;
	case MAKE_A_DIRECTORY:
		strcpy(u->destroyed, u->found);
		unlink(user_path(u->at));
		mkdir(user_path(u->at), 0755);
		snprintf(path, sizeof path, "%s/mine", u->at);
		u->wrote = make(path, u->bytes);
		return;
	default:
		strcpy(u->destroyed, u->found);
		unlink(user_path(u->at));
		u->wrote = symlink(u->bytes, user_path(u->at)) == 0;
	}
}

/* Another user may have made a directory there: that one stays one which
 * can be looked into. */
static void
act_chmod(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0)
		(void)!chmod(path, S_ISDIR(st.st_mode) ? 0705 : 0604);
}

static void
act(void *arg)
{
	struct user *u = arg;

	/* What he does by way of the link is his own affair. */
	if (user_reads("root/d", "../outside"))
		return;
	holds(user_path(u->at), u->found);
	switch (u->act) {
	case WRITE_IN_PLACE:
	case OPEN_NOW_WRITE_LATE:
		open_in_place(u);
		return;
	case WRITE_OPENED_BEFORE:
		if (u->fd >= 0)
			write_open(u);
		return;
	case MOVE_AWAY:
		(void)!rename(user_path(u->at), user_path("root/elsewhere"));
		return;
	case CHMOD:
		act_chmod(user_path(u->at));
		return;
	case SWAP_PARENT:
		if (rename(user_path("root/d"), user_path("root/was")) == 0)
			user_link("root/d", "../outside");
		return;
	case MOVE_PARENT_OUT:
		if (rename(user_path("root/d"), user_path("gone/d")) == 0)
			user_dir("root/d");
		return;
	default:
		act_saves(u);
	}
}

static struct user
user_who(enum act a, const char *at, int number)
{
	struct user u = {.act = a, .at = at, .waits = -1, .fd = -1};

	if (a == WRITE_OPENED_BEFORE)
		u.fd = open(user_path(at), O_RDWR | O_CLOEXEC);
	snprintf(u.bytes, sizeof u.bytes, USER " %d", number);
	return u;
}

/* ---- what must hold ------------------------------------------------------- */

static const char *happening; /* for messages */

static bool
survives(const char *content)
{
	return user_finds("root", content) || user_finds("gone", content) ||
	       world_keeps(content);
}

static bool
was_destroyed(const struct user *users, size_t n, const char *content)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(users[i].destroyed, content) == 0)
			return true;
	return false;
}

/* A look that sees nothing moved must be right about the content. */
static void
no_edit_is_hidden(const struct scene *s)
{
	struct observation seen;

	if (w.it->rc < 0 || w.it->now.racy || s->kind != KIND_FILE ||
	    user_reads("root/d", "../outside"))
		return;
	seen = world_look("root/d/f");
	if (observation_unmoved(&seen, &w.it->now))
		ck_assert_msg(
		    user_reads("root/d/f", NEW), "hidden: %s", happening);
}

static bool
saves_by_name(const struct user *u)
{
	return u->act >= SAVE_BY_RENAME && u->act <= MAKE_A_LINK;
}

/* What is said of the kept and the copy is so: others will act on it. */
static void
told_truly(const struct user *users, size_t n)
{
	struct observation seen;
	struct name old;

	/* Where leases are not, one who writes later cannot be foreseen. */
	for (size_t i = 0; i < n; i++)
		if (users[i].act >= OPEN_NOW_WRITE_LATE)
			return;
	world_name(OLD, &old);
	if (w.it->kept && name_equal(&w.it->kept_content, &old))
		ck_assert_msg(world_keeps(OLD), "kept other: %s", happening);
	if (!w.it->copied || !user_has("root/d/c"))
		return;
	seen = world_look("root/d/c");
	if (!w.it->copy_now.racy && observation_unmoved(&seen, &w.it->copy_now))
		ck_assert_msg(
		    user_reads("root/d/c", OLD), "copied other: %s", happening);
}

/* The one who acted last by name finds it as he left it. */
static void
last_save_stands(const struct user *users, size_t n)
{
	const struct user *last = &users[n - 1];

	if (n == 2 && w.hook.acts[0].before > w.hook.acts[1].before)
		last = &users[0];
	if (!saves_by_name(last) || !last->wrote || w.hook.fail_at != 0)
		return;
	ck_assert_msg(user_finds(last->at, last->bytes),
	    "not where it was saved: %s (%d)", happening, w.it->rc);
}

/* What was in the directory when it left is in it. */
static void
parent_left_whole(const struct scene *s, const struct user *u)
{
	const char *now = u->act == SWAP_PARENT ? "root/was/f" : "gone/d/f";

	if (u->act != SWAP_PARENT && u->act != MOVE_PARENT_OUT)
		return;
	if (strcmp(u->found, OLD) != 0 || s->what == PLAN_TOUCH)
		return;
	ck_assert_msg(user_reads(now, OLD), "%s (%d)", happening, w.it->rc);
}

static void
nothing_is_lost(const struct scene *s, struct user *users, size_t n)
{
	no_edit_is_hidden(s);
	told_truly(users, n);
	if (n > 0)
		last_save_stands(users, n);
	if (n == 1)
		parent_left_whole(s, &users[0]);
	/* Who was held up by a lease goes on now that it is dropped. */
	for (size_t i = 0; i < n; i++) {
		if (users[i].waits >= 0)
			open_in_place(&users[i]);
		if (users[i].fd >= 0)
			write_open(&users[i]);
	}
	told_truly(users, n);
	no_edit_is_hidden(s);
	for (size_t i = 0; i < n; i++)
		if (users[i].wrote && !was_destroyed(users, n, users[i].bytes))
			ck_assert_msg(survives(users[i].bytes),
			    "user %zu lost: %s (%d)", i, happening, w.it->rc);
	if (s->there != ' ' && s->what != PLAN_TOUCH &&
	    !was_destroyed(users, n, OLD))
		ck_assert_msg(
		    survives(OLD), "old lost: %s (%d)", happening, w.it->rc);
	if ((s->source == APPLY_MOVED || s->what == PLAN_TOUCH) &&
	    !was_destroyed(users, n, NEW))
		ck_assert_msg(
		    survives(NEW), "new lost: %s (%d)", happening, w.it->rc);
	if (s->source == APPLY_KEPT && !was_destroyed(users, n, NEW))
		ck_assert_msg(survives(NEW) ||
				  user_reads("root/.tutti/quarantine/7", NEW),
		    "kept lost: %s (%d)", happening, w.it->rc);
	ck_assert_msg(user_reads("outside/f", OUTSIDE), "%s", happening);
	ck_assert_msg(user_count("outside") == 1, "%s", happening);
}

/* It may be all there is of its content: to say that it could not be placed,
 * when it was and a user took it away, is to wait for it for ever. */
static void
what_is_not_placed_is_still_kept(const struct scene *s, enum act a)
{
	if (a == SWAP_PARENT || a == MOVE_PARENT_OUT)
		return; /* it went with the directory */
	if (s->source == APPLY_KEPT && w.it->rc < 0 && !w.it->kept)
		ck_assert_msg(user_has("root/.tutti/quarantine/7"),
		    "not placed, nor kept: %s (%d)", happening, w.it->rc);
}

/* How many calls the scene takes undisturbed; checks that it goes well. */
static unsigned
count_calls(const struct scene *s, bool leases)
{
	set_scene(s, leases);
	(void)world_run();
	if (!(s->no_exchange && s->source == APPLY_MOVED))
		ck_assert_msg(w.it->rc == 0, "%s: %d", s->name, w.it->rc);
	return w.hook.calls;
}

static const char *
describe(const struct scene *s, bool leases, const char *more)
{
	static char text[256];

	snprintf(text, sizeof text, "%s, leases %d, %s", s->name, leases, more);
	return text;
}

static void
one_act(const struct scene *s, bool leases, const char *at, enum act a)
{
	unsigned calls = count_calls(s, leases);
	struct user u;
	char more[64];

	for (unsigned n = 1; n <= calls + 20; n++) {
		set_scene(s, leases);
		u = user_who(a, at, 1);
		w.hook.acts[0].before = n;
		w.hook.acts[0].cb = act;
		w.hook.acts[0].arg = &u;
		snprintf(more, sizeof more, "act %d on %s before %u", a, at, n);
		happening = describe(s, leases, more);
		(void)world_run();
		what_is_not_placed_is_still_kept(s, a);
		nothing_is_lost(s, &u, 1);
		if (n > w.hook.calls)
			break;
	}
}

START_TEST(L5_7_30_65_68_user_acts_before_any_call)
{
	const struct scene *s = &scenes[_i];

	for (int a = 0; a < ACTS; a++) {
		for (int leases = 0; leases < 2; leases++) {
			one_act(s, leases, "root/d/f", (enum act)a);
			if (s->source == APPLY_MOVED)
				one_act(s, leases, "root/e/g", (enum act)a);
		}
	}
}
END_TEST

/*
 * One makes the check after the exchange fail, another acts on what stands
 * at the path until that is undone.
 */
START_TEST(second_user_acts_before_the_undo)
{
	static const enum act seconds[] = {WRITE_IN_PLACE, SAVE_BY_RENAME,
	    DELETE_AND_MAKE, MOVE_AWAY, OPEN_NOW_WRITE_LATE};
	const struct scene *s = &scenes[_i];
	unsigned calls = count_calls(s, true);
	struct user users[2];
	char more[64];

	for (unsigned n = 2; n <= calls; n++) {
		for (unsigned v = 0; v < 5 * 8 * 2; v++) {
			set_scene(s, v % 2);
			users[0] = user_who(CHMOD, "root/d/f", 1);
			users[1] = user_who(seconds[v / 16], "root/d/f", 2);
			for (int i = 0; i < 2; i++) {
				w.hook.acts[i].cb = act;
				w.hook.acts[i].arg = &users[i];
			}
			w.hook.acts[0].before = n;
			w.hook.acts[1].before = n + v / 2 % 8;
			snprintf(more, sizeof more, "chmod %u, act %d at %u", n,
			    users[1].act, w.hook.acts[1].before);
			happening = describe(s, v % 2, more);
			(void)world_run();
			nothing_is_lost(s, users, 2);
		}
	}
}
END_TEST

/* Two users, and now and then a failing call, at places of a fixed seed. */
START_TEST(two_users_act_and_calls_fail)
{
	static const int errs[] = {-ENOSPC, -EIO, -EACCES};
	const struct scene *s = &scenes[_i];
	unsigned seed = 1 + (unsigned)_i;

	for (int round = 0; round < 600; round++) {
		bool leases = rand_r(&seed) % 2;
		struct user users[2];
		char more[128];

		set_scene(s, leases);
		for (int i = 0; i < 2; i++) {
			bool source =
			    s->source == APPLY_MOVED && rand_r(&seed) % 3 == 0;

			users[i] = user_who((enum act)(rand_r(&seed) % ACTS),
			    source ? "root/e/g" : "root/d/f", i);
			w.hook.acts[i].before = 1 + rand_r(&seed) % 40;
			w.hook.acts[i].cb = act;
			w.hook.acts[i].arg = &users[i];
		}
		if (rand_r(&seed) % 2 == 0) {
			w.hook.fail_at = 1 + rand_r(&seed) % 40;
			w.hook.fail_on = rand_r(&seed) % 2;
			w.hook.err = errs[rand_r(&seed) % 3];
		}
		snprintf(more, sizeof more, "%d at %u, %d at %u, fail %u%s",
		    users[0].act, w.hook.acts[0].before, users[1].act,
		    w.hook.acts[1].before, w.hook.fail_at,
		    w.hook.fail_on ? " on" : "");
		happening = describe(s, leases, more);
		(void)world_run();
		nothing_is_lost(s, users, 2);
	}
}
END_TEST

START_TEST(any_call_fails_and_nothing_is_lost)
{
	static const int errs[] = {-ENOSPC, -EIO, -EACCES};
	const struct scene *s = &scenes[_i];

	for (int v = 0; v < 12; v++) {
		bool leases = v % 2;
		unsigned calls = count_calls(s, leases);
		char more[64];

		for (unsigned n = 1; n <= calls + 20; n++) {
			set_scene(s, leases);
			w.hook.fail_at = n;
			w.hook.fail_on = v / 2 % 2;
			w.hook.err = errs[v / 4];
			snprintf(more, sizeof more, "call %u fails", n);
			happening = describe(s, leases, more);
			(void)world_run();
			nothing_is_lost(s, NULL, 0);
			if (n > w.hook.calls)
				break;
		}
	}
}
END_TEST

TCase *
apply_race_tcase(void)
{
	TCase *tcase = world_tcase("race");

	tcase_add_loop_test(
	    tcase, any_call_fails_and_nothing_is_lost, 0, SCENES);
	tcase_add_loop_test(
	    tcase, L5_7_30_65_68_user_acts_before_any_call, 0, SCENES);
	/* One by exchange from each source, and one by removal. */
	tcase_add_loop_test(tcase, second_user_acts_before_the_undo, 1, 2);
	tcase_add_loop_test(tcase, second_user_acts_before_the_undo, 6, 7);
	tcase_add_loop_test(tcase, second_user_acts_before_the_undo, 8, 9);
	tcase_add_loop_test(tcase, second_user_acts_before_the_undo, 12, 13);
	tcase_add_loop_test(tcase, two_users_act_and_calls_fail, 0, SCENES);
	return tcase;
}
