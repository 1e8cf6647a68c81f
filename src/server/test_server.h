/* For tests of whole servers: data directories below one temporary directory. */
#pragma once

#include "base/test.h"
#include "server/server.h"

/* cmocka group setup and teardown. */
int kh_test_root_make(void **state);
int kh_test_root_remove(void **state);

/* A path below the root that nobody has yet; new memory. And a path of this name; new memory. */
char *kh_test_new_dir(void);
char *kh_test_file(const char *name);

/* Good settings for a data directory. */
struct kh_server_settings kh_test_settings(const char *data);

int kh_test_create(const char *data, struct kh_server_made *ret_made, struct kh_server **ret);
struct kh_server *kh_test_created(const char *data);
int kh_test_open(const char *data, struct kh_server **ret);

int64_t kh_test_server_number(struct kh_server *server, const char *sql);
int kh_test_server_sql(struct kh_server *server, const char *sql);
void kh_test_put(const char *path, const char *text);

/* The restore of a backup; checks what it says. */
int kh_test_restore(const char *data, const char *file, bool replace);
