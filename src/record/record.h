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
void kh_record_detection(struct kh_buf *out, const struct kh_scan_result *file, const struct kh_detection *detection);
void kh_record_scan(struct kh_buf *out, const char *kind, int64_t started_ms, int64_t ended_ms, const struct kh_scan_summary *s);

/* Events about the quarantine: "quarantine_restored", "quarantine_deleted", "quarantine_exported"; `user` is the name, `to` where it went (both may be NULL). */
void kh_record_quarantine(struct kh_buf *out, const char *action, const struct kh_quarantine_entry *e, const struct kh_quarantine_who *who, const char *user, const char *to);
/* An event: who ran an infected file, and whether they were stopped. file->running is there. */
void kh_record_processes(struct kh_buf *out, const struct kh_scan_result *file);

/* state: "done", "refused", "failed"; why may be NULL. */
void kh_record_order(struct kh_buf *out, int64_t id, const char *state, const char *why);

/* A record handed in by a local producer: one JSON object on one line that begins with its kind, event or detection. False when it is not; then nothing is added. The server looks into it. */
bool kh_record_handed_in(struct kh_buf *out, const void *json, size_t n) KH_MUST_USE;
