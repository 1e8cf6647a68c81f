#include "server/unit/unit.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/utf8.h"
#include "server/audit/audit.h"
#include "server/posture/posture.h"
#include "server/unit/change.h"

#include <inttypes.h>
#include <stdio.h>

const struct kh_unit_kind kh_unit_kinds[] = {
	{"province", KH_T_UNIT_KIND_PROVINCE},     {"ward", KH_T_UNIT_KIND_WARD},
	{"department", KH_T_UNIT_KIND_DEPARTMENT}, {"agency", KH_T_UNIT_KIND_AGENCY},
	{"school", KH_T_UNIT_KIND_SCHOOL},         {"health", KH_T_UNIT_KIND_HEALTH},
	{"centre", KH_T_UNIT_KIND_CENTRE},         {"police", KH_T_UNIT_KIND_POLICE},
	{"other", KH_T_UNIT_KIND_OTHER},           {NULL, 0},
};

static const struct kh_unit_kind *find_kind(const char *name)
{
	for (const struct kh_unit_kind *k = kh_unit_kinds; k->name; k++)
		if (kh_streq(k->name, name))
			return k;
	return NULL;
}

const char *kh_unit_kind_label(const char *kind, enum kh_language language)
{
	const struct kh_unit_kind *k = find_kind(kind);
	return k ? kh_text(language, k->label) : kind;
}

static const char *const line_names[KH_LINES] = {[KH_LINE_ADMIN] = "admin", [KH_LINE_POLICE] = "police"};

const char *kh_line_name(enum kh_line line)
{
	return line_names[line];
}

bool kh_line_parse(const char *name, enum kh_line *ret)
{
	for (int i = 0; i < KH_LINES; i++)
		if (kh_streq(line_names[i], name)) {
			*ret = (enum kh_line)i;
			return true;
		}
	return false;
}

void kh_unit_done(struct kh_unit *u)
{
	free(u->code);
	free(u->name);
	free(u->kind);
	*u = (struct kh_unit){0};
}

/* ---- finding ---- */

#define SELECT_UNIT "SELECT id, code, name, kind, from_s, to_s, merged_into, version FROM unit "

static int read_parents(struct kh_db *db, struct kh_unit *u)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, "SELECT line, parent_id FROM unit_edge WHERE child_id = ?1 AND to_s IS NULL", u->id);
	while (kh_stmt_next(s, &r)) {
		enum kh_line line = KH_LINE_ADMIN;
		if (kh_line_parse(kh_stmt_text(s, 0), &line))
			u->parent[line] = kh_stmt_int(s, 1);
	}
	return r;
}

static int read_one(struct kh_db *db, struct kh_stmt *s, int r, const char *asked, struct kh_unit *ret)
{
	if (!kh_stmt_next(s, &r))
		return r < 0 ? r : kh_fail(KH_E_UNKNOWN_UNIT, "%s", asked);
	kh_auto_unit struct kh_unit u = {
		.id = kh_stmt_int(s, 0),
		.code = kh_strdup(kh_stmt_text(s, 1)),
		.name = kh_strdup(kh_stmt_text(s, 2)),
		.kind = kh_strdup(kh_stmt_text(s, 3)),
		.from_s = kh_stmt_int(s, 4),
		.to_s = kh_stmt_int(s, 5),
		.merged_into = kh_stmt_int(s, 6),
		.version = kh_stmt_int(s, 7),
	};
	r = read_parents(db, &u);
	if (r < 0)
		return r;
	*ret = u;
	u = (struct kh_unit){0};
	return 0;
}

int kh_unit_find(struct kh_db *db, const char *code, struct kh_unit *ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, SELECT_UNIT "WHERE code = ?1", code);
	return read_one(db, s, r, code, ret);
}

int kh_unit_get(struct kh_db *db, int64_t id, struct kh_unit *ret)
{
	char asked[24];
	snprintf(asked, sizeof asked, "%" PRId64, id);
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, SELECT_UNIT "WHERE id = ?1", id);
	return read_one(db, s, r, asked, ret);
}

