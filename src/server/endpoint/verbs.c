/* khien-server endpoint list|show|revoke */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/size.h"
#include "base/str.h"
#include "gen/cli_khien_server.h"
#include "gen/codes.h"
#include "gen/facts.h"
#include "server/endpoint/endpoint.h"
#include "server/verb/verb.h"

#include <inttypes.h>
#include <stdio.h>

static const struct kh_print_word states[] = {
	{"active", KH_T_SERVER_ENDPOINT_STATE_ACTIVE},
	{"revoked", KH_T_SERVER_ENDPOINT_STATE_REVOKED},
	{"replaced", KH_T_SERVER_ENDPOINT_STATE_REPLACED},
};

/* ---- list ---- */

#define SELECT_ENDPOINT                                                                                                                                \
	"SELECT e.id, e.uid, e.hostname, e.os, u.code, u.name, e.role, e.state, e.seen_s, e.enrolled_s, e.agent_version, e.address, e.clock_offset_s," \
	" e.health, CASE WHEN e.offline_key IS NULL THEN 0 ELSE 1 END, " KH_ENDPOINT_LINKED " FROM endpoint e JOIN unit u ON u.id = e.unit_id "

static json_t *json_of(const struct kh_stmt *s)
{
	json_t *j = json_object(), *unit = json_object();
	kh_json_set_text(unit, "code", kh_stmt_text(s, 4));
	kh_json_set_text(unit, "name", kh_stmt_text(s, 5));
	kh_json_set_text(j, "id", kh_stmt_text(s, 1));
	kh_json_set_text(j, "hostname", kh_stmt_text(s, 2));
	kh_json_set_text(j, "os", kh_stmt_text(s, 3));
	json_object_set_new(j, "unit", unit);
	kh_json_set_text(j, "role", kh_stmt_text(s, 6));
	kh_json_set_text(j, "state", kh_stmt_text(s, 7));
	kh_json_set_int(j, "seen_s", kh_stmt_int(s, 8));
	kh_json_set_int(j, "enrolled_s", kh_stmt_int(s, 9));
	kh_json_set_text(j, "agent_version", kh_stmt_text(s, 10));
	kh_json_set_text(j, "address", kh_stmt_text(s, 11));
	kh_json_set_bool(j, "offline", kh_stmt_int(s, 14));
	kh_json_set_bool(j, "linked", kh_stmt_int(s, 15));
	return j;
}

static int show_in_list(const struct kh_verb *v, const struct kh_stmt *s, bool json, struct kh_table *table)
{
	char seen[KH_ISO_SIZE];
	if (json)
		return kh_print_json(json_of(s));
	const char *state = kh_stmt_int(s, 15) ? kh_text(v->language, KH_T_SERVER_ENDPOINT_LINKED) : kh_print_word(v->language, states, kh_stmt_text(s, 7));
	kh_table_add(table, kh_stmt_text(s, 1), kh_stmt_text(s, 2), kh_stmt_text(s, 4), kh_stmt_text(s, 3), state,
		     kh_verb_time(kh_stmt_int(s, 8), seen), kh_stmt_text(s, 10));
	return 0;
}

static int list(const struct kh_verb *v, bool json, struct kh_table *table)
{
	struct kh_scope place = {0};
	const struct kh_scope *scope = NULL;
	kh_auto_stmt struct kh_stmt *s = NULL;
	int all = kh_cli_flag(v->call, "all");
	int r = kh_verb_scope(v, &place, &scope);
	if (r == 0)
		r = scope ? kh_scope_query(v->db, scope, &s,
					   SELECT_ENDPOINT "WHERE (e.state = 'active' OR ?1 = 1) AND {scope:e.unit_id} ORDER BY e.hostname_fold, e.id", all)
			  : kh_db_query(v->db, &s, SELECT_ENDPOINT "WHERE (e.state = 'active' OR ?1 = 1) ORDER BY e.hostname_fold, e.id", all);
	while (kh_stmt_next(s, &r))
		r = show_in_list(v, s, json, table);
	return r;
}

int kh_verb_endpoint_list(struct kh_cli_call *call)
{
	return kh_verb_list(call, list, KH_T_SERVER_COL_ENDPOINT, KH_T_SERVER_COL_HOST, KH_T_SERVER_COL_UNIT, KH_T_SERVER_COL_OS, KH_T_SERVER_COL_STATE, KH_T_SERVER_COL_SEEN, KH_T_SERVER_COL_AGENT);
}

/* ---- show: everything is gathered as JSON, which people get laid out ---- */

static json_t *or_null(const struct kh_stmt *s, int column)
{
	return kh_stmt_is_null(s, column) ? json_null() : json_integer(kh_stmt_int(s, column));
}

