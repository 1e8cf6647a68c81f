/* A scan with the content of this machine: that of its store, and, where nothing was ever imported, the rules that come with the program. Rules and
 * signatures that the options name are used instead of either. Else as kh_scan_run() (scan/scan.h). */
#pragma once

#include "base/attr.h"
#include "scan/explain.h"
#include "scan/scan.h"

int kh_content_scan(const char *dir, const struct kh_scan_options *options, const struct kh_scan_events *events, struct kh_scan_summary *ret) KH_MUST_USE;

/* What that content holds, and why it says something of a file or not: as scan/explain.h. */
int kh_content_list_rules(const char *dir, const struct kh_scan_options *options, kh_scan_on_line on_line, void *context) KH_MUST_USE;
int kh_content_explain(const char *dir, const struct kh_scan_options *options, const char *path, kh_scan_on_line on_line, void *context) KH_MUST_USE;
