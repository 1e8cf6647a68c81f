/* Tables from outside: XLSX and CSV, read by a worker that can do nothing (`khien-sheet-worker`), and written.
 *
 *     sheet.h    a table as texts; kh_sheet_read() gives one from a file's bytes
 *     csv.h      RFC 4180 both ways
 *     xlsx.h     Office Open XML workbooks (ECMA-376), by libarchive and expat: in the worker alone
 *     book.h     workbooks written, by libxlsxwriter
 *
 * A cell is a text, as a person sees it: numbers without a format of their own ("1234.5"), days "2026-11-21", times "2026-11-21 08:30:00", "true" and
 * "false". Of a formula it is the value that was computed last: nothing is computed here. Rows without any text are left away, so each says its number. */
#pragma once

#include "base/array.h"
#include "base/attr.h"
#include "base/buf.h"
#include "sheet/limits.h"

#include <stddef.h>
#include <stdint.h>

struct kh_sheet_row {
	uint32_t number; /* as the program for tables shows it, from 1 */
	size_t n;
	char **cells; /* n texts, UTF-8, never NULL; "" for an empty one */
};

struct kh_sheet {
	KH_ARRAY(struct kh_sheet_row) rows;
	size_t bytes; /* of all texts together: one shared text may stand in every cell */
};
void kh_sheet_done(struct kh_sheet *sheet);
#define kh_auto_sheet KH_CLEANUP(kh_sheet_done)

/* A cell of a row; "" where the row is shorter. */
const char *kh_sheet_cell(const struct kh_sheet_row *row, size_t column);

/* The first table of a file, by a worker in a sandbox (`worker`: its path; NULL: beside the running program). One at a time in the whole program: KH_E_BUSY. What is
 * wrong with the file: KH_E_SYNTAX, KH_E_ENCODING, KH_E_TOO_LARGE, KH_E_NOT_SUPPORTED (an old .xls, a password). KH_E_WORKER_FAILED, KH_E_TIMEOUT: it
 * brought the worker down. */
int kh_sheet_read(const void *bytes, size_t n, const char *worker, struct kh_sheet *ret) KH_MUST_USE;

/* The same for lists that programs print (forms.h). */
enum kh_sheet_form { KH_SHEET_TABLE, KH_SHEET_WORDS, KH_SHEET_FIREWALL, KH_SHEET_NEIGHBOURS, KH_SHEET_NAT, KH_SHEET_PICTURE, KH_SHEET_FORMS };
int kh_sheet_read_form(enum kh_sheet_form form, const void *bytes, size_t n, const char *worker, struct kh_sheet *ret) KH_MUST_USE;

/* ---- for the worker, its tests and the fuzz target ---- */

/* Parses in this process: XLSX by its first bytes, else CSV. */
int kh_sheet_parse(const void *bytes, size_t n, struct kh_sheet *ret) KH_MUST_USE;

/* Appends a cell to the row `number`, a new one when the last has another number (rows come in any order of numbers, cells in order of columns; columns left out are
 * empty). The text is taken over. KH_E_TOO_LARGE at a limit. */
int kh_sheet_put(struct kh_sheet *sheet, uint32_t number, size_t column, char *text) KH_MUST_USE;

/* The same for any form. */
int kh_sheet_parse_form(enum kh_sheet_form form, const void *bytes, size_t n, struct kh_sheet *ret) KH_MUST_USE;

/* On the way from the worker: u32 rows, for each u32 number and u32 cells, for each u32 length and its bytes; little endian. Reading trusts nothing. */
void kh_sheet_encode(const struct kh_sheet *sheet, struct kh_buf *out);
int kh_sheet_decode(const void *bytes, size_t n, struct kh_sheet *ret) KH_MUST_USE;

/* Messages: the worker gets FILE (the bytes) and GO (its form as one byte, with the descriptor of a file to write the table into), and answers DONE: nothing, or "name: detail" of an error. */
enum kh_sheet_message { KH_SHEET_FILE = 1, KH_SHEET_GO, KH_SHEET_DONE };
