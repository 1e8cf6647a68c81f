/* For tests of the server's parts: a store in a directory of its own that goes with the test. */
#pragma once

#include "base/test.h"
#include "server/store/store.h"

/* cmocka setup and teardown: *state is a struct kh_test_store. */
struct kh_test_store {
	char dir[32];
	struct kh_store *store;
	struct kh_db *db; /* this thread's reader */
};
int kh_test_store_setup(void **state);
int kh_test_store_teardown(void **state);

/* Runs one SQL text on the writer; a number read back. */
void kh_test_sql(struct kh_test_store *t, const char *sql);
int64_t kh_test_number(struct kh_test_store *t, const char *sql);

/* A unit below another (0: a top); its id. */
int64_t kh_test_unit(struct kh_test_store *t, const char *code, int64_t parent);
