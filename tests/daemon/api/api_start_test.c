/* SPDX-License-Identifier: Apache-2.0 */
/* An API that cannot start, answer or end as it should. */
#include <errno.h>
#include <microhttpd.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/daemon/api/api_dial.h"
#include "tests/daemon/api/api_http.h"
#include "tests/proto/model/fail_alloc.h"

/* ---- a library without memory -------------------------------------------- */

static bool library_starved;

struct MHD_Daemon *__wrap_MHD_start_daemon(unsigned flags, uint16_t port,
    MHD_AcceptPolicyCallback apc, void *apc_arg, MHD_AccessHandlerCallback dh,
    void *dh_arg, ...);
struct MHD_Response *__real_MHD_create_response_from_buffer(
    size_t len, void *p, enum MHD_ResponseMemoryMode mode);
struct MHD_Response *__wrap_MHD_create_response_from_buffer(
    size_t len, void *p, enum MHD_ResponseMemoryMode mode);

struct MHD_Daemon *
__wrap_MHD_start_daemon(unsigned flags, uint16_t port,
    MHD_AcceptPolicyCallback apc, void *apc_arg, MHD_AccessHandlerCallback dh,
    void *dh_arg, ...)
{
	struct MHD_Daemon *d = NULL;
	va_list ap;

	va_start(ap, dh_arg);
	if (!library_starved)
		d = MHD_start_daemon_va(
		    flags, port, apc, apc_arg, dh, dh_arg, ap);
	va_end(ap);
	return d;
}

struct MHD_Response *
__wrap_MHD_create_response_from_buffer(
    size_t len, void *p, enum MHD_ResponseMemoryMode mode)
{
	return library_starved
		   ? NULL
		   : __real_MHD_create_response_from_buffer(len, p, mode);
}

/* ---- a host whose calls fail --------------------------------------------- */

static struct host_ops ops;
static struct host poor;
static unsigned calls, fail_at;
static int fail_with;

static bool
fails(void)
{
	return ++calls == fail_at;
}

static int
poor_timer_new(void *self, host_cb *cb, void *arg, struct host_timer **out)
{
	return fails() ? fail_with : http.h->ops->timer_new(self, cb, arg, out);
}

static int
poor_listen_local(void *self, int dir, const char *name, int *out_fd)
{
	return fails() ? fail_with
		       : http.h->ops->listen_local(self, dir, name, out_fd);
}

static int
poor_poll_new(
    void *self, int fd, host_poll_cb *cb, void *arg, struct host_poll **out)
{
	return fails() ? fail_with
		       : http.h->ops->poll_new(self, fd, cb, arg, out);
}

static int
poor_unlink(void *self, int dir, const char *name)
{
	return fails() ? fail_with : http.h->ops->unlink(self, dir, name);
}

/* The served API ends; another may begin on the poor host. */
static void
setup(void)
{
	http_begin();
	api_free(http.api);
	http.api = NULL;
	ops = *http.h->ops;
	ops.timer_new = poor_timer_new;
	ops.listen_local = poor_listen_local;
	ops.poll_new = poor_poll_new;
	ops.unlink = poor_unlink;
	poor = (struct host){&ops, http.h->self};
	calls = fail_at = 0;
	library_starved = false;
}

static int
begin(void)
{
	struct api_options options = {.host = &poor,
	    .log = &http.events,
	    .version = "1.2.3",
	    .run = http.run};

	return api_new(&options, &http.api);
}

static bool
has_socket(void)
{
	char path[128];

	snprintf(path, sizeof path, "%s/api.sock", http.dir);
	return access(path, F_OK) == 0;
}

START_TEST(L24_an_api_that_cannot_start_leaves_nothing_behind)
{
	static const int errs[] = {-EADDRINUSE, -EMFILE, -ENOMEM};

	for (unsigned i = 0; i < 3; i++)
		for (unsigned n = 1; n <= 4; n++) {
			calls = 0;
			fail_at = n;
			fail_with = errs[i];
			ck_assert_int_eq(begin(), errs[i]);
			ck_assert(!has_socket());
		}
	library_starved = true;
	ck_assert_int_eq(begin(), -ENOMEM);
	ck_assert(!has_socket());
	library_starved = false;
	ck_assert_int_eq(begin(), 0);
	ck_assert(has_socket());
}
END_TEST

START_TEST(L24_an_api_starts_or_memory_ran_out)
{
	bool failed = true;

	for (long n = 0; failed; n++)
		for (int all = 0; all < 2; all++) {
			int rc;

			fail_alloc_after(n, all);
			rc = begin();
			failed = fail_alloc_end();
			ck_assert(rc == 0 || (failed && rc == -ENOMEM));
			ck_assert_int_eq(has_socket(), rc == 0);
			if (rc == 0)
				api_free(http.api);
		}
	http.api = NULL;
}
END_TEST

static int last_err;

static void
on_event(void *arg, const struct log_record *record)
{
	(void)arg;
	for (const struct log_field *f = record->fields;
	     f->type != LOG_TYPE_NONE; f++)
		if (f->type == LOG_TYPE_ERR)
			last_err = f->as.err;
}

START_TEST(a_socket_that_cannot_be_removed_is_said)
{
	struct log_sink sink = {.cb = on_event, .level = LOG_LEVEL_WARN};

	log_add_sink(&http.events, &sink);
	for (int gone = 0; gone < 2; gone++) {
		ck_assert_int_eq(begin(), 0);
		last_err = 0;
		calls = 0;
		fail_at = 1;
		fail_with = gone ? -ENOENT : -EROFS;
		api_free(http.api);
		/* One that somebody else removed is no trouble. */
		ck_assert_int_eq(last_err, gone ? 0 : -EROFS);
		fail_at = 0;
	}
	http.api = NULL;
	log_remove_sink(&http.events, &sink);
	ck_assert_int_eq(host_unlink(http.h, http.run, "api.sock"), 0);
}
END_TEST

START_TEST(L24_an_answer_the_library_has_no_memory_for_ends_the_connection)
{
	char p;
	int fd;

	ck_assert_int_eq(begin(), 0);
	api_set_node(http.api, &http.node);
	library_starved = true;
	fd = http_ask("GET", "/v1/status");
	ck_assert_int_eq(http_hear(fd, &p, 1), -1);
	close(fd);
	library_starved = false;
	http_expect("GET", "/v1/status", 200);
}
END_TEST

START_TEST(L24_who_cannot_wait_is_told_so)
{
	ck_assert_int_eq(begin(), 0);
	api_set_node(http.api, &http.node);
	calls = 0;
	fail_at = 1;
	fail_with = -EMFILE;
	http_expect("POST", "/v1/folders/f/sync", 503);
	ck_assert_uint_eq(http.node.scans, 0);
}
END_TEST

TCase *
start_tcase(void)
{
	TCase *tc = tcase_create("start");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup, http_end);
	tcase_add_test(tc, L24_an_api_that_cannot_start_leaves_nothing_behind);
	tcase_add_test(tc, L24_an_api_starts_or_memory_ran_out);
	tcase_add_test(tc, a_socket_that_cannot_be_removed_is_said);
	tcase_add_test(tc,
	    L24_an_answer_the_library_has_no_memory_for_ends_the_connection);
	tcase_add_test(tc, L24_who_cannot_wait_is_told_so);
	return tc;
}
