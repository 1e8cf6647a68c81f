/* Routes of spec/api/units.yaml that read; those that change the tree are unit_acts.c. */
#include "server/api/units.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "server/api/call.h"
#include "server/api/objects.h"
#include "server/unit/holding.h"

int kh_units_ref(struct kh_db *db, int64_t unit_id, json_t **ret)
{
	kh_auto_unit struct kh_unit unit = {0};
	int r = kh_unit_get(db, unit_id, &unit);
	if (r == 0)
		*ret = kh_object_unit(unit.code, unit.name);
	return r;
}

/* --- units below --- */

void kh_unit_briefs_done(struct kh_unit_briefs *units)
{
	kh_array_each(&units->of, unit) {
		free(unit->code);
		free(unit->name);
	}
	kh_array_done(&units->of);
}

static int add_briefs(struct kh_stmt *s, int r, bool own, struct kh_unit_briefs *units)
{
	while (kh_stmt_next(s, &r))
		(void)kh_array_push(&units->of, ((struct kh_unit_brief){.id = kh_stmt_int(s, 0), .code = kh_strdup(kh_stmt_text(s, 1)),
										.name = kh_strdup(kh_stmt_text(s, 2)), .own = own}));
	return r;
}

int kh_units_below(struct kh_db *db, const struct kh_scope *scope, bool own, struct kh_unit_briefs *ret)
{
	kh_auto_unit_briefs struct kh_unit_briefs units = {0};
	kh_auto_stmt struct kh_stmt *itself = NULL, *below = NULL;
	int r = 0;
	if (own) {
		r = kh_scope_query(db, scope, &itself,
				   "SELECT u.id, u.code, u.name FROM unit u WHERE u.id = ?1 AND {scope:u.id}"
				   " AND EXISTS (SELECT 1 FROM endpoint e WHERE e.unit_id = u.id AND e.state = 'active')",
				   scope->unit_id);
		r = add_briefs(itself, r, true, &units);
	}
	if (r == 0)
		r = kh_scope_query(db, scope, &below,
				   "SELECT u.id, u.code, u.name FROM unit u WHERE u.to_s IS NULL AND {scope:u.id}"
				   " AND u.id IN (SELECT d.child_id FROM unit_edge d WHERE d.parent_id = ?1 AND d.to_s IS NULL AND (d.line = 'admin' OR ?2 = 0)) ORDER BY u.name_fold, u.id",
				   scope->unit_id, (int64_t)scope->admin);
	r = add_briefs(below, r, false, &units);
	if (r == 0) {
		*ret = units;
		units = (struct kh_unit_briefs){0};
	}
	return r;
}

/* --- the tree --- */

/* Machines of each unit and everything below it, in the order of the rows of the tree. */
struct machines {
	int64_t endpoints, silent;
};

static const struct kh_unit_row *row_of_id(const struct kh_unit_tree *tree, int64_t id)
{
	for (size_t i = 0; id && i < tree->n; i++)
		if (tree->v[i].unit.id == id)
			return &tree->v[i];
	return NULL;
}

