/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/api/api_fake.h"

#include <stdio.h>
#include <string.h>

void
fake_init(struct node *n)
{
	memset(n, 0, sizeof *n);
	n->share[0] = (char *)(uintptr_t) "laptop";
	n->share[1] = (char *)(uintptr_t) "nas";
	strcpy(n->conf.id, "f");
	n->conf.share.v.items = n->share;
	n->conf.share.v.n = 2;
	n->folder = (struct node_folder_status){.id = "f",
	    .path = "/srv/f",
	    .open = true,
	    .synced = true,
	    .reachable = 2,
	    .conf = &n->conf};
	n->folder.s.state = FOLDER_RUNNING;
	n->folder.s.in_sync = true;
	n->folder.s.files = 12304;
	n->folder.s.bytes = UINT64_C(48000000000);
	n->folder.s.peers = n->folder_peers;
	n->folder.s.n_peers = 2;
	strcpy(n->folder_peers[0].name, "laptop");
	strcpy(n->folder_peers[1].name, "nas");
	n->folder_peers[0].agrees = n->folder_peers[1].agrees = true;
	n->peers[0].name = "laptop";
	memset(n->peers[0].device, 7, DEVICE_BYTES);
	n->peers[0].connected = true;
	strcpy(n->peers[0].address, "10.0.0.2:22100");
	n->peers[1].name = "nas";
	n->peers[1].connected = true;
	n->status = (struct node_status){.name = "me",
	    .port = 22100,
	    .folders = &n->folder,
	    .n_folders = 1,
	    .peers = n->peers,
	    .n_peers = 2};
}

int
node_status(struct node *n, struct node_status *out)
{
	*out = n->status;
	return n->status_error;
}

void
node_status_release(struct node_status *s)
{
	(void)s;
}

int
node_scan(struct node *n, const char *id, host_cb *done, void *arg)
{
	if (strcmp(id, "f") != 0)
		return ERR_NOTFOUND;
	if (n->scan_error < 0)
		return n->scan_error;
	n->scans++;
	n->scan_done = done;
	n->scan_arg = arg;
	return 0;
}

int
node_reload(struct node *n, struct buf *out_why)
{
	if (n->reload_error == NULL)
		return 0;
	return buf_addf(out_why, "%s", n->reload_error) < 0 ? -ENOMEM
							    : ERR_CONFIG;
}

int
node_accept(struct node *n, const char *id)
{
	if (strcmp(id, "f") != 0)
		return ERR_NOTFOUND;
	n->accepts++;
	return n->accept;
}

static int
add_conflict(struct folder_conflicts *out, struct folder_conflict c)
{
	c.copy.path = c.copy.path != NULL ? strdup(c.copy.path) : NULL;
	c.home.path = c.home.path != NULL ? strdup(c.home.path) : NULL;
	if (VEC_PUSH(&out->v, c) == 0)
		return 0;
	free(c.copy.path);
	free(c.home.path);
	return -ENOMEM;
}

int
node_conflicts(struct node *n, const char *id, struct folder_conflicts *out)
{
	static char copy[] = "d/\xff.conflict", home[] = "d/\xff";
	struct folder_conflict c = {
	    .copy = {.path = copy, .kind = KIND_FILE, .size = 7},
	    .home = {.path = home}};
	int rc = 0;

	if (strcmp(id, "f") != 0)
		return ERR_NOTFOUND;
	for (size_t i = 0; i < n->n_conflicts && rc == 0; i++)
		rc = add_conflict(out, n->conflicts[i]);
	if (n->n_conflicts > 0)
		return rc;
	c.copy.content.b[0] = 0xab;
	c.copy.has_device = true;
	memcpy(c.copy.device, n->peers[0].device, DEVICE_BYTES);
	return add_conflict(out, c);
}

void
folder_conflicts_release(struct folder_conflicts *list)
{
	VEC_EACH (&list->v, it) {
		free(it->copy.path);
		free(it->home.path);
	}
	VEC_RELEASE(&list->v);
}

