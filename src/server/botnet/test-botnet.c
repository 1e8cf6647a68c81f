#include "server/botnet/botnet.h"

#include "base/error.h"
#include "base/network.h"
#include "base/str.h"
#include "base/test.h"
#include "server/register/proof.h"
#include "server/test_store.h"
#include "sheet/forms.h"

#define NOW_S INT64_C(1795000000)

/* ---- columns ---- */

static void expect_map(const char *text, const char *const *said, const size_t expected[KH_BOTNET_COLUMNS])
{
	kh_auto_sheet struct kh_sheet sheet = {0};
	struct kh_botnet_map map = {0};
	ok(kh_words_parse(text, strlen(text), &sheet));
	ok(kh_botnet_map_read(&sheet, said, &map));
	for (size_t i = 0; i < KH_BOTNET_COLUMNS; i++)
		assert_int_equal(map.at[i], expected[i]);
}

static void test_columns(void **state)
{
	(void)state;
	expect_map("Danh sách tháng 11\nSTT,Địa chỉ IP,Cổng,Thời gian,Tên botnet\n1,192.0.2.1,1,2026-11-01,X\n", NULL, (const size_t[]){2, 3, 4, 5, 0, 0});
	expect_map("A;B;C\n1;192.0.2.1;9\n", (const char *const[]){"port=C", NULL}, (const size_t[]){2, 3, 0, 0, 0, 0});
	expect_map("A;B;C\n1;192.0.2.1;9\n", (const char *const[]){"ip=2", "name=1", NULL}, (const size_t[]){2, 0, 0, 1, 0, 0});
	expect_map("1 192.0.2.1 Mẫu\n2 192.0.2.2 Mẫu\n", NULL, (const size_t[]){2, 0, 0, 0, 0, 0});
	/* Pasted: the words of the heading stand over other columns. */
	expect_map("STT  Địa chỉ IP  Cổng  Thời gian  Botnet\n1  192.0.2.1  4444  20/11/2026 08:15  Mẫu\n2  192.0.2.2  80  20/11/2026 09:15  Mẫu\n", NULL, (const size_t[]){2, 0, 4, 0, 0, 0});
	static const char *const wrong[] = {"ip=Z", "adresse=1", "ip"};
	for (size_t i = 0; i < KH_COUNT(wrong); i++) {
		kh_auto_sheet struct kh_sheet sheet = {0};
		struct kh_botnet_map map = {0};
		ok(kh_words_parse("A,B\n1,2\n", 8, &sheet));
		assert_int_equal(kh_botnet_map_read(&sheet, (const char *const[]){wrong[i], NULL}, &map), KH_E_INVALID_FIELD);
		assert_int_equal(kh_botnet_map_read(&sheet, NULL, &map), KH_E_INVALID_FIELD);
	}
}

static void test_networks(void **state)
{
	static const struct {
		const char *outer, *inner;
		bool holds;
	} cases[] = {{"192.0.2.0/24", "192.0.2.7", true}, {"192.0.2.0/25", "192.0.2.200", false}, {"192.0.2.7", "192.0.2.7", true},   {"0.0.0.0/0", "203.0.113.1", true},
		     {"2001:db8::/32", "2001:db8:1::5", true}, {"2001:db8::/32", "192.0.2.1", false}, {"192.0.2.7", "192.0.2.0/24", false}};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct kh_network outer, inner;
		assert_true(kh_network_parse(cases[i].outer, &outer) && kh_network_parse(cases[i].inner, &inner));
		assert_int_equal(kh_network_holds(&outer, &inner), cases[i].holds);
	}
	struct kh_network none;
	assert_false(kh_network_parse("192.0.2.0/33", &none) || kh_network_parse("x", &none) || kh_network_parse("", &none) || kh_network_parse("192.0.2.0/", &none));
}

/* ---- a province with a ward that has machines behind one address ---- */

struct task {
	struct kh_sheet sheet, nat;
	struct kh_botnet_map map;
	struct kh_botnet_options options;
	struct kh_botnet_result result;
};

