#include "sheet/book.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/time.h"
#include "base/utf8.h"
#include "os/file.h"
#include "sheet/limits.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xlsxwriter.h>

#define DAY_OF_EPOCH 25569 /* 1970-01-01 as Excel counts days */
#define MAX_NAME 31        /* characters of a sheet's name, of a note, of its title: Excel's */
#define MAX_NOTE 255
#define MAX_CHOICES 255    /* bytes of all, with commas */
#define WIDTH 22
#define GUIDE_WIDTH 34

struct kh_book {
	lxw_workbook *file;
	lxw_worksheet *sheet;
	lxw_format *head, *head_required, *day, *time, *wrap;
	enum kh_book_kind *kinds;
	lxw_row_t row;
	int fd; /* the file in memory */
	lxw_error error; /* the first */
};

static void note(struct kh_book *b, lxw_error error)
{
	if (b->error == LXW_NO_ERROR)
		b->error = error;
}

/* At most so many characters. */
static char *cut(const char *text, size_t max)
{
	return kh_strndup(text, kh_utf8_valid_prefix(text, strlen(text), max));
}

static lxw_format *head_format(struct kh_book *b, lxw_color_t background)
{
	lxw_format *f = workbook_add_format(b->file);
	format_set_bold(f);
	format_set_text_wrap(f);
	format_set_align(f, LXW_ALIGN_VERTICAL_CENTER);
	format_set_border(f, LXW_BORDER_THIN);
	format_set_bg_color(f, background);
	return f;
}

static lxw_format *moment_format(struct kh_book *b, const char *picture)
{
	lxw_format *f = workbook_add_format(b->file);
	format_set_num_format(f, picture);
	return f;
}

static size_t bytes_of(const char *const *choices)
{
	size_t n = 0;
	for (; choices && *choices; choices++)
		n += strlen(*choices) + 1;
	return n;
}

/* What Excel says, and lets choose, where a cell is filled in. */
static void prepare(struct kh_book *b, const struct kh_book_column *c, lxw_col_t column, uint32_t rows)
{
	bool choose = c->choices && bytes_of(c->choices) <= MAX_CHOICES;
	kh_auto_free char *title = cut(c->title, MAX_NAME), *words = c->note ? cut(c->note, MAX_NOTE) : NULL;
	lxw_data_validation v = {
		.validate = choose ? LXW_VALIDATION_TYPE_LIST : LXW_VALIDATION_TYPE_ANY,
		.value_list = choose ? (void *)c->choices : NULL,
		.input_title = words ? title : NULL,
		.input_message = words,
		.error_type = LXW_VALIDATION_ERROR_TYPE_WARNING,
	};
	if (choose || words)
		note(b, worksheet_data_validation_range(b->sheet, 1, column, rows, column, &v));
}

static void add_column(struct kh_book *b, const struct kh_book_column *c, lxw_col_t column, uint32_t rows)
{
	lxw_format *plain = workbook_add_format(b->file);
	format_set_num_format(plain, c->kind == KH_BOOK_NUMBER ? "0" : "@");
	lxw_format *cells = c->kind == KH_BOOK_DAY ? b->day : c->kind == KH_BOOK_TIME ? b->time : plain;
	note(b, worksheet_set_column(b->sheet, column, column, WIDTH, rows ? cells : NULL));
	note(b, worksheet_write_string(b->sheet, 0, column, c->title, c->required ? b->head_required : b->head));
	if (rows)
		prepare(b, c, column, rows);
}

static void begin(struct kh_book *b, const char *name, const struct kh_book_column *columns, size_t n, uint32_t rows)
{
	kh_auto_free char *short_name = cut(name, MAX_NAME);
	b->head = head_format(b, 0xe6eef7);
	b->head_required = head_format(b, 0xfde9c8);
	b->day = moment_format(b, "dd/mm/yyyy");
	b->time = moment_format(b, "dd/mm/yyyy hh:mm");
	b->wrap = workbook_add_format(b->file);
	format_set_text_wrap(b->wrap);
	format_set_align(b->wrap, LXW_ALIGN_VERTICAL_TOP);
	for (char *p = short_name; *p; p++)
		*p = strchr("[]:*?/\\'", *p) ? ' ' : *p;
	b->sheet = workbook_add_worksheet(b->file, short_name);
	if (!b->sheet) {
		note(b, LXW_ERROR_SHEETNAME_ALREADY_USED);
		return;
	}
	for (size_t i = 0; i < n; i++)
		add_column(b, &columns[i], (lxw_col_t)i, rows);
	worksheet_freeze_panes(b->sheet, 1, 0);
	b->row = 1;
}

