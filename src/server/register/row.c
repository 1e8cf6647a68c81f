/* A record as the row of its table, and what a search looks at. */
#include "server/register/row.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/i18n.h"
#include "base/limits.h"
#include "base/str.h"
#include "base/utf8.h"
#include "server/register/field.h"

#define MAX_SEARCH_BYTES (16 * KH_KIB)

static int add_search(struct kh_db *db, const struct kh_record *rec, const struct kh_register_field *field, struct kh_buf *texts)
{
	const json_t *value = json_object_get(rec->values, field->name);
	kh_auto_free char *words = NULL;
	if (field->type == KH_FIELD_CODE && json_is_string(value)) {
		kh_buf_addf(texts, "%s\n", kh_code_text(field->codes, json_string_value(value), KH_VI));
		return 0;
	}
	if (json_is_null(value) || kh_field_is_named(field) || field->type == KH_FIELD_BOOL)
		return 0;
	int r = kh_field_words(db, field, value, &words);
	if (r == 0 && texts->len + strlen(words) < MAX_SEARCH_BYTES)
		kh_buf_addf(texts, "%s\n", words);
	return r;
}

/* What a search looks at: texts, numbers, days and words of codes, folded. */
static int search_of(struct kh_db *db, const struct kh_record *rec, char **ret)
{
	kh_auto_buf struct kh_buf texts = KH_BUF_INIT;
	int r = 0;
	for (const struct kh_register_field *f = rec->reg->fields; r == 0 && f->name; f++)
		r = add_search(db, rec, f, &texts);
	return r < 0 ? r : kh_utf8_fold(kh_buf_text(&texts), ret);
}

/* The columns that every register has, the fields. */
static void row_values(const struct kh_record *rec, const char *search, struct kh_db_value *ret)
{
	size_t n = 0;
	ret[n++] = kh_db_value_int(rec->unit_id);
	ret[n++] = kh_db_value_text(rec->state);
	ret[n++] = kh_db_value_int(rec->state_s);
	ret[n++] = kh_db_value_int(rec->version);
	ret[n++] = kh_db_value_int(rec->created_s);
	ret[n++] = kh_db_value_text(rec->created_by);
	ret[n++] = kh_db_value_int(rec->changed_s);
	ret[n++] = kh_db_value_text(rec->changed_by);
	ret[n++] = kh_db_value_text(search);
	for (const struct kh_register_field *f = rec->reg->fields; f->name; f++)
		ret[n++] = kh_field_value(json_object_get(rec->values, f->name));
	ret[n] = (struct kh_db_value){.type = KH_DB_END};
}

static const char *const own_columns[] = {"unit_id", "state", "state_s", "version", "created_s", "created_by", "changed_s", "changed_by", "search"};

static char *insert_sql(const struct kh_register *reg)
{
	kh_auto_buf struct kh_buf names = KH_BUF_INIT, places = KH_BUF_INIT;
	int place = 1;
	for (size_t i = 0; i < KH_COUNT(own_columns); i++) {
		kh_buf_add_item(&names, own_columns[i]);
		kh_buf_addf(&places, "%s?%d", i ? ", " : "", place++);
	}
	for (const struct kh_register_field *f = reg->fields; f->name; f++) {
		kh_buf_add_item(&names, f->name);
		kh_buf_addf(&places, ", ?%d", place++);
	}
	return kh_format("INSERT INTO reg_%s(%s) VALUES(%s) RETURNING id", reg->name, kh_buf_text(&names), kh_buf_text(&places));
}

static char *update_sql(const struct kh_register *reg)
{
	kh_auto_buf struct kh_buf sets = KH_BUF_INIT;
	int place = 2;
	for (size_t i = 0; i < KH_COUNT(own_columns); i++, place++)
		kh_buf_addf(&sets, "%s%s = ?%d", i ? ", " : "", own_columns[i], place);
	for (const struct kh_register_field *f = reg->fields; f->name; f++, place++)
		kh_buf_addf(&sets, ", %s = ?%d", f->name, place);
	return kh_format("UPDATE reg_%s SET %s WHERE id = ?1", reg->name, kh_buf_text(&sets));
}

int kh_record_row_write(struct kh_db *db, struct kh_record *rec)
{
	const struct kh_register *reg = rec->reg;
	bool is_new = rec->id == 0;
	kh_auto_free char *search = NULL, *sql = is_new ? insert_sql(reg) : update_sql(reg);
	kh_auto_free struct kh_db_value *values = kh_alloc_array(KH_COUNT(own_columns) + reg->fields_count + 2, sizeof *values);
	int r = search_of(db, rec, &search);
	if (r < 0)
		return r;
	row_values(rec, search, values + 1);
	values[0] = kh_db_value_int(rec->id);
	return is_new ? kh_db_int_values(db, &rec->id, sql, values + 1) : kh_db_run_values(db, sql, values);
}
