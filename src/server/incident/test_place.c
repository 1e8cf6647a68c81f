#include "server/incident/test_place.h"

#include "server/alert/alert.h"
#include "server/pack_names.h"
#include "server/unit/unit.h"

int64_t tinh, xa_a, truong_a, ca_tinh, ca_xa;
struct kh_law law;
struct kh_incident_routes routes;
const struct kh_incident_rules rules = {&law, &routes};

static int police_line(struct kh_db *db, void *arg)
{
	(void)arg;
	int r = kh_unit_move(db, ca_xa, KH_LINE_POLICE, ca_tinh, &(struct kh_unit_by){"test", 1000, 0});
	return r < 0 ? r : kh_unit_move(db, xa_a, KH_LINE_POLICE, ca_xa, &(struct kh_unit_by){"test", 1000, 0});
}

int setup(void **state)
{
	int r = kh_test_store_setup(state);
	struct kh_test_store *t = *state;
	tinh = kh_test_unit(t, "tinh", 0);
	xa_a = kh_test_unit(t, "xa-a", tinh);
	truong_a = kh_test_unit(t, "truong-a", xa_a);
	ca_tinh = kh_test_unit(t, "ca-tinh", 0);
	ca_xa = kh_test_unit(t, "ca-xa", ca_tinh);
	assert_int_equal(kh_store_write(t->store, police_line, NULL), 0);
	kh_test_sql(t, "INSERT INTO endpoint(id, uid, unit_id, hostname, hostname_fold, role, os, state, fingerprint, agent_version, address, enrolled_s, seen_s, clock_offset_s)"
		       " SELECT id, 'uid-' || code, id, 'may-' || code, 'may', 'internal', 'Debian 12', 'active', '', '', '', 0, 0, 0 FROM unit");
	return r;
}

int group_setup(void **state)
{
	(void)state;
	kh_auto_free char *packs = kh_format("%s/packs", getenv("KHIEN_SOURCE"));
	kh_pack_names_from(packs);
	kh_auto_free char *law_dir = kh_format("%s/packs/law", getenv("KHIEN_SOURCE")), *path = kh_format("%s/packs/routes/incident.yaml", getenv("KHIEN_SOURCE"));
	return kh_law_load(law_dir, &law) < 0 || kh_incident_routes_load(path, &routes) < 0 ? -1 : 0;
}

int group_teardown(void **state)
{
	(void)state;
	kh_law_done(&law);
	kh_incident_routes_done(&routes);
	return 0;
}

/* ---- acting on the writer ---- */

static int run(struct kh_db *writer, void *arg)
{
	struct doing *d = arg;
	struct kh_record_by by = {.actor = "can-bo", .now_s = d->now_s};
	switch (d->what) {
	case REPORT: return kh_incident_report(writer, &rules, &d->incident, &by, &d->id);
	case FOLLOW: return kh_incident_follow(writer, &rules, d->id, d->now_s);
	case ATTEND: return kh_incidents_attend(writer, &rules, d->now_s, &d->apart);
	case WATCH: return kh_alerts_watch(writer, &(struct kh_alert_policy){900, 14400, 86400, NULL}, d->now_s, &d->apart);
	case SUSPEND: return kh_incident_suspend(writer, d->id, &by);
	case RELEASE: return kh_incident_release(writer, d->id, &by);
	case CREATE: return kh_record_create(writer, d->reg, d->unit_id, d->fields, &by, &d->id);
	case CHANGE: return kh_record_change(writer, d->reg, d->id, KH_RECORD_ANY_VERSION, d->fields, &by);
	default: return kh_record_move(writer, d->reg, d->id, KH_RECORD_ANY_VERSION, d->move, d->fields, NULL, &by);
	}
}

int act(struct kh_test_store *t, struct doing *d)
{
	int r = kh_store_write(t->store, run, d);
	json_decref(d->fields);
	d->fields = NULL;
	return r < 0 ? r : kh_apart_result(&d->apart);
}

int64_t report(struct kh_test_store *t, const char *group, const char *severity, bool personal_data)
{
	struct doing d = {.what = REPORT, .now_s = T0 + 60,
			  .incident = {.unit_id = xa_a, .t0_s = T0, .title = "Máy bị mã hóa", .text = "Mở thư lạ", .group = group, .severity = severity, .machine = "uid-xa-a", .personal_data = &personal_data}};
	assert_int_equal(act(t, &d), 0);
	return d.id;
}

int64_t due_of(struct kh_test_store *t, int64_t id, const char *route)
{
	kh_auto_free char *sql = kh_format("SELECT due_s FROM reg_incident_report WHERE incident = %lld AND route = '%s' AND state = 'due'", (long long)id, route);
	int64_t due = 0;
	assert_int_equal(kh_db_int(t->db, &due, sql), 0);
	return due;
}

int64_t number_of(struct kh_test_store *t, const char *format, int64_t id)
{
	kh_auto_free char *sql = kh_format(format, (long long)id);
	return kh_test_number(t, sql);
}

int64_t device(struct kh_test_store *t)
{
	struct doing d = {.what = CREATE, .reg = &kh_registers[KH_REGISTER_DEVICE], .unit_id = xa_a, .now_s = T0 - 1000,
			  .fields = json_pack("{s:s, s:s, s:s, s:s}", "name", "Máy văn thư", "kind", "computer", "purpose", "office", "endpoint", "uid-xa-a")};
	assert_int_equal(act(t, &d), 0);
	return d.id;
}

void check_device(struct kh_test_store *t, int64_t device_id, const char *number, int64_t now_s)
{
	const struct kh_register *reg = &kh_registers[KH_REGISTER_DEVICE_CHECK];
	struct doing d = {.what = CREATE, .reg = reg, .unit_id = xa_a, .now_s = now_s,
			  .fields = json_pack("{s:s, s:I, s:s, s:s, s:b}", "number", number, "device", (json_int_t)device_id, "checked_on", "2026-11-18", "checker", "Người kiểm tra", "by_police", 1)};
	assert_int_equal(act(t, &d), 0);
	assert_int_equal(act(t, &(struct doing){.what = MOVE, .reg = reg, .id = d.id, .move = "pass", .now_s = now_s}), 0);
}
