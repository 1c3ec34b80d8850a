/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client_internal.h"

#include <getopt.h>
#include <string.h>

#include "proto/base/text.h"

static const struct client_option everywhere[] = {
    {"json", NULL, "one JSON document instead of sentences", 0},
    {"help", NULL, "how this verb is used", 'h'},
};

enum { EVERYWHERE = sizeof everywhere / sizeof *everywhere };

/* The verb's options and everyone's, as one list. */
struct option_list {
	const struct client_option *v[CLIENT_OPTIONS_MAX];
	size_t n;
};

static void
list_options(const struct client_verb *verb, struct option_list *out)
{
	out->n = 0;
	for (const struct client_option *o = verb->options;
	     o != NULL && o->name != NULL &&
	     out->n < CLIENT_OPTIONS_MAX - EVERYWHERE;
	     o++)
		out->v[out->n++] = o;
	for (size_t i = 0; i < EVERYWHERE; i++)
		out->v[out->n++] = &everywhere[i];
}

static void
fill_getopt(const struct option_list *list, struct option *longs, char *shorts)
{
	size_t s = 0;

	shorts[s++] = ':';
	for (size_t i = 0; i < list->n; i++) {
		const struct client_option *o = list->v[i];

		longs[i] = (struct option){o->name,
		    o->value ? required_argument : no_argument, NULL,
		    256 + (int)i};
		if (o->letter == 0)
			continue;
		shorts[s++] = o->letter;
		if (o->value)
			shorts[s++] = ':';
	}
	longs[list->n] = (struct option){NULL, 0, NULL, 0};
	shorts[s] = '\0';
}

static const char *
nearest(const struct option_list *list, const char *word)
{
	const char *near = NULL;
	size_t least = strlen(word) / 2 + 2;

	for (size_t i = 0; i < list->n; i++) {
		size_t d = text_distance(word, list->v[i]->name);

		if (d < least) {
			least = d;
			near = list->v[i]->name;
		}
	}
	return near;
}

static int
wrong_option(struct client *c, const struct option_list *list, const char *word,
    bool value_missing)
{
	const char *name = word + strspn(word, "-");
	const char *near = nearest(list, name);

	if (value_missing)
		return client_fail(c, CLIENT_USAGE,
		    "%s needs a value; see: tutti help %s", client_shown(word),
		    c->verb->name);
	if (near != NULL)
		return client_fail(c, CLIENT_USAGE,
		    "tutti %s has no option %s; did you mean --%s?",
		    c->verb->name, client_shown(word), near);
	return client_fail(c, CLIENT_USAGE,
	    "tutti %s has no option %s; see: tutti help %s", c->verb->name,
	    client_shown(word), c->verb->name);
}

static const struct client_option *
option_of(const struct option_list *list, int code)
{
	if (code >= 256)
		return list->v[code - 256];
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i]->letter == code)
			return list->v[i];
	return NULL;
}

static int
check_words(struct client *c, const struct client_args *args)
{
	if (client_given(args, "help"))
		return CLIENT_OK;
	if (args->n < c->verb->min)
		return client_fail(c, CLIENT_USAGE,
		    "something is missing; type: tutti %s %s", c->verb->name,
		    c->verb->args);
	if (args->n > c->verb->max)
		return client_fail(c, CLIENT_USAGE,
		    "%s is one word too many; type: tutti %s%s%s",
		    client_shown(args->words[c->verb->max]), c->verb->name,
		    c->verb->args[0] ? " " : "", c->verb->args);
	return CLIENT_OK;
}

int
client_args(struct client *c, int argc, char **argv, struct client_args *out)
{
	struct option longs[CLIENT_OPTIONS_MAX + 1];
	char shorts[2 * CLIENT_OPTIONS_MAX + 2];
	struct option_list list;
	int code;

	list_options(c->verb, &list);
	fill_getopt(&list, longs, shorts);
	out->given_n = 0;
	opterr = 0;
	optind = 0; /* GNU: begin anew, also in tests */
	while ((code = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct client_option *o = option_of(&list, code);

		if (o == NULL)
			return wrong_option(
			    c, &list, argv[optind - 1], code == ':');
		if (out->given_n == CLIENT_GIVEN_MAX)
			return client_fail(
			    c, CLIENT_USAGE, "too many options at once");
		out->given[out->given_n].name = o->name;
		out->given[out->given_n++].value = o->value ? optarg : NULL;
	}
	c->json = client_given(out, "json") != NULL;
	out->words = (const char *const *)argv + optind;
	out->n = argc - optind;
	return check_words(c, out);
}

const char *
client_given(const struct client_args *args, const char *name)
{
	for (size_t i = args->given_n; i > 0; i--)
		if (strcmp(args->given[i - 1].name, name) == 0)
			return args->given[i - 1].value
				   ? args->given[i - 1].value
				   : "";
	return NULL;
}

const char *
client_given_next(const struct client_args *args, const char *name, size_t *i)
{
	while (*i < args->given_n)
		if (strcmp(args->given[(*i)++].name, name) == 0)
			return args->given[*i - 1].value;
	return NULL;
}

long
client_number(const char *s, long max)
{
	long n = 0;
	size_t len = strspn(s, "0123456789");

	if (len == 0 || len > 9 || s[len] != '\0')
		return -1;
	for (size_t i = 0; i < len; i++)
		n = n * 10 + (s[i] - '0');
	return n <= max ? n : -1;
}

void
client_usage(struct client *c, const struct client_verb *verb, FILE *to)
{
	struct option_list list;

	(void)c;
	list_options(verb, &list);
	fprintf(to, "Usage: tutti %s%s%s [OPTION …]\n%s.\n\n", verb->name,
	    verb->args[0] ? " " : "", verb->args, verb->help);
	for (size_t i = 0; i < list.n; i++) {
		const struct client_option *o = list.v[i];
		char letter[] = {'-', o->letter, ',', ' ', '\0'};
		char left[48];

		snprintf(left, sizeof left, "%s--%s%s%s",
		    o->letter ? letter : "", o->name, o->value ? " " : "",
		    o->value ? o->value : "");
		fprintf(to, "  %-24s %s\n", left, o->help);
	}
}
