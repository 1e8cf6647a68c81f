/* A scan with the content of this machine: that of its store, and, where nothing was ever imported, the rules that come with the program. Rules and
 * signatures that the options name are used instead of either. Else as kh_scan_run() (scan/scan.h). */
#pragma once

#include "base/attr.h"
#include "scan/scan.h"

int kh_content_scan(const char *dir, const struct kh_scan_options *options, const struct kh_scan_events *events, struct kh_scan_summary *ret) KH_MUST_USE;
