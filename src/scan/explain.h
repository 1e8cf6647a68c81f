/* What the content of a scan holds, and why its rules are run for a file or not. For engineers: lines of text, in the language of this thread. */
#pragma once

#include "base/attr.h"
#include "scan/scan.h"

typedef void (*kh_scan_on_line)(void *context, const char *line);

/* Every rule: its engine, its name and the file it stands in. */
int kh_scan_list_rules(const struct kh_scan_options *o, kh_scan_on_line on_line, void *context) KH_MUST_USE;

/* For a regular file's own bytes (not what is packed in it): its path, their kind, which rules were run, the need of each (malware/filter/filter.h says how it is written),
 * and whether it matched. KH_E_USAGE: it is none; KH_E_TOO_LARGE: above max_size. */
int kh_scan_explain(const struct kh_scan_options *o, const char *path, kh_scan_on_line on_line, void *context) KH_MUST_USE;
