/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/base/text.h"

#include <ctype.h>
#include <string.h>

#include "tests/proto/base/base_test.h"

static struct buf out;

static void
set_up(void)
{
	buf_init(&out, 4096);
}

static void
tear_down(void)
{
	buf_release(&out);
}

static void
escapes_to(struct span s, const char *wanted)
{
	buf_clear(&out);
	ck_assert_int_eq(text_escape(&out, s), 0);
	ck_assert_msg(span_equal(buf_span(&out), span_str(wanted)),
	    "%.*s, not %s", (int)out.len, out.p, wanted);
}

START_TEST(what_can_be_shown_stays_as_it_is)
{
	static const char *const plain[] = {"", "a b~!", "caf\xc3\xa9",
	    "cafe\xcc\x81", "\xe6\x97\xa5\xe6\x9c\xac", "\xf0\x9f\x8e\xb5",
	    "\xd7\x90"};

	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		escapes_to(span_str(plain[i]), plain[i]);
}
END_TEST

START_TEST(L40_control_bytes_are_escaped)
{
	escapes_to(SPAN_LIT("a\nb\tc\\d"), "a\\nb\\tc\\\\d");
	escapes_to(SPAN_LIT("\0\x1b[2J\x7f"), "\\x00\\x1b[2J\\x7f");
	escapes_to(SPAN_LIT("\xc2\x9b"), "\\xc2\\x9b");
}
END_TEST

