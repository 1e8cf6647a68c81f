/* Routes of spec/api/records.yaml: one record. */
#include "server/api/records.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "server/api/objects.h"
#include "server/api/units.h"
#include "server/register/field.h"
#include "server/register/history.h"
#include "server/register/reference.h"

#define ONCE_S (7 * 86400) /* a request that is sent again comes sooner */

/* ---- what is asked about ---- */

int kh_records_register(const struct kh_api_call *call, const struct kh_register **ret)
{
	const struct kh_register *reg = NULL;
	int r = kh_register_find(kh_call_param(call, 0), &reg);
	if (r < 0)
		return r;
	r = kh_record_check_right(call->session.user.role->rights, reg->read);
	if (r == 0)
		*ret = reg;
	return r;
}

struct kh_record_by kh_records_by(const struct kh_api_call *call, struct kh_record_faults *faults)
{
	return (struct kh_record_by){.actor = kh_call_actor(call), .scope = &call->scope, .rights = call->session.user.role->rights, .now_s = call->now_s, .faults = faults};
}

static int named_id(const struct kh_api_call *call, int64_t *ret)
{
	return kh_parse_int(kh_call_param(call, 1), 1, INT64_MAX, ret) ? 0 : kh_fail(KH_E_NOT_FOUND, "no such record");
}

int kh_records_named(const struct kh_api_call *call, struct kh_record *ret)
{
	const struct kh_register *reg = NULL;
	int64_t id = 0;
	int r = kh_records_register(call, &reg);
	if (r == 0)
		r = named_id(call, &id);
	return r < 0 ? r : kh_record_get(call->db, reg, id, &call->scope, ret);
}

/* ---- objects ---- */

static int set_actor(struct kh_db *db, json_t *o, const char *by_key, const char *name_key, const char *actor)
{
	kh_auto_free char *name = NULL;
	int r = kh_actor_name(db, actor, &name);
	kh_json_set_text(o, by_key, actor);
	kh_json_set_text(o, name_key, name);
	return r;
}

static int set_field(struct kh_db *db, const struct kh_scope *scope, const struct kh_register_field *field, const json_t *stored, json_t *fields, json_t *labels)
{
	json_t *value = NULL;
	kh_auto_free char *label = NULL;
	int r = kh_field_answer(db, field, stored, &value);
	if (r == 0)
		kh_json_set(fields, field->name, value);
	if (r < 0 || !kh_field_is_named(field) || json_is_null(stored))
		return r;
	r = kh_field_words_for(db, scope, field, stored, &label);
	if (r == 0)
		kh_json_set_text(labels, field->name, label);
	return r;
}

static int fill_object(struct kh_db *db, const struct kh_scope *scope, const struct kh_record *record, json_t *o)
{
	json_t *unit = NULL, *fields = json_object(), *labels = json_object();
	kh_auto_free char *label = NULL;
	kh_json_set_int(o, "id", record->id);
	kh_json_set_text(o, "state", record->state);
	kh_json_set_int(o, "state_s", record->state_s);
	kh_json_set_int(o, "version", record->version);
	kh_json_set_int(o, "created_s", record->created_s);
	kh_json_set_int(o, "changed_s", record->changed_s);
	kh_json_set(o, "fields", fields);
	kh_json_set(o, "labels", labels);
	int r = set_actor(db, o, "created_by", "created_name", record->created_by);
	if (r == 0)
		r = set_actor(db, o, "changed_by", "changed_name", record->changed_by);
	if (r == 0)
		r = kh_record_label(db, record->reg, record->id, &label);
	kh_json_set_text(o, "label", label);
	if (r == 0)
		r = kh_units_ref(db, record->unit_id, &unit);
	if (r == 0)
		kh_json_set(o, "unit", unit);
	for (const struct kh_register_field *f = record->reg->fields; r == 0 && f->name; f++)
		r = set_field(db, scope, f, json_object_get(record->values, f->name), fields, labels);
	return r;
}

