#define WIN32_LEAN_AND_MEAN
#include "os/host.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/limits.h"
#include "os/file.h"

#include <windows.h>

#include <psapi.h>

int kh_host_name(char **ret)
{
	WCHAR wide[256];
	char name[1024];
	DWORD n = KH_COUNT(wide);
	if (!GetComputerNameExW(ComputerNameDnsHostname, wide, &n) || !WideCharToMultiByte(CP_UTF8, 0, wide, -1, name, sizeof name, NULL, NULL))
		return kh_fail(KH_E_IO, "computer name: Windows error %lu", GetLastError());
	*ret = kh_strdup(name);
	return 0;
}

bool kh_host_is_privileged(void)
{
	SID_IDENTIFIER_AUTHORITY nt = {SECURITY_NT_AUTHORITY};
	PSID administrators = NULL;
	BOOL member = FALSE;
	if (AllocateAndInitializeSid(&nt, 2, SECURITY_BUILTIN_DOMAIN_RID, DOMAIN_ALIAS_RID_ADMINS, 0, 0, 0, 0, 0, 0, &administrators)) {
		CheckTokenMembership(NULL, administrators, &member);
		FreeSid(administrators);
	}
	return member;
}

bool kh_host_has_package(void)
{
	kh_auto_free char *dir = NULL;
	return kh_program_dir(&dir) == 0 && strstr(dir, "\\Program Files");
}

static int64_t ms_of(FILETIME t)
{
	return (int64_t)(((uint64_t)t.dwHighDateTime << 32 | t.dwLowDateTime) / 10000);
}

int kh_host_usage(struct kh_host_usage *ret)
{
	PROCESS_MEMORY_COUNTERS memory = {.cb = sizeof memory};
	FILETIME start, end, kernel, user;
	if (!GetProcessMemoryInfo(GetCurrentProcess(), &memory, sizeof memory) || !GetProcessTimes(GetCurrentProcess(), &start, &end, &kernel, &user))
		return kh_fail(KH_E_IO, "own process: Windows error %lu", GetLastError());
	ret->resident_kib = (int64_t)(memory.WorkingSetSize / 1024);
	ret->cpu_ms = ms_of(kernel) + ms_of(user);
	return 0;
}

int kh_host_user(const char *name, unsigned *ret_uid, unsigned *ret_gid, bool *ret_found)
{
	(void)ret_uid, (void)ret_gid, (void)ret_found;
	return kh_fail(KH_E_NOT_SUPPORTED, "numeric user ids (%s)", name);
}

int kh_host_terminal_columns(void)
{
	CONSOLE_SCREEN_BUFFER_INFO info;
	if (!GetConsoleScreenBufferInfo(GetStdHandle(STD_OUTPUT_HANDLE), &info))
		return 0;
	return info.srWindow.Right - info.srWindow.Left + 1;
}
