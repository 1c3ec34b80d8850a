/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/folder/folder_pair.h"

#include <errno.h>
#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- messages -------------------------------------------------------------- */

static void
deliver(void *arg)
{
	struct folder_side *s = arg;

	while (s->in.from < s->in.messages.n && s->peer != NULL) {
		struct buf b = s->in.messages.items[s->in.from++];
		int rc = peer_message(s->peer, buf_span(&b));

		buf_release(&b);
		ck_assert_msg(rc == 0, "message refused: %s", err_text(rc));
	}
	if (s->in.from == s->in.messages.n)
		s->in.from = s->in.messages.n = 0;
}

static int
send_to_other(void *arg, struct span message)
{
	struct folder_side *s = arg;
	struct folder_side *o = &s->pair->side[s == &s->pair->side[0]];
	struct buf b;

	buf_init(&b, message.len + 1);
	ck_assert_int_eq(buf_add(&b, message), 0);
	ck_assert_int_eq(VEC_PUSH(&o->in.messages, b), 0);
	o->in.bytes += message.len;
	host_timer_start(s->pair->host, o->in.timer, 0);
	return 0;
}

static size_t
queued(void *arg)
{
	struct folder_side *s = arg;
	struct folder_side *o = &s->pair->side[s == &s->pair->side[0]];
	size_t bytes = 0;

	for (size_t i = o->in.from; i < o->in.messages.n; i++)
		bytes += o->in.messages.items[i].len;
	return bytes;
}

/* ---- sessions ---------------------------------------------------------------- */

static void
offer(struct folder_side *s)
{
	struct folder_side *o = &s->pair->side[s == &s->pair->side[0]];
	struct msg_folder mine;

	ck_assert_int_eq(folder_offer(s->folder, o->device, &mine), 0);
	ck_assert_int_eq(peer_offer(s->peer, &mine, s->folder), 0);
	vector_release(&mine.knowledge);
	vector_release(&mine.resume.noted);
}

static void
on_ready(void *arg, struct peer *p)
{
	(void)p;
	offer(arg);
}

static void
on_up(void *arg, struct peer_link *l, const struct msg_folder *theirs)
{
	struct folder_side *s = arg;
	struct folder_side *o = &s->pair->side[s == &s->pair->side[0]];

	folder_link_up(s->folder, l, o->device, theirs);
}

static int
on_message(void *arg, struct peer_link *l, struct msg *m)
{
	struct folder_side *s = arg;

	return folder_link_message(s->folder, l, m);
}

static void
on_down(void *arg, struct peer_link *l)
{
	struct folder_side *s = arg;

	if (s->folder != NULL)
		folder_link_down(s->folder, l);
}

static void
on_offered(void *arg, struct peer *p, struct span id)
{
	(void)arg;
	(void)p;
	(void)id;
}

static const struct peer_cbs cbs = {
    on_ready, on_up, on_message, on_down, on_offered};

void
pair_connect(struct folder_pair *p)
{
	for (int i = 0; i < 2; i++) {
		struct folder_side *s = &p->side[i];
		struct peer_options o = {.host = p->host,
		    .log = &p->log,
		    .name = i == 0 ? "b" : "a",
		    .device = SPAN_LIT("machine"),
		    .channel = {s, send_to_other, queued},
		    .cbs = &cbs,
		    .arg = s};

		ck_assert_int_eq(peer_new(&o, &s->peer), 0);
	}
}

void
pair_cut(struct folder_pair *p)
{
	for (int i = 0; i < 2; i++) {
		struct folder_side *s = &p->side[i];

		peer_free(s->peer);
		s->peer = NULL;
		for (; s->in.from < s->in.messages.n; s->in.from++)
			buf_release(&s->in.messages.items[s->in.from]);
		s->in.from = s->in.messages.n = 0;
	}
}

/* ---- folders ---------------------------------------------------------------------- */

static void
changed(void *arg)
{
	(void)arg;
}

static void
closed(void *arg)
{
	struct folder_side *s = arg;

	s->closed = true;
}