static int add_facts(struct kh_db *db, int64_t id, json_t *j)
{
	json_t *facts = json_array();
	json_object_set_new(j, "facts", facts);
	kh_json_set_int(j, "facts_total", KH_FACTS_COUNT);
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(
		db, &s, "SELECT fact_table, state, reason, row_count, collected_s, received_s FROM fact_state WHERE endpoint_id = ?1 ORDER BY fact_table", id);
	while (kh_stmt_next(s, &r)) {
		json_t *fact = json_object();
		kh_json_set_text(fact, "table", kh_stmt_text(s, 0));
		kh_json_set_text(fact, "state", kh_stmt_text(s, 1));
		kh_json_set_text(fact, "reason", kh_stmt_text(s, 2));
		kh_json_set_int(fact, "rows", kh_stmt_int(s, 3));
		kh_json_set_int(fact, "collected_s", kh_stmt_int(s, 4));
		kh_json_set_int(fact, "received_s", kh_stmt_int(s, 5));
		json_array_append_new(facts, fact);
	}
	return r;
}

static int add_scan(struct kh_db *db, int64_t id, json_t *j)
{
	static const char *const numbers[] = {"started_s", "ended_s", "files", "bytes", "infected", "suspicious", "errors", "skipped", "partly", "rules"};
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(
		db, &s,
		"SELECT kind, started_s, ended_s, files, bytes, infected, suspicious, errors, skipped, partly, rules, stopped FROM scan WHERE endpoint_id = ?1"
		" ORDER BY ended_s DESC, id DESC LIMIT 1",
		id);
	json_t *scan = json_null();
	if (kh_stmt_next(s, &r)) {
		scan = json_object();
		kh_json_set_text(scan, "kind", kh_stmt_text(s, 0));
		for (size_t i = 0; i < KH_COUNT(numbers); i++)
			kh_json_set_int(scan, numbers[i], kh_stmt_int(s, (int)i + 1));
		kh_json_set_text(scan, "stopped", kh_stmt_text(s, (int)KH_COUNT(numbers) + 1));
	}
	json_object_set_new(j, "last_scan", scan);
	return r;
}

static int add_certificates(struct kh_db *db, int64_t id, json_t *j)
{
	json_t *list = json_array();
	json_object_set_new(j, "certificates", list);
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s,
			    "SELECT serial, issued_s, expires_s, revoked_s, reason FROM certificate WHERE endpoint_id = ?1 ORDER BY issued_s DESC, serial", id);
	while (kh_stmt_next(s, &r)) {
		json_t *certificate = json_object();
		kh_json_set_text(certificate, "serial", kh_stmt_text(s, 0));
		kh_json_set_int(certificate, "issued_s", kh_stmt_int(s, 1));
		kh_json_set_int(certificate, "expires_s", kh_stmt_int(s, 2));
		json_object_set_new(certificate, "revoked_s", or_null(s, 3));
		kh_json_set_text(certificate, "reason", kh_stmt_text(s, 4));
		json_array_append_new(list, certificate);
	}
	return r;
}

/* The agent's own report is foreign JSON that was checked when it came in. */
static void add_health(const char *text, json_t *j)
{
	json_t *health = NULL;
	if (!text || kh_json_parse(text, strlen(text), &health) < 0)
		health = json_null();
	json_object_set_new(j, "health", health);
}

static int gather(struct kh_db *db, int64_t id, json_t **ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, SELECT_ENDPOINT "WHERE e.id = ?1", id);
	if (!kh_stmt_next(s, &r))
		return r < 0 ? r : kh_fail(KH_E_NOT_FOUND, "machine");
	kh_auto_json json_t *j = json_of(s);
	kh_json_set_int(j, "clock_offset_s", kh_stmt_int(s, 12));
	add_health(kh_stmt_text(s, 13), j);
	r = add_facts(db, id, j);
	if (r == 0)
		r = add_scan(db, id, j);
	if (r == 0)
		r = add_certificates(db, id, j);
	if (r == 0)
		*ret = kh_take(j);
	return r;
}

static char *number(const json_t *object, const char *key)
{
	return kh_format("%lld", (long long)json_integer_value(json_object_get(object, key)));
}

static const char *scan_stop_words(enum kh_language l, const char *stopped)
{
	if (!stopped)
		return kh_text(l, KH_T_SERVER_SCAN_TO_THE_END);
	return kh_text(l, kh_streq(stopped, "time") ? KH_T_SERVER_SCAN_STOPPED_TIME : kh_streq(stopped, "bytes") ? KH_T_SERVER_SCAN_STOPPED_BYTES : KH_T_SERVER_SCAN_STOPPED);
}

