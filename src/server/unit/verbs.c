/* khien-server unit add|move|rename|merge|end|list; splitting is verbs_split.c */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "gen/cli_khien_server.h"
#include "server/unit/decided.h"
#include "server/unit/unit.h"
#include "server/verb/verb.h"

#include <inttypes.h>
#include <stdio.h>

/* One change of the tree on its way to the writer. */
struct change {
	const struct kh_verb *v;
	struct kh_unit_new new_unit;
	int64_t id, other;
	enum kh_line line;
	const char *name;
	struct kh_unit_decided decided;
};

/* ---- add ---- */

static int add(struct kh_db *db, void *arg)
{
	struct change *c = arg;
	return kh_unit_add(db, &c->new_unit, c->v->actor, c->v->now_s, &c->id);
}

/* The superiors that the options name. */
static int choose_superiors(const struct kh_verb *v, int64_t parent[KH_LINES])
{
	kh_auto_unit struct kh_unit admin = {0}, police = {0};
	const char *police_code = kh_cli_text(v->call, "police-under");
	int r = kh_cli_flag(v->call, "top") ? 0 : kh_verb_unit(v, "under", &admin);
	if (r == 0 && police_code)
		r = kh_unit_find(v->db, police_code, &police);
	parent[KH_LINE_ADMIN] = admin.id;
	parent[KH_LINE_POLICE] = police.id;
	return r;
}

int kh_verb_unit_add(struct kh_cli_call *call)
{
	kh_auto_verb struct kh_verb v = {0};
	kh_auto_unit struct kh_unit made = {0};
	const char *kind = kh_cli_text(call, "kind");
	struct change c = {.v = &v, .new_unit = {.name = call->args[0], .code = kh_cli_text(call, "code"), .kind = kind ? kind : "department"}};
	int r = kh_verb_open(call, &v);
	if (r == 0)
		r = choose_superiors(&v, c.new_unit.parent);
	if (r == 0)
		r = kh_store_write(v.server->store, add, &c);
	if (r == 0)
		r = kh_unit_get(v.db, c.id, &made);
	return r < 0 ? r : kh_verb_say(&v, KH_T_SERVER_UNIT_ADDED, {"code", made.code});
}

/* ---- what happens to one unit ---- */

static int move(struct kh_db *db, void *arg)
{
	struct change *c = arg;
	int r = kh_unit_decided_add(db, c->id, &c->decided);
	return r < 0 ? r : kh_unit_move(db, c->id, c->line, c->other, &c->decided.by);
}

static int rename_one(struct kh_db *db, void *arg)
{
	const struct change *c = arg;
	return kh_unit_rename(db, c->id, c->name, c->v->actor, c->v->now_s);
}

static int merge(struct kh_db *db, void *arg)
{
	struct change *c = arg;
	int r = kh_unit_decided_add(db, c->id, &c->decided);
	return r < 0 ? r : kh_unit_merge(db, c->id, c->other, &c->decided.by);
}

static int end(struct kh_db *db, void *arg)
{
	struct change *c = arg;
	int r = kh_unit_decided_add(db, c->id, &c->decided);
	return r < 0 ? r : kh_unit_end(db, c->id, &c->decided.by);
}

static int find_id(struct kh_db *db, const char *code, int64_t *ret)
{
	kh_auto_unit struct kh_unit unit = {0};
	int r = kh_unit_find(db, code, &unit);
	if (r == 0)
		*ret = unit.id;
	return r;
}

/* Opens, finds the unit of the first argument and the other one (NULL: none). */
static int open_pair(struct kh_verb *v, struct kh_cli_call *call, const char *other, struct change *c)
{
	c->v = v;
	int r = kh_verb_open(call, v);
	if (r == 0)
		r = find_id(v->db, call->args[0], &c->id);
	return r < 0 || !other ? r : find_id(v->db, other, &c->other);
}

/* By the decision that the options name. */
static int change_decided(struct kh_verb *v, struct kh_cli_call *call, const char *other, int (*fn)(struct kh_db *db, void *arg), struct change *c)
{
	int r = open_pair(v, call, other, c);
	r = r < 0 ? r : kh_unit_decided_take(v, &c->decided);
	return r < 0 ? r : kh_store_write(v->server->store, fn, c);
}

int kh_verb_unit_move(struct kh_cli_call *call)
{
	kh_auto_verb struct kh_verb v = {0};
	struct change c = {.line = KH_LINE_ADMIN};
	const char *under = kh_cli_text(call, "under"), *line = kh_cli_text(call, "line");
	if (!under == !kh_cli_flag(call, "none"))
		return kh_fail(KH_E_USAGE, "unit move: --under UNIT, or --none");
	kh_assert(!line || kh_line_parse(line, &c.line)); /* spec/cli says which */
	int r = change_decided(&v, call, under, move, &c);
	return r < 0 ? r : kh_verb_say(&v, KH_T_SERVER_UNIT_MOVED, {"code", call->args[0]});
}

int kh_verb_unit_rename(struct kh_cli_call *call)
{
	kh_auto_verb struct kh_verb v = {0};
	struct change c = {.name = call->args[1]};
	int r = open_pair(&v, call, NULL, &c);
	r = r < 0 ? r : kh_store_write(v.server->store, rename_one, &c);
	return r < 0 ? r : kh_verb_say(&v, KH_T_SERVER_UNIT_RENAMED, {"code", call->args[0]});
}

