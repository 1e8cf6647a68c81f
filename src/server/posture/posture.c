#include "server/posture/posture.h"

#include "base/str.h"
#include "base/time.h"
#include "server/posture/control.h"
#include "server/posture/stale.h"

/* Adds a difference to the sums of a unit and all above it: the latest row, whatever its day, plus the difference becomes today's row. */
#define ADD_UP                                                                                                                    \
	"INSERT INTO posture(unit_id, control, day, pass, fail, unknown, not_applicable, excepted)"                              \
	" SELECT a.ancestor_id, ?2, CASE WHEN p.day > ?3 THEN p.day ELSE ?3 END, COALESCE(p.pass, 0) + ?4,"                      \
	"  COALESCE(p.fail, 0) + ?5, COALESCE(p.unknown, 0) + ?6, COALESCE(p.not_applicable, 0) + ?7, COALESCE(p.excepted, 0) + ?8" \
	" FROM unit_ancestor a LEFT JOIN posture p ON p.unit_id = a.ancestor_id AND p.control = ?2"                              \
	"  AND p.day = (SELECT MAX(l.day) FROM posture l WHERE l.unit_id = a.ancestor_id AND l.control = ?2)"                    \
	" WHERE a.unit_id = ?1"                                                                                                   \
	" ON CONFLICT(unit_id, control, day) DO UPDATE SET pass = excluded.pass, fail = excluded.fail, unknown = excluded.unknown," \
	"  not_applicable = excluded.not_applicable, excepted = excluded.excepted"

static int add_up(struct kh_db *db, int64_t unit_id, const char *control, int64_t now_s, const struct kh_counts *difference)
{
	const int64_t *d = difference->of;
	return kh_db_run(db, ADD_UP, unit_id, control, kh_time_day_number(now_s), d[KH_PASS], d[KH_FAIL], d[KH_UNKNOWN], d[KH_NOT_APPLICABLE],
			 d[KH_EXCEPTED]);
}

struct stored {
	bool found;
	struct kh_counts counts;
	int64_t since_s;
};

#define READ_STORED(answers, id) "SELECT pass, fail, unknown, not_applicable, excepted, since_s FROM " answers " WHERE " id " = ?1 AND control = ?2"

#define STORE(answers, id)                                                                                                 \
	"INSERT INTO " answers "(" id ", control, pass, fail, unknown, not_applicable, excepted, since_s, evaluated_s)"   \
	" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"                                                                      \
	" ON CONFLICT(" id ", control) DO UPDATE SET pass = excluded.pass, fail = excluded.fail, unknown = excluded.unknown," \
	"  not_applicable = excluded.not_applicable, excepted = excluded.excepted, since_s = excluded.since_s,"            \
	"  evaluated_s = excluded.evaluated_s"

/* By enum kh_over. */
static const struct {
	const char *unit, *read_stored, *store, *all, *forget;
} sql[] = {
	[KH_OVER_ENDPOINT] = {"SELECT unit_id FROM endpoint WHERE id = ?1 AND state = 'active'", READ_STORED("answer", "endpoint_id"), STORE("answer", "endpoint_id"),
			      "SELECT pass, fail, unknown, not_applicable, excepted, control FROM answer WHERE endpoint_id = ?1",
			      "DELETE FROM answer WHERE endpoint_id = ?1"},
	[KH_OVER_UNIT] = {"SELECT id FROM unit WHERE id = ?1 AND to_s IS NULL", READ_STORED("unit_answer", "unit_id"), STORE("unit_answer", "unit_id"),
			  "SELECT pass, fail, unknown, not_applicable, excepted, control FROM unit_answer WHERE unit_id = ?1",
			  "DELETE FROM unit_answer WHERE unit_id = ?1"},
};

