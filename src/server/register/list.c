#include "server/register/list.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"
#include "server/posture/rows.h"
#include "server/register/field.h"
#include "server/register/reference.h"

#include <inttypes.h>

#define MAX_CHOICES 100 /* values of one filter */
#define MAX_WORDS 16    /* of one search */

void kh_record_page_done(struct kh_record_page *page)
{
	kh_array_each(&page->of, record)
		kh_record_done(record);
	kh_array_done(&page->of);
	free(page->counts);
	*page = (struct kh_record_page){0};
}

/* A query being composed: conditions, and the values of their places. */
struct query {
	struct kh_db *db;
	const struct kh_register *reg;
	const struct kh_record_list_options *options;
	bool wide; /* most units are in the scope */
	struct kh_buf where;
	KH_ARRAY(struct kh_db_value) values;
	json_t *kept; /* texts that the values lend */
};

static void query_done(struct query *q)
{
	kh_buf_done(&q->where);
	kh_array_done(&q->values);
	json_decref(q->kept);
}

/* The place of a value, whose text is kept. */
static int place_of(struct query *q, struct kh_db_value value)
{
	if (value.type == KH_DB_TEXT) {
		json_t *text = json_stringn(value.text, value.len);
		kh_assert(json_array_append_new(q->kept, text) == 0);
		value.text = json_string_value(text);
	}
	(void)kh_array_push(&q->values, value);
	return (int)q->values.n;
}

/* ---- which units ---- */

/* Reading the table from its beginning to its end is faster than going to most of its rows by an index, and the store cannot know which it will be. */
static int measure_scope(struct query *q)
{
	int64_t inside = 0, all = 0;
	int r = kh_db_int(q->db, &inside, "SELECT COUNT(*) FROM unit_ancestor WHERE ancestor_id = ?1", q->options->scope->unit_id);
	if (r == 0)
		r = kh_db_int(q->db, &all, "SELECT COUNT(*) FROM unit");
	q->wide = inside * 2 > all;
	return r;
}

/* A sign in front of a column keeps its index out of the query. */
static void choose_units(struct query *q)
{
	const struct kh_record_list_options *o = q->options;
	const char *sign = q->wide ? "+" : "";
	if (o->own) {
		kh_buf_addf(&q->where, "{scope:r.unit_id} AND r.unit_id = ?%d", place_of(q, kh_db_value_int(o->scope->unit_id)));
	} else if (o->shared && q->reg->share_down) {
		int place = place_of(q, kh_db_value_int(o->scope->unit_id));
		kh_buf_addf(&q->where, "(%s{scope:r.unit_id} OR %sr.unit_id IN (SELECT b.ancestor_id FROM unit_ancestor b WHERE b.unit_id = ?%d))", sign, sign, place);
	} else {
		kh_buf_addf(&q->where, "%s{scope:r.unit_id}", sign);
	}
}

/* ---- search ---- */

static int choose_text(struct query *q)
{
	kh_auto_free char *folded = NULL;
	int r = q->options->text ? kh_utf8_fold(q->options->text, &folded) : 0;
	char *rest = folded;
	int words = 0;
	for (char *word = NULL; r == 0 && rest && (word = kh_split(&rest, " \t\r\n")) && words < MAX_WORDS;) {
		if (!*word)
			continue;
		kh_auto_free char *escaped = kh_like_escape(word), *pattern = kh_format("%%%s%%", escaped);
		kh_buf_addf(&q->where, " AND r.search LIKE ?%d ESCAPE '\\'", place_of(q, kh_db_value_text(pattern)));
		words++;
	}
	return r;
}

/* ---- filter ---- */

/* A filter's value as it is stored. What does not exist is no error: nothing has it. */
static int stored_of(struct query *q, const struct kh_register_field *field, const json_t *value, json_t **ret)
{
	struct kh_register_field lax = *field;
	lax.form = KH_TEXT_FORM_NONE;
	if (field->type == KH_FIELD_REF && !json_is_null(value)) {
		int64_t id = 0;
		int r = json_is_integer(value) || json_is_string(value) ? kh_reference_find(q->db, field->of, q->options->scope->unit_id, value, &id)
									  : kh_fail(KH_E_INVALID_FIELD, "filter: %s", field->name);
		if (r == KH_E_NOT_FOUND && json_is_integer(value))
			id = json_integer_value(value);
		else if (r < 0 && r != KH_E_NOT_FOUND)
			return r;
		*ret = json_integer(id);
		return 0;
	}
	return kh_field_store(q->db, &lax, q->options->scope->unit_id, value, ret);
}

