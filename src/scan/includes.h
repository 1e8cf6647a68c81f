/* The files that a file of YARA rules includes, and those include, and so on: taken from its folder and below, through no link. What is not there, or not below, is left to the compiler, which names it.
 * Of most files nobody is asked: the word `include` is nowhere in them. */
#pragma once

#include "base/attr.h"

#include <stddef.h>

typedef void (*kh_on_include)(void *context, const char *name);
/* Gives the names that a file includes, as they stand in it. */
typedef int (*kh_includes_ask)(void *context, const char *path, kh_on_include on_include, void *on_include_context);

struct kh_includes {
	int folder; /* of the file that was named */
	struct {
		char **v; /* paths below the folder, without "." and "..", each once; the file that was named is the first */
		size_t n, cap;
	} names;
};
void kh_includes_done(struct kh_includes *i);
#define kh_auto_includes KH_CLEANUP(kh_includes_done)
#define KH_INCLUDES_NONE {.folder = -1}

int kh_includes_find(const char *path, kh_includes_ask ask, void *context, struct kh_includes *ret) KH_MUST_USE;
/* For reading, -1: it is not there (any more); the caller closes it. */
int kh_includes_open(const struct kh_includes *i, const char *name) KH_MUST_USE;
