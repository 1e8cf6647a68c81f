#include "server/posture/reading.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "server/account/scope.h"
#include "server/posture/control.h"

#define LATEST                                                                                                  \
	"SELECT pass, fail, unknown, not_applicable, excepted FROM posture WHERE unit_id = ?1 AND control = ?2" \
	" AND day <= ?3 ORDER BY day DESC LIMIT 1"

static struct kh_counts counts_of(struct kh_stmt *s)
{
	struct kh_counts c = {0};
	for (int i = 0; i < KH_ANSWERS; i++)
		c.of[i] = kh_stmt_int(s, i);
	return c;
}

/* ---- spans and measures ---- */

/* The last second of the day; days are those of UTC+7. */
static int64_t end_of(int64_t day)
{
	return day == KH_TODAY ? kh_now_s() : (day + 1) * KH_DAY_S - 7 * 3600;
}

#define ANY_BELOW "(SELECT unit_id FROM unit_ancestor WHERE ancestor_id = ?1)"

static const char *below(const struct kh_posture *posture)
{
	return posture->admin ? KH_ADMIN_BELOW("?1") : ANY_BELOW;
}

/* By enum kh_over: what a span says of machines, and of units. */
static const char *const ended[] = {
	[KH_OVER_ENDPOINT] = " x JOIN endpoint e ON e.id = x.endpoint_id AND e.state = 'active' WHERE x.to_s > ?2 AND x.to_s <= ?3 AND e.unit_id IN ",
	[KH_OVER_UNIT] = " x WHERE x.to_s > ?2 AND x.to_s <= ?3 AND x.unit_id IN ",
};

/* The middle one, or the mean of the middle two. */
static int read_span(struct kh_db *db, const struct kh_span *span, int64_t unit_id, struct kh_posture *posture)
{
	kh_auto_free char *count = kh_format("SELECT COUNT(*) FROM (%s\n)%s%s", span->sql, ended[span->over], below(posture));
	kh_auto_free char *middle = kh_format("SELECT x.to_s - x.from_s FROM (%s\n)%s%s ORDER BY x.to_s - x.from_s LIMIT ?4 OFFSET ?5", span->sql, ended[span->over], below(posture));
	int64_t n = 0, end_s = end_of(posture->day), from_s = end_s - span->days * KH_DAY_S, sum = 0, wanted = 0;
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_int(db, &n, count, unit_id, from_s, end_s);
	if (r < 0 || n == 0)
		return r < 0 ? kh_fail_in(r, "span %s", span->name) : 0;
	wanted = n % 2 ? 1 : 2;
	r = kh_db_query(db, &s, middle, unit_id, from_s, end_s, wanted, (n - 1) / 2);
	while (kh_stmt_next(s, &r))
		sum += kh_stmt_int(s, 0);
	posture->spans[span - kh_spans].known = true;
	posture->spans[span - kh_spans].seconds = (double)sum / (double)wanted;
	return r;
}

/* Records of units that had ended by then no longer count. */
static char *measure_sql(const struct kh_measure *measure, const struct kh_posture *posture)
{
	return kh_format("WITH moment AS (SELECT CAST(?2 AS BIGINT) AS now_s) SELECT COUNT(x.value), SUM(x.value), %s FROM (%s\n) x"
			 " JOIN unit u ON u.id = x.unit_id AND (u.to_s IS NULL OR u.to_s > ?2) WHERE x.value IS NOT NULL AND x.unit_id IN %s AND %s",
			 measure->whole ? "SUM(x.whole)" : "0", measure->sql, below(posture), measure->at ? "x.at_s > ?3 AND x.at_s <= ?2" : "?3 = ?3");
}

