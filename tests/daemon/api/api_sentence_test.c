/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/api/api_fake.h"

#include <string.h>

static const int64_t now_ns = INT64_C(1800000000000000000);
static struct node n;

static void
setup(void)
{
	fake_init(&n);
}

/* The sentence of the folder or, if there is one, of the peer. */
static int
say(const struct node_peer_status *peer, struct buf *out)
{
	return peer != NULL
		   ? api_sentence_peer(peer, now_ns, out)
		   : api_sentence_folder(&n.status, &n.folder, now_ns, out);
}

/* That sentence is said; with less room an error, and no half of it. */
static void
expect_of(const struct node_peer_status *peer, const char *sentence)
{
	size_t len = strlen(sentence);
	struct buf b;

	for (size_t max = 0; max <= len; max++) {
		int rc;

		buf_init(&b, max);
		rc = say(peer, &b);
		if (rc == 0)
			ck_assert_msg(b.len == len, "not said: %s", sentence);
		ck_assert_int_eq(rc, max < len ? ERR_LIMIT : 0);
		if (rc < 0)
			buf_release(&b);
	}
	ck_assert_msg(
	    memcmp(b.p, sentence, len) == 0, "%.*s", (int)b.len, (char *)b.p);
	buf_release(&b);
}

static void
expect(const char *sentence)
{
	expect_of(NULL, sentence);
}

static void
hours_away(struct node_peer_status *peer, int hours)
{
	peer->connected = false;
	peer->last_seen_ns = now_ns - hours * INT64_C(3600000000000);
}

START_TEST(in_sync_names_whom_with_and_who_is_missing)
{
	expect("f: in sync with laptop, nas (12,304 files, 48 GB)");
	n.folder.conflicts = 2;
	expect("f: in sync with laptop, nas (12,304 files, 48 GB);"
	       " 2 conflicts wait, see: tutti conflicts");
	n.folder.conflicts = 0;
	n.folder_peers[1].halted = MSG_HALT_DELETES;
	expect("f: nas halted it to be safe (most of its files were deleted"
	       " there), and tells nothing until somebody decides there: tutti"
	       " status");
	n.folder_peers[1].halted = MSG_HALT_OVER;
	hours_away(&n.peers[1], 3);
	expect("f: in sync with laptop (12,304 files, 48 GB); waiting for nas,"
	       " last seen 3 hours ago");
	hours_away(&n.peers[0], 3);
	expect("f: waiting for laptop, nas (12,304 files, 48 GB)");
	n.conf.share.v.n = 1;
	n.peers[0].last_seen_ns = 0;
	expect("f: waiting for laptop, not seen since the start (12,304"
	       " files, 48 GB)");
	n.conf.share.v.n = 0;
	expect("f: shared with nobody yet (12,304 files, 48 GB)");
}
END_TEST

START_TEST(who_does_not_share_it_has_it_not)
{
	n.folder.s.n_peers = 1; /* laptop */
	expect("f: in sync with laptop (12,304 files, 48 GB); waiting for nas,"
	       " which does not share it with this device (paused, or type"
	       " there: tutti folder add DIR --id f --share PEER)");
	n.folder.s.n_peers = 0;
	expect("f: waiting for laptop, nas (12,304 files, 48 GB)");
}
END_TEST

START_TEST(fetching_names_how_much_and_from_whom)
{
	n.folder.synced = n.folder.s.in_sync = false;
	n.folder.s.open_paths = 312;
	n.folder.s.open_bytes = 1200000000;
	n.peers[1].connected = false;
	expect("f: 312 files (1.2 GB) to fetch from laptop");
	n.conf.share.v.n = 1;
	hours_away(&n.peers[0], 1);
	expect("f: 312 files (1.2 GB) to fetch, waiting for laptop, last seen"
	       " 1 hour ago");
}
END_TEST

START_TEST(sending_names_who_lacks_what)
{
	n.folder.synced = false;
	n.folder.s.n_peers = 1;
	strcpy(n.folder_peers[0].name, "nas");
	n.folder_peers[0].agrees = false;
	n.folder_peers[0].open_paths = 1;
	n.folder_peers[0].open_bytes = 5;
	expect("f: nas has 1 file (5 bytes) to fetch");
	n.folder_peers[0].open_paths = 0;
	expect("f: comparing with nas");
	n.folder_peers[0].agrees = true;
	expect("f: working on changes");
}
END_TEST

