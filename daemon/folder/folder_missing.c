/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of contents that somebody lacks: a peer, or we when it asked. */
#include "daemon/folder/folder_internal.h"

#include <stdlib.h>

struct missing *
folder_missing_find(struct missing *table, const struct name *content)
{
	return folder_table_find(table, content, sizeof *content);
}

struct missing *
folder_missing_add(struct missing **table, const struct name *content)
{
	struct missing *m = folder_missing_find(*table, content);

	/* Beyond a bound, or without memory, it is asked for in vain again. */
	if (m != NULL || HASH_COUNT(*table) >= LIMIT_WANT_QUEUED)
		return m;
	m = calloc(1, sizeof *m);
	if (m == NULL)
		return NULL;
	m->content = *content;
	if (!folder_table_add(table, m, &m->content, sizeof m->content)) {
		free(m);
		return NULL;
	}
	return m;
}

void
folder_lacks(
    struct folder *f, struct folder_link *l, const struct name *content)
{
	struct missing *m = folder_missing_add(&l->missing, content);

	if (m == NULL) {
		l->full_ns = host_mono_ns(f->host) + FULL_MS * NS_PER_MS;
		return;
	}
	m->until_ns = host_mono_ns(f->host) + folder_pause_ns(++m->tries);
	if (f->ask_ns > m->until_ns)
		f->ask_ns = m->until_ns;
	folder_alarm(f, f->ask_ns);
}

void
folder_missing_drop(struct missing **table, const struct name *content)
{
	struct missing *m = folder_missing_find(*table, content);

	if (m == NULL)
		return;
	folder_table_drop(table, m);
	free(m);
}

void
folder_missing_release(struct missing **table)
{
	struct missing *m, *next;

	HASH_ITER (hh, *table, m, next) {
		folder_table_drop(table, m);
		free(m);
	}
}
