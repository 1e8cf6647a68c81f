/* Records of registers, through the engine: what it refuses, the pack must not ask for. */
#include "base/error.h"
#include "base/str.h"
#include "server/demo/inside.h"
#include "server/register/proof.h"
#include "server/register/record.h"
#include "server/unit/unit.h"

struct recipe {
	const struct kh_register *reg;
	enum kh_register_id id;
	const struct kh_yaml_node *node, *fields, *moves, *on, *every, *where, *of; /* where: kinds of units; of: the register whose records it is made for */
	enum kh_register_id of_id;
	bool machines, again, last; /* again: nothing new, moves of what there is, or of the last */
	int64_t share;
};

static int find_register(const struct kh_yaml_node *node, const char *name, const struct kh_register **ret)
{
	return kh_register_find(name, ret) < 0 ? kh_yaml_fail(node, "there is no register %s", name) : 0;
}

/* What it is made for. */
static int read_for(const struct kh_yaml_node *node, struct recipe *ret)
{
	const char *word = NULL;
	const struct kh_register *of = NULL;
	const struct kh_yaml_node *whom = kh_yaml_get(node, "for");
	int r = 0;
	if (!whom)
		return 0;
	if (kh_yaml_kind(whom) == KH_YAML_LIST) {
		ret->where = whom;
	} else if (kh_yaml_kind(whom) == KH_YAML_MAP) {
		ret->of = whom;
		ret->where = kh_yaml_get(whom, "in");
		r = kh_yaml_get_text(whom, "records", &word);
		r = r < 0 ? r : find_register(whom, word, &of);
		ret->of_id = r < 0 ? 0 : (enum kh_register_id)(of - kh_registers);
	} else {
		r = kh_yaml_text(whom, &word);
		ret->machines = r == 0 && kh_streq(word, "machine");
	}
	return r;
}

static int read_recipe(const struct kh_yaml_node *node, struct recipe *ret)
{
	static const char *const known[] = {"register", "for", "when", "unless", "share", "count", "every", "on", "again", "fields", "moves", NULL};
	const char *name = NULL;
	struct recipe recipe = {.node = node, .fields = kh_yaml_get(node, "fields"), .moves = kh_yaml_get(node, "moves"), .on = kh_yaml_get(node, "on"),
				.every = kh_yaml_get(node, "every"), .share = 100};
	int r = kh_yaml_only(node, known);
	r = r < 0 ? r : kh_yaml_get_text(node, "register", &name);
	r = r < 0 ? r : find_register(node, name, &recipe.reg);
	r = r < 0 ? r : read_for(node, &recipe);
	if (r == 0 && kh_yaml_get(node, "share"))
		r = kh_yaml_int(kh_yaml_get(node, "share"), 0, 100, &recipe.share);
	if (r == 0 && kh_yaml_get(node, "again"))
		r = kh_yaml_text(kh_yaml_get(node, "again"), &name);
	if (r < 0)
		return r;
	recipe.again = kh_yaml_get(node, "again");
	recipe.last = recipe.again && kh_streq(name, "last");
	recipe.id = (enum kh_register_id)(recipe.reg - kh_registers);
	*ret = recipe;
	return 0;
}

/* ---- one record ---- */

static int read_fields(struct demo_scene *s, const struct kh_register *reg, const struct kh_yaml_node *fields, json_t *ret)
{
	int r = 0;
	for (size_t i = 0; r == 0 && fields && i < kh_yaml_count(fields); i++) {
		const struct kh_yaml_node *node = NULL;
		const char *name = kh_yaml_key(fields, i, &node);
		const struct kh_register_field *field = kh_register_field(reg, name);
		json_t *value = NULL;
		r = field ? demo_value(s, field->type, node, &value) : kh_yaml_fail(node, "%s: the register %s has no such field", name, reg->name);
		if (r == 0)
			json_object_set_new(ret, name, value);
	}
	return r;
}

