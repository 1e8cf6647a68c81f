/* Head of a journald file (systemd's JOURNAL_FILE_FORMAT): signature "LPKSHHRH"; time of its first entry, in microseconds, at byte 184. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KH_JOURNAL_HEAD 208

/* Unix seconds of the first entry; false when it is no journal, or an empty one. */
bool kh_journal_first(const void *head, size_t n, int64_t *ret_s) KH_MUST_USE;
