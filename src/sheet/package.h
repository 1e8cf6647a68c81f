/* The parts of an Office file: a ZIP in memory, by libarchive, with limits on their number and on what all of it unpacks to. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

struct kh_package {
	const void *bytes;
	size_t n;
	size_t unpacked; /* so far, of all parts read */
};

/* Reads the part `name` and gives it piece by piece; no part of that name: nothing is given, *ret_found false. KH_E_SYNTAX: a damaged ZIP; KH_E_NOT_SUPPORTED: encrypted;
 * KH_E_TOO_LARGE. An error of `take` ends it. */
int kh_package_read(struct kh_package *p, const char *name, int (*take)(void *arg, const char *bytes, size_t n), void *arg, bool *ret_found) KH_MUST_USE;
