/* The writing half of record.h. */
#include "server/register/record.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/time.h"
#include "base/utf8.h"
#include "server/audit/audit.h"
#include "server/posture/posture.h"
#include "server/register/field.h"
#include "server/register/history.h"
#include "server/register/reference.h"
#include "server/register/row.h"
#include "server/report/json.h"
#include "server/unit/change.h"

#include <inttypes.h>

/* One write on its way: the record as it will be, and what leads there. */
struct write {
	struct kh_db *db;
	const struct kh_record_by *by;
	enum kh_record_event what;
	const struct kh_register_move *move;
	const char *note;
	struct kh_record record;
	json_t *detail; /* {"field": [old, new]} */
	json_t *wrong;  /* names of fields of which a fault is told already */
	int first_error;
	char *first_detail;
};

static void write_done(struct write *w)
{
	kh_record_done(&w->record);
	json_decref(w->detail);
	json_decref(w->wrong);
	free(w->first_detail);
}

/* ---- what is wrong is told all at once ---- */

/* Notes the error that was just made; it stays the answer when it is the first. */
static void add_fault(struct write *w, const char *field, int error)
{
	if (field && json_object_get(w->wrong, field))
		return;
	if (field)
		kh_json_set(w->wrong, field, json_true());
	if (!w->first_error) {
		w->first_error = error;
		w->first_detail = kh_strdup(kh_fail_detail());
	}
	if (w->by->faults)
		(void)kh_array_push(&w->by->faults->of, ((struct kh_record_fault){kh_strdup(field), kh_strdup(kh_fail_detail())}));
}

static int faults(const struct write *w)
{
	return w->first_error ? kh_fail(w->first_error, "%s", w->first_detail) : 0;
}

/* The input is at fault, not the server: then the next field is looked at too. */
static bool is_fault(int r)
{
	return r < 0 && kh_error_info(r)->http_status < 500;
}

/* ---- who may ---- */

static bool is_code(const struct kh_record_by *by)
{
	return !by->scope;
}

static int check_right(const struct kh_record_by *by, unsigned right)
{
	return is_code(by) ? 0 : kh_record_check_right(by->rights, right);
}

/* A shared record of a unit above is read, never written. */
static int check_unit(struct kh_db *db, int64_t unit_id, const struct kh_record_by *by)
{
	return kh_record_check_unit(db, by->scope, unit_id);
}

/* ---- fields ---- */

static void set_value(struct write *w, const char *field, json_t *stored)
{
	const json_t *old = json_object_get(w->record.values, field);
	if (old && json_equal((json_t *)old, stored)) {
		json_decref(stored);
		return;
	}
	json_t *pair = json_array();
	kh_json_add(pair, old ? json_copy((json_t *)old) : json_null());
	kh_json_add(pair, json_copy(stored));
	kh_json_set(w->detail, field, pair);
	kh_json_set(w->record.values, field, stored);
}

static int take_field(struct write *w, const char *name, const json_t *value)
{
	const struct kh_register_field *field = kh_register_field(w->record.reg, name);
	char shown[64];
	json_t *stored = NULL, *present = NULL;
	if (!field) {
		kh_printable(shown, sizeof shown, name);
		return kh_fail(KH_E_INVALID_FIELD, "%s: unknown field", shown);
	}
	/* What was not touched is not looked at again: a reference may have gone out of reach since. */
	int r = kh_field_answer(w->db, field, json_object_get(w->record.values, name), &present);
	bool same = r == 0 && json_equal(present, (json_t *)value);
	json_decref(present);
	if (r < 0 || same)
		return r;
	if (field->set && !is_code(w->by))
		return kh_fail(KH_E_INVALID_FIELD, "%s: is filled in by the program", kh_field_label(field));
	r = kh_field_store(w->db, field, w->record.unit_id, value, &stored);
	if (r == 0)
		r = kh_field_check_when(field, stored, KH_MAX(w->by->now_s, w->by->present_s));
	if (r < 0) {
		json_decref(stored);
		return r;
	}
	set_value(w, name, stored);
	return 0;
}

static int take_fields(struct write *w, const json_t *fields)
{
	const char *name = NULL;
	json_t *value = NULL;
	if (fields && !json_is_object(fields))
		return kh_fail(KH_E_INVALID_FIELD, "fields: expected an object of fields and values");
	json_object_foreach((json_t *)fields, name, value) {
		int r = take_field(w, name, value);
		if (r < 0 && !is_fault(r))
			return r;
		if (r < 0)
			add_fault(w, name, r);
	}
	return 0;
}

