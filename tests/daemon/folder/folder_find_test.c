/* SPDX-License-Identifier: Apache-2.0 */
/* What a new database finds in quarantine and among the kept versions: what is
 * ours is known again, and what is not stays as it is (LESSONS 11). */
#include "daemon/folder/folder_internal.h"
#include "tests/daemon/folder/folder_pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/daemon/folder/folder_test.h"

static struct folder_pair pair;
static struct folder *f; /* of side 0 */

static void
setup(void)
{
	pair_init(&pair);
	pair_sh(&pair, 0, "echo 1 >a");
	pair_open(&pair, 0);
	pair_looked(&pair, 0);
	pair_close(&pair, 0);
}

static void
teardown(void)
{
	pair_release(&pair);
}

/* Opens side 0 with a new database, and looks until all is found. */
static void
find_anew(void)
{
	pair_sh(&pair, 0, "find ../state0 -mindepth 1 -delete");
	pair_open(&pair, 0);
	f = pair.side[0].folder;
	for (int i = 0; i < 1000 && (f->finding || f->state != FOLDER_RUNNING);
	     i++)
		pair_run(&pair, 10);
	ck_assert(!f->finding);
	ck_assert_int_eq(f->state, FOLDER_RUNNING);
}

/* Where a file in quarantine came from; NULL: it is not known. */
static const char *
kept_from(int64_t id)
{
	static char path[256];
	struct index_kept k = {0};
	int rc;

	buf_init(&k.path, LIMIT_PATH_BYTES);
	rc = index_kept_get(f->index, id, &k);
	ck_assert(rc == 0 || rc == ERR_NOTFOUND);
	snprintf(path, sizeof path, "%.*s", (int)k.path.len,
	    k.path.p == NULL ? "" : (const char *)k.path.p);
	buf_release(&k.path);
	return rc == 0 ? path : NULL;
}

static size_t
versions_of(const char *path)
{
	struct id_list ids = {0};
	size_t n;

	ck_assert_int_eq(index_past_at(f->index, span_str(path), &ids), 0);
	n = ids.v.n;
	VEC_RELEASE(&ids.v);
	return n;
}

START_TEST(what_lies_in_quarantine_is_known_again_by_its_number)
{
	int64_t id;

	pair_sh(&pair, 0,
	    "cd .tutti/quarantine; echo old >7; touch -d 2020-01-01 7; "
	    "ln -s target 8; : >9; echo x >seven; echo x >7x; echo x >0; "
	    "echo x >1234567890123456789");
	find_anew();
	ck_assert_str_eq(kept_from(7), "recovered-7");
	ck_assert_str_eq(kept_from(8), "recovered-8");
	ck_assert_str_eq(kept_from(9), "recovered-9");
	ck_assert_ptr_null(kept_from(1));
	/* None of them is given to another file. */
	ck_assert_int_eq(folder_batch(f), 0);
	ck_assert_int_eq(index_next_id(f->index, &id), 0);
	ck_assert_int_gt(id, 9);
	ck_assert_str_eq(
	    pair_out(&pair, 0, "ls .tutti/quarantine | wc -l"), "7");
}
END_TEST

/* Its times say that a user wrote to it where it lies. */
START_TEST(what_a_user_wrote_to_in_quarantine_comes_back_as_a_copy)
{
	pair_sh(&pair, 0, "echo late >.tutti/quarantine/7");
	find_anew();
	ck_assert_ptr_nonnull(strstr(kept_from(7), "recovered.conflict-"));
}
END_TEST

/* Else that would count as copied, and be lost. */
START_TEST(what_returns_has_no_name_of_a_losers_copy)
{
	struct version v = {.path = SPAN_LIT("recovered")};
	const char *mtime;
	char *end;
	struct buf copy;

	pair_sh(&pair, 0, "echo late >.tutti/quarantine/7");
	mtime = pair_out(&pair, 0, "stat -c %.9Y .tutti/quarantine/7");
	v.mtime_ns = strtoll(mtime, &end, 10) * INT64_C(1000000000);
	v.mtime_ns += strtoll(end + 1, NULL, 10);
	find_anew();
	v.dot = (struct dot){index_replica(f->index), 7};
	buf_init(&copy, LIMIT_PATH_BYTES);
	ck_assert_int_eq(conflict_path(&v, &copy), 0);
	ck_assert_int_eq(buf_add(&copy, span_of("", 1)), 0);
	/* But for the tag they are equal. */
	ck_assert_int_eq(
	    strncmp(kept_from(7), (const char *)copy.p, copy.len - 7), 0);
	ck_assert_str_ne(kept_from(7), (const char *)copy.p);
	buf_release(&copy);
}
END_TEST

START_TEST(kept_versions_are_known_again_and_other_files_left_alone)
{
	pair_sh(&pair, 0,
	    "mkdir -p .tutti/versions/d; cd .tutti/versions; "
	    "echo v >'d/x~20260101T000000Z.txt'; "
	    "echo w >'d/x~20260102T000000Z.txt'; "
	    "ln -s target 'l~20260101T000000Z'; echo x >mine; echo x >d/mine");
	find_anew();
	ck_assert_uint_eq(versions_of("d/x.txt"), 2);
	ck_assert_uint_eq(versions_of("l"), 1);
	ck_assert_uint_eq(versions_of("mine"), 0);
	ck_assert_str_eq(
	    pair_out(&pair, 0, "find .tutti/versions ! -type d | wc -l"), "5");
	/* Nor are they known twice. */
	ck_assert_int_eq(folder_batch(f), 0);
	ck_assert_int_eq(folder_find_again(f), 0);
	pair_run(&pair, 50);
	pair_close(&pair, 0);
	pair_open(&pair, 0);
	f = pair.side[0].folder;
	for (int i = 0; i < 1000 && (f->finding || f->state != FOLDER_RUNNING);
	     i++)
		pair_run(&pair, 10);
	ck_assert_uint_eq(versions_of("d/x.txt"), 2);
}
END_TEST

TCase *
folder_find_tcase(void)
{
	TCase *t = tcase_create("find");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, what_lies_in_quarantine_is_known_again_by_its_number);
	tcase_add_test(t, what_returns_has_no_name_of_a_losers_copy);
	tcase_add_test(
	    t, what_a_user_wrote_to_in_quarantine_comes_back_as_a_copy);
	tcase_add_test(
	    t, kept_versions_are_known_again_and_other_files_left_alone);
	return t;
}
