/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/hash/name.h"
#include "tests/proto/hash/hash_test_internal.h"

/* All known answers here were made with b3sum, --derive-key for contexts. */

START_TEST(a_chunk_is_named_by_its_plain_hash)
{
	struct name name;

	name_chunk(SPAN_LIT("hello"), &name);
	hash_test_is(name.b, NAME_BYTES,
	    "ea8f163db38682925e4491c5e58d4bb3"
	    "506ef8c14eb78a86e908c5624a67200f");
}
END_TEST

START_TEST(a_file_is_named_by_its_size_and_chunks)
{
	struct name_file f;
	struct name chunk, name;

	name_file_init(&f, 0);
	name_file_end(&f, &name);
	hash_test_is(name.b, NAME_BYTES,
	    "9f5648ad2f933895b9ce7b17f5e35462"
	    "dcfcf8cd1b36f87446aaa1c49ab9fe5d");
	name_chunk(SPAN_LIT("hello"), &chunk);
	name_file_init(&f, 5);
	name_file_add(&f, &chunk);
	name_file_end(&f, &name);
	hash_test_is(name.b, NAME_BYTES,
	    "5da53c90c6b9bc8a5152184bb9652bcc"
	    "43978d24839d046442839da8e179abb9");
}
END_TEST

START_TEST(a_symlink_is_named_by_its_target)
{
	struct name name;

	name_symlink(SPAN_LIT("a/b"), &name);
	hash_test_is(name.b, NAME_BYTES,
	    "9ea319b95d668f38b68a2d668da05130"
	    "60ead96881112f5c2fd87d33466036e6");
}
END_TEST

START_TEST(directories_have_one_name)
{
	struct name name;

	name_dir(&name);
	hash_test_is(name.b, NAME_BYTES,
	    "ac773b9334dbd3016021aa6d9e6fe119"
	    "dcd3ed77a8fca4979c7d0df3c60fedc4");
}
END_TEST

START_TEST(equal_bytes_of_other_kinds_have_other_names)
{
	struct name names[4];
	struct name_file f;

	name_chunk(SPAN_LIT(""), &names[0]);
	name_symlink(SPAN_LIT(""), &names[1]);
	name_dir(&names[2]);
	name_file_init(&f, 0);
	name_file_end(&f, &names[3]);
	for (int i = 0; i < 4; i++)
		for (int j = 0; j < i; j++)
			ck_assert(!name_equal(&names[i], &names[j]));
}
END_TEST

START_TEST(names_are_ordered_as_unsigned_bytes)
{
	struct name a = {{0x7f, 0xff}}, b = {{0x80}};

	ck_assert_int_lt(name_compare(&a, &b), 0);
	ck_assert_int_gt(name_compare(&b, &a), 0);
	ck_assert_int_eq(name_compare(&a, &a), 0);
	ck_assert(name_equal(&a, &a));
	b = a;
	b.b[NAME_BYTES - 1] = 1;
	ck_assert(!name_equal(&a, &b));
	ck_assert_int_lt(name_compare(&a, &b), 0);
}
END_TEST

TCase *
name_tcase(void)
{
	TCase *tc = tcase_create("name");

	tcase_add_test(tc, a_chunk_is_named_by_its_plain_hash);
	tcase_add_test(tc, a_file_is_named_by_its_size_and_chunks);
	tcase_add_test(tc, a_symlink_is_named_by_its_target);
	tcase_add_test(tc, directories_have_one_name);
	tcase_add_test(tc, equal_bytes_of_other_kinds_have_other_names);
	tcase_add_test(tc, names_are_ordered_as_unsigned_bytes);
	return tc;
}
