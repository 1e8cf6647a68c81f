#include "server/order/order.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "crypto/base64.h"
#include "server/audit/audit.h"

#define OPEN_STATES "('waiting', 'sent')"

/* ---- giving ---- */

/* What a machine is to do once it is there again, however late, and however much else it is to do. */
struct kind {
	const char *name;
	bool urgent;
};

static const struct kind *kind_of(const char *name)
{
	static const struct kind kinds[] = {{"collect", false}, {"scan", false}, {"search", false}, {"isolate", true}, {"release", true}};
	for (size_t i = 0; i < KH_COUNT(kinds); i++)
		if (kh_streq(name, kinds[i].name))
			return &kinds[i];
	return NULL;
}

static int check(struct kh_db *writer, const struct kh_order_new *order, int64_t now_s)
{
	const struct kind *kind = kind_of(order->kind);
	int64_t open = 0;
	if (!kind)
		return kh_fail(KH_E_INVALID_FIELD, "no such kind of order: %s", order->kind);
	if (kind->urgent)
		return 0;
	int r = kh_db_int(writer, &open, "SELECT COUNT(*) FROM endpoint_order WHERE endpoint_id = ?1 AND expires_s > ?2 AND state IN " OPEN_STATES, order->endpoint_id, now_s);
	if (r == 0 && open >= KH_ORDER_MAX_OPEN)
		r = kh_fail(KH_E_LIMIT_REACHED, "%d orders are open for this machine", KH_ORDER_MAX_OPEN);
	return r;
}

static int audit(struct kh_db *writer, const struct kh_order_new *order, const char *uid, int64_t unit_id, const char *actor, const char *args)
{
	kh_auto_free char *detail = kh_format("%s %s", order->kind, args);
	return kh_audit_append(writer, &(struct kh_audit){.actor = actor, .unit_id = unit_id, .action = KH_AUDIT_ACTION_ENDPOINT_ORDER, .target = uid, .detail = detail});
}

int kh_order_create(struct kh_db *writer, const struct kh_order_new *order, const char *actor, int64_t now_s, int64_t *ret_id)
{
	kh_auto_free char *uid = NULL, *args = order->args ? kh_json_dump(order->args) : kh_strdup("{}");
	const struct kind *kind = kind_of(order->kind);
	int64_t unit_id = 0, id = 0, life_s = kind && kind->urgent ? KH_ORDER_URGENT_LIFE_S : KH_ORDER_LIFE_S;
	int r = kh_db_text(writer, &uid, "SELECT uid FROM endpoint WHERE id = ?1 AND state = 'active'", order->endpoint_id);
	if (r == 0 && !uid)
		r = kh_fail(KH_E_NOT_FOUND, "no active machine with this number");
	if (r == 0)
		r = kh_db_int(writer, &unit_id, "SELECT unit_id FROM endpoint WHERE id = ?1", order->endpoint_id);
	if (r == 0)
		r = check(writer, order, now_s);
	if (r == 0)
		r = kh_db_int(writer, &id,
			      "INSERT INTO endpoint_order(endpoint_id, kind, args, created_s, created_by, expires_s, state)"
			      " VALUES(?1, ?2, ?3, ?4, ?5, ?6, 'waiting') RETURNING id",
			      order->endpoint_id, order->kind, args, now_s, actor, now_s + life_s);
	if (r == 0)
		r = audit(writer, order, uid, unit_id, actor, args);
	if (r == 0)
		*ret_id = id;
	return r;
}

/* ---- handing out ---- */

/* Who cuts a machine off is answerable for its unit: an order to isolate goes out only while the machine belongs to the unit of the incident that gave it. */
#define STILL_MEANT                                                                                                              \
	"(kind <> 'isolate' OR EXISTS (SELECT 1 FROM reg_incident i JOIN unit_ancestor a ON a.ancestor_id = i.unit_id JOIN endpoint e" \
	" ON e.unit_id = a.unit_id WHERE i.isolation_order = endpoint_order.id AND e.id = endpoint_order.endpoint_id))"

static int compose(const struct kh_stmt *row, const char *uid, char **ret)
{
	const char *args_text = kh_stmt_text(row, 2);
	json_t *args = NULL;
	int r = kh_json_parse(args_text, strlen(args_text), &args);
	if (r < 0)
		return kh_fail_in(r, "order %lld", (long long)kh_stmt_int(row, 0));
	kh_auto_json json_t *order = json_object();
	kh_json_set_int(order, "id", kh_stmt_int(row, 0));
	kh_json_set_text(order, "endpoint", uid);
	kh_json_set_text(order, "kind", kh_stmt_text(row, 1));
	json_object_set_new(order, "args", args);
	kh_json_set_int(order, "created_ms", kh_stmt_int(row, 3) * 1000);
	kh_json_set_int(order, "expires_ms", kh_stmt_int(row, 4) * 1000);
	*ret = kh_json_dump(order);
	return 0;
}

