/* SPDX-License-Identifier: Apache-2.0 */
/* Owners, by name. */
#include "daemon/attr/attr_internal.h"

#include <errno.h>

static int
read_who(struct attr_reading *r, enum meta_tag tag, uint32_t number)
{
	enum host_who who = tag == META_TAG_USER ? HOST_USER : HOST_GROUP;
	struct meta_item it = {.tag = tag};
	struct buf name;
	int rc;

	buf_init(&name, LIMIT_META_NAME_BYTES);
	rc = host_who_name(r->host, who, number, &name);
	it.value = buf_span(&name);
	if (rc == 0 && name.len > 0)
		meta_put(&r->w, &it);
	else if (rc == -ENOENT || rc == ERR_LIMIT)
		attr_leave(r->left, META_OWNER, ERR_NOTFOUND, it.value);
	buf_release(&name);
	return rc == -ENOENT || rc == ERR_LIMIT ? 0 : rc;
}

int
attr_read_owner(struct attr_reading *r)
{
	int rc = read_who(r, META_TAG_USER, r->st->user);

	return rc < 0 ? rc : read_who(r, META_TAG_GROUP, r->st->group);
}

/* Whom a file is to be given to; HOST_NOBODY for one that nobody here is. */
static int
find(struct attr_setting *s, const struct meta_item *it, uint32_t *out)
{
	enum host_who who = it->tag == META_TAG_USER ? HOST_USER : HOST_GROUP;
	int rc = host_who_number(s->host, who, it->value, out);

	if (rc == -ENOENT) {
		attr_leave(s->left, META_OWNER, ERR_NOTFOUND, it->value);
		*out = HOST_NOBODY;
	}
	return rc == -ENOENT ? 0 : rc;
}

int
attr_set_owner(struct attr_setting *s, const struct host_stat *st)
{
	uint32_t user = HOST_NOBODY, group = HOST_NOBODY;
	struct wire_reader r = meta_items(s->part);
	struct meta_item it;
	int rc = 0;

	while (rc == 0 && meta_next(&r, &it)) {
		if (it.tag == META_TAG_USER)
			rc = find(s, &it, &user);
		else if (it.tag == META_TAG_GROUP)
			rc = find(s, &it, &group);
	}
	if (user == st->user)
		user = HOST_NOBODY;
	if (group == st->group)
		group = HOST_NOBODY;
	if (rc < 0 || (user == HOST_NOBODY && group == HOST_NOBODY))
		return rc;
	s->changed = true;
	rc = host_set_owner(s->host, s->fd, user, group);
	if (rc == 0 || !attr_refused(rc))
		return rc;
	attr_leave(s->left, META_OWNER, rc, span_of(NULL, 0));
	return 0;
}
