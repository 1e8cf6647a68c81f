#include "server/account/scope.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

#include <ctype.h>
#include <stdlib.h>

static const char mark[] = "{scope:";

/* The highest N of ?N. */
static int highest_parameter(const char *sql)
{
	long highest = 0;
	for (const char *p = strchr(sql, '?'); p; p = strchr(p + 1, '?')) {
		long n = strtol(p + 1, NULL, 10);
		highest = KH_MAX(highest, n);
	}
	return (int)highest;
}

static bool column_char(char c)
{
	return islower((unsigned char)c) || isdigit((unsigned char)c) || c == '_' || c == '.';
}

/* "… {scope:e.unit_id} …" with the scope's unit as parameter `place`. A text without a mark, or with a bad one, is our own bug. */
static char *expand(const char *sql, int place, bool admin)
{
	struct kh_buf out = KH_BUF_INIT;
	const char *p = strstr(sql, mark);
	kh_assert(p);
	for (; p; p = strstr(sql, mark)) {
		kh_buf_add(&out, sql, (size_t)(p - sql));
		const char *column = p + strlen(mark), *end = column;
		while (column_char(*end))
			end++;
		kh_assert(end > column && *end == '}');
		kh_buf_add(&out, column, (size_t)(end - column));
		kh_buf_addf(&out, admin ? " IN " KH_ADMIN_BELOW("?%d") : " IN (SELECT unit_id FROM unit_ancestor WHERE ancestor_id = ?%d)", place);
		sql = end + 1;
	}
	kh_buf_adds(&out, sql);
	return kh_buf_take(&out);
}

int kh_scope_query_values(struct kh_db *db, const struct kh_scope *scope, struct kh_stmt **ret, const char *sql, const struct kh_db_value *values)
{
	int place = highest_parameter(sql) + 1;
	kh_auto_free char *expanded = expand(sql, place, scope->admin);
	struct kh_stmt *s = NULL;
	int r = kh_db_query_values(db, &s, expanded, values);
	if (r < 0)
		return r;
	kh_stmt_bind_int(s, place, scope->unit_id);
	*ret = s;
	return 0;
}

int kh_scope_int_values(struct kh_db *db, const struct kh_scope *scope, int64_t *ret, const char *sql, const struct kh_db_value *values)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query_values(db, scope, &s, sql, values);
	if (kh_stmt_next(s, &r) && !kh_stmt_is_null(s, 0))
		*ret = kh_stmt_int(s, 0);
	return r;
}

int kh_scope_narrow(struct kh_db *db, const struct kh_scope *scope, const char *unit_code, struct kh_scope *ret)
{
	int64_t id = unit_code ? 0 : scope->unit_id;
	int r = unit_code ? kh_scope_int(db, scope, &id, "SELECT u.id FROM unit u WHERE u.code = ?1 AND {scope:u.id}", unit_code) : 0;
	if (r < 0)
		return r;
	if (!id)
		return kh_fail(KH_E_UNKNOWN_UNIT, "%s", unit_code);
	*ret = (struct kh_scope){.unit_id = id};
	return 0;
}

int kh_scope_has(struct kh_db *db, const struct kh_scope *scope, int64_t unit_id, bool *ret)
{
	int64_t count = 0;
	int r = kh_scope_int(db, scope, &count, "SELECT COUNT(*) FROM unit u WHERE u.id = ?1 AND {scope:u.id}", unit_id);
	if (r == 0)
		*ret = count > 0;
	return r;
}
