/* For tests of handlers: a server in a temporary directory with three units, and calling a route as one of its users without HTTP between.
 *
 *     tinh             province: admin (the first password), lanh-dao (leader)
 *     ├── xa-a         quan-tri-a (admin), can-bo-a (officer); machines a1, a2
 *     └── xa-b         quan-tri-b (admin); machine b1
 *
 * Names of everything that is xa-a's hold KH_TEST_SECRET. Machines have uids "uid-a1"…; a1 failed a control, a2 was last heard from ten days ago. */
#pragma once

#include "base/json.h"
#include "base/test.h"
#include "server/api/call.h"

#define KH_TEST_SECRET "bimat"

struct kh_test_site {
	char dir[32];
	struct kh_server *server;
	struct kh_db *db; /* this thread's reader */
	char *first_password;
};
int kh_test_site_setup(void **state);
int kh_test_site_teardown(void **state);

struct kh_test_ask {
	const char *user;           /* login name; NULL: nobody is logged in */
	const char *cookie;         /* instead of user */
	const struct kh_role *role; /* instead of the user's own; may be NULL */
	const char *route;
	const char *params[2];
	const char *args;           /* JSON object of query or body; NULL: none. A version that the route wants and that is not in it: the present one of what params[0] names; likewise a decision about that unit */
};

/* Runs rights, checks and the handler as dispatch does. *ret (may be NULL) is the answer, to be released, or NULL. */
int kh_test_call(struct kh_test_site *site, const struct kh_test_ask *ask, json_t **ret) KH_MUST_USE;

/* The Set-Cookie header of the last call that sent one. */
const char *kh_test_cookie_header(void);

/* One SQL text on the writer; a number read back. */
void kh_test_site_sql(struct kh_test_site *site, const char *sql);
int64_t kh_test_site_number(struct kh_test_site *site, const char *sql);

/* A text or a number of an answer by its path: "unit.code", "items.0.id". NULL and -1 when there is none. */
const char *kh_test_text(const json_t *answer, const char *path);
int64_t kh_test_int(const json_t *answer, const char *path);
