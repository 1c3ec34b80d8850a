/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attrs - a file's extended attributes, for scripts.
 *
 *	attrs list FILE                 their names, sorted
 *	attrs get FILE NAME             the value in hex
 *	attrs set FILE NAME HEX
 *	attrs remove FILE NAME
 *
 * Ends with 1 when the system says no, with 2 when it has none here.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

enum { BYTES = 64 << 10 };

static char bytes[BYTES];

static int
no(const char *what)
{
	if (errno == EOPNOTSUPP)
		return 2;
	perror(what);
	return 1;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
list(const char *file)
{
	static char *names[BYTES];
	ssize_t len = llistxattr(file, bytes, BYTES);
	size_t n = 0;

	if (len < 0)
		return no(file);
	for (char *p = bytes; p < bytes + len; p += strlen(p) + 1)
		names[n++] = p;
	qsort(names, n, sizeof *names, by_name);
	for (size_t i = 0; i < n; i++)
		puts(names[i]);
	return 0;
}

static int
get(const char *file, const char *name)
{
	ssize_t len = lgetxattr(file, name, bytes, BYTES);

	if (len < 0)
		return no(name);
	for (ssize_t i = 0; i < len; i++)
		printf("%02x", (unsigned char)bytes[i]);
	putchar('\n');
	return 0;
}

static int
set(const char *file, const char *name, const char *hex)
{
	size_t n = 0;

	for (; hex[0] != '\0' && hex[1] != '\0' && n < BYTES; hex += 2) {
		char two[] = {hex[0], hex[1], '\0'};

		bytes[n++] = (char)strtoul(two, NULL, 16);
	}
	return lsetxattr(file, name, bytes, n, 0) < 0 ? no(name) : 0;
}

int
main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "list") == 0)
		return list(argv[2]);
	if (argc == 4 && strcmp(argv[1], "get") == 0)
		return get(argv[2], argv[3]);
	if (argc == 5 && strcmp(argv[1], "set") == 0)
		return set(argv[2], argv[3], argv[4]);
	if (argc == 4 && strcmp(argv[1], "remove") == 0)
		return lremovexattr(argv[2], argv[3]) < 0 ? no(argv[3]) : 0;
	fputs("attrs list|get|set|remove FILE ...\n", stderr);
	return 1;
}
