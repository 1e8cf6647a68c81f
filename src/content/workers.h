/* The store's engine in earnest: content is compiled by a worker without rights (scan/compile.h), and tried by a worker that scans with it.
 *
 * The trial. EICAR (the test file of all malware scanners, eicar.org) must be found: rules for it are shipped. In the clean set nothing may be
 * found but what a rule calls suspicious: files of this machine's own programs, since content that takes those for malware would do more harm than any malware. */
#pragma once

#include "base/attr.h"
#include "content/engine.h"

#define KH_CONTENT_CLEAN_FILES 1000            /* looked at, at most … */
#define KH_CONTENT_CLEAN_BYTES (128 * KH_MIB)  /* … and of so many bytes */

struct kh_content_workers {
	const char *worker;              /* path of khien-scan-worker; NULL: beside the running program */
	const char *const *clean_paths;  /* files and folders of the clean set; NULL-terminated; NULL: the system's programs and Khiên's own */
};

/* The workers are lent. compile: KH_E_WORKER_FAILED. try: KH_E_CONFLICT when it finds what it should not, or not what it should; KH_E_WORKER_FAILED. */
struct kh_content_engine kh_content_engine(const struct kh_content_workers *workers);
