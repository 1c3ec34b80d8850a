/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Editors that rename and take away. Nothing is unlinked in the folder, for
 * nobody could say what it was: it is moved out, read, and then removed.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/plan/plan.h"
#include "tests/race/race.h"

enum { COPIES_FREE = 6 }; /* so many conflict copies bother nobody */

/* Whoever opened it before and gets it after us reads that it is taken. */
static uint32_t
look_at_taken(struct race_editor *e, const char *trash, const char *name)
{
	int fd = race_open(e, e->machine->trash, trash, O_RDWR);
	uint32_t number = 0;
	size_t n;

	if (fd < 0)
		race_die("%s: %s", trash, strerror(-fd));
	n = race_read(fd, e->was);
	if (n > 0)
		number = race_saw(
		    &e->race->table, span_of(e->was, n), name, e->index);
	if (ftruncate(fd, 0) != 0 || pwrite(fd, race_taken.p, race_taken.len,
					 0) != (ssize_t)race_taken.len)
		race_die("cannot write into %s: %m", trash);
	close(fd);
	unlinkat(e->machine->trash, trash, 0);
	return number;
}

uint32_t
race_take(struct race_editor *e, const char *name)
{
	struct race_event event = {.how = RACE_TAKE, .machine = e->index};
	char trash[32];

	snprintf(trash, sizeof trash, "%u-%u", e->number, e->serial++);
	if (renameat(e->machine->folder, name, e->machine->trash, trash) != 0) {
		if (errno != ENOENT)
			race_die("cannot take %s away: %m", name);
		return 0;
	}
	event.was = look_at_taken(e, trash, name);
	e->race->taken += strcmp(name, race_one) == 0;
	snprintf(event.name, sizeof event.name, "%s", name);
	race_happened(&e->race->table, &event);
	return event.was;
}

void
race_move(struct race_editor *e, const char *name)
{
	struct race_event event = {.how = RACE_MOVE, .machine = e->index};
	const char *to = race_name(e);
	int dir = e->machine->folder;

	if (strcmp(name, to) == 0)
		return;
	snprintf(event.name, sizeof event.name, "%s", name);
	snprintf(event.to, sizeof event.to, "%s", to);
	if (renameat2(dir, name, dir, to, RENAME_NOREPLACE) != 0 &&
	    renameat2(dir, name, dir, to, RENAME_EXCHANGE) != 0)
		return;
	race_happened(&e->race->table, &event);
	e->race->moves++;
}

/* ---- conflict copies ----------------------------------------------------- */

/* Goes through the conflict copies of a directory: each takes the place of
 * out with a chance of one in as many as there were. */
static unsigned
pick(struct race_editor *e, const char *dir, unsigned n, char *out)
{
	int fd =
	    openat(e->machine->folder, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct dirent *d;
	DIR *list = fd < 0 ? NULL : fdopendir(fd);

	if (list == NULL)
		race_die("cannot list %s: %m", dir);
	while ((d = readdir(list)) != NULL) {
		if (strstr(d->d_name, ".conflict-") == NULL)
			continue;
		if (race_random(&e->random, ++n) == 0)
			snprintf(out, RACE_NAME_SIZE, "%s%s%s",
			    dir[0] == '.' ? "" : dir, dir[0] == '.' ? "" : "/",
			    d->d_name);
	}
	closedir(list);
	return n;
}

/* The copy is put in its home's place, what stood there is taken away. */
static void
prefer(struct race_editor *e, const char *copy)
{
	struct race_event event = {.how = RACE_MOVE, .machine = e->index};
	int dir = e->machine->folder;
	struct buf home;

	buf_init(&home, RACE_NAME_SIZE);
	if (plan_home(span_str(copy), &home) > 0 &&
	    buf_add(&home, span_of("", 1)) == 0) {
		const char *to = (const char *)home.p;
		bool swapped =
		    renameat2(dir, copy, dir, to, RENAME_EXCHANGE) == 0;

		if (swapped ||
		    renameat2(dir, copy, dir, to, RENAME_NOREPLACE) == 0) {
			snprintf(event.name, sizeof event.name, "%.*s",
			    RACE_SHOWN_SIZE - 1, copy);
			snprintf(event.to, sizeof event.to, "%.*s",
			    RACE_SHOWN_SIZE - 1, to);
			race_happened(&e->race->table, &event);
		}
		if (swapped)
			race_take(e, copy);
	}
	buf_release(&home);
}

bool
race_settle(struct race_editor *e)
{
	char copy[RACE_NAME_SIZE] = "";
	unsigned n = pick(e, "sub", pick(e, ".", 0, copy), copy);

	if (n <= COPIES_FREE)
		return false;
	switch (race_random(&e->random, 8)) {
	case 0:
		race_rewrite(e, copy);
		break;
	case 1:
	case 2:
		prefer(e, copy);
		break;
	default:
		race_take(e, copy);
	}
	e->race->settled++;
	return true;
}