static struct kh_record_by by_at(const struct demo *d, int64_t at_s)
{
	return (struct kh_record_by){.actor = DEMO_ACTOR, .now_s = KH_MIN(at_s, d->now_s), .present_s = d->now_s, .postures_later = true};
}

static int add_proof(struct demo *d, const struct recipe *recipe, int64_t id, const struct kh_yaml_node *kind, const struct kh_record_by *by)
{
	int64_t file = 0;
	struct kh_proof_new new = {.name = "so-lieu-mau.txt", .size = d->proof_size, .sha256 = d->proof_sha256};
	int r = kh_yaml_text(kind, &new.kind);
	return r < 0 ? r : kh_proof_add(d->db, recipe->reg, id, &new, by, &file);
}

/* One move, when it falls before the present and the state allows it. */
static int make_move(struct demo_scene *s, const struct recipe *recipe, const struct kh_yaml_node *node, int64_t id, const char **state)
{
	const char *name = NULL;
	int64_t share = 100, at_s = s->at_s;
	const struct kh_yaml_node *after = kh_yaml_get(node, "after"), *percent = kh_yaml_get(node, "share"), *proof = kh_yaml_get(node, "proof");
	int r = kh_yaml_get_text(node, "move", &name);
	r = r < 0 || !percent ? r : kh_yaml_int(percent, 0, 100, &share);
	r = r < 0 || !after ? r : demo_moment(s->d, after, s->at_s, &at_s);
	const struct kh_register_move *move = r < 0 ? NULL : kh_register_move(recipe->reg, name);
	if (r == 0 && !move)
		r = kh_yaml_fail(node, "the register %s has no move %s", recipe->reg->name, name);
	if (r < 0 || !kh_register_lists(move->from, *state) || at_s > s->d->now_s || !demo_hits(s->d, share))
		return r;
	kh_auto_json json_t *fields = json_object();
	s->at_s = at_s;
	struct kh_record_by by = by_at(s->d, at_s);
	r = read_fields(s, recipe->reg, kh_yaml_get(node, "fields"), fields);
	r = r < 0 || !proof ? r : add_proof(s->d, recipe, id, proof, &by);
	r = r < 0 ? r : kh_record_move(s->d->db, recipe->reg, id, KH_RECORD_ANY_VERSION, name, fields, NULL, &by);
	if (r == KH_E_RECORD_RULE && kh_yaml_get(node, "if_allowed"))
		return 0;
	*state = move->to;
	return r;
}

static int make_moves(struct demo_scene *s, const struct recipe *recipe, int64_t id, const char *state)
{
	int r = 0;
	for (size_t i = 0; r == 0 && recipe->moves && i < kh_yaml_count(recipe->moves); i++)
		r = make_move(s, recipe, kh_yaml_item(recipe->moves, i), id, &state);
	if (r < 0 && r != KH_E_INVALID_CONFIG) /* that names its place in the pack itself */
		return kh_yaml_fail(recipe->node, "%s: %s: %s", recipe->reg->name, kh_error_info(r)->name, kh_fail_detail());
	return r;
}

static int move_on(struct demo_scene *s, const struct recipe *recipe, int64_t id)
{
	kh_auto_free char *sql = kh_format("SELECT state FROM reg_%s WHERE id = ?1", recipe->reg->name), *state = NULL;
	int r = kh_db_text(s->d->db, &state, sql, id);
	r = r < 0 ? r : demo_moment(s->d, recipe->on, s->d->now_s, &s->at_s);
	return r < 0 ? r : make_moves(s, recipe, id, state);
}

