/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Daemons: started, stopped as a user does, and killed at random moments
 * while editors go on.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/client.h"
#include "tests/race/race.h"

#define MS INT64_C(1000000)

enum { PATIENCE_S = 60 };

/* As on a file system that has none of it. */
static void
do_without(const struct race_options *o)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int rc = filter == NULL ? -ENOMEM : 0;

	if (rc == 0 && o->no_leases)
		rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL),
		    SCMP_SYS(fcntl), 1, SCMP_A1(SCMP_CMP_EQ, F_SETLEASE, 0));
	if (rc == 0 && o->no_exchange)
		rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL),
		    SCMP_SYS(renameat2), 1,
		    SCMP_A4(SCMP_CMP_EQ, RENAME_EXCHANGE, 0));
	if (rc == 0)
		rc = seccomp_load(filter);
	if (rc != 0)
		race_die("seccomp: %s", strerror(-rc));
	seccomp_release(filter);
}

static void
run_daemon(const struct race *r, const struct race_machine *m)
{
	char *err = race_text("%s.err", m->home);
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd = open(err, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
		_exit(127);
	if (r->o.no_leases || r->o.no_exchange)
		do_without(&r->o);
	setenv("TUTTI_HOME", m->home, 1);
	execl(TOP_BUILDDIR "/tuttid", "tuttid", (char *)NULL);
	_exit(127);
}

static void
launch(struct race *r, struct race_machine *m)
{
	m->daemon = fork();
	if (m->daemon < 0)
		race_die("no process for a daemon: %m");
	if (m->daemon == 0)
		run_daemon(r, m);
}

/* Of one that was not killed. */
static _Noreturn void
ended(struct race_machine *m, int status)
{
	m->daemon = 0;
	race_die("the daemon of %s ended with %d: see %s.err", m->name, status,
	    m->home);
}

static void
await(struct race_machine *m)
{
	int64_t until = race_now_ns() + PATIENCE_S * 1000 * MS;
	int status;

	while (race_tutti(m, "status", NULL) != CLIENT_OK) {
		if (waitpid(m->daemon, &status, WNOHANG) != 0)
			ended(m, status);
		if (race_now_ns() > until)
			race_die("the daemon of %s does not answer", m->name);
		usleep(20000);
	}
}

void
race_start(struct race *r)
{
	for (unsigned i = 0; i < r->o.machines; i++)
		if (r->machines[i].daemon == 0)
			launch(r, &r->machines[i]);
	for (unsigned i = 0; i < r->o.machines; i++)
		await(&r->machines[i]);
}

void
race_stop(struct race *r)
{
	for (unsigned i = 0; i < r->o.machines; i++) {
		struct race_machine *m = &r->machines[i];
		pid_t pid = m->daemon;
		int status;

		kill(pid, SIGTERM);
		m->daemon = 0;
		if (waitpid(pid, &status, 0) != pid || status != 0)
			race_wrong(&r->table, "the daemon of %s ended with %d",
			    m->name, status);
	}
}

/* ---- kill -9 ------------------------------------------------------------- */

/* How long it lives: now and then not until it listens, mostly for some
 * edits, now and then for many. */
static int64_t
life_ns(struct race_random *random)
{
	static const uint64_t most_ms[] = {40, 300, 300, 1500};

	return (int64_t)race_random(
		   random, most_ms[race_random(random, 4)] * 1000) *
	       (MS / 1000);
}

static int64_t
pause_ns(struct race_random *random)
{
	return (int64_t)race_random(random, 200) * MS;
}

static void
kill_hard(struct race *r, struct race_machine *m)
{
	int status;

	kill(m->daemon, SIGKILL);
	if (waitpid(m->daemon, &status, 0) != m->daemon ||
	    !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		ended(m, status);
	m->daemon = 0;
	r->kills++;
}

void
race_kills(struct race *r, uint64_t most)
{
	struct race_random random = {r->round_seed};

	for (unsigned i = 0; i < r->o.machines; i++)
		r->machines[i].turn_ns = race_now_ns() + life_ns(&random);
	while (r->left > 0 && r->kills < most) {
		for (unsigned i = 0; i < r->o.machines; i++) {
			struct race_machine *m = &r->machines[i];

			if (race_now_ns() < m->turn_ns)
				continue;
			if (m->daemon > 0) {
				kill_hard(r, m);
				m->turn_ns = race_now_ns() + pause_ns(&random);
			} else {
				launch(r, m);
				m->turn_ns = race_now_ns() + life_ns(&random);
			}
		}
		usleep(300);
	}
	race_start(r);
}
