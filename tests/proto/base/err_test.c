/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/base/err.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "tests/proto/base/base_test.h"

START_TEST(every_code_of_ours_has_a_text_of_its_own)
{
	for (int a = ERR_GRAMMAR; a >= ERR_CLOSED; a--) {
		ck_assert_str_ne(err_text(a), "unknown error");
		for (int b = ERR_GRAMMAR; b > a; b--)
			ck_assert_str_ne(err_text(a), err_text(b));
	}
}
END_TEST

START_TEST(every_code_of_ours_has_a_class_that_blames_not_us)
{
	for (int err = ERR_GRAMMAR; err >= ERR_CLOSED; err--)
		ck_assert_int_ne(err_class(err), ERR_CLASS_BUG);
	ck_assert_int_eq(err_class(ERR_GRAMMAR), ERR_CLASS_PEER);
	ck_assert_int_eq(err_class(ERR_CHANGED), ERR_CLASS_LATER);
	ck_assert_int_eq(err_class(ERR_HALTED), ERR_CLASS_USER);
}
END_TEST

START_TEST(system_errors_are_classed_by_who_can_mend_them)
{
	ck_assert_int_eq(err_class(-ENOSPC), ERR_CLASS_LATER);
	ck_assert_int_eq(err_class(-ENOMEM), ERR_CLASS_LATER);
	ck_assert_int_eq(err_class(-EACCES), ERR_CLASS_USER);
	ck_assert_int_eq(err_class(-EBADF), ERR_CLASS_BUG);
}
END_TEST

START_TEST(system_errors_read_as_the_system_says)
{
	ck_assert_str_eq(err_text(-ENOENT), strerror(ENOENT));
}
END_TEST

START_TEST(any_int_has_a_text_and_a_class)
{
	static const int odd[] = {0, 1, INT_MAX, INT_MIN, -4095, -4096,
	    ERR_GRAMMAR + 1, ERR_CLOSED - 1};

	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		ck_assert_ptr_nonnull(err_text(odd[i]));
		if (odd[i] != -4095)
			ck_assert_int_eq(err_class(odd[i]), ERR_CLASS_BUG);
	}
}
END_TEST

TCase *
err_tcase(void)
{
	TCase *t = tcase_create("err");

	tcase_add_test(t, every_code_of_ours_has_a_text_of_its_own);
	tcase_add_test(t, every_code_of_ours_has_a_class_that_blames_not_us);
	tcase_add_test(t, system_errors_are_classed_by_who_can_mend_them);
	tcase_add_test(t, system_errors_read_as_the_system_says);
	tcase_add_test(t, any_int_has_a_text_and_a_class);
	return t;
}
