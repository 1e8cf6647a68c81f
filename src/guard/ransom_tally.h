/* What one process, with those it started, has done so far: signs, each with a weight, fading with time. No I/O.
 *
 * A sign has a weight for each file and a most it can reach alone. What honest programs do in masses (deleting, renaming, writing the same name into many folders)
 * cannot reach the threshold by itself; two such signs together, or one that nobody honest gives (scrambled documents, a changed canary), can. Points halve every
 * `halving_ms`, so that slow work counts and old work is forgotten. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kh_ransom_sign {
	KH_RANSOM_CANARY_CHANGED, /* a canary got other content, or another extension */
	KH_RANSOM_CANARY_REMOVED, /* a canary was deleted or moved */
	KH_RANSOM_SCRAMBLE,       /* a file now holds random bytes though its name promises a document */
	KH_RANSOM_REPLACE,        /* a document was deleted after random bytes were written under its name and more */
	KH_RANSOM_RENAME,         /* a document got an extension that nobody knows */
	KH_RANSOM_SEAL,           /* an encrypted file, or random bytes under a name that promises nothing, was written */
	KH_RANSOM_DELETE,         /* a document was deleted */
	KH_RANSOM_NOTE,           /* a readable file of the same name, in yet another folder */
	KH_RANSOM_SIGNS
};

struct kh_ransom_weight {
	const char *name; /* as in settings and records */
	int points, most;
};
extern const struct kh_ransom_weight kh_ransom_weights[KH_RANSOM_SIGNS]; /* the usual ones */

struct kh_ransom_rules {
	int weight[KH_RANSOM_SIGNS], most[KH_RANSOM_SIGNS];
	int threshold;
	int64_t halving_ms;
};
#define KH_RANSOM_THRESHOLD 100
#define KH_RANSOM_HALVING_MS 120000

/* The usual rules, then "NAME=POINTS" or "NAME=POINTS/MOST" from the settings (NULL-terminated, may be NULL). KH_E_INVALID_CONFIG. */
int kh_ransom_rules_read(const char *const *weights, int threshold, int64_t halving_ms, struct kh_ransom_rules *ret) KH_MUST_USE;

#define KH_RANSOM_FOLDERS 8  /* kept by name in an explanation */
#define KH_RANSOM_EXAMPLES 8 /* files, likewise */
#define KH_RANSOM_SEEN 256   /* things remembered, so that each counts once */

struct kh_ransom_tally {
	double points[KH_RANSOM_SIGNS];
	unsigned count[KH_RANSOM_SIGNS]; /* never fades */
	int64_t first_ms, last_ms;       /* monotonic */
	char *folders[KH_RANSOM_FOLDERS];
	char *examples[KH_RANSOM_EXAMPLES];
	unsigned folder_count;           /* up to KH_RANSOM_FOLDERS: more are not told apart */
	uint64_t seen[KH_RANSOM_SEEN];   /* a ring; what falls out may count again */
	unsigned seen_n;
};

void kh_ransom_tally_done(struct kh_ransom_tally *t);

/* One sign at a file. `key` names the thing (any hash): the same sign at the same thing counts once. False when it had counted before. */
bool kh_ransom_tally_add(struct kh_ransom_tally *t, const struct kh_ransom_rules *rules, enum kh_ransom_sign sign, uint64_t key, const char *folder, const char *name, int64_t now_ms);

/* Remembers a thing without counting it; whether it is remembered. */
void kh_ransom_tally_note(struct kh_ransom_tally *t, uint64_t key);
bool kh_ransom_tally_has(const struct kh_ransom_tally *t, uint64_t key) KH_MUST_USE;

double kh_ransom_tally_score(const struct kh_ransom_tally *t, const struct kh_ransom_rules *rules, int64_t now_ms) KH_MUST_USE;

/* Takes away what `part` has: an alarm was given about it. Counts stay. */
void kh_ransom_tally_forgive(struct kh_ransom_tally *t, const struct kh_ransom_tally *part, const struct kh_ransom_rules *rules, int64_t now_ms);

/* Different files that carry a sign of harm done (not counted: removed canaries, deleted files, notes). */
unsigned kh_ransom_tally_harmed(const struct kh_ransom_tally *t) KH_MUST_USE;
