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

void
run_temp_dir(const char *what, char out[static RUN_DIR_BYTES])
{
	const char *tmp = getenv("TMPDIR");

	snprintf(out, RUN_DIR_BYTES, "%s/tutti-%s-XXXXXX",
	    tmp && strlen(tmp) < RUN_DIR_BYTES - 24 ? tmp : "/tmp", what);
	ck_assert_ptr_nonnull(mkdtemp(out));
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