static int by_id(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

struct place {
	int64_t id;
	size_t row;
};

/* Rows of the tree by unit id, so that many of them can be found. */
static struct place *places_of(const struct kh_unit_tree *tree)
{
	struct place *places = kh_alloc_array(tree->n + 1, sizeof *places);
	for (size_t i = 0; i < tree->n; i++)
		places[i] = (struct place){tree->v[i].unit.id, i};
	qsort(places, tree->n, sizeof *places, by_id);
	return places;
}

static int count_own(const struct kh_api_call *call, const struct kh_unit_tree *tree, const struct place *places, struct machines *ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(call->db, &call->scope, &s,
			       "SELECT e.unit_id, COUNT(*), SUM(" KH_SILENT("?1") ") FROM endpoint e WHERE e.state = 'active' AND {scope:e.unit_id} GROUP BY e.unit_id", call->now_s);
	while (kh_stmt_next(s, &r)) {
		int64_t id = kh_stmt_int(s, 0);
		const struct place *place = bsearch(&id, places, tree->n, sizeof *places, by_id);
		if (place)
			ret[place->row] = (struct machines){kh_stmt_int(s, 1), kh_stmt_int(s, 2)};
	}
	return r;
}

/* Every unit has those that stand below it in the tree as it is shown, where each stands in one place: from the last row on, a row is done before the one above it. */
static void add_below(const struct kh_unit_tree *tree, struct machines *machines)
{
	for (size_t row = tree->n; row-- > 0;)
		for (size_t i = row + 1; i < tree->n && tree->v[i].depth > tree->v[row].depth; i++)
			if (tree->v[i].depth == tree->v[row].depth + 1) {
				machines[row].endpoints += machines[i].endpoints;
				machines[row].silent += machines[i].silent;
			}
}

static const char *code_of(const struct kh_unit_tree *tree, const struct place *places, int64_t id)
{
	const struct place *place = id ? bsearch(&id, places, tree->n, sizeof *places, by_id) : NULL;
	return place ? tree->v[place->row].unit.code : NULL;
}

static int64_t children_of(const struct kh_unit_tree *tree, size_t row)
{
	int64_t n = 0;
	for (size_t i = row + 1; i < tree->n && tree->v[i].depth > tree->v[row].depth; i++)
		n += tree->v[i].depth == tree->v[row].depth + 1;
	return n;
}

struct tree_answer {
	struct kh_unit_tree tree;
	struct place *places;
	struct machines *machines;
};

static void tree_answer_done(struct tree_answer *a)
{
	kh_unit_tree_done(&a->tree);
	free(a->places);
	free(a->machines);
}

static int load_tree(const struct kh_api_call *call, bool ended, struct tree_answer *a)
{
	struct kh_unit_tree_options options = {.scope = &call->scope, .ended = ended};
	int r = kh_unit_tree_load(call->db, &options, &a->tree);
	if (r < 0)
		return r;
	a->places = places_of(&a->tree);
	a->machines = kh_alloc_array(a->tree.n + 1, sizeof *a->machines);
	int counted = count_own(call, &a->tree, a->places, a->machines);
	add_below(&a->tree, a->machines);
	return counted;
}

/* How many controls are in which state; a look-up for each control, so for few units. */
static int states_of(const struct kh_api_call *call, int64_t unit_id, json_t **ret)
{
	struct kh_posture posture = {0};
	bool top = unit_id == call->scope.unit_id; /* all that the caller sees stands below it */
	int r = top ? kh_posture_read(call->db, unit_id, KH_TODAY, &posture) : kh_posture_read_admin(call->db, unit_id, KH_TODAY, &posture);
	if (r < 0)
		return r;
	struct kh_states states = kh_posture_states(&posture);
	*ret = kh_object_states(&states);
	return 0;
}

/* Takes the states over. */
static json_t *unit_object(const struct tree_answer *a, size_t row, json_t *states)
{
	const struct kh_unit_row *v = &a->tree.v[row];
	json_t *o = kh_object_unit(v->unit.code, v->unit.name);
	kh_json_set_int(o, "version", v->unit.version);
	kh_json_set_text(o, "kind", v->unit.kind);
	kh_json_set_text(o, "parent", code_of(&a->tree, a->places, v->unit.parent[KH_LINE_ADMIN]));
	kh_json_set_text(o, "police_parent", code_of(&a->tree, a->places, v->unit.parent[KH_LINE_POLICE]));
	kh_json_set_int(o, "depth", v->depth);
	kh_json_set_int(o, "from_s", v->unit.from_s);
	kh_json_set(o, "to_s", v->unit.to_s ? json_integer(v->unit.to_s) : json_null());
	kh_json_set_text(o, "merged_into", code_of(&a->tree, a->places, v->unit.merged_into));
	kh_json_set_int(o, "children", children_of(&a->tree, row));
	kh_json_set_int(o, "endpoints", a->machines[row].endpoints);
	kh_json_set_int(o, "own_endpoints", v->endpoints);
	kh_json_set_int(o, "silent", a->machines[row].silent);
	kh_json_set(o, "controls", states);
	return o;
}

int kh_route_unit_list(struct kh_api_call *call)
{
	struct tree_answer a KH_CLEANUP(tree_answer_done) = {0};
	kh_auto_json json_t *items = json_array();
	int r = load_tree(call, kh_call_bool(call, "ended"), &a);
	for (size_t i = 0; r == 0 && i < a.tree.n; i++)
		kh_json_add(items, unit_object(&a, i, json_null()));
	if (r == 0)
		kh_call_answer(call, kh_call_page(kh_take(items), (int64_t)a.tree.n));
	return r;
}

/* --- one unit --- */

/* From the top of what the caller sees down to the unit: the rows above it in the tree, each the nearest one with a smaller depth. */
static json_t *path_of(const struct kh_unit_tree *tree, size_t row)
{
	json_t *path = json_array();
	int depth = tree->v[row].depth + 1;
	for (size_t i = row + 1; i-- > 0 && depth > 0;)
		if (tree->v[i].depth < depth) {
			depth = tree->v[i].depth;
			kh_assert(json_array_insert_new(path, 0, kh_object_unit(tree->v[i].unit.code, tree->v[i].unit.name)) == 0);
		}
	return path;
}

/* Null: done without one. */
static json_t *decision_of(const struct kh_stmt *s, int column)
{
	if (kh_stmt_is_null(s, column))
		return json_null();
	json_t *o = json_object();
	kh_json_set_int(o, "id", kh_stmt_int(s, column));
	kh_json_set_text(o, "number", kh_stmt_text(s, column + 1));
	kh_json_set_text(o, "decided_on", kh_stmt_text(s, column + 2));
	kh_json_set_text(o, "file_name", kh_stmt_text(s, column + 3));
	kh_json_set_int(o, "size", kh_stmt_int(s, column + 4));
	return o;
}

static int changes_of(const struct kh_api_call *call, int64_t unit_id, json_t *items)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(call->db, &call->scope, &s,
			       "SELECT c.at_s, c.actor, c.what, c.detail, d.id, d.number, d.decided_on, d.file_name, d.size FROM unit_change c"
			       " LEFT JOIN unit_decision d ON d.id = c.decision_id WHERE c.unit_id = ?1 AND {scope:c.unit_id} ORDER BY c.id DESC",
			       unit_id);
	while (kh_stmt_next(s, &r)) {
		json_t *o = json_object();
		kh_json_set_int(o, "at_s", kh_stmt_int(s, 0));
		kh_json_set_text(o, "actor", kh_stmt_text(s, 1));
		kh_json_set_text(o, "what", kh_stmt_text(s, 2));
		kh_json_set_text(o, "detail", kh_stmt_text(s, 3));
		kh_json_set(o, "decision", decision_of(s, 4));
		kh_json_add(items, o);
	}
	return r;
}