static int print_scan(const json_t *scan, enum kh_language l)
{
	if (!json_is_object(scan))
		return kh_print(kh_strdup(kh_text(l, KH_T_SERVER_ENDPOINT_NO_SCAN)));
	char at[KH_ISO_SIZE];
	kh_auto_free char *files = number(scan, "files"), *infected = number(scan, "infected"), *suspicious = number(scan, "suspicious"),
			  *errors = number(scan, "errors"), *skipped = number(scan, "skipped"), *partly = number(scan, "partly");
	char size[KH_SIZE_TEXT];
	const char *kind = kh_code_text(kh_codes_scan_kind, json_string_value(json_object_get(scan, "kind")), l);
	return kh_print(kh_text_with(l, KH_T_SERVER_ENDPOINT_SCAN, {"kind", kind}, {"size", kh_size_text(l, (uint64_t)json_integer_value(json_object_get(scan, "bytes")), size)},
					  {"at", kh_verb_time(json_integer_value(json_object_get(scan, "ended_s")), at)}, {"files", files},
					  {"infected", infected}, {"suspicious", suspicious}, {"errors", errors}, {"skipped", skipped}, {"partly", partly},
					  {"end", scan_stop_words(l, json_string_value(json_object_get(scan, "stopped")))}));
}

/* Only when something was: what a full queue gave up, kind by kind. */
static int print_dropped(const json_t *dropped, enum kh_language l)
{
	kh_auto_buf struct kh_buf list = KH_BUF_INIT;
	for (const struct kh_code *kind = kh_codes_dropped; kind->name; kind++) {
		json_int_t n = json_integer_value(json_object_get(dropped, kind->name));
		if (n > 0)
			kh_buf_addf(&list, "%s%lld %s", list.len ? ", " : "", (long long)n, kind->text[l]);
	}
	return list.len ? kh_print(kh_text_with(l, KH_T_SERVER_ENDPOINT_DROPPED, {"what", kh_buf_text(&list)})) : 0;
}

static int print_isolation(const json_t *isolation, enum kh_language l)
{
	char since[KH_ISO_SIZE];
	if (!json_is_object(isolation))
		return 0;
	kh_auto_free char *order = number(isolation, "order");
	return kh_print(kh_text_with(l, KH_T_SERVER_ENDPOINT_ISOLATED, {"time", kh_verb_time(json_integer_value(json_object_get(isolation, "since_s")), since)}, {"order", order}));
}

static int print_health(const json_t *health, enum kh_language l)
{
	if (!json_is_object(health))
		return kh_print(kh_strdup(kh_text(l, KH_T_SERVER_ENDPOINT_NO_HEALTH)));
	char version[64], rss[KH_SIZE_TEXT];
	const char *said = json_string_value(json_object_get(health, "version"));
	kh_auto_free char *spool = number(health, "spool_records");
	kh_printable(version, sizeof version, said ? said : "?");
	kh_size_text(l, (uint64_t)json_integer_value(json_object_get(health, "rss_kib")) * KH_KIB, rss);
	int r = kh_print(kh_text_with(l, KH_T_SERVER_ENDPOINT_HEALTH, {"version", version}, {"rss", rss}, {"spool", spool}));
	r = r < 0 ? r : print_isolation(json_object_get(health, "isolation"), l);
	return r < 0 ? r : print_dropped(json_object_get(health, "dropped"), l);
}

static const char *table_label(const char *name, enum kh_language l)
{
	for (size_t i = 0; i < KH_FACTS_COUNT; i++)
		if (kh_streq(kh_fact_tables[i].name, name))
			return kh_fact_tables[i].label[l];
	return name;
}

static int print_facts(const json_t *j, enum kh_language l)
{
	kh_auto_table struct kh_table table = {0};
	kh_table_add(&table, kh_text(l, KH_T_SERVER_COL_TABLE), kh_text(l, KH_T_SERVER_COL_STATE), kh_text(l, KH_T_SERVER_COL_ROWS),
		     kh_text(l, KH_T_SERVER_COL_COLLECTED), kh_text(l, KH_T_SERVER_COL_REASON));
	const json_t *facts = json_object_get(j, "facts");
	kh_auto_free char *have = kh_format("%zu", json_array_size(facts)), *total = number(j, "facts_total");
	size_t i = 0;
	const json_t *fact = NULL;
	json_array_foreach(facts, i, fact) {
		char at[KH_ISO_SIZE];
		kh_auto_free char *rows = number(fact, "rows");
		bool measured = kh_streq(json_string_value(json_object_get(fact, "state")), "measured");
		kh_table_add(&table, table_label(json_string_value(json_object_get(fact, "table")), l),
			     kh_text(l, measured ? KH_T_SERVER_FACT_MEASURED : KH_T_SERVER_FACT_NOT_MEASURED), rows,
			     kh_verb_time(json_integer_value(json_object_get(fact, "collected_s")), at), kh_code_text(kh_codes_fact_reason, json_string_value(json_object_get(fact, "reason")), l));
	}
	int r = kh_print(kh_text_with(l, KH_T_SERVER_ENDPOINT_FACTS, {"have", have}, {"total", total}));
	return r < 0 || i == 0 ? r : kh_table_print(&table);
}

