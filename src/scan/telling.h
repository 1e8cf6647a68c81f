/* What a scan says of each file: counted in its summary, told to its caller; an infected file is taken away before, where that is wanted. */
#pragma once

#include "malware/report.h"
#include "scan/estimate.h"
#include "scan/scan.h"
#include "scan/verdict_cache.h"
#include "scan/walk.h"

#include <stdbool.h>
#include <stdint.h>

struct kh_scan_teller {
	const struct kh_scan_options *options;
	const struct kh_scan_events *events;
	struct kh_scan_summary *summary;
	struct kh_scan_estimate *estimate; /* NULL: none */
	int64_t started_ms, told_ms;       /* of the scan; of the progress that was told last */
	bool waits;                        /* the scan does, for its share of a core */
};

/* Not more often than every KH_SCAN_PROGRESS_MS. */
void kh_tell_progress(struct kh_scan_teller *t, const char *path);

/* `words` NULL: those of the code. */
void kh_tell_unscanned(struct kh_scan_teller *t, const struct kh_walk_item *item, enum kh_verdict verdict, enum kh_scan_why why, const char *words);
void kh_tell_unreadable(struct kh_scan_teller *t, const struct kh_walk_item *item, int error); /* errno */
void kh_tell_too_large(struct kh_scan_teller *t, const struct kh_walk_item *item);
void kh_tell_not_opened(struct kh_scan_teller *t, const struct kh_walk_item *item); /* what is no FILE */

/* It was found so before. */
void kh_tell_clean(struct kh_scan_teller *t, const struct kh_walk_item *item, const uint8_t sha256[32], enum kh_known known);
void kh_tell_scanned(struct kh_scan_teller *t, const struct kh_walk_item *item, const struct kh_malware_report *report);
