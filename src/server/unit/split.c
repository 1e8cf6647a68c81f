#include "server/unit/split.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "gen/registers.h"
#include "server/audit/audit.h"
#include "server/posture/posture.h"
#include "server/report/json.h"
#include "server/unit/change.h"

/* One split on its way. */
struct split {
	struct kh_db *db;
	const struct kh_unit_split *asked;
	const struct kh_unit_by *by;
	struct kh_unit unit;
	int64_t units[KH_UNIT_MAX_PARTS + 1]; /* those whose sums change: the new ones, then the one that is split */
	json_t *answer;
};

static void split_done(struct split *s)
{
	kh_unit_done(&s->unit);
	json_decref(s->answer);
}

/* ---- what is refused ---- */

static int check_rest(const struct kh_unit_split *asked)
{
	size_t rests = 0;
	kh_array_each(&asked->parts->of, part)
		rests += part->rest;
	if (rests > 1)
		return kh_fail(KH_E_INVALID_FIELD, "parts: one at most gets the rest");
	return rests && !asked->end ? kh_fail(KH_E_INVALID_FIELD, "parts: the rest goes to a new unit only when the old one ends") : 0;
}

/* A superior below what is split might go to the very unit that is to stand below it; one that ends is none. */
static int check_parent(const struct split *s, const struct kh_unit_part *part)
{
	int64_t below = 0;
	if (!part->parent || (part->parent == s->unit.id && !s->asked->end))
		return 0;
	int r = kh_db_int(s->db, &below, "SELECT COUNT(*) FROM unit_ancestor WHERE unit_id = ?1 AND ancestor_id = ?2", part->parent, s->unit.id);
	return r == 0 && below ? kh_fail(KH_E_UNIT_PLACE, "a new unit cannot stand below what is split off: move it afterwards") : r;
}

/* ---- steps ---- */

static int add_unit(struct split *s, struct kh_unit_part *part)
{
	struct kh_unit_new unit = {.code = part->code, .name = part->name, .kind = part->kind, .parent = {s->unit.parent[KH_LINE_ADMIN], s->unit.parent[KH_LINE_POLICE]}};
	if (part->parent)
		unit.parent[KH_LINE_ADMIN] = part->parent;
	int r = check_parent(s, part);
	return r < 0 ? r : kh_unit_add(s->db, &unit, s->by->actor, s->by->now_s, &part->id);
}

static int add_units(struct split *s)
{
	size_t n = 0;
	int r = 0;
	kh_array_each(&s->asked->parts->of, part) {
		r = r < 0 ? r : add_unit(s, part);
		s->units[n++] = part->id;
	}
	s->units[n] = s->unit.id;
	return r;
}

/* With the new unit the lines must not become too long. */
static int check_depth(struct split *s, const struct kh_unit_item *item, const struct kh_unit *to)
{
	return kh_streq(item->what, "unit") ? kh_unit_check_below(s->db, item->id, to) : 0;
}

static int give_items(struct split *s, const struct kh_unit_items *items, int64_t to_id)
{
	kh_auto_unit struct kh_unit to = {0};
	int r = kh_unit_get(s->db, to_id, &to);
	kh_array_each(&items->of, item) {
		r = r < 0 ? r : check_depth(s, item, &to);
		r = r < 0 ? r : kh_unit_give(s->db, item, &s->unit, &to, s->by);
	}
	return r;
}

/* What is chosen by name goes where it was put, even when it is about a machine that goes elsewhere. */
static int give_about_machines(struct split *s, int64_t to_id)
{
	kh_auto_unit_items struct kh_unit_items about = {0};
	int r = kh_unit_items_about(s->db, s->unit.id, to_id, &about);
	return r < 0 ? r : give_items(s, &about, to_id);
}

/* Whatever its state: so the sums of those above stay as they are. */
static int give_rest(struct split *s, int64_t to_id)
{
	kh_auto_unit_items struct kh_unit_items rest = {0};
	int r = kh_unit_items_of(s->db, s->unit.id, KH_UNIT_RECORDS_ALL, &rest);
	return r < 0 ? r : give_items(s, &rest, to_id);
}

