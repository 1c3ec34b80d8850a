/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net_test - homes on loopback in one loop, and a rogue that speaks raw
 * bytes, shared by the tests of daemon/net.
 */
#ifndef TESTS_DAEMON_NET_NET_TEST_H
#define TESTS_DAEMON_NET_NET_TEST_H

#include <check.h>

#include "daemon/host/host_uv.h"
#include "daemon/net/net_internal.h"

/* The loop of the test that runs; made and freed by the fixture. */
extern struct host *test_host;
void test_setup(void);
void test_teardown(void);

/* Turns the loop until cond holds; fails the test after 20 s. */
#define RUN_UNTIL(cond)                                                        \
	do {                                                                   \
		int64_t end_ = host_mono_ns(test_host) + 20000000000;          \
		while (!(cond)) {                                              \
			ck_assert_msg(host_mono_ns(test_host) < end_,          \
			    "never: %s", #cond);                               \
			host_uv_turn(test_host, 100);                          \
		}                                                              \
	} while (0)

/* Turns the loop until nothing has happened for a while. */
void test_settle(void);

/* One home, what its owner was told, and whom it lets in. */
struct home {
	struct net *net;
	uint8_t secret[32], psk[32];
	const uint8_t *allowed; /* the one key let in, or NULL */
	struct net_conn *conn; /* the last opened */
	int opened, closed, refused, asked, writable;
	bool dialled, remote_told;
	int err; /* of the last closed or refused */
	char reason[128];
	VEC(size_t) sizes; /* of the messages that came, content checked */
	bool echo; /* send each message back */
	bool close_at_message;
	bool pause_at_message;
};

/* What every home starts with: options for home_start to be changed. */
struct net_options home_options(struct home *home);

/* Starts a home whose keys count up from seed, on a free port. */
void home_start(struct home *home, uint8_t seed);
void home_start_with(struct home *home, const struct net_options *options);
void home_stop(struct home *home);

/* Dials b from a; *out may be NULL. */
void home_dial(struct home *a, const struct home *b, struct net_conn **out);

/* Two homes with an open connection. */
struct pair {
	struct home a, b;
};
void pair_start(struct pair *p);
void pair_stop(struct pair *p);

/* Sends len bytes that the other home can check. */
int home_send(struct net_conn *conn, size_t len);

/* Somebody on a raw socket. */
struct rogue {
	struct host_stream *stream;
	struct buf got;
	struct noise noise;
	struct noise_cipher send, receive;
	bool connected, closed;
};
void rogue_dial(struct rogue *r, const struct home *home);
void rogue_take(struct rogue *r, struct host_stream *stream);
void rogue_stop(struct rogue *r);
void rogue_send(struct rogue *r, struct span bytes);

/* The wire's first eight bytes. */
#define PREFACE SPAN_LIT("TUTTI\0\0\1")

/*
 * A whole handshake as a dialler with that secret and psk; returns after the
 * third message was sent.
 */
void rogue_handshake(
    struct rogue *r, const struct home *home, const uint8_t *secret);

/* Seals plain as the next record and sends it with its length. */
void rogue_record(struct rogue *r, struct span plain);

TCase *net_tcase(void);
TCase *net_address_tcase(void);
TCase *net_conn_tcase(void);
TCase *net_frame_tcase(void);
TCase *net_handshake_tcase(void);

#endif
