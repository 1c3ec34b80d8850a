/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/proto/noise/noise_test.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "tests/run.h"

#define PROLOGUE SPAN_LIT("TUTTI\0\0\1")

struct test_key
test_key(uint8_t first)
{
	struct test_key key;

	for (size_t i = 0; i < sizeof key.bytes; i++)
		key.bytes[i] = (uint8_t)(first + i);
	return key;
}

void
test_pair(struct test_pair *p)
{
	p->psk = test_key(129);
	for (int i = 0; i < 2; i++) {
		p->secret[i] = test_key(i == 0 ? 1 : 65);
		p->ephemeral[i] = test_key(i == 0 ? 33 : 97);
		noise_public(p->secret[i].bytes, p->public[i].bytes);
	}
	for (int i = 0; i < 2; i++)
		p->options[i] = (struct noise_options){
		    .pattern = &noise_xkpsk3,
		    .initiator = i == 0,
		    .prologue = PROLOGUE,
		    .secret = p->secret[i].bytes,
		    .ephemeral = p->ephemeral[i].bytes,
		    .remote = i == 0 ? p->public[1].bytes : NULL,
		    .psk = p->psk.bytes,
		};
}

int
test_pass(struct noise *from, struct noise *to, struct span payload)
{
	struct buf message, got;
	int rc;

	buf_init(&message, NOISE_MESSAGE_BYTES);
	buf_init(&got, NOISE_MESSAGE_BYTES);
	rc = noise_write(from, payload, &message);
	if (rc == 0)
		rc = noise_read(to, buf_span(&message), &got);
	if (rc == 0)
		ck_assert(span_equal(buf_span(&got), payload));
	buf_release(&message);
	buf_release(&got);
	return rc;
}

int
test_handshake(struct noise *dialling, struct noise *answering,
    const struct test_pair *pair)
{
	int rc = noise_init(dialling, &pair->options[0]);

	if (rc == 0)
		rc = noise_init(answering, &pair->options[1]);
	if (rc == 0)
		rc = test_pass(dialling, answering, SPAN_LIT(""));
	if (rc == 0)
		rc = test_pass(answering, dialling, SPAN_LIT("hello"));
	if (rc == 0)
		rc = test_pass(dialling, answering, SPAN_LIT("caller"));
	return rc;
}

size_t
test_hex(const char *hex, uint8_t *out, size_t len)
{
	size_t n;

	ck_assert(
	    sodium_hex2bin(out, len, hex, strlen(hex), NULL, &n, NULL) == 0);
	return n;
}

/*
 * Made by an independent program (Python's hashlib and cryptography), which
 * gives the public vector of this pattern too.
 */
static const char *const known[] = {
    "5869aff450549732cbaaed5e5df9b30a6da31cb0e5742bad5ad4a1a768f1a67b"
    "2901083dc2b3abe946f7f700338b9650",
    "244fe3b963e899dd295baffce248d3530f3a9a7479ba063002680ebfe7adad49"
    "e15db09f1f977111a540e2ed25e9e9222031259d0b",
    "64bb19d2e09ed53a334a31c77539689f1f07d543c7fc7fc3fb03e7f40af29b5f"
    "7ac1831ad1f9bf77b4298c8f86a4fc4b2979c779f73af11407baa4a20609a0b8"
    "88d42d42a07c",
};
static const char *const known_payloads[] = {"", "hello", "caller"};
static const char known_hash[] =
    "6fdaa2b58166d5caa55cc04e9923a7fe587c37f83d0297cfa42e10bbff0ee022"
    "77173c9fc321147f996e1e1ee7c55e690a9d792de88320b45d618701af9cc2ae";
static const char known_first[] =
    "eabd242988db2afbc9a488af52eaa7d4e0a52ab6894e17ece64f6ca6";
static const char known_answer[] =
    "d9c6e70f371f1b8d3afa3edf5509853e1158747a6493";
static const char known_rekeyed[] =
    "88f60e45efeb8876d515acf7afe88ac1bf762b6f6b053c993cb5cf2df7eb7754";

static void
expect_sealed(struct noise_cipher *c, const char *plain, const char *hex)
{
	uint8_t want[128], out[128];
	size_t len = test_hex(hex, want, sizeof want);

	ck_assert_int_eq(noise_seal(c, span_str(plain), out), 0);
	ck_assert_uint_eq(len, strlen(plain) + NOISE_TAG_BYTES);
	ck_assert_mem_eq(out, want, len);
}

