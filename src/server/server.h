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
 *     content/SHA256              bundles of content for the agents (server/content); not in a backup
 *     lock                        held by `serve` and by `restore`
 * Keys and first-password are 0600, the directory 0700. */
#pragma once

#include "base/attr.h"
#include "crypto/sign.h"
#include "crypto/x509.h"
#include "gen/settings.h"
#include "server/account/login.h"
#include "server/store/store.h"

#include <stdbool.h>
#include <stdint.h>

struct kh_server {
	struct kh_server_settings settings;
	const char *data_dir, *packs_dir, *web_dir; /* of the settings */
	struct kh_store *store;
	struct kh_ca *ca;
	char ca_pin[KH_PIN_SIZE], server_pin[KH_PIN_SIZE]; /* of the public keys, for links and enrolment answers */
	char *tls_certificate, *tls_key;                   /* PEM; the certificate with the authority's behind it */
	struct kh_sign_key order_key;
	struct kh_login_memory *logins;
	struct kh_troubles *troubles;
	int64_t started_s;

	/* Made and freed by serve.c; NULL when a verb opened the data. */
	struct kh_gateway *gateway;
	struct kh_api *api;
	struct kh_http_server *http;

	struct kh_server_own *own; /* of server.c */
};

/* ---- settings ---- */

/* From their files: `path` (NULL: KH_SERVER_CONFIG when it exists), then *.yaml of the directory "<path without .yaml>.conf.d" in name order.
 * KH_E_INVALID_CONFIG names file:line:column. */
#define KH_SERVER_CONFIG "/etc/khien/server.yaml"
int kh_server_settings_load(const char *path, struct kh_server_settings *ret) KH_MUST_USE;
void kh_server_settings_done(struct kh_server_settings *settings);
#define kh_auto_server_settings KH_CLEANUP(kh_server_settings_done)

/* Settings that contradict each other; fills in `names`, `packs` and `web` when unset. */
int kh_server_settings_check(struct kh_server_settings *settings) KH_MUST_USE;

/* "0.0.0.0:8443" or "[::]:8443" → address (new memory) and port. */
void kh_server_listen(const struct kh_server_settings *settings, char **ret_address, uint16_t *ret_port);

/* ---- the server ---- */

/* Opens an existing data directory: KH_E_NOT_FOUND says to run `khien-server init`. The settings (checked) are taken over: the struct is empty after. */
int kh_server_open(struct kh_server_settings *settings, struct kh_server **ret) KH_MUST_USE;
void kh_server_free(struct kh_server *server);
KH_DEFINE_CLEANUP(server, struct kh_server *, kh_server_free);
#define kh_auto_server KH_CLEANUP(kh_cleanup_server)

/* Serves until SIGTERM or SIGINT, whose disposition it takes over; nobody else may serve the same directory (KH_E_IN_USE). */
int kh_server_serve(struct kh_server *server) KH_MUST_USE;

/* The first unit and administrator, and what the others found. */
struct kh_server_first {
	const char *unit_name, *unit_code, *unit_kind; /* name NULL: there is a unit; code NULL: from the name; kind NULL: "ward" */
	const char *admin_name;                        /* NULL: "admin" */
};
struct kh_server_made { /* true: made now; false: it was there */
	bool database, authority, certificate, order_key, unit, admin;
	char *unit_code, *admin_name;
	char *first_password; /* NULL: there was an administrator */
};
/* Makes what is missing of a data directory and opens it; run again it makes nothing and says so. The settings are taken over as by kh_server_open(). KH_E_EXISTS: a name was given
 * for a unit or an administrator that is there under another. KH_E_USAGE: there is no unit, and no name for one. */
int kh_server_create(struct kh_server_settings *settings, const struct kh_server_first *first, struct kh_server_made *ret_made,
		     struct kh_server **ret) KH_MUST_USE;
void kh_server_made_done(struct kh_server_made *made);

/* A file of the data directory; new memory. */
char *kh_server_path(const struct kh_server *server, const char *file) KH_MUST_USE;

/* As the settings have them. */
struct kh_login_policy kh_server_login_policy(const struct kh_server *server);

/* Where the console is, by that name: "https://khien.example.vn:8443"; new memory. */
char *kh_server_url(const struct kh_server *server) KH_MUST_USE;

/* The link for a token, with the first name of the settings; new memory. */
char *kh_server_link(const struct kh_server *server, const char *token) KH_MUST_USE;
