/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/scan/ignore_internal.h"

/*
 * Only what a program makes for itself and takes away again, or what means
 * nothing on another machine. Backup files ("*~", "*.bak") are not in it:
 * they are somebody's older text, perhaps the only one, and nothing is lost
 * by keeping them the same too.
 */
static const char builtin[] =
    /* editors' swap and lock files */
    ".*.sw[n-p]\n" /* vim: .name.swp, then .swo, .swn */
    ".*.kate-swp\n"
    ".#*\n" /* emacs: a lock, a dangling link */
    "\\#*#\n" /* emacs: saved by itself */
    ".~lock.*#\n" /* LibreOffice */
    /* partial downloads */
    "*.part\n"
    "*.partial\n"
    "*.crdownload\n"
    /* trash folders, and what file managers and kernels leave */
    ".Trash-*/\n"
    ".Trashes/\n"
    "$RECYCLE.BIN/\n"
    ".DS_Store\n"
    "Thumbs.db\n"
    ".nfs????????????????????????\n"; /* removed while open: 24 digits */

struct span
ignore_builtin(void)
{
	return SPAN_LIT(builtin);
}
