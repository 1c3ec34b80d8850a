/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/log/log_internal.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "proto/base/text.h"

#define NS_PER_S INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)

int
log_format_time(int64_t time_ns, struct buf *out)
{
	int64_t ns = time_ns % NS_PER_S;
	time_t s = (time_t)(time_ns / NS_PER_S);
	char text[32];
	struct tm tm;

	if (ns < 0) {
		ns += NS_PER_S;
		s--;
	}
	if (gmtime_r(&s, &tm) == NULL ||
	    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		return ERR_LIMIT;
	return buf_addf(out, "%s.%03dZ", text, (int)(ns / NS_PER_MS));
}

static int
add_id(const uint8_t *id, struct buf *out)
{
	char text[TEXT_ID_CHARS + 1];

	text_id(id, text);
	return buf_add(out, span_str(text));
}

static int
add_string(const char *s, struct buf *out)
{
	return s ? text_escape(out, span_str(s)) : buf_add(out, SPAN_LIT("-"));
}

int
log_field_text(const struct log_field *field, struct buf *out)
{
	switch (field->type) {
	case LOG_TYPE_NONE:
		return 0;
	case LOG_TYPE_EVENT:
	case LOG_TYPE_STR:
		return add_string(field->as.str, out);
	case LOG_TYPE_SPAN:
		return text_escape(out, field->as.span);
	case LOG_TYPE_INT:
		return buf_addf(out, "%" PRId64, field->as.num);
	case LOG_TYPE_UINT:
		return buf_addf(out, "%" PRIu64, field->as.count);
	case LOG_TYPE_BOOL:
		return buf_addf(out, "%s", field->as.flag ? "yes" : "no");
	case LOG_TYPE_ERR:
		return buf_add(out, span_str(err_text(field->as.err)));
	case LOG_TYPE_ID:
		return add_id(field->as.id, out);
	case LOG_TYPE_DOT:
		return buf_addf(out, "%016" PRIx64 ".%" PRIu64,
		    field->as.dot.replica, field->as.dot.counter);
	}
	return 0;
}

/* Escaped text ends at a blank, and "=" and quotes would mislead a reader. */
static bool
needs_quotes(struct span text)
{
	if (text.len == 0)
		return true;
	for (size_t i = 0; i < text.len; i++)
		if (strchr(" =\"", text.p[i]) != NULL)
			return true;
	return false;
}

static int
add_quoted(struct span text, struct buf *out)
{
	int rc = buf_add(out, SPAN_LIT("\""));

	for (size_t i = 0; i < text.len && rc == 0; i++) {
		if (text.p[i] == '"')
			rc = buf_add(out, SPAN_LIT("\\"));
		if (rc == 0)
			rc = buf_add(out, span_of(text.p + i, 1));
	}
	return rc < 0 ? rc : buf_add(out, SPAN_LIT("\""));
}

static int
add_field(const struct log_field *field, struct buf *out)
{
	struct buf text;
	int rc;

	buf_init(&text, LOG_LINE_BYTES);
	rc = log_field_text(field, &text);
	if (rc < 0 && rc != ERR_LIMIT)
		goto out;
	rc = buf_addf(out, " %s=", field->key);
	if (rc < 0)
		goto out;
	if (needs_quotes(buf_span(&text)))
		rc = add_quoted(buf_span(&text), out);
	else
		rc = buf_add(out, buf_span(&text));
out:
	buf_release(&text);
	return rc;
}

int
log_format_fields(const struct log_field *fields, struct buf *out)
{
	int rc = buf_add(out, span_str(fields[0].as.str));

	for (size_t i = 1; fields[i].type != LOG_TYPE_NONE && rc == 0; i++)
		rc = add_field(&fields[i], out);
	return rc;
}
