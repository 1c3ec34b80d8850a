/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/proto/model/model_test.h"

#include <string.h>

#include "tests/proto/model/fail_alloc.h"

static bool
same_fields(const struct version *a, const struct version *b)
{
	return span_equal(a->path, b->path) && a->kind == b->kind &&
	       a->copy == b->copy && a->bits == b->bits && a->size == b->size &&
	       a->mtime_ns == b->mtime_ns &&
	       name_equal(&a->content, &b->content) &&
	       span_equal(a->target, b->target) &&
	       span_equal(a->meta, b->meta) && a->n_deleted == b->n_deleted &&
	       (a->n_deleted == 0 ||
		   memcmp(a->deleted, b->deleted,
		       a->n_deleted * sizeof *a->deleted) == 0) &&
	       dot_equal(a->dot, b->dot) &&
	       vector_equal(&a->vector, &b->vector) &&
	       memcmp(a->device, b->device, DEVICE_BYTES) == 0;
}

START_TEST(record_comes_back_byte_for_byte)
{
	uint64_t seed = 1;

	for (int round = 0; round < 5000; round++) {
		struct version *v = test_random_version(&seed);
		struct version *back = NULL, *again = NULL, *copy = NULL;

		HOLDS(version_parse(v->record, &back) == 0);
		HOLDS(same_fields(v, back));
		HOLDS(span_equal(v->record, back->record));
		ck_assert_ptr_ne(v->record.p, back->record.p);
		HOLDS(version_new(back, &again) == 0);
		HOLDS(span_equal(v->record, again->record));
		HOLDS(version_copy(again, &copy) == 0);
		version_free(v);
		version_free(again);
		HOLDS(same_fields(copy, back));
		version_free(copy);
		version_free(back);
	}
	version_free(NULL);
}
END_TEST

/* A record that parses must be the one that its fields encode to. */
static void
refused_or_canonical(struct span record)
{
	struct version *v = NULL, *again = NULL;
	uint8_t *exact = malloc(record.len + 1);
	int rc;

	HOLDS(exact != NULL);
	memcpy(exact + 1, record.p, record.len);
	rc = version_parse(span_of(exact + 1, record.len), &v);
	free(exact);
	if (rc < 0) {
		HOLDS(rc == ERR_GRAMMAR);
		HOLDS(v == NULL);
		return;
	}
	HOLDS(version_new(v, &again) == 0);
	HOLDS(span_equal(record, again->record));
	version_free(v);
	version_free(again);
}

START_TEST(every_changed_byte_is_refused_or_another_canonical_record)
{
	uint64_t seed = 6;

	for (int round = 0; round < 40; round++) {
		struct version *v = test_random_version(&seed);
		uint8_t bytes[1024];

		ck_assert_uint_lt(v->record.len, sizeof bytes);
		memcpy(bytes, v->record.p, v->record.len);
		for (size_t i = 0; i < v->record.len; i++)
			for (int x = 1; x < 256; x++) {
				bytes[i] ^= (uint8_t)x;
				refused_or_canonical(
				    span_of(bytes, v->record.len));
				bytes[i] ^= (uint8_t)x;
			}
		version_free(v);
	}
}
END_TEST

START_TEST(every_truncation_and_every_extra_byte_is_refused)
{
	uint64_t seed = 7;

	for (int round = 0; round < 300; round++) {
		struct version *v = test_random_version(&seed), *bad;
		uint8_t bytes[1024];

		ck_assert_uint_lt(v->record.len, sizeof bytes);
		memcpy(bytes, v->record.p, v->record.len);
		for (size_t len = 0; len < v->record.len; len++)
			HOLDS(version_parse(span_of(bytes, len), &bad) ==
			      ERR_GRAMMAR);
		for (int x = 0; x < 256; x++) {
			bytes[v->record.len] = (uint8_t)x;
			HOLDS(version_parse(span_of(bytes, v->record.len + 1),
				  &bad) == ERR_GRAMMAR);
		}
		version_free(v);
	}
}
END_TEST

/* ---- each rule, by a description that breaks it alone -------------------- */

static struct version
plain(const struct dot *dot)
{
	return (struct version){
	    .path = SPAN_LIT("d/a.txt"),
	    .kind = KIND_FILE,
	    .bits = 0644,
	    .size = 5,
	    .dot = *dot,
	    .vector = {{(struct dot *)dot, 1, 1}},
	};
}

