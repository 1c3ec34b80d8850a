/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked with, and what is answered, in the library's terms. */
#include "daemon/api/api_internal.h"

#include <microhttpd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
api_answer(struct api_request *r, unsigned status, json_t *taken)
{
	json_decref(r->answer);
	api_json_set(&taken, "schema", json_integer(1));
	if (taken == NULL) {
		/* Said without asking for memory. */
		r->status = API_LATER;
		r->answer = json_null();
		return;
	}
	r->answer = taken;
	r->status = status;
}

void
api_error(struct api_request *r, unsigned status, const char *format, ...)
{
	char text[4096];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	api_answer(r, status, json_pack("{s:o}", "error", api_json_text(text)));
}

/* Gives a stream's events to the library; waits when there are none. */
static ssize_t
give_events(void *arg, uint64_t at, char *p, size_t len)
{
	struct api_request *r = arg;
	size_t n = api_stream_read(r, p, len);

	(void)at;
	if (n == 0 && r->api->ending)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (n == 0)
		api_suspend(r);
	return (ssize_t)n;
}

static struct MHD_Response *
response_of(struct api_request *r)
{
	static char no_memory[] =
	    "{\"error\": \"out of memory; try again\", \"schema\": 1}\n";
	struct MHD_Response *response;
	char *text;

	if (r->stream)
		return MHD_create_response_from_callback(
		    MHD_SIZE_UNKNOWN, 4096, give_events, r, NULL);
	text = json_is_null(r->answer) ? NULL : api_json_dump(r->answer);
	if (text == NULL) {
		r->status = API_LATER;
		return MHD_create_response_from_buffer(
		    sizeof no_memory - 1, no_memory, MHD_RESPMEM_PERSISTENT);
	}
	response = MHD_create_response_from_buffer(
	    strlen(text), text, MHD_RESPMEM_MUST_FREE);
	if (response == NULL)
		free(text);
	return response;
}

bool
api_send(struct api_request *r)
{
	struct MHD_Response *response = response_of(r);
	enum MHD_Result result;

	if (response == NULL)
		return false;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
	    r->stream ? "application/jsonl" : "application/json");
	result = MHD_queue_response(
	    r->connection, r->stream ? API_OK : r->status, response);
	MHD_destroy_response(response);
	return result == MHD_YES;
}

const char *
api_argument(struct api_request *r, const char *name)
{
	return MHD_lookup_connection_value(
	    r->connection, MHD_GET_ARGUMENT_KIND, name);
}

static enum MHD_Result
see_zero(void *arg, enum MHD_ValueKind kind, const char *key, size_t key_len,
    const char *value, size_t value_len)
{
	bool *seen = arg;

	(void)kind;
	*seen = *seen || strlen(key) < key_len ||
		(value != NULL && strlen(value) < value_len);
	return MHD_YES;
}

bool
api_has_zero(struct api_request *r)
{
	bool seen = false;

	MHD_get_connection_values_n(
	    r->connection, MHD_GET_ARGUMENT_KIND, see_zero, &seen);
	return seen;
}
