/* What documents are filled from: for each kind of data (names.h) one function that makes its JSON object from the store. */
#pragma once

#include "base/json.h"
#include "server/report/office.h"
#include "server/report/report.h"

#define KH_DOCUMENT_MACHINES 10000 /* of a list of machines */
#define KH_DOCUMENT_RECORDS 10000  /* of one register */

#define KH_DOCUMENT_ROWS 400000    /* failing cases of a list to work by: a province of 30,000 machines */

/* A stretch of days that is reported on. */
struct kh_period {
	int64_t from_day, to_day; /* inclusive */
	char name[32], before_name[32]; /* "tháng 11 năm 2026", "tháng 10 năm 2026" */
};

/* "2026-11", "2026-Q4", "2026": a month, a quarter, a year. KH_E_INVALID_FIELD: another text, or a period that has not begun. */
int kh_period_parse(const char *text, int64_t now_s, struct kh_period *ret) KH_MUST_USE;

int kh_data_directive(struct kh_db *db, const struct kh_report_question *question, const struct kh_office *office, json_t **ret) KH_MUST_USE;
int kh_data_period(struct kh_db *db, const struct kh_report_question *question, const struct kh_period *period, const struct kh_office *office, json_t **ret) KH_MUST_USE;
/* The register device_secret and the machines that draft secrets. KH_E_FORBIDDEN when the register may not be read with these rights. */
int kh_data_inspection(struct kh_db *db, const struct kh_report_question *question, unsigned rights, const struct kh_office *office, json_t **ret) KH_MUST_USE;

/* The incident with this id inside the scope: its fields, what was done, whom it was reported to. KH_E_NOT_FOUND. */
int kh_data_incident(struct kh_db *db, const struct kh_report_question *question, const char *id, const struct kh_office *office, json_t **ret) KH_MUST_USE;

/* The information systems as Form 08 counts them for a year; `period` is that of the form (15/12 to 14/12). */
int kh_data_form08(struct kh_db *db, const struct kh_report_question *question, const char *year, const struct kh_office *office, json_t **ret) KH_MUST_USE;

/* Gives the data the records that a template lists: `records` by enum kh_register_id. KH_E_FORBIDDEN when one of them may not be read with these rights. */
int kh_data_set_records(struct kh_db *db, const struct kh_scope *scope, const bool *records, unsigned rights, json_t *data) KH_MUST_USE;

/* ---- parts they share ---- */

struct kh_record;
/* A record in words, by the names of kh_report_record_names(). */
int kh_data_record(struct kh_db *db, const struct kh_record *record, json_t *o) KH_MUST_USE;

void kh_data_set_office(json_t *data, const struct kh_office *office, const char *day, int64_t now_s);
void kh_data_set_states(json_t *data, const struct kh_states *states);

/* A figure's value with its unit ("97,4%", "5,5 giờ", "1.234"); null when nothing was measured. */
json_t *kh_data_value(const struct kh_figure *figure, bool known, double value) KH_MUST_USE;

/* "Chờ sổ sự cố." → "chờ sổ sự cố": a sentence as part of another; "" for NULL. New memory. */
char *kh_data_phrase(const char *sentence) KH_MUST_USE;

/* Sets `waits_for` and `why`: why there is no value; nothing where there is one. */
void kh_data_set_why(json_t *o, const struct kh_figure *figure, bool known);

/* Sets figures_total and what it is made of: figures_reached, figures_missed, figures_free (no target), figures_unknown. */
void kh_data_set_reached(json_t *o, const json_t *figures);

/* Sets `units`: those directly below, and in front what is the unit's own; machines, silent and fail add up to those of the whole. With a directive also how its clauses stand in each. */
int kh_data_set_units(struct kh_db *db, const struct kh_scope *scope, const struct kh_report *report, const struct kh_directive *directive, json_t *data) KH_MUST_USE;

/* Adds an item to a list with its number `n`, from 1. */
void kh_data_add(json_t *list, json_t *item);

/* The failing controls of a report, those that help most clauses first. */
json_t *kh_data_actions(const struct kh_report *report) KH_MUST_USE;
