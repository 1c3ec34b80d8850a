/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whoever asks for memory asks the simulator first (LESSONS 24): our code by
 * the linker's --wrap, SQLite by its configuration, and the contexts of
 * libraries that ask by themselves where we make and use them.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "tests/sim/sim_memory_wrap.h"

/* ---- our code ------------------------------------------------------------ */

#define WRAPPED(type, name, args, ...)                                         \
	type __real_##name args;                                               \
	type __wrap_##name args;                                               \
	type __wrap_##name args                                                \
	{                                                                      \
		return sim_memory_fails() ? NULL : __real_##name(__VA_ARGS__); \
	}

WRAPPED(void *, malloc, (size_t bytes), bytes)
WRAPPED(void *, calloc, (size_t n, size_t bytes), n, bytes)
WRAPPED(void *, realloc, (void *p, size_t bytes), p, bytes)
WRAPPED(void *, reallocarray, (void *p, size_t n, size_t bytes), p, n, bytes)
WRAPPED(char *, strdup, (const char *s), s)
WRAPPED(char *, strndup, (const char *s, size_t n), s, n)

/* ---- libraries ----------------------------------------------------------- */

WRAPPED(ZSTD_CCtx *, ZSTD_createCCtx, (void), )
WRAPPED(ZSTD_DCtx *, ZSTD_createDCtx, (void), )
WRAPPED(pcre2_match_context_8 *, pcre2_match_context_create_8,
    (pcre2_general_context_8 * g), g)

static size_t
zstd_error(void)
{
	return (size_t)-ZSTD_error_memory_allocation;
}

size_t __real_ZSTD_compressCCtx(ZSTD_CCtx *c, void *to, size_t cap,
    const void *from, size_t len, int level);
size_t __wrap_ZSTD_compressCCtx(ZSTD_CCtx *c, void *to, size_t cap,
    const void *from, size_t len, int level);
size_t
__wrap_ZSTD_compressCCtx(
    ZSTD_CCtx *c, void *to, size_t cap, const void *from, size_t len, int level)
{
	return sim_memory_fails()
		   ? zstd_error()
		   : __real_ZSTD_compressCCtx(c, to, cap, from, len, level);
}

size_t __real_ZSTD_decompressDCtx(
    ZSTD_DCtx *d, void *to, size_t cap, const void *from, size_t len);
size_t __wrap_ZSTD_decompressDCtx(
    ZSTD_DCtx *d, void *to, size_t cap, const void *from, size_t len);
size_t
__wrap_ZSTD_decompressDCtx(
    ZSTD_DCtx *d, void *to, size_t cap, const void *from, size_t len)
{
	return sim_memory_fails()
		   ? zstd_error()
		   : __real_ZSTD_decompressDCtx(d, to, cap, from, len);
}

pcre2_code_8 *__real_pcre2_compile_8(PCRE2_SPTR8 text, PCRE2_SIZE len,
    uint32_t options, int *error, PCRE2_SIZE *at, pcre2_compile_context_8 *c);
pcre2_code_8 *__wrap_pcre2_compile_8(PCRE2_SPTR8 text, PCRE2_SIZE len,
    uint32_t options, int *error, PCRE2_SIZE *at, pcre2_compile_context_8 *c);
pcre2_code_8 *
__wrap_pcre2_compile_8(PCRE2_SPTR8 text, PCRE2_SIZE len, uint32_t options,
    int *error, PCRE2_SIZE *at, pcre2_compile_context_8 *c)
{
	if (!sim_memory_fails())
		return __real_pcre2_compile_8(text, len, options, error, at, c);
	*error = PCRE2_ERROR_HEAP_FAILED;
	*at = 0;
	return NULL;
}

/* ---- SQLite -------------------------------------------------------------- */

/* Most steps need none; any may. */
int __real_sqlite3_step(sqlite3_stmt *statement);
int __wrap_sqlite3_step(sqlite3_stmt *statement);
int
__wrap_sqlite3_step(sqlite3_stmt *statement)
{
	return sim_memory_fails() ? SQLITE_NOMEM
				  : __real_sqlite3_step(statement);
}

static sqlite3_mem_methods own;

static void *
sqlite_malloc(int bytes)
{
	return sim_memory_fails() ? NULL : own.xMalloc(bytes);
}

static void *
sqlite_realloc(void *p, int bytes)
{
	return sim_memory_fails() ? NULL : own.xRealloc(p, bytes);
}

int
sim_memory_wrap(void)
{
	sqlite3_mem_methods asking;
	int rc = sqlite3_config(SQLITE_CONFIG_GETMALLOC, &own);

	asking = own;
	asking.xMalloc = sqlite_malloc;
	asking.xRealloc = sqlite_realloc;
	return rc ? rc : sqlite3_config(SQLITE_CONFIG_MALLOC, &asking);
}
