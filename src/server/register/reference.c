#include "server/register/reference.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/utf8.h"
#include "server/posture/rows.h"
#include "server/register/field.h"
#include "server/register/register.h"
#include "server/report/json.h"

#include <inttypes.h>

#define MAX_LABEL_DEPTH 3 /* a record called by a record called by a record */

/* Where the things of one kind stand. */
struct target {
	const char *of, *table;
	const char *key, *name; /* columns: of the API; for people (also accepted as a key) */
	const char *unit;       /* column: whose it is */
	bool number;            /* key and name are numbers: of a register called by a date or a reference */
	bool above;             /* those of units above are within reach too */
	const char *fold;       /* column: what a search looks at, folded */
	const char *living;     /* condition: has not ended */
};

static const struct target outside[] = {
	{"endpoint", "endpoint", "uid", "hostname", "unit_id", false, false, "hostname_fold", "t.state = 'active'"},
	{"unit", "unit", "code", "name", "id", false, true, "name_fold", "t.to_s IS NULL"},
	{"user", "app_user", "name", "full_name", "unit_id", false, false, "name", "t.disabled = 0"},
};

static const struct target *find_outside(const char *of)
{
	for (size_t i = 0; i < KH_COUNT(outside); i++)
		if (kh_streq(outside[i].of, of))
			return &outside[i];
	return NULL;
}

static bool is_number(const struct kh_register_field *field)
{
	return field->type != KH_FIELD_TEXT && field->type != KH_FIELD_LONG && field->type != KH_FIELD_CODE;
}

/* Also of a register; its table's name is kept in *ret_table. */
static int target_of(const char *of, struct target *ret, char **ret_table)
{
	const struct target *known = find_outside(of);
	const struct kh_register *reg = NULL;
	int r = known ? 0 : kh_register_find(of, &reg);
	if (r < 0)
		return r;
	*ret_table = reg ? kh_format("reg_%s", reg->name) : NULL;
	*ret = known ? *known : (struct target){.of = of, .table = *ret_table, .key = reg->call[0], .name = reg->call[0], .unit = "unit_id", .number = is_number(kh_register_field(reg, reg->call[0])), .above = reg->share_down, .fold = "search", .living = "1 = 1"};
	return 0;
}

/* ---- finding ---- */

/* Is t's unit ?PLACE, or below it, or (when it counts) above it? */
static char *within_reach(const struct target *t, int place)
{
	kh_auto_buf struct kh_buf sql = KH_BUF_INIT;
	kh_buf_addf(&sql, "(EXISTS (SELECT 1 FROM unit_ancestor a WHERE a.unit_id = t.%s AND a.ancestor_id = ?%d)", t->unit, place);
	if (t->above)
		kh_buf_addf(&sql, " OR EXISTS (SELECT 1 FROM unit_ancestor a WHERE a.unit_id = ?%d AND a.ancestor_id = t.%s)", place, t->unit);
	kh_buf_addc(&sql, ')');
	return kh_buf_take(&sql);
}

/* The one row that a query with ?1 (the value) and ?2 (the unit) finds. */
static int find_one(struct kh_db *db, const char *sql, struct kh_db_value value, int64_t unit_id, int64_t *ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, sql, value, unit_id);
	int64_t id = kh_stmt_next(s, &r) ? kh_stmt_int(s, 0) : 0;
	bool more = id && kh_stmt_next(s, &r);
	if (r < 0)
		return r;
	if (more)
		return kh_fail(KH_E_AMBIGUOUS, "several have this name");
	if (!id)
		return kh_fail(KH_E_NOT_FOUND, "nothing of this name within reach of the unit");
	*ret = id;
	return 0;
}

/* A text is compared with a text, whatever the store thinks of text and number. */
static char *as_text(const struct target *t, const char *column)
{
	return t->number ? kh_format("CAST(t.%s AS TEXT)", column) : kh_format("t.%s", column);
}

