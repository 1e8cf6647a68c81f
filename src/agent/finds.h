/* What the agent's scans have found and what became of it, until its place was looked at again and is clean (docs/protocol.md, "Finds"): `finds.json` in the state
 * directory, replaced as a whole. Written by the scan child, one at a time; the broker reads when the next place is to be looked at. */
#pragma once

#include "base/attr.h"
#include "crypto/hash.h"
#include "crypto/random.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KH_FINDS_MAX 5000 /* more are reported, and not looked at again: such a machine is set up anew */
#define KH_FINDS_MAX_WAIT_S INT64_C(86400)

enum kh_find_state {
	KH_FIND_FOUND,       /* and not looked at a second time yet */
	KH_FIND_QUARANTINED,
	KH_FIND_LEFT,
	KH_FIND_RUNNING,     /* left: the program of a process, and no name leads to it any more */
	KH_FIND_STATES,
};

struct kh_find {
	char id[KH_UUID_SIZE];
	char *path; /* bytes */
	uint8_t sha256[KH_SHA256_SIZE];
	enum kh_find_state state;
	int64_t next_s; /* its place is to be looked at again; corrected time */
	int64_t wait_s; /* the pause before that */
	bool seen;      /* in this scan; not kept */
};

struct kh_finds {
	char of[KH_UUID_SIZE]; /* endpoint: those of another one are not this one's to report */
	struct kh_find *v;
	size_t n, cap;
};

/* None when there is no such file, it is damaged, or another endpoint's: what is still there is found again. */
void kh_finds_load(const char *state_dir, const char *endpoint, struct kh_finds *ret);
int kh_finds_save(const char *state_dir, const struct kh_finds *f) KH_MUST_USE;
void kh_finds_done(struct kh_finds *f);
#define kh_auto_finds KH_CLEANUP(kh_finds_done)

/* NULL: none. The pointer is good until one is added or removed. */
struct kh_find *kh_finds_of(struct kh_finds *f, const char *path, const uint8_t sha256[KH_SHA256_SIZE]);
struct kh_find *kh_finds_named(struct kh_finds *f, const char *id);

/* A new one, FOUND, with an id of its own; NULL when there are KH_FINDS_MAX. */
struct kh_find *kh_finds_add(struct kh_finds *f, const char *path, const uint8_t sha256[KH_SHA256_SIZE]);
void kh_finds_remove(struct kh_finds *f, struct kh_find *find);

/* In its new state it is to be looked at again after `first_s`; a find that stays in its state, after twice its last pause, a day at most. */
void kh_find_settle(struct kh_find *find, enum kh_find_state state, int64_t now_s, int64_t first_s);

/* When the next place is to be looked at; INT64_MAX: none is. */
int64_t kh_finds_next_s(const struct kh_finds *f) KH_PURE;
