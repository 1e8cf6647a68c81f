#include "server/alert/alert.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/time.h"
#include "server/alert/notice.h"
#include "server/register/record.h"
#include "server/test_store.h"

#define NOW INT64_C(1795000000)
#define ALERT (&kh_registers[KH_REGISTER_ALERT])

static const struct kh_alert_policy policy = {900, 14400, 86400, "http://127.0.0.1:9/hook"};
static int64_t tinh, xa;

static int setup(void **state)
{
	int r = kh_test_store_setup(state);
	struct kh_test_store *t = *state;
	tinh = kh_test_unit(t, "tinh", 0);
	xa = kh_test_unit(t, "xa", tinh);
	kh_test_sql(t, "INSERT INTO endpoint(id, uid, unit_id, hostname, hostname_fold, role, os, state, fingerprint, agent_version, address, enrolled_s, seen_s, clock_offset_s)"
		       " SELECT id, 'uid-' || code, id, 'may-' || code, 'may', 'internal', '', 'active', '', '', '', 0, 1795000000, 0 FROM unit");
	return r;
}

enum what { WATCH, ESCALATE, CREATE, MOVE };
struct doing {
	enum what what;
	const struct kh_register *reg;
	int64_t unit_id, id, now_s;
	const char *move;
	json_t *fields;
	struct kh_apart apart;
};

static int run(struct kh_db *writer, void *arg)
{
	struct doing *d = arg;
	struct kh_record_by by = {.actor = "can-bo", .now_s = d->now_s};
	switch (d->what) {
	case WATCH: return kh_alerts_watch(writer, &policy, d->now_s, &d->apart);
	case ESCALATE: return kh_alerts_escalate(writer, &policy, d->now_s, &d->apart);
	case CREATE: return kh_record_create(writer, d->reg, d->unit_id, d->fields, &by, &d->id);
	default: return kh_record_move(writer, d->reg, d->id, KH_RECORD_ANY_VERSION, d->move, d->fields, NULL, &by);
	}
}

static void act(struct kh_test_store *t, struct doing d)
{
	assert_int_equal(kh_store_write(t->store, run, &d), 0);
	assert_int_equal(kh_apart_result(&d.apart), 0);
	json_decref(d.fields);
}

static void watch(struct kh_test_store *t, int64_t now_s)
{
	act(t, (struct doing){.what = WATCH, .now_s = now_s});
}

static void detect(struct kh_test_store *t, int n, int64_t at_s)
{
	for (int i = 0; i < n; i++) {
		kh_auto_free char *sql = kh_format("INSERT INTO detection(endpoint_id, found_s, engine, rule, path, verdict, state, changed_s) VALUES(%lld, %lld, 'yara', 'r', 'p', 'infected', 'found', 1)",
						   (long long)xa, (long long)at_s);
		kh_test_sql(t, sql);
	}
}

static void person(struct kh_test_store *t, int64_t unit, const char *name, const char *position, const char *mail)
{
	act(t, (struct doing){.what = CREATE, .reg = &kh_registers[KH_REGISTER_STAFF], .unit_id = unit, .now_s = NOW - 10,
			      .fields = json_pack("{s:s, s:s, s:s}", "full_name", name, "position", position, "official_mail", mail)});
}

static void a_thousand_are_one(void **state)
{
	struct kh_test_store *t = *state;
	detect(t, 100, NOW - 60);
	watch(t, NOW);
	watch(t, NOW + 60);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_alert"), 1);
	assert_int_equal(kh_test_number(t, "SELECT count FROM reg_alert"), 100);
	detect(t, 1, NOW);
	watch(t, NOW + 120);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_alert WHERE count = 101 AND title LIKE '101 phát hiện mã độc%' AND severity = 'high'"), 1);
	assert_int_equal(kh_test_number(t, "SELECT due_s FROM reg_alert"), NOW + 900);
}

static void what_comes_after_the_acknowledgement_is_new(void **state)
{
	struct kh_test_store *t = *state;
	detect(t, 2, NOW - 60);
	watch(t, NOW);
	act(t, (struct doing){.what = MOVE, .reg = ALERT, .id = kh_test_number(t, "SELECT id FROM reg_alert"), .move = "acknowledge", .now_s = NOW + 10});
	watch(t, NOW + 20);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_alert"), 1);
	detect(t, 3, NOW + 30);
	watch(t, NOW + 40);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_alert WHERE state = 'new' AND count = 3"), 1);
}

static void false_alarms_are_not_told(void **state)
{
	struct kh_test_store *t = *state;
	detect(t, 1, NOW - 60);
	kh_test_sql(t, "UPDATE detection SET state = 'false_alarm'");
	watch(t, NOW);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_alert"), 0);
}

