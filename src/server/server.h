/* Everything a running khien-server has, opened once and lent to all its parts.
 *
 * Files of the data directory:
 *     khien.db (+ -wal, -shm)     the database
 *     ca.pem ca.key               the authority that agents trust
 *     server.pem server.key       the TLS certificate, for the names in the settings; renewed at start when a third of its life is left, the
 *                                 names changed, or the authority did; the key stays
 *     order.key                   signs orders to agents
 *     audit.heads                 see audit/audit.h
 *     first-password              of the first administrator; removed when it is changed
 *     lock                        held by `serve` and by `restore`
 * Keys and first-password are 0600, the directory 0700. */
#pragma once

#include "server/account/login.h"
#include "base/attr.h"
#include "crypto/sign.h"
#include "crypto/x509.h"
#include "gen/settings.h"
#include "server/store/store.h"

#include <stdbool.h>
#include <stdint.h>

struct kh_server {
	struct kh_server_settings settings;
	char *data_dir, *packs_dir, *web_dir; /* absolute, or as the settings say */
	struct kh_store *store;
	struct kh_ca *ca;
	char ca_pin[KH_PIN_SIZE], server_pin[KH_PIN_SIZE]; /* of the public keys, for links and enrolment answers */
	char *tls_certificate, *tls_key;                   /* PEM; the certificate with the authority's behind it */
	struct kh_sign_key order_key;
	struct kh_login_memory *logins;
	int64_t started_s;

	/* Made and freed by their own parts, NULL before; see kh_server_serve(). */
	struct kh_gateway *gateway;
	struct kh_api *api;

	struct kh_server_own *own; /* of server.c */
};

/* Opens an existing data directory: KH_E_NOT_FOUND says to run `khien-server init`. The settings are taken over (the struct is empty after). */
int kh_server_open(struct kh_server_settings *settings, struct kh_server **ret) KH_MUST_USE;
void kh_server_free(struct kh_server *server);
KH_DEFINE_CLEANUP(server, struct kh_server *, kh_server_free);
#define kh_auto_server KH_CLEANUP(kh_cleanup_server)

/* What `init` made; existed says which were there before. */
struct kh_server_made {
	bool database, ca, certificate, order_key, unit, admin;
	char *first_password; /* of the administrator that was made; NULL: there was one */
	char *unit_code;
};
struct kh_server_first {
	const char *unit_name, *unit_code, *unit_kind; /* of the first unit; name NULL: "Đơn vị"; code NULL: from the name; kind NULL: "ward" */
	const char *admin_name;                        /* NULL: "admin" */
};
/* Makes what is missing of a data directory; run again it makes nothing and says so. */
int kh_server_create(const struct kh_server_settings *settings, const struct kh_server_first *first, struct kh_server_made *ret) KH_MUST_USE;
void kh_server_made_done(struct kh_server_made *made);

/* Settings from their files: `path` (NULL: /etc/khien/server.yaml when it exists) and conf.d beside it. KH_E_INVALID_CONFIG names file:line:column. */
int kh_server_settings_load(const char *path, struct kh_server_settings *ret) KH_MUST_USE;
void kh_server_settings_done(struct kh_server_settings *settings);

/* Where the data directory's files are; new memory. */
char *kh_server_path(const struct kh_server *server, const char *file) KH_MUST_USE;

/* The policies as the settings have them. */
struct kh_login_policy kh_server_login_policy(const struct kh_server *server);

/* The link for a token, with the first name of the settings. */
char *kh_server_link(const struct kh_server *server, const char *token) KH_MUST_USE;