static int print_head(const json_t *j, enum kh_language l)
{
	char seen[KH_ISO_SIZE];
	kh_auto_table struct kh_table table = {0};
	const json_t *unit = json_object_get(j, "unit");
	kh_table_add(&table, kh_text(l, KH_T_SERVER_COL_ENDPOINT), json_string_value(json_object_get(j, "id")));
	kh_table_add(&table, kh_text(l, KH_T_SERVER_COL_HOST), json_string_value(json_object_get(j, "hostname")));
	kh_table_add(&table, kh_text(l, KH_T_SERVER_COL_UNIT), json_string_value(json_object_get(unit, "name")));
	kh_table_add(&table, kh_text(l, KH_T_SERVER_COL_OS), json_string_value(json_object_get(j, "os")));
	kh_table_add(&table, kh_text(l, KH_T_SERVER_COL_STATE), kh_print_word(l, states, json_string_value(json_object_get(j, "state"))));
	kh_table_add(&table, kh_text(l, KH_T_SERVER_COL_SEEN), kh_verb_time(json_integer_value(json_object_get(j, "seen_s")), seen));
	return kh_table_print(&table);
}

static int print_all(const json_t *j, enum kh_language l)
{
	int r = print_head(j, l);
	if (r == 0 && json_is_true(json_object_get(j, "linked")))
		r = kh_print(kh_strdup(kh_text(l, KH_T_SERVER_ENDPOINT_LINKED_EXPLAIN)));
	if (r == 0)
		r = print_health(json_object_get(j, "health"), l);
	if (r == 0)
		r = print_scan(json_object_get(j, "last_scan"), l);
	return r < 0 ? r : print_facts(j, l);
}

static int find_machine(const struct kh_verb *v, int64_t *ret_id)
{
	int r = kh_endpoint_find(v->db, v->call->args[0], ret_id);
	return r == KH_E_NOT_FOUND ? kh_fail(r, "machine %s; khien-server endpoint list names them", v->call->args[0]) : r;
}

int kh_verb_endpoint_show(struct kh_cli_call *call)
{
	kh_auto_verb struct kh_verb v = {0};
	kh_auto_json json_t *j = NULL;
	int64_t id = 0;
	int r = kh_verb_open(call, &v);
	if (r == 0)
		r = find_machine(&v, &id);
	if (r == 0)
		r = gather(v.db, id, &j);
	if (r < 0)
		return r;
	return kh_cli_flag(call, "json") ? kh_print_json(kh_take(j)) : print_all(j, v.language);
}

/* ---- revoke ---- */

struct revoking {
	const struct kh_verb *v;
	int64_t id, certificates;
};

static int revoke_one(struct kh_db *db, void *arg)
{
	struct revoking *r = arg;
	return kh_endpoint_revoke(db, r->id, kh_cli_text(r->v->call, "reason"), r->v->actor, r->v->now_s, &r->certificates);
}

int kh_verb_endpoint_revoke(struct kh_cli_call *call)
{
	kh_auto_verb struct kh_verb v = {0};
	struct revoking one = {.v = &v};
	kh_auto_free char *uid = NULL, *hostname = NULL;
	int r = kh_verb_open(call, &v);
	if (r == 0)
		r = find_machine(&v, &one.id);
	if (r == 0)
		r = kh_store_write(v.server->store, revoke_one, &one);
	if (r == 0)
		r = kh_db_text(v.db, &uid, "SELECT uid FROM endpoint WHERE id = ?1", one.id);
	if (r == 0)
		r = kh_db_text(v.db, &hostname, "SELECT hostname FROM endpoint WHERE id = ?1", one.id);
	char count[24], name[256];
	snprintf(count, sizeof count, "%" PRId64, one.certificates);
	kh_printable(name, sizeof name, hostname ? hostname : "");
	return r < 0 ? r : kh_verb_say(&v, KH_T_SERVER_ENDPOINT_REVOKED, {"name", name}, {"id", uid}, {"count", count});
}
