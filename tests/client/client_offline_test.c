/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/client/client_run.h"

#include <string.h>
#include <sys/stat.h>

#include "proto/base/text.h"

static char peer_id[80];

/* A device's id, as another home would print it. */
static void
setup(void)
{
	uint8_t id[32];

	run_begin();
	for (size_t i = 0; i < sizeof id; i++)
		id[i] = (uint8_t)(i + 7);
	text_id(id, peer_id);
}

static void
add_peer(const char *name)
{
	char line[256];

	snprintf(line, sizeof line,
	    "peer add %s --name %s --address 127.0.0.1:22101", peer_id, name);
	expect(line, CLIENT_OK, "is known now");
}

START_TEST(init_makes_an_identity_once)
{
	char id[80];

	expect("id", CLIENT_ERROR, "tutti init");
	expect("init --name s1 --listen 127.0.0.1:22100", CLIENT_OK, "s1");
	expect("id", CLIENT_OK, NULL);
	snprintf(id, sizeof id, "%s", run_out);
	ck_assert_uint_eq(strlen(id), TEXT_ID_CHARS + 1);
	expect("init", CLIENT_OK, "s1");
	expect("init --name s2", CLIENT_OK, "s2");
	expect("id", CLIENT_OK, id);
	expect("conf check", CLIENT_OK, "is right");
}
END_TEST

START_TEST(init_refuses_wrong_words)
{
	expect("init --name a/b", CLIENT_USAGE, "is no name");
	expect("init --listen nas:1", CLIENT_USAGE, "nothing to listen on");
	expect("init --listen ''x", CLIENT_USAGE, NULL);
	expect("id", CLIENT_ERROR, NULL);
}
END_TEST

START_TEST(peers_are_added_renamed_and_revoked)
{
	char line[256];

	add_peer("nas");
	add_peer("nas"); /* again: the same */
	/* What is not typed again stays. */
	snprintf(line, sizeof line, "peer add %s --name nas", peer_id);
	expect(line, CLIENT_OK, "nas is known now");
	expect("peer list", CLIENT_OK, "nas  127.0.0.1:22101\n");
	snprintf(line, sizeof line, "peer add %s --name two", peer_id);
	expect(line, CLIENT_ERROR, "is the peer nas already");
	expect("peer add AAAA --name x", CLIENT_USAGE, "is no device id");
	snprintf(line, sizeof line, "peer add %s", peer_id);
	expect(line, CLIENT_USAGE, "--name NAME");
	snprintf(
	    line, sizeof line, "peer add %s --name nas --address :1", peer_id);
	expect(line, CLIENT_USAGE, "is no address");
	run_mkdir("d");
	expect("folder add %/d --id f --share nas", CLIENT_OK, NULL);
	expect("peer rename nas box", CLIENT_OK, NULL);
	expect("folder list", CLIENT_OK, "shared with box");
	expect("peer pause box", CLIENT_OK, NULL);
	expect("peer list", CLIENT_OK, "box  127.0.0.1:22101  (paused)");
	expect("peer revoke nas", CLIENT_NOT_FOUND, "no peer nas");
	expect("peer revoke box", CLIENT_OK, NULL);
	expect("peer list --json", CLIENT_OK, "\"peers\": []");
	expect("conf check", CLIENT_OK, "0 peers, 1 folder");
}
END_TEST

START_TEST(own_id_is_no_peer)
{
	char line[256];

	expect("init --name me", CLIENT_OK, NULL);
	expect("id", CLIENT_OK, NULL);
	snprintf(line, sizeof line, "peer add %.*s --name x", TEXT_ID_CHARS,
	    run_out);
	expect(line, CLIENT_ERROR, "this device's own id");
}
END_TEST

START_TEST(folders_are_added_set_and_removed)
{
	add_peer("nas");
	run_mkdir("d");
	expect("folder add %/d", CLIENT_USAGE, "--id ID");
	expect("folder add %/none --id f", CLIENT_NOT_FOUND, "make the");
	expect(
	    "folder add %/d --id f --share no", CLIENT_NOT_FOUND, "no peer no");
	expect("folder add %/d --id a/b", CLIENT_USAGE, "is no id");
	expect("folder add %/d --id f --share nas --mode send", CLIENT_OK,
	    "is the folder f now");
	expect("folder add %/d --id f --share nas", CLIENT_OK, NULL);
	expect("folder list --json", CLIENT_OK, "\"mode\": \"send\"");
	expect("folder set f --mode both --unshare nas", CLIENT_OK, NULL);
	expect("folder list --json", CLIENT_OK, "\"share\": []");
	expect("folder set f --mode x", CLIENT_USAGE, "is no mode");
	expect("folder pause f", CLIENT_OK, NULL);
	expect("folder list", CLIENT_OK, "(paused)");
	expect("folder resume %/d", CLIENT_OK, NULL);
	expect("folder remove g", CLIENT_NOT_FOUND, "is no folder");
	expect("folder remove f", CLIENT_OK, "its files stay");
	expect("folder list --json", CLIENT_OK, "\"folders\": []");
}
END_TEST