static int read_stored(struct kh_db *db, const struct kh_control *control, int64_t id, struct stored *ret)
{
	*ret = (struct stored){0};
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, sql[control->over].read_stored, id, control->name);
	while (kh_stmt_next(s, &r)) {
		ret->found = true;
		for (int i = 0; i < KH_ANSWERS; i++)
			ret->counts.of[i] = kh_stmt_int(s, i);
		ret->since_s = kh_stmt_int(s, KH_ANSWERS);
	}
	return r;
}

/* since_s is the moment from which the worst answer has been what it is. */
static int store(struct kh_db *db, const struct kh_control *control, int64_t id, const struct stored *old, const struct kh_counts *now, int64_t now_s)
{
	const int64_t *n = now->of;
	bool same_worst = old->found && kh_counts_worst(&old->counts) == kh_counts_worst(now);
	return kh_db_run(db, sql[control->over].store, id, control->name, n[KH_PASS], n[KH_FAIL], n[KH_UNKNOWN], n[KH_NOT_APPLICABLE], n[KH_EXCEPTED],
			 same_worst ? old->since_s : now_s, now_s);
}

/* The unit of an active endpoint, a living unit itself; else -1. */
static int unit_of_active(struct kh_db *db, enum kh_over over, int64_t id, int64_t *ret_unit_id)
{
	*ret_unit_id = -1;
	return kh_db_int(db, ret_unit_id, sql[over].unit, id);
}

static int ask(struct kh_db *db, int64_t id, int64_t unit_id, const struct kh_control *control, int64_t now_s, bool *ret_changed)
{
	struct kh_counts now = {0};
	int r = kh_control_count(db, control, id, now_s, &now);
	if (r < 0)
		return r;
	struct stored old = {0};
	r = read_stored(db, control, id, &old);
	r = r < 0 ? r : store(db, control, id, &old, &now, now_s);
	if (r < 0)
		return r;
	bool changed = !kh_counts_equal(&old.counts, &now);
	struct kh_counts difference = kh_counts_minus(now, old.counts);
	if (changed)
		r = add_up(db, unit_id, control->name, now_s, &difference);
	if (r == 0 && ret_changed)
		*ret_changed = changed;
	return r;
}

int kh_posture_ask(struct kh_db *writer, int64_t id, const struct kh_control *control, int64_t now_s, bool *ret_changed)
{
	int64_t unit_id = -1;
	int r = unit_of_active(writer, control->over, id, &unit_id);
	if (r < 0)
		return r;
	if (unit_id >= 0)
		return ask(writer, id, unit_id, control, now_s, ret_changed);
	if (ret_changed)
		*ret_changed = false;
	return 0;
}

/* --- an endpoint --- */

int kh_posture_endpoint_changed(struct kh_db *writer, int64_t endpoint_id, const char *const *tables, size_t n)
{
	int64_t unit_id = -1, now_s = kh_now_s();
	int r = unit_of_active(writer, KH_OVER_ENDPOINT, endpoint_id, &unit_id);
	for (size_t i = 0; r == 0 && unit_id >= 0 && i < KH_CONTROLS_COUNT; i++)
		if (kh_control_concerned(&kh_controls[i], tables, n))
			r = ask(writer, kh_controls[i].over == KH_OVER_UNIT ? unit_id : endpoint_id, unit_id, &kh_controls[i], now_s, NULL);
	return r;
}

/* Adds (sign 1) or takes away (sign -1) all answers of an endpoint or a unit on the line of a unit. */
static int add_all(struct kh_db *db, enum kh_over over, int64_t id, int64_t unit_id, int sign)
{
	int64_t now_s = kh_now_s();
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, sql[over].all, id);
	while (kh_stmt_next(s, &r)) {
		struct kh_counts difference = {0};
		for (int i = 0; i < KH_ANSWERS; i++)
			difference.of[i] = sign * kh_stmt_int(s, i);
		r = add_up(db, unit_id, kh_stmt_text(s, KH_ANSWERS), now_s, &difference);
	}
	return r;
}