int kh_records_object(const struct kh_api_call *call, const struct kh_record *record, json_t **ret)
{
	kh_auto_json json_t *o = json_object();
	int r = fill_object(call->db, &call->scope, record, o);
	if (r == 0)
		*ret = kh_take(o);
	return r;
}

static int set_files(struct kh_db *db, const struct kh_record *record, json_t *detail)
{
	json_t *items = json_array();
	kh_json_set(detail, "files", items);
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s,
			    "SELECT id, kind, name, size, sha256, added_s, added_by FROM record_file WHERE register = ?1 AND record_id = ?2 AND removed_s IS NULL ORDER BY id",
			    record->reg->name, record->id);
	while (kh_stmt_next(s, &r)) {
		json_t *o = json_object();
		kh_json_add(items, o);
		kh_json_set_int(o, "id", kh_stmt_int(s, 0));
		kh_json_set_text(o, "kind", kh_stmt_text(s, 1));
		kh_json_set_text(o, "name", kh_stmt_text(s, 2));
		kh_json_set_int(o, "size", kh_stmt_int(s, 3));
		kh_json_set_text(o, "sha256", kh_stmt_text(s, 4));
		kh_json_set_int(o, "added_s", kh_stmt_int(s, 5));
		r = set_actor(db, o, "added_by", "added_name", kh_stmt_text(s, 6));
	}
	return r;
}

/* What may not be done is no error here: it is left away. */
static int allowed(int r, bool *ret)
{
	*ret = r == 0;
	return r < 0 && kh_error_info(r)->http_status >= 500 ? r : 0;
}

static int set_moves(const struct kh_api_call *call, const struct kh_record *record, json_t *detail)
{
	struct kh_record_by by = kh_records_by(call, NULL);
	json_t *moves = json_array();
	bool may = false;
	kh_json_set(detail, "moves", moves);
	int r = allowed(kh_record_may_change(call->db, record, &by), &may);
	kh_json_set_bool(detail, "can_change", may);
	for (const struct kh_register_move *move = record->reg->moves; r == 0 && move->name; move++) {
		r = allowed(kh_record_may_move(call->db, record, move, &by), &may);
		if (r == 0 && may)
			kh_json_add(moves, json_string(move->name));
	}
	return r;
}

static int answer_record(struct kh_api_call *call, const struct kh_record *record)
{
	kh_auto_json json_t *detail = json_object();
	json_t *object = NULL;
	int r = kh_records_object(call, record, &object);
	if (r == 0)
		kh_json_set(detail, "record", object);
	if (r == 0)
		r = set_moves(call, record, detail);
	if (r == 0)
		r = set_files(call->db, record, detail);
	if (r == 0)
		kh_call_answer(call, kh_take(detail));
	return r;
}

int kh_records_answer(struct kh_api_call *call, const struct kh_register *reg, int64_t id)
{
	kh_auto_record struct kh_record record = {0};
	int r = kh_record_get(call->db, reg, id, &call->scope, &record);
	return r < 0 ? r : answer_record(call, &record);
}

void kh_records_tell(struct kh_api_call *call, const struct kh_record_faults *faults)
{
	json_t *items = json_array();
	kh_array_each(&faults->of, fault) {
		json_t *o = json_object();
		kh_json_set_text(o, "field", fault->field);
		kh_json_set_text(o, "text", fault->text);
		kh_json_add(items, o);
	}
	kh_call_answer(call, json_pack("{s:o}", "faults", items));
}

/* ---- reading ---- */

int kh_route_register_list(struct kh_api_call *call)
{
	struct kh_buf text = KH_BUF_INIT;
	kh_buf_adds(&text, kh_registers_json);
	kh_call_respond(call, "application/json", &text);
	return 0;
}

int kh_route_record_show(struct kh_api_call *call)
{
	kh_auto_record struct kh_record record = {0};
	int r = kh_records_named(call, &record);
	return r < 0 ? r : answer_record(call, &record);
}

