/* A value of a field, in its three forms:
 *
 *     type          of the API (JSON)                 stored (JSON, as in the column)   for people
 *     text, long    text                              text, NFC                         the text
 *     int           number                            number                            the number
 *     bool          true, false                       1, 0                              có, không
 *     date          "2026-11-21"                      seconds of its midnight in UTC+7  21/11/2026
 *     time          Unix seconds (also ISO 8601)      Unix seconds                      21/11/2026 15:30
 *     code          the code                          the code                          its words
 *     text, shown   the text                          the text; of a period "2026-Q4"   what it stands for: "Quý 4/2026", the name of a route, rule or user
 *     ref           see reference.h                   id                                what it is called
 *
 * null in each is a field without a value; an empty text is one too. */
#pragma once

#include "base/attr.h"
#include "base/json.h"
#include "db/db.h"
#include "gen/registers.h"
#include "server/account/scope.h"

/* Checks a value of the API and gives it as stored. unit_id: of the record, from where references reach. KH_E_INVALID_FIELD: the detail names the field as
 * people call it and says what was expected. */
int kh_field_store(struct kh_db *db, const struct kh_register_field *field, int64_t unit_id, const json_t *value, json_t **ret_stored) KH_MUST_USE;

/* Is a stored date or time where its field wants it (`when`), seen from now_s? A time may be five minutes ahead: clocks differ. KH_E_INVALID_FIELD. Another type always is. */
int kh_field_check_when(const struct kh_register_field *field, const json_t *stored, int64_t now_s) KH_MUST_USE;

/* Back to the API's form. */
int kh_field_answer(struct kh_db *db, const struct kh_register_field *field, const json_t *stored, json_t **ret) KH_MUST_USE;

/* For people, in the language of the thread; "" for null. New memory. */
int kh_field_words(struct kh_db *db, const struct kh_register_field *field, const json_t *stored, char **ret) KH_MUST_USE;

/* Is it shown in words that a reader of its stored form could not make of it: a reference, an id of a pack, a login name? */
bool kh_field_is_named(const struct kh_register_field *field) KH_PURE;

/* The same as kh_field_words() for a user of this scope: of what lies elsewhere only that it does (kh_reference_seen()). */
int kh_field_words_for(struct kh_db *db, const struct kh_scope *scope, const struct kh_register_field *field, const json_t *stored, char **ret) KH_MUST_USE;

/* As stored, out of a column of a row; and for the parameter of a statement (a text is lent by the JSON). */
json_t *kh_field_of_column(const struct kh_register_field *field, const struct kh_stmt *s, int column) KH_MUST_USE;
struct kh_db_value kh_field_value(const json_t *stored);

/* The name of a field in the language of the thread. */
const char *kh_field_label(const struct kh_register_field *field);
