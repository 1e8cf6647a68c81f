/* The half of table.h that writes. */
#include "server/register/table.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/time.h"
#include "server/register/field.h"
#include "server/register/reference.h"
#include "sheet/book.h"
#include "sheet/csv.h"

#include <inttypes.h>

#define TEMPLATE_ROWS 5000  /* cells prepared for filling in */
#define MAX_CODES 200       /* of one field */

/* ---- columns ---- */

static enum kh_book_kind kind_of(const struct kh_register_field *f)
{
	return f->type == KH_FIELD_INT ? KH_BOOK_NUMBER : f->type == KH_FIELD_DATE ? KH_BOOK_DAY : f->type == KH_FIELD_TIME ? KH_BOOK_TIME : KH_BOOK_TEXT;
}

static struct kh_book_column column_of(const struct kh_register_field *f)
{
	return (struct kh_book_column){.title = kh_field_label(f), .kind = kind_of(f), .required = f->required, .note = f->note[kh_language()]};
}

/* Unit, fields, state, last change. */
static size_t export_columns(const struct kh_register *reg, struct kh_book_column *columns)
{
	size_t n = 0;
	columns[n++] = (struct kh_book_column){.title = kh_text(kh_language(), KH_T_REGISTER_UNIT)};
	for (const struct kh_register_field *f = reg->fields; f->name; f++)
		columns[n++] = column_of(f);
	columns[n++] = (struct kh_book_column){.title = kh_text(kh_language(), KH_T_REGISTER_STATE)};
	columns[n++] = (struct kh_book_column){.title = kh_text(kh_language(), KH_T_REGISTER_CHANGED), .kind = KH_BOOK_TIME};
	return n;
}

/* ---- rows ---- */

struct writing {
	struct kh_db *db;
	const struct kh_register *reg;
	const struct kh_scope *scope;
	struct kh_book *book; /* or */
	struct kh_buf *csv;
	int64_t rows;
};

static int unit_code(struct kh_db *db, int64_t id, char **ret)
{
	kh_auto_free char *code = NULL;
	int r = kh_db_text(db, &code, "SELECT code FROM unit WHERE id = ?1", id);
	if (r == 0)
		*ret = code ? kh_take(code) : kh_strdup("");
	return r;
}

static const char *state_words(const struct kh_record *record)
{
	const struct kh_register_state *state = kh_register_state(record->reg, record->state);
	return state ? state->label[kh_language()] : record->state;
}

/* Of what lies in another unit nothing: the table can be taken in again. */
static int words_of(const struct writing *w, const struct kh_register_field *f, const json_t *value, char **ret)
{
	bool seen = true;
	int r = f->type == KH_FIELD_REF && !json_is_null(value) ? kh_reference_seen(w->db, f->of, json_integer_value(value), w->scope, &seen) : 0;
	return r < 0 ? r : kh_field_words(w->db, f, seen ? value : NULL, ret);
}

/* Numbers and days as such, that a program for tables counts and sorts them; the rest as texts. */
static int book_cell(const struct writing *w, const struct kh_register_field *f, const json_t *value, size_t column)
{
	kh_auto_free char *words = NULL;
	enum kh_book_kind kind = kind_of(f);
	if (json_is_null(value))
		return 0;
	if (kind == KH_BOOK_NUMBER)
		kh_book_number(w->book, column, (double)json_integer_value(value));
	else if (kind != KH_BOOK_TEXT)
		kh_book_moment(w->book, column, json_integer_value(value));
	int r = kind == KH_BOOK_TEXT ? words_of(w, f, value, &words) : 0;
	if (r == 0 && words)
		kh_book_text(w->book, column, words);
	return r;
}

