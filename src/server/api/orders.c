/* Orders to one endpoint: those given, and giving one. */
#include "base/error.h"
#include "base/str.h"
#include "server/api/endpoints.h"
#include "server/api/objects.h"
#include "server/order/order.h"
#include "server/report/json.h"

/* ?1 is the present: an order that was not carried out in time has expired, whether or not anyone has written that down yet. */
#define SELECT_ORDER                                                                                                                       \
	"SELECT o.id, o.kind, o.args, o.created_s, o.created_by, o.expires_s, o.sent_s, o.done_s,"                                         \
	" CASE WHEN o.state IN ('waiting', 'sent') AND o.expires_s <= ?1 THEN 'expired' ELSE o.state END, o.result"                        \
	" FROM endpoint_order o JOIN endpoint e ON e.id = o.endpoint_id WHERE {scope:e.unit_id}"

static json_t *order_object(const struct kh_stmt *s)
{
	json_t *o = json_object();
	kh_json_set_int(o, "id", kh_stmt_int(s, 0));
	kh_json_set_text(o, "kind", kh_stmt_text(s, 1));
	kh_json_set(o, "args", kh_object_stored(s, 2));
	kh_json_set_int(o, "created_s", kh_stmt_int(s, 3));
	kh_json_set_text(o, "created_by", kh_stmt_text(s, 4));
	kh_json_set_int(o, "expires_s", kh_stmt_int(s, 5));
	kh_json_set(o, "sent_s", kh_object_int(s, 6));
	kh_json_set(o, "done_s", kh_object_int(s, 7));
	kh_json_set_text(o, "state", kh_stmt_text(s, 8));
	kh_json_set(o, "result", kh_object_stored(s, 9));
	kh_auto_free char *reason = kh_order_reason(json_object_get(o, "result"));
	kh_json_set_text(o, "reason", reason);
	return o;
}

/* ---- listing ---- */

int kh_route_endpoint_orders(struct kh_api_call *call)
{
	int64_t id = 0, total = 0;
	kh_auto_json json_t *items = json_array();
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_call_endpoint(call, 0, &id);
	if (r == 0)
		r = kh_scope_int(call->db, &call->scope, &total, "SELECT COUNT(*) FROM endpoint_order o JOIN endpoint e ON e.id = o.endpoint_id WHERE o.endpoint_id = ?1 AND {scope:e.unit_id}", id);
	if (r == 0)
		r = kh_scope_query(call->db, &call->scope, &s, SELECT_ORDER " AND o.endpoint_id = ?2 ORDER BY o.id DESC LIMIT ?3 OFFSET ?4", call->now_s, id,
				   kh_call_int(call, "limit"), kh_call_int(call, "offset"));
	while (kh_stmt_next(s, &r))
		kh_json_add(items, order_object(s));
	if (r == 0)
		kh_call_answer(call, kh_call_page(kh_take(items), total));
	return r;
}

/* ---- giving ---- */

/* What an order asks for, as docs/protocol.md has it: a scan says how far it goes, collecting takes nothing. */
static json_t *args_of(const struct kh_api_call *call)
{
	json_t *args = json_object();
	if (kh_streq(kh_call_text(call, "kind"), "scan"))
		kh_json_set_text(args, "scan", kh_call_text(call, "scan"));
	return args;
}

struct giving {
	const struct kh_api_call *call;
	int64_t order_id;
};

static int give(struct kh_db *db, void *arg)
{
	struct giving *g = arg;
	const struct kh_api_call *call = g->call;
	kh_auto_json json_t *args = args_of(call);
	kh_auto_endpoint_target struct kh_endpoint_target target = {0};
	int r = kh_endpoint_target_find(db, call, &target);
	if (r == 0 && target.offline) /* orders reach only machines that call the server */
		r = kh_fail(KH_E_ENDPOINT_UNLINKED, "the machine is not linked to the server");
	const struct kh_order_new order = {.endpoint_id = target.id, .kind = kh_call_text(call, "kind"), .args = args};
	return r < 0 ? r : kh_order_create(db, &order, kh_call_actor(call), call->now_s, &g->order_id);
}

int kh_route_endpoint_order(struct kh_api_call *call)
{
	struct giving g = {.call = call};
	int r = kh_store_write(call->server->store, give, &g);
	kh_auto_stmt struct kh_stmt *s = NULL;
	if (r == 0)
		r = kh_scope_query(call->db, &call->scope, &s, SELECT_ORDER " AND o.id = ?2", call->now_s, g.order_id);
	if (kh_stmt_next(s, &r))
		kh_call_answer(call, order_object(s));
	return r;
}
