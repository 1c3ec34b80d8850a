/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing what is there with what was observed. */
#include "daemon/apply/apply_internal.h"

#include "daemon/scan/scan.h"

enum { BITS = 0777 };

bool
apply_shows(const struct host_stat *st, const struct observation *expect)
{
	if (st->kind != expect->kind || st->ino != expect->ino ||
	    st->mtime_ns != expect->mtime_ns)
		return false;
	return st->kind != KIND_FILE ||
	       (st->size == expect->size && (st->bits & BITS) == expect->bits);
}

bool
apply_unmoved(const struct host_stat *st, const struct observation *expect)
{
	return !expect->racy && apply_shows(st, expect) &&
	       st->ctime_ns == expect->ctime_ns;
}

bool
apply_equal(const struct host_stat *a, const struct host_stat *b)
{
	return a->kind == b->kind && a->ino == b->ino && a->size == b->size &&
	       a->mtime_ns == b->mtime_ns && a->bits == b->bits;
}

/* Its ctime is near, for we made it so; only its mtime may hide an edit. */
void
apply_observe(const struct host *h, const struct host_stat *st,
    const struct name *content, struct observation *out)
{
	int64_t now = host_now_ns(h);

	scan_observe(st, now, out);
	out->racy = out->kind != KIND_DIR &&
		    out->mtime_ns > now - SCAN_RACY_NS &&
		    out->mtime_ns < now + SCAN_RACY_NS;
	if (st->kind == KIND_DIR)
		name_dir(&out->content);
	else
		out->content = *content;
}

int
apply_hash(const struct host *h, int fd, uint64_t size, struct name *out_name)
{
	struct chunk_list list;
	int rc = scan_hash(h, fd, size, &list, out_name);

	chunks_release(&list);
	return rc;
}
