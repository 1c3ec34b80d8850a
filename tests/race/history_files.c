/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/race/history.h"

enum { FILE_MAX = 64 << 10, NS_PER_S = 1000 * 1000 * 1000 };

static int
dir_of(void *arg)
{
	return ((const struct race_machine *)arg)->folder;
}

static int
done(int rc)
{
	return rc < 0 ? -errno : 0;
}

/* ---- looking ------------------------------------------------------------- */

/* What a file holds; false: it is not there any more, or too large. */
static bool
name_file_at(int dir, const char *path, struct name *out)
{
	static uint8_t bytes[FILE_MAX];
	int fd = openat(dir, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, bytes, sizeof bytes);
	close(fd);
	if (n < 0)
		return false;
	causal_name(span_of(bytes, (size_t)n), out);
	return true;
}

static bool
name_link_at(int dir, const char *path, struct name *out)
{
	uint8_t text[PATH_MAX];
	ssize_t n = readlinkat(dir, path, (char *)text, sizeof text);

	if (n < 0)
		return false;
	name_symlink(span_of(text, (size_t)n), out);
	return true;
}

static int
kind_of(mode_t mode)
{
	return S_ISREG(mode)   ? KIND_FILE
	       : S_ISDIR(mode) ? KIND_DIR
	       : S_ISLNK(mode) ? KIND_SYMLINK
			       : KIND_NONE;
}

static void
state(void *arg, const char *path, struct causal_state *out)
{
	struct causal_state s = {0};
	struct stat st;
	bool there = true;

	*out = s;
	if (fstatat(dir_of(arg), path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	s.kind = kind_of(st.st_mode);
	s.bits = st.st_mode & 0777;
	s.mtime_ns = st.st_mtim.tv_sec * (int64_t)NS_PER_S + st.st_mtim.tv_nsec;
	if (s.kind == KIND_FILE)
		there = name_file_at(dir_of(arg), path, &s.content);
	else if (s.kind == KIND_SYMLINK)
		there = name_link_at(dir_of(arg), path, &s.content);
	else
		name_dir(&s.content);
	if (there)
		*out = s;
}

/* What is there lest much taken away be a mass delete is left out. */
static bool
is_left_out(const char *dir, const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
	       (*dir == '\0' && strcmp(name, RACE_BALLAST) == 0);
}

static int
list(void *arg, const char *path, causal_path_cb *cb, void *cb_arg)
{
	int fd = openat(dir_of(arg), *path ? path : ".",
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	const struct dirent *d;
	DIR *names;

	if (fd < 0)
		return -errno;
	names = fdopendir(fd);
	if (names == NULL)
		race_die("cannot list %s", path);
	while ((d = readdir(names)) != NULL)
		if (!is_left_out(path, d->d_name))
			cb(cb_arg, d->d_name);
	closedir(names);
	return 0;
}

/* ---- changing ------------------------------------------------------------ */

static int
write_file(void *arg, const char *path, struct span bytes, bool append)
{
	int fd = openat(dir_of(arg), path,
	    O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC |
		(append ? O_APPEND : O_TRUNC),
	    0644);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, bytes.p, bytes.len);
	if (n < 0 || (size_t)n != bytes.len)
		race_die("cannot write %s: %m", path);
	close(fd);
	return 0;
}

static int
make_dir(void *arg, const char *path)
{
	return done(mkdirat(dir_of(arg), path, 0755));
}

static int
remove_dir(void *arg, const char *path)
{
	return done(unlinkat(dir_of(arg), path, AT_REMOVEDIR));
}

static int
remove_file(void *arg, const char *path)
{
	return done(unlinkat(dir_of(arg), path, 0));
}

static int
move(void *arg, const char *from, const char *to)
{
	return done(renameat(dir_of(arg), from, dir_of(arg), to));
}

static int
make_link(void *arg, const char *target, const char *path)
{
	return done(symlinkat(target, dir_of(arg), path));
}

/* A directory stays open to its owner. */
static int
change_bits(void *arg, const char *path, int bits)
{
	struct stat st;

	if (fstatat(dir_of(arg), path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return -EINVAL;
	if (S_ISDIR(st.st_mode))
		bits |= 0700;
	return done(fchmodat(dir_of(arg), path, (mode_t)bits, 0));
}

static int
touch(void *arg, const char *path, int64_t mtime_ns)
{
	const struct timespec times[] = {{.tv_nsec = UTIME_OMIT},
	    {.tv_sec = mtime_ns / NS_PER_S, .tv_nsec = mtime_ns % NS_PER_S}};

	return done(utimensat(dir_of(arg), path, times, AT_SYMLINK_NOFOLLOW));
}

static int64_t
now(void *arg)
{
	struct timespec t;

	(void)arg;
	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * (int64_t)NS_PER_S + t.tv_nsec;
}

struct causal_files
history_files(const struct race_machine *m)
{
	return (struct causal_files){.arg = (void *)(uintptr_t)m,
	    .state = state,
	    .list = list,
	    .write = write_file,
	    .mkdir = make_dir,
	    .rmdir = remove_dir,
	    .unlink = remove_file,
	    .rename = move,
	    .symlink = make_link,
	    .chmod = change_bits,
	    .touch = touch,
	    .now = now};
}
