/* The head of an rpm repository's lists (repodata/repomd.xml), as dnf and zypper keep it. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* When its newest list was made: the highest <timestamp>UNIX SECONDS</timestamp> (a fraction is left out). false when there is none before the year 10000. */
bool kh_repomd_made(const char *text, size_t n, int64_t *ret_s) KH_MUST_USE;