int kh_verb_unit_merge(struct kh_cli_call *call)
{
	kh_auto_verb struct kh_verb v = {0};
	const char *into = NULL;
	int r = kh_verb_required(call, "into", &into);
	if (r == 0)
		r = change_decided(&v, call, into, merge, &(struct change){0});
	return r < 0 ? r : kh_verb_say(&v, KH_T_SERVER_UNIT_MERGED, {"code", call->args[0]}, {"into", into});
}

int kh_verb_unit_end(struct kh_cli_call *call)
{
	kh_auto_verb struct kh_verb v = {0};
	int r = change_decided(&v, call, NULL, end, &(struct change){0});
	return r < 0 ? r : kh_verb_say(&v, KH_T_SERVER_UNIT_ENDED, {"code", call->args[0]});
}

/* ---- list ---- */

static const char *code_of(const struct kh_unit_tree *tree, int64_t id)
{
	for (size_t i = 0; id && i < tree->n; i++)
		if (tree->v[i].unit.id == id)
			return tree->v[i].unit.code;
	return NULL;
}

static json_t *json_of(const struct kh_unit_tree *tree, const struct kh_unit_row *row)
{
	const struct kh_unit *u = &row->unit;
	json_t *j = json_object();
	kh_json_set_text(j, "code", u->code);
	kh_json_set_text(j, "name", u->name);
	kh_json_set_text(j, "kind", u->kind);
	kh_json_set_text(j, "parent", code_of(tree, u->parent[KH_LINE_ADMIN]));
	kh_json_set_text(j, "police_parent", code_of(tree, u->parent[KH_LINE_POLICE]));
	kh_json_set_int(j, "depth", row->depth);
	kh_json_set_int(j, "from_s", u->from_s);
	json_object_set_new(j, "to_s", u->to_s ? json_integer(u->to_s) : json_null());
	kh_json_set_text(j, "merged_into", code_of(tree, u->merged_into));
	kh_json_set_int(j, "own_endpoints", row->endpoints);
	return j;
}

/* "│  ├─ " before a unit: a bar for every level above that goes on below it. */
static void add_branches(struct kh_buf *line, const struct kh_unit_row *row, bool more[KH_UNIT_MAX_DEPTH])
{
	for (int d = 1; d < row->depth; d++)
		kh_buf_adds(line, more[d] ? "│  " : "   ");
	if (row->depth)
		kh_buf_adds(line, row->last ? "└─ " : "├─ ");
	more[row->depth] = !row->last;
}

/* " (hoa-mai, school, 3 machines)" and, of a unit that is gone, when it went. */
static void add_facts(struct kh_buf *line, const struct kh_unit_row *row, enum kh_language language)
{
	char count[24], day[KH_ISO_SIZE];
	const struct kh_unit *u = &row->unit;
	snprintf(count, sizeof count, "%" PRId64, row->endpoints);
	kh_buf_addf(line, "  [%s] %s", u->code, kh_unit_kind_label(u->kind, language));
	kh_auto_free char *machines = kh_text_with(language, KH_T_SERVER_UNIT_MACHINES, {"count", count});
	if (row->endpoints)
		kh_buf_addf(line, ", %s", machines);
	kh_auto_free char *gone = kh_text_with(language, u->merged_into ? KH_T_SERVER_UNIT_MERGED_ON : KH_T_SERVER_UNIT_GONE,
					       {"day", kh_time_day(u->to_s, day)});
	if (u->to_s)
		kh_buf_addf(line, ", %s", gone);
}

static int print_tree(const struct kh_unit_tree *tree, enum kh_language language)
{
	bool more[KH_UNIT_MAX_DEPTH + 1] = {false};
	int r = 0;
	for (size_t i = 0; r == 0 && i < tree->n; i++) {
		struct kh_buf line = KH_BUF_INIT;
		char name[KH_UNIT_MAX_NAME * 4 + 1];
		add_branches(&line, &tree->v[i], more);
		kh_printable(name, sizeof name, tree->v[i].unit.name);
		kh_buf_adds(&line, name);
		add_facts(&line, &tree->v[i], language);
		r = kh_print(kh_buf_take(&line));
	}
	return r;
}

static int print_json(const struct kh_unit_tree *tree)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < tree->n; i++)
		r = kh_print_json(json_of(tree, &tree->v[i]));
	return r;
}

int kh_verb_unit_list(struct kh_cli_call *call)
{
	kh_auto_verb struct kh_verb v = {0};
	kh_auto_unit_tree struct kh_unit_tree tree = {0};
	struct kh_scope place = {0};
	struct kh_unit_tree_options options = {.ended = kh_cli_flag(call, "ended")};
	int r = kh_verb_open(call, &v);
	if (r == 0)
		r = kh_verb_scope(&v, &place, &options.scope);
	if (r == 0)
		r = kh_unit_tree_load(v.db, &options, &tree);
	if (r < 0)
		return r;
	return kh_cli_flag(call, "json") ? print_json(&tree) : print_tree(&tree, v.language);
}
