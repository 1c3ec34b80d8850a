/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system at its most grudging, for programs that link this file: of what
 * is read, written, copied or listed a part is done, now and then a signal
 * comes first (LESSONS 24). All of it is allowed by POSIX; it is the host that
 * has to go on. These stand in for libc's, for libuv too.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	WHOLE_BYTES = 64, /* up to here all is done */
	ENTRIES_BYTES = 512, /* room for one entry of a directory at least */
	SIGNAL_EACH = 5,
	WHOLE_EACH = 4, /* calls are let through */
};

/* Two that are not declared where the compiler checks sizes. */
int __openat_2(int dir, const char *name, int flags);
ssize_t getdents64(int fd, void *p, size_t len);

static uint64_t
dice(void)
{
	static atomic_uint_fast64_t rolled;
	uint64_t z = atomic_fetch_add(&rolled, 1) + 1;

	z *= UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	return z ^ z >> 31;
}

/* Has a signal come before anything was done? */
static int
interrupted(void)
{
	if (dice() % SIGNAL_EACH != 0)
		return 0;
	errno = EINTR;
	return 1;
}

/* How much of len is done; at least one byte. */
static size_t
part(size_t len)
{
	uint64_t luck = dice();

	if (len <= WHOLE_BYTES || luck % WHOLE_EACH == 0)
		return len;
	return 1 + (luck >> 8) % (luck & 128 ? len : WHOLE_BYTES);
}

/* Of other things that can be read a part may be an error. */
static size_t
part_of(int fd, size_t len)
{
	struct stat st;

	if (fstat(fd, &st) < 0 ||
	    !(S_ISREG(st.st_mode) || S_ISSOCK(st.st_mode)))
		return len;
	return part(len);
}

/* ---- files --------------------------------------------------------------- */

ssize_t
read(int fd, void *p, size_t len)
{
	return interrupted() ? -1 : syscall(SYS_read, fd, p, part_of(fd, len));
}

ssize_t
write(int fd, const void *p, size_t len)
{
	return interrupted() ? -1 : syscall(SYS_write, fd, p, part_of(fd, len));
}

ssize_t
pread(int fd, void *p, size_t len, off_t at)
{
	return interrupted() ? -1 : syscall(SYS_pread64, fd, p, part(len), at);
}

ssize_t
pwrite(int fd, const void *p, size_t len, off_t at)
{
	return interrupted() ? -1 : syscall(SYS_pwrite64, fd, p, part(len), at);
}

ssize_t
copy_file_range(
    int from, off_t *from_at, int to, off_t *to_at, size_t len, unsigned flags)
{
	return interrupted() ? -1
			     : syscall(SYS_copy_file_range, from, from_at, to,
				   to_at, part(len), flags);
}

ssize_t
getdents64(int fd, void *p, size_t len)
{
	if (len > ENTRIES_BYTES && dice() % WHOLE_EACH != 0)
		len = ENTRIES_BYTES;
	return interrupted() ? -1 : syscall(SYS_getdents64, fd, p, len);
}

int
ftruncate(int fd, off_t size)
{
	return interrupted() ? -1 : (int)syscall(SYS_ftruncate, fd, size);
}

int
fsync(int fd)
{
	return interrupted() ? -1 : (int)syscall(SYS_fsync, fd);
}

int
syncfs(int fd)
{
	return interrupted() ? -1 : (int)syscall(SYS_syncfs, fd);
}

int
flock(int fd, int how)
{
	return interrupted() ? -1 : (int)syscall(SYS_flock, fd, how);
}

/* ---- names --------------------------------------------------------------- */

int
openat(int dir, const char *name, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	return interrupted() ? -1
			     : (int)syscall(SYS_openat, dir, name, flags, mode);
}

int
__openat_2(int dir, const char *name, int flags)
{
	return openat(dir, name, flags);
}

int
open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	return openat(AT_FDCWD, path, flags, mode);
}

/* ---- sockets ------------------------------------------------------------- */

ssize_t
writev(int fd, const struct iovec *v, int n)
{
	return n > 0 ? write(fd, v[0].iov_base, v[0].iov_len)
		     : syscall(SYS_writev, fd, v, n);
}

/* With a descriptor in it a message is whole. */
ssize_t
sendmsg(int fd, const struct msghdr *m, int flags)
{
	struct iovec first;
	struct msghdr less = *m;

	if (interrupted())
		return -1;
	if (m->msg_iovlen > 0 && m->msg_controllen == 0) {
		first = m->msg_iov[0];
		first.iov_len = part(first.iov_len);
		less.msg_iov = &first;
		less.msg_iovlen = 1;
	}
	return syscall(SYS_sendmsg, fd, &less, flags);
}
