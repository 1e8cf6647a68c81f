#include "server/directive/law.h"

#include "base/error.h"
#include "base/str.h"
#include "os/yaml_files.h"


void kh_law_done(struct kh_law *law)
{
	kh_array_each(&law->rules, rule)
		kh_array_done(&rule->list);
	kh_array_each(&law->files, file)
		kh_yaml_free(*file);
	kh_array_done(&law->texts);
	kh_array_done(&law->rules);
	kh_array_done(&law->files);
}

/* --- fields --- */

static int read_day(const struct kh_yaml_node *map, const char *key, int64_t open, int64_t *ret)
{
	const char *text = NULL;
	int r = kh_yaml_get_text_or(map, key, NULL, &text);
	*ret = open;
	if (r == 0 && text && !kh_day_parse(text, ret))
		return kh_yaml_fail(kh_yaml_get(map, key), "%s: expected a day, YYYY-MM-DD", key);
	return r;
}

static int read_days(const struct kh_yaml_node *map, const char *from, const char *to, int64_t *ret_from, int64_t *ret_to)
{
	int r = read_day(map, from, INT64_MIN, ret_from);
	r = r < 0 ? r : read_day(map, to, INT64_MAX, ret_to);
	return r == 0 && *ret_to < *ret_from ? kh_yaml_fail(map, "%s lies before %s", to, from) : r;
}

static int read_name(const struct kh_yaml_node *map, struct kh_words *ret)
{
	int r = kh_yaml_get_text(map, "vi", &ret->in[KH_VI]);
	return r < 0 ? r : kh_yaml_get_text(map, "en", &ret->in[KH_EN]);
}

static int read_trust(const struct kh_yaml_node *map, const char **ret)
{
	int r = kh_yaml_get_text(map, "trust", ret);
	if (r == 0 && (strlen(*ret) != 1 || !strchr("ABCMN", **ret)))
		return kh_yaml_fail(kh_yaml_get(map, "trust"), "trust: expected A, B, C, M or N");
	return r;
}

/* --- texts --- */

static const struct kh_law_text *text_named(const struct kh_law *law, const char *id)
{
	kh_array_each(&law->texts, text)
		if (kh_streq(text->id, id))
			return text;
	return NULL;
}

static int add_text(struct kh_law *law, const struct kh_yaml_node *node)
{
	static const char *const known[] = {"id",     "number",   "vi",          "en",    "in_force_from", "in_force_to", "from_trust",
					    "replaces", "replaced_by", "trust", "source",        "note",        NULL};
	struct kh_law_text text = {0};
	int r = kh_yaml_only(node, known);
	r = r < 0 ? r : kh_yaml_get_text(node, "id", &text.id);
	r = r < 0 ? r : kh_yaml_get_text_or(node, "number", NULL, &text.number);
	r = r < 0 ? r : read_name(node, &text.name);
	r = r < 0 ? r : read_trust(node, &text.trust);
	r = r < 0 ? r : read_days(node, "in_force_from", "in_force_to", &text.from_day, &text.to_day);
	if (r == 0 && text_named(law, text.id))
		return kh_yaml_fail(node, "the text %s stands twice", text.id);
	if (r == 0)
		(void)kh_array_push(&law->texts, text);
	return r;
}

/* --- rules --- */

static int read_value(const struct kh_yaml_node *node, struct kh_law_rule *rule)
{
	const struct kh_yaml_node *value = kh_yaml_get(node, "value");
	if (kh_yaml_is_null(value))
		return 0;
	if (kh_yaml_kind(value) != KH_YAML_LIST)
		return kh_yaml_text(value, &rule->value);
	int r = 0;
	for (size_t i = 0; r == 0 && i < kh_yaml_count(value); i++) {
		const char *item = NULL;
		r = kh_yaml_text(kh_yaml_item(value, i), &item);
		if (r == 0)
			(void)kh_array_push(&rule->list, item);
	}
	return r;
}

static int read_source(const struct kh_law *law, const struct kh_yaml_node *node, struct kh_law_rule *rule)
{
	const char *id = NULL;
	int r = kh_yaml_get_text_or(node, "text", NULL, &id);
	if (r < 0 || !id)
		return r;
	rule->text = text_named(law, id);
	return rule->text ? 0 : kh_yaml_fail(kh_yaml_get(node, "text"), "there is no text %s in texts.yaml", id);
}

static int read_level(const struct kh_yaml_node *node, struct kh_law_rule *rule)
{
	const struct kh_yaml_node *level = kh_yaml_get(node, "level");
	return kh_yaml_is_null(level) ? 0 : kh_yaml_int(level, 1, 5, &rule->level);
}

