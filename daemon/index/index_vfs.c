/* SPDX-License-Identifier: Apache-2.0 */
/*
 * index_vfs - SQLite's files, on the host's table.
 *
 * One VFS an open index, since file names alone cannot say which directory
 * of which host they lie in. Files are names in that one directory. There is
 * no locking here: index.lock keeps others out, and locking_mode=EXCLUSIVE
 * keeps the WAL's index in memory.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/index/index_internal.h"

enum { SECTOR_BYTES = 4096, NS_PER_MS = 1000000 };

struct vfs_file {
	sqlite3_file base;
	struct index_vfs *v;
	int fd;
	bool name_unsynced; /* made by us: its directory needs a sync */
};

/* What the host said is kept, for SQLite's codes tell less. */
static int
note(struct index_vfs *v, int rc, int sqlite_rc)
{
	if (rc == 0)
		return SQLITE_OK;
	v->err = rc;
	return sqlite_rc;
}

static int
file_close(sqlite3_file *file)
{
	struct vfs_file *f = (struct vfs_file *)file;

	host_close(f->v->host, f->fd);
	return SQLITE_OK;
}

static int
file_read(sqlite3_file *file, void *p, int len, sqlite3_int64 at)
{
	struct vfs_file *f = (struct vfs_file *)file;
	int64_t got =
	    host_read_at(f->v->host, f->fd, p, (size_t)len, (uint64_t)at);

	if (got < 0)
		return note(f->v, (int)got, SQLITE_IOERR_READ);
	if (got == len)
		return SQLITE_OK;
	memset((char *)p + got, 0, (size_t)(len - got));
	return SQLITE_IOERR_SHORT_READ;
}

static int
file_write(sqlite3_file *file, const void *p, int len, sqlite3_int64 at)
{
	struct vfs_file *f = (struct vfs_file *)file;

	return note(f->v,
	    host_write_at(f->v->host, f->fd, p, (size_t)len, (uint64_t)at),
	    SQLITE_IOERR_WRITE);
}

static int
file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	struct vfs_file *f = (struct vfs_file *)file;

	return note(f->v, host_truncate(f->v->host, f->fd, (uint64_t)size),
	    SQLITE_IOERR_TRUNCATE);
}

static int
file_sync(sqlite3_file *file, int flags)
{
	struct vfs_file *f = (struct vfs_file *)file;
	int rc = host_sync(f->v->host, f->fd);

	(void)flags;
	if (rc == 0 && f->name_unsynced) {
		rc = host_sync(f->v->host, f->v->dir);
		f->name_unsynced = rc != 0;
	}
	return note(f->v, rc, SQLITE_IOERR_FSYNC);
}

static int
file_size(sqlite3_file *file, sqlite3_int64 *out_size)
{
	struct vfs_file *f = (struct vfs_file *)file;
	struct host_stat st;
	int rc = host_stat_fd(f->v->host, f->fd, &st);

	if (rc != 0)
		return note(f->v, rc, SQLITE_IOERR_FSTAT);
	*out_size = (sqlite3_int64)st.size;
	return SQLITE_OK;
}

static int
file_lock(sqlite3_file *file, int level)
{
	(void)file;
	(void)level;
	return SQLITE_OK;
}

static int
file_reserved(sqlite3_file *file, int *out_reserved)
{
	(void)file;
	*out_reserved = 0;
	return SQLITE_OK;
}

static int
file_control(sqlite3_file *file, int op, void *arg)
{
	(void)file;
	(void)op;
	(void)arg;
	return SQLITE_NOTFOUND;
}

static int
file_sector(sqlite3_file *file)
{
	(void)file;
	return SECTOR_BYTES;
}

