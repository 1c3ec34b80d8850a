/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client_internal.h"

#include <string.h>
#include <time.h>

const struct client_option client_status_options[] = {
    {"check", NULL, "say by the exit code whether all is well", 0},
    {"wait", NULL, "wait until all reachable peers agree", 0},
    {"timeout", "S", "wait no longer than so many seconds (60)", 0},
    {NULL, NULL, NULL, 0},
};

enum {
	WAIT_S = 60,
	WAIT_MAX_S = 24 * 3600,
	LOOK_MS = 100,
	REACH_S = 5,
	ANSWER_S = 60
};

static const char *
text_of(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : "";
}

static void
print_list(struct client *c, const json_t *list)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	    client_say(c, "%s", text_of(item, "sentence"));
}

/* Nothing to wait for any more: it is in sync, or only a person can help; or,
 * after a while, nobody is there to be in sync with. */
static bool
settled(const json_t *folder, bool alone)
{
	if (alone && json_is_true(json_object_get(folder, "in_sync")) &&
	    json_integer_value(json_object_get(folder, "reachable")) == 0)
		return true;
	return json_is_true(json_object_get(folder, "synced")) ||
	       json_is_true(json_object_get(folder, "stuck")) ||
	       json_is_true(json_object_get(folder, "paused")) ||
	       !json_is_true(json_object_get(folder, "open")) ||
	       strcmp(text_of(folder, "state"), "halted") == 0;
}

static bool
all_settled(const json_t *status, bool alone)
{
	const json_t *folder;
	size_t i;

	json_array_foreach(json_object_get(status, "folders"), i,
	    folder) if (!settled(folder, alone)) return false;
	return true;
}

static int
check(const json_t *status)
{
	const json_t *folder;
	int code = CLIENT_OK;
	size_t i;

	json_array_foreach(json_object_get(status, "folders"), i, folder)
	{
		if (strcmp(text_of(folder, "state"), "halted") == 0)
			return CLIENT_HALTED;
		if (json_integer_value(json_object_get(folder, "conflicts")) >
		    0)
			code = CLIENT_CONFLICTS;
		else if (code == CLIENT_OK &&
			 !json_is_true(json_object_get(folder, "synced")))
			code = CLIENT_NOT_IN_SYNC;
	}
	return code;
}

static int
wait_settled(struct client *c, const struct client_call *call, long seconds,
    json_t **status)
{
	struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
	int64_t begin = host_mono_ns(c->host);
	int64_t end = begin + seconds * INT64_C(1000000000);
	int64_t alone = begin + REACH_S * INT64_C(1000000000);

	while (!all_settled(*status, host_mono_ns(c->host) >= alone) &&
	       host_mono_ns(c->host) < end) {
		json_t *next;
		int code;

		nanosleep(&pause, NULL);
		code = client_call(c, call, &next);
		if (code != CLIENT_OK)
			return code;
		json_decref(*status);
		*status = next;
	}
	return CLIENT_OK;
}

static void
print(struct client *c, const json_t *status)
{
	const char *wrong = text_of(status, "conf_error");

	if (json_array_size(json_object_get(status, "folders")) == 0)
		client_say(c, "no folders yet; add one with: tutti up DIR");
	print_list(c, json_object_get(status, "folders"));
	print_list(c, json_object_get(status, "peers"));
	if (wrong[0] != '\0')
		client_say(c, "wrong in the configuration: %s", wrong);
}

int
client_status(struct client *c, const struct client_args *args)
{
	struct client_call call = {"GET", "/v1/status", ANSWER_S, false, false};
	const char *given = client_given(args, "timeout");
	long seconds = given ? client_number(given, WAIT_MAX_S) : WAIT_S;
	json_t *status = NULL;
	int code, result = CLIENT_OK;

	if (seconds < 0)
		return client_fail(c, CLIENT_USAGE,
		    "%s is no number of seconds from 0 to %d",
		    client_shown(given), WAIT_MAX_S);
	code = client_call(c, &call, &status);
	if (code != CLIENT_OK)
		return code;
	if (client_given(args, "wait"))
		code = wait_settled(c, &call, seconds, &status);
	if (code == CLIENT_OK && client_given(args, "check"))
		result = check(status);
	if (code == CLIENT_OK && c->json)
		code = client_print(c, json_incref(status));
	else if (code == CLIENT_OK)
		print(c, status);
	json_decref(status);
	return code != CLIENT_OK ? code : result;
}
