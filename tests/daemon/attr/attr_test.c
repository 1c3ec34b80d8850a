/* SPDX-License-Identifier: Apache-2.0 */
/* Metadata of one file of a host made for this: it has whatever attributes, and
 * knows ana (1), bo (2), and for groups all (8). */
#include "daemon/attr/attr.h"

#include <errno.h>
#include <string.h>

#include "tests/run.h"

enum { ATTRS = 8, FD = 7, NOT_SET = -1 };

static const char access_list[] = "system.posix_acl_access";
static const char default_list[] = "system.posix_acl_default";

static struct {
	struct {
		char name[64];
		char bytes[256];
		int len; /* NOT_SET: there is none */
	} v[ATTRS];
	struct host_stat st;
	int set_rc, own_rc; /* what setting says */
	bool none; /* a file system without */
	size_t large; /* all values have so many bytes, if not 0 */
	size_t changes;
} file;

/* ---- the host ------------------------------------------------------------ */

static int
find(const char *name)
{
	for (int i = 0; i < ATTRS; i++)
		if (file.v[i].len != NOT_SET &&
		    strcmp(file.v[i].name, name) == 0)
			return i;
	return -1;
}

static int
list_xattrs(void *self, int fd, struct buf *out)
{
	int rc = 0;

	(void)self;
	ck_assert_int_eq(fd, FD);
	if (file.none)
		return -EOPNOTSUPP;
	for (int i = 0; rc == 0 && i < ATTRS; i++)
		if (file.v[i].len != NOT_SET)
			rc = buf_add(out, span_of(file.v[i].name,
					      strlen(file.v[i].name) + 1));
	return rc;
}

static int
get_xattr(void *self, int fd, const char *name, struct buf *out)
{
	int i = find(name);

	(void)self;
	ck_assert_int_eq(fd, FD);
	if (file.none)
		return -EOPNOTSUPP;
	if (i >= 0 && file.large > 0) {
		static char bytes[LIMIT_META_BYTES];

		return buf_add(out, span_of(bytes, file.large));
	}
	return i < 0 ? -ENODATA
		     : buf_add(out,
			   span_of(file.v[i].bytes, (size_t)file.v[i].len));
}

static void
put(const char *name, struct span value)
{
	int i = find(name);

	for (int k = 0; i < 0 && k < ATTRS; k++)
		if (file.v[k].len == NOT_SET)
			i = k;
	ck_assert_int_ge(i, 0);
	ck_assert_uint_le(value.len, sizeof file.v[i].bytes);
	strcpy(file.v[i].name, name);
	memcpy(file.v[i].bytes, value.p, value.len);
	file.v[i].len = (int)value.len;
}

/* Whatever a peer says, nothing else is ever set. */
static void
expect_ours(const char *name)
{
	ck_assert(strncmp(name, "user.", 5) == 0 ||
		  strcmp(name, access_list) == 0 ||
		  strcmp(name, default_list) == 0);
}

static int
set_xattr(void *self, int fd, const char *name, struct span value)
{
	(void)self;
	ck_assert_int_eq(fd, FD);
	expect_ours(name);
	file.changes++;
	if (file.set_rc == 0)
		put(name, value);
	return file.set_rc;
}

static int
remove_xattr(void *self, int fd, const char *name)
{
	(void)self;
	ck_assert_int_eq(fd, FD);
	expect_ours(name);
	file.changes++;
	if (find(name) < 0)
		return -ENODATA;
	file.v[find(name)].len = NOT_SET;
	return 0;
}

static int
stat_fd(void *self, int fd, struct host_stat *out)
{
	(void)self;
	ck_assert_int_eq(fd, FD);
	*out = file.st;
	return 0;
}

static int
set_owner(void *self, int fd, uint32_t user, uint32_t group)
{
	(void)self;
	ck_assert_int_eq(fd, FD);
	file.changes++;
	if (file.own_rc < 0)
		return file.own_rc;
	if (user != HOST_NOBODY)
		file.st.user = user;
	if (group != HOST_NOBODY)
		file.st.group = group;
	return 0;
}

static const struct {
	enum host_who who;
	uint32_t number;
	const char *name;
} people[] = {
    {HOST_USER, 1, "ana"}, {HOST_USER, 2, "bo"}, {HOST_GROUP, 8, "all"}};

static int
who_name(void *self, enum host_who who, uint32_t number, struct buf *out)
{
	(void)self;
	for (size_t i = 0; i < sizeof people / sizeof *people; i++)
		if (people[i].who == who && people[i].number == number)
			return buf_add(out, span_str(people[i].name));
	return -ENOENT;
}

