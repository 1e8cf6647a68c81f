/* What the store needs done with content, by processes without rights: the store itself never looks into a source. */
#pragma once

#include "base/attr.h"
#include "malware/content.h"
#include "malware/problems.h"
#include "scan/includes.h"

#include <stddef.h>

struct kh_content_input {
	const char *name; /* within the set: its extension tells the kind */
	const char *path; /* where its bytes are */
};

struct kh_content_engine {
	/* Sources in, a descriptor of the compiled content out (the caller closes it). What does not compile is left out, and no error. */
	int (*compile)(void *context, const struct kh_content_input *inputs, size_t count, const struct kh_yara_external *externals, size_t external_count, int *ret_fd);
	/* Gives the names that a file of YARA rules includes, as they stand in it; an included file is beside the including one. */
	int (*includes)(void *context, const char *path, kh_on_include on_include, void *on_include_context);
	/* 0 when the compiled content can be used, finds EICAR, and nothing in the clean set; else an error whose detail says what it did. What it holds, and what
	 * was left out, is added to the problems. */
	int (*try)(void *context, int fd, struct kh_content_info *ret_info, struct kh_rule_problems *problems);
	void *context;
};
