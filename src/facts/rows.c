#include "facts/rows.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"
#include "crypto/hash.h"

#include <stdarg.h>
#include <stdio.h>

static size_t columns_of(const struct kh_facts_rows *rows)
{
	return kh_fact_tables[rows->table].columns_count;
}

static void clear_cells(struct kh_facts_rows *rows, size_t from_row)
{
	for (size_t i = from_row * columns_of(rows); i < rows->n * columns_of(rows); i++)
		if (rows->cells[i].kind == KH_CELL_TEXT)
			free(rows->cells[i].text);
	rows->n = from_row;
}

void kh_facts_rows_done(struct kh_facts_rows *rows)
{
	if (rows->cells)
		clear_cells(rows, 0);
	free(rows->cells);
	free(rows->detail);
	*rows = (struct kh_facts_rows)KH_FACTS_ROWS_INIT;
}

void kh_row_begin(struct kh_facts_rows *rows)
{
	size_t columns = columns_of(rows);
	if (rows->n == KH_MAX_FACT_ROWS) { /* the last one is overwritten: the table is lost anyway */
		rows->overflow = true;
		clear_cells(rows, rows->n - 1);
	}
	if (rows->n == rows->capacity) {
		rows->capacity = rows->capacity ? rows->capacity * 2 : 16;
		rows->cells = kh_realloc_array(rows->cells, rows->capacity, columns * sizeof *rows->cells);
	}
	memset(&rows->cells[rows->n * columns], 0, columns * sizeof *rows->cells);
	rows->n++;
}

void kh_row_drop(struct kh_facts_rows *rows)
{
	kh_assert(rows->n > 0);
	clear_cells(rows, rows->n - 1);
}

static struct kh_facts_cell *current(const struct kh_facts_rows *rows, size_t column)
{
	kh_assert(rows->n > 0 && column < columns_of(rows));
	return &rows->cells[(rows->n - 1) * columns_of(rows) + column];
}

static void set_number(struct kh_facts_rows *rows, size_t column, enum kh_fact_type type, int64_t value)
{
	kh_assert(kh_fact_tables[rows->table].columns[column].type == type);
	struct kh_facts_cell *cell = current(rows, column);
	kh_assert(cell->kind != KH_CELL_TEXT);
	*cell = (struct kh_facts_cell){.kind = KH_CELL_NUMBER, .number = value};
}

/* Bytes that are not UTF-8 come out as \xNN, text that is comes out composed. */
static char *clean(const char *text)
{
	char *composed = NULL;
	if (kh_utf8_nfc(text, &composed) == 0)
		return composed;
	size_t size = strlen(text) * 4 + 1;
	char *printable = kh_alloc(size);
	kh_printable(printable, size, text);
	return printable;
}

void kh_row_text(struct kh_facts_rows *rows, size_t column, const char *text)
{
	kh_assert(kh_fact_tables[rows->table].columns[column].type == KH_FACT_TEXT);
	struct kh_facts_cell *cell = current(rows, column);
	if (cell->kind == KH_CELL_TEXT)
		free(cell->text);
	*cell = (struct kh_facts_cell){0};
	if (!text)
		return;
	char *cleaned = clean(text);
	size_t length = strlen(cleaned);
	if (length > KH_MAX_TEXT) {
		for (length = KH_MAX_TEXT; length && ((unsigned char)cleaned[length] & 0xc0) == 0x80; length--)
			;
		cleaned[length] = '\0';
	}
	*cell = (struct kh_facts_cell){.kind = KH_CELL_TEXT, .text = cleaned};
}

void kh_row_text_n(struct kh_facts_rows *rows, size_t column, const char *text, size_t n)
{
	kh_auto_free char *copy = text ? kh_strndup(text, n) : NULL;
	kh_row_text(rows, column, copy);
}

void kh_row_filled(struct kh_facts_rows *rows, size_t column, const char *text)
{
	kh_row_text(rows, column, text && *text ? text : NULL);
}

void kh_row_int(struct kh_facts_rows *rows, size_t column, int64_t value)
{
	set_number(rows, column, KH_FACT_INT, value);
}

void kh_row_bool(struct kh_facts_rows *rows, size_t column, bool value)
{
	set_number(rows, column, KH_FACT_BOOL, value);
}

void kh_row_time(struct kh_facts_rows *rows, size_t column, int64_t unix_s)
{
	set_number(rows, column, KH_FACT_TIME, unix_s);
}

