#include "server/assessment/level.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "server/assessment/lan.h"
#include "server/test_store.h"

#define NOW INT64_C(1795000000)

static struct kh_law law;
static struct kh_level_requirements requirements;
static int64_t xa;

static int group_setup(void **state)
{
	(void)state;
	kh_auto_free char *law_dir = kh_format("%s/packs/law", getenv("KHIEN_SOURCE")), *path = kh_format("%s/packs/lists/level-requirements.yaml", getenv("KHIEN_SOURCE"));
	return kh_law_load(law_dir, &law) < 0 || kh_level_requirements_load(path, &requirements) < 0 ? -1 : 0;
}

static int group_teardown(void **state)
{
	(void)state;
	kh_law_done(&law);
	kh_level_requirements_done(&requirements);
	return 0;
}

static int setup(void **state)
{
	int r = kh_test_store_setup(state);
	xa = kh_test_unit(*state, "xa", 0);
	return r;
}

enum what { CREATE, CHECKLIST, FILL };
struct doing {
	enum what what;
	enum kh_register_id reg;
	int64_t id;
	json_t *fields;
};

static int run(struct kh_db *writer, void *arg)
{
	struct doing *d = arg;
	struct kh_record_by by = {.actor = "can-bo", .now_s = NOW};
	int64_t made = 0;
	if (d->what == CREATE)
		return kh_record_create(writer, &kh_registers[d->reg], xa, d->fields, &by, &d->id);
	if (d->what == FILL)
		return kh_lan_assessment_fill(writer, d->id, KH_RECORD_ANY_VERSION, &by);
	int r = kh_level_checklist(writer, &requirements, &law, d->id, &by, &made);
	d->id = made;
	return r;
}

static int try(struct kh_test_store *t, struct doing *d)
{
	int r = kh_store_write(t->store, run, d);
	json_decref(d->fields);
	d->fields = NULL;
	return r;
}

static int64_t act(struct kh_test_store *t, struct doing d)
{
	assert_int_equal(try(t, &d), 0);
	return d.id;
}

static int64_t system_of(struct kh_test_store *t, const char *name, int level)
{
	json_t *fields = json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", name, "kind", "internal", "owner", "UBND xã", "dossier", "none", "measures", "none");
	if (level)
		json_object_set_new(fields, "level", json_integer(level));
	return act(t, (struct doing){.what = CREATE, .reg = KH_REGISTER_INFORMATION_SYSTEM, .fields = fields});
}

static void each_level_has_its_rows_once(void **state)
{
	struct kh_test_store *t = *state;
	int64_t low = system_of(t, "Trang nội bộ", 1), high = system_of(t, "Một cửa", 3), none = system_of(t, "Chưa rõ", 0);
	int64_t few = act(t, (struct doing){.what = CHECKLIST, .id = low}), many = act(t, (struct doing){.what = CHECKLIST, .id = high});
	assert_int_equal(few, 17); /* the entries from level 1 on */
	assert_int_equal(many, 24);
	assert_int_equal(act(t, (struct doing){.what = CHECKLIST, .id = high}), 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_system_requirement WHERE code = 'KT-09'"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_system_requirement WHERE code = 'KT-09' AND requirement = 'Nhật ký hệ thống cấp độ 3 lưu tối thiểu 3 tháng'"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_system_requirement WHERE code = 'QL-09'"), 0);
	struct doing unknown = {.what = CHECKLIST, .id = none};
	assert_int_equal(try(t, &unknown), KH_E_RECORD_STATE);
}

static void every_rule_of_the_list_is_in_the_law(void **state)
{
	(void)state;
	int64_t day = NOW / 86400;
	kh_array_each(&requirements.of, one)
		if (!kh_law_find(&law, one->rule, one->level, day))
			fail_msg("%s: no rule %s is in force", one->code, one->rule);
}

static void mistakes_name_the_line(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		"requirements: 1\n",
		"requirements:\n  - {code: a, family: kitchen, level: 1, rule: x}\n",
		"requirements:\n  - {code: a, family: data, level: 6, rule: x}\n",
		"requirements:\n  - {code: a, family: data, level: 1, rule: x, control: khong_co}\n",
	};
	for (size_t i = 0; i < KH_COUNT(wrong); i++) {
		kh_auto_level_requirements struct kh_level_requirements bad = {0};
		assert_int_equal(kh_level_requirements_parse("l.yaml", wrong[i], strlen(wrong[i]), &bad), KH_E_INVALID_CONFIG);
		assert_non_null(strstr(kh_fail_detail(), "l.yaml:"));
	}
}

static void measured_parts_are_filled_in(void **state)
{
	struct kh_test_store *t = *state;
	int64_t id = act(t, (struct doing){.what = CREATE, .reg = KH_REGISTER_LAN_ASSESSMENT, .fields = json_pack("{s:s, s:s}", "assessed_on", "2026-11-18", "assessor", "Người Đánh Giá")});
	struct doing fill = {.what = FILL, .id = id};
	assert_int_equal(try(t, &fill), KH_E_RECORD_STATE);
	kh_test_sql(t, "INSERT INTO endpoint(id, uid, unit_id, hostname, hostname_fold, role, os, state, fingerprint, agent_version, address, enrolled_s, seen_s, clock_offset_s)"
		       " SELECT 5, 'u', id, 'm', 'm', 'internal', '', 'active', '', '', '', 0, 0, 0 FROM unit;"
		       "INSERT INTO fact_os(endpoint_id, machine_class) VALUES(5, 'workstation');"
		       "INSERT INTO answer(endpoint_id, control, pass, fail, unknown, not_applicable, excepted, since_s, evaluated_s) VALUES"
		       "(5, 'os_supported', 1, 0, 0, 0, 0, 1, 1), (5, 'firewall_on', 0, 1, 0, 0, 0, 1, 1), (5, 'av_running', 0, 0, 1, 0, 0, 1, 1), (5, 'av_realtime', 1, 0, 0, 5, 0, 1, 1)");
	assert_int_equal(try(t, &fill), 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_lan_assessment WHERE workstations = 50 AND system_software = 100 AND servers IS NULL AND from_facts LIKE 'Máy trạm, Phần mềm hệ thống: Khiên đo%'"), 1);
}

int main(void)
{
	kh_language_use(KH_EN);
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, kh_test_store_teardown)
	const struct CMUnitTest tests[] = {
		TEST(each_level_has_its_rows_once), cmocka_unit_test(every_rule_of_the_list_is_in_the_law), cmocka_unit_test(mistakes_name_the_line), TEST(measured_parts_are_filled_in),
	};
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
