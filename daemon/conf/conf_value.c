/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/conf/conf_internal.h"

#include <assert.h>
#include <string.h>

#include "proto/base/text.h"

static size_t
one(const void *field)
{
	(void)field;
	return 1;
}

/* ---- names --------------------------------------------------------------- */

bool
conf_name_valid(const char *s)
{
	static const char fit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t len = strspn(s, fit);

	/* No leading dot: hidden files are not ours. No leading dash: names
	 * are typed after options. */
	return len > 0 && len <= LIMIT_PEER_NAME_BYTES && s[len] == '\0' &&
	       s[0] != '.' && s[0] != '-';
}
static_assert(
    LIMIT_PEER_NAME_BYTES == LIMIT_FOLDER_ID_BYTES, "one rule for names");

static int
name_parse(const struct conf_option *option, const char *text, void *field)
{
	(void)option;
	if (text[0] != '\0' && !conf_name_valid(text))
		return ERR_GRAMMAR;
	memcpy(field, text, strlen(text) + 1);
	return 0;
}

static size_t
name_count(const void *field)
{
	return *(const char *)field != '\0';
}

static int
name_format(const struct conf_option *option, const void *field, size_t i,
    struct buf *out)
{
	(void)option;
	(void)i;
	return buf_add(out, span_str(field));
}

const struct conf_type conf_type_name = {
    false, true, name_parse, name_count, name_format, NULL};

/* ---- lists of words ------------------------------------------------------ */

int
conf_strings_add(struct conf_strings *list, const char *s)
{
	char *copy = strdup(s);

	if (copy == NULL)
		return -ENOMEM;
	if (VEC_PUSH(&list->v, copy) < 0) {
		free(copy);
		return -ENOMEM;
	}
	return 0;
}

static int
strings_parse(const struct conf_option *option, const char *text, void *field)
{
	(void)option;
	return text[0] ? conf_strings_add(field, text) : ERR_GRAMMAR;
}

static int
names_parse(const struct conf_option *option, const char *text, void *field)
{
	struct conf_strings *list = field;

	(void)option;
	if (!conf_name_valid(text))
		return ERR_GRAMMAR;
	VEC_EACH (&list->v, s)
		if (strcmp(*s, text) == 0)
			return 0;
	return conf_strings_add(list, text);
}

static size_t
strings_count(const void *field)
{
	return ((const struct conf_strings *)field)->v.n;
}

static int
strings_format(const struct conf_option *option, const void *field, size_t i,
    struct buf *out)
{
	const struct conf_strings *list = field;

	(void)option;
	return buf_add(out, span_str(list->v.items[i]));
}

static void
strings_release(void *field)
{
	struct conf_strings *list = field;

	VEC_EACH (&list->v, s)
		free(*s);
	VEC_RELEASE(&list->v);
}

const struct conf_type conf_type_strings = {
    true, false, strings_parse, strings_count, strings_format, strings_release};
const struct conf_type conf_type_names = {
    true, false, names_parse, strings_count, strings_format, strings_release};

/* ---- paths --------------------------------------------------------------- */

int
conf_path_normal(const char *path, char **out)
{
	size_t n = 0, len = strlen(path);
	char *p;

	if (path[0] != '/' || len > LIMIT_PATH_BYTES)
		return ERR_GRAMMAR;
	p = malloc(len + 2);
	if (p == NULL)
		return -ENOMEM;
	while (*path != '\0') {
		size_t part;

		path += strspn(path, "/");
		part = strcspn(path, "/");
		if (part == 2 && memcmp(path, "..", 2) == 0)
			while (n > 0 && p[--n] != '/')
				;
		else if (part > 0 && !(part == 1 && *path == '.')) {
			p[n++] = '/';
			memcpy(p + n, path, part);
			n += part;
		}
		path += part;
	}
	if (n == 0)
		p[n++] = '/';
	p[n] = '\0';
	*out = p;
	return 0;
}

static int
path_parse(const struct conf_option *option, const char *text, void *field)
{
	char *path;
	int rc = conf_path_normal(text, &path);

	(void)option;
	if (rc < 0)
		return rc;
	free(*(char **)field);
	*(char **)field = path;
	return 0;
}

