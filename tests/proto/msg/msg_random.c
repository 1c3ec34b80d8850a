/* SPDX-License-Identifier: Apache-2.0 */
/* msg_random - messages of every kind, from a seed. */
#include "tests/proto/msg/msg_test.h"

#include <string.h>

uint64_t
test_random(uint64_t *seed, uint64_t n)
{
	uint64_t x = *seed += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return n == 0 ? x ^ x >> 31 : (x ^ x >> 31) % n;
}

uint64_t
test_random_number(uint64_t *seed, uint64_t max)
{
	return (test_random(seed, 0) >> test_random(seed, 64)) % (max + 1);
}

/* Some of the test's bytes. */
static struct span
some_bytes(struct test_message *t, uint64_t *seed, size_t min, size_t max)
{
	size_t len = min + test_random_number(seed, max - min);

	return span_of(
	    t->bytes + test_random(seed, sizeof t->bytes - len), len);
}

static struct name
some_name(uint64_t *seed)
{
	struct name name;

	for (size_t i = 0; i < sizeof name.b; i++)
		name.b[i] = (uint8_t)test_random(seed, 256);
	return name;
}

static struct dot
some_dot(uint64_t *seed)
{
	return (struct dot){test_random(seed, 0),
	    1 + test_random_number(seed, (uint64_t)LIMIT_COUNTER - 1)};
}

static struct vector
some_vector(struct test_message *t, int which, uint64_t *seed)
{
	for (size_t n = test_random_number(seed, 200); n > 0; n--)
		HOLDS(vector_raise(&t->vectors[which], some_dot(seed)) == 0);
	return t->vectors[which];
}

static void *
some_items(struct test_message *t, size_t n, size_t size)
{
	t->items = calloc(n + 1, size);
	HOLDS(t->items != NULL);
	return t->items;
}

static void
random_hello(struct test_message *t, uint64_t *seed)
{
	size_t n = test_random(seed, 9);
	struct span *items = some_items(t, n, sizeof *items);

	for (size_t i = 0; i < n; i++) {
		items[i] = some_bytes(t, seed, 2, MSG_FEATURE_BYTES);
		t->bytes[i] = (uint8_t)('a' + i); /* makes them ascend */
	}
	for (size_t i = 0; i < n; i++)
		items[i].p = t->bytes + i;
	t->msg.hello = (struct msg_hello){
	    .minor = (uint16_t)test_random(seed, 65536),
	    .device_name = some_bytes(t, seed, 0, LIMIT_PEER_NAME_BYTES),
	    .program = some_bytes(t, seed, 0, MSG_PROGRAM_BYTES),
	    .features = items,
	    .n_features = n,
	};
}

static void
random_folder(struct test_message *t, uint64_t *seed)
{
	bool resume = test_random(seed, 2) == 0;

	memcpy(t->bytes, "Az09-_.", 7);
	t->msg.folder = (struct msg_folder){
	    .id = span_of(t->bytes, 1 + test_random(seed, 7)),
	    .channel = (uint16_t)test_random(seed, 65536),
	    .format = (uint32_t)test_random(seed, 0),
	    .mode = (enum msg_mode)test_random(seed, 3),
	    .replica = test_random(seed, 0),
	    .knowledge = some_vector(t, 0, seed),
	    .has_resume = resume,
	};
	if (!resume)
		return;
	t->msg.folder.resume = (struct msg_resume){
	    .sender = test_random(seed, 0),
	    .noted = some_vector(t, 1, seed),
	};
	if (test_random(seed, 2) == 0)
		t->msg.folder.resume.last = some_dot(seed);
}

static void
random_versions(struct test_message *t, uint64_t *seed)
{
	struct msg_versions *v = &t->msg.versions;
	size_t n = test_random(seed, 20);
	struct msg_record *items = some_items(t, n, sizeof *items);

	for (size_t i = 0; i < n; i++)
		items[i] = (struct msg_record){
		    test_random(seed, 2) == 0, some_bytes(t, seed, 1, 300)};
	*v = (struct msg_versions){
	    .channel = (uint16_t)test_random(seed, 65536),
	    .first = test_random(seed, 2) == 0,
	    .last = n == 0 || test_random(seed, 2) == 0,
	    .records = items,
	    .n_records = n,
	};
	v->resumed = v->first && test_random(seed, 2) == 0;
	if (test_random(seed, 3) > 0)
		v->cursor = some_dot(seed);
	if (v->first)
		v->noted = some_vector(t, 0, seed);
	if (v->last)
		v->end = some_vector(t, 1, seed);
}

