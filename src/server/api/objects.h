/* Objects of spec/api/types.yaml that several routes give. New values, to be put into an answer. */
#pragma once

#include "base/json.h"
#include "server/directive/directive.h"
#include "server/directive/evidence.h"
#include "server/posture/rows.h"
#include "server/report/json.h"

json_t *kh_object_words(const char *const in[2]) KH_MUST_USE;         /* Words; null when there is no Vietnamese text */
json_t *kh_object_unit(const char *code, const char *name) KH_MUST_USE; /* UnitRef; null when code is NULL */
json_t *kh_object_endpoint_ref(const char *uid, const char *hostname, const char *unit_code, const char *unit_name) KH_MUST_USE; /* EndpointRef */
json_t *kh_object_counts(const struct kh_counts *counts) KH_MUST_USE; /* Counts */
json_t *kh_object_states(const struct kh_states *states) KH_MUST_USE; /* States */
json_t *kh_object_control(const struct kh_control *control) KH_MUST_USE; /* Control */
json_t *kh_object_record(const struct kh_control *control, int64_t id) KH_MUST_USE; /* RecordRef; null when the id is 0 */
json_t *kh_object_row(const struct kh_row *row) KH_MUST_USE;          /* Row */
json_t *kh_object_rows(const struct kh_row_list *rows) KH_MUST_USE;   /* [Row] */

/* ControlPosture. */
json_t *kh_object_control_posture(const struct kh_control *control, const struct kh_counts *counts) KH_MUST_USE;

/* Figure; evidence NULL: without rows. */
json_t *kh_object_figure(const struct kh_figure *figure, const struct kh_posture *posture, const struct kh_evidence *evidence) KH_MUST_USE;

/* A column that is null where the row has none: a number, or a text. */
json_t *kh_object_int(const struct kh_stmt *s, int column) KH_MUST_USE;
json_t *kh_object_text(const struct kh_stmt *s, int column) KH_MUST_USE;

/* A stored JSON text as JSON; null when there is none or it is damaged. */
json_t *kh_object_stored(const struct kh_stmt *s, int column) KH_MUST_USE;

/* How many controls are in which state: the posture of a unit in five numbers. */
struct kh_states kh_posture_states(const struct kh_posture *posture);
