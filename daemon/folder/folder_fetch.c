/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contents on their way into the stage: asked of peers (folder_ask.c) and put
 * there as they come (folder_answer.c). Whoever does not hold one says so;
 * then the next is asked.
 */
#include "daemon/folder/folder_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fetch *
folder_fetch(struct folder *f, const struct name *content)
{
	return folder_table_find(f->fetches, content, sizeof *content);
}

static void
free_fetch(struct fetch *x)
{
	buf_release(&x->path);
	buf_release(&x->home);
	buf_release(&x->copy);
	chunks_release(&x->list);
	chunks_release(&x->base_list);
	free(x->offsets);
	free(x->have);
	free(x);
}

int
folder_fetch_add(struct folder *f, const struct version *v, struct span path,
    enum fetch_state state, struct fetch **out)
{
	struct fetch *x = calloc(1, sizeof *x);
	int rc;

	if (x == NULL)
		return -ENOMEM;
	x->content = v->content;
	x->state = state;
	x->size = v->size;
	x->bits = v->bits;
	x->mtime_ns = v->mtime_ns;
	buf_init(&x->path, LIMIT_PATH_BYTES);
	buf_init(&x->home, LIMIT_PATH_BYTES);
	buf_init(&x->copy, LIMIT_PATH_BYTES);
	rc = index_next_id(f->index, &x->id);
	if (rc == 0)
		rc = buf_add(&x->path, path);
	if (rc == 0 &&
	    !folder_table_add(&f->fetches, x, &x->content, sizeof x->content))
		rc = -ENOMEM;
	if (rc < 0) {
		free_fetch(x);
		return rc;
	}
	*out = x;
	/* Of a large file it is known when its list is. */
	folder_room_take(f, x, state == FETCH_LIST ? 0 : x->size);
	if (state == FETCH_LIST) {
		rc = index_chunks_get(f->index, &x->content, &x->list);
		/* Who makes up versions may say another size. */
		if (rc == 0 && x->list.size == x->size)
			return folder_pieces_begin(f, x);
		chunks_release(&x->list);
		return rc == ERR_NOTFOUND ? 0 : rc;
	}
	return 0;
}

static void
remove_staged(struct folder *f, const struct fetch *x)
{
	char name[24];

	if (x->placing || f->place.stage < 0)
		return;
	snprintf(name, sizeof name, "%lld", (long long)x->id);
	/* It may never have been made. */
	(void)!host_unlink(f->host, f->place.stage, name);
}

/* What was noted as about to go to quarantine did not go there. */
static void
unexpect(struct folder *f, const struct fetch *x)
{
	int rc;

	if (!x->expected || x->placing || !folder_takes(f))
		return; /* or the next start finds that it is not there */
	rc = folder_batch(f);
	if (rc == 0)
		rc = index_kept_drop(f->index, x->id);
	if (rc < 0)
		folder_fail(f, rc, "staged");
}

/* Forgets a content; what is in the stage of it goes, unless it was placed. */
void
folder_fetch_drop(struct folder *f, struct fetch *x)
{
	folder_table_drop(&f->fetches, x);
	unexpect(f, x);
	remove_staged(f, x);
	folder_list_uncount(f, x);
	folder_room_take(f, x, 0);
	f->fetched_ns = host_mono_ns(f->host);
	x->dead = true;
	if (x->jobs == 0)
		free_fetch(x);
}

void
folder_fetch_unplace(struct folder *f, const struct apply_item *it, bool lost)
{
	struct fetch *x = folder_fetch(f, &it->content);

	if (x == NULL || x->id != it->id)
		return;
	x->placing = false;
	if (!lost) {
		folder_stage_settled(f, x);
		return;
	}
	folder_fetch_drop(f, x);
	folder_plan_again(f);
}

void
folder_fetch_unref(struct folder *f, struct fetch *x)
{
	if (--x->jobs > 0 || !x->dead)
		return;
	/* What was queued when it was dropped made the file anew. */
	remove_staged(f, x);
	free_fetch(x);
}

/* ---- whom to ask --------------------------------------------------------- */

/* Lets what is asked for be gone through again then, at the latest. */
void
folder_ask_again(struct folder *f, int64_t due_ns)
{
	if (f->ask_ns > due_ns)
		f->ask_ns = due_ns;
	folder_alarm(f, f->ask_ns);
}

/* Did it say that it lacks this, a short while ago? Then it is asked when the
 * pause is over. */
bool
folder_link_lacks(
    struct folder *f, const struct folder_link *l, const struct name *content)
{
	const struct missing *m = folder_missing_find(l->missing, content);
	int64_t until_ns = m != NULL ? m->until_ns : l->full_ns;

	if (until_ns <= host_mono_ns(f->host))
		return false;
	folder_ask_again(f, until_ns);
	return true;
}

struct folder_link *
folder_holder(struct folder *f, const struct name *content)
{
	for (struct folder_link *l = f->links; l != NULL; l = l->next)
		if (l->link != NULL && !folder_link_lacks(f, l, content))
			return l;
	return NULL;
}

int
folder_reachable(void *folder, const struct name *content)
{
	struct folder *f = folder;
	const struct fetch *x = folder_fetch(f, content);

	/* One that is under way; another waits for somebody to ask. */
	if (x != NULL &&
	    (x->asked > 0 || x->jobs > 0 || x->state >= FETCH_STAGING))
		return 1;
	return folder_holder(f, content) != NULL;
}

/* That the loser's content will be in quarantine is committed: now it may be,
 * and its copy have a version. No walk comes to its home when that is settled,
 * for another stands there. x and others may be dropped. */
static int
secure_at_home(struct folder *f, struct fetch *x)
{
	int rc = folder_batch(f);

	x->spared = true;
	return rc < 0 ? rc : folder_plan_path(f, buf_span(&x->home));
}

int
folder_fetch_tidy(struct folder *f)
{
	struct fetch *x, *next;
	int rc = 0;

	HASH_ITER (hh, f->fetches, x, next) {
		bool wanted = true;

		if (x->asked > 0 || x->jobs > 0 || x->placing ||
		    x->state == FETCH_STAGING ||
		    (x->state != FETCH_STAGED && folder_holder(f, &x->content)))
			continue;
		if (x->expected && !x->spared) {
			folder_plan_again(f); /* which may not want it */
			if (f->commits > x->expected_at)
				return secure_at_home(f, x);
			continue;
		}
		rc = folder_fetch_wanted(f, x, &wanted);
		if (rc < 0)
			return rc;
		if (!wanted) {
			folder_fetch_drop(f, x);
			folder_plan_again(f);
		}
	}
	return 0;
}

void
folder_fetches_release(struct folder *f)
{
	struct fetch *x, *next;

	HASH_ITER (hh, f->fetches, x, next)
		folder_fetch_drop(f, x);
}