static void
random_have(struct test_message *t, uint64_t *seed)
{
	size_t n = test_random(seed, 20);
	struct name *items = some_items(t, n, sizeof *items);

	for (size_t i = 0; i < n; i++)
		items[i] = some_name(seed);
	t->msg.have = (struct msg_have){
	    .channel = (uint16_t)test_random(seed, 65536),
	    .open_paths = test_random(seed, 0),
	    .open_bytes = test_random(seed, 0),
	    .names = items,
	    .n_names = n,
	};
}

static void
random_want(struct test_message *t, uint64_t *seed)
{
	size_t n = 1 + test_random(seed, 20);
	struct msg_want_item *items = some_items(t, n, sizeof *items);

	for (size_t i = 0; i < n; i++) {
		items[i].id = (uint32_t)test_random(seed, 0);
		items[i].content = some_name(seed);
		items[i].kind = (enum msg_want_kind)test_random(seed, 3);
		items[i].verify = test_random(seed, 2) == 0;
		items[i].expected =
		    (uint32_t)test_random_number(seed, LIMIT_IN_FLIGHT_BYTES);
		if (items[i].kind == MSG_WANT_LIST)
			items[i].base = some_name(seed);
		if (items[i].kind == MSG_WANT_WHOLE)
			continue;
		items[i].first =
		    (uint32_t)test_random_number(seed, LIMIT_CHUNKS - 1);
		if (items[i].kind == MSG_WANT_LIST)
			continue;
		items[i].count = 1 + (uint32_t)test_random_number(seed,
					 LIMIT_CHUNKS - 1 - items[i].first);
	}
	t->msg.want =
	    (struct msg_want){(uint16_t)test_random(seed, 65536), items, n};
}

static void
random_data(struct test_message *t, uint64_t *seed)
{
	size_t n = 1 + test_random(seed, 20);
	struct msg_piece *items = some_items(t, n, sizeof *items);

	for (size_t i = 0; i < n; i++) {
		items[i].id = (uint32_t)test_random(seed, 0);
		items[i].status = (enum msg_status)test_random(seed, 2);
		items[i].bytes =
		    some_bytes(t, seed, items[i].status, sizeof t->bytes / 2);
	}
	t->msg.data =
	    (struct msg_data){(uint16_t)test_random(seed, 65536), items, n};
}

static void
random_notfound(struct test_message *t, uint64_t *seed)
{
	size_t n = 1 + test_random(seed, 20);
	uint32_t *items = some_items(t, n, sizeof *items);

	for (size_t i = 0; i < n; i++)
		items[i] = (uint32_t)test_random(seed, 0);
	t->msg.notfound =
	    (struct msg_notfound){(uint16_t)test_random(seed, 65536), items, n};
}

void
test_message(struct test_message *t, enum msg_type type, uint64_t *seed)
{
	bool text = test_random(seed, 2) == 0; /* or what nothing compresses */

	*t = (struct test_message){.msg.type = type};
	for (size_t i = 0; i < sizeof t->bytes; i++)
		t->bytes[i] = (uint8_t)test_random(seed, text ? 3 : 256);
	switch (type) {
	case MSG_HELLO:
		random_hello(t, seed);
		break;
	case MSG_FOLDER:
		random_folder(t, seed);
		break;
	case MSG_UNFOLDER:
		t->msg.unfolder.channel = (uint16_t)test_random(seed, 65536);
		break;
	case MSG_VERSIONS:
		random_versions(t, seed);
		break;
	case MSG_HAVE:
		random_have(t, seed);
		break;
	case MSG_WANT:
		random_want(t, seed);
		break;
	case MSG_DATA:
		random_data(t, seed);
		break;
	case MSG_NOTFOUND:
		random_notfound(t, seed);
		break;
	case MSG_PING:
	case MSG_PONG:
		t->msg.ping.number = test_random(seed, 0);
		break;
	case MSG_CLOSE:
		t->msg.close.reason =
		    (enum msg_reason)test_random(seed, MSG_CLOSE_DUPLICATE + 1);
		t->msg.close.text = some_bytes(t, seed, 0, MSG_TEXT_BYTES);
		break;
	case MSG_HALT:
		t->msg.halt.channel = (uint16_t)test_random(seed, 65536);
		t->msg.halt.why =
		    (enum msg_halt_why)test_random(seed, MSG_HALT_ROOT + 1);
		break;
	}
}

void
test_message_release(struct test_message *t)
{
	vector_release(&t->vectors[0]);
	vector_release(&t->vectors[1]);
	free(t->items);
}
