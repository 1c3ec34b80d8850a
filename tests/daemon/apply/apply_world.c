/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/apply/apply_world.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/chunk/chunk.h"
#include "daemon/host/host_uv.h"
#include "daemon/scan/scan.h"

struct world w;

/* ---- the fixture ---------------------------------------------------------- */

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	return ftw->level == 0 ? 0 : remove(path);
}

static void
close_folder(void)
{
	apply_job_release(&w.job);
	w.it = NULL;
	if (w.root >= 0) {
		w.place.host = w.real;
		apply_close(&w.place);
		host_close(w.real, w.root);
	}
	w.root = -1;
}

void
world_reset(void)
{
	close_folder();
	nftw(w.base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	user_dir("root");
	user_dir("outside");
	user_dir("gone");
	ck_assert_int_eq(
	    host_open_root(w.real, user_path("root"), 0, &w.root), 0);
	hook_init(&w.hook, w.real);
	w.hook.no_sync = true; /* once for each of thousands of worlds */
	ck_assert_int_eq(apply_open(&w.hook.host, w.root, &w.place), 0);
	hook_init(&w.hook, w.real);
	w.place.host = &w.hook.host;
}

static void
set_up(void)
{
	const char *tmp = getenv("TMPDIR");

	/* Thousands of small worlds: in memory if nobody says otherwise. */
	if (tmp == NULL || strlen(tmp) > 40)
		tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	snprintf(w.base, sizeof w.base, "%s/tutti-apply-XXXXXX", tmp);
	ck_assert_ptr_nonnull(mkdtemp(w.base));
	ck_assert_int_eq(host_uv_new(&w.real), 0);
	w.root = -1;
	world_reset();
}

static void
tear_down(void)
{
	close_folder();
	host_uv_free(w.real);
	nftw(w.base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	rmdir(w.base);
}

TCase *
world_tcase(const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_set_timeout(tcase, 60);
	return tcase;
}

/* ---- a user --------------------------------------------------------------- */

const char *
user_path(const char *path)
{
	static char text[4][512];
	static unsigned turn;
	char *at = text[turn++ % 4];

	snprintf(at, sizeof text[0], "%s/%s", w.base, path);
	return at;
}

void
user_meta(const char *path, int bits, int64_t mtime_ns)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT},
	    {mtime_ns / 1000000000, mtime_ns % 1000000000}};

	ck_assert_int_eq(chmod(user_path(path), (mode_t)bits), 0);
	ck_assert_int_eq(utimensat(AT_FDCWD, user_path(path), times, 0), 0);
}

void
user_file(const char *path, const char *content)
{
	int fd = open(
	    user_path(path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	size_t len = strlen(content);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, content, len), (ssize_t)len);
	close(fd);
	user_meta(path, OLD_BITS, OLD_NS);
}

void
user_dir(const char *path)
{
	ck_assert_int_eq(mkdir(user_path(path), 0755), 0);
}

void
user_link(const char *path, const char *target)
{
	ck_assert_int_eq(symlink(target, user_path(path)), 0);
}

void
user_hard_link(const char *path, const char *other)
{
	(void)!unlink(user_path(other));
	ck_assert_int_eq(link(user_path(path), user_path(other)), 0);
}

bool
user_has(const char *path)
{
	struct stat st;

	return lstat(user_path(path), &st) == 0;
}

bool
user_reads(const char *path, const char *content)
{
	size_t len = strlen(content);
	char got[256];
	ssize_t n = readlink(user_path(path), got, sizeof got);
	int fd;

	if (n < 0) {
		fd = open(user_path(path), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (fd < 0)
			return false;
		n = read(fd, got, sizeof got);
		close(fd);
	}
	return n == (ssize_t)len && memcmp(got, content, len) == 0;
}

static const char *looking_for;

static int
find_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	if (type == FTW_D)
		return strcmp(path + ftw->base, ".tutti") == 0
			   ? FTW_SKIP_SUBTREE
			   : FTW_CONTINUE;
	return user_reads(path + strlen(w.base) + 1, looking_for)
		   ? FTW_STOP
		   : FTW_CONTINUE;
}