void kh_row_day(struct kh_facts_rows *rows, size_t column, int64_t unix_s)
{
	kh_row_time(rows, column, unix_s - unix_s % 86400);
}

void kh_row_maybe(struct kh_facts_rows *rows, size_t column, enum kh_maybe value)
{
	if (value != KH_UNKNOWN)
		kh_row_bool(rows, column, value == KH_YES);
}

const char *kh_row_get_text(const struct kh_facts_rows *rows, size_t column)
{
	const struct kh_facts_cell *cell = current(rows, column);
	return cell->kind == KH_CELL_TEXT ? cell->text : NULL;
}

int kh_rows_not_measured(struct kh_facts_rows *rows, enum kh_facts_reason reason)
{
	if (rows->cells)
		clear_cells(rows, 0);
	rows->state = KH_FACTS_NOT_MEASURED;
	rows->reason = reason;
	return 0;
}

void kh_rows_note(struct kh_facts_rows *rows, const char *fmt, ...)
{
	char text[KH_MAX_ERROR_DETAIL] = "";
	va_list args;
	if (rows->detail)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	rows->detail = kh_strdup(text);
}

static int compare_cells(const struct kh_facts_cell *a, const struct kh_facts_cell *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->kind == KH_CELL_TEXT)
		return strcmp(a->text, b->text);
	if (a->kind == KH_CELL_NUMBER && a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return 0;
}

static int compare_rows(const void *a, const void *b, void *columns)
{
	const struct kh_facts_cell *x = a, *y = b;
	for (size_t i = 0, n = *(size_t *)columns; i < n; i++) {
		int order = compare_cells(&x[i], &y[i]);
		if (order)
			return order;
	}
	return 0;
}

void kh_rows_sort(struct kh_facts_rows *rows)
{
	size_t columns = columns_of(rows);
	if (rows->n > 1)
		qsort_r(rows->cells, rows->n, columns * sizeof *rows->cells, compare_rows, &columns);
}

static void add_cell(const struct kh_facts_cell *cell, enum kh_fact_type type, struct kh_buf *out)
{
	if (cell->kind == KH_CELL_NULL)
		kh_buf_adds(out, "null");
	else if (cell->kind == KH_CELL_TEXT)
		kh_buf_add_json_string(out, cell->text, strlen(cell->text));
	else if (type == KH_FACT_BOOL)
		kh_buf_adds(out, cell->number ? "true" : "false");
	else
		kh_buf_addf(out, "%lld", (long long)cell->number);
}

void kh_facts_row_json(const struct kh_facts_rows *rows, size_t row, struct kh_buf *out)
{
	const struct kh_fact_table_info *info = &kh_fact_tables[rows->table];
	for (size_t i = 0; i < info->columns_count; i++) {
		kh_buf_addf(out, "%s\"%s\":", i ? "," : "{", info->columns[i].name);
		add_cell(kh_facts_cell(rows, row, i), info->columns[i].type, out);
	}
	kh_buf_addc(out, '}');
}

void kh_facts_body_json(const struct kh_facts_rows *rows, struct kh_buf *out)
{
	const struct kh_fact_table_info *info = &kh_fact_tables[rows->table];
	kh_buf_addc(out, '[');
	for (size_t row = 0; row < rows->n; row++) {
		kh_buf_adds(out, row ? ",[" : "[");
		for (size_t i = 0; i < info->columns_count; i++) {
			if (i)
				kh_buf_addc(out, ',');
			add_cell(kh_facts_cell(rows, row, i), info->columns[i].type, out);
		}
		kh_buf_addc(out, ']');
	}
	kh_buf_addc(out, ']');
}

void kh_facts_hash(const struct kh_facts_rows *rows, const struct kh_buf *body, char ret_hex[KH_FACTS_HASH_SIZE])
{
	struct kh_sha256 hash;
	uint8_t digest[KH_SHA256_SIZE];
	kh_sha256_init(&hash);
	kh_sha256_add(&hash, kh_facts_state_name(rows->state), strlen(kh_facts_state_name(rows->state)));
	kh_sha256_add(&hash, ":", 1);
	kh_sha256_add(&hash, kh_facts_reason_name(rows->reason), strlen(kh_facts_reason_name(rows->reason)));
	kh_sha256_add(&hash, "\n", 1);
	kh_sha256_add(&hash, kh_buf_text(body), body->len);
	kh_sha256_final(&hash, digest);
	kh_sha256_hex(digest, ret_hex);
}
