/* The half of table.h that reads. */
#include "server/register/table.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/time.h"
#include "base/utf8.h"
#include "server/audit/audit.h"
#include "server/register/field.h"
#include "server/register/reference.h"
#include "server/report/json.h"
#include "sheet/csv.h"

#include <inttypes.h>
#include <stdio.h>

/* What stands in a column. */
struct column {
	const struct kh_register_field *field; /* NULL: the unit, or nothing that is taken in */
	bool unit;
	char *title;
};

struct import {
	struct kh_db *db;
	const struct kh_register *reg;
	const struct kh_import_options *options;
	const struct kh_record_by *by;
	KH_ARRAY(struct column) columns;
	struct kh_record_units touched;
	json_t *seen; /* key of a record → number of the row that had it */
	struct kh_import_result *result;
};

static void import_done(struct import *im)
{
	kh_array_each(&im->columns, column)
		free(column->title);
	kh_array_done(&im->columns);
	kh_record_units_done(&im->touched);
	json_decref(im->seen);
}

void kh_import_result_done(struct kh_import_result *result)
{
	kh_array_each(&result->errors, error) {
		free(error->column);
		free(error->text);
	}
	kh_array_done(&result->errors);
}

static void add_error(struct import *im, uint32_t row, const char *column, const char *text)
{
	if (im->result->errors.n < KH_IMPORT_MAX_ERRORS)
		(void)kh_array_push(&im->result->errors, ((struct kh_import_error){row, kh_strdup(column), kh_strdup(text)}));
}

/* ---- the head ---- */

/* Does a title name this? Case and marks do not count, nor a star for "required" behind it. */
static bool is_named(const char *title, const char *name)
{
	kh_auto_free char *a = NULL, *b = NULL;
	if (!name || kh_utf8_fold(title, &a) < 0 || kh_utf8_fold(name, &b) < 0)
		return false;
	size_t n = strlen(a);
	while (n && (a[n - 1] == '*' || a[n - 1] == ' '))
		a[--n] = '\0';
	return kh_streq(kh_trim(a), b);
}

static bool is_message(const char *title, enum kh_message message)
{
	return is_named(title, kh_text(KH_VI, message)) || is_named(title, kh_text(KH_EN, message));
}

static const struct kh_register_field *field_named(const struct kh_register *reg, const char *title)
{
	for (const struct kh_register_field *f = reg->fields; f->name; f++)
		if (is_named(title, f->label[KH_VI]) || is_named(title, f->label[KH_EN]) || kh_streq(title, f->name))
			return f;
	return NULL;
}

/* A column that nobody knows is a mistake: else a slip in its title would lose it without a word. */
static void read_head(struct import *im, const struct kh_sheet_row *row)
{
	for (size_t i = 0; i < row->n; i++) {
		const char *title = row->cells[i];
		struct column c = {.title = kh_strdup(title), .unit = is_message(title, KH_T_REGISTER_UNIT)};
		c.field = c.unit ? NULL : field_named(im->reg, title);
		bool passed_over = !*title || is_message(title, KH_T_REGISTER_STATE) || is_message(title, KH_T_REGISTER_CHANGED);
		if (c.field && c.field->set)
			c.field = NULL;
		else if (!c.field && !c.unit && !passed_over)
			add_error(im, row->number, title, kh_words("no such column in this register"));
		(void)kh_array_push(&im->columns, c);
	}
}

/* ---- cells: what people write → values of the API ---- */

/* "21/11/2026", "1-2-2026", "2026-11-21", each with or without a time behind it; false for anything else. */
static bool read_moment(const char *text, int *year, int *month, int *day, int *hour, int *minute, int *second)
{
	int used = 0;
	*hour = *minute = *second = 0;
	if (sscanf(text, "%4d-%2d-%2d%n", year, month, day, &used) != 3 && sscanf(text, "%2d/%2d/%4d%n", day, month, year, &used) != 3 &&
	    sscanf(text, "%2d-%2d-%4d%n", day, month, year, &used) != 3 && sscanf(text, "%2d.%2d.%4d%n", day, month, year, &used) != 3)
		return false;
	text += used;
	if (!*text)
		return true;
	used = 0;
	if (sscanf(text, "%*[ T]%2d:%2d%n", hour, minute, &used) < 2 || !used)
		return false;
	text += used;
	used = 0;
	if (*text && (sscanf(text, ":%2d%n", second, &used) != 1 || text[used]))
		return false;
	return true;
}

static json_t *day_value(const char *text)
{
	int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
	char iso[64];
	if (!read_moment(text, &y, &mo, &d, &h, &mi, &s))
		return kh_json_string(text);
	snprintf(iso, sizeof iso, "%04d-%02d-%02d", y, mo, d);
	return json_string(iso);
}