START_TEST(our_handshake_gives_its_known_answer)
{
	struct test_pair pair;
	struct noise n[2];
	struct noise_cipher dial[2], answer[2];
	struct buf message, payload;
	uint8_t want[NOISE_HASH_BYTES * 2];
	size_t len;

	buf_init(&message, NOISE_MESSAGE_BYTES);
	buf_init(&payload, NOISE_MESSAGE_BYTES);
	test_pair(&pair);
	pair.options[0].rekey_records = 1;
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(noise_init(&n[i], &pair.options[i]), 0);
	for (int i = 0; i < 3; i++) {
		len = test_hex(known[i], want, sizeof want);
		buf_clear(&message);
		ck_assert(!noise_done(&n[0]) && !noise_done(&n[1]));
		ck_assert_int_eq(noise_write(&n[i % 2],
				     span_str(known_payloads[i]), &message),
		    0);
		ck_assert_uint_eq(message.len, len);
		ck_assert_mem_eq(message.p, want, len);
		ck_assert_int_eq(
		    noise_read(&n[1 - i % 2], buf_span(&message), &payload), 0);
	}
	ck_assert(span_equal(buf_span(&payload), SPAN_LIT("hellocaller")));
	test_hex(known_hash, want, sizeof want);
	for (int i = 0; i < 2; i++)
		ck_assert_mem_eq(
		    noise_handshake_hash(&n[i]), want, NOISE_HASH_BYTES);
	ck_assert_int_eq(noise_split(&n[0], &dial[0], &dial[1]), 0);
	ck_assert_int_eq(noise_split(&n[1], &answer[0], &answer[1]), 0);
	expect_sealed(&dial[0], "first record", known_first);
	expect_sealed(&dial[0], "after the change", known_rekeyed);
	expect_sealed(&answer[0], "answer", known_answer);
	buf_release(&message);
	buf_release(&payload);
}
END_TEST

START_TEST(both_ends_learn_each_other)
{
	struct test_pair pair;
	struct noise d, a;

	test_pair(&pair);
	ck_assert_int_eq(test_handshake(&d, &a, &pair), 0);
	ck_assert(noise_done(&d) && noise_done(&a));
	ck_assert_mem_eq(
	    noise_remote_key(&a), pair.public[0].bytes, NOISE_KEY_BYTES);
	ck_assert_mem_eq(
	    noise_remote_key(&d), pair.public[1].bytes, NOISE_KEY_BYTES);
	ck_assert_mem_eq(noise_handshake_hash(&d), noise_handshake_hash(&a),
	    NOISE_HASH_BYTES);
	noise_release(&d);
	noise_release(&a);
}
END_TEST

/* What the answerer knows of callers: one key and its psk. */
struct lookup {
	const struct test_pair *pair;
	int calls;
	int refuse;
};

static int
look_up(void *arg, const uint8_t *remote, uint8_t out_psk[static 32])
{
	struct lookup *l = arg;

	l->calls++;
	ck_assert_ptr_nonnull(remote);
	ck_assert_mem_eq(remote, l->pair->public[0].bytes, NOISE_KEY_BYTES);
	if (l->refuse < 0)
		return l->refuse;
	memcpy(out_psk, l->pair->psk.bytes, NOISE_KEY_BYTES);
	return 0;
}

START_TEST(the_answerer_looks_the_caller_up)
{
	struct test_pair pair;
	struct lookup l = {.pair = &pair};
	struct noise d, a;

	test_pair(&pair);
	pair.options[1].psk = NULL;
	pair.options[1].psk_cb = look_up;
	pair.options[1].arg = &l;
	ck_assert_int_eq(test_handshake(&d, &a, &pair), 0);
	ck_assert_int_eq(l.calls, 1);
	ck_assert(noise_done(&a));
}
END_TEST

START_TEST(a_refused_caller_stays_refused)
{
	struct test_pair pair;
	struct lookup l = {.pair = &pair, .refuse = ERR_NOTFOUND};
	struct noise d, a;

	test_pair(&pair);
	pair.options[1].psk = NULL;
	pair.options[1].psk_cb = look_up;
	pair.options[1].arg = &l;
	ck_assert_int_eq(test_handshake(&d, &a, &pair), ERR_NOTFOUND);
	ck_assert(!noise_done(&a));
	ck_assert_ptr_null(noise_remote_key(&a));
	ck_assert_int_eq(test_pass(&d, &a, SPAN_LIT("")), -EINVAL);
}
END_TEST

START_TEST(L37_a_wrong_psk_is_refused)
{
	struct test_pair pair;
	struct test_key wrong = test_key(130);
	struct noise d, a;

	test_pair(&pair);
	pair.options[0].psk = wrong.bytes;
	ck_assert_int_eq(test_handshake(&d, &a, &pair), ERR_AUTH);
}
END_TEST

