/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/sim_internal.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_mix.h"

/* Pages that nobody has, kept for the next: they come and go all the time. */
enum { PAGES_KEPT = 4096 };
static struct sim_page *kept[PAGES_KEPT];
static size_t n_kept;

/* One of unknown bytes. */
static struct sim_page *
page_new(void)
{
	struct sim_page *page =
	    n_kept > 0 ? kept[--n_kept] : sim_realloc(NULL, sizeof *page);

	page->refs = 1;
	page->hashed = 0;
	return page;
}

static void
page_free(struct sim_page *page)
{
	if (n_kept < PAGES_KEPT)
		kept[n_kept++] = page;
	else
		free(page);
}

static struct sim_page *
page_ref(struct sim_page *page)
{
	if (page)
		page->refs++;
	return page;
}

static void
page_unref(struct sim_page *page)
{
	if (page && --page->refs == 0)
		page_free(page);
}

static void
reserve(struct sim_data *d, size_t n)
{
	if (n > d->cap) {
		d->cap = n > 2 * d->cap ? n : 2 * d->cap;
		d->pages = sim_realloc(d->pages, d->cap * sizeof *d->pages);
	}
	while (d->n < n)
		d->pages[d->n++] = NULL;
}

/* A page that may be written to: our own. Whole: all of it will be. */
static struct sim_page *
page_own(struct sim_data *d, size_t i, bool whole)
{
	struct sim_page *old, *page;

	reserve(d, i + 1);
	old = d->pages[i];
	if (old && old->refs == 1) {
		old->hashed = 0;
		return old;
	}
	page = page_new();
	if (old && !whole)
		memcpy(page->bytes, old->bytes, sizeof page->bytes);
	else if (!whole)
		memset(page->bytes, 0, sizeof page->bytes);
	page_unref(old);
	d->pages[i] = page;
	return page;
}

void
sim_data_release(struct sim_data *d)
{
	for (size_t i = 0; i < d->n; i++)
		page_unref(d->pages[i]);
	free(d->pages);
	*d = (struct sim_data){0};
}

/* How many of len bytes at an offset lie in its page. */
static size_t
in_page(uint64_t at, size_t len)
{
	size_t room = SIM_PAGE_BYTES - (size_t)(at % SIM_PAGE_BYTES);

	return len < room ? len : room;
}

void
sim_data_read(const struct sim_data *d, uint64_t at, uint8_t *out, size_t len)
{
	while (len > 0) {
		size_t n = in_page(at, len);
		size_t i = (size_t)(at / SIM_PAGE_BYTES);

		if (i < d->n && d->pages[i])
			memcpy(
			    out, d->pages[i]->bytes + at % SIM_PAGE_BYTES, n);
		else
			memset(out, 0, n);
		out += n;
		at += n;
		len -= n;
	}
}

void
sim_data_write(struct sim_data *d, uint64_t at, const uint8_t *p, size_t len)
{
	if (at + len > d->size)
		d->size = at + len;
	while (len > 0) {
		size_t n = in_page(at, len);
		struct sim_page *page = page_own(
		    d, (size_t)(at / SIM_PAGE_BYTES), n == SIM_PAGE_BYTES);

		memcpy(page->bytes + at % SIM_PAGE_BYTES, p, n);
		p += n;
		at += n;
		len -= n;
	}
}

void
sim_data_resize(struct sim_data *d, uint64_t size)
{
	size_t n = (size_t)((size + SIM_PAGE_BYTES - 1) / SIM_PAGE_BYTES);

	while (d->n > n)
		page_unref(d->pages[--d->n]);
	if (size < d->size && size % SIM_PAGE_BYTES && d->n == n &&
	    d->pages[n - 1])
		memset(page_own(d, n - 1, false)->bytes + size % SIM_PAGE_BYTES,
		    0, SIM_PAGE_BYTES - (size_t)(size % SIM_PAGE_BYTES));
	d->size = size;
}

size_t
sim_data_growth(const struct sim_data *d, uint64_t at, uint64_t len)
{
	size_t growth = 0;

	if (len == 0)
		return 0;
	for (uint64_t i = at / SIM_PAGE_BYTES;
	     i <= (at + len - 1) / SIM_PAGE_BYTES; i++)
		growth += i >= d->n || d->pages[i] == NULL;
	return growth;
}

size_t
sim_data_pages(const struct sim_data *d)
{
	size_t pages = 0;

	for (size_t i = 0; i < d->n; i++)
		pages += d->pages[i] != NULL;
	return pages;
}

void
sim_data_share_as(
    struct sim_data *to, size_t i, const struct sim_data *from, size_t k)
{
	struct sim_page *page = k < from->n ? page_ref(from->pages[k]) : NULL;

	if (page)
		reserve(to, i + 1);
	if (i < to->n) {
		page_unref(to->pages[i]);
		to->pages[i] = page;
	}
}

/* ---- telling contents apart ---------------------------------------------- */

enum { LANES = 4 }; /* a multiplication waits for the one before it */

static uint64_t
hash_page(const uint8_t *p, size_t len)
{
	uint64_t lane[LANES] = {0, 1, 2, 3};
	uint64_t h = len * UINT64_C(0x9e3779b97f4a7c15);
	const uint8_t *end = p + len;

	for (; end - p >= 8 * LANES; p += 8 * LANES)
		for (int i = 0; i < LANES; i++)
			lane[i] = sim_mixed(lane[i], sim_word_at(p + 8 * i));
	for (int i = 0; i < LANES; i++)
		h = sim_mixed(h, lane[i]);
	for (; end - p >= 8; p += 8)
		h = sim_mixed(h, sim_word_at(p));
	for (; p < end; p++)
		h = sim_mixed(h, *p);
	return h ^ h >> 31;
}

/* Of the first len bytes of a page, at least one. */
static uint64_t
page_hash(struct sim_page *page, size_t len)
{
	static struct sim_page hole;

	if (page == NULL)
		page = &hole;
	if (page->hashed != len) {
		page->hash = hash_page(page->bytes, len);
		page->hashed = (uint32_t)len;
	}
	return page->hash;
}

uint64_t
sim_data_hash(const struct sim_data *d)
{
	uint64_t h = 0;

	for (uint64_t at = 0; at < d->size; at += SIM_PAGE_BYTES) {
		size_t i = (size_t)(at / SIM_PAGE_BYTES);
		uint64_t left = d->size - at;

		h = sim_mixed(h,
		    page_hash(i < d->n ? d->pages[i] : NULL,
			left < SIM_PAGE_BYTES ? (size_t)left : SIM_PAGE_BYTES));
	}
	return h;
}

uint64_t
sim_bytes_hash(struct span bytes)
{
	uint64_t h = 0;

	for (size_t at = 0, n; at < bytes.len; at += n) {
		n = in_page(at, bytes.len - at);
		h = sim_mixed(h, hash_page(bytes.p + at, n));
	}
	return h;
}
