/* SPDX-License-Identifier: Apache-2.0 */
/* Items, and sources of theirs, that are not what they should be. */
#include "tests/daemon/apply/apply_world.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STAGED "root/.tutti/stage/7"
#define KEPT "root/.tutti/quarantine/7"

static void
new_item(enum apply_source source)
{
	world_reset();
	world_item(PLAN_PLACE, "f");
	if (source != APPLY_NONE)
		world_source(source, "g");
}

START_TEST(what_is_no_action_on_the_disk_is_refused)
{
	static const enum plan_what whats[] = {PLAN_NOTHING, PLAN_SETTLE,
	    PLAN_COPY, PLAN_FETCH, PLAN_KEEP, PLAN_WAIT};

	for (size_t i = 0; i < sizeof whats / sizeof *whats; i++) {
		new_item(APPLY_STAGED);
		w.it->what = whats[i];
		ck_assert_int_eq(world_run(), -EINVAL);
		ck_assert(!user_has("root/f") && user_reads(STAGED, NEW));
	}
}
END_TEST

START_TEST(a_file_from_nowhere_is_refused)
{
	new_item(APPLY_NONE);
	ck_assert_int_eq(world_run(), -EINVAL);
	ck_assert(!user_has("root/f"));
}
END_TEST

START_TEST(a_name_that_is_too_long_is_refused)
{
	char name[LIMIT_NAME_BYTES + 2];

	memset(name, 'n', sizeof name);
	new_item(APPLY_STAGED);
	buf_clear(&w.it->path);
	ck_assert_int_eq(buf_add(&w.it->path, span_of(name, sizeof name)), 0);
	ck_assert_int_eq(world_run(), -ENAMETOOLONG);
	ck_assert(user_reads(STAGED, NEW));
}
END_TEST

START_TEST(what_is_staged_has_to_be_a_file_of_that_size)
{
	new_item(APPLY_STAGED);
	user_file(STAGED, NEW "!");
	ck_assert_int_eq(world_run(), ERR_MISMATCH);
	unlink(user_path(STAGED));
	user_link(STAGED, NEW);
	ck_assert_int_eq(world_run(), ERR_MISMATCH);
	unlink(user_path(STAGED));
	user_dir(STAGED);
	ck_assert_int_eq(world_run(), ERR_MISMATCH);
	ck_assert(!user_has("root/f"));
}
END_TEST

START_TEST(what_is_staged_gets_its_time_where_only_that_is_another)
{
	new_item(APPLY_STAGED);
	user_meta(STAGED, NEW_BITS, OLD_NS);
	ck_assert_int_eq(world_run(), 0);
	ck_assert_int_eq(world_look("root/f").mtime_ns, NEW_NS);
	ck_assert_int_eq(world_look("root/f").bits, NEW_BITS);
}
END_TEST

START_TEST(what_is_kept_has_to_be_a_file)
{
	new_item(APPLY_KEPT);
	unlink(user_path(KEPT));
	user_dir(KEPT);
	ck_assert_int_eq(world_run(), ERR_MISMATCH);
	ck_assert(!user_has("root/f"));
}
END_TEST

static void
touch_kept(void *arg)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = 77}};

	(void)arg;
	/* It may have left quarantine already. */
	(void)!utimensat(AT_FDCWD, user_path(KEPT), times, 0);
}

/* What was hashed has to be what is placed. */
START_TEST(what_is_kept_and_changes_meanwhile_is_busy)
{
	bool busy = false;
	unsigned n = 0;
	int rc;

	do {
		new_item(APPLY_KEPT);
		w.place.leases = false;
		w.hook.acts[0].before = ++n;
		w.hook.acts[0].cb = touch_kept;
		rc = world_run();
		busy |= rc == ERR_BUSY;
		ck_assert(rc == 0 || rc == ERR_BUSY || rc == ERR_CHANGED);
		ck_assert(user_reads(rc == ERR_BUSY ? KEPT : "root/f", NEW));
	} while (w.hook.calls >= n);
	ck_assert(busy);
}
END_TEST

START_TEST(a_link_is_never_moved)
{
	new_item(APPLY_MOVED);
	unlink(user_path("root/g"));
	user_link("root/g", NEW);
	w.it->from_expect = world_look("root/g");
	ck_assert_int_eq(world_run(), ERR_CHANGED);
	ck_assert(user_reads("root/g", NEW) && !user_has("root/f"));
	ck_assert(!w.it->kept);
}
END_TEST

