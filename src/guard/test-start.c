#include "guard/guard.h"

#include "base/alloc.h"
#include "base/settings.h"
#include "base/str.h"
#include "base/test.h"

static void settings_arrive_as_they_were(void **state)
{
	struct kh_agent_settings s = {0}, got = {0};
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	(void)state;
	kh_settings_init(&s, KH_AGENT_SETTINGS);
	assert_false(kh_guard_wanted(&s));
	assert_int_equal(kh_settings_set(&s, KH_AGENT_SETTINGS, "onaccess.mode", "deny"), 0);
	assert_int_equal(kh_settings_set(&s, KH_AGENT_SETTINGS, "onaccess.places", "/a b, /home/*/Tải xuống"), 0);
	assert_int_equal(kh_settings_set(&s, KH_AGENT_SETTINGS, "facts.every", "90s"), 0);
	kh_guard_write_start(&s, &b);
	assert_int_equal(kh_guard_read_start(b.data, b.len, &got), 0);
	assert_true(kh_guard_wanted(&got));
	assert_string_equal(got.onaccess_places[0], "/a b");
	assert_string_equal(got.onaccess_places[1], "/home/*/Tải xuống");
	assert_null(got.onaccess_places[2]);
	assert_int_equal(got.facts_every_s, 90);
	assert_null(got.proxy);
	assert_true(got.onaccess_network == s.onaccess_network && got.onaccess_deadline_ms == s.onaccess_deadline_ms);
	kh_settings_done(&s, KH_AGENT_SETTINGS);
	kh_settings_done(&got, KH_AGENT_SETTINGS);
}

static void anything_else_is_refused(void **state)
{
	static const char *const bad[] = {"", "[]x", "{\"nothing\":\"1\"}", "{\"onaccess.deadline_ms\":\"x\"}", "{\"onaccess.mode\":7}"};
	struct kh_agent_settings got = {0};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(bad); i++)
		assert_true(kh_guard_read_start(bad[i], strlen(bad[i]), &got) < 0);
}

KH_TESTS(settings_arrive_as_they_were, anything_else_is_refused)
