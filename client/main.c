/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/client.h"

static const char *
environment(void *arg, const char *name)
{
	(void)arg;
	return getenv(name);
}

static void
interrupted(int signum)
{
	(void)signum;
	_exit(CLIENT_INTERRUPTED);
}

int
main(int argc, char **argv)
{
	struct client_world world = {environment, NULL, stdout, stderr};
	struct sigaction action = {.sa_handler = interrupted};

	if (argc < 1)
		return CLIENT_USAGE;
	sigaction(SIGINT, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
	return client_run(&world, argc, argv);
}
