#include "server/firewall/firewall.h"

#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "base/time.h"
#include "server/firewall/judge.h"
#include "server/neighbour/neighbour.h"
#include "server/test_store.h"
#include "sheet/forms.h"

#define NOW_S INT64_C(1795000000)

/* ---- the judge ---- */

/* The second rule behind the first: what is wrong with it. */
static unsigned behind(const char *const first[4], const char *const second[4])
{
	struct kh_firewall_rule rules[2] = {{.place = "filter/INPUT 1", .action = first[0], .source = first[1], .target = first[2], .service = first[3], .hits = -1},
					    {.place = "filter/INPUT 2", .action = second[0], .source = second[1], .target = second[2], .service = second[3], .hits = -1}};
	kh_firewall_judge(rules, 2, NOW_S);
	return rules[1].problems;
}

static void test_shadow(void **state)
{
	static const struct {
		const char *first[4], *second[4];
		bool hidden;
	} cases[] = {
		{{"accept", "", "", ""}, {"drop", "10.0.0.1", "", "tcp/22"}, true},
		{{"drop", "10.0.0.0/8", "", ""}, {"accept", "10.1.0.0/16", "", "tcp/22"}, true},
		{{"drop", "10.1.0.0/16", "", ""}, {"accept", "10.0.0.0/8", "", ""}, false},
		{{"drop", "2001:db8::/32", "", ""}, {"accept", "2001:db8:1::/48", "", ""}, true},
		{{"accept", "", "", "tcp"}, {"accept", "", "", "tcp/80"}, true},
		{{"accept", "", "", "tcp/1:1024"}, {"drop", "", "", "tcp/22,80"}, true},
		{{"accept", "", "", "tcp/22,80"}, {"drop", "", "", "tcp/22,443"}, false},
		{{"accept", "", "", "udp/53"}, {"drop", "", "", "tcp/53"}, false},
		{{"accept", "", "", "tcp/22"}, {"drop", "", "", "tcp"}, false},
		{{"log", "", "", ""}, {"drop", "", "", "tcp/22"}, false},
		{{"drop", "!10.0.0.0/8", "", ""}, {"accept", "192.0.2.1", "", ""}, false},
		{{"accept", "iif lo", "", ""}, {"accept", "10.0.0.1", "", ""}, false},
		{{"accept", "", "", "state established"}, {"accept", "", "", "tcp/22"}, false},
	};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(cases); i++)
		if (!(behind(cases[i].first, cases[i].second) & KH_FIREWALL_SHADOWED) == cases[i].hidden)
			fail_msg("case %zu", i);
}

static void test_problems(void **state)
{
	static const struct {
		struct kh_firewall_rule rule;
		unsigned problems;
	} cases[] = {
		{{"filter/INPUT 1", "accept", "", "", "", -1, 0, 0, 0}, KH_FIREWALL_ANY_ANY},
		{{"filter/OUTPUT 1", "accept", "", "", "", -1, 0, 0, 0}, 0},
		{{"filter/INPUT 1", "drop", "", "", "", 5, 0, 0, 0}, 0},
		{{"filter/INPUT 1", "drop", "10.0.0.1", "", "", 0, 0, 0, 0}, KH_FIREWALL_UNUSED},
		{{"filter/INPUT 1", "drop", "10.0.0.1", "", "", -1, NOW_S - 2 * 86400, 0, 0}, KH_FIREWALL_EXPIRED},
		{{"filter/INPUT 1", "drop", "10.0.0.1", "", "", -1, NOW_S - 80000, 0, 0}, 0},
	};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct kh_firewall_rule rule = cases[i].rule;
		kh_firewall_judge(&rule, 1, NOW_S);
		assert_int_equal(rule.problems, cases[i].problems);
	}
	struct kh_firewall_rule two[2] = {{"filter/INPUT 1", "accept", "", "", "", 0, 0, 0, 0}, {"filter/INPUT 2", "drop", "10.0.0.1", "", "", 0, 0, 0, 0}};
	kh_firewall_judge(two, 2, NOW_S);
	assert_int_equal(two[0].problems, KH_FIREWALL_ANY_ANY | KH_FIREWALL_UNUSED);
	assert_int_equal(two[1].problems, KH_FIREWALL_SHADOWED | KH_FIREWALL_UNUSED);
	assert_string_equal(kh_firewall_gravest(two[0].problems), "any_any");
	assert_string_equal(kh_firewall_gravest(two[1].problems), "shadowed");
	assert_string_equal(kh_firewall_gravest(KH_FIREWALL_UNUSED | KH_FIREWALL_EXPIRED), "expired");
	assert_null(kh_firewall_gravest(0));
}