static int book_row(struct kh_record *record, void *arg)
{
	struct writing *w = arg;
	kh_auto_free char *unit = NULL;
	size_t column = 0;
	int r = unit_code(w->db, record->unit_id, &unit);
	if (r == 0)
		kh_book_text(w->book, column++, unit);
	for (const struct kh_register_field *f = w->reg->fields; r == 0 && f->name; f++)
		r = book_cell(w, f, json_object_get(record->values, f->name), column++);
	if (r < 0)
		return r;
	kh_book_text(w->book, column++, state_words(record));
	kh_book_moment(w->book, column, record->changed_s);
	kh_book_end_row(w->book);
	w->rows++;
	return 0;
}

static int csv_row(struct kh_record *record, void *arg)
{
	struct writing *w = arg;
	kh_auto_free char *unit = NULL;
	char changed[KH_ISO_SIZE];
	int r = unit_code(w->db, record->unit_id, &unit);
	if (r == 0)
		kh_csv_add(w->csv, unit);
	for (const struct kh_register_field *f = w->reg->fields; r == 0 && f->name; f++) {
		kh_auto_free char *words = NULL;
		r = words_of(w, f, json_object_get(record->values, f->name), &words);
		if (r == 0)
			kh_csv_add(w->csv, words);
	}
	if (r < 0)
		return r;
	kh_csv_add(w->csv, state_words(record));
	kh_csv_add(w->csv, kh_time_local(record->changed_s, changed));
	kh_csv_end_row(w->csv);
	w->rows++;
	return kh_buf_status(w->csv);
}

/* ---- the whole ---- */

static int export_csv(struct writing *w, const struct kh_record_list_options *options, const struct kh_book_column *columns, size_t n, struct kh_buf *out)
{
	w->csv = out;
	kh_csv_begin(out);
	for (size_t i = 0; i < n; i++)
		kh_csv_add(out, columns[i].title);
	kh_csv_end_row(out);
	return kh_record_each(w->db, w->reg, options, csv_row, w);
}

static int export_book(struct writing *w, const struct kh_record_list_options *options, const struct kh_book_column *columns, size_t n, struct kh_buf *out)
{
	kh_auto_book struct kh_book *book = NULL;
	int r = kh_book_new(w->reg->label[kh_language()], columns, n, 0, &book);
	w->book = book;
	if (r == 0)
		r = kh_record_each(w->db, w->reg, options, book_row, w);
	return r < 0 ? r : kh_book_finish(book, out);
}

int kh_table_export(struct kh_db *db, const struct kh_register *reg, const struct kh_record_list_options *options, enum kh_table_form form, struct kh_buf *out, int64_t *ret_rows)
{
	struct writing w = {.db = db, .reg = reg, .scope = options->scope};
	kh_auto_free struct kh_book_column *columns = kh_alloc_array(reg->fields_count + 3, sizeof *columns);
	size_t n = export_columns(reg, columns);
	int r = (form == KH_TABLE_CSV ? export_csv : export_book)(&w, options, columns, n, out);
	if (r == 0)
		*ret_rows = w.rows;
	return r;
}

/* ---- the template ---- */

struct choices {
	const char *words[MAX_CODES + 1];
};

static void fill_choices(const struct kh_register_field *f, struct choices *c)
{
	size_t n = 0;
	for (const struct kh_code *code = f->codes; code && code->name && n < MAX_CODES; code++)
		c->words[n++] = code->text[kh_language()];
	if (f->type == KH_FIELD_BOOL) {
		c->words[n++] = kh_words("yes");
		c->words[n++] = kh_words("no");
	}
}

static const char *type_words(const struct kh_register_field *f)
{
	static const enum kh_message of[] = {
		[KH_FIELD_TEXT] = KH_T_REGISTER_TYPE_TEXT, [KH_FIELD_LONG] = KH_T_REGISTER_TYPE_LONG, [KH_FIELD_INT] = KH_T_REGISTER_TYPE_INT, [KH_FIELD_BOOL] = KH_T_REGISTER_TYPE_BOOL,
		[KH_FIELD_DATE] = KH_T_REGISTER_TYPE_DATE, [KH_FIELD_TIME] = KH_T_REGISTER_TYPE_TIME, [KH_FIELD_CODE] = KH_T_REGISTER_TYPE_CODE, [KH_FIELD_REF] = KH_T_REGISTER_TYPE_REF,
	};
	return kh_text(kh_language(), of[f->type]);
}