static void documents_marked_secret_are_counted(void **state)
{
	struct kh_test_store *t = *state;
	kh_test_sql(t, "INSERT INTO fact_secret_documents(endpoint_id, case_id, level, place, state, found_s, since_s)"
		       " SELECT id, 'a' || id, 'mat', 'desktop', 'found', 1794999990, 1794999990 FROM endpoint UNION ALL SELECT id, 'b' || id, 'mat', 'desktop', 'false_alarm', 1794999990, 1794999990 FROM endpoint");
	watch(t, NOW);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_alert WHERE kind = 'secret' AND severity = 'high' AND title LIKE '1 tài liệu mang dấu độ mật%'"), 2);
	kh_test_sql(t, "DELETE FROM reg_alert; UPDATE endpoint SET role = 'secret'");
	watch(t, NOW);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_alert"), 0);
}

static void silence_and_sightings_and_deadlines_are_seen(void **state)
{
	struct kh_test_store *t = *state;
	kh_test_sql(t, "UPDATE endpoint SET seen_s = 1795000000 - 604800 - 600; UPDATE endpoint SET linked_s = 1795000000 - 5 WHERE uid = 'uid-xa'");
	act(t, (struct doing){.what = CREATE, .reg = &kh_registers[KH_REGISTER_TASK], .unit_id = xa, .now_s = NOW - 10, .fields = json_pack("{s:s, s:s}", "title", "Cập nhật", "due_on", "2026-11-16")});
	watch(t, NOW);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_alert WHERE kind = 'silent'"), 2);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_alert WHERE kind = 'secret' AND severity = 'high'"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_alert WHERE kind = 'deadline' AND title LIKE '1 nhiệm vụ quá hạn%'"), 1);
	/* Neither the next day tells the same again. */
	watch(t, NOW + KH_DAY_S);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_alert"), 4);
}

static int64_t silent(struct kh_test_store *t)
{
	return kh_test_number(t, "SELECT COALESCE(SUM(count), 0) FROM reg_alert WHERE kind = 'silent'");
}

/* The server runs: it looks every hour, after so many hours the last time. */
static void runs(struct kh_test_store *t, int64_t from_s, int64_t hours)
{
	for (int64_t hour = 0; hour <= hours; hour++)
		watch(t, from_s + hour * 3600);
}

static void machine(struct kh_test_store *t, const char *uid, int64_t seen_s)
{
	kh_auto_free char *sql = kh_format("UPDATE endpoint SET seen_s = %lld WHERE uid = '%s'", (long long)seen_s, uid);
	kh_test_sql(t, sql);
}

/* Eight days without a server: nobody could call, so nobody is silent. Each has what was left of its seven days. */
static void an_outage_of_the_server_makes_nobody_silent(void **state)
{
	struct kh_test_store *t = *state;
	int64_t back_s = NOW + 8 * KH_DAY_S;
	machine(t, "uid-tinh", NOW - 6 * KH_DAY_S); /* one day left */
	machine(t, "uid-xa", NOW - 60);
	watch(t, NOW);
	runs(t, back_s, 23);
	assert_int_equal(silent(t), 0);
	runs(t, back_s + 24 * 3600, 1);
	assert_int_equal(silent(t), 1);
	runs(t, back_s + 26 * 3600, 141); /* to the hour before the other's */
	assert_int_equal(silent(t), 1);
	watch(t, back_s + 168 * 3600);
	assert_int_equal(silent(t), 2);
}

/* Two outages; and what was silent before the second is not told again after it. */
static void outages_are_added_up(void **state)
{
	struct kh_test_store *t = *state;
	machine(t, "uid-xa", NOW - 60);
	machine(t, "uid-tinh", NOW - 7 * KH_DAY_S - 60);
	watch(t, NOW);
	assert_int_equal(silent(t), 1);
	for (int64_t day = 3; day <= 12; day += 3) /* runs for a moment every third day: 12 days of outage */
		watch(t, NOW + day * KH_DAY_S);
	assert_int_equal(silent(t), 1);
	runs(t, NOW + 12 * KH_DAY_S, 7 * 24 - 1);
	assert_int_equal(silent(t), 1);
	watch(t, NOW + 19 * KH_DAY_S);
	assert_int_equal(silent(t), 2);
}

static void a_clock_that_ran_ahead_was_no_outage(void **state)
{
	struct kh_test_store *t = *state;
	machine(t, "uid-xa", NOW - 60);
	machine(t, "uid-tinh", NOW + 30 * KH_DAY_S);
	watch(t, NOW);
	watch(t, NOW + 4000 * KH_DAY_S);
	kh_test_sql(t, "DELETE FROM reg_alert");
	runs(t, NOW, 7 * 24);
	assert_int_equal(silent(t), 1);
}

