#include "os/settings.h"

#include "base/address.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "os/host.h"
#include "os/shipped.h"
#include "server/server.h"

void kh_server_settings_done(struct kh_server_settings *settings)
{
	kh_settings_done(settings, KH_SERVER_SETTINGS);
}

int kh_server_settings_load(const char *path, struct kh_server_settings *ret)
{
	return kh_settings_load(ret, KH_SERVER_SETTINGS, path, KH_SERVER_CONFIG);
}

void kh_server_listen(const struct kh_server_settings *settings, char **ret_address, uint16_t *ret_port)
{
	kh_assert(kh_listen_parse(settings->listen, ret_address, ret_port)); /* the table says what it must be */
}

/* How machines call this server when nobody said: the address it listens on when it is one, the host name, and what works on the machine itself. */
static int default_names(struct kh_server_settings *settings)
{
	kh_auto_free char *host = NULL, *address = NULL;
	uint16_t port = 0;
	int r = kh_host_name(&host);
	if (r < 0)
		return r;
	kh_server_listen(settings, &address, &port);
	bool any = kh_streq(address, "0.0.0.0") || kh_streq(address, "::");
	kh_auto_free char *names = kh_format("%s%s%s%slocalhost, 127.0.0.1", any ? "" : address, any ? "" : ", ", host, *host ? ", " : "");
	return kh_settings_set(settings, KH_SERVER_SETTINGS, "names", names);
}

/* What came with the program, when nobody said. */
static int default_place(struct kh_server_settings *settings, const char *key, const char *said, const char *checkout)
{
	kh_auto_free char *path = NULL;
	int r = said && *said ? 0 : kh_shipped(key, checkout, &path);
	return r == 0 && path ? kh_settings_set(settings, KH_SERVER_SETTINGS, key, path) : r;
}

int kh_server_settings_check(struct kh_server_settings *settings)
{
	int r = kh_settings_check(settings, KH_SERVER_SETTINGS);
	if (r == 0 && (!settings->names || !*settings->names))
		r = default_names(settings);
	if (r == 0)
		r = default_place(settings, "packs", settings->packs, "packs");
	return r < 0 ? r : default_place(settings, "web", settings->web, "out/web");
}