static int
try(const struct version *d)
{
	struct version *v = NULL;
	int rc = version_new(d, &v);

	if (rc == 0)
		ck_assert(vector_covers(&v->vector, v->dot));
	version_free(v);
	return rc;
}

START_TEST(L29_paths_that_are_none_are_refused)
{
	const struct dot dot = {1, 1};
	struct version d = plain(&dot);
	static const char *const wrong[] = {
	    "", "/a", "a/", "a//b", ".", "..", "a/../b", ".tutti", "a/.TuTTi"};
	char long_path[LIMIT_PATH_BYTES + 2];

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		d.path = span_str(wrong[i]);
		ck_assert_int_eq(try(&d), ERR_GRAMMAR);
	}
	d.path = SPAN_LIT("a\0b");
	ck_assert_int_eq(try(&d), ERR_GRAMMAR);
	for (size_t i = 0; i < sizeof long_path; i++)
		long_path[i] = i % 100 == 99 ? '/' : 'x';
	d.path = span_of(long_path, LIMIT_PATH_BYTES);
	ck_assert_int_eq(try(&d), 0);
	d.path = span_of(long_path, LIMIT_PATH_BYTES + 1);
	ck_assert_int_eq(try(&d), ERR_LIMIT);
}
END_TEST

START_TEST(numbers_beyond_their_limits_are_refused)
{
	const struct dot dot = {1, 1}, last = {1, LIMIT_COUNTER};
	const struct dot beyond = {1, (uint64_t)LIMIT_COUNTER + 1};
	struct version d = plain(&dot);

	d.size = LIMIT_FILE_BYTES;
	d.bits = 0777;
	ck_assert_int_eq(try(&d), 0);
	d.bits = 01000;
	ck_assert_int_eq(try(&d), ERR_GRAMMAR);
	d = plain(&dot);
	d.size = (uint64_t)LIMIT_FILE_BYTES + 1;
	ck_assert_int_eq(try(&d), ERR_LIMIT);
	d.size = UINT64_MAX;
	ck_assert_int_eq(try(&d), ERR_LIMIT);
	d = plain(&last);
	ck_assert_int_eq(try(&d), 0);
	d = plain(&beyond);
	ck_assert_int_eq(try(&d), ERR_LIMIT);
	d = plain(&dot);
	d.kind = KIND_NONE;
	ck_assert_int_eq(try(&d), ERR_GRAMMAR);
	d.kind = (enum kind)5;
	ck_assert_int_eq(try(&d), ERR_GRAMMAR);
	d.kind = KIND_DIR;
	ck_assert_int_eq(try(&d), 0);
	d.copy = true;
	ck_assert_int_eq(try(&d), ERR_GRAMMAR);
}
END_TEST

START_TEST(vector_that_does_not_end_in_the_dot_is_refused)
{
	struct dot dot = {1, 5}, others[] = {{1, 5}, {2, 1}};
	struct version d = plain(&dot);

	d.vector.v.n = 0;
	ck_assert_int_eq(try(&d), ERR_GRAMMAR);
	d.vector.v.items = others;
	d.vector.v.n = 2;
	ck_assert_int_eq(try(&d), 0);
	others[0].counter = 4;
	ck_assert_int_eq(try(&d), ERR_GRAMMAR);
	others[0].counter = 6;
	ck_assert_int_eq(try(&d), ERR_GRAMMAR);
	others[0].counter = 5;
	others[1].replica = 1;
	ck_assert_int_eq(try(&d), ERR_GRAMMAR);
}
END_TEST

START_TEST(symlink_has_a_target_and_is_named_by_it)
{
	const struct dot dot = {1, 1};
	struct version d = plain(&dot), *v;
	uint8_t target[LIMIT_TARGET_BYTES + 1];
	struct name name;

	memset(target, 'x', sizeof target);
	d.kind = KIND_SYMLINK;
	ck_assert_int_eq(try(&d), ERR_GRAMMAR);
	d.target = SPAN_LIT("a\0b");
	ck_assert_int_eq(try(&d), ERR_GRAMMAR);
	d.target = span_of(target, sizeof target);
	ck_assert_int_eq(try(&d), ERR_LIMIT);
	d.target.len--;
	v = test_version(&d);
	name_symlink(d.target, &name);
	ck_assert(name_equal(&v->content, &name));
	ck_assert_uint_eq(v->bits, 0);
	ck_assert_uint_eq(v->size, 0);
	version_free(v);
}
END_TEST

