/* The compiled content that a scan's options ask for. */
#pragma once

#include "base/attr.h"
#include "malware/problems.h"
#include "scan/scan.h"

#include <stdint.h>

/* What o->content already is, else finds the files, compiles them if that was not done before. The caller closes the descriptor. Adds to the problems what was wrong with the files themselves;
 * what was wrong in them the content says. *ret_newest_s: last change of the newest file, 0: none.
 * `anew`: not what was kept (scan/compile.h). */
int kh_scan_content(const struct kh_scan_options *o, bool anew, int *ret_fd, int64_t *ret_newest_s, struct kh_rule_problems *problems) KH_MUST_USE;
