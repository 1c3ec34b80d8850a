/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client_internal.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum {
	ANSWER_BYTES = 64 << 20,
	TIMEOUT_S = 30,
	/* A path with each byte written in three, and what is around it. */
	URL_BYTES = CLIENT_URL_BYTES + 16,
};

/* A socket's path has 107 bytes at most, a home's has more: the directory
 * is named by a descriptor instead. */
struct place {
	int dir;
	char path[64];
};

static int
open_place(struct client *c, struct place *out)
{
	out->dir = open(c->home.run, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (out->dir < 0)
		return -errno;
	snprintf(
	    out->path, sizeof out->path, "/proc/self/fd/%d/api.sock", out->dir);
	return 0;
}

static size_t
take(char *p, size_t size, size_t n, void *arg)
{
	struct buf *answer = arg;

	return buf_add(answer, span_of(p, size * n)) == 0 ? size * n : 0;
}

static CURLcode
perform(const struct client_call *call, const char *socket, struct buf *answer,
    long *out_status)
{
	CURL *curl = curl_easy_init();
	char url[URL_BYTES];
	CURLcode code = CURLE_OUT_OF_MEMORY;

	if (curl == NULL)
		return code;
	snprintf(url, sizeof url, "http://tutti%s", call->path);
	curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call->method);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT,
	    call->timeout_s ? call->timeout_s : (long)TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
	code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, out_status);
	curl_easy_cleanup(curl);
	return code;
}

static int
no_daemon(struct client *c, const struct client_call *call)
{
	if (call->quiet)
		return CLIENT_NO_DAEMON;
	return client_fail(c, CLIENT_NO_DAEMON,
	    "the daemon is not running; start it with: tutti up");
}

static int
not_performed(struct client *c, const struct client_call *call, CURLcode code)
{
	switch (code) {
	case CURLE_COULDNT_CONNECT:
		if (access(c->home.run, X_OK) == 0 || errno == ENOENT)
			return no_daemon(c, call);
		return client_fail(c, CLIENT_ERROR,
		    "%s is another user's; ask as that user",
		    client_shown(c->home.run));
	case CURLE_OPERATION_TIMEDOUT:
		return client_fail(c, CLIENT_AGAIN,
		    "the daemon does not answer in time; see: tutti log");
	case CURLE_GOT_NOTHING:
	case CURLE_RECV_ERROR:
		return no_daemon(c, call);
	default:
		return client_fail(c, CLIENT_ERROR,
		    "the daemon cannot be asked (%s); see: tutti log",
		    curl_easy_strerror(code));
	}
}

static int
exit_of_status(long status)
{
	switch (status) {
	case 404:
		return CLIENT_NOT_FOUND;
	case 403:
		return CLIENT_REFUSED;
	case 409:
	case 503:
	case 504:
		return CLIENT_AGAIN;
	default:
		return CLIENT_ERROR;
	}
}

static int
read_answer(struct client *c, const struct client_call *call,
    const struct buf *answer, long status, json_t **out)
{
	json_t *json =
	    json_loadb((const char *)answer->p, answer->len, 0, NULL);
	const char *error;
	int code = CLIENT_OK;

	if (json == NULL)
		return client_fail(c, CLIENT_ERROR,
		    "the daemon's answer makes no sense; is it of another"
		    " version? Restart it with: tutti down; tutti up");
	error = json_string_value(json_object_get(json, "error"));
	if (status == 503 && call->patient) {
		json_decref(json);
		return CLIENT_AGAIN;
	}
	if (status >= 400) {
		code = client_fail(c, exit_of_status(status), "%s",
		    error ? error : "the daemon refused without a reason");
		json_decref(json);
		return code;
	}
	*out = json;
	return CLIENT_OK;
}

int
client_call(struct client *c, const struct client_call *call, json_t **out)
{
	struct buf answer;
	struct place place;
	long status = 0;
	CURLcode curl;
	int rc, code = client_open(c);

	if (code != CLIENT_OK)
		return code;
	rc = open_place(c, &place);
	if (rc == -ENOENT || rc == -ENOTDIR)
		return no_daemon(c, call);
	if (rc < 0)
		return client_fail(c, CLIENT_ERROR,
		    "%s cannot be opened (%s); ask as the user whose it is",
		    client_shown(c->home.run), err_text(rc));
	buf_init(&answer, ANSWER_BYTES);
	curl = perform(call, place.path, &answer, &status);
	close(place.dir);
	code = curl == CURLE_OK ? read_answer(c, call, &answer, status, out)
				: not_performed(c, call, curl);
	buf_release(&answer);
	return code;
}

int
client_folder_call(struct client *c, const char *id, const char *what,
    long timeout_s, json_t **out)
{
	char path[URL_BYTES - sizeof "http://tutti"];
	struct client_call call = {"POST", path, timeout_s, false, false};

	snprintf(path, sizeof path, "/v1/folders/%s/%s", id, what);
	return client_call(c, &call, out);
}

/* Asks quietly. The status of the answer; 0: nobody answers. */
static long
ask_status(struct client *c)
{
	struct client_call call = {"GET", "/v1/status", 5, true, false};
	struct buf answer;
	struct place place;
	long status = 0;

	if (client_open(c) != CLIENT_OK || open_place(c, &place) < 0)
		return 0;
	buf_init(&answer, ANSWER_BYTES);
	if (perform(&call, place.path, &answer, &status) ==
	    CURLE_COULDNT_CONNECT)
		status = 0;
	else if (status == 0)
		status = 503;
	buf_release(&answer);
	close(place.dir);
	return status;
}

bool
client_runs(struct client *c)
{
	return ask_status(c) == 200;
}

bool
client_gone(struct client *c)
{
	return ask_status(c) == 0;
}

int
client_reload(struct client *c)
{
	struct client_call call = {"POST", "/v1/reload", 30, true, false};
	json_t *json;
	int code = client_call(c, &call, &json);

	if (code == CLIENT_NO_DAEMON)
		return CLIENT_OK;
	if (code == CLIENT_OK)
		json_decref(json);
	return code;
}
