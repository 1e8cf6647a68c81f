/* The one place that limits a query to what a user may see: a unit and everything below it, on any line.
 *
 *     kh_auto_stmt struct kh_stmt *s = NULL;
 *     int r = kh_scope_query(db, &scope, &s, "SELECT e.hostname FROM endpoint e WHERE {scope:e.unit_id} AND e.state = ?1", "active");
 *     while (kh_stmt_next(s, &r)) …
 *
 * `{scope:COLUMN}` becomes "COLUMN IN (every unit of the scope)". A text without the mark is refused (it aborts: a query for a user that forgot
 * its scope is our own bug), so no route can run an unlimited query by accident. The mark may stand several times. What may be seen goes by any line;
 * what is summed up goes by the administrative line (`admin`). */
#pragma once

#include "base/attr.h"
#include "db/db.h"

struct kh_scope {
	int64_t unit_id;
	bool admin; /* for sums: of the units below only those on the administrative line, where each stands below one other, so that parts add up to the whole */
};

/* SQL: `unit_id` of the unit ?PLACE and of all below it on the administrative line. */
#define KH_ADMIN_BELOW(place)                                                                                                                   \
	"(WITH RECURSIVE line(unit_id) AS (SELECT id FROM unit WHERE id = " place                                                              \
	" UNION SELECT d.child_id FROM line JOIN unit_edge d ON d.parent_id = line.unit_id AND d.line = 'admin' AND d.to_s IS NULL)"           \
	" SELECT unit_id FROM line)"

/* SQL: every unit with itself and each unit above it on the administrative line, as `unit_id`, `ancestor_id`. */
#define KH_ADMIN_LINES                                                                                                                         \
	"(WITH RECURSIVE lines(unit_id, ancestor_id) AS (SELECT id, id FROM unit UNION SELECT l.unit_id, d.parent_id FROM lines l"             \
	" JOIN unit_edge d ON d.child_id = l.ancestor_id AND d.line = 'admin' AND d.to_s IS NULL) SELECT unit_id, ancestor_id FROM lines)"

/* Values fill ?1, ?2, … as in kh_db_query(); further ones may be bound by kh_stmt_bind(). */
#define kh_scope_query(db, scope, ret, sql, ...) kh_scope_query_values((db), (scope), (ret), (sql), KH_DB_VALUES(__VA_ARGS__))
int kh_scope_query_values(struct kh_db *db, const struct kh_scope *scope, struct kh_stmt **ret, const char *sql, const struct kh_db_value *values) KH_MUST_USE;

/* kh_db_int() and kh_db_text() within a scope. */
#define kh_scope_int(db, scope, ret, sql, ...) kh_scope_int_values((db), (scope), (ret), (sql), KH_DB_VALUES(__VA_ARGS__))
int kh_scope_int_values(struct kh_db *db, const struct kh_scope *scope, int64_t *ret, const char *sql, const struct kh_db_value *values) KH_MUST_USE;

/* The scope of one unit (code) inside a scope: for `?unit=`. NULL gives the scope itself. KH_E_UNKNOWN_UNIT both when there is no such unit and when
 * it lies outside: the answer does not tell which. */
int kh_scope_narrow(struct kh_db *db, const struct kh_scope *scope, const char *unit_code, struct kh_scope *ret) KH_MUST_USE;

/* Is the unit inside? */
int kh_scope_has(struct kh_db *db, const struct kh_scope *scope, int64_t unit_id, bool *ret) KH_MUST_USE;
