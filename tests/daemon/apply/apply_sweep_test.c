/* SPDX-License-Identifier: Apache-2.0 */
/* What applying and staging leave when something fails on the way. */
#include "tests/daemon/apply/apply_sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- touching ------------------------------------------------------------- */

static void
set_touch_dir(void)
{
	user_dir("root/d");
	world_item(PLAN_TOUCH, "d");
	w.it->kind = KIND_DIR;
	w.it->bits = 0700;
}

static void
set_touch_link(void)
{
	user_link("root/l", "x");
	world_item(PLAN_TOUCH, "l");
	w.it->kind = KIND_SYMLINK;
}

static void
check_touch_dir(int rc)
{
	int bits = world_look("root/d").bits;

	sweep_told(rc);
	ck_assert(bits == 0755 || bits == 0700);
	if (rc == 0)
		ck_assert(bits == 0700 && w.it->now.bits == 0700);
}

static void
check_touch_link(int rc)
{
	sweep_told(rc);
	ck_assert(user_reads("root/l", "x"));
	if (rc == 0)
		ck_assert_int_eq(world_look("root/l").mtime_ns, NEW_NS);
}

/* ---- placing -------------------------------------------------------------- */

/* The target is hashed for its times, the staged file gets its own. */
static void
set_place_racy(void)
{
	user_file("root/f", OLD);
	world_item(PLAN_PLACE, "f");
	world_source(APPLY_STAGED, NULL);
	user_meta("root/.tutti/stage/7", OLD_BITS, OLD_NS);
	w.it->expect.racy = true;
}

static void
check_place_racy(int rc)
{
	sweep_told(rc);
	if (rc == 0)
		ck_assert(user_reads("root/f", NEW));
	ck_assert(user_finds("root", OLD) || world_keeps(OLD));
}

static void
set_place_kept(void)
{
	user_file("root/f", OLD);
	world_item(PLAN_PLACE, "f");
	world_source(APPLY_KEPT, NULL);
}

static void
check_place_kept(int rc)
{
	sweep_told(rc);
	ck_assert(user_finds("root", OLD) || world_keeps(OLD));
	ck_assert(user_finds("root", NEW) ||
		  user_reads("root/.tutti/quarantine/7", NEW) ||
		  world_keeps(NEW));
}

/* ---- staging -------------------------------------------------------------- */

static struct stage_job staging;
static struct chunk_list list;

static struct stage_item *
stage_item(enum stage_what what)
{
	struct stage_item it = {.what = what,
	    .id = 1,
	    .size = strlen(NEW),
	    .bits = NEW_BITS,
	    .mtime_ns = NEW_NS,
	    .list = &list};

	world_name(NEW, &it.content);
	buf_init(&it.bytes, 1 << 20);
	buf_init(&it.from, LIMIT_PATH_BYTES);
	staging = (struct stage_job){.place = w.place};
	ck_assert_int_eq(VEC_PUSH(&staging.items, it), 0);
	return staging.items.items;
}

static void
set_stage_whole(void)
{
	ck_assert_int_eq(
	    buf_add(&stage_item(STAGE_WHOLE)->bytes, SPAN_LIT(NEW)), 0);
	user_file("root/.tutti/stage/1", "a leftover");
}

static void
set_stage_finish(void)
{
	stage_item(STAGE_FINISH);
	user_file("root/.tutti/stage/1", NEW " and more");
}

static int64_t
no_range(void *self, int from, uint64_t from_at, int to, uint64_t to_at,
    uint64_t len)
{
	(void)self, (void)from, (void)from_at;
	(void)to, (void)to_at, (void)len;
	return -EOPNOTSUPP;
}

/* On a file system that copies nothing inside. */
static void
set_stage_copy(void)
{
	struct stage_item *it = stage_item(STAGE_COPY);

	user_file("root/g", NEW);
	it->expect = world_look("root/g");
	ck_assert_int_eq(buf_add(&it->from, SPAN_LIT("g")), 0);
	w.hook.ops.copy_range = no_range;
}

static int
run_stage(void)
{
	stage_run(&staging);
	return staging.items.items[0].rc;
}

static void
check_stage(int rc)
{
	struct stat st;

	sweep_told(rc);
	ck_assert_uint_le(user_count("root/.tutti/stage"), 1);
	if (rc < 0)
		return;
	ck_assert_int_eq(staging.rc, 0);
	ck_assert(user_reads("root/.tutti/stage/1", NEW));
	ck_assert_int_eq(lstat(user_path("root/.tutti/stage/1"), &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, NEW_BITS);
	ck_assert_int_eq(st.st_mtim.tv_sec, NEW_NS / 1000000000);
}

enum { PIECE = 100000 };
static uint8_t pieces[2 * PIECE];

/* Two chunks of a donor whose blocks can be shared, and a hole. */
static void
set_stage_pieces(void)
{
	struct stage_item *it = stage_item(STAGE_PIECES);
	struct chunk c = {.len = PIECE};
	int fd = open(user_path("root/g"), O_WRONLY | O_CREAT, 0600);

	ck_assert_int_ge(fd, 0);
	memset(pieces, 'p', sizeof pieces);
	ck_assert_int_eq(write(fd, pieces, sizeof pieces), sizeof pieces);
	close(fd);
	chunks_release(&list);
	name_chunk(span_of(pieces, PIECE), &c.name);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(chunks_add(&list, &c), 0);
	it->size = list.size;
	ck_assert_int_eq(buf_add(&it->from, SPAN_LIT("g")), 0);
	ck_assert_int_eq(
	    VEC_PUSH(&it->pieces, (struct stage_piece){.n = 2}), 0);
	w.hook.clones = true;
}

/* What did not fail is there. */
static void
check_stage_pieces(int rc)
{
	const struct stage_item *it = staging.items.items;
	bool failed[2] = {false, false};
	char got[PIECE];
	int fd;

	sweep_told(rc);
	if (rc < 0)
		return;
	for (size_t i = 0; i < it->failed.n; i++)
		failed[it->failed.items[i]] = true;
	fd = open(user_path("root/.tutti/stage/1"), O_RDONLY);
	ck_assert_int_ge(fd, 0);
	for (int i = 0; i < 2; i++) {
		if (failed[i])
			continue;
		ck_assert_int_eq(pread(fd, got, PIECE, i * PIECE), PIECE);
		ck_assert_mem_eq(got, pieces, PIECE);
	}
	close(fd);
}

static void
end_stage(void)
{
	stage_job_release(&staging);
	chunks_release(&list);
}

/* ---- all of them ---------------------------------------------------------- */

static const struct sweep_job jobs[] = {
    {set_touch_dir, sweep_run, check_touch_dir, NULL},
    {set_touch_link, sweep_run, check_touch_link, NULL},
    {set_place_racy, sweep_run, check_place_racy, NULL},
    {set_place_kept, sweep_run, check_place_kept, NULL},
    {set_stage_whole, run_stage, check_stage, end_stage},
    {set_stage_finish, run_stage, check_stage, end_stage},
    {set_stage_copy, run_stage, check_stage, end_stage},
    {set_stage_pieces, run_stage, check_stage_pieces, end_stage},
};
enum { JOBS = sizeof jobs / sizeof *jobs };

TCase *
apply_sweep_tcase(void)
{
	TCase *tcase = world_tcase("sweep");

	sweep_add(tcase, jobs, JOBS);
	return tcase;
}
