/* Facts of one table of an endpoint (spec/api/endpoints.yaml: endpoint_facts). */
#include "gen/facts.h"

#include "base/error.h"
#include "base/str.h"
#include "server/api/call.h"
#include "server/api/objects.h"

static const struct kh_fact_table_info *table_named(const char *name)
{
	for (size_t i = 0; i < KH_FACTS_COUNT; i++)
		if (kh_streq(kh_fact_tables[i].name, name))
			return &kh_fact_tables[i];
	return NULL;
}

static const struct kh_fact_column *column_named(const struct kh_fact_table_info *table, const char *name)
{
	for (size_t i = 0; i < table->columns_count; i++)
		if (kh_streq(table->columns[i].name, name))
			return &table->columns[i];
	return NULL;
}

/* ?1 the endpoint, ?2 a pattern or null. Names of tables and columns are those of the spec. */
static void add_source(const struct kh_fact_table_info *table, struct kh_buf *sql)
{
	kh_buf_addf(sql, " FROM fact_%s f JOIN endpoint e ON e.id = f.endpoint_id WHERE f.endpoint_id = ?1 AND {scope:e.unit_id} AND (CAST(?2 AS TEXT) IS NULL",
		    table->name);
	for (size_t i = 0; i < table->columns_count; i++)
		if (table->columns[i].type == KH_FACT_TEXT)
			kh_buf_addf(sql, " OR f.%s LIKE ?2 ESCAPE '\\'", table->columns[i].name);
	kh_buf_adds(sql, ")");
}

/* By the column asked for, then the key columns, then all others, so that pages never overlap. */
static void add_order(const struct kh_fact_table_info *table, const struct kh_fact_column *first, bool descending, struct kh_buf *sql)
{
	kh_buf_adds(sql, " ORDER BY ");
	if (first)
		kh_buf_addf(sql, "f.%s %s, ", first->name, descending ? "DESC" : "ASC");
	for (int key = 1; key >= 0; key--)
		for (size_t i = 0; i < table->columns_count; i++)
			if (table->columns[i].key == key)
				kh_buf_addf(sql, "f.%s, ", table->columns[i].name);
	kh_buf_adds(sql, "f.endpoint_id LIMIT ?3 OFFSET ?4");
}

static json_t *cell_of(const struct kh_stmt *s, int column, enum kh_fact_type type)
{
	if (kh_stmt_is_null(s, column))
		return json_null();
	if (type == KH_FACT_TEXT)
		return kh_json_string(kh_stmt_text(s, column));
	return type == KH_FACT_BOOL ? json_boolean(kh_stmt_int(s, column)) : json_integer(kh_stmt_int(s, column));
}

static json_t *columns_of(const struct kh_fact_table_info *table)
{
	static const char *const types[] = {[KH_FACT_TEXT] = "text", [KH_FACT_INT] = "int", [KH_FACT_BOOL] = "bool", [KH_FACT_TIME] = "time"};
	json_t *columns = json_array();
	for (size_t i = 0; i < table->columns_count; i++) {
		json_t *o = json_object();
		kh_json_set_text(o, "name", table->columns[i].name);
		kh_json_set_text(o, "type", types[table->columns[i].type]);
		kh_json_set_bool(o, "key", table->columns[i].key);
		kh_json_set(o, "label", kh_object_words(table->columns[i].label));
		kh_json_add(columns, o);
	}
	return columns;
}

/* Of the table as a whole: was it measured, and if not, why. */
static int set_state(const struct kh_api_call *call, int64_t id, const struct kh_fact_table_info *table, json_t *answer)
{
	kh_json_set_text(answer, "table", table->name);
	kh_json_set(answer, "label", kh_object_words(table->label));
	kh_json_set_text(answer, "state", "not_received");
	kh_json_set_text(answer, "reason", NULL);
	kh_json_set(answer, "collected_s", json_null());
	kh_json_set(answer, "columns", columns_of(table));
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(call->db, &call->scope, &s,
			       "SELECT f.state, f.reason, f.collected_s FROM fact_state f JOIN endpoint e ON e.id = f.endpoint_id"
			       " WHERE f.endpoint_id = ?1 AND f.fact_table = ?2 AND {scope:e.unit_id}",
			       id, table->name);
	while (kh_stmt_next(s, &r)) {
		kh_json_set_text(answer, "state", kh_stmt_text(s, 0));
		kh_json_set_text(answer, "reason", kh_stmt_text(s, 1));
		kh_json_set_int(answer, "collected_s", kh_stmt_int(s, 2));
	}
	return r;
}

static int read_rows(const struct kh_api_call *call, int64_t id, const struct kh_fact_table_info *table, const struct kh_fact_column *sort, json_t *answer)
{
	kh_auto_buf struct kh_buf list = KH_BUF_INIT, count = KH_BUF_INIT;
	kh_auto_free char *pattern = kh_call_raw_pattern(call);
	json_t *items = json_array();
	int64_t total = 0;
	kh_json_set(answer, "items", items);
	for (size_t i = 0; i < table->columns_count; i++)
		kh_buf_addf(&list, "%s f.%s", i ? "," : "SELECT", table->columns[i].name);
	add_source(table, &list);
	add_order(table, sort, kh_call_bool(call, "desc"), &list);
	kh_buf_adds(&count, "SELECT COUNT(*)");
	add_source(table, &count);
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_int(call->db, &call->scope, &total, kh_buf_text(&count), id, pattern);
	if (r == 0)
		r = kh_scope_query(call->db, &call->scope, &s, kh_buf_text(&list), id, pattern, kh_call_int(call, "limit"), kh_call_int(call, "offset"));
	while (kh_stmt_next(s, &r)) {
		json_t *row = json_array();
		for (size_t i = 0; i < table->columns_count; i++)
			kh_json_add(row, cell_of(s, (int)i, table->columns[i].type));
		kh_json_add(items, row);
	}
	kh_json_set_int(answer, "total", total);
	return r;
}

int kh_route_endpoint_facts(struct kh_api_call *call)
{
	const struct kh_fact_table_info *table = table_named(kh_call_param(call, 1));
	const char *sort_name = kh_call_text(call, "sort");
	kh_auto_json json_t *answer = json_object();
	int64_t id = 0;
	int r = kh_call_endpoint(call, 0, &id);
	if (r == 0 && !table)
		return kh_fail(KH_E_NOT_FOUND, "fact table");
	const struct kh_fact_column *sort = table && sort_name ? column_named(table, sort_name) : NULL;
	if (r == 0 && sort_name && !sort)
		return kh_fail(KH_E_INVALID_FIELD, "sort: the table has no such column");
	r = r < 0 ? r : set_state(call, id, table, answer);
	r = r < 0 ? r : read_rows(call, id, table, sort, answer);
	if (r == 0)
		kh_call_answer(call, kh_take(answer));
	return r;
}
