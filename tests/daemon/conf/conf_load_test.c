/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/conf/conf_test.h"

#include <stdio.h>
#include <string.h>

static struct place place;
static struct conf conf;
static struct conf_errors errors;

static void
setup(void)
{
	place_begin(&place);
	memset(&conf, 0, sizeof conf);
	memset(&errors, 0, sizeof errors);
}

static void
teardown(void)
{
	conf_release(&conf);
	conf_errors_release(&errors);
	place_end(&place);
}

static void
load(void)
{
	struct conf_source source = place_source(&place);

	ck_assert_int_eq(conf_load(&source, NULL, &conf, &errors), 0);
	place_source_end(&place, &source);
}

/* Loads anew, with what was loaded before as the old. */
static void
reload(void)
{
	struct conf_source source = place_source(&place);
	struct conf next;

	VEC_RELEASE(&errors.v);
	ck_assert_int_eq(conf_load(&source, &conf, &next, &errors), 0);
	place_source_end(&place, &source);
	conf_release(&conf);
	conf = next;
}

static void
write_peer(const char *name, const char *id)
{
	char file[80], text[128];

	snprintf(file, sizeof file, "peers/%s.conf", name);
	snprintf(text, sizeof text, "id = '%s'\n", id);
	place_write(&place, file, text);
}

START_TEST(nothing_there_is_an_empty_configuration)
{
	load();
	ck_assert_uint_eq(conf.peers.n + conf.folders.n + errors.v.n, 0);
	ck_assert_int_eq(conf.main.log_level, CONF_LOG_INFO);
}
END_TEST

START_TEST(files_give_names_and_order)
{
	place_write(&place, "tutti.conf", "name = me\nlisten = 127.0.0.1:9\n");
	write_peer("nas", some_id);
	write_peer("laptop", other_id);
	place_write(&place, "folders/b.conf", "path = /srv/b\nshare = nas\n");
	place_write(&place, "folders/a.conf", "path = /srv/a\n");
	place_write(&place, "folders/a.conf~", "rubbish {");
	place_write(&place, "folders/.c.conf", "rubbish {");
	load();
	ck_assert_uint_eq(errors.v.n, 0);
	ck_assert_str_eq(conf.main.name, "me");
	ck_assert_uint_eq(conf.peers.n, 2);
	ck_assert_str_eq(conf.peers.items[0].name, "laptop");
	ck_assert_uint_eq(conf.folders.n, 2);
	ck_assert_str_eq(conf.folders.items[1].id, "b");
	ck_assert_ptr_eq(
	    conf_find_path(&conf, "/srv/b/x"), &conf.folders.items[1]);
	ck_assert_ptr_null(conf_find_path(&conf, "/srv"));
	ck_assert_ptr_eq(conf_find_device(&conf, conf.peers.items[1].id),
	    &conf.peers.items[1]);
}
END_TEST

START_TEST(a_broken_file_keeps_the_old_and_the_rest_reloads)
{
	place_folder(&place, "a", "/srv/a");
	place_folder(&place, "b", "/srv/b");
	load();
	place_write(&place, "folders/a.conf", "pth = /srv/x\n");
	place_folder(&place, "b", "/srv/c");
	place_write(&place, "tutti.conf", "log_level = loud\n");
	reload();
	ck_assert_uint_eq(errors.v.n, 2);
	ck_assert_str_eq(errors.v.items[0].file, "tutti.conf");
	ck_assert_str_eq(errors.v.items[1].file, "folders/a.conf");
	ck_assert_uint_eq(conf.folders.n, 2);
	ck_assert_str_eq(conf.folders.items[0].path, "/srv/a");
	ck_assert_str_eq(conf.folders.items[1].path, "/srv/c");
}
END_TEST

START_TEST(a_broken_file_at_the_start_is_left_out)
{
	place_folder(&place, "a", "relative");
	place_folder(&place, "b", "/srv/b");
	load();
	ck_assert_uint_eq(errors.v.n, 1);
	ck_assert_uint_eq(conf.folders.n, 1);
	ck_assert_str_eq(conf.folders.items[0].id, "b");
}
END_TEST

START_TEST(a_removed_file_is_a_removed_folder)
{
	place_folder(&place, "a", "/srv/a");
	load();
	ck_assert_int_eq(conf_remove_folder(place.h, &place.home, "a"), 0);
	ck_assert_int_eq(
	    conf_remove_folder(place.h, &place.home, "a"), -ENOENT);
	ck_assert_int_eq(
	    conf_remove_folder(place.h, &place.home, "../tutti"), -ENOENT);
	reload();
	ck_assert_uint_eq(conf.folders.n, 0);
}
END_TEST