/* ---- what every change does ---- */

int kh_unit_note(const struct kh_unit_act *act, enum kh_audit_action action, const char *detail)
{
	const char *what = strchr(kh_codes_audit_action[action].name, '.') + 1; /* "unit.move": move */
	const struct kh_unit_by *by = act->by;
	struct kh_db_value decision = by->decision ? kh_db_value_int(by->decision) : kh_db_value_null(NULL);
	kh_auto_free char *number = NULL;
	int r = kh_db_run(act->db, "INSERT INTO unit_change(unit_id, at_s, actor, what, detail, decision_id) VALUES(?1, ?2, ?3, ?4, ?5, ?6)", act->unit->id, by->now_s,
			  by->actor, what, detail, decision);
	if (r == 0 && action != KH_AUDIT_ACTION_UNIT_ADD)
		r = kh_db_run(act->db, "UPDATE unit SET version = version + 1 WHERE id = ?1", act->unit->id);
	if (r == 0 && by->decision)
		r = kh_db_text(act->db, &number, "SELECT number FROM unit_decision WHERE id = ?1", by->decision);
	kh_auto_free char *told = number ? kh_format("%s%s%s", detail, *detail ? " · " : "", number) : NULL;
	struct kh_audit entry = {.actor = by->actor, .unit_id = act->unit->id, .action = action, .target = act->unit->code, .detail = told ? told : detail};
	return r < 0 ? r : kh_audit_append(act->db, &entry);
}

/* The closure of the living edges beside unit_ancestor as it is: what is missing there (1) and what is too much (-1). */
#define COMPARE_LINES                                                                                                                      \
	"INSERT INTO tree_change(unit_id, ancestor_id, sign)"                                                                              \
	" WITH RECURSIVE up(unit_id, ancestor_id) AS ("                                                                                    \
	"  SELECT id, id FROM unit"                                                                                                        \
	"  UNION SELECT up.unit_id, e.parent_id FROM up JOIN unit_edge e ON e.child_id = up.ancestor_id AND e.to_s IS NULL),"              \
	" came AS (SELECT unit_id, ancestor_id FROM up EXCEPT SELECT unit_id, ancestor_id FROM unit_ancestor),"                            \
	" gone AS (SELECT unit_id, ancestor_id FROM unit_ancestor EXCEPT SELECT unit_id, ancestor_id FROM up)"                            \
	" SELECT unit_id, ancestor_id, 1 FROM came UNION ALL SELECT unit_id, ancestor_id, -1 FROM gone"

int kh_unit_follow_lines(struct kh_db *db)
{
	int r = kh_db_run(db, "DELETE FROM tree_change");
	r = r < 0 ? r : kh_db_run(db, COMPARE_LINES);
	r = r < 0 ? r : kh_db_run(db, "DELETE FROM unit_ancestor WHERE EXISTS (SELECT 1 FROM tree_change c WHERE c.unit_id = unit_ancestor.unit_id"
				      " AND c.ancestor_id = unit_ancestor.ancestor_id AND c.sign = -1)");
	return r < 0 ? r : kh_db_run(db, "INSERT INTO unit_ancestor(unit_id, ancestor_id) SELECT unit_id, ancestor_id FROM tree_change WHERE sign = 1");
}

int kh_unit_check_alive(const struct kh_unit *unit)
{
	return unit->to_s ? kh_fail(KH_E_UNIT_ENDED, "%s has ended", unit->code) : 0;
}

/* Levels from a unit to the farthest above or below it. */
static int levels(struct kh_db *db, int64_t id, bool above, int64_t *ret)
{
#define LEVELS(to, from)                                                                                                                \
	"WITH RECURSIVE walk(id, level) AS (SELECT CAST(?1 AS BIGINT), 0"                                                               \
	" UNION SELECT e." to ", w.level + 1 FROM walk w JOIN unit_edge e ON e." from " = w.id AND e.to_s IS NULL WHERE w.level <= ?2)" \
	" SELECT MAX(level) FROM walk"
	return kh_db_int(db, ret, above ? LEVELS("parent_id", "child_id") : LEVELS("child_id", "parent_id"), id, KH_UNIT_MAX_DEPTH);
}

