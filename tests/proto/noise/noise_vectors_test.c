/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All public vectors of the suite. The daemon speaks one pattern; the others
 * stand here, as section 7 and the appendix of the specification list them,
 * because they hold the machine to the order of its tokens.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/proto/noise/noise_test.h"
#include "tests/run.h"

/* clang-format off */
static const struct base {
	const char *name;
	bool initiator_known, responder_known;
	const char *messages[NOISE_MESSAGES];
} bases[] = {
    {"N", 0, 1, {"e es"}},
    {"K", 1, 1, {"e es ss"}},
    {"X", 0, 1, {"e es s ss"}},
    {"NN", 0, 0, {"e", "e ee"}},
    {"NK", 0, 1, {"e es", "e ee"}},
    {"NX", 0, 0, {"e", "e ee s es"}},
    {"XN", 0, 0, {"e", "e ee", "s se"}},
    {"XK", 0, 1, {"e es", "e ee", "s se"}},
    {"XX", 0, 0, {"e", "e ee s es", "s se"}},
    {"KN", 1, 0, {"e", "e ee se"}},
    {"KK", 1, 1, {"e es ss", "e ee se"}},
    {"KX", 1, 0, {"e", "e ee se s es"}},
    {"IN", 0, 0, {"e s", "e ee se"}},
    {"IK", 0, 1, {"e es s ss", "e ee se"}},
    {"IX", 0, 0, {"e s", "e ee se s es"}},
    {"NK1", 0, 1, {"e", "e ee es"}},
    {"NX1", 0, 0, {"e", "e ee s", "es"}},
    {"X1N", 0, 0, {"e", "e ee", "s", "se"}},
    {"X1K", 0, 1, {"e es", "e ee", "s", "se"}},
    {"XK1", 0, 1, {"e", "e ee es", "s se"}},
    {"X1K1", 0, 1, {"e", "e ee es", "s", "se"}},
    {"X1X", 0, 0, {"e", "e ee s es", "s", "se"}},
    {"XX1", 0, 0, {"e", "e ee s", "es s se"}},
    {"X1X1", 0, 0, {"e", "e ee s", "es s", "se"}},
    {"K1N", 1, 0, {"e", "e ee", "se"}},
    {"K1K", 1, 1, {"e es", "e ee", "se"}},
    {"KK1", 1, 1, {"e", "e ee se es"}},
    {"K1K1", 1, 1, {"e", "e ee es", "se"}},
    {"K1X", 1, 0, {"e", "e ee s es", "se"}},
    {"KX1", 1, 0, {"e", "e ee se s", "es"}},
    {"K1X1", 1, 0, {"e", "e ee s", "se es"}},
    {"I1N", 0, 0, {"e s", "e ee", "se"}},
    {"I1K", 0, 1, {"e es s", "e ee", "se"}},
    {"IK1", 0, 1, {"e s", "e ee se es"}},
    {"I1K1", 0, 1, {"e s", "e ee es", "se"}},
    {"I1X", 0, 0, {"e s", "e ee s es", "se"}},
    {"IX1", 0, 0, {"e s", "e ee se s", "es"}},
    {"I1X1", 0, 0, {"e s", "e ee s", "se es"}},
};
/* clang-format on */

static uint8_t
token(const char *word)
{
	static const char *const words[] = {[NOISE_E] = "e",
	    [NOISE_S] = "s",
	    [NOISE_EE] = "ee",
	    [NOISE_ES] = "es",
	    [NOISE_SE] = "se",
	    [NOISE_SS] = "ss"};

	for (uint8_t i = NOISE_E; i <= NOISE_SS; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	ck_abort_msg("no token %s", word);
	return NOISE_END;
}

static void
parse_message(const char *text, uint8_t out[static NOISE_TOKENS])
{
	char copy[32], *save, *word;
	size_t n = 0;

	snprintf(copy, sizeof copy, "%s", text);
	for (word = strtok_r(copy, " ", &save); word != NULL;
	     word = strtok_r(NULL, " ", &save))
		out[n++] = token(word);
}

/* Section 9: psk0 begins the first message, pskN ends the Nth. */
static void
put_psk(struct noise_pattern *p, unsigned where)
{
	uint8_t *m = p->messages[where == 0 ? 0 : where - 1];
	size_t n = 0;

	while (m[n] != NOISE_END)
		n++;
	ck_assert(n < NOISE_TOKENS);
	if (where > 0) {
		m[n] = NOISE_PSK;
		return;
	}
	memmove(m + 1, m, n);
	m[0] = NOISE_PSK;
}

/* Builds the pattern of a protocol's name; name holds its own part of it. */
static struct noise_pattern
parse_pattern(const char *protocol, char name[static 16])
{
	struct noise_pattern p = {.name = name};
	char base[16] = "";
	unsigned psk;
	int items;

	ck_assert_int_eq(sscanf(protocol, "Noise_%15[^_]", name), 1);
	items = sscanf(name, "%15[A-Z0-9]psk%u", base, &psk);
	for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
		if (strcmp(bases[i].name, base) != 0)
			continue;
		p.initiator_known = bases[i].initiator_known;
		p.responder_known = bases[i].responder_known;
		for (size_t k = 0; k < NOISE_MESSAGES; k++)
			if (bases[i].messages[k] != NULL)
				parse_message(
				    bases[i].messages[k], p.messages[k]);
		if (items == 2)
			put_psk(&p, psk);
		return p;
	}
	ck_abort_msg("no pattern %s", protocol);
	return p;
}

