/* Helpers over jansson: ownership, typed reads that name the field they miss, and reading with limits.
 *
 * A json_t is owned by whoever created or loaded it (kh_auto_json releases it); `kh_json_*` getters lend. */
#pragma once

#include "base/attr.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline void kh_cleanup_json(json_t **j)
{
	json_decref(*j);
}
#define kh_auto_json KH_CLEANUP(kh_cleanup_json)

/* Parses one JSON document of n bytes; KH_E_SYNTAX with line and column, KH_E_TOO_LARGE past KH_MAX_JSON_BYTES. Duplicate keys are refused. */
int kh_json_parse(const char *text, size_t n, json_t **ret) KH_MUST_USE;

/* Field `key` of an object; KH_E_INVALID_FIELD naming the key when it is missing or of another type. The text is lent by the object. */
int kh_json_text(const json_t *object, const char *key, const char **ret) KH_MUST_USE;
int kh_json_int(const json_t *object, const char *key, int64_t min, int64_t max, int64_t *ret) KH_MUST_USE;
int kh_json_bool(const json_t *object, const char *key, bool *ret) KH_MUST_USE;

/* The same for fields that may be absent or null: then *ret is `otherwise`. A field of the wrong type is still an error. */
int kh_json_text_or(const json_t *object, const char *key, const char *otherwise, const char **ret) KH_MUST_USE;
int kh_json_int_or(const json_t *object, const char *key, int64_t min, int64_t max, int64_t otherwise, int64_t *ret) KH_MUST_USE;

/* Sets a text that may be NULL (→ null) or not UTF-8 (bad bytes → U+FFFD). */
void kh_json_set_text(json_t *object, const char *key, const char *text);
void kh_json_set_int(json_t *object, const char *key, int64_t value);
void kh_json_set_bool(json_t *object, const char *key, bool value);

/* A JSON string of any bytes (bad UTF-8 → U+FFFD). */
json_t *kh_json_string(const char *text) KH_MUST_USE;

/* Compact text, keys in insertion order; freed by the caller. */
char *kh_json_dump(const json_t *value) KH_MUST_USE;
