/* SPDX-License-Identifier: Apache-2.0 */
/* Metadata: whose it is, what is set, and what goes on. */
#include "tests/daemon/plan/plan_test.h"

static struct scene s;
static struct buf old_part, new_part, acl_part;

/* A part with one attribute, or a part that speaks of them and has none. */
static void
attribute(struct buf *out, const char *value)
{
	struct wire_writer w = meta_begin(out, META_XATTR);

	if (value != NULL)
		meta_put(&w, &(struct meta_item){META_TAG_XATTR, SPAN_LIT("a"),
				 span_str(value)});
	ck_assert_int_eq(wire_writer_end(&w), 0);
}

static void
begin(void)
{
	scene_begin(&s, "a.txt");
	buf_init(&old_part, 256);
	buf_init(&new_part, 256);
	buf_init(&acl_part, 256);
	attribute(&old_part, "old");
	attribute(&new_part, "new");
	/* The group may read; somebody named, and so the mask, all. */
	ck_assert_int_eq(
	    buf_add(&acl_part, SPAN_LIT("\2\2\0\10\4\1\7\4some")), 0);
}

static void
end(void)
{
	scene_end(&s);
	buf_release(&old_part);
	buf_release(&new_part);
	buf_release(&acl_part);
}

static struct meta_seen
seen(const struct buf *part)
{
	struct meta_seen m = {.looked = (uint8_t)meta_spoken(buf_span(part))};

	for (int i = 0; i < META_CLASSES; i++)
		m.sums[i] = meta_sum(buf_span(part), 1U << i);
	return m;
}

/* A version with a part, or without for NULL. */
static const struct version *
says(const struct buf *part, struct dot dot)
{
	s.meta = part != NULL ? buf_span(part) : span_of(NULL, 0);
	return scene_follow(&s, KIND_FILE, "x", 5, dot);
}

/* Base is the version, with what it says; and so is the disk. */
static void
at_base(const struct version *v, const struct buf *part)
{
	scene_base(&s, v);
	scene_show(&s, v);
	if (part != NULL)
		s.e.base.seen.meta = s.e.disk.meta = seen(part);
}

static enum plan_look
look(void)
{
	return scene_look(&s).look;
}

START_TEST(another_attribute_than_at_base_is_a_change)
{
	at_base(says(&old_part, DOT(1, 1)), &old_part);
	ck_assert_int_eq(look(), PLAN_LOOK_SAME);
	s.e.disk.meta = seen(&new_part);
	ck_assert_int_eq(look(), PLAN_LOOK_CHANGE);
	ck_assert(!entry_settled(&s.e));
	s.e.disk.meta.sums[0] = 0;
	ck_assert_int_eq(look(), PLAN_LOOK_CHANGE);
	/* What is not looked at says nothing. */
	s.e.disk.meta = (struct meta_seen){.looked = 0};
	ck_assert_int_eq(look(), PLAN_LOOK_SAME);
	ck_assert(entry_settled(&s.e));
}
END_TEST

START_TEST(a_class_that_nobody_spoke_of_is_said_if_there_is_any)
{
	at_base(says(NULL, DOT(1, 1)), NULL);
	s.e.disk.meta.looked = META_XATTR;
	ck_assert_int_eq(look(), PLAN_LOOK_SAME);
	s.e.disk.meta = seen(&new_part);
	ck_assert_int_eq(look(), PLAN_LOOK_CHANGE);
	/* Owners there always are. */
	s.e.disk.meta =
	    (struct meta_seen){.looked = META_OWNER, .sums = {0, 0, 7}};
	ck_assert_int_eq(look(), PLAN_LOOK_SAME);
}
END_TEST

START_TEST(a_class_that_is_new_here_comes_as_the_version_says)
{
	const struct version *v = says(&old_part, DOT(1, 1));

	at_base(v, NULL);
	s.e.disk.meta = seen(&new_part);
	ck_assert_int_eq(look(), PLAN_LOOK_ADOPT);
	ck_assert(dot_equal(scene_look(&s).version->dot, v->dot));
	ck_assert(!plan_shows(&s.e.disk, v));
	s.e.disk.meta = seen(&old_part);
	ck_assert_int_eq(look(), PLAN_LOOK_SAME);
	ck_assert(plan_shows(&s.e.disk, v));
}
END_TEST

