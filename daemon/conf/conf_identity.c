/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/conf/conf_internal.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "proto/base/text.h"

/*
 * The file is one line: a word that says what it is, and the secret key in
 * the same spelling as ids, whose check tells a damaged file.
 */
#define KEY_FILE "device.key"
#define KEY_WORD "tutti-device-key-1 "

enum { KEY_FILE_BYTES = sizeof KEY_WORD + TEXT_ID_CHARS + 1 };

static_assert((int)crypto_scalarmult_BYTES == (int)DEVICE_BYTES, "X25519");

void
conf_identity_wipe(struct conf_identity *identity)
{
	sodium_memzero(identity, sizeof *identity);
}

static int
derive(struct conf_identity *identity)
{
	return crypto_scalarmult_base(identity->id, identity->secret) == 0
		   ? 0
		   : ERR_CORRUPT;
}

static int
parse(struct span text, struct conf_identity *out)
{
	struct span word = SPAN_LIT(KEY_WORD);
	int rc;

	if (!span_starts(text, word) || text.p[text.len - 1] != '\n')
		return ERR_CORRUPT;
	rc = text_id_parse(
	    span_of(text.p + word.len, text.len - word.len - 1), out->secret);
	return rc < 0 ? ERR_CORRUPT : derive(out);
}

static int
say(struct conf_error *error, const char *what)
{
	error->file[0] = '\0';
	return conf_error_say(
	    error, 0, "the device's key state/keys/" KEY_FILE " %s", what);
}

/* Reads the file in the open directory of keys. */
static int
load_from(const struct host *h, int keys, struct conf_identity *out,
    struct conf_error *out_error)
{
	struct conf_identity identity = {.id = {0}};
	struct host_stat st;
	struct buf text;
	int rc;

	buf_init(&text, KEY_FILE_BYTES);
	rc = host_stat_at(h, keys, KEY_FILE, &st);
	if (rc == 0 && (st.bits & 077) != 0)
		rc = say(out_error,
		    "may be read by others; close it with chmod 600");
	if (rc == 0)
		rc = host_read_file(h, keys, KEY_FILE, &text);
	if (rc == 0)
		rc = parse(buf_span(&text), &identity);
	if (rc == ERR_CORRUPT || rc == ERR_LIMIT)
		rc = say(out_error,
		    "is damaged; restore it from a backup, or remove it to"
		    " become a new device");
	if (rc == 0)
		*out = identity;
	if (text.p != NULL)
		sodium_memzero(text.p, text.cap);
	buf_release(&text);
	conf_identity_wipe(&identity);
	return rc;
}

static int
write_new(const struct host *h, int fd, struct conf_identity *identity)
{
	char line[KEY_FILE_BYTES];
	char text[TEXT_ID_CHARS + 1];
	int rc;

	host_random(h, identity->secret, sizeof identity->secret);
	rc = derive(identity);
	text_id(identity->secret, text);
	snprintf(line, sizeof line, KEY_WORD "%s\n", text);
	if (rc == 0)
		rc = host_write_at(h, fd, line, strlen(line), 0);
	if (rc == 0)
		rc = host_sync(h, fd);
	sodium_memzero(line, sizeof line);
	sodium_memzero(text, sizeof text);
	return rc;
}

/* Makes a key under a name of its own, then gives it the name, unless
 * somebody else was first. */
static int
make_in(const struct host *h, int keys)
{
	struct conf_identity identity = {.id = {0}};
	char name[32];
	uint64_t unique;
	int fd, rc;

	host_random(h, &unique, sizeof unique);
	snprintf(name, sizeof name, "new-%016llx", (unsigned long long)unique);
	rc =
	    host_open(h, keys, name, HOST_WRITE | HOST_CREATE | HOST_EXCL, &fd);
	if (rc < 0)
		return rc;
	rc = write_new(h, fd, &identity);
	host_close(h, fd);
	if (rc == 0)
		rc = host_rename(h, keys, name, keys, KEY_FILE, HOST_NOREPLACE);
	if (rc < 0 && host_unlink(h, keys, name) < 0 && rc == -EEXIST)
		rc = -EIO;
	if (rc == -EEXIST)
		rc = 0;
	conf_identity_wipe(&identity);
	return rc < 0 ? rc : host_sync(h, keys);
}

static int
identity_get(const struct host *h, int state, bool make,
    struct conf_identity *out, struct conf_error *out_error)
{
	int keys, rc = 0;

	if (sodium_init() < 0)
		return -EIO;
	if (make)
		rc = host_make_dir(h, state, "keys", 0700);
	if (rc == 0 || rc == -EEXIST)
		rc = host_open_below(h, state, SPAN_LIT("keys"), &keys);
	if (rc < 0)
		return rc;
	rc = load_from(h, keys, out, out_error);
	if (rc == -ENOENT && make) {
		rc = make_in(h, keys);
		if (rc == 0)
			rc = load_from(h, keys, out, out_error);
	}
	host_close(h, keys);
	return rc;
}

int
conf_identity_load(const struct host *h, int state, struct conf_identity *out,
    struct conf_error *out_error)
{
	return identity_get(h, state, false, out, out_error);
}

int
conf_identity_make(const struct host *h, int state, struct conf_identity *out,
    struct conf_error *out_error)
{
	return identity_get(h, state, true, out, out_error);
}