/* A field of 32 bytes, NULL when the vector does not have it. */
static const uint8_t *
key_field(const json_t *v, const char *name, struct test_key *out)
{
	const json_t *field = json_object_get(v, name);

	if (json_is_array(field))
		field = json_array_get(field, 0);
	if (field == NULL)
		return NULL;
	test_hex(json_string_value(field), out->bytes, sizeof out->bytes);
	return out->bytes;
}

static void
start(struct noise *n, const struct noise_pattern *p, const json_t *v,
    bool initiator)
{
	struct test_key secret, ephemeral = test_key(0), remote, psk;
	const char *side = initiator ? "init" : "resp";
	struct noise_options o = {.pattern = p, .initiator = initiator};
	uint8_t prologue[64];
	char name[32];

	snprintf(name, sizeof name, "%s_prologue", side);
	o.prologue = span_of(
	    prologue, test_hex(json_string_value(json_object_get(v, name)),
			  prologue, sizeof prologue));
	snprintf(name, sizeof name, "%s_static", side);
	o.secret = key_field(v, name, &secret);
	snprintf(name, sizeof name, "%s_remote_static", side);
	o.remote = key_field(v, name, &remote);
	snprintf(name, sizeof name, "%s_psks", side);
	o.psk = key_field(v, name, &psk);
	snprintf(name, sizeof name, "%s_ephemeral", side);
	key_field(v, name, &ephemeral);
	o.ephemeral = ephemeral.bytes;
	ck_assert_int_eq(noise_init(n, &o), 0);
}

/* Two ends of a vector; the ciphers once the handshake is done. */
struct ends {
	struct noise n[2];
	struct noise_cipher send[2], receive[2];
	bool split;
};

static void
check_message(struct ends *e, int from, const json_t *message)
{
	uint8_t payload[128], want[256], out[256];
	size_t len =
	    test_hex(json_string_value(json_object_get(message, "payload")),
		payload, sizeof payload);
	size_t want_len =
	    test_hex(json_string_value(json_object_get(message, "ciphertext")),
		want, sizeof want);
	struct buf sent, got;

	buf_init(&sent, sizeof want);
	buf_init(&got, sizeof want);
	if (e->split) {
		ck_assert_uint_eq(want_len, len + NOISE_TAG_BYTES);
		ck_assert_int_eq(
		    noise_seal(&e->send[from], span_of(payload, len), out), 0);
		ck_assert_mem_eq(out, want, want_len);
		ck_assert_int_eq(noise_open(&e->receive[1 - from],
				     span_of(want, want_len), out),
		    0);
		ck_assert_mem_eq(out, payload, len);
		return;
	}
	ck_assert_int_eq(
	    noise_write(&e->n[from], span_of(payload, len), &sent), 0);
	ck_assert(span_equal(buf_span(&sent), span_of(want, want_len)));
	ck_assert_int_eq(noise_read(&e->n[1 - from], buf_span(&sent), &got), 0);
	ck_assert(span_equal(buf_span(&got), span_of(payload, len)));
	buf_release(&sent);
	buf_release(&got);
}

static void
finish(struct ends *e, const json_t *v)
{
	uint8_t hash[NOISE_HASH_BYTES];

	test_hex(json_string_value(json_object_get(v, "handshake_hash")), hash,
	    sizeof hash);
	for (int i = 0; i < 2; i++) {
		ck_assert(noise_done(&e->n[i]));
		ck_assert_mem_eq(
		    noise_handshake_hash(&e->n[i]), hash, sizeof hash);
		ck_assert_int_eq(
		    noise_split(&e->n[i], &e->send[i], &e->receive[i]), 0);
	}
	e->split = true;
}

static void
check_vector(const json_t *v)
{
	const char *protocol =
	    json_string_value(json_object_get(v, "protocol_name"));
	const json_t *message;
	struct ends e = {0};
	char name[16];
	struct noise_pattern p = parse_pattern(protocol, name);
	bool one_way = p.messages[1][0] == NOISE_END;
	size_t i;

	/* Ours is the one of the module itself. */
	for (int side = 0; side < 2; side++)
		start(&e.n[side],
		    strcmp(name, noise_xkpsk3.name) == 0 ? &noise_xkpsk3 : &p,
		    v, side == 0);
	json_array_foreach(json_object_get(v, "messages"), i, message)
	{
		check_message(&e, one_way ? 0 : (int)(i % 2), message);
		if (!e.split && noise_done(&e.n[0]))
			finish(&e, v);
	}
	ck_assert_msg(e.split, "%s did not end", protocol);
}

START_TEST(all_public_vectors_come_out)
{
	char *text = run_vectors("noise.json");
	json_t *all, *vectors, *v;
	size_t i;

	if (text == NULL)
		return;
	all = json_loads(text, 0, NULL);
	free(text);
	ck_assert_ptr_nonnull(all);
	vectors = json_object_get(all, "vectors");
	ck_assert_uint_ge(json_array_size(vectors), 59);
	json_array_foreach(vectors, i, v) check_vector(v);
	json_decref(all);
}
END_TEST

TCase *
noise_vectors_tcase(void)
{
	TCase *t = tcase_create("noise_vectors");

	tcase_add_test(t, all_public_vectors_come_out);
	return t;
}
