/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/race/race.h"

static const char *const hows[RACE_HOWS] = {
    [RACE_CREATE] = "creates",
    [RACE_REWRITE] = "rewrites",
    [RACE_PIECES] = "rewrites in pieces",
    [RACE_APPEND] = "appends to",
    [RACE_PATCH] = "patches",
    [RACE_MAP] = "maps and writes",
    [RACE_MAP_NEW] = "resizes, maps and writes",
    [RACE_SAVE] = "saves over",
    [RACE_TAKE] = "takes away",
    [RACE_MOVE] = "moves",
};

int64_t
race_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

void
race_table_init(struct race_table *t)
{
	*t = (struct race_table){.began_ns = race_now_ns()};
	pthread_mutex_init(&t->lock, NULL);
}

void
race_table_release(struct race_table *t)
{
	struct race_edit *e, *next_edit;

	HASH_ITER (hh, t->edits, e, next_edit) {
		HASH_DEL(t->edits, e);
		free(e);
	}
	VEC_EACH (&t->wrongs, w)
		free(*w);
	VEC_RELEASE(&t->open);
	VEC_RELEASE(&t->events);
	VEC_RELEASE(&t->wrongs);
	pthread_mutex_destroy(&t->lock);
}

uint32_t
race_number(struct race_table *t)
{
	uint32_t n;

	pthread_mutex_lock(&t->lock);
	n = ++t->n;
	pthread_mutex_unlock(&t->lock);
	return n;
}

void
race_made(struct race_table *t, uint32_t number, struct span bytes)
{
	struct race_edit *e = calloc(1, sizeof *e);

	if (e == NULL)
		race_die("no memory for an edit");
	e->number = number;
	e->size = (uint32_t)bytes.len;
	name_chunk(bytes, &e->content);
	pthread_mutex_lock(&t->lock);
	HASH_ADD(hh, t->edits, content, sizeof e->content, e);
	if (VEC_PUSH(&t->open, e) < 0)
		race_die("no memory for an edit");
	pthread_mutex_unlock(&t->lock);
}

static void
wrong(struct race_table *t, const char *format, va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0 || VEC_PUSH(&t->wrongs, text))
		race_die("no memory to say what is wrong");
}

void
race_wrong(struct race_table *t, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	pthread_mutex_lock(&t->lock);
	wrong(t, format, args);
	pthread_mutex_unlock(&t->lock);
	va_end(args);
}

uint32_t
race_saw(struct race_table *t, struct span bytes, const char *where, uint8_t on)
{
	struct race_edit *e;
	struct name content;
	uint32_t number = 0;

	name_chunk(bytes, &content);
	pthread_mutex_lock(&t->lock);
	HASH_FIND(hh, t->edits, &content, sizeof content, e);
	if (e != NULL) {
		e->seen = true;
		number = e->number;
	}
	pthread_mutex_unlock(&t->lock);
	if (e == NULL)
		race_wrong(t, "%c:%s has %zu bytes that no edit left: %.32s",
		    'a' + on, where, bytes.len, (const char *)bytes.p);
	return number;
}

void
race_happened(struct race_table *t, const struct race_event *event)
{
	struct race_event copy = *event;

	pthread_mutex_lock(&t->lock);
	copy.ns = race_now_ns() - t->began_ns;
	if (VEC_PUSH(&t->events, copy) < 0)
		race_die("no memory for an event");
	pthread_mutex_unlock(&t->lock);
}

static void
print(const struct race_event *event)
{
	printf("  %12.6f %c ", (double)event->ns / 1e9, 'a' + event->machine);
	if (event->number != 0)
		printf("edit %" PRIu32 " ", event->number);
	printf("%s %s", hows[event->how], event->name);
	if (event->to[0] != '\0')
		printf(" to %s", event->to);
	if (event->was != 0)
		printf(" (was edit %" PRIu32 ")", event->was);
	printf("\n");
}

void
race_history(const struct race *r, const struct race_edit *edit)
{
	const struct race_table *t = &r->table;
	const struct race_event *made = NULL;
	size_t from = 0, to = 0;

	VEC_EACH (&t->events, it) {
		if (it->number != edit->number && it->was != edit->number)
			continue;
		if (made == NULL)
			made = it;
		print(it);
	}
	if (made == NULL)
		return;
	printf("  around %s:\n", made->name);
	from = to = (size_t)(made - t->events.items);
	for (int n = 0; from > 0 && n < 60; n++)
		from--;
	for (int n = 0; to < t->events.n && n < 400; n++)
		to++;
	for (; from < to; from++) {
		const struct race_event *it = &t->events.items[from];

		if (strcmp(it->name, made->name) == 0 ||
		    strcmp(it->to, made->name) == 0)
			print(it);
	}
}
