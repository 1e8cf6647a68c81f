/* khien-server audit verify|list */
#include "base/alloc.h"
#include "base/error.h"
#include "gen/cli_khien_server.h"
#include "server/audit/audit.h"
#include "server/audit/detail.h"
#include "server/files.h"
#include "server/verb/verb.h"

#include <inttypes.h>
#include <stdio.h>

static json_t *json_of_verdict(const struct kh_audit_verdict *verdict)
{
	json_t *j = json_object();
	kh_json_set_bool(j, "intact", verdict->intact);
	kh_json_set_int(j, "rows", verdict->rows);
	json_object_set_new(j, "broken_id", verdict->broken_id ? json_integer(verdict->broken_id) : json_null());
	kh_json_set_text(j, "what", verdict->intact ? NULL : verdict->what);
	return j;
}

static int show_verdict(const struct kh_verb *v, const struct kh_audit_verdict *verdict)
{
	char rows[24];
	snprintf(rows, sizeof rows, "%" PRId64, verdict->rows);
	if (kh_cli_flag(v->call, "json"))
		return kh_print_json(json_of_verdict(verdict));
	if (verdict->intact)
		return kh_verb_say(v, KH_T_SERVER_AUDIT_INTACT, {"rows", rows});
	return kh_verb_say(v, KH_T_SERVER_AUDIT_BROKEN, {"what", verdict->what});
}

int kh_verb_audit_verify(struct kh_cli_call *call)
{
	kh_auto_verb struct kh_verb v = {0};
	kh_auto_free char *heads = NULL;
	struct kh_audit_verdict verdict = {0};
	int r = kh_verb_open(call, &v);
	if (r < 0)
		return r;
	heads = kh_server_path(v.server, KH_FILE_HEADS);
	r = kh_audit_verify(v.db, heads, &verdict);
	if (r == 0)
		r = show_verdict(&v, &verdict);
	return r < 0 ? r : !verdict.intact;
}

/* ---- list ---- */

static json_t *json_of(const struct kh_stmt *s)
{
	json_t *j = json_object();
	kh_json_set_int(j, "id", kh_stmt_int(s, 0));
	kh_json_set_int(j, "at_ms", kh_stmt_int(s, 1));
	kh_json_set_text(j, "actor", kh_stmt_text(s, 2));
	kh_json_set_text(j, "unit", kh_stmt_text(s, 3));
	kh_json_set_text(j, "action", kh_stmt_text(s, 4));
	kh_json_set_text(j, "target", kh_stmt_text(s, 5));
	kh_auto_free char *detail = kh_audit_say(kh_stmt_text(s, 6));
	kh_json_set_text(j, "detail", detail);
	return j;
}

static int show(const struct kh_verb *v, const struct kh_stmt *s, bool json, struct kh_table *table)
{
	char at[KH_ISO_SIZE];
	kh_auto_free char *detail = kh_audit_say(kh_stmt_text(s, 6));
	if (json)
		return kh_print_json(json_of(s));
	kh_table_add(table, kh_verb_time(kh_stmt_int(s, 1) / 1000, at), kh_stmt_text(s, 2), kh_code_text(kh_codes_audit_action, kh_stmt_text(s, 4), v->language), kh_stmt_text(s, 5),
		     detail);
	return 0;
}

static int list(const struct kh_verb *v, bool json, struct kh_table *table)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(
		v->db, &s,
		"SELECT a.id, a.at_ms, a.actor, u.code, a.action, a.target, a.detail FROM audit a LEFT JOIN unit u ON u.id = a.unit_id ORDER BY a.id DESC LIMIT ?1",
		kh_cli_int(v->call, "limit", 50));
	while (kh_stmt_next(s, &r))
		r = show(v, s, json, table);
	return r;
}

int kh_verb_audit_list(struct kh_cli_call *call)
{
	return kh_verb_list(call, list, KH_T_SERVER_COL_TIME, KH_T_SERVER_COL_ACTOR, KH_T_SERVER_COL_ACTION, KH_T_SERVER_COL_TARGET, KH_T_SERVER_COL_DETAIL);
}