static json_t *sign(const struct kh_sign_key *key, int64_t id, const char *text)
{
	uint8_t signature[KH_SIGNATURE_SIZE];
	kh_sign(key, text, strlen(text), signature);
	kh_auto_free char *text64 = kh_base64_text(text, strlen(text)), *signature64 = kh_base64_text(signature, sizeof signature);
	json_t *item = json_object();
	kh_json_set_int(item, "id", id);
	kh_json_set_text(item, "order", text64);
	kh_json_set_text(item, "signature", signature64);
	return item;
}

int kh_orders_signed(struct kh_db *db, const struct kh_sign_key *key, int64_t endpoint_id, const char *uid, int64_t after, int64_t now_s, json_t **ret_list,
		     int64_t *ret_last)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	kh_auto_json json_t *list = json_array();
	int64_t last = 0;
	int r = kh_db_query(db, &s,
			    "SELECT id, kind, args, created_s, expires_s FROM endpoint_order WHERE endpoint_id = ?1 AND state IN " OPEN_STATES
			    " AND id > ?2 AND expires_s > ?3 AND " STILL_MEANT " ORDER BY id LIMIT ?4",
			    endpoint_id, after, now_s, KH_ORDERS_AT_ONCE);
	while (kh_stmt_next(s, &r)) {
		kh_auto_free char *text = NULL;
		last = kh_stmt_int(s, 0);
		r = compose(s, uid, &text);
		if (r == 0)
			json_array_append_new(list, sign(key, last, text));
	}
	if (r == 0) {
		*ret_last = last;
		*ret_list = kh_take(list);
	}
	return r;
}

int kh_orders_sent(struct kh_db *writer, int64_t endpoint_id, int64_t last, int64_t now_s)
{
	return kh_db_run(writer, "UPDATE endpoint_order SET state = 'sent', sent_s = ?3 WHERE endpoint_id = ?1 AND id <= ?2 AND state = 'waiting'", endpoint_id, last,
			 now_s);
}

static int begun(struct kh_db *writer, int64_t endpoint_id, int64_t id, const char *progress, int64_t since_s)
{
	return kh_db_run(writer,
			 "UPDATE endpoint_order SET state = 'running', progress = ?3, begun_s = COALESCE(begun_s, ?4) WHERE id = ?1 AND endpoint_id = ?2"
			 " AND state IN ('waiting', 'sent', 'running')",
			 id, endpoint_id, progress, since_s);
}

/* One piece of work may answer many orders; an older agent names the first of them only. */
int kh_order_progress(struct kh_db *writer, int64_t endpoint_id, const json_t *work, int64_t at_s)
{
	int64_t first = 0, since_ms = 0;
	int r = 0;
	if (kh_json_int_or(work, "order", 1, INT64_MAX, 0, &first) < 0 || !first || kh_json_int_or(work, "since_ms", 0, INT64_MAX, at_s * 1000, &since_ms) < 0)
		return 0;
	kh_auto_free char *progress = kh_json_dump(work);
	const json_t *orders = json_object_get(work, "orders");
	size_t n = KH_MIN(json_array_size(orders), KH_ORDER_MAX_ANSWERED);
	r = begun(writer, endpoint_id, first, progress, since_ms / 1000);
	for (size_t i = 0; r == 0 && i < n; i++) {
		const int64_t id = json_integer_value(json_array_get(orders, i));
		if (id > 0 && id != first)
			r = begun(writer, endpoint_id, id, progress, since_ms / 1000);
	}
	return r;
}

int kh_orders_expire(struct kh_db *writer, int64_t now_s)
{
	return kh_db_run(writer,
			 "UPDATE endpoint_order SET state = 'expired' WHERE (state IN " OPEN_STATES " AND expires_s <= ?1) OR (state = 'running' AND expires_s <= ?2)", now_s,
			 now_s - KH_ORDER_RUNNING_S);
}

/* ---- what came of them ---- */

char *kh_order_reason(const json_t *result)
{
	const char *said = json_string_value(json_object_get(result, "reason")), *name = json_string_value(json_object_get(result, "error"));
	const struct kh_error_info *error = name ? kh_error_named(name) : NULL;
	const char *words = said ? kh_words(said) : NULL;
	if (words && (words != said || kh_language() == KH_EN))
		return kh_strdup(words);
	return error ? kh_strdup(error->text[kh_language()]) : NULL;
}
