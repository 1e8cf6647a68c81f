/* Routes of spec/api/portals.yaml: what the watcher knows. The records themselves are those of the registers. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "server/api/call.h"
#include "server/api/objects.h"
#include "server/portal/alarm.h"
#include "server/portal/limits.h"
#include "server/register/proof.h"

#define PORTAL (&kh_registers[KH_REGISTER_PORTAL])
#define ALARM (&kh_registers[KH_REGISTER_PORTAL_ALARM])
#define FETCHES 100
#define ALARMS 100

/* ---- objects ---- */

static json_t *optional_int(const struct kh_stmt *s, int column)
{
	return kh_stmt_is_null(s, column) ? json_null() : json_integer(kh_stmt_int(s, column));
}

static int parse(const char *text, json_t **ret)
{
	*ret = NULL;
	return text ? kh_json_parse(text, strlen(text), ret) : 0;
}

static json_t *certificate_object(const char *text, int64_t now_s)
{
	kh_auto_json json_t *json = NULL;
	struct kh_site_certificate c = {0};
	if (parse(text, &json) < 0 || kh_site_certificate_of_json(json, &c) < 0 || !c.any)
		return json_null();
	return json_pack("{s:I, s:I, s:o, s:b, s:b}", "until_s", (json_int_t)c.until_s, "days", (json_int_t)((c.until_s - now_s) / 86400), "issuer", kh_json_string(c.issuer), "trusted",
			 c.trusted, "name_fits", c.name_fits);
}

static json_t *headers_list(const struct kh_stmt *s, int column)
{
	json_t *list = json_array();
	for (unsigned i = 0; i < KH_SECURITY_HEADERS && !kh_stmt_is_null(s, column); i++)
		kh_json_add(list, json_pack("{s:s, s:b}", "name", kh_security_header_names[i], "there", (kh_stmt_int(s, column) & 1 << i) != 0));
	return list;
}

static json_t *names_list(const char *text)
{
	json_t *json = NULL;
	if (parse(text, &json) < 0 || !json_is_array(json)) {
		json_decref(json);
		return json_array();
	}
	return json;
}

#define SELECT_PORTAL                                                                                                                                                               \
	"SELECT r.id, r.name, r.url, u.code, u.name, r.state, p.status, p.checked_s, p.good_s, p.next_s, p.ms, p.url, p.certificate, p.headers, p.addresses, p.servers,"            \
	" (SELECT COUNT(*) FROM portal_fetch f WHERE f.portal_id = r.id AND f.at_s > ?1) AS fetches,"                                                                               \
	" (SELECT COUNT(*) FROM portal_fetch f WHERE f.portal_id = r.id AND f.at_s > ?1 AND f.status = 'up') AS up,"                                                                \
	" (SELECT COUNT(*) FROM reg_portal_alarm a WHERE a.portal = r.id AND a.closed_s IS NULL) AS alarms"                                                                         \
	" FROM reg_portal r JOIN unit u ON u.id = r.unit_id LEFT JOIN portal_state p ON p.portal_id = r.id WHERE r.state <> 'ended' AND {scope:r.unit_id}"

static json_t *portal_object(const struct kh_stmt *s, int64_t now_s)
{
	json_t *o = json_object();
	int64_t fetches = kh_stmt_int(s, 16), up = kh_stmt_int(s, 17);
	kh_json_set_int(o, "id", kh_stmt_int(s, 0));
	kh_json_set_text(o, "name", kh_stmt_text(s, 1));
	kh_json_set_text(o, "url", kh_stmt_text(s, 2));
	kh_json_set(o, "unit", kh_object_unit(kh_stmt_text(s, 3), kh_stmt_text(s, 4)));
	kh_json_set_text(o, "state", kh_stmt_text(s, 5));
	kh_json_set_text(o, "status", kh_stmt_text(s, 6));
	kh_json_set(o, "checked_s", optional_int(s, 7));
	kh_json_set(o, "good_s", optional_int(s, 8));
	kh_json_set(o, "next_s", optional_int(s, 9));
	kh_json_set(o, "ms", optional_int(s, 10));
	kh_json_set_text(o, "leads_to", kh_stmt_text(s, 11));
	kh_json_set(o, "uptime", kh_json_number(fetches > 0, fetches ? 100.0 * (double)up / (double)fetches : 0));
	kh_json_set_int(o, "fetches", fetches);
	kh_json_set_int(o, "alarms", kh_stmt_int(s, 18));
	kh_json_set(o, "certificate", certificate_object(kh_stmt_text(s, 12), now_s));
	kh_json_set(o, "headers", headers_list(s, 13));
	kh_json_set(o, "addresses", names_list(kh_stmt_text(s, 14)));
	kh_json_set(o, "servers", names_list(kh_stmt_text(s, 15)));
	return o;
}

/* ---- all ---- */

