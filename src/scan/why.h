/* Why a file was not scanned, as a code: programs turn it into the user's language; the English words go into NDJSON. */
#pragma once

#include "base/attr.h"

enum kh_scan_why {
	KH_SCAN_WHY_NONE,
	/* skipped */
	KH_SCAN_WHY_EXCLUDED,
	KH_SCAN_WHY_OTHER_FILE_SYSTEM,
	KH_SCAN_WHY_NO_CONTENT, /* a device, a FIFO, a file of the kernel's */
	KH_SCAN_WHY_TOO_LARGE,
	/* error */
	KH_SCAN_WHY_NOT_FOUND,
	KH_SCAN_WHY_PERMISSION,
	KH_SCAN_WHY_UNREADABLE, /* any other failed system call: its words are the reason */
	KH_SCAN_WHY_TOO_DEEP,
	KH_SCAN_WHY_WORKER_FAILED, /* what happened to it is the reason */
	KH_SCAN_WHY_ENGINE_FAILED,
	KH_SCAN_WHY_COUNT
};

/* "excluded", "on another file system" …; static. */
const char *kh_scan_why_text(enum kh_scan_why why);

/* The same for programs, never changed: "excluded", "other_file_system" … (docs/scanning.md); "" for none; static. */
const char *kh_scan_why_code(enum kh_scan_why why);

/* The code for a failed system call. */
enum kh_scan_why kh_scan_why_of_errno(int error);
