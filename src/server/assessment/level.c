#include "server/assessment/level.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "os/yaml_files.h"
#include "server/posture/control.h"
#include "server/report/json.h"

#define SYSTEM (&kh_registers[KH_REGISTER_INFORMATION_SYSTEM])
#define REQUIREMENT (&kh_registers[KH_REGISTER_SYSTEM_REQUIREMENT])
#define MAX_WORDS 900 /* bytes: fits the register's text whatever the letters are */

void kh_level_requirements_done(struct kh_level_requirements *list)
{
	kh_array_done(&list->of);
	kh_yaml_free(kh_take(list->file));
}

/* ---- reading ---- */

static bool is_family(const char *name)
{
	for (const struct kh_code *code = kh_register_field(REQUIREMENT, "family")->codes; code->name; code++)
		if (kh_streq(code->name, name))
			return true;
	return false;
}

static int read_requirement(const struct kh_yaml_node *node, struct kh_level_requirement *ret)
{
	static const char *const known[] = {"code", "family", "level", "rule", "control", NULL};
	int r = kh_yaml_only(node, known);
	if (r == 0)
		r = kh_yaml_get_text(node, "code", &ret->code);
	if (r == 0)
		r = kh_yaml_get_text(node, "family", &ret->family);
	if (r == 0 && !is_family(ret->family))
		r = kh_yaml_fail(kh_yaml_get(node, "family"), "there is no family %s", ret->family);
	if (r == 0)
		r = kh_yaml_int(kh_yaml_get(node, "level"), 1, 5, &ret->level);
	if (r == 0)
		r = kh_yaml_get_text(node, "rule", &ret->rule);
	if (r == 0)
		r = kh_yaml_get_text_or(node, "control", NULL, &ret->control);
	if (r == 0 && ret->control && !kh_control_named(ret->control))
		r = kh_yaml_fail(kh_yaml_get(node, "control"), "there is no control %s", ret->control);
	return r;
}

int kh_level_requirements_parse(const char *path, const char *text, size_t n, struct kh_level_requirements *ret)
{
	static const char *const known[] = {"requirements", NULL};
	kh_auto_level_requirements struct kh_level_requirements list = {0};
	int r = kh_yaml_parse(path, text, n, &list.file);
	if (r < 0)
		return r;
	const struct kh_yaml_node *root = kh_yaml_root(list.file), *items = kh_yaml_get(root, "requirements");
	if (!root || kh_yaml_kind(root) != KH_YAML_MAP || !items || kh_yaml_kind(items) != KH_YAML_LIST)
		return kh_fail(KH_E_INVALID_CONFIG, "%s:1:1: expected a list of requirements", path);
	r = kh_yaml_only(root, known);
	for (size_t i = 0; r == 0 && i < kh_yaml_count(items); i++) {
		struct kh_level_requirement one = {0};
		r = read_requirement(kh_yaml_item(items, i), &one);
		(void)kh_array_push(&list.of, one);
	}
	if (r < 0)
		return r;
	*ret = list;
	list = (struct kh_level_requirements){0};
	return 0;
}

static int take(void *list, const char *path, const char *text, size_t n)
{
	return kh_level_requirements_parse(path, text, n, list);
}

int kh_level_requirements_load(const char *path, struct kh_level_requirements *ret)
{
	return kh_yaml_file_read(path, take, ret);
}

/* ---- words ---- */

/* Units of packs/law that are said behind the number; of others the title says enough. */
static const char *unit_words(const char *unit)
{
	static const struct {
		const char *unit, *words;
	} units[] = {{"day", " ngày"}, {"month", " tháng"}, {"hour", " giờ"}, {"minute", " phút"}, {"percent", "%"}, {"zone", " vùng"}, {"try", " lần"}, {"character", " ký tự"}};
	for (size_t i = 0; i < KH_COUNT(units); i++)
		if (kh_streq(units[i].unit, unit))
			return units[i].words;
	return "";
}

char *kh_level_requirement_words(const struct kh_law_rule *rule)
{
	kh_auto_buf struct kh_buf words = KH_BUF_INIT;
	kh_buf_adds(&words, rule->title.in[KH_VI]);
	if (rule->list.n)
		kh_buf_adds(&words, ": ");
	for (size_t i = 0; i < rule->list.n && words.len + strlen(rule->list.v[i]) < MAX_WORDS; i++)
		kh_buf_addf(&words, "%s%s", i ? "; " : "", rule->list.v[i]);
	if (rule->value && !kh_streq(rule->unit, "yes_no"))
		kh_buf_addf(&words, " %s%s", rule->value, unit_words(rule->unit));
	return kh_buf_take(&words);
}

/* ---- rows ---- */

static int make_row(struct kh_db *writer, const struct kh_level_requirement *one, const struct kh_law_rule *rule, const struct kh_record *system, const struct kh_record_by *by, int64_t *made)
{
	int64_t there = 0, id = 0;
	kh_auto_free char *words = kh_level_requirement_words(rule);
	int r = kh_db_int(writer, &there, "SELECT COUNT(*) FROM reg_system_requirement WHERE system = ?1 AND code = ?2", system->id, one->code);
	if (r < 0 || there)
		return r;
	kh_auto_json json_t *fields = json_pack("{s:I, s:s, s:s, s:s, s:I}", "system", (json_int_t)system->id, "code", one->code, "family", one->family, "requirement", words, "level", (json_int_t)one->level);
	if (one->control)
		kh_json_set_text(fields, "control", one->control);
	++*made;
	return kh_record_create(writer, REQUIREMENT, system->unit_id, fields, by, &id);
}

/* What is asked of a level is asked of those above it, until one has a rule of its own. */
static const struct kh_law_rule *rule_for(const struct kh_law *law, const char *name, int64_t level, int64_t day)
{
	const struct kh_law_rule *rule = NULL;
	for (; !rule && level >= 1; level--)
		rule = kh_law_find(law, name, level, day);
	return rule;
}

int kh_level_checklist(struct kh_db *writer, const struct kh_level_requirements *list, const struct kh_law *law, int64_t id, const struct kh_record_by *by, int64_t *ret_made)
{
	kh_auto_record struct kh_record system = {0};
	int r = kh_record_get(writer, SYSTEM, id, by->scope, &system);
	if (r == 0)
		r = kh_record_may_change(writer, &system, by);
	if (r < 0)
		return r;
	int64_t level = kh_record_int(&system, "level");
	*ret_made = 0;
	if (!level)
		return kh_fail(KH_E_RECORD_STATE, "the level of the system is not filled in");
	kh_array_each(&list->of, one) {
		const struct kh_law_rule *rule = one->level <= level ? rule_for(law, one->rule, level, kh_time_day_number(by->now_s)) : NULL;
		if (r == 0 && rule)
			r = make_row(writer, one, rule, &system, by, ret_made);
	}
	return r;
}
