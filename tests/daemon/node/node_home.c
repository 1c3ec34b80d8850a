/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/node/node_test.h"

#include <arpa/inet.h>
#include <ftw.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/text.h"

struct host *test_host;
struct host_ops test_ops;
const struct host_ops *test_real;

void
node_test_setup(void)
{
	ck_assert_int_ge(sodium_init(), 0);
	ck_assert_int_eq(host_uv_new(&test_host), 0);
	test_real = test_host->ops;
	test_ops = *test_real;
	test_host->ops = &test_ops;
}

void
node_test_teardown(void)
{
	host_uv_free(test_host);
	test_host = NULL;
}

/* ---- places -------------------------------------------------------------- */

static uint16_t
free_port(void)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	socklen_t len = sizeof in;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&in, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	close(fd);
	return ntohs(in.sin_port);
}

static void
make_home(struct home *h)
{
	struct conf_error error;

	run_temp_dir("node", h->dir);
	ck_assert_int_gt(asprintf(&h->at.conf, "%s/conf", h->dir), 0);
	ck_assert_int_gt(asprintf(&h->at.state, "%s/state", h->dir), 0);
	ck_assert_int_gt(asprintf(&h->at.run, "%s/run", h->dir), 0);
	ck_assert_int_eq(host_open_root(test_host, h->at.conf,
			     HOST_CREATE | HOST_PRIVATE, &h->conf),
	    0);
	ck_assert_int_eq(host_open_root(test_host, h->at.state,
			     HOST_CREATE | HOST_PRIVATE, &h->state),
	    0);
	ck_assert_int_eq(
	    conf_identity_make(test_host, h->state, &h->identity, &error), 0);
	h->port = free_port();
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
remove_home(struct home *h)
{
	host_close(test_host, h->conf);
	host_close(test_host, h->state);
	conf_home_release(&h->at);
	ck_assert_int_eq(nftw(h->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* Asserts nothing, which would ask for memory: some tests let it run out. */
static void
take_line(void *arg, struct span line)
{
	struct home *h = arg;

	if (buf_add(&h->lines, line) < 0)
		h->lines_lost = true;
}

static void
begin_log(struct home *h)
{
	struct log_options options = {.level = LOG_LEVEL_DEBUG,
	    .to_stderr = LOG_STDERR_PLAIN,
	    .write = take_line,
	    .write_arg = h,
	    .ring_dir = -1};

	buf_init(&h->lines, 16 << 20);
	ck_assert_int_eq(log_init(&h->log, test_host, &options), 0);
	home_write(h, "tutti.conf",
	    "name = '%s'\nlisten = '127.0.0.1:%u'\nlog_level = debug\n",
	    h->name, (unsigned)h->port);
}

void
home_begin(struct home *h, const char *name)
{
	memset(h, 0, sizeof *h);
	h->name = name;
	make_home(h);
	begin_log(h);
}

void
home_begin_beside(
    struct home *h, const char *name, const struct home *other, bool lesser)
{
	memset(h, 0, sizeof *h);
	h->name = name;
	for (make_home(h); (memcmp(h->identity.id, other->identity.id,
				DEVICE_BYTES) < 0) != lesser;
	     make_home(h))
		remove_home(h);
	begin_log(h);
}

void
home_end(struct home *h)
{
	if (h->node != NULL)
		home_stop(h);
	log_release(&h->log);
	if (getenv("NODE_TEST_LOG") != NULL)
		fprintf(stderr, "---- %s\n%.*s", h->name, (int)h->lines.len,
		    (const char *)h->lines.p);
	buf_release(&h->lines);
	remove_home(h);
}

/* ---- files --------------------------------------------------------------- */

static void
write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

void
home_write(struct home *h, const char *file, const char *format, ...)
{
	char path[256], text[1024];
	va_list ap;

	snprintf(path, sizeof path, "%s/peers", h->at.conf);
	mkdir(path, 0700);
	snprintf(path, sizeof path, "%s/folders", h->at.conf);
	mkdir(path, 0700);
	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	snprintf(path, sizeof path, "%s/%s", h->at.conf, file);
	write_text(path, text);
}

void
home_remove(struct home *h, const char *file)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", h->at.conf, file);
	ck_assert_int_eq(unlink(path), 0);
}

void
home_peer(struct home *h, const struct home *other, bool dial)
{
	char id[TEXT_ID_CHARS + 1], file[64], address[64] = "";

	text_id(other->identity.id, id);
	snprintf(file, sizeof file, "peers/%s.conf", other->name);
	if (dial)
		snprintf(address, sizeof address,
		    "address = {'127.0.0.1:%u'}\n", (unsigned)other->port);
	home_write(h, file, "id = '%s'\n%s", id, address);
}

void
home_folder(struct home *h, const char *id, const char *peer)
{
	char file[64], share[64] = "";

	snprintf(file, sizeof file, "folders/%s.conf", id);
	if (peer != NULL)
		snprintf(share, sizeof share, "share = {'%s'}\n", peer);
	home_write(h, file, "path = '%s/%s'\n%s", h->dir, id, share);
}

void
home_put(struct home *h, const char *path, const char *text)
{
	char full[256];

	snprintf(full, sizeof full, "%s/%s", h->dir, path);
	*strrchr(full, '/') = '\0';
	mkdir(full, 0700);
	full[strlen(full)] = '/';
	write_text(full, text);
}

bool
home_has(struct home *h, const char *path, const char *text)
{
	char full[256], got[1024] = "";
	FILE *f;

	snprintf(full, sizeof full, "%s/%s", h->dir, path);
	f = fopen(full, "r");
	if (f == NULL)
		return false;
	got[fread(got, 1, sizeof got - 1, f)] = '\0';
	fclose(f);
	return strcmp(got, text) == 0;
}

/* ---- life ---------------------------------------------------------------- */

static void
on_changed(void *arg)
{
	((struct home *)arg)->changed++;
}

void
home_start(struct home *h)
{
	struct node_options options = {.host = test_host,
	    .log = &h->log,
	    .conf = h->conf,
	    .state = h->state,
	    .home = &h->at,
	    .changed = on_changed,
	    .arg = h};
	struct buf why;
	int rc;

	buf_init(&why, 4096);
	rc = node_new(&options, &h->node, &why);
	ck_assert_msg(rc == 0, "%s: %.*s", err_text(rc), (int)why.len,
	    why.p ? (const char *)why.p : "");
	buf_release(&why);
}

static void
on_stopped(void *arg)
{
	((struct home *)arg)->stopped = true;
}

void
home_stop(struct home *h)
{
	h->stopped = false;
	node_stop(h->node, on_stopped, h);
	h->node = NULL;
	UNTIL(h->stopped);
}

int
home_reload(struct home *h)
{
	struct buf why;
	int rc;

	buf_init(&why, 4096);
	rc = node_reload(h->node, &why);
	if (rc < 0)
		ck_assert_uint_gt(why.len, 0);
	buf_release(&why);
	return rc;
}

/* ---- what is seen -------------------------------------------------------- */

bool
home_logged(const struct home *h, const char *text)
{
	ck_assert(!h->lines_lost);
	return h->lines.len > 0 &&
	       memmem(h->lines.p, h->lines.len, text, strlen(text)) != NULL;
}

bool
home_connected(struct home *h, const char *peer)
{
	struct node_status s;
	bool is = false;

	ck_assert_int_eq(node_status(h->node, &s), 0);
	for (size_t i = 0; i < s.n_peers; i++)
		is |=
		    strcmp(s.peers[i].name, peer) == 0 && s.peers[i].connected;
	node_status_release(&s);
	return is;
}

static bool
folder_is(struct home *h, const char *folder, bool *out_synced)
{
	struct node_status s;
	bool open = false;

	*out_synced = false;
	ck_assert_int_eq(node_status(h->node, &s), 0);
	for (size_t i = 0; i < s.n_folders; i++)
		if (strcmp(s.folders[i].id, folder) == 0) {
			open = s.folders[i].open;
			*out_synced = open && s.folders[i].synced;
		}
	node_status_release(&s);
	return open;
}

bool
home_synced(struct home *h, const char *folder)
{
	bool synced;

	(void)folder_is(h, folder, &synced);
	return synced;
}

bool
home_open(struct home *h, const char *folder)
{
	bool synced;

	return folder_is(h, folder, &synced);
}

const char *
home_folder_error(struct home *h, const char *folder)
{
	struct node_folder *f = node_folder_find(h->node, folder);

	return f == NULL ? "" : f->error;
}

/* ---- two ----------------------------------------------------------------- */

void
home_begin_pair(struct home *ada, struct home *bob)
{
	home_begin(ada, "ada");
	home_begin(bob, "bob");
	home_peer(ada, bob, true);
	home_peer(bob, ada, false);
}

void
home_start_pair(struct home *ada, struct home *bob)
{
	home_start(ada);
	home_start(bob);
	UNTIL(home_connected(ada, "bob") && home_connected(bob, "ada"));
}
