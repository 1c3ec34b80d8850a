/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay - main of a fuzz target where libFuzzer is not linked: runs it on
 * each file of its corpus, so that what was once found stays mended.
 *
 * The corpus of tests/fuzz/NAME_fuzz is tests/fuzz/corpus/NAME/; files named
 * as arguments are run instead.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

static int
replay(const char *path)
{
	uint8_t *p = NULL, *more;
	size_t cap = 0, len = 0, n;
	FILE *f = fopen(path, "rb");
	int rc = -1;

	if (f == NULL)
		goto out;
	do {
		more = realloc(p, cap += 4096);
		if (more == NULL)
			goto out;
		p = more;
		n = fread(p + len, 1, cap - len, f);
		len += n;
	} while (n > 0);
	/* A block of its very size lets the sanitizers see a read beyond. */
	more = realloc(p, len > 0 ? len : 1);
	if (ferror(f) || more == NULL)
		goto out;
	p = more;
	rc = LLVMFuzzerTestOneInput(p, len);
out:
	if (rc != 0)
		perror(path);
	if (f)
		fclose(f);
	free(p);
	return rc;
}

static int
replay_in(const char *dir, const char *name)
{
	char *path;
	int rc;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return -1;
	rc = replay(path);
	free(path);
	return rc;
}

static int
replay_all_in(const char *dir, int *out_n)
{
	struct dirent **found;
	int n = scandir(dir, &found, NULL, alphasort);
	int rc = 0;

	if (n < 0) {
		perror(dir);
		return -1;
	}
	for (int i = 0; i < n; i++) {
		if (found[i]->d_name[0] != '.') {
			rc |= replay_in(dir, found[i]->d_name);
			++*out_n;
		}
		free(found[i]);
	}
	free(found);
	return rc;
}

static int
replay_corpus(const char *name, int *out_n)
{
	char *dir;
	int rc;

	if (asprintf(&dir, "%s/tests/fuzz/corpus/%.*s", TOP_SRCDIR,
		(int)strcspn(name, "_"), name) < 0)
		return -1;
	rc = replay_all_in(dir, out_n);
	free(dir);
	return rc;
}

int
main(int argc, char **argv)
{
	int n = 0, rc = 0;

	for (int i = 1; i < argc; i++, n++)
		rc |= replay(argv[i]);
	if (argc == 1)
		rc = replay_corpus(basename(argv[0]), &n);
	printf("%s: %d inputs\n", argv[0], n);
	return rc == 0 && n > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