static void check_filled(struct write *w, const struct kh_register_field *field)
{
	if (json_is_null(json_object_get(w->record.values, field->name)))
		add_fault(w, field->name, kh_fail(KH_E_INVALID_FIELD, "%s: is missing", kh_field_label(field)));
}

static void check_required(struct write *w)
{
	for (const struct kh_register_field *f = w->record.reg->fields; f->name; f++)
		if (f->required)
			check_filled(w, f);
}

static int check_unique(struct write *w)
{
	int r = 0;
	for (const struct kh_register_field *f = w->record.reg->fields; r == 0 && f->name; f++) {
		const json_t *value = json_object_get(w->record.values, f->name);
		int64_t others = 0;
		if (!f->unique || json_is_null(value) || !json_object_get(w->detail, f->name))
			continue;
		kh_auto_free char *sql = kh_format("SELECT COUNT(*) FROM reg_%s WHERE unit_id = ?1 AND %s = ?2 AND id <> ?3", w->record.reg->name, f->name);
		kh_auto_free char *words = NULL;
		r = kh_db_int(w->db, &others, sql, w->record.unit_id, kh_field_value(value), w->record.id);
		if (r == 0 && others)
			r = kh_field_words(w->db, f, value, &words);
		if (r == 0 && others)
			add_fault(w, f->name, kh_fail(KH_E_EXISTS, "%s: another record of the unit has \"%s\" already", kh_field_label(f), words));
	}
	return r;
}

static int check_rules(struct write *w)
{
	int r = 0;
	for (const struct kh_register_rule *rule = w->record.reg->rules; r == 0 && rule->sql; rule++) {
		int64_t broken = 0;
		if (*rule->in && !kh_register_lists(rule->in, w->record.state))
			continue;
		r = kh_db_int(w->db, &broken, rule->sql, w->record.id, w->by->now_s);
		if (r == 0 && broken)
			add_fault(w, NULL, kh_fail(KH_E_RECORD_RULE, "%s", rule->text[kh_language()]));
	}
	return r < 0 ? r : faults(w);
}

/* ---- what stands in the history and the audit log ---- */

/* "Ngày gửi, Ổ đĩa"; a move first. */
static char *what_changed(const struct write *w)
{
	struct kh_buf list = KH_BUF_INIT;
	const char *name = NULL;
	json_t *pair = NULL;
	if (w->move)
		kh_buf_add_item(&list, w->move->label[kh_language()]);
	json_object_foreach(w->detail, name, pair) {
		const struct kh_register_field *field = kh_register_field(w->record.reg, name);
		if (field)
			kh_buf_add_item(&list, kh_field_label(field));
	}
	return kh_buf_take(&list);
}

static int note_audit(const struct write *w)
{
	static const enum kh_audit_action actions[] = {
		[KH_RECORD_EVENT_CREATE] = KH_AUDIT_ACTION_RECORD_CREATE,
		[KH_RECORD_EVENT_CHANGE] = KH_AUDIT_ACTION_RECORD_CHANGE,
		[KH_RECORD_EVENT_MOVE] = KH_AUDIT_ACTION_RECORD_MOVE,
	};
	const struct kh_record *rec = &w->record;
	kh_auto_free char *label = NULL, *changed = w->what == KH_RECORD_EVENT_CREATE ? NULL : what_changed(w);
	int r = kh_record_label(w->db, rec->reg, rec->id, &label);
	if (r < 0)
		return r;
	kh_auto_free char *target = kh_format("%s/%" PRId64, rec->reg->name, rec->id), *detail = changed ? kh_format("%s: %s", label, changed) : kh_strdup(label);
	struct kh_audit entry = {.actor = w->by->actor, .unit_id = rec->unit_id, .action = actions[w->what], .target = target, .detail = detail};
	return kh_audit_append(w->db, &entry);
}

static int note_history(const struct write *w)
{
	struct kh_record_act act = {.what = w->what, .actor = w->by->actor, .now_s = w->by->now_s, .detail = w->detail,
				    .move = w->move ? w->move->name : NULL, .note = w->note};
	return kh_record_note(w->db, &w->record, &act);
}

static int save(struct kh_db *db, void *arg)
{
	(void)db;
	struct write *w = arg;
	int r = kh_record_row_write(w->db, &w->record);
	if (r == 0)
		r = check_rules(w);
	if (r == 0)
		r = note_history(w);
	if (r == 0)
		r = note_audit(w);
	return r < 0 || w->by->postures_later ? r : kh_posture_register_changed(w->db, w->record.unit_id, w->record.reg->name);
}

