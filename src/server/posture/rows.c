#include "server/posture/rows.h"

#include "base/error.h"
#include "base/str.h"
#include "server/posture/control.h"
#include "server/posture/reading.h"

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

const char *kh_row_of(const struct kh_row *row)
{
	return row->hostname ? row->hostname : row->unit_name;
}

#define FEW_MACHINES 500 /* up to here a sample too is quicker machines first */

/* The name of one asked, for searching and order; and what a question about one machine makes of it. By enum kh_over. */
static const char *const name_fold[] = {[KH_OVER_ENDPOINT] = "e.hostname_fold", [KH_OVER_UNIT] = "e.name_fold"};
static const char *const one_machine[] = {[KH_OVER_ENDPOINT] = "(?3 = 0 OR e.id = ?3)", [KH_OVER_UNIT] = "?3 = 0"};

/* "SELECT columns FROM … WHERE …" over the stored answers; ?1 the control, ?2 the pattern of the name or null, ?3 the endpoint or 0.
 *
 * A CROSS JOIN keeps the order in which SQLite walks the two tables: those asked first looks at the machines of the scope and no others; answers first
 * finds, by the index answer_control, some failing machine among ten thousand without looking at the rest. */
static char *chosen(enum kh_over over, const char *columns, bool answers_first, const char *more)
{
	const struct kh_asked *a = &kh_asked[over];
	return kh_format("SELECT %s FROM %s %s CROSS JOIN %s %s WHERE w.%s = e.id AND w.control = ?1 AND %s AND {scope:%s}"
			 " AND (CAST(?2 AS TEXT) IS NULL OR %s LIKE ?2 ESCAPE '\\') AND %s%s",
			 columns, answers_first ? a->answers : a->table, answers_first ? "w" : "e", answers_first ? a->table : a->answers,
			 answers_first ? "e" : "w", a->id, a->active, a->unit, name_fold[over], one_machine[over], more);
}

static char *pattern_of(const struct kh_row_question *q)
{
	return q->name ? kh_format("%%%s%%", q->name) : NULL;
}

/* A page being filled. */
struct page {
	struct kh_db *db;
	const struct kh_row_question *q;
	struct kh_row_list rows;
	int64_t skip;
	char *sql; /* of the rows of one endpoint or unit with one answer */
};

static void page_done(struct page *p)
{
	kh_row_list_done(&p->rows);
	free(p->sql);
}

static char *compose(const struct kh_control *control, enum kh_language language)
{
	kh_auto_buf struct kh_buf sql = KH_BUF_INIT;
	bool unit = control->over == KH_OVER_UNIT;
	kh_control_with(&sql, control->over, "e.id = ?1", "?2");
	kh_buf_addf(&sql, "SELECT q.subject, q.evidence, %s, u.code, u.name, CAST(e.id AS TEXT), q.record FROM ", unit ? "NULL, NULL" : "e.uid, e.hostname");
	kh_control_body(&sql, control, language);
	kh_buf_addf(&sql, " q JOIN %s e ON e.id = q.%s JOIN unit u ON u.id = %s WHERE q.state = ?3 ORDER BY q.subject, q.evidence LIMIT ?4",
		    kh_asked[control->over].table, kh_asked[control->over].id, kh_asked[control->over].unit);
	return kh_buf_take(&sql);
}

static struct kh_row row_of(struct kh_stmt *s, const struct kh_control *control, enum kh_answer answer)
{
	bool unit = control->over == KH_OVER_UNIT;
	bool itself = !kh_stmt_text(s, 0) || (unit ? kh_streq(control->subject, "unit") : kh_streq(kh_stmt_text(s, 0), kh_stmt_text(s, 6)));
	const char *name = kh_stmt_text(s, unit ? 5 : 3);
	return (struct kh_row){
		.subject = kh_strdup(itself ? name : kh_stmt_text(s, 0)),
		.evidence = kh_strdup(kh_stmt_text(s, 1)),
		.endpoint = kh_strdup(kh_stmt_text(s, 2)),
		.hostname = kh_strdup(kh_stmt_text(s, 3)),
		.unit_code = kh_strdup(kh_stmt_text(s, 4)),
		.unit_name = kh_strdup(kh_stmt_text(s, 5)),
		.record = kh_stmt_int(s, 7),
		.answer = answer,
		.control = control,
	};
}

static bool full(const struct page *p)
{
	return (int64_t)p->rows.of.n >= p->q->limit;
}

static int add_rows_of(struct page *p, int64_t id, enum kh_answer answer)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int64_t wanted = p->skip + p->q->limit - (int64_t)p->rows.of.n;
	int r = kh_db_query(p->db, &s, p->sql, id, p->q->now_s, kh_answer_names[answer], wanted);
	while (kh_stmt_next(s, &r)) {
		if (p->skip > 0)
			p->skip--;
		else
			(void)kh_array_push(&p->rows.of, row_of(s, p->q->control, answer));
	}
	return r < 0 ? kh_fail_in(r, "control %s", p->q->control->name) : 0;
}