static size_t
path_count(const void *field)
{
	return *(char *const *)field != NULL;
}

static int
path_format(const struct conf_option *option, const void *field, size_t i,
    struct buf *out)
{
	(void)option;
	(void)i;
	return buf_add(out, span_str(*(char *const *)field));
}

static void
path_release(void *field)
{
	free(*(char **)field);
	*(char **)field = NULL;
}

const struct conf_type conf_type_path = {
    false, false, path_parse, path_count, path_format, path_release};

/* ---- booleans and choices ------------------------------------------------ */

static int
bool_parse(const struct conf_option *option, const char *text, void *field)
{
	static const char *const words[] = {
	    "false", "true", "no", "yes", "off", "on"};

	(void)option;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(words[i], text) == 0) {
			*(bool *)field = i % 2 == 1;
			return 0;
		}
	return ERR_GRAMMAR;
}

static int
bool_format(const struct conf_option *option, const void *field, size_t i,
    struct buf *out)
{
	(void)option;
	(void)i;
	return buf_add(out, span_str(*(const bool *)field ? "true" : "false"));
}

const struct conf_type conf_type_bool = {
    false, true, bool_parse, one, bool_format, NULL};

/* The i-th word of those parted by '|'; empty beyond the last. */
static struct span
choice_word(const char *words, int i)
{
	for (; i > 0 && *words != '\0'; i--) {
		words += strcspn(words, "|");
		words += *words == '|';
	}
	return span_of(words, strcspn(words, "|"));
}

static int
choice_parse(const struct conf_option *option, const char *text, void *field)
{
	struct span word;

	for (int i = 0; (word = choice_word(option->range, i)).len > 0; i++)
		if (span_equal(word, span_str(text))) {
			*(int *)field = i;
			return 0;
		}
	return ERR_GRAMMAR;
}

static int
choice_format(const struct conf_option *option, const void *field, size_t i,
    struct buf *out)
{
	(void)i;
	return buf_add(out, choice_word(option->range, *(const int *)field));
}

const struct conf_type conf_type_choice = {
    false, true, choice_parse, one, choice_format, NULL};

/* Any of the words: the i-th is bit i. */
static int
choices_parse(const struct conf_option *option, const char *text, void *field)
{
	unsigned *bits = field;
	int one_of_them;
	int rc = choice_parse(option, text, &one_of_them);

	if (rc == 0)
		*bits |= 1U << one_of_them;
	return rc;
}

static size_t
choices_count(const void *field)
{
	size_t n = 0;

	for (unsigned bits = *(const unsigned *)field; bits != 0; bits >>= 1)
		n += bits & 1;
	return n;
}

static int
choices_format(const struct conf_option *option, const void *field, size_t i,
    struct buf *out)
{
	unsigned bits = *(const unsigned *)field;
	int word = 0;

	for (i++; i > 0; bits >>= 1, word++)
		i -= bits & 1;
	return buf_add(out, choice_word(option->range, word - 1));
}

const struct conf_type conf_type_choices = {
    true, true, choices_parse, choices_count, choices_format, NULL};

int
conf_mode_parse(const char *s, int *out)
{
	for (int i = CONF_MODE_BOTH; i <= CONF_MODE_RECEIVE; i++)
		if (strcmp(s, conf_mode_text(i)) == 0) {
			*out = i;
			return 0;
		}
	return ERR_GRAMMAR;
}

const char *
conf_mode_text(int mode)
{
	static const char *const words[] = {"both", "send", "receive"};

	return words[mode];
}

/* ---- device ids ---------------------------------------------------------- */

static_assert((int)TEXT_ID_BYTES == (int)DEVICE_BYTES, "one id");

static int
id_parse(const struct conf_option *option, const char *text, void *field)
{
	(void)option;
	return text_id_parse(span_str(text), field);
}

static int
id_format(const struct conf_option *option, const void *field, size_t i,
    struct buf *out)
{
	char text[TEXT_ID_CHARS + 1];

	(void)option;
	(void)i;
	text_id(field, text);
	return buf_add(out, span_str(text));
}

const struct conf_type conf_type_id = {
    false, false, id_parse, one, id_format, NULL};