static int read_measure(struct kh_db *db, const struct kh_measure *measure, int64_t unit_id, struct kh_posture *posture)
{
	int64_t end_s = end_of(posture->day), from_s = measure->days ? end_s - measure->days * KH_DAY_S : 0;
	if (posture->day != KH_TODAY && !measure->dated)
		return 0;
	kh_auto_free char *sql = measure_sql(measure, posture);
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, sql, unit_id, end_s, from_s);
	while (kh_stmt_next(s, &r)) {
		posture->measures[measure - kh_measures].rows = kh_stmt_int(s, 0);
		posture->measures[measure - kh_measures].sum = kh_stmt_real(s, 1);
		posture->measures[measure - kh_measures].whole = kh_stmt_real(s, 2);
	}
	return r < 0 ? kh_fail_in(r, "measure %s", measure->name) : 0;
}

int kh_posture_measure_one(struct kh_db *db, int64_t unit_id, const struct kh_span *span, const struct kh_measure *measure, struct kh_posture *posture)
{
	int r = span ? read_span(db, span, unit_id, posture) : 0;
	return r < 0 || !measure ? r : read_measure(db, measure, unit_id, posture);
}

int kh_posture_measure(struct kh_db *db, int64_t unit_id, struct kh_posture *posture)
{
	int r = 0;
	for (const struct kh_span *span = kh_spans; r == 0 && span->name; span++)
		r = read_span(db, span, unit_id, posture);
	for (const struct kh_measure *measure = kh_measures; r == 0 && measure->name; measure++)
		r = read_measure(db, measure, unit_id, posture);
	return r;
}

/* ---- counts ---- */

int kh_posture_read(struct kh_db *db, int64_t unit_id, int64_t day, struct kh_posture *ret)
{
	struct kh_posture posture = {.day = day};
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, LATEST, unit_id, NULL, day);
	for (size_t i = 0; r == 0 && i < KH_CONTROLS_COUNT; i++) {
		kh_stmt_bind_text(s, 2, kh_controls[i].name);
		while (kh_stmt_next(s, &r))
			posture.of[i] = counts_of(s);
		kh_stmt_reset(s);
	}
	if (r == 0)
		*ret = posture;
	return r;
}

/* Those whom only the police line brings below the unit; of them, the ones that stand below no other of them: what these count is all that has to be taken away. */
#define POLICE_BELOW "(SELECT m.unit_id FROM unit_ancestor m WHERE m.ancestor_id = ?1 AND m.unit_id NOT IN " KH_ADMIN_BELOW("?1") ")"
#define POLICE_TOPS                                                                                                                            \
	"SELECT t.unit_id FROM " POLICE_BELOW " t WHERE NOT EXISTS (SELECT 1 FROM unit_ancestor a WHERE a.unit_id = t.unit_id"                \
	" AND a.ancestor_id <> t.unit_id AND a.ancestor_id IN " POLICE_BELOW ")"

int kh_posture_read_admin(struct kh_db *db, int64_t unit_id, int64_t day, struct kh_posture *ret)
{
	struct kh_posture posture = {0}, other = {0};
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_posture_read(db, unit_id, day, &posture);
	r = r < 0 ? r : kh_db_query(db, &s, POLICE_TOPS, unit_id);
	while (kh_stmt_next(s, &r)) {
		r = kh_posture_read(db, kh_stmt_int(s, 0), day, &other);
		for (size_t i = 0; r == 0 && i < KH_CONTROLS_COUNT; i++)
			posture.of[i] = kh_counts_minus(posture.of[i], other.of[i]);
	}
	posture.admin = true;
	if (r == 0)
		*ret = posture;
	return r;
}

int kh_posture_read_one(struct kh_db *db, int64_t unit_id, const struct kh_control *control, struct kh_counts *ret)
{
	struct kh_counts counts = {0};
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, LATEST, unit_id, control->name, KH_TODAY);
	while (kh_stmt_next(s, &r))
		counts = counts_of(s);
	if (r == 0)
		*ret = counts;
	return r;
}