/* ---- into the register ---- */

struct task {
	struct kh_sheet sheet;
	int64_t id;
	bool dry_run;
	struct kh_firewall_result rules;
	struct kh_neighbour_result neighbours;
	int64_t now_s;
};

static int make_device(struct kh_db *writer, void *arg)
{
	struct task *t = arg;
	struct kh_record_by by = kh_record_by_system(NOW_S);
	kh_auto_json json_t *fields = json_pack("{s:s, s:s, s:s, s:s}", "name", "Tường lửa", "kind", "firewall", "purpose", "internet", "mac", "02-6B-00-00-00-02");
	return kh_record_create(writer, &kh_registers[KH_REGISTER_DEVICE], 1, fields, &by, &t->id);
}

static int run_rules(struct kh_db *writer, void *arg)
{
	struct task *t = arg;
	struct kh_record_by by = kh_record_by_system(NOW_S);
	return kh_firewall_import(writer, t->id, &t->sheet, t->dry_run, &by, &t->rules);
}

static struct kh_firewall_result take_rules(struct kh_test_store *store, int64_t device, const char *text, bool dry_run)
{
	struct task t = {.id = device, .dry_run = dry_run};
	ok(kh_firewall_parse(text, strlen(text), &t.sheet));
	ok(kh_store_write(store->store, run_rules, &t));
	kh_sheet_done(&t.sheet);
	return t.rules;
}

static int accept_first(struct kh_db *writer, void *arg)
{
	struct kh_record_by by = kh_record_by_system(NOW_S);
	kh_auto_json json_t *fields = json_pack("{s:s}", "purpose", "dịch vụ công");
	(void)arg;
	return kh_record_move(writer, &kh_registers[KH_REGISTER_FIREWALL_RULE], 1, KH_RECORD_ANY_VERSION, "accept", fields, NULL, &by);
}

static void test_import(void **state)
{
	static const char *const first = "*filter\n[5:1] -A INPUT -j ACCEPT\n[0:0] -A INPUT -p tcp --dport 22 -j DROP\nCOMMIT\n",
				 *const later = "*filter\n[0:0] -A INPUT -p udp --dport 53 -j ACCEPT\n[9:1] -A INPUT -j ACCEPT\nCOMMIT\n";
	struct kh_test_store *t = *state;
	struct task device = {0};
	assert_int_equal(kh_test_unit(t, "xa", 0), 1);
	ok(kh_store_write(t->store, make_device, &device));
	struct kh_firewall_result r = take_rules(t, device.id, first, true);
	assert_int_equal(r.created, 2);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_firewall_rule"), 0);
	r = take_rules(t, device.id, first, false);
	assert_int_equal(r.created, 2);
	assert_int_equal(r.problems, 2);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_firewall_rule WHERE state = 'active' AND problem IS NOT NULL"), 2);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_firewall_rule WHERE problem = 'any_any' AND shadowed_by IS NULL AND unused IS NULL"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_firewall_rule WHERE problem = 'shadowed' AND shadowed_by = 'filter/INPUT 1' AND unused = 1 AND expired IS NULL"), 1);
	r = take_rules(t, device.id, first, false);
	assert_int_equal(r.same, 2);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM record_change WHERE register = 'firewall_rule'"), 2);

	/* Reviewed and kept: it stays so, though a rule was put before it and its counter went on; what is gone is removed. */
	ok(kh_store_write(t->store, accept_first, NULL));
	r = take_rules(t, device.id, later, false);
	assert_int_equal(r.created, 1);
	assert_int_equal(r.changed, 1);
	assert_int_equal(r.removed, 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_firewall_rule WHERE id = 1 AND state = 'accepted' AND place = 'filter/INPUT 2' AND hits = 9"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_firewall_rule WHERE id = 2 AND state = 'removed'"), 1);
	/* It is back. */
	r = take_rules(t, device.id, first, false);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_firewall_rule WHERE id = 2 AND state = 'active'"), 1);
	assert_int_equal(r.removed, 1);

	struct task none = {.id = 99};
	assert_int_equal(kh_store_write(t->store, run_rules, &none), KH_E_NOT_FOUND);
}

