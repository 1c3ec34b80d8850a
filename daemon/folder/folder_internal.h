/* SPDX-License-Identifier: Apache-2.0 */
/*
 * folder_internal - what the files of daemon/folder share.
 *
 * One turn (folder_turn, a timer of 0 ms that whoever has work arms) does
 * bounded pieces of everything in a fixed order: judge what was looked at,
 * plan, commit, start jobs, send. What other files may call is grouped below
 * by the file that holds it.
 */
#ifndef DAEMON_FOLDER_FOLDER_INTERNAL_H
#define DAEMON_FOLDER_FOLDER_INTERNAL_H

#include "daemon/folder/folder_state_internal.h"

/* ---- folder.c: turns, commits, failure ----------------------------------- */

/* Lets a turn follow. */
void folder_arm(struct folder *f);

/* Begins a batch unless one is open; arms. An error has failed the folder. */
int folder_batch(struct folder *f) MUST_USE;

/* Ends a batch that somebody began for himself, at a start or a stop, where no
 * turn does: commits it when rc is 0; rolls back, and gives the error, when it
 * is not, or cannot be committed. */
int folder_batch_end(struct folder *f, int rc) MUST_USE;

/* Stops the folder for good: what is stored is uncertain. */
void folder_fail(struct folder *f, int rc, const char *what);

/* Stops applying and announcing until the user decides; says what was seen,
 * what was not done, and what to type. */
