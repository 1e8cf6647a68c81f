/* Enrolment tokens (spec/api/tokens.yaml). */
#include "server/account/token.h"

#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "server/account/qr.h"
#include "server/api/call.h"
#include "server/api/objects.h"

#define COLUMNS "t.id, u.code, u.name, t.uses, t.used, t.expires_s, t.created_s, t.created_by, t.revoked"
#define SOURCE " FROM enrol_token t JOIN unit u ON u.id = t.unit_id WHERE {scope:t.unit_id}"

/* The state of a token as kh_token_state() says it, in SQL; ?1 now. */
#define STATE                                                                       \
	"CASE WHEN t.revoked = 1 THEN 'revoked' WHEN t.used >= t.uses THEN 'used'" \
	" WHEN t.expires_s <= ?1 THEN 'expired' ELSE 'usable' END"

static json_t *object_of(struct kh_stmt *s, int64_t now_s)
{
	json_t *o = json_object();
	kh_json_set_int(o, "id", kh_stmt_int(s, 0));
	kh_json_set(o, "unit", kh_object_unit(kh_stmt_text(s, 1), kh_stmt_text(s, 2)));
	kh_json_set_int(o, "uses", kh_stmt_int(s, 3));
	kh_json_set_int(o, "used", kh_stmt_int(s, 4));
	kh_json_set_int(o, "expires_s", kh_stmt_int(s, 5));
	kh_json_set_int(o, "created_s", kh_stmt_int(s, 6));
	kh_json_set_text(o, "created_by", kh_stmt_text(s, 7));
	kh_json_set_text(o, "state", kh_token_state(kh_stmt_int(s, 3), kh_stmt_int(s, 4), kh_stmt_int(s, 5), kh_stmt_int(s, 8) != 0, now_s));
	return o;
}

static int token_object(const struct kh_api_call *call, int64_t id, json_t **ret)
{
	kh_auto_json json_t *object = NULL;
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(call->db, &call->scope, &s, "SELECT " COLUMNS SOURCE " AND t.id = ?1", id);
	while (kh_stmt_next(s, &r))
		object = object_of(s, call->now_s);
	if (r == 0 && !object)
		return kh_fail(KH_E_NOT_FOUND, "token");
	if (r == 0)
		*ret = kh_take(object);
	return r;
}

int kh_route_token_list(struct kh_api_call *call)
{
	const char *state = kh_streq(kh_call_text(call, "state"), "all") ? NULL : kh_call_text(call, "state");
	kh_auto_json json_t *items = json_array();
	struct kh_scope scope = {0};
	int64_t total = 0;
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_call_narrow(call, kh_call_text(call, "unit"), &scope);
	if (r == 0)
		r = kh_scope_int(call->db, &scope, &total, "SELECT COUNT(*)" SOURCE " AND (CAST(?2 AS TEXT) IS NULL OR " STATE " = ?2)", call->now_s, state);
	if (r == 0)
		r = kh_scope_query(call->db, &scope, &s,
				   "SELECT " COLUMNS SOURCE " AND (CAST(?2 AS TEXT) IS NULL OR " STATE " = ?2) ORDER BY t.id DESC LIMIT ?3 OFFSET ?4", call->now_s,
				   state, kh_call_int(call, "limit"), kh_call_int(call, "offset"));
	while (kh_stmt_next(s, &r))
		kh_json_add(items, object_of(s, call->now_s));
	if (r == 0)
		kh_call_answer(call, kh_call_page(kh_take(items), total));
	return r;
}

struct making {
	struct kh_token_new token;
	const char *actor;
	int64_t now_s, id;
	char secret[KH_TOKEN_SIZE];
};

static int run_create(struct kh_db *writer, void *arg)
{
	struct making *m = arg;
	return kh_token_create(writer, &m->token, m->actor, m->now_s, m->secret, &m->id);
}

int kh_route_token_create(struct kh_api_call *call)
{
	struct kh_scope scope = {0};
	int r = kh_call_narrow(call, kh_call_text(call, "unit"), &scope);
	if (r < 0)
		return r;
	struct making m = {.token = {.unit_id = scope.unit_id, .uses = kh_call_int(call, "uses"), .life_s = kh_call_int(call, "days") * KH_DAY_S},
			   .actor = kh_call_actor(call), .now_s = call->now_s};
	r = kh_store_write(call->server->store, run_create, &m);
	json_t *token = NULL;
	r = r < 0 ? r : token_object(call, m.id, &token);
	if (r < 0)
		return r;
	kh_auto_free char *link = kh_server_link(call->server, m.secret), *svg = NULL;
	r = kh_qr_svg(link, &svg);
	json_t *answer = json_object();
	kh_json_set(answer, "token", token);
	kh_json_set_text(answer, "link", link);
	kh_json_set_text(answer, "qr_svg", svg);
	kh_call_answer(call, answer);
	return r;
}

struct revoking {
	int64_t id;
	const char *actor;
};

static int run_revoke(struct kh_db *writer, void *arg)
{
	struct revoking *v = arg;
	return kh_token_revoke(writer, v->id, v->actor);
}

int kh_route_token_revoke(struct kh_api_call *call)
{
	struct revoking v = {.actor = kh_call_actor(call)};
	json_t *before = NULL, *after = NULL;
	if (!kh_parse_int(kh_call_param(call, 0), 1, INT64_MAX, &v.id))
		return kh_fail(KH_E_NOT_FOUND, "token");
	int r = token_object(call, v.id, &before);
	json_decref(before);
	r = r < 0 ? r : kh_store_write(call->server->store, run_revoke, &v);
	r = r < 0 ? r : token_object(call, v.id, &after);
	if (r == 0)
		kh_call_answer(call, after);
	return r;
}
