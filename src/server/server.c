#include "server/server.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "os/file.h"
#include "server/account/token.h"
#include "server/audit/audit.h"
#include "server/demo/place.h"
#include "server/files.h"
#include "server/pack_names.h"
#include "server/trouble.h"

#include <errno.h>
#include <unistd.h>

struct kh_server_own {
	char *heads_path, *first_password_path;
	struct kh_audit_head noted; /* what this process noted last */
};

char *kh_server_path(const struct kh_server *server, const char *file)
{
	return kh_data_path(server->data_dir, file);
}

struct kh_login_policy kh_server_login_policy(const struct kh_server *server)
{
	const struct kh_server_settings *s = &server->settings;
	return (struct kh_login_policy){
		.tries = s->login_tries,
		.lock_s = s->login_lock_s,
		.lock_max_s = s->login_lock_max_s,
		.address_tries = s->login_address_tries,
		.session = {.idle_s = s->session_idle_s, .idle_admin_s = s->session_idle_admin_s, .life_s = s->session_life_s},
		.password = {.min_length = (size_t)s->password_min_length, .min_classes = (int)s->password_min_classes},
	};
}

char *kh_server_link(const struct kh_server *server, const char *token)
{
	kh_auto_free char *address = NULL;
	uint16_t port = 0;
	kh_server_listen(&server->settings, &address, &port);
	return kh_token_link(server->settings.names[0], port, token, server->ca_pin);
}

char *kh_server_url(const struct kh_server *server)
{
	kh_auto_free char *link = kh_server_link(server, "");
	return kh_strndup(link, (size_t)(strstr(link, "/e/") - link));
}

/* ---- after each commit ---- */

static void remove_first_password(struct kh_db *db, struct kh_server_own *own)
{
	int64_t waiting = 1;
	if (!kh_file_exists(own->first_password_path))
		return;
	kh_ignore(kh_db_int(db, &waiting, "SELECT COUNT(*) FROM meta WHERE key = 'first_password_user'"));
	if (!waiting)
		unlink(own->first_password_path);
}

/* The commit stands whatever happens here: a line that could not be noted is noted with the next one. */
static void committed(struct kh_db *db, void *arg)
{
	const struct kh_server *server = arg;
	int64_t before = server->own->noted.count;
	kh_ignore(kh_audit_note_head(db, server->own->heads_path, &server->own->noted));
	if (before == 0 && server->own->noted.count)
		kh_data_adopt(server->data_dir, KH_FILE_HEADS);
	remove_first_password(db, server->own);
}

/* ---- opening ---- */

static int open_store(struct kh_server *server)
{
	if (access(server->data_dir, X_OK) < 0 && errno == EACCES)
		return kh_fail_errno("%s", server->data_dir);
	bool there = kh_data_has(server->data_dir, KH_FILE_DATABASE);
	if (!there && kh_demo_place_is_left(server->data_dir))
		return kh_fail(KH_E_NOT_FOUND, "%s holds no data: khien-server demo is not done or was broken off; call it again", server->data_dir);
	if (!there)
		return kh_fail(KH_E_NOT_FOUND, "%s holds no data: khien-server init", server->data_dir);
	kh_auto_free char *url = kh_format("sqlite:%s/%s", server->data_dir, KH_FILE_DATABASE);
	return kh_store_open(url, &(struct kh_store_options){.committed = committed, .arg = server}, &server->store);
}

static int open_keys(struct kh_server *server)
{
	kh_auto_free char *order_key = kh_server_path(server, KH_FILE_ORDER_KEY);
	int r = kh_data_load_ca(server->data_dir, &server->ca);
	if (r == 0)
		r = kh_x509_pin(kh_ca_certificate(server->ca), server->ca_pin);
	if (r == 0)
		r = kh_data_read(server->data_dir, KH_FILE_CERTIFICATE, &server->tls_certificate);
	if (r == 0)
		r = kh_data_read(server->data_dir, KH_FILE_KEY, &server->tls_key);
	if (r == 0)
		r = kh_x509_pin(server->tls_certificate, server->server_pin);
	return r < 0 ? r : kh_sign_key_load(order_key, &server->order_key);
}

/* What a process that died before it came to it left undone. */
static int finish_first_password(struct kh_server *server)
{
	struct kh_db *db = NULL;
	int r = kh_store_reader(server->store, &db);
	if (r == 0)
		remove_first_password(db, server->own);
	return r;
}

int kh_server_open(struct kh_server_settings *settings, struct kh_server **ret)
{
	kh_auto_server struct kh_server *server = kh_alloc(sizeof *server);
	*server = (struct kh_server){
		.settings = *settings,
		.data_dir = settings->data,
		.packs_dir = settings->packs,
		.web_dir = settings->web,
		.logins = kh_login_memory_new(),
		.troubles = kh_troubles_new(),
		.started_s = kh_now_s(),
		.own = kh_alloc(sizeof *server->own),
	};
	*settings = (struct kh_server_settings){0};
	kh_pack_names_from(server->packs_dir);
	server->own->heads_path = kh_server_path(server, KH_FILE_HEADS);
	server->own->first_password_path = kh_server_path(server, KH_FILE_FIRST_PASSWORD);
	int r = open_store(server);
	if (r == 0)
		r = open_keys(server);
	if (r == 0)
		r = finish_first_password(server);
	if (r == 0)
		*ret = kh_take(server);
	return r;
}

void kh_server_free(struct kh_server *server)
{
	if (!server)
		return;
	kh_store_close(server->store);
	kh_ca_free(server->ca);
	kh_sign_key_done(&server->order_key);
	kh_login_memory_free(server->logins);
	kh_troubles_free(server->troubles);
	free(server->tls_certificate);
	free(server->tls_key);
	free(server->own->heads_path);
	free(server->own->first_password_path);
	free(server->own);
	kh_server_settings_done(&server->settings);
	free(server);
}