/* One unit's alert cannot be written, and one kind cannot be looked at: all others are told, and who runs the job hears of it. */
static void one_that_fails_holds_up_no_other(void **state)
{
	struct kh_test_store *t = *state;
	struct doing d = {.what = WATCH, .now_s = NOW};
	detect(t, 1, NOW - 60);
	kh_test_sql(t, "INSERT INTO detection(endpoint_id, found_s, engine, rule, path, verdict, state, changed_s) SELECT id, 1794999940, 'yara', 'r', 'p', 'infected', 'found', 1 FROM endpoint WHERE uid = 'uid-tinh';"
		       "CREATE TRIGGER no_alert BEFORE INSERT ON reg_alert WHEN NEW.kind = 'malware' AND NEW.unit_id = (SELECT id FROM unit WHERE code = 'tinh') BEGIN SELECT RAISE(ABORT, 'not this one'); END;"
		       "UPDATE endpoint SET linked_s = 1794999990 WHERE uid = 'uid-xa'; ALTER TABLE reg_botnet_listing RENAME TO away");
	assert_int_equal(kh_store_write(t->store, run, &d), 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_alert WHERE kind = 'malware'"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_alert WHERE kind = 'secret'"), 1); /* looked at later */
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM notice WHERE record_id NOT IN (SELECT id FROM reg_alert)"), 0);
	assert_int_equal(d.apart.failed, 2);
	assert_true(kh_apart_result(&d.apart) < 0);
	assert_non_null(strstr(kh_fail_detail(), "malware"));
	kh_apart_done(&d.apart);
	kh_test_sql(t, "ALTER TABLE away RENAME TO reg_botnet_listing; DROP TRIGGER no_alert");
	watch(t, NOW + 60);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_alert WHERE kind = 'malware'"), 2);
}

static void one_that_cannot_go_up_holds_up_no_other(void **state)
{
	struct kh_test_store *t = *state;
	struct doing d = {.what = ESCALATE, .now_s = NOW + 1000};
	kh_test_sql(t, "INSERT INTO detection(endpoint_id, found_s, engine, rule, path, verdict, state, changed_s) SELECT id, 1794999940, 'yara', 'r', 'p', 'infected', 'found', 1 FROM endpoint");
	watch(t, NOW);
	kh_test_sql(t, "CREATE TRIGGER stays BEFORE UPDATE ON reg_alert WHEN OLD.id = 1 BEGIN SELECT RAISE(ABORT, 'not this one'); END");
	assert_int_equal(kh_store_write(t->store, run, &d), 0);
	assert_int_equal(d.apart.failed, 1);
	kh_apart_done(&d.apart);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_alert WHERE escalated = 1 AND id = 2"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM notice WHERE level = 1 AND record_id = 1"), 0);
}

static void certificates_are_told_a_month_before_they_end(void **state)
{
	static const struct {
		const char *serial, *until;
		int64_t entered_s;
	} tokens[] = {{"con-lau", "2027-06-01", NOW - 10}, {"sap-het", "2026-12-17", NOW - 100 * KH_DAY_S}, {"moi-ghi", "2026-11-25", NOW - 10}};
	struct kh_test_store *t = *state;
	for (size_t i = 0; i < KH_COUNT(tokens); i++)
		act(t, (struct doing){.what = CREATE, .reg = &kh_registers[KH_REGISTER_SIGNING_TOKEN], .unit_id = xa, .now_s = tokens[i].entered_s,
				      .fields = json_pack("{s:s, s:s, s:b}", "serial", tokens[i].serial, "certificate_until", tokens[i].until, "organisation", 1)});
	watch(t, NOW);
	assert_int_equal(kh_test_number(t, "SELECT SUM(count) FROM reg_alert WHERE kind = 'certificate' AND severity = 'medium'"), 2);
	watch(t, NOW + KH_DAY_S);
	assert_int_equal(kh_test_number(t, "SELECT SUM(count) FROM reg_alert WHERE kind = 'certificate'"), 2);
}

/* Ten days without a server: what became due meanwhile is told, once; and an alert that waited went up one level, not ten. */
static void a_server_that_was_down_tells_what_it_missed(void **state)
{
	struct kh_test_store *t = *state;
	act(t, (struct doing){.what = CREATE, .reg = &kh_registers[KH_REGISTER_TASK], .unit_id = xa, .now_s = NOW, .fields = json_pack("{s:s, s:s}", "title", "Việc", "due_on", "2026-11-20")});
	detect(t, 1, NOW - 60);
	watch(t, NOW);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_alert WHERE kind = 'deadline'"), 0);
	for (int i = 0; i < 2; i++) {
		watch(t, NOW + 10 * KH_DAY_S + i * 300);
		act(t, (struct doing){.what = ESCALATE, .now_s = NOW + 10 * KH_DAY_S + i * 300});
	}
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_alert WHERE kind = 'deadline'"), 1);
	assert_int_equal(kh_test_number(t, "SELECT escalated FROM reg_alert WHERE kind = 'malware'"), 1);
	/* A clock that ran ahead and was put right: nothing is told twice. */
	watch(t, NOW + 4000 * KH_DAY_S);
	watch(t, NOW + 11 * KH_DAY_S);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_alert WHERE kind = 'deadline'"), 1);
}

