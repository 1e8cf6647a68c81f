#include "base/settings.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/str.h"
#include "os/file.h"
#include "os/host.h"
#include "server/server.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>

#define TABLE kh_server_settings_table, KH_SERVER_SETTINGS_COUNT
#define MAX_NAMES 100

void kh_server_settings_done(struct kh_server_settings *settings)
{
	kh_settings_done(settings, TABLE);
}

/* ---- reading ---- */

static int read_file(const char *path, struct kh_server_settings *settings)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	int r = kh_file_read(path, KH_MAX_CONFIG_BYTES, &text);
	return r < 0 ? r : kh_settings_parse(settings, TABLE, path, kh_buf_text(&text), text.len);
}

static int is_yaml(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && kh_ends_with(entry->d_name, ".yaml");
}

static int read_directory(const char *dir, struct kh_server_settings *settings)
{
	struct dirent **entries = NULL;
	int n = scandir(dir, &entries, is_yaml, alphasort), r = 0;
	if (n < 0)
		return errno == ENOENT ? 0 : kh_fail_errno("%s", dir);
	for (int i = 0; i < n; i++) {
		kh_auto_free char *path = kh_format("%s/%s", dir, entries[i]->d_name);
		if (r == 0)
			r = read_file(path, settings);
		free(entries[i]);
	}
	free(entries);
	return r;
}

int kh_server_settings_load(const char *path, struct kh_server_settings *ret)
{
	const char *main_file = path ? path : KH_SERVER_CONFIG;
	size_t stem = strlen(main_file) - (kh_ends_with(main_file, ".yaml") ? strlen(".yaml") : 0);
	kh_auto_free char *dir = kh_format("%.*s.conf.d", (int)stem, main_file);
	kh_auto_server_settings struct kh_server_settings settings = {0};
	kh_settings_init(&settings, TABLE);
	int r = path || kh_file_exists(main_file) ? read_file(main_file, &settings) : 0;
	if (r == 0)
		r = read_directory(dir, &settings);
	if (r < 0)
		return r;
	*ret = settings;
	settings = (struct kh_server_settings){0};
	return 0;
}

/* ---- checking ---- */

int kh_server_listen(const struct kh_server_settings *settings, char **ret_address, uint16_t *ret_port)
{
	const char *colon = strrchr(settings->listen, ':');
	int64_t port = 0;
	if (!colon || colon == settings->listen || !kh_parse_int(colon + 1, 0, UINT16_MAX, &port))
		return kh_fail(KH_E_INVALID_CONFIG, "listen: \"%s\": expected ADDRESS:PORT, such as 0.0.0.0:8443 or [::]:8443", settings->listen);
	bool bracketed = settings->listen[0] == '[' && colon[-1] == ']';
	const char *start = settings->listen + bracketed, *end = colon - bracketed;
	kh_auto_free char *address = kh_strndup(start, (size_t)(end - start));
	unsigned char ip[16];
	if (inet_pton(bracketed ? AF_INET6 : AF_INET, address, ip) != 1)
		return kh_fail(KH_E_INVALID_CONFIG, "listen: \"%s\" is no IP address", address);
	*ret_address = kh_take(address);
	*ret_port = (uint16_t)port;
	return 0;
}

/* How machines call this server when nobody said: the address it listens on when it is one, the host name, and what works on the machine itself. */
static int default_names(struct kh_server_settings *settings, const char *address)
{
	kh_auto_free char *host = NULL;
	int r = kh_host_name(&host);
	if (r < 0)
		return r;
	bool any = kh_streq(address, "0.0.0.0") || kh_streq(address, "::");
	kh_auto_free char *names = kh_format("%s%s%s%slocalhost, 127.0.0.1", any ? "" : address, any ? "" : ", ", host, *host ? ", " : "");
	return kh_settings_set(settings, TABLE, "names", names);
}

/* A DNS name or an address: both stand in links and certificates. */
static int check_names(const struct kh_server_settings *settings)
{
	size_t n = 0;
	for (char **name = settings->names; *name; name++, n++) {
		unsigned char ip[16];
		size_t len = strlen(*name), good = strspn(*name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_*");
		if ((len == 0 || good != len) && inet_pton(AF_INET6, *name, ip) != 1)
			return kh_fail(KH_E_INVALID_CONFIG, "names: \"%s\": expected a DNS name or an IP address", *name);
	}
	return n > MAX_NAMES ? kh_fail(KH_E_INVALID_CONFIG, "names: more than %d", MAX_NAMES) : 0;
}

static int check_log_level(const struct kh_server_settings *settings)
{
	static const char *const levels[] = {"error", "warning", "info", "debug"};
	for (size_t i = 0; i < KH_COUNT(levels); i++)
		if (kh_streq(levels[i], settings->log_level))
			return 0;
	return kh_fail(KH_E_INVALID_CONFIG, "log_level: \"%s\": expected error, warning, info or debug", settings->log_level);
}

int kh_server_settings_check(struct kh_server_settings *settings)
{
	kh_auto_free char *address = NULL;
	uint16_t port = 0;
	int r = kh_server_listen(settings, &address, &port);
	if (r == 0 && (!settings->names || !*settings->names))
		r = default_names(settings, address);
	if (r == 0)
		r = check_names(settings);
	if (r == 0)
		r = check_log_level(settings);
	if (r == 0 && settings->login_lock_max_s < settings->login_lock_s)
		r = kh_fail(KH_E_INVALID_CONFIG, "login.lock_max is shorter than login.lock");
	if (r == 0 && settings->data[0] != '/')
		r = kh_fail(KH_E_INVALID_CONFIG, "data: \"%s\": expected an absolute path", settings->data);
	return r;
}