int kh_book_new(const char *name, const struct kh_book_column *columns, size_t n, uint32_t rows, struct kh_book **ret)
{
	kh_auto_book struct kh_book *b = kh_alloc(sizeof *b);
	char path[64];
	b->fd = memfd_create("khien-book", MFD_CLOEXEC);
	if (b->fd < 0)
		return kh_fail_errno("memory for a table");
	snprintf(path, sizeof path, "/proc/self/fd/%d", b->fd);
	/* Rows go to a temporary file as they come: ten thousand of them would be some hundred megabytes. */
	b->file = workbook_new_opt(path, &(lxw_workbook_options){.constant_memory = LXW_TRUE});
	if (!b->file)
		return kh_fail(KH_E_IO, "memory for a table");
	b->kinds = kh_alloc_array(n + 1, sizeof *b->kinds);
	for (size_t i = 0; i < n; i++)
		b->kinds[i] = columns[i].kind;
	begin(b, name, columns, n, rows);
	*ret = kh_take(b);
	return 0;
}

void kh_book_free(struct kh_book *b)
{
	if (!b)
		return;
	lxw_workbook_free(b->file);
	kh_fd_close(&b->fd);
	free(b->kinds);
	free(b);
}

void kh_book_text(struct kh_book *b, size_t column, const char *text)
{
	kh_auto_free char *fits = *text ? cut(text, KH_SHEET_MAX_CELL) : NULL;
	if (fits && b->sheet)
		note(b, worksheet_write_string(b->sheet, b->row, (lxw_col_t)column, fits, NULL));
}

void kh_book_number(struct kh_book *b, size_t column, double number)
{
	if (b->sheet)
		note(b, worksheet_write_number(b->sheet, b->row, (lxw_col_t)column, number, NULL));
}

void kh_book_moment(struct kh_book *b, size_t column, int64_t s)
{
	double days = (double)(s + KH_UTC7_S) / 86400 + DAY_OF_EPOCH;
	if (b->sheet)
		note(b, worksheet_write_number(b->sheet, b->row, (lxw_col_t)column, days, b->kinds[column] == KH_BOOK_TIME ? b->time : b->day));
}

void kh_book_end_row(struct kh_book *b)
{
	b->row++;
}

void kh_book_guide(struct kh_book *b, const char *name, const char *const *cells, size_t rows, size_t n)
{
	lxw_worksheet *sheet = workbook_add_worksheet(b->file, name);
	if (!sheet) {
		note(b, LXW_ERROR_SHEETNAME_ALREADY_USED);
		return;
	}
	note(b, worksheet_set_column(sheet, 0, (lxw_col_t)(n - 1), GUIDE_WIDTH, NULL));
	for (size_t i = 0; i < rows * n; i++) {
		kh_auto_free char *fits = cells[i] && *cells[i] ? cut(cells[i], KH_SHEET_MAX_CELL) : NULL;
		if (fits)
			note(b, worksheet_write_string(sheet, (lxw_row_t)(i / n), (lxw_col_t)(i % n), fits, i < n ? b->head : b->wrap));
	}
}

int kh_book_finish(struct kh_book *b, struct kh_buf *out)
{
	lxw_error error = workbook_close(b->file); /* frees it */
	b->file = NULL;
	b->sheet = NULL;
	note(b, error);
	if (b->error != LXW_NO_ERROR)
		return kh_fail(KH_E_IO, "writing a table: %s", lxw_strerror(b->error));
	if (lseek(b->fd, 0, SEEK_SET) < 0)
		return kh_fail_errno("writing a table");
	return kh_file_read_fd(b->fd, "khien-book", KH_SHEET_MAX_UNPACKED, out);
}