START_TEST(a_version_that_differs_in_metadata_alone_is_a_touch)
{
	at_base(says(&old_part, DOT(1, 1)), &old_part);
	(void)says(&new_part, DOT(2, 1));
	ck_assert_int_eq(scene_plan(&s), PLAN_TOUCH);
	/* Not where the class is not carried. */
	s.e.disk.meta = s.e.base.seen.meta = (struct meta_seen){.looked = 0};
	ck_assert_int_eq(scene_plan(&s), PLAN_SETTLE);
}
END_TEST

START_TEST(a_version_that_does_not_speak_of_it_takes_nothing_away)
{
	at_base(says(&old_part, DOT(1, 1)), &old_part);
	(void)says(NULL, DOT(2, 1));
	ck_assert_int_eq(scene_plan(&s), PLAN_SETTLE);
	/* What stays is then said anew. */
	entry_agree(&s.e, NULL, &s.e.disk, 0);
	ck_assert_int_eq(look(), PLAN_LOOK_SAME); /* derived: nobody's */
	at_base(version_set_find(&s.e.known, DOT(2, 1)), &old_part);
	entry_agree(&s.e, s.e.base.version, &s.e.disk, 0);
	ck_assert_int_eq(look(), PLAN_LOOK_CHANGE);
}
END_TEST

START_TEST(what_was_set_in_part_when_we_stopped_is_no_change)
{
	struct buf half;

	buf_init(&half, 256);
	attribute(&half, NULL);
	at_base(says(&old_part, DOT(1, 1)), &old_part);
	scene_intent(&s, says(&new_part, DOT(2, 1)));
	s.e.disk.meta = seen(&half);
	ck_assert_int_eq(look(), PLAN_LOOK_ADOPT);
	/* Also of new content, which had its name already. */
	s.meta = buf_span(&new_part);
	scene_intent(&s, scene_follow(&s, KIND_FILE, "y", 9, DOT(2, 2)));
	scene_disk(&s, KIND_FILE, "y", 9);
	s.e.disk.meta.looked = META_XATTR;
	ck_assert_int_eq(look(), PLAN_LOOK_ADOPT);
	/* A time of the user's is one. */
	s.e.disk.mtime_ns = 11;
	ck_assert_int_eq(look(), PLAN_LOOK_CHANGE);
	buf_release(&half);
}
END_TEST

/* What the version of the change on the disk says; s.read was read there. */
static bool
makes(struct span want)
{
	struct version *v = scene_make(&s, DOT(9, 1));
	bool same = span_equal(v->meta, want);

	version_free(v);
	return same;
}

START_TEST(a_change_says_what_the_user_changed_and_goes_on_with_the_rest)
{
	struct buf none, both;

	buf_init(&none, 256);
	buf_init(&both, 256);
	attribute(&none, NULL);
	at_base(says(&old_part, DOT(1, 1)), &old_part);
	/* Of content alone. */
	scene_disk(&s, KIND_FILE, "y", 5);
	ck_assert(makes(buf_span(&old_part)));
	s.e.disk.meta = seen(&old_part);
	s.read = buf_span(&old_part);
	ck_assert(makes(buf_span(&old_part)));
	/* Of the attribute; that there is none now is said too. */
	s.e.disk.meta = seen(&new_part);
	s.read = buf_span(&new_part);
	ck_assert(makes(buf_span(&new_part)));
	s.e.disk.meta = seen(&none);
	s.read = buf_span(&none);
	ck_assert(makes(buf_span(&none)));
	/* Together with a class that is not looked at here. */
	at_base(says(&acl_part, DOT(1, 2)), NULL);
	s.e.disk.meta = seen(&new_part);
	s.read = buf_span(&new_part);
	ck_assert_int_eq(
	    meta_merge(s.read, META_XATTR, buf_span(&acl_part), &both), 0);
	ck_assert(makes(buf_span(&both)));
	buf_release(&none);
	buf_release(&both);
}
END_TEST

