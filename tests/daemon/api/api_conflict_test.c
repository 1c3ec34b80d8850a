/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/api/api_http.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

START_TEST(L54_conflicts_are_listed)
{
	int status;
	json_t *json =
	    http_answer(http_ask("GET", "/v1/folders/f/conflicts"), &status);
	json_t *c = json_array_get(json_object_get(json, "conflicts"), 0);
	json_t *home = json_object_get(c, "home");

	ck_assert_int_eq(status, 200);
	ck_assert_str_eq(
	    json_string_value(json_object_get(c, "path")), "d/\\xff.conflict");
	ck_assert_str_eq(
	    json_string_value(json_object_get(c, "url")), "d/%FF.conflict");
	ck_assert_str_eq(
	    json_string_value(json_object_get(c, "device")), "laptop");
	ck_assert_int_eq(
	    strncmp(
		json_string_value(json_object_get(c, "content")), "ab00", 4),
	    0);
	ck_assert_str_eq(
	    json_string_value(json_object_get(home, "kind")), "nothing");
	ck_assert(json_is_null(json_object_get(home, "device")));
	json_decref(json);
	http_expect("GET", "/v1/folders/g/conflicts", 404);
}
END_TEST

#define ZEROS "00000000000000000000000000000000000000000000000000000000000000"

START_TEST(L54_conflicts_are_settled_as_seen)
{
	static const struct {
		int rc, status;
	} answers[] = {{1, 200}, {0, 200}, {ERR_CHANGED, 409},
	    {ERR_NOTFOUND, 404}, {ERR_BUSY, 503}, {ERR_HALTED, 400},
	    {-EISDIR, 400}};

	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		http.node.settle = answers[i].rc;
		http_expect("POST",
		    "/v1/folders/f/conflicts/remove?path=d/a%20%ff&content="
		    "ab" ZEROS,
		    answers[i].status);
		ck_assert_str_eq(http.node.settled, "d/a \xff");
		http_expect("POST",
		    "/v1/folders/f/conflicts/choose?path=b&content=ab" ZEROS
		    "&over=00" ZEROS,
		    answers[i].status);
		ck_assert_str_eq(http.node.settled, "b");
	}
	http.node.settled[0] = '\0';
	http_expect("POST", "/v1/folders/f/conflicts/remove?path=b", 400);
	http_expect("POST",
	    "/v1/folders/f/conflicts/remove?path=b&content=ab" ZEROS "0", 400);
	http_expect("POST",
	    "/v1/folders/f/conflicts/remove?path=../b&content=ab" ZEROS, 400);
	http_expect("POST",
	    "/v1/folders/f/conflicts/choose?path=b&content=ab" ZEROS
	    "&over=xx" ZEROS,
	    400);
	http_expect("POST",
	    "/v1/folders/g/conflicts/remove?path=b&content=ab" ZEROS, 404);
	ck_assert_str_eq(http.node.settled, "");
}
END_TEST

static char a[] = "a", b[] = "b", c[] = "c", d[] = "d";

