/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "daemon/host/host_uv.h"
#include "daemon/index/index.h"
#include "tests/race/history.h"

enum { VERSIONS_MAX = 1 << 20 };

static void
must(const struct race_machine *m, int rc)
{
	if (rc < 0)
		race_die("the index of %s: %s", m->name, err_text(rc));
}

static void
tell(struct causal *c, unsigned machine, const struct version *v)
{
	if (!span_starts(v->path, SPAN_LIT(RACE_BALLAST)))
		causal_knows(c, machine, v);
}

void
history_recall(struct causal *c, unsigned machine, const struct race_machine *m)
{
	static const struct vector nothing;
	char *path = race_text("%s/state/folders/" RACE_FOLDER, m->home);
	struct index_versions list = {0};
	struct index *index;
	struct host *h;
	int dir;

	must(m, host_uv_new(&h));
	must(m, host_open_root(h, path, 0, &dir));
	must(m, index_open(h, dir, 0, &index));
	must(m, index_versions_after(
		    index, (struct dot){0}, &nothing, VERSIONS_MAX, &list));
	VEC_EACH (&list.v, it)
		tell(c, machine, it->version);
	index_versions_release(&list);
	index_close(index);
	host_close(h, dir);
	host_uv_free(h);
	free(path);
}
