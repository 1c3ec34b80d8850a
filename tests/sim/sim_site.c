/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/sim_site.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unwind.h>

#include "proto/base/vec.h"

/* Code of the module. */
struct range {
	uintptr_t from, to;
};

static VEC(struct range) ranges;

/* ---- what is of the module ----------------------------------------------- */

static int
first_of(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	*(uintptr_t *)arg = info->dlpi_addr;
	return 1;
}

/* Where this program was put, which its symbols do not say. */
static uintptr_t
put_at(void)
{
	uintptr_t at = 0;

	dl_iterate_phdr(first_of, &at);
	return at;
}

/* Local symbols come behind their source file's name; those of others are
 * called as their module is. */
static void
take_symbols(
    const ElfW(Sym) * symbols, size_t n, const char *names, const char *prefix)
{
	size_t len = strlen(prefix);
	uintptr_t base = put_at();
	bool inside = false;

	for (size_t i = 0; i < n; i++) {
		const ElfW(Sym) *s = &symbols[i];
		bool named = strncmp(names + s->st_name, prefix, len) == 0;
		bool local = ELF64_ST_BIND(s->st_info) == STB_LOCAL;
		struct range r = {base + s->st_value, 0};

		r.to = r.from + s->st_size;
		if (ELF64_ST_TYPE(s->st_info) == STT_FILE)
			inside = named;
		else if (ELF64_ST_TYPE(s->st_info) == STT_FUNC &&
			 (local ? inside : named) && VEC_PUSH(&ranges, r) < 0)
			abort();
	}
}

static void
take_sections(const uint8_t *elf, const char *prefix)
{
	const ElfW(Ehdr) *head = (const void *)elf;
	const ElfW(Shdr) *sections = (const void *)(elf + head->e_shoff);

	for (size_t i = 0; i < head->e_shnum; i++) {
		const ElfW(Shdr) *s = &sections[i];

		if (s->sh_type == SHT_SYMTAB)
			take_symbols((const void *)(elf + s->sh_offset),
			    s->sh_size / sizeof(ElfW(Sym)),
			    (const char *)elf + sections[s->sh_link].sh_offset,
			    prefix);
	}
}

void
sim_site_init(const char *prefix)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *elf;

	if (fd < 0 || fstat(fd, &st) != 0)
		abort();
	elf = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (elf == MAP_FAILED)
		abort();
	take_sections(elf, prefix);
	munmap(elf, (size_t)st.st_size);
	if (ranges.n == 0)
		abort();
}

/* ---- who asks ------------------------------------------------------------ */

struct way {
	uint64_t hash;
	int left; /* places that still count */
};

static bool
is_inside(uintptr_t at)
{
	for (size_t i = 0; i < ranges.n; i++)
		if (at > ranges.items[i].from && at <= ranges.items[i].to)
			return true;
	return false;
}

static _Unwind_Reason_Code
see_frame(struct _Unwind_Context *context, void *arg)
{
	struct way *w = arg;
	uintptr_t at = _Unwind_GetIP(context);

	if (is_inside(at)) {
		w->hash = (w->hash ^ at) * UINT64_C(0x100000001b3);
		w->left--;
	}
	return w->left > 0 ? _URC_NO_REASON : _URC_NORMAL_STOP;
}

uint64_t
sim_site(int depth)
{
	struct way w = {.left = depth};

	_Unwind_Backtrace(see_frame, &w);
	return w.hash;
}