#define OWN                                                                                                                                     \
	"SELECT SUM(w.pass), SUM(w.fail), SUM(w.unknown), SUM(w.not_applicable), SUM(w.excepted), w.control FROM endpoint e"                   \
	" JOIN answer w ON w.endpoint_id = e.id WHERE e.unit_id = ?1 AND e.state = 'active' GROUP BY w.control"                                \
	" UNION ALL SELECT w.pass, w.fail, w.unknown, w.not_applicable, w.excepted, w.control FROM unit_answer w WHERE w.unit_id = ?1"

int kh_posture_read_own(struct kh_db *db, int64_t unit_id, struct kh_posture *ret)
{
	struct kh_posture posture = {.day = KH_TODAY};
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, OWN, unit_id);
	while (kh_stmt_next(s, &r)) {
		const struct kh_control *control = kh_control_named(kh_stmt_text(s, KH_ANSWERS));
		if (control)
			posture.of[kh_control_id(control)] = counts_of(s);
	}
	if (r == 0)
		*ret = posture;
	return r;
}

int64_t kh_posture_machines(const struct kh_posture *posture)
{
	const struct kh_counts *heard = &posture->of[KH_CONTROL_AGENT_HEARD];
	return kh_counts_sum(heard, (1u << KH_ANSWERS) - 1);
}

int64_t kh_posture_silent(const struct kh_posture *posture)
{
	return posture->of[KH_CONTROL_AGENT_HEARD].of[KH_FAIL];
}

int kh_posture_history(struct kh_db *db, int64_t unit_id, const struct kh_control *control, int64_t first, int64_t last, struct kh_counts *ret)
{
	struct kh_counts now = {0};
	kh_auto_stmt struct kh_stmt *before = NULL;
	int r = kh_db_query(db, &before, LATEST, unit_id, control->name, first);
	while (kh_stmt_next(before, &r))
		now = counts_of(before);

	int64_t day = first;
	kh_auto_stmt struct kh_stmt *s = NULL;
	if (r == 0)
		r = kh_db_query(db, &s,
				"SELECT pass, fail, unknown, not_applicable, excepted, day FROM posture"
				" WHERE unit_id = ?1 AND control = ?2 AND day > ?3 AND day <= ?4 ORDER BY day",
				unit_id, control->name, first, last);
	while (kh_stmt_next(s, &r)) {
		for (; day < kh_stmt_int(s, KH_ANSWERS); day++)
			ret[day - first] = now;
		now = counts_of(s);
	}
	for (; r == 0 && day <= last; day++)
		ret[day - first] = now;
	return r;
}

/* kh_time_parse() takes 30 February for 2 March; written out again, it shows. */
bool kh_day_parse(const char *text, int64_t *ret_day)
{
	int64_t ms = 0;
	char again[KH_DAY_SIZE];
	if (strlen(text) != strlen("YYYY-MM-DD") || !kh_time_parse(text, &ms) || !kh_streq(kh_time_day(ms / 1000, again), text))
		return false;
	*ret_day = kh_time_day_number(ms / 1000);
	return true;
}

int kh_posture_day(const char *text, int64_t now_s, int64_t *ret_day)
{
	int64_t day = 0, oldest = 0, today = kh_time_day_number(now_s);
	if (!text || !*text) {
		*ret_day = KH_TODAY;
		return 0;
	}
	if (!kh_day_parse("2020-01-01", &oldest) || !kh_day_parse(text, &day) || day < oldest)
		return kh_fail(KH_E_INVALID_FIELD, "at: expected a day from 2020-01-01 on, written YYYY-MM-DD");
	if (day > today)
		return kh_fail(KH_E_INVALID_FIELD, "at: %s lies in the future", text);
	*ret_day = day == today ? KH_TODAY : day;
	return 0;
}

const char *kh_posture_day_text(int64_t day, int64_t now_s, char out[KH_DAY_SIZE])
{
	return kh_time_day(day == KH_TODAY ? now_s : day * KH_DAY_S, out); /* 00:00 UTC is 07:00 of the same day here */
}
