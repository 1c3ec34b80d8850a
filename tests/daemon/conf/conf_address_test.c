/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/conf/conf_test.h"

#include <string.h>

START_TEST(address_reads_what_it_writes)
{
	static const struct {
		const char *in, *host, *out;
		unsigned port;
	} t[] = {
	    {"10.0.0.1:22100", "10.0.0.1", "10.0.0.1:22100", 22100},
	    {"nas.example:1", "nas.example", "nas.example:1", 1},
	    {"nas", "nas", "nas", 0},
	    {"[::1]:65535", "::1", "[::1]:65535", 65535},
	    {"[::1]", "::1", "[::1]", 0},
	    {"fd00::2", "fd00::2", "[fd00::2]", 0},
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct conf_address a;
		struct buf b;

		buf_init(&b, 300);
		ck_assert_int_eq(conf_address_parse(t[i].in, &a), 0);
		ck_assert_str_eq(a.host, t[i].host);
		ck_assert_uint_eq(a.port, t[i].port);
		ck_assert_int_eq(conf_address_text(&a, &b), 0);
		ck_assert(span_equal(buf_span(&b), span_str(t[i].out)));
		buf_release(&b);
	}
}
END_TEST

START_TEST(address_refuses_what_is_none)
{
	static const char *const bad[] = {"", ":22100", "host:", "host:0",
	    "host:65536", "host:1x", "host:-1", "[::1", "[::1]x", "[]:1",
	    "ho st", "host/x", "1:2:3", "[gg::]:1", "host:000001"};
	char longer[300];
	struct conf_address a;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(conf_address_parse(bad[i], &a) == ERR_GRAMMAR,
		    "%s was taken", bad[i]);
	memset(longer, 'a', sizeof longer);
	longer[sizeof longer - 1] = '\0';
	ck_assert_int_eq(conf_address_parse(longer, &a), ERR_GRAMMAR);
}
END_TEST

TCase *
address_tcase(void)
{
	TCase *tc = tcase_create("address");

	tcase_add_test(tc, address_reads_what_it_writes);
	tcase_add_test(tc, address_refuses_what_is_none);
	return tc;
}
