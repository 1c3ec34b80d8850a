/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/api/api_internal.h"

#include <string.h>

enum { FIELD_BYTES = 16 << 10 };

static json_t *
field_json(const struct log_field *field)
{
	json_t *json = NULL;
	struct buf b;
	int rc;

	switch (field->type) {
	case LOG_TYPE_INT:
		return json_integer(field->as.num);
	case LOG_TYPE_UINT:
		return json_integer((json_int_t)field->as.count);
	case LOG_TYPE_BOOL:
		return json_boolean(field->as.flag);
	case LOG_TYPE_NONE:
	case LOG_TYPE_EVENT:
	case LOG_TYPE_STR:
	case LOG_TYPE_SPAN:
	case LOG_TYPE_ERR:
	case LOG_TYPE_ID:
	case LOG_TYPE_DOT:
		break;
	}
	buf_init(&b, FIELD_BYTES);
	rc = log_field_text(field, &b);
	/* What is too long is cut, as in the log. */
	if (rc == 0 || rc == ERR_LIMIT)
		json = json_stringn(b.p ? (const char *)b.p : "", b.len);
	buf_release(&b);
	return json;
}

/* One event as one line, to be freed; NULL: no memory. */
static char *
event_line(const struct log_record *record)
{
	json_t *json =
	    json_pack("{s:f, s:s, s:b}", "time", (double)record->time_ns / 1e9,
		"level", log_level_name(record->level), "audit", record->audit);
	char *line;

	for (const struct log_field *f = record->fields;
	     f->type != LOG_TYPE_NONE; f++)
		api_json_set(&json, f->key, field_json(f));
	line = api_json_dump(json);
	json_decref(json);
	return line;
}

/* A reader that is slow loses events, and so do all where there is no memory
 * for one (NULL); they are told so, as soon as there is room for it. */
static void
add_line(struct api_request *r, const char *line)
{
	static const char lost[] = "{\"event\":\"events_lost\"}\n";

	if (r->lost && buf_add(&r->events, span_str(lost)) == 0)
		r->lost = false;
	if (r->lost || line == NULL || buf_addf(&r->events, "%s\n", line) < 0)
		r->lost = true;
	if (r->suspended)
		api_resume(r);
}

static void
on_event(void *arg, const struct log_record *record)
{
	struct api *api = arg;
	char *line = event_line(record);

	for (struct api_request *r = api->requests; r != NULL; r = r->next)
		if (r->stream)
			add_line(r, line);
	free(line);
}

bool
api_stream_begin(struct api_request *r)
{
	struct api *api = r->api;

	if (api->streams == API_STREAMS)
		return false;
	buf_init(&r->events, API_STREAM_BYTES);
	r->stream = true;
	if (api->streams++ == 0) {
		api->sink = (struct log_sink){
		    .cb = on_event, .arg = api, .level = LOG_LEVEL_INFO};
		log_add_sink(api->log, &api->sink);
	}
	return true;
}

void
api_stream_end(struct api_request *r)
{
	if (!r->stream)
		return;
	r->stream = false;
	buf_release(&r->events);
	if (--r->api->streams == 0)
		log_remove_sink(r->api->log, &r->api->sink);
}

size_t
api_stream_read(struct api_request *r, char *p, size_t len)
{
	size_t n = r->events.len < len ? r->events.len : len;

	if (n > 0) {
		memcpy(p, r->events.p, n);
		buf_consume(&r->events, n);
	}
	return n;
}
