/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/conf/conf_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/base/text.h"

void
conf_shown(const char *s, char *out, size_t len)
{
	struct buf b;
	size_t n;

	/* What was escaped before memory or room ran out is shown. */
	buf_init(&b, 8 * LIMIT_PATH_BYTES);
	if (text_escape(&b, span_str(s)) < 0)
		n = snprintf(out, len, "?") > 0 ? 1 : 0;
	else
		n = b.len < len - 1 ? b.len : len - 1;
	if (b.p != NULL && n > 0)
		memcpy(out, b.p, n);
	out[n] = '\0';
	buf_release(&b);
}

void
conf_error_file(struct conf_error *error, const char *dir, const char *name)
{
	char shown[CONF_SHOWN_BYTES];

	conf_shown(name, shown, sizeof shown);
	snprintf(error->file, sizeof error->file, "%s%s%s.conf", dir ? dir : "",
	    dir ? "/" : "", shown);
	error->line = 0;
	error->text[0] = '\0';
}

int
conf_error_say(struct conf_error *error, unsigned line, const char *format, ...)
{
	char where[CONF_FILE_BYTES + 32] = "";
	char what[CONF_ERROR_BYTES];
	va_list ap;

	va_start(ap, format);
	vsnprintf(what, sizeof what, format, ap);
	va_end(ap);
	error->line = line;
	if (error->file[0] != '\0' && line > 0)
		snprintf(
		    where, sizeof where, "%s, line %u: ", error->file, line);
	else if (error->file[0] != '\0')
		snprintf(where, sizeof where, "%s: ", error->file);
	snprintf(error->text, sizeof error->text, "%s%.*s", where,
	    (int)(sizeof error->text - strlen(where) - 1), what);
	return ERR_CONFIG;
}

void
conf_errors_release(struct conf_errors *errors)
{
	VEC_RELEASE(&errors->v);
}

const struct conf_error *
conf_errors_main(const struct conf_errors *errors)
{
	VEC_EACH (&errors->v, error)
		if (strcmp(error->file, "tutti.conf") == 0)
			return error;
	return NULL;
}
