/* SPDX-License-Identifier: Apache-2.0 */
/*
 * msg_fuzz - any bytes are refused or are a message that is written back:
 * the same bytes, or, where they were compressed, the same body.
 */
#include "proto/msg/msg.h"

#include <stdlib.h>

#include "tests/fuzz/fuzz.h"

static void
check(bool ok)
{
	if (!ok)
		abort();
}

/* Writes m without compression. */
static void
write_plain(struct msg_zstd *z, const struct msg *m, struct buf *out)
{
	buf_init(out, MSG_BYTES_MAX);
	z->level = 0;
	check(msg_write(z, m, out) == 0);
}

static void
comes_back(struct msg_zstd *z, const struct msg *m, struct span bytes)
{
	struct buf plain, again;
	struct msg back;

	write_plain(z, m, &plain);
	if (m->unpacked == NULL)
		check(span_equal(buf_span(&plain), bytes));
	check(msg_parse(z, buf_span(&plain), &back) == 0);
	write_plain(z, &back, &again);
	check(span_equal(buf_span(&plain), buf_span(&again)));
	msg_release(&back);
	buf_release(&plain);
	buf_release(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct span bytes = span_of(p, len);
	struct msg_zstd z;
	struct msg m;
	int rc;

	msg_zstd_init(&z);
	rc = msg_parse(&z, bytes, &m);
	check(rc == 0 || rc == ERR_GRAMMAR);
	if (rc == 0) {
		comes_back(&z, &m, bytes);
		msg_release(&m);
	}
	msg_zstd_release(&z);
	return 0;
}
