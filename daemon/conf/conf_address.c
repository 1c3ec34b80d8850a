/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/conf/conf_internal.h"

#include <arpa/inet.h>
#include <string.h>

static int
port_parse(const char *s, uint16_t *out)
{
	unsigned long port = 0;
	size_t digits = strspn(s, "0123456789");

	if (digits == 0 || digits > 5 || s[digits] != '\0')
		return ERR_GRAMMAR;
	for (size_t i = 0; i < digits; i++)
		port = port * 10 + (unsigned long)(s[i] - '0');
	if (port == 0 || port > UINT16_MAX)
		return ERR_GRAMMAR;
	*out = (uint16_t)port;
	return 0;
}

/* Parts host and port, which is NULL when there is none. */
static int
address_split(const char *s, struct span *host, const char **port)
{
	const char *end;

	*port = NULL;
	if (s[0] == '[') {
		end = strchr(s, ']');
		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return ERR_GRAMMAR;
		*host = span_of(s + 1, (size_t)(end - s - 1));
		*port = end[1] == ':' ? end + 2 : NULL;
		return 0;
	}
	end = strchr(s, ':');
	/* More than one colon and no brackets: IPv6 without a port. */
	if (end == NULL || strchr(end + 1, ':') != NULL) {
		*host = span_str(s);
		return 0;
	}
	*host = span_of(s, (size_t)(end - s));
	*port = end + 1;
	return 0;
}

static bool
host_valid(const char *host)
{
	struct in6_addr v6;
	static const char fit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz0123456789._-";

	if (strchr(host, ':') == NULL)
		return host[0] != '\0' && host[strspn(host, fit)] == '\0';
	return strchr(host, '%') != NULL || inet_pton(AF_INET6, host, &v6) == 1;
}

int
conf_address_parse(const char *s, struct conf_address *out)
{
	struct conf_address a = {.port = 0};
	struct span host;
	const char *port;
	int rc = address_split(s, &host, &port);

	if (rc < 0)
		return rc;
	if (host.len > CONF_HOST_BYTES)
		return ERR_GRAMMAR;
	memcpy(a.host, host.p, host.len);
	if (!host_valid(a.host))
		return ERR_GRAMMAR;
	if (port != NULL && (rc = port_parse(port, &a.port)) < 0)
		return rc;
	*out = a;
	return 0;
}

int
conf_address_text(const struct conf_address *a, struct buf *out)
{
	bool v6 = strchr(a->host, ':') != NULL;
	int rc = buf_addf(out, "%s%s%s", v6 ? "[" : "", a->host, v6 ? "]" : "");

	if (rc == 0 && a->port != 0)
		rc = buf_addf(out, ":%u", (unsigned)a->port);
	return rc;
}

static bool
numeric(const char *host)
{
	struct in6_addr any;

	return inet_pton(AF_INET, host, &any) == 1 ||
	       inet_pton(AF_INET6, host, &any) == 1;
}

static int
listen_parse(const struct conf_option *option, const char *text, void *field)
{
	struct conf_address a = {.port = 0};
	int rc;

	(void)option;
	if (text[0] != '\0') {
		rc = conf_address_parse(text, &a);
		if (rc < 0)
			return rc;
		if (!numeric(a.host))
			return ERR_GRAMMAR;
	}
	*(struct conf_address *)field = a;
	return 0;
}

static size_t
listen_count(const void *field)
{
	return ((const struct conf_address *)field)->host[0] != '\0';
}

static int
listen_format(const struct conf_option *option, const void *field, size_t i,
    struct buf *out)
{
	(void)option;
	(void)i;
	return conf_address_text(field, out);
}

const struct conf_type conf_type_listen = {
    false, false, listen_parse, listen_count, listen_format, NULL};

static int
addresses_parse(const struct conf_option *option, const char *text, void *field)
{
	struct conf_addresses *list = field;
	struct conf_address a;
	int rc = conf_address_parse(text, &a);

	(void)option;
	return rc < 0 ? rc : VEC_PUSH(&list->v, a);
}

static size_t
addresses_count(const void *field)
{
	return ((const struct conf_addresses *)field)->v.n;
}

static int
addresses_format(const struct conf_option *option, const void *field, size_t i,
    struct buf *out)
{
	const struct conf_addresses *list = field;

	(void)option;
	return conf_address_text(&list->v.items[i], out);
}

static void
addresses_release(void *field)
{
	VEC_RELEASE(&((struct conf_addresses *)field)->v);
}

const struct conf_type conf_type_addresses = {true, false, addresses_parse,
    addresses_count, addresses_format, addresses_release};
