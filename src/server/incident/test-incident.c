#include "server/incident/incident.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "server/pack_names.h"
#include "server/register/list.h"
#include "server/alert/alert.h"
#include "server/order/order.h"
#include "server/register/proof.h"
#include "server/report/data.h"
#include "server/report/json.h"
#include "server/test_store.h"

#define T0 INT64_C(1795000000) /* 18 November 2026: Decree 331 is in force */
#define HOUR INT64_C(3600)

/* tinh ── xa-a ── truong-a, and on the police line ca-tinh ── ca-xa ── xa-a */
static int64_t tinh, xa_a, truong_a, ca_tinh, ca_xa;
static struct kh_law law;
static struct kh_incident_routes routes;
static const struct kh_incident_rules rules = {&law, &routes};

static int police_line(struct kh_db *db, void *arg)
{
	(void)arg;
	int r = kh_unit_move(db, ca_xa, KH_LINE_POLICE, ca_tinh, &(struct kh_unit_by){"test", 1000, 0});
	return r < 0 ? r : kh_unit_move(db, xa_a, KH_LINE_POLICE, ca_xa, &(struct kh_unit_by){"test", 1000, 0});
}

static int setup(void **state)
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

static int group_setup(void **state)
{
	(void)state;
	kh_auto_free char *packs = kh_format("%s/packs", getenv("KHIEN_SOURCE"));
	kh_pack_names_from(packs);
	kh_auto_free char *law_dir = kh_format("%s/packs/law", getenv("KHIEN_SOURCE")), *path = kh_format("%s/packs/routes/incident.yaml", getenv("KHIEN_SOURCE"));
	return kh_law_load(law_dir, &law) < 0 || kh_incident_routes_load(path, &routes) < 0 ? -1 : 0;
}

static int group_teardown(void **state)
{
	(void)state;
	kh_law_done(&law);
	kh_incident_routes_done(&routes);
	return 0;
}

/* ---- acting on the writer ---- */

struct doing {
	struct kh_incident_new incident;
	enum { REPORT, FOLLOW, ATTEND, WATCH, SUSPEND, RELEASE, CREATE, CHANGE, MOVE } what;
	const struct kh_register *reg;
	const char *move;
	json_t *fields;
	int64_t unit_id, id, now_s;
	struct kh_apart apart;
};

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

static int act(struct kh_test_store *t, struct doing *d)
{
	int r = kh_store_write(t->store, run, d);
	json_decref(d->fields);
	d->fields = NULL;
	return r < 0 ? r : kh_apart_result(&d->apart);
}

static int64_t report(struct kh_test_store *t, const char *group, const char *severity, bool personal_data)
{
	struct doing d = {.what = REPORT, .now_s = T0 + 60,
			  .incident = {.unit_id = xa_a, .t0_s = T0, .title = "Máy bị mã hóa", .text = "Mở thư lạ", .group = group, .severity = severity, .machine = "uid-xa-a", .personal_data = &personal_data}};
	assert_int_equal(act(t, &d), 0);
	return d.id;
}

static int64_t due_of(struct kh_test_store *t, int64_t id, const char *route)
{
	kh_auto_free char *sql = kh_format("SELECT due_s FROM reg_incident_report WHERE incident = %lld AND route = '%s' AND state = 'due'", (long long)id, route);
	int64_t due = 0;
	assert_int_equal(kh_db_int(t->db, &due, sql), 0);
	return due;
}

static int64_t number_of(struct kh_test_store *t, const char *format, int64_t id)
{
	kh_auto_free char *sql = kh_format(format, (long long)id);
	return kh_test_number(t, sql);
}

/* ---- clocks ---- */

static void the_earliest_clock_wins(void **state)
{
	struct kh_test_store *t = *state;
	int64_t id = report(t, "malware", "serious", true);
	assert_int_equal(due_of(t, id, "superior_at_once"), T0 + HOUR);
	assert_int_equal(due_of(t, id, "specialised_first"), T0 + 24 * HOUR);
	assert_int_equal(due_of(t, id, "specialised_full"), T0 + 72 * HOUR);
	assert_int_equal(due_of(t, id, "personal_data"), T0 + 72 * HOUR);
	assert_int_equal(due_of(t, id, "police_at_once"), 0);
	assert_int_equal(number_of(t, "SELECT report_by_s FROM reg_incident WHERE id = %lld", id), T0 + HOUR);
	assert_int_equal(number_of(t, "SELECT COUNT(*) FROM reg_incident_step WHERE incident = %lld AND act = 'found'", id), 1);
}

