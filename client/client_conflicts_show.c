/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A conflict side by side: what is known of each file, and how the copies
 * differ from their home as the system's diff says it. What files contain is
 * another machine's word: nothing of it reaches a terminal unescaped
 * (LESSONS 40).
 */
#include "client/client_internal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/base/text.h"

enum { DIFF_FILE_BYTES = 4 << 20, DIFF_LINES = 2000 };

/* The file behind a url, below the folder. */
static bool
path_of(const struct conf_folder *folder, const json_t *file, struct buf *out)
{
	const char *url = client_text(file, "url");
	int rc = buf_addf(out, "%s/", folder->path);

	for (; rc == 0 && *url != '\0'; url++) {
		char hex[3] = "", c = *url;

		if (c == '%') {
			memcpy(hex, url + 1, 2);
			c = (char)strtol(hex, NULL, 16);
			url += 2;
		}
		rc = buf_add(out, span_of(&c, 1));
	}
	return rc == 0 && buf_add(out, span_of("", 1)) == 0;
}

/* Is it a file that a diff can be made of: a plain one, and not too large? */
static bool
fits(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       st.st_size <= DIFF_FILE_BYTES;
}

/* Prints what diff says, escaped but for its tabs. */
static void
print_lines(struct client *c, FILE *from)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	int lines = 0;

	while ((n = getline(&line, &room, from)) > 0) {
		struct buf shown;
		char *at = line, *tab;

		if (++lines > DIFF_LINES)
			continue; /* diff must not be left with a full pipe */
		if (line[n - 1] == '\n')
			line[--n] = '\0';
		buf_init(&shown, 8 * (size_t)n + 1);
		for (; (tab = memchr(at, '\t', (size_t)(line + n - at)));
		     at = tab + 1)
			if (text_escape(
				&shown, span_of(at, (size_t)(tab - at))) < 0 ||
			    buf_add(&shown, SPAN_LIT("\t")) < 0)
				break;
		if (text_escape(&shown, span_of(at, (size_t)(line + n - at))) ==
		    0)
			client_say(c, "%.*s", (int)shown.len,
			    shown.p ? (const char *)shown.p : "");
		buf_release(&shown);
	}
	if (lines > DIFF_LINES)
		client_say(c, "(%d more lines)", lines - DIFF_LINES);
	free(line);
}

/* In the child: never returns. Paths are absolute: none is an option. */
static void
become_diff(int out, const char *home, const char *copy)
{
	if (dup2(out, 1) < 0)
		_exit(127);
	execlp("diff", "diff", "-u", "--", home, copy, (char *)NULL);
	_exit(127);
}

static void
print_diff(struct client *c, const char *home, const char *copy)
{
	int fds[2], status = 0;
	pid_t child;
	FILE *from;

	if (!fits(home) || !fits(copy) || pipe2(fds, O_CLOEXEC) < 0)
		return;
	fflush(NULL);
	child = fork();
	if (child == 0)
		become_diff(fds[1], home, copy);
	close(fds[1]);
	from = fdopen(fds[0], "r");
	if (from != NULL) {
		print_lines(c, from);
		fclose(from);
	} else {
		close(fds[0]);
	}
	if (child > 0 && waitpid(child, &status, 0) == child &&
	    WIFEXITED(status) && WEXITSTATUS(status) == 127)
		client_warn(c, "install diff to see how they differ");
}

static void
show(struct client *c, const struct conf_folder *folder, const json_t *group)
{
	const json_t *home = json_object_get(group, "home"), *copy;
	struct buf home_path, copy_path;
	size_t i;

	client_say(c, "%s  (%s)", client_text(home, "path"),
	    json_is_null(home) ? "a name too long to tell of what"
			       : client_file_text(home));
	json_array_foreach(json_object_get(group, "copies"), i, copy)
	{
		client_say(c, "  %s  (%s)", client_text(copy, "path"),
		    client_file_text(copy));
		buf_init(&home_path, 3 * LIMIT_PATH_BYTES);
		buf_init(&copy_path, 3 * LIMIT_PATH_BYTES);
		if (!c->json && path_of(folder, home, &home_path) &&
		    path_of(folder, copy, &copy_path))
			print_diff(c, (const char *)home_path.p,
			    (const char *)copy_path.p);
		buf_release(&home_path);
		buf_release(&copy_path);
	}
}

int
client_conflicts_show(struct client *c, const struct client_args *args)
{
	const struct conf_folder *folder;
	const json_t *group;
	json_t *groups = NULL;
	char *url = NULL;
	int code = client_load(c);

	if (code == CLIENT_OK)
		code = client_place(c, args->words[0], &folder, &url);
	if (code == CLIENT_OK)
		code = client_conflicts_get(c, folder->id, &groups);
	if (code != CLIENT_OK)
		goto out;
	group = client_conflicts_find(groups, url);
	if (group == NULL)
		code = client_fail(c, CLIENT_NOT_FOUND,
		    "of %s no conflict waits; see: tutti conflicts",
		    client_shown(args->words[0]));
	else if (c->json)
		code = client_print(c, json_copy((json_t *)(uintptr_t)group));
	else
		show(c, folder, group);
out:
	json_decref(groups);
	free(url);
	return code;
}
