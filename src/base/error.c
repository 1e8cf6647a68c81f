#include "base/error.h"

#include "base/limits.h"
#include "base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char detail[KH_MAX_ERROR_DETAIL];

static void set_detail(const char *fmt, va_list ap, const char *tail)
{
	char text[KH_MAX_ERROR_DETAIL];
	int n = vsnprintf(text, sizeof text, fmt, ap);
	size_t used = n < 0 ? 0 : KH_MIN((size_t)n, sizeof text - 1);
	if (tail)
		snprintf(text + used, sizeof text - used, ": %s", tail);
	kh_printable(detail, sizeof detail, text);
}

int kh_fail(int code, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	set_detail(fmt, ap, NULL);
	va_end(ap);
	return code;
}

static int code_of_errno(int e)
{
	static const struct {
		int e, code;
	} table[] = {
		{ENOENT, KH_E_NOT_FOUND},     {ENOTDIR, KH_E_NOT_FOUND},       {EACCES, KH_E_PERMISSION}, {EPERM, KH_E_PERMISSION},
		{ENOSPC, KH_E_DISK_FULL},     {EDQUOT, KH_E_DISK_FULL},        {EROFS, KH_E_READ_ONLY},   {EADDRINUSE, KH_E_PORT_IN_USE},
		{EEXIST, KH_E_EXISTS},        {ECONNREFUSED, KH_E_UNREACHABLE}, {ETIMEDOUT, KH_E_TIMEOUT},
	};
	for (size_t i = 0; i < KH_COUNT(table); i++)
		if (table[i].e == e)
			return table[i].code;
	return KH_E_IO;
}

int kh_fail_errno(const char *fmt, ...)
{
	int e = errno;
	va_list ap;
	va_start(ap, fmt);
	set_detail(fmt, ap, strerror(e));
	va_end(ap);
	return code_of_errno(e);
}

int kh_fail_in(int code, const char *fmt, ...)
{
	char old[KH_MAX_ERROR_DETAIL];
	memcpy(old, detail, sizeof old);
	va_list ap;
	va_start(ap, fmt);
	set_detail(fmt, ap, old[0] ? old : NULL);
	va_end(ap);
	return code;
}

const char *kh_fail_detail(void)
{
	return detail;
}

const struct kh_error_info *kh_error_info(int code)
{
	for (size_t i = 0; i < kh_errors_count; i++)
		if (kh_errors[i].code == code)
			return &kh_errors[i];
	return kh_error_info(KH_E_INTERNAL);
}

const struct kh_error_info *kh_error_named(const char *name)
{
	for (size_t i = 0; i < kh_errors_count; i++)
		if (strcmp(kh_errors[i].name, name) == 0)
			return &kh_errors[i];
	return NULL;
}