/* "đã tháo ra; đã mã hóa" of a code, where a day has to lie, and the field's note. */
static char *explanation_of(const struct kh_register_field *f)
{
	struct kh_buf text = KH_BUF_INIT;
	for (const struct kh_code *code = f->codes; code && code->name; code++)
		kh_buf_addf(&text, "%s%s", text.len ? "; " : "", code->text[kh_language()]);
	if (f->when != KH_FIELD_WHEN_ANY)
		kh_buf_adds(&text, f->when == KH_FIELD_WHEN_PAST ? kh_words("not in the future") : kh_words("not in the past"));
	if (f->note[kh_language()])
		kh_buf_addf(&text, "%s%s", text.len ? "\n" : "", f->note[kh_language()]);
	return text.len ? kh_buf_take(&text) : kh_strdup("");
}

#define GUIDE_COLUMNS 4

static void add_guide(struct kh_book *book, const struct kh_register *reg)
{
	enum kh_language l = kh_language();
	size_t rows = 0, n = 0;
	kh_auto_free const char **cells = kh_alloc_array((reg->fields_count + 2) * GUIDE_COLUMNS, sizeof *cells);
	kh_auto_free char **made = kh_alloc_array(reg->fields_count + 1, sizeof *made);
	const char *const head[] = {kh_text(l, KH_T_REGISTER_GUIDE_COLUMN), kh_text(l, KH_T_REGISTER_GUIDE_REQUIRED), kh_text(l, KH_T_REGISTER_GUIDE_TYPE),
				    kh_text(l, KH_T_REGISTER_GUIDE_NOTE)};
	memcpy(cells, head, sizeof head);
	const char *const unit[] = {kh_text(l, KH_T_REGISTER_UNIT), "", kh_text(l, KH_T_REGISTER_TYPE_TEXT), kh_text(l, KH_T_REGISTER_UNIT_NOTE)};
	memcpy(cells + GUIDE_COLUMNS, unit, sizeof unit);
	rows = 2;
	for (const struct kh_register_field *f = reg->fields; f->name; f++) {
		if (f->set)
			continue;
		made[n] = explanation_of(f);
		const char *const row[] = {kh_field_label(f), f->required ? kh_words("yes") : "", type_words(f), made[n++]};
		memcpy(cells + rows++ * GUIDE_COLUMNS, row, sizeof row);
	}
	kh_book_guide(book, kh_text(l, KH_T_REGISTER_GUIDE), cells, rows, GUIDE_COLUMNS);
	for (size_t i = 0; i < n; i++)
		free(made[i]);
}

int kh_table_template(const struct kh_register *reg, struct kh_buf *out)
{
	kh_auto_free struct kh_book_column *columns = kh_alloc_array(reg->fields_count + 1, sizeof *columns);
	kh_auto_free struct choices *choices = kh_alloc_array(reg->fields_count + 1, sizeof *choices);
	kh_auto_book struct kh_book *book = NULL;
	size_t n = 0;
	columns[n++] = (struct kh_book_column){.title = kh_text(kh_language(), KH_T_REGISTER_UNIT), .note = kh_text(kh_language(), KH_T_REGISTER_UNIT_NOTE)};
	for (const struct kh_register_field *f = reg->fields; f->name; f++) {
		if (f->set)
			continue;
		fill_choices(f, &choices[n]);
		columns[n] = column_of(f);
		columns[n].choices = choices[n].words[0] ? choices[n].words : NULL;
		n++;
	}
	int r = kh_book_new(reg->label[kh_language()], columns, n, TEMPLATE_ROWS, &book);
	if (r < 0)
		return r;
	add_guide(book, reg);
	return kh_book_finish(book, out);
}
