/* SPDX-License-Identifier: Apache-2.0 */
/* Few things are synced one by one; many by one sync of the file system. */
#include "daemon/apply/apply_internal.h"

static void
close_few(const struct host *h, struct apply_sync *s)
{
	while (s->n > 0)
		host_close(h, s->few[--s->n].fd);
}

void
apply_sync_add(const struct host *h, struct apply_sync *s, int fd, uint64_t key)
{
	for (size_t i = 0; i < s->n; i++) {
		if (s->few[i].key == key) {
			host_close(h, fd);
			return;
		}
	}
	if (s->n == APPLY_FEW)
		s->many = true;
	if (s->many) {
		host_close(h, fd);
		close_few(h, s);
		return;
	}
	s->few[s->n].fd = fd;
	s->few[s->n++].key = key;
}

int
apply_sync_all(const struct host *h, struct apply_sync *s, int fs)
{
	int rc = s->many ? host_sync_fs(h, fs) : 0;

	for (size_t i = 0; rc == 0 && i < s->n; i++)
		rc = host_sync(h, s->few[i].fd);
	close_few(h, s);
	s->many = false;
	return rc;
}
