/* SPDX-License-Identifier: Apache-2.0 */
/* Folders of a session: offered, taken back, and their messages. */
#include <stdio.h>

#include "tests/daemon/peer/peer_sides.h"
#include "tests/daemon/peer/peer_test.h"

START_TEST(a_folder_is_up_when_both_offered_it)
{
	sides_greet();
	ok(side_offer(&a, "f"));
	ck_assert_int_eq(a.ups, 0);
	ok(side_pass(&a, &b));
	ck_assert_str_eq(b.offered, "f");
	ck_assert_int_eq(b.ups, 0);
	ok(side_offer(&b, "f"));
	ck_assert_int_eq(b.ups, 1);
	ok(side_pass(&b, &a));
	ck_assert_int_eq(a.ups, 1);
	ck_assert_int_eq(a.offers, 0);
	ck_assert_ptr_eq(link_owner(a.link), &a);
	ck_assert_ptr_eq(link_peer(a.link), a.p);
}
END_TEST

START_TEST(an_offer_from_inside_offered_brings_up_once)
{
	sides_greet();
	b.offer_at_once = true;
	ok(side_offer(&a, "f"));
	ok(side_pass(&a, &b));
	ck_assert_int_eq(b.ups, 1);
}
END_TEST

START_TEST(messages_carry_the_receivers_channel)
{
	sides_greet();
	/* So that the two ends' numbers differ. */
	ok(side_offer(&b, "other"));
	ok(side_offer(&b, "f"));
	ok(side_offer(&a, "f"));
	ok(side_pass(&a, &b));
	ok(side_pass(&b, &a));
	ck_assert_uint_eq(link_channel(a.link), 1);
	ck_assert_uint_eq(link_channel(b.link), 0);
	ok(side_have(a.link));
	ok(side_pass(&a, &b));
	ck_assert_int_eq(b.messages, 1);
	ok(side_have(b.link));
	ok(side_pass(&b, &a));
	ck_assert_int_eq(a.messages, 1);
}
END_TEST

START_TEST(a_channel_never_given_is_refused)
{
	struct msg m = {.type = MSG_HAVE};

	sides_link_up();
	m.have.channel = 1;
	ck_assert_int_eq(side_hear(&a, &m), ERR_GRAMMAR);
	ck_assert_int_eq(a.downs, 0);
}
END_TEST

START_TEST(a_late_message_for_a_folder_taken_back_is_ignored)
{
	sides_link_up();
	ok(side_have(a.link));
	peer_unoffer(b.p, SPAN_LIT("f"));
	ck_assert_int_eq(b.downs, 1);
	ok(side_pass(&a, &b));
	ck_assert_int_eq(b.messages, 0);
	ok(side_pass(&b, &a));
	ck_assert_int_eq(a.downs, 1);
	/* Offered again it is another channel. */
	ok(side_offer(&b, "f"));
	ck_assert_int_eq(b.ups, 2);
	ok(side_pass(&b, &a));
	ck_assert_int_eq(a.ups, 2);
	ck_assert_uint_eq(link_channel(a.link), 1);
}
END_TEST

START_TEST(a_message_before_they_offered_is_not_handed_on)
{
	struct msg m = {.type = MSG_HAVE};

	sides_greet();
	ok(side_offer(&a, "f"));
	m.have.channel = 0;
	ok(side_hear(&a, &m));
	ck_assert_int_eq(a.messages, 0);
}
END_TEST

START_TEST(an_offer_anew_is_the_same_link)
{
	struct peer_link *link;

	sides_link_up();
	link = b.link;
	ok(side_offer(&a, "f"));
	ck_assert_int_eq(a.ups, 1);
	ok(side_pass(&a, &b));
	ck_assert_int_eq(b.ups, 2);
	ck_assert_int_eq(b.downs, 0);
	ck_assert_ptr_eq(b.link, link);
	ck_assert_uint_eq(link_channel(a.link), 0);
}
END_TEST

START_TEST(L60_a_folder_of_another_format_hinders_no_other)
{
	sides_greet();
	ok(side_offer(&a, "f"));
	ok(side_hear_folder(&a, "f", 0, PEER_FORMAT + 1));
	ck_assert_int_eq(a.ups, 0);
	ok(side_offer(&a, "g"));
	ok(side_hear_folder(&a, "g", 1, PEER_FORMAT));
	ck_assert_int_eq(a.ups, 1);
	/* They were updated, or went back. */
	ok(side_hear_folder(&a, "f", 0, PEER_FORMAT));
	ck_assert_int_eq(a.ups, 2);
	ok(side_hear_folder(&a, "f", 0, PEER_FORMAT + 1));
	ck_assert_int_eq(a.downs, 1);
}
END_TEST

