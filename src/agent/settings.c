#include "agent/settings.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/settings.h"
#include "base/str.h"
#include "os/file.h"

#include <dirent.h>

#define TABLE kh_agent_settings_table, KH_AGENT_SETTINGS_COUNT

static int read_one(struct kh_agent_settings *s, const char *path)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	int r = kh_file_read(path, KH_MAX_CONFIG_BYTES, &text);
	return r < 0 ? r : kh_settings_parse(s, TABLE, path, kh_buf_text(&text), text.len);
}

static int is_yaml(const struct dirent *e)
{
	return e->d_name[0] != '.' && kh_ends_with(e->d_name, ".yaml");
}

static int read_directory(struct kh_agent_settings *s, const char *dir)
{
	struct dirent **entries = NULL;
	int n = scandir(dir, &entries, is_yaml, alphasort), r = 0;
	for (int i = 0; i < n; i++) {
		kh_auto_free char *path = kh_format("%s/%s", dir, entries[i]->d_name);
		r = r < 0 ? r : read_one(s, path);
		free(entries[i]);
	}
	free(entries);
	return r;
}

/* agent.yaml → agent.conf.d */
static char *conf_d_of(const char *path)
{
	size_t n = strlen(path) - (kh_ends_with(path, ".yaml") ? strlen(".yaml") : 0);
	return kh_format("%.*s.conf.d", (int)n, path);
}

int kh_agent_settings_load(const char *path, struct kh_agent_settings *ret)
{
	struct kh_agent_settings s = {0};
	const char *main_file = path ? path : KH_AGENT_SETTINGS_FILE;
	kh_auto_free char *conf_d = conf_d_of(main_file);
	kh_settings_init(&s, TABLE);
	int r = path || kh_file_exists(main_file) ? read_one(&s, main_file) : 0;
	r = r < 0 ? r : read_directory(&s, conf_d);
	if (r < 0) {
		kh_agent_settings_done(&s);
		return r;
	}
	*ret = s;
	return 0;
}

int kh_agent_settings_set(struct kh_agent_settings *s, const char *key, const char *value)
{
	return kh_settings_set(s, TABLE, key, value);
}

void kh_agent_settings_done(struct kh_agent_settings *s)
{
	kh_settings_done(s, TABLE);
}
