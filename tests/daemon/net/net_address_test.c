/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tests/daemon/net/net_test.h"

static const struct {
	const char *text, *host;
	uint16_t port;
} good[] = {
    {"example.org:1", "example.org", 1},
    {"example.org:65535", "example.org", 65535},
    {"example.org", "example.org", NET_PORT_FIRST},
    {"192.0.2.1:022100", "192.0.2.1", 22100},
    {"[2001:db8::1]:5", "2001:db8::1", 5},
    {"[2001:db8::1]", "2001:db8::1", NET_PORT_FIRST},
    {"2001:db8::1", "2001:db8::1", NET_PORT_FIRST},
    {"fe80::1%eth0", "fe80::1%eth0", NET_PORT_FIRST},
};

START_TEST(addresses_part_into_host_and_port)
{
	char host[NET_HOST_CHARS];
	uint16_t port;

	ck_assert_int_eq(net_address_parse(good[_i].text, host, &port), 0);
	ck_assert_str_eq(host, good[_i].host);
	ck_assert_uint_eq(port, good[_i].port);
}
END_TEST

static const char *const bad[] = {"", ":", ":22100", "host:", "host:0",
    "host:65536", "host:99999999999999999999", "host:-1", "host:+1", "host: 1",
    "host:1 ", "host:1x", "ho st:1", "host\n:1", "[::1", "[]:1", "[::1]1",
    "[::1]:", "[::1]:x"};

START_TEST(what_is_no_address_is_refused)
{
	char host[NET_HOST_CHARS] = "untouched";
	uint16_t port = 7;

	ck_assert_int_eq(net_address_parse(bad[_i], host, &port), ERR_CONFIG);
	ck_assert_str_eq(host, "untouched");
	ck_assert_uint_eq(port, 7);
}
END_TEST

START_TEST(a_name_too_long_is_refused)
{
	char host[NET_HOST_CHARS], text[NET_HOST_CHARS + 1] = {0};
	uint16_t port;

	memset(text, 'a', NET_HOST_CHARS - 1);
	ck_assert_int_eq(net_address_parse(text, host, &port), 0);
	text[NET_HOST_CHARS - 1] = 'a';
	ck_assert_int_eq(net_address_parse(text, host, &port), ERR_CONFIG);
}
END_TEST

TCase *
net_address_tcase(void)
{
	TCase *t = tcase_create("net_address");

	tcase_add_loop_test(t, addresses_part_into_host_and_port, 0,
	    (int)(sizeof good / sizeof *good));
	tcase_add_loop_test(t, what_is_no_address_is_refused, 0,
	    (int)(sizeof bad / sizeof *bad));
	tcase_add_test(t, a_name_too_long_is_refused);
	return t;
}
