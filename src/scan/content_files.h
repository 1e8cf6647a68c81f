/* The files of rules, signatures and hash lists that a scan is told to use: found by their names, not looked into here. */
#pragma once

#include "base/attr.h"
#include "malware/problems.h"
#include "scan/limits.h"

#include <stddef.h>
#include <stdint.h>

struct kh_content_files {
	struct {
		char **v; /* paths, owned */
		size_t n, cap;
	} paths;
	struct kh_rule_problems problems; /* files that could not be looked at, folders without any */
	uint64_t bytes;
	int64_t newest_s; /* last change of the newest file; 0: none */
	uint8_t state[32]; /* digest of names, places, sizes and times of all files: the same state, the same content */
};

/* The files, and in the folders and below them those of one of the kinds (KH_SOURCE_BIT; malware/source.h), in the order of their names; adds to what was
 * found before. Begin with a zeroed struct. */
void kh_content_files_find(const char *const *paths, size_t count, unsigned kinds, struct kh_content_files *files);
void kh_content_files_done(struct kh_content_files *files);
#define kh_auto_content_files KH_CLEANUP(kh_content_files_done)

/* The folder of the rules that come with the program (os/shipped.h). New memory. */
int kh_content_shipped(char **ret_path) KH_MUST_USE;
