/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/daemon/scan/scan_test_internal.h"
#include "tests/run.h"

struct bench b;
static struct host_ops ops;

/* ---- the host with faults ------------------------------------------------ */

static bool
is_named(const char *name)
{
	return b.faults.name != NULL && strcmp(name, b.faults.name) == 0;
}

static void
once(host_cb **cb)
{
	host_cb *call = *cb;

	*cb = NULL;
	if (call != NULL)
		call(NULL);
}

static int
faulty_stat(void *self, int dir, const char *name, struct host_stat *out)
{
	int rc;

	if (is_named(name)) {
		once(&b.faults.at_stat);
		if (b.faults.stat_rc < 0)
			return b.faults.stat_rc;
	}
	rc = b.real->ops->stat_at(self, dir, name, out);
	if (rc == 0 && is_named(name) && b.faults.dev != 0)
		out->dev = b.faults.dev;
	return rc;
}

static int
faulty_open(void *self, int dir, const char *name, int flags, int *out_fd)
{
	if (is_named(name)) {
		once(&b.faults.at_open);
		if (b.faults.open_rc < 0)
			return b.faults.open_rc;
	}
	b.opens++;
	return b.real->ops->open(self, dir, name, flags, out_fd);
}

static int
faulty_list(void *self, int dir, struct host_list *out)
{
	int rc = b.real->ops->list(self, dir, out);

	b.lists++;
	if (b.faults.list_rc < 0) {
		out->v.n /= 2;
		return b.faults.list_rc;
	}
	out->v.n -=
	    b.faults.list_short < out->v.n ? b.faults.list_short : out->v.n;
	return rc;
}

static int
faulty_lease(void *self, int fd, enum host_lease lease)
{
	if (b.faults.lease_rc < 0)
		return b.faults.lease_rc;
	return b.real->ops->lease(self, fd, lease);
}

static int64_t
faulty_read(void *self, int fd, void *p, size_t len, uint64_t at)
{
	b.reads++;
	once(&b.faults.at_read);
	if (b.faults.read_rc < 0)
		return b.faults.read_rc;
	return b.real->ops->read_at(self, fd, p, len, at);
}

static int64_t
faulty_now(void *self)
{
	return b.real->ops->now_ns(self) + b.faults.clock_ns;
}

static void
make_host(void)
{
	ops = *b.real->ops;
	ops.stat_at = faulty_stat;
	ops.open = faulty_open;
	ops.list = faulty_list;
	ops.lease = faulty_lease;
	ops.read_at = faulty_read;
	ops.now_ns = faulty_now;
	b.host = (struct host){&ops, b.real->self};
}

/* ---- the fixture --------------------------------------------------------- */

