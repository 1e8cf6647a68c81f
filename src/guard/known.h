/* What is known of files from before, by their state (scan/walk.h): of a fixed size; the oldest gives way. It is forgotten when the content changes, and when a file system
 * goes, which may come back changed. */
#pragma once

#include "base/attr.h"
#include "scan/walk.h"

#include <stdbool.h>
#include <stdint.h>

enum kh_known_verdict {
	KH_KNOWN_NOT,
	KH_KNOWN_CLEAN,
	KH_KNOWN_INFECTED,
	KH_KNOWN_BAD_HASH, /* infected, and its hash is on a list */
};

struct kh_known;
struct kh_known *kh_known_new(void);
void kh_known_free(struct kh_known *k);

enum kh_known_verdict kh_known_find(const struct kh_known *k, const struct kh_file_state *state) KH_PURE;
void kh_known_add(struct kh_known *k, const struct kh_file_state *state, enum kh_known_verdict verdict);
void kh_known_drop(struct kh_known *k, const struct kh_file_state *state);
void kh_known_forget(struct kh_known *k); /* all of it */

/* Notes that it is reported now, unless it was within KH_KNOWN_REPORT_MS: then false. Something that opens an infected file again and again is told once. */
#define KH_KNOWN_REPORT_MS INT64_C(3600000)
bool kh_known_report(struct kh_known *k, const struct kh_file_state *state, int64_t now_ms);

bool kh_file_state_same(const struct kh_file_state *a, const struct kh_file_state *b) KH_PURE;
