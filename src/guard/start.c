#include "guard/guard.h"

#include "base/error.h"
#include "base/json.h"
#include "base/settings.h"
#include "base/str.h"

#include <stdlib.h>

bool kh_guard_wanted(const struct kh_agent_settings *settings)
{
	return !kh_streq(settings->onaccess_mode, "off") || !kh_streq(settings->ransom_mode, "off");
}

/* As it would stand in a file. */
static void write_value(const struct kh_setting *s, const void *at, struct kh_buf *out)
{
	char *const *list = s->type == KH_SETTING_LIST ? *(char *const *const *)at : NULL;
	if (s->type == KH_SETTING_TEXT)
		kh_buf_adds(out, *(const char *const *)at);
	else if (s->type == KH_SETTING_BOOL)
		kh_buf_adds(out, *(const bool *)at ? "true" : "false");
	else if (s->type == KH_SETTING_LIST)
		for (; *list; list++)
			kh_buf_add_item(out, *list);
	else
		kh_buf_addf(out, "%lld%s", (long long)*(const int64_t *)at, s->type == KH_SETTING_DURATION ? "s" : "");
}

static bool is_set(const struct kh_setting *s, const void *at)
{
	return (s->type != KH_SETTING_TEXT && s->type != KH_SETTING_LIST) || *(const void *const *)at;
}

void kh_guard_write_start(const struct kh_agent_settings *settings, struct kh_buf *out)
{
	kh_auto_json json_t *j = json_object();
	for (size_t i = 0; i < KH_AGENT_SETTINGS_COUNT; i++) {
		const struct kh_setting *s = &kh_agent_settings_table[i];
		const void *at = (const char *)settings + s->offset;
		kh_auto_buf struct kh_buf value = KH_BUF_INIT;
		if (!is_set(s, at))
			continue;
		write_value(s, at, &value);
		kh_json_set_text(j, s->key, kh_buf_text(&value));
	}
	char *text = kh_json_dump(j);
	kh_buf_adds(out, text);
	free(text);
}

int kh_guard_read_start(const void *bytes, size_t n, struct kh_agent_settings *ret)
{
	kh_auto_json json_t *j = NULL;
	const char *key = NULL;
	json_t *value = NULL;
	struct kh_agent_settings settings = {0};
	int r = kh_json_parse(bytes, n, &j);
	if (r < 0)
		return r;
	kh_settings_init(&settings, KH_AGENT_SETTINGS);
	json_object_foreach(j, key, value)
		r = r < 0 ? r : kh_settings_set(&settings, KH_AGENT_SETTINGS, key, json_string_value(value) ? json_string_value(value) : "");
	if (r < 0)
		kh_settings_done(&settings, KH_AGENT_SETTINGS);
	else
		*ret = settings;
	return r;
}
