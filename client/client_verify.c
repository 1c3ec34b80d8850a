/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client_internal.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_MS = 200 };

static uint64_t
number(const json_t *json, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(json, key));

	return n > 0 ? (uint64_t)n : 0;
}

/* One line that is written over, on a terminal only. */
static void
print_progress(struct client *c, const json_t *json)
{
	if (c->json || !isatty(fileno(c->world->err)))
		return;
	fprintf(c->world->err, "\r%s of %s read\033[K",
	    client_size(number(json, "bytes")),
	    client_size(number(json, "total_bytes")));
	fflush(c->world->err);
}

static void
end_progress(struct client *c)
{
	if (!c->json && isatty(fileno(c->world->err)))
		fprintf(c->world->err, "\r\033[K");
}

/* Asks until it is done. *json is what was said first, and then last. */
static int
wait_done(struct client *c, const char *id, json_t **json)
{
	struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
	char path[256];
	struct client_call call = {"GET", path, 0, false, false};
	int code = CLIENT_OK;

	snprintf(path, sizeof path, "/v1/folders/%s/verify", id);
	while (code == CLIENT_OK) {
		const char *state = client_text(*json, "state");

		if (strcmp(state, "done") == 0)
			break;
		if (strcmp(state, "none") == 0) {
			code = client_fail(c, CLIENT_AGAIN,
			    "%s was stopped before all was read; see: tutti"
			    " status",
			    id);
			break;
		}
		print_progress(c, *json);
		json_decref(*json);
		*json = NULL;
		nanosleep(&pause, NULL);
		code = client_call(c, &call, json);
	}
	end_progress(c);
	return code;
}

static int
print_found(struct client *c, const char *id, const json_t *json)
{
	const json_t *rotten = json_object_get(json, "rotten"), *one;
	size_t i, n = json_array_size(rotten);
	uint64_t healed = number(json, "healed"), unsure = 0;

	json_array_foreach(rotten, i, one)
	    client_say(c, "%s: rotten, %s", client_text(one, "path"),
		json_is_true(json_object_get(one, "healed"))
		    ? "healed"
		    : "and not healed: nobody who is there has its content");
	unsure = number(json, "unsure");
	if (unsure > 0)
		client_say(c,
		    "%s could not be judged (in use, or not readable); see:"
		    " tutti log",
		    client_count(unsure, "file", "files"));
	client_say(c, "%s: %s read again (%s), %s", id,
	    client_count(number(json, "files"), "file", "files"),
	    client_size(number(json, "bytes")),
	    n == 0        ? "all well"
	    : healed == n ? "all that rotted is healed"
			  : "not all that rotted is healed");
	return healed < n ? CLIENT_ERROR : CLIENT_OK;
}

int
client_verify(struct client *c, const struct client_args *args)
{
	const struct conf_folder *folder;
	json_t *json = NULL;
	int found, code = client_folder_of(c, args, &folder);

	if (code == CLIENT_OK)
		code = client_folder_call(c, folder->id, "verify", 0, &json);
	if (code == CLIENT_OK)
		code = wait_done(c, folder->id, &json);
	if (code != CLIENT_OK) {
		json_decref(json);
		return code;
	}
	found = print_found(c, folder->id, json);
	if (c->json)
		code = client_print(c, json);
	else
		json_decref(json);
	return code != CLIENT_OK ? code : found;
}
