#include "server/posture/control.h"

#include "base/error.h"
#include "base/str.h"

const struct kh_asked kh_asked[] = {
	[KH_OVER_ENDPOINT] = {"answer", "endpoint_id", "endpoint", "e.unit_id", "e.state = 'active'"},
	[KH_OVER_UNIT] = {"unit_answer", "unit_id", "unit", "e.id", "e.to_s IS NULL"},
};

const struct kh_control *kh_control_named(const char *name)
{
	for (size_t i = 0; i < KH_CONTROLS_COUNT; i++)
		if (kh_streq(kh_controls[i].name, name))
			return &kh_controls[i];
	return NULL;
}

bool kh_control_concerned(const struct kh_control *control, const char *const *tables, size_t n)
{
	bool unit = control->over == KH_OVER_UNIT;
	if (!control->reads[0] || !tables)
		return control->reads[0] || !unit;
	for (const char *const *read = control->reads; *read; read++) {
		if (unit && kh_streq(*read, "endpoint"))
			return true;
		for (size_t i = 0; i < n; i++)
			if (kh_streq(*read, tables[i]))
				return true;
	}
	return false;
}

bool kh_control_reads_register(const struct kh_control *control, const char *name)
{
	for (const char *const *read = control->registers; *read; read++)
		if (!name || kh_streq(*read, name))
			return true;
	return false;
}

static const char *const scope_columns[] = {
	[KH_OVER_ENDPOINT] = "e.id AS id, e.hostname AS hostname, e.unit_id AS unit_id, e.role AS role, CASE WHEN e.seen_s > 0 THEN e.seen_s END AS seen_s",
	[KH_OVER_UNIT] = "e.id AS id, e.code AS code, e.name AS name, e.kind AS kind",
};

void kh_control_with(struct kh_buf *sql, enum kh_over over, const char *condition, const char *now)
{
	const struct kh_asked *asked = &kh_asked[over];
	kh_buf_addf(sql,
		    "WITH scope AS NOT MATERIALIZED (SELECT %s, CAST(%s AS BIGINT) AS now_s FROM %s e WHERE %s AND %s),"
		    " measured AS NOT MATERIALIZED (SELECT m.endpoint_id AS endpoint_id, m.fact_table AS fact_table"
		    " FROM fact_state m WHERE m.state = 'measured') ",
		    scope_columns[over], now, asked->table, asked->active, condition);
}

/* %1: the place of the unit of one asked, as scope z has it; %2: the control; %3: is it this endpoint? A CROSS JOIN keeps SQLite at looking for exceptions first:
 * mostly there is none. */
#define IN_FORCE                                                                                                                                  \
	"EXISTS (SELECT 1 FROM reg_exception x CROSS JOIN scope z WHERE z.id = b.%1$s AND x.control = '%2$s' AND x.state = 'approved'"           \
	" AND x.until_on + 86400 > z.now_s AND (%3$s x.endpoint IS NULL AND EXISTS (SELECT 1 FROM unit_ancestor a WHERE a.unit_id = z.%4$s"      \
	" AND a.ancestor_id = COALESCE(x.in_unit, x.unit_id))) AND (x.subject IS NULL OR x.subject = CAST(b.subject AS TEXT)))"

void kh_control_body(struct kh_buf *sql, const struct kh_control *control, enum kh_language language)
{
	bool unit = control->over == KH_OVER_UNIT;
	const char *id = kh_asked[control->over].id;
	kh_buf_addf(sql, "(SELECT b.%s AS %s, b.subject AS subject, b.evidence AS evidence, %s AS record, CASE WHEN b.state = 'fail' AND ", id, id,
		    unit ? "b.record" : "NULL");
	kh_buf_addf(sql, IN_FORCE, id, control->name, unit ? "" : "x.endpoint = z.id OR", unit ? "id" : "unit_id");
	kh_buf_addf(sql, " THEN 'excepted' WHEN b.state IN ('pass', 'fail', 'not_applicable') THEN b.state ELSE 'unknown' END AS state FROM (%s\n) b)",
		    control->sql[language]);
}

int kh_control_count(struct kh_db *db, const struct kh_control *control, int64_t id, int64_t now_s, struct kh_counts *ret)
{
	kh_auto_buf struct kh_buf sql = KH_BUF_INIT;
	kh_control_with(&sql, control->over, "e.id = ?1", "?2");
	kh_buf_adds(&sql, "SELECT q.state, COUNT(*) FROM ");
	kh_control_body(&sql, control, KH_VI);
	kh_buf_adds(&sql, " q GROUP BY q.state");

	struct kh_counts counts = {0};
	enum kh_answer answer = KH_UNKNOWN;
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, kh_buf_text(&sql), id, now_s);
	while (kh_stmt_next(s, &r))
		if (kh_answer_parse(kh_stmt_text(s, 0), &answer))
			counts.of[answer] += kh_stmt_int(s, 1);
	if (r < 0)
		return kh_fail_in(r, "control %s", control->name);
	*ret = counts;
	return 0;
}

static const char *const columns[] = {
	[KH_OVER_ENDPOINT] = "endpoint_id, subject, state, evidence",
	[KH_OVER_UNIT] = "unit_id, subject, state, evidence, record",
};

static bool has_columns(const struct kh_stmt *s, const char *expected)
{
	kh_auto_buf struct kh_buf names = KH_BUF_INIT;
	for (int i = 0; i < kh_stmt_columns(s); i++)
		kh_buf_addf(&names, "%s%s", i ? ", " : "", kh_stmt_column_name(s, i));
	return kh_streq(kh_buf_text(&names), expected);
}

/* The control's own columns, without what kh_control_body() makes of them. */
static int check(struct kh_db *db, const struct kh_control *control, enum kh_language language)
{
	kh_auto_buf struct kh_buf sql = KH_BUF_INIT;
	kh_control_with(&sql, control->over, "e.id = ?1", "?2");
	kh_buf_addf(&sql, "SELECT * FROM (%s\n) q", control->sql[language]);

	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, kh_buf_text(&sql), (int64_t)-1, (int64_t)0);
	if (r < 0)
		return kh_fail_in(r, "control %s", control->name);
	if (has_columns(s, columns[control->over]))
		return 0;
	return kh_fail(KH_E_INVALID_CONFIG, "control %s: the SQL must select %s and nothing else", control->name, columns[control->over]);
}

int kh_controls_check(struct kh_db *db)
{
	for (size_t i = 0; i < KH_CONTROLS_COUNT; i++) {
		int r = check(db, &kh_controls[i], KH_VI);
		r = r < 0 ? r : check(db, &kh_controls[i], KH_EN);
		if (r < 0)
			return r;
	}
	return 0;
}
