/* Reporting, suspending, releasing. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "server/incident/inside.h"
#include "server/register/reference.h"
#include "server/report/json.h"

#define STEP (&kh_registers[KH_REGISTER_INCIDENT_STEP])
#define DEVICE (&kh_registers[KH_REGISTER_DEVICE])
#define SECRET_TITLE "Lộ, mất bí mật nhà nước" /* the rule of the register repeats it */

int kh_incident_step(struct kh_db *writer, const struct kh_record *incident, const char *act, const char *what, const struct kh_record_by *by)
{
	struct kh_record_by code = kh_record_by_code(by);
	kh_auto_json json_t *fields = json_pack("{s:I, s:I, s:s}", "incident", (json_int_t)incident->id, "at_s", (json_int_t)by->now_s, "act", act);
	int64_t id = 0;
	kh_json_set_text(fields, "what", what);
	kh_json_set_text(fields, "who", by->actor);
	return kh_record_create(writer, STEP, incident->unit_id, fields, &code, &id);
}

/* ---- reporting ---- */

static void set_given(json_t *fields, const char *name, const char *text)
{
	if (text && *text)
		kh_json_set_text(fields, name, text);
}

/* The device that is this machine, where the unit's register of devices, or that of one below, knows it; 0: none does. */
static int device_of_machine(struct kh_db *db, int64_t endpoint, int64_t unit_id, int64_t *ret)
{
	return kh_db_int(db, ret,
			 "SELECT d.id FROM reg_device d JOIN unit_ancestor a ON a.unit_id = d.unit_id AND a.ancestor_id = ?2 WHERE d.endpoint = ?1 AND d.state <> 'disposed' ORDER BY d.id LIMIT 1",
			 endpoint, unit_id);
}

static int set_machine(struct kh_db *writer, const struct kh_incident_new *incident, json_t *fields)
{
	kh_auto_json json_t *named = json_string(incident->machine);
	int64_t endpoint = 0, device = 0;
	int r = kh_reference_find(writer, "endpoint", incident->unit_id, named, &endpoint);
	if (r == 0)
		r = device_of_machine(writer, endpoint, incident->unit_id, &device);
	if (r < 0)
		return r;
	kh_json_set_int(fields, "endpoint", endpoint);
	if (device)
		kh_json_set_int(fields, "device", device);
	return 0;
}

static int set_what(struct kh_db *writer, const struct kh_incident_new *incident, json_t *fields)
{
	if (kh_streq(incident->group, "secret_leak")) {
		kh_json_set_text(fields, "title", SECRET_TITLE);
		return 0;
	}
	kh_json_set_text(fields, "title", incident->title);
	set_given(fields, "text", incident->text);
	return incident->machine && *incident->machine ? set_machine(writer, incident, fields) : 0;
}

static int note_found(struct kh_db *writer, int64_t id, const struct kh_record_by *by)
{
	kh_auto_record struct kh_record record = {0};
	int r = kh_record_get(writer, KH_INCIDENT, id, NULL, &record);
	return r < 0 ? r : kh_incident_step(writer, &record, "found", "Báo sự cố trên Khiên", by);
}

int kh_incident_report(struct kh_db *writer, const struct kh_incident_rules *rules, const struct kh_incident_new *incident, const struct kh_record_by *by, int64_t *ret_id)
{
	struct kh_record_by code = kh_record_by_code(by);
	kh_auto_json json_t *fields = json_pack("{s:s, s:s, s:I}", "group_of", incident->group, "severity", incident->severity, "t0_s", (json_int_t)incident->t0_s);
	int64_t id = 0;
	if (incident->personal_data)
		kh_json_set(fields, "personal_data", json_boolean(*incident->personal_data));
	set_given(fields, "reporter", incident->reporter);
	set_given(fields, "reporter_contact", incident->contact);
	int r = set_what(writer, incident, fields);
	if (r == 0)
		r = kh_record_create(writer, KH_INCIDENT, incident->unit_id, fields, &code, &id);
	if (r == 0)
		r = note_found(writer, id, by);
	if (r == 0)
		r = kh_incident_follow(writer, rules, id, by->now_s);
	if (r == 0)
		*ret_id = id;
	return r;
}

/* ---- suspending ---- */

/* The incident's own device, or the one that is its machine. */
static int device_of(struct kh_db *db, const struct kh_record *incident, int64_t *ret)
{
	*ret = kh_record_int(incident, "device");
	if (*ret)
		return 0;
	return device_of_machine(db, kh_record_int(incident, "endpoint"), incident->unit_id, ret);
}

