/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/api/api_internal.h"

#include <string.h>

#include "daemon/api/words.h"
#include "daemon/node/node.h"
#include "proto/base/text.h"

/*
 * What a folder's sentence is about: the first of these that applies. Each
 * appends a whole sentence and returns 1, 0 when it does not apply, or an
 * error.
 */
struct about {
	const struct node_status *all;
	const struct node_folder_status *folder;
	int64_t now_ns;
	struct buf *out;
};

static const char *
seen(int64_t last_ns, int64_t now_ns, char out[static WORDS_BYTES])
{
	return words_ago(
	    now_ns > last_ns ? (now_ns - last_ns) / 1000000000 : 0, out);
}

static const struct node_peer_status *
find_peer(const struct node_status *all, const char *name)
{
	for (size_t i = 0; i < all->n_peers; i++)
		if (strcmp(all->peers[i].name, name) == 0)
			return &all->peers[i];
	return NULL;
}

/* Is a peer connected, and does it share this folder with us, too? */
static bool
is_linked(const struct about *a, const char *name)
{
	const struct node_peer_status *peer = find_peer(a->all, name);

	if (peer == NULL || !peer->connected)
		return false;
	for (size_t i = 0; i < a->folder->s.n_peers; i++)
		if (strcmp(a->folder->s.peers[i].name, name) == 0)
			return true;
	return false;
}

/* Appends the names of the folder's peers that are linked, or not. */
static int
names(const struct about *a, bool linked, unsigned *out_n)
{
	unsigned n = 0;
	int rc = 0;

	VEC_EACH (&a->folder->conf->share.v, name) {
		if (rc < 0 || is_linked(a, *name) != linked)
			continue;
		rc = buf_addf(a->out, "%s%s", n++ > 0 ? ", " : "", *name);
	}
	*out_n = n;
	return rc;
}

static unsigned
count_peers(const struct about *a, bool linked)
{
	unsigned n = 0;

	VEC_EACH (&a->folder->conf->share.v, name)
		n += is_linked(a, *name) == linked;
	return n;
}

/* Why one peer has to be waited for. */
static int
why_waiting(const struct about *a, const char *name)
{
	const struct node_peer_status *peer = find_peer(a->all, name);
	char ago[WORDS_BYTES];

	if (peer == NULL)
		return buf_addf(a->out, ", which is no known peer");
	if (peer->connected)
		return buf_addf(a->out,
		    ", which does not share it with this device (paused, or"
		    " type there: tutti folder add DIR --id %s --share PEER)",
		    a->folder->id);
	if (peer->paused)
		return buf_addf(a->out, ", which is paused");
	if (peer->last_seen_ns == 0)
		return buf_addf(a->out, ", not seen since the start");
	return buf_addf(
	    a->out, ", last seen %s", seen(peer->last_seen_ns, a->now_ns, ago));
}

/* "waiting for laptop, last seen 3 hours ago" for who is not there. */
static int
waiting_for(const struct about *a)
{
	unsigned n;
	int rc = buf_addf(a->out, "waiting for ");

	if (rc == 0)
		rc = names(a, false, &n);
	if (rc < 0 || n != 1)
		return rc;
	VEC_EACH (&a->folder->conf->share.v, name)
		if (!is_linked(a, *name))
			return why_waiting(a, *name);
	return 0;
}

static int
about_closed(const struct about *a)
{
	const struct node_folder_status *f = a->folder;
	int rc = 0;

	if (f->paused)
		rc = buf_addf(a->out,
		    "paused; go on with: tutti folder resume %s", f->id);
	else if (!f->open)
		rc = text_escape(
		    a->out, span_str(f->error ? f->error : "being opened"));
	return rc < 0 ? rc : f->paused || !f->open;
}

static int
about_halt(const struct about *a)
{
	const struct folder_status *s = &a->folder->s;
	const char *why = s->halt ? s->halt : "see tutti log";
	int rc;

	if (s->state != FOLDER_HALTED && s->state != FOLDER_FAILED)
		return 0;
	rc = buf_addf(a->out, s->state == FOLDER_HALTED
				  ? "halted to be safe: "
				  : "failed, will be opened anew: ");
	if (rc == 0)
		rc = text_escape(a->out, span_str(why));
	return rc < 0 ? rc : 1;
}

static int
about_first_look(const struct about *a)
{
	char files[WORDS_BYTES];
	int rc;

	if (a->folder->s.state != FOLDER_SCANNING)
		return 0;
	rc = buf_addf(a->out, "looking at the disk (%s known)",
	    words_count(a->folder->s.files, "file", "files", files));
	return rc < 0 ? rc : 1;
}

/* The disk is too full for what the path is to hold. */
static int
about_room(const struct about *a)
{
	const struct folder_status *s = &a->folder->s;
	char paths[WORDS_BYTES], needs[WORDS_BYTES], has[WORDS_BYTES];
	int rc = buf_addf(a->out,
	    "%s kept back; %s needs %s and %s are free on this disk; make room,"
	    " it is tried again by itself",
	    words_count(s->troubles, "path is", "paths are", paths),
	    s->trouble_path, words_size(s->room_needed, needs),
	    words_size(s->room_free, has));

	return rc < 0 ? rc : 1;
}

