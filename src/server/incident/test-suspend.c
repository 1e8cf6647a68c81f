/* A device suspended, its machine cut off, and both let go again. */
#include "server/incident/test_place.h"

#include "base/i18n.h"
#include "base/json.h"
#include "server/order/order.h"

#define IN_STATE(isolation_) "SELECT COUNT(*) FROM reg_incident WHERE id = %lld AND isolation = '" isolation_ "'"

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

int main(void)
{
	kh_language_use(KH_EN);
	const struct CMUnitTest tests[] = {
		TEST(release_wants_a_check_that_was_passed_since),
		TEST(an_agent_is_ordered_and_people_only_where_it_is_silent),
		TEST(a_silent_machine_gets_both),
		TEST(a_machine_without_an_agent_is_for_people),
		TEST(an_order_that_failed_is_for_people_once),
		TEST(a_release_goes_to_the_machine_until_it_is_done),
		TEST(a_device_released_in_its_register_is_released_there_too),
		TEST(two_incidents_hold_one_machine),
		TEST(who_released_it_at_the_machine_stands_in_the_timeline),
		TEST(a_machine_of_another_unit_is_not_cut_off),
		TEST(an_order_that_waits_is_taken_back_when_the_machine_goes),
		TEST(the_release_follows_the_machine),
		TEST(a_machine_that_is_not_known_any_more_holds_nothing_up),
	};
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
