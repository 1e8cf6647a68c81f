/* The names that a template may write in braces or ask about, for each kind of data. A report gives its figures as a JSON object whose keys are these names; a list is an array of
 * such objects. packs/reports/README.md shows them to those who edit templates (a test compares the two). */
#pragma once

#include "base/attr.h"

#include "gen/registers.h"

#include <stdbool.h>

enum kh_name_kind {
	KH_NAME_TEXT,   /* string; null is shown as "…" */
	KH_NAME_NOTE,   /* string; null is shown as nothing */
	KH_NAME_NUMBER, /* number, or a string that has its unit ("97,4%"); null is shown as "chưa đo được" */
	KH_NAME_DAY,    /* "2026-11-21", shown as 21/11/2026; null as "…" */
	KH_NAME_MOMENT, /* Unix seconds, shown as 15 giờ 30 phút ngày 21/11/2026; null as "…" */
	KH_NAME_FLAG,   /* for conditions only */
	KH_NAME_LIST,
};

struct kh_report_name {
	const char *name;
	enum kh_name_kind kind;
	const struct kh_report_name *of; /* KH_NAME_LIST: the names of its items, until a row without a name */
};

/* One kind of data: what `data:` of a template names. */
struct kh_report_data {
	const char *name;
	const struct kh_report_name *names;
};
extern const struct kh_report_data kh_report_data[];                          /* until a row without a name */
const struct kh_report_data *kh_report_data_named(const char *name) KH_PURE;  /* NULL: none */

/* NULL when the table has no such name. */
const struct kh_report_name *kh_report_name_in(const struct kh_report_name *names, const char *name);

/* "records.REGISTER": the records of any register, to be had in every kind of data; its items have the fields of the register, in words; of a code also FIELD_code; and `state`, `state_text`,
 * `state_s`, `record_unit`. NULL: no such list. */
const struct kh_report_name *kh_report_records(const char *name, enum kh_register_id *ret);
const struct kh_report_name *kh_report_record_names(enum kh_register_id reg);
