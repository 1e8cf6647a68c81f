#include "base/settings.h"

#include "base/address.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/hours.h"
#include "base/i18n.h"
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

/* All the keys there are. */
static void list_keys(const struct kh_setting *table, size_t count, struct kh_buf *ret)
{
	for (size_t i = 0; i < count; i++)
		kh_buf_add_item(ret, table[i].key);
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

/* ---- what a value must be ---- */

static int expected_number(const struct kh_setting *s)
{
	char min[KH_DURATION_SIZE], max[KH_DURATION_SIZE];
	bool limited = s->min != INT64_MIN && s->max != INT64_MAX;
	if (s->type == KH_SETTING_INT && limited)
		return kh_fail(KH_E_INVALID_CONFIG, "%s: expected a whole number from %lld to %lld", s->key, (long long)s->min, (long long)s->max);
	if (s->type == KH_SETTING_INT)
		return kh_fail(KH_E_INVALID_CONFIG, "%s: expected a whole number", s->key);
	if (limited)
		return kh_fail(KH_E_INVALID_CONFIG, "%s: expected a time from %s to %s, such as 90s, 15m, 12h, 7d", s->key, kh_duration_text(s->min, min), kh_duration_text(s->max, max));
	return kh_fail(KH_E_INVALID_CONFIG, "%s: expected a time such as 90s, 15m, 12h, 7d", s->key);
}

static int read_number(const struct kh_setting *s, const char *value, int64_t *ret)
{
	int64_t v = 0;
	bool good = s->type == KH_SETTING_DURATION ? kh_parse_duration(value, &v) : kh_parse_int(value, INT64_MIN, INT64_MAX, &v);
	if (!good || v < s->min || v > s->max)
		return expected_number(s);
	*ret = v;
	return 0;
}

static int check_values(const struct kh_setting *s, const char *value)
{
	kh_auto_buf struct kh_buf list = KH_BUF_INIT;
	for (const char *const *v = s->values; *v; v++) {
		if (kh_streq(*v, value))
			return 0;
		kh_buf_add_item(&list, *v);
	}
	return kh_fail(KH_E_INVALID_CONFIG, "%s: \"%s\": expected one of %s", s->key, value, kh_buf_text(&list));
}

static bool is_listen(const char *value)
{
	kh_auto_free char *address = NULL;
	uint16_t port = 0;
	return kh_listen_parse(value, &address, &port);
}

static bool is_path(const char *value)
{
	return *value == '/';
}

static bool is_proxy(const char *value)
{
	return kh_streq(value, "none") || (kh_starts_with(value, "http://") && value[strlen("http://")]);
}

static bool is_hours(const char *value)
{
	struct kh_hours hours;
	return kh_hours_parse(value, &hours);
}

static bool is_url(const char *value)
{
	return (kh_starts_with(value, "http://") && value[strlen("http://")]) || (kh_starts_with(value, "https://") && value[strlen("https://")]);
}

/* What one text, or one item of a list, must look like. */
static int check_form(const struct kh_setting *s, const char *value)
{
	static const struct {
		bool (*good)(const char *value);
		const char *expected;
	} forms[] = {
		[KH_FORM_PATH] = {is_path, KH_WORDS("an absolute path: it begins with /")},
		[KH_FORM_LISTEN] = {is_listen, KH_WORDS("IP-ADDRESS:PORT, such as 0.0.0.0:8443 or \"[::]:8443\"")},
		[KH_FORM_HOST] = {kh_is_host, KH_WORDS("a DNS name or an IP address")},
		[KH_FORM_PROXY] = {is_proxy, KH_WORDS("http://HOST:PORT, or none")},
		[KH_FORM_HOURS] = {is_hours, KH_WORDS("hours, such as 11:30-13:00 or mon-fri 19:00-06:00")},
		[KH_FORM_URL] = {is_url, KH_WORDS("a URL: http://… or https://…")},
	};
	if (s->values)
		return check_values(s, value);
	if (s->form == KH_FORM_ANY || forms[s->form].good(value))
		return 0;
	return kh_fail(KH_E_INVALID_CONFIG, "%s: \"%s\": expected %s", s->key, value, kh_words(forms[s->form].expected));
}

static int check_list(const struct kh_setting *s, const char *value)
{
	char **list = split_list(value);
	int64_t n = 0;
	int r = 0;
	for (; r == 0 && list[n]; n++)
		r = check_form(s, list[n]);
	list_free(list);
	return r == 0 && n > s->max ? kh_fail(KH_E_INVALID_CONFIG, "%s: more than %lld", s->key, (long long)s->max) : r;
}

static int check(const struct kh_setting *s, const char *value)
{
	int64_t number = 0;
	switch (s->type) {
	case KH_SETTING_INT:
	case KH_SETTING_DURATION:
		return read_number(s, value, &number);
	case KH_SETTING_BOOL:
		return kh_streq(value, "true") || kh_streq(value, "false") ? 0 : kh_fail(KH_E_INVALID_CONFIG, "%s: expected true or false", s->key);
	case KH_SETTING_LIST:
		return check_list(s, value);
	case KH_SETTING_TEXT:
		break;
	}
	return check_form(s, value);
}

static char **where_of(void *settings, const struct kh_setting *table, const struct kh_setting *s)
{
	return (char **)settings + (s - table);
}

/* ---- setting ---- */

/* The value was checked. */
static void set(void *settings, const struct kh_setting *s, const char *value)
{
	void *to = slot(settings, s);
	release(settings, s);
	if (s->type == KH_SETTING_TEXT)
		*(char **)to = kh_strdup(value);
	else if (s->type == KH_SETTING_BOOL)
		*(bool *)to = kh_streq(value, "true");
	else if (s->type == KH_SETTING_LIST)
		*(char ***)to = split_list(value);
	else
		kh_assert(read_number(s, value, to) == 0);
}

void kh_settings_init(void *settings, const struct kh_setting *table, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		*where_of(settings, table, &table[i]) = NULL;
		if (table[i].type == KH_SETTING_TEXT || table[i].type == KH_SETTING_LIST)
			*(void **)slot(settings, &table[i]) = NULL;
		if (!table[i].fallback)
			continue;
		kh_assert(check(&table[i], table[i].fallback) == 0);
		set(settings, &table[i], table[i].fallback);
	}
}

