/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/conf/conf_test.h"

#include <string.h>

/* A list of name, value, name, value, NULL. */
static const char *
from_list(void *arg, const char *name)
{
	for (const char *const *v = arg; v[0] != NULL; v += 2)
		if (strcmp(v[0], name) == 0)
			return v[1];
	return NULL;
}

static void
expect(const char *const *env, const char *conf, const char *state,
    const char *run)
{
	struct conf_home home;
	struct conf_error error;

	ck_assert_int_eq(
	    conf_home(from_list, (void *)(uintptr_t)env, &home, &error), 0);
	ck_assert_str_eq(home.conf, conf);
	ck_assert_str_eq(home.state, state);
	ck_assert_str_eq(home.run, run);
	conf_home_release(&home);
}

START_TEST(home_is_where_tutti_home_says)
{
	static const char *const env[] = {"TUTTI_HOME", "/x//y/", "HOME",
	    "/home/ana", "XDG_RUNTIME_DIR", "/run/user/1", NULL};

	expect(env, "/x/y/conf", "/x/y/state", "/x/y/run");
}
END_TEST

START_TEST(home_follows_xdg)
{
	static const char *const plain[] = {"HOME", "/home/ana", NULL};
	static const char *const all[] = {"HOME", "/home/ana",
	    "XDG_CONFIG_HOME", "/c", "XDG_STATE_HOME", "/s", "XDG_RUNTIME_DIR",
	    "/r", "TUTTI_HOME", "", NULL};

	expect(plain, "/home/ana/.config/tutti", "/home/ana/.local/state/tutti",
	    "/home/ana/.local/state/tutti/run");
	expect(all, "/c/tutti", "/s/tutti", "/r/tutti");
}
END_TEST

START_TEST(home_of_the_system_is_where_nobody_has_a_home)
{
	static const char *const none[] = {NULL};

	expect(none, "/etc/tutti", "/var/lib/tutti", "/run/tutti");
}
END_TEST

START_TEST(home_refuses_relative_paths_in_words)
{
	static const char *env[] = {"TUTTI_HOME", "x/y\n", NULL};
	struct conf_home home;
	struct conf_error error;

	ck_assert_int_eq(conf_home(from_list, env, &home, &error), ERR_CONFIG);
	ck_assert_str_eq(error.text,
	    "TUTTI_HOME is \"x/y\\n\", which is no absolute path; set it to"
	    " one that begins with /");
}
END_TEST

TCase *
home_tcase(void)
{
	TCase *tc = tcase_create("home");

	tcase_add_test(tc, home_is_where_tutti_home_says);
	tcase_add_test(tc, home_follows_xdg);
	tcase_add_test(tc, home_of_the_system_is_where_nobody_has_a_home);
	tcase_add_test(tc, home_refuses_relative_paths_in_words);
	return tc;
}
