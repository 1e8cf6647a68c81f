/* A small province: every register and fact table is filled, everything says that it is invented, answers are those asked one by one, and the seed decides. */
#include "base/buf.h"
#include "base/error.h"
#include "base/stop.h"
#include "base/str.h"
#include "base/test.h"
#include "base/test_dir.h"
#include "base/time.h"
#include "crypto/hash.h"
#include "gen/facts.h"
#include "gen/registers.h"
#include "os/file.h"
#include "server/demo/demo.h"
#include "server/demo/place.h"
#include "server/packs.h"
#include "server/posture/clock.h"
#include "server/report/demands.h"
#include "server/test_store.h"
#include "server/unit/unit.h"

#include <inttypes.h>

#define UNITS 7
#define MACHINES 24
#define NOW_S INT64_C(1795000000) /* in November 2026: behind the holidays that the pack names */

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
	/* The province's leader has a report to sign. */
	assert_int_not_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_report_due WHERE unit_id = 1 AND state = 'drafted'"), 0);
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
	ok(kh_posture_refresh(t->store, KH_ALL_CONTROLS, now_s, &changed));
	return (int)changed;
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

/* All mistakes of a pack, before anything is made of it. */
static void expect_checked(const char *text, const char *const *details)
{
	char dir[] = "/tmp/khien-demo-XXXXXX";
	kh_auto_pack_mistakes struct kh_pack_mistakes mistakes = {0};
	size_t n = 0;
	assert_non_null(mkdtemp(dir));
	kh_auto_free char *path = kh_format("%s/pack.yaml", dir);
	assert_int_equal(kh_file_replace(path, text, strlen(text), 0600), 0);
	kh_demo_check(path, &mistakes);
	assert_int_equal(kh_test_remove(dir), 0);
	for (; details[n]; n++)
		if (n >= mistakes.of.n || !strstr(mistakes.of.v[n], details[n]) || !kh_starts_with(mistakes.of.v[n], path))
			fail_msg("\"%s\" does not say \"%s\"", n < mistakes.of.n ? mistakes.of.v[n] : "", details[n]);
	assert_int_equal(mistakes.of.n, n);
}

static void test_checked(void **state)
{
	(void)state;
	static const struct {
		const char *pack, *details[4];
	} packs[] = {
		{WORDS, {NULL}},
		{"records: []\n", {"expected the words"}},
		{"words: {first: [A], second: [B]}\n", {"there are no words departments"}},
		{"words: {first: [A], second: [B], departments: [\"{nothing}\"]}\n", {"there are no such words"}},
		{WORDS "tables: [{table: nothing}, {table: os, rows: [{fields: {nothing: 1}}]}, {table: os, rows: [{when: [lazy]}]}]\n",
		 {"there is no fact table nothing", "nothing: the table os has no such column", "no machine is lazy"}},
		{WORDS "records: [{register: nothing}, {register: staff, fields: {nothing: 1}}, {register: staff, for: [castle]}]\n",
		 {"there is no register nothing", "has no such field", "castle is no kind of units"}},
		/* What only a part of the machines would ever meet is looked at too. */
		{WORDS "records: [{register: staff, fields: {position: {pick: {officer: 99, king: 1}}}}, {register: staff, fields: {full_name: {share: 99, is: a, else: \"{nobody}\"}}}]\n",
		 {"king is none of its codes", "there are no such words"}},
		{WORDS "records: [{register: staff, moves: [{move: fly}]}, {register: staff, on: soon}, {register: staff, every: 1}]\n",
		 {"has no move fly", "expected a number", "`every` wants `on`"}},
	};
	for (size_t i = 0; i < KH_COUNT(packs); i++)
		expect_checked(packs[i].pack, packs[i].details);
}

static void test_shipped_pack(void **state)
{
	kh_auto_pack_mistakes struct kh_pack_mistakes mistakes = {0};
	kh_auto_free char *pack = kh_format("%s/packs/demo/province.yaml", getenv("KHIEN_SOURCE"));
	(void)state;
	kh_demo_check(pack, &mistakes);
	if (mistakes.of.n)
		fail_msg("%s", mistakes.of.v[0]);
}

