#include "scan/why.h"

#include <errno.h>

static const char *const texts[KH_SCAN_WHY_COUNT] = {
	[KH_SCAN_WHY_NONE] = "",
	[KH_SCAN_WHY_EXCLUDED] = "excluded",
	[KH_SCAN_WHY_OTHER_FILE_SYSTEM] = "on another file system",
	[KH_SCAN_WHY_NO_CONTENT] = "holds no file content",
	[KH_SCAN_WHY_TOO_LARGE] = "larger than the size limit",
	[KH_SCAN_WHY_NOT_FOUND] = "no such file or folder",
	[KH_SCAN_WHY_PERMISSION] = "permission denied",
	[KH_SCAN_WHY_UNREADABLE] = "cannot be read",
	[KH_SCAN_WHY_TOO_DEEP] = "too many folders inside each other",
	[KH_SCAN_WHY_WORKER_FAILED] = "the scan worker failed",
	[KH_SCAN_WHY_ENGINE_FAILED] = "the rules could not be matched",
};

const char *kh_scan_why_text(enum kh_scan_why why)
{
	return texts[why];
}

enum kh_scan_why kh_scan_why_of_errno(int error)
{
	if (error == ENOENT || error == ENOTDIR)
		return KH_SCAN_WHY_NOT_FOUND;
	return error == EACCES || error == EPERM ? KH_SCAN_WHY_PERMISSION : KH_SCAN_WHY_UNREADABLE;
}
