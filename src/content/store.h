/* The content store: a directory that holds what was imported, and one compiled content made of it, which is mapped by those who scan.
 *
 *     state           which content is in use (base/content_state.h); replaced in one step: the moment of a change
 *     lock            held by the one process that changes the store
 *     sources/HASH    the imported files, by their SHA-256
 *     N/set.json      content number N: its sources, counts and problems (content/set.h)
 *     N/content       … compiled
 *
 * A change makes content N+1 beside the others, tries it, has everything on disk (syncfs), and only then replaces `state`: whenever the power fails, the old
 * content or the new one is in use. The previous one is kept to go back to. What a change that was cut off left behind is removed by the next.
 *
 * Readers take no lock; they find the content by `state` and try again when it was changed under them. */
#pragma once

#include "base/attr.h"
#include "base/content_state.h"
#include "content/engine.h"
#include "content/set.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KH_CONTENT_SHIPPED "khien"  /* origin of the rules that come with the program */
#define KH_CONTENT_BUNDLE "bundle"  /* origin of what a bundle brought */

/* ---- reading ---- */

/* KH_E_NOT_FOUND: nothing was ever imported. */
int kh_content_store_state(const char *dir, struct kh_content_state *ret) KH_MUST_USE;
int kh_content_store_set(const char *dir, int64_t number, struct kh_content_set *ret) KH_MUST_USE;

/* Content that is there to find something, and how old it is. */
struct kh_content_health {
	bool empty; /* nothing but what was shipped */
	bool stale; /* the newest source is older than the limit */
	int64_t age_s;
};
struct kh_content_health kh_content_health(const struct kh_content_state *state, int64_t max_age_s, int64_t now_s) KH_PURE;

/* Gives the compiled content in use, open for reading, to the function, which puts it to use and returns 0, or an error when it cannot. Then it is given once more, for what
 * failed may have passed; then the previous content (`went_back`), which stays in use when the other one is damaged and this process may change the store. The descriptor is lent. KH_E_NOT_FOUND: there is none; else the function's
 * error. KH_E_NOT_SUPPORTED, for content of another version or processor: kh_content_change_commit() makes it anew. */
struct kh_content_used {
	int64_t number;
	bool went_back;
};
typedef int (*kh_content_on_use)(void *context, int fd);
int kh_content_store_use(const char *dir, kh_content_on_use on_use, void *context, struct kh_content_used *ret) KH_MUST_USE;

/* Reads everything and compares it with what the sets say; each thing that is wrong is given once, by its name in the store. */
typedef void (*kh_content_on_damage)(void *context, const char *what, const char *why);
int kh_content_store_verify(const char *dir, kh_content_on_damage on_damage, void *context, uint64_t *ret_checked) KH_MUST_USE;

/* One source: whether its bytes are those that were imported. */
int kh_content_store_check(const char *dir, const struct kh_content_file *f) KH_MUST_USE;

/* ---- changing ---- */

struct kh_content_change;

/* Makes the directory when there is none. KH_E_BUSY: another process is changing it. */
int kh_content_change_begin(const char *dir, struct kh_content_change **ret) KH_MUST_USE;
void kh_content_change_free(struct kh_content_change *c); /* what was not committed is as if it had not been */
KH_DEFINE_CLEANUP(content_change, struct kh_content_change *, kh_content_change_free);
#define kh_auto_content_change KH_CLEANUP(kh_cleanup_content_change)

const struct kh_content_set *kh_content_change_set(const struct kh_content_change *c); /* as it would be */

/* Takes a file's bytes from the descriptor's beginning to its end, in the stead of one of that name. made_s 0: now, or when the same bytes came. */
int kh_content_change_put(struct kh_content_change *c, const char *origin, const char *name, int fd, int64_t made_s, int64_t now_s) KH_MUST_USE;
/* A nameless file in the store's file system, for what is to be put; the caller closes it. */
int kh_content_change_temporary(const struct kh_content_change *c, int *ret_fd) KH_MUST_USE;
/* Takes out all files and variables of an origin; how many files there were. */
size_t kh_content_change_remove(struct kh_content_change *c, const char *origin);
/* Defines an external variable of YARA rules, which goes with its origin. What is defined on this machine comes before what a bundle defines. KH_E_CONFLICT: something else was
 * imported with another value. */
int kh_content_change_define(struct kh_content_change *c, const char *origin, const char *name, const char *value) KH_MUST_USE;
void kh_content_change_bundle_made(struct kh_content_change *c, int64_t made_s);

enum kh_content_outcome {
	KH_CONTENT_UNCHANGED, /* the same sources as before: nothing was compiled */
	KH_CONTENT_CHANGED,
};
/* Compiles, tries, puts to use. An error leaves what was in use in use. A source whose bytes are no longer those that were imported is left out, and a problem, as long as it is not
 * imported again or removed. `again`: also when nothing changed. */
int kh_content_change_commit(struct kh_content_change *c, const struct kh_content_engine *engine, bool again, int64_t now_s,
			     enum kh_content_outcome *ret) KH_MUST_USE;

/* Back to the previous content, which is tried before. The one in use is given up: it comes back when its sources are imported again. KH_E_NOT_FOUND: there is no previous one, or this one is it. */
int kh_content_change_back(struct kh_content_change *c, const struct kh_content_engine *engine) KH_MUST_USE;