/* Its other names would change with it: it is to be copied. */
START_TEST(L46_a_file_with_several_names_is_moved_as_it_is_or_not_at_all)
{
	new_item(APPLY_MOVED);
	user_hard_link("root/g", "gone/k");
	w.it->from_expect = world_look("root/g");
	ck_assert_int_eq(world_run(), -EMLINK);
	ck_assert(user_reads("root/g", NEW) && !user_has("root/f"));
	ck_assert_int_eq(world_look("gone/k").mtime_ns, OLD_NS);
	user_meta("root/g", NEW_BITS, NEW_NS);
	w.it->from_expect = world_look("root/g");
	ck_assert_int_eq(world_run(), 0);
	ck_assert(user_reads("root/f", NEW) && !user_has("root/g"));
	ck_assert_uint_eq(world_look("root/f").ino, world_look("gone/k").ino);
}
END_TEST

START_TEST(L46_what_is_kept_and_has_another_name_is_copied)
{
	new_item(APPLY_KEPT);
	user_hard_link(KEPT, "gone/k");
	ck_assert_int_eq(world_run(), 0);
	ck_assert_int_eq(w.it->source, APPLY_COPIED);
	ck_assert_int_eq(world_look("root/f").mtime_ns, NEW_NS);
	ck_assert_int_eq(world_look("gone/k").mtime_ns, OLD_NS);
	ck_assert(user_reads("root/f", NEW) && user_reads(KEPT, NEW));
	ck_assert_uint_eq(user_count("root/.tutti/stage"), 0);
}
END_TEST

START_TEST(a_moved_file_of_another_size_goes_back)
{
	new_item(APPLY_MOVED);
	w.it->size++;
	ck_assert_int_eq(world_run(), ERR_MISMATCH);
	ck_assert(user_reads("root/g", NEW) && !user_has("root/f"));
	ck_assert_int_eq(world_look("root/g").mtime_ns, OLD_NS);
	ck_assert_int_eq(world_look("root/g").bits, OLD_BITS);
}
END_TEST

/* A staged file may have the number that the link would have. */
START_TEST(a_link_without_a_fit_text_is_refused_and_takes_nothing_with_it)
{
	static char text[LIMIT_TARGET_BYTES + 1];
	const struct span texts[] = {
	    SPAN_LIT(""), SPAN_LIT("a\0b"), span_of(text, sizeof text)};

	memset(text, 'x', sizeof text);
	for (size_t i = 0; i < 3; i++) {
		new_item(APPLY_NONE);
		w.it->kind = KIND_SYMLINK;
		buf_release(&w.it->target);
		buf_init(&w.it->target, sizeof text);
		ck_assert_int_eq(buf_add(&w.it->target, texts[i]), 0);
		user_file("root/.tutti/stage/8", NEW);
		ck_assert_int_eq(world_run(), -EINVAL);
		ck_assert(user_reads("root/.tutti/stage/8", NEW));
		ck_assert(!user_has("root/f"));
	}
}
END_TEST

START_TEST(a_copy_whose_directory_is_not_there_is_kept)
{
	user_file("root/f", OLD);
	world_item(PLAN_PLACE, "f");
	world_source(APPLY_STAGED, NULL);
	ck_assert_int_eq(buf_add(&w.it->copy, SPAN_LIT("d/copy")), 0);
	ck_assert_int_eq(world_run(), 0);
	ck_assert(!w.it->copied && world_keeps(OLD));
	ck_assert(user_reads("root/f", NEW));
}
END_TEST

START_TEST(what_is_neither_file_nor_link_is_not_moved)
{
	ck_assert_int_eq(mkfifo(user_path("root/f"), 0600), 0);
	world_item(PLAN_PLACE, "f");
	world_source(APPLY_STAGED, NULL);
	w.it->expect.kind = KIND_OPAQUE;
	ck_assert_int_eq(world_run(), ERR_CHANGED);
	w.it->what = PLAN_REMOVE;
	ck_assert_int_eq(world_run(), ERR_CHANGED);
	ck_assert(user_has("root/f") && !w.it->kept);
}
END_TEST

/* ---- touching ------------------------------------------------------------- */

static void
touched(const char *path, int kind)
{
	world_item(PLAN_TOUCH, path);
	w.it->kind = kind;
	w.it->bits = kind == KIND_DIR ? 0700 : NEW_BITS;
}

START_TEST(only_what_is_of_that_kind_is_touched)
{
	user_file("root/f", OLD);
	touched("f", KIND_DIR);
	ck_assert_int_eq(world_run(), ERR_CHANGED);
	touched("f", KIND_OPAQUE);
	w.it->expect.kind = KIND_OPAQUE;
	ck_assert_int_eq(world_run(), ERR_CHANGED);
	ck_assert_int_eq(world_look("root/f").bits, OLD_BITS);
	ck_assert_int_eq(world_look("root/f").mtime_ns, OLD_NS);
}
END_TEST