void folder_halt(struct folder *f, enum folder_halt why, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

/* Is there anything to be done with it? */
static inline bool
folder_live(const struct folder *f)
{
	return !f->closing &&
	       (f->state == FOLDER_SCANNING || f->state == FOLDER_RUNNING);
}

/* May results be taken? Also of a folder that was halted meanwhile, which goes
 * on from there when the user accepts. */
static inline bool
folder_takes(const struct folder *f)
{
	return !f->closing && f->state != FOLDER_FAILED;
}

/* Runs a job and counts it; done must call folder_job_done. */
int folder_job(
    struct folder *f, host_cb *work, host_cb *done, void *arg) MUST_USE;
void folder_job_done(struct folder *f);

/* Lets the clock timer fire no later than due (monotonic ns). */
void folder_alarm(struct folder *f, int64_t due_ns);

/* ---- folder_root.c: the marker, the token, halts at the start ------------ */
/* Opens database and root, and judges the root. 0 with FOLDER_SCANNING: its
 * place is open, the stage empty, token and number are renewed and committed; 0
 * with FOLDER_HALTED: its place is not open. ERR_BUSY, ERR_NEWER, ERR_CORRUPT,
 * -errno. */
int folder_root_open(struct folder *f, const struct folder_options *o) MUST_USE;
/* Is the root still the one we opened? 1, 0 with the folder halted, or an error
 * that leaves it open. */
int folder_root_stands(struct folder *f) MUST_USE;
/* Notes a clean stop. */
void folder_root_stop(struct folder *f);
void folder_root_close(struct folder *f);

/* ---- folder_lock.c ------------------------------------------------------- */
/* Keeps other daemons out until folder_root_unlock, if .tutti is there yet;
 * again is no error. ERR_BUSY: another one has the folder. */
int folder_root_lock(struct folder *f) MUST_USE;
void folder_root_unlock(struct folder *f);

/* ---- folder_rollback.c: tree and database that are not of one time -------- */
/* Begins anew from both, without base; commits. */
int folder_unite(struct folder *f) MUST_USE;

/* ---- folder_own.c: our own number, and whether to trust our memory -------- */

/* Reads what is remembered of it; notes it, in a batch. */
int folder_own_recall(struct folder *f) MUST_USE;
int folder_own_note(struct folder *f) MUST_USE;
/* On start, and at a clean stop; each commits. */
int folder_own_start(struct folder *f) MUST_USE;
int folder_own_stop(struct folder *f) MUST_USE;
/* The first link stands, or the last went. */
int folder_own_linked(struct folder *f, bool linked) MUST_USE;
/* In a batch: our memory was lost or is old. What we make from now on has
 * another number, and a peer has to be heard first. */
int folder_own_fresh(struct folder *f) MUST_USE;
/* Does it name our replica with a counter that nobody can have of us? Then our
 * memory was put back, or they lie. */
bool folder_names_us(const struct folder *f, const struct vector *vv);
/* What follows from that: another number, new dots, new links. ERR_GRAMMAR
 * when that was done a moment ago: then they lie. */
int folder_renumber(struct folder *f, const struct folder_link *from) MUST_USE;
/* The peer's knowledge tells what of ours it has; noted when due. */
void folder_acked(
    struct folder *f, struct folder_link *l, const struct vector *theirs);
void folder_acked_due(struct folder *f);
/* Takes out of a peer's knowledge what it claims of numbers that were ours,
 * beyond what we know: it is sent what there is. */
void folder_own_doubt(const struct folder *f, struct vector *theirs);

/* ---- folder_dirty.c: what is to be looked at ----------------------------- */
void folder_watched(void *folder, const struct watch_event *event);
int folder_dirty(
    struct folder *f, struct span path, bool whole, bool force) MUST_USE;
/* A directory came: what is in it, and what is new or not watched below. All
 * else tells by itself, so that a tree made from its top is looked at once. */
int folder_look_into(struct folder *f, struct span path) MUST_USE;
/* As folder_dirty, for callers that can do no more than fail the folder. */
void folder_look_at(struct folder *f, struct span path, bool whole, bool force);
/* Is the path to be hashed, whatever its times say, by the next look? */
bool folder_will_hash(const struct folder *f, struct span path);
/* The tables of dirty paths, and of directories that a job looks at. NULL: it
 * is not in it; without memory. */
struct dirty *folder_dirty_find(struct dirty *table, struct span path);
struct dirty *folder_dirty_add(struct dirty **table, struct span path);
void folder_dirty_drop(struct dirty **table, struct dirty *d);

/* ---- folder_look.c: the jobs that look ----------------------------------- */
void folder_look_step(struct folder *f);
bool folder_looking(const struct folder *f);
void folder_look_release(struct folder *f);

/* ---- folder_look_take.c: what they saw ----------------------------------- */
/* In a batch that it opens; seq is the look's number. */
int folder_look_take(
    struct folder *f, const struct scan_job *job, uint64_t seq) MUST_USE;
/* We changed the path, or concluded something of it: looks that are under
 * way may be older than that. */
int folder_touched(struct folder *f, struct span path) MUST_USE;
void folder_touched_forget(struct folder *f);

/* ---- folder_vanished.c: what was in directories that went ---------------- */
/* Judges some more of it. */
int folder_vanished_step(struct folder *f) MUST_USE;

/* ---- folder_rules.c: what is ignored ------------------------------------- */

/* Do the rules in force ignore the entry's path? Of what nobody looks at, none
 * is known to be no directory. */
bool folder_ignores(const struct folder *f, const struct entry *e);

/* Takes the rules of a directory that is about to be looked at. */
int folder_rules_of(struct folder *f, int dir, struct span path) MUST_USE;
/* What is at the path changed, by us or a user: were it rules, the next turn
 * reads them again. */
void folder_rules_touched(struct folder *f, struct span path);
/* Reads all rules again and looks at everything. */
int folder_rules_changed(struct folder *f) MUST_USE;
void folder_rules_release(struct folder *f);

/* ---- folder_trouble.c: what waits for a time ----------------------------- */
/* Lets a path wait, longer each time it fails with rc again. When that is over
 * it is looked at (look; force: and hashed), or else planned. */
void folder_trouble(
    struct folder *f, struct span path, int rc, bool look, bool force);
/* A directory could not be read in full. */
void folder_trouble_dir(struct folder *f, struct span path, int rc);
void folder_trouble_dir_over(struct folder *f, struct span path);
/* It waits until so many bytes have room. */
void folder_trouble_needs(struct folder *f, struct span path, uint64_t bytes);
void folder_trouble_over(struct folder *f, struct span path);
const struct trouble *folder_troubled(struct folder *f, struct span path);
void folder_troubles_due(struct folder *f);
/* Drops what is over, when nothing is under way. */
void folder_troubles_quiet(struct folder *f);
/* Once those that came due were looked at and planned: drops what is settled.
 * While content is waited for that nobody has, it is never quiet. */
void folder_troubles_tried(struct folder *f);
/* The pause before try number tries + 1, ns. */
int64_t folder_pause_ns(unsigned tries);
void folder_troubles_release(struct folder *f);

/* ---- folder_note.c: what is skipped, or has other names ------------------ */

/* Takes what a look had to say, before its results are taken. */
int folder_notes_take(struct folder *f, const struct scan_job *job) MUST_USE;
/* A file changed: its other names show that as well. */
int folder_notes_changed(
    struct folder *f, struct span path, uint64_t ino) MUST_USE;
/* Metadata of the path could not be set, or all of it could. -ENOMEM. */
int folder_notes_meta(struct folder *f, struct span path, bool left) MUST_USE;
void folder_notes_tell(const struct folder *f, struct folder_status *out);
void folder_notes_release(struct folder *f);

/* ---- folder_meta.c: metadata beside content, bits and times --------------- */

/* On start: which of what is asked for can be carried here; says what not. */
int folder_meta_open(struct folder *f, unsigned asked) MUST_USE;
/* Says what of a version that was applied could not be set. */
int folder_meta_left(struct folder *f, const struct apply_item *it) MUST_USE;

/* ---- folder_observe.c: what a look saw becomes versions ------------------ */

/* What was read with an observation: a symlink's text, or metadata. */
struct folder_read {
	struct span target;
	struct span meta; /* empty: not read, whatever was seen of it */
	bool meta_whole; /* as scan's */
};
/* read may be NULL: nothing was. */
int folder_observe(struct folder *f, struct span path,
    const struct observation *now, const struct folder_read *read) MUST_USE;
/* The path is gone, and that has rested: it becomes a version. */
int folder_believe(struct folder *f, struct span path) MUST_USE;
/* What a power cut left here, or instead of what was lost here, is meant:
 * judged as a user's change. */
int folder_accept_path(struct folder *f, struct span path) MUST_USE;

/* ---- folder_change.c: a change becomes a version ------------------------- */

/* Makes the version of a change at a loaded entry and stores both. */
int folder_change(struct folder *f, struct entry *e,
    const struct observation *now, const struct folder_read *read) MUST_USE;
/* The same; lost: NULL, or a version that the new one supersedes in any
 * case. */
int folder_change_over(struct folder *f, struct entry *e,
    const struct observation *now, const struct folder_read *read,
    const struct version *lost) MUST_USE;
/* Puts base where the disk agrees with a version, which is copied. */
int folder_agree(struct folder *f, struct entry *e, const struct version *v,
    const struct observation *now) MUST_USE;

/* ---- folder_say.c: what is said of versions made here -------------------- */

/* base is what the path had before; moved: see struct plan_maker. */
void folder_say_made(struct folder *f, const struct version *v,
    const struct agreement *base, bool moved);
/* v, which nobody has but us, gets that dot; of its old number its vector
 * covers only what is known elsewhere. */
void folder_say_renewed(struct folder *f, const struct version *v,
    struct dot dot, struct dot known);

/* ---- folder_cut.c: what a power cut may have done ------------------------ */

/* On start: was there a cut since the last stop? */
int folder_cut_open(struct folder *f) MUST_USE;
/* In a batch: what lay in quarantine may have left it in another time. */
int folder_cut_unite(struct folder *f) MUST_USE;
/* The era of what is seen now. */
uint64_t folder_cut_era(struct folder *f);
/* May a cut have taken what base saw? */
bool folder_cut_doubts(const struct folder *f, const struct entry *e);
/* Would a directory's name outlive a cut that comes now? 1, 0 or an error. */
int folder_cut_lasts(struct folder *f, struct span dir) MUST_USE;
/* Is what a look saw, a change, what a cut left? */
bool folder_cut_left(struct folder *f, const struct entry *e,
    const struct observation *now, bool sure);
/* Lets a look hash the children of a directory that a cut may have changed. */
int folder_cut_children(struct folder *f, struct span dir,
    struct index_children *children) MUST_USE;
/* Syncs what was seen, now and then; and at a clean stop, which it notes. */
void folder_cut_due(struct folder *f);
void folder_cut_stop(struct folder *f);

/* ---- folder_cut_beside.c: edits beside what a cut took ------------------- */
/* Forgets base where a cut may have taken it and the disk has another content
 * now: that is an edit beside what was there, not after it. */
int folder_cut_part(
    struct folder *f, struct entry *e, const struct observation *now) MUST_USE;
/* What a cut left is accepted: forgets base where what it saw can be had, which
 * must not be covered by that. */
int folder_cut_spare(struct folder *f, struct entry *e) MUST_USE;
/* All that cuts left is meant. */
int folder_cut_accept(struct folder *f) MUST_USE;

/* ---- folder_rest.c ------------------------------------------------------- */
/* In a batch: base saw something, the look nothing. Notes since when, stores e,
 * and lets the delete rest for a second. -ENOMEM; the index's. */
int folder_rest(struct folder *f, struct entry *e) MUST_USE;
void folder_rest_over(struct folder *f, struct span path);
/* This delete needs no rest. */
int folder_rest_believe(struct folder *f, struct span path) MUST_USE;
/* Something that is no directory stands at the path: deletes below it need no
 * rest. */
int folder_rest_below(struct folder *f, struct span path) MUST_USE;
/* The same content came back elsewhere: its delete was a rename. */
int folder_rest_moved(struct folder *f, const struct name *content) MUST_USE;
void folder_rests_due(struct folder *f);
void folder_rests_release(struct folder *f);

/* ---- folder_plan.c ------------------------------------------------------- */
void folder_plan_again(struct folder *f);
void folder_plan_step(struct folder *f);
int folder_plan_path(struct folder *f, struct span path) MUST_USE;
/* Fills in the questions that planning asks of this folder. */
void folder_ask(struct folder *f, struct plan_ask *out);

/* ---- folder_work.c, folder_work_intend.c: paths on their way to the disk - */
struct work *folder_work(struct folder *f, struct span path);
int folder_work_add(struct folder *f, const struct entry *e,
    const struct plan_action *a, struct work **out) MUST_USE;
/* Keeps a path from being planned while another's work touches it. */
int folder_work_guard(struct folder *f, struct span path) MUST_USE;
void folder_work_drop(struct folder *f, struct work *w);
/* Starts an apply job when there are works and none runs. Two steps, for the
 * intents have to be committed between them. */
int folder_work_intents(struct folder *f) MUST_USE;
void folder_work_start(struct folder *f);
void folder_works_release(struct folder *f);

/* ---- folder_place.c: where a wanted content comes from ------------------- */
/* Adds the work that places a file or a symlink, or prepares for it. */
int folder_place(struct folder *f, const struct entry *e,
    const struct plan_action *a) MUST_USE;
/* Is a file's content on this disk: staged, in quarantine, in the tree or among
 * the kept versions? 1, 0 (also while it is on its way), error. */
int folder_held(void *folder, const struct name *content) MUST_USE;

/* ---- folder_secure.c: a loser's content before its copy ------------------ */
/* Puts a loser's content into quarantine, for its copy, so that no edit at
 * its home takes it away once the copy has a version. 1 when it is safe. */
int folder_secure(struct folder *f, const struct plan_action *a) MUST_USE;

/* ---- folder_kept.c: quarantine ------------------------------------------- */
/* So long, at least, lies there what was displaced. */
#define KEPT_GRACE_NS (INT64_C(60) * 1000 * NS_PER_MS)

void folder_kept_due(struct folder *f);
void folder_kept_later(struct folder *f);
/* Starts the job that is due, after the commit of what it expects. */
void folder_kept_start(struct folder *f);
/* A file there is not (ERR_NOTFOUND), or not of the content that it had
 * (ERR_MISMATCH): then a user wrote to it, and judging gives it back. */
void folder_kept_doubt(struct folder *f, int64_t id, int rc);
/* What tells the name under which a file of quarantine returns from others. */
struct dot folder_kept_dot(const struct folder *f, int64_t id);
void folder_kept_release(struct folder *f);

/* ---- folder_kept_check.c: quarantine after a stop ------------------------ */
/* What was about to be moved there, or out of it, was it? */
int folder_kept_check(struct folder *f) MUST_USE;

/* ---- folder_past.c: kept versions ---------------------------------------- */

/* Does a file in the tree show the content? 1, 0 or an error. */
int folder_past_stands(struct folder *f, const struct name *content) MUST_USE;

/* Notes that what k says may be moved from quarantine to the kept versions;
 * appends the name that it gets there, nothing if it is not to be kept. */
int folder_past_expect(struct folder *f, const struct index_kept *k,
    struct buf *out_name) MUST_USE;
/* It was, or not: what a stat of it said, links being 0 for nothing. */
int folder_past_settle(struct folder *f, int64_t id,
    enum index_past_state state, const struct host_stat *st) MUST_USE;
/* On start: it is not in quarantine any more; is it among them? */
int folder_past_check(struct folder *f, int64_t id) MUST_USE;
/* The time by their clock, now, ns; it is stored with what is expired. */
int64_t folder_past_age(struct folder *f);
int folder_past_store_age(struct folder *f) MUST_USE;
int folder_past_open(struct folder *f) MUST_USE;

/* ---- folder_expire.c ----------------------------------------------------- */

/* Lets the oldest kept versions go after a time, at the latest. */
void folder_past_later(struct folder *f, int64_t wait_ns);
void folder_past_due(struct folder *f);

/* ---- folder_history.c ---------------------------------------------------- */

/* Loads what stood at a path by its number: a kept version, or what is still
 * in quarantine. ERR_NOTFOUND: it is neither any more. */
int folder_past_load(
    struct folder *f, int64_t id, struct index_past *out) MUST_USE;
/* Since when it stood there, as far as its own time tells; else the past. */
int64_t folder_past_since(const struct index_past *p);

/* ---- folder_restore.c: bringing back what was ---------------------------- */
/* What was begun goes on, after the commit of what it expects. */
void folder_restore_start(struct folder *f);
/* What was not yet started is told to be over. */
void folder_restore_end(struct folder *f);

/* ---- folder_find.c: what a new database does not know of ----------------- */
int folder_find_open(struct folder *f) MUST_USE;
/* The database was restored: all is looked for again. In a batch. */
int folder_find_again(struct folder *f) MUST_USE;

/* ---- folder_fetch.c ------------------------------------------------------ */
struct fetch *folder_fetch(struct folder *f, const struct name *content);
/* Begins to get v's content for a path, which is v's own or its copy's. */
int folder_fetch_add(struct folder *f, const struct version *v,
    struct span path, enum fetch_state state, struct fetch **out) MUST_USE;
void folder_fetch_drop(struct folder *f, struct fetch *x);
/* What was staged was not placed: it lies there for the next try, or is lost
 * and has to be got again. */
void folder_fetch_unplace(
    struct folder *f, const struct apply_item *it, bool lost);
/* A stage item of it is through; frees one that was dropped meanwhile. */
void folder_fetch_unref(struct folder *f, struct fetch *x);
/* Is it on its way, or may a connected peer have it? 1, 0. */
int folder_reachable(void *folder, const struct name *content) MUST_USE;
/* Drops what nobody can give and no path wants any more. */
int folder_fetch_tidy(struct folder *f) MUST_USE;
/* A link that may hold it, or NULL. */
struct folder_link *folder_holder(struct folder *f, const struct name *content);
/* Did it say, a short while ago, that it lacks this? */
bool folder_link_lacks(
    struct folder *f, const struct folder_link *l, const struct name *content);
/* Lets asking go on at a time (monotonic ns), at the latest. */
void folder_ask_again(struct folder *f, int64_t due_ns);
void folder_fetches_release(struct folder *f);

/* ---- folder_ask.c: asking for contents ----------------------------------- */
void folder_fetch_step(struct folder *f);

/* ---- folder_answer.c: what comes of it ----------------------------------- */
int folder_fetch_data(
    struct folder *f, struct folder_link *l, const struct msg_data *m) MUST_USE;
int folder_fetch_notfound(struct folder *f, struct folder_link *l,
    const struct msg_notfound *m) MUST_USE;
void folder_fetch_have(
    struct folder *f, struct folder_link *l, const struct msg_have *m);
/* Who was asked, is there, and gives nothing keeps nobody waiting. */
void folder_answers_due(struct folder *f, struct folder_link *l);
/*
 * The content is what it is called, but a name covers the size too: it is the
 * version that lies, not who gave it. Its path is troubled; others that want
 * the content have the fetch's place. 0.
 */
int folder_size_lies(struct folder *f, struct fetch *x);
/* A link went: what was asked of it is asked of others. */
void folder_fetch_forget(struct folder *f, struct folder_link *l);

/* ---- folder_room.c: is there room on the disk ---------------------------- */

/* May so many bytes more be brought to the disk for a path? 1; 0: no, and that
 * it waits is noted. */
int folder_room(struct folder *f, struct span path, uint64_t bytes) MUST_USE;
/* Notes that a fetch brings so many. */
void folder_room_take(struct folder *f, struct fetch *x, uint64_t bytes);

/* ---- folder_list.c: chunk lists on their way ----------------------------- */

/* Chooses what the list is asked for as a difference to: what stands at the
 * path. */
int folder_list_base(struct folder *f, struct fetch *x) MUST_USE;
/* A part came. ERR_MISMATCH: it is not of this content, and all is asked for
 * anew. */
int folder_list_came(struct folder *f, struct fetch *x,
    const struct msg_want_item *want, struct span bytes) MUST_USE;
/* What it has of a list is no more its lister's. */
void folder_list_uncount(struct folder *f, struct fetch *x);
/* Counts anew what a link whose source is known has given. */
void folder_list_count(struct folder *f, struct folder_link *l);

/* ---- folder_pieces.c, folder_stage.c: jobs that write into the stage ----- */
int folder_stage(struct folder *f, struct stage_item *taken) MUST_USE;
void folder_stage_step(struct folder *f);
void folder_stage_settled(struct folder *f, struct fetch *x);
/* Does its path still want this content? */
int folder_fetch_wanted(
    struct folder *f, const struct fetch *x, bool *out_wanted) MUST_USE;
void folder_stage_release(struct folder *f);
/* How many bytes of a file are no long runs of zeros. */
uint64_t folder_pieces_data(const struct chunk_list *list);
/* The chunk list is here: donors, then peers. x may be dropped. */
int folder_pieces_begin(struct folder *f, struct fetch *x) MUST_USE;
/* Takes what is missing from a file with these chunks, as last seen. */
int folder_pieces_donate(struct folder *f, struct fetch *x, struct span path,
    const struct observation *disk, const struct chunk_list *list) MUST_USE;
int folder_pieces_came(struct folder *f, struct fetch *x,
    const struct msg_want_item *want, struct span bytes) MUST_USE;
int folder_pieces_done(
    struct folder *f, struct fetch *x, const struct stage_item *it) MUST_USE;

/* ---- folder_recut.c -------------------------------------------------------- */
/* Cuts a donor as x's content is cut, then lets it donate. */
int folder_recut(struct folder *f, struct fetch *x, struct span path,
    const struct observation *disk) MUST_USE;

/* ---- folder_serve.c ------------------------------------------------------ */
int folder_serve_want(
    struct folder *f, struct folder_link *l, const struct msg_want *m) MUST_USE;
void folder_serve_step(struct folder *f);

/* ---- folder_device.c: what is remembered of a device --------------------- */
/* What it was known to have of ours; acked's counter is 0 when it was of
 * another number. */
int folder_acked_put(
    struct folder *f, const uint8_t *device, struct dot acked) MUST_USE;
/* The same, of our number as it is now, into the link. */
int folder_acked_get(struct folder *f, struct folder_link *l) MUST_USE;
/* Our small number for it, given when it is first seen. */
int folder_device_source(
    struct folder *f, const uint8_t *device, unsigned *out) MUST_USE;
/* Notes its replica. */
int folder_device_replica(
    struct folder *f, const uint8_t *device, uint64_t replica) MUST_USE;

/* ---- folder_take.c: versions in ------------------------------------------ */
/* ERR_GRAMMAR or ERR_LIMIT, of what the peer said, end its session. */
int folder_take_versions(struct folder *f, struct folder_link *l,
    const struct msg_versions *m) MUST_USE;

/* ---- folder_link.c: sessions --------------------------------------------- */
bool folder_stream_open(const struct folder *f);
void folder_links_release(struct folder *f);
/* Frees a link that is down, once no job answers on it. */
void folder_link_unref(struct folder_link *l);

/* ---- folder_send.c: what sessions are told ------------------------------- */
void folder_links_step(struct folder *f);
/* We hold a content now: who heard that we do not hears of it. */
void folder_links_held(struct folder *f, const struct name *content);
/* How far we are has changed. */
void folder_links_report(struct folder *f);

/* ---- folder_missing.c: contents that somebody lacks ---------------------- */
struct missing *folder_missing_find(
    struct missing *table, const struct name *content);
/* NULL beyond a bound, or without memory: it is not noted then. */
struct missing *folder_missing_add(
    struct missing **table, const struct name *content);
void folder_missing_drop(struct missing **table, const struct name *content);
void folder_missing_release(struct missing **table);
/* The link lacks it: it is asked again after a pause that grows. */
void folder_lacks(
    struct folder *f, struct folder_link *l, const struct name *content);

/* ---- folder_verify.c: everything is read again ---------------------------- */
/* Looks how far healing is. */
void folder_verify_step(struct folder *f);
void folder_verify_release(struct folder *f);

/* ---- folder_status.c ----------------------------------------------------- */
bool folder_in_sync(const struct folder *f);
/* Is nothing under way that may still change the disk, or what is known? */
bool folder_quiet(const struct folder *f);
void folder_tell(struct folder *f); /* something changed */
/* Who waits for a look hears that it is done, or that none will be. */
void folder_tell_scanned(struct folder *f);

#endif
