/* Messages for people, from spec/i18n. Vietnamese unless the user asks otherwise.
 *
 * Messages of programs are named: kh_text(language, KH_T_…). The details of errors are not: their English words in the source are the key of
 * spec/i18n/details.vi.yaml, and kh_fail() looks them up by the language of its thread. */
#pragma once

#include "base/attr.h"
#include "gen/details.h" /* struct kh_detail_words, kh_details[] */
#include "gen/messages.h"

#include <stdbool.h>

enum kh_language { KH_VI, KH_EN };

/* KHIEN_LANG (vi|en) decides, then LC_ALL, LC_MESSAGES and LANG when they begin with vi or en_; else Vietnamese. */
enum kh_language kh_language_of_environment(void);

/* "vi" or "en" → language; false for anything else. */
bool kh_language_parse(const char *name, enum kh_language *ret) KH_MUST_USE;

/* The best of an Accept-Language header ("en-GB,en;q=0.9"); `otherwise` when it names neither or is NULL. */
enum kh_language kh_language_accepted(const char *header, enum kh_language otherwise);

/* What this thread speaks: as last said by kh_language_use(), else as kh_language_of_environment(). A server says it for every request. */
enum kh_language kh_language(void);
void kh_language_use(enum kh_language language);

/* English words of the source in the language of this thread; the words themselves when that is English, or when the catalogue has none. kh_fail() does
 * this to its format; words that go into a place of a format want it too: kh_fail(KH_E_SYNTAX, "%s: %s", path, kh_words("it ends early")).
 * tests/words.py finds every text that reaches this function, also through the parameters of others, and wants its Vietnamese. */
const char *kh_words(const char *english) __attribute__((format_arg(1)));

/* Marks the words of a table, which kh_words() is given later. */
#define KH_WORDS(english) english

const char *kh_text(enum kh_language language, enum kh_message message);

/* One part of a message: {name} is replaced by text. */
struct kh_text_part {
	const char *name, *text;
};

/* The message with its parts filled in, in new memory: kh_text_with(lang, KH_T_SCAN_FOUND, {"path", p}, {"rule", r}). */
char *kh_text_parts(enum kh_language language, enum kh_message message, const struct kh_text_part *parts) KH_MUST_USE;
#define kh_text_with(language, message, ...) kh_text_parts((language), (message), (const struct kh_text_part[]){__VA_ARGS__, {0}})