/* The controls over units that count machines, after one came or left. */
static int ask_machines_of(struct kh_db *db, int64_t unit_id)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < KH_CONTROLS_COUNT; i++)
		if (kh_controls[i].over == KH_OVER_UNIT && kh_controls[i].reads[0])
			r = kh_posture_ask(db, unit_id, &kh_controls[i], kh_now_s(), NULL);
	return r;
}

/* What an endpoint's own answers take from its unit: registers, and exceptions that may hold there for any control. */
static int ask_of_unit(struct kh_db *db, int64_t endpoint_id, int64_t unit_id)
{
	const struct kh_control *excepted[KH_CONTROLS_COUNT];
	size_t n = 0;
	int r = kh_stale_excepted_controls(db, KH_EXCEPTIONS_OF_PLACES, 0, kh_now_s(), excepted, &n);
	for (size_t i = 0; r == 0 && i < n; i++)
		if (excepted[i]->over == KH_OVER_ENDPOINT)
			r = ask(db, endpoint_id, unit_id, excepted[i], kh_now_s(), NULL);
	for (size_t i = 0; r == 0 && i < KH_CONTROLS_COUNT; i++)
		if (kh_controls[i].over == KH_OVER_ENDPOINT && kh_control_reads_register(&kh_controls[i], NULL))
			r = ask(db, endpoint_id, unit_id, &kh_controls[i], kh_now_s(), NULL);
	return r;
}

int kh_posture_endpoint_moved(struct kh_db *writer, int64_t endpoint_id, int64_t old_unit_id, int64_t new_unit_id)
{
	if (old_unit_id == new_unit_id)
		return 0;
	int r = add_all(writer, KH_OVER_ENDPOINT, endpoint_id, old_unit_id, -1);
	r = r < 0 ? r : add_all(writer, KH_OVER_ENDPOINT, endpoint_id, new_unit_id, 1);
	r = r < 0 ? r : ask_of_unit(writer, endpoint_id, new_unit_id);
	r = r < 0 ? r : ask_machines_of(writer, old_unit_id);
	return r < 0 ? r : ask_machines_of(writer, new_unit_id);
}

int kh_posture_endpoint_removed(struct kh_db *writer, int64_t endpoint_id)
{
	int64_t unit_id = -1;
	int r = kh_db_int(writer, &unit_id, "SELECT unit_id FROM endpoint WHERE id = ?1", endpoint_id);
	r = r < 0 ? r : add_all(writer, KH_OVER_ENDPOINT, endpoint_id, unit_id, -1);
	r = r < 0 ? r : kh_db_run(writer, sql[KH_OVER_ENDPOINT].forget, endpoint_id);
	return r < 0 ? r : ask_machines_of(writer, unit_id);
}

/* --- records and units --- */

/* Stores the answers of one unit, which stand together, and carries their difference up once; *at goes on behind them. */
static int settle_unit(struct kh_db *db, const struct kh_control *control, const struct kh_stale_answers *answers, int64_t now_s, size_t *at)
{
	const struct kh_stale_answer *first = &answers->of.v[*at];
	struct kh_counts difference = {0};
	int r = 0;
	for (; r == 0 && *at < answers->of.n && answers->of.v[*at].unit_id == first->unit_id; (*at)++) {
		const struct kh_stale_answer *one = &answers->of.v[*at];
		struct stored old = {.found = one->found, .counts = one->stored, .since_s = one->since_s};
		difference = kh_counts_plus(difference, kh_counts_minus(one->now, one->stored));
		r = store(db, control, one->id, &old, &one->now, now_s);
	}
	return r < 0 ? r : add_up(db, first->unit_id, control->name, now_s, &difference);
}

static int ask_stale(struct kh_db *db, const struct kh_control *control, enum kh_stale_where where, int64_t unit_id)
{
	int64_t now_s = kh_now_s();
	kh_auto_stale_answers struct kh_stale_answers answers = {0};
	int r = kh_stale_answers(db, control, where, unit_id, now_s, &answers);
	for (size_t at = 0; r == 0 && at < answers.of.n;)
		r = settle_unit(db, control, &answers, now_s, &at);
	return r;
}