/* ---- where it is made ---- */

static void write_in(const char *dir, const char *name)
{
	kh_auto_free char *path = kh_format("%s/%s", dir, name);
	assert_int_equal(kh_file_replace(path, "x", 1, 0600), 0);
}

static bool is_there(const char *dir, const char *name)
{
	kh_auto_free char *path = kh_format("%s/%s", dir, name);
	return kh_file_exists(path);
}

/* Whole or not at all: nothing stands in the data directory before the end, and nothing beside it after. */
static void test_place(void **state)
{
	struct kh_test_store *t = *state;
	kh_auto_free char *data = kh_format("%s/data", t->dir), *slash = kh_format("%s/", data), *beside = kh_format("%s.demo-unfinished", data);
	for (int finished = 0; finished < 2; finished++) {
		struct kh_demo_place p = KH_DEMO_PLACE_NONE;
		ok(kh_demo_place_begin(slash, &p));
		assert_string_equal(p.data, data);
		assert_false(p.left);
		write_in(p.dir, "khien.db");
		assert_true(kh_demo_place_is_left(data));
		struct kh_demo_place second = KH_DEMO_PLACE_NONE;
		assert_int_equal(kh_demo_place_begin(data, &second), KH_E_IN_USE);
		assert_true(is_there(p.dir, "khien.db"));
		assert_false(is_there(data, ""));
		if (finished)
			ok(kh_demo_place_end(&p));
		kh_demo_place_done(&p);
		assert_false(kh_file_exists(beside));
		assert_int_equal(is_there(data, "khien.db"), finished);
	}
	struct kh_demo_place full = KH_DEMO_PLACE_NONE;
	assert_int_equal(kh_demo_place_begin(data, &full), KH_E_EXISTS);
	assert_false(kh_file_exists(beside));
}

/* What a run left that was killed: nobody holds its lock. */
static void test_left(void **state)
{
	struct kh_test_store *t = *state;
	kh_auto_demo_place struct kh_demo_place p = KH_DEMO_PLACE_NONE;
	kh_auto_free char *data = kh_format("%s/data", t->dir), *beside = kh_format("%s.demo-unfinished/files", data);
	ok(kh_dir_make(beside, 0700));
	write_in(beside, "x");
	ok(kh_dir_make(data, 0700)); /* empty: made for the server */
	ok(kh_demo_place_begin(data, &p));
	assert_true(p.left);
	assert_false(kh_file_exists(beside));
	ok(kh_demo_place_end(&p));
}

/* Broken off between two parts: the store tells it, and nothing goes on. */
static void test_broken_off(void **state)
{
	struct kh_test_store *t = *state;
	kh_stop_flag stop = true;
	kh_auto_free char *pack = kh_format("%s/packs/demo/province.yaml", getenv("KHIEN_SOURCE"));
	ok(kh_store_write(t->store, add_province, NULL));
	kh_stop_by(&stop);
	int r = kh_demo_fill(t->store, &(struct kh_demo_options){.pack = pack, .data_dir = t->dir, .units = UNITS, .endpoints = MACHINES, .seed = 1, .now_s = NOW_S});
	kh_stop_by(NULL);
	assert_int_equal(r, KH_E_STOPPED);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM endpoint"), 0);
}

#define in_store(test) cmocka_unit_test_setup_teardown(test, kh_test_store_setup, kh_test_store_teardown)

int main(void)
{
	kh_language_use(KH_EN);
	const struct CMUnitTest tests[] = {in_store(test_filled), in_store(test_says_it_is_invented), in_store(test_answers_and_demands), in_store(test_past),
					   cmocka_unit_test(test_seed), cmocka_unit_test(test_mistakes), cmocka_unit_test(test_checked), cmocka_unit_test(test_shipped_pack),
					   in_store(test_place), in_store(test_left), in_store(test_broken_off)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
