/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that runs out while something is asked (LESSONS 24): each allocation
 * of ours and of jansson fails, once, and with all that follow.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/daemon/api/api_dial.h"
#include "tests/daemon/api/api_http.h"
#include "tests/proto/model/fail_alloc.h"

enum { REPLY_BYTES = 1 << 16, SILENT_TURNS = 4, PATIENCE = 400 };

#define ZEROS "00000000000000000000000000000000000000000000000000000000000000"

static void
rich(void)
{
	struct node *n = &http.node;

	n->verify = (struct folder_verify_status){
	    FOLDER_VERIFY_HEALING, 7, 100, 200, 1, 2, 1};
	n->folder.s.waiting[PLAN_WHY_LOST] = 1;
	n->folder.s.troubles = 1;
	n->folder.s.trouble = "Permission denied";
	n->folder.conflicts = 1;
	n->peers[1].connected = false;
	n->peers[1].error = "refused";
	n->status.conf_error = "folders/f.conf, line 1: no";
}

static void
halted(void)
{
	http.node.folder.s.state = FOLDER_HALTED;
	http.node.folder.s.halt = "the root is another one";
	http.node.folder.s.halt_why = FOLDER_HALT_FOREIGN;
}

static void
root_lost(void)
{
	halted();
	http.node.accept = ERR_CHANGED;
}

static void
being_opened(void)
{
	http.node.scan_error = ERR_BUSY;
	http.node.folder.open = false;
}

static void
paused(void)
{
	http.node.scan_error = ERR_HALTED;
	http.node.folder.open = false;
	http.node.folder.paused = true;
}

static void
no_copy(void)
{
	http.node.settle = ERR_NOTFOUND;
}

static void
wrong_conf(void)
{
	http.node.reload_error = "folders/f.conf, line 1: no";
}

static const struct {
	const char *method, *path;
	void (*set)(void);
} asked[] = {
    {"GET", "/v1/status", rich},
    {"GET", "/v1/folders/f", halted},
    {"GET", "/v1/folders/g", NULL},
    {"GET", "/v1/nothing", NULL},
    {"POST", "/v1/folders/f/scan", NULL},
    {"POST", "/v1/folders/f/scan", paused},
    {"POST", "/v1/folders/f/scan?wait=1", NULL},
    {"POST", "/v1/folders/f/scan?wait=1", paused},
    {"POST", "/v1/folders/f/sync", NULL},
    {"POST", "/v1/folders/f/sync?timeout=0", being_opened},
    {"POST", "/v1/folders/g/sync", NULL},
    {"POST", "/v1/folders/f/accept", halted},
    {"POST", "/v1/folders/f/accept", root_lost},
    {"GET", "/v1/folders/f/conflicts", NULL},
    {"POST", "/v1/folders/f/conflicts/remove?path=b&content=ab" ZEROS, NULL},
    {"POST", "/v1/folders/f/conflicts/remove?path=b&content=ab" ZEROS, no_copy},
    {"POST", "/v1/folders/f/verify", rich},
    {"GET", "/v1/folders/f/history?path=d", NULL},
    {"POST", "/v1/folders/f/restore?path=d&at=5", NULL},
    {"POST", "/v1/folders/f/restore?path=d&at=5&dry=1", NULL},
    {"POST", "/v1/reload", wrong_conf},
};

/* What somebody waits for comes to its end. */
static void
end_waiting(void)
{
	host_cb *looked = http.node.scan_done;

	http.node.scan_done = NULL;
	if (looked != NULL)
		looked(http.node.scan_arg);
	else if (http.node.restored != NULL)
		fake_restored(&http.node, 0);
	else
		api_changed(http.api);
}

/* Reads all of an answer, if there is one; asks check for nothing. */
static const char *
hear_all(int fd)
{
	static char text[REPLY_BYTES];
	size_t n = 0;

	for (int turns = 1; turns < PATIENCE; turns++) {
		ssize_t got = read(fd, text + n, sizeof text - 1 - n);

		if (got == 0 || (got < 0 && errno != EAGAIN))
			break;
		if (got > 0)
			n += (size_t)got;
		else
			host_uv_turn(http.h, 1);
		if (turns % SILENT_TURNS == 0)
			end_waiting();
	}
	text[n] = '\0';
	return text;
}

/* Asks with so many allocations that go well; whether one failed. */
static bool
starve(int i, long n, bool all, const char **out)
{
	bool failed;
	int fd;

	fake_init(&http.node);
	if (asked[i].set != NULL)
		asked[i].set();
	fd = http_ask(asked[i].method, asked[i].path);
	fail_alloc_after(n, all);
	*out = hear_all(fd);
	failed = fail_alloc_end();
	close(fd);
	end_waiting();
	return failed;
}

/* What is told is told whole, or is that memory ran out. */
static void
check_answer(const char *got, const char *whole)
{
	const char *body = strstr(got, "\r\n\r\n");
	json_t *json;
	int status;

	if (got[0] == '\0' || strcmp(got, whole) == 0)
		return;
	ck_assert_int_eq(sscanf(got, "HTTP/1.1 %d", &status), 1);
	ck_assert_msg(status == 503, "%s", got);
	ck_assert_ptr_null(strstr(got, "(null)"));
	json = json_loads(body + 4, 0, NULL);
	ck_assert_ptr_nonnull(http_text(json, "error"));
	ck_assert_int_eq(
	    json_integer_value(json_object_get(json, "schema")), 1);
	json_decref(json);
}

/* Without the line that says when. */
static void
cut_date(char *text)
{
	char *date = strstr(text, "\r\nDate: ");
	char *end = date != NULL ? strstr(date + 2, "\r\n") : NULL;

	if (end != NULL)
		memmove(date, end, strlen(end) + 1);
}

START_TEST(L24_an_answer_is_whole_or_says_that_memory_ran_out)
{
	static char whole[REPLY_BYTES], got[REPLY_BYTES];
	const char *text;
	bool failed = true;

	ck_assert(!starve(_i, 1 << 30, false, &text));
	strcpy(whole, text);
	cut_date(whole);
	ck_assert_int_ne(whole[0], '\0');
	for (long n = 0; failed; n++)
		for (int all = 0; all < 2; all++) {
			failed = starve(_i, n, all, &text);
			strcpy(got, text);
			cut_date(got);
			check_answer(got, whole);
		}
	strcpy(got, text);
	cut_date(got);
	ck_assert_str_eq(got, whole);
}
END_TEST

TCase *
memory_tcase(void)
{
	TCase *tc = tcase_create("memory");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, http_begin, http_end);
	tcase_add_loop_test(tc,
	    L24_an_answer_is_whole_or_says_that_memory_ran_out, 0,
	    (int)(sizeof asked / sizeof *asked));
	return tc;
}
