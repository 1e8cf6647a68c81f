#include "base/alloc.h"
#include "base/error.h"
#include "base/settings.h"
#include "base/test.h"

static void reads_files_on_top_of_fallbacks(void **state)
{
	(void)state;
	struct kh_example_settings s = {0};
	kh_settings_init(&s, KH_EXAMPLE_SETTINGS);
	assert_string_equal(s.name, "khiên");
	assert_int_equal(s.limits_every_s, 900);
	assert_string_equal(s.hosts[1], "b");
	static const char file[] = "name: khác\nlimits:\n  rows: 7\n  every: 2h\non: false\nhosts:\n  - mot\n";
	assert_int_equal(kh_settings_parse(&s, KH_EXAMPLE_SETTINGS, "a.yaml", file, sizeof file - 1), 0);
	assert_string_equal(s.name, "khác");
	assert_int_equal(s.limits_rows, 7);
	assert_int_equal(s.limits_every_s, 7200);
	assert_false(s.on);
	assert_string_equal(s.hosts[0], "mot");
	assert_null(s.hosts[1]);
	kh_settings_done(&s, KH_EXAMPLE_SETTINGS);
}

static void a_mistake_changes_nothing(void **state)
{
	(void)state;
	static const struct {
		const char *text, *detail;
	} cases[] = {
		{"name: x\nlimits:\n  rows: 101\n", "a.yaml:3:9: limits.rows: expected a whole number from 1 to 100"},
		{"name: x\nnmae: y\n", "a.yaml:2:7: unknown setting \"nmae\": expected one of name, limits.rows, limits.every, on, hosts, mode, folder, listen, proxy, hours, mirror, limits.longest"},
		{"name: x\non: yes\n", "a.yaml:2:5: on: expected true or false"},
		{"name: x\nlimits:\n  every: soon\n", "a.yaml:3:10: limits.every: expected a time such as 90s, 15m, 12h, 7d"},
		{"name: x\nlimits:\n  longest: 2d\n", "a.yaml:3:12: limits.longest: expected a time from 1m to 1d, such as 90s, 15m, 12h, 7d"},
		{"name: x\nmode: quick\n", "a.yaml:2:7: mode: \"quick\": expected one of slow, fast"},
		{"name: x\nfolder: var/data\n", "a.yaml:2:9: folder: \"var/data\": expected an absolute path: it begins with /"},
		{"name: x\nhosts: [a, \"b c\"]\n", "a.yaml:2:8: hosts: \"b c\": expected a DNS name or an IP address"},
		{"name: x\nhosts: [a, b, c, d]\n", "a.yaml:2:8: hosts: more than 3"},
		{"name: x\nlisten: 8443\n", "a.yaml:2:9: listen: \"8443\": expected IP-ADDRESS:PORT, such as 0.0.0.0:8443 or \"[::]:8443\""},
		{"name: x\nproxy: proxy:3128\n", "a.yaml:2:8: proxy: \"proxy:3128\": expected http://HOST:PORT, or none"},
		{"- a\n", "a.yaml:1:1: expected keys and values"},
		{"name: [a]\n", "a.yaml:1:7: expected a text"},
	};
	struct kh_example_settings s = {0};
	kh_settings_init(&s, KH_EXAMPLE_SETTINGS);
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		assert_int_equal(kh_settings_parse(&s, KH_EXAMPLE_SETTINGS, "a.yaml", cases[i].text, strlen(cases[i].text)), KH_E_INVALID_CONFIG);
		assert_string_equal(kh_fail_detail(), cases[i].detail);
		assert_string_equal(s.name, "khiên");
	}
	kh_settings_done(&s, KH_EXAMPLE_SETTINGS);
}

static void forms_are_known(void **state)
{
	(void)state;
	static const struct {
		const char *key, *value;
		bool good;
	} cases[] = {
		{"listen", "0.0.0.0:8443", true},   {"listen", "[::1]:443", true}, {"listen", "::1:443", false},          {"listen", "localhost:8443", false},
		{"listen", "0.0.0.0:99999", false}, {"listen", ":8443", false},    {"listen", "[0.0.0.0]:8443", false},   {"listen", "", false},
		{"hosts", "*.example.vn", true},    {"hosts", "2001:db8::7", true}, {"hosts", "a b", false},              {"hosts", "", true},
		{"proxy", "http://p:3128", true},   {"proxy", "none", true},       {"proxy", "http://", false},           {"folder", "/", true},
		{"folder", "", false},              {"mode", "fast", true},        {"mode", "Fast", false},
		{"hours", "11:30-13:00, mon-fri 19:00-06:00", true}, {"hours", "11:30-13:00, noon", false}, {"mirror", "https://a/b", true}, {"mirror", "ftp://a/b", false},
		{"mirror", "https://", false},
	};
	struct kh_example_settings s = {0};
	kh_settings_init(&s, KH_EXAMPLE_SETTINGS);
	for (size_t i = 0; i < KH_COUNT(cases); i++)
		if ((kh_settings_set(&s, KH_EXAMPLE_SETTINGS, cases[i].key, cases[i].value) == 0) != cases[i].good)
			fail_msg("%s: %s", cases[i].key, cases[i].value);
	assert_int_equal(kh_settings_place(KH_EXAMPLE_SETTINGS, "mode", s.mode), 1);
	kh_settings_done(&s, KH_EXAMPLE_SETTINGS);
}

static void sets_one_key(void **state)
{
	(void)state;
	struct kh_example_settings s = {0};
	kh_settings_init(&s, KH_EXAMPLE_SETTINGS);
	assert_int_equal(kh_settings_set(&s, KH_EXAMPLE_SETTINGS, "limits.rows", "3"), 0);
	assert_int_equal(s.limits_rows, 3);
	assert_int_equal(kh_settings_set(&s, KH_EXAMPLE_SETTINGS, "limits.rows", "x"), KH_E_INVALID_CONFIG);
	assert_int_equal(kh_settings_set(&s, KH_EXAMPLE_SETTINGS, "none", "x"), KH_E_INVALID_CONFIG);
	assert_int_equal(kh_settings_set_pair(&s, KH_EXAMPLE_SETTINGS, "limits.rows=4"), 0);
	assert_int_equal(s.limits_rows, 4);
	assert_int_equal(kh_settings_set_pair(&s, KH_EXAMPLE_SETTINGS, "limits.rows"), KH_E_USAGE);
	kh_settings_done(&s, KH_EXAMPLE_SETTINGS);
}

KH_TESTS(reads_files_on_top_of_fallbacks, a_mistake_changes_nothing, forms_are_known, sets_one_key)
