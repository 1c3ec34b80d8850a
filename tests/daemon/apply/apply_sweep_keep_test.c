/* SPDX-License-Identifier: Apache-2.0 */
/* What quarantine's jobs, kept versions' and a start leave when something
 * fails on the way. */
#include "tests/daemon/apply/apply_sweep.h"

#include <errno.h>
#include <stdio.h>

/* ---- judging -------------------------------------------------------------- */

static struct judge_job judging;

static void
judge_item(int64_t id, const char *path, const char *name)
{
	struct judge_item it = {.id = id, .dot = {1, 2}};

	world_name(OLD, &it.content);
	buf_init(&it.path, LIMIT_PATH_BYTES);
	buf_init(&it.name, INDEX_PAST_NAME_BYTES);
	ck_assert_int_eq(buf_add(&it.path, span_str(path)), 0);
	ck_assert_int_eq(buf_add(&it.name, span_str(name)), 0);
	judging.place = w.place;
	ck_assert_int_eq(VEC_PUSH(&judging.items, it), 0);
}

/* Two, kept in directories that are to be made. */
static void
set_keep(void)
{
	user_file("root/.tutti/quarantine/3", OLD);
	user_file("root/.tutti/quarantine/4", OLD);
	judge_item(3, "d/n", "d/n~x");
	judge_item(4, "e/n", "e/n~x");
}

static void
check_keep(int rc)
{
	static const char *const at[2][2] = {
	    {"root/.tutti/quarantine/3", "root/.tutti/versions/d/n~x"},
	    {"root/.tutti/quarantine/4", "root/.tutti/versions/e/n~x"}};

	sweep_told(rc);
	for (size_t i = 0; i < 2; i++) {
		bool kept = judging.items.items[i].what == JUDGE_KEPT;

		sweep_told(judging.items.items[i].rc);
		ck_assert(user_reads(at[i][kept], OLD));
		ck_assert(!user_has(at[i][!kept]));
	}
}

/* Written to late; its directory is gone, and its name is taken further up. */
static void
set_give_back(void)
{
	user_file("root/.tutti/quarantine/3", NEW);
	user_file("root/n.txt", OLD);
	judge_item(3, "d/n.txt", "d/n~x.txt");
}

static void
check_give_back(int rc)
{
	struct judge_item *it = judging.items.items;
	char path[256];

	if (rc != -ENOENT) /* its directory, as is */
		sweep_told(rc);
	ck_assert(user_reads("root/n.txt", OLD));
	ck_assert(user_finds("root", NEW) !=
		  user_reads("root/.tutti/quarantine/3", NEW));
	ck_assert(it->what == JUDGE_RETURNED || it->what == JUDGE_STAYS);
	if (it->what == JUDGE_STAYS)
		return;
	snprintf(path, sizeof path, "root/%.*s", (int)it->path.len,
	    (const char *)it->path.p);
	ck_assert(user_reads(path, NEW));
}

static int
run_judge(void)
{
	judge_run(&judging);
	return judging.items.items[0].rc;
}

static void
end_judge(void)
{
	judge_job_release(&judging);
}

/* ---- what is kept --------------------------------------------------------- */

static struct expire_job expiring;
static struct find_job finding;

static void
set_expire(void)
{
	struct expire_item it = {.id = 1};

	user_dir("root/.tutti/versions/d");
	user_dir("root/.tutti/versions/d/e");
	user_file("root/.tutti/versions/d/e/n~x", OLD);
	buf_init(&it.name, INDEX_PAST_NAME_BYTES);
	ck_assert_int_eq(buf_add(&it.name, SPAN_LIT("d/e/n~x")), 0);
	expiring.place = w.place;
	ck_assert_int_eq(VEC_PUSH(&expiring.items, it), 0);
}

static int
run_expire(void)
{
	expire_run(&expiring);
	return expiring.items.items[0].rc;
}

static void
check_expire(int rc)
{
	sweep_told(rc);
	ck_assert_int_eq(rc < 0, user_has("root/.tutti/versions/d/e/n~x"));
	ck_assert(user_has("root/.tutti/versions"));
}

static void
end_expire(void)
{
	expire_job_release(&expiring);
}

static void
set_find(void)
{
	user_dir("root/.tutti/versions/d");
	user_file("root/.tutti/versions/f~x", OLD);
	user_link("root/.tutti/versions/l~x", "to");
	finding.place = w.place;
	buf_init(&finding.dir, INDEX_PAST_NAME_BYTES);
	path_list_init(&finding.dirs);
}

static int
run_find(void)
{
	find_run(&finding);
	return finding.rc;
}

/* What is told of is whole; what cannot be read is left out. */
static void
check_find(int rc)
{
	struct name content;

	sweep_told(rc);
	VEC_EACH (&finding.items, it) {
		if (it->st.kind == KIND_SYMLINK)
			name_symlink(SPAN_LIT("to"), &content);
		else
			world_name(OLD, &content);
		ck_assert(name_equal(&it->content, &content));
		ck_assert_uint_eq(it->name.len, 3);
	}
	if (rc == 0 && w.hook.calls < w.hook.fail_at)
		ck_assert_uint_eq(finding.items.n + finding.dirs.v.n, 3);
	if (rc == 0 && sweep_err == -ENOMEM)
		ck_assert_uint_eq(finding.dirs.v.n, 1);
}

static void
end_find(void)
{
	find_job_release(&finding);
	finding.rc = 0;
}

/* ---- our own folders ------------------------------------------------------ */

static struct apply_place opened;

static void
set_open(void)
{
	user_file("root/.tutti/stage/1", NEW);
	user_file("root/.tutti/stage/2", NEW);
}

static int
run_open(void)
{
	int rc = apply_open(&w.hook.host, w.root, &opened);

	if (rc == 0)
		apply_close(&opened);
	return rc;
}

static void
check_open(int rc)
{
	ck_assert(rc == 0 || rc == sweep_err);
	ck_assert(user_reads("root/.tutti/stage/1", NEW));
}

static int
run_empty(void)
{
	return apply_empty_stage(&w.place);
}

static void
check_empty(int rc)
{
	ck_assert(rc == 0 || rc == sweep_err);
	ck_assert_int_eq(rc == 0, user_count("root/.tutti/stage") == 0);
}

/* ---- all of them ---------------------------------------------------------- */

static const struct sweep_job jobs[] = {
    {set_keep, run_judge, check_keep, end_judge},
    {set_give_back, run_judge, check_give_back, end_judge},
    {set_expire, run_expire, check_expire, end_expire},
    {set_find, run_find, check_find, end_find},
    {set_open, run_open, check_open, NULL},
    {set_open, run_empty, check_empty, NULL},
};
enum { JOBS = sizeof jobs / sizeof *jobs };

TCase *
apply_sweep_keep_tcase(void)
{
	TCase *tcase = world_tcase("sweep keep");

	sweep_add(tcase, jobs, JOBS);
	return tcase;
}
