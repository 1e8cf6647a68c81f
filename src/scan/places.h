/* What a kind of scan looks at, for the agent's scans and `khien scan --quick` and `--full`:
 *
 *     quick   what starts by itself (facts/autostart.h, read by the collector), what runs (scan/executed.h), and the folders named
 *     full    all file systems of this machine, each once; no network file systems and none that programs make up
 *
 * What of it cannot be found out is left out and said in `lack`. */
#pragma once

#include "base/attr.h"
#include "facts/collector.h"
#include "scan/executed.h"
#include "scan/scan.h"

struct kh_scan_places {
	struct kh_names paths, passed_over;
	struct kh_executed executed;
	char *lack; /* NULL: nothing is missing */

	/* As kh_scan_options wants them. */
	const char **path_list, **passed_over_list;
	struct kh_scan_input *inputs;
	size_t input_count;
};

void kh_scan_places_done(struct kh_scan_places *p);
#define kh_auto_scan_places KH_CLEANUP(kh_scan_places_done)

/* `patterns`, with * as in a shell: places besides; those that are not there are passed over. The collector's options are lent; NULL: the usual. */
void kh_scan_places_named(struct kh_scan_places *p, const char *const *patterns, size_t count);
void kh_scan_places_quick(struct kh_scan_places *p, const struct kh_collector_options *collector);
void kh_scan_places_full(struct kh_scan_places *p, const char *root); /* root: "" for this machine's mounts */

/* Puts them into the options of a scan, which lend them. */
void kh_scan_places_use(struct kh_scan_places *p, struct kh_scan_options *options);