/* ---- neighbours ---- */

static int run_neighbours(struct kh_db *writer, void *arg)
{
	struct task *t = arg;
	struct kh_record_by by = kh_record_by_system(t->now_s);
	return kh_neighbours_import(writer, 1, &t->sheet, t->now_s, t->dry_run, &by, &t->neighbours);
}

static struct kh_neighbour_result take_neighbours(struct kh_test_store *store, const char *text, int64_t now_s)
{
	struct task t = {.now_s = now_s};
	ok(kh_neighbours_parse(text, strlen(text), &t.sheet));
	ok(kh_store_write(store->store, run_neighbours, &t));
	kh_sheet_done(&t.sheet);
	return t.neighbours;
}

static void test_neighbours(void **state)
{
	static const char *const list = "10.0.0.1 dev eth0 lladdr 02:6b:00:00:00:01 REACHABLE\n10.0.0.2 dev eth0 lladdr 02:6b:00:00:00:02 STALE\n"
					"10.0.0.3 dev eth0 lladdr 02:6b:00:00:00:03 STALE\n10.0.0.4 dev eth0 lladdr 02:6b:00:00:00:03 STALE\n";
	struct kh_test_store *t = *state;
	struct task device = {0};
	kh_test_unit(t, "xa", 0);
	ok(kh_store_write(t->store, make_device, &device));
	kh_test_sql(t, "INSERT INTO endpoint(id, uid, unit_id, hostname, hostname_fold, role, os, state, fingerprint, agent_version, address, enrolled_s, seen_s, clock_offset_s)"
		       " VALUES(1, 'u', 1, 'may', 'may', 'internet', 'x', 'active', 'f', '1', '', 0, 1, 0);"
		       "INSERT INTO fact_interfaces(endpoint_id, name, mac) VALUES(1, 'eth0', '02:6b:00:00:00:01')");
	struct kh_neighbour_result r = take_neighbours(t, list, NOW_S);
	assert_int_equal(r.seen, 3);
	assert_int_equal(r.created, 3);
	assert_int_equal(r.machines, 1);
	assert_int_equal(r.devices, 1);
	assert_int_equal(r.unknown, 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_network_sighting WHERE state = 'known'"), 2);
	r = take_neighbours(t, list, NOW_S);
	assert_int_equal(r.same, 3);
	r = take_neighbours(t, list, NOW_S + 3600);
	assert_int_equal(r.changed, 3);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_network_sighting WHERE last_s > first_s"), 3);
	/* Taken off the network, and back. */
	kh_test_sql(t, "UPDATE reg_network_sighting SET state = 'removed', remark = 'x' WHERE mac = '02:6b:00:00:00:03'");
	take_neighbours(t, list, NOW_S + 7200);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_network_sighting WHERE state = 'unknown' AND mac = '02:6b:00:00:00:03'"), 1);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, kh_test_store_setup, kh_test_store_teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_shadow), cmocka_unit_test(test_problems), CASE(test_import), CASE(test_neighbours)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