int kh_route_portal_list(struct kh_api_call *call)
{
	struct kh_scope scope = {0};
	int64_t total = 0;
	kh_auto_json json_t *items = json_array();
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_call_narrow(call, kh_call_text(call, "unit"), &scope);
	if (r == 0)
		r = kh_scope_int(call->db, &scope, &total, "SELECT COUNT(*) FROM reg_portal r WHERE r.state <> 'ended' AND {scope:r.unit_id}");
	if (r == 0)
		r = kh_scope_query(call->db, &scope, &s, SELECT_PORTAL " ORDER BY alarms DESC, r.name, r.id LIMIT ?2 OFFSET ?3", call->now_s - KH_PORTAL_UPTIME_S, kh_call_int(call, "limit"),
				   kh_call_int(call, "offset"));
	while (kh_stmt_next(s, &r))
		kh_json_add(items, portal_object(s, call->now_s));
	if (r == 0)
		kh_call_answer(call, kh_call_page(kh_take(items), total));
	return r;
}

/* ---- one ---- */

static int named(const struct kh_api_call *call, const struct kh_register *reg, struct kh_record *ret)
{
	int64_t id = 0;
	if (!kh_parse_int(kh_call_param(call, 0), 1, INT64_MAX, &id))
		return kh_record_missing(reg, 0);
	return kh_record_get(call->db, reg, id, &call->scope, ret);
}

static int set_portal(const struct kh_api_call *call, int64_t id, json_t *answer)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(call->db, &call->scope, &s, SELECT_PORTAL " AND r.id = ?2", call->now_s - KH_PORTAL_UPTIME_S, id);
	if (kh_stmt_next(s, &r))
		kh_json_set(answer, "portal", portal_object(s, call->now_s));
	else if (r == 0)
		r = kh_record_missing(PORTAL, id);
	return r;
}

static int64_t count_changing(const json_t *known)
{
	size_t i = 0;
	int64_t n = 0;
	const json_t *region = NULL;
	json_array_foreach(json_object_get(known, "regions"), i, region) n += json_integer_value(json_array_get(region, 1)) >= KH_REGION_CHANGES;
	return n;
}

static int set_pages(const struct kh_api_call *call, int64_t id, json_t *answer)
{
	json_t *list = json_array();
	kh_json_set(answer, "pages", list);
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(call->db, &s, "SELECT url, known, learned_s FROM portal_page WHERE portal_id = ?1 ORDER BY id", id);
	while (kh_stmt_next(s, &r)) {
		kh_auto_json json_t *known = NULL;
		r = parse(kh_stmt_text(s, 1), &known);
		kh_json_add(list, json_pack("{s:o, s:I, s:I, s:I}", "url", kh_json_string(kh_stmt_text(s, 0)), "fetches", json_integer_value(json_object_get(known, "fetches")), "changing",
					    (json_int_t)count_changing(known), "learned_s", (json_int_t)kh_stmt_int(s, 2)));
	}
	return r;
}

static int set_fetches(const struct kh_api_call *call, int64_t id, json_t *answer)
{
	json_t *list = json_array(), *days = json_array();
	kh_json_set(answer, "fetches", list);
	kh_json_set(answer, "days", days);
	kh_auto_stmt struct kh_stmt *s = NULL, *d = NULL;
	int r = kh_db_query(call->db, &s, "SELECT at_s, status, http, ms, bytes, text_change, shape_change, good FROM portal_fetch WHERE portal_id = ?1 ORDER BY id DESC LIMIT ?2", id, FETCHES);
	while (kh_stmt_next(s, &r))
		kh_json_add(list, json_pack("{s:I, s:s, s:I, s:I, s:I, s:I, s:I, s:b}", "at_s", (json_int_t)kh_stmt_int(s, 0), "status", kh_stmt_text(s, 1), "http", (json_int_t)kh_stmt_int(s, 2),
					    "ms", (json_int_t)kh_stmt_int(s, 3), "bytes", (json_int_t)kh_stmt_int(s, 4), "text_change", (json_int_t)kh_stmt_int(s, 5), "shape_change",
					    (json_int_t)kh_stmt_int(s, 6), "good", kh_stmt_int(s, 7) != 0));
	if (r == 0) /* days as kh_time_day_number() counts them: UTC+7 */
		r = kh_db_query(call->db, &d,
				"SELECT (at_s + 25200) / 86400 AS day, COUNT(*), SUM(CASE WHEN status = 'up' THEN 1 ELSE 0 END) FROM portal_fetch WHERE portal_id = ?1 AND at_s > ?2"
				" GROUP BY (at_s + 25200) / 86400 ORDER BY (at_s + 25200) / 86400",
				id, call->now_s - KH_PORTAL_UPTIME_S);
	while (kh_stmt_next(d, &r))
		kh_json_add(days, json_pack("{s:I, s:I, s:I}", "day", (json_int_t)kh_stmt_int(d, 0), "fetches", (json_int_t)kh_stmt_int(d, 1), "up", (json_int_t)kh_stmt_int(d, 2)));
	return r;
}

#define SELECT_ALARM "SELECT id, kind, page, detail, state, seen_s, since_s, confirmed_s, closed_s FROM reg_portal_alarm"

