/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/peer/peer_stream.h"

#include <string.h>

/* Is the resume point of a stream of ours, and may we go on from it? */
static bool
resumable(const struct msg_resume *resume, struct index *ix)
{
	return resume->sender == index_replica(ix) &&
	       vector_includes(index_knowledge(ix), &resume->noted);
}

int
peer_stream_start(struct peer_stream *s, struct index *ix,
    const struct msg_folder *theirs, unsigned source)
{
	const struct vector *noted = index_knowledge(ix);
	int rc;

	peer_stream_release(s);
	*s = (struct peer_stream){.phase = STREAM_SENDING,
	    .source = source,
	    .arrival = index_last_arrival(ix),
	    .first = true};
	if (theirs->has_resume && resumable(&theirs->resume, ix)) {
		s->resumed = true;
		noted = &theirs->resume.noted;
		s->cursor = s->behind_end = theirs->resume.last;
	}
	rc = vector_copy(noted, &s->noted);
	if (rc == 0)
		rc = vector_copy(&theirs->knowledge, &s->skip);
	return rc;
}

void
peer_stream_release(struct peer_stream *s)
{
	vector_release(&s->skip);
	vector_release(&s->noted);
	vector_release(&s->told);
}

void
peer_batch_release(struct peer_batch *batch)
{
	vector_release(&batch->m.noted);
	vector_release(&batch->m.end);
	VEC_RELEASE(&batch->records);
	index_versions_release(&batch->list);
}

/* What the records of a message may take: that leaves more than two
 * knowledges of LIMIT_KNOWLEDGE_ENTRIES need. */
#define BATCH_BYTES (LIMIT_MESSAGE_BYTES / 2)

/* Takes a version into the batch: 1, 0 when it does not fit, -ENOMEM. */
static int
take(struct peer_batch *out, const struct index_version *v)
{
	struct msg_record item = {v->held, v->version->record};
	size_t bytes = item.bytes.len + MSG_RECORD_OVERHEAD;

	if (out->bytes + bytes > BATCH_BYTES) {
		out->full = true;
		return 0;
	}
	out->bytes += bytes;
	return VEC_PUSH(&out->records, item) < 0 ? -ENOMEM : 1;
}

/* The next versions in order of dots; when there are fewer than n, what a
 * resume point left behind comes next. */
static int
step_sending(
    struct peer_stream *s, struct index *ix, size_t n, struct peer_batch *out)
{
	int rc = index_versions_after(ix, s->cursor, &s->skip, n, &out->list);

	VEC_EACH (&out->list.v, it) {
		if (rc < 0)
			break;
		rc = take(out, it);
		if (rc <= 0)
			break;
		s->cursor = it->version->dot;
	}
	if (rc >= 0 && !out->full && out->list.v.n < n)
		s->phase = STREAM_BEHIND;
	return rc < 0 ? rc : 0;
}

/* Versions with dots up to the resume point that the noted knowledge does
 * not cover: made or received by us after the broken stream had begun. */
static int
step_behind(
    struct peer_stream *s, struct index *ix, size_t n, struct peer_batch *out)
{
	int rc = index_versions_after(ix, s->behind, &s->noted, n, &out->list);

	VEC_EACH (&out->list.v, it) {
		if (rc < 0)
			return rc;
		if (dot_compare(it->version->dot, s->behind_end) > 0)
			break;
		rc = take(out, it);
		if (rc <= 0)
			return rc;
		s->behind = it->version->dot;
	}
	/* Nothing, or something beyond the end, follows. */
	if (rc >= 0 && (out->list.v.n < n || out->records.n < out->list.v.n))
		s->behind = s->behind_end;
	return rc < 0 ? rc : 0;
}

/* What arrived since; the arrival says how far that went. */
static int
step_arrived(
    struct peer_stream *s, struct index *ix, size_t n, struct peer_batch *out)
{
	int rc = index_versions_arrived(ix, s->arrival, n, &out->list);

	VEC_EACH (&out->list.v, it) {
		if (rc < 0)
			return rc;
		rc = it->source != s->source ? take(out, it) : 1;
		if (rc <= 0)
			return rc;
		s->arrival = it->arrival;
	}
	/* What else arrived is superseded by what was sent. */
	if (rc >= 0 && out->list.v.n < n)
		s->arrival = index_last_arrival(ix);
	return rc < 0 ? rc : 0;
}

/* Ends the batch with what the receiver may take over. */
static int
tell(struct peer_stream *s, const struct vector *knowledge,
    struct peer_batch *out)
{
	int rc = vector_copy(knowledge, &out->m.end);

	out->m.last = true;
	vector_release(&s->told);
	if (rc == 0)
		rc = vector_copy(knowledge, &s->told);
	return rc;
}

static int
step_rest(
    struct peer_stream *s, struct index *ix, size_t n, struct peer_batch *out)
{
	bool following = s->phase == STREAM_FOLLOWING;
	int rc;

	if (!following && dot_compare(s->behind, s->behind_end) < 0)
		return step_behind(s, ix, n, out);
	rc = step_arrived(s, ix, n, out);
	if (rc < 0 || s->arrival < index_last_arrival(ix))
		return rc;
	if (following)
		return tell(s, index_knowledge(ix), out);
	s->phase = STREAM_FOLLOWING;
	return tell(s, &s->noted, out);
}

bool
peer_stream_idle(const struct peer_stream *s, const struct index *ix)
{
	return s->phase == STREAM_FOLLOWING &&
	       s->arrival == index_last_arrival(ix) &&
	       vector_equal(&s->told, index_knowledge(ix));
}

/* One step of whichever phase; it may find nothing that the receiver lacks. */
static int
step(struct peer_stream *s, struct index *ix, size_t n, struct peer_batch *out)
{
	bool following = s->phase == STREAM_FOLLOWING;
	int rc = 0;

	*out = (struct peer_batch){0};
	if (s->first)
		rc = vector_copy(&s->noted, &out->m.noted);
	out->m.first = s->first;
	out->m.resumed = s->first && s->resumed;
	if (rc == 0)
		rc = s->phase == STREAM_SENDING ? step_sending(s, ix, n, out)
						: step_rest(s, ix, n, out);
	if (!following)
		out->m.cursor = s->cursor;
	out->m.records = out->records.items;
	out->m.n_records = out->records.n;
	return rc;
}

int
peer_stream_step(
    struct peer_stream *s, struct index *ix, size_t n, struct peer_batch *out)
{
	*out = (struct peer_batch){0};
	while (!peer_stream_idle(s, ix)) {
		int rc = step(s, ix, n, out);

		if (rc < 0)
			return rc;
		if (out->m.n_records > 0 || out->m.first || out->m.last) {
			s->first = false;
			return 1;
		}
		peer_batch_release(out);
	}
	return 0;
}