START_TEST(an_attribute_that_could_not_be_set_here_goes_on)
{
	struct buf none, more;
	struct wire_writer w;

	buf_init(&none, 256);
	buf_init(&more, 256);
	attribute(&none, NULL);
	/* Base says "a", and saw none of it. */
	at_base(says(&old_part, DOT(1, 1)), &none);
	w = meta_begin(&more, META_XATTR);
	meta_put(&w,
	    &(struct meta_item){META_TAG_XATTR, SPAN_LIT("b"), SPAN_LIT("2")});
	ck_assert_int_eq(wire_writer_end(&w), 0);
	s.e.disk.meta = seen(&more);
	s.read = buf_span(&more);
	ck_assert(makes(SPAN_LIT("\1\1\1a\3old\1\1b\0012")));
	/* The user's own of that name is his. */
	s.e.disk.meta = seen(&new_part);
	s.read = buf_span(&new_part);
	ck_assert(makes(buf_span(&new_part)));
	buf_release(&none);
	buf_release(&more);
}
END_TEST

START_TEST(of_a_new_file_without_any_nothing_is_said)
{
	struct buf none;

	buf_init(&none, 256);
	attribute(&none, NULL);
	scene_disk(&s, KIND_FILE, "x", 5);
	s.e.disk.meta = seen(&none);
	s.read = buf_span(&none);
	ck_assert(makes(span_of(NULL, 0)));
	buf_release(&none);
}
END_TEST

START_TEST(another_kind_has_no_metadata_of_the_one_before)
{
	at_base(says(&old_part, DOT(1, 1)), &old_part);
	scene_disk(&s, KIND_DIR, "DIR", 0);
	ck_assert(makes(span_of(NULL, 0)));
	scene_disk(&s, KIND_SYMLINK, "there", 0);
	ck_assert(makes(span_of(NULL, 0)));
}
END_TEST

START_TEST(bits_that_are_a_mask_are_narrow_without_the_list_and_come_back)
{
	const struct version *v;
	struct version *made;

	s.bits = 0670;
	v = says(&acl_part, DOT(1, 1));
	at_base(v, NULL);
	s.e.disk.bits = s.e.base.seen.bits = 0640;
	ck_assert(plan_shows(&s.e.disk, v));
	s.e.disk.content = word_name("y");
	made = scene_make(&s, DOT(9, 1));
	ck_assert_int_eq(made->bits, 0670);
	version_free(made);
	/* The user's own are his. */
	s.e.disk.bits = 0600;
	made = scene_make(&s, DOT(9, 2));
	ck_assert_int_eq(made->bits, 0600);
	version_free(made);
	/* With the list all are shown. */
	s.e.disk.bits = 0670;
	s.e.disk.content = v->content;
	s.e.disk.meta = seen(&acl_part);
	ck_assert(plan_shows(&s.e.disk, v));
}
END_TEST

START_TEST(a_conflict_copy_says_what_the_loser_says)
{
	static const uint8_t device[DEVICE_BYTES] = {7};
	struct plan_maker maker = {.dot = DOT(9, 1), .device = device};
	struct version *v;

	ck_assert_int_eq(
	    plan_make_copy(says(&old_part, DOT(1, 1)), &maker, &v), 0);
	ck_assert(span_equal(v->meta, buf_span(&old_part)));
	version_free(v);
}
END_TEST

TCase *
plan_meta_tcase(void)
{
	TCase *t = tcase_create("meta");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, another_attribute_than_at_base_is_a_change);
	tcase_add_test(t, a_class_that_nobody_spoke_of_is_said_if_there_is_any);
	tcase_add_test(t, a_class_that_is_new_here_comes_as_the_version_says);
	tcase_add_test(t, a_version_that_differs_in_metadata_alone_is_a_touch);
	tcase_add_test(
	    t, a_version_that_does_not_speak_of_it_takes_nothing_away);
	tcase_add_test(t, what_was_set_in_part_when_we_stopped_is_no_change);
	tcase_add_test(
	    t, a_change_says_what_the_user_changed_and_goes_on_with_the_rest);
	tcase_add_test(t, an_attribute_that_could_not_be_set_here_goes_on);
	tcase_add_test(t, of_a_new_file_without_any_nothing_is_said);
	tcase_add_test(t, another_kind_has_no_metadata_of_the_one_before);
	tcase_add_test(
	    t, bits_that_are_a_mask_are_narrow_without_the_list_and_come_back);
	tcase_add_test(t, a_conflict_copy_says_what_the_loser_says);
	return t;
}