/* People's times are those of Viet Nam. */
static json_t *time_value(const char *text)
{
	int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
	char iso[64];
	int64_t ms = 0;
	if (!read_moment(text, &y, &mo, &d, &h, &mi, &s) || h > 23 || mi > 59 || s > 59)
		return kh_json_string(text);
	snprintf(iso, sizeof iso, "%04d-%02d-%02dT%02d:%02d:%02dZ", y, mo, d, h, mi, s);
	return kh_time_parse(iso, &ms) ? json_integer(ms / 1000 - KH_UTC7_S) : kh_json_string(text);
}

static json_t *int_value(const char *text)
{
	int64_t n = 0;
	return kh_parse_int(text, INT64_MIN, INT64_MAX, &n) ? json_integer(n) : kh_json_string(text);
}

static json_t *bool_value(const char *text)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {{"co", true}, {"yes", true}, {"true", true}, {"x", true}, {"1", true}, {"khong", false}, {"no", false}, {"false", false}, {"0", false}};
	for (size_t i = 0; i < KH_COUNT(words); i++)
		if (is_named(text, words[i].word))
			return json_boolean(words[i].value);
	return kh_json_string(text);
}

static json_t *code_value(const struct kh_register_field *f, const char *text)
{
	for (const struct kh_code *code = f->codes; code->name; code++)
		if (kh_streq(code->name, text) || is_named(text, code->text[KH_VI]) || is_named(text, code->text[KH_EN]))
			return json_string(code->name);
	return kh_json_string(text);
}

/* What cannot be read stays a text, and is refused in the field's own words (field.h). */
static json_t *value_of(const struct kh_register_field *f, const char *text)
{
	switch (f->type) {
	case KH_FIELD_INT:
		return int_value(text);
	case KH_FIELD_BOOL:
		return bool_value(text);
	case KH_FIELD_DATE:
		return day_value(text);
	case KH_FIELD_TIME:
		return time_value(text);
	case KH_FIELD_CODE:
		return code_value(f, text);
	case KH_FIELD_TEXT:
	case KH_FIELD_LONG:
	case KH_FIELD_REF:
		break;
	}
	return kh_json_string(text);
}

/* ---- a row ---- */

struct row {
	uint32_t number;
	int64_t unit_id, id, version; /* id 0: none on record */
	json_t *fields;
};

static int read_unit(struct import *im, const char *text, struct row *row)
{
	kh_auto_json json_t *value = kh_json_string(text);
	const struct kh_scope scope = {im->by->scope ? im->by->scope->unit_id : im->options->unit_id};
	int r = kh_reference_find(im->db, "unit", scope.unit_id, value, &row->unit_id);
	/* Before anything is looked for there: what a unit above has on record is not answered with another mistake. */
	return r < 0 ? r : kh_record_check_unit(im->db, &scope, row->unit_id);
}

static int read_row(struct import *im, const struct kh_sheet_row *cells, struct row *row)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < im->columns.n && i < cells->n; i++) {
		const struct column *c = &im->columns.v[i];
		kh_auto_free char *copy = kh_strdup(kh_csv_unescape(cells->cells[i]));
		const char *text = kh_trim(copy);
		if (!*text)
			continue;
		if (c->unit)
			r = read_unit(im, text, row);
		else if (c->field)
			kh_json_set(row->fields, c->field->name, value_of(c->field, text));
	}
	return r;
}

/* Values of the import fields as stored, in their order; *ret NULL when the register has none, or one of them is not right (then the write tells it). */
static int key_of(struct import *im, const struct row *row, json_t **ret)
{
	kh_auto_json json_t *key = json_array();
	if (!*im->reg->import)
		return 0;
	for (const char *const *name = im->reg->import; *name; name++) {
		json_t *stored = NULL;
		int r = kh_field_store(im->db, kh_register_field(im->reg, *name), row->unit_id, json_object_get(row->fields, *name), &stored);
		if (r < 0)
			return kh_error_info(r)->http_status >= 500 ? r : 0;
		kh_json_add(key, stored);
	}
	*ret = kh_take(key);
	return 0;
}

static int find_record(struct import *im, const json_t *key, struct row *row)
{
	kh_auto_buf struct kh_buf sql = KH_BUF_INIT;
	struct kh_db_value values[KH_REGISTER_MAX_FIELDS + 2] = {kh_db_value_int(row->unit_id)};
	size_t n = 1;
	kh_buf_addf(&sql, "SELECT id, version FROM reg_%s WHERE unit_id = ?1", im->reg->name);
	for (size_t i = 0; i < json_array_size(key); i++) {
		const json_t *value = json_array_get(key, i);
		values[n++] = kh_field_value(value);
		kh_buf_addf(&sql, json_is_null(value) ? " AND %s IS NULL AND ?%zu IS NULL" : " AND %s = ?%zu", im->reg->import[i], n);
	}
	kh_buf_adds(&sql, " ORDER BY id LIMIT 2");
	values[n] = (struct kh_db_value){.type = KH_DB_END};
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query_values(im->db, &s, kh_buf_text(&sql), values);
	if (kh_stmt_next(s, &r)) {
		row->id = kh_stmt_int(s, 0);
		row->version = kh_stmt_int(s, 1);
		if (kh_stmt_next(s, &r))
			return kh_fail(KH_E_AMBIGUOUS, "several records of the unit are called so");
	}
	return r;
}

