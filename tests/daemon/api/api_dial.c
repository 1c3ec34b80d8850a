/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/api/api_dial.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/run.h"

int
api_dial(const char *dir)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	snprintf(to.sun_path, sizeof to.sun_path, "%s/api.sock", dir);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	return fd;
}