static int add_ranges(struct kh_db *writer, void *arg)
{
	static const struct {
		int64_t unit;
		const char *range;
	} ranges[] = {{1, "192.0.2.0/24"}, {2, "192.0.2.16/28"}, {2, "2001:db8:5::/48"}};
	struct kh_record_by by = kh_record_by_system(NOW_S);
	int r = 0;
	(void)arg;
	for (size_t i = 0; r == 0 && i < KH_COUNT(ranges); i++) {
		kh_auto_json json_t *fields = json_pack("{s:s}", "range", ranges[i].range);
		int64_t id = 0;
		r = kh_record_create(writer, &kh_registers[KH_REGISTER_OWN_ADDRESS], ranges[i].unit, fields, &by, &id);
	}
	return r;
}

static void make_province(struct kh_test_store *t)
{
	kh_test_unit(t, "tinh", 0);
	kh_test_unit(t, "xa", 1);
	ok(kh_store_write(t->store, add_ranges, NULL));
	for (int i = 1; i <= 3; i++) {
		kh_auto_free char *sql = kh_format("INSERT INTO endpoint(id, uid, unit_id, hostname, hostname_fold, role, os, state, fingerprint, agent_version, address, enrolled_s,"
						   " seen_s, clock_offset_s) VALUES(%d, 'u%d', 2, 'm', 'm', '%s', 'x', 'active', 'f%d', '1', '', 0, 1, 0);"
						   "INSERT INTO fact_interfaces(endpoint_id, name, ipv4) VALUES(%d, 'eth0', '10.0.0.%d/24')",
						   i, i, i == 3 ? "secret" : "internet", i, i, i);
		kh_test_sql(t, sql);
	}
}

static int run(struct kh_db *writer, void *arg)
{
	struct task *t = arg;
	struct kh_record_by by = kh_record_by_system(NOW_S);
	return kh_botnet_import(writer, &t->sheet, &t->map, &t->options, &by, &t->result);
}

static struct kh_botnet_result take(struct kh_test_store *store, const char *list, const char *nat, const char *month, bool dry_run)
{
	struct task t = {.options = {.month = month, .source = "danh-sach.csv", .dry_run = dry_run}};
	ok(kh_words_parse(list, strlen(list), &t.sheet));
	ok(kh_botnet_map_read(&t.sheet, NULL, &t.map));
	if (nat) {
		ok(kh_nat_parse(nat, strlen(nat), &t.nat));
		t.options.nat = &t.nat;
	}
	ok(kh_store_write(store->store, run, &t));
	kh_sheet_done(&t.sheet);
	kh_sheet_done(&t.nat);
	return t.result;
}

static const char list_of_two[] = "IP,Cổng,Thời gian,Botnet\n192.0.2.20,40000,2026-10-20 08:00,Mẫu\n203.0.113.9,1,2026-10-20 08:00,Mẫu\n";