START_TEST(a_directory_that_is_another_or_changed_is_not_touched)
{
	for (int i = 0; i < 3; i++) {
		world_reset();
		user_dir("root/d");
		touched("d", KIND_DIR);
		if (i == 0)
			w.it->expect.ino++;
		else if (i == 1)
			w.it->expect.bits = 0711;
		else
			ck_assert_int_eq(rmdir(user_path("root/d")), 0);
		if (i == 2)
			user_file("root/d", OLD);
		ck_assert_int_eq(world_run(), ERR_CHANGED);
		ck_assert_int_eq(
		    world_look("root/d").bits, i == 2 ? OLD_BITS : 0755);
	}
}
END_TEST

static void
chmod_dir(void *arg)
{
	(void)arg;
	ck_assert_int_eq(chmod(user_path("root/d"), 0711), 0);
}

static void
other_dir(void *arg)
{
	(void)arg;
	ck_assert_int_eq(rename(user_path("root/d"), user_path("gone/d")), 0);
	user_dir("root/d");
}

static void
other_link(void *arg)
{
	(void)arg;
	ck_assert_int_eq(rename(user_path("root/d"), user_path("gone/d")), 0);
	user_link("root/d", "other");
}

static void
append(void *arg)
{
	int fd = open(user_path("root/d"), O_WRONLY | O_APPEND);

	(void)arg;
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "+", 1), 1);
	close(fd);
}

static const struct {
	int kind;
	host_cb *act;
} touches[] = {
    {KIND_DIR, chmod_dir},
    {KIND_DIR, other_dir},
    {KIND_SYMLINK, other_link},
    {KIND_FILE, append},
};

/* A user acts before each call: a look that sees nothing moved since is right
 * about what is there (LESSONS 68). */
START_TEST(L68_what_changes_while_it_is_touched_is_told)
{
	int kind = touches[_i].kind, rc;
	unsigned n = 0, changed = 0;
	struct observation seen;

	do {
		world_reset();
		w.place.leases = false;
		if (kind == KIND_DIR)
			user_dir("root/d");
		else if (kind == KIND_SYMLINK)
			user_link("root/d", "x");
		else
			user_file("root/d", OLD);
		touched("d", kind);
		w.hook.acts[0].before = ++n;
		w.hook.acts[0].cb = touches[_i].act;
		rc = world_run();
		changed += rc == ERR_CHANGED;
		ck_assert(rc == 0 || rc == ERR_CHANGED);
		seen = world_look("root/d");
		if (rc < 0 || !observation_unmoved(&seen, &w.it->now))
			continue;
		if (kind == KIND_DIR)
			ck_assert_int_eq(seen.bits, 0700);
		else
			ck_assert(user_reads(
			    "root/d", kind == KIND_FILE ? OLD : "x"));
	} while (w.hook.calls >= n);
	ck_assert_uint_gt(changed, 0);
}
END_TEST

static int
no_bits(void *self, int fd, int bits)
{
	(void)self, (void)fd, (void)bits;
	return 0;
}

/* What is there is told, and so becomes what base saw (LESSONS 71). */
START_TEST(L71_a_file_system_without_bits_is_taken_as_it_is)
{
	user_dir("root/d");
	touched("d", KIND_DIR);
	w.hook.ops.set_bits = no_bits;
	ck_assert_int_eq(world_run(), 0);
	ck_assert_int_eq(w.it->now.bits, 0755);
}
END_TEST

TCase *
apply_source_tcase(void)
{
	TCase *tcase = world_tcase("source");

	tcase_add_test(tcase, what_is_no_action_on_the_disk_is_refused);
	tcase_add_test(tcase, a_file_from_nowhere_is_refused);
	tcase_add_test(tcase, a_name_that_is_too_long_is_refused);
	tcase_add_test(tcase, what_is_staged_has_to_be_a_file_of_that_size);
	tcase_add_test(
	    tcase, what_is_staged_gets_its_time_where_only_that_is_another);
	tcase_add_test(tcase, what_is_kept_has_to_be_a_file);
	tcase_add_test(tcase, what_is_kept_and_changes_meanwhile_is_busy);
	tcase_add_test(tcase, a_link_is_never_moved);
	tcase_add_test(tcase,
	    L46_a_file_with_several_names_is_moved_as_it_is_or_not_at_all);
	tcase_add_test(tcase, L46_what_is_kept_and_has_another_name_is_copied);
	tcase_add_test(tcase, a_moved_file_of_another_size_goes_back);
	tcase_add_test(tcase,
	    a_link_without_a_fit_text_is_refused_and_takes_nothing_with_it);
	tcase_add_test(tcase, a_copy_whose_directory_is_not_there_is_kept);
	tcase_add_test(tcase, what_is_neither_file_nor_link_is_not_moved);
	tcase_add_test(tcase, only_what_is_of_that_kind_is_touched);
	tcase_add_test(
	    tcase, a_directory_that_is_another_or_changed_is_not_touched);
	tcase_add_test(tcase, L71_a_file_system_without_bits_is_taken_as_it_is);
	tcase_add_loop_test(
	    tcase, L68_what_changes_while_it_is_touched_is_told, 0, 4);
	return tcase;
}
