/* The files whose content the running processes execute: their programs and libraries, as the kernel has mapped them. A file that still has its name is told by that; one that was
 * deleted, or that another mount namespace (a container) holds, by a descriptor. What this caller may not see is left out. */
#pragma once

#include "base/attr.h"

#include <stddef.h>

#define KH_EXECUTED_MAX_PROCESSES 50000
#define KH_EXECUTED_MAX_FILES 20000
#define KH_EXECUTED_MAX_OPEN 256 /* descriptors: of files without a name here */

struct kh_executed_file {
	char *path; /* as the process has it */
	int fd;     /* -1: by its path */
};

struct kh_executed {
	struct kh_executed_file *v; /* each file once */
	size_t n, cap;
};

int kh_executed_read(struct kh_executed *ret) KH_MUST_USE;
void kh_executed_done(struct kh_executed *r); /* closes the descriptors */
