/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/conf/conf_test.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/text.h"

static const char *
home_only(void *arg, const char *name)
{
	struct place *p = arg;

	return strcmp(name, "TUTTI_HOME") == 0 ? p->dir : NULL;
}

void
place_begin(struct place *p)
{
	struct conf_error error;

	run_temp_dir("conf", p->dir);
	ck_assert_int_eq(host_uv_new(&p->h), 0);
	ck_assert_int_eq(conf_home(home_only, p, &p->home, &error), 0);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void
place_end(struct place *p)
{
	conf_home_release(&p->home);
	host_uv_free(p->h);
	ck_assert_int_eq(nftw(p->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

struct conf_source
place_source(struct place *p)
{
	struct conf_source source = {p->h, -1, &p->home};
	int rc = host_open_root(p->h, p->home.conf, 0, &source.dir);

	ck_assert(rc == 0 || rc == -ENOENT);
	return source;
}

void
place_source_end(struct place *p, struct conf_source *source)
{
	if (source->dir >= 0)
		host_close(p->h, source->dir);
}

void
place_write(struct place *p, const char *name, const char *text)
{
	static const char *const dirs[] = {
	    "conf", "conf/peers", "conf/folders"};
	char path[256];
	FILE *f;

	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s/%s", p->dir, dirs[i]);
		mkdir(path, 0700);
	}
	snprintf(path, sizeof path, "%s/conf/%s", p->dir, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

void
place_folder(struct place *p, const char *id, const char *path)
{
	char name[128], text[256];

	snprintf(name, sizeof name, "folders/%s.conf", id);
	snprintf(text, sizeof text, "path = '%s'\n", path);
	place_write(p, name, text);
}

void
expect_shown(const char *text, const char *file)
{
	ck_assert_msg(strncmp(text, file, strlen(file)) == 0, "%s", text);
	ck_assert_uint_gt(strlen(text), strlen(file) + 10);
	for (const char *s = text; *s != '\0'; s++)
		ck_assert_msg(*s >= ' ' && *s <= '~', "%s", text);
}

const char some_id[] =
    "AAAQEAYE-AUDAOCAJ-BIFQYDIO-B4IBCEQT-CQKRMFYY-DENBWHA5-DYP2F4PH";
const char other_id[] =
    "AEBAGBAF-AYDQQCIK-BMGA2DQP-CAIREEYU-CULBOGAZ-DINRYHI6-D4QMRXS4";

int
main(void)
{
	static run_tcase *const tcases[] = {address_tcase, amount_tcase,
	    home_tcase, identity_tcase, load_tcase, odd_tcase, parse_tcase,
	    sweep_tcase, text_tcase, value_tcase, write_tcase};

	return run_tests("conf", tcases, sizeof tcases / sizeof *tcases);
}