START_TEST(adding_a_folder_again_keeps_what_was_set_by_hand)
{
	char path[256], text[4096] = "";
	FILE *f;

	run_mkdir("d");
	expect("init", CLIENT_OK, NULL);
	expect("folder add %/d --id f", CLIENT_OK, NULL);
	snprintf(path, sizeof path, "%s/home/conf/folders/f.conf", run_dir);
	f = fopen(path, "w");
	fprintf(f,
	    "path = '%s/d'\nignore = {'*.o'}\nversions = 45d\n"
	    "versions_max = 1T\nmetadata = {acl}\n",
	    run_dir);
	fclose(f);
	expect("folder add %/d --id f --mode send", CLIENT_OK, NULL);
	f = fopen(path, "r");
	ck_assert_uint_gt(fread(text, 1, sizeof text - 1, f), 0);
	fclose(f);
	ck_assert_ptr_nonnull(strstr(text, "mode = send"));
	ck_assert_ptr_nonnull(strstr(text, "*.o"));
	ck_assert_ptr_nonnull(strstr(text, "versions = 45d"));
	ck_assert_ptr_nonnull(strstr(text, "versions_max = 1T"));
	ck_assert_ptr_nonnull(strstr(text, "metadata = {acl}"));
}
END_TEST

START_TEST(a_folder_inside_another_is_refused)
{
	run_mkdir("d");
	run_mkdir("d/e");
	run_mkdir("x");
	expect("folder add %/d --id f", CLIENT_OK, NULL);
	expect("folder add %/d/e --id g", CLIENT_ERROR, "lies inside");
	expect("folder add %/x --id f", CLIENT_ERROR, "already");
	expect("folder add %/home --id h", CLIENT_ERROR, "Tutti's own");
}
END_TEST

START_TEST(a_broken_file_is_named_and_nothing_overwritten)
{
	char path[256], text[64] = "";
	FILE *f;

	expect("init --name me", CLIENT_OK, NULL);
	snprintf(path, sizeof path, "%s/home/conf/tutti.conf", run_dir);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs("nmae = you\n", f);
	fclose(f);
	expect("conf check", CLIENT_ERROR,
	    "tutti.conf, line 1: there is no option \"nmae\"; did you mean"
	    " \"name\"");
	ck_assert_int_eq(run("init --name them"), CLIENT_ERROR);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(fgets(text, sizeof text, f));
	fclose(f);
	ck_assert_str_eq(text, "nmae = you\n");
}
END_TEST

START_TEST(what_is_wrong_is_said_once)
{
	char path[256];
	FILE *f;

	expect("init", CLIENT_OK, NULL);
	snprintf(path, sizeof path, "%s/home/conf/folders", run_dir);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	strcat(path, "/f.conf");
	f = fopen(path, "w");
	fputs("pth = x\n", f);
	fclose(f);
	/* The daemon finds the same, and answers with it. */
	serve(9, 400,
	    "{\"error\": \"folders/f.conf, line 1: there is no option"
	    " \\\"pth\\\"; did you mean \\\"path\\\", as in: path ="
	    " '/home/ana/photos'\"}");
	ck_assert_int_eq(run("peer list"), CLIENT_OK);
	ck_assert_ptr_nonnull(strstr(run_err, "line 1"));
	ck_assert_int_eq(run("folder remove f"), CLIENT_ERROR);
	run_mkdir("d");
	ck_assert_int_eq(run("folder add %/d --id g"), CLIENT_ERROR);
	ck_assert_ptr_eq(strchr(run_err, '\n'), run_err + strlen(run_err) - 1);
	while (run("status") == CLIENT_ERROR)
		;
}
END_TEST

START_TEST(the_log_is_read_with_its_older_half)
{
	char path[256];
	FILE *f;

	expect("log", CLIENT_ERROR, "tutti up");
	expect("init", CLIENT_OK, NULL);
	snprintf(path, sizeof path, "%s/home/state/tuttid.log", run_dir);
	f = fopen(path, "w");
	fputs("three\nfour\n", f);
	fclose(f);
	expect("log", CLIENT_OK, "three\nfour\n");
	strcat(path, ".1");
	f = fopen(path, "w");
	fputs("one\ntwo\n", f);
	fclose(f);
	expect("log", CLIENT_OK, "one\ntwo\nthree\nfour\n");
	expect("log -n 3", CLIENT_OK, NULL);
	ck_assert_str_eq(run_out, "two\nthree\nfour\n");
	expect("log --lines 0", CLIENT_OK, NULL);
	ck_assert_str_eq(run_out, "");
}
END_TEST

START_TEST(doctor_finds_what_is_wrong)
{
	run_mkdir("d");
	expect("init", CLIENT_OK, NULL);
	expect("folder add %/d --id f", CLIENT_OK, NULL);
	ck_assert_int_eq(run("doctor"), CLIENT_ERROR);
	ck_assert_ptr_nonnull(strstr(run_out, "is shared with nobody"));
	ck_assert_ptr_nonnull(strstr(run_out, "daemon is not running"));
	ck_assert_int_eq(run("doctor --json"), CLIENT_ERROR);
	ck_assert_ptr_nonnull(strstr(run_out, "\"findings\""));
}
END_TEST

TCase *
offline_tcase(void)
{
	TCase *tc = tcase_create("offline");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup, run_end);
	tcase_add_test(tc, init_makes_an_identity_once);
	tcase_add_test(tc, init_refuses_wrong_words);
	tcase_add_test(tc, peers_are_added_renamed_and_revoked);
	tcase_add_test(tc, own_id_is_no_peer);
	tcase_add_test(tc, folders_are_added_set_and_removed);
	tcase_add_test(tc, adding_a_folder_again_keeps_what_was_set_by_hand);
	tcase_add_test(tc, a_folder_inside_another_is_refused);
	tcase_add_test(tc, a_broken_file_is_named_and_nothing_overwritten);
	tcase_add_test(tc, what_is_wrong_is_said_once);
	tcase_add_test(tc, the_log_is_read_with_its_older_half);
	tcase_add_test(tc, doctor_finds_what_is_wrong);
	return tc;
}