static int ask_excepted(struct kh_db *db, enum kh_stale_exceptions which, enum kh_stale_where where, int64_t unit_id)
{
	const struct kh_control *excepted[KH_CONTROLS_COUNT];
	size_t n = 0;
	int r = kh_stale_excepted_controls(db, which, unit_id, kh_now_s(), excepted, &n);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = ask_stale(db, excepted[i], where, unit_id);
	return r;
}

int kh_posture_register_changed(struct kh_db *writer, int64_t unit_id, const char *reg)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < KH_CONTROLS_COUNT; i++)
		if (kh_control_reads_register(&kh_controls[i], reg))
			r = ask_stale(writer, &kh_controls[i], KH_STALE_NEAR, unit_id);
	return r < 0 || !kh_streq(reg, "exception") ? r : ask_excepted(writer, KH_EXCEPTIONS_CHANGED, KH_STALE_EXCEPTED_BELOW, unit_id);
}

int kh_posture_unit_changed(struct kh_db *writer, int64_t unit_id)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < KH_CONTROLS_COUNT; i++)
		if (kh_controls[i].over == KH_OVER_UNIT || kh_control_reads_register(&kh_controls[i], NULL))
			r = ask_stale(writer, &kh_controls[i], KH_STALE_NEAR, unit_id);
	return r;
}

/* Controls that look beyond their unit, of all; `near`: of those around one unit. */
static int ask_reaching(struct kh_db *db, enum kh_stale_where where, int64_t unit_id)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < KH_CONTROLS_COUNT; i++)
		if (kh_controls[i].reach)
			r = ask_stale(db, &kh_controls[i], where, unit_id);
	return r;
}

int kh_posture_unit_removed(struct kh_db *writer, int64_t unit_id)
{
	int r = add_all(writer, KH_OVER_UNIT, unit_id, unit_id, -1);
	r = r < 0 ? r : kh_db_run(writer, sql[KH_OVER_UNIT].forget, unit_id);
	return r < 0 ? r : ask_reaching(writer, KH_STALE_NEAR, unit_id);
}

/* --- the whole tree --- */

/* What the sums should be (`own`, carried up) beside the latest rows, which count as what was; rows where the two differ are written. One GROUP BY over both,
 * because a join of two sums has no index to go by. */
#define REBUILD                                                                                                                            \
	"WITH own AS (SELECT e.unit_id AS unit_id, w.control AS control, SUM(w.pass) AS pass, SUM(w.fail) AS fail, SUM(w.unknown) AS unknown," \
	"   SUM(w.not_applicable) AS not_applicable, SUM(w.excepted) AS excepted"                                                              \
	"  FROM answer w JOIN endpoint e ON e.id = w.endpoint_id WHERE e.state = 'active' GROUP BY e.unit_id, w.control"                      \
	"  UNION ALL SELECT w.unit_id, w.control, w.pass, w.fail, w.unknown, w.not_applicable, w.excepted FROM unit_answer w),"                \
	" latest AS (SELECT unit_id, control, MAX(day) AS day FROM posture GROUP BY unit_id, control),"                                        \
	" x AS (SELECT a.ancestor_id AS unit_id, o.control AS control, 0 AS day, o.pass AS pass, o.fail AS fail, o.unknown AS unknown,"        \
	"   o.not_applicable AS not_applicable, o.excepted AS excepted,"                                                                       \
	"   0 AS was_pass, 0 AS was_fail, 0 AS was_unknown, 0 AS was_not_applicable, 0 AS was_excepted"                                        \
	"  FROM own o JOIN unit_ancestor a ON a.unit_id = o.unit_id"                                                                           \
	"  UNION ALL SELECT p.unit_id, p.control, p.day, 0, 0, 0, 0, 0, p.pass, p.fail, p.unknown, p.not_applicable, p.excepted"               \
	"  FROM latest l JOIN posture p ON p.unit_id = l.unit_id AND p.control = l.control AND p.day = l.day)"                                 \
	" INSERT INTO posture(unit_id, control, day, pass, fail, unknown, not_applicable, excepted)"                                          \
	" SELECT unit_id, control, CASE WHEN MAX(day) > ?1 THEN MAX(day) ELSE ?1 END, SUM(pass), SUM(fail), SUM(unknown),"                    \
	"  SUM(not_applicable), SUM(excepted) FROM x WHERE 1 = 1 GROUP BY unit_id, control"                                                    \
	" HAVING SUM(pass) <> SUM(was_pass) OR SUM(fail) <> SUM(was_fail) OR SUM(unknown) <> SUM(was_unknown)"                                 \
	"  OR SUM(not_applicable) <> SUM(was_not_applicable) OR SUM(excepted) <> SUM(was_excepted)"                                            \
	" ON CONFLICT(unit_id, control, day) DO UPDATE SET pass = excluded.pass, fail = excluded.fail, unknown = excluded.unknown,"            \
	"  not_applicable = excluded.not_applicable, excepted = excluded.excepted"

