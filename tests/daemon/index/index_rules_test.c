/* SPDX-License-Identifier: Apache-2.0 */
/* The pure rules of entry.c. */
#include <string.h>

#include "tests/daemon/index/index_world.h"

static struct world w; /* for its random numbers alone */

static void
know(struct entry *e, int kind, uint64_t counter)
{
	bool is_new;

	ok(version_set_add(&e->known,
	    world_version(&w, "p", kind, (struct dot){9, counter}), NULL,
	    &is_new));
}

/* Disk and base as the winner says. */
static void
agree(struct entry *e)
{
	const struct version *v = version_set_winner(&e->known);

	e->disk = world_observation(&w, v);
	version_free(e->base.version);
	e->base.present = true;
	ok(version_copy(v, &e->base.version));
	e->base.seen = e->disk;
}

START_TEST(same_looks_only_at_what_counts_for_the_kind)
{
	struct observation a = {.kind = KIND_FILE}, b = a;

	b.ino = b.ctime_ns = b.racy = true;
	ck_assert(observation_same(&a, &b));
	b.mtime_ns = 1;
	ck_assert(!observation_same(&a, &b));
	a.kind = b.kind = KIND_DIR;
	ck_assert(observation_same(&a, &b));
	b.bits = 1;
	ck_assert(!observation_same(&a, &b));
	a.kind = b.kind = KIND_SYMLINK;
	ck_assert(!observation_same(&a, &b)); /* the mtime */
	b.mtime_ns = 0;
	ck_assert(observation_same(&a, &b));
	b.content.b[5] = 1;
	ck_assert(!observation_same(&a, &b));
	a.kind = b.kind = KIND_OPAQUE;
	ck_assert(observation_same(&a, &b));
	b.kind = KIND_NONE;
	ck_assert(!observation_same(&a, &b));
}
END_TEST

START_TEST(unmoved_sees_every_field_of_a_stat)
{
	const struct observation a = {.kind = KIND_FILE};
	struct observation b[8];

	for (size_t i = 0; i < 8; i++)
		b[i] = a;
	b[0].kind = KIND_SYMLINK;
	b[1].racy = true;
	b[2].bits = 1;
	b[3].size = 1;
	b[4].mtime_ns = 1;
	b[5].ctime_ns = 1;
	b[6].ino = 1;
	for (size_t i = 0; i < 7; i++) {
		ck_assert(!observation_unmoved(&a, &b[i]));
		ck_assert(!observation_unmoved(&b[i], &a));
	}
	b[7].content.b[0] = 1;
	ck_assert(observation_unmoved(&a, &b[7]));
}
END_TEST

START_TEST(an_empty_entry_is_settled_and_dead)
{
	struct entry e;

	entry_init(&e);
	ck_assert(entry_settled(&e));
	ck_assert(!entry_alive(&e));
	e.disk.kind = KIND_OPAQUE; /* not ours to announce */
	ck_assert(entry_settled(&e));
	e.disk.kind = KIND_FILE; /* new here */
	ck_assert(!entry_settled(&e));
	entry_release(&e);
}
END_TEST

START_TEST(a_known_version_waits_until_disk_and_base_agree)
{
	static const int kinds[] = {
	    KIND_FILE, KIND_DIR, KIND_SYMLINK, KIND_GONE};

	for (size_t i = 0; i < 4; i++) {
		struct entry e;
		entry_init(&e);
		know(&e, kinds[i], 1);
		ck_assert(!entry_settled(&e));
		ck_assert_int_eq(entry_alive(&e), kinds[i] != KIND_GONE);
		agree(&e);
		ck_assert(entry_settled(&e));
		e.intent.present = true;
		ck_assert(!entry_settled(&e));
		e.intent.present = false;
		e.suspect = true;
		ck_assert(!entry_settled(&e));
		e.suspect = false;
		e.disk.kind = kinds[i] == KIND_FILE ? KIND_DIR : KIND_FILE;
		ck_assert(!entry_settled(&e));
		/* What is ignored waits for nothing. */
		e.disk =
		    (struct observation){.kind = KIND_OPAQUE, .racy = true};
		ck_assert(observation_unseen(&e.disk));
		ck_assert(entry_settled(&e));
		e.intent.present = true;
		ck_assert(!entry_settled(&e));
		e.intent.present = false;
		entry_release(&e);
	}
}
END_TEST

START_TEST(a_newer_version_opens_a_settled_entry)
{
	struct entry e;

	entry_init(&e);
	know(&e, KIND_FILE, 1);
	agree(&e);
	know(&e, KIND_FILE, 2);
	ck_assert(!entry_settled(&e));
	agree(&e);
	ck_assert(entry_settled(&e));
	entry_release(&e);
}
END_TEST

START_TEST(a_child_that_lives_makes_a_directory_of_anything)
{
	static const int kinds[] = {KIND_NONE, KIND_FILE, KIND_GONE};

	for (size_t i = 0; i < 3; i++) {
		struct entry e;
		bool derived;
		entry_init(&e);
		if (kinds[i] != KIND_NONE)
			know(&e, kinds[i], 1);
		e.child_alive = true;
		ck_assert_ptr_null(entry_wanted(&e, &derived));
		ck_assert(derived);
		ck_assert(entry_alive(&e));
		ck_assert(!entry_settled(&e));
		e.disk = (struct observation){.kind = KIND_DIR, .bits = 0755};
		e.base.present = true;
		e.base.seen = e.disk;
		ck_assert(entry_settled(&e));
		e.disk.bits = 0700;
		ck_assert(!entry_settled(&e));
		entry_release(&e);
	}
}
END_TEST