static struct page page_of(struct kh_db *db, const struct kh_row_question *q, int64_t most)
{
	kh_assert(q->limit >= 0 && q->limit <= most && q->offset >= 0);
	return (struct page){.db = db, .q = q, .skip = q->offset, .sql = compose(q->control, q->language)};
}

static bool wanted(const struct page *p, enum kh_answer answer)
{
	return (p->q->answers ? p->q->answers : KH_ALL_ANSWERS) & 1u << answer;
}

/* Steps over those whose rows with this answer all lie before the page. */
static int visit(struct page *p, int64_t id, int64_t rows, enum kh_answer answer)
{
	if (rows > p->skip)
		return add_rows_of(p, id, answer);
	p->skip -= rows;
	return 0;
}

static void give(struct page *p, struct kh_row_list *ret)
{
	*ret = p->rows;
	p->rows = (struct kh_row_list){0};
}

/* --- a page in order: the answers of all who were asked in the scope, in one pass --- */

struct asked {
	int64_t id;
	struct kh_counts counts;
};

struct all_asked {
	KH_ARRAY(struct asked) of;
};

static void all_asked_done(struct all_asked *all)
{
	kh_array_done(&all->of);
}

static int read_asked(struct kh_db *db, const struct kh_scope *scope, const struct kh_row_question *q, struct all_asked *all)
{
	enum kh_over over = q->control->over;
	kh_auto_free char *pattern = pattern_of(q), *order = kh_format(" ORDER BY %s, e.id", name_fold[over]);
	kh_auto_free char *sql = chosen(over, "w.pass, w.fail, w.unknown, w.not_applicable, w.excepted, e.id", false, order);
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(db, scope, &s, sql, q->control->name, pattern, q->endpoint_id);
	while (kh_stmt_next(s, &r)) {
		struct asked *one = kh_array_push(&all->of, (struct asked){.id = kh_stmt_int(s, KH_ANSWERS)});
		for (int i = 0; i < KH_ANSWERS; i++)
			one->counts.of[i] = kh_stmt_int(s, i);
	}
	return r;
}

static int add_answer(struct page *p, const struct all_asked *all, enum kh_answer answer)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < all->of.n && !full(p); i++)
		if (all->of.v[i].counts.of[answer] > 0)
			r = visit(p, all->of.v[i].id, all->of.v[i].counts.of[answer], answer);
	return r;
}

int kh_posture_rows(struct kh_db *db, const struct kh_scope *scope, const struct kh_row_question *q, struct kh_row_list *ret, struct kh_counts *ret_counts)
{
	struct page p KH_CLEANUP(page_done) = page_of(db, q, KH_MAX_ROWS);
	struct all_asked all KH_CLEANUP(all_asked_done) = {0};
	struct kh_counts counts = {0};
	int r = read_asked(db, scope, q, &all);
	kh_array_each(&all.of, one)
		counts = kh_counts_plus(counts, one->counts);
	for (int i = 0; r == 0 && i < KH_ANSWERS; i++)
		if (wanted(&p, kh_answers_worst_first[i]))
			r = add_answer(&p, &all, kh_answers_worst_first[i]);
	if (r < 0)
		return r;
	give(&p, ret);
	if (ret_counts)
		*ret_counts = counts;
	return 0;
}

/* --- a sample: any of them, and no further than needed --- */

/* The answer's column stands in the text of the query: one of five constants, never a value. */
static int sample_answer(struct page *p, const struct kh_scope *scope, bool few, enum kh_answer answer)
{
	const char *column = kh_answer_names[answer];
	kh_auto_free char *pattern = pattern_of(p->q);
	kh_auto_free char *columns = kh_format("e.id, w.%s", column), *more = kh_format(" AND w.%s > 0", column);
	kh_auto_free char *sql = chosen(p->q->control->over, columns, !few, more);
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(p->db, scope, &s, sql, p->q->control->name, pattern, p->q->endpoint_id);
	while (!full(p) && kh_stmt_next(s, &r))
		r = visit(p, kh_stmt_int(s, 0), kh_stmt_int(s, 1), answer);
	return r;
}

int kh_posture_sample(struct kh_db *db, const struct kh_scope *scope, const struct kh_row_question *q, struct kh_row_list *ret)
{
	struct page p KH_CLEANUP(page_done) = page_of(db, q, KH_MAX_SAMPLE);
	struct kh_counts counts = {0}; /* nobody is looked for where there is none */
	int64_t machines = 0;
	int r = kh_posture_read_one(db, scope->unit_id, q->control, &counts);
	r = r < 0 ? r : kh_scope_int(db, scope, &machines, "SELECT COUNT(*) FROM (SELECT e.id FROM endpoint e WHERE {scope:e.unit_id} LIMIT ?1) m", FEW_MACHINES + 1);
	for (int i = 0; r == 0 && i < KH_ANSWERS && !full(&p); i++)
		if (wanted(&p, kh_answers_worst_first[i]) && counts.of[kh_answers_worst_first[i]] > 0)
			r = sample_answer(&p, scope, q->control->over == KH_OVER_UNIT || machines <= FEW_MACHINES, kh_answers_worst_first[i]);
	if (r == 0)
		give(&p, ret);
	return r;
}