static int add_choice(struct query *q, const struct kh_register_field *field, const char *column, const json_t *value, const char *glue)
{
	kh_auto_json json_t *stored = NULL;
	int r = field ? stored_of(q, field, value, &stored) : 0;
	if (r < 0)
		return r;
	if (!field && !json_is_string(value))
		return kh_fail(KH_E_INVALID_FIELD, "filter: %s", column);
	const json_t *v = field ? stored : value;
	if (json_is_null(v))
		kh_buf_addf(&q->where, "%s%s IS NULL", glue, column);
	else
		kh_buf_addf(&q->where, "%s%s = ?%d", glue, column, place_of(q, kh_field_value(v)));
	return 0;
}

/* "(r.disk = ?3 OR r.disk = ?4 OR r.disk IS NULL)" */
static int add_choices(struct query *q, const struct kh_register_field *field, const char *column, const json_t *values)
{
	size_t i = 0;
	json_t *value = NULL;
	int r = json_array_size(values) > MAX_CHOICES ? kh_fail(KH_E_TOO_LARGE, "filter: more than %d values", MAX_CHOICES) : 0;
	kh_buf_adds(&q->where, " AND (1 = 0");
	json_array_foreach(values, i, value)
		if (r == 0)
			r = add_choice(q, field, column, value, " OR ");
	kh_buf_addc(&q->where, ')');
	return r;
}

static int add_bound(struct query *q, const struct kh_register_field *field, const json_t *value, const char *compare)
{
	kh_auto_json json_t *stored = NULL;
	int r = value ? stored_of(q, field, value, &stored) : 0;
	if (r == 0 && stored)
		kh_buf_addf(&q->where, " AND r.%s %s ?%d", field->name, compare, place_of(q, kh_field_value(stored)));
	return r;
}

static int add_range(struct query *q, const struct kh_register_field *field, const json_t *range)
{
	const char *contains = json_string_value(json_object_get(range, "contains"));
	bool text = field->type == KH_FIELD_TEXT || field->type == KH_FIELD_LONG;
	bool number = field->type == KH_FIELD_INT || field->type == KH_FIELD_DATE || field->type == KH_FIELD_TIME;
	if (text && contains) {
		kh_auto_free char *escaped = kh_like_escape(contains), *pattern = kh_format("%%%s%%", escaped);
		kh_buf_addf(&q->where, " AND r.%s LIKE ?%d ESCAPE '\\'", field->name, place_of(q, kh_db_value_text(pattern)));
		return 0;
	}
	if (!number || contains)
		return kh_fail(KH_E_INVALID_FIELD, "filter: %s", field->name);
	int r = add_bound(q, field, json_object_get(range, "from"), ">=");
	return r < 0 ? r : add_bound(q, field, json_object_get(range, "to"), "<=");
}

static int add_filter(struct query *q, const char *name, const json_t *wanted)
{
	const struct kh_register_field *field = kh_register_field(q->reg, name);
	bool state = kh_streq(name, "state"), unit = kh_streq(name, "unit");
	char shown[64];
	kh_printable(shown, sizeof shown, name);
	if (!field && !state && !unit)
		return kh_fail(KH_E_INVALID_FIELD, "filter: %s", shown);
	kh_auto_free char *column = field ? kh_format("r.%s", name) : kh_strdup(state ? "r.state" : "(SELECT u.code FROM unit u WHERE u.id = r.unit_id)");
	if (json_is_object(wanted))
		return field ? add_range(q, field, wanted) : kh_fail(KH_E_INVALID_FIELD, "filter: %s", name);
	kh_auto_json json_t *one = json_is_array(wanted) ? NULL : json_pack("[O]", wanted);
	return add_choices(q, field, column, one ? one : wanted);
}

