#include "server/report/data.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "server/register/field.h"
#include "server/register/list.h"
#include "server/report/json.h"
#include "server/unit/unit.h"

/* Numbers stay numbers and moments moments; all else is in words. */
static int set_field(struct kh_db *db, const struct kh_scope *scope, const struct kh_register_field *field, const json_t *stored, json_t *o)
{
	kh_auto_free char *words = NULL;
	json_t *answer = NULL;
	if (field->type == KH_FIELD_DATE || field->type == KH_FIELD_INT || field->type == KH_FIELD_TIME) {
		int r = kh_field_answer(db, field, stored, &answer);
		if (r == 0)
			kh_json_set(o, field->name, answer);
		return r;
	}
	int r = kh_field_words_for(db, scope, field, stored, &words);
	if (r < 0)
		return r;
	kh_json_set_text(o, field->name, words);
	if (field->type == KH_FIELD_CODE) {
		kh_auto_free char *code = kh_format("%s_code", field->name);
		kh_json_set_text(o, code, json_string_value(stored));
	}
	return 0;
}

int kh_data_record(struct kh_db *db, const struct kh_record *record, json_t *o)
{
	kh_auto_unit struct kh_unit unit = {0};
	const struct kh_register_state *state = kh_register_state(record->reg, record->state);
	const struct kh_scope scope = {record->unit_id};
	int r = kh_unit_get(db, record->unit_id, &unit);
	for (size_t i = 0; r == 0 && i < record->reg->fields_count; i++)
		r = set_field(db, &scope, &record->reg->fields[i], json_object_get(record->values, record->reg->fields[i].name), o);
	kh_json_set_text(o, "state", record->state);
	kh_json_set_text(o, "state_text", state ? state->label[KH_VI] : record->state);
	kh_json_set_int(o, "state_s", record->state_s);
	kh_json_set_text(o, "record_unit", unit.name);
	return r;
}

struct listing {
	struct kh_db *db;
	json_t *list;
};

static int add_record(struct kh_record *record, void *arg)
{
	struct listing *listing = arg;
	kh_auto_json json_t *o = json_object();
	int r = kh_data_record(listing->db, record, o);
	if (r == 0)
		kh_data_add(listing->list, kh_take(o));
	return r;
}

static int list_records(struct kh_db *db, const struct kh_scope *scope, const struct kh_register *reg, unsigned rights, json_t *data)
{
	kh_auto_json json_t *list = json_array();
	kh_auto_free char *name = kh_format("records.%s", reg->name);
	struct listing listing = {db, list};
	struct kh_record_list_options options = {.scope = scope, .sort = "unit", .limit = KH_DOCUMENT_RECORDS};
	if ((rights & reg->read) != reg->read)
		return kh_fail(KH_E_FORBIDDEN, "%s", reg->name);
	int r = kh_record_each(db, reg, &options, add_record, &listing);
	if (r == 0)
		kh_json_set(data, name, kh_take(list));
	return r;
}

int kh_data_set_records(struct kh_db *db, const struct kh_scope *scope, const bool *records, unsigned rights, json_t *data)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < KH_REGISTERS_COUNT; i++)
		if (records[i])
			r = list_records(db, scope, &kh_registers[i], rights, data);
	return r;
}
