/* Messages for people, from spec/i18n. Vietnamese unless the user asks otherwise. */
#pragma once

#include "base/attr.h"
#include "gen/messages.h"

#include <stdbool.h>

enum kh_language { KH_VI, KH_EN };

/* KHIEN_LANG (vi|en) decides, then LC_ALL, LC_MESSAGES and LANG when they begin with vi or en_; else Vietnamese. */
enum kh_language kh_language_of_environment(void);

/* "vi" or "en" → language; false for anything else. */
bool kh_language_parse(const char *name, enum kh_language *ret) KH_MUST_USE;

/* The best of an Accept-Language header ("en-GB,en;q=0.9"); `otherwise` when it names neither or is NULL. */
enum kh_language kh_language_accepted(const char *header, enum kh_language otherwise);

const char *kh_text(enum kh_language language, enum kh_message message);

/* One part of a message: {name} is replaced by text. */
struct kh_text_part {
	const char *name, *text;
};

/* The message with its parts filled in, in new memory: kh_text_with(lang, KH_T_SCAN_FOUND, {"path", p}, {"rule", r}). */
char *kh_text_parts(enum kh_language language, enum kh_message message, const struct kh_text_part *parts) KH_MUST_USE;
#define kh_text_with(language, message, ...) kh_text_parts((language), (message), (const struct kh_text_part[]){__VA_ARGS__, {0}})