static int choose_values(struct query *q, bool states)
{
	const char *name = NULL;
	json_t *wanted = NULL;
	int r = 0;
	if (q->options->filter && !json_is_object(q->options->filter))
		return kh_fail(KH_E_INVALID_FIELD, "filter: expected an object of fields and values");
	json_object_foreach((json_t *)q->options->filter, name, wanted)
		if (r == 0 && (states || !kh_streq(name, "state")))
			r = add_filter(q, name, wanted);
	return r;
}

static int begin(struct query *q, bool states)
{
	q->kept = json_array();
	int r = measure_scope(q);
	choose_units(q);
	if (r == 0)
		r = choose_text(q);
	return r < 0 ? r : choose_values(q, states);
}

/* ---- order ---- */

static void order_by_codes(struct kh_buf *sql, const char *column, const struct kh_code *codes)
{
	kh_buf_addf(sql, "CASE %s", column);
	for (int i = 0; codes[i].name; i++)
		kh_buf_addf(sql, " WHEN '%s' THEN %d", codes[i].name, i);
	kh_buf_adds(sql, " END");
}

static void order_by_field(struct kh_buf *sql, const struct kh_register_field *f, int scope_place)
{
	kh_auto_free char *column = kh_format("r.%s", f->name), *name = f->type == KH_FIELD_REF ? kh_reference_name_sql(f->of, column, scope_place) : NULL;
	if (f->type == KH_FIELD_CODE)
		order_by_codes(sql, column, f->codes);
	else if (name)
		kh_buf_addf(sql, "%s COLLATE vi", name);
	else
		kh_buf_addf(sql, "%s%s", column, f->type == KH_FIELD_TEXT || f->type == KH_FIELD_LONG ? " COLLATE vi" : "");
}

static void order_by_state(struct kh_buf *sql, const struct kh_register *reg)
{
	kh_buf_adds(sql, "CASE r.state");
	for (int i = 0; reg->states[i].name; i++)
		kh_buf_addf(sql, " WHEN '%s' THEN %d", reg->states[i].name, i);
	kh_buf_adds(sql, " END");
}

static int add_order(struct query *q, struct kh_buf *sql)
{
	static const char *const plain[] = {"id", "state_s", "created_s", "changed_s", NULL};
	const char *sort = q->options->sort ? q->options->sort : q->reg->sort;
	bool down = *sort == '-';
	const char *name = sort + down;
	const struct kh_register_field *field = kh_register_field(q->reg, name);
	char shown[64];
	kh_printable(shown, sizeof shown, name);
	kh_buf_adds(sql, " ORDER BY ");
	if (field)
		order_by_field(sql, field, field->type == KH_FIELD_REF ? place_of(q, kh_db_value_int(q->options->scope->unit_id)) : 0);
	else if (kh_streq(name, "unit"))
		kh_buf_adds(sql, "(SELECT u.name FROM unit u WHERE u.id = r.unit_id) COLLATE vi");
	else if (kh_streq(name, "state"))
		order_by_state(sql, q->reg);
	else if (kh_register_lists(plain, name))
		kh_buf_addf(sql, "r.%s", name);
	else
		return kh_fail(KH_E_INVALID_FIELD, "sort: %s", shown);
	kh_buf_addf(sql, "%s NULLS LAST, r.id%s", down ? " DESC" : "", down ? " DESC" : "");
	return 0;
}

/* ---- reading ---- */

/* What stands in front of the conditions, and behind them. */
static int run(struct query *q, const char *select, const char *tail, struct kh_stmt **ret)
{
	kh_auto_free char *sql = kh_format("%s WHERE %s%s", select, kh_buf_text(&q->where), tail);
	(void)kh_array_push(&q->values, ((struct kh_db_value){.type = KH_DB_END}));
	return kh_scope_query_values(q->db, q->options->scope, ret, sql, q->values.v);
}

/* A page is chosen and sorted by ids alone, and then read: the records in front of it are never looked at whole. */
static int run_page(struct query *q, const char *columns, const char *order, struct kh_stmt **ret)
{
	const struct kh_record_list_options *o = q->options;
	int limit = place_of(q, kh_db_value_int(o->limit)), offset = place_of(q, kh_db_value_int(o->offset));
	kh_auto_free char *select = kh_format("%s JOIN (SELECT r.id AS id FROM reg_%s r", columns, q->reg->name);
	kh_auto_free char *tail = kh_format("%s LIMIT ?%d OFFSET ?%d) p ON p.id = r.id%s", order, limit, offset, order);
	return run(q, select, tail, ret);
}

