/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/folder/folder_liar.h"

#include <check.h>
#include <string.h>

#include "daemon/folder/folder_internal.h"

/* ---- what it hears ------------------------------------------------------- */

static void
hear_folder(struct liar *l, const struct msg_folder *m)
{
	l->channel = m->channel;
	l->replica = m->replica;
	l->own_counter = vector_get(&m->knowledge, m->replica);
}

static int
hear(void *arg, struct span message)
{
	struct liar *l = arg;
	struct msg m;

	ck_assert_int_eq(msg_parse(&l->zstd, message, &m), 0);
	if (m.type == MSG_FOLDER)
		hear_folder(l, &m.folder);
	if (m.type == MSG_VERSIONS)
		l->n_versions += m.versions.n_records;
	if (m.type == MSG_VERSIONS && m.versions.last)
		l->own_counter = vector_get(&m.versions.end, l->replica);
	if (m.type == MSG_HAVE)
		l->n_have++;
	if (m.type == MSG_VERSIONS || m.type == MSG_HAVE)
		l->n_early += index_in_batch(l->side->folder->index);
	if (m.type == MSG_NOTFOUND)
		l->n_notfound += m.notfound.n_ids;
	if (m.type == MSG_CLOSE)
		l->closed = true;
	for (size_t i = 0; m.type == MSG_DATA && i < m.data.n_pieces; i++) {
		l->n_data++;
		l->data_bytes += m.data.pieces[i].bytes.len;
	}
	for (size_t i = 0; m.type == MSG_WANT && i < m.want.n_items; i++)
		ck_assert_int_eq(VEC_PUSH(&l->wants, m.want.items[i]), 0);
	msg_release(&m);
	return 0;
}

static size_t
nothing_queued(void *arg)
{
	(void)arg;
	return 0;
}

/* ---- the honest end ------------------------------------------------------ */

static void
on_ready(void *arg, struct peer *p)
{
	struct liar *l = arg;
	struct msg_folder mine;

	ck_assert_int_eq(folder_offer(l->side->folder, l->device, &mine), 0);
	ck_assert_int_eq(peer_offer(p, &mine, l->side->folder), 0);
	vector_release(&mine.knowledge);
	vector_release(&mine.resume.noted);
}

static void
on_up(void *arg, struct peer_link *link, const struct msg_folder *theirs)
{
	struct liar *l = arg;

	folder_link_up(l->side->folder, link, l->device, theirs);
}

static int
on_message(void *arg, struct peer_link *link, struct msg *m)
{
	struct liar *l = arg;

	return folder_link_message(l->side->folder, link, m);
}

static void
on_down(void *arg, struct peer_link *link)
{
	struct liar *l = arg;

	if (l->side->folder != NULL)
		folder_link_down(l->side->folder, link);
}

static void
on_offered(void *arg, struct peer *p, struct span id)
{
	(void)arg;
	(void)p;
	(void)id;
}

static void
greet(void *arg)
{
	struct liar *l = arg;

	peer_unoffer(l->peer, SPAN_LIT("f"));
	on_ready(l, l->peer);
}

static const struct peer_cbs cbs = {
    on_ready, on_up, on_message, on_down, on_offered};

/* ---- what it says -------------------------------------------------------- */

void
liar_say(struct liar *l, const struct msg *m)
{
	struct buf bytes;

	if (l->peer == NULL)
		return;
	buf_init(&bytes, MSG_BYTES_MAX);
	ck_assert_int_eq(msg_write(&l->zstd, m, &bytes), 0);
	l->rc = peer_message(l->peer, buf_span(&bytes));
	buf_release(&bytes);
	if (l->rc == 0)
		return;
	l->side->greet = NULL;
	peer_free(l->peer);
	l->peer = NULL;
}

void
liar_init(struct liar *l, struct folder_side *side, uint8_t number)
{
	struct peer_options o = {.host = side->pair->host,
	    .log = &side->pair->log,
	    .name = "liar",
	    .device = SPAN_LIT("machine"),
	    .channel = {l, hear, nothing_queued},
	    .cbs = &cbs,
	    .arg = l};
	struct msg hello = {.type = MSG_HELLO};

	memset(l, 0, sizeof *l);
	l->side = side;
	side->greet = greet;
	side->greet_arg = l;
	memset(l->device, 0x40 + number, sizeof l->device);
	msg_zstd_init(&l->zstd);
	ck_assert_int_eq(peer_new(&o, &l->peer), 0);
	hello.hello.device_name = SPAN_LIT("liar");
	hello.hello.program = SPAN_LIT("lies 1");
	liar_say(l, &hello);
	ck_assert_int_eq(l->rc, 0);
}

void
liar_release(struct liar *l)
{
	l->side->greet = NULL;
	peer_free(l->peer);
	l->peer = NULL;
	VEC_RELEASE(&l->wants);
	msg_zstd_release(&l->zstd);
}

void
liar_offer(struct liar *l, uint64_t replica, const struct vector *k)
{
	struct msg m = {.type = MSG_FOLDER};

	m.folder.id = SPAN_LIT("f");
	m.folder.channel = 7;
	m.folder.format = PEER_FORMAT;
	m.folder.replica = replica;
	if (k != NULL)
		m.folder.knowledge = *k;
	liar_say(l, &m);
}

void
liar_version(
    struct liar *l, const struct version *described, const struct vector *end)
{
	struct version whole = *described, *v;
	struct vector vector = {0};
	struct msg m = {.type = MSG_VERSIONS};
	struct msg_record record = {.holds = true};

	ck_assert_int_eq(vector_copy(&described->vector, &vector), 0);
	ck_assert_int_eq(vector_raise(&vector, described->dot), 0);
	whole.vector = vector;
	ck_assert_int_eq(version_new(&whole, &v), 0);
	record.bytes = v->record;
	m.versions.channel = l->channel;
	m.versions.records = &record;
	m.versions.n_records = 1;
	if (end != NULL) {
		m.versions.last = true;
		m.versions.end = *end;
	}
	liar_say(l, &m);
	version_free(v);
	vector_release(&vector);
}

struct version
liar_file(const char *path, uint64_t replica, uint64_t counter)
{
	struct version v = {.path = span_str(path),
	    .kind = KIND_FILE,
	    .bits = 0644,
	    .size = 5,
	    .mtime_ns = INT64_C(1900000000) * 1000000000,
	    .dot = {replica, counter}};

	memset(&v.content, (int)(replica ^ counter) | 1, sizeof v.content);
	return v;
}

void
liar_answer(struct liar *l, struct span bytes)
{
	struct msg_piece piece = {.bytes = bytes};
	struct msg m = {.type = MSG_DATA};

	ck_assert_uint_gt(l->wants.n, 0);
	piece.id = l->wants.items[0].id;
	memmove(l->wants.items, l->wants.items + 1,
	    --l->wants.n * sizeof *l->wants.items);
	m.data.channel = l->channel;
	m.data.pieces = &piece;
	m.data.n_pieces = 1;
	liar_say(l, &m);
}
