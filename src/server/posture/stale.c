#include "server/posture/stale.h"

#include "base/error.h"
#include "base/str.h"
#include "server/posture/control.h"

void kh_stale_done(struct kh_stale_list *list)
{
	kh_array_done(&list->of);
}

void kh_stale_answers_done(struct kh_stale_answers *answers)
{
	kh_array_done(&answers->of);
}

#define UNITS_ABOVE "SELECT ancestor_id FROM unit_ancestor WHERE unit_id = ?3" /* and itself */
#define UNITS_BELOW "SELECT unit_id FROM unit_ancestor WHERE ancestor_id = ?3" /* and itself */

static char *units_near(const struct kh_control *control)
{
	bool above = control->reach & KH_REACH_BELOW, below = control->reach & KH_REACH_ABOVE;
	const char *unit = kh_asked[control->over].unit;
	if (!above && !below)
		return kh_format("%s = ?3", unit);
	return kh_format("%s IN (%s%s%s)", unit, above ? UNITS_ABOVE : "", above && below ? " UNION " : "", below ? UNITS_BELOW : "");
}

static char *condition_of(const struct kh_control *control, enum kh_stale_where where)
{
	const struct kh_asked *a = &kh_asked[control->over];
	if (where == KH_STALE_EVERYWHERE)
		return kh_strdup("?3 = 0");
	if (where == KH_STALE_NEAR)
		return units_near(control);
	if (where == KH_STALE_TREE)
		return kh_format("?3 = 0 AND %s IN (SELECT unit_id FROM tree_change UNION SELECT ancestor_id FROM tree_change)", a->unit);
	if (where == KH_STALE_EXCEPTED_TREE) /* few of many: each looked at by itself */
		return kh_format("?3 = 0 AND %s IN (SELECT unit_id FROM tree_change) AND EXISTS (SELECT 1 FROM %s f WHERE f.%s = e.id AND f.control = ?2 AND (f.fail > 0 OR f.excepted > 0))",
				 a->unit, a->answers, a->id);
	kh_auto_free char *units = where == KH_STALE_EXCEPTED ? kh_strdup("?3 = 0") : kh_format("%s IN (" UNITS_BELOW ")", a->unit);
	return kh_format("%s AND e.id IN (SELECT f.%s FROM %s f WHERE f.control = ?2 AND (f.fail > 0 OR f.excepted > 0))", units, a->id, a->answers);
}

/* "WITH scope AS …, asked AS …": what the control says now of each, counted. MATERIALIZED, or the state, whose exceptions are looked for, would be worked out again
 * for each of the sums. */
static void compose_asked(struct kh_buf *sql, const struct kh_control *control, const char *condition)
{
	kh_control_with(sql, control->over, condition, "?1");
	kh_buf_addf(sql, ", said AS MATERIALIZED (SELECT q.%s AS id, q.state AS state FROM ", kh_asked[control->over].id);
	kh_control_body(sql, control, KH_VI);
	kh_buf_adds(sql, " q), asked AS (SELECT q.id AS id");
	for (int i = 0; i < KH_ANSWERS; i++)
		kh_buf_addf(sql, ", SUM(CASE WHEN q.state = '%s' THEN 1 ELSE 0 END) AS %s", kh_answer_names[i], kh_answer_names[i]);
	kh_buf_adds(sql, " FROM said q GROUP BY q.id) ");
}

/* One row per endpoint or unit: what the control says now (c) beside what is stored (w); only where they differ. */
static void compose(struct kh_buf *sql, const struct kh_control *control, enum kh_stale_where where, const char *columns)
{
	const struct kh_asked *a = &kh_asked[control->over];
	kh_auto_free char *condition = condition_of(control, where);
	compose_asked(sql, control, condition);
	kh_buf_addf(sql,
		    "SELECT s.id%s FROM scope s LEFT JOIN asked c ON c.id = s.id"
		    " LEFT JOIN %s w ON w.%s = s.id AND w.control = ?2 WHERE (w.control IS NULL",
		    columns, a->answers, a->id);
	for (int i = 0; i < KH_ANSWERS; i++)
		kh_buf_addf(sql, " OR w.%s <> COALESCE(c.%s, 0)", kh_answer_names[i], kh_answer_names[i]);
	kh_buf_addc(sql, ')');
}

int kh_stale_find(struct kh_db *db, const struct kh_control *control, enum kh_stale_where where, int64_t unit_id, int64_t now_s, struct kh_stale_list *list)
{
	kh_auto_buf struct kh_buf sql = KH_BUF_INIT;
	compose(&sql, control, where, "");
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, kh_buf_text(&sql), now_s, control->name, unit_id);
	while (kh_stmt_next(s, &r))
		(void)kh_array_push(&list->of, ((struct kh_stale){kh_stmt_int(s, 0), kh_control_id(control)}));
	return r < 0 ? kh_fail_in(r, "control %s", control->name) : 0;
}