static int find_target(struct kh_db *db, const struct target *t, int64_t unit_id, const json_t *value, int64_t *ret)
{
	kh_auto_free char *reach = within_reach(t, 2);
	kh_auto_free char *key = as_text(t, t->key), *name = as_text(t, t->name);
	kh_auto_free char *by = json_is_integer(value) ? kh_strdup("t.id = ?1") : kh_format("(%s = ?1 OR %s = ?1)", key, name);
	kh_auto_free char *sql = kh_format("SELECT t.id FROM %s t WHERE %s AND %s ORDER BY t.id LIMIT 2", t->table, by, reach);
	struct kh_db_value v = json_is_integer(value) ? kh_db_value_int(json_integer_value(value)) : kh_db_value_text(json_string_value(value));
	return find_one(db, sql, v, unit_id, ret);
}

static bool id_of_text(const json_t *value, int64_t *ret)
{
	const char *text = json_string_value(value);
	return text && *text == '#' && kh_parse_int(text + 1, 1, INT64_MAX, ret);
}

int kh_reference_find(struct kh_db *db, const char *of, int64_t unit_id, const json_t *value, int64_t *ret)
{
	kh_auto_free char *table = NULL;
	struct target t = {0};
	int64_t id = 0;
	kh_auto_json json_t *number = id_of_text(value, &id) ? json_integer(id) : NULL;
	int r = target_of(of, &t, &table);
	return r < 0 ? r : find_target(db, &t, unit_id, number ? number : value, ret);
}

/* ---- choosing ---- */

/* Found by the folded name, or by the name or key as they stand (a login name is not folded, a full name has no folded column). */
static int find_choices(struct kh_db *db, const struct target *t, int64_t unit_id, const char *text, int64_t limit, struct kh_stmt **ret)
{
	kh_auto_free char *reach = within_reach(t, 2), *folded = NULL;
	int r = kh_utf8_fold(text ? text : "", &folded);
	if (r < 0)
		return r;
	kh_auto_free char *plain = kh_like_escape(text ? text : ""), *like = kh_format("%%%s%%", plain);
	kh_auto_free char *folded_escaped = kh_like_escape(folded), *folded_like = kh_format("%%%s%%", folded_escaped);
	kh_auto_free char *sql = kh_format("SELECT t.id FROM %s t WHERE (t.%s LIKE ?1 ESCAPE '\\' OR t.%s LIKE ?4 ESCAPE '\\' OR t.%s LIKE ?4 ESCAPE '\\') AND %s AND %s"
					   " ORDER BY t.%s COLLATE vi, t.id LIMIT ?3",
					   t->table, t->fold, t->key, t->name, t->living, reach, t->name);
	return kh_db_query(db, ret, sql, folded_like, unit_id, limit, like);
}

static int add_choice(struct kh_db *db, const char *of, int64_t id, json_t *items)
{
	kh_auto_json json_t *o = json_object();
	kh_auto_free char *label = NULL;
	json_t *key = NULL;
	int r = kh_reference_key(db, of, id, &key);
	if (r == 0)
		kh_json_set(o, "value", key);
	if (r == 0)
		r = kh_reference_label(db, of, id, &label);
	kh_json_set_text(o, "label", label);
	if (r == 0)
		kh_json_add(items, kh_take(o));
	return r;
}

int kh_reference_choices(struct kh_db *db, const char *of, int64_t unit_id, const char *text, int64_t limit, json_t **ret)
{
	kh_auto_free char *table = NULL;
	struct target t = {0};
	kh_auto_json json_t *items = json_array();
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = target_of(of, &t, &table);
	if (r == 0)
		r = find_choices(db, &t, unit_id, text, limit, &s);
	while (s && kh_stmt_next(s, &r))
		r = add_choice(db, of, kh_stmt_int(s, 0), items);
	if (r == 0)
		*ret = kh_take(items);
	return r;
}

/* ---- naming ---- */

int kh_reference_key(struct kh_db *db, const char *of, int64_t id, json_t **ret)
{
	const struct target *t = find_outside(of);
	if (!t) {
		*ret = json_integer(id);
		return 0;
	}
	kh_auto_free char *sql = kh_format("SELECT t.%s FROM %s t WHERE t.id = ?1", t->key, t->table), *key = NULL;
	int r = kh_db_text(db, &key, sql, id);
	if (r == 0)
		*ret = key ? kh_json_string(key) : json_null();
	return r;
}

