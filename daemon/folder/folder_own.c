/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our own number, and how far our memory is to be trusted (DESIGN.md section
 * 2, "Rollback").
 *
 * A database may have been lost, or put back to what it was once. Where the
 * root's token tells (folder_root.c), what it remembers is true, only old. But
 * a whole machine that was put back goes on and gives away counters that it
 * gave away before, until a peer names one beyond ours. Then versions made
 * since are not what others take them for: each that no peer was known to
 * have gets a dot of a new number, and of the old number nothing is claimed
 * to be known beyond what peers had, so that they send the rest.
 */
#include "daemon/folder/folder_internal.h"

#include <string.h>

static const char fact[] = "own";

enum {
	NUMBERS_MAX = 1024, /* numbers of ours, the latest */
	RENEW_STEP = 256, /* versions in memory at once */
	ACKED_MS = 5000, /* until what a peer has is noted */
	DOUBLINGS = 10,
};

/* ---- what is remembered of it -------------------------------------------- */

static int
read_fact(struct folder *f, struct span value)
{
	struct wire_reader r = wire_reader_of(value);
	int rc = 0;

	f->noted = true;
	f->fresh = wire_bool(&r);
	f->clean = wire_bool(&r);
	f->apart = wire_bool(&r);
	f->sent = wire_u64(&r);
	for (uint64_t n = wire_varint(&r, NUMBERS_MAX); rc == 0 && n > 0; n--)
		rc = VEC_PUSH(&f->numbers, wire_u64(&r));
	return rc < 0 ? rc : wire_end(&r) < 0 ? ERR_CORRUPT : 0;
}

static uint64_t
own_counter(const struct folder *f)
{
	return vector_get(index_knowledge(f->index), index_replica(f->index));
}

int
folder_own_recall(struct folder *f)
{
	struct buf value;
	int rc;

	f->fresh = f->clean = f->apart = f->noted = false;
	f->numbers.n = 0;
	buf_init(&value, sizeof(uint64_t) * (NUMBERS_MAX + 8));
	rc = index_fact_get(f->index, fact, &value);
	if (rc == 0)
		rc = read_fact(f, buf_span(&value));
	buf_release(&value);
	/* We were linked, or never were: it may all have been sent. */
	if (!f->apart)
		f->sent = own_counter(f);
	/* Who shares with nobody has nobody to hear first. */
	f->fresh &= f->has_peers;
	return rc == ERR_NOTFOUND ? 0 : rc;
}

int
folder_own_note(struct folder *f)
{
	struct wire_writer w;
	struct buf value;
	int rc;

	buf_init(&value, sizeof(uint64_t) * (NUMBERS_MAX + 8));
	w = wire_writer_of(&value);
	wire_put_bool(&w, f->fresh);
	wire_put_bool(&w, f->clean);
	wire_put_bool(&w, f->apart);
	wire_put_u64(&w, f->sent);
	wire_put_varint(&w, f->numbers.n);
	VEC_EACH (&f->numbers, past)
		wire_put_u64(&w, *past);
	rc = wire_writer_end(&w);
	if (rc == 0)
		rc = index_fact_put(f->index, fact, buf_span(&value));
	buf_release(&value);
	return rc;
}

int
folder_own_linked(struct folder *f, bool linked)
{
	int rc;

	if (f->apart == !linked)
		return 0;
	f->apart = !linked;
	f->sent = own_counter(f);
	rc = folder_batch(f);
	return rc < 0 ? rc : folder_own_note(f);
}

bool
folder_names_us(const struct folder *f, const struct vector *vv)
{
	uint64_t n = vector_get(vv, index_replica(f->index));

	return n > (f->apart ? f->sent : own_counter(f));
}

/* ---- what each peer has of it -------------------------------------------- */

static int
note_acked(struct folder *f, struct folder_link *l)
{
	struct dot acked = {index_replica(f->index), l->acked};
	int rc = folder_batch(f);

	l->acked_due = false;
	return rc < 0 ? rc : folder_acked_put(f, l->device, acked);
}

void
folder_acked_due(struct folder *f)
{
	int rc = 0;

	f->acked_ns = INT64_MAX;
	for (struct folder_link *l = f->links; l != NULL; l = l->next)
		if (rc == 0 && l->acked_due)
			rc = note_acked(f, l);
	if (rc < 0)
		folder_fail(f, rc, "note what peers have");
}

void
folder_acked(
    struct folder *f, struct folder_link *l, const struct vector *theirs)
{
	uint64_t n = vector_get(theirs, index_replica(f->index));

	if (n <= l->acked || folder_names_us(f, theirs))
		return;
	l->acked = n;
	l->acked_due = true;
	if (f->acked_ns != INT64_MAX)
		return;
	f->acked_ns = host_mono_ns(f->host) + ACKED_MS * NS_PER_MS;
	folder_alarm(f, f->acked_ns);
}

static void
doubt(const struct folder *f, struct vector *theirs, uint64_t replica)
{
	const struct vector *ours = index_knowledge(f->index);

	if (vector_get(theirs, replica) > vector_get(ours, replica))
		vector_lower(theirs, (struct dot){replica, 0});
}

void
folder_own_doubt(const struct folder *f, struct vector *theirs)
{
	VEC_EACH (&f->numbers, past)
		doubt(f, theirs, *past);
	doubt(f, theirs, index_replica(f->index));
}

/* ---- another number ------------------------------------------------------ */

static int
change_number(struct folder *f)
{
	int rc;

	if (f->numbers.n == NUMBERS_MAX)
		memmove(f->numbers.items, f->numbers.items + 1,
		    --f->numbers.n * sizeof *f->numbers.items);
	rc = VEC_PUSH(&f->numbers, index_replica(f->index));
	if (rc == 0)
		rc = index_new_replica(f->index);
	f->sent = 0;
	for (struct folder_link *l = f->links; l != NULL; l = l->next)
		l->acked = 0;
	return rc;
}

