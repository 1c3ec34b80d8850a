/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_fuzz - any file of configuration is refused in one sentence, or read;
 * and what was read is written so that it is read alike.
 *
 * The first byte says which kind of file: m, p, or else a folder's.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/conf/conf_internal.h"
#include "tests/fuzz/fuzz.h"

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static void
refused_in_a_sentence(int rc, const struct conf_error *error)
{
	check(rc == ERR_CONFIG);
	check(strncmp(error->text, error->file, strlen(error->file)) == 0);
	for (const char *s = error->text; *s != '\0'; s++)
		check((unsigned char)*s >= ' ' && *s != 0x7f);
}

static struct span
written(enum conf_kind kind, const void *in, struct buf *out)
{
	check(conf_text(kind, in, out) == 0);
	return buf_span(out);
}

static void
main_comes_back(struct span s, struct buf *text)
{
	struct conf_main a, b;
	struct conf_error error;
	int rc = conf_read_main(s, &a, &error);

	if (rc < 0) {
		refused_in_a_sentence(rc, &error);
		return;
	}
	check(conf_read_main(written(CONF_MAIN, &a, text), &b, &error) == 0);
	check(conf_main_equal(&a, &b));
}

static void
peer_comes_back(struct span s, struct buf *text)
{
	struct conf_peer a, b;
	struct conf_error error;
	int rc = conf_read_peer("x", s, &a, &error);

	if (rc < 0) {
		refused_in_a_sentence(rc, &error);
		return;
	}
	s = written(CONF_PEER, &a, text);
	check(conf_read_peer("x", s, &b, &error) == 0);
	check(conf_peer_equal(&a, &b));
	conf_peer_release(&a);
	conf_peer_release(&b);
}

static void
folder_comes_back(struct span s, struct buf *text)
{
	struct conf_folder a, b;
	struct conf_error error;
	int rc = conf_read_folder("x", s, &a, &error);

	if (rc < 0) {
		refused_in_a_sentence(rc, &error);
		return;
	}
	check(a.path[0] == '/');
	s = written(CONF_FOLDER, &a, text);
	check(conf_read_folder("x", s, &b, &error) == 0);
	check(conf_folder_equal(&a, &b));
	conf_folder_release(&a);
	conf_folder_release(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct span s;
	struct buf text;

	if (len == 0)
		return 0;
	s = span_of(p + 1, len - 1);
	buf_init(&text, 1 << 20);
	if (p[0] == 'm')
		main_comes_back(s, &text);
	else if (p[0] == 'p')
		peer_comes_back(s, &text);
	else
		folder_comes_back(s, &text);
	buf_release(&text);
	return 0;
}
