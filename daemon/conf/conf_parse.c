/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/conf/conf_internal.h"

#include <confuse.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/base/text.h"

enum { FILE_BYTES = 1 << 20 };

/* One parse of one file. */
struct parse {
	const struct conf_table *table;
	void *into;
	struct conf_error *error;
	int rc; /* the first thing that went wrong */
	unsigned line[CONF_OPTIONS_MAX]; /* where each was set; 0: not yet */
};

/* libconfuse gives its callbacks no argument of ours. */
static _Thread_local struct parse *current;

static void
say(struct parse *p, unsigned line, const char *name, const char *what)
{
	const struct conf_option *near = conf_option_near(p->table, name);
	char shown[CONF_SHOWN_BYTES];

	conf_shown(name, shown, sizeof shown);
	if (near != NULL)
		p->rc = conf_error_say(p->error, line,
		    "%s \"%s\"; did you mean \"%s\", as in: %s", what, shown,
		    near->name, near->example);
	else
		p->rc = conf_error_say(p->error, line,
		    "%s \"%s\"; write a line like: %s", what, shown,
		    p->table->options[0].example);
}

/* Takes libconfuse's own complaint, the first one only. */
static void __attribute__((format(printf, 2, 0)))
on_error(cfg_t *cfg, const char *format, va_list ap)
{
	static const char unknown[] = "no such option '";
	char what[256], shown[CONF_SHOWN_BYTES];
	struct parse *p = current;
	unsigned line = cfg->line > 0 ? (unsigned)cfg->line : 1;

	if (p->rc < 0)
		return;
	vsnprintf(what, sizeof what, format, ap);
	if (strncmp(what, unknown, sizeof unknown - 1) == 0) {
		char *name = what + sizeof unknown - 1;

		name[strcspn(name, "'")] = '\0';
		say(p, line, name, "there is no option");
		return;
	}
	conf_shown(what, shown, sizeof shown);
	p->rc = conf_error_say(p->error, line, "%s; write a line like: %s",
	    shown, p->table->options[0].example);
}

static void
say_value(struct parse *p, unsigned line, const struct conf_option *option,
    const char *value)
{
	char shown[CONF_SHOWN_BYTES];

	conf_shown(value, shown, sizeof shown);
	p->rc = conf_error_say(p->error, line,
	    "\"%s\" cannot be the %s, which is %s, as in: %s", shown,
	    option->name, option->range, option->example);
}

/* Called by libconfuse for each value, where the line is known. */
static int
on_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	struct parse *p = current;
	const struct conf_option *option =
	    conf_option_find(p->table, opt->name);
	unsigned *line = &p->line[option - p->table->options];
	int rc;

	*(const char **)result = value;
	if (*line != 0 && cfg_opt_size(opt) == 1) {
		p->rc = conf_error_say(p->error, (unsigned)cfg->line,
		    "%s is set already in line %u; remove one of the two",
		    option->name, *line);
		return -1;
	}
	*line = (unsigned)cfg->line;
	rc = option->type->parse(option, value, conf_field(option, p->into));
	if (rc == ERR_GRAMMAR)
		say_value(p, *line, option, value);
	else if (rc < 0)
		p->rc = rc;
	return rc < 0 ? -1 : 0;
}

/* Turns our table into libconfuse's. */
static cfg_t *
open_parser(const struct conf_table *table)
{
	cfg_opt_t opts[CONF_OPTIONS_MAX + 1] = {CFG_END()};
	cfg_opt_t end = CFG_END();
	cfg_t *cfg;

	for (size_t i = 0; i < table->n; i++) {
		cfg_opt_t opt = CFG_STR_CB(
		    table->options[i].name, NULL, CFGF_NODEFAULT, on_value);

		if (table->options[i].type->list)
			opt.flags |= CFGF_LIST;
		opts[i] = opt;
	}
	opts[table->n] = end;
	cfg = cfg_init(opts, CFGF_NONE);
	if (cfg == NULL)
		return NULL;
	cfg_set_error_function(cfg, on_error);
	return cfg;
}

static int
run_parser(struct parse *p, const char *text)
{
	cfg_t *cfg = open_parser(p->table);
	int rc;

	if (cfg == NULL)
		return -ENOMEM;
	current = p;
	rc = cfg_parse_buf(cfg, text);
	current = NULL;
	cfg_free(cfg);
	if (p->rc == 0 && rc != CFG_SUCCESS)
		p->rc = conf_error_say(p->error, 0,
		    "this is no configuration; write lines like: %s",
		    p->table->options[0].example);
	return p->rc;
}

static int
check_required(struct parse *p)
{
	for (size_t i = 0; i < p->table->n; i++)
		if (p->table->options[i].preset == NULL && p->line[i] == 0)
			return conf_error_say(p->error, 0,
			    "%s is missing; add a line like: %s",
			    p->table->options[i].name,
			    p->table->options[i].example);
	return 0;
}

/* Gives each choice its preset; zeros are right for all other types. */
static int
set_presets(const struct conf_table *table, void *into)
{
	int rc = 0;

	for (size_t i = 0; i < table->n && rc == 0; i++) {
		const struct conf_option *o = &table->options[i];

		if (o->type == &conf_type_choice)
			rc = o->type->parse(o, o->preset, conf_field(o, into));
	}
	return rc;
}

int
conf_parse(enum conf_kind kind, struct span text, void *into,
    struct conf_error *out_error)
{
	struct parse p = {
	    .table = &conf_tables[kind], .into = into, .error = out_error};
	struct buf copy;
	int rc;

	buf_init(&copy, FILE_BYTES + 2); /* with what is put behind it */
	if (text.len > 0 && memchr(text.p, 0, text.len) != NULL) {
		rc = conf_error_say(out_error, 0,
		    "it holds a zero byte, so it is no text; write it anew");
		goto out;
	}
	if ((rc = set_presets(p.table, into)) < 0 ||
	    (rc = buf_add(&copy, text)) < 0 ||
	    (rc = buf_add(&copy, span_of("\n", 2))) < 0)
		goto out;
	rc = run_parser(&p, (const char *)copy.p);
	if (rc == 0)
		rc = check_required(&p);
out:
	buf_release(&copy);
	return rc;
}
