#include "document/sheet.h"

#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"
#include "document/form.h"
#include "document/galley.h"
#include "document/limits.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xlsxwriter.h>

#define TEXT_COLUMNS 100.0  /* width of the first sheet, in letters */
#define TABLE_COLUMNS 130.0 /* of all columns of a table together */
#define LEAST_COLUMNS 6.0
#define DAY_OF_EPOCH 25569  /* 1970-01-01 as Excel counts days */
#define MOST_PLACES 3       /* digits behind the comma that have a format */

struct book {
	lxw_workbook *file;
	lxw_format *text, *strong, *centred, *head, *cell, *cell_centred, *day, *number[MOST_PLACES + 1];
	lxw_error error; /* the first */
};

static void note(struct book *b, lxw_error error)
{
	if (b->error == LXW_NO_ERROR)
		b->error = error;
}

static lxw_format *format_of(struct book *b, double size_pt, bool bold, enum lxw_format_alignments align, bool border)
{
	lxw_format *f = workbook_add_format(b->file);
	format_set_font_name(f, KH_FORM_FONT);
	format_set_font_size(f, size_pt);
	format_set_text_wrap(f);
	format_set_align(f, (uint8_t)align);
	format_set_align(f, LXW_ALIGN_VERTICAL_TOP);
	if (bold)
		format_set_bold(f);
	if (border)
		format_set_border(f, LXW_BORDER_THIN);
	return f;
}

static lxw_format *numeric_format(struct book *b, const char *picture, enum lxw_format_alignments align)
{
	lxw_format *f = format_of(b, kh_form[KH_FACE_CELL].size_pt, false, align, true);
	format_set_num_format(f, picture);
	return f;
}

static void make_formats(struct book *b)
{
	static const char *const pictures[MOST_PLACES + 1] = {"#,##0", "#,##0.0", "#,##0.00", "#,##0.000"};
	double size = kh_form[KH_FACE_CELL].size_pt;
	b->text = format_of(b, size, false, LXW_ALIGN_LEFT, false);
	b->strong = format_of(b, size, true, LXW_ALIGN_LEFT, false);
	b->centred = format_of(b, size, true, LXW_ALIGN_CENTER, false);
	b->head = format_of(b, size, true, LXW_ALIGN_CENTER, true);
	b->cell = format_of(b, size, false, LXW_ALIGN_LEFT, true);
	b->cell_centred = format_of(b, size, false, LXW_ALIGN_CENTER, true);
	b->day = numeric_format(b, "dd/mm/yyyy", LXW_ALIGN_CENTER);
	for (int i = 0; i <= MOST_PLACES; i++)
		b->number[i] = numeric_format(b, pictures[i], LXW_ALIGN_RIGHT);
}

static lxw_worksheet *add_sheet(struct book *b, const char *name)
{
	lxw_worksheet *sheet = workbook_add_worksheet(b->file, name);
	if (!sheet) {
		note(b, LXW_ERROR_PARAMETER_VALIDATION);
		return NULL;
	}
	worksheet_set_paper(sheet, 9); /* A4 */
	worksheet_set_margins(sheet, KH_FORM_MARGIN_MM_LEFT / 25.4, KH_FORM_MARGIN_MM_RIGHT / 25.4, KH_FORM_MARGIN_MM_TOP / 25.4, KH_FORM_MARGIN_MM_BOTTOM / 25.4);
	worksheet_fit_to_pages(sheet, 1, 0);
	return sheet;
}

/* ---- the first sheet ---- */

static lxw_format *line_format(const struct book *b, enum kh_face face)
{
	const struct kh_face_form *form = &kh_form[face];
	return form->align == KH_ALIGN_CENTRE ? b->centred : form->bold ? b->strong : b->text;
}

static void write_lines(struct book *b, lxw_worksheet *sheet, const struct kh_pieces *pieces, lxw_row_t *row)
{
	kh_array_each(&pieces->of, piece) {
		if (piece->kind == KH_PIECE_TEXT) {
			kh_auto_free char *text = kh_format("%s%s", piece->lead, piece->text);
			note(b, worksheet_write_string(sheet, (*row)++, 0, text, line_format(b, piece->face)));
		} else if (piece->kind == KH_PIECE_PAIR) {
			write_lines(b, sheet, piece->left, row);
			write_lines(b, sheet, piece->right, row);
		}
	}
}

static void write_first(struct book *b, const struct kh_galley *galley)
{
	lxw_worksheet *sheet = add_sheet(b, "Văn bản");
	lxw_row_t row = 0;
	if (!sheet)
		return;
	note(b, worksheet_set_column(sheet, 0, 0, TEXT_COLUMNS, NULL));
	write_lines(b, sheet, &galley->sections.v[0].pieces, &row);
}

/* ---- a table ---- */

static void set_widths(struct book *b, lxw_worksheet *sheet, const struct kh_paper_table *table)
{
	double all = 0;
	kh_array_each(&table->columns, column)
		all += column->share;
	for (size_t i = 0; i < table->columns.n; i++)
		note(b, worksheet_set_column(sheet, (lxw_col_t)i, (lxw_col_t)i, KH_MAX(LEAST_COLUMNS, TABLE_COLUMNS * table->columns.v[i].share / all), NULL));
}

