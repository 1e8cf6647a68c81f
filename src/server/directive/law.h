/* The law as dated data: packs/law/ (its README.md is the format). Thresholds, clocks and forms are looked up here by the day asked about, so a report on a
 * past day uses that day's law. Immutable once loaded. Every mistake names file:line:column. */
#pragma once

#include "base/array.h"
#include "base/yaml.h"
#include "server/directive/directive.h"

#include <stdint.h>

#define KH_MAX_LAW_RULES 5000

struct kh_law_text {
	const char *id, *number, *trust; /* number and the days as far as known; number may be NULL */
	struct kh_words name;
	int64_t from_day, to_day; /* kh_time_day_number, inclusive; INT64_MIN, INT64_MAX: not established, still in force */
};

struct kh_law_rule {
	const char *name;
	struct kh_words title;
	const char *value;                /* "15", "true", "Times New Roman"; NULL: a list, or nothing established */
	KH_ARRAY(const char *) list;
	const char *unit;                 /* what the value counts: day, percent, yes_no, text, list… */
	const struct kh_law_text *text;   /* NULL: a default of this product */
	const char *article;              /* may be NULL */
	const char *trust;                /* A B C M N */
	int64_t level;                    /* only for systems of this level; 0: for all */
	int64_t from_day, to_day;
};

struct kh_law {
	KH_ARRAY(struct kh_law_text) texts;
	KH_ARRAY(struct kh_law_rule) rules;
	KH_ARRAY(struct kh_yaml *) files; /* own all texts */
};
void kh_law_done(struct kh_law *law);
#define kh_auto_law KH_CLEANUP(kh_law_done)

/* texts.yaml of the directory first, then every other *.yaml. */
int kh_law_load(const char *directory, struct kh_law *ret) KH_MUST_USE;

/* One more file (texts or rules) from text. Texts must come before the rules that name them; two rules of one name and level never hold on the same day. */
int kh_law_add(struct kh_law *law, const char *path, const char *text, size_t n) KH_MUST_USE;

/* The rule in force on a day for systems of a level (0: the rule for all); one for all levels answers where the level has none of its own. NULL: none. */
const struct kh_law_rule *kh_law_find(const struct kh_law *law, const char *name, int64_t level, int64_t day);