START_TEST(a_new_memory_says_whom_it_waits_for)
{
	n.folder.s.open_paths = 15;
	n.folder.s.waiting[PLAN_WHY_FRESH] = 15;
	n.conf.share.v.n = 1;
	expect("f: 15 files (0 bytes) to fetch from laptop");
	hours_away(&n.peers[0], 3);
	expect("f: what is known of it here is new or was restored, so that 15"
	       " paths wait until another device was heard; go on without with:"
	       " tutti folder accept f; waiting for laptop, last seen 3 hours"
	       " ago");
}
END_TEST

START_TEST(what_needs_a_person_comes_first)
{
	n.folder.s.open_paths = 2;
	n.folder.s.waiting[PLAN_WHY_LOST] = 1;
	expect("f: 1 file was lost or damaged here, by a power cut perhaps, and"
	       " no connected device has what was there; once all were seen,"
	       " take what is on disk with: tutti folder accept");
	n.folder.s.troubles = 2;
	strcpy(n.folder.s.trouble_path, "a/b");
	n.folder.s.trouble = "Permission denied";
	expect("f: 2 paths are kept back by errors; a/b: Permission denied;"
	       " mend that, it is tried again by itself; see: tutti log");
	n.folder.s.room_needed = 12300000000;
	n.folder.s.room_free = 1;
	expect("f: 2 paths are kept back; a/b needs 12 GB and 1 byte are free"
	       " on this disk; make room, it is tried again by itself");
	n.folder.s.deletes_resting = 3;
	expect("f: 3 paths are deleted here, to be told to the others once"
	       " deleting rests");
	n.folder.s.state = FOLDER_HALTED;
	n.folder.s.halt = "the root\nis another one";
	expect("f: halted to be safe: the root\\nis another one");
	n.folder.open = false;
	n.folder.error = "no such directory";
	expect("f: no such directory");
	n.folder.paused = true;
	expect("f: paused; go on with: tutti folder resume f");
}
END_TEST

START_TEST(L43_files_that_cannot_be_read_are_said)
{
	n.folder.s.unreadable = 2;
	strcpy(n.folder.s.unreadable_path, "a/b");
	n.folder.s.state = FOLDER_SCANNING;
	expect("f: looking at the disk (12,304 files known); 2 files are left"
	       " out, not readable for this daemon (a/b); see to owner"
	       " and permissions there");
}
END_TEST

START_TEST(metadata_that_could_not_be_set_is_said)
{
	n.folder.s.metadata_left = 1;
	strcpy(n.folder.s.metadata_left_path, "a/b");
	n.folder.s.state = FOLDER_SCANNING;
	expect("f: looking at the disk (12,304 files known); 1 path has not"
	       " all metadata that others have (a/b); the log says what and"
	       " why");
}
END_TEST

START_TEST(the_first_look_is_said)
{
	n.folder.s.state = FOLDER_SCANNING;
	n.folder.s.watch_limited = true;
	expect("f: looking at the disk (12,304 files known); changes are found"
	       " late, see: tutti doctor");
}
END_TEST

START_TEST(what_failed_is_opened_anew)
{
	n.folder.s.state = FOLDER_FAILED;
	n.folder.s.halt = "I/O error";
	expect("f: failed, will be opened anew: I/O error");
	n.folder.s.halt = NULL;
	expect("f: failed, will be opened anew: see tutti log");
	n.folder.open = false;
	expect("f: being opened");
}
END_TEST

START_TEST(trouble_without_a_name_or_a_reason_is_said_too)
{
	n.folder.s.troubles = 1;
	expect("f: 1 path is kept back by errors; see tutti log; mend that, it"
	       " is tried again by itself; see: tutti log");
}
END_TEST

START_TEST(all_that_stays_out_of_it_is_added)
{
	n.folder.conflicts = 1;
	n.folder.s.unreadable = 1;
	strcpy(n.folder.s.unreadable_path, "a");
	n.folder.s.metadata_left = 2;
	strcpy(n.folder.s.metadata_left_path, "b");
	n.folder.s.watch_limited = true;
	expect("f: in sync with laptop, nas (12,304 files, 48 GB); 1 conflict"
	       " waits, see: tutti conflicts; 1 file is left out, not readable"
	       " for this daemon (a); see to owner and permissions there; 2"
	       " paths have not all metadata that others have (b); the log says"
	       " what and why; changes are found late, see: tutti doctor");
	n.folder.open = false;
	expect("f: being opened");
}
END_TEST