int kh_unit_check_below(struct kh_db *db, int64_t id, const struct kh_unit *parent)
{
	int64_t inside = 0, above = 0, below = 0;
	int r = kh_db_int(db, &inside, "SELECT COUNT(*) FROM unit_ancestor WHERE unit_id = ?1 AND ancestor_id = ?2", parent->id, id);
	if (r == 0 && inside)
		return kh_fail(KH_E_UNIT_PLACE, "%s stands below it", parent->code);
	if (r == 0)
		r = levels(db, parent->id, true, &above);
	if (r == 0)
		r = levels(db, id, false, &below);
	if (r == 0 && above + 1 + below >= KH_UNIT_MAX_DEPTH)
		return kh_fail(KH_E_UNIT_PLACE, "more than %d levels", KH_UNIT_MAX_DEPTH);
	return r;
}

int kh_unit_add_edge(struct kh_db *db, int64_t child, int64_t parent, enum kh_line line, int64_t now_s)
{
	return kh_db_run(db, "INSERT INTO unit_edge(child_id, parent_id, line, from_s) VALUES(?1, ?2, ?3, ?4)", child, parent, kh_line_name(line), now_s);
}

int kh_unit_end_edge(struct kh_db *db, int64_t child, enum kh_line line, int64_t now_s)
{
	return kh_db_run(db, "UPDATE unit_edge SET to_s = ?3 WHERE child_id = ?1 AND line = ?2 AND to_s IS NULL", child, kh_line_name(line), now_s);
}

/* ---- names ---- */

