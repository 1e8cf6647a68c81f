#include "os/settings.h"

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
	auto_file char *path = put("a.yaml", "name: một\nlimits:\n  every: 2h\n  longest: 3h\nhosts: []\n");
	auto_file char *second = put("a.conf.d/20-x.yaml", "limits:\n  every: 3h\n");
	auto_file char *first = put("a.conf.d/10-x.yaml", "limits:\n  every: 4h\non: false\n");
	auto_file char *not_ours = put("a.conf.d/30-x.yaml.bak", "nonsense [");
	struct kh_example_settings s;
	assert_int_equal(kh_settings_load(&s, KH_EXAMPLE_SETTINGS, path, "/nowhere/usual.yaml"), 0);
	assert_string_equal(s.name, "một");
	assert_int_equal(s.limits_every_s, 3 * 3600);
	assert_int_equal(s.limits_rows, 10); /* not said: the default */
	assert_false(s.on);
	assert_true(!s.hosts || !s.hosts[0]);
	assert_int_equal(kh_settings_check(&s, KH_EXAMPLE_SETTINGS), 0);
	kh_settings_done(&s, KH_EXAMPLE_SETTINGS);
}

static void contradictions_name_their_place(void **state)
{
	(void)state;
	auto_file char *path = put("a.yaml", "limits:\n  longest: 20m\n");
	auto_file char *second = put("a.conf.d/20-x.yaml", "limits:\n  every: 3h\n");
	kh_auto_free char *said = kh_format("%s:2:12: limits.longest: expected no less than limits.every", path);
	struct kh_example_settings s;
	assert_int_equal(kh_settings_load(&s, KH_EXAMPLE_SETTINGS, path, NULL), 0);
	assert_int_equal(kh_settings_check(&s, KH_EXAMPLE_SETTINGS), KH_E_INVALID_CONFIG);
	assert_string_equal(kh_fail_detail(), said);
	assert_int_equal(kh_settings_set(&s, KH_EXAMPLE_SETTINGS, "limits.longest", "1h"), 0);
	assert_int_equal(kh_settings_check(&s, KH_EXAMPLE_SETTINGS), KH_E_INVALID_CONFIG); /* now it is the other that came from a file */
	assert_non_null(strstr(kh_fail_detail(), "20-x.yaml:2:10: limits.longest"));
	assert_int_equal(kh_settings_set(&s, KH_EXAMPLE_SETTINGS, "limits.longest", "3h"), 0);
	assert_int_equal(kh_settings_check(&s, KH_EXAMPLE_SETTINGS), 0);
	kh_settings_done(&s, KH_EXAMPLE_SETTINGS);
}

static void mistakes_name_their_place(void **state)
{
	(void)state;
	auto_file char *path = put("b.yaml", "limits:\n  every: often\n");
	struct kh_example_settings s;
	assert_int_equal(kh_settings_load(&s, KH_EXAMPLE_SETTINGS, path, NULL), KH_E_INVALID_CONFIG);
	assert_non_null(strstr(kh_fail_detail(), "b.yaml:2:10: limits.every"));
}

static void a_named_file_must_be_there(void **state)
{
	(void)state;
	struct kh_example_settings s;
	assert_int_equal(kh_settings_load(&s, KH_EXAMPLE_SETTINGS, "/nowhere/agent.yaml", NULL), KH_E_NOT_FOUND);
	assert_int_equal(kh_settings_load(&s, KH_EXAMPLE_SETTINGS, NULL, "/nowhere/agent.yaml"), 0);
	assert_string_equal(s.name, "khiên");
	kh_settings_done(&s, KH_EXAMPLE_SETTINGS);
}

KH_TESTS_WITH(make_dir, remove_dir, later_files_win, contradictions_name_their_place, mistakes_name_their_place, a_named_file_must_be_there)
