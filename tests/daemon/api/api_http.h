/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_http - an API that serves the fake node, and who asks it over its
 * socket.
 *
 * One for a test program, begun and ended for each test.
 */
#ifndef TESTS_DAEMON_API_API_HTTP_H
#define TESTS_DAEMON_API_API_HTTP_H

#include "daemon/host/host_uv.h"
#include "tests/daemon/api/api_fake.h"

struct http {
	char dir[RUN_DIR_BYTES]; /* of api.sock */
	struct host *h;
	struct log events;
	struct api *api;
	struct node node; /* that it tells of */
	unsigned stops; /* so often it asked to be stopped */
	int run; /* dir, open */
	unsigned hurry; /* seconds to wait pass so many times as fast */
};
extern struct http http;

/* A test's setup and teardown, which sees that the socket is gone. */
void http_begin(void);
void http_end(void);

/* Sends a request whose answer ends the connection; the connection. */
int http_ask(const char *method, const char *path);

/* Turns the loop until something was read; -1 at the end. */
ssize_t http_hear(int fd, char *p, size_t len);

/* Reads to the end, and closes; the document, and the status. */
json_t *http_answer(int fd, int *out_status);

/* The same, with the one status that it has to have. */
json_t *http_json(int fd, int status);

/* Asks, and expects a status, and an error's sentence with a bad one. */
void http_expect(const char *method, const char *path, int status);

/* Turns the loop so many times, 2 ms each at most. */
void http_turns(int n);

/* Turns the loop a little: what is not yet answered stays so. */
void http_silence(int fd);

/* A string of a document, or NULL. */
const char *http_text(const json_t *object, const char *key);

#endif
