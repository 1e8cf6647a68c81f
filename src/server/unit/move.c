/* Changes of the lines: moving and merging. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "gen/registers.h"
#include "server/endpoint/endpoint.h"
#include "server/posture/posture.h"
#include "server/unit/change.h"
#include "server/unit/holding.h"

#include <inttypes.h>

/* Two units of one change. */
struct pair {
	struct kh_unit unit, other;
};

static void pair_done(struct pair *p)
{
	kh_unit_done(&p->unit);
	kh_unit_done(&p->other);
}

static int load_pair(struct kh_db *db, int64_t id, int64_t other, struct pair *ret)
{
	int r = kh_unit_get(db, id, &ret->unit);
	if (r == 0 && other)
		r = kh_unit_get(db, other, &ret->other);
	if (r == 0)
		r = kh_unit_check_alive(&ret->unit);
	return r < 0 || !other ? r : kh_unit_check_alive(&ret->other);
}

int kh_unit_move(struct kh_db *writer, int64_t id, enum kh_line line, int64_t parent, const struct kh_unit_by *by)
{
	KH_CLEANUP(pair_done) struct pair p = {0};
	int r = load_pair(writer, id, parent, &p);
	if (r < 0)
		return r;
	if (!parent && line == KH_LINE_ADMIN)
		return kh_fail(KH_E_UNIT_PLACE, "only the police line may be left");
	if (p.unit.parent[line] == parent)
		return kh_fail(KH_E_UNIT_PLACE, "%s stands there already", p.unit.code);
	if (parent)
		r = kh_unit_check_below(writer, id, &p.other);
	if (r == 0)
		r = kh_unit_end_edge(writer, id, line, by->now_s);
	if (r == 0 && parent)
		r = kh_unit_add_edge(writer, id, parent, line, by->now_s);
	if (r == 0)
		r = kh_unit_follow_lines(writer);
	if (r == 0)
		r = kh_posture_tree_changed(writer);
	kh_auto_free char *detail = kh_format("%s: → %s", kh_line_name(line), parent ? p.other.code : "-");
	return r < 0 ? r : kh_unit_note(&(struct kh_unit_act){writer, &p.unit, by}, KH_AUDIT_ACTION_UNIT_MOVE, detail);
}

/* ---- merging ---- */

static int move_rows(struct kh_db *db, int64_t source, int64_t target, int64_t now_s)
{
	static const char *const updates[] = {
		"UPDATE app_user SET unit_id = ?2, version = version + 1 WHERE unit_id = ?1",
		"UPDATE enrol_token SET unit_id = ?2 WHERE unit_id = ?1",
	};
	int r = kh_endpoint_move_all(db, source, target, now_s);
	for (size_t i = 0; r == 0 && i < KH_COUNT(updates); i++)
		r = kh_db_run(db, updates[i], source, target);
	return r;
}

/* A record on its way to the target. */
struct record {
	const struct kh_register *reg;
	const struct pair *p;
	const struct kh_unit_by *by;
	int64_t id;
};

static int move_record(struct kh_db *db, void *arg)
{
	const struct record *rec = arg;
	return kh_unit_give_record(db, rec->reg, rec->id, &rec->p->unit, &rec->p->other, rec->by);
}

/* Of a register with one record for each unit, is the target's there already? */
static int is_taken(struct kh_db *db, const struct kh_register *reg, int64_t target, bool *ret)
{
	kh_auto_free char *sql = kh_format("SELECT COUNT(*) FROM reg_%s WHERE unit_id = ?1", reg->name);
	int64_t n = 0;
	int r = reg->one_per_unit ? kh_db_int(db, &n, sql, target) : 0;
	*ret = n > 0;
	return r;
}

