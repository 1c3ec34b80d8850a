/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Editors that write. Each holds the file's own lock (flock) from before it
 * reads what it is about to replace until it has written: so what it saw is
 * what it replaced, wherever the daemon moves the file meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/race/race.h"

const struct span race_taken = SPAN_LIT("taken away\n");

/* An edit under way in an open file. */
struct writing {
	struct race_editor *editor;
	const char *name;
	int fd;
	enum race_how how;
	size_t was_size; /* of editor->was */
	size_t size; /* of editor->bytes */
};

void
race_pause(struct race_editor *e, uint64_t below_us)
{
	uint64_t us = race_random(&e->random, below_us + 1);

	if (us > 0)
		usleep((useconds_t)us);
}

/* Names are few, so that everybody meets; one is of large files. */
const char *
race_name(struct race_editor *e)
{
	static const char *const names[] = {"large", "one", "sub/two.txt",
	    "three.c", "sub/four", "five", "six.tar.gz", "sub/seven", "eight",
	    "nine.md", "ten", "sub/eleven", "twelve", "sub/large.bin",
	    "fourteen", "fifteen"};
	unsigned n = e->race->o.names;

	if (e->race->o.one)
		return race_one;
	if (n > sizeof names / sizeof *names)
		n = sizeof names / sizeof *names;
	return names[race_random(&e->random, n)];
}

static size_t
some_size(struct race_editor *e, const char *name)
{
	uint64_t dice = race_random(&e->random, 100);
	uint64_t most = dice < 55 ? 200 : dice < 90 ? 6000 : 60000;

	if (strstr(name, "large") != NULL)
		return (70 << 10) + race_random(&e->random, 230 << 10);
	return RACE_LEAST + race_random(&e->random, most);
}

static void
note_longest(struct race *r, int64_t ns)
{
	int64_t longest = r->longest_open_ns;

	while (ns > longest &&
	       !atomic_compare_exchange_weak(&r->longest_open_ns, &longest, ns))
		;
}

int
race_open(struct race_editor *e, int dir, const char *name, int flags)
{
	int64_t began = race_now_ns();
	int fd = openat(dir, name, flags | O_CLOEXEC, 0644);
	int rc = fd < 0 ? -errno : 0;

	note_longest(e->race, race_now_ns() - began);
	while (rc == 0 && flock(fd, LOCK_EX) != 0)
		if (errno != EINTR)
			race_die("flock %s: %m", name);
	return rc < 0 ? rc : fd;
}

size_t
race_read(int fd, uint8_t *bytes)
{
	size_t n = 0;

	for (;;) {
		ssize_t got = pread(fd, bytes + n, RACE_BYTES - n, (off_t)n);

		if (got < 0)
			race_die("read: %m");
		if (got == 0)
			return n;
		n += (size_t)got;
		if (n == RACE_BYTES)
			race_die("a file is larger than any edit");
	}
}

/* ---- ways of writing ----------------------------------------------------- */

static void
put(int fd, const uint8_t *bytes, size_t size, size_t at)
{
	while (size > 0) {
		ssize_t n = pwrite(fd, bytes, size, (off_t)at);

		if (n < 0)
			race_die("write: %m");
		bytes += n;
		at += (size_t)n;
		size -= (size_t)n;
	}
}

static void
cut(int fd, size_t size)
{
	if (ftruncate(fd, (off_t)size) != 0)
		race_die("truncate: %m");
}

static void
put_pieces(struct writing *w)
{
	struct race_editor *e = w->editor;
	uint64_t pause = e->race->o.pause_us;
	size_t at = 0;

	cut(w->fd, 0);
	/* Now and then longer than the daemon waits to look again; without
	 * leases it cannot know that this goes on. */
	if (race_random(&e->random, 200) == 0 && !e->race->o.no_leases)
		pause = 1200000;
	while (at < w->size) {
		size_t n = 1 + race_random(&e->random, w->size);

		n = n > w->size - at ? w->size - at : n;
		race_pause(e, pause);
		put(w->fd, e->bytes + at, n, at);
		at += n;
	}
	race_pause(e, pause / 4);
}

/* The mapping keeps the file open for writing, and locked, when its
 * descriptor is closed. */
static void
put_mapped(struct writing *w)
{
	struct race_editor *e = w->editor;
	uint8_t *map;

	if (w->how == RACE_MAP_NEW)
		cut(w->fd, w->size);
	map = mmap(NULL, w->size, PROT_READ | PROT_WRITE, MAP_SHARED, w->fd, 0);
	if (map == MAP_FAILED)
		race_die("mmap: %m");
	if (race_random(&e->random, 2) == 0) {
		close(w->fd);
		w->fd = -1;
	}
	race_pause(e, e->race->o.pause_us / 8);
	memcpy(map, e->bytes, w->size);
	if (race_random(&e->random, 2) == 0 &&
	    msync(map, w->size, MS_SYNC) != 0)
		race_die("msync: %m");
	race_pause(e, e->race->o.pause_us / 8);
	munmap(map, w->size);
}