int
node_conflict_choose(struct node *n, const char *id, struct span path,
    const struct name *content, const struct name *over)
{
	(void)over;
	return node_conflict_remove(n, id, path, content);
}

int
node_conflict_remove(struct node *n, const char *id, struct span path,
    const struct name *content)
{
	if (strcmp(id, "f") != 0)
		return ERR_NOTFOUND;
	if (content->b[0] != 0xab)
		return ERR_GRAMMAR;
	snprintf(n->settled, sizeof n->settled, "%.*s", (int)path.len,
	    (const char *)path.p);
	return n->settle;
}

int
node_verify(struct node *n, const char *id)
{
	if (strcmp(id, "f") != 0)
		return ERR_NOTFOUND;
	n->verifies++;
	return n->scan_error;
}

int
node_verify_status(
    struct node *n, const char *id, struct folder_verify_status *out)
{
	if (strcmp(id, "f") != 0)
		return ERR_NOTFOUND;
	*out = n->verify;
	return 0;
}

bool
node_verify_rotten(
    struct node *n, const char *id, size_t i, struct folder_rotten *out)
{
	(void)id;
	*out = (struct folder_rotten){"a\nb", i == 0};
	return i < n->verify.rotten;
}

int
node_history(struct node *n, const char *id, const struct folder_range *range,
    folder_version_cb *cb, void *arg, struct buf *out_after)
{
	struct folder_version v = {.path = range->path,
	    .kind = KIND_FILE,
	    .size = 5,
	    .mtime_ns = 1000000000,
	    .until_ns = 3000000000,
	    .at_ns = 2999999999,
	    .here = true,
	    .kept = SPAN_LIT("d/n~19700101T000003Z"),
	    .who = {.made.dot = {1, 1}, .by.dot = {1, 2}, .by_gone = true}};
	int rc = 0;

	if (strcmp(id, "f") != 0)
		return ERR_CONFIG;
	if (span_equal(range->path, SPAN_LIT("none")))
		return ERR_NOTFOUND;
	memcpy(v.who.made.device, n->status.device, DEVICE_BYTES);
	memcpy(v.who.by.device, n->peers[1].device, DEVICE_BYTES);
	if (n->past_error < 0)
		return n->past_error;
	for (size_t i = 0; i < n->n_told && rc == 0; i++)
		rc = cb(arg, &n->told[i]);
	if (n->n_told > 0)
		return rc;
	if (range->after.len == 0 && buf_addf(out_after, "d/n\n") < 0)
		return -ENOMEM;
	for (unsigned i = 0; i < n->many && rc == 0; i++)
		rc = cb(arg, &v);
	return rc < 0 ? rc : cb(arg, &v);
}

int
node_restore(struct node *n, const char *id,
    const struct folder_restore_options *o, folder_changed_cb *done, void *arg)
{
	if (strcmp(id, "f") != 0)
		return ERR_CONFIG;
	if (span_equal(o->range.path, SPAN_LIT("none")))
		return ERR_NOTFOUND;
	if (n->past_error < 0)
		return n->past_error;
	n->restore = *o;
	n->restored = done;
	n->restored_arg = arg;
	if (o->dry)
		fake_restored(n, 0);
	return 0;
}

void
fake_restored(struct node *n, int rc)
{
	static uint8_t path[] = "d/n\n", from[] = ".tutti/versions/d/n~x";
	folder_changed_cb *done = n->restored;
	struct folder_changes changes = {.rc = rc};
	struct folder_change c = {.what = FOLDER_CHANGE_REPLACE,
	    .kind = KIND_FILE,
	    .size = 5,
	    .until_ns = 3000000000};

	/* No memory is asked for: it may have run out. */
	c.path.p = path;
	c.path.len = sizeof path - 1;
	c.from.p = from;
	c.from.len = sizeof from - 1;
	changes.v.items = &c;
	changes.v.n = 1;
	if (n->n_changes > 0) {
		changes.v.items = (struct folder_change *)(uintptr_t)n->changes;
		changes.v.n = n->n_changes;
	}
	n->restored = NULL;
	done(n->restored_arg, &changes);
}
