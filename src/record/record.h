/* Records as the spool holds them and as they go out (docs/protocol.md).
 *
 * The spool keeps a record's fields from `"kind":` on, without braces around: `"kind":"health","health":{…}`. On the way out a line is made of it by putting the
 * name and time in front: {"seq":7,"@timestamp":"…","kind":…}. So a record is never parsed on its way. */
#pragma once

#include "base/buf.h"
#include "facts/collector.h"
#include "scan/quarantine.h"
#include "scan/scan.h"

#include <stdint.h>

/* One line with its end; `time_ms`: already corrected by the clock offset, and the same each time, or the server takes the record for another one. */
void kh_record_line(struct kh_buf *out, uint64_t seq, int64_t time_ms, const void *fields, size_t n);

void kh_record_facts(struct kh_buf *out, const struct kh_collected *table);
void kh_record_detection(struct kh_buf *out, const struct kh_scan_result *file, const struct kh_detection *detection, const char *id); /* id of the find; NULL: none */

/* Events about the quarantine: "quarantine_restored", "quarantine_deleted", "quarantine_exported"; `user` is the name, `to` where it went (both may be NULL). */
void kh_record_quarantine(struct kh_buf *out, const char *action, const struct kh_quarantine_entry *e, const struct kh_quarantine_who *who, const char *user, const char *to);
/* An event: who ran an infected file, and whether they were stopped. file->running is there. */
void kh_record_processes(struct kh_buf *out, const struct kh_scan_result *file);

/* What became of a find (docs/protocol.md). */
struct kh_find_record {
	const char *id, *state;
	const char *quarantine; /* id there; NULL: it is not */
	const char *detail;     /* NULL: nothing to say */
};
void kh_record_find(struct kh_buf *out, const struct kh_find_record *find);

/* A scan as a whole; order 0 and campaign NULL: nobody ordered it. Test rules do not count: rules 0, where nothing was imported. */
struct kh_scan_record {
	const char *kind, *campaign;
	int64_t started_ms, ended_ms, order;
};
void kh_record_scan(struct kh_buf *out, const struct kh_scan_record *scan, const struct kh_scan_summary *s);

/* error: 0, done; KH_E_FORBIDDEN, refused; any other, failed: its name goes along, and `why` (may be NULL) for the log. Of a scan that was done, what came of it. */
struct kh_order_scan {
	const char *campaign, *stopped; /* may be NULL */
	uint64_t files, bytes, infected, suspicious;
	const uint64_t *gaps; /* KH_GAP_COUNT of them, as in kh_scan_summary */
};
bool kh_record_order_is_refusal(int error); /* "refused", not "failed" */
void kh_record_order(struct kh_buf *out, int64_t id, int error, const char *why, const struct kh_order_scan *scan);

/* A record handed in by a local producer: one JSON object on one line that begins with its kind, event or detection. False when it is not; then nothing is added. The server looks into it. */
bool kh_record_handed_in(struct kh_buf *out, const void *json, size_t n) KH_MUST_USE;