static int check_alone(const struct kh_law *law, const struct kh_yaml_node *node, const struct kh_law_rule *rule)
{
	kh_array_each(&law->rules, other)
		if (kh_streq(other->name, rule->name) && other->level == rule->level && other->from_day <= rule->to_day && rule->from_day <= other->to_day)
			return kh_yaml_fail(node, "the rule %s holds on the same days as another of its name", rule->name);
	return 0;
}

static int read_rule(const struct kh_law *law, const struct kh_yaml_node *node, struct kh_law_rule *rule)
{
	static const char *const known[] = {"rule", "vi", "en", "value", "unit", "text", "article", "level", "from", "to", "trust", "source", "controls", "note", NULL};
	int r = kh_yaml_only(node, known);
	r = r < 0 ? r : kh_yaml_get_text(node, "rule", &rule->name);
	r = r < 0 ? r : read_name(node, &rule->title);
	r = r < 0 ? r : read_value(node, rule);
	r = r < 0 ? r : kh_yaml_get_text(node, "unit", &rule->unit);
	r = r < 0 ? r : read_source(law, node, rule);
	r = r < 0 ? r : kh_yaml_get_text_or(node, "article", NULL, &rule->article);
	r = r < 0 ? r : read_level(node, rule);
	r = r < 0 ? r : read_days(node, "from", "to", &rule->from_day, &rule->to_day);
	r = r < 0 ? r : read_trust(node, &rule->trust);
	return r < 0 ? r : check_alone(law, node, rule);
}

/* The array owns the rule from the beginning, so that a mistake in the middle of one leaves nothing behind. */
static int add_rule(struct kh_law *law, const struct kh_yaml_node *node)
{
	struct kh_law_rule rule = {0};
	int r = law->rules.n < KH_MAX_LAW_RULES ? read_rule(law, node, &rule) : kh_yaml_fail(node, "more than %d rules", KH_MAX_LAW_RULES);
	if (r < 0)
		kh_array_done(&rule.list);
	else
		(void)kh_array_push(&law->rules, rule);
	return r;
}

/* --- files --- */

static int add_list(struct kh_law *law, const struct kh_yaml_node *root, const char *key, int (*add)(struct kh_law *, const struct kh_yaml_node *))
{
	const struct kh_yaml_node *list = kh_yaml_get(root, key);
	int r = 0;
	if (kh_yaml_is_null(list))
		return 0;
	if (kh_yaml_kind(list) != KH_YAML_LIST)
		return kh_yaml_fail(list, "%s: expected a list", key);
	for (size_t i = 0; r == 0 && i < kh_yaml_count(list); i++)
		r = add(law, kh_yaml_item(list, i));
	return r;
}

int kh_law_add(struct kh_law *law, const char *path, const char *text, size_t n)
{
	static const char *const known[] = {"texts", "rules", NULL};
	struct kh_yaml *file = NULL;
	int r = kh_yaml_parse(path, text, n, &file);
	if (r < 0)
		return r;
	(void)kh_array_push(&law->files, file);
	const struct kh_yaml_node *root = kh_yaml_root(file);
	if (!root || kh_yaml_kind(root) != KH_YAML_MAP)
		return kh_fail(KH_E_INVALID_CONFIG, "%s:1:1: expected texts or rules", path);
	r = kh_yaml_only(root, known);
	r = r < 0 ? r : add_list(law, root, "texts", add_text);
	return r < 0 ? r : add_list(law, root, "rules", add_rule);
}

static int take_texts(void *law, const char *path, const char *text, size_t n)
{
	return kh_law_add(law, path, text, n);
}

static int take_rules(void *law, const char *path, const char *text, size_t n)
{
	return kh_ends_with(path, "/texts.yaml") ? 0 : kh_law_add(law, path, text, n);
}

int kh_law_load(const char *directory, struct kh_law *ret)
{
	kh_auto_free char *texts = kh_format("%s/texts.yaml", directory); /* first: the rules name them */
	struct kh_law law KH_CLEANUP(kh_law_done) = {0};
	int r = kh_yaml_file_read(texts, take_texts, &law);
	r = r < 0 ? r : kh_yaml_files_read(directory, take_rules, &law);
	if (r < 0)
		return r;
	*ret = law;
	law = (struct kh_law){0};
	return 0;
}

const struct kh_law_rule *kh_law_find(const struct kh_law *law, const char *name, int64_t level, int64_t day)
{
	const struct kh_law_rule *for_all = NULL;
	kh_array_each(&law->rules, rule) {
		if (!kh_streq(rule->name, name) || day < rule->from_day || day > rule->to_day)
			continue;
		if (rule->level == level)
			return rule;
		if (rule->level == 0)
			for_all = rule;
	}
	return for_all;
}