/* Two rows about one record would leave the second, whichever that is. */
static int check_repeated(struct import *im, const json_t *key, const struct row *row)
{
	kh_auto_free char *text = kh_json_dump(key), *name = kh_format("%" PRId64 " %s", row->unit_id, text);
	const json_t *before = json_object_get(im->seen, name);
	if (before)
		return kh_fail(KH_E_EXISTS, "row %lld is about the same record", (long long)json_integer_value(before));
	kh_json_set(im->seen, name, json_integer(row->number));
	return 0;
}

static int find(struct import *im, struct row *row)
{
	kh_auto_json json_t *key = NULL;
	int r = key_of(im, row, &key);
	if (r == 0 && key)
		r = check_repeated(im, key, row);
	return r < 0 || !key ? r : find_record(im, key, row);
}

static int write_row(struct import *im, const struct row *row, struct kh_record_faults *faults)
{
	struct kh_record_by by = *im->by;
	struct kh_import_result *result = im->result;
	by.faults = faults;
	by.postures_later = true;
	bool changed = false;
	int64_t id = 0;
	int r = row->id ? kh_record_change_told(im->db, im->reg, row->id, row->version, row->fields, &by, &changed)
			: kh_record_create(im->db, im->reg, row->unit_id, row->fields, &by, &id);
	if (r < 0)
		return r;
	result->created += !row->id;
	result->changed += changed;
	result->same += row->id && !changed;
	if (!row->id || changed)
		kh_record_units_add(&im->touched, row->unit_id);
	return 0;
}

static void tell(struct import *im, uint32_t number, const struct kh_record_faults *faults)
{
	if (!faults->of.n)
		add_error(im, number, NULL, kh_fail_detail());
	kh_array_each(&faults->of, fault) {
		const struct kh_register_field *field = fault->field ? kh_register_field(im->reg, fault->field) : NULL;
		add_error(im, number, field ? kh_field_label(field) : NULL, fault->text);
	}
	im->result->failed++;
}

/* An error ends the import only when it is none of the file's. */
static int import_row(struct import *im, const struct kh_sheet_row *cells)
{
	kh_auto_record_faults struct kh_record_faults faults = {0};
	kh_auto_json json_t *fields = json_object();
	struct row row = {.number = cells->number, .unit_id = im->options->unit_id, .fields = fields};
	im->result->rows++;
	int r = read_row(im, cells, &row);
	if (r == 0)
		r = find(im, &row);
	if (r == 0)
		r = write_row(im, &row, &faults);
	if (r < 0 && kh_error_info(r)->http_status >= 500)
		return r;
	if (r < 0)
		tell(im, row.number, &faults);
	return 0;
}

/* ---- the whole ---- */

static int note(const struct import *im)
{
	kh_auto_free char *detail = kh_format(kh_words("%lld added, %lld changed, %lld with mistakes"), (long long)im->result->created, (long long)im->result->changed,
					      (long long)im->result->failed);
	return kh_audit_append(im->db, &(struct kh_audit){.actor = im->by->actor, .unit_id = im->options->unit_id, .action = KH_AUDIT_ACTION_RECORD_IMPORT,
							   .target = im->reg->name, .detail = detail});
}

static int import_rows(struct import *im, const struct kh_sheet *sheet)
{
	if (sheet->rows.n == 0)
		return kh_fail(KH_E_SYNTAX, "the table is empty");
	if (sheet->rows.n - 1 > KH_IMPORT_MAX_ROWS)
		return kh_fail(KH_E_TOO_LARGE, "more than %d rows", KH_IMPORT_MAX_ROWS);
	read_head(im, &sheet->rows.v[0]);
	int r = 0;
	for (size_t i = 1; r == 0 && i < sheet->rows.n; i++)
		r = import_row(im, &sheet->rows.v[i]);
	if (r == 0 && !im->options->dry_run)
		r = kh_record_units_postures(im->db, im->reg, &im->touched);
	return r < 0 ? r : note(im);
}

int kh_table_import(struct kh_db *writer, const struct kh_register *reg, const struct kh_sheet *sheet, const struct kh_import_options *options,
		    const struct kh_record_by *by, struct kh_import_result *ret)
{
	kh_auto_import_result struct kh_import_result result = {0};
	KH_CLEANUP(import_done) struct import im = {.db = writer, .reg = reg, .options = options, .by = by, .seen = json_object(), .result = &result};
	int r = kh_db_begin(writer);
	if (r < 0)
		return r;
	r = import_rows(&im, sheet);
	result.imported = r == 0 && !options->dry_run && result.created + result.changed > 0 && (result.errors.n == 0 || options->skip_errors);
	if (result.imported)
		r = kh_db_commit(writer);
	if (!result.imported || r < 0)
		kh_db_rollback(writer);
	if (r == 0) {
		*ret = result;
		result = (struct kh_import_result){0};
	}
	return r;
}