static int
who_number(void *self, enum host_who who, struct span name, uint32_t *out)
{
	(void)self;
	for (size_t i = 0; i < sizeof people / sizeof *people; i++)
		if (people[i].who == who &&
		    span_equal(name, span_str(people[i].name))) {
			*out = people[i].number;
			return 0;
		}
	return -ENOENT;
}

static const struct host_ops ops = {.list_xattrs = list_xattrs,
    .get_xattr = get_xattr,
    .set_xattr = set_xattr,
    .remove_xattr = remove_xattr,
    .stat_fd = stat_fd,
    .set_owner = set_owner,
    .who_name = who_name,
    .who_number = who_number};
static const struct host h = {.ops = &ops};

/* ---- what is asked of it ------------------------------------------------- */

static struct buf part;
static struct attr_left left;

static void
setup(void)
{
	memset(&file, 0, sizeof file);
	for (int i = 0; i < ATTRS; i++)
		file.v[i].len = NOT_SET;
	file.st = (struct host_stat){
	    .kind = KIND_FILE, .bits = 0640, .user = 1, .group = 8};
	buf_init(&part, LIMIT_META_BYTES);
	left = (struct attr_left){0};
}

static void
teardown(void)
{
	buf_release(&part);
}

static struct span
read_all(unsigned classes)
{
	ck_assert_int_eq(attr_read(&h, FD, &file.st, classes, &part, &left), 0);
	ck_assert(part.len == 0 ||
		  meta_valid(buf_span(&part), file.st.kind == KIND_DIR));
	return buf_span(&part);
}

/* Sets; gives the bits that it left. */
static uint16_t
set(struct span what, unsigned classes, uint16_t bits)
{
	bool changed;
	size_t before = file.changes;

	ck_assert(meta_valid(what, file.st.kind == KIND_DIR));
	ck_assert_int_eq(
	    attr_set(&h, FD, what, classes, &bits, &left, &changed), 0);
	ck_assert(changed == (file.changes > before));
	return bits;
}

#define IS(span, text) ck_assert(span_equal(span, SPAN_LIT(text)))

/* An access list as Linux shows it: owner 6, bo 4, group 2, mask 6, others 0;
 * and one with somebody who has no name. */
#define ENTRY(tag, bits, who) tag "\0" bits "\0" who
#define ANY "\377\377\377\377"
#define LIST                                                                   \
	"\2\0\0\0" ENTRY("\1", "\6", ANY) ENTRY("\2", "\4", "\2\0\0\0") ENTRY( \
	    "\4", "\2", ANY) ENTRY("\20", "\6", ANY) ENTRY("\40", "\0", ANY)
#define LIST_AND_77                                                            \
	"\2\0\0\0" ENTRY("\1", "\6", ANY) ENTRY("\2", "\4", "\2\0\0\0")        \
	    ENTRY("\2", "\7", "\115\0\0\0") ENTRY("\4", "\2", ANY)             \
		ENTRY("\20", "\6", ANY) ENTRY("\40", "\0", ANY)
#define LIST_PART "\2\2\0\6\2\1\4\2bo"

START_TEST(attributes_of_users_are_read_and_no_others)
{
	put("user.b", SPAN_LIT("2"));
	put("security.capability", SPAN_LIT("root"));
	put("trusted.x", SPAN_LIT("x"));
	put("user.a", SPAN_LIT("1"));
	put("user.", SPAN_LIT("no name"));
	IS(read_all(META_XATTR), "\1\1\1a\0011\1\1b\0012");
	ck_assert_uint_eq(left.classes, 0);
	ck_assert_uint_eq(file.changes, 0);
}
END_TEST

START_TEST(what_the_file_system_has_not_is_not_spoken_of)
{
	file.none = true;
	ck_assert_uint_eq(read_all(META_XATTR | META_ACL).len, 0);
	ck_assert_uint_eq(left.classes, 0);
	IS(read_all(META_ALL), "\4\4\0\3ana\5\0\3all");
	(void)set(SPAN_LIT("\1\1\1a\0011"), META_ALL, 0640);
	ck_assert_uint_eq(left.classes, 0);
}
END_TEST

START_TEST(too_much_for_a_version_is_left_out_and_said)
{
	file.large = LIMIT_META_BYTES - 7;
	put("user.a", SPAN_LIT(""));
	ck_assert_uint_eq(read_all(META_XATTR).len, LIMIT_META_BYTES);
	file.large++;
	IS(read_all(META_XATTR | META_OWNER), "\4\4\0\3ana\5\0\3all");
	ck_assert_uint_eq(left.classes, META_XATTR);
	ck_assert_int_eq(left.rc, ERR_LIMIT);
}
END_TEST

