/* SPDX-License-Identifier: Apache-2.0 */
/* Metadata of a folder: which of it is carried here, and what could not be. */
#include "daemon/folder/folder_internal.h"

#include <errno.h>

static const struct {
	unsigned class;
	const char *name; /* as the option has it */
	const char *lacking; /* why it may not be carried at all */
} classes[META_CLASSES] = {
    {META_XATTR, "xattr", "this file system has no extended attributes"},
    {META_ACL, "acl", "this file system has no access control lists"},
    {META_OWNER, "owner", "this daemon may not give files away"},
};

/* Once a start: the folder is one file system. */
int
folder_meta_open(struct folder *f, unsigned asked)
{
	int rc = attr_possible(f->host, f->root, asked, &f->metadata);

	if (rc < 0)
		return rc;
	f->place.metadata = f->metadata;
	for (int i = 0; i < META_CLASSES; i++)
		if ((asked & ~f->metadata & classes[i].class) != 0)
			log_warn(f->log, "metadata_not_carried",
			    LOG_STR("folder", f->id),
			    LOG_STR("what", classes[i].name),
			    LOG_STR("why", classes[i].lacking));
	return 0;
}

static const char *
why(int rc)
{
	switch (rc) {
	case ERR_NOTFOUND:
		return "nobody here has that name";
	case ERR_LIMIT:
		return "it is longer than may be here";
	case -EOPNOTSUPP:
		return "there is none of it here";
	default:
		return err_text(rc);
	}
}

/* It is tried again when the path changes. */
int
folder_meta_left(struct folder *f, const struct apply_item *it)
{
	for (int i = 0; i < META_CLASSES; i++)
		if ((it->left.classes & classes[i].class) != 0)
			log_warn(f->log, "metadata_not_set",
			    LOG_STR("folder", f->id),
			    LOG_SPAN("path", buf_span(&it->path)),
			    LOG_STR("what", classes[i].name),
			    LOG_STR("name", it->left.name),
			    LOG_STR("why", why(it->left.rc)));
	return f->metadata == 0 ? 0
				: folder_notes_meta(f, buf_span(&it->path),
				      it->left.classes != 0);
}