int kh_unit_code_of_name(const char *name, char **ret)
{
	kh_auto_free char *folded = NULL;
	int r = kh_utf8_fold(name, &folded);
	if (r < 0)
		return r;
	char code[KH_UNIT_CODE_SIZE - 4]; /* room for "-99" */
	size_t n = 0;
	for (const char *p = folded; *p && n + 1 < sizeof code; p++) {
		bool plain = (*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9');
		if (plain)
			code[n++] = *p;
		else if (n && code[n - 1] != '-')
			code[n++] = '-';
	}
	while (n && code[n - 1] == '-')
		n--;
	if (!n)
		return kh_fail(KH_E_INVALID_FIELD, "no code can be made from this name; give one");
	*ret = kh_strndup(code, n);
	return 0;
}

static int check_code(const char *code)
{
	size_t n = strlen(code), good = strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789-.");
	if (n == 0 || n >= KH_UNIT_CODE_SIZE || good != n || *code == '-' || *code == '.')
		return kh_fail(KH_E_INVALID_FIELD, "code \"%s\": expected up to %d of a-z 0-9 - .", code, KH_UNIT_CODE_SIZE - 1);
	return 0;
}

/* In NFC without blanks at the ends, and the form for searching. */
static int clean_name(const char *name, char **ret_name, char **ret_fold)
{
	kh_auto_free char *nfc = NULL, *fold = NULL;
	int r = kh_utf8_nfc(name, &nfc);
	if (r < 0)
		return r;
	char *trimmed = kh_trim(nfc);
	size_t n = strlen(trimmed);
	if (n == 0 || kh_utf8_valid_prefix(trimmed, n, KH_UNIT_MAX_NAME) != n || trimmed[strcspn(trimmed, "\t\n\r\v\f\x1b")])
		return kh_fail(KH_E_INVALID_FIELD, "name: expected one line of 1 to %d characters", KH_UNIT_MAX_NAME);
	r = kh_utf8_fold(trimmed, &fold);
	if (r < 0)
		return r;
	*ret_name = kh_strdup(trimmed);
	*ret_fold = kh_take(fold);
	return 0;
}

/* "hoa-mai", or "hoa-mai-2" when that is taken. */
static int free_code(struct kh_db *db, const char *name, char **ret)
{
	kh_auto_free char *base = NULL;
	int r = kh_unit_code_of_name(name, &base);
	for (int i = 1; r == 0 && i < 100; i++) {
		kh_auto_free char *code = i == 1 ? kh_strdup(base) : kh_format("%s-%d", base, i);
		int64_t taken = 0;
		r = kh_db_int(db, &taken, "SELECT COUNT(*) FROM unit WHERE code = ?1", code);
		if (r == 0 && !taken) {
			*ret = kh_take(code);
			return 0;
		}
	}
	return r < 0 ? r : kh_fail(KH_E_EXISTS, "unit %s", base);
}

/* ---- adding ---- */

static int check_kind(const char *kind)
{
	kh_auto_buf struct kh_buf all = KH_BUF_INIT;
	for (const struct kh_unit_kind *k = kh_unit_kinds; k->name; k++)
		kh_buf_add_item(&all, k->name);
	return find_kind(kind) ? 0 : kh_fail(KH_E_INVALID_FIELD, "kind \"%s\": expected one of %s", kind, kh_buf_text(&all));
}

int kh_unit_check_new(const struct kh_unit_new *unit)
{
	kh_auto_free char *name = NULL, *fold = NULL, *code = NULL;
	int r = check_kind(unit->kind);
	if (r == 0)
		r = clean_name(unit->name, &name, &fold);
	if (r == 0)
		r = unit->code ? check_code(unit->code) : kh_unit_code_of_name(unit->name, &code);
	return r;
}

static int check_new(struct kh_db *db, const struct kh_unit_new *unit, char **ret_code)
{
	int r = kh_unit_check_new(unit);
	if (r == 0 && !unit->code)
		r = free_code(db, unit->name, ret_code);
	if (r == 0 && unit->code)
		*ret_code = kh_strdup(unit->code);
	for (int line = 0; r == 0 && line < KH_LINES; line++) {
		kh_auto_unit struct kh_unit parent = {0};
		if (!unit->parent[line])
			continue;
		r = kh_unit_get(db, unit->parent[line], &parent);
		if (r == 0)
			r = kh_unit_check_alive(&parent);
		if (r == 0)
			r = kh_unit_check_below(db, 0, &parent);
	}
	return r;
}

/* A new leaf changes nobody's sums: its own lines are enough. */
static int add_lines(struct kh_db *db, const struct kh_unit_new *unit, int64_t id, int64_t now_s)
{
	int r = kh_db_run(db, "INSERT INTO unit_ancestor(unit_id, ancestor_id) VALUES(?1, ?1)", id);
	for (int line = 0; r == 0 && line < KH_LINES; line++) {
		if (!unit->parent[line])
			continue;
		r = kh_unit_add_edge(db, id, unit->parent[line], (enum kh_line)line, now_s);
		if (r == 0)
			r = kh_db_run(
				db,
				"INSERT INTO unit_ancestor(unit_id, ancestor_id) SELECT CAST(?1 AS BIGINT), a.ancestor_id FROM unit_ancestor a WHERE a.unit_id = ?2"
				" AND NOT EXISTS (SELECT 1 FROM unit_ancestor b WHERE b.unit_id = ?1 AND b.ancestor_id = a.ancestor_id)",
				id, unit->parent[line]);
	}
	return r;
}

int kh_unit_add(struct kh_db *writer, const struct kh_unit_new *unit, const char *actor, int64_t now_s, int64_t *ret_id)
{
	kh_auto_free char *name = NULL, *fold = NULL, *code = NULL;
	int r = clean_name(unit->name, &name, &fold);
	if (r == 0)
		r = check_new(writer, unit, &code);
	int64_t id = 0;
	if (r == 0)
		r = kh_db_int(writer, &id, "INSERT INTO unit(code, name, name_fold, kind, from_s) VALUES(?1, ?2, ?3, ?4, ?5) RETURNING id", code, name, fold,
			      unit->kind, now_s);
	if (r == KH_E_EXISTS)
		return kh_fail(KH_E_EXISTS, "unit %s", code);
	if (r == 0)
		r = add_lines(writer, unit, id, now_s);
	struct kh_unit added = {.id = id, .code = code};
	if (r == 0)
		r = kh_unit_note(&(struct kh_unit_act){writer, &added, &(struct kh_unit_by){actor, now_s, 0}}, KH_AUDIT_ACTION_UNIT_ADD, name);
	if (r == 0)
		r = kh_posture_unit_changed(writer, id);
	if (r == 0)
		*ret_id = id;
	return r;
}

/* ---- renaming, ending ---- */

int kh_unit_rename(struct kh_db *writer, int64_t id, const char *name, const char *actor, int64_t now_s)
{
	kh_auto_unit struct kh_unit unit = {0};
	kh_auto_free char *clean = NULL, *fold = NULL;
	int r = kh_unit_get(writer, id, &unit);
	if (r == 0)
		r = clean_name(name, &clean, &fold);
	if (r < 0 || kh_streq(clean, unit.name))
		return r;
	r = kh_db_run(writer, "UPDATE unit SET name = ?2, name_fold = ?3 WHERE id = ?1", id, clean, fold);
	kh_auto_free char *detail = kh_format("%s → %s", unit.name, clean);
	return r < 0 ? r : kh_unit_note(&(struct kh_unit_act){writer, &unit, &(struct kh_unit_by){actor, now_s, 0}}, KH_AUDIT_ACTION_UNIT_RENAME, detail);
}

int kh_unit_check_campaigns(struct kh_db *db, const struct kh_unit *unit)
{
	int64_t open = 0;
	int r = kh_db_int(db, &open, "SELECT COUNT(*) FROM campaign WHERE unit_id = ?1 AND closed_s IS NULL", unit->id);
	return r == 0 && open ? kh_fail(KH_E_IN_USE, "%s has %lld open campaigns: close them first", unit->code, (long long)open) : r;
}

/* What still lives in a unit. */
static int check_empty(struct kh_db *db, const struct kh_unit *unit)
{
	static const struct {
		const char *what, *sql;
	} uses[] = {
		{KH_WORDS("active machines"), "SELECT COUNT(*) FROM endpoint WHERE unit_id = ?1 AND state = 'active'"},
		{KH_WORDS("users"), "SELECT COUNT(*) FROM app_user WHERE unit_id = ?1 AND disabled = 0"},
		{KH_WORDS("subordinate units"),
		 "SELECT COUNT(*) FROM unit_edge e JOIN unit c ON c.id = e.child_id WHERE e.parent_id = ?1 AND e.to_s IS NULL AND c.to_s IS NULL"},
	};
	for (size_t i = 0; i < KH_COUNT(uses); i++) {
		int64_t n = 0;
		int r = kh_db_int(db, &n, uses[i].sql, unit->id);
		if (r < 0)
			return r;
		if (n)
			return kh_fail(KH_E_IN_USE, "%s still has %lld %s", unit->code, (long long)n, kh_words(uses[i].what));
	}
	return kh_unit_check_campaigns(db, unit);
}

int kh_unit_finish(struct kh_db *writer, const struct kh_unit *unit, int64_t now_s)
{
	int r = check_empty(writer, unit);
	if (r == 0)
		r = kh_db_run(writer, "UPDATE enrol_token SET revoked = 1 WHERE unit_id = ?1", unit->id);
	return r < 0 ? r : kh_db_run(writer, "UPDATE unit SET to_s = ?2 WHERE id = ?1", unit->id, now_s);
}

int kh_unit_end(struct kh_db *writer, int64_t id, const struct kh_unit_by *by)
{
	kh_auto_unit struct kh_unit unit = {0};
	int r = kh_unit_get(writer, id, &unit);
	if (r == 0)
		r = kh_unit_check_alive(&unit);
	if (r == 0)
		r = kh_unit_finish(writer, &unit, by->now_s);
	if (r == 0)
		r = kh_posture_unit_removed(writer, id);
	return r < 0 ? r : kh_unit_note(&(struct kh_unit_act){writer, &unit, by}, KH_AUDIT_ACTION_UNIT_END, "");
}
