#define WIN32_LEAN_AND_MEAN
#include "os/file.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"

#include <io.h>
#include <windows.h>

#define MAX_WIDE 32768 /* longest path that the wide functions take */

void kh_fd_close(int *fd)
{
	if (*fd >= 0)
		_close(*fd);
	*fd = -1;
}

static int fail_last(const char *path)
{
	static const struct {
		DWORD error;
		int code;
	} table[] = {
		{ERROR_FILE_NOT_FOUND, KH_E_NOT_FOUND}, {ERROR_PATH_NOT_FOUND, KH_E_NOT_FOUND}, {ERROR_ACCESS_DENIED, KH_E_PERMISSION},
		{ERROR_SHARING_VIOLATION, KH_E_BUSY},   {ERROR_DISK_FULL, KH_E_DISK_FULL},      {ERROR_FILE_EXISTS, KH_E_EXISTS},
		{ERROR_ALREADY_EXISTS, KH_E_EXISTS},    {ERROR_WRITE_PROTECT, KH_E_READ_ONLY},
	};
	DWORD e = GetLastError();
	for (size_t i = 0; i < KH_COUNT(table); i++)
		if (table[i].error == e)
			return kh_fail(table[i].code, "%s", path);
	return kh_fail(KH_E_IO, "%s: Windows error %lu", path, e);
}

static int widen(const char *path, WCHAR **ret)
{
	kh_auto_free WCHAR *wide = kh_alloc_array(MAX_WIDE, sizeof *wide);
	if (!MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, wide, MAX_WIDE))
		return kh_fail(KH_E_ENCODING, "%s", path);
	*ret = kh_take(wide);
	return 0;
}

static int open_file(const char *path, DWORD access, DWORD disposition, HANDLE *ret)
{
	kh_auto_free WCHAR *wide = NULL;
	int r = widen(path, &wide);
	if (r < 0)
		return r;
	HANDLE h = CreateFileW(wide, access, FILE_SHARE_READ, NULL, disposition, FILE_ATTRIBUTE_NORMAL, NULL);
	if (h == INVALID_HANDLE_VALUE)
		return fail_last(path);
	*ret = h;
	return 0;
}

static int read_handle(HANDLE h, const char *path, size_t max, struct kh_buf *b)
{
	for (size_t total = 0;;) {
		DWORD n = 0;
		char *to = kh_buf_reserve(b, 64 * KH_KIB);
		if (!to)
			return kh_buf_status(b);
		if (!ReadFile(h, to, 64 * KH_KIB, &n, NULL))
			return fail_last(path);
		b->len += n;
		b->data[b->len] = '\0';
		total += n;
		if (total > max)
			return kh_fail(KH_E_TOO_LARGE, "%s: more bytes than %lu", path, (unsigned long)max);
		if (n == 0)
			return 0;
	}
}

int kh_file_read(const char *path, size_t max, struct kh_buf *b)
{
	HANDLE h = NULL;
	int r = open_file(path, GENERIC_READ, OPEN_EXISTING, &h);
	if (r < 0)
		return r;
	r = read_handle(h, path, max, b);
	CloseHandle(h);
	return r;
}

int kh_file_read_fd(int fd, const char *name, size_t max, struct kh_buf *b)
{
	return read_handle((HANDLE)_get_osfhandle(fd), name, max, b);
}

int kh_file_write_fd(int fd, const char *name, const void *bytes, size_t n)
{
	HANDLE h = (HANDLE)_get_osfhandle(fd);
	for (const char *p = bytes; n > 0;) {
		DWORD done = 0;
		if (!WriteFile(h, p, (DWORD)KH_MIN(n, (size_t)1 << 30), &done, NULL))
			return fail_last(name);
		p += done;
		n -= done;
	}
	return 0;
}

static int write_new(const char *path, const void *bytes, size_t n)
{
	HANDLE h = NULL;
	int r = open_file(path, GENERIC_WRITE, CREATE_ALWAYS, &h);
	if (r < 0)
		return r;
	DWORD done = 0;
	if (n > MAXDWORD)
		r = kh_fail(KH_E_TOO_LARGE, "%s", path);
	else if (!WriteFile(h, bytes, (DWORD)n, &done, NULL) || !FlushFileBuffers(h))
		r = fail_last(path);
	CloseHandle(h);
	return r;
}

/* Access rights come from the directory's ACL, which the installer sets: `mode` has no meaning here. */
static int write_and_move(const char *path, const void *bytes, size_t n, DWORD flags)
{
	kh_auto_free char *temporary = kh_format("%s.%lu.tmp", path, GetCurrentThreadId());
	kh_auto_free WCHAR *from = NULL, *to = NULL;
	int r = write_new(temporary, bytes, n);
	if (r == 0)
		r = widen(temporary, &from);
	if (r == 0)
		r = widen(path, &to);
	if (r == 0 && !MoveFileExW(from, to, flags | MOVEFILE_WRITE_THROUGH))
		r = fail_last(path);
	if (r < 0 && from)
		DeleteFileW(from);
	return r;
}

int kh_file_replace(const char *path, const void *bytes, size_t n, unsigned mode)
{
	(void)mode;
	return write_and_move(path, bytes, n, MOVEFILE_REPLACE_EXISTING);
}

int kh_file_create(const char *path, const void *bytes, size_t n, unsigned mode)
{
	(void)mode;
	return write_and_move(path, bytes, n, 0);
}

int kh_dir_make(const char *path, unsigned mode)
{
	(void)mode;
	kh_auto_free WCHAR *wide = NULL;
	int r = widen(path, &wide);
	if (r < 0)
		return r;
	for (WCHAR *p = wide; *p; p++) {
		if ((*p != L'/' && *p != L'\\') || p == wide || p[-1] == L':')
			continue;
		*p = L'\0';
		CreateDirectoryW(wide, NULL);
		*p = L'\\';
	}
	if (!CreateDirectoryW(wide, NULL) && GetLastError() != ERROR_ALREADY_EXISTS)
		return fail_last(path);
	return 0;
}

int kh_dir_sync(const char *path)
{
	(void)path; /* MOVEFILE_WRITE_THROUGH has already written the directory entry */
	return 0;
}

bool kh_file_exists(const char *path)
{
	kh_auto_free WCHAR *wide = NULL;
	return widen(path, &wide) == 0 && GetFileAttributesW(wide) != INVALID_FILE_ATTRIBUTES;
}

int kh_program_dir(char **ret)
{
	kh_auto_free WCHAR *wide = kh_alloc_array(MAX_WIDE, sizeof *wide);
	char path[KH_MAX_PATH];
	DWORD n = GetModuleFileNameW(NULL, wide, MAX_WIDE);
	if (!n || !WideCharToMultiByte(CP_UTF8, 0, wide, -1, path, sizeof path, NULL, NULL))
		return fail_last("own program");
	char *slash = strrchr(path, '\\');
	if (slash)
		*slash = '\0';
	*ret = kh_strdup(path);
	return 0;
}

int kh_file_open_in_root(int root_fd, const char *path, int *ret_fd)
{
	(void)root_fd, (void)ret_fd;
	return kh_fail(KH_E_NOT_SUPPORTED, "%s: recorded trees are read on Linux", path);
}

int kh_file_open_beneath(int dir_fd, const char *path, int *ret_fd)
{
	(void)dir_fd, (void)ret_fd;
	return kh_fail(KH_E_NOT_SUPPORTED, "%s", path);
}
