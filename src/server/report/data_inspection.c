#include "server/report/data.h"

#include "base/time.h"
#include "server/report/json.h"

/* The list that an inspection asks for: machines on which secret documents are drafted, none of them ever linked. */
static int add_machines(struct kh_db *db, const struct kh_scope *scope, json_t *list)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(db, scope, &s,
			       "SELECT e.hostname, u.name, e.os, e.seen_s, SUM(CASE WHEN a.fail > 0 THEN 1 ELSE 0 END), SUM(CASE WHEN a.unknown > 0 THEN 1 ELSE 0 END) "
			       "FROM endpoint e JOIN unit u ON u.id = e.unit_id LEFT JOIN answer a ON a.endpoint_id = e.id "
			       "WHERE {scope:e.unit_id} AND e.state = 'active' AND e.role = 'secret' "
			       "GROUP BY e.id, e.hostname, u.name, e.os, e.seen_s ORDER BY u.name, e.hostname LIMIT ?1",
			       KH_DOCUMENT_MACHINES);
	while (kh_stmt_next(s, &r)) {
		char seen[KH_ISO_SIZE];
		json_t *o = json_object();
		kh_json_set_text(o, "endpoint", kh_stmt_text(s, 0));
		kh_json_set_text(o, "unit", kh_stmt_text(s, 1));
		kh_json_set_text(o, "os", kh_stmt_text(s, 2));
		kh_json_set_text(o, "seen", kh_stmt_int(s, 3) ? kh_time_day(kh_stmt_int(s, 3), seen) : NULL);
		kh_json_set_int(o, "fail", kh_stmt_int(s, 4));
		kh_json_set_int(o, "unknown", kh_stmt_int(s, 5));
		kh_data_add(list, o);
	}
	return r;
}

int kh_data_inspection(struct kh_db *db, const struct kh_report_question *question, const struct kh_office *office, json_t **ret)
{
	char today[KH_ISO_SIZE];
	kh_auto_json json_t *list = json_array();
	int r = add_machines(db, &question->scope, list);
	if (r < 0)
		return r;
	json_t *data = json_object();
	kh_data_set_office(data, office, kh_time_day(question->now_s, today), question->now_s);
	kh_json_set_int(data, "machines", (int64_t)json_array_size(list));
	kh_json_set(data, "secret_machines", kh_take(list));
	*ret = data;
	return 0;
}
