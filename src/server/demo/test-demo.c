/* A small province: every register and fact table is filled, everything says that it is invented, answers are those asked one by one, and the seed decides. */
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "base/time.h"
#include "crypto/hash.h"
#include "gen/facts.h"
#include "gen/registers.h"
#include "server/demo/demo.h"
#include "server/posture/clock.h"
#include "server/report/demands.h"
#include "server/test_store.h"
#include "server/unit/unit.h"

#include <inttypes.h>

#define UNITS 7
#define MACHINES 24
#define NOW_S INT64_C(1795000000) /* in November 2026: behind the holidays that the pack names */

#define ok(expr)                                                                                  \
	do {                                                                                      \
		int r_ = (expr);                                                                  \
		if (r_ < 0)                                                                       \
			fail_msg("%s: %s: %s", #expr, kh_error_info(r_)->name, kh_fail_detail()); \
	} while (0)

static int add_province(struct kh_db *writer, void *arg)
{
	struct kh_unit_new unit = {.code = KH_DEMO_UNIT_CODE, .name = KH_DEMO_UNIT_NAME, .kind = "province"};
	int64_t id = 0;
	(void)arg;
	return kh_unit_add(writer, &unit, "test", NOW_S, &id);
}

static void fill(struct kh_test_store *t, int64_t seed, int64_t now_s)
{
	kh_auto_free char *pack = kh_format("%s/packs/demo/province.yaml", getenv("KHIEN_SOURCE"));
	ok(kh_store_write(t->store, add_province, NULL));
	ok(kh_demo_fill(t->store, &(struct kh_demo_options){.pack = pack, .data_dir = t->dir, .units = UNITS, .endpoints = MACHINES, .seed = seed, .now_s = now_s}));
}

static void test_filled(void **state)
{
	struct kh_test_store *t = *state;
	bool demo = false;
	ok(kh_demo_is(t->db, &demo));
	assert_false(demo);
	fill(t, 1, kh_now_s());
	ok(kh_demo_is(t->db, &demo));
	assert_true(demo);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM unit"), UNITS);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM endpoint"), MACHINES);
	for (const struct kh_register *reg = kh_registers; reg->name; reg++) {
		kh_auto_free char *sql = kh_format("SELECT COUNT(*) FROM reg_%s", reg->name);
		if (!kh_test_number(t, sql))
			fail_msg("the register %s is empty", reg->name);
	}
	for (size_t i = 0; i < KH_FACTS_COUNT; i++) {
		kh_auto_free char *sql = kh_format("SELECT COUNT(*) FROM fact_%s", kh_fact_tables[i].name);
		if (!kh_test_number(t, sql))
			fail_msg("the fact table %s is empty", kh_fact_tables[i].name);
	}
	assert_int_not_equal(kh_test_number(t, "SELECT COUNT(*) FROM detection"), 0);
	assert_int_not_equal(kh_test_number(t, "SELECT COUNT(*) FROM scan"), 0);
}

/* What a reader of any page must see. */
static void test_says_it_is_invented(void **state)
{
	struct kh_test_store *t = *state;
	fill(t, 1, kh_now_s());
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM unit WHERE name NOT LIKE '%(số liệu mẫu)'"), 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM record_change WHERE actor <> 'so-lieu-mau'"), 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_staff WHERE full_name NOT LIKE 'Mẫu %' OR phone NOT LIKE '0000 %' OR official_mail NOT LIKE '%.example'"), 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_contact WHERE phone NOT LIKE '0000 %' OR email NOT LIKE '%.example'"), 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_portal WHERE url NOT LIKE 'https://%.example/' OR state = 'active'"), 0);
}

static int answers(struct kh_test_store *t, int64_t now_s)
{
	size_t changed = 0;
	ok(kh_posture_refresh(t->store, &(struct kh_refresh){.which = KH_ALL_CONTROLS, .now_s = now_s}, &changed));
	return (int)changed;
}

static bool at_once(void *arg)
{
	(void)arg;
	return true;
}

static void test_asking_anew_is_stopped(void **state)
{
	struct kh_test_store *t = *state;
	size_t changed = 0;
	fill(t, 1, kh_now_s());
	struct kh_refresh later = {.which = KH_CLOCK_CONTROLS, .now_s = kh_now_s() + 60 * KH_DAY_S, .stop = at_once};
	ok(kh_posture_refresh(t->store, &later, &changed));
	assert_int_equal(changed, 0);
	later.stop = NULL;
	ok(kh_posture_refresh(t->store, &later, &changed));
	assert_true(changed > 0);
}

static void test_answers_and_demands(void **state)
{
	struct kh_test_store *t = *state;
	kh_auto_free char *packs = kh_format("%s/packs/directives", getenv("KHIEN_SOURCE"));
	kh_auto_directives struct kh_directives directives = {0};
	struct kh_posture posture = {0};
	size_t n = 0, known = 0;
	fill(t, 1, kh_now_s());
	assert_int_equal(answers(t, kh_now_s()), 0);
	ok(kh_directives_load(packs, &directives));
	ok(kh_posture_read(t->db, 1, KH_TODAY, &posture));
	ok(kh_posture_measure(t->db, 1, &posture));
	kh_auto_free const struct kh_clause **all = kh_demands_in_order(&directives, &n);
	assert_int_not_equal(n, 0);
	for (size_t i = 0; i < n; i++) {
		kh_auto_demand struct kh_demand demand = kh_demand_of(all[i], &posture, KH_VI);
		known += demand.state != KH_NOT_MEASURED;
	}
	assert_true(known > n * 9 / 10);
}