static void
greet(void *arg)
{
	struct folder_side *s = arg;

	if (s->greet != NULL)
		s->greet(s->greet_arg);
	if (s->peer == NULL)
		return;
	peer_unoffer(s->peer, SPAN_LIT("f"));
	offer(s);
}

int
pair_try_open(struct folder_pair *p, int side)
{
	struct folder_side *s = &p->side[side];
	struct folder_options o = {.host = p->host,
	    .log = &p->log,
	    .id = "f",
	    .path = s->root,
	    .state = s->state_fd,
	    .device = s->device,
	    .mode = s->mode,
	    .has_peers = true,
	    .join = s->join,
	    .changed = changed,
	    .greet = greet,
	    .arg = s};

	return folder_open(&o, &s->folder);
}

void
pair_open(struct folder_pair *p, int side)
{
	int rc = pair_try_open(p, side);

	ck_assert_msg(rc == 0, "folder_open: %s", err_text(rc));
}

void
pair_close(struct folder_pair *p, int side)
{
	struct folder_side *s = &p->side[side];
	struct folder *f = s->folder;

	if (f == NULL)
		return;
	s->closed = false;
	folder_close(f, closed, s);
	while (!s->closed)
		host_uv_turn(p->host, 10);
	s->folder = NULL;
}

void
pair_init(struct folder_pair *p)
{
	struct log_options quiet = {.ring_dir = -1};
	const char *tmp = getenv("TMPDIR");

	memset(p, 0, sizeof *p);
	snprintf(
	    p->dir, sizeof p->dir, "%s/tutti-pair-XXXXXX", tmp ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(p->dir));
	ck_assert_int_eq(host_uv_new(&p->host), 0);
	if (getenv("TUTTI_TEST_LOG") != NULL) {
		quiet.level = LOG_LEVEL_DEBUG;
		quiet.to_stderr = LOG_STDERR_PLAIN;
		quiet.write = host_uv_stderr;
	}
	ck_assert_int_eq(log_init(&p->log, p->host, &quiet), 0);
	for (int i = 0; i < 2; i++) {
		struct folder_side *s = &p->side[i];

		s->pair = p;
		memset(s->device, i + 1, sizeof s->device);
		snprintf(s->root, sizeof s->root, "%s/%c", p->dir, "ab"[i]);
		snprintf(s->state, sizeof s->state, "%s/state%d", p->dir, i);
		ck_assert_int_eq(host_open_root(p->host, s->state, HOST_CREATE,
				     &s->state_fd),
		    0);
		pair_sh(p, i, "mkdir -p .");
		ck_assert_int_eq(
		    host_timer_new(p->host, deliver, s, &s->in.timer), 0);
	}
}

void
pair_release(struct folder_pair *p)
{
	char command[1024];

	pair_cut(p);
	for (int i = 0; i < 2; i++) {
		pair_close(p, i);
		host_timer_free(p->host, p->side[i].in.timer);
		VEC_RELEASE(&p->side[i].in.messages);
		host_close(p->host, p->side[i].state_fd);
	}
	log_release(&p->log);
	host_uv_free(p->host);
	snprintf(command, sizeof command, "chmod -R u+rwX '%s'; rm -rf '%s'",
	    p->dir, p->dir);
	ck_assert_int_eq(system(command), 0);
}

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void
pair_up(struct folder_pair *p)
{
	pair_open(p, 0);
	pair_open(p, 1);
	pair_connect(p);
	pair_settle(p);
}

void
pair_run(struct folder_pair *p, uint64_t ms)
{
	int64_t end = now_ms() + (int64_t)ms;

	while (now_ms() < end)
		host_uv_turn(p->host, 5);
}

static bool
settled(struct folder_pair *p)
{
	for (int i = 0; i < 2; i++) {
		struct folder_status st;

		folder_status(p->side[i].folder, &st);
		ck_assert_msg(
		    st.state == FOLDER_SCANNING || st.state == FOLDER_RUNNING,
		    "side %d: %s", i, st.halt);
		if (!st.in_sync || st.n_peers != 1 || !st.peers[0].agrees)
			return false;
	}
	return true;
}

