/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
run_tests(const char *name, run_tcase *const *tcases, size_t n)
{
	Suite *suite = suite_create(name);
	SRunner *runner;
	int failed;

	for (size_t i = 0; i < n; i++)
		suite_add_tcase(suite, tcases[i]());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

char *
run_vectors(const char *name)
{
	const char *dir = getenv("TUTTI_VECTORS");
	char path[4096];
	char *text = NULL;
	size_t cap = 0;
	ssize_t len;
	FILE *f;

	snprintf(path, sizeof path, "%s/%s",
	    dir ? dir : TOP_SRCDIR "/../shared/vectors", name);
	f = fopen(path, "r");
	if (f == NULL) {
		printf("SKIP: %s: %s\n", name, strerror(errno));
		return NULL;
	}
	len = getdelim(&text, &cap, 0, f);
	fclose(f);
	ck_assert_msg(len > 0, "%s is empty", path);
	return text;
}
