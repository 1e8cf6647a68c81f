#include "sheet/sheet.h"

#include "base/cursor.h"
#include "base/error.h"
#include "base/utf8.h"
#include "sheet/csv.h"
#include "sheet/forms.h"
#include "sheet/xlsx.h"

#include <string.h>

void kh_sheet_done(struct kh_sheet *sheet)
{
	kh_array_each(&sheet->rows, row) {
		for (size_t i = 0; i < row->n; i++)
			free(row->cells[i]);
		free(row->cells);
	}
	kh_array_done(&sheet->rows);
}

const char *kh_sheet_cell(const struct kh_sheet_row *row, size_t column)
{
	return column < row->n ? row->cells[column] : "";
}

/* ---- putting together ---- */

static int find_row(struct kh_sheet *sheet, uint32_t number, struct kh_sheet_row **ret)
{
	size_t n = sheet->rows.n;
	if (n == 0 || sheet->rows.v[n - 1].number != number) {
		if (n == KH_SHEET_MAX_ROWS)
			return kh_fail(KH_E_TOO_LARGE, "more than %d rows", KH_SHEET_MAX_ROWS);
		(void)kh_array_push(&sheet->rows, ((struct kh_sheet_row){.number = number}));
	}
	*ret = &sheet->rows.v[sheet->rows.n - 1];
	return 0;
}

int kh_sheet_put(struct kh_sheet *sheet, uint32_t number, size_t column, char *text)
{
	kh_auto_free char *owned = text;
	struct kh_sheet_row *row = NULL;
	if (!*owned)
		return 0;
	if (column >= KH_SHEET_MAX_COLUMNS)
		return kh_fail(KH_E_TOO_LARGE, "row %u: more than %d columns", number, KH_SHEET_MAX_COLUMNS);
	if (strlen(owned) > KH_SHEET_MAX_CELL)
		return kh_fail(KH_E_TOO_LARGE, "row %u: a cell of more than %d bytes", number, KH_SHEET_MAX_CELL);
	sheet->bytes += strlen(owned) + 1;
	if (sheet->bytes > KH_SHEET_MAX_TEXT)
		return kh_fail(KH_E_TOO_LARGE, "more text than a table of %d rows has", KH_SHEET_MAX_ROWS);
	int r = find_row(sheet, number, &row);
	if (r < 0)
		return r;
	if (column >= row->n) {
		row->cells = kh_realloc_array(row->cells, column + 1, sizeof *row->cells);
		for (; row->n <= column; row->n++)
			row->cells[row->n] = kh_strdup("");
	}
	free(row->cells[column]);
	row->cells[column] = kh_take(owned);
	return 0;
}

/* ---- on the way ---- */

void kh_sheet_encode(const struct kh_sheet *sheet, struct kh_buf *out)
{
	kh_buf_add_u32le(out, (uint32_t)sheet->rows.n);
	kh_array_each(&sheet->rows, row) {
		kh_buf_add_u32le(out, row->number);
		kh_buf_add_u32le(out, (uint32_t)row->n);
		for (size_t i = 0; i < row->n; i++) {
			size_t n = strlen(row->cells[i]);
			kh_buf_add_u32le(out, (uint32_t)n);
			kh_buf_add(out, row->cells[i], n);
		}
	}
}

static bool decode_row(struct kh_cursor *c, struct kh_sheet *sheet)
{
	uint32_t number = 0, cells = 0;
	if (!kh_cursor_u32le(c, &number) || !kh_cursor_u32le(c, &cells) || cells > KH_SHEET_MAX_COLUMNS)
		return false;
	struct kh_sheet_row *row = kh_array_push(&sheet->rows, ((struct kh_sheet_row){.number = number, .cells = kh_alloc_array(cells + 1, sizeof(char *))}));
	for (uint32_t i = 0; i < cells; i++) {
		uint32_t n = 0;
		const uint8_t *text = NULL;
		if (!kh_cursor_u32le(c, &n) || n > KH_SHEET_MAX_CELL || !kh_cursor_take(c, n, &text) || memchr(text, 0, n) || !kh_utf8_is_valid((const char *)text, n))
			return false;
		row->cells[row->n++] = kh_strndup((const char *)text, n);
	}
	return true;
}

int kh_sheet_decode(const void *bytes, size_t n, struct kh_sheet *ret)
{
	kh_auto_sheet struct kh_sheet sheet = {0};
	struct kh_cursor c = kh_cursor_of(bytes, n);
	uint32_t rows = 0;
	bool good = kh_cursor_u32le(&c, &rows) && rows <= KH_SHEET_MAX_ROWS;
	for (uint32_t i = 0; good && i < rows; i++)
		good = decode_row(&c, &sheet);
	if (!good || kh_cursor_left(&c))
		return kh_fail(KH_E_WORKER_FAILED, "a malformed answer");
	*ret = sheet;
	sheet = (struct kh_sheet){0};
	return 0;
}

/* ---- what it is ---- */

int kh_sheet_parse(const void *bytes, size_t n, struct kh_sheet *ret)
{
	static const uint8_t zip[] = {'P', 'K', 3, 4}, ole[] = {0xd0, 0xcf, 0x11, 0xe0};
	kh_auto_sheet struct kh_sheet sheet = {0};
	if (n > KH_SHEET_MAX_FILE)
		return kh_fail(KH_E_TOO_LARGE, "the file has more than %lu bytes", KH_SHEET_MAX_FILE);
	if (n >= sizeof ole && memcmp(bytes, ole, sizeof ole) == 0)
		return kh_fail(KH_E_NOT_SUPPORTED, "an old .xls or a file with a password: save it as .xlsx without one");
	bool is_zip = n >= sizeof zip && memcmp(bytes, zip, sizeof zip) == 0;
	int r = is_zip ? kh_xlsx_parse(bytes, n, &sheet) : kh_csv_parse(bytes, n, &sheet);
	if (r < 0)
		return r;
	*ret = sheet;
	sheet = (struct kh_sheet){0};
	return 0;
}

int kh_sheet_parse_form(enum kh_sheet_form form, const void *bytes, size_t n, struct kh_sheet *ret)
{
	static int (*const parse[])(const void *, size_t, struct kh_sheet *) = {
		[KH_SHEET_TABLE] = kh_sheet_parse,	  [KH_SHEET_WORDS] = kh_words_parse, [KH_SHEET_FIREWALL] = kh_firewall_parse,
		[KH_SHEET_NEIGHBOURS] = kh_neighbours_parse, [KH_SHEET_NAT] = kh_nat_parse,
		[KH_SHEET_PICTURE] = kh_picture_parse,
	};
	return parse[form](bytes, n, ret);
}
