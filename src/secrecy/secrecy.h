/* State secrets by their marks: the lines of a document → the level it is marked with, and how sure that is.
 *
 * A mark is layout and context, not a word. A wording of packs/secrecy counts when it is a line of its own, or a cell, or a piece of a line beside what belongs to a letterhead, where Decree
 * 30/2020 has the stamp (box 10a: near the letterhead), in a header or in a box; how it looks and what else the document bears (number of the copy, "Tài liệu thu hồi", copies counted under
 * "Nơi nhận" …) counts for it; forms, lists of all levels, quotation marks and course material count against it. The points of each, and the limit, are data: docs/secrecy.md.
 *
 * Nothing is opened, written or logged, and no text is kept, save the matched lines when `keep_lines` asks for them (khien secret --show). */
#pragma once

#include "base/attr.h"
#include "document/read/lines.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kh_secrecy_level { KH_SECRECY_NONE, KH_SECRECY_MAT, KH_SECRECY_TOI_MAT, KH_SECRECY_TUYET_MAT, KH_SECRECY_LEVELS };
const char *kh_secrecy_level_name(enum kh_secrecy_level level); /* "none", "mat", "toi_mat", "tuyet_mat" */

/* ---- rules ---- */

struct kh_secrecy_rules;
struct kh_secrecy_rules *kh_secrecy_rules_new(void) KH_MUST_USE;
void kh_secrecy_rules_free(struct kh_secrecy_rules *r);
KH_DEFINE_CLEANUP(secrecy_rules, struct kh_secrecy_rules *, kh_secrecy_rules_free);
#define kh_auto_secrecy_rules KH_CLEANUP(kh_cleanup_secrecy_rules)

/* The text of one file of packs/secrecy (its README.md is the format); `path` is for messages only. Files are added in any order; a wording that two of them have is one wording.
 * KH_E_INVALID_CONFIG with "path:line:column: …"; KH_E_TOO_LARGE past limits.h. After an error the rules are only good for kh_secrecy_rules_free. */
int kh_secrecy_rules_add(struct kh_secrecy_rules *r, const char *path, const char *text, size_t n) KH_MUST_USE;

/* Once, after the last file: KH_E_INVALID_CONFIG when there is no stamp, no judgement, or a name that stands nowhere. */
int kh_secrecy_rules_finish(struct kh_secrecy_rules *r) KH_MUST_USE;

/* ---- one document after the other ---- */

struct kh_secrecy_mark {
	const char *kind; /* "stamp"; "field": a line that says "Độ mật: …"; "envelope": A, B or C; "register"; or the name of a sign of the rules: "copy_number" … Lent while the rules live */
	uint32_t page; /* as in struct kh_document_line */
	enum kh_document_part where;
	char *line; /* what it was read from, at most KH_SECRECY_MAX_SHOWN bytes; NULL unless lines are kept */
};

struct kh_secrecy_finding {
	enum kh_secrecy_level level; /* the highest that is marked */
	uint8_t confidence; /* 1 to 99; 0 with KH_SECRECY_NONE */
	const struct kh_secrecy_mark *marks; /* those of that level first, then what supports them; none with KH_SECRECY_NONE, but "declassified" where a stamp says so */
	size_t n;
};

struct kh_secrecy;
struct kh_secrecy *kh_secrecy_new(const struct kh_secrecy_rules *rules /* lent; finished */, bool keep_lines) KH_MUST_USE;
void kh_secrecy_free(struct kh_secrecy *s);
KH_DEFINE_CLEANUP(secrecy, struct kh_secrecy *, kh_secrecy_free);
#define kh_auto_secrecy KH_CLEANUP(kh_cleanup_secrecy)

/* As struct kh_document_sink calls them. */
void kh_secrecy_begin(struct kh_secrecy *s, enum kh_document_format format);
void kh_secrecy_line(struct kh_secrecy *s, const struct kh_document_line *line);
bool kh_secrecy_may_be_mark(const struct kh_secrecy *s, const struct kh_document_line *line); /* looked at by itself, and not counted: a stamp, a part of one, the title of a register */
bool kh_secrecy_enough(const struct kh_secrecy *s); /* what is still to come cannot raise the level, or is a further page of a scan whose first ones have a mark */

/* What was found since kh_secrecy_begin; lent until the next kh_secrecy_begin. */
void kh_secrecy_end(struct kh_secrecy *s, struct kh_secrecy_finding *ret);
