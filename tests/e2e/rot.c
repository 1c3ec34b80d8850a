/* SPDX-License-Identifier: Apache-2.0 */
/* rot STATE ROOT PATH - lets a file rot whose daemon is stopped; STATE is the
 * directory of the folder's database. */
#include "tests/rot.h"

#include <stdio.h>

#include "daemon/host/host_uv.h"

int
main(int argc, char **argv)
{
	struct host *h;
	int state, rc;

	if (argc != 4)
		return 2;
	rc = host_uv_new(&h);
	if (rc == 0)
		rc = host_open_root(h, argv[1], 0, &state);
	if (rc == 0)
		rc = rot(h, state, argv[2], argv[3]);
	if (rc < 0)
		fprintf(stderr, "rot: %s\n", err_text(rc));
	return rc < 0;
}
