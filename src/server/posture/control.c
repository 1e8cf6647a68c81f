#include "server/posture/control.h"

#include "base/error.h"
#include "base/str.h"

const struct kh_control *kh_control_named(const char *name)
{
	for (size_t i = 0; i < KH_CONTROLS_COUNT; i++)
		if (kh_streq(kh_controls[i].name, name))
			return &kh_controls[i];
	return NULL;
}

bool kh_control_concerned(const struct kh_control *control, const char *const *tables, size_t n)
{
	if (!tables || !control->reads[0])
		return true;
	for (const char *const *read = control->reads; *read; read++)
		for (size_t i = 0; i < n; i++)
			if (kh_streq(*read, tables[i]))
				return true;
	return false;
}

void kh_control_with(struct kh_buf *sql, const char *condition, const char *now)
{
	kh_buf_addf(sql,
		    "WITH scope AS NOT MATERIALIZED (SELECT e.id AS id, e.hostname AS hostname, e.unit_id AS unit_id, e.role AS role,"
		    " CASE WHEN e.seen_s > 0 THEN e.seen_s END AS seen_s, CAST(%s AS BIGINT) AS now_s"
		    " FROM endpoint e WHERE e.state = 'active' AND %s),"
		    " measured AS NOT MATERIALIZED (SELECT m.endpoint_id AS endpoint_id, m.fact_table AS fact_table"
		    " FROM fact_state m WHERE m.state = 'measured') ",
		    now, condition);
}

void kh_control_body(struct kh_buf *sql, const struct kh_control *control)
{
	kh_buf_addc(sql, '(');
	kh_buf_adds(sql, control->sql);
	kh_buf_adds(sql, "\n)");
}

static enum kh_answer answer_of(const char *state)
{
	enum kh_answer answer = KH_UNKNOWN;
	return kh_answer_parse(state, &answer) && answer != KH_EXCEPTED ? answer : KH_UNKNOWN;
}

int kh_control_count(struct kh_db *db, const struct kh_control *control, int64_t endpoint_id, int64_t now_s, struct kh_counts *ret)
{
	kh_auto_buf struct kh_buf sql = KH_BUF_INIT;
	kh_control_with(&sql, "e.id = ?1", "?2");
	kh_buf_adds(&sql, "SELECT q.state, COUNT(*) FROM ");
	kh_control_body(&sql, control);
	kh_buf_adds(&sql, " q GROUP BY q.state");

	struct kh_counts counts = {0};
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, kh_buf_text(&sql), endpoint_id, now_s);
	while (kh_stmt_next(s, &r))
		counts.of[answer_of(kh_stmt_text(s, 0))] += kh_stmt_int(s, 1);
	if (r < 0)
		return kh_fail_in(r, "control %s", control->name);
	*ret = counts;
	return 0;
}

static int check(struct kh_db *db, const struct kh_control *control)
{
	static const char *const expected[] = {"endpoint_id", "subject", "state", "evidence"};
	kh_auto_buf struct kh_buf sql = KH_BUF_INIT;
	kh_control_with(&sql, "e.id = ?1", "?2");
	kh_buf_adds(&sql, "SELECT * FROM ");
	kh_control_body(&sql, control);
	kh_buf_adds(&sql, " q");

	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, kh_buf_text(&sql), (int64_t)-1, (int64_t)0);
	if (r < 0)
		return kh_fail_in(r, "control %s", control->name);
	for (int i = 0; i < (int)KH_COUNT(expected); i++)
		if (kh_stmt_columns(s) != (int)KH_COUNT(expected) || !kh_streq(kh_stmt_column_name(s, i), expected[i]))
			return kh_fail(KH_E_INVALID_CONFIG, "control %s: the SQL must select endpoint_id, subject, state, evidence and nothing else", control->name);
	return 0;
}

int kh_controls_check(struct kh_db *db)
{
	for (size_t i = 0; i < KH_CONTROLS_COUNT; i++) {
		int r = check(db, &kh_controls[i]);
		if (r < 0)
			return r;
	}
	return 0;
}
