/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_internal - the table of options, and what is done with it.
 */
#ifndef DAEMON_CONF_CONF_INTERNAL_H
#define DAEMON_CONF_CONF_INTERNAL_H

#include "daemon/conf/conf.h"

struct conf_option;

/* How values of one type are read into a field and written from it. */
struct conf_type {
	bool list;
	bool bare; /* written without quotes */
	/* Sets the field, or adds to it. ERR_GRAMMAR, -ENOMEM. */
	int (*parse)(
	    const struct conf_option *option, const char *text, void *field);
	/* How many values the field holds; 0: unset. */
	size_t (*count)(const void *field);
	/* Appends the i-th as parse reads it. */
	int (*format)(const struct conf_option *option, const void *field,
	    size_t i, struct buf *out);
	void (*release)(void *field); /* NULL: owns nothing */
};

extern const struct conf_type conf_type_name;
extern const struct conf_type conf_type_names;
extern const struct conf_type conf_type_path;
extern const struct conf_type conf_type_strings;
extern const struct conf_type conf_type_bool;
extern const struct conf_type conf_type_choice;
extern const struct conf_type conf_type_choices;
extern const struct conf_type conf_type_listen;
extern const struct conf_type conf_type_addresses;
extern const struct conf_type conf_type_id;
extern const struct conf_type conf_type_duration;
extern const struct conf_type conf_type_size;

struct conf_option {
	const char *name;
	const struct conf_type *type;
	const char *range; /* in words; for choices: words parted by '|' */
	const char *preset; /* as written in a file; NULL: must be set */
	const char *example; /* as written in a file */
	const char *help;
	size_t offset; /* of its field in the struct */
};

enum { CONF_OPTIONS_MAX = 16 };

struct conf_table {
	const char *dir; /* of its files below the home; NULL: the home */
	const char *title;
	const struct conf_option *options;
	size_t n;
};

extern const struct conf_table conf_tables[]; /* by enum conf_kind */

/* The option's field in the struct that it is an option of. */
static inline void *
conf_field(const struct conf_option *option, void *in)
{
	return (char *)in + option->offset;
}
static inline const void *
conf_field_const(const struct conf_option *option, const void *in)
{
	return (const char *)in + option->offset;
}

/* The option of that name, or NULL; and the nearest one to a wrong name. */
const struct conf_option *conf_option_find(
    const struct conf_table *table, const char *name);
const struct conf_option *conf_option_near(
    const struct conf_table *table, const char *name);

/*
 * Reads a file's text into a zeroed struct. ERR_CONFIG with out_error set
 * (file must have been set by the caller); what was read so far stays in it.
 */
int conf_parse(enum conf_kind kind, struct span text, void *into,
    struct conf_error *out_error) MUST_USE;

/* Releases the fields of a struct. */
void conf_fields_release(enum conf_kind kind, void *in);

/* Appends the text of a whole file. */
int conf_text(enum conf_kind kind, const void *in, struct buf *out) MUST_USE;

/* Copies, given on 0. -ENOMEM. */
int conf_copy_peer(
    const struct conf_peer *peer, struct conf_peer *out) MUST_USE;
int conf_copy_folder(
    const struct conf_folder *folder, struct conf_folder *out) MUST_USE;

/* Says whether a normalised path is dir or lies in it. */
bool conf_path_within(const char *path, const char *dir);

/* Sets file to dir/name.conf, escaped and cut to fit. */
void conf_error_file(
    struct conf_error *error, const char *dir, const char *name);

/*
 * Sets text to "FILE, line N: " (what is known of it) and the sentence.
 * Returns ERR_CONFIG.
 */
int conf_error_say(struct conf_error *error, unsigned line, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

/* Writes s escaped, NUL-terminated, cut to fit. */
void conf_shown(const char *s, char *out, size_t len);

/* Enough for a path or a name in a sentence. */
enum { CONF_SHOWN_BYTES = 200 };

#endif