static json_t *alarm_object(const struct kh_stmt *s)
{
	json_t *o = json_object();
	kh_json_set_int(o, "id", kh_stmt_int(s, 0));
	kh_json_set_text(o, "kind", kh_stmt_text(s, 1));
	kh_json_set_text(o, "page", kh_stmt_text(s, 2));
	kh_json_set_text(o, "detail", kh_stmt_text(s, 3));
	kh_json_set_text(o, "state", kh_stmt_text(s, 4));
	kh_json_set_int(o, "seen_s", kh_stmt_int(s, 5));
	kh_json_set(o, "since_s", optional_int(s, 6));
	kh_json_set(o, "confirmed_s", optional_int(s, 7));
	kh_json_set(o, "closed_s", optional_int(s, 8));
	return o;
}

static int set_alarms(const struct kh_api_call *call, int64_t id, json_t *answer)
{
	json_t *list = json_array();
	kh_json_set(answer, "alarms", list);
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(call->db, &s, SELECT_ALARM " WHERE portal = ?1 ORDER BY id DESC LIMIT ?2", id, ALARMS);
	while (kh_stmt_next(s, &r))
		kh_json_add(list, alarm_object(s));
	return r;
}

int kh_route_portal_show(struct kh_api_call *call)
{
	kh_auto_record struct kh_record record = {0};
	kh_auto_json json_t *answer = json_object();
	int r = named(call, PORTAL, &record);
	r = r < 0 ? r : set_portal(call, record.id, answer);
	r = r < 0 ? r : set_pages(call, record.id, answer);
	r = r < 0 ? r : set_fetches(call, record.id, answer);
	r = r < 0 ? r : set_alarms(call, record.id, answer);
	if (r == 0)
		kh_call_answer(call, kh_take(answer));
	return r;
}

static int hurry(struct kh_db *writer, void *arg)
{
	return kh_portal_hurry(writer, *(const int64_t *)arg);
}

int kh_route_portal_fetch(struct kh_api_call *call)
{
	kh_auto_record struct kh_record record = {0};
	int r = named(call, PORTAL, &record);
	if (r == 0 && !kh_streq(record.state, "active"))
		r = kh_fail(KH_E_RECORD_STATE, "no such portal is watched");
	return r < 0 ? r : kh_store_write(call->server->store, hurry, &record.id);
}

/* ---- before and after ---- */

/* The lines of one of the alarm's texts; an alarm without that file has none. */
static int read_text(const struct kh_api_call *call, const struct kh_record *alarm, const char *name, struct kh_page *ret)
{
	int64_t file = 0;
	kh_auto_proof struct kh_proof proof = {0};
	kh_auto_buf struct kh_buf packed = KH_BUF_INIT, text = KH_BUF_INIT;
	int r = kh_db_int(call->db, &file, "SELECT MIN(id) FROM record_file WHERE register = ?1 AND record_id = ?2 AND name = ?3 AND added_by = 'system'", ALARM->name, alarm->id, name);
	if (r < 0 || !file)
		return r;
	r = kh_proof_get(call->db, alarm, file, &proof);
	r = r < 0 ? r : kh_proof_read(call->server->data_dir, &proof, &packed);
	r = r < 0 ? r : kh_gunzip(kh_buf_text(&packed), packed.len, 2 * KH_PAGE_MAX_TEXT, &text);
	kh_auto_free char *copy = kh_strdup(kh_buf_text(&text));
	char *rest = copy;
	for (char *line = kh_split(&rest, "\n"); r == 0 && line && ret->lines.n < KH_PAGE_MAX_LINES; line = kh_split(&rest, "\n"))
		if (*line)
			kh_array_push(&ret->lines, ((struct kh_page_line){.text = kh_strdup(line)}));
	return r;
}

static json_t *lines_list(const struct kh_page *page, const bool *alone)
{
	json_t *list = json_array();
	for (size_t i = 0; i < page->lines.n; i++)
		kh_json_add(list, json_pack("{s:o, s:b}", "text", kh_json_string(page->lines.v[i].text), "alone", alone[i]));
	return list;
}

static int set_comparison(const struct kh_api_call *call, const struct kh_record *alarm, json_t *answer)
{
	kh_auto_page struct kh_page before = {0}, after = {0};
	bool *gone = NULL, *new = NULL;
	int r = read_text(call, alarm, KH_ALARM_FILE_BEFORE_TEXT, &before);
	r = r < 0 ? r : read_text(call, alarm, KH_ALARM_FILE_AFTER_TEXT, &after);
	kh_lines_alone(&before, &after, &gone, &new);
	kh_json_set(answer, "before", lines_list(&before, gone));
	kh_json_set(answer, "after", lines_list(&after, new));
	free(gone);
	free(new);
	return r;
}

int kh_route_portal_alarm(struct kh_api_call *call)
{
	kh_auto_record struct kh_record alarm = {0};
	kh_auto_json json_t *answer = json_object();
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = named(call, ALARM, &alarm);
	r = r < 0 ? r : kh_db_query(call->db, &s, SELECT_ALARM " WHERE id = ?1", alarm.id);
	if (kh_stmt_next(s, &r))
		kh_json_set(answer, "alarm", alarm_object(s));
	r = r < 0 ? r : set_comparison(call, &alarm, answer);
	if (r == 0)
		kh_call_answer(call, kh_take(answer));
	return r;
}