START_TEST(one_channel_for_two_folders_is_refused)
{
	sides_greet();
	ok(side_hear_folder(&a, "f", 5, PEER_FORMAT));
	ck_assert_int_eq(
	    side_hear_folder(&a, "g", 5, PEER_FORMAT), ERR_GRAMMAR);
}
END_TEST

START_TEST(unfolder_of_what_was_not_offered_is_refused)
{
	struct msg m = {.type = MSG_UNFOLDER};

	sides_greet();
	m.unfolder.channel = 5;
	ok(side_hear_folder(&a, "f", 5, PEER_FORMAT));
	ok(side_hear(&a, &m));
	ck_assert_int_eq(side_hear(&a, &m), ERR_GRAMMAR);
}
END_TEST

START_TEST(too_many_folders_are_refused)
{
	char id[16];
	int rc = 0;

	sides_greet();
	for (int i = 0; i <= LIMIT_FOLDERS; i++) {
		ok(rc);
		snprintf(id, sizeof id, "f%d", i);
		rc = side_hear_folder(&a, id, (uint16_t)i, PEER_FORMAT);
	}
	ck_assert_int_eq(rc, ERR_LIMIT);
	ck_assert_int_eq(side_close_reason(&a), MSG_CLOSE_LIMIT);
}
END_TEST

START_TEST(offering_and_taking_back_leaves_nothing)
{
	sides_greet();
	for (int i = 0; i < 200; i++) {
		ok(side_offer(&a, "f"));
		peer_unoffer(a.p, SPAN_LIT("f"));
	}
	ck_assert_uint_eq(a.p->n_links, 0);
	ok(side_pass(&a, &b));
	ck_assert_uint_eq(b.p->n_links, 0);
	peer_unoffer(a.p, SPAN_LIT("f"));
}
END_TEST

START_TEST(an_error_of_the_folder_ends_the_session)
{
	sides_link_up();
	b.answer = ERR_GRAMMAR;
	ok(side_have(a.link));
	ck_assert_int_eq(side_pass(&a, &b), ERR_GRAMMAR);
	ck_assert_int_eq(side_close_reason(&b), MSG_CLOSE_GRAMMAR);
}
END_TEST

START_TEST(an_offer_that_could_not_be_sent_is_none)
{
	sides_greet();
	ok(side_hear_folder(&a, "f", 0, PEER_FORMAT));
	a.refuse = -ENOMEM;
	ck_assert_int_eq(side_offer(&a, "f"), -ENOMEM);
	ck_assert_int_eq(side_offer(&a, "g"), ERR_CLOSED);
	ck_assert_int_eq(a.ups, 0);
	ck_assert_uint_eq(a.p->n_links, 1);
}
END_TEST

START_TEST(there_is_room_until_much_is_queued)
{
	sides_link_up();
	ck_assert(link_has_room(a.link));
	a.queued = LIMIT_SEND_QUEUE_BYTES;
	ck_assert(!link_has_room(a.link));
}
END_TEST

TCase *
peer_link_tcase(void)
{
	TCase *tc = tcase_create("link");

	tcase_add_checked_fixture(tc, sides_begin, sides_end);
	tcase_add_test(tc, a_folder_is_up_when_both_offered_it);
	tcase_add_test(tc, an_offer_from_inside_offered_brings_up_once);
	tcase_add_test(tc, messages_carry_the_receivers_channel);
	tcase_add_test(tc, a_channel_never_given_is_refused);
	tcase_add_test(tc, a_late_message_for_a_folder_taken_back_is_ignored);
	tcase_add_test(tc, a_message_before_they_offered_is_not_handed_on);
	tcase_add_test(tc, an_offer_anew_is_the_same_link);
	tcase_add_test(tc, L60_a_folder_of_another_format_hinders_no_other);
	tcase_add_test(tc, one_channel_for_two_folders_is_refused);
	tcase_add_test(tc, unfolder_of_what_was_not_offered_is_refused);
	tcase_add_test(tc, too_many_folders_are_refused);
	tcase_add_test(tc, offering_and_taking_back_leaves_nothing);
	tcase_add_test(tc, an_error_of_the_folder_ends_the_session);
	tcase_add_test(tc, an_offer_that_could_not_be_sent_is_none);
	tcase_add_test(tc, there_is_room_until_much_is_queued);
	return tc;
}