START_TEST(a_folder_inside_another_is_refused_and_the_older_stays)
{
	place_folder(&place, "z", "/srv/z");
	load();
	place_folder(&place, "a", "/srv/z/sub");
	place_folder(&place, "b", "/srv");
	place_folder(&place, "c", "/srv/z");
	reload();
	ck_assert_uint_eq(conf.folders.n, 1);
	ck_assert_str_eq(conf.folders.items[0].id, "z");
	ck_assert_uint_eq(errors.v.n, 3);
	ck_assert_str_eq(errors.v.items[0].text,
	    "folders/a.conf: /srv/z/sub lies inside /srv/z, which is the"
	    " folder z already; choose a directory apart from it");
	ck_assert_ptr_nonnull(strstr(errors.v.items[1].text, "contains"));
}
END_TEST

START_TEST(a_folder_that_moves_into_another_stays_where_it_was)
{
	place_folder(&place, "a", "/srv/a");
	place_folder(&place, "b", "/srv/b");
	load();
	place_folder(&place, "a", "/srv/b/x");
	reload();
	ck_assert_uint_eq(errors.v.n, 1);
	ck_assert_uint_eq(conf.folders.n, 2);
	ck_assert_str_eq(conf.folders.items[0].path, "/srv/a");
}
END_TEST

START_TEST(tutti_s_own_directories_are_no_folders)
{
	static const char *const below[] = {"", "/state", "/conf/x", "/run"};

	for (size_t i = 0; i < 4; i++) {
		char path[128];

		snprintf(path, sizeof path, "%s%s", place.dir, below[i]);
		place_folder(&place, "f", path);
		reload();
		ck_assert_uint_eq(errors.v.n, 1);
		ck_assert_uint_eq(conf.folders.n, 0);
	}
}
END_TEST

START_TEST(two_peers_never_have_one_id)
{
	write_peer("a", some_id);
	write_peer("b", some_id);
	load();
	ck_assert_uint_eq(conf.peers.n, 1);
	ck_assert_uint_eq(errors.v.n, 1);
	ck_assert_ptr_nonnull(
	    strstr(errors.v.items[0].text, "is the peer a already"));
}
END_TEST

START_TEST(an_unknown_peer_is_said_and_the_folder_stays)
{
	place_write(&place, "folders/a.conf", "path = /srv/a\nshare = nas\n");
	load();
	ck_assert_uint_eq(conf.folders.n, 1);
	ck_assert_uint_eq(errors.v.n, 1);
	ck_assert_ptr_nonnull(
	    strstr(errors.v.items[0].text, "there is no peer nas"));
}
END_TEST

START_TEST(whole_files_are_written_and_read_back)
{
	struct conf_main m = {.name = "me", .log_level = CONF_LOG_DEBUG};
	struct conf_peer peer = {.name = "nas", .id = {1, 2, 3}};
	struct conf_folder f = {.id = "f", .mode = CONF_MODE_SEND};
	struct conf_address address;

	ck_assert_int_eq(conf_address_parse("[::1]:5", &m.listen), 0);
	ck_assert_int_eq(conf_address_parse("nas:7", &address), 0);
	ck_assert_int_eq(VEC_PUSH(&peer.addresses.v, address), 0);
	f.path = strdup("/srv/f");
	ck_assert_int_eq(conf_strings_add(&f.share, "nas"), 0);
	ck_assert_int_eq(conf_write_main(place.h, &place.home, &m), 0);
	ck_assert_int_eq(conf_write_peer(place.h, &place.home, &peer), 0);
	ck_assert_int_eq(conf_write_folder(place.h, &place.home, &f), 0);
	load();
	ck_assert_uint_eq(errors.v.n, 0);
	ck_assert(conf_main_equal(&conf.main, &m));
	ck_assert(conf_peer_equal(conf_find_peer(&conf, "nas"), &peer));
	ck_assert(conf_folder_equal(conf_find_folder(&conf, "f"), &f));
	conf_peer_release(&peer);
	conf_folder_release(&f);
}
END_TEST

TCase *
load_tcase(void)
{
	TCase *tc = tcase_create("load");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, nothing_there_is_an_empty_configuration);
	tcase_add_test(tc, files_give_names_and_order);
	tcase_add_test(tc, a_broken_file_keeps_the_old_and_the_rest_reloads);
	tcase_add_test(tc, a_broken_file_at_the_start_is_left_out);
	tcase_add_test(tc, a_removed_file_is_a_removed_folder);
	tcase_add_test(
	    tc, a_folder_inside_another_is_refused_and_the_older_stays);
	tcase_add_test(tc, a_folder_that_moves_into_another_stays_where_it_was);
	tcase_add_test(tc, tutti_s_own_directories_are_no_folders);
	tcase_add_test(tc, two_peers_never_have_one_id);
	tcase_add_test(tc, an_unknown_peer_is_said_and_the_folder_stays);
	tcase_add_test(tc, whole_files_are_written_and_read_back);
	return tc;
}
