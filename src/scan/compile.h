/* Rules, signatures and hash lists compiled by a worker without rights (`khien-scan-worker compile`), and kept, so that the next scan need not do it again.
 * Nothing of their text is looked at on this side. */
#pragma once

#include "base/attr.h"
#include "malware/content.h"
#include "scan/content_files.h"

#include <stdbool.h>
#include <stdint.h>

struct kh_compile {
	const struct kh_content_files *files;
	const char *const *names; /* of the files, in their order: extensions, messages and includes go by them; NULL: their paths */
	const struct kh_yara_external *externals;
	size_t external_count;
	const char *keep;   /* folder for compiled content, of this user alone; NULL: it is not kept */
	bool anew;          /* even if it was kept: it turned out to be damaged, or made by another version of the engines */
	const char *worker; /* path of khien-scan-worker; NULL: beside the running program */
	void (*on_wait)(void *context); /* called every KH_SCAN_PROGRESS_MS or so while the worker is at it; NULL: not */
	void *context;
};

#define KH_COMPILED_KEPT_DAYS 14 /* since it was last used; what was kept longer is removed when something new is kept */

/* The descriptor of the compiled content, for reading; the caller closes it. What was left out is said by the content itself. KH_E_WORKER_FAILED: the worker
 * crashed or took longer than KH_SCAN_COMPILE_MS. */
int kh_compile(const struct kh_compile *c, int *ret_fd) KH_MUST_USE;

/* Gives the names that a file of YARA rules includes, by the same kind of worker. They are of foreign bytes, without NUL. */
int kh_compile_includes(const char *path, const char *worker, void (*on_include)(void *context, const char *name), void *context) KH_MUST_USE;
