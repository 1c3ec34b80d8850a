/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of a folder without rules, which is every folder in most
 * histories, compiled once a process. The linker puts this between who asks
 * for rules and who makes them (--wrap).
 */
#include "daemon/scan/ignore.h"

int __real_ignore_new(const struct ignore_source *sources, size_t n,
    struct span own, size_t *out_bad, struct ignore_rules **out_rules) MUST_USE;
int __wrap_ignore_new(const struct ignore_source *sources, size_t n,
    struct span own, size_t *out_bad, struct ignore_rules **out_rules) MUST_USE;

int
__wrap_ignore_new(const struct ignore_source *sources, size_t n,
    struct span own, size_t *out_bad, struct ignore_rules **out_rules)
{
	static struct ignore_rules *plain; /* until the process ends */
	int rc = 0;

	if (n > 0 || own.len > 0)
		return __real_ignore_new(sources, n, own, out_bad, out_rules);
	if (plain == NULL)
		rc = __real_ignore_new(sources, n, own, out_bad, &plain);
	if (rc < 0)
		return rc;
	*out_bad = 0;
	*out_rules = ignore_ref(plain);
	return 0;
}
