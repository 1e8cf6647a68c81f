/* The machine of a suspended incident cut off from the network, by order where an agent is, else by people; and let go again. What was ordered and what came of it
 * stands in the incident: `isolation` (codes of the register), `isolation_order`, `release_order`. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/time.h"
#include "server/incident/inside.h"
#include "server/order/order.h"
#include "server/report/json.h"

#define TASK (&kh_registers[KH_REGISTER_TASK])
#define SILENT_S 3600 /* a machine that was not heard for so long may be off, or out of reach: people look after it too */

static int say(struct kh_db *writer, const struct kh_record *incident, const char *isolation, const char *order_field, int64_t order, const struct kh_record_by *by)
{
	kh_auto_json json_t *fields = json_object();
	kh_json_set_text(fields, "isolation", isolation);
	if (order)
		kh_json_set_int(fields, order_field, order);
	return kh_record_change(writer, KH_INCIDENT, incident->id, KH_RECORD_ANY_VERSION, fields, by);
}

static int give_task(struct kh_db *writer, const struct kh_record *incident, int64_t endpoint, const struct kh_record_by *by)
{
	char today[KH_ISO_SIZE];
	kh_auto_free char *host = NULL;
	int64_t id = 0;
	int r = kh_db_text(writer, &host, "SELECT hostname FROM endpoint WHERE id = ?1", endpoint);
	if (r < 0)
		return r;
	kh_auto_free char *title = kh_format("Ngắt máy %.200s khỏi mạng ngay (sự cố %lld)", host ? host : "", (long long)incident->id);
	kh_auto_json json_t *fields = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "title", title, "what",
						"Rút dây mạng, tắt Wi-Fi, không tắt nguồn. Giữ nguyên hiện trạng. Ghi lúc làm vào diễn biến sự cố.", "due_on", kh_time_day(by->now_s, today),
						"priority", "urgent", "role", "cán bộ phụ trách CNTT", "endpoint", (json_int_t)endpoint);
	return kh_record_create(writer, TASK, incident->unit_id, fields, by, &id);
}

static int give_order(struct kh_db *writer, const struct kh_record *incident, const char *kind, const struct kh_record_by *by, int64_t *ret)
{
	kh_auto_json json_t *args = json_pack("{s:I}", "incident", (json_int_t)incident->id);
	return kh_order_create(writer, &(struct kh_order_new){kh_record_int(incident, "endpoint"), kind, args}, by->actor, by->now_s, ret);
}

/* ---- begin ---- */

/* It may have gone to another unit since the incident was reported. */
static int still_belongs(struct kh_db *db, const struct kh_record *incident, bool *ret)
{
	int64_t belongs = 0;
	int r = kh_db_int(db, &belongs, "SELECT COUNT(*) FROM endpoint e JOIN unit_ancestor a ON a.unit_id = e.unit_id AND a.ancestor_id = ?2 WHERE e.id = ?1",
			  kh_record_int(incident, "endpoint"), incident->unit_id);
	*ret = belongs > 0;
	return r;
}

static int check_belongs(struct kh_db *db, const struct kh_record *incident)
{
	bool belongs = false;
	int r = still_belongs(db, incident, &belongs);
	return r < 0 || belongs ? r : kh_fail(KH_E_RECORD_STATE, "the machine does not belong to the incident's unit any more");
}

/* Whether an agent of ours is there at all, and when it was last heard. */
static int heard(struct kh_db *db, int64_t endpoint, int64_t *ret_linked, int64_t *ret_seen_s)
{
	int r = kh_db_int(db, ret_linked, "SELECT COUNT(*) FROM endpoint WHERE id = ?1 AND state = 'active' AND offline_key IS NULL", endpoint);
	return r < 0 ? r : kh_db_int(db, ret_seen_s, "SELECT seen_s FROM endpoint WHERE id = ?1", endpoint);
}

