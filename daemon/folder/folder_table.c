/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/folder/folder_state_internal.h"

#include <string.h>

/* What all items begin with, of whatever type they are. */
struct keyed {
	UT_hash_handle hh;
} __attribute__((may_alias));

static struct keyed *
head_of(const void *table)
{
	struct keyed *head;

	memcpy(&head, table, sizeof head);
	return head;
}

void *
folder_table_find(const void *head, const void *key, size_t len)
{
	const struct keyed *all = head;
	struct keyed *found;

	/* Of an empty key there may be no bytes. */
	HASH_FIND(hh, all, len > 0 ? key : "", len, found);
	return found;
}

bool
folder_table_add(void *table, void *item, const void *key, size_t len)
{
	struct keyed *head = head_of(table), *k = item;

	HASH_ADD_KEYPTR(hh, head, key, len, k);
	memcpy(table, &head, sizeof head);
	return k->hh.tbl != NULL;
}

void
folder_table_drop(void *table, void *item)
{
	struct keyed *head = head_of(table), *k = item;

	HASH_DEL(head, k);
	memcpy(table, &head, sizeof head);
}