/* People read what packs/routes and packs/law call them, not their ids. */
static void a_row_is_told_by_the_names_of_its_route_and_rule(void **state)
{
	struct kh_test_store *t = *state;
	kh_auto_record struct kh_record record = {0};
	kh_auto_json json_t *o = json_object();
	int64_t id = report(t, "malware", "serious", false);
	int64_t row = number_of(t, "SELECT id FROM reg_incident_report WHERE route = 'specialised_first' AND incident = %lld", id);
	assert_int_equal(kh_record_get(t->db, &kh_registers[KH_REGISTER_INCIDENT_REPORT], row, NULL, &record), 0);
	kh_language_use(KH_VI);
	int r = kh_data_record(t->db, &record, o);
	kh_language_use(KH_EN);
	assert_int_equal(r, 0);
	assert_string_equal(json_string_value(json_object_get(o, "route")), "Cơ quan chuyên trách của Bộ Công an (Công an tỉnh, phòng An ninh mạng)");
	assert_string_equal(json_string_value(json_object_get(o, "rule")), "Thông báo ban đầu về sự cố nghiêm trọng trong 24 giờ");
}

/* Left open is not "no": the clock of personal data does not run, and nobody has denied that it should. */
static void what_was_not_said_of_personal_data_stays_open(void **state)
{
	struct kh_test_store *t = *state;
	struct doing d = {.what = REPORT, .now_s = T0 + 60, .incident = {.unit_id = xa_a, .t0_s = T0, .title = "Lộ tệp", .group = "leak", .severity = "low"}};
	assert_int_equal(act(t, &d), 0);
	assert_int_equal(number_of(t, "SELECT COUNT(*) FROM reg_incident WHERE id = %lld AND personal_data IS NULL", d.id), 1);
	assert_int_equal(number_of(t, "SELECT COUNT(*) FROM reg_incident WHERE id = %lld AND personal_data = 0", report(t, "leak", "low", false)), 1);
}

static void lines_lead_to_the_superiors(void **state)
{
	struct kh_test_store *t = *state;
	int64_t id = report(t, "malware", "critical", false);
	assert_int_equal(number_of(t, "SELECT COUNT(*) FROM reg_incident_report WHERE incident = %lld AND route = 'superior_at_once' AND to_whom = 'tinh'", id), 1);
	assert_int_equal(number_of(t, "SELECT COUNT(*) FROM reg_incident_report WHERE incident = %lld AND route = 'police_at_once' AND to_whom = 'ca-xa'", id), 1);
	assert_int_equal(number_of(t, "SELECT COUNT(*) FROM reg_incident_report WHERE incident = %lld AND route = 'specialised_full' AND to_whom = 'ca-tinh'", id), 1);
}

static void the_law_of_the_day_decides(void **state)
{
	struct kh_test_store *t = *state;
	/* 1 March 2026: before Decree 331; the local rule of 2024 and the law on personal data stand. */
	struct doing d = {.what = REPORT, .now_s = INT64_C(1772300000), .incident = {.unit_id = xa_a, .t0_s = INT64_C(1772300000), .title = "Cũ", .group = "leak", .severity = "critical", .personal_data = &(const bool){true}}};
	assert_int_equal(act(t, &d), 0);
	assert_int_equal(number_of(t, "SELECT COUNT(*) FROM reg_incident_report WHERE incident = %lld", d.id), 2);
	assert_true(due_of(t, d.id, "superior_at_once") && due_of(t, d.id, "personal_data"));
}