static void
put_bytes(struct writing *w)
{
	const struct race_editor *e = w->editor;

	switch (w->how) {
	case RACE_PIECES:
		put_pieces(w);
		break;
	case RACE_APPEND:
		put(w->fd, e->bytes + w->was_size, w->size - w->was_size,
		    w->was_size);
		break;
	case RACE_PATCH:
		put(w->fd, e->bytes, w->size, 0);
		break;
	case RACE_MAP:
	case RACE_MAP_NEW:
		put_mapped(w);
		break;
	default:
		cut(w->fd, 0);
		put(w->fd, e->bytes, w->size, 0);
	}
}

/* ---- one edit ------------------------------------------------------------ */

/* What the file is to hold, made of what it holds. */
static void
compose(struct writing *w, uint32_t number)
{
	struct race_editor *e = w->editor;
	uint64_t seed = e->race->round_seed;
	size_t n;

	if (w->was_size > RACE_BYTES / 2 && w->how == RACE_APPEND)
		w->how = RACE_REWRITE;
	switch (w->how) {
	case RACE_APPEND:
		n = RACE_LEAST + race_random(&e->random, 400);
		memcpy(e->bytes, e->was, w->was_size);
		race_fill(seed, number, e->bytes + w->was_size, n);
		w->size = w->was_size + n;
		break;
	case RACE_PATCH:
	case RACE_MAP:
		w->size = w->was_size;
		memcpy(e->bytes, e->was, w->size);
		n = race_random(&e->random, w->size - RACE_LEAST + 1);
		race_fill(seed, number, e->bytes + n, RACE_LEAST);
		break;
	default:
		w->size = some_size(e, w->name);
		race_fill(seed, number, e->bytes, w->size);
	}
}

/* The edit's bytes are in place: nobody else may have written there. */
static void
check_written(struct writing *w, uint32_t number)
{
	struct race_editor *e = w->editor;
	size_t n;

	if (w->fd < 0 || race_random(&e->random, 8) != 0)
		return;
	n = race_read(w->fd, e->was);
	if (n != w->size || memcmp(e->was, e->bytes, n) != 0)
		race_wrong(&e->race->table,
		    "%s:%s: somebody wrote into edit %u while it was locked",
		    e->machine->name, w->name, number);
}

static void
edit(struct writing *w)
{
	struct race_editor *e = w->editor;
	struct race_table *t = &e->race->table;
	struct race_event event = {.how = (uint8_t)w->how, .machine = e->index};
	uint32_t number = race_number(t);

	compose(w, number);
	race_made(t, number, span_of(e->bytes, w->size));
	event.how = (uint8_t)w->how;
	event.number = number;
	if (w->was_size > 0)
		event.was = race_saw(
		    t, span_of(e->was, w->was_size), w->name, e->index);
	snprintf(event.name, sizeof event.name, "%s", w->name);
	put_bytes(w);
	race_happened(t, &event);
	check_written(w, number);
	e->race->left--;
}

/* Is it one that another editor took out of the folder before we had it? */
static bool
is_taken(const struct race_editor *e, size_t size)
{
	return size == race_taken.len &&
	       memcmp(e->was, race_taken.p, size) == 0;
}

static void
create(struct race_editor *e, const char *name)
{
	struct writing w = {.editor = e, .name = name, .how = RACE_CREATE};

	w.fd =
	    race_open(e, e->machine->folder, name, O_RDWR | O_CREAT | O_EXCL);
	if (w.fd < 0)
		return;
	if (race_read(w.fd, e->was) == 0)
		edit(&w);
	if (w.fd >= 0)
		close(w.fd);
}

/* As a program does that has a file open for reading and then opens that very
 * file for writing, wherever it lies by then. */