int kh_record_each(struct kh_db *db, const struct kh_register *reg, const struct kh_record_list_options *options,
		   int (*each)(struct kh_record *record, void *arg), void *arg)
{
	KH_CLEANUP(query_done) struct query q = {.db = db, .reg = reg, .options = options};
	kh_auto_buf struct kh_buf order = KH_BUF_INIT;
	kh_auto_free char *columns = kh_record_select(reg);
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = begin(&q, true);
	if (r == 0)
		r = add_order(&q, &order);
	if (r == 0)
		r = (options->limit ? run_page : run)(&q, columns, kh_buf_text(&order), &s);
	while (kh_stmt_next(s, &r)) {
		kh_auto_record struct kh_record record = {0};
		kh_record_of_row(reg, s, &record);
		r = each(&record, arg);
	}
	return r;
}

static int keep(struct kh_record *record, void *arg)
{
	struct kh_record_page *page = arg;
	(void)kh_array_push(&page->of, *record);
	*record = (struct kh_record){0};
	return 0;
}

/* How many of each state; those of the states that were asked for are the total. */
static int count(struct kh_db *db, const struct kh_register *reg, const struct kh_record_list_options *options, bool states, int64_t *counts, int64_t *ret_total)
{
	KH_CLEANUP(query_done) struct query q = {.db = db, .reg = reg, .options = options};
	kh_auto_stmt struct kh_stmt *s = NULL;
	kh_auto_free char *select = kh_format("SELECT r.state, COUNT(*) FROM reg_%s r", reg->name);
	int r = begin(&q, states);
	if (r == 0)
		r = run(&q, select, " GROUP BY r.state", &s);
	while (kh_stmt_next(s, &r)) {
		*ret_total += kh_stmt_int(s, 1);
		for (size_t i = 0; reg->states[i].name; i++)
			if (kh_streq(reg->states[i].name, kh_stmt_text(s, 0)))
				counts[i] = kh_stmt_int(s, 1);
	}
	return r;
}

static size_t states_of(const struct kh_register *reg)
{
	size_t n = 0;
	while (reg->states[n].name)
		n++;
	return n;
}

/* With the names of the states, as the options choose (`states`: also of the state). */
static int count_named(struct kh_db *db, const struct kh_register *reg, const struct kh_record_list_options *options, bool states, struct kh_record_count **ret,
		       int64_t *ret_total)
{
	size_t n = states_of(reg);
	kh_auto_free int64_t *counts = kh_alloc_array(n + 1, sizeof *counts);
	int r = count(db, reg, options, states, counts, ret_total);
	struct kh_record_count *named = kh_alloc_array(n + 1, sizeof *named);
	for (size_t i = 0; i < n; i++)
		named[i] = (struct kh_record_count){reg->states[i].name, counts[i]};
	*ret = named;
	return r;
}

int kh_record_counts(struct kh_db *db, const struct kh_register *reg, const struct kh_record_list_options *options, struct kh_record_count **ret)
{
	int64_t total = 0;
	kh_auto_free struct kh_record_count *counts = NULL;
	int r = count_named(db, reg, options, true, &counts, &total);
	if (r == 0)
		*ret = kh_take(counts);
	return r;
}

static int count_all(struct kh_db *db, const struct kh_register *reg, const struct kh_record_list_options *options, struct kh_record_page *page)
{
	kh_auto_free struct kh_record_count *chosen = NULL;
	int r = count_named(db, reg, options, false, &page->counts, &page->total);
	if (r < 0 || !json_object_get(options->filter, "state"))
		return r;
	page->total = 0;
	return count_named(db, reg, options, true, &chosen, &page->total);
}

int kh_record_list(struct kh_db *db, const struct kh_register *reg, const struct kh_record_list_options *options, struct kh_record_page *ret)
{
	kh_auto_record_page struct kh_record_page page = {0};
	int r = kh_record_each(db, reg, options, keep, &page);
	if (r == 0)
		r = count_all(db, reg, options, &page);
	if (r == 0) {
		*ret = page;
		page = (struct kh_record_page){0};
	}
	return r;
}
