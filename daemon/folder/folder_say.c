/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said of versions that are made here, for whoever looks for the
 * reason of something afterwards: what they state, and on what they are based.
 * Their vectors follow from that and from what came before.
 */
#include "daemon/folder/folder_internal.h"

void
folder_say_made(struct folder *f, const struct version *v,
    const struct agreement *base, bool moved)
{
	struct dot none = {0};

	log_debug(f->log, "version_made", LOG_STR("folder", f->id),
	    LOG_PATH("path", v->path), LOG_INT("kind", v->kind),
	    LOG_DOT("dot", v->dot), LOG_UINT("bits", v->bits),
	    LOG_INT("mtime_ns", v->mtime_ns), LOG_ID("content", v->content.b),
	    LOG_BOOL("copy", v->copy), LOG_BOOL("based", base->present),
	    LOG_DOT("base", base->version ? base->version->dot : none),
	    LOG_BOOL("moved", moved));
}

void
folder_say_renewed(
    struct folder *f, const struct version *v, struct dot dot, struct dot known)
{
	log_debug(f->log, "version_renewed", LOG_STR("folder", f->id),
	    LOG_PATH("path", v->path), LOG_DOT("old", v->dot),
	    LOG_DOT("dot", dot), LOG_DOT("known", known));
}