START_TEST(L32_directory_has_the_one_content_and_no_time)
{
	const struct dot dot = {1, 1};
	struct version d = plain(&dot), *v;
	struct name name;

	d.kind = KIND_DIR;
	d.mtime_ns = 77;
	d.content = test_name("a file's");
	v = test_version(&d);
	name_dir(&name);
	ck_assert(name_equal(&v->content, &name));
	ck_assert_int_eq(v->mtime_ns, 0);
	ck_assert_uint_eq(v->size, 0);
	ck_assert_uint_eq(v->bits, 0644);
	version_free(v);
}
END_TEST

static int
by_name(const void *a, const void *b)
{
	return name_compare(a, b);
}

START_TEST(tombstone_names_what_it_deleted_in_order)
{
	static struct name names[LIMIT_DELETED_NAMES + 1];
	const struct dot dot = {1, 1};
	struct version d = plain(&dot), *v;
	struct name swap;

	for (size_t i = 0; i <= LIMIT_DELETED_NAMES; i++)
		memcpy(names[i].b, &i, sizeof i);
	qsort(names, LIMIT_DELETED_NAMES + 1, sizeof *names, by_name);
	d.kind = KIND_GONE;
	d.deleted = names;
	d.n_deleted = LIMIT_DELETED_NAMES + 1;
	ck_assert_int_eq(try(&d), ERR_LIMIT);
	d.n_deleted--;
	v = test_version(&d);
	ck_assert_uint_eq(v->n_deleted, LIMIT_DELETED_NAMES);
	ck_assert_mem_eq(v->deleted, names, sizeof names - sizeof *names);
	ck_assert_uint_eq(v->size, 0);
	version_free(v);
	swap = names[4];
	names[4] = names[5];
	ck_assert_int_eq(try(&d), ERR_GRAMMAR);
	names[5] = swap;
	ck_assert_int_eq(try(&d), ERR_GRAMMAR);
}
END_TEST

START_TEST(L35_vector_of_a_thousand_entries_is_kept_and_more_are_refused)
{
	const struct dot dot = {500, LIMIT_COUNTER};
	struct version d = plain(&dot), *v;
	struct vector vv = {0};

	d.path = SPAN_LIT("a");
	for (uint64_t r = 1; r <= LIMIT_VECTOR_ENTRIES; r++)
		ck_assert_int_eq(
		    vector_raise(&vv, (struct dot){r, LIMIT_COUNTER}), 0);
	d.vector = vv;
	v = test_version(&d);
	ck_assert(vector_equal(&v->vector, &vv));
	version_free(v);
	ck_assert_int_eq(vector_raise(&vv, (struct dot){0, 1}), 0);
	d.vector = vv;
	ck_assert_int_eq(try(&d), ERR_LIMIT);
	vector_release(&vv);
}
END_TEST

START_TEST(L35_vector_that_names_its_maker_twice_is_refused)
{
	static const uint64_t own = UINT64_C(0x0101010101010101),
			      other = UINT64_C(0x0202020202020202);
	struct dot dots[] = {{own, 5}, {other, 3}};
	struct version d = plain(&dots[0]), *v;
	uint8_t bytes[1024], *at;

	d.vector.v.n = 2;
	v = test_version(&d);
	memcpy(bytes, v->record.p, v->record.len);
	at = memmem(bytes, v->record.len, &other, sizeof other);
	ck_assert_ptr_nonnull(at);
	memcpy(at, &own, sizeof own);
	d.record = span_of(bytes, v->record.len);
	version_free(v);
	ck_assert_int_eq(version_parse(d.record, &v), ERR_GRAMMAR);
}
END_TEST

START_TEST(L31_what_is_longer_than_any_record_is_refused)
{
	static uint8_t bytes[LIMIT_RECORD_BYTES + 1];
	const struct dot dot = {1, 1};
	struct version d = plain(&dot), *v;
	int rc;

	fail_alloc_after(0, true);
	rc = version_parse(span_of(bytes, sizeof bytes), &v);
	ck_assert(!fail_alloc_end()); /* before memory is asked for */
	ck_assert_int_eq(rc, ERR_GRAMMAR);
	d.meta = span_of(bytes, LIMIT_META_BYTES + 1);
	ck_assert_int_eq(try(&d), ERR_LIMIT);
}
END_TEST

