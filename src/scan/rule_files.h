/* The rule files of a scan: found, read and packed for the workers. Nothing of their text is looked at here. */
#pragma once

#include "base/attr.h"
#include "malware/rules.h"
#include "scan/limits.h"

#include <stddef.h>
#include <stdint.h>

struct kh_rule_files {
	struct {
		struct kh_rule_source *v;
		size_t n, cap;
	} sources;                        /* names are paths; names and texts are owned */
	struct kh_rule_problems problems; /* files that could not be read, folders without rules */
	size_t bytes;
	int64_t newest_s; /* last change of the newest file; 0: none */
};

/* Reads the files, and every *.yar and *.yara in the folders and below them, in the order of their names. */
void kh_rule_files_read(const char *const *paths, size_t count, struct kh_rule_files *ret);
void kh_rule_files_done(struct kh_rule_files *files);
#define kh_auto_rule_files KH_CLEANUP(kh_rule_files_done)

/* The folder of the rules that come with the program: /usr/share/khien/rules when it is installed, packs/rules of the checkout it was built in
 * otherwise. New memory. */
int kh_rule_files_shipped(char **ret_path) KH_MUST_USE;