static void stamp(struct write *w)
{
	free(w->record.changed_by);
	w->record.changed_by = kh_strdup(w->by->actor);
	w->record.changed_s = w->by->now_s;
	w->record.version++;
}

/* Everything has been taken over into w->record. */
static int finish(struct write *w)
{
	check_required(w);
	int r = check_unique(w);
	if (r == 0)
		r = faults(w);
	if (r < 0)
		return r;
	stamp(w);
	return kh_db_atomic(w->db, save, w);
}

/* ---- creating ---- */

static int check_room(struct write *w)
{
	const struct kh_register *reg = w->record.reg;
	kh_auto_unit struct kh_unit unit = {0};
	int64_t present = 0;
	kh_auto_free char *sql = kh_format("SELECT COUNT(*) FROM reg_%s WHERE unit_id = ?1", reg->name);
	int r = kh_unit_get(w->db, w->record.unit_id, &unit);
	if (r == 0)
		r = kh_unit_check_alive(&unit);
	if (r == 0 && reg->one_per_unit)
		r = kh_db_int(w->db, &present, sql, w->record.unit_id);
	return r == 0 && present ? kh_fail(KH_E_EXISTS, "%s: the unit has one already", reg->label[kh_language()]) : r;
}

static void begin(struct write *w, const struct kh_register *reg, int64_t unit_id)
{
	w->record = (struct kh_record){
		.reg = reg, .unit_id = unit_id, .state = kh_strdup(reg->states[0].name), .state_s = w->by->now_s, .created_s = w->by->now_s,
		.created_by = kh_strdup(w->by->actor), .values = json_object()};
	for (const struct kh_register_field *f = reg->fields; f->name; f++)
		kh_json_set(w->record.values, f->name, json_null());
}

int kh_record_create(struct kh_db *writer, const struct kh_register *reg, int64_t unit_id, const json_t *fields, const struct kh_record_by *by, int64_t *ret_id)
{
	KH_CLEANUP(write_done) struct write w = {.db = writer, .by = by, .what = KH_RECORD_EVENT_CREATE, .detail = json_object(), .wrong = json_object()};
	begin(&w, reg, unit_id);
	int r = check_right(by, reg->write);
	if (r == 0)
		r = check_unit(writer, unit_id, by);
	if (r == 0)
		r = check_room(&w);
	if (r == 0)
		r = take_fields(&w, fields);
	if (r == 0)
		r = finish(&w);
	if (r == 0)
		*ret_id = w.record.id;
	return r;
}

/* ---- changing ---- */

static int open_record(struct write *w, const struct kh_register *reg, int64_t id)
{
	w->detail = json_object();
	w->wrong = json_object();
	return kh_record_get(w->db, reg, id, w->by->scope, &w->record);
}

static int check_version(const struct write *w, int64_t version)
{
	if (is_code(w->by) && version == KH_RECORD_ANY_VERSION)
		return 0;
	return version == w->record.version ? 0 : kh_record_stale(w->db, &w->record, version);
}

/* What changes nothing is allowed in a frozen record too: a file may be taken in again. */
int kh_record_change_told(struct kh_db *writer, const struct kh_register *reg, int64_t id, int64_t version, const json_t *fields, const struct kh_record_by *by,
			  bool *ret_changed)
{
	KH_CLEANUP(write_done) struct write w = {.db = writer, .by = by, .what = KH_RECORD_EVENT_CHANGE};
	int r = open_record(&w, reg, id);
	if (r == 0)
		r = check_right(by, reg->write);
	if (r == 0)
		r = check_unit(writer, w.record.unit_id, by);
	if (r == 0)
		r = check_version(&w, version);
	if (r == 0)
		r = take_fields(&w, fields);
	*ret_changed = json_object_size(w.detail) > 0 || w.first_error;
	if (r < 0 || !*ret_changed)
		return r;
	r = kh_record_may_change(writer, &w.record, by);
	return r < 0 ? r : finish(&w);
}

int kh_record_change(struct kh_db *writer, const struct kh_register *reg, int64_t id, int64_t version, const json_t *fields, const struct kh_record_by *by)
{
	bool changed = false;
	return kh_record_change_told(writer, reg, id, version, fields, by, &changed);
}

/* ---- moving on ---- */

static int check_proof(struct write *w)
{
	int r = 0;
	for (const char *const *kind = w->move->proof; r == 0 && *kind; kind++) {
		int64_t files = 0;
		r = kh_db_int(w->db, &files, "SELECT COUNT(*) FROM record_file WHERE register = ?1 AND record_id = ?2 AND kind = ?3 AND removed_s IS NULL",
			      w->record.reg->name, w->record.id, *kind);
		if (r == 0 && !files)
			add_fault(w, NULL, kh_fail(KH_E_PROOF_MISSING, "add a file of this kind: %s", kh_code_text(kh_codes_file_kind, *kind, kh_language())));
	}
	return r;
}