static void write_cell(struct book *b, lxw_worksheet *sheet, lxw_row_t row, lxw_col_t at, const struct kh_cell *cell, bool centred)
{
	switch (cell->kind) {
	case KH_CELL_NUMBER:
		note(b, worksheet_write_number(sheet, row, at, cell->number, b->number[KH_MIN(KH_MAX(cell->places, 0), MOST_PLACES)]));
		break;
	case KH_CELL_DAY:
		note(b, worksheet_write_number(sheet, row, at, cell->number + DAY_OF_EPOCH, b->day));
		break;
	case KH_CELL_TEXT:
		note(b, worksheet_write_string(sheet, row, at, cell->text, centred ? b->cell_centred : b->cell));
		break;
	}
}

static void write_heads(struct book *b, lxw_worksheet *sheet, const struct kh_paper_table *table, lxw_row_t *row)
{
	for (size_t i = 0; i < table->columns.n; i++)
		note(b, worksheet_write_string(sheet, *row, (lxw_col_t)i, table->columns.v[i].title, b->head));
	(*row)++;
	for (size_t i = 0; table->numbered && i < table->columns.n; i++) {
		kh_auto_free char *number = kh_format("(%zu)", i + 1);
		note(b, worksheet_write_string(sheet, *row, (lxw_col_t)i, number, b->head));
	}
	*row += table->numbered;
}

static void write_table(struct book *b, const struct kh_paper_table *table, const char *name, const char *title)
{
	lxw_worksheet *sheet = add_sheet(b, name);
	lxw_row_t row = 0;
	if (!sheet || table->columns.n == 0)
		return;
	worksheet_set_landscape(sheet);
	set_widths(b, sheet, table);
	if (*title)
		note(b, worksheet_write_string(sheet, row++, 0, title, NULL));
	lxw_row_t head = row;
	write_heads(b, sheet, table, &row);
	note(b, worksheet_repeat_rows(sheet, head, row - 1));
	worksheet_freeze_panes(sheet, row, 0);
	for (size_t i = 0; i < table->cells.n; i++) {
		size_t at = i % table->columns.n;
		write_cell(b, sheet, row + (lxw_row_t)(i / table->columns.n), (lxw_col_t)at, &table->cells.v[i], table->columns.v[at].centred);
	}
}

/* "Phụ lục II", or "Bảng 1" in the body; the second table of one annex is "Phụ lục II (2)". */
static void write_tables(struct book *b, const struct kh_paper *paper, const struct kh_part *part, const char *name)
{
	size_t n = 0;
	kh_array_each(&part->blocks, block) {
		if (block->kind != KH_BLOCK_TABLE)
			continue;
		n++;
		kh_auto_free char *whole = part == &paper->body ? kh_format("%s %zu", name, n) : n == 1 ? kh_strdup(name) : kh_format("%s (%zu)", name, n);
		write_table(b, block->table, whole, part->title);
	}
}

/* ---- the file ---- */

static void write_book(struct book *b, const struct kh_paper *paper, const struct kh_galley *galley, int64_t made_s)
{
	lxw_doc_properties properties = {.title = (char *)paper->about, .author = (char *)paper->issuer, .created = (time_t)made_s};
	make_formats(b);
	note(b, workbook_set_properties(b->file, &properties));
	write_first(b, galley);
	write_tables(b, paper, &paper->body, "Bảng");
	for (size_t i = 0; i < paper->annexes.n; i++) {
		kh_auto_free char *name = kh_paper_annex_line(paper, i);
		write_tables(b, paper, paper->annexes.v[i], name);
	}
}

static int read_back(int fd, struct kh_buf *out)
{
	struct stat st = {0};
	if (fstat(fd, &st) < 0)
		return kh_fail_errno("XLSX");
	if ((size_t)st.st_size > KH_PAPER_BYTES)
		return kh_fail(KH_E_TOO_LARGE, "XLSX");
	char *room = kh_buf_reserve(out, (size_t)st.st_size);
	for (size_t n = 0; room && n < (size_t)st.st_size;) {
		ssize_t got = pread(fd, room + n, (size_t)st.st_size - n, (off_t)n);
		if (got <= 0)
			return kh_fail_errno("XLSX");
		n += (size_t)got;
		out->len += (size_t)got;
	}
	if (room)
		out->data[out->len] = '\0';
	return kh_buf_status(out);
}

/* The library writes files by name only: this one is in memory. */
static int write_to(int fd, const struct kh_paper *paper, const struct kh_galley *galley, int64_t made_s, struct kh_buf *out)
{
	kh_auto_free char *path = kh_format("/proc/self/fd/%d", fd);
	lxw_workbook_options options = {.constant_memory = LXW_FALSE, .tmpdir = NULL};
	struct book b = {.file = workbook_new_opt(path, &options)};
	write_book(&b, paper, galley, made_s);
	note(&b, workbook_close(b.file));
	return b.error == LXW_NO_ERROR ? read_back(fd, out) : kh_fail(KH_E_INTERNAL, "XLSX: %s", lxw_strerror(b.error));
}

int kh_sheet_write(const struct kh_paper *paper, int64_t made_s, struct kh_buf *out)
{
	kh_auto_galley struct kh_galley galley = {0};
	int r = kh_paper_status(paper);
	if (r < 0)
		return r;
	int fd = memfd_create("xlsx", MFD_CLOEXEC);
	if (fd < 0)
		return kh_fail_errno("XLSX");
	kh_galley_set(paper, &galley);
	r = write_to(fd, paper, &galley, made_s, out);
	close(fd);
	return r;
}
