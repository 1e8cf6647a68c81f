/* A dispatch on its way to many units. */
#include "server/task/task.h"

#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "server/posture/control.h"
#include "server/report/json.h"

#define DISPATCH (&kh_registers[KH_REGISTER_DISPATCH])
#define ANSWER (&kh_registers[KH_REGISTER_DISPATCH_ANSWER])
#define READING (&kh_registers[KH_REGISTER_READING])
#define TASK (&kh_registers[KH_REGISTER_TASK])

#define MAX_NAMED 1000

struct units {
	KH_ARRAY(int64_t) of;
};

static void add_unit(struct units *units, int64_t id)
{
	kh_array_each(&units->of, one)
		if (*one == id)
			return;
	(void)kh_array_push(&units->of, id);
}

static int add_below(struct kh_db *db, int64_t unit_id, struct units *units)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, "SELECT a.unit_id FROM unit_ancestor a JOIN unit u ON u.id = a.unit_id AND u.to_s IS NULL WHERE a.ancestor_id = ?1 ORDER BY a.unit_id", unit_id);
	while (kh_stmt_next(s, &r))
		add_unit(units, kh_stmt_int(s, 0));
	return r;
}

/* Only units of the user's: others do not exist. */
static int find_units(struct kh_db *db, const struct kh_dispatch_send *send, const struct kh_scope *scope, struct units *ret)
{
	const json_t *code = NULL;
	size_t i = 0;
	int r = 0;
	if (!json_is_array(send->units) || json_array_size(send->units) == 0 || json_array_size(send->units) > MAX_NAMED)
		return kh_fail(KH_E_INVALID_FIELD, "units: expected a list of codes of units");
	json_array_foreach(send->units, i, code) {
		struct kh_scope one = {0};
		if (!json_is_string(code))
			return kh_fail(KH_E_INVALID_FIELD, "units: expected a list of codes of units");
		r = kh_scope_narrow(db, scope, json_string_value(code), &one);
		if (r == 0 && send->below)
			r = add_below(db, one.unit_id, ret);
		if (r < 0)
			return r;
		add_unit(ret, one.unit_id);
	}
	return 0;
}

/* ---- rows of one unit ---- */

static int make_answer(struct kh_db *writer, const struct kh_dispatch_send *send, int64_t unit_id, const struct kh_record_by *by, struct kh_dispatch_sent *sent)
{
	int64_t there = 0, id = 0;
	kh_auto_json json_t *fields = json_pack("{s:I, s:s}", "dispatch", (json_int_t)send->dispatch, "due_on", send->due_on);
	int r = kh_db_int(writer, &there, "SELECT COUNT(*) FROM reg_dispatch_answer WHERE dispatch = ?1 AND unit_id = ?2", send->dispatch, unit_id);
	if (r < 0 || there)
		return r;
	sent->units++;
	return kh_record_create(writer, ANSWER, unit_id, fields, by, &id);
}

static int make_readings(struct kh_db *writer, const struct kh_dispatch_send *send, int64_t unit_id, const struct kh_record_by *by, struct kh_dispatch_sent *sent)
{
	struct units people = {0};
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(writer, &s,
			    "SELECT p.id FROM reg_staff p WHERE p.unit_id = ?1 AND p.state = 'active'"
			    " AND NOT EXISTS (SELECT 1 FROM reg_reading g WHERE g.dispatch = ?2 AND g.person = p.id) ORDER BY p.id",
			    unit_id, send->dispatch);
	while (kh_stmt_next(s, &r))
		(void)kh_array_push(&people.of, kh_stmt_int(s, 0));
	kh_array_each(&people.of, person) {
		int64_t id = 0;
		kh_auto_json json_t *fields = json_pack("{s:I, s:I, s:s}", "dispatch", (json_int_t)send->dispatch, "person", (json_int_t)*person, "due_on", send->due_on);
		r = r < 0 ? r : kh_record_create(writer, READING, unit_id, fields, by, &id);
		sent->readings++;
	}
	kh_array_done(&people.of);
	return r;
}

static int make_task(struct kh_db *writer, const struct kh_dispatch_send *send, int64_t unit_id, const struct kh_record_by *by, struct kh_dispatch_sent *sent)
{
	int64_t there = 0, id = 0;
	kh_auto_json json_t *fields = json_pack("{s:s, s:I, s:s}", "title", send->task, "dispatch", (json_int_t)send->dispatch, "due_on", send->due_on);
	if (send->control)
		kh_json_set_text(fields, "control", send->control);
	int r = kh_db_int(writer, &there, "SELECT COUNT(*) FROM reg_task WHERE dispatch = ?1 AND unit_id = ?2 AND title = ?3", send->dispatch, unit_id, send->task);
	if (r < 0 || there)
		return r;
	sent->tasks++;
	return kh_record_create(writer, TASK, unit_id, fields, by, &id);
}

static int send_to(struct kh_db *writer, const struct kh_dispatch_send *send, int64_t unit_id, const struct kh_record_by *by, struct kh_dispatch_sent *sent)
{
	int r = make_answer(writer, send, unit_id, by, sent);
	if (r == 0 && send->readings)
		r = make_readings(writer, send, unit_id, by, sent);
	return r < 0 || !send->task || !*send->task ? r : make_task(writer, send, unit_id, by, sent);
}

int kh_dispatch_send(struct kh_db *writer, const struct kh_dispatch_send *send, const struct kh_record_by *by, struct kh_dispatch_sent *ret)
{
	kh_auto_record struct kh_record dispatch = {0};
	struct units units = {0};
	*ret = (struct kh_dispatch_sent){0};
	if (send->control && *send->control && !kh_control_named(send->control))
		return kh_fail(KH_E_INVALID_FIELD, "control: there is no control of this name");
	int r = kh_record_get(writer, DISPATCH, send->dispatch, by->scope, &dispatch);
	if (r == 0)
		r = kh_record_may_change(writer, &dispatch, by);
	if (r == 0)
		r = find_units(writer, send, by->scope, &units);
	kh_array_each(&units.of, unit)
		r = r < 0 ? r : send_to(writer, send, *unit, by, ret);
	kh_array_done(&units.of);
	return r;
}
