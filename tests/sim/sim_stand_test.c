/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in for what would take long: the sealing of what travels, the
 * making of a folder's tables and rules, memory. */
#include "tests/sim/sim_test.h"

#include <sodium.h>
#include <sqlite3.h>
#include <string.h>

#include "daemon/index/index.h"
#include "daemon/scan/ignore.h"
#include "tests/sim/sim_pool.h"
#include "tests/sim/sim_ready.h"

#define OK(call) ck_assert_int_eq(call, 0)

START_TEST(two_who_agree_have_one_key_and_others_another)
{
	uint8_t secret[3][32] = {{1}, {2}, {3}};
	uint8_t public[3][32], a[32], b[32], c[32];

	for (int i = 0; i < 3; i++)
		OK(crypto_scalarmult_base(public[i], secret[i]));
	OK(crypto_scalarmult(a, secret[0], public[1]));
	OK(crypto_scalarmult(b, secret[1], public[0]));
	OK(crypto_scalarmult(c, secret[2], public[0]));
	ck_assert_mem_eq(a, b, sizeof a);
	ck_assert_mem_ne(a, c, sizeof a);
}
END_TEST

struct sealed {
	uint8_t key[32], nonce[12], ad[5];
	uint8_t bytes[100 + 16];
};

static int
open_sealed(const struct sealed *s, size_t len, uint8_t *out)
{
	return crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL, NULL,
	    s->bytes, len + 16, s->ad, sizeof s->ad, s->nonce, s->key);
}

/* Every byte of what a record is sealed with counts, of any length. */
START_TEST(what_was_sealed_opens_as_it_was_and_not_otherwise)
{
	uint8_t plain[100], out[100];

	for (size_t len = 0; len <= sizeof plain; len += 7) {
		struct sealed s = {.key = {1}, .nonce = {2}, .ad = {3}};
		uint8_t *p = (uint8_t *)&s;

		memset(plain, 'p', sizeof plain);
		memcpy(s.bytes, plain, len); /* in place */
		OK(crypto_aead_chacha20poly1305_ietf_encrypt(s.bytes, NULL,
		    s.bytes, len, s.ad, sizeof s.ad, NULL, s.nonce, s.key));
		OK(open_sealed(&s, len, out));
		ck_assert_mem_eq(out, plain, len);
		if (len >= 8)
			ck_assert_mem_ne(s.bytes, plain, len);
		for (size_t i = 0;
		     i < offsetof(struct sealed, bytes) + len + 16; i++) {
			p[i] ^= 0x40;
			ck_assert_int_ne(open_sealed(&s, len, out), 0);
			p[i] ^= 0x40;
		}
	}
}
END_TEST

static uint64_t
replica_of(struct desk *d, const char *path)
{
	struct index_figures figures;
	struct index *index;
	uint64_t replica;
	int dir;

	OK(host_open_root(d->host, path, 0, &dir));
	OK(index_open(d->host, dir, 0, &index));
	replica = index_replica(index);
	ck_assert_uint_eq(index_knowledge(index)->v.n, 0);
	index_figures(index, &figures);
	ck_assert_uint_eq(figures.files + figures.dirs + figures.open, 0);
	index_close(index);
	host_close(d->host, dir);
	return replica;
}

START_TEST(a_memory_that_is_ready_has_no_number_yet)
{
	struct desk d = desk_open(1);
	uint64_t a;

	host_close(d.host, d.root);
	ck_assert_uint_eq(sim_host_end(d.machine), 0);
	sim_ready_put(d.machine, "/m", "one");
	sim_ready_put(d.machine, "/m", "two");
	d.host = sim_host_start(d.machine);
	a = replica_of(&d, "/m/one");
	ck_assert_uint_ne(a, 0);
	ck_assert_uint_ne(a, replica_of(&d, "/m/two"));
	ck_assert_uint_eq(a, replica_of(&d, "/m/one"));
	OK(host_open_root(d.host, "/r", 0, &d.root));
	desk_close(&d);
}
END_TEST

START_TEST(only_folders_without_rules_share_them)
{
	struct ignore_rules *plain[2], *own;
	size_t bad = 1;

	for (int i = 0; i < 2; i++)
		OK(ignore_new(NULL, 0, SPAN_LIT(""), &bad, &plain[i]));
	OK(ignore_new(NULL, 0, SPAN_LIT("secret\n"), &bad, &own));
	ck_assert_uint_eq(bad, 0);
	ck_assert_ptr_eq(plain[0], plain[1]);
	ignore_unref(plain[0]);
	ck_assert(ignore_match(plain[1], SPAN_LIT(".a.swp"), false));
	ck_assert(!ignore_match(plain[1], SPAN_LIT("secret"), false));
	ck_assert(ignore_match(own, SPAN_LIT("secret"), false));
	ignore_unref(plain[1]);
	ignore_unref(own);
}
END_TEST

enum { PIECES = 100 };

static size_t
piece_bytes(size_t i)
{
	return i < PIECES - 1 ? 1 + i * i * i / 4 : (size_t)2 << 20;
}

/* No two overlap, and they keep their bytes when they grow and shrink. */
START_TEST(pieces_of_memory_keep_what_is_in_them)
{
	uint8_t *p[PIECES];

	sim_pool_use();
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < PIECES; i++) {
			p[i] = sqlite3_malloc64(piece_bytes(i));
			ck_assert_ptr_nonnull(p[i]);
			ck_assert_uint_eq((uintptr_t)p[i] % 8, 0);
			ck_assert_uint_ge(sqlite3_msize(p[i]), piece_bytes(i));
			memset(p[i], (int)i, piece_bytes(i));
		}
		for (size_t i = 0; i < PIECES; i += 2)
			p[i] = sqlite3_realloc64(p[i], 2 * piece_bytes(i));
		for (size_t i = 0; i < PIECES; i++) {
			for (size_t k = 0; k < piece_bytes(i); k++)
				if (p[i][k] != (uint8_t)i)
					ck_abort_msg("piece %zu", i);
			sqlite3_free(p[i]);
		}
	}
}
END_TEST

TCase *
sim_stand_tcase(void)
{
	TCase *tc = tcase_create("stand");

	tcase_add_test(tc, two_who_agree_have_one_key_and_others_another);
	tcase_add_test(tc, what_was_sealed_opens_as_it_was_and_not_otherwise);
	tcase_add_test(tc, a_memory_that_is_ready_has_no_number_yet);
	tcase_add_test(tc, only_folders_without_rules_share_them);
	tcase_add_test(tc, pieces_of_memory_keep_what_is_in_them);
	return tc;
}
