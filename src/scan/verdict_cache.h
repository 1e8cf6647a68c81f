/* Which files were found clean, in which state and by which content (rules, signatures, hash lists), so that an unchanged file is not read again.
 *
 * When the content changes, an entry stays good if what its verdict rests on has not changed: the rules and signatures for the kinds of content that were looked at in the
 * file, and the hash lists. Where only the hash lists have changed, a file that holds no others is clean still unless they have an entry for its size.
 *
 * Only clean answers are kept, of files looked at whole, or up to a limit of libclamav's, which it would reach again and takes seconds to: all else that was infected, suspicious
 * or partly scanned is looked at anew each time. A file is recognised by its device,
 * inode, size, mtime and ctime; one that changed less than KH_VERDICT_SETTLED_NS before it was looked at is not kept, because it could change again
 * within the same tick of the file system's clock.
 *
 * One mapped file, used by one process at a time. Every entry is checked by itself: damage to the file makes entries disappear, and never turns one
 * into another. It need not be durable; a power cut costs entries. Who can write the file can make the scan overlook anything: it is 0600. */
#pragma once

#include "base/attr.h"
#include "malware/content.h"
#include "scan/walk.h"

#include <stdbool.h>
#include <stdint.h>

#define KH_VERDICT_SETTLED_NS INT64_C(2000000000) /* FAT counts in steps of 2 s */
#define KH_VERDICT_MAX_ENTRIES (UINT64_C(1) << 26)
#define KH_VERDICT_KEPT_DAYS 60 /* an entry that no scan has asked for is forgotten when the table grows */

/* What verdicts rest on. */
struct kh_verdict_version {
	uint8_t program[16]; /* digest of how the scan uses the content: this program and the limits of a file */
	struct kh_content_version content;
};

struct kh_verdict_cache;

/* Opens or makes the file. One that is damaged or of another format is begun anew. KH_E_BUSY: another process uses it. `version` is lent. */
int kh_verdict_cache_open(const char *path, const struct kh_verdict_version *version, struct kh_verdict_cache **ret) KH_MUST_USE;
void kh_verdict_cache_free(struct kh_verdict_cache *c);
KH_DEFINE_CLEANUP(verdict_cache, struct kh_verdict_cache *, kh_verdict_cache_free);
#define kh_auto_verdict_cache KH_CLEANUP(kh_cleanup_verdict_cache)

enum kh_known {
	KH_KNOWN_NOT,
	KH_KNOWN_CLEAN,
	KH_KNOWN_CLEAN_BUT_FOR_HASHES,
	KH_KNOWN_CLEAN_TO_LIMIT, /* by this very content; partly scanned, for a limit of libclamav's (KH_GAP_CLAMAV_LIMIT) */
};

/* Whether the file in this state is clean; its hash. */
enum kh_known kh_verdict_cache_find(struct kh_verdict_cache *c, const struct kh_file_state *state, uint8_t ret_sha256[32]) KH_MUST_USE;

/* It was found clean, in the state it had when it was opened, `seen_ns` (Unix time). `profiles` and `plain` are those of its report (malware/report.h). When there is no
 * room and none can be made, it is left out. */
struct kh_verdict_found {
	int64_t seen_ns;
	const uint8_t *sha256; /* 32 bytes */
	uint16_t profiles;
	bool plain, to_limit;
};
void kh_verdict_cache_add(struct kh_verdict_cache *c, const struct kh_file_state *state, const struct kh_verdict_found *found);

/* The file, clean but for hashes, is clean by the hash lists of today too. */
void kh_verdict_cache_confirm(struct kh_verdict_cache *c, const struct kh_file_state *state);

uint64_t kh_verdict_cache_count(const struct kh_verdict_cache *c); /* entries, of all versions */
