/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/host/host_refuse.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <uv.h>

const struct statfs *refuse_fs;

enum { CALLS = 4 };

static struct told {
	const char *call; /* NULL: none */
	int err;
	long left; /* that succeed */
	bool on, refused;
} told[CALLS];

static struct told *
find(const char *call)
{
	for (int i = 0; i < CALLS; i++)
		if (told[i].call != NULL && strcmp(call, told[i].call) == 0)
			return &told[i];
	return NULL;
}

void
refuse(const char *call, int err, long after, bool on)
{
	struct told *t = find(call);

	for (int i = 0; t == NULL && i < CALLS; i++)
		if (told[i].call == NULL)
			t = &told[i];
	if (t == NULL)
		abort();
	*t = (struct told){.call = call, .err = err, .left = after, .on = on};
}

bool
refuse_end(void)
{
	bool all = true;

	for (int i = 0; i < CALLS; i++) {
		all = all && (told[i].call == NULL || told[i].refused);
		told[i].call = NULL;
	}
	return all;
}

static struct {
	const char *call;
	long left;
	void (*deed)(void);
} meanwhile;

void
refuse_meanwhile(const char *call, long after, void (*deed)(void))
{
	meanwhile.call = call;
	meanwhile.left = after;
	meanwhile.deed = deed;
}

static void
let_happen(const char *call)
{
	void (*deed)(void) = meanwhile.deed;

	if (deed == NULL || strcmp(call, meanwhile.call) != 0 ||
	    meanwhile.left-- > 0)
		return;
	meanwhile.deed = NULL;
	deed();
}

/* Has this call to be refused? *out_err is what it is to say. */
static bool
refused(const char *call, int *out_err)
{
	struct told *t = find(call);

	let_happen(call);
	if (t == NULL || (t->refused && !t->on) || t->left-- > 0)
		return false;
	t->refused = true;
	t->left = 0;
	*out_err = t->err;
	return true;
}

/* The same of one that says why in errno. */
static bool
refused_by_errno(const char *call)
{
	int err;

	if (!refused(call, &err))
		return false;
	errno = err;
	return true;
}

/* clang-format off */

