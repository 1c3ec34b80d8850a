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

static void
expect(const char *sentence)
{
	struct buf b;

	buf_init(&b, 4096);
	ck_assert_int_eq(
	    api_sentence_folder(&n.status, &n.folder, now_ns, &b), 0);
	ck_assert_int_eq(buf_add(&b, span_of("", 1)), 0);
	ck_assert_str_eq((char *)b.p, sentence);
	buf_release(&b);
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

START_TEST(a_peer_s_sentence_says_why_it_is_not_there)
{
	struct buf b;

	buf_init(&b, 4096);
	ck_assert_int_eq(api_sentence_peer(&n.peers[0], now_ns, &b), 0);
	hours_away(&n.peers[0], 48);
	n.peers[0].error = "refused\x1b";
	ck_assert_int_eq(buf_add(&b, SPAN_LIT("|")), 0);
	ck_assert_int_eq(api_sentence_peer(&n.peers[0], now_ns, &b), 0);
	ck_assert(span_equal(buf_span(&b),
	    SPAN_LIT("laptop: connected at 10.0.0.2:22100|laptop: not"
		     " connected, last seen 2 days ago (10.0.0.2:22100:"
		     " refused\\x1b)")));
	buf_release(&b);
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
	tcase_add_test(tc, a_peer_s_sentence_says_why_it_is_not_there);
	return tc;
}
