#include "server/incident/test_place.h"

#include "base/i18n.h"
#include "server/register/list.h"
#include "server/alert/alert.h"
#include "server/register/proof.h"
#include "server/report/data.h"
#include "server/report/json.h"

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
	const struct CMUnitTest tests[] = {
		TEST(the_earliest_clock_wins), TEST(a_row_is_told_by_the_names_of_its_route_and_rule), TEST(what_was_not_said_of_personal_data_stays_open), TEST(lines_lead_to_the_superiors), TEST(the_law_of_the_day_decides), TEST(the_rows_follow_the_incident), TEST(what_was_sent_is_in_the_timeline),
		TEST(of_leaked_secrets_nothing_else_is_kept),
		TEST(evidence_has_the_hash_of_each_file), TEST(what_a_unit_above_keeps_is_not_in_the_package), TEST(a_device_above_is_left_alone), TEST(the_form_tells_public_addresses_alone),
		cmocka_unit_test(mistakes_in_the_routes_name_the_line),
	};
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