static int give_all(struct split *s)
{
	int r = 0;
	kh_array_each(&s->asked->parts->of, part)
		r = r < 0 ? r : give_items(s, &part->items, part->id);
	kh_array_each(&s->asked->parts->of, part)
		r = r < 0 ? r : give_about_machines(s, part->id);
	kh_array_each(&s->asked->parts->of, part)
		r = r < 0 || !part->rest ? r : give_rest(s, part->id);
	return r;
}

static int finish_unit(struct split *s)
{
	kh_auto_unit_items struct kh_unit_items left = {0};
	if (!s->asked->end)
		return 0;
	int r = kh_unit_finish(s->db, &s->unit, s->by->now_s);
	r = r < 0 ? r : kh_unit_items_of(s->db, s->unit.id, KH_UNIT_RECORDS_THAT_COUNT, &left);
	size_t records = 0;
	kh_array_each(&left.of, item)
		records += !kh_streq(item->what, "user"); /* locked ones: they stay with what they belonged to */
	return r == 0 && records ? kh_fail(KH_E_IN_USE, "%s still has %zu records that count: give them to a new unit", s->unit.code, records) : r;
}

/* ---- history ---- */

static int note_part(struct split *s, int64_t id)
{
	kh_auto_unit struct kh_unit part = {0};
	int r = kh_unit_get(s->db, id, &part);
	kh_auto_free char *to = kh_format("→ %s", part.code ? part.code : ""), *from = kh_format("← %s", s->unit.code);
	r = r < 0 ? r : kh_unit_note(&(struct kh_unit_act){s->db, &s->unit, s->by}, KH_AUDIT_ACTION_UNIT_SPLIT, to);
	return r < 0 ? r : kh_unit_note(&(struct kh_unit_act){s->db, &part, s->by}, KH_AUDIT_ACTION_UNIT_SPLIT, from);
}

static int audit_given(struct split *s, const char *to, const char *what, struct kh_buf *keys)
{
	kh_auto_free char *detail = kh_format("→ %s · %s: %s", to, what, kh_buf_text(keys));
	kh_buf_reset(keys);
	return kh_audit_append(s->db, &(struct kh_audit){.actor = s->by->actor, .unit_id = s->unit.id, .action = KH_AUDIT_ACTION_SPLIT_GIVE, .target = s->unit.code, .detail = detail});
}

#define KEYS_OF_ROW (KH_AUDIT_MAX_DETAIL - 2 * KH_UNIT_CODE_SIZE - KH_UNIT_MAX_NAME * 4) /* bytes after which an audit row takes no more */
#define GIVEN_KEYS                                                                                                                    \
	"SELECT what, CASE WHEN what IN ('endpoint', 'user', 'unit') THEN name ELSE '#' || CAST(item_id AS TEXT) END FROM unit_given" \
	" WHERE from_id = ?1 AND to_id = ?2 ORDER BY what, id"

/* What went to a new unit, kind by kind: machines, users and units by name, records by number (what they are called may be secret). As many rows as it takes. */
static int audit_part(struct split *s, const struct kh_unit_part *part)
{
	kh_auto_unit struct kh_unit to = {0};
	kh_auto_buf struct kh_buf keys = KH_BUF_INIT;
	kh_auto_stmt struct kh_stmt *rows = NULL;
	const char *what = "";
	int r = kh_unit_get(s->db, part->id, &to);
	r = r < 0 ? r : kh_db_query(s->db, &rows, GIVEN_KEYS, s->unit.id, part->id);
	while (kh_stmt_next(rows, &r)) {
		const char *of = kh_unit_item_what(kh_stmt_text(rows, 0));
		if (keys.len && (of != what || keys.len > KEYS_OF_ROW))
			r = audit_given(s, to.code, what, &keys);
		what = of;
		kh_buf_add_item(&keys, kh_stmt_text(rows, 1));
	}
	return r < 0 || !keys.len ? r : audit_given(s, to.code, what, &keys);
}