START_TEST(attributes_become_just_what_is_said)
{
	put("user.gone", SPAN_LIT("x"));
	put("user.same", SPAN_LIT("s"));
	put("user.other", SPAN_LIT("old"));
	put("security.capability", SPAN_LIT("stays"));
	(void)set(SPAN_LIT("\1\1\3new\1n\1\5other\3new\1\4same\1s"), META_XATTR,
	    0640);
	IS(read_all(META_XATTR), "\1\1\3new\1n\1\5other\3new\1\4same\1s");
	ck_assert_int_ge(find("security.capability"), 0);
	ck_assert_uint_eq(file.changes, 3);
	/* As it is so, nothing is done. */
	(void)set(buf_span(&part), META_XATTR, 0640);
	ck_assert_uint_eq(file.changes, 3);
}
END_TEST

START_TEST(what_is_not_spoken_of_or_not_asked_for_stays)
{
	put("user.a", SPAN_LIT("1"));
	(void)set(SPAN_LIT("\4\4\0\3ana\5\0\3all"), META_ALL, 0640);
	(void)set(SPAN_LIT("\1"), META_ACL | META_OWNER, 0640);
	ck_assert_uint_eq(file.changes, 0);
	(void)set(SPAN_LIT("\1"), META_XATTR, 0640);
	ck_assert_int_lt(find("user.a"), 0);
}
END_TEST

START_TEST(what_is_refused_is_said_and_the_rest_is_set)
{
	static const int refusals[] = {
	    -ENOSPC, -EPERM, -EOPNOTSUPP, -E2BIG, -EDQUOT, -ERANGE};

	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		left = (struct attr_left){0};
		file.st.user = 2;
		file.set_rc = refusals[i];
		(void)set(SPAN_LIT("\5\1\1a\0011\4\0\3ana"), META_ALL, 0640);
		ck_assert_uint_eq(left.classes, META_XATTR);
		ck_assert_int_eq(left.rc, refusals[i]);
		ck_assert_str_eq(left.name, "user.a");
		ck_assert_uint_eq(file.st.user, 1);
	}
}
END_TEST

START_TEST(a_failing_disk_is_no_refusal)
{
	uint16_t bits = 0640;
	bool changed;

	file.set_rc = -EIO;
	ck_assert_int_eq(attr_set(&h, FD, SPAN_LIT("\1\1\1a\0011"), META_ALL,
			     &bits, &left, &changed),
	    -EIO);
	ck_assert_uint_eq(left.classes, 0);
}
END_TEST

START_TEST(a_list_is_read_by_name_without_what_the_bits_say)
{
	put(access_list, SPAN_LIT(LIST));
	IS(read_all(META_ACL), LIST_PART);
	ck_assert_uint_eq(left.classes, 0);
	/* Who has no name cannot be said. */
	put(access_list, SPAN_LIT(LIST_AND_77));
	IS(read_all(META_ACL), LIST_PART);
	ck_assert_uint_eq(left.classes, META_ACL);
	ck_assert_int_eq(left.rc, ERR_NOTFOUND);
}
END_TEST

START_TEST(a_list_is_set_by_number_with_what_the_bits_say)
{
	ck_assert_int_eq(set(SPAN_LIT(LIST_PART), META_ACL, 0660), 0660);
	ck_assert_int_ge(find(access_list), 0);
	ck_assert(span_equal(span_of(file.v[find(access_list)].bytes,
				 (size_t)file.v[find(access_list)].len),
	    SPAN_LIT(LIST)));
	(void)set(SPAN_LIT("\2"), META_ACL, 0660);
	ck_assert_int_lt(find(access_list), 0);
}
END_TEST

START_TEST(who_is_nobody_here_is_left_out_of_a_list_and_said)
{
	/* zoe is nobody; bo is. */
	(void)set(SPAN_LIT("\2\2\0\14\2\1\4\2bo\1\7\3zoe"), META_ACL, 0660);
	ck_assert(span_equal(span_of(file.v[find(access_list)].bytes,
				 (size_t)file.v[find(access_list)].len),
	    SPAN_LIT(LIST)));
	ck_assert_uint_eq(left.classes, META_ACL);
	ck_assert_str_eq(left.name, "zoe");
}
END_TEST

START_TEST(who_is_nobody_here_goes_on_in_what_is_said)
{
	/* The user took bo away; zoe nobody could. */
	struct span base = SPAN_LIT("\2\2\0\14\2\1\4\2bo\1\7\3zoe");

	put(access_list,
	    SPAN_LIT("\2\0\0\0" ENTRY("\1", "\6", ANY)
		    ENTRY("\2", "\5", "\1\0\0\0") ENTRY("\4", "\2", ANY)
			ENTRY("\20", "\6", ANY) ENTRY("\40", "\0", ANY)));
	(void)read_all(META_ACL);
	ck_assert_int_eq(attr_keep_nobody(&h, base, &part), 0);
	IS(buf_span(&part), "\2\2\0\15\2\1\5\3ana\1\7\3zoe");
	ck_assert(meta_valid(buf_span(&part), false));
	/* Without a list there is nobody in it. */
	file.v[find(access_list)].len = NOT_SET;
	(void)read_all(META_ACL);
	ck_assert_int_eq(attr_keep_nobody(&h, base, &part), 0);
	IS(buf_span(&part), "\2");
}
END_TEST