int kh_reference_seen(struct kh_db *db, const char *of, int64_t id, const struct kh_scope *scope, bool *ret)
{
	kh_auto_free char *table = NULL;
	struct target t = {0};
	int64_t seen = 0;
	int r = target_of(of, &t, &table);
	if (r < 0 || !scope) {
		*ret = true;
		return r;
	}
	kh_auto_free char *reach = within_reach(&t, 2), *sql = kh_format("SELECT COUNT(*) FROM %s t WHERE t.id = ?1 AND %s", t.table, reach);
	r = kh_db_int(db, &seen, sql, id, scope->unit_id);
	*ret = seen > 0;
	return r;
}

char *kh_reference_name_sql(const char *of, const char *column, int place)
{
	kh_auto_free char *table = NULL;
	struct target t = {0};
	kh_assert(target_of(of, &t, &table) == 0); /* the generator has seen that there is one */
	kh_auto_free char *reach = within_reach(&t, place);
	return kh_format("(SELECT t.%s FROM %s t WHERE t.id = %s AND %s)", t.name, t.table, column, reach);
}

static int label_at(struct kh_db *db, const char *of, int64_t id, int depth, char **ret);

static int words_at(struct kh_db *db, const struct kh_register_field *field, const struct kh_stmt *s, int column, int depth, char **ret)
{
	if (field->type == KH_FIELD_REF)
		return label_at(db, field->of, kh_stmt_int(s, column), depth + 1, ret);
	kh_auto_json json_t *stored = kh_field_of_column(field, s, column);
	return kh_field_words(db, field, stored, ret);
}

/* Behind the first name come the others only where the record stands for itself: inside another's name one is enough. */
static int record_label_at(struct kh_db *db, const struct kh_register *reg, int64_t id, int depth, char **ret)
{
	kh_auto_buf struct kh_buf columns = KH_BUF_INIT, label = KH_BUF_INIT;
	for (const char *const *name = reg->call; *name && (depth == 0 || name == reg->call); name++)
		kh_buf_addf(&columns, "%s%s", columns.len ? ", " : "", *name);
	kh_auto_free char *sql = kh_format("SELECT %s FROM reg_%s WHERE id = ?1", kh_buf_text(&columns), reg->name);
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, sql, id);
	bool found = kh_stmt_next(s, &r);
	for (int i = 0; r == 0 && found && i < kh_stmt_columns(s); i++) {
		kh_auto_free char *words = NULL;
		if (kh_stmt_is_null(s, i))
			continue;
		r = words_at(db, kh_register_field(reg, reg->call[i]), s, i, depth, &words);
		if (r == 0)
			kh_buf_addf(&label, "%s%s", label.len ? " · " : "", words);
	}
	if (r == 0)
		*ret = label.len ? kh_buf_take(&label) : kh_format("#%" PRId64, id);
	return r;
}

static int label_at(struct kh_db *db, const char *of, int64_t id, int depth, char **ret)
{
	const struct target *t = find_outside(of);
	const struct kh_register *reg = NULL;
	int r = t ? 0 : kh_register_find(of, &reg);
	if (r == 0 && reg && depth < MAX_LABEL_DEPTH)
		return record_label_at(db, reg, id, depth, ret);
	kh_auto_free char *sql = t ? kh_format("SELECT t.%s FROM %s t WHERE t.id = ?1", t->name, t->table) : NULL, *name = NULL;
	if (r == 0 && t)
		r = kh_db_text(db, &name, sql, id);
	if (r == 0)
		*ret = name ? kh_take(name) : kh_format("#%" PRId64, id);
	return r;
}

int kh_reference_label(struct kh_db *db, const char *of, int64_t id, char **ret)
{
	return label_at(db, of, id, 1, ret);
}

int kh_record_label(struct kh_db *db, const struct kh_register *reg, int64_t id, char **ret)
{
	return record_label_at(db, reg, id, 0, ret);
}