static int
reopen(struct race_editor *e, const char *name)
{
	int fd =
	    openat(e->machine->folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char path[40];
	int rc;

	if (fd < 0)
		return -errno;
	race_pause(e, 4 * e->race->o.pause_us);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	rc = race_open(e, AT_FDCWD, path, O_RDWR);
	close(fd);
	return rc;
}

void
race_rewrite(struct race_editor *e, const char *name)
{
	struct writing w = {.editor = e, .name = name};

	w.how = RACE_REWRITE +
		race_random(&e->random, RACE_MAP_NEW + 1 - RACE_REWRITE);
	if (!e->race->o.one && race_random(&e->random, 16) == 0)
		w.fd = reopen(e, name);
	else
		w.fd =
		    race_open(e, e->machine->folder, name, O_RDWR | O_NOFOLLOW);
	if (w.fd == -ENOENT)
		create(e, name);
	if (w.fd < 0)
		return;
	w.was_size = race_read(w.fd, e->was);
	/* An empty one is about to be written by who made it. */
	if (w.was_size > 0 && !is_taken(e, w.was_size))
		edit(&w);
	if (w.fd >= 0)
		close(w.fd);
}

/* ---- saved beside it ----------------------------------------------------- */

/* The name beside it; every other one is of those that are ignored. */
static void
name_beside(struct race_editor *e, const char *name, char *out)
{
	const char *last = strrchr(name, '/');
	int dir = last == NULL ? 0 : (int)(last + 1 - name);

	if (race_random(&e->random, 2) == 0)
		snprintf(out, RACE_NAME_SIZE, "%.*s.%s-%u-%u.swp", dir, name,
		    name + dir, e->number, e->serial++);
	else
		snprintf(out, RACE_NAME_SIZE, "%s.new-%s-%u-%u", name,
		    e->machine->name, e->number, e->serial++);
}

static void
write_beside(struct race_editor *e, const char *beside, size_t size)
{
	int fd =
	    race_open(e, e->machine->folder, beside, O_RDWR | O_CREAT | O_EXCL);

	if (fd < 0)
		race_die("%s: %s", beside, strerror(-fd));
	put(fd, e->bytes, size, 0);
	if (race_random(&e->random, 4) == 0)
		fsync(fd);
	close(fd);
}

/* Gives it the name: 1: what stood there is under the name beside now. */
static int
exchange(struct race_editor *e, const char *beside, const char *name)
{
	int dir = e->machine->folder;

	for (;;) {
		if (renameat2(dir, beside, dir, name, RENAME_EXCHANGE) == 0)
			return 1;
		if (errno == ENOENT &&
		    renameat2(dir, beside, dir, name, RENAME_NOREPLACE) == 0)
			return 0;
		if (errno != EEXIST)
			return -errno;
	}
}

static void
save(struct race_editor *e, const char *name)
{
	struct race_table *t = &e->race->table;
	struct race_event event = {.how = RACE_SAVE, .machine = e->index};
	size_t size = some_size(e, name);
	char beside[RACE_NAME_SIZE];
	int rc;

	event.number = race_number(t);
	race_fill(e->race->round_seed, event.number, e->bytes, size);
	race_made(t, event.number, span_of(e->bytes, size));
	name_beside(e, name, beside);
	write_beside(e, beside, size);
	race_pause(e, e->race->o.pause_us / 8);
	rc = exchange(e, beside, name);
	if (rc == 1)
		event.was = race_take(e, beside);
	if (rc < 0)
		race_wrong(t, "%s:%s was taken away before it was saved: %s",
		    e->machine->name, beside, strerror(-rc));
	snprintf(event.name, sizeof event.name, "%s", name);
	race_happened(t, &event);
	e->race->left--;
}

/* ---- a round ------------------------------------------------------------- */

static void
recreate(struct race_editor *e, const char *name)
{
	race_take(e, name);
	race_pause(e, e->race->o.pause_us / 8);
	create(e, name);
}

/* Whoever opens one that he had open already, or moves it about, shows again
 * what was replaced: not where that is judged. */
static void
act_on_one(struct race_editor *e)
{
	uint64_t dice = race_random(&e->random, 100);

	if (dice < 60)
		race_rewrite(e, race_one);
	else if (dice < 90 || e->race->round_seed % 2 == 0)
		save(e, race_one);
	else if (dice < 97)
		recreate(e, race_one);
	else
		race_take(e, race_one);
}

static void
act(struct race_editor *e)
{
	const char *name = race_name(e);
	uint64_t dice = race_random(&e->random, 100);

	if (dice < 20 && race_settle(e))
		return;
	if (dice < 60)
		race_rewrite(e, name);
	else if (dice < 83)
		save(e, name);
	else if (dice < 90)
		recreate(e, name);
	else if (dice < 93)
		race_take(e, name);
	else
		race_move(e, name);
}

void *
race_edit_run(void *arg)
{
	struct race_editor *e = arg;

	while (e->race->left > 0) {
		if (e->race->o.one)
			act_on_one(e);
		else
			act(e);
		race_pause(e, e->race->o.pause_us);
	}
	return NULL;
}