static int make_record(struct demo_scene *s, const struct recipe *recipe)
{
	kh_auto_json json_t *fields = json_object();
	struct kh_record_by by = by_at(s->d, s->at_s);
	int64_t id = 0;
	int r = read_fields(s, recipe->reg, recipe->fields, fields);
	r = r < 0 ? r : kh_record_create(s->d->db, recipe->reg, s->d->units.v[s->unit].id, fields, &by, &id);
	if (r == 0)
		(void)kh_array_push(&demo_records(s->d, s->unit, recipe->id)->of, id);
	if (r < 0 && r != KH_E_INVALID_CONFIG)
		return kh_yaml_fail(recipe->node, "%s: %s: %s", recipe->reg->name, kh_error_info(r)->name, kh_fail_detail());
	return r < 0 ? r : make_moves(s, recipe, id, recipe->reg->states[0].name);
}

/* ---- as many as the recipe says ---- */

static int make_every(struct demo_scene *s, const struct recipe *recipe)
{
	int64_t first = 0, last = 0, step = 0, step_s = 0;
	int r = demo_range(recipe->on, s->d->now_s, &first, &last);
	r = r < 0 ? r : demo_range(recipe->every, 0, &step_s, &step);
	/* From the full hour, so that hours are covered whole. */
	for (int64_t at_s = first / 3600 * 3600; r == 0 && step_s > 0 && at_s < last; at_s += step_s) {
		s->at_s = at_s;
		r = make_record(s, recipe);
		s->n++;
		s->i++;
	}
	return r;
}

static int make_some(struct demo_scene *s, const struct recipe *recipe)
{
	int64_t count = 1;
	if (s->n && !demo_hits(s->d, recipe->share))
		return 0;
	if (recipe->every)
		return make_every(s, recipe);
	int r = demo_count(s->d, kh_yaml_get(recipe->node, "count"), 1, &count);
	for (int64_t i = 0; r == 0 && i < count; i++) {
		s->at_s = s->d->now_s;
		r = recipe->on ? demo_moment(s->d, recipe->on, s->d->now_s, &s->at_s) : 0;
		r = r < 0 ? r : make_record(s, recipe);
		s->n++;
		s->i++;
	}
	return r;
}

static bool is_where(const struct recipe *recipe, const struct demo_unit *unit)
{
	for (size_t i = 0; recipe->where && i < kh_yaml_count(recipe->where); i++) {
		const char *kind = "";
		if (kh_yaml_text(kh_yaml_item(recipe->where, i), &kind) == 0 && kh_streq(kind, unit->kind))
			return true;
	}
	return !recipe->where;
}

static int make_of_unit(struct demo_scene *s, const struct recipe *recipe)
{
	const struct demo_unit *unit = &s->d->units.v[s->unit];
	int r = 0;
	if (recipe->again) {
		const struct demo_ids *ids = demo_records(s->d, s->unit, recipe->id);
		for (size_t i = recipe->last && ids->of.n ? ids->of.n - 1 : 0; r == 0 && i < ids->of.n; i++)
			r = move_on(s, recipe, ids->of.v[i]);
		return r;
	}
	if (recipe->machines) {
		for (size_t i = 0; r == 0 && i < unit->machines; i++) {
			s->machine = &s->d->machines.v[unit->first_machine + i];
			if (demo_is_about(s->machine, recipe->node))
				r = make_some(s, recipe);
		}
		s->machine = NULL;
		return r;
	}
	if (!recipe->of)
		return make_some(s, recipe);
	size_t n = demo_records(s->d, s->unit, recipe->of_id)->of.n; /* a recipe may go on in its own register */
	for (size_t i = 0; r == 0 && i < n; i++) {
		s->it = demo_records(s->d, s->unit, recipe->of_id)->of.v[i];
		r = make_some(s, recipe);
	}
	return r;
}

int demo_make_records(struct demo *d, const struct kh_yaml_node *node)
{
	struct recipe recipe = {0};
	struct demo_scene s = {.d = d};
	int r = read_recipe(node, &recipe);
	for (size_t u = 0; r == 0 && u < d->units.n; u++) {
		s.unit = u;
		s.i = 0;
		if (is_where(&recipe, &d->units.v[u]))
			r = make_of_unit(&s, &recipe);
	}
	return r;
}

/* ---- before anything is made ---- */

