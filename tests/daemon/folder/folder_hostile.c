/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/folder/folder_hostile.h"

#include <stdio.h>
#include <string.h>

#include "daemon/chunk/chunk.h"

struct hostile h;

/* The host's own clock, put forward. */
static int64_t
skewed_mono_ns(void *self)
{
	return h.real->mono_ns(self) + h.skew_ms * 1000000;
}

static void
setup(void)
{
	pair_init(&h.pair);
	h.real = h.pair.host->ops;
	h.ops = *h.real;
	h.ops.mono_ns = skewed_mono_ns;
	h.pair.host->ops = &h.ops;
	h.skew_ms = 0;
	pair_sh(&h.pair, 0, "echo mine >mine; mkdir d; echo two >d/two");
	pair_open(&h.pair, 0);
	pair_run(&h.pair, 200);
	liar_init(&h.liar, &h.pair.side[0], 1);
}

static void
teardown(void)
{
	liar_release(&h.liar);
	pair_release(&h.pair);
}

struct folder_status
hostile_status(void)
{
	struct folder_status st;

	folder_status(h.pair.side[0].folder, &st);
	return st;
}

bool
hostile_comes_true(int side, const char *command, unsigned ms)
{
	char line[1024];

	snprintf(
	    line, sizeof line, "{ %s; } >/dev/null 2>&1 && echo yes", command);
	for (unsigned t = 0; t < ms; t += 20) {
		if (strcmp(pair_out(&h.pair, side, line), "yes") == 0)
			return true;
		pair_run(&h.pair, 20);
	}
	return false;
}

void
hostile_expect_alive(void)
{
	struct folder_status st;

	pair_run(&h.pair, 100);
	st = hostile_status();
	ck_assert_msg(st.state == FOLDER_RUNNING, "%s", st.halt);
	ck_assert_str_eq(pair_out(&h.pair, 0, "cat mine d/two"), "mine\ntwo");
	if (h.pair.side[1].folder == NULL) {
		pair_open(&h.pair, 1);
		pair_connect(&h.pair);
	}
	ck_assert(hostile_comes_true(1, "cat mine d/two", 5000));
	pair_sh(&h.pair, 1, "echo theirs >theirs");
	ck_assert(hostile_comes_true(0, "grep theirs theirs", 5000));
	pair_sh(&h.pair, 0, "echo later >later");
	ck_assert(hostile_comes_true(1, "grep later later", 5000));
	st = hostile_status();
	ck_assert_msg(st.state == FOLDER_RUNNING, "%s", st.halt);
}

struct name
hostile_name_of(struct span bytes)
{
	struct chunk_list list;
	struct name name;

	chunks_init(&list);
	ck_assert_int_eq(chunk_all(bytes, &list, &name), 0);
	chunks_release(&list);
	return name;
}

void
hostile_await_want(void)
{
	for (int i = 0; i < 200 && h.liar.wants.n == 0; i++)
		pair_run(&h.pair, 10);
	ck_assert_uint_gt(h.liar.wants.n, 0);
}

void
hostile_say_wants(size_t n, enum msg_want_kind kind, struct name content)
{
	static struct msg_want_item items[LIMIT_WANT_ITEMS];
	struct msg m = {.type = MSG_WANT};

	for (size_t i = 0; i < n; i++)
		items[i] = (struct msg_want_item){.id = (uint32_t)i + 1,
		    .kind = kind,
		    .content = content,
		    .verify = true,
		    .first = kind == MSG_WANT_CHUNKS ? (uint32_t)i : 0,
		    .count = kind == MSG_WANT_CHUNKS};
	m.want.channel = h.liar.channel;
	m.want.items = items;
	m.want.n_items = n;
	liar_say(&h.liar, &m);
}

TCase *
hostile_tcase(const char *name)
{
	TCase *t = tcase_create(name);

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 30);
	return t;
}