static int suspend_device(struct kh_db *writer, int64_t device, const struct kh_record_by *by)
{
	kh_auto_free char *state = NULL;
	int r = kh_db_text(writer, &state, "SELECT state FROM reg_device WHERE id = ?1", device);
	return r < 0 || !state || !kh_streq(state, "in_use") ? r : kh_record_move(writer, DEVICE, device, KH_RECORD_ANY_VERSION, "suspend", NULL, NULL, by);
}

static int read_open(struct kh_db *writer, int64_t id, const struct kh_record_by *by, struct kh_record *ret)
{
	int r = kh_record_get(writer, KH_INCIDENT, id, by->scope, ret);
	return r < 0 ? r : kh_record_may_change(writer, ret, by);
}

static int mark_suspended(struct kh_db *writer, const struct kh_record *incident, int64_t device, const struct kh_record_by *by)
{
	kh_auto_json json_t *fields = json_pack("{s:I, s:s}", "suspended_s", (json_int_t)by->now_s, "suspended_by", by->actor);
	if (device)
		kh_json_set_int(fields, "device", device);
	return kh_record_change(writer, KH_INCIDENT, incident->id, KH_RECORD_ANY_VERSION, fields, by);
}

int kh_incident_suspend(struct kh_db *writer, int64_t id, const struct kh_record_by *by)
{
	kh_auto_record struct kh_record incident = {0};
	struct kh_record_by code = kh_record_by_code(by);
	int64_t device = 0;
	int r = read_open(writer, id, by, &incident);
	if (r < 0)
		return r;
	int64_t endpoint = kh_record_int(&incident, "endpoint");
	if (kh_record_int(&incident, "suspended_s") && !kh_record_int(&incident, "released_s"))
		return kh_fail(KH_E_RECORD_STATE, "the device is suspended already");
	if (kh_record_int(&incident, "released_s"))
		return kh_fail(KH_E_RECORD_STATE, "the device was suspended and released already; report a new incident");
	r = device_of(writer, &incident, &device);
	if (r == 0 && !device && !endpoint)
		return kh_fail(KH_E_RECORD_STATE, "the incident names no machine and no device");
	if (r == 0)
		r = mark_suspended(writer, &incident, device, &code);
	if (r == 0 && device)
		r = suspend_device(writer, device, &code);
	if (r < 0)
		return r;
	return endpoint ? kh_incident_isolate(writer, &incident, &code) : kh_incident_step(writer, &incident, "isolate", "Tạm ngưng thiết bị", &code);
}

/* ---- releasing ---- */

static int passed_since(struct kh_db *db, int64_t device, int64_t suspended_s)
{
	int64_t passed = 0;
	int r = kh_db_int(db, &passed, "SELECT COUNT(*) FROM reg_device_check WHERE device = ?1 AND state = 'passed' AND state_s >= ?2", device, suspended_s);
	return r == 0 && !passed ? kh_fail(KH_E_RECORD_RULE, "no check of the device was passed since it was suspended") : r;
}

static int release_device(struct kh_db *writer, int64_t device, const struct kh_record_by *by)
{
	kh_auto_free char *state = NULL;
	int r = kh_db_text(writer, &state, "SELECT state FROM reg_device WHERE id = ?1", device);
	return r < 0 || !state || !kh_streq(state, "suspended") ? r : kh_record_move(writer, DEVICE, device, KH_RECORD_ANY_VERSION, "release", NULL, NULL, by);
}

int kh_incident_release(struct kh_db *writer, int64_t id, const struct kh_record_by *by)
{
	kh_auto_record struct kh_record incident = {0};
	struct kh_record_by code = kh_record_by_code(by);
	int r = read_open(writer, id, by, &incident);
	if (r < 0)
		return r;
	int64_t device = kh_record_int(&incident, "device"), suspended_s = kh_record_int(&incident, "suspended_s");
	if (!suspended_s || kh_record_int(&incident, "released_s"))
		return kh_fail(KH_E_RECORD_STATE, "the device is not suspended");
	if (!device)
		return kh_fail(KH_E_RECORD_RULE, "enter the machine in the register of devices and its check; then it can be released");
	r = passed_since(writer, device, suspended_s);
	if (r == 0)
		r = release_device(writer, device, &code);
	kh_auto_json json_t *fields = json_pack("{s:I}", "released_s", (json_int_t)by->now_s);
	if (r == 0)
		r = kh_record_change(writer, KH_INCIDENT, id, KH_RECORD_ANY_VERSION, fields, &code);
	if (r == 0)
		r = kh_incident_step(writer, &incident, "recover", "Kiểm tra đạt, cho dùng lại", &code);
	return r < 0 ? r : kh_incident_follow_isolation(writer, id, &code);
}
