/* What a verb writes on standard output, a line at a time. Texts that come from outside (names, paths, answers of other programs) are made printable. */
#pragma once

#include "base/i18n.h"

#include <jansson.h>
#include <stddef.h>

/* One line; 0, or KH_E_IO (a closed pipe, a full disk). The text and the JSON value are taken over. */
int kh_print(char *text) KH_MUST_USE;
int kh_print_json(json_t *value) KH_MUST_USE;

/* "Label: text"; NULL: "-". That it could not be written shows at the end: kh_print_end(). */
void kh_print_line(enum kh_language language, enum kh_message label, const char *text);
void kh_print_number(enum kh_language language, enum kh_message label, int64_t number);
void kh_print_list(enum kh_language language, enum kh_message label, const json_t *texts); /* "a, b"; none: "-" */
int kh_print_end(void) KH_MUST_USE;

/* A copy without control characters and bytes that are no text. */
char *kh_print_safe(const char *text) KH_MUST_USE;

/* Words of a protocol and what people call them. */
struct kh_print_word {
	const char *word;
	enum kh_message text;
};

/* One that is not in the table is given back; NULL: "-". */
#define kh_print_word(language, table, word) kh_print_word_of((language), (table), KH_COUNT(table), (word))
const char *kh_print_word_of(enum kh_language language, const struct kh_print_word *table, size_t n, const char *word);