static void test_whole_unit(void **state)
{
	struct kh_test_store *t = *state;
	make_province(t);
	struct kh_botnet_result r = take(t, list_of_two, NULL, NULL, true);
	assert_int_equal(r.created, 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_botnet_listing") + kh_test_number(t, "SELECT COUNT(*) FROM endpoint_order"), 0);
	r = take(t, list_of_two, NULL, NULL, false);
	assert_int_equal(r.rows, 2);
	assert_int_equal(r.own, 1);
	assert_int_equal(r.foreign, 1);
	/* Without a NAT log all linked machines of the unit may be meant: not the one that drafts secrets. */
	assert_int_equal(r.machines, 2);
	assert_int_equal(r.orders, 2);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_botnet_listing WHERE unit_id = 2 AND state = 'traced' AND month = '2026-10' AND port = 40000 AND machines = 2"
					   " AND listed_s = 1792458000"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM endpoint_order WHERE kind = 'scan' AND state = 'waiting' AND args LIKE '%full%'"), 2);
	r = take(t, list_of_two, NULL, NULL, false);
	assert_int_equal(r.same, 1);
	assert_int_equal(r.created + r.orders, 0);
}

static void test_nat_names_the_machine(void **state)
{
	struct kh_test_store *t = *state;
	make_province(t);
	struct kh_botnet_result r = take(t, list_of_two, "2026-10-20T01:10:00Z,10.0.0.2,192.0.2.20:40000\n2026-10-20T01:10:00Z,10.0.0.1,192.0.2.20:40001\n", NULL, false);
	assert_int_equal(r.machines, 1);
	assert_int_equal(kh_test_number(t, "SELECT endpoint_id FROM endpoint_order"), 2);
}

/* A NAT log that does not know the address leaves it untraced: nobody is scanned by guess. */
static void test_nat_without_answer(void **state)
{
	struct kh_test_store *t = *state;
	make_province(t);
	struct kh_botnet_result r = take(t, list_of_two, "2026-10-20T05:00:00Z,10.0.0.2,192.0.2.20:40000\n", NULL, false);
	assert_int_equal(r.machines + r.orders, 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_botnet_listing WHERE state = 'new'"), 1);
}

static int clear(struct kh_db *writer, void *arg)
{
	struct kh_test_store *t = arg;
	struct kh_record_by by = kh_record_by_system(NOW_S);
	const struct kh_register *reg = &kh_registers[KH_REGISTER_BOTNET_LISTING];
	struct kh_proof_new proof = {.kind = "evidence", .name = "quet.txt", .size = 4};
	char hash[KH_SHA256_HEX_SIZE];
	kh_auto_json json_t *fields = json_pack("{s:s, s:s}", "cleared_on", "2026-11-01", "result", "đã quét");
	int64_t file = 0;
	/* Only with evidence. */
	assert_int_equal(kh_record_move(writer, reg, 1, KH_RECORD_ANY_VERSION, "clear", fields, NULL, &by), KH_E_PROOF_MISSING);
	int r = kh_proof_store(t->dir, "quet", 4, hash);
	proof.sha256 = hash;
	r = r < 0 ? r : kh_proof_add(writer, reg, 1, &proof, &by, &file);
	return r < 0 ? r : kh_record_move(writer, reg, 1, KH_RECORD_ANY_VERSION, "clear", fields, NULL, &by);
}

static void test_back_next_month(void **state)
{
	struct kh_test_store *t = *state;
	make_province(t);
	take(t, list_of_two, NULL, NULL, false);
	ok(kh_store_write(t->store, clear, t));
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_botnet_listing WHERE state = 'cleared'"), 1);
	struct kh_botnet_result r = take(t, "192.0.2.20 Mẫu\n2001:db8:5::7 Mẫu\n", NULL, "2026-11", false);
	assert_int_equal(r.created, 2);
	assert_int_equal(r.again, 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_botnet_listing WHERE month = '2026-11' AND again = 1"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_botnet_listing WHERE id = 1 AND state = 'traced'"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM unit_answer WHERE unit_id = 2 AND control = 'botnet_address_cleared' AND fail = 3"), 1);
}

static void test_pasted(void **state)
{
	struct kh_test_store *t = *state;
	make_province(t);
	struct kh_botnet_result r = take(t, "STT Địa chỉ IP Thời gian\n1 192.0.2.20 20/10/2026 08:15\n", NULL, NULL, false);
	assert_int_equal(r.rows, 1);
	assert_int_equal(r.created, 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_botnet_listing WHERE month = '2026-10' AND listed_s % 86400 = 4500"), 1); /* 08:15 in Viet Nam */
}

/* An import of nothing is no import. */
static void test_without_addresses(void **state)
{
	struct kh_test_store *t = *state;
	struct task task = {.options = {.month = "2026-11"}};
	static const char text[] = "IP,Port\nkhông có,1\n";
	ok(kh_words_parse(text, strlen(text), &task.sheet));
	ok(kh_botnet_map_read(&task.sheet, (const char *const[]){"ip=1", NULL}, &task.map));
	assert_int_equal(kh_store_write(t->store, run, &task), KH_E_INVALID_FIELD);
	kh_sheet_done(&task.sheet);
}

static void test_month(void **state)
{
	static const char *const months[] = {NULL, "2026-13", "11/2026", "2026-1"};
	struct kh_test_store *t = *state;
	make_province(t);
	for (size_t i = 0; i < KH_COUNT(months); i++) {
		struct task task = {.options = {.month = months[i]}};
		ok(kh_words_parse("a 192.0.2.20\n", 13, &task.sheet));
		ok(kh_botnet_map_read(&task.sheet, NULL, &task.map));
		assert_int_equal(kh_store_write(t->store, run, &task), KH_E_INVALID_FIELD);
		kh_sheet_done(&task.sheet);
	}
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_botnet_listing"), 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, kh_test_store_setup, kh_test_store_teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_columns), cmocka_unit_test(test_networks), CASE(test_whole_unit), CASE(test_nat_names_the_machine),
					   CASE(test_nat_without_answer), CASE(test_back_next_month), CASE(test_month), CASE(test_pasted), CASE(test_without_addresses)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
