/* SPDX-License-Identifier: Apache-2.0 */
/* What goes: files and links into quarantine, directories by rmdir. */
#include "daemon/apply/apply_internal.h"

int
apply_remove(struct apply_ctx *c, struct apply_item *it)
{
	struct apply_hold hold = APPLY_NO_HOLD;
	struct apply_at at;
	int rc;

	rc = apply_at_path(c, APPLY_AT_PATH, buf_span(&it->path), &at);
	if (rc == 0)
		rc = apply_hold(c, &at, &it->expect, &hold);
	if (rc == 0)
		rc = apply_displace(c, it, APPLY_AT_PATH, &at, &hold);
	if (rc == 0)
		apply_beside(c, it);
	apply_hold_release(c, &hold);
	return rc;
}

/* An empty directory holds nothing that could be lost: no more is checked
 * than that it is the one that was seen. */
int
apply_remove_dir(struct apply_ctx *c, struct apply_item *it)
{
	struct host_stat st;
	struct apply_at at;
	int rc;

	rc = apply_at_path(c, APPLY_AT_PATH, buf_span(&it->path), &at);
	if (rc < 0)
		return rc;
	rc = host_stat_at(c->h, at.fd, at.name, &st);
	if (rc < 0)
		return apply_changed(rc);
	if (st.kind != KIND_DIR || st.ino != it->expect.ino)
		return ERR_CHANGED;
	rc = apply_changed(host_remove_dir(c->h, at.fd, at.name));
	if (rc == 0)
		*at.dirty = true;
	return rc;
}