/* Fixed by PROTOCOL.md: what one machine wrote another must read. */
START_TEST(record_of_a_file_is_these_bytes)
{
	struct dot dots[] = {{0x0102030405060708, 300}, {UINT64_MAX, 1}};
	struct version d = plain(&dots[0]), *v;
	static const uint8_t begin[] = {9, 3, 'a', '/', 'b'};
	static const uint8_t middle[] = {8, 7, 6, 5, 4, 3, 2, 1, 0xac, 2, /**/
	    0xa4, 3, 5, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	static const uint8_t end[] = {
	    1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1};
	const uint8_t *p;

	d.path = SPAN_LIT("a/b");
	d.copy = true;
	d.mtime_ns = -1;
	d.vector.v.items = dots;
	d.vector.v.n = 2;
	memset(d.device, 0xdd, DEVICE_BYTES);
	memset(d.content.b, 0xcc, sizeof d.content.b);
	v = test_version(&d);
	p = v->record.p;
	ck_assert_uint_eq(
	    v->record.len, sizeof begin + 32 + sizeof middle + 32 + sizeof end);
	ck_assert_mem_eq(p, begin, sizeof begin);
	p += sizeof begin;
	ck_assert_mem_eq(p, d.device, 32);
	ck_assert_mem_eq(p + 32, middle, sizeof middle);
	p += 32 + sizeof middle;
	ck_assert_mem_eq(p, d.content.b, 32);
	ck_assert_mem_eq(p + 32, end, sizeof end);
	version_free(v);
}
END_TEST

START_TEST(version_supersedes_what_its_vector_covers)
{
	struct dot dots[] = {{1, 5}, {2, 1}};
	struct version d = plain(&dots[0]), *v, *earlier, *later, *other;

	d.vector.v.items = dots;
	d.vector.v.n = 2;
	v = test_version(&d);
	earlier = test_file((struct dot){1, 4}, "x", 0);
	later = test_file((struct dot){2, 2}, "x", 0);
	other = test_file((struct dot){3, 1}, "x", 0);
	ck_assert(version_supersedes(v, v));
	ck_assert(version_supersedes(v, earlier));
	ck_assert(!version_supersedes(v, later));
	ck_assert(!version_supersedes(v, other));
	ck_assert(!version_supersedes(earlier, v));
	version_free(v);
	version_free(earlier);
	version_free(later);
	version_free(other);
}
END_TEST

START_TEST(L24_failing_memory_is_an_error_and_leaks_nothing)
{
	uint64_t seed = 8;

	for (int round = 0; round < 50; round++) {
		struct version *v = test_random_version(&seed), *out = NULL;
		bool failed = true;

		for (long n = 0; failed; n++) {
			int rc;

			fail_alloc_after(n, false);
			rc = version_new(v, &out);
			failed = fail_alloc_end();
			ck_assert_int_eq(rc, failed ? -ENOMEM : 0);
			ck_assert(failed == (out == NULL));
		}
		version_free(out);
		out = NULL;
		fail_alloc_after(0, false);
		ck_assert_int_eq(version_copy(v, &out), -ENOMEM);
		ck_assert(fail_alloc_end());
		ck_assert_ptr_null(out);
		version_free(v);
	}
}
END_TEST

TCase *
model_version_tcase(void)
{
	TCase *t = tcase_create("version");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, record_comes_back_byte_for_byte);
	tcase_add_test(t, record_of_a_file_is_these_bytes);
	tcase_add_test(t, version_supersedes_what_its_vector_covers);
	tcase_add_test(t, symlink_has_a_target_and_is_named_by_it);
	tcase_add_test(t, L32_directory_has_the_one_content_and_no_time);
	tcase_add_test(t, tombstone_names_what_it_deleted_in_order);
	tcase_add_test(
	    t, L35_vector_of_a_thousand_entries_is_kept_and_more_are_refused);
	tcase_add_test(t, L35_vector_that_names_its_maker_twice_is_refused);
	tcase_add_test(t, L31_what_is_longer_than_any_record_is_refused);
	tcase_add_test(t, L29_paths_that_are_none_are_refused);
	tcase_add_test(t, numbers_beyond_their_limits_are_refused);
	tcase_add_test(t, vector_that_does_not_end_in_the_dot_is_refused);
	tcase_add_test(t, every_truncation_and_every_extra_byte_is_refused);
	tcase_add_test(
	    t, every_changed_byte_is_refused_or_another_canonical_record);
	tcase_add_test(t, L24_failing_memory_is_an_error_and_leaks_nothing);
	return t;
}
