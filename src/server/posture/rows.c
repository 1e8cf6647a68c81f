#include "server/posture/rows.h"

#include "base/error.h"
#include "base/str.h"
#include "server/posture/control.h"

void kh_row_list_done(struct kh_row_list *list)
{
	kh_array_each(&list->of, row) {
		free(row->endpoint);
		free(row->hostname);
		free(row->unit_code);
		free(row->unit_name);
		free(row->subject);
		free(row->evidence);
	}
	kh_array_done(&list->of);
}

char *kh_like_escape(const char *text)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	for (const char *c = text; *c; c++) {
		if (*c == '%' || *c == '_' || *c == '\\')
			kh_buf_addc(&b, '\\');
		kh_buf_addc(&b, *c);
	}
	return kh_strdup(kh_buf_text(&b));
}

/* Conditions that every query here shares; ?1 the control, ?2 the pattern of the host name or null, ?3 the endpoint or 0. */
#define CHOSEN                                                                            \
	" FROM answer w JOIN endpoint e ON e.id = w.endpoint_id"                          \
	" WHERE w.control = ?1 AND e.state = 'active' AND {scope:e.unit_id}"              \
	" AND (CAST(?2 AS TEXT) IS NULL OR e.hostname_fold LIKE ?2 ESCAPE '\\') AND (?3 = 0 OR e.id = ?3)"

static char *pattern_of(const struct kh_row_question *q)
{
	return q->hostname ? kh_format("%%%s%%", q->hostname) : NULL;
}

int kh_posture_rows_count(struct kh_db *db, const struct kh_scope *scope, const struct kh_row_question *q, struct kh_counts *ret)
{
	kh_auto_free char *pattern = pattern_of(q);
	struct kh_counts counts = {0};
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(db, scope, &s, "SELECT SUM(w.pass), SUM(w.fail), SUM(w.unknown), SUM(w.not_applicable), SUM(w.excepted)" CHOSEN,
			       q->control->name, pattern, q->endpoint_id);
	while (kh_stmt_next(s, &r))
		for (int i = 0; i < KH_ANSWERS; i++)
			counts.of[i] = kh_stmt_int(s, i);
	if (r == 0)
		*ret = counts;
	return r;
}

/* A page being filled. */
struct page {
	struct kh_db *db;
	const struct kh_row_question *q;
	struct kh_row_list rows;
	int64_t skip;
	char *sql; /* of one endpoint's rows with one answer */
};

static void page_done(struct page *p)
{
	kh_row_list_done(&p->rows);
	free(p->sql);
}

/* Rows whose state is none of the known count as unknown (control.h), so that answer is asked for by what it is not. */
static char *compose(const struct kh_control *control)
{
	kh_auto_buf struct kh_buf sql = KH_BUF_INIT;
	kh_control_with(&sql, "e.id = ?1", "?2");
	kh_buf_adds(&sql, "SELECT q.subject, q.evidence, e.uid, e.hostname, u.code, u.name, CAST(e.id AS TEXT) FROM ");
	kh_control_body(&sql, control);
	kh_buf_adds(&sql, " q JOIN endpoint e ON e.id = q.endpoint_id JOIN unit u ON u.id = e.unit_id"
			  " WHERE CASE WHEN q.state IN ('pass', 'fail', 'not_applicable') THEN q.state ELSE 'unknown' END = ?3"
			  " ORDER BY q.subject, q.evidence LIMIT ?4");
	return kh_buf_take(&sql);
}

static struct kh_row row_of(struct kh_stmt *s, const struct kh_control *control, enum kh_answer answer)
{
	bool machine = kh_streq(kh_stmt_text(s, 0), kh_stmt_text(s, 6));
	return (struct kh_row){
		.subject = kh_strdup(machine || !kh_stmt_text(s, 0) ? kh_stmt_text(s, 3) : kh_stmt_text(s, 0)),
		.evidence = kh_strdup(kh_stmt_text(s, 1)),
		.endpoint = kh_strdup(kh_stmt_text(s, 2)),
		.hostname = kh_strdup(kh_stmt_text(s, 3)),
		.unit_code = kh_strdup(kh_stmt_text(s, 4)),
		.unit_name = kh_strdup(kh_stmt_text(s, 5)),
		.answer = answer,
		.control = control,
	};
}

static bool full(const struct page *p)
{
	return (int64_t)p->rows.of.n >= p->q->limit;
}

static int add_endpoint(struct page *p, int64_t endpoint_id, enum kh_answer answer)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int64_t wanted = p->skip + p->q->limit - (int64_t)p->rows.of.n;
	int r = kh_db_query(p->db, &s, p->sql, endpoint_id, p->q->now_s, kh_answer_names[answer], wanted);
	while (kh_stmt_next(s, &r)) {
		if (p->skip > 0)
			p->skip--;
		else
			(void)kh_array_push(&p->rows.of, row_of(s, p->q->control, answer));
	}
	return r < 0 ? kh_fail_in(r, "control %s: ", p->q->control->name) : 0;
}

/* The answer's column stands in the text of the query: one of five constants, never a value. */
static int add_answer(struct page *p, const struct kh_scope *scope, enum kh_answer answer, const char *order)
{
	const char *column = kh_answer_names[answer];
	kh_auto_free char *pattern = pattern_of(p->q);
	kh_auto_free char *sql = kh_format("SELECT e.id, w.%s" CHOSEN " AND w.%s > 0 %s", column, column, order);
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(p->db, scope, &s, sql, p->q->control->name, pattern, p->q->endpoint_id);
	while (!full(p) && kh_stmt_next(s, &r)) {
		if (kh_stmt_int(s, 1) <= p->skip)
			p->skip -= kh_stmt_int(s, 1);
		else
			r = add_endpoint(p, kh_stmt_int(s, 0), answer);
	}
	return r;
}

static int fill(struct kh_db *db, const struct kh_scope *scope, const struct kh_row_question *q, const char *order, struct kh_row_list *ret)
{
	kh_assert(q->limit >= 0 && q->limit <= KH_MAX_ROWS && q->offset >= 0);
	struct page p KH_CLEANUP(page_done) = {.db = db, .q = q, .skip = q->offset, .sql = compose(q->control)};
	unsigned wanted = q->answers ? q->answers : KH_ALL_ANSWERS;
	int r = 0;
	for (int i = 0; r == 0 && i < KH_ANSWERS && !full(&p); i++)
		if (wanted & 1u << kh_answers_worst_first[i])
			r = add_answer(&p, scope, kh_answers_worst_first[i], order);
	if (r == 0) {
		*ret = p.rows;
		p.rows = (struct kh_row_list){0};
	}
	return r;
}

int kh_posture_rows(struct kh_db *db, const struct kh_scope *scope, const struct kh_row_question *q, struct kh_row_list *ret)
{
	return fill(db, scope, q, "ORDER BY e.hostname_fold, e.id", ret);
}

int kh_posture_sample(struct kh_db *db, const struct kh_scope *scope, const struct kh_row_question *q, struct kh_row_list *ret)
{
	return fill(db, scope, q, "", ret);
}
