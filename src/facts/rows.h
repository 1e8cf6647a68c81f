/* Filling a fact table: begin a row, set its columns by their generated names; what is not set is null.
 *
 *     kh_row_begin(rows);
 *     kh_row_text(rows, KH_PORTS_ADDRESS, address);
 *     kh_row_int(rows, KH_PORTS_PORT, port);
 *
 * Setting a column with the wrong type is our own bug and aborts. Rows past KH_MAX_FACT_ROWS are dropped and the table becomes "too_large". */
#pragma once

#include "facts/facts.h"

void kh_row_begin(struct kh_facts_rows *rows);
void kh_row_drop(struct kh_facts_rows *rows); /* takes the row begun last away again */

void kh_row_text(struct kh_facts_rows *rows, size_t column, const char *text); /* NULL: null */
void kh_row_text_n(struct kh_facts_rows *rows, size_t column, const char *text, size_t n);
void kh_row_filled(struct kh_facts_rows *rows, size_t column, const char *text); /* NULL and "": null */
void kh_row_int(struct kh_facts_rows *rows, size_t column, int64_t value);
void kh_row_bool(struct kh_facts_rows *rows, size_t column, bool value);
void kh_row_time(struct kh_facts_rows *rows, size_t column, int64_t unix_s);
void kh_row_day(struct kh_facts_rows *rows, size_t column, int64_t unix_s); /* start of that UTC day: for values that would change too often */

/* A yes/no that may not be known. */
enum kh_maybe { KH_NO, KH_YES, KH_UNKNOWN };
void kh_row_maybe(struct kh_facts_rows *rows, size_t column, enum kh_maybe value);

const char *kh_row_get_text(const struct kh_facts_rows *rows, size_t column); /* of the row begun last; NULL when null */

/* The whole table was not measured; rows gathered so far are dropped. Returns 0, so that a collector can end with it. */
int kh_rows_not_measured(struct kh_facts_rows *rows, enum kh_facts_reason reason);

/* Something to say about a measured table ("wtmp is cut short"); the first one stays. */
void kh_rows_note(struct kh_facts_rows *rows, const char *fmt, ...) KH_PRINTF(2, 3);

void kh_rows_sort(struct kh_facts_rows *rows);
