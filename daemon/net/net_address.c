/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "daemon/net/net_internal.h"

/* Decimal, 1 to 65535, nothing around it. */
static int
parse_port(const char *text, uint16_t *out)
{
	unsigned value = 0;

	for (const char *p = text; *p != '\0'; p++) {
		if (*p < '0' || *p > '9')
			return ERR_CONFIG;
		value = value * 10 + (unsigned)(*p - '0');
		if (value > UINT16_MAX)
			return ERR_CONFIG;
	}
	if (value == 0)
		return ERR_CONFIG;
	*out = (uint16_t)value;
	return 0;
}

/* Splits into the host's bytes and the port's text, NULL when there is none. */
static int
split(const char *text, struct span *out_host, const char **out_port)
{
	const char *first = strchr(text, ':'), *end;

	if (text[0] == '[') {
		end = strchr(text, ']');
		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return ERR_CONFIG;
		*out_host = span_of(text + 1, (size_t)(end - text - 1));
		*out_port = end[1] == ':' ? end + 2 : NULL;
		return 0;
	}
	/* More than one colon and no brackets: all of it is an address. */
	if (first == NULL || strchr(first + 1, ':') != NULL) {
		*out_host = span_str(text);
		*out_port = NULL;
		return 0;
	}
	*out_host = span_of(text, (size_t)(first - text));
	*out_port = first + 1;
	return 0;
}

int
net_address_parse(
    const char *text, char out_host[static NET_HOST_CHARS], uint16_t *out_port)
{
	uint16_t port = NET_PORT_FIRST;
	const char *port_text;
	struct span host;
	int rc = split(text, &host, &port_text);

	if (rc == 0 && port_text != NULL)
		rc = parse_port(port_text, &port);
	if (rc < 0)
		return rc;
	if (host.len == 0 || host.len >= NET_HOST_CHARS)
		return ERR_CONFIG;
	for (size_t i = 0; i < host.len; i++)
		if (host.p[i] <= ' ' || host.p[i] == 0x7f)
			return ERR_CONFIG;
	memcpy(out_host, host.p, host.len);
	out_host[host.len] = '\0';
	*out_port = port;
	return 0;
}
