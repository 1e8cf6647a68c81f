/* A register as a table: out of the store into XLSX or CSV, and back in.
 *
 * Columns of an export are the unit's code, the fields, the state and the last change; of a template and an import the unit's code and the fields that people fill. They are known
 * by the name of the field in either language (without regard to case and marks), or by the field's own name; state and last change are passed over. Values are what people
 * read: words of codes, names of what a reference names, dd/mm/yyyy. */
#pragma once

#include "base/array.h"
#include "base/buf.h"
#include "server/register/list.h"
#include "server/register/record.h"
#include "sheet/sheet.h"

#include <stdbool.h>
#include <stdint.h>

/* ---- out ---- */

enum kh_table_form { KH_TABLE_XLSX, KH_TABLE_CSV };

/* The records chosen, in the language of the thread. *ret_rows: how many. */
int kh_table_export(struct kh_db *db, const struct kh_register *reg, const struct kh_record_list_options *options, enum kh_table_form form, struct kh_buf *out,
		    int64_t *ret_rows) KH_MUST_USE;

/* An empty table to fill in: what to choose from is offered in the cells, and a second sheet explains the columns. */
int kh_table_template(const struct kh_register *reg, struct kh_buf *out) KH_MUST_USE;

/* ---- in ---- */

#define KH_IMPORT_MAX_ROWS 20000   /* of one file: one transaction, some seconds of the writer */
#define KH_IMPORT_MAX_ERRORS 1000  /* that are told; the others are counted */

struct kh_import_options {
	int64_t unit_id;  /* whose the records are where the row does not say */
	bool dry_run;     /* everything is done and undone again */
	bool skip_errors; /* rows without a mistake are taken in, though others have some; else it is all or nothing */
};

struct kh_import_error {
	uint32_t row; /* as the program for tables shows it */
	char *column; /* NULL: the whole row */
	char *text;
};

struct kh_import_result {
	int64_t rows, created, changed, same, failed; /* same: as it is on record already; failed: rows with a mistake */
	bool imported;                                /* something was written */
	KH_ARRAY(struct kh_import_error) errors;
};
void kh_import_result_done(struct kh_import_result *result);
#define kh_auto_import_result KH_CLEANUP(kh_import_result_done)

/* A row is of the record of its unit whose `import` fields are the same: it is changed where the row says something else (an empty cell says nothing); else it is a new one. So
 * the same file taken in twice changes nothing the second time. Inside a transaction of the writer. What is wrong with rows is the result; an error is given only when nothing
 * could be looked at. */
int kh_table_import(struct kh_db *writer, const struct kh_register *reg, const struct kh_sheet *sheet, const struct kh_import_options *options,
		    const struct kh_record_by *by, struct kh_import_result *ret) KH_MUST_USE;
