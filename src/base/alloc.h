/* Memory: allocation that does not fail, sizes that do not overflow.
 *
 * Running out of memory aborts the process; foreign input can never lead there, because nothing that it drives grows past a maximum in
 * base/limits.h. Every function returns memory to be released with free(), or by `kh_auto_free`. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

void *kh_alloc(size_t size) KH_MUST_USE;                     /* zeroed */
void *kh_alloc_array(size_t count, size_t size) KH_MUST_USE; /* zeroed; aborts if count*size overflows */
void *kh_realloc_array(void *ptr, size_t count, size_t size) KH_MUST_USE;
char *kh_strdup(const char *s) KH_MUST_USE; /* NULL gives NULL */
char *kh_strndup(const char *s, size_t n) KH_MUST_USE;
void *kh_memdup(const void *p, size_t n) KH_MUST_USE;

/* printf into new memory. */
char *kh_format(const char *fmt, ...) KH_PRINTF(1, 2) KH_MUST_USE;

/* Our own bug: says where and aborts. Never for foreign bytes. */
void kh_bug(const char *file, int line, const char *what) KH_NORETURN;
#define kh_assert(cond) ((cond) ? (void)0 : kh_bug(__FILE__, __LINE__, #cond))

/* a+b and a*b; false on overflow. */
static inline bool kh_size_add(size_t a, size_t b, size_t *ret)
{
	return !__builtin_add_overflow(a, b, ret);
}

static inline bool kh_size_mul(size_t a, size_t b, size_t *ret)
{
	return !__builtin_mul_overflow(a, b, ret);
}

static inline void kh_cleanup_free(void *p)
{
	free(*(void **)p);
}
#define kh_auto_free KH_CLEANUP(kh_cleanup_free)