static void it_goes_up_level_by_level(void **state)
{
	struct kh_test_store *t = *state;
	person(t, xa, "Người Trực", "officer", "truc@xa.example.vn");
	person(t, xa, "Người Đứng Đầu", "leader", "lanhdao@xa.example.vn");
	person(t, tinh, "Người Cấp Tỉnh", "officer", "truc@tinh.example.vn");
	detect(t, 1, NOW - 60);
	watch(t, NOW);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM notice WHERE level = 0 AND channel = 'mail' AND receiver = 'truc@xa.example.vn'"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM notice WHERE channel = 'webhook'"), 1);
	act(t, (struct doing){.what = ESCALATE, .now_s = NOW + 800});
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM notice"), 2);
	for (int i = 1; i <= 5; i++)
		act(t, (struct doing){.what = ESCALATE, .now_s = NOW + i * 1000});
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM notice WHERE level = 1 AND receiver = 'lanhdao@xa.example.vn'"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM notice WHERE level = 2 AND receiver = 'truc@tinh.example.vn'"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_alert WHERE escalated = 2 AND at_top = 1"), 1);
	assert_int_equal(kh_test_number(t, "SELECT MAX(level) FROM notice"), 2);
}

static void the_duty_officer_is_told_first(void **state)
{
	struct kh_test_store *t = *state;
	person(t, xa, "Cán Bộ", "officer", "canbo@xa.example.vn");
	person(t, xa, "Người Trực", "civil_servant", "truc@xa.example.vn");
	act(t, (struct doing){.what = CREATE, .reg = &kh_registers[KH_REGISTER_DUTY_SHIFT], .unit_id = xa, .now_s = NOW - 10,
			      .fields = json_pack("{s:I, s:I, s:s}", "from_s", (json_int_t)(NOW - 3600), "to_s", (json_int_t)(NOW + 3600), "officer", "Người Trực")});
	detect(t, 1, NOW - 60);
	watch(t, NOW);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM notice WHERE channel = 'mail' AND receiver = 'truc@xa.example.vn'"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM notice WHERE channel = 'mail'"), 1);
}

static void nobody_to_tell_is_said(void **state)
{
	struct kh_test_store *t = *state;
	detect(t, 1, NOW - 60);
	watch(t, NOW);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM notice n JOIN notice_try y ON y.notice_id = n.id WHERE n.state = 'failed' AND n.receiver = '' AND y.error IS NOT NULL"), 1);
}

static void mails_hold_counts_and_units_alone(void **state)
{
	struct kh_test_store *t = *state;
	act(t, (struct doing){.what = CREATE, .reg = &kh_registers[KH_REGISTER_INCIDENT], .unit_id = xa, .now_s = NOW,
			      .fields = json_pack("{s:s, s:s, s:s, s:s, s:I}", "title", "BIMAT trong tên", "text", "BIMAT", "group_of", "malware", "severity", "low", "t0_s", (json_int_t)NOW)});
	watch(t, NOW + 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_alert WHERE kind = 'incident' AND incident IS NOT NULL"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM notice WHERE subject LIKE '%BIMAT%' OR body LIKE '%BIMAT%'"), 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM notice WHERE body LIKE '%1 sự cố được báo%'"), 2);
}

int main(void)
{
	kh_language_use(KH_EN);
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, kh_test_store_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_thousand_are_one), TEST(what_comes_after_the_acknowledgement_is_new), TEST(false_alarms_are_not_told), TEST(documents_marked_secret_are_counted), TEST(silence_and_sightings_and_deadlines_are_seen),
		TEST(an_outage_of_the_server_makes_nobody_silent), TEST(outages_are_added_up), TEST(a_clock_that_ran_ahead_was_no_outage), TEST(one_that_fails_holds_up_no_other), TEST(one_that_cannot_go_up_holds_up_no_other),
		TEST(a_server_that_was_down_tells_what_it_missed), TEST(it_goes_up_level_by_level), TEST(certificates_are_told_a_month_before_they_end), TEST(the_duty_officer_is_told_first), TEST(nobody_to_tell_is_said), TEST(mails_hold_counts_and_units_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