/* A date that is `now` is today's midnight in Viet Nam. */
static int set_field(struct write *w, const struct kh_register_set *set)
{
	const struct kh_register_field *field = kh_register_field(w->record.reg, set->field);
	if (set->actor) {
		set_value(w, set->field, kh_json_string(w->by->actor));
		return 0;
	}
	char day[KH_ISO_SIZE];
	kh_auto_json json_t *value = field->type == KH_FIELD_DATE ? json_string(kh_time_day(w->by->now_s, day)) : json_integer(w->by->now_s);
	json_t *stored = NULL;
	int r = kh_field_store(w->db, field, w->record.unit_id, value, &stored);
	if (r == 0)
		set_value(w, set->field, stored);
	return r;
}

static int take_move(struct write *w)
{
	int r = check_proof(w);
	for (const struct kh_register_set *set = w->move->sets; r == 0 && set->field; set++)
		r = set_field(w, set);
	for (const char *const *name = w->move->needs; r == 0 && *name; name++) {
		const struct kh_register_field *field = kh_register_field(w->record.reg, *name);
		if (!field->required)
			check_filled(w, field);
	}
	if (r < 0 || kh_streq(w->record.state, w->move->to))
		return r;
	kh_json_set(w->detail, "state", json_pack("[s, s]", w->record.state, w->move->to));
	free(w->record.state);
	w->record.state = kh_strdup(w->move->to);
	w->record.state_s = w->by->now_s;
	return 0;
}

/* What is frozen changes with a move only where the move asks for it. */
static int check_frozen(const struct write *w, const json_t *fields)
{
	const struct kh_register_state *state = kh_register_state(w->record.reg, w->record.state);
	const char *name = NULL;
	json_t *value = NULL;
	if (is_code(w->by) || !state || !state->frozen)
		return 0;
	json_object_foreach((json_t *)fields, name, value)
		if (!kh_register_lists(w->move->needs, name))
			return kh_fail(KH_E_RECORD_STATE, "nothing can be changed in the state \"%s\"", state->label[kh_language()]);
	return 0;
}

static int check_note(const char *note)
{
	size_t n = note ? strlen(note) : 0;
	return kh_utf8_valid_prefix(note ? note : "", n, KH_RECORD_MAX_NOTE) == n ? 0 : kh_fail(KH_E_TOO_LARGE, "note: longer than %d characters", KH_RECORD_MAX_NOTE);
}

static int find_move(const struct kh_register *reg, const char *name, const struct kh_register_move **ret)
{
	char shown[64];
	kh_printable(shown, sizeof shown, name);
	*ret = kh_register_move(reg, name);
	return *ret ? 0 : kh_fail(KH_E_INVALID_FIELD, "%s: no move of this register", shown);
}

int kh_record_move(struct kh_db *writer, const struct kh_register *reg, int64_t id, int64_t version, const char *move, const json_t *fields, const char *note,
		   const struct kh_record_by *by)
{
	KH_CLEANUP(write_done) struct write w = {.db = writer, .by = by, .what = KH_RECORD_EVENT_MOVE, .note = note};
	int r = open_record(&w, reg, id);
	if (r == 0)
		r = find_move(reg, move, &w.move);
	if (r == 0)
		r = check_right(by, w.move->right);
	if (r == 0)
		r = check_version(&w, version);
	if (r == 0)
		r = kh_record_may_move(writer, &w.record, w.move, by);
	if (r == 0)
		r = check_note(note);
	if (r == 0)
		r = check_frozen(&w, fields);
	if (r == 0)
		r = take_fields(&w, fields);
	if (r == 0)
		r = take_move(&w);
	return r < 0 ? r : finish(&w);
}

/* ---- many at once ---- */

void kh_record_units_add(struct kh_record_units *units, int64_t unit_id)
{
	kh_array_each(&units->of, known)
		if (*known == unit_id)
			return;
	(void)kh_array_push(&units->of, unit_id);
}

int kh_record_units_postures(struct kh_db *writer, const struct kh_register *reg, const struct kh_record_units *units)
{
	int r = 0;
	kh_array_each(&units->of, unit)
		r = r < 0 ? r : kh_posture_register_changed(writer, *unit, reg->name);
	return r;
}

void kh_record_units_done(struct kh_record_units *units)
{
	kh_array_done(&units->of);
}