START_TEST(who_is_not_there_is_told_with_the_reason)
{
	n.conf.share.v.n = 1;
	n.peers[0].connected = false;
	n.peers[0].paused = true;
	expect("f: waiting for laptop, which is paused (12,304 files, 48 GB)");
	n.peers[0].name = "other";
	expect("f: waiting for laptop, which is no known peer (12,304 files,"
	       " 48 GB)");
	n.conf.share.v.n = 0;
	n.folder.s.open_paths = 1;
	expect("f: 1 file (0 bytes) to fetch");
	n.folder.s.open_paths = 0;
	n.folder.s.waiting[PLAN_WHY_FRESH] = 1;
	expect("f: shared with nobody yet (12,304 files, 48 GB)");
}
END_TEST

START_TEST(a_clock_that_went_back_shows_no_odd_time)
{
	hours_away(&n.peers[0], -5);
	n.conf.share.v.n = 1;
	expect("f: waiting for laptop, last seen just now (12,304 files,"
	       " 48 GB)");
}
END_TEST

START_TEST(L55_who_halted_it_there_is_named_with_what_to_do)
{
	n.folder.synced = false;
	n.folder_peers[0].halted = MSG_HALT_ROOT;
	expect("f: laptop halted it to be safe (its directory there is not the"
	       " one it was), and tells nothing until somebody decides there:"
	       " tutti status");
}
END_TEST

START_TEST(changes_are_worked_on_until_all_is_in_sync)
{
	n.folder.s.in_sync = false;
	expect("f: working on changes");
	n.folder.s.in_sync = true;
	n.folder.synced = false;
	expect("f: working on changes");
	n.folder.reachable = 0;
	expect("f: in sync with laptop, nas (12,304 files, 48 GB)");
}
END_TEST

START_TEST(a_peer_s_sentence_says_why_it_is_not_there)
{
	struct node_peer_status *peer = &n.peers[0];
	struct conf_address known = {.host = "nas", .port = 7};
	struct conf_peer conf = {.addresses.v = {&known, 0, 1}};

	expect_of(peer, "laptop: connected at 10.0.0.2:22100");
	peer->connected = false;
	expect_of(peer, "laptop: not connected since the start");
	hours_away(peer, 2);
	expect_of(peer, "laptop: not connected, last seen 2 hours ago");
	peer->error = "refused\x1b";
	expect_of(peer, "laptop: not connected, last seen 2 hours ago"
			" (10.0.0.2:22100: refused\\x1b)");
	peer->address[0] = '\0';
	expect_of(peer, "laptop: not connected, last seen 2 hours ago"
			" (refused\\x1b)");
	peer->conf = &conf;
	expect_of(peer, "laptop: not connected, last seen 2 hours ago; it has"
			" to connect to this device, which has no address of"
			" it");
	conf.addresses.v.n = 1;
	expect_of(peer, "laptop: not connected, last seen 2 hours ago"
			" (refused\\x1b)");
	peer->paused = true;
	expect_of(peer, "laptop: paused; go on with: tutti peer resume laptop");
}
END_TEST

TCase *
sentence_tcase(void)
{
	TCase *tc = tcase_create("sentence");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, in_sync_names_whom_with_and_who_is_missing);
	tcase_add_test(tc, who_does_not_share_it_has_it_not);
	tcase_add_test(tc, fetching_names_how_much_and_from_whom);
	tcase_add_test(tc, sending_names_who_lacks_what);
	tcase_add_test(tc, a_new_memory_says_whom_it_waits_for);
	tcase_add_test(tc, what_needs_a_person_comes_first);
	tcase_add_test(tc, L43_files_that_cannot_be_read_are_said);
	tcase_add_test(tc, metadata_that_could_not_be_set_is_said);
	tcase_add_test(tc, the_first_look_is_said);
	tcase_add_test(tc, what_failed_is_opened_anew);
	tcase_add_test(tc, trouble_without_a_name_or_a_reason_is_said_too);
	tcase_add_test(tc, all_that_stays_out_of_it_is_added);
	tcase_add_test(tc, who_is_not_there_is_told_with_the_reason);
	tcase_add_test(tc, a_clock_that_went_back_shows_no_odd_time);
	tcase_add_test(tc, L55_who_halted_it_there_is_named_with_what_to_do);
	tcase_add_test(tc, changes_are_worked_on_until_all_is_in_sync);
	tcase_add_test(tc, a_peer_s_sentence_says_why_it_is_not_there);
	return tc;
}
