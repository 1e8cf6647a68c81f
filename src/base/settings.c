#include "base/settings.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/yaml.h"

#include <stdio.h>

static void *slot(void *settings, const struct kh_setting *s)
{
	return (char *)settings + s->offset;
}

static void list_free(char **list)
{
	for (char **p = list; p && *p; p++)
		free(*p);
	free(list);
}

static void release(void *settings, const struct kh_setting *s)
{
	if (s->type == KH_SETTING_TEXT)
		free(*(char **)slot(settings, s));
	else if (s->type == KH_SETTING_LIST)
		list_free(*(char ***)slot(settings, s));
}

static const struct kh_setting *find(const struct kh_setting *table, size_t count, const char *key)
{
	for (size_t i = 0; i < count; i++)
		if (kh_streq(table[i].key, key))
			return &table[i];
	return NULL;
}

static char **split_list(const char *text)
{
	kh_auto_free char *copy = kh_strdup(text);
	size_t n = 0;
	char **list = kh_alloc_array(strlen(text) + 2, sizeof *list);
	for (char *rest = copy, *item = NULL; (item = kh_split(&rest, ",")) != NULL;) {
		item = kh_trim(item);
		if (*item)
			list[n++] = kh_strdup(item);
	}
	return list;
}

static bool number_of(const struct kh_setting *s, const char *value, int64_t *ret)
{
	int64_t v = 0;
	bool good = s->type == KH_SETTING_DURATION ? kh_parse_duration(value, &v) : kh_parse_int(value, INT64_MIN, INT64_MAX, &v);
	if (!good || v < s->min || v > s->max)
		return false;
	*ret = v;
	return true;
}

static int expected(const struct kh_setting *s)
{
	static const char *const what[] = {"a text", "a whole number", "true or false", "a time such as 90s, 15m, 12h, 7d", "a list"};
	if (s->type == KH_SETTING_INT && (s->min != INT64_MIN || s->max != INT64_MAX))
		return kh_fail(KH_E_INVALID_CONFIG, "%s: expected a whole number from %lld to %lld", s->key, (long long)s->min, (long long)s->max);
	return kh_fail(KH_E_INVALID_CONFIG, "%s: expected %s", s->key, what[s->type]);
}

static int set(void *settings, const struct kh_setting *s, const char *value)
{
	int64_t number = 0;
	if ((s->type == KH_SETTING_INT || s->type == KH_SETTING_DURATION) && !number_of(s, value, &number))
		return expected(s);
	if (s->type == KH_SETTING_BOOL && !kh_streq(value, "true") && !kh_streq(value, "false"))
		return expected(s);
	release(settings, s);
	void *to = slot(settings, s);
	if (s->type == KH_SETTING_TEXT)
		*(char **)to = kh_strdup(value);
	else if (s->type == KH_SETTING_BOOL)
		*(bool *)to = kh_streq(value, "true");
	else if (s->type == KH_SETTING_LIST)
		*(char ***)to = split_list(value);
	else
		*(int64_t *)to = number;
	return 0;
}

void kh_settings_init(void *settings, const struct kh_setting *table, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (table[i].type == KH_SETTING_TEXT || table[i].type == KH_SETTING_LIST)
			*(void **)slot(settings, &table[i]) = NULL;
		if (table[i].fallback)
			kh_assert(set(settings, &table[i], table[i].fallback) == 0);
	}
}

int kh_settings_set(void *settings, const struct kh_setting *table, size_t count, const char *key, const char *value)
{
	const struct kh_setting *s = find(table, count, key);
	return s ? set(settings, s, value) : kh_fail(KH_E_INVALID_CONFIG, "unknown setting %s", key);
}

/* A YAML list as the comma form that set() takes. */
static int list_text(const struct kh_yaml_node *node, char **ret)
{
	kh_auto_free char *text = kh_strdup("");
	for (size_t i = 0; i < kh_yaml_count(node); i++) {
		const char *item = NULL;
		int r = kh_yaml_text(kh_yaml_item(node, i), &item);
		if (r < 0)
			return r;
		char *longer = kh_format("%s%s%s", text, i ? "," : "", item);
		free(text);
		text = longer;
	}
	*ret = kh_take(text);
	return 0;
}

static int apply_leaf(void *settings, const struct kh_setting *s, const struct kh_yaml_node *node)
{
	kh_auto_free char *joined = NULL;
	const char *value = NULL;
	int r = kh_yaml_kind(node) == KH_YAML_LIST && s->type == KH_SETTING_LIST ? list_text(node, &joined) : kh_yaml_text(node, &value);
	if (r < 0)
		return r;
	if (!settings) {
		/* The first pass only checks, on a copy of nothing: texts and lists are always good. */
		int64_t number = 0;
		bool is_bool = s->type == KH_SETTING_BOOL, is_number = s->type == KH_SETTING_INT || s->type == KH_SETTING_DURATION;
		bool good = is_bool ? kh_streq(value, "true") || kh_streq(value, "false") : !is_number || number_of(s, value, &number);
		if (good)
			return 0;
		kh_ignore(expected(s));
		kh_auto_free char *detail = kh_strdup(kh_fail_detail());
		return kh_yaml_fail(node, "%s", detail);
	}
	return set(settings, s, joined ? joined : value);
}

static int apply(void *settings, const struct kh_setting *table, size_t count, const struct kh_yaml_node *map, const char *prefix)
{
	if (kh_yaml_kind(map) != KH_YAML_MAP)
		return kh_yaml_fail(map, "expected keys and values");
	for (size_t i = 0; i < kh_yaml_count(map); i++) {
		const struct kh_yaml_node *value = NULL;
		const char *key = kh_yaml_key(map, i, &value);
		kh_auto_free char *full = kh_format("%s%s%s", prefix, *prefix ? "." : "", key);
		const struct kh_setting *s = find(table, count, full);
		int r = 0;
		if (s)
			r = kh_yaml_is_null(value) ? 0 : apply_leaf(settings, s, value);
		else if (kh_yaml_kind(value) == KH_YAML_MAP)
			r = apply(settings, table, count, value, full);
		else
			r = kh_yaml_fail(value, "unknown setting \"%s\"", full);
		if (r < 0)
			return r;
	}
	return 0;
}

int kh_settings_parse(void *settings, const struct kh_setting *table, size_t count, const char *path, const char *text, size_t n)
{
	kh_auto_yaml struct kh_yaml *y = NULL;
	int r = kh_yaml_parse(path, text, n, &y);
	if (r < 0 || !kh_yaml_root(y))
		return r;
	r = apply(NULL, table, count, kh_yaml_root(y), "");
	return r < 0 ? r : apply(settings, table, count, kh_yaml_root(y), "");
}

void kh_settings_done(void *settings, const struct kh_setting *table, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		release(settings, &table[i]);
		if (table[i].type == KH_SETTING_TEXT || table[i].type == KH_SETTING_LIST)
			*(void **)slot(settings, &table[i]) = NULL;
	}
}