/* One that says -1 and why in errno. */
#define CALL(type, name, params, args) \
	type __real_##name params; \
	type __wrap_##name params; \
	type __wrap_##name params \
	{ \
		if (refused_by_errno(#name)) \
			return errno == 0 ? 0 : (type)-1; \
		return __real_##name args; \
	}

/* One that says why itself: by a positive number, or by a negative one. */
#define CALL_SAYS(type, name, sign, params, args) \
	type __real_##name params; \
	type __wrap_##name params; \
	type __wrap_##name params \
	{ \
		int err; \
		if (refused(#name, &err)) \
			return (type)(sign err); \
		return __real_##name args; \
	}

/* One that takes one more when it likes to. */
#define CALL_MORE(name, real, params, last, args) \
	int __real_##real params; \
	int __wrap_##real params; \
	int __wrap_##real params \
	{ \
		va_list list; \
		long more; \
		if (refused_by_errno(#name)) \
			return -1; \
		va_start(list, last); \
		more = va_arg(list, long); \
		va_end(list); \
		return __real_##real args; \
	}

/* ---- files --------------------------------------------------------------- */

CALL_MORE(open, open, (const char *path, int flags, ...), flags,
    (path, flags, more))
CALL_MORE(openat, openat, (int dir, const char *name, int flags, ...), flags,
    (dir, name, flags, more))
CALL_MORE(fcntl, fcntl, (int fd, int what, ...), what, (fd, what, more))
CALL_MORE(ioctl, ioctl, (int fd, unsigned long what, ...), what,
    (fd, what, more))
CALL(int, fstat, (int fd, struct stat *st), (fd, st))
CALL(int, fstatat, (int dir, const char *name, struct stat *st, int flags),
    (dir, name, st, flags))
CALL(ssize_t, read, (int fd, void *p, size_t n), (fd, p, n))
CALL(ssize_t, write, (int fd, const void *p, size_t n), (fd, p, n))
CALL(ssize_t, pread, (int fd, void *p, size_t n, off_t at), (fd, p, n, at))
CALL(ssize_t, pwrite, (int fd, const void *p, size_t n, off_t at),
    (fd, p, n, at))
CALL(off_t, lseek, (int fd, off_t at, int how), (fd, at, how))
CALL(int, ftruncate, (int fd, off_t size), (fd, size))
CALL(int, fsync, (int fd), (fd))
CALL(int, syncfs, (int fd), (fd))
CALL(int, flock, (int fd, int how), (fd, how))
CALL(int, fchmod, (int fd, mode_t mode), (fd, mode))
CALL(int, fchown, (int fd, uid_t user, gid_t group), (fd, user, group))
CALL(int, futimens, (int fd, const struct timespec *t), (fd, t))
CALL(ssize_t, copy_file_range,
    (int from, off_t *a, int to, off_t *b, size_t n, unsigned flags),
    (from, a, to, b, n, flags))

/* ---- names --------------------------------------------------------------- */

CALL(int, access, (const char *path, int how), (path, how))
CALL(int, mkdir, (const char *path, mode_t mode), (path, mode))
CALL(int, mkdirat, (int dir, const char *name, mode_t mode), (dir, name, mode))
CALL(int, fchmodat, (int dir, const char *name, mode_t mode, int flags),
    (dir, name, mode, flags))
CALL(int, unlinkat, (int dir, const char *name, int flags), (dir, name, flags))
CALL(int, linkat, (int a, const char *from, int b, const char *to, int flags),
    (a, from, b, to, flags))
CALL(int, renameat, (int a, const char *from, int b, const char *to),
    (a, from, b, to))
CALL(int, symlinkat, (const char *text, int dir, const char *name),
    (text, dir, name))
CALL(ssize_t, readlinkat, (int dir, const char *name, char *p, size_t n),
    (dir, name, p, n))
CALL(int, utimensat,
    (int dir, const char *name, const struct timespec *t, int flags),
    (dir, name, t, flags))
CALL(ssize_t, getdents64, (int fd, void *p, size_t n), (fd, p, n))

/* ---- metadata and machine ------------------------------------------------ */

CALL(int, fsetxattr,
    (int fd, const char *name, const void *p, size_t n, int flags),
    (fd, name, p, n, flags))
CALL(int, fremovexattr, (int fd, const char *name), (fd, name))
CALL(ssize_t, getrandom, (void *p, size_t n, unsigned flags), (p, n, flags))
CALL_SAYS(int, getpwuid_r, , (uid_t id, struct passwd *pw, char *p, size_t n,
    struct passwd **out), (id, pw, p, n, out))
CALL_SAYS(int, getpwnam_r, , (const char *name, struct passwd *pw, char *p,
    size_t n, struct passwd **out), (name, pw, p, n, out))
CALL_SAYS(int, getgrgid_r, , (gid_t id, struct group *gr, char *p, size_t n,
    struct group **out), (id, gr, p, n, out))
CALL_SAYS(int, getgrnam_r, , (const char *name, struct group *gr, char *p,
    size_t n, struct group **out), (name, gr, p, n, out))

/* ---- sockets and events -------------------------------------------------- */

CALL(int, socket, (int domain, int type, int protocol),
    (domain, type, protocol))
CALL(int, bind, (int fd, const struct sockaddr *to, socklen_t n), (fd, to, n))
CALL(int, connect, (int fd, const struct sockaddr *to, socklen_t n),
    (fd, to, n))
CALL(int, listen, (int fd, int n), (fd, n))
CALL(int, inotify_init1, (int flags), (flags))
CALL(int, inotify_add_watch, (int fd, const char *path, uint32_t mask),
    (fd, path, mask))

/* ---- libuv --------------------------------------------------------------- */

CALL_SAYS(unsigned, uv_available_parallelism, , (void), ())
CALL_SAYS(int, uv_loop_init, -, (uv_loop_t *loop), (loop))
CALL_SAYS(int, uv_mutex_init, -, (uv_mutex_t *mutex), (mutex))
CALL_SAYS(int, uv_cond_init, -, (uv_cond_t *cond), (cond))
CALL_SAYS(int, uv_thread_create, -,
    (uv_thread_t *out, uv_thread_cb cb, void *arg), (out, cb, arg))
CALL_SAYS(int, uv_async_init, -,
    (uv_loop_t *loop, uv_async_t *async, uv_async_cb cb), (loop, async, cb))
CALL_SAYS(int, uv_signal_init, -, (uv_loop_t *loop, uv_signal_t *s), (loop, s))
CALL_SAYS(int, uv_signal_start, -, (uv_signal_t *s, uv_signal_cb cb, int n),
    (s, cb, n))
CALL_SAYS(int, uv_poll_init, -, (uv_loop_t *loop, uv_poll_t *p, int fd),
    (loop, p, fd))
CALL_SAYS(int, uv_poll_start, -, (uv_poll_t *p, int events, uv_poll_cb cb),
    (p, events, cb))
CALL_SAYS(int, uv_tcp_init, -, (uv_loop_t *loop, uv_tcp_t *tcp), (loop, tcp))
CALL_SAYS(int, uv_tcp_bind, -,
    (uv_tcp_t *tcp, const struct sockaddr *to, unsigned flags),
    (tcp, to, flags))
CALL_SAYS(int, uv_listen, -, (uv_stream_t *s, int n, uv_connection_cb cb),
    (s, n, cb))
CALL_SAYS(int, uv_tcp_connect, -, (uv_connect_t *req, uv_tcp_t *tcp,
    const struct sockaddr *to, uv_connect_cb cb), (req, tcp, to, cb))
CALL_SAYS(int, uv_tcp_getpeername, -,
    (const uv_tcp_t *tcp, struct sockaddr *out, int *len), (tcp, out, len))
CALL_SAYS(int, uv_tcp_getsockname, -,
    (const uv_tcp_t *tcp, struct sockaddr *out, int *len), (tcp, out, len))
CALL_SAYS(int, uv_getaddrinfo, -, (uv_loop_t *loop, uv_getaddrinfo_t *req,
    uv_getaddrinfo_cb cb, const char *name, const char *service,
    const struct addrinfo *hints), (loop, req, cb, name, service, hints))
CALL_SAYS(int, uv_write, -, (uv_write_t *req, uv_stream_t *s,
    const uv_buf_t *bufs, unsigned n, uv_write_cb cb), (req, s, bufs, n, cb))

/* clang-format on */

/* ---- those that are not like others -------------------------------------- */

int __real_fstatfs(int fd, struct statfs *out);
int __wrap_fstatfs(int fd, struct statfs *out);
ssize_t __real_fgetxattr(int fd, const char *name, void *p, size_t n);
ssize_t __wrap_fgetxattr(int fd, const char *name, void *p, size_t n);
ssize_t __real_flistxattr(int fd, char *p, size_t n);
ssize_t __wrap_flistxattr(int fd, char *p, size_t n);
int __real___openat_2(int dir, const char *name, int flags);
int __wrap___openat_2(int dir, const char *name, int flags);
long __real_syscall(long n, ...);
long __wrap_syscall(long n, ...);

int
__wrap_fstatfs(int fd, struct statfs *out)
{
	int rc = refused_by_errno("fstatfs") ? -1 : __real_fstatfs(fd, out);

	if (rc == 0 && refuse_fs != NULL)
		*out = *refuse_fs;
	return rc;
}

ssize_t
__wrap_fgetxattr(int fd, const char *name, void *p, size_t n)
{
	return refused_by_errno(n > 0 ? "fgetxattr+" : "fgetxattr")
		   ? -1
		   : __real_fgetxattr(fd, name, p, n);
}

ssize_t
__wrap_flistxattr(int fd, char *p, size_t n)
{
	return refused_by_errno(n > 0 ? "flistxattr+" : "flistxattr")
		   ? -1
		   : __real_flistxattr(fd, p, n);
}

int
__wrap___openat_2(int dir, const char *name, int flags)
{
	return refused_by_errno("openat") ? -1
					  : __real___openat_2(dir, name, flags);
}

/* The host's own, and how many words each takes. */
static const struct {
	long number;
	const char *name;
	int words;
} numbered[] = {
    {SYS_renameat2, "renameat2", 5},
    {SYS_openat2, "openat2", 4},
    {SYS_capget, "capget", 2},
};

long
__wrap_syscall(long n, ...)
{
	long a[5] = {0};
	size_t i = 0;
	va_list list;

	while (numbered[i].number != n)
		if (++i == sizeof numbered / sizeof *numbered)
			abort();
	if (refused_by_errno(numbered[i].name))
		return -1;
	va_start(list, n);
	for (int k = 0; k < numbered[i].words; k++)
		a[k] = va_arg(list, long);
	va_end(list);
	return __real_syscall(n, a[0], a[1], a[2], a[3], a[4]);
}