static int
about_trouble(const struct about *a)
{
	const struct folder_status *s = &a->folder->s;
	char paths[WORDS_BYTES];
	int rc;

	if (s->troubles == 0)
		return 0;
	if (s->room_needed > 0)
		return about_room(a);
	rc = buf_addf(a->out,
	    "%s kept back by errors; %s%s%s; mend that, it is tried again by"
	    " itself; see: tutti log",
	    words_count(s->troubles, "path is", "paths are", paths),
	    s->trouble_path, s->trouble_path[0] ? ": " : "",
	    s->trouble ? s->trouble : "see tutti log");
	return rc < 0 ? rc : 1;
}

/* Until deleting rests, nothing of it is told to the others. */
static int
about_resting(const struct about *a)
{
	char files[WORDS_BYTES];
	int rc;

	if (a->folder->s.deletes_resting == 0)
		return 0;
	rc = buf_addf(a->out,
	    "%s deleted here, to be told to the others once deleting rests",
	    words_count(
		a->folder->s.deletes_resting, "path is", "paths are", files));
	return rc < 0 ? rc : 1;
}

/* What a power cut took, and nobody reachable has. */
static int
about_lost(const struct about *a)
{
	uint64_t lost = a->folder->s.waiting[PLAN_WHY_LOST];
	char files[WORDS_BYTES];
	int rc;

	if (lost == 0)
		return 0;
	rc = buf_addf(a->out,
	    "%s lost or damaged here, by a power cut perhaps, and no connected"
	    " device has what was there; once all were seen, take what is on"
	    " disk with: tutti folder accept",
	    words_count(lost, "file was", "files were", files));
	return rc < 0 ? rc : 1;
}

static int
about_fetch(const struct about *a)
{
	const struct folder_status *s = &a->folder->s;
	char files[WORDS_BYTES], size[WORDS_BYTES];
	unsigned n;
	int rc;

	if (s->open_paths == 0)
		return 0;
	rc = buf_addf(a->out, "%s (%s) to fetch",
	    words_count(s->open_paths, "file", "files", files),
	    words_size(s->open_bytes, size));
	if (rc == 0 && count_peers(a, true) > 0) {
		rc = buf_addf(a->out, " from ");
		if (rc == 0)
			rc = names(a, true, &n);
	} else if (rc == 0 && a->folder->conf->share.v.n > 0) {
		rc = buf_addf(a->out, ", ");
		if (rc == 0)
			rc = waiting_for(a);
	}
	return rc < 0 ? rc : 1;
}

/* What is on disk may be older than what is known, or the other way round. */
static int
about_fresh(const struct about *a)
{
	uint64_t n = a->folder->s.waiting[PLAN_WHY_FRESH];
	char paths[WORDS_BYTES];
	int rc;

	if (n == 0 || count_peers(a, true) > 0 ||
	    a->folder->conf->share.v.n == 0)
		return 0;
	rc = buf_addf(a->out,
	    "what is known of it here is new or was restored, so that %s until"
	    " another device was heard; go on without with: tutti folder"
	    " accept %s; ",
	    words_count(n, "path waits", "paths wait", paths), a->folder->id);
	if (rc == 0)
		rc = waiting_for(a);
	return rc < 0 ? rc : 1;
}

static int
about_halted_there(const struct about *a)
{
	const struct folder_status *s = &a->folder->s;
	int rc;

	for (size_t i = 0; i < s->n_peers; i++) {
		const struct folder_peer_status *peer = &s->peers[i];

		if (peer->halted == MSG_HALT_OVER)
			continue;
		rc = buf_addf(a->out,
		    "%s halted it to be safe (%s), and tells nothing until"
		    " somebody decides there: tutti status",
		    peer->name,
		    peer->halted == MSG_HALT_DELETES
			? "most of its files were deleted there"
			: "its directory there is not the one it was");
		return rc < 0 ? rc : 1;
	}
	return 0;
}

static int
about_sending(const struct about *a)
{
	const struct folder_status *s = &a->folder->s;
	char files[WORDS_BYTES], size[WORDS_BYTES];

	for (size_t i = 0; i < s->n_peers; i++) {
		const struct folder_peer_status *peer = &s->peers[i];
		int rc;

		if (peer->agrees)
			continue;
		if (peer->open_paths > 0)
			rc = buf_addf(a->out, "%s has %s (%s) to fetch",
			    peer->name,
			    words_count(
				peer->open_paths, "file", "files", files),
			    words_size(peer->open_bytes, size));
		else
			rc = buf_addf(a->out, "comparing with %s", peer->name);
		return rc < 0 ? rc : 1;
	}
	return 0;
}

static int
about_looking(const struct about *a)
{
	int rc;

	if (a->folder->s.in_sync &&
	    (a->folder->synced || a->folder->reachable == 0))
		return 0;
	rc = buf_addf(a->out, "working on changes");
	return rc < 0 ? rc : 1;
}