int
folder_own_stop(struct folder *f)
{
	int rc = index_begin(f->index);

	f->clean = true;
	if (rc == 0)
		rc = folder_own_note(f);
	return folder_batch_end(f, rc);
}

/* ---- new dots ------------------------------------------------------------- */

/* What v says, with our next dot; of its old number its vector covers only
 * what peers have. */
static int
renew(struct folder *f, const struct version *v, struct dot acked,
    struct version **out)
{
	struct version fresh = *v;
	int rc;

	fresh.vector = (struct vector){0};
	rc = vector_copy(&v->vector, &fresh.vector);
	vector_lower(&fresh.vector, acked);
	if (rc == 0)
		rc = index_next_dot(f->index, &fresh.dot);
	if (rc == 0)
		rc = vector_raise(&fresh.vector, fresh.dot);
	if (rc == 0)
		rc = version_new(&fresh, out);
	vector_release(&fresh.vector);
	return rc;
}

/* Base or intent that named the old one names the new one. */
static int
rename_in(struct agreement *a, struct dot old, const struct version *fresh)
{
	struct version *copy;
	int rc;

	if (a->version == NULL || !dot_equal(a->version->dot, old))
		return 0;
	rc = version_copy(fresh, &copy);
	if (rc < 0)
		return rc;
	version_free(a->version);
	a->version = copy;
	return 0;
}

static int
renew_at(struct folder *f, const struct version *v, struct dot acked)
{
	struct version *fresh = NULL;
	struct entry e;
	bool is_new;
	int rc;

	entry_init(&e);
	rc = index_load(f->index, v->path, &e);
	if (rc == 0)
		rc = renew(f, v, acked, &fresh);
	if (rc == 0)
		rc = rename_in(&e.base, v->dot, fresh);
	if (rc == 0)
		rc = rename_in(&e.intent, v->dot, fresh);
	if (rc == 0) {
		folder_say_renewed(f, v, fresh->dot, acked);
		version_set_remove(&e.known, v->dot);
		rc = version_set_add(&e.known, fresh, NULL, &is_new);
	} else {
		version_free(fresh);
	}
	if (rc == 0)
		rc = index_store(f->index, &e, 0);
	entry_release(&e);
	return rc;
}

/* All unsuperseded versions of a number of ours beyond what peers have. */
static int
renew_all(struct folder *f, struct dot acked)
{
	static const struct vector nothing;
	struct dot at = acked;
	size_t n;
	int rc;

	do {
		struct index_versions list = {0};

		rc = index_versions_after(
		    f->index, at, &nothing, RENEW_STEP, &list);
		n = 0;
		VEC_EACH (&list.v, it) {
			if (rc < 0 || it->version->dot.replica != acked.replica)
				break;
			at = it->version->dot;
			rc = renew_at(f, it->version, acked);
			n++;
		}
		index_versions_release(&list);
	} while (rc == 0 && n == RENEW_STEP);
	return rc;
}

/* ---- when ---------------------------------------------------------------- */

/*
 * Another number, and new dots for all versions beyond the one given. They
 * have a number of their own: a later version would cover it at its path, and
 * must not where it has no base and so none of what that one covered.
 */
static int
leave_number(struct folder *f, struct dot last)
{
	int rc = change_number(f);

	if (rc == 0)
		rc = index_unlearn(f->index, last);
	if (rc == 0)
		rc = renew_all(f, last);
	return rc < 0 ? rc : change_number(f);
}

/* Another number; also for what was never sent to anybody. */
static int
leave_unsent(struct folder *f)
{
	struct dot last = {index_replica(f->index), f->sent};

	return own_counter(f) > f->sent ? leave_number(f, last)
					: change_number(f);
}

int
folder_own_fresh(struct folder *f)
{
	int rc = leave_unsent(f);

	f->fresh = f->has_peers;
	return rc < 0 ? rc : folder_own_note(f);
}

/*
 * After a stop that was not clean the database may be a backup that was made
 * while we ran: its token is that of the tree. So what comes has another
 * number, and at the first start, too: what was made after that may have been
 * put back to before it. One that no version has costs nothing.
 */
int
folder_own_start(struct folder *f)
{
	int rc = index_begin(f->index);

	if (rc == 0 && !(f->noted && f->clean))
		rc = leave_unsent(f);
	f->apart = true;
	f->clean = false;
	if (rc == 0)
		rc = folder_own_note(f);
	return folder_batch_end(f, rc);
}

/* Not again for a while, which grows: who lies all the time keeps us from
 * nothing. */
static bool
too_soon(struct folder *f)
{
	int64_t now = host_mono_ns(f->host);

	if (now < f->renumber_ns)
		return true;
	f->renumber_ns = now + (RENUMBER_MS * NS_PER_MS << f->renumbered);
	f->renumbered += f->renumbered < DOUBLINGS;
	return false;
}

int
folder_renumber(struct folder *f, const struct folder_link *from)
{
	struct dot acked = {index_replica(f->index), from->acked};
	int rc;

	log_warn(f->log, "own_number_unknown", LOG_STR("folder", f->id),
	    LOG_STR("peer", peer_name(link_peer(from->link))));
	if (too_soon(f))
		return ERR_GRAMMAR;
	rc = folder_batch(f);
	if (rc == 0)
		rc = leave_number(f, acked);
	f->fresh = f->has_peers;
	if (rc == 0)
		rc = folder_own_note(f);
	if (rc < 0)
		return rc;
	for (struct folder_link *l = f->links; l != NULL; l = l->next)
		l->stale = true;
	f->greet_due = true;
	return 0;
}