#define SHOWN_NAMES 200 /* of one kind that one unit gave to another */

/* What went from one unit to another on one occasion, of one kind. */
struct given {
	int64_t at_s, from, to;
	const char *what;
};

static int given_names(const struct kh_api_call *call, const struct given *given, json_t *names)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(call->db, &s, "SELECT g.name FROM unit_given g WHERE g.at_s = ?1 AND g.from_id = ?2 AND g.to_id = ?3 AND g.what = ?4 ORDER BY g.id LIMIT ?5", given->at_s, given->from,
			    given->to, given->what, (int64_t)SHOWN_NAMES);
	while (kh_stmt_next(s, &r))
		kh_json_add(names, kh_json_string(kh_stmt_text(s, 0)));
	return r;
}

static int add_given(const struct kh_api_call *call, const struct kh_stmt *s, json_t *items)
{
	const struct given given = {kh_stmt_int(s, 0), kh_stmt_int(s, 1), kh_stmt_int(s, 2), kh_stmt_text(s, 3)};
	json_t *from = NULL, *to = NULL, *names = json_array(), *o = json_object();
	int r = kh_units_ref(call->db, given.from, &from);
	r = r < 0 ? r : kh_units_ref(call->db, given.to, &to);
	r = r < 0 ? r : given_names(call, &given, names);
	kh_json_set_int(o, "at_s", given.at_s);
	kh_json_set(o, "from", from ? from : json_null());
	kh_json_set(o, "to", to ? to : json_null());
	kh_json_set_text(o, "what", given.what);
	kh_json_set_int(o, "count", kh_stmt_int(s, 4));
	kh_json_set(o, "names", names);
	kh_json_add(items, o);
	return r;
}

