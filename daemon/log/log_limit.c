/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/log/log_internal.h"

#include <string.h>

#define INTERVAL_NS (LOG_INTERVAL_MS * INT64_C(1000000))

/* Event names are literals of the program, so there are never many. */
static struct log_limit *
limit_find(struct log *log, const char *event)
{
	VEC_EACH (&log->limits, limit) {
		if (limit->event == event || strcmp(limit->event, event) == 0)
			return limit;
	}
	return NULL;
}

static void
refill(struct log_limit *limit, int64_t now_ns)
{
	int64_t gained = (now_ns - limit->filled_ns) / INTERVAL_NS;

	if (gained <= 0)
		return;
	limit->filled_ns += gained * INTERVAL_NS;
	if (gained >= LOG_BURST - (int64_t)limit->left) {
		limit->left = LOG_BURST;
		limit->filled_ns = now_ns;
	} else {
		limit->left += (unsigned)gained;
	}
}

/* Takes what was left out. */
static uint64_t
take_suppressed(struct log *log, struct log_limit *limit)
{
	uint64_t n = limit->suppressed;

	limit->suppressed = 0;
	if (n > 0)
		log->n_silenced--;
	return n;
}

bool
log_limit_pass(struct log *log, const char *event, uint64_t *out_suppressed)
{
	int64_t now_ns = host_mono_ns(log->host);
	struct log_limit *limit = limit_find(log, event);

	if (limit == NULL) {
		struct log_limit fresh = {
		    .event = event, .filled_ns = now_ns, .left = LOG_BURST};

		if (VEC_PUSH(&log->limits, fresh) < 0)
			return false;
		limit = &log->limits.items[log->limits.n - 1];
	}
	refill(limit, now_ns);
	if (limit->left == 0) {
		log->n_silenced += limit->suppressed++ == 0;
		return false;
	}
	limit->left--;
	*out_suppressed = take_suppressed(log, limit);
	return true;
}

const char *
log_limit_overdue(struct log *log, bool all, uint64_t *out_suppressed)
{
	int64_t now_ns = host_mono_ns(log->host);

	VEC_EACH (&log->limits, limit) {
		if (limit->suppressed == 0)
			continue;
		refill(limit, now_ns);
		if (limit->left == 0 && !all)
			continue;
		if (limit->left > 0)
			limit->left--;
		*out_suppressed = take_suppressed(log, limit);
		return limit->event;
	}
	return NULL;
}
