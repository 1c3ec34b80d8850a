/* SPDX-License-Identifier: Apache-2.0 */
/* One apply job: its items in order, then one sync of all they changed. */
#include "daemon/apply/apply_internal.h"

#include <errno.h>

void
apply_item_init(struct apply_item *it)
{
	*it = (struct apply_item){.what = PLAN_NOTHING};
	buf_init(&it->path, LIMIT_PATH_BYTES);
	buf_init(&it->target, LIMIT_TARGET_BYTES);
	buf_init(&it->meta, LIMIT_META_BYTES);
	buf_init(&it->from, LIMIT_PATH_BYTES);
	buf_init(&it->copy, LIMIT_PATH_BYTES);
}

void
apply_item_release(struct apply_item *it)
{
	buf_release(&it->path);
	buf_release(&it->target);
	buf_release(&it->meta);
	buf_release(&it->from);
	buf_release(&it->copy);
}

void
apply_job_release(struct apply_job *job)
{
	VEC_EACH (&job->items, it)
		apply_item_release(it);
	VEC_RELEASE(&job->items);
}

static int
apply_one(struct apply_ctx *c, struct apply_item *it)
{
	switch (it->what) {
	case PLAN_MAKE_DIR:
		return apply_make_dir(c, it);
	case PLAN_PLACE:
		return apply_place(c, it);
	case PLAN_TOUCH:
		return apply_touch(c, it);
	case PLAN_REMOVE:
		return apply_remove(c, it);
	case PLAN_REMOVE_DIR:
		return apply_remove_dir(c, it);
	case PLAN_NOTHING:
	case PLAN_SETTLE:
	case PLAN_COPY:
	case PLAN_FETCH:
	case PLAN_KEEP:
	case PLAN_WAIT:
		break;
	}
	return -EINVAL;
}

void
apply_run(void *arg)
{
	struct apply_job *job = arg;
	struct apply_ctx c = {
	    .h = job->place.host, .place = &job->place, .job = job};

	for (int i = 0; i < APPLY_SLOTS; i++) {
		buf_init(&c.dirs[i].path, LIMIT_PATH_BYTES);
		c.dirs[i].fd = -1;
	}
	for (c.item = 0; c.item < job->items.n; c.item++) {
		struct apply_item *it = &job->items.items[c.item];

		it->now = (struct observation){.kind = KIND_NONE};
		it->kept = it->from_kept = it->copied = false;
		it->kept_content = (struct name){0};
		it->left = (struct attr_left){0};
		it->rc = apply_one(&c, it);
	}
	job->rc = apply_end(&c);
}
