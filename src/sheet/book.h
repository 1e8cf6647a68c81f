/* Workbooks written: a table with a head that stays in sight, and a sheet of explanations behind it. No text becomes a formula, whatever it begins with: it is stored as a text. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kh_book_kind { KH_BOOK_TEXT, KH_BOOK_NUMBER, KH_BOOK_DAY, KH_BOOK_TIME };

struct kh_book_column {
	const char *title;
	enum kh_book_kind kind;
	bool required;              /* the head says so by its colour */
	const char *note;           /* shown where the cell is filled in; NULL: none. Cut to what Excel takes */
	const char *const *choices; /* what to choose from; NULL-terminated; NULL: anything */
};

struct kh_book;

/* name: of the sheet, cut to what Excel takes. rows: for how many rows cells are prepared for filling in (a template); 0: none. */
int kh_book_new(const char *name, const struct kh_book_column *columns, size_t n, uint32_t rows, struct kh_book **ret) KH_MUST_USE;
void kh_book_free(struct kh_book *book);
KH_DEFINE_CLEANUP(book, struct kh_book *, kh_book_free);
#define kh_auto_book KH_CLEANUP(kh_cleanup_book)

/* Cells of the present row, in any order; then the row's end. Days and times are Unix seconds, shown in UTC+7. */
void kh_book_text(struct kh_book *book, size_t column, const char *text);
void kh_book_number(struct kh_book *book, size_t column, double number);
void kh_book_moment(struct kh_book *book, size_t column, int64_t s);
void kh_book_end_row(struct kh_book *book);

/* A sheet of texts: its name, then rows of `n` cells each, the first being the head. */
void kh_book_guide(struct kh_book *book, const char *name, const char *const *cells, size_t rows, size_t n);

/* The file. The book can only be freed after. KH_E_TOO_LARGE, KH_E_IO. */
int kh_book_finish(struct kh_book *book, struct kh_buf *out) KH_MUST_USE;