static void
set_up(void)
{
	const char *tmp = getenv("TMPDIR");
	struct host_stat st;

	memset(&b, 0, sizeof b);
	snprintf(b.path, sizeof b.path, "%s/tutti-scan-XXXXXX",
	    tmp && strlen(tmp) < 40 ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(b.path));
	OK(host_uv_new(&b.real));
	make_host();
	OK(host_open_root(&b.host, b.path, 0, &b.root));
	OK(host_stat_fd(&b.host, b.root, &st));
	b.dev = st.dev;
	b.faults.clock_ns = INT64_C(3600000000000); /* nothing is racy */
	scan_job_init(&b.job, &b.host, b.root);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void
tear_down(void)
{
	scan_job_release(&b.job);
	ignore_unref(b.rules);
	host_close(&b.host, b.root);
	host_uv_free(b.real);
	/* A thousand levels deep a path is too long for nftw. */
	if (nftw(b.path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0) {
		char command[128];

		snprintf(command, sizeof command, "rm -rf '%s'", b.path);
		ck_assert_int_eq(system(command), 0);
	}
}

TCase *
bench_tcase(const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_set_timeout(tcase, 60);
	return tcase;
}

const char *
bench_at(const char *name)
{
	static char path[LIMIT_PATH_BYTES + 1];

	snprintf(path, sizeof path, "%s/%s", b.path, name);
	return path;
}

void
bench_bytes(const char *name, const void *p, size_t len)
{
	FILE *f = fopen(bench_at(name), "w");

	ck_assert_msg(f != NULL, "%s: %s", name, strerror(errno));
	ck_assert_uint_eq(fwrite(p, 1, len, f), len);
	fclose(f);
}

void
bench_file(const char *name, const char *content)
{
	bench_bytes(name, content, strlen(content));
}

void
bench_dir(const char *name)
{
	OK(mkdir(bench_at(name), 0755));
}

/* ---- looks --------------------------------------------------------------- */

void
bench_begin(void)
{
	scan_job_release(&b.job);
	scan_job_init(&b.job, &b.host, b.root);
	b.job.dev = b.dev;
	b.job.metadata = b.metadata;
	b.job.rules = ignore_ref(b.rules);
	b.reads = b.lists = b.opens = 0;
}

struct scan_dir *
bench_whole(const char *dir)
{
	struct scan_dir *out;

	OK(scan_job_add(&b.job, span_str(dir), &out));
	out->whole = true;
	return out;
}

static int
by_path(const void *a, const void *c)
{
	const struct scan_result *x = a, *y = c;

	return span_compare(buf_span(&x->path), buf_span(&y->path));
}

/* Only for the root's children. */
void
bench_know(struct scan_dir *dir, const struct scan_job *before)
{
	if (before->results.n > 0)
		qsort(before->results.items, before->results.n,
		    sizeof *before->results.items, by_path);
	VEC_EACH (&before->results, r) {
		struct index_child c = {.disk = r->now};

		if (r->rc < 0 || r->now.kind == KIND_NONE)
			continue;
		c.at = (uint32_t)dir->known.names.len;
		c.len = (uint16_t)r->path.len;
		OK(buf_add(&dir->known.names, buf_span(&r->path)));
		OK(buf_add(&dir->known.names, span_of("", 1)));
		OK(VEC_PUSH(&dir->known.v, c));
	}
}

void
bench_run(void)
{
	scan_run(&b.job);
	OK(b.job.rc);
}

void
bench_look(void)
{
	bench_begin();
	bench_whole("");
	bench_run();
	OK(b.job.dirs.items[0].rc);
}

void
bench_look_again(bool force)
{
	struct scan_job before = b.job;
	struct scan_dir *dir;

	scan_job_init(&b.job, &b.host, b.root);
	bench_begin();
	dir = bench_whole("");
	dir->force = force;
	bench_know(dir, &before);
	scan_job_release(&before);
	bench_run();
}

const struct scan_result *
bench_result(const char *path)
{
	VEC_EACH (&b.job.results, r)
		if (span_equal(buf_span(&r->path), span_str(path)))
			return r;
	return NULL;
}

void
bench_expect(size_t n)
{
	ck_assert_uint_eq(b.job.results.n, n);
}

static bool
has_path(const struct path_list *list, const char *path)
{
	for (size_t i = 0; i < list->v.n; i++)
		if (span_equal(path_list_get(list, i), span_str(path)))
			return true;
	return false;
}

bool
bench_has_subdir(const char *path)
{
	return has_path(&b.job.subdirs, path);
}

bool
bench_has_same_subdir(const char *path)
{
	return has_path(&b.job.same_subdirs, path);
}

int
main(void)
{
	run_tcase *const tcases[] = {
	    ignore_line_tcase,
	    ignore_glob_tcase,
	    ignore_test_tcase,
	    ignore_git_tcase,
	    scan_hash_tcase,
	    scan_look_tcase,
	    scan_run_tcase,
	    scan_fail_tcase,
	    scan_faults_tcase,
	    scan_meta_tcase,
	    scan_verify_tcase,
	};

	return run_tests("scan", tcases, sizeof tcases / sizeof *tcases);
}