static int
file_characteristics(sqlite3_file *file)
{
	(void)file;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static const sqlite3_io_methods file_methods = {
    .iVersion = 1, /* no shared memory */
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_lock,
    .xCheckReservedLock = file_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_characteristics,
};

static int
vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
    int *out_flags)
{
	struct index_vfs *v = vfs->pAppData;
	struct vfs_file *f = (struct vfs_file *)file;
	int how = HOST_READ | HOST_WRITE;
	int rc;

	f->base.pMethods = NULL;
	if (name == NULL) /* temporary: temp_store keeps those in memory */
		return SQLITE_CANTOPEN;
	rc = host_open(v->host, v->dir, name, how, &f->fd);
	f->name_unsynced = false;
	if (rc == -ENOENT && (flags & SQLITE_OPEN_CREATE) != 0) {
		rc =
		    host_open(v->host, v->dir, name, how | HOST_CREATE, &f->fd);
		f->name_unsynced = true;
	}
	if (rc != 0)
		return note(v, rc, SQLITE_CANTOPEN);
	f->base.pMethods = &file_methods;
	f->v = v;
	if (out_flags != NULL)
		*out_flags = flags;
	return SQLITE_OK;
}

static int
vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
	struct index_vfs *v = vfs->pAppData;
	int rc = host_unlink(v->host, v->dir, name);

	if (rc == -ENOENT)
		return SQLITE_IOERR_DELETE_NOENT;
	if (rc == 0 && sync_dir)
		rc = host_sync(v->host, v->dir);
	return note(v, rc, SQLITE_IOERR_DELETE);
}

static int
vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *out_is)
{
	struct index_vfs *v = vfs->pAppData;
	struct host_stat st;
	int rc = host_stat_at(v->host, v->dir, name, &st);

	(void)flags;
	*out_is = 0;
	if (rc == -ENOENT)
		return SQLITE_OK;
	if (rc != 0)
		return note(v, rc, SQLITE_IOERR_ACCESS);
	*out_is = st.kind == KIND_FILE && st.size > 0;
	return SQLITE_OK;
}

static int
vfs_full_pathname(sqlite3_vfs *vfs, const char *name, int n, char *out)
{
	(void)vfs;
	if (strlen(name) >= (size_t)n)
		return SQLITE_CANTOPEN;
	memcpy(out, name, strlen(name) + 1);
	return SQLITE_OK;
}

static int
vfs_randomness(sqlite3_vfs *vfs, int n, char *out)
{
	struct index_vfs *v = vfs->pAppData;

	host_random(v->host, out, (size_t)n);
	return n;
}

static int
vfs_sleep(sqlite3_vfs *vfs, int us)
{
	(void)vfs;
	return us; /* nobody to wait for */
}

/* SQLite counts milliseconds since noon of a day in 4714 BC. */
static int
vfs_time(sqlite3_vfs *vfs, sqlite3_int64 *out_ms)
{
	struct index_vfs *v = vfs->pAppData;

	*out_ms = INT64_C(210866760000000) + host_now_ns(v->host) / NS_PER_MS;
	return SQLITE_OK;
}

static int
vfs_last_error(sqlite3_vfs *vfs, int n, char *out)
{
	struct index_vfs *v = vfs->pAppData;

	(void)n;
	(void)out;
	return -v->err;
}

int
index_vfs_register(struct index_vfs *v, const struct host *h, int dir)
{
	/* Its count of what it allocates takes a lock each time. In vain
	 * once SQLite runs, and then it was said before. */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	/* SQLite's list of them is the process's: an address is unique. */
	snprintf(v->name, sizeof v->name, "tutti-%p", (void *)v);
	v->host = h;
	v->dir = dir;
	v->err = 0;
	v->vfs = (sqlite3_vfs){
	    .iVersion = 2,
	    .szOsFile = sizeof(struct vfs_file),
	    .mxPathname = LIMIT_NAME_BYTES,
	    .zName = v->name,
	    .pAppData = v,
	    .xOpen = vfs_open,
	    .xDelete = vfs_delete,
	    .xAccess = vfs_access,
	    .xFullPathname = vfs_full_pathname,
	    .xRandomness = vfs_randomness,
	    .xSleep = vfs_sleep,
	    .xCurrentTimeInt64 = vfs_time,
	    .xGetLastError = vfs_last_error,
	};
	return sqlite3_vfs_register(&v->vfs, 0) == SQLITE_OK ? 0 : -ENOMEM;
}

void
index_vfs_unregister(struct index_vfs *v)
{
	sqlite3_vfs_unregister(&v->vfs);
}
