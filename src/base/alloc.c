#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void kh_bug(const char *file, int line, const char *what)
{
	fprintf(stderr, "khien: bug at %s:%d: %s\n", file, line, what);
	abort();
}

static void *must(void *p)
{
	if (!p)
		kh_bug(__FILE__, __LINE__, "out of memory");
	return p;
}

void *kh_alloc(size_t size)
{
	return must(calloc(1, size ? size : 1));
}

void *kh_alloc_array(size_t count, size_t size)
{
	return must(calloc(count ? count : 1, size ? size : 1));
}

void *kh_realloc_array(void *ptr, size_t count, size_t size)
{
	size_t bytes = 0;
	kh_assert(kh_size_mul(count, size, &bytes));
	return must(realloc(ptr, bytes ? bytes : 1));
}

char *kh_strdup(const char *s)
{
	return s ? kh_memdup(s, strlen(s) + 1) : NULL;
}

char *kh_strndup(const char *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *copy = kh_alloc(len + 1);
	memcpy(copy, s, len);
	return copy;
}

void *kh_memdup(const void *p, size_t n)
{
	void *copy = kh_alloc(n);
	if (n)
		memcpy(copy, p, n);
	return copy;
}

char *kh_format(const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	va_start(ap, fmt);
	int n = vasprintf(&text, fmt, ap);
	va_end(ap);
	return must(n < 0 ? NULL : text);
}