int kh_posture_rebuild_units(struct kh_db *writer)
{
	int r = kh_db_run(writer, "DELETE FROM unit_answer WHERE unit_id IN (SELECT u.id FROM unit u WHERE u.to_s IS NOT NULL)");
	r = r < 0 ? r : kh_db_run(writer, REBUILD, kh_time_day_number(kh_now_s()));
	r = r < 0 ? r : ask_reaching(writer, KH_STALE_EVERYWHERE, 0);
	return r < 0 ? r : ask_excepted(writer, KH_EXCEPTIONS_OF_PLACES, KH_STALE_EXCEPTED, 0);
}

/* The answers of units that came below others or left them (tree_change), summed up for each of those others. */
#define FOLLOW                                                                                                                             \
	"WITH own AS (SELECT e.unit_id AS unit_id, w.control AS control, SUM(w.pass) AS pass, SUM(w.fail) AS fail, SUM(w.unknown) AS unknown," \
	"   SUM(w.not_applicable) AS not_applicable, SUM(w.excepted) AS excepted"                                                              \
	"  FROM endpoint e JOIN answer w ON w.endpoint_id = e.id"                                                                              \
	"  WHERE e.state = 'active' AND e.unit_id IN (SELECT unit_id FROM tree_change) GROUP BY e.unit_id, w.control"                          \
	"  UNION ALL SELECT w.unit_id, w.control, w.pass, w.fail, w.unknown, w.not_applicable, w.excepted FROM unit_answer w"                  \
	"  WHERE w.unit_id IN (SELECT unit_id FROM tree_change)),"                                                                             \
	" x AS (SELECT c.ancestor_id AS unit_id, o.control AS control, SUM(c.sign * o.pass) AS pass, SUM(c.sign * o.fail) AS fail,"            \
	"   SUM(c.sign * o.unknown) AS unknown, SUM(c.sign * o.not_applicable) AS not_applicable, SUM(c.sign * o.excepted) AS excepted"        \
	"  FROM tree_change c JOIN own o ON o.unit_id = c.unit_id GROUP BY c.ancestor_id, o.control)"                                          \
	" INSERT INTO posture(unit_id, control, day, pass, fail, unknown, not_applicable, excepted)"                                          \
	" SELECT x.unit_id, x.control, CASE WHEN p.day > ?1 THEN p.day ELSE ?1 END, COALESCE(p.pass, 0) + x.pass, COALESCE(p.fail, 0) + x.fail," \
	"  COALESCE(p.unknown, 0) + x.unknown, COALESCE(p.not_applicable, 0) + x.not_applicable, COALESCE(p.excepted, 0) + x.excepted"        \
	" FROM x LEFT JOIN posture p ON p.unit_id = x.unit_id AND p.control = x.control"                                                       \
	"  AND p.day = (SELECT MAX(l.day) FROM posture l WHERE l.unit_id = x.unit_id AND l.control = x.control)"                               \
	" WHERE x.pass <> 0 OR x.fail <> 0 OR x.unknown <> 0 OR x.not_applicable <> 0 OR x.excepted <> 0"                                      \
	" ON CONFLICT(unit_id, control, day) DO UPDATE SET pass = excluded.pass, fail = excluded.fail, unknown = excluded.unknown,"            \
	"  not_applicable = excluded.not_applicable, excepted = excluded.excepted"