/* The past adds up: what passes in the units below passes in the province. */
static void test_past(void **state)
{
	struct kh_test_store *t = *state;
	fill(t, 1, kh_now_s());
	assert_true(kh_test_number(t, "SELECT COUNT(DISTINCT day) FROM posture WHERE unit_id = 1") > 12);
	assert_true(kh_test_number(t, "SELECT MIN(pass) FROM posture WHERE unit_id = 1 AND control = 'firewall_on'") <
		    kh_test_number(t, "SELECT MAX(pass) FROM posture WHERE unit_id = 1 AND control = 'firewall_on'"));
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM posture WHERE pass < 0 OR fail < 0 OR unknown < 0"), 0);
}

/* SHA-256 of everything that was made, the moment of the audit log left away. */
static void digest(struct kh_test_store *t, char out[KH_SHA256_HEX_SIZE])
{
	kh_auto_buf struct kh_buf all = KH_BUF_INIT;
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(t->db, &s,
			    "SELECT register || record_id || at_s || what || detail FROM record_change UNION ALL SELECT uid || unit_id || role || seen_s FROM endpoint"
			    " UNION ALL SELECT endpoint_id || rule || path || found_s FROM detection UNION ALL SELECT endpoint_id || name || version FROM fact_packages ORDER BY 1");
	while (kh_stmt_next(s, &r))
		kh_buf_addf(&all, "%s\n", kh_stmt_text(s, 0));
	ok(r);
	ok(kh_buf_status(&all));
	uint8_t hash[KH_SHA256_SIZE];
	kh_sha256_of(kh_buf_text(&all), all.len, hash);
	kh_sha256_hex(hash, out);
}

static void content(int64_t seed, char out[KH_SHA256_HEX_SIZE])
{
	void *state = NULL;
	assert_int_equal(kh_test_store_setup(&state), 0);
	fill(state, seed, NOW_S);
	digest(state, out);
	assert_int_equal(kh_test_store_teardown(&state), 0);
}

static void test_seed(void **state)
{
	char first[KH_SHA256_HEX_SIZE], second[KH_SHA256_HEX_SIZE], other[KH_SHA256_HEX_SIZE];
	(void)state;
	content(1, first);
	content(1, second);
	content(2, other);
	assert_string_equal(first, second);
	assert_string_not_equal(first, other);
}

/* A slip in the pack is told with its place. */
static void expect_mistake(struct kh_test_store *t, const char *pack, const char *detail)
{
	kh_auto_free char *path = kh_format("%s/pack.yaml", t->dir);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(pack, f) >= 0 && fclose(f) == 0);
	struct kh_demo_options options = {.pack = path, .data_dir = t->dir, .units = 5, .endpoints = 5, .seed = 1, .now_s = NOW_S};
	assert_int_equal(kh_demo_fill(t->store, &options), KH_E_INVALID_CONFIG);
	if (!strstr(kh_fail_detail(), detail))
		fail_msg("\"%s\" does not say \"%s\"", kh_fail_detail(), detail);
	kh_test_sql(t, "DELETE FROM meta WHERE key = 'demo'");
}

#define WORDS "words: {first: [A], second: [B], departments: [C]}\n"

static void test_mistakes(void **state)
{
	static const struct {
		const char *pack, *detail;
	} mistakes[] = {
		{WORDS "record: []\n", "record"},
		{WORDS "tables: [{table: nothing}]\n", "there is no fact table nothing"},
	};
	for (size_t i = 0; i < KH_COUNT(mistakes); i++) {
		void *store = NULL;
		assert_int_equal(kh_test_store_setup(&store), 0);
		ok(kh_store_write(((struct kh_test_store *)store)->store, add_province, NULL));
		expect_mistake(store, mistakes[i].pack, mistakes[i].detail);
		assert_int_equal(kh_test_store_teardown(&store), 0);
	}
	static const struct {
		const char *record, *detail;
	} records[] = {
		{"{register: nothing}", "there is no register nothing"},
		{"{register: staff, fields: {nothing: 1}}", "has no such field"},
		{"{register: staff, fields: {full_name: \"{nobody}\"}}", "there are no such words"},
		{"{register: staff, fields: {full_name: a, position: nothing}}", "invalid_field"},
		{"{register: staff, fields: {full_name: a, position: worker}, moves: [{move: fly}]}", "has no move fly"},
		{"{register: staff, on: soon, fields: {full_name: a, position: worker}}", "expected a number"},
		{"{register: staff, fields: {full_name: {some: 1}, position: worker}}", "expected one of pick"},
	};
	for (size_t i = 0; i < KH_COUNT(records); i++) {
		void *store = NULL;
		kh_auto_free char *pack = kh_format(WORDS "records: [%s]\n", records[i].record);
		assert_int_equal(kh_test_store_setup(&store), 0);
		ok(kh_store_write(((struct kh_test_store *)store)->store, add_province, NULL));
		expect_mistake(store, pack, records[i].detail);
		assert_int_equal(kh_test_store_teardown(&store), 0);
	}
	(void)state;
}

#define in_store(test) cmocka_unit_test_setup_teardown(test, kh_test_store_setup, kh_test_store_teardown)

int main(void)
{
	kh_language_use(KH_EN);
	const struct CMUnitTest tests[] = {in_store(test_filled), in_store(test_says_it_is_invented), in_store(test_asking_anew_is_stopped), in_store(test_answers_and_demands), in_store(test_past),
					   cmocka_unit_test(test_seed), cmocka_unit_test(test_mistakes)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
