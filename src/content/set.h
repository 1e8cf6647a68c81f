/* What a content is made of: its sources, each known by its hash, and what came of compiling them. In the store it is a file beside the compiled content,
 * in a bundle the part that is signed; both are this JSON:
 *
 *     {"v":1,"made_s":…,"bundle_made_s":…,"yara_rules":…,"clamav_signatures":…,"hashes":…,"unsigned_databases":…,"compiled_bytes":…,"compiled_sha256":"…",
 *      "files":[{"name","origin","sha256","size","imported_s","made_s"}],"externals":[{"origin","name","value"}],"problems":[{"source","item","line","text"}],"more_problems":…} */
#pragma once

#include "base/attr.h"
#include "base/content_state.h"
#include "content/limits.h"
#include "malware/content.h"
#include "malware/problems.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Said of a source that was not used because its bytes have changed since they were imported. */
#define KH_CONTENT_SOURCE_DAMAGED KH_WORDS("it is damaged in the store: import it again or remove it")

struct kh_content_file {
	char *name;   /* path within the set: "signature-base/apt.yar"; begins with the origin's name */
	char *origin; /* what was imported: the name of a file or folder, or the last part of a URL */
	uint8_t sha256[32];
	uint64_t size;
	int64_t imported_s; /* when these bytes came to the store */
	int64_t made_s;     /* when they were made, as far as they say; else when they came */
};

/* An external variable of YARA rules: it comes and goes with what was imported with it, and is there for all rules. */
struct kh_content_external {
	char *origin, *name, *value;
};

struct kh_content_set {
	struct {
		struct kh_content_file *v;
		size_t n, cap;
	} files; /* by name */
	struct {
		struct kh_content_external *v;
		size_t n, cap;
	} externals; /* by origin and name */
	int64_t made_s;                   /* when it was compiled; of a bundle: when it was made */
	int64_t bundle_made_s;            /* of the bundle that is in it; 0: none */
	struct kh_content_info info;      /* counts; the version digests are in the compiled content only */
	uint64_t compiled_bytes;
	uint8_t compiled_sha256[32];
	struct kh_rule_problems problems; /* what was left out */
};

void kh_content_set_done(struct kh_content_set *set);
#define kh_auto_content_set KH_CLEANUP(kh_content_set_done)

char *kh_content_set_text(const struct kh_content_set *set) KH_MUST_USE;
/* Checks every name (kh_content_name_good) and size. KH_E_SYNTAX, KH_E_NOT_SUPPORTED (a newer version), KH_E_TOO_LARGE. */
int kh_content_set_parse(const char *text, size_t n, struct kh_content_set *ret) KH_MUST_USE;

/* A relative path without "", "." and "..", of no control characters, not longer than KH_CONTENT_MAX_NAME. */
bool kh_content_name_good(const char *name) KH_PURE;

/* Adds a copy in its place, in the stead of one of that name. */
void kh_content_set_add(struct kh_content_set *set, const struct kh_content_file *file);
/* Defines a variable, in the stead of the origin's own of that name. KH_E_INVALID_FIELD: not a name of YARA's, or too long a value. KH_E_TOO_LARGE. */
int kh_content_set_define(struct kh_content_set *set, const char *origin, const char *name, const char *value) KH_MUST_USE;
/* Takes out the files and variables of an origin; how many files there were. */
size_t kh_content_set_remove(struct kh_content_set *set, const char *origin);
const struct kh_content_file *kh_content_set_find(const struct kh_content_set *set, const char *name); /* NULL: none */

/* Same names and bytes, same variables: the same content would come of it. */
bool kh_content_set_same(const struct kh_content_set *a, const struct kh_content_set *b);
/* Of made_s of the files, but those of the origin `shipped`, which came with the program; 0: none. */
int64_t kh_content_set_newest_s(const struct kh_content_set *set, const char *shipped);

/* What the store's `state` says of it: number `number` is in use, and there is none to go back to. `shipped`: the origin that does not count as imported. */
struct kh_content_state kh_content_set_state(const struct kh_content_set *set, const char *shipped, int64_t number);