/* Columns from 1: unit, counts now, counts stored, since when. */
static void compose_answers(struct kh_buf *sql, const struct kh_control *control, enum kh_stale_where where)
{
	const char *unit = control->over == KH_OVER_UNIT ? "s.id" : "s.unit_id";
	kh_auto_buf struct kh_buf columns = KH_BUF_INIT;
	kh_buf_addf(&columns, ", %s", unit);
	for (int i = 0; i < KH_ANSWERS; i++)
		kh_buf_addf(&columns, ", c.%s", kh_answer_names[i]);
	for (int i = 0; i < KH_ANSWERS; i++)
		kh_buf_addf(&columns, ", w.%s", kh_answer_names[i]);
	kh_buf_adds(&columns, ", w.since_s");
	compose(sql, control, where, kh_buf_text(&columns));
}

static struct kh_stale_answer answer_of(const struct kh_stmt *s)
{
	enum { NOW = 2, STORED = NOW + KH_ANSWERS, SINCE = STORED + KH_ANSWERS };
	struct kh_stale_answer a = {.id = kh_stmt_int(s, 0), .unit_id = kh_stmt_int(s, 1), .found = !kh_stmt_is_null(s, SINCE), .since_s = kh_stmt_int(s, SINCE)};
	for (int i = 0; i < KH_ANSWERS; i++) {
		a.now.of[i] = kh_stmt_int(s, NOW + i);
		a.stored.of[i] = kh_stmt_int(s, STORED + i);
	}
	return a;
}

/* Sorted here: asked to sort by unit, SQLite would walk unit by unit, which is slower by far. */
static int by_unit(const void *a, const void *b)
{
	const struct kh_stale_answer *x = a, *y = b;
	return x->unit_id != y->unit_id ? (x->unit_id > y->unit_id) - (x->unit_id < y->unit_id) : (x->id > y->id) - (x->id < y->id);
}

int kh_stale_answers(struct kh_db *writer, const struct kh_control *control, enum kh_stale_where where, int64_t unit_id, int64_t now_s, struct kh_stale_answers *ret)
{
	kh_auto_buf struct kh_buf sql = KH_BUF_INIT;
	compose_answers(&sql, control, where);
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(writer, &s, kh_buf_text(&sql), now_s, control->name, unit_id);
	while (kh_stmt_next(s, &r))
		(void)kh_array_push(&ret->of, answer_of(s));
	if (ret->of.n)
		qsort(ret->of.v, ret->of.n, sizeof *ret->of.v, by_unit);
	return r < 0 ? kh_fail_in(r, "control %s", control->name) : 0;
}

int kh_stale_answer_all(struct kh_db *writer, const struct kh_control *control, int64_t now_s)
{
	const struct kh_asked *a = &kh_asked[control->over];
	kh_auto_buf struct kh_buf sql = KH_BUF_INIT;
	kh_buf_addf(&sql, "INSERT INTO %s(%s, control, pass, fail, unknown, not_applicable, excepted, since_s, evaluated_s) ", a->answers, a->id);
	compose_asked(&sql, control, "?2 = ?2");
	kh_buf_adds(&sql, "SELECT s.id, ?2");
	for (int i = 0; i < KH_ANSWERS; i++)
		kh_buf_addf(&sql, ", COALESCE(c.%s, 0)", kh_answer_names[i]);
	kh_buf_adds(&sql, ", ?1, ?1 FROM scope s LEFT JOIN asked c ON c.id = s.id");
	int r = kh_db_run(writer, kh_buf_text(&sql), now_s, control->name);
	return r < 0 ? kh_fail_in(r, "control %s", control->name) : 0;
}

int kh_stale_excepted_controls(struct kh_db *db, enum kh_stale_exceptions which, int64_t unit_id, int64_t now_s, const struct kh_control **ret, size_t *ret_n)
{
	static const char *const chosen[] = {
		[KH_EXCEPTIONS_ALL] = "SELECT DISTINCT control FROM reg_exception WHERE ?1 = ?1 AND ?2 = ?2",
		[KH_EXCEPTIONS_OF_PLACES] = "SELECT DISTINCT control FROM reg_exception WHERE ?1 = ?1 AND state = 'approved' AND endpoint IS NULL AND until_on + 86400 > ?2",
		[KH_EXCEPTIONS_CHANGED] = ("SELECT DISTINCT control FROM reg_exception WHERE unit_id = ?1 AND ?2 = ?2"
					   " AND changed_s = (SELECT MAX(l.changed_s) FROM reg_exception l WHERE l.unit_id = ?1)"),
	};
	size_t n = 0;
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, chosen[which], unit_id, now_s);
	while (kh_stmt_next(s, &r)) {
		const struct kh_control *control = kh_control_named(kh_stmt_text(s, 0));
		if (control)
			ret[n++] = control;
	}
	*ret_n = n;
	return r;
}
