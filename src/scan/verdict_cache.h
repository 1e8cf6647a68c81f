/* Which files were found clean, in which state and by which content (rules, signatures, hash lists), so that an unchanged file is not read again.
 *
 * Only whole, clean answers are kept: what was infected, suspicious or partly scanned is looked at anew each time. A file is recognised by its device,
 * inode, size, mtime and ctime; one that changed less than KH_VERDICT_SETTLED_NS before it was looked at is not kept, because it could change again
 * within the same tick of the file system's clock.
 *
 * One mapped file, used by one process at a time. Every entry is checked by itself: damage to the file makes entries disappear, and never turns one
 * into another. It need not be durable; a power cut costs entries. Who can write the file can make the scan overlook anything: it is 0600. */
#pragma once

#include "base/attr.h"
#include "scan/walk.h"

#include <stdbool.h>
#include <stdint.h>

#define KH_VERDICT_SETTLED_NS INT64_C(2000000000) /* FAT counts in steps of 2 s */
#define KH_VERDICT_MAX_ENTRIES (UINT64_C(1) << 26)
#define KH_VERDICT_KEPT_DAYS 60 /* an entry that no scan has asked for is forgotten when the table grows */

/* What a verdict rests on. Files that hold no others inside (`plain`) and whose size no hash list asks for are clean by the rules alone, so a
 * change of only the hash lists leaves their entries good. */
struct kh_content_version {
	uint8_t rules[16];  /* digest of all but the hash lists, and of how the scan uses them */
	uint8_t hashes[16]; /* digest of the hash lists */
	bool (*asks)(void *context, uint64_t size); /* a hash list has an entry for content of this size */
	void *context;
};

struct kh_verdict_cache;

/* Opens or makes the file. One that is damaged or of another format is begun anew. KH_E_BUSY: another process uses it. `version` is lent. */
int kh_verdict_cache_open(const char *path, const struct kh_content_version *version, struct kh_verdict_cache **ret) KH_MUST_USE;
void kh_verdict_cache_free(struct kh_verdict_cache *c);
KH_DEFINE_CLEANUP(verdict_cache, struct kh_verdict_cache *, kh_verdict_cache_free);
#define kh_auto_verdict_cache KH_CLEANUP(kh_cleanup_verdict_cache)

/* The file in this state is clean; its hash. */
bool kh_verdict_cache_find(struct kh_verdict_cache *c, const struct kh_file_state *state, uint8_t ret_sha256[32]) KH_MUST_USE;

/* It was found clean, in the state it had when it was opened, `seen_ns` (Unix time). When there is no room and none can be made, it is left out. */
void kh_verdict_cache_add(struct kh_verdict_cache *c, const struct kh_file_state *state, int64_t seen_ns, const uint8_t sha256[32], bool plain);

uint64_t kh_verdict_cache_count(const struct kh_verdict_cache *c); /* entries, of all versions */
