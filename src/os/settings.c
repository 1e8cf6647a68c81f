#include "os/settings.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "os/file.h"
#include "os/yaml_files.h"

struct loading {
	void *settings;
	const struct kh_setting *table;
	size_t count;
};

static int take(void *arg, const char *path, const char *text, size_t n)
{
	const struct loading *l = arg;
	return kh_settings_parse(l->settings, l->table, l->count, path, text, n);
}

/* agent.yaml → agent.conf.d */
static char *conf_d_of(const char *path)
{
	size_t n = strlen(path) - (kh_ends_with(path, ".yaml") ? strlen(".yaml") : 0);
	return kh_format("%.*s.conf.d", (int)n, path);
}

int kh_settings_load(void *settings, const struct kh_setting *table, size_t count, const char *path, const char *usual)
{
	struct loading l = {settings, table, count};
	const char *file = path ? path : usual;
	kh_auto_free char *conf_d = conf_d_of(file);
	kh_settings_init(settings, table, count);
	int r = path || kh_file_exists(file) ? kh_yaml_file_read(file, take, &l) : 0;
	if (r == 0 && kh_file_exists(conf_d))
		r = kh_yaml_files_read(conf_d, take, &l);
	if (r < 0)
		kh_settings_done(settings, table, count);
	return r;
}
