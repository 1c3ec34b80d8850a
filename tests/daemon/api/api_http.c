/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/api/api_http.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/daemon/api/api_dial.h"

enum { DEADLINE_S = 10, ANSWER_BYTES = 1 << 18 };

struct http http;

/* The host that the API has: h, but for hurrying. */
static struct host_ops ops;
static struct host host;

static void
timer_start(void *self, struct host_timer *t, uint64_t ms)
{
	http.h->ops->timer_start(self, t, ms < 1000 ? ms : ms / http.hurry);
}

static void
on_stop(void *arg)
{
	(void)arg;
	http.stops++;
}

void
http_begin(void)
{
	struct log_options log = {.level = LOG_LEVEL_INFO,
	    .to_stderr = LOG_STDERR_NONE,
	    .ring_dir = -1};
	struct api_options options = {
	    .log = &http.events, .version = "1.2.3", .stop = on_stop};

	/* As wrapped: jansson's fail when ours do (fail_alloc.h). */
	json_set_alloc_funcs(malloc, free);
	run_temp_dir("api", http.dir);
	ck_assert_int_eq(host_uv_new(&http.h), 0);
	ck_assert_int_eq(host_open_root(http.h, http.dir, 0, &http.run), 0);
	ck_assert_int_eq(log_init(&http.events, http.h, &log), 0);
	http.hurry = 1;
	ops = *http.h->ops;
	ops.timer_start = timer_start;
	host = (struct host){&ops, http.h->self};
	options.host = &host;
	options.run = http.run;
	ck_assert_int_eq(api_new(&options, &http.api), 0);
	fake_init(&http.node);
	api_set_node(http.api, &http.node);
	http.stops = 0;
}

void
http_end(void)
{
	api_free(http.api);
	log_release(&http.events);
	host_close(http.h, http.run);
	host_uv_free(http.h);
	/* The socket is gone, or the directory would not be empty. */
	ck_assert_int_eq(rmdir(http.dir), 0);
}

int
http_ask(const char *method, const char *path)
{
	char text[512];
	int fd = api_dial(http.dir);
	int len = snprintf(text, sizeof text,
	    "%s %s HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n", method,
	    path);

	ck_assert_int_eq(write(fd, text, (size_t)len), len);
	return fd;
}

ssize_t
http_hear(int fd, char *p, size_t len)
{
	int64_t end = host_mono_ns(http.h) + DEADLINE_S * INT64_C(1000000000);

	while (host_mono_ns(http.h) < end) {
		ssize_t n = read(fd, p, len);

		if (n >= 0)
			return n > 0 ? n : -1;
		host_uv_turn(http.h, 5);
	}
	ck_abort_msg("no answer");
	return -1;
}

json_t *
http_answer(int fd, int *out_status)
{
	static char text[ANSWER_BYTES];
	size_t n = 0;
	ssize_t got;
	json_t *json;

	while ((got = http_hear(fd, text + n, sizeof text - 1 - n)) > 0)
		n += (size_t)got;
	close(fd);
	text[n] = '\0';
	ck_assert_int_eq(sscanf(text, "HTTP/1.1 %d", out_status), 1);
	ck_assert_ptr_nonnull(strstr(text, "\r\n\r\n"));
	json = json_loads(strstr(text, "\r\n\r\n") + 4, 0, NULL);
	ck_assert_msg(json != NULL, "%s", text);
	ck_assert_int_eq(
	    json_integer_value(json_object_get(json, "schema")), 1);
	return json;
}

json_t *
http_json(int fd, int status)
{
	int got;
	json_t *json = http_answer(fd, &got);

	ck_assert_int_eq(got, status);
	return json;
}

void
http_expect(const char *method, const char *path, int status)
{
	int got;
	json_t *json = http_answer(http_ask(method, path), &got);

	ck_assert_msg(got == status, "%s %s: %d", method, path, got);
	if (status >= 400)
		ck_assert_ptr_nonnull(json_object_get(json, "error"));
	json_decref(json);
}

void
http_turns(int n)
{
	for (int i = 0; i < n; i++)
		host_uv_turn(http.h, 2);
}

void
http_silence(int fd)
{
	char p;

	http_turns(20);
	ck_assert_int_eq(read(fd, &p, 1), -1);
	ck_assert_int_eq(errno, EAGAIN);
}

const char *
http_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}