static int note(struct split *s)
{
	int r = 0;
	kh_array_each(&s->asked->parts->of, part) {
		r = r < 0 ? r : note_part(s, part->id);
		r = r < 0 ? r : audit_part(s, part);
	}
	return r < 0 || !s->asked->end ? r : kh_unit_note(&(struct kh_unit_act){s->db, &s->unit, s->by}, KH_AUDIT_ACTION_UNIT_END, "");
}

/* ---- the answer ---- */

static json_t *share_of(const struct kh_unit *unit, const struct kh_unit_items *items)
{
	int64_t endpoints = 0, users = 0, units = 0, records = 0;
	kh_array_each(&items->of, item) {
		bool endpoint = kh_streq(item->what, "endpoint"), user = kh_streq(item->what, "user"), below = kh_streq(item->what, "unit");
		endpoints += endpoint;
		users += user;
		units += below;
		records += !endpoint && !user && !below;
	}
	json_t *o = json_object();
	kh_json_set(o, "unit", json_pack("{s:s, s:s}", "code", unit->code, "name", unit->name));
	kh_json_set_int(o, "endpoints", endpoints);
	kh_json_set_int(o, "users", users);
	kh_json_set_int(o, "units", units);
	kh_json_set_int(o, "records", records);
	return o;
}

static int add_share(struct split *s, int64_t id, json_t *shares)
{
	kh_auto_unit struct kh_unit unit = {0};
	kh_auto_unit_items struct kh_unit_items items = {0};
	int r = kh_unit_get(s->db, id, &unit);
	r = r < 0 ? r : kh_unit_items_of(s->db, id, KH_UNIT_RECORDS_THAT_COUNT, &items);
	if (r == 0)
		kh_json_add(shares, share_of(&unit, &items));
	return r;
}

/* Counted from the tables as they stand after the act. */
static int answer(struct split *s)
{
	json_t *shares = json_array();
	int r = 0;
	s->answer = json_object();
	kh_json_set(s->answer, "dry_run", json_boolean(s->asked->dry_run));
	kh_json_set(s->answer, "ended", json_boolean(s->asked->end));
	kh_json_set(s->answer, "parts", shares);
	kh_array_each(&s->asked->parts->of, part)
		r = r < 0 ? r : add_share(s, part->id, shares);
	kh_auto_json json_t *left = json_array();
	r = r < 0 ? r : add_share(s, s->unit.id, left);
	if (r == 0)
		kh_json_set(s->answer, "stays", json_incref(json_array_get(left, 0)));
	return r;
}

/* ---- the whole ---- */

static int run(struct split *s)
{
	size_t n = s->asked->parts->of.n;
	int r = add_units(s);
	r = r < 0 ? r : kh_posture_exchange_begin(s->db, s->units, n + 1);
	r = r < 0 ? r : give_all(s);
	r = r < 0 ? r : finish_unit(s);
	r = r < 0 ? r : kh_unit_follow_lines(s->db);
	r = r < 0 ? r : kh_posture_exchange_end(s->db, s->units, s->asked->end ? n : n + 1, s->asked->end ? s->unit.id : 0);
	r = r < 0 ? r : note(s);
	return r < 0 ? r : answer(s);
}

int kh_unit_split(struct kh_db *writer, const struct kh_unit_split *asked, const struct kh_unit_by *by, json_t **ret)
{
	KH_CLEANUP(split_done) struct split s = {.db = writer, .asked = asked, .by = by};
	int r = kh_unit_get(writer, asked->unit_id, &s.unit);
	r = r < 0 ? r : kh_unit_check_alive(&s.unit);
	r = r < 0 ? r : check_rest(asked);
	r = r < 0 ? r : kh_db_begin(writer);
	if (r < 0)
		return r;
	r = run(&s);
	if (r == 0 && !asked->dry_run)
		r = kh_db_commit(writer);
	if (r < 0 || asked->dry_run)
		kh_db_rollback(writer);
	if (r == 0)
		*ret = kh_take(s.answer);
	return r;
}