int kh_incident_isolate(struct kh_db *writer, const struct kh_record *incident, const struct kh_record_by *by)
{
	int64_t endpoint = kh_record_int(incident, "endpoint"), linked = 0, seen_s = 0, order = 0;
	int r = check_belongs(writer, incident);
	if (r == 0)
		r = heard(writer, endpoint, &linked, &seen_s);
	if (r == 0 && linked)
		r = give_order(writer, incident, "isolate", by, &order);
	if (r == 0)
		r = say(writer, incident, linked ? "ordered" : "by_hand", "isolation_order", order, by);
	if (r == 0 && (!linked || by->now_s - seen_s > SILENT_S))
		r = give_task(writer, incident, endpoint, by);
	return r < 0 ? r
		     : kh_incident_step(writer, incident, "isolate", linked ? "Tạm ngưng thiết bị, đã gửi lệnh cách ly mạng" : "Tạm ngưng thiết bị. Máy không có tác tử nối với máy chủ: ngắt mạng bằng tay theo nhiệm vụ đã giao",
					by);
}

/* ---- what became of the orders ---- */

struct following {
	struct kh_db *writer;
	const struct kh_record *incident;
	const struct kh_record_by *by;
	char *reason; /* of the last order that was looked at; may be NULL */
};

/* NULL: no such order (any more). */
static int state_of(struct following *f, const char *order_field, char **ret_state)
{
	kh_auto_free char *result = NULL;
	kh_auto_json json_t *j = NULL;
	int64_t order = kh_record_int(f->incident, order_field);
	int r = kh_db_text(f->writer, ret_state, "SELECT state FROM endpoint_order WHERE id = ?1", order);
	if (r == 0)
		r = kh_db_text(f->writer, &result, "SELECT result FROM endpoint_order WHERE id = ?1", order);
	free(f->reason);
	f->reason = NULL;
	if (r == 0 && result && kh_json_parse(result, strlen(result), &j) == 0) {
		const enum kh_language language = kh_language();
		const char *said = json_string_value(json_object_get(j, "reason"));
		kh_language_use(KH_VI); /* as the rest of what is written into the incident; who mends it needs the machine's own words, too */
		kh_auto_free char *reason = kh_order_reason(j);
		if (said && kh_words(said) == said)
			f->reason = reason ? kh_format("%s (%s)", reason, said) : kh_strdup(said);
		else
			f->reason = kh_take(reason);
		kh_language_use(language);
	}
	return r;
}

static bool has_failed(const char *state)
{
	return !state || kh_streq(state, "refused") || kh_streq(state, "failed") || kh_streq(state, "expired");
}

static int became(struct following *f, const char *isolation, const char *act, const char *what)
{
	int r = say(f->writer, f->incident, isolation, NULL, 0, f->by);
	return r < 0 ? r : kh_incident_step(f->writer, f->incident, act, what, f->by);
}

static int order_failed(struct following *f)
{
	kh_auto_free char *what = kh_format("Không cách ly được bằng lệnh: %.700s. Ngắt mạng bằng tay theo nhiệm vụ đã giao", f->reason ? f->reason : "máy không nhận lệnh");
	int r = became(f, "failed", "isolate", what);
	return r < 0 ? r : give_task(f->writer, f->incident, kh_record_int(f->incident, "endpoint"), f->by);
}

/* The newest release that somebody at the machine made since it was suspended; NULL: none. */
static int released_at_the_machine(struct following *f, json_t **ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(f->writer, &s, "SELECT body FROM event WHERE endpoint_id = ?1 AND at_ms >= ?2 AND category = 'isolation' AND action = 'released' ORDER BY id DESC LIMIT 1",
			    kh_record_int(f->incident, "endpoint"), kh_record_int(f->incident, "suspended_s") * 1000);
	if (!kh_stmt_next(s, &r))
		return r;
	kh_auto_json json_t *body = NULL;
	const char *text = kh_stmt_text(s, 0);
	const json_t *said = NULL;
	if (kh_json_parse(text, strlen(text), &body) == 0)
		said = json_object_get(json_object_get(body, "khien"), "isolation");
	if (json_is_object(said) && json_integer_value(json_object_get(said, "by_order")) == 0)
		*ret = json_incref((json_t *)(uintptr_t)said);
	return 0;
}

static int note_release_there(struct following *f, const json_t *said)
{
	const char *user = json_string_value(json_object_get(said, "user")), *reason = json_string_value(json_object_get(said, "reason"));
	kh_auto_free char *what = kh_format("Đã dỡ cách ly tại máy (%.60s), không qua máy chủ: %.600s", user && *user ? user : "cấu hình của máy", reason ? reason : "");
	kh_auto_json json_t *fields = json_pack("{s:I}", "released_there_s", (json_int_t)f->by->now_s); /* the alert goes by it */
	int r = kh_record_change(f->writer, KH_INCIDENT, f->incident->id, KH_RECORD_ANY_VERSION, fields, f->by);
	return r < 0 ? r : became(f, "released_there", "recover", what);
}

