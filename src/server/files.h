/* The files of the data directory: keys and certificates; for server.c, create.c and backup.c. */
#pragma once

#include "base/attr.h"
#include "gen/settings.h"
#include "server/server.h"

#define KH_FILE_DATABASE "khien.db"
#define KH_FILE_CA "ca.pem"
#define KH_FILE_CA_KEY "ca.key"
#define KH_FILE_CERTIFICATE "server.pem"
#define KH_FILE_KEY "server.key"
#define KH_FILE_ORDER_KEY "order.key"
#define KH_FILE_HEADS "audit.heads"
#define KH_FILE_FIRST_PASSWORD "first-password"
#define KH_FILE_LOCK "lock"

/* "DATA/file" in new memory. */
char *kh_data_path(const char *data_dir, const char *file) KH_MUST_USE;

/* A PEM or other small text file of the directory, new memory. KH_E_NOT_FOUND names it. */
int kh_data_read(const char *data_dir, const char *file, char **ret) KH_MUST_USE;
int kh_data_write(const char *data_dir, const char *file, const char *text) KH_MUST_USE; /* 0600, replaced whole */
bool kh_data_has(const char *data_dir, const char *file);

/* When root works on the directory of a service's user: the file becomes that user's. Nothing when it does not exist. */
void kh_data_adopt(const char *data_dir, const char *file);

/* Holds `lock` until the descriptor is closed; KH_E_IN_USE when another process holds it. */
int kh_data_lock(const char *data_dir, int *ret_fd) KH_MUST_USE;

int kh_data_load_ca(const char *data_dir, struct kh_ca **ret) KH_MUST_USE;

/* Makes server.pem when there is none, when it is for other names than the settings', when a third of its life is left, or when it is another authority's. The
 * key stays the same: agents whose clock is wrong know the server by it. */
int kh_data_renew_certificate(const struct kh_server_settings *settings, const struct kh_ca *ca, int64_t now_s, bool *ret_made) KH_MUST_USE;
