#include "base/error.h"

#include "base/i18n.h"
#include "base/limits.h"
#include "base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char detail[KH_MAX_ERROR_DETAIL], english[KH_MAX_ERROR_DETAIL];

static void compose(char *out, const char *fmt, va_list ap, const char *tail) KH_PRINTF(2, 0);

static void compose(char *out, const char *fmt, va_list ap, const char *tail)
{
	char text[KH_MAX_ERROR_DETAIL];
	int n = vsnprintf(text, sizeof text, fmt, ap);
	size_t used = n < 0 ? 0 : KH_MIN((size_t)n, sizeof text - 1);
	if (tail)
		snprintf(text + used, sizeof text - used, ": %s", tail);
	kh_printable(out, KH_MAX_ERROR_DETAIL, text);
}

static void set_detail(const char *fmt, va_list ap, const char *tail, const char *tail_english) KH_PRINTF(1, 0);

/* The arguments may point into the details that there are. */
static void set_detail(const char *fmt, va_list ap, const char *tail, const char *tail_english)
{
	char before[KH_MAX_ERROR_DETAIL];
	va_list again;
	va_copy(again, ap);
	compose(before, fmt, again, tail_english);
	va_end(again);
	compose(detail, kh_words(fmt), ap, tail);
	memcpy(english, before, sizeof english);
}

int kh_fail(int code, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	set_detail(fmt, ap, NULL, NULL);
	va_end(ap);
	return code;
}

static const struct errno_info {
	int e, code;
	const char *words;
} errnos[] = {
	{ENOENT, KH_E_NOT_FOUND, KH_WORDS("No such file or directory")},
	{ENOTDIR, KH_E_NOT_FOUND, KH_WORDS("Not a directory")},
	{EACCES, KH_E_PERMISSION, KH_WORDS("Permission denied")},
	{EPERM, KH_E_PERMISSION, KH_WORDS("Operation not permitted")},
	{ENOSPC, KH_E_DISK_FULL, KH_WORDS("No space left on device")},
	{EDQUOT, KH_E_DISK_FULL, KH_WORDS("Disk quota exceeded")},
	{EROFS, KH_E_READ_ONLY, KH_WORDS("Read-only file system")},
	{EADDRINUSE, KH_E_PORT_IN_USE, KH_WORDS("Address already in use")},
	{EADDRNOTAVAIL, KH_E_NOT_FOUND, KH_WORDS("Cannot assign requested address")},
	{EEXIST, KH_E_EXISTS, KH_WORDS("File exists")},
	{ECONNREFUSED, KH_E_UNREACHABLE, KH_WORDS("Connection refused")},
	{ETIMEDOUT, KH_E_TIMEOUT, KH_WORDS("Connection timed out")},
	{EIO, KH_E_IO, KH_WORDS("Input/output error")},
	{EISDIR, KH_E_IO, KH_WORDS("Is a directory")},
	{ENOTEMPTY, KH_E_IO, KH_WORDS("Directory not empty")},
	{EBUSY, KH_E_IO, KH_WORDS("Device or resource busy")},
	{EFBIG, KH_E_IO, KH_WORDS("File too large")},
	{EINVAL, KH_E_IO, KH_WORDS("Invalid argument")},
	{ELOOP, KH_E_IO, KH_WORDS("Too many levels of symbolic links")},
	{EMFILE, KH_E_IO, KH_WORDS("Too many open files")},
	{ENAMETOOLONG, KH_E_IO, KH_WORDS("File name too long")},
	{ENETUNREACH, KH_E_IO, KH_WORDS("Network is unreachable")},
	{EHOSTUNREACH, KH_E_IO, KH_WORDS("No route to host")},
	{ECONNRESET, KH_E_IO, KH_WORDS("Connection reset by peer")},
	{EPIPE, KH_E_IO, KH_WORDS("Broken pipe")},
	{ENOMEM, KH_E_IO, KH_WORDS("Cannot allocate memory")},
	{ENOEXEC, KH_E_IO, KH_WORDS("Exec format error")},
	{ENOSYS, KH_E_IO, KH_WORDS("Function not implemented")},
	{EOPNOTSUPP, KH_E_IO, KH_WORDS("Operation not supported")},
	{EXDEV, KH_E_IO, KH_WORDS("Invalid cross-device link")},
	{ESRCH, KH_E_IO, KH_WORDS("No such process")},
};

static const struct errno_info *errno_info(int e)
{
	for (size_t i = 0; i < KH_COUNT(errnos); i++)
		if (errnos[i].e == e)
			return &errnos[i];
	return NULL;
}

const char *kh_errno_words(int e)
{
	const struct errno_info *info = errno_info(e);
	return info ? kh_words(info->words) : strerror(e);
}

int kh_fail_errno(const char *fmt, ...)
{
	int e = errno;
	va_list ap;
	va_start(ap, fmt);
	const struct errno_info *info = errno_info(e);
	set_detail(fmt, ap, kh_errno_words(e), info ? info->words : strerror(e));
	va_end(ap);
	return info ? info->code : KH_E_IO;
}

int kh_fail_in(int code, const char *fmt, ...)
{
	char old[KH_MAX_ERROR_DETAIL], old_english[KH_MAX_ERROR_DETAIL];
	memcpy(old, detail, sizeof old);
	memcpy(old_english, english, sizeof old_english);
	va_list ap;
	va_start(ap, fmt);
	set_detail(fmt, ap, old[0] ? old : NULL, old_english[0] ? old_english : NULL);
	va_end(ap);
	return code;
}

const char *kh_fail_detail(void)
{
	return detail;
}

const char *kh_fail_detail_english(void)
{
	return english;
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