/* An order that no machine has taken yet is taken back when the machine has gone to another unit. */
static int take_back(struct following *f)
{
	int r = kh_db_run(f->writer, "UPDATE endpoint_order SET state = 'expired' WHERE id = ?1 AND state = 'waiting'", kh_record_int(f->incident, "isolation_order"));
	return r < 0 ? r : became(f, "failed", "isolate", "Máy đã chuyển sang đơn vị khác trước khi nhận lệnh cách ly: lệnh được rút lại. Đơn vị mới báo sự cố của mình nếu cần");
}

static int follow_ordered(struct following *f)
{
	kh_auto_free char *state = NULL;
	bool belongs = true;
	int r = state_of(f, "isolation_order", &state);
	if (r == 0 && kh_streq(state, "waiting"))
		r = still_belongs(f->writer, f->incident, &belongs);
	if (r < 0)
		return r;
	if (!belongs)
		return take_back(f);
	if (has_failed(state))
		return order_failed(f);
	return kh_streq(state, "done") ? became(f, "isolated", "isolate", "Máy đã bị cách ly khỏi mạng theo lệnh") : 0;
}

static int follow_isolated(struct following *f)
{
	kh_auto_json json_t *said = NULL;
	int r = released_at_the_machine(f, &said);
	return r < 0 || !said ? r : note_release_there(f, said);
}

/* Whoever sits at a machine that the server does not know any more ends it there. */
static int order_release(struct following *f)
{
	int64_t linked = 0, seen_s = 0, order = 0;
	int r = heard(f->writer, kh_record_int(f->incident, "endpoint"), &linked, &seen_s);
	if (r < 0)
		return r;
	if (!linked)
		return became(f, "by_hand", "recover", "Máy không còn nối với máy chủ: nếu còn bị cách ly, dỡ tại máy bằng lệnh khien isolation release");
	r = give_order(f->writer, f->incident, "release", f->by, &order);
	return r < 0 ? r : say(f->writer, f->incident, "release_ordered", "release_order", order, f->by);
}

/* A release that failed is ordered again: the machine is not to stay cut off. */
static int follow_release(struct following *f)
{
	kh_auto_free char *state = NULL;
	int r = state_of(f, "release_order", &state);
	if (r < 0)
		return r;
	if (kh_streq(state, "done"))
		return became(f, "released", "recover", "Máy đã được dỡ cách ly mạng theo lệnh");
	return has_failed(state) ? order_release(f) : 0;
}

/* While another incident holds the same machine suspended it stays isolated; the release of that one ends it. */
static int release(struct following *f)
{
	int64_t others = 0;
	int r = kh_db_int(f->writer, &others, "SELECT COUNT(*) FROM reg_incident WHERE endpoint = ?1 AND id <> ?2 AND suspended_s IS NOT NULL AND released_s IS NULL",
			  kh_record_int(f->incident, "endpoint"), f->incident->id);
	if (r < 0)
		return r;
	return others ? became(f, "held", "recover", "Máy còn bị cách ly vì một sự cố khác") : order_release(f);
}

int kh_incident_follow_isolation(struct kh_db *writer, int64_t id, const struct kh_record_by *by)
{
	static const struct {
		const char *isolation;
		int (*follow)(struct following *f);
		bool in_force; /* to be ended when the device is released */
	} table[] = {{"ordered", follow_ordered, true}, {"isolated", follow_isolated, true}, {"release_ordered", follow_release, false}};
	kh_auto_record struct kh_record incident = {0};
	int r = kh_record_get(writer, KH_INCIDENT, id, NULL, &incident);
	const char *isolation = r < 0 ? NULL : kh_record_text(&incident, "isolation");
	struct following f = {.writer = writer, .incident = &incident, .by = by};
	for (size_t i = 0; r == 0 && i < KH_COUNT(table); i++)
		if (kh_streq(isolation, table[i].isolation)) {
			r = table[i].in_force && kh_record_int(&incident, "released_s") ? release(&f) : table[i].follow(&f);
			break;
		}
	free(f.reason);
	return r;
}