/* Record by record: one that the target has already (a unique field, the one record of a unit) stays with the source, and its history with it. */
static int move_register(struct kh_db *db, struct record *rec)
{
	kh_auto_free char *next = kh_format("SELECT MIN(id) FROM reg_%s WHERE unit_id = ?1 AND id > ?2", rec->reg->name);
	for (int64_t last = 0;;) {
		bool taken = false;
		rec->id = 0;
		int r = is_taken(db, rec->reg, rec->p->other.id, &taken);
		if (r == 0 && !taken)
			r = kh_db_int(db, &rec->id, next, rec->p->unit.id, last);
		if (r < 0 || !rec->id)
			return r;
		last = rec->id;
		r = kh_db_atomic(db, move_record, rec);
		if (r < 0 && r != KH_E_EXISTS)
			return r;
	}
}

static int move_registers(struct kh_db *db, const struct pair *p, const struct kh_unit_by *by)
{
	int r = 0;
	for (const struct kh_register *reg = kh_registers; r == 0 && reg->name; reg++)
		r = move_register(db, &(struct record){reg, p, by, 0});
	return r;
}

static int move_children(struct kh_db *db, int64_t source, int64_t target, int64_t now_s)
{
	int r = kh_db_run(
		db,
		"INSERT INTO unit_edge(child_id, parent_id, line, from_s) SELECT e.child_id, CAST(?2 AS BIGINT), e.line, CAST(?3 AS BIGINT) FROM unit_edge e"
		" WHERE e.parent_id = ?1 AND e.to_s IS NULL",
		source, target, now_s);
	return r < 0 ? r : kh_db_run(db, "UPDATE unit_edge SET to_s = ?2 WHERE parent_id = ?1 AND to_s IS NULL", source, now_s);
}

static int check_merge(struct kh_db *db, const struct pair *p)
{
	if (p->unit.id == p->other.id)
		return kh_fail(KH_E_UNIT_PLACE, "%s cannot be merged into itself", p->unit.code);
	int64_t below = 0;
	int r = kh_db_int(db, &below, "SELECT COUNT(*) FROM unit_ancestor WHERE unit_id = ?1 AND ancestor_id = ?2", p->other.id, p->unit.id);
	return r == 0 && below ? kh_fail(KH_E_UNIT_PLACE, "%s stands below %s: move it first", p->other.code, p->unit.code) : r;
}

static int note_merge(struct kh_db *db, const struct pair *p, const struct kh_unit_by *by)
{
	kh_auto_free char *into = kh_format("→ %s", p->other.code), *from = kh_format("← %s", p->unit.code);
	int r = kh_unit_note(&(struct kh_unit_act){db, &p->unit, by}, KH_AUDIT_ACTION_UNIT_MERGE, into);
	return r < 0 ? r : kh_unit_note(&(struct kh_unit_act){db, &p->other, by}, KH_AUDIT_ACTION_UNIT_MERGE, from);
}

int kh_unit_merge(struct kh_db *writer, int64_t source, int64_t target, const struct kh_unit_by *by)
{
	KH_CLEANUP(pair_done) struct pair p = {0};
	int r = load_pair(writer, source, target, &p);
	if (r == 0)
		r = check_merge(writer, &p);
	if (r == 0)
		r = kh_unit_check_campaigns(writer, &p.unit);
	if (r == 0)
		r = kh_posture_exchange_begin(writer, (int64_t[]){source, target}, 2);
	if (r == 0)
		r = move_rows(writer, source, target, by->now_s);
	if (r == 0)
		r = move_registers(writer, &p, by);
	if (r == 0)
		r = move_children(writer, source, target, by->now_s);
	if (r == 0)
		r = kh_db_run(writer, "UPDATE unit SET to_s = ?2, merged_into = ?3 WHERE id = ?1", source, by->now_s, target);
	if (r == 0)
		r = kh_unit_follow_lines(writer);
	if (r == 0)
		r = kh_posture_exchange_end(writer, &target, 1, source);
	return r < 0 ? r : note_merge(writer, &p, by);
}
