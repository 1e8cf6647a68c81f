#include "scan/why.h"

#include <errno.h>

static const struct {
	const char *code, *text;
} names[KH_SCAN_WHY_COUNT] = {
	[KH_SCAN_WHY_NONE] = {"", ""},
	[KH_SCAN_WHY_EXCLUDED] = {"excluded", "excluded"},
	[KH_SCAN_WHY_OTHER_FILE_SYSTEM] = {"other_file_system", "on another file system"},
	[KH_SCAN_WHY_NO_CONTENT] = {"no_content", "holds no file content"},
	[KH_SCAN_WHY_TOO_LARGE] = {"too_large", "larger than the size limit"},
	[KH_SCAN_WHY_NOT_FOUND] = {"not_found", "no such file or folder"},
	[KH_SCAN_WHY_PERMISSION] = {"permission", "permission denied"},
	[KH_SCAN_WHY_UNREADABLE] = {"unreadable", "cannot be read"},
	[KH_SCAN_WHY_TOO_DEEP] = {"too_deep", "too many folders inside each other"},
	[KH_SCAN_WHY_WORKER_FAILED] = {"worker_failed", "the scan worker failed"},
	[KH_SCAN_WHY_ENGINE_FAILED] = {"engine_failed", "the rules could not be matched"},
};

const char *kh_scan_why_text(enum kh_scan_why why)
{
	return names[why].text;
}

const char *kh_scan_why_code(enum kh_scan_why why)
{
	return names[why].code;
}

enum kh_scan_why kh_scan_why_of_errno(int error)
{
	if (error == ENOENT || error == ENOTDIR)
		return KH_SCAN_WHY_NOT_FOUND;
	return error == EACCES || error == EPERM ? KH_SCAN_WHY_PERMISSION : KH_SCAN_WHY_UNREADABLE;
}