START_TEST(L40_bytes_that_are_not_utf8_are_escaped)
{
	escapes_to(SPAN_LIT("\xff"), "\\xff");
	escapes_to(SPAN_LIT("a\xc3"), "a\\xc3");
	escapes_to(SPAN_LIT("\xc3(\xe2\x82"), "\\xc3(\\xe2\\x82");
	escapes_to(SPAN_LIT("\xc0\xaf"), "\\xc0\\xaf");
	escapes_to(SPAN_LIT("\xed\xa0\x80"), "\\xed\\xa0\\x80");
	escapes_to(SPAN_LIT("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
}
END_TEST

START_TEST(L40_what_reorders_or_hides_text_is_escaped)
{
	escapes_to(SPAN_LIT("\xe2\x80\xae"), "\\xe2\\x80\\xae");
	escapes_to(SPAN_LIT("\xe2\x81\xa6"), "\\xe2\\x81\\xa6");
	escapes_to(SPAN_LIT("\xe2\x80\x8b"), "\\xe2\\x80\\x8b");
	escapes_to(SPAN_LIT("\xe2\x80\xa8"), "\\xe2\\x80\\xa8");
	escapes_to(SPAN_LIT("\xe2\x80\xa9"), "\\xe2\\x80\\xa9");
	escapes_to(SPAN_LIT("\xef\xbb\xbf"), "\\xef\\xbb\\xbf");
	escapes_to(SPAN_LIT("\xc2\xad"), "\\xc2\\xad");
	escapes_to(SPAN_LIT("\xe3\x85\xa4"), "\\xe3\\x85\\xa4");
	escapes_to(SPAN_LIT("\xf3\xa0\x81\x81"), "\\xf3\\xa0\\x81\\x81");
}
END_TEST

START_TEST(escaping_stops_at_the_buffers_limit)
{
	struct buf small;

	buf_init(&small, 3);
	ck_assert_int_eq(text_escape(&small, SPAN_LIT("\x01")), ERR_LIMIT);
	ck_assert_int_eq(text_escape(&small, SPAN_LIT("abcd")), ERR_LIMIT);
	buf_release(&small);
}
END_TEST

static const struct {
	const char *plain;
	const char *coded;
} rfc4648[] = {{"", ""}, {"f", "MY"}, {"fo", "MZXQ"}, {"foo", "MZXW6"},
    {"foob", "MZXW6YQ"}, {"fooba", "MZXW6YTB"}, {"foobar", "MZXW6YTBOI"}};

START_TEST(base32_is_that_of_the_rfc)
{
	struct span plain = span_str(rfc4648[_i].plain);
	struct span coded = span_str(rfc4648[_i].coded);
	uint8_t back[8];

	ck_assert_int_eq(text_base32(&out, plain), 0);
	ck_assert(span_equal(buf_span(&out), coded));
	ck_assert_int_eq(text_base32_parse(coded, back, plain.len), 0);
	ck_assert(span_equal(span_of(back, plain.len), plain));
}
END_TEST

START_TEST(base32_reads_either_case_and_any_grouping)
{
	uint8_t back[6];

	ck_assert_int_eq(
	    text_base32_parse(SPAN_LIT("-mzXw-6ytb-oI-"), back, 6), 0);
	ck_assert_mem_eq(back, "foobar", 6);
}
END_TEST

START_TEST(base32_has_one_spelling_and_one_length)
{
	static const char *const bad[] = {"MZ", "MY======", "M", "MYA", "MYAA",
	    "", "M1", "M0", "M8", "M ", "M\xc3\xa9"};
	uint8_t back[2] = {0, 0xee};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(
		    text_base32_parse(span_str(bad[i]), back, 1) == ERR_GRAMMAR,
		    "%s", bad[i]);
	ck_assert_int_eq(
	    text_base32_parse(SPAN_LIT("MY"), back, 0), ERR_GRAMMAR);
	ck_assert_uint_eq(back[1], 0xee);
}
END_TEST

START_TEST(base32_brings_any_bytes_back)
{
	uint8_t bytes[64], back[64];

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * 151 + 7);
	for (size_t len = 0; len <= sizeof bytes; len++) {
		buf_clear(&out);
		ck_assert_int_eq(text_base32(&out, span_of(bytes, len)), 0);
		ck_assert_int_eq(
		    text_base32_parse(buf_span(&out), back, len), 0);
		ck_assert_mem_eq(back, bytes, len);
	}
}
END_TEST

static void
some_id(uint8_t *id)
{
	for (size_t i = 0; i < TEXT_ID_BYTES; i++)
		id[i] = (uint8_t)(i * 37 + 5);
}

START_TEST(the_id_of_zeros_is_known)
{
	static const uint8_t zeros[TEXT_ID_BYTES];
	char text[TEXT_ID_CHARS + 1];

	text_id(zeros, text);
	ck_assert_str_eq(text, "AAAAAAAA-AAAAAAAA-AAAAAAAA-AAAAAAAA-"
			       "AAAAAAAA-AAAAAAAA-AAAHPOCQ");
	ck_assert_uint_eq(strlen(text), TEXT_ID_CHARS);
}
END_TEST

START_TEST(an_id_is_read_in_either_case_and_any_grouping)
{
	uint8_t id[TEXT_ID_BYTES], back[TEXT_ID_BYTES];
	char text[TEXT_ID_CHARS + 1], plain[TEXT_ID_CHARS + 1];
	size_t n = 0;

	some_id(id);
	text_id(id, text);
	ck_assert_int_eq(text_id_parse(span_str(text), back), 0);
	ck_assert_mem_eq(back, id, sizeof id);
	for (const char *p = text; *p; p++)
		if (*p != '-')
			plain[n++] = (char)(*p >= 'A' ? *p | 0x20 : *p);
	ck_assert_uint_eq(n, 56);
	memset(back, 0, sizeof back);
	ck_assert_int_eq(text_id_parse(span_of(plain, n), back), 0);
	ck_assert_mem_eq(back, id, sizeof id);
}
END_TEST

START_TEST(every_single_wrong_character_of_an_id_is_found)
{
	uint8_t id[TEXT_ID_BYTES], back[TEXT_ID_BYTES] = {0};
	static const uint8_t untouched[TEXT_ID_BYTES];
	char text[TEXT_ID_CHARS + 1];

	some_id(id);
	text_id(id, text);
	for (size_t i = 0; i < TEXT_ID_CHARS; i++) {
		char was = text[i];

		if (was == '-')
			continue;
		for (const char *p = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"; *p;
		     p++) {
			text[i] = *p;
			if (*p != was)
				ck_assert_int_eq(
				    text_id_parse(span_str(text), back),
				    ERR_GRAMMAR);
		}
		text[i] = was;
	}
	ck_assert_mem_eq(back, untouched, sizeof back);
}
END_TEST

START_TEST(two_swapped_neighbours_of_an_id_are_found)
{
	uint8_t id[TEXT_ID_BYTES], back[TEXT_ID_BYTES];
	char text[TEXT_ID_CHARS + 1];

	some_id(id);
	text_id(id, text);
	for (size_t i = 0; i + 1 < TEXT_ID_CHARS; i++) {
		char a = text[i], b = text[i + 1];

		if (a == '-' || b == '-' || a == b)
			continue;
		text[i] = b;
		text[i + 1] = a;
		ck_assert_int_eq(
		    text_id_parse(span_str(text), back), ERR_GRAMMAR);
		text[i] = a;
		text[i + 1] = b;
	}
}
END_TEST

START_TEST(an_id_too_short_or_too_long_is_no_id)
{
	uint8_t id[TEXT_ID_BYTES], back[TEXT_ID_BYTES];
	char text[TEXT_ID_CHARS + 2];

	some_id(id);
	text_id(id, text);
	for (size_t n = 0; n < TEXT_ID_CHARS; n++)
		ck_assert_int_eq(
		    text_id_parse(span_of(text, n), back), ERR_GRAMMAR);
	text[TEXT_ID_CHARS] = 'A';
	ck_assert_int_eq(
	    text_id_parse(span_of(text, TEXT_ID_CHARS + 1), back), ERR_GRAMMAR);
}
END_TEST

START_TEST(distance_counts_edits)
{
	static const struct {
		const char *a, *b;
		size_t edits;
	} known[] = {{"", "", 0}, {"status", "status", 0}, {"", "abc", 3},
	    {"abc", "", 3}, {"kitten", "sitting", 3}, {"statsu", "status", 2},
	    {"flaw", "lawn", 2}, {"scan", "sync", 3}, {"up", "down", 4}};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		ck_assert_uint_eq(
		    text_distance(known[i].a, known[i].b), known[i].edits);
		ck_assert_uint_eq(
		    text_distance(known[i].b, known[i].a), known[i].edits);
	}
}
END_TEST

