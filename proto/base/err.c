/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/base/err.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static const struct {
	int err;
	enum err_class class;
	const char *text;
} table[] = {
    {ERR_GRAMMAR, ERR_CLASS_PEER, "malformed bytes"},
    {ERR_LIMIT, ERR_CLASS_PEER, "over a limit"},
    {ERR_AUTH, ERR_CLASS_PEER, "not authorised"},
    {ERR_MISMATCH, ERR_CLASS_PEER, "content does not match its name"},
    {ERR_CHANGED, ERR_CLASS_LATER, "changed meanwhile"},
    {ERR_BUSY, ERR_CLASS_LATER, "in use"},
    {ERR_HALTED, ERR_CLASS_USER, "halted for safety"},
    {ERR_NOTFOUND, ERR_CLASS_LATER, "not found"},
    {ERR_CONFIG, ERR_CLASS_USER, "wrong configuration"},
    {ERR_CORRUPT, ERR_CLASS_USER, "stored state is damaged"},
    {ERR_NEWER, ERR_CLASS_USER, "written by a newer version of this program"},
    {ERR_CLOSED, ERR_CLASS_LATER, "connection closed"},
};

/* What the system says and no waiting will mend. */
static const int for_user[] = {EACCES, EPERM, EROFS, ENOTDIR, ENAMETOOLONG,
    EADDRINUSE, EADDRNOTAVAIL, ENOSYS, EOPNOTSUPP};
static const int for_us[] = {EBADF, EFAULT, EINVAL, ENOTSOCK};

static int
find(int err)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].err == err)
			return (int)i;
	return -1;
}

const char *
err_text(int err)
{
	int i = find(err);
	const char *text;

	if (i >= 0)
		return table[i].text;
	if (err >= 0)
		return "no error";
	/* NULL for what the system does not know; INT_MIN has no negative. */
	text = err > -4096 ? strerrordesc_np(-err) : NULL;
	return text ? text : "unknown error";
}

enum err_class
err_class(int err)
{
	int i = find(err);

	if (i >= 0)
		return table[i].class;
	if (err >= 0 || err <= -4096)
		return ERR_CLASS_BUG;
	for (size_t k = 0; k < sizeof for_user / sizeof *for_user; k++)
		if (for_user[k] == -err)
			return ERR_CLASS_USER;
	for (size_t k = 0; k < sizeof for_us / sizeof *for_us; k++)
		if (for_us[k] == -err)
			return ERR_CLASS_BUG;
	return ERR_CLASS_LATER;
}
