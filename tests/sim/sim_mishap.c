/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/sim_mishap.h"

#include <string.h>

#include "tests/sim/sim_node.h"
#include "tests/sim/sim_script.h"

#define MARKER ".tutti/folder"

void
mishap_backup(struct mishap_backup *b, struct sim_host *h)
{
	image_take(&b->memory, h, SIM_NODE_MEMORY);
	image_take(&b->tree, h, SCRIPT_ROOT);
}

void
mishap_backup_release(struct mishap_backup *b)
{
	image_release(&b->memory);
	image_release(&b->tree);
}

void
mishap_forget(struct sim_host *h)
{
	static const struct image nothing;

	image_put(&nothing, h, SIM_NODE_MEMORY);
}

static const struct image_item *
marker(const struct mishap_backup *b)
{
	VEC_EACH (&b->tree.v, item) {
		if (strcmp(item->path, MARKER) == 0)
			return item;
	}
	return NULL;
}

void
mishap_restore(
    const struct mishap_backup *b, struct sim_host *h, bool memory, bool tree)
{
	if (!b->memory.taken || (!memory && marker(b) == NULL))
		return;
	if (memory)
		image_put(&b->memory, h, SIM_NODE_MEMORY);
	if (tree)
		image_put(&b->tree, h, SCRIPT_ROOT);
}

bool
mishap_shows(const struct mishap_backup *b, struct sim_host *h)
{
	const struct image_item *then = marker(b);
	struct buf now;
	bool other;

	buf_init(&now, 4096);
	(void)!sim_user_read(h, SCRIPT_ROOT "/" MARKER, &now);
	other = then && !span_equal(buf_span(&then->bytes), buf_span(&now));
	buf_release(&now);
	return other;
}

/* ---- late ones ----------------------------------------------------------- */

static void
bring_file(struct sim *s, struct sim_host *h, const char *path,
    const struct image_item *item)
{
	static const char other[] = "other, of ";
	char more[sizeof other + 32];
	int rc = sim_user_write(h, path, buf_span(&item->bytes));

	snprintf(more, sizeof more, "%s%016llx\n", other,
	    (unsigned long long)sim_random(s, UINT64_MAX));
	if (rc == 0 && sim_chance(s, 200))
		rc = sim_user_append(h, path, span_str(more));
	if (rc == 0 && sim_chance(s, 800))
		rc = sim_user_touch(h, path, item->mtime_ns);
	/* What is in the way there stays. */
	if (rc == 0)
		(void)!sim_user_chmod(h, path, item->bits);
}

static bool
is_ours(const char *path)
{
	return strncmp(path, ".tutti", strlen(".tutti")) == 0;
}

void
mishap_bring(struct sim *s, struct sim_host *h, struct sim_host *from)
{
	struct image image = {0};
	char path[9000];

	image_take(&image, from, SCRIPT_ROOT);
	VEC_EACH (&image.v, item) {
		if (is_ours(item->path) || sim_chance(s, 100))
			continue;
		snprintf(path, sizeof path, "%s/%s", SCRIPT_ROOT, item->path);
		if (item->kind == KIND_DIR)
			(void)!sim_user_mkdir(h, path);
		else if (item->kind == KIND_SYMLINK)
			(void)!sim_user_symlink(
			    h, (const char *)item->bytes.p, path);
		else
			bring_file(s, h, path, item);
	}
	image_release(&image);
}