START_TEST(a_directory_that_wins_needs_no_child)
{
	struct entry e;
	bool derived;

	entry_init(&e);
	know(&e, KIND_DIR, 1);
	e.child_alive = true;
	ck_assert_ptr_eq(entry_wanted(&e, &derived), e.known.v.items[0]);
	ck_assert(!derived);
	entry_release(&e);
}
END_TEST

START_TEST(an_opaque_thing_where_nothing_is_wanted_is_left_alone)
{
	struct entry e;

	entry_init(&e);
	know(&e, KIND_GONE, 1);
	agree(&e);
	e.disk.kind = KIND_OPAQUE;
	ck_assert(entry_settled(&e));
	know(&e, KIND_FILE, 2); /* waits for it to go */
	ck_assert(!entry_settled(&e));
	entry_release(&e);
}
END_TEST

/* A version that speaks of attributes alone. */
static struct version *
speaking(void)
{
	struct version d = {.path = SPAN_LIT("p"),
	    .kind = KIND_FILE,
	    .content = world_name(1),
	    .dot = {9, 1},
	    .meta = SPAN_LIT("\1\1\1a\0011")};
	struct version *v;

	ok(vector_raise(&d.vector, d.dot));
	ok(version_new(&d, &v));
	vector_release(&d.vector);
	return v;
}

static struct observation
with_meta(unsigned looked, uint64_t xattr, uint64_t acl, uint64_t owner)
{
	return (struct observation){.kind = KIND_FILE,
	    .content = world_name(1),
	    .meta = {(uint8_t)looked, {xattr, acl, owner}}};
}

START_TEST(metadata_is_the_same_where_both_looked)
{
	struct observation a = with_meta(META_XATTR | META_ACL, 5, 6, 0);
	struct observation b = with_meta(META_XATTR | META_OWNER, 5, 0, 7);

	ck_assert(observation_same(&a, &b));
	ck_assert(!meta_seen_equal(&a.meta, &b.meta));
	b.meta.sums[0] = 4;
	ck_assert(!observation_same(&a, &b));
	b.meta = a.meta;
	ck_assert(meta_seen_equal(&a.meta, &b.meta));
	b.meta.sums[1] = 4;
	ck_assert(!meta_seen_equal(&a.meta, &b.meta));
}
END_TEST

START_TEST(metadata_that_is_another_or_new_is_a_change)
{
	struct observation seen = with_meta(META_XATTR, 5, 0, 0);
	struct observation now = with_meta(META_ALL, 5, 0, 7);
	struct entry e;

	entry_init(&e);
	entry_agree(&e, speaking(), &seen, 0);
	/* Nothing of a class that base did not see is no news; an owner
	 * alone is said with the next version. */
	ck_assert_uint_eq(entry_meta_changed(&e, &now), 0);
	now.meta.sums[1] = 6;
	ck_assert_uint_eq(entry_meta_changed(&e, &now), META_ACL);
	now.meta.sums[0] = 4;
	ck_assert_uint_eq(entry_meta_changed(&e, &now), META_ACL | META_XATTR);
	/* Of what was not looked at nothing is concluded. */
	now.meta.looked = 0;
	ck_assert_uint_eq(entry_meta_changed(&e, &now), 0);
	entry_release(&e);
}
END_TEST

START_TEST(what_a_version_does_not_speak_of_is_yet_to_be_said)
{
	struct observation now = with_meta(META_ALL, 5, 6, 7);
	struct version *v = speaking();
	struct entry e;

	entry_init(&e);
	entry_agree(&e, v, &now, 3);
	ck_assert_uint_eq(e.base.seen.meta.looked, META_XATTR | META_OWNER);
	ck_assert_uint_eq(e.base.seen.meta.sums[1], 0);
	ck_assert_uint_eq(e.base.era, 3);
	ck_assert_uint_eq(entry_meta_changed(&e, &now), META_ACL);
	/* The same once more keeps it; none at all sees everything. */
	entry_agree(&e, v, &now, 0);
	ck_assert_ptr_eq(e.base.version, v);
	entry_agree(&e, NULL, &now, 0);
	ck_assert_ptr_null(e.base.version);
	ck_assert_uint_eq(e.base.seen.meta.looked, META_ALL);
	entry_release(&e);
}
END_TEST

TCase *
index_rules_tcase(void)
{
	TCase *t = tcase_create("rules");

	tcase_add_test(t, same_looks_only_at_what_counts_for_the_kind);
	tcase_add_test(t, unmoved_sees_every_field_of_a_stat);
	tcase_add_test(t, an_empty_entry_is_settled_and_dead);
	tcase_add_test(t, a_known_version_waits_until_disk_and_base_agree);
	tcase_add_test(t, a_newer_version_opens_a_settled_entry);
	tcase_add_test(t, a_child_that_lives_makes_a_directory_of_anything);
	tcase_add_test(t, a_directory_that_wins_needs_no_child);
	tcase_add_test(
	    t, an_opaque_thing_where_nothing_is_wanted_is_left_alone);
	tcase_add_test(t, metadata_is_the_same_where_both_looked);
	tcase_add_test(t, metadata_that_is_another_or_new_is_a_change);
	tcase_add_test(t, what_a_version_does_not_speak_of_is_yet_to_be_said);
	return t;
}
