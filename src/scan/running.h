/* The files whose content the running processes execute: their programs and libraries, as the kernel has mapped them. A file that still has its name is told by that; one that was
 * deleted, or that another mount namespace (a container) holds, by a descriptor. What this caller may not see is left out. */
#pragma once

#include "base/attr.h"

#include <stddef.h>

#define KH_RUNNING_MAX_PROCESSES 50000
#define KH_RUNNING_MAX_FILES 20000
#define KH_RUNNING_MAX_OPEN 256 /* descriptors: of files without a name here */

struct kh_running_file {
	char *path; /* as the process has it */
	int fd;     /* -1: by its path */
};

struct kh_running {
	struct kh_running_file *v; /* each file once */
	size_t n, cap;
};

int kh_running_read(struct kh_running *ret) KH_MUST_USE;
void kh_running_done(struct kh_running *r); /* closes the descriptors */
