/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client_internal.h"

/* Waiting for a look at a large tree takes as long as it takes. */
enum { SCAN_S = 24 * 3600 };

const struct client_option client_scan_options[] = {
    {"wait", NULL, "return when the look is done", 0},
    {NULL, NULL, NULL, 0},
};

int
client_scan(struct client *c, const struct client_args *args)
{
	bool wait = client_given(args, "wait") != NULL;
	const struct conf_folder *folder;
	json_t *json;
	int code = client_folder_of(c, args, &folder);

	if (code == CLIENT_OK)
		code = client_folder_call(c, folder->id,
		    wait ? "scan?wait=1" : "scan", wait ? SCAN_S : 0, &json);
	if (code != CLIENT_OK)
		return code;
	if (c->json)
		return client_print(c, json);
	json_decref(json);
	return CLIENT_OK;
}