START_TEST(distance_to_what_is_no_word_is_its_length)
{
	char word[66];

	memset(word, 'a', 65);
	word[65] = '\0';
	ck_assert_uint_eq(text_distance("a", word + 1), 63);
	ck_assert_uint_eq(text_distance("a", word), 65);
	ck_assert_uint_eq(text_distance(word, "a"), 64);
}
END_TEST

START_TEST(L42_every_byte_goes_through_a_url)
{
	uint8_t all[256];
	struct buf url, back;

	for (size_t i = 0; i < sizeof all; i++)
		all[i] = (uint8_t)i;
	buf_init(&url, 1000);
	buf_init(&back, 1000);
	ck_assert_int_eq(text_url(&url, span_of(all, sizeof all)), 0);
	for (size_t i = 0; i < url.len; i++)
		ck_assert(strchr("%-._~/", url.p[i]) || isalnum(url.p[i]));
	ck_assert_int_eq(text_url_parse(&back, buf_span(&url)), 0);
	ck_assert(span_equal(buf_span(&back), span_of(all, sizeof all)));
	buf_clear(&url);
	ck_assert_int_eq(text_url(&url, SPAN_LIT("d/a b&c=%")), 0);
	ck_assert(span_equal(buf_span(&url), SPAN_LIT("d/a%20b%26c%3D%25")));
	buf_release(&url);
	buf_release(&back);
}
END_TEST

START_TEST(a_broken_url_is_refused)
{
	static const char *const wrong[] = {"%", "a%2", "%zz", "%2", "%+1"};
	struct buf back;

	buf_init(&back, 100);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		ck_assert_int_eq(
		    text_url_parse(&back, span_str(wrong[i])), ERR_GRAMMAR);
	buf_clear(&back);
	ck_assert_int_eq(text_url_parse(&back, SPAN_LIT("%2f%2F")), 0);
	ck_assert(span_equal(buf_span(&back), SPAN_LIT("//")));
	buf_release(&back);
}
END_TEST

TCase *
text_tcase(void)
{
	TCase *t = tcase_create("text");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, what_can_be_shown_stays_as_it_is);
	tcase_add_test(t, L40_control_bytes_are_escaped);
	tcase_add_test(t, L40_bytes_that_are_not_utf8_are_escaped);
	tcase_add_test(t, L40_what_reorders_or_hides_text_is_escaped);
	tcase_add_test(t, escaping_stops_at_the_buffers_limit);
	tcase_add_loop_test(
	    t, base32_is_that_of_the_rfc, 0, sizeof rfc4648 / sizeof *rfc4648);
	tcase_add_test(t, base32_reads_either_case_and_any_grouping);
	tcase_add_test(t, base32_has_one_spelling_and_one_length);
	tcase_add_test(t, base32_brings_any_bytes_back);
	tcase_add_test(t, the_id_of_zeros_is_known);
	tcase_add_test(t, an_id_is_read_in_either_case_and_any_grouping);
	tcase_add_test(t, every_single_wrong_character_of_an_id_is_found);
	tcase_add_test(t, two_swapped_neighbours_of_an_id_are_found);
	tcase_add_test(t, an_id_too_short_or_too_long_is_no_id);
	tcase_add_test(t, L42_every_byte_goes_through_a_url);
	tcase_add_test(t, a_broken_url_is_refused);
	tcase_add_test(t, distance_counts_edits);
	tcase_add_test(t, distance_to_what_is_no_word_is_its_length);
	return t;
}