START_TEST(L54_conflicts_of_all_kinds_are_listed)
{
	static const struct folder_conflict list[] = {
	    {.copy = {.path = a, .kind = KIND_SYMLINK, .has_device = true},
		.home = {.path = b, .kind = KIND_DIR},
		.edited = true},
	    {.copy = {.path = c,
		 .kind = KIND_FILE,
		 .has_device = true,
		 .device = {42}},
		.home = {.path = d, .kind = KIND_OPAQUE}},
	    {.copy = {.path = d, .kind = KIND_FILE}}};
	static const char *const kinds[] = {"directory", "other", NULL};
	json_t *json, *all, *one;
	const char *device;

	http.node.conflicts = list;
	http.node.n_conflicts = 3;
	json = http_json(http_ask("GET", "/v1/folders/f/conflicts"), 200);
	all = json_object_get(json, "conflicts");
	ck_assert_uint_eq(json_array_size(all), 3);
	for (size_t i = 0; i < 3; i++) {
		json_t *home = json_object_get(json_array_get(all, i), "home");

		if (kinds[i] == NULL)
			ck_assert(json_is_null(home));
		else
			ck_assert_str_eq(http_text(home, "kind"), kinds[i]);
	}
	one = json_array_get(all, 0);
	ck_assert_str_eq(http_text(one, "kind"), "symlink");
	ck_assert_str_eq(http_text(one, "device"), "me");
	ck_assert(json_is_true(json_object_get(one, "edited")));
	one = json_array_get(all, 1);
	ck_assert(json_is_false(json_object_get(one, "edited")));
	/* Whom nobody knows by name: the beginning of the id. */
	device = http_text(one, "device");
	ck_assert_uint_eq(strlen(device), 8);
	one = json_array_get(all, 2);
	ck_assert(json_is_null(json_object_get(one, "device")));
	json_decref(json);
}
END_TEST

/* Why nothing was settled. */
static void
expect_unsettled(int rc, int status, const char *why)
{
	json_t *json;

	http.node.settle = rc;
	json = http_json(
	    http_ask("POST",
		"/v1/folders/f/conflicts/remove?path=b&content=ab" ZEROS),
	    status);
	ck_assert_msg(strstr(http_text(json, "error"), why) != NULL, "%s",
	    http_text(json, "error"));
	json_decref(json);
}

START_TEST(L54_what_is_not_settled_says_why)
{
	expect_unsettled(ERR_CHANGED, 409, "look again");
	expect_unsettled(-EISDIR, 400, "there is a directory now");
	expect_unsettled(ERR_NOTFOUND, 404, "is no conflict copy");
	expect_unsettled(ERR_BUSY, 503, "still on their way");
	expect_unsettled(ERR_HALTED, 400, "one way only");
	expect_unsettled(-EIO, 503, err_text(-EIO));
	http.node.folder.s.state = FOLDER_HALTED;
	http.node.folder.s.halt = "most of its files were deleted";
	expect_unsettled(ERR_HALTED, 400, "most of its files");
	http.node.folder.open = false;
	expect_unsettled(ERR_BUSY, 503, "being opened");
	http.node.folder.paused = true;
	expect_unsettled(ERR_HALTED, 400, "tutti folder resume f");
}
END_TEST

START_TEST(L54_only_what_was_listed_is_settled)
{
	static const char *const wrong[] = {"", "?path=b", "?content=ab" ZEROS,
	    "?path=&content=ab" ZEROS, "?path=/b&content=ab" ZEROS,
	    "?path=.tutti/b&content=ab" ZEROS,
	    "?path=b&content=", "?path=b&content=AB" ZEROS,
	    "?path=b&content=a%00" ZEROS, "?path=b&content=%0aa" ZEROS};
	char path[256];

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		snprintf(path, sizeof path, "/v1/folders/f/conflicts/remove%s",
		    wrong[i]);
		http_expect("POST", path, 400);
		snprintf(path, sizeof path, "/v1/folders/f/conflicts/choose%s",
		    wrong[i]);
		http_expect("POST", path, 400);
	}
	http_expect("POST",
	    "/v1/folders/f/conflicts/choose?path=b&content=ab" ZEROS, 400);
	ck_assert_str_eq(http.node.settled, "");
}
END_TEST

TCase *
conflict_tcase(void)
{
	TCase *tc = tcase_create("conflict");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, http_begin, http_end);
	tcase_add_test(tc, L54_conflicts_are_listed);
	tcase_add_test(tc, L54_conflicts_are_settled_as_seen);
	tcase_add_test(tc, L54_conflicts_of_all_kinds_are_listed);
	tcase_add_test(tc, L54_what_is_not_settled_says_why);
	tcase_add_test(tc, L54_only_what_was_listed_is_settled);
	return tc;
}