static int check_fields(struct demo_scene *s, const struct kh_register *reg, const struct kh_yaml_node *fields)
{
	int r = 0;
	for (size_t i = 0; r == 0 && fields && i < kh_yaml_count(fields); i++) {
		const struct kh_yaml_node *node = NULL;
		const char *name = kh_yaml_key(fields, i, &node);
		const struct kh_register_field *field = kh_register_field(reg, name);
		r = field ? demo_check_value(s, field->type, field->codes, node) : kh_yaml_fail(node, "%s: the register %s has no such field", name, reg->name);
	}
	return r;
}

static int check_move(struct demo_scene *s, const struct recipe *recipe, const struct kh_yaml_node *node)
{
	static const char *const known[] = {"move", "after", "share", "fields", "proof", "if_allowed", NULL};
	const struct kh_yaml_node *after = kh_yaml_get(node, "after"), *share = kh_yaml_get(node, "share");
	const char *name = NULL;
	int64_t n = 0;
	int r = kh_yaml_only(node, known);
	r = r < 0 ? r : kh_yaml_get_text(node, "move", &name);
	if (r == 0 && !kh_register_move(recipe->reg, name))
		r = kh_yaml_fail(node, "the register %s has no move %s", recipe->reg->name, name);
	r = r < 0 || !share ? r : kh_yaml_int(share, 0, 100, &n);
	r = r < 0 || !after ? r : demo_moment(s->d, after, s->at_s, &n);
	return r < 0 ? r : check_fields(s, recipe->reg, kh_yaml_get(node, "fields"));
}

/* `for`: a word is unit or machine, a list names kinds of units. */
static int check_for(const struct kh_yaml_node *node, const struct recipe *recipe)
{
	const struct kh_yaml_node *whom = kh_yaml_get(node, "for");
	const char *word = "unit";
	int r = whom && kh_yaml_kind(whom) == KH_YAML_SCALAR ? kh_yaml_text(whom, &word) : 0;
	if (r == 0 && !kh_streq(word, "unit") && !kh_streq(word, "machine"))
		r = kh_yaml_fail(whom, "%s: expected unit, machine, kinds of units or {records: register}", word);
	for (size_t i = 0; r == 0 && recipe->where && i < kh_yaml_count(recipe->where); i++) {
		const struct kh_unit_kind *kind = kh_unit_kinds;
		r = kh_yaml_text(kh_yaml_item(recipe->where, i), &word);
		while (r == 0 && kind->name && !kh_streq(kind->name, word))
			kind++;
		r = r < 0 || kind->name ? r : kh_yaml_fail(recipe->where, "%s is no kind of units", word);
	}
	return r;
}

static int check_when(struct demo *d, const struct recipe *recipe)
{
	int64_t first = 0, last = 0;
	int r = recipe->on ? demo_range(recipe->on, d->now_s, &first, &last) : 0;
	r = r < 0 || !recipe->every ? r : demo_range(recipe->every, 0, &first, &last);
	if (r == 0 && recipe->every && !recipe->on)
		r = kh_yaml_fail(recipe->every, "`every` wants `on`: from when to when");
	return r < 0 ? r : demo_count(d, kh_yaml_get(recipe->node, "count"), 1, &first);
}

int demo_check_records(struct demo *d, const struct kh_yaml_node *node)
{
	struct recipe recipe = {0};
	struct demo_scene s = {.d = d, .machine = &d->machines.v[0], .at_s = d->now_s};
	int r = read_recipe(node, &recipe);
	r = r < 0 ? r : demo_check_traits(node);
	r = r < 0 ? r : check_for(node, &recipe);
	r = r < 0 ? r : check_when(d, &recipe);
	r = r < 0 ? r : check_fields(&s, recipe.reg, recipe.fields);
	for (size_t i = 0; r == 0 && recipe.moves && i < kh_yaml_count(recipe.moves); i++)
		r = check_move(&s, &recipe, kh_yaml_item(recipe.moves, i));
	return r;
}