/* Of kinds that the user may not read not even how many there were. */
static int given_of(const struct kh_api_call *call, int64_t unit_id, json_t *items)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(call->db, &call->scope, &s,
			       "SELECT g.at_s, g.from_id, g.to_id, g.what, COUNT(*) FROM unit_given g"
			       " WHERE (g.from_id = ?1 AND {scope:g.from_id} OR g.to_id = ?1 AND {scope:g.to_id})"
			       " GROUP BY g.at_s, g.from_id, g.to_id, g.what ORDER BY g.at_s DESC, g.from_id, g.to_id, g.what",
			       unit_id);
	while (kh_stmt_next(s, &r))
		if (kh_unit_item_may(kh_stmt_text(s, 3), call->session.user.role->rights))
			r = add_given(call, s, items);
	return r;
}

int kh_units_answer(struct kh_api_call *call, int64_t unit_id)
{
	struct tree_answer a KH_CLEANUP(tree_answer_done) = {0};
	kh_auto_json json_t *changes = json_array(), *given = json_array();
	json_t *states = NULL;
	int r = load_tree(call, true, &a);
	const struct kh_unit_row *found = r < 0 ? NULL : row_of_id(&a.tree, unit_id);
	if (r == 0 && !found)
		return kh_fail(KH_E_UNKNOWN_UNIT, "unit");
	r = r < 0 ? r : changes_of(call, unit_id, changes);
	r = r < 0 ? r : given_of(call, unit_id, given);
	r = r < 0 ? r : states_of(call, unit_id, &states);
	if (r < 0)
		return r;
	json_t *answer = json_object();
	kh_json_set(answer, "unit", unit_object(&a, (size_t)(found - a.tree.v), states));
	kh_json_set(answer, "path", path_of(&a.tree, (size_t)(found - a.tree.v)));
	kh_json_set(answer, "changes", kh_take(changes));
	kh_json_set(answer, "given", kh_take(given));
	kh_call_answer(call, answer);
	return 0;
}

int kh_route_unit_show(struct kh_api_call *call)
{
	struct kh_scope scope = {0};
	int r = kh_call_narrow(call, kh_call_param(call, 0), &scope);
	return r < 0 ? r : kh_units_answer(call, scope.unit_id);
}

/* --- how units stand --- */

static int add_standing(const struct kh_api_call *call, int64_t unit_id, const char *code, json_t *items)
{
	json_t *states = NULL;
	int r = states_of(call, unit_id, &states);
	if (r == 0)
		kh_json_add(items, json_pack("{s:s, s:o}", "code", code, "controls", states));
	return r;
}

int kh_route_unit_standing(struct kh_api_call *call)
{
	struct kh_scope scope = {0};
	kh_auto_unit_briefs struct kh_unit_briefs below = {0};
	kh_auto_json json_t *items = json_array();
	int r = kh_call_narrow(call, kh_call_param(call, 0), &scope);
	r = r < 0 ? r : add_standing(call, scope.unit_id, kh_call_param(call, 0), items);
	r = r < 0 ? r : kh_units_below(call->db, &scope, false, &below);
	kh_array_each(&below.of, unit)
		r = r < 0 ? r : add_standing(call, unit->id, unit->code, items);
	if (r == 0)
		kh_call_answer(call, kh_call_page(kh_take(items), (int64_t)below.of.n + 1));
	return r;
}
