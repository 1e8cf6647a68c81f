/* The store's engine in earnest: content is compiled by a worker without rights (scan/compile.h), and tried by a worker that scans with it.
 *
 * The trial. EICAR (the test file of all malware scanners, eicar.org) must be found: rules for it are shipped. In the clean set nothing may be
 * found but what a rule calls suspicious: files of this machine's own programs, since content that takes those for malware would do more harm than any malware. */
#pragma once

#include "base/attr.h"
#include "content/engine.h"

#define KH_CONTENT_CLEAN_FILES 1000            /* looked at, at most … */
#define KH_CONTENT_CLEAN_BYTES (128 * KH_MIB)  /* … and of so many bytes */

/* How far it is: what is being done, with how many of how many, in so many bytes. */
enum kh_content_step { KH_CONTENT_COMPILES /* sources */, KH_CONTENT_TRIES /* clean files */, KH_CONTENT_CHECKS /* ClamAV's signatures */ };
struct kh_content_progress {
	enum kh_content_step step;
	uint64_t done, of, bytes;
};

struct kh_content_workers {
	const char *worker;              /* path of khien-scan-worker; NULL: beside the running program */
	const char *clamav;              /* of khien-clamav-worker; likewise */
	const char *const *clean_paths;  /* files and folders of the clean set; NULL-terminated; NULL: the system's programs and Khiên's own */
	void (*on_progress)(void *context, const struct kh_content_progress *p); /* called often; NULL: not */
	void *context;
};

/* The workers are lent. compile: KH_E_WORKER_FAILED. try: KH_E_TRIAL_FAILED when it finds what it should not, or not what it should; KH_E_WORKER_FAILED. */
struct kh_content_engine kh_content_engine(const struct kh_content_workers *workers);