static void
explain(struct folder_pair *p)
{
	for (int i = 0; i < 2; i++) {
		struct folder_status st;

		if (p->side[i].folder == NULL)
			continue;
		folder_status(p->side[i].folder, &st);
		fprintf(stderr,
		    "side %d: state %d scanning %d in_sync %d open %llu "
		    "rests %llu troubles %llu (%s %s) peers %zu\n",
		    i, st.state, st.scanning, st.in_sync,
		    (unsigned long long)st.open_paths,
		    (unsigned long long)st.deletes_resting,
		    (unsigned long long)st.troubles, st.trouble_path,
		    st.trouble ? st.trouble : "", st.n_peers);
		for (size_t k = 0; k < st.n_peers; k++)
			fprintf(stderr,
			    "  peer sending %d receiving %d agrees %d open "
			    "%llu\n",
			    st.peers[k].sending, st.peers[k].receiving,
			    st.peers[k].agrees,
			    (unsigned long long)st.peers[k].open_paths);
		for (int w = 0; w < PLAN_WHYS; w++)
			if (st.waiting[w] > 0)
				fprintf(stderr, "  %llu wait: %s\n",
				    (unsigned long long)st.waiting[w],
				    plan_why_text(w));
	}
}

void
pair_settle(struct folder_pair *p)
{
	int64_t end = now_ms() + 20000;
	int calm = 0;

	/* Events of the kernel may still be on their way: in sync has to hold
	 * over a few turns. */
	while (calm < 5 && now_ms() < end) {
		host_uv_turn(p->host, 20);
		calm = settled(p) ? calm + 1 : 0;
	}
	if (calm < 5) {
		explain(p);
		ck_abort_msg("not in sync after 20 s");
	}
}

void
pair_wait(struct folder_pair *p, bool (*is)(void *arg), void *arg)
{
	int64_t end = now_ms() + 20000;

	while (!is(arg) && now_ms() < end)
		host_uv_turn(p->host, 5);
	if (!is(arg)) {
		explain(p);
		ck_abort_msg("not so after 20 s");
	}
}

static bool
is_in_sync(void *arg)
{
	struct folder_status st;

	folder_status(arg, &st);
	return st.in_sync;
}

void
pair_looked(struct folder_pair *p, int side)
{
	pair_wait(p, is_in_sync, p->side[side].folder);
}

const char *
pair_out(struct folder_pair *p, int side, const char *command)
{
	static char out[1 << 16];
	char line[4096];
	size_t n;
	FILE *f;

	snprintf(
	    line, sizeof line, "cd '%s' && %s", p->side[side].root, command);
	f = popen(line, "r");
	ck_assert_ptr_nonnull(f);
	n = fread(out, 1, sizeof out - 1, f);
	pclose(f);
	while (n > 0 && out[n - 1] == '\n')
		n--;
	out[n] = 0;
	return out;
}

void
pair_sh(struct folder_pair *p, int side, const char *format, ...)
{
	char command[2048], line[4096];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof command, format, args);
	va_end(args);
	snprintf(line, sizeof line, "mkdir -p '%s' && cd '%s' && { %s; }",
	    p->side[side].root, p->side[side].root, command);
	ck_assert_msg(system(line) == 0, "failed: %s", command);
}

void
pair_expect_equal(struct folder_pair *p)
{
	static const char list[] =
	    "find . -path ./.tutti -prune -o ! -name . "
	    "\\( -type f -printf '%P f %m %s %T@\n' -o -type l "
	    "-printf '%P l %l\n' -o -type d -printf '%P d %m\n' -o "
	    "-printf '%P other\n' \\) | sort; find . -path ./.tutti -prune "
	    "-o -type f -exec md5sum {} + | sort";
	char *a = strdup(pair_out(p, 0, list));

	ck_assert_str_eq(a, pair_out(p, 1, list));
	free(a);
}

void
pair_join(struct folder_pair *p, uint64_t ms)
{
	pair_run(p, ms);
	pair_connect(p);
	pair_settle(p);
	pair_expect_equal(p);
}

void
pair_same_marker(const char *name, struct host_stat *out)
{
	if (strcmp(name, "folder") == 0)
		out->ctime_ns = 1;
}
