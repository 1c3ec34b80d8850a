/* SPDX-License-Identifier: Apache-2.0 */
/*
 * version_fuzz - any bytes are refused or are a record that its fields
 * encode to again, and whose conflict copy has a path.
 */
#include "proto/base/path.h"
#include "proto/model/model.h"

#include <stdlib.h>

#include "tests/fuzz/fuzz.h"

static void
check(bool ok)
{
	if (!ok)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct version *v, *again;
	struct buf path;
	int rc = version_parse(span_of(p, len), &v);

	check(rc == 0 || rc == ERR_GRAMMAR);
	if (rc < 0)
		return 0;
	check(version_new(v, &again) == 0);
	check(span_equal(again->record, span_of(p, len)));
	check(version_supersedes(v, again));
	buf_init(&path, LIMIT_PATH_BYTES);
	rc = conflict_path(v, &path);
	check(rc == 0 ? path_valid(buf_span(&path)) : rc == ERR_LIMIT);
	buf_release(&path);
	version_free(again);
	version_free(v);
	return 0;
}
