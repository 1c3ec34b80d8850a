/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/folder/folder_state_internal.h"

unsigned
folder_hash(const void *key, size_t len)
{
	unsigned hash;

	HASH_JEN(key, len, hash);
	return hash;
}