static int follow(struct kh_db *db)
{
	return kh_db_run(db, FOLLOW, kh_time_day_number(kh_now_s()));
}

int kh_posture_tree_changed(struct kh_db *writer)
{
	int r = follow(writer);
	r = r < 0 ? r : ask_reaching(writer, KH_STALE_TREE, 0);
	return r < 0 ? r : ask_excepted(writer, KH_EXCEPTIONS_OF_PLACES, KH_STALE_EXCEPTED_TREE, 0);
}

/* As if the unit left all that are above it, and itself (-1), or came below them (1). */
static int tell_unit(struct kh_db *db, int64_t unit_id, int sign)
{
	return kh_db_run(db, "INSERT INTO tree_change(unit_id, ancestor_id, sign) SELECT unit_id, ancestor_id, ?2 FROM unit_ancestor WHERE unit_id = ?1", unit_id, sign);
}

static int tell_units(struct kh_db *db, const int64_t *units, size_t n, int sign)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = tell_unit(db, units[i], sign);
	return r;
}

int kh_posture_exchange_begin(struct kh_db *writer, const int64_t *units, size_t n)
{
	int r = kh_db_run(writer, "DELETE FROM tree_change");
	r = r < 0 ? r : tell_units(writer, units, n, -1);
	return r < 0 ? r : follow(writer);
}

int kh_posture_exchange_end(struct kh_db *writer, const int64_t *units, size_t n, int64_t ended)
{
	int r = ended ? kh_db_run(writer, sql[KH_OVER_UNIT].forget, ended) : 0;
	r = r < 0 ? r : tell_units(writer, units, n, 1);
	r = r < 0 ? r : kh_posture_tree_changed(writer);
	r = r < 0 || !ended ? r : ask_reaching(writer, KH_STALE_NEAR, ended);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = kh_posture_unit_changed(writer, units[i]);
	return r;
}

int kh_posture_answer_all(struct kh_db *writer)
{
	int64_t now_s = kh_now_s();
	int r = kh_db_script(writer, "DELETE FROM answer; DELETE FROM unit_answer; DELETE FROM posture;");
	for (size_t i = 0; r == 0 && i < KH_CONTROLS_COUNT; i++)
		r = kh_stale_answer_all(writer, &kh_controls[i], now_s);
	return r < 0 ? r : kh_posture_rebuild_units(writer);
}

static int forget(struct kh_db *db, const char *statement, const char *control, bool *forgot)
{
	int r = kh_db_run(db, statement, control);
	*forgot |= r == 0 && kh_db_changes(db) > 0;
	return r;
}

int kh_posture_forget_controls(struct kh_db *writer)
{
	bool forgot = false;
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(writer, &s, "SELECT DISTINCT control FROM posture");
	while (kh_stmt_next(s, &r)) {
		const char *name = kh_stmt_text(s, 0);
		const struct kh_control *control = kh_control_named(name);
		if (!control || control->over == KH_OVER_UNIT)
			r = forget(writer, "DELETE FROM answer WHERE control = ?1", name, &forgot);
		if (r == 0 && (!control || control->over == KH_OVER_ENDPOINT))
			r = forget(writer, "DELETE FROM unit_answer WHERE control = ?1", name, &forgot);
	}
	kh_stmt_free(kh_take(s));
	return r < 0 || !forgot ? r : kh_posture_rebuild_units(writer);
}