int kh_settings_set(void *settings, const struct kh_setting *table, size_t count, const char *key, const char *value)
{
	const struct kh_setting *s = find(table, count, key);
	kh_auto_buf struct kh_buf keys = KH_BUF_INIT;
	if (!s)
		list_keys(table, count, &keys);
	int r = s ? check(s, value) : kh_fail(KH_E_INVALID_CONFIG, "unknown setting \"%s\": expected one of %s", key, kh_buf_text(&keys));
	if (r < 0)
		return r;
	free(kh_take(*where_of(settings, table, s)));
	set(settings, s, value);
	return 0;
}

int kh_settings_set_pair(void *settings, const struct kh_setting *table, size_t count, const char *pair)
{
	const char *equals = strchr(pair, '=');
	if (!equals)
		return kh_fail(KH_E_USAGE, "--set %s: expected KEY=VALUE", pair);
	kh_auto_free char *key = kh_strndup(pair, (size_t)(equals - pair));
	return kh_settings_set(settings, table, count, key, equals + 1);
}

int kh_settings_check(void *settings, const struct kh_setting *table, size_t count)
{
	for (const struct kh_setting *s = table; s < table + count; s++) {
		const struct kh_setting *least = s->at_least ? find(table, count, s->at_least) : NULL;
		if (!least || *(int64_t *)slot(settings, s) >= *(int64_t *)slot(settings, least))
			continue;
		const char *where = *where_of(settings, table, s) ? *where_of(settings, table, s) : *where_of(settings, table, least);
		return kh_fail(KH_E_INVALID_CONFIG, "%s%s%s: expected no less than %s", where ? where : "", where ? ": " : "", s->key, least->key);
	}
	return 0;
}

size_t kh_settings_place(const struct kh_setting *table, size_t count, const char *key, const char *value)
{
	const struct kh_setting *s = find(table, count, key);
	size_t place = 0;
	while (!kh_streq(s->values[place], value))
		place++;
	return place;
}

/* ---- reading ---- */

/* One pass over a file: the first only checks (settings NULL), the second sets. */
struct reading {
	void *settings;
	const struct kh_setting *table;
	size_t count;
};

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

static int apply_leaf(const struct reading *in, const struct kh_setting *s, const struct kh_yaml_node *node)
{
	kh_auto_free char *joined = NULL, *where = kh_yaml_place(node);
	const char *value = NULL;
	int r = kh_yaml_kind(node) == KH_YAML_LIST && s->type == KH_SETTING_LIST ? list_text(node, &joined) : kh_yaml_text(node, &value);
	if (r < 0)
		return r;
	value = joined ? joined : value;
	if (!in->settings)
		return check(s, value) < 0 ? kh_fail_in(KH_E_INVALID_CONFIG, "%s", where) : 0;
	set(in->settings, s, value);
	free(*where_of(in->settings, in->table, s));
	*where_of(in->settings, in->table, s) = kh_take(where);
	return 0;
}

static int unknown(const struct reading *in, const struct kh_yaml_node *value, const char *key)
{
	kh_auto_buf struct kh_buf keys = KH_BUF_INIT;
	list_keys(in->table, in->count, &keys);
	return kh_yaml_fail(value, "unknown setting \"%s\": expected one of %s", key, kh_buf_text(&keys));
}

static int apply(const struct reading *in, const struct kh_yaml_node *map, const char *prefix)
{
	if (kh_yaml_kind(map) != KH_YAML_MAP)
		return kh_yaml_fail(map, "expected keys and values");
	for (size_t i = 0; i < kh_yaml_count(map); i++) {
		const struct kh_yaml_node *value = NULL;
		const char *key = kh_yaml_key(map, i, &value);
		kh_auto_free char *full = kh_format("%s%s%s", prefix, *prefix ? "." : "", key);
		const struct kh_setting *s = find(in->table, in->count, full);
		int r = 0;
		if (s)
			r = kh_yaml_is_null(value) ? 0 : apply_leaf(in, s, value);
		else if (kh_yaml_kind(value) == KH_YAML_MAP)
			r = apply(in, value, full);
		else
			r = unknown(in, value, full);
		if (r < 0)
			return r;
	}
	return 0;
}

int kh_settings_parse(void *settings, const struct kh_setting *table, size_t count, const char *path, const char *text, size_t n)
{
	const struct reading look = {NULL, table, count}, take = {settings, table, count};
	kh_auto_yaml struct kh_yaml *y = NULL;
	int r = kh_yaml_parse(path, text, n, &y);
	if (r < 0 || !kh_yaml_root(y))
		return r;
	r = apply(&look, kh_yaml_root(y), "");
	return r < 0 ? r : apply(&take, kh_yaml_root(y), "");
}

void kh_settings_done(void *settings, const struct kh_setting *table, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(kh_take(*where_of(settings, table, &table[i])));
		release(settings, &table[i]);
		if (table[i].type == KH_SETTING_TEXT || table[i].type == KH_SETTING_LIST)
			*(void **)slot(settings, &table[i]) = NULL;
	}
}