static int
about_alone(const struct about *a)
{
	char files[WORDS_BYTES], size[WORDS_BYTES];
	const char *how =
	    a->folder->conf->share.v.n == 0 ? "shared with nobody yet" : NULL;
	int rc;

	if (count_peers(a, true) > 0)
		return 0;
	rc = how ? buf_addf(a->out, "%s", how) : waiting_for(a);
	if (rc == 0)
		rc = buf_addf(a->out, " (%s, %s)",
		    words_count(a->folder->s.files, "file", "files", files),
		    words_size(a->folder->s.bytes, size));
	return rc < 0 ? rc : 1;
}

static int
about_peace(const struct about *a)
{
	char files[WORDS_BYTES], size[WORDS_BYTES];
	unsigned n;
	int rc = buf_addf(a->out, "in sync with ");

	if (rc == 0)
		rc = names(a, true, &n);
	if (rc == 0)
		rc = buf_addf(a->out, " (%s, %s)",
		    words_count(a->folder->s.files, "file", "files", files),
		    words_size(a->folder->s.bytes, size));
	if (rc == 0 && count_peers(a, false) > 0) {
		rc = buf_addf(a->out, "; ");
		if (rc == 0)
			rc = waiting_for(a);
	}
	return rc < 0 ? rc : 1;
}

/* 1, as if it were the sentence's own. */
static int
add_conflicts(const struct about *a)
{
	char n[WORDS_BYTES];
	int rc = buf_addf(a->out, "; %s, see: tutti conflicts",
	    words_count(
		a->folder->conflicts, "conflict waits", "conflicts wait", n));

	return rc < 0 ? rc : 1;
}

/* Files that stay out of it for a reason that a person can mend. */
static int
add_unreadable(const struct about *a)
{
	const struct folder_status *s = &a->folder->s;
	char files[WORDS_BYTES];
	int rc = buf_addf(a->out,
	    "; %s left out, not readable for this daemon (%s); see to"
	    " owner and permissions there",
	    words_count(s->unreadable, "file is", "files are", files),
	    s->unreadable_path);

	return rc < 0 ? rc : 1;
}

static int
add_metadata(const struct about *a)
{
	const struct folder_status *s = &a->folder->s;
	char paths[WORDS_BYTES];
	int rc = buf_addf(a->out,
	    "; %s not all metadata that others have (%s); the log says what and"
	    " why",
	    words_count(s->metadata_left, "path has", "paths have", paths),
	    s->metadata_left_path);

	return rc < 0 ? rc : 1;
}

int
api_sentence_folder(const struct node_status *status,
    const struct node_folder_status *folder, int64_t now_ns, struct buf *out)
{
	static int (*const abouts[])(const struct about *) = {about_closed,
	    about_halt, about_first_look, about_resting, about_trouble,
	    about_lost, about_fresh, about_fetch, about_halted_there,
	    about_sending, about_looking, about_alone, about_peace};
	struct about a = {status, folder, now_ns, out};
	int rc = buf_addf(out, "%s: ", folder->id);

	for (size_t i = 0; i < sizeof abouts / sizeof *abouts && rc == 0; i++)
		rc = abouts[i](&a);
	if (rc > 0 && folder->open && folder->conflicts > 0)
		rc = add_conflicts(&a);
	if (rc > 0 && folder->open && folder->s.unreadable > 0)
		rc = add_unreadable(&a);
	if (rc > 0 && folder->open && folder->s.metadata_left > 0)
		rc = add_metadata(&a);
	if (rc > 0 && folder->open && folder->s.watch_limited)
		rc = buf_addf(out, "; changes are found late, see: tutti"
				   " doctor");
	return rc < 0 ? rc : 0;
}

int
api_sentence_peer(
    const struct node_peer_status *peer, int64_t now_ns, struct buf *out)
{
	char ago[WORDS_BYTES];
	int rc = buf_addf(out, "%s: ", peer->name);

	if (rc < 0)
		return rc;
	if (peer->paused)
		return buf_addf(out, "paused; go on with: tutti peer resume %s",
		    peer->name);
	if (peer->connected) {
		rc = buf_addf(out, "connected at ");
		return rc < 0 ? rc : text_escape(out, span_str(peer->address));
	}
	if (peer->last_seen_ns != 0)
		rc = buf_addf(out, "not connected, last seen %s",
		    seen(peer->last_seen_ns, now_ns, ago));
	else
		rc = buf_addf(out, "not connected since the start");
	if (rc == 0 && peer->conf != NULL && peer->conf->addresses.v.n == 0)
		rc = buf_addf(out, "; it has to connect to this device, which"
				   " has no address of it");
	else if (rc == 0 && peer->error != NULL) {
		rc = buf_addf(out, " (");
		if (rc == 0 && peer->address[0] != '\0') {
			rc = text_escape(out, span_str(peer->address));
			if (rc == 0)
				rc = buf_addf(out, ": ");
		}
		if (rc == 0)
			rc = text_escape(out, span_str(peer->error));
		if (rc == 0)
			rc = buf_addf(out, ")");
	}
	return rc;
}
