/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/model/model_internal.h"

#include "proto/base/date.h"
#include "proto/base/path.h"
#include "proto/base/text.h"

enum { TAG_CHARS = 6 };

/* Appends the digits that tell apart losers of the same second. */
static int
add_tag(struct dot dot, struct buf *out)
{
	uint8_t bytes[8 + 8], hash[HASH_BYTES];
	struct buf digits;
	int rc;

	for (size_t i = 0; i < 8; i++) {
		bytes[i] = (uint8_t)(dot.replica >> 8 * i);
		bytes[8 + i] = (uint8_t)(dot.counter >> 8 * i);
	}
	hash_bytes(span_of(bytes, sizeof bytes), hash);
	buf_init(&digits, 64);
	rc = text_base32(&digits, span_of(hash, 5));
	if (rc == 0)
		rc = buf_add(out, span_of(digits.p, TAG_CHARS));
	buf_release(&digits);
	return rc;
}

/* Appends ".conflict-20261122T061600Z-K7QX4T". */
static int
add_mark(const struct version *loser, struct buf *out)
{
	struct date d = date_of_ns(loser->mtime_ns);
	int rc = buf_add(out, SPAN_LIT(".conflict-"));

	if (rc == 0)
		rc = date_stamp(out, &d);
	if (rc == 0)
		rc = buf_add(out, SPAN_LIT("-"));
	return rc < 0 ? rc : add_tag(loser->dot, out);
}

int
conflict_path(const struct version *loser, struct buf *out)
{
	struct span name = path_name(loser->path);
	struct span ext = path_extension(name);
	struct span dir = span_of(loser->path.p, loser->path.len - name.len);
	struct span stem = span_of(name.p, name.len - ext.len);
	struct buf mark;
	int rc;

	buf_init(&mark, LIMIT_NAME_BYTES);
	rc = add_mark(loser, &mark);
	if (rc < 0)
		goto out;
	stem = path_cut(stem, LIMIT_NAME_BYTES - mark.len - ext.len);
	if (dir.len + stem.len + mark.len + ext.len > LIMIT_PATH_BYTES) {
		rc = ERR_LIMIT;
		goto out;
	}
	/* One reservation, so that a failure appends nothing. */
	rc = buf_reserve(
	    out, dir.len + stem.len + mark.len + ext.len, &(uint8_t *){NULL});
	if (rc == 0)
		rc = buf_add(out, dir);
	if (rc == 0)
		rc = buf_add(out, stem);
	if (rc == 0)
		rc = buf_add(out, buf_span(&mark));
	if (rc == 0)
		rc = buf_add(out, ext);
out:
	buf_release(&mark);
	return rc;
}

int
conflict_has_copy(const struct version_set *set, const struct version *v,
    conflict_known *known, void *arg, bool *out_has)
{
	struct buf path;
	int rc = 0;

	buf_init(&path, LIMIT_PATH_BYTES);
	VEC_EACH (&set->v, it) {
		const struct version *same = *it;

		if (same->kind == KIND_GONE ||
		    !name_equal(&same->content, &v->content))
			continue;
		buf_clear(&path);
		rc = conflict_path(same, &path);
		if (rc == ERR_LIMIT) {
			rc = 0; /* too long a path: it cannot have a copy */
			continue;
		}
		if (rc == 0)
			rc = known(arg, buf_span(&path));
		if (rc != 0)
			break;
	}
	buf_release(&path);
	if (rc < 0)
		return rc;
	*out_has = rc > 0;
	return 0;
}