START_TEST(another_prologue_is_refused)
{
	struct test_pair pair;
	struct noise d, a;

	test_pair(&pair);
	pair.options[0].prologue = SPAN_LIT("TUTTI\0\0\2");
	ck_assert_int_eq(test_handshake(&d, &a, &pair), ERR_AUTH);
}
END_TEST

START_TEST(dialling_somebody_else_is_refused)
{
	struct test_pair pair;
	struct noise d, a;

	test_pair(&pair);
	pair.options[0].remote = pair.public[0].bytes;
	ck_assert_int_eq(test_handshake(&d, &a, &pair), ERR_AUTH);
}
END_TEST

/*
 * The messages of one good handshake, up to and without message `which`,
 * are played to fresh ends; gives the end that is to read message `which`.
 */
static void
play_until(struct noise n[2], int which, const struct test_pair *pair,
    struct buf *out_message)
{
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(noise_init(&n[i], &pair->options[i]), 0);
	for (int i = 0; i < which; i++)
		ck_assert_int_eq(
		    test_pass(&n[i % 2], &n[1 - i % 2], SPAN_LIT("x")), 0);
	buf_clear(out_message);
	ck_assert_int_eq(
	    noise_write(&n[which % 2], SPAN_LIT("payload"), out_message), 0);
}

/* Reads a message that is no good. It must fail, give nothing, stay so. */
static void
expect_refused(struct noise *n, struct span message)
{
	struct noise_cipher send, receive;
	struct buf got;
	int rc;

	buf_init(&got, 2 * NOISE_MESSAGE_BYTES);
	rc = noise_read(n, message, &got);
	ck_assert_msg(rc == ERR_AUTH || rc == ERR_GRAMMAR || rc == ERR_LIMIT,
	    "result %d", rc);
	ck_assert_uint_eq(got.len, 0);
	ck_assert_int_eq(noise_read(n, message, &got), ERR_CLOSED);
	ck_assert_int_eq(noise_write(n, SPAN_LIT(""), &got), ERR_CLOSED);
	ck_assert_int_eq(noise_split(n, &send, &receive), ERR_CLOSED);
	ck_assert(!noise_done(n));
	ck_assert_ptr_null(noise_remote_key(n));
	ck_assert_ptr_null(noise_handshake_hash(n));
	ck_assert(sodium_is_zero((const uint8_t *)n, sizeof *n));
	buf_release(&got);
}

