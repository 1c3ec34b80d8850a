/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client_internal.h"

int
client_folder_accept(struct client *c, const struct client_args *args)
{
	const struct conf_folder *folder;
	json_t *json;
	int code = client_folder_of(c, args, &folder);

	if (code == CLIENT_OK)
		code = client_folder_call(c, folder->id, "accept", 0, &json);
	if (code != CLIENT_OK)
		return code;
	if (json_is_true(json_object_get(json, "accepted")))
		client_say(c, "%s goes on; see: tutti status", folder->id);
	else
		client_say(c, "%s has nothing to be accepted", folder->id);
	if (c->json)
		return client_print(c, json);
	json_decref(json);
	return CLIENT_OK;
}