static void the_rows_follow_the_incident(void **state)
{
	struct kh_test_store *t = *state;
	int64_t id = report(t, "malware", "serious", false);
	struct doing change = {.what = CHANGE, .reg = KH_INCIDENT, .id = id, .now_s = T0 + 100, .fields = json_pack("{s:s, s:I}", "severity", "low", "t0_s", (json_int_t)(T0 - HOUR))};
	assert_int_equal(act(t, &change), 0);
	assert_int_equal(act(t, &(struct doing){.what = ATTEND, .now_s = T0 + 101}), 0);
	assert_int_equal(due_of(t, id, "specialised_full"), T0 + 71 * HOUR);
	assert_int_equal(due_of(t, id, "specialised_first"), 0);
	assert_int_equal(number_of(t, "SELECT COUNT(*) FROM reg_incident_report WHERE incident = %lld AND state = 'not_needed'", id), 1);
	int64_t changes = kh_test_number(t, "SELECT COUNT(*) FROM record_change");
	assert_int_equal(act(t, &(struct doing){.what = ATTEND, .now_s = T0 + 200}), 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM record_change"), changes);
}

static void what_was_sent_is_in_the_timeline(void **state)
{
	struct kh_test_store *t = *state;
	int64_t id = report(t, "malware", "low", false);
	struct doing send = {.what = MOVE, .reg = &kh_registers[KH_REGISTER_INCIDENT_REPORT], .move = "send", .now_s = T0 + 600,
			     .id = number_of(t, "SELECT id FROM reg_incident_report WHERE incident = %lld AND route = 'superior_at_once'", id),
			     .fields = json_pack("{s:I, s:s}", "sent_s", (json_int_t)(T0 + 500), "channel", "phone")};
	assert_int_equal(act(t, &send), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(act(t, &(struct doing){.what = ATTEND, .now_s = T0 + 700}), 0);
	assert_int_equal(number_of(t, "SELECT COUNT(*) FROM reg_incident_step WHERE incident = %lld AND act = 'reported'", id), 1);
	assert_int_equal(number_of(t, "SELECT reported_s FROM reg_incident WHERE id = %lld", id), T0 + 500);
	send.id = number_of(t, "SELECT MIN(id) FROM reg_incident_report WHERE incident = %lld AND state = 'due'", id);
	send.now_s = T0 + 900;
	send.fields = json_pack("{s:I, s:s}", "sent_s", (json_int_t)(T0 + 800), "channel", "phone");
	assert_int_equal(act(t, &send), 0);
	assert_int_equal(act(t, &(struct doing){.what = ATTEND, .now_s = T0 + 1000}), 0);
	assert_int_equal(number_of(t, "SELECT COUNT(*) FROM reg_incident_step WHERE incident = %lld AND act = 'reported'", id), 2);
	assert_int_equal(number_of(t, "SELECT reported_s FROM reg_incident WHERE id = %lld", id), T0 + 500); /* the first that was sent */
}

/* ---- state secrets ---- */

static void of_leaked_secrets_nothing_else_is_kept(void **state)
{
	struct kh_test_store *t = *state;
	int64_t id = report(t, "secret_leak", "serious", false);
	assert_int_equal(number_of(t, "SELECT COUNT(*) FROM reg_incident WHERE id = %lld AND title = 'Lộ, mất bí mật nhà nước' AND text IS NULL AND endpoint IS NULL", id), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM record_change WHERE detail LIKE '%Mở thư lạ%' OR detail LIKE '%Máy bị%'"), 0);
	assert_int_equal(number_of(t, "SELECT COUNT(*) FROM reg_incident_report WHERE incident = %lld", id), 1);
	struct doing told = {.what = CHANGE, .reg = KH_INCIDENT, .id = id, .now_s = T0 + 100, .fields = json_pack("{s:s}", "text", "Văn bản số 1")};
	assert_int_equal(act(t, &told), KH_E_RECORD_RULE);
	kh_auto_record struct kh_record record = {0};
	json_t *form = NULL;
	assert_int_equal(kh_record_get(t->db, KH_INCIDENT, id, NULL, &record), 0);
	assert_int_equal(kh_incident_form(t->db, &record, T0 + 200, &form), 0);
	assert_int_equal(json_array_size(json_object_get(form, "fields")), 5);
	json_decref(form);
	struct doing close = {.what = MOVE, .reg = KH_INCIDENT, .id = id, .move = "close_paper", .now_s = T0 + 300, .fields = json_pack("{s:s}", "paper", "15/BC")};
	assert_int_equal(act(t, &close), 0);
}

/* ---- suspending ---- */

#define IN_STATE(isolation_) "SELECT COUNT(*) FROM reg_incident WHERE id = %lld AND isolation = '" isolation_ "'"

static int64_t device(struct kh_test_store *t)
{
	struct doing d = {.what = CREATE, .reg = &kh_registers[KH_REGISTER_DEVICE], .unit_id = xa_a, .now_s = T0 - 1000,
			  .fields = json_pack("{s:s, s:s, s:s, s:s}", "name", "Máy văn thư", "kind", "computer", "purpose", "office", "endpoint", "uid-xa-a")};
	assert_int_equal(act(t, &d), 0);
	return d.id;
}

static void check_device(struct kh_test_store *t, int64_t device_id, const char *number, int64_t now_s)
{
	const struct kh_register *reg = &kh_registers[KH_REGISTER_DEVICE_CHECK];
	struct doing d = {.what = CREATE, .reg = reg, .unit_id = xa_a, .now_s = now_s,
			  .fields = json_pack("{s:s, s:I, s:s, s:s, s:b}", "number", number, "device", (json_int_t)device_id, "checked_on", "2026-11-18", "checker", "Người kiểm tra", "by_police", 1)};
	assert_int_equal(act(t, &d), 0);
	assert_int_equal(act(t, &(struct doing){.what = MOVE, .reg = reg, .id = d.id, .move = "pass", .now_s = now_s}), 0);
}

static void release_wants_a_check_that_was_passed_since(void **state)
{
	struct kh_test_store *t = *state;
	const struct kh_register *reg = &kh_registers[KH_REGISTER_DEVICE];
	int64_t pc = device(t);
	check_device(t, pc, "K-1", T0 - 500);
	assert_int_equal(act(t, &(struct doing){.what = MOVE, .reg = reg, .id = pc, .move = "put_to_use", .now_s = T0 - 400}), 0);
	int64_t id = report(t, "malware", "serious", false);
	assert_int_equal(act(t, &(struct doing){.what = RELEASE, .id = id, .now_s = T0 + 100}), KH_E_RECORD_STATE);
	assert_int_equal(act(t, &(struct doing){.what = SUSPEND, .id = id, .now_s = T0 + 100}), 0);
	assert_int_equal(act(t, &(struct doing){.what = SUSPEND, .id = id, .now_s = T0 + 101}), KH_E_RECORD_STATE);
	assert_int_equal(number_of(t, "SELECT COUNT(*) FROM reg_device WHERE id = %lld AND state = 'suspended'", pc), 1);
	assert_int_equal(number_of(t, IN_STATE("ordered"), id), 1);
	/* The check from before does not count, by either door. */
	assert_int_equal(act(t, &(struct doing){.what = RELEASE, .id = id, .now_s = T0 + 200}), KH_E_RECORD_RULE);
	assert_int_equal(act(t, &(struct doing){.what = MOVE, .reg = reg, .id = pc, .move = "release", .now_s = T0 + 200}), KH_E_RECORD_RULE);
	check_device(t, pc, "K-2", T0 + 300);
	assert_int_equal(act(t, &(struct doing){.what = RELEASE, .id = id, .now_s = T0 + 400}), 0);
	assert_int_equal(number_of(t, "SELECT COUNT(*) FROM reg_device WHERE id = %lld AND state = 'in_use'", pc), 1);
	assert_int_equal(number_of(t, "SELECT released_s FROM reg_incident WHERE id = %lld", id), T0 + 400);
}

/* ---- the machine cut off ---- */

#define TASKS "SELECT COUNT(*) FROM reg_task WHERE title LIKE 'Ngắt máy may-xa-a%' AND priority = 'urgent'"
#define STEPS "SELECT COUNT(*) FROM reg_incident_step WHERE incident = %lld AND what LIKE "

static void agent_says(struct kh_test_store *t, const char *kind, const char *state, const char *reason)
{
	kh_auto_free char *sql = kh_format("UPDATE endpoint_order SET state = '%s', result = '{\"reason\":%s}' WHERE kind = '%s' AND state = 'waiting'", state, reason, kind);
	kh_test_sql(t, sql);
}

static int64_t suspended(struct kh_test_store *t)
{
	int64_t pc = device(t), id = report(t, "malware", "serious", false);
	check_device(t, pc, "K-1", T0 - 500);
	assert_int_equal(act(t, &(struct doing){.what = SUSPEND, .id = id, .now_s = T0 + 100}), 0);
	return id;
}

static void follow(struct kh_test_store *t, int64_t now_s)
{
	assert_int_equal(act(t, &(struct doing){.what = ATTEND, .now_s = now_s}), 0);
}

static void an_agent_is_ordered_and_people_only_where_it_is_silent(void **state)
{
	struct kh_test_store *t = *state;
	kh_test_sql(t, "UPDATE endpoint SET seen_s = 1795000000");
	int64_t id = suspended(t);
	assert_int_equal(number_of(t, IN_STATE("ordered"), id), 1);
	assert_int_equal(number_of(t, "SELECT COUNT(*) FROM endpoint_order o JOIN reg_incident i ON i.isolation_order = o.id WHERE i.id = %lld AND o.kind = 'isolate' AND o.expires_s > o.created_s + 300 * 86400", id), 1);
	assert_int_equal(kh_test_number(t, TASKS), 0);
	agent_says(t, "isolate", "done", "null");
	follow(t, T0 + 200);
	assert_int_equal(number_of(t, IN_STATE("isolated"), id), 1);
	follow(t, T0 + 300);
	assert_int_equal(number_of(t, STEPS "'Máy đã bị cách ly%%'", id), 1);
	assert_int_equal(kh_test_number(t, TASKS), 0);
}

static void a_silent_machine_gets_both(void **state)
{
	struct kh_test_store *t = *state;
	int64_t id = suspended(t);
	assert_int_equal(number_of(t, IN_STATE("ordered"), id), 1);
	assert_int_equal(kh_test_number(t, TASKS), 1);
}

static void a_machine_without_an_agent_is_for_people(void **state)
{
	struct kh_test_store *t = *state;
	kh_test_sql(t, "UPDATE endpoint SET seen_s = 1795000000, offline_key = 'key'");
	int64_t id = suspended(t);
	assert_int_equal(number_of(t, IN_STATE("by_hand"), id), 1);
	assert_int_equal(kh_test_number(t, TASKS), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM endpoint_order"), 0);
}

static void an_order_that_failed_is_for_people_once(void **state)
{
	struct kh_test_store *t = *state;
	kh_test_sql(t, "UPDATE endpoint SET seen_s = 1795000000");
	int64_t id = suspended(t);
	agent_says(t, "isolate", "failed", "\"nftables: Operation not supported\"");
	follow(t, T0 + 200);
	follow(t, T0 + 300);
	assert_int_equal(number_of(t, IN_STATE("failed"), id), 1);
	assert_int_equal(number_of(t, STEPS "'%%nftables: Operation not supported%%'", id), 1);
	assert_int_equal(kh_test_number(t, TASKS), 1);
}

static void a_release_goes_to_the_machine_until_it_is_done(void **state)
{
	struct kh_test_store *t = *state;
	int64_t id = suspended(t), pc = number_of(t, "SELECT device FROM reg_incident WHERE id = %lld", id);
	agent_says(t, "isolate", "done", "null");
	follow(t, T0 + 200);
	assert_int_equal(act(t, &(struct doing){.what = RELEASE, .id = id, .now_s = T0 + 210}), KH_E_RECORD_RULE);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM endpoint_order WHERE kind = 'release'"), 0);
	assert_int_equal(act(t, &(struct doing){.what = MOVE, .reg = KH_INCIDENT, .id = id, .move = "dismiss", .now_s = T0 + 220, .fields = json_pack("{s:s}", "cause", "nhầm")}), KH_E_RECORD_RULE);
	check_device(t, pc, "K-2", T0 + 300);
	assert_int_equal(act(t, &(struct doing){.what = RELEASE, .id = id, .now_s = T0 + 400}), 0);
	assert_int_equal(number_of(t, IN_STATE("release_ordered"), id), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM endpoint_order WHERE kind = 'release' AND state = 'waiting'"), 1);
	/* One that failed is given again, also of an incident that is over. */
	assert_int_equal(act(t, &(struct doing){.what = MOVE, .reg = KH_INCIDENT, .id = id, .move = "dismiss", .now_s = T0 + 410, .fields = json_pack("{s:s}", "cause", "nhầm")}), 0);
	agent_says(t, "release", "failed", "\"the disk is full\"");
	follow(t, T0 + 500);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM endpoint_order WHERE kind = 'release' AND state = 'waiting'"), 1);
	agent_says(t, "release", "done", "null");
	follow(t, T0 + 600);
	assert_int_equal(number_of(t, IN_STATE("released"), id), 1);
}

static void a_device_released_in_its_register_is_released_there_too(void **state)
{
	struct kh_test_store *t = *state;
	int64_t pc = device(t);
	check_device(t, pc, "K-1", T0 - 500);
	assert_int_equal(act(t, &(struct doing){.what = MOVE, .reg = &kh_registers[KH_REGISTER_DEVICE], .id = pc, .move = "put_to_use", .now_s = T0 - 400}), 0);
	int64_t id = report(t, "malware", "serious", false);
	assert_int_equal(act(t, &(struct doing){.what = SUSPEND, .id = id, .now_s = T0 + 100}), 0);
	check_device(t, pc, "K-2", T0 + 300);
	assert_int_equal(act(t, &(struct doing){.what = MOVE, .reg = &kh_registers[KH_REGISTER_DEVICE], .id = pc, .move = "release", .now_s = T0 + 350}), 0);
	follow(t, T0 + 400);
	assert_int_equal(number_of(t, IN_STATE("release_ordered"), id), 1);
}

static void two_incidents_hold_one_machine(void **state)
{
	struct kh_test_store *t = *state;
	int64_t first = suspended(t), second = report(t, "malware", "serious", false), pc = number_of(t, "SELECT device FROM reg_incident WHERE id = %lld", first);
	assert_int_equal(act(t, &(struct doing){.what = SUSPEND, .id = second, .now_s = T0 + 110}), 0);
	check_device(t, pc, "K-2", T0 + 300);
	assert_int_equal(act(t, &(struct doing){.what = RELEASE, .id = first, .now_s = T0 + 400}), 0);
	assert_int_equal(number_of(t, IN_STATE("held"), first), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM endpoint_order WHERE kind = 'release'"), 0);
	assert_int_equal(act(t, &(struct doing){.what = RELEASE, .id = second, .now_s = T0 + 500}), 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM endpoint_order WHERE kind = 'release'"), 1);
}

static void who_released_it_at_the_machine_stands_in_the_timeline(void **state)
{
	struct kh_test_store *t = *state;
	int64_t id = suspended(t);
	agent_says(t, "isolate", "done", "null");
	follow(t, T0 + 200);
	kh_test_sql(t, "INSERT INTO event(endpoint_id, at_ms, category, action, body) SELECT endpoint, (suspended_s + 500) * 1000, 'isolation', 'released',"
		       " '{\"khien\":{\"isolation\":{\"by_order\":0,\"user\":\"truong-phong\",\"reason\":\"Máy chủ hỏng\"}}}' FROM reg_incident");
	follow(t, T0 + 700);
	follow(t, T0 + 800);
	assert_int_equal(number_of(t, IN_STATE("released_there"), id), 1);
	assert_int_equal(number_of(t, STEPS "'%%truong-phong%%Máy chủ hỏng%%'", id), 1);
	for (int i = 0; i < 2; i++)
		assert_int_equal(act(t, &(struct doing){.what = WATCH, .now_s = T0 + 900 + i * 60}), 0);
	assert_int_equal(number_of(t, "SELECT COUNT(*) FROM reg_alert WHERE kind = 'isolation' AND severity = 'high' AND count = 1 AND incident = %lld", id), 1);
}

/* ---- a machine that goes to another unit ---- */

static void a_machine_of_another_unit_is_not_cut_off(void **state)
{
	struct kh_test_store *t = *state;
	int64_t id = report(t, "malware", "serious", false);
	kh_test_sql(t, "UPDATE endpoint SET unit_id = (SELECT id FROM unit WHERE code = 'tinh')");
	assert_int_equal(act(t, &(struct doing){.what = SUSPEND, .id = id, .now_s = T0 + 100}), KH_E_RECORD_STATE);
	assert_non_null(strstr(kh_fail_detail(), "does not belong"));
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM endpoint_order"), 0);
	assert_int_equal(number_of(t, "SELECT COUNT(*) FROM reg_incident WHERE id = %lld AND suspended_s IS NULL", id), 1);
}

static struct kh_sign_key order_key;

/* Handed out to whom it was meant for, or to nobody. */
static size_t handed_out(struct kh_test_store *t)
{
	kh_auto_json json_t *orders = NULL;
	int64_t last = 0, endpoint = kh_test_number(t, "SELECT endpoint_id FROM endpoint_order");
	assert_int_equal(kh_orders_signed(t->db, &order_key, endpoint, "uid-xa-a", 0, T0 + 150, &orders, &last), 0);
	return json_array_size(orders);
}

static void an_order_that_waits_is_taken_back_when_the_machine_goes(void **state)
{
	struct kh_test_store *t = *state;
	int64_t id = suspended(t);
	kh_sign_key_create(&order_key);
	assert_int_equal(handed_out(t), 1);
	kh_test_sql(t, "UPDATE endpoint SET unit_id = (SELECT id FROM unit WHERE code = 'tinh')");
	assert_int_equal(handed_out(t), 0); /* at once */
	follow(t, T0 + 200);
	follow(t, T0 + 300);
	assert_int_equal(number_of(t, IN_STATE("failed"), id), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM endpoint_order WHERE state = 'expired'"), 1);
	assert_int_equal(number_of(t, STEPS "'Máy đã chuyển sang đơn vị khác%%'", id), 1);
}

/* One that is cut off stays so wherever it goes, and is let go again. */
static void the_release_follows_the_machine(void **state)
{
	struct kh_test_store *t = *state;
	int64_t id = suspended(t), pc = number_of(t, "SELECT device FROM reg_incident WHERE id = %lld", id);
	agent_says(t, "isolate", "done", "null");
	follow(t, T0 + 200);
	kh_test_sql(t, "UPDATE endpoint SET unit_id = (SELECT id FROM unit WHERE code = 'tinh')");
	follow(t, T0 + 210);
	assert_int_equal(number_of(t, IN_STATE("isolated"), id), 1);
	check_device(t, pc, "K-2", T0 + 300);
	assert_int_equal(act(t, &(struct doing){.what = RELEASE, .id = id, .now_s = T0 + 400}), 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM endpoint_order WHERE kind = 'release' AND state = 'waiting'"), 1);
}

static void a_machine_that_is_not_known_any_more_holds_nothing_up(void **state)
{
	struct kh_test_store *t = *state;
	int64_t id = suspended(t), pc = number_of(t, "SELECT device FROM reg_incident WHERE id = %lld", id);
	kh_test_sql(t, "UPDATE endpoint SET state = 'revoked'");
	check_device(t, pc, "K-2", T0 + 300);
	assert_int_equal(act(t, &(struct doing){.what = RELEASE, .id = id, .now_s = T0 + 400}), 0);
	assert_int_equal(number_of(t, IN_STATE("by_hand"), id), 1);
}

/* ---- the package ---- */

static int add_file(struct kh_db *writer, void *arg)
{
	int64_t *id = arg, file = 0;
	struct kh_record_by by = kh_record_by_system(T0 + 50);
	struct kh_proof_new proof = {"evidence", "nhật ký.txt", 4, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"};
	return kh_proof_add(writer, KH_INCIDENT, *id, &proof, &by, &file);
}

static void evidence_has_the_hash_of_each_file(void **state)
{
	struct kh_test_store *t = *state;
	int64_t id = report(t, "malware", "low", false);
	char sha256[KH_SHA256_HEX_SIZE];
	kh_auto_record struct kh_record record = {0};
	kh_auto_incident_package struct kh_incident_package evidence = {0};
	assert_int_equal(kh_proof_store(t->dir, "test", 4, sha256), 0);
	assert_int_equal(kh_store_write(t->store, add_file, &id), 0);
	assert_int_equal(kh_record_get(t->db, KH_INCIDENT, id, NULL, &record), 0);
	assert_int_equal(kh_incident_pack(t->db, t->dir, &record, &(struct kh_scope){xa_a}, T0 + 100, &evidence), 0);
	assert_int_equal(evidence.items, 1);
	assert_memory_equal(kh_buf_text(&evidence.zip), "PK", 2);
	/* The same again is the same package. */
	kh_auto_incident_package struct kh_incident_package again = {0};
	assert_int_equal(kh_incident_pack(t->db, t->dir, &record, &(struct kh_scope){xa_a}, T0 + 100, &again), 0);
	assert_string_equal(evidence.sha256, again.sha256);
}

static int add_step_file(struct kh_db *writer, void *arg)
{
	const int64_t *step = arg;
	int64_t file = 0;
	struct kh_record_by by = kh_record_by_system(T0 + 60);
	struct kh_proof_new proof = {"evidence", "của tỉnh.txt", 4, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"};
	return kh_proof_add(writer, &kh_registers[KH_REGISTER_INCIDENT_STEP], *step, &proof, &by, &file);
}

/* The province keeps a timeline of its own about the commune's incident: its files are not the commune's. */
static void what_a_unit_above_keeps_is_not_in_the_package(void **state)
{
	struct kh_test_store *t = *state;
	int64_t id = report(t, "malware", "low", false);
	struct doing step = {.what = CREATE, .reg = &kh_registers[KH_REGISTER_INCIDENT_STEP], .unit_id = tinh, .now_s = T0 + 60,
			     .fields = json_pack("{s:I, s:I, s:s, s:s}", "incident", (json_int_t)id, "at_s", (json_int_t)T0, "act", "evidence", "what", "Của tỉnh")};
	char sha256[KH_SHA256_HEX_SIZE];
	kh_auto_record struct kh_record record = {0};
	kh_auto_incident_package struct kh_incident_package own = {0}, above = {0};
	assert_int_equal(act(t, &step), 0);
	assert_int_equal(kh_proof_store(t->dir, "test", 4, sha256), 0);
	assert_int_equal(kh_store_write(t->store, add_step_file, &step.id), 0);
	assert_int_equal(kh_record_get(t->db, KH_INCIDENT, id, NULL, &record), 0);
	assert_int_equal(kh_incident_pack(t->db, t->dir, &record, &(struct kh_scope){xa_a}, T0 + 100, &own), 0);
	assert_int_equal(kh_incident_pack(t->db, t->dir, &record, &(struct kh_scope){tinh}, T0 + 100, &above), 0);
	assert_int_equal(own.items, 0);
	assert_int_equal(above.items, 1);
}

/* The province may keep the commune's machine among its devices: the commune neither names that record nor suspends it, and reports all the same. */
static void a_device_above_is_left_alone(void **state)
{
	struct kh_test_store *t = *state;
	struct doing device = {.what = CREATE, .reg = &kh_registers[KH_REGISTER_DEVICE], .unit_id = tinh, .now_s = T0,
			       .fields = json_pack("{s:s, s:s, s:s, s:s}", "name", "Máy của tỉnh", "kind", "computer", "purpose", "internet", "endpoint", "uid-xa-a")};
	assert_int_equal(act(t, &device), 0);
	int64_t id = report(t, "malware", "low", false);
	struct doing suspend = {.what = SUSPEND, .id = id, .now_s = T0 + 60};
	assert_int_equal(act(t, &suspend), 0);
	assert_int_equal(number_of(t, "SELECT COUNT(*) FROM reg_incident WHERE id = %lld AND device IS NULL AND endpoint IS NOT NULL AND suspended_s IS NOT NULL", id), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_device WHERE state = 'new' AND version = 1"), 1);
}

static void the_form_tells_public_addresses_alone(void **state)
{
	struct kh_test_store *t = *state;
	int64_t id = report(t, "intrusion", "low", false);
	struct doing change = {.what = CHANGE, .reg = KH_INCIDENT, .id = id, .now_s = T0 + 100, .fields = json_pack("{s:s}", "public_addresses", "10.1.2.3, 203.0.113.7; 172.16.9.9 fe80::1 2001:db8::5")};
	assert_int_equal(act(t, &change), 0);
	kh_auto_record struct kh_record record = {0};
	kh_auto_json json_t *form = NULL;
	assert_int_equal(kh_record_get(t->db, KH_INCIDENT, id, NULL, &record), 0);
	assert_int_equal(kh_incident_form(t->db, &record, T0 + 200, &form), 0);
	const json_t *field = NULL;
	size_t i = 0;
	bool seen = false;
	json_array_foreach(json_object_get(form, "fields"), i, field)
		if (kh_streq(json_string_value(json_object_get(field, "name")), "public_addresses")) {
			assert_string_equal(json_string_value(json_object_get(field, "value")), "203.0.113.7, 2001:db8::5");
			seen = true;
		}
	assert_true(seen);
	kh_auto_buf struct kh_buf docx = KH_BUF_INIT;
	assert_int_equal(kh_incident_form_docx(t->db, &record, T0 + 200, &docx), 0);
	assert_memory_equal(kh_buf_text(&docx), "PK", 2);
}

/* ---- the file of routes ---- */

static void mistakes_in_the_routes_name_the_line(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		"routes: 5\n",
		"routes:\n  - {route: a, vi: a, en: a, kind: letter, rule: x}\n",
		"routes:\n  - {route: a, vi: a, en: a, kind: notice, rule: x, line: army, step: 1}\n",
		"routes:\n  - {route: a, vi: a, en: a, kind: notice, rule: x, severity: [grave]}\n",
		"routes:\n  - {route: a, vi: a, en: a, kind: notice, rule: x, colour: red}\n",
		"routes:\n  - {route: a, vi: a, en: a, kind: notice, rule: x}\n  - {route: a, vi: a, en: a, kind: notice, rule: x}\n",
	};
	for (size_t i = 0; i < KH_COUNT(wrong); i++) {
		kh_auto_incident_routes struct kh_incident_routes bad = {0};
		assert_int_equal(kh_incident_routes_parse("r.yaml", wrong[i], strlen(wrong[i]), &bad), KH_E_INVALID_CONFIG);
		assert_non_null(strstr(kh_fail_detail(), "r.yaml:"));
	}
}

int main(void)
{
	kh_language_use(KH_EN);
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, kh_test_store_teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_earliest_clock_wins), TEST(a_row_is_told_by_the_names_of_its_route_and_rule), TEST(what_was_not_said_of_personal_data_stays_open), TEST(lines_lead_to_the_superiors), TEST(the_law_of_the_day_decides), TEST(the_rows_follow_the_incident), TEST(what_was_sent_is_in_the_timeline),
		TEST(of_leaked_secrets_nothing_else_is_kept), TEST(release_wants_a_check_that_was_passed_since),
		TEST(an_agent_is_ordered_and_people_only_where_it_is_silent), TEST(a_silent_machine_gets_both), TEST(a_machine_without_an_agent_is_for_people),
		TEST(an_order_that_failed_is_for_people_once), TEST(a_release_goes_to_the_machine_until_it_is_done), TEST(a_device_released_in_its_register_is_released_there_too), TEST(a_machine_of_another_unit_is_not_cut_off), TEST(an_order_that_waits_is_taken_back_when_the_machine_goes), TEST(the_release_follows_the_machine),
		TEST(two_incidents_hold_one_machine), TEST(who_released_it_at_the_machine_stands_in_the_timeline), TEST(a_machine_that_is_not_known_any_more_holds_nothing_up), TEST(evidence_has_the_hash_of_each_file), TEST(what_a_unit_above_keeps_is_not_in_the_package), TEST(a_device_above_is_left_alone), TEST(the_form_tells_public_addresses_alone),
		cmocka_unit_test(mistakes_in_the_routes_name_the_line),
	};
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
