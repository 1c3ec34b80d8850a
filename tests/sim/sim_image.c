/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/sim_image.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_internal.h"

enum { BYTES_MAX = 64 << 20 };

static void
check(int rc)
{
	if (rc < 0)
		abort();
}

/* "above/below", or the one that is not empty; freed by the caller. */
static char *
joined(const char *above, const char *below)
{
	size_t len = strlen(above) + strlen(below) + 2;
	char *path = sim_alloc(len);

	snprintf(
	    path, len, "%s%s%s", above, *above && *below ? "/" : "", below);
	return path;
}

/* ---- taking -------------------------------------------------------------- */

static void take_dir(struct image *image, struct sim_host *h, const char *root,
    const char *below);

/* Takes ownership of path. */
static void
take_item(struct image *image, struct sim_host *h, const char *root, char *path)
{
	struct image_item item = {.path = path};
	struct host_stat st;
	char *at = joined(root, path);

	check(sim_user_stat(h, at, &st));
	item.kind = st.kind;
	item.bits = st.bits;
	item.mtime_ns = st.mtime_ns;
	buf_init(&item.bytes, BYTES_MAX);
	if (st.kind == KIND_FILE)
		check(sim_user_read(h, at, &item.bytes));
	if (st.kind == KIND_SYMLINK) {
		check(sim_user_read_link(h, at, &item.bytes));
		check(buf_add(&item.bytes, span_of("", 1)));
	}
	SIM_PUSH(&image->v, item);
	if (st.kind == KIND_DIR)
		take_dir(image, h, root, path);
	free(at);
}

static void
take_dir(struct image *image, struct sim_host *h, const char *root,
    const char *below)
{
	struct host_list list;
	char *dir = joined(root, below);

	host_list_init(&list);
	check(sim_user_list(h, dir, &list));
	for (size_t i = 0; i < list.v.n; i++)
		take_item(
		    image, h, root, joined(below, host_list_name(&list, i)));
	host_list_release(&list);
	free(dir);
}

void
image_release(struct image *image)
{
	VEC_EACH (&image->v, item) {
		free(item->path);
		buf_release(&item->bytes);
	}
	VEC_RELEASE(&image->v);
	image->taken = false;
}

void
image_take(struct image *image, struct sim_host *h, const char *root)
{
	struct host_stat st;

	image_release(image);
	image->taken = true;
	if (sim_user_stat(h, root, &st) == 0)
		take_dir(image, h, root, "");
}

/* ---- putting back -------------------------------------------------------- */

static void
empty(struct sim_host *h, const char *root)
{
	struct host_list list;

	host_list_init(&list);
	if (sim_user_list(h, root, &list) == 0)
		for (size_t i = 0; i < list.v.n; i++) {
			char *at = joined(root, host_list_name(&list, i));

			check(sim_user_remove_all(h, at));
			free(at);
		}
	host_list_release(&list);
}

static void
put_item(const struct image_item *item, struct sim_host *h, const char *at)
{
	if (item->kind == KIND_DIR)
		check(sim_user_mkdir(h, at));
	else if (item->kind == KIND_SYMLINK)
		check(sim_user_symlink(h, (const char *)item->bytes.p, at));
	else
		check(sim_user_write(h, at, buf_span(&item->bytes)));
	if (item->kind != KIND_SYMLINK)
		check(sim_user_chmod(h, at, item->bits));
}

void
image_put(const struct image *image, struct sim_host *h, const char *root)
{
	empty(h, root);
	for (size_t i = 0; i < image->v.n; i++) {
		char *at = joined(root, image->v.items[i].path);

		put_item(&image->v.items[i], h, at);
		free(at);
	}
	/* Directories last: what is put into them changes their times. */
	for (size_t i = image->v.n; i-- > 0;) {
		char *at = joined(root, image->v.items[i].path);

		check(sim_user_touch(h, at, image->v.items[i].mtime_ns));
		free(at);
	}
	for (struct sim_fs *fs = h->fs; fs; fs = fs->next)
		sim_disk_sync_fs(fs);
}
