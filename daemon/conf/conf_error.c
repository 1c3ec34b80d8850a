/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/conf/conf_internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/base/text.h"

/* Without memory to escape it: what is not plain is a question mark. */
static size_t
show_plain(const char *s, char *out, size_t max)
{
	size_t n = 0;

	for (; s[n] != '\0' && n < max; n++)
		out[n] = s[n] >= ' ' && s[n] <= '~' ? s[n] : '?';
	return n;
}

void
conf_shown(const char *s, char *out, size_t len)
{
	struct buf b;
	size_t n;

	buf_init(&b, 8 * LIMIT_PATH_BYTES);
	/* What was escaped before there was no more room is shown. */
	if (text_escape(&b, span_str(s)) == -ENOMEM) {
		n = show_plain(s, out, len - 1);
	} else {
		n = b.len < len - 1 ? b.len : len - 1;
		if (n > 0)
			memcpy(out, b.p, n);
	}
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
