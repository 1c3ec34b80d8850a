/* SPDX-License-Identifier: Apache-2.0 */
/*
 * index_bench - rows a second of the index on the real host. Not a test.
 *
 *	index_bench [DIR [ENTRIES]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/host/host_uv.h"
#include "daemon/index/index.h"

enum { FILES_A_DIR = 20, BATCH = 2000 };

static struct host *host;
static struct index *ix;
static long n_entries = 100000;
static uint64_t counter;

static void
must(int rc)
{
	if (rc < 0) {
		fprintf(stderr, "index_bench: %s\n", err_text(rc));
		exit(1);
	}
}

static void
path_of(long i, char out[static 128])
{
	if (i % (FILES_A_DIR + 1) == 0)
		snprintf(out, 128, "drivers/group%ld/dir%ld",
		    i / (FILES_A_DIR + 1) / 50, i / (FILES_A_DIR + 1));
	else
		snprintf(out, 128, "drivers/group%ld/dir%ld/some-file-%ld.c",
		    i / (FILES_A_DIR + 1) / 50, i / (FILES_A_DIR + 1), i);
}

static struct version *
version_of(long i, const char *path)
{
	struct dot dot = {42, ++counter};
	struct version d = {.path = span_str(path), .dot = dot, .bits = 0644};
	struct version *v;

	d.kind = i % (FILES_A_DIR + 1) == 0 ? KIND_DIR : KIND_FILE;
	if (d.kind == KIND_FILE) {
		d.size = (uint64_t)(i % 20000);
		d.mtime_ns = i;
		host_random(host, d.content.b, sizeof d.content.b);
	}
	must(vector_raise(&d.vector, dot));
	must(version_new(&d, &v));
	vector_release(&d.vector);
	return v;
}

static void
change(struct entry *e, long i, const char *path, bool receive, bool settle)
{
	bool is_new;

	if (receive)
		must(version_set_add(
		    &e->known, version_of(i, path), NULL, &is_new));
	if (settle) {
		const struct version *v = version_set_winner(&e->known);
		e->disk = (struct observation){.kind = (int)v->kind,
		    .bits = v->bits,
		    .size = v->size,
		    .mtime_ns = v->mtime_ns,
		    .ctime_ns = INT64_C(1763790976000000000) + i,
		    .ino = (uint64_t)i,
		    .content = v->content};
		version_free(e->base.version);
		e->base.present = true;
		must(version_copy(v, &e->base.version));
		e->base.seen = e->disk;
	}
}

static void
tell(const char *what, int64_t since_ns, long n)
{
	double s = (double)(host_mono_ns(host) - since_ns) / 1e9;

	printf("%-28s %8.3f s %9.0f /s\n", what, s, (double)n / s);
}

static void
pass(const char *what, bool receive, bool settle)
{
	int64_t since_ns = host_mono_ns(host);
	struct entry e;
	char path[128];

	entry_init(&e);
	for (long i = 0; i < n_entries; i++) {
		if (i % BATCH == 0)
			must(index_begin(ix));
		path_of(i, path);
		must(index_load(ix, span_str(path), &e));
		change(&e, i, path, receive, settle);
		must(index_store(ix, &e, 1));
		if (i % BATCH == BATCH - 1 || i == n_entries - 1)
			must(index_commit(ix));
	}
	entry_release(&e);
	tell(what, since_ns, n_entries);
}

static void
scan(void)
{
	int64_t since_ns = host_mono_ns(host);
	struct index_children children;
	char path[128];
	long n = 0;

	index_children_init(&children);
	for (long i = 0; i < n_entries; i += FILES_A_DIR + 1) {
		path_of(i, path);
		buf_clear(&children.names);
		children.v.n = 0;
		must(index_children(ix, span_str(path), &children));
		n += (long)children.v.n;
	}
	index_children_release(&children);
	tell("look, nothing changed", since_ns, n);
}

static void
stream(void)
{
	int64_t since_ns = host_mono_ns(host);
	struct vector none = {0};
	struct dot after = {0, 0};
	long n = 0;

	for (;;) {
		struct index_versions got = {0};
		must(index_versions_after(ix, after, &none, 1000, &got));
		if (got.v.n != 0)
			after = got.v.items[got.v.n - 1].version->dot;
		n += (long)got.v.n;
		index_versions_release(&got);
		if (got.v.n == 0 && n >= n_entries)
			break;
	}
	tell("stream", since_ns, n);
}

int
main(int argc, char **argv)
{
	char dir[] = "/tmp/tutti-bench-XXXXXX";
	const char *path = argc > 1 ? argv[1] : mkdtemp(dir);
	int64_t since_ns;
	int fd;

	if (argc > 2)
		n_entries = atol(argv[2]);
	must(host_uv_new(&host));
	must(host_open_root(host, path, HOST_CREATE, &fd));
	must(index_open(host, fd, INDEX_CREATE, &ix));
	pass("new: received", true, false);
	pass("update: applied", false, true);
	pass("load and store, no change", false, false);
	pass("new and applied in one", true, true);
	scan();
	stream();
	index_close(ix);
	since_ns = host_mono_ns(host);
	must(index_open(host, fd, 0, &ix));
	tell("open", since_ns, n_entries);
	scan();
	index_close(ix);
	must(host_unlink(host, fd, "index.db"));
	must(host_unlink(host, fd, "index.lock"));
	host_close(host, fd);
	host_uv_free(host);
	if (argc <= 1)
		(void)rmdir(dir);
	return 0;
}
