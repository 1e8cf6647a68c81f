/* One call of a route, as its handler sees it. Everything about who asks and whether the question is well-formed has been settled before (dispatch.c);
 * a handler
 *
 *     reads parameters and reads the store      kh_call_text(), kh_call_int(), kh_call_narrow(), kh_scope_query(call->db, &scope, …)
 *     changes something                         kh_store_write(call->server->store, …), with kh_call_actor() as the one who did it
 *     answers                                   kh_call_answer(call, json); nothing: 204
 *
 * and gives 0 or an error. A GET reads one snapshot of the store from beginning to end. */
#pragma once

#include "base/json.h"
#include "gen/api.h"
#include "http/server.h"
#include "server/account/session.h"
#include "server/api/metrics.h"
#include "server/assessment/level.h"
#include "server/directive/directive.h"
#include "server/directive/law.h"
#include "server/incident/route.h"
#include "server/report/template.h"
#include "server/server.h"

struct kh_http_files;

struct kh_api {
	struct kh_server *server;
	struct kh_directives directives;
	struct kh_law law;
	struct kh_incident_routes incident_routes;
	struct kh_level_requirements level_requirements;
	struct kh_templates templates;
	struct kh_http_files *console; /* NULL: not installed */
	struct kh_api_metrics metrics;
};

#define KH_CALL_PARAMS 4 /* {parameters} of one path */

struct kh_api_call {
	struct kh_api *api;
	struct kh_server *server;
	struct kh_request *request;
	const struct kh_api_route *route;
	char *params[KH_CALL_PARAMS]; /* in the order of the path */
	json_t *args;                 /* of query and body, checked, fallbacks filled in */
	bool logged_in;
	struct kh_session session;    /* when logged in */
	struct kh_scope scope;        /* the caller's unit and below; a copy of the session's */
	struct kh_db *db;             /* this thread's reader; NULL in public routes until kh_call_open() */
	int64_t now_s;
	json_t *answer;
	bool responded;               /* kh_call_respond() was called */
};

/* Lends the thread's reader to the call; done already for every route that wants a session. */
int kh_call_open(struct kh_api_call *call) KH_MUST_USE;

/* A {parameter} of the path by its place, from 0. */
const char *kh_call_param(const struct kh_api_call *call, size_t place);

/* Parameters of the query or the body by name: asking for one that the spec does not have is a bug and aborts. */
const char *kh_call_text(const struct kh_api_call *call, const char *name); /* NULL: not given */
int64_t kh_call_int(const struct kh_api_call *call, const char *name);      /* 0: not given and no default */
bool kh_call_bool(const struct kh_api_call *call, const char *name);
const json_t *kh_call_json(const struct kh_api_call *call, const char *name); /* NULL: not given; lent */

/* The login name, for audit rows. */
static inline const char *kh_call_actor(const struct kh_api_call *call)
{
	return call->session.user.name;
}

static inline bool kh_call_may(const struct kh_api_call *call, unsigned right)
{
	return (call->session.user.role->rights & right) == right;
}

/* The scope of the unit with this code, inside the caller's; NULL: the caller's own. KH_E_UNKNOWN_UNIT. */
int kh_call_narrow(const struct kh_api_call *call, const char *unit_code, struct kh_scope *ret) KH_MUST_USE;

/* `?at=`: KH_TODAY or a past day. */
int kh_call_day(const struct kh_api_call *call, int64_t *ret_day) KH_MUST_USE;

/* `?text=` folded, LIKE's signs escaped, between '%'; NULL when not given. New memory. */
int kh_call_pattern(const struct kh_api_call *call, char **ret) KH_MUST_USE;

/* The same without folding: for columns that are not kept folded. */
char *kh_call_raw_pattern(const struct kh_api_call *call) KH_MUST_USE;

/* The id of an endpoint inside the caller's scope, named by its uid in the path; KH_E_NOT_FOUND. */
int kh_call_endpoint(const struct kh_api_call *call, size_t place, int64_t *ret_id) KH_MUST_USE;

/* For the transaction of a change: does what the caller saw (`version` of the body) still stand there? KH_E_STALE_VERSION. */
int kh_call_check_version(const struct kh_api_call *call, int64_t present) KH_MUST_USE;

/* The answer, taken over. Of a handler that gives an error it is what stands beside "error". */
void kh_call_answer(struct kh_api_call *call, json_t *answer);

/* An answer that is no JSON object; the buffer's bytes are taken over. */
void kh_call_respond(struct kh_api_call *call, const char *content_type, struct kh_buf *bytes);

/* {"items": items, "total": total} with both taken over. */
json_t *kh_call_page(json_t *items, int64_t total) KH_MUST_USE;