bool
user_finds(const char *path, const char *content)
{
	looking_for = content;
	return nftw(user_path(path), find_one, 16,
		   FTW_PHYS | FTW_ACTIONRETVAL) == FTW_STOP;
}

size_t
user_count(const char *path)
{
	DIR *dir = opendir(user_path(path));
	size_t n = 0;

	ck_assert_ptr_nonnull(dir);
	for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir))
		n += e->d_name[0] != '.';
	closedir(dir);
	return n;
}

/* ---- items ---------------------------------------------------------------- */

void
world_name(const char *content, struct name *out)
{
	struct chunk_list list;

	chunks_init(&list);
	ck_assert_int_eq(chunk_all(span_str(content), &list, out), 0);
	chunks_release(&list);
}

static void
name_of_path(const char *path, int kind, struct name *out)
{
	char got[256];
	ssize_t n;

	if (kind == KIND_DIR) {
		name_dir(out);
	} else if (kind == KIND_SYMLINK) {
		n = readlink(user_path(path), got, sizeof got);
		name_symlink(span_of(got, (size_t)n), out);
	} else if (user_reads(path, OLD)) {
		world_name(OLD, out);
	} else {
		world_name(NEW, out);
	}
}

struct observation
world_look(const char *path)
{
	struct observation seen = {.kind = KIND_NONE};
	struct host_stat st;
	int dir = -1;
	const char *name = strrchr(path, '/') + 1;
	char parent[256];

	snprintf(parent, sizeof parent, "%.*s", (int)(name - path - 1), path);
	ck_assert_int_eq(host_open_root(w.real, user_path(parent), 0, &dir), 0);
	if (host_stat_at(w.real, dir, name, &st) == 0) {
		scan_observe(&st, host_now_ns(w.real), &seen);
		name_of_path(path, seen.kind, &seen.content);
	}
	host_close(w.real, dir);
	seen.racy = false;
	return seen;
}

struct apply_item *
world_item(enum plan_what what, const char *path)
{
	char whole[256];
	struct apply_item it;

	apply_item_init(&it);
	it.what = what;
	it.kind = KIND_FILE;
	it.bits = NEW_BITS;
	it.mtime_ns = NEW_NS;
	it.size = strlen(NEW);
	it.kept_id = KEPT_ID;
	it.from_id = FROM_ID;
	snprintf(whole, sizeof whole, "root/%s", path);
	apply_job_release(&w.job);
	w.job.place = w.place;
	world_name(NEW, &it.content);
	it.expect = world_look(whole);
	ck_assert_int_eq(buf_add(&it.path, span_str(path)), 0);
	ck_assert_int_eq(VEC_PUSH(&w.job.items, it), 0);
	w.it = w.job.items.items;
	return w.it;
}

void
world_source(enum apply_source source, const char *from)
{
	char whole[256];

	w.it->source = source;
	w.it->id = SOURCE_ID;
	if (source == APPLY_STAGED) {
		user_file("root/.tutti/stage/7", NEW);
		user_meta("root/.tutti/stage/7", NEW_BITS, NEW_NS);
	} else if (source == APPLY_KEPT) {
		user_file("root/.tutti/quarantine/7", NEW);
	} else {
		snprintf(whole, sizeof whole, "root/%s", from);
		user_file(whole, NEW);
		w.it->from_expect = world_look(whole);
		ck_assert_int_eq(buf_add(&w.it->from, span_str(from)), 0);
	}
}

int
world_run(void)
{
	int before = w.hook.fds;

	w.job.place = w.place;
	apply_run(&w.job);
	ck_assert_int_eq(w.hook.fds, before);
	return w.it->rc;
}

int
world_stage(struct stage_item *it)
{
	struct stage_job job = {.place = w.place};
	int before = w.hook.fds;
	int rc;

	ck_assert_int_eq(VEC_PUSH(&job.items, *it), 0);
	stage_run(&job);
	ck_assert_int_eq(w.hook.fds, before);
	rc = job.items.items[0].rc;
	stage_job_release(&job);
	return rc;
}

bool
world_keeps(const char *content)
{
	return (w.it->kept &&
		   user_finds("root/.tutti/quarantine/8", content)) ||
	       (w.it->from_kept &&
		   user_finds("root/.tutti/quarantine/9", content));
}
