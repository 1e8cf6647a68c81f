/* Sentences with {names} and conditions on them, checked once against the names that stand there, then filled from data as often as wanted. */
#pragma once

#include "base/buf.h"
#include "base/json.h"
#include "base/yaml.h"
#include "server/report/names.h"

#include <stddef.h>

#define KH_SENTENCE_LEVELS 8

/* The names that can be seen from a place in a template, and what they stand for: those of the report, then of each list around the place. */
struct kh_sentence_view {
	const struct kh_report_name *names[KH_SENTENCE_LEVELS];
	const json_t *values[KH_SENTENCE_LEVELS]; /* NULL while checking */
	size_t n;
	bool *records; /* by enum kh_register_id: set where a list of records is found; NULL: nobody asks */
};

void kh_sentence_enter(struct kh_sentence_view *view, const struct kh_report_name *names, const json_t *values);
void kh_sentence_leave(struct kh_sentence_view *view);

/* The innermost of that name; NULL when there is none. ret_value (may be NULL) is its value, NULL where the data has none. */
const struct kh_report_name *kh_sentence_find(const struct kh_sentence_view *view, const char *name, const json_t **ret_value);

/* KH_E_INVALID_CONFIG with the place of the node. "{{" stands for a brace. */
int kh_sentence_check(const struct kh_sentence_view *view, const struct kh_yaml_node *node) KH_MUST_USE;
char *kh_sentence_fill(const struct kh_sentence_view *view, const char *text) KH_MUST_USE;

/* "NAME", "not NAME", "NAME = VALUE" (also != < <= > >=; VALUE null: not measured, not known), several joined by " and ". A name alone is true when it is a number other than 0, a text or list
 * that is not empty, or true. */
int kh_condition_check(const struct kh_sentence_view *view, const struct kh_yaml_node *node) KH_MUST_USE;
bool kh_condition_holds(const struct kh_sentence_view *view, const char *text);

/* A value as it stands in a document. */
void kh_value_add(struct kh_buf *out, enum kh_name_kind kind, const json_t *value);