START_TEST(L37_every_flipped_bit_of_a_handshake_is_refused)
{
	int which = _i;
	struct test_pair pair;
	struct noise n[2], reader;
	struct buf m;

	buf_init(&m, NOISE_MESSAGE_BYTES);
	test_pair(&pair);
	play_until(n, which, &pair, &m);
	for (size_t bit = 0; bit < m.len * 8; bit++) {
		reader = n[1 - which % 2];
		m.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		/* X25519 ignores the top bit; the hash does not. */
		expect_refused(&reader, buf_span(&m));
		m.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	buf_release(&m);
}
END_TEST

START_TEST(L37_every_truncated_or_extended_handshake_is_refused)
{
	int which = _i;
	struct test_pair pair;
	struct noise n[2], reader;
	struct buf m;

	buf_init(&m, 2 * NOISE_MESSAGE_BYTES);
	test_pair(&pair);
	play_until(n, which, &pair, &m);
	for (size_t len = 0; len < m.len; len++) {
		reader = n[1 - which % 2];
		expect_refused(&reader, span_of(m.p, len));
	}
	ck_assert_int_eq(buf_add(&m, SPAN_LIT("\0")), 0);
	reader = n[1 - which % 2];
	expect_refused(&reader, buf_span(&m));
	while (m.len <= NOISE_MESSAGE_BYTES)
		ck_assert_int_eq(buf_add(&m, SPAN_LIT("more")), 0);
	reader = n[1 - which % 2];
	ck_assert_int_eq(noise_read(&reader, buf_span(&m), &m), ERR_LIMIT);
	buf_release(&m);
}
END_TEST

START_TEST(L37_a_replayed_or_reordered_handshake_is_refused)
{
	struct test_pair pair;
	struct test_key other = test_key(200);
	struct noise n[2], reader;
	struct buf m[3];

	test_pair(&pair);
	for (int i = 0; i < 3; i++) {
		buf_init(&m[i], NOISE_MESSAGE_BYTES);
		play_until(n, i, &pair, &m[i]);
	}
	/* Each message in the place of each other one. */
	for (int at = 0; at < 3; at++)
		for (int i = 0; i < 3; i++) {
			struct buf scratch;

			if (i == at)
				continue;
			buf_init(&scratch, NOISE_MESSAGE_BYTES);
			play_until(n, at, &pair, &scratch);
			reader = n[1 - at % 2];
			expect_refused(&reader, buf_span(&m[i]));
			buf_release(&scratch);
		}
	/* An old message 3 to an answerer with a new ephemeral key. */
	pair.options[1].ephemeral = other.bytes;
	ck_assert_int_eq(noise_init(&reader, &pair.options[1]), 0);
	{
		struct buf got;

		buf_init(&got, NOISE_MESSAGE_BYTES);
		ck_assert_int_eq(noise_read(&reader, buf_span(&m[0]), &got), 0);
		ck_assert_int_eq(noise_write(&reader, SPAN_LIT("x"), &got), 0);
		buf_release(&got);
	}
	expect_refused(&reader, buf_span(&m[2]));
	for (int i = 0; i < 3; i++)
		buf_release(&m[i]);
}
END_TEST

/* Points whose multiples are all of low order (RFC 7748, section 6.1). */
static const char *const low_order[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

START_TEST(a_point_of_low_order_is_refused)
{
	struct test_pair pair;
	struct noise a, d;
	uint8_t message[NOISE_KEY_BYTES + NOISE_TAG_BYTES] = {0};
	struct buf out;

	buf_init(&out, NOISE_MESSAGE_BYTES);
	test_pair(&pair);
	/* As an ephemeral key that comes in. */
	ck_assert_int_eq(noise_init(&a, &pair.options[1]), 0);
	test_hex(low_order[_i], message, NOISE_KEY_BYTES);
	expect_refused(&a, span_of(message, sizeof message));
	/* As the static key that is dialled. */
	pair.options[0].remote = message;
	ck_assert_int_eq(noise_init(&d, &pair.options[0]), 0);
	ck_assert_int_eq(noise_write(&d, SPAN_LIT(""), &out), ERR_AUTH);
	ck_assert_uint_eq(out.len, 0);
	ck_assert_int_eq(noise_write(&d, SPAN_LIT(""), &out), ERR_CLOSED);
	buf_release(&out);
}
END_TEST

START_TEST(calls_out_of_turn_end_the_handshake)
{
	struct test_pair pair;
	struct noise_cipher send, receive;
	struct noise d, a;
	struct buf out;

	buf_init(&out, NOISE_MESSAGE_BYTES);
	test_pair(&pair);
	ck_assert_int_eq(noise_init(&d, &pair.options[0]), 0);
	ck_assert_int_eq(noise_init(&a, &pair.options[1]), 0);
	ck_assert_int_eq(noise_read(&d, SPAN_LIT("x"), &out), -EINVAL);
	ck_assert_int_eq(noise_write(&d, SPAN_LIT(""), &out), ERR_CLOSED);
	ck_assert_int_eq(noise_write(&a, SPAN_LIT(""), &out), -EINVAL);
	ck_assert_int_eq(noise_read(&a, SPAN_LIT("x"), &out), ERR_CLOSED);
	ck_assert_int_eq(noise_init(&d, &pair.options[0]), 0);
	ck_assert_int_eq(noise_split(&d, &send, &receive), -EINVAL);
	ck_assert_int_eq(noise_split(&d, &send, &receive), ERR_CLOSED);
	ck_assert_int_eq(test_handshake(&d, &a, &pair), 0);
	ck_assert_int_eq(noise_split(&d, &send, &receive), 0);
	ck_assert(noise_done(&d));
	ck_assert_int_eq(noise_split(&d, &send, &receive), -EINVAL);
	ck_assert_int_eq(noise_write(&a, SPAN_LIT(""), &out), -EINVAL);
	memset(&d, 0, sizeof d);
	ck_assert_int_eq(noise_write(&d, SPAN_LIT(""), &out), ERR_CLOSED);
	ck_assert_uint_eq(out.len, 0);
	buf_release(&out);
}
END_TEST

START_TEST(a_missing_key_is_our_bug)
{
	struct test_pair pair;
	struct noise_options good, bad;
	struct noise n;

	test_pair(&pair);
	good = pair.options[0];
	bad = good, bad.secret = NULL;
	ck_assert_int_eq(noise_init(&n, &bad), -EINVAL);
	bad = good, bad.remote = NULL;
	ck_assert_int_eq(noise_init(&n, &bad), -EINVAL);
	bad = good, bad.ephemeral = NULL;
	ck_assert_int_eq(noise_init(&n, &bad), -EINVAL);
	bad = good, bad.psk = NULL;
	ck_assert_int_eq(noise_init(&n, &bad), -EINVAL);
	bad = pair.options[1], bad.secret = NULL;
	ck_assert_int_eq(noise_init(&n, &bad), -EINVAL);
	ck_assert_int_eq(noise_init(&n, &good), 0);
	noise_release(&n);
}
END_TEST

START_TEST(a_public_key_that_is_given_is_not_computed)
{
	struct test_pair pair;
	struct noise d, a;

	test_pair(&pair);
	for (int i = 0; i < 2; i++)
		pair.options[i].own = pair.public[i].bytes;
	ck_assert_int_eq(test_handshake(&d, &a, &pair), 0);
	pair.options[0].own = pair.public[1].bytes;
	ck_assert_int_eq(test_handshake(&d, &a, &pair), ERR_AUTH);
	pair.options[0].own = NULL;
	pair.options[1].own = pair.public[0].bytes;
	ck_assert_int_eq(test_handshake(&d, &a, &pair), ERR_AUTH);
}
END_TEST

START_TEST(payloads_reach_the_longest_message_and_no_further)
{
	static const uint8_t zeros[NOISE_MESSAGE_BYTES];
	size_t most = NOISE_MESSAGE_BYTES - NOISE_KEY_BYTES - NOISE_TAG_BYTES;
	struct test_pair pair;
	struct noise d, a;
	struct buf out;

	buf_init(&out, 2 * NOISE_MESSAGE_BYTES);
	test_pair(&pair);
	ck_assert_int_eq(noise_init(&d, &pair.options[0]), 0);
	ck_assert_int_eq(noise_init(&a, &pair.options[1]), 0);
	ck_assert_int_eq(test_pass(&d, &a, span_of(zeros, most)), 0);
	ck_assert_int_eq(noise_init(&d, &pair.options[0]), 0);
	ck_assert_int_eq(
	    noise_write(&d, span_of(zeros, most + 1), &out), ERR_LIMIT);
	ck_assert_uint_eq(out.len, 0);
	buf_release(&out);
}
END_TEST

START_TEST(split_leaves_no_secret_behind)
{
	struct test_pair pair;
	struct noise_cipher send, receive;
	struct noise d, a;

	test_pair(&pair);
	ck_assert_int_eq(test_handshake(&d, &a, &pair), 0);
	ck_assert_int_eq(noise_split(&d, &send, &receive), 0);
	for (size_t i = 0; i + NOISE_KEY_BYTES <= sizeof d; i++) {
		const uint8_t *p = (const uint8_t *)&d + i;

		ck_assert(memcmp(p, pair.secret[0].bytes, 32) != 0);
		ck_assert(memcmp(p, pair.ephemeral[0].bytes, 32) != 0);
		ck_assert(memcmp(p, pair.psk.bytes, 32) != 0);
		ck_assert(memcmp(p, send.key, 32) != 0);
	}
	noise_cipher_release(&send);
	ck_assert(sodium_is_zero((const uint8_t *)&send, sizeof send));
}
END_TEST

TCase *
noise_tcase(void)
{
	TCase *t = tcase_create("noise");

	tcase_add_test(t, our_handshake_gives_its_known_answer);
	tcase_add_test(t, both_ends_learn_each_other);
	tcase_add_test(t, the_answerer_looks_the_caller_up);
	tcase_add_test(t, a_refused_caller_stays_refused);
	tcase_add_test(t, L37_a_wrong_psk_is_refused);
	tcase_add_test(t, another_prologue_is_refused);
	tcase_add_test(t, dialling_somebody_else_is_refused);
	tcase_add_loop_test(
	    t, L37_every_flipped_bit_of_a_handshake_is_refused, 0, 3);
	tcase_add_loop_test(
	    t, L37_every_truncated_or_extended_handshake_is_refused, 0, 3);
	tcase_add_test(t, L37_a_replayed_or_reordered_handshake_is_refused);
	tcase_add_loop_test(t, a_point_of_low_order_is_refused, 0,
	    (int)(sizeof low_order / sizeof *low_order));
	tcase_add_test(t, calls_out_of_turn_end_the_handshake);
	tcase_add_test(t, a_missing_key_is_our_bug);
	tcase_add_test(t, a_public_key_that_is_given_is_not_computed);
	tcase_add_test(t, payloads_reach_the_longest_message_and_no_further);
	tcase_add_test(t, split_leaves_no_secret_behind);
	return t;
}

int
main(void)
{
	static run_tcase *const tcases[] = {
	    noise_tcase, noise_cipher_tcase, noise_vectors_tcase};

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	return run_tests("proto/noise", tcases, sizeof tcases / sizeof *tcases);
}
