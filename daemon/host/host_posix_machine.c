/* SPDX-License-Identifier: Apache-2.0 */
/* What the machine tells: its file systems, clocks, chance and boot. */
#include "daemon/host/host_uv_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S INT64_C(1000000000)

enum { BOOT_ID_BYTES = 16, BOOT_ID_CHARS = 36 };

/*
 * Others change the files of these without our kernel hearing of it. FUSE
 * may be anything, so the worse is assumed.
 */
static bool
is_local(unsigned long type)
{
	static const unsigned long remote[] = {NFS_SUPER_MAGIC, SMB_SUPER_MAGIC,
	    CIFS_SUPER_MAGIC, SMB2_SUPER_MAGIC, AFS_SUPER_MAGIC, AFS_FS_MAGIC,
	    CODA_SUPER_MAGIC, CEPH_SUPER_MAGIC, V9FS_MAGIC, OCFS2_SUPER_MAGIC,
	    FUSE_SUPER_MAGIC};

	for (size_t i = 0; i < sizeof remote / sizeof *remote; i++)
		if (type == remote[i])
			return false;
	return true;
}

/*
 * Four bytes of the file system's type, eight of f_fsid, four of the device.
 *
 * f_fsid comes from the UUID on ext4 and btrfs (there with the subvolume), is
 * random for each mount of a tmpfs, and the device's number on XFS and FAT.
 * The device itself counts only where there is no f_fsid and only if it is a
 * real one: numbers of others (NFS, overlays) change with every mount.
 * So it is stable over restarts on most, and where disks are renumbered a
 * folder on XFS may ask once too often; never once too seldom for a stick
 * that was swapped for one of another format.
 */
static void
identify(const struct statfs *fs, const struct stat *st, uint8_t out[static 16])
{
	uint32_t type = (uint32_t)fs->f_type;
	uint32_t dev = 0;
	uint64_t id;

	memcpy(&id, &fs->f_fsid, sizeof id);
	if (id == 0 && major(st->st_dev) != 0)
		dev = (uint32_t)st->st_dev;
	memcpy(out, &type, 4);
	memcpy(out + 4, &id, 8);
	memcpy(out + 12, &dev, 4);
}

static int
machine_fs_info(void *self, int fd, struct host_fs *out)
{
	struct statfs fs;
	struct stat st;
	uint64_t unit;

	(void)self;
	if (fstatfs(fd, &fs) < 0 || fstat(fd, &st) < 0)
		return -errno;
	unit = (uint64_t)(fs.f_frsize ? fs.f_frsize : fs.f_bsize);
	identify(&fs, &st, out->uuid);
	out->free_bytes = fs.f_bavail * unit;
	out->total_bytes = fs.f_blocks * unit;
	out->local = is_local((unsigned long)fs.f_type);
	return 0;
}

static int64_t
clock_ns(clockid_t clock)
{
	struct timespec t;

	/* It cannot fail for these clocks and a valid pointer. */
	(void)clock_gettime(clock, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

static int64_t
machine_now_ns(void *self)
{
	(void)self;
	return clock_ns(CLOCK_REALTIME);
}

static int64_t
machine_mono_ns(void *self)
{
	(void)self;
	return clock_ns(CLOCK_MONOTONIC);
}

/* Keys come from here: without chance there is no going on. */
static void
machine_random(void *self, void *p, size_t len)
{
	uint8_t *at = p;

	(void)self;
	while (len > 0) {
		ssize_t n = getrandom(at, len, 0);

		if (n < 0 && errno != EINTR)
			abort();
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		}
	}
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Reads the 32 digits of a UUID in text, whatever parts them. */
static int
parse_boot_id(const char *text, size_t len, uint8_t out[static BOOT_ID_BYTES])
{
	size_t n = 0;

	for (size_t i = 0; i < len && n < 2 * BOOT_ID_BYTES; i++) {
		int digit = hex_digit(text[i]);

		if (digit < 0)
			continue;
		if (n % 2 == 0)
			out[n / 2] = (uint8_t)(digit << 4);
		else
			out[n / 2] |= (uint8_t)digit;
		n++;
	}
	return n == 2 * BOOT_ID_BYTES ? 0 : -EIO;
}

static int
machine_boot_id(void *self, uint8_t *out)
{
	uint8_t id[BOOT_ID_BYTES];
	char text[BOOT_ID_CHARS];
	ssize_t n;
	int rc;
	int fd;

	(void)self;
	HOST_RETRY(
	    fd, open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
	if (fd < 0)
		return fd;
	HOST_RETRY(n, read(fd, text, sizeof text));
	rc = n < 0 ? (int)n : parse_boot_id(text, (size_t)n, id);
	close(fd);
	if (rc == 0)
		memcpy(out, id, sizeof id);
	return rc;
}

void
host_posix_machine_ops(struct host_ops *ops)
{
	ops->fs_info = machine_fs_info;
	ops->now_ns = machine_now_ns;
	ops->mono_ns = machine_mono_ns;
	ops->random = machine_random;
	ops->boot_id = machine_boot_id;
}
