/* What is known of files from before, by their state (scan/walk.h): of a fixed size; the oldest gives way. It is forgotten when the content changes, and when a file system
 * goes, which may come back changed. */
#pragma once

#include "base/attr.h"
#include "scan/walk.h"

#include <stdbool.h>
#include <stdint.h>

enum kh_recent_verdict {
	KH_RECENT_NOT,
	KH_RECENT_CLEAN,
	KH_RECENT_INFECTED,
	KH_RECENT_BAD_HASH, /* infected, and its hash is on a list */
};

struct kh_recent;
struct kh_recent *kh_recent_new(void);
void kh_recent_free(struct kh_recent *k);

enum kh_recent_verdict kh_recent_find(const struct kh_recent *k, const struct kh_file_state *state) KH_PURE;
void kh_recent_add(struct kh_recent *k, const struct kh_file_state *state, enum kh_recent_verdict verdict);
void kh_recent_drop(struct kh_recent *k, const struct kh_file_state *state);
void kh_recent_forget(struct kh_recent *k); /* all of it */

/* Notes that it is reported now, unless it was within KH_RECENT_REPORT_MS: then false. Something that opens an infected file again and again is told once. */
#define KH_RECENT_REPORT_MS INT64_C(3600000)
bool kh_recent_report(struct kh_recent *k, const struct kh_file_state *state, int64_t now_ms);

bool kh_file_state_same(const struct kh_file_state *a, const struct kh_file_state *b) KH_PURE;
