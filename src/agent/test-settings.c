#include "agent/settings.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "os/file.h"

#include <stdlib.h>
#include <unistd.h>

static char dir[] = "/tmp/kh-settings-XXXXXX";

static int make_dir(void **state)
{
	(void)state;
	kh_auto_free char *conf_d = kh_format("%s/a.conf.d", mkdtemp(dir));
	return kh_dir_make(conf_d, 0700);
}

static int remove_dir(void **state)
{
	(void)state;
	kh_auto_free char *conf_d = kh_format("%s/a.conf.d", dir);
	rmdir(conf_d);
	return rmdir(dir);
}

static char *put(const char *name, const char *text)
{
	char *path = kh_format("%s/%s", dir, name);
	assert_int_equal(kh_file_replace(path, text, strlen(text), 0600), 0);
	return path;
}

static void remove_file(char **path)
{
	unlink(*path);
	free(*path);
}
#define auto_file KH_CLEANUP(remove_file)

static void later_files_win(void **state)
{
	(void)state;
	auto_file char *path = put("a.yaml", "state: /one\nfacts:\n  every: 2h\nscan:\n  daily: []\n");
	auto_file char *second = put("a.conf.d/20-x.yaml", "facts:\n  every: 3h\n");
	auto_file char *first = put("a.conf.d/10-x.yaml", "facts:\n  every: 4h\norders:\n  scan: false\n");
	auto_file char *not_ours = put("a.conf.d/30-x.yaml.bak", "nonsense");
	struct kh_agent_settings s = {0};
	assert_int_equal(kh_agent_settings_load(path, &s), 0);
	assert_string_equal(s.state, "/one");
	assert_int_equal(s.facts_every_s, 3 * 3600);
	assert_false(s.orders_scan);
	assert_true(s.orders_collect); /* not said: the default */
	assert_true(!s.scan_daily || !s.scan_daily[0]);
	assert_int_equal(kh_agent_settings_set(&s, "facts.every", "5m"), 0);
	assert_int_equal(s.facts_every_s, 300);
	assert_int_equal(kh_agent_settings_set(&s, "no.such", "5"), KH_E_INVALID_CONFIG);
	kh_agent_settings_done(&s);
}

static void mistakes_name_their_place(void **state)
{
	static const struct {
		const char *text, *place;
	} cases[] = {
		{"facts:\n  every: often\n", ":2:10"}, {"fatcs: 1\n", ":1:"}, {"spool:\n  max_mib: 0\n", ":2:12"}, {"- a\n", ":1:1"},
	};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		auto_file char *path = put("b.yaml", cases[i].text);
		struct kh_agent_settings s = {0};
		assert_int_equal(kh_agent_settings_load(path, &s), KH_E_INVALID_CONFIG);
		if (!strstr(kh_fail_detail(), cases[i].place))
			fail_msg("%s not in %s", cases[i].place, kh_fail_detail());
	}
}

static void a_named_file_must_be_there(void **state)
{
	(void)state;
	struct kh_agent_settings s = {0};
	assert_int_equal(kh_agent_settings_load("/nowhere/agent.yaml", &s), KH_E_NOT_FOUND);
}

KH_TESTS_WITH(make_dir, remove_dir, later_files_win, mistakes_name_their_place, a_named_file_must_be_there)