int kh_route_record_history(struct kh_api_call *call)
{
	kh_auto_record struct kh_record record = {0};
	json_t *items = NULL;
	int r = kh_records_named(call, &record);
	if (r == 0)
		r = kh_record_history(call->db, &record, &call->scope, &items);
	if (r == 0)
		kh_call_answer(call, json_pack("{s:o}", "items", items));
	return r;
}

/* ---- writing ---- */

struct asked {
	const struct kh_register *reg;
	struct kh_record_by by;
	int64_t unit_id, id, version;
	const json_t *fields;
	const char *move, *note, *once;
};

/* What the key made the first time; 0: it is new. */
static int made_before(struct kh_db *writer, const struct asked *a, int64_t *ret)
{
	int r = kh_db_run(writer, "DELETE FROM record_once WHERE at_s < ?1", a->by.now_s - ONCE_S);
	return r < 0 ? r : kh_db_int(writer, ret, "SELECT record_id FROM record_once WHERE actor = ?1 AND key = ?2 AND register = ?3", a->by.actor, a->once, a->reg->name);
}

static int run_create(struct kh_db *writer, void *arg)
{
	struct asked *a = arg;
	int64_t before = 0;
	int r = a->once ? made_before(writer, a, &before) : 0;
	if (r == 0 && before) {
		a->id = before;
		return 0;
	}
	if (r == 0)
		r = kh_record_create(writer, a->reg, a->unit_id, a->fields, &a->by, &a->id);
	if (r == 0 && a->once)
		r = kh_db_run(writer, "INSERT INTO record_once(actor, key, register, record_id, at_s) VALUES(?1, ?2, ?3, ?4, ?5)", a->by.actor, a->once, a->reg->name,
			      a->id, a->by.now_s);
	return r;
}

static int run_change(struct kh_db *writer, void *arg)
{
	struct asked *a = arg;
	return kh_record_change(writer, a->reg, a->id, a->version, a->fields, &a->by);
}

static int run_move(struct kh_db *writer, void *arg)
{
	struct asked *a = arg;
	return kh_record_move(writer, a->reg, a->id, a->version, a->move, a->fields, a->note, &a->by);
}

static int apply(struct kh_api_call *call, int (*fn)(struct kh_db *, void *), struct asked *a)
{
	kh_auto_record_faults struct kh_record_faults faults = {0};
	a->by = kh_records_by(call, &faults);
	int r = kh_store_write(call->server->store, fn, a);
	if (r < 0)
		kh_records_tell(call, &faults);
	return r < 0 ? r : kh_records_answer(call, a->reg, a->id);
}

int kh_route_record_create(struct kh_api_call *call)
{
	struct kh_scope unit = {0};
	struct asked a = {.fields = kh_call_json(call, "fields"), .once = kh_call_text(call, "once")};
	int r = kh_records_register(call, &a.reg);
	if (r == 0)
		r = kh_call_narrow(call, kh_call_text(call, "unit"), &unit);
	a.unit_id = unit.unit_id;
	return r < 0 ? r : apply(call, run_create, &a);
}

int kh_route_record_change(struct kh_api_call *call)
{
	struct asked a = {.fields = kh_call_json(call, "fields"), .version = kh_call_int(call, "version")};
	int r = kh_records_register(call, &a.reg);
	if (r == 0)
		r = named_id(call, &a.id);
	return r < 0 ? r : apply(call, run_change, &a);
}

int kh_route_record_move(struct kh_api_call *call)
{
	struct asked a = {.fields = kh_call_json(call, "fields"), .version = kh_call_int(call, "version"), .move = kh_call_text(call, "move"), .note = kh_call_text(call, "note")};
	int r = kh_records_register(call, &a.reg);
	if (r == 0)
		r = named_id(call, &a.id);
	return r < 0 ? r : apply(call, run_move, &a);
}