START_TEST(a_list_that_cannot_be_set_leaves_the_group_its_own)
{
	file.set_rc = -EOPNOTSUPP;
	ck_assert_int_eq(set(SPAN_LIT(LIST_PART), META_ACL, 0660), 0620);
	ck_assert_uint_eq(left.classes, META_ACL);
}
END_TEST

START_TEST(a_directory_has_a_list_for_what_is_made_there)
{
	file.st.kind = KIND_DIR;
	put(default_list, SPAN_LIT(LIST));
	IS(read_all(META_ACL), "\2\3\0\11\2\6\0\6\1\4\2bo");
	file.v[find(default_list)].len = NOT_SET;
	(void)set(buf_span(&part), META_ACL, 0755);
	ck_assert(span_equal(span_of(file.v[find(default_list)].bytes,
				 (size_t)file.v[find(default_list)].len),
	    SPAN_LIT(LIST)));
	ck_assert_int_lt(find(access_list), 0);
}
END_TEST

START_TEST(garbage_in_place_of_a_list_is_not_spoken_of)
{
	put(access_list, SPAN_LIT("\3\0\0\0"));
	ck_assert_uint_eq(read_all(META_ACL).len, 0);
	put(access_list, SPAN_LIT("\2\0\0\0\1\0\6\0\377"));
	ck_assert_uint_eq(read_all(META_ACL).len, 0);
}
END_TEST

START_TEST(owners_are_read_and_given_by_name)
{
	IS(read_all(META_OWNER), "\4\4\0\3ana\5\0\3all");
	(void)set(SPAN_LIT("\4\4\0\2bo\5\0\3all"), META_OWNER, 0640);
	ck_assert_uint_eq(file.st.user, 2);
	ck_assert_uint_eq(file.st.group, 8);
	/* Nobody of that name: then only the other is. */
	file.st.group = 9;
	(void)set(SPAN_LIT("\4\4\0\3zoe\5\0\3all"), META_OWNER, 0640);
	ck_assert_uint_eq(file.st.user, 2);
	ck_assert_uint_eq(file.st.group, 8);
	ck_assert_str_eq(left.name, "zoe");
	/* A number that is nobody's goes nowhere. */
	left = (struct attr_left){0};
	file.st.user = 1000;
	IS(read_all(META_OWNER), "\4\5\0\3all");
	ck_assert_uint_eq(left.classes, META_OWNER);
}
END_TEST

START_TEST(what_is_not_to_be_given_away_is_said)
{
	file.own_rc = -EPERM;
	(void)set(SPAN_LIT("\4\4\0\2bo"), META_OWNER, 0640);
	ck_assert_uint_eq(left.classes, META_OWNER);
	ck_assert_int_eq(left.rc, -EPERM);
	ck_assert_uint_eq(file.st.user, 1);
}
END_TEST

static TCase *
attr_tcase(void)
{
	TCase *t = tcase_create("attr");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, attributes_of_users_are_read_and_no_others);
	tcase_add_test(t, what_the_file_system_has_not_is_not_spoken_of);
	tcase_add_test(t, too_much_for_a_version_is_left_out_and_said);
	tcase_add_test(t, attributes_become_just_what_is_said);
	tcase_add_test(t, what_is_not_spoken_of_or_not_asked_for_stays);
	tcase_add_test(t, what_is_refused_is_said_and_the_rest_is_set);
	tcase_add_test(t, a_failing_disk_is_no_refusal);
	tcase_add_test(t, a_list_is_read_by_name_without_what_the_bits_say);
	tcase_add_test(t, a_list_is_set_by_number_with_what_the_bits_say);
	tcase_add_test(t, who_is_nobody_here_is_left_out_of_a_list_and_said);
	tcase_add_test(t, who_is_nobody_here_goes_on_in_what_is_said);
	tcase_add_test(t, a_list_that_cannot_be_set_leaves_the_group_its_own);
	tcase_add_test(t, a_directory_has_a_list_for_what_is_made_there);
	tcase_add_test(t, garbage_in_place_of_a_list_is_not_spoken_of);
	tcase_add_test(t, owners_are_read_and_given_by_name);
	tcase_add_test(t, what_is_not_to_be_given_away_is_said);
	return t;
}

int
main(void)
{
	static run_tcase *const all[] = {attr_tcase};

	return run_tests("attr", all, sizeof all / sizeof *all);
}
