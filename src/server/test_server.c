#include "server/test_server.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/settings.h"
#include "os/file.h"
#include "server/backup.h"

#include <stdio.h>

static char root[] = "/tmp/khien-server-XXXXXX";
static int serial;

int kh_test_root_make(void **state)
{
	(void)state;
	return mkdtemp(root) ? 0 : -1;
}

int kh_test_root_remove(void **state)
{
	(void)state;
	kh_auto_free char *command = kh_format("rm -rf '%s'", root);
	FILE *p = (popen)(command, "r");
	return p ? pclose(p) : -1;
}

char *kh_test_new_dir(void)
{
	return kh_format("%s/%d", root, serial++);
}

char *kh_test_file(const char *name)
{
	return kh_format("%s/%s", root, name);
}

struct kh_server_settings kh_test_settings(const char *data)
{
	struct kh_server_settings s = {0};
	kh_settings_init(&s, KH_SERVER_SETTINGS);
	assert_int_equal(kh_settings_set(&s, KH_SERVER_SETTINGS, "data", data), 0);
	assert_int_equal(kh_settings_set(&s, KH_SERVER_SETTINGS, "names", "127.0.0.1, khien.example.vn"), 0);
	assert_int_equal(kh_settings_set(&s, KH_SERVER_SETTINGS, "listen", "127.0.0.1:18555"), 0);
	assert_int_equal(kh_server_settings_check(&s), 0);
	return s;
}

int kh_test_create(const char *data, struct kh_server_made *ret_made, struct kh_server **ret)
{
	kh_auto_server_settings struct kh_server_settings s = kh_test_settings(data);
	return kh_server_create(&s, &(struct kh_server_first){.unit_name = "Phường Hoa Mai"}, ret_made, ret);
}

struct kh_server *kh_test_created(const char *data)
{
	KH_CLEANUP(kh_server_made_done) struct kh_server_made made = {0};
	struct kh_server *server = NULL;
	assert_int_equal(kh_test_create(data, &made, &server), 0);
	return server;
}

int kh_test_open(const char *data, struct kh_server **ret)
{
	kh_auto_server_settings struct kh_server_settings s = kh_test_settings(data);
	return kh_server_open(&s, ret);
}

int64_t kh_test_server_number(struct kh_server *server, const char *sql)
{
	struct kh_db *db = NULL;
	int64_t n = -1;
	assert_int_equal(kh_store_reader(server->store, &db), 0);
	assert_int_equal(kh_db_int(db, &n, sql), 0);
	return n;
}

static int run_sql(struct kh_db *db, void *sql)
{
	return kh_db_script(db, sql);
}

int kh_test_server_sql(struct kh_server *server, const char *text)
{
	kh_auto_free char *copy = kh_strdup(text);
	return kh_store_write(server->store, run_sql, copy);
}

void kh_test_put(const char *path, const char *text)
{
	assert_int_equal(kh_file_replace(path, text, strlen(text), 0600), 0);
}

int kh_test_restore(const char *data, const char *file, bool replace)
{
	kh_auto_server_settings struct kh_server_settings s = kh_test_settings(data);
	KH_CLEANUP(kh_backup_restored_done) struct kh_backup_restored restored = {0};
	int r = kh_backup_restore(&s, file, replace, "test", &restored);
	if (r == 0)
		assert_true((restored.old_dir != NULL) == replace && restored.made_s > 0);
	return r;
}
