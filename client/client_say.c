/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client_internal.h"

#include <stdarg.h>
#include <string.h>

#include "daemon/api/words.h"
#include "proto/base/text.h"

enum { RING = 8, SHOWN_BYTES = 1024 };

/* A place in the ring that client_shown and its like write to. */
static char *
slot(void)
{
	static char ring[RING][SHOWN_BYTES];
	static unsigned next;

	return ring[next++ % RING];
}

const char *
client_shown(const char *s)
{
	char *out = slot();
	struct buf b;
	size_t n = 0;

	buf_init(&b, 1 << 16);
	if (text_escape(&b, span_str(s)) == 0)
		n = b.len < SHOWN_BYTES ? b.len : SHOWN_BYTES - 1;
	if (n > 0)
		memcpy(out, b.p, n);
	out[n] = '\0';
	buf_release(&b);
	return out;
}

const char *
client_size(uint64_t bytes)
{
	return words_size(bytes, slot());
}

const char *
client_count(uint64_t n, const char *one, const char *many)
{
	return words_count(n, one, many, slot());
}

/* The daemon may find what client_load found, and said. */
static bool
was_said(const struct client *c, const char *text)
{
	for (size_t i = 0; c->loaded && i < c->errors.v.n; i++)
		if (strcmp(c->errors.v.items[i].text, text) == 0)
			return true;
	return false;
}

int
client_fail(struct client *c, int code, const char *format, ...)
{
	char text[4096];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	if (c->json)
		client_print(
		    c, json_pack("{s:s, s:i}", "error", text, "exit", code));
	if (!was_said(c, text))
		fprintf(c->world->err, "tutti: %s\n", text);
	return code;
}

void
client_say(struct client *c, const char *format, ...)
{
	va_list ap;

	if (c->json)
		return;
	va_start(ap, format);
	vfprintf(c->world->out, format, ap);
	va_end(ap);
	fputc('\n', c->world->out);
}

void
client_warn(struct client *c, const char *format, ...)
{
	va_list ap;

	fputs("tutti: ", c->world->err);
	va_start(ap, format);
	vfprintf(c->world->err, format, ap);
	va_end(ap);
	fputc('\n', c->world->err);
}

int
client_print(struct client *c, json_t *taken)
{
	json_t *schema = json_integer(1);
	int code = CLIENT_ERROR;

	/* Fields that are no UTF-8 make json_pack fail: said by the code. */
	if (taken != NULL && json_object_set(taken, "schema", schema) == 0 &&
	    json_dumpf(taken, c->world->out, JSON_INDENT(2)) == 0) {
		fputc('\n', c->world->out);
		code = CLIENT_OK;
	}
	json_decref(schema);
	json_decref(taken);
	return code;
}
