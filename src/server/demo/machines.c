/* Machines, and what their agents would have measured: rows of fact tables, detections, scans. */
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "gen/facts.h"
#include "server/demo/inside.h"
#include "server/register/register.h"

#include <inttypes.h>

#define MOST_COLUMNS 32

/* ---- machines ---- */

static int64_t weight_of(const struct demo_unit *unit)
{
	static const struct {
		const char *kind;
		int64_t weight;
	} weights[] = {{"province", 8}, {"police", 8}, {"department", 6}, {"ward", 5}, {"school", 2}, {"health", 1}, {"centre", 1}};
	for (size_t i = 0; i < KH_COUNT(weights); i++)
		if (kh_streq(weights[i].kind, unit->kind))
			return weights[i].weight;
	return 1;
}

static struct demo_machine machine_of(struct demo *d, size_t unit, size_t number)
{
	uint64_t role = demo_next(d, 100), manner = demo_next(d, 100);
	/* A few machines draft secrets; those of a small data set too. */
	return (struct demo_machine){.unit = unit,
				     .role = role < 3 || number == 1 ? "secret" : role < 25 ? "internal" : "internet",
				     .machine_class = number % 25 == 3 ? "server" : "workstation",
				     .manner = manner < 62 ? "tidy" : manner < 88 ? "fair" : "careless",
				     .enrolled_s = d->now_s - (int64_t)demo_between(d, 3, 400) * KH_DAY_S};
}

static int add_machine(struct demo *d, struct demo_machine *m)
{
	kh_auto_free char *hostname = NULL, *uid = NULL, *fingerprint = NULL;
	bool secret = kh_streq(m->role, "secret"), silent = demo_hits(d, 4);
	char address[16];
	m->id = (int64_t)d->machines.n + 1;
	demo_address(m->id, address);
	hostname = kh_format("may-%05" PRId64, m->id);
	uid = kh_format("00000000-0000-4000-8000-%012" PRId64, m->id);
	fingerprint = kh_format("mau-%" PRId64, m->id);
	int64_t seen_s = d->now_s - (int64_t)(demo_between(d, 0.01, silent ? 60 : secret ? 25 : 0.6) * (double)KH_DAY_S);
	int r = kh_db_run(d->db,
			  "INSERT INTO endpoint(id, uid, unit_id, hostname, hostname_fold, role, os, state, fingerprint, agent_version, address, offline_key, enrolled_s,"
			  " seen_s, clock_offset_s) VALUES(?1, ?2, ?3, ?4, ?4, ?5, 'Debian GNU/Linux 12 (bookworm)', 'active', ?6, '0.1.0', ?7, ?8, ?9, ?10, 0)",
			  m->id, uid, d->units.v[m->unit].id, hostname, m->role, fingerprint, secret ? "" : address, secret ? (const char *)fingerprint : NULL, m->enrolled_s,
			  seen_s);
	(void)kh_array_push(&d->machines, *m);
	return r;
}

int demo_make_machines(struct demo *d)
{
	int64_t weights = 0, left = d->options->endpoints;
	int r = 0;
	for (size_t u = 0; u < d->units.n; u++)
		weights += weight_of(&d->units.v[u]);
	for (size_t u = 0; r == 0 && u < d->units.n; u++) {
		struct demo_unit *unit = &d->units.v[u];
		int64_t weight = weight_of(unit), n = weights ? left * weight / weights : left;
		unit->first_machine = d->machines.n;
		for (int64_t i = 0; r == 0 && i < n; i++) {
			struct demo_machine m = machine_of(d, u, d->machines.n);
			r = add_machine(d, &m);
		}
		unit->machines = d->machines.n - unit->first_machine;
		left -= n;
		weights -= weight;
	}
	return r;
}

/* ---- rows ---- */

static bool has_trait(const struct demo_machine *m, const char *name)
{
	return kh_streq(m->role, name) || kh_streq(m->machine_class, name) || kh_streq(m->manner, name);
}

static bool has_any(const struct demo_machine *m, const struct kh_yaml_node *names)
{
	for (size_t i = 0; names && i < kh_yaml_count(names); i++) {
		const char *name = "";
		if (kh_yaml_text(kh_yaml_item(names, i), &name) == 0 && has_trait(m, name))
			return true;
	}
	return false;
}

bool demo_is_about(const struct demo_machine *m, const struct kh_yaml_node *recipe)
{
	const struct kh_yaml_node *when = kh_yaml_get(recipe, "when"), *unless = kh_yaml_get(recipe, "unless");
	return (!when || has_any(m, when)) && !has_any(m, unless);
}

struct table {
	const char *name;                       /* of the pack */
	const struct kh_fact_table_info *facts; /* NULL: detection or scan */
};

static enum kh_field_type type_of(const struct table *table, const char *column)
{
	static const enum kh_field_type types[] = {
		[KH_FACT_TEXT] = KH_FIELD_TEXT, [KH_FACT_INT] = KH_FIELD_INT, [KH_FACT_BOOL] = KH_FIELD_BOOL, [KH_FACT_TIME] = KH_FIELD_TIME};
	static const char *const texts[] = {"engine", "rule", "path", "sha256", "verdict", "state", "kind", "member", "stopped", "changed_by"};
	size_t n = strlen(column);
	for (size_t i = 0; table->facts && i < table->facts->columns_count; i++)
		if (kh_streq(table->facts->columns[i].name, column))
			return types[table->facts->columns[i].type];
	for (size_t i = 0; i < KH_COUNT(texts); i++)
		if (kh_streq(texts[i], column))
			return KH_FIELD_TEXT;
	return n > 2 && kh_streq(column + n - 2, "_s") ? KH_FIELD_TIME : KH_FIELD_INT;
}

static struct kh_db_value bound(const json_t *value)
{
	if (json_is_string(value))
		return kh_db_value_text(json_string_value(value));
	if (json_is_integer(value))
		return kh_db_value_int(json_integer_value(value));
	return json_is_boolean(value) ? kh_db_value_int(json_is_true(value)) : kh_db_value_null(NULL);
}

static int add_row(struct demo_scene *s, const struct table *table, const struct kh_yaml_node *fields)
{
	kh_auto_buf struct kh_buf columns = KH_BUF_INIT, places = KH_BUF_INIT;
	kh_auto_json json_t *held = json_array();
	struct kh_db_value values[MOST_COLUMNS + 2] = {kh_db_value_int(s->machine->id)};
	size_t n = fields ? kh_yaml_count(fields) : 0;
	int r = n > MOST_COLUMNS ? kh_yaml_fail(fields, "too many columns") : 0;
	for (size_t i = 0; r == 0 && i < n; i++) {
		const struct kh_yaml_node *node = NULL;
		const char *column = kh_yaml_key(fields, i, &node);
		json_t *value = NULL;
		r = demo_value(s, type_of(table, column), node, &value);
		if (r < 0)
			return r;
		json_array_append_new(held, value);
		values[i + 1] = bound(value);
		kh_buf_addf(&columns, ", %s", column);
		kh_buf_addf(&places, ", ?%zu", i + 2);
	}
	if (r < 0)
		return r;
	values[n + 1] = (struct kh_db_value){.type = KH_DB_END};
	kh_auto_free char *sql = kh_format("INSERT INTO %s%s(endpoint_id%s) VALUES(?1%s)", table->facts ? "fact_" : "", table->name, kh_buf_text(&columns), kh_buf_text(&places));
	r = kh_db_run_values(s->d->db, sql, values);
	return r < 0 ? kh_yaml_fail(fields, "%s: %s", table->name, kh_fail_detail()) : 0;
}

/* One recipe for one machine; each row is made in a moment of its own. */
static int add_rows(struct demo_scene *s, const struct table *table, const struct kh_yaml_node *recipe, int64_t *rows)
{
	int64_t percent = 100, count = 1;
	const struct kh_yaml_node *share = kh_yaml_get(recipe, "share"), *on = kh_yaml_get(recipe, "on");
	if (!demo_is_about(s->machine, recipe))
		return 0;
	int r = share ? kh_yaml_int(share, 0, 100, &percent) : 0;
	r = r < 0 ? r : demo_count(s->d, kh_yaml_get(recipe, "count"), 1, &count);
	if (r < 0 || !demo_hits(s->d, percent))
		return r;
	for (int64_t i = 0; r == 0 && i < count; i++) {
		s->n++;
		s->i = i;
		s->at_s = s->d->now_s;
		r = on ? demo_moment(s->d, on, s->d->now_s, &s->at_s) : 0;
		r = r < 0 ? r : add_row(s, table, kh_yaml_get(recipe, "fields"));
	}
	*rows += count;
	return r;
}

static int note_measured(struct demo *d, const struct table *table, int64_t machine_id, bool measured, int64_t rows)
{
	if (!table->facts)
		return 0;
	int64_t collected_s = d->now_s - (int64_t)demo_next(d, 20 * 3600);
	return kh_db_run(d->db,
			 "INSERT INTO fact_state(endpoint_id, fact_table, state, reason, hash, row_count, collected_s, received_s) VALUES(?1, ?2, ?3, ?4, 'mau', ?5, ?6, ?6)",
			 machine_id, table->name, measured ? "measured" : "not_measured", measured ? NULL : "needs_root", rows, collected_s);
}

static int find_table(const struct kh_yaml_node *node, struct table *ret)
{
	int r = kh_yaml_get_text(node, "table", &ret->name);
	for (size_t i = 0; r == 0 && i < KH_FACTS_COUNT; i++)
		if (kh_streq(kh_fact_tables[i].name, ret->name))
			ret->facts = &kh_fact_tables[i];
	if (r == 0 && !ret->facts && !kh_streq(ret->name, "detection") && !kh_streq(ret->name, "scan"))
		r = kh_yaml_fail(node, "there is no fact table %s", ret->name);
	return r;
}

int demo_check_traits(const struct kh_yaml_node *recipe)
{
	static const char *const traits[] = {"secret", "internal", "internet", "server", "workstation", "tidy", "fair", "careless"};
	const struct kh_yaml_node *lists[] = {kh_yaml_get(recipe, "when"), kh_yaml_get(recipe, "unless")};
	for (size_t l = 0; l < KH_COUNT(lists); l++)
		for (size_t i = 0; lists[l] && i < kh_yaml_count(lists[l]); i++) {
			const char *name = NULL;
			size_t t = 0;
			int r = kh_yaml_text(kh_yaml_item(lists[l], i), &name);
			while (r == 0 && t < KH_COUNT(traits) && !kh_streq(traits[t], name))
				t++;
			if (r < 0 || t == KH_COUNT(traits))
				return r < 0 ? r : kh_yaml_fail(kh_yaml_item(lists[l], i), "no machine is %s", name);
		}
	return 0;
}

static bool has_column(const struct table *table, const char *name)
{
	for (size_t i = 0; table->facts && i < table->facts->columns_count; i++)
		if (kh_streq(table->facts->columns[i].name, name))
			return true;
	return !table->facts;
}

static int check_row(struct demo_scene *s, const struct table *table, const struct kh_yaml_node *recipe)
{
	static const char *const known[] = {"fields", "when", "unless", "share", "count", "on", NULL};
	const struct kh_yaml_node *share = kh_yaml_get(recipe, "share"), *on = kh_yaml_get(recipe, "on"), *fields = kh_yaml_get(recipe, "fields");
	int64_t n = 0;
	int r = kh_yaml_only(recipe, known);
	r = r < 0 ? r : demo_check_traits(recipe);
	r = r < 0 || !share ? r : kh_yaml_int(share, 0, 100, &n);
	r = r < 0 ? r : demo_count(s->d, kh_yaml_get(recipe, "count"), 1, &n);
	r = r < 0 || !on ? r : demo_moment(s->d, on, s->d->now_s, &n);
	for (size_t i = 0; r == 0 && fields && i < kh_yaml_count(fields); i++) {
		const struct kh_yaml_node *node = NULL;
		const char *column = kh_yaml_key(fields, i, &node);
		r = has_column(table, column) ? demo_check_value(s, type_of(table, column), NULL, node) : kh_yaml_fail(node, "%s: the table %s has no such column", column, table->name);
	}
	return r;
}

int demo_check_rows(struct demo *d, const struct kh_yaml_node *node)
{
	static const char *const known[] = {"table", "rows", NULL};
	struct table table = {0};
	struct demo_scene s = {.d = d, .machine = &d->machines.v[0], .at_s = d->now_s};
	const struct kh_yaml_node *rows = kh_yaml_get(node, "rows");
	int r = kh_yaml_only(node, known);
	r = r < 0 ? r : find_table(node, &table);
	for (size_t i = 0; r == 0 && rows && i < kh_yaml_count(rows); i++)
		r = check_row(&s, &table, kh_yaml_item(rows, i));
	return r;
}

int demo_make_rows(struct demo *d, const struct kh_yaml_node *node)
{
	struct table table = {0};
	const struct kh_yaml_node *recipes = kh_yaml_get(node, "rows");
	int64_t serial = 0;
	int r = find_table(node, &table);
	for (size_t m = 0; r == 0 && m < d->machines.n; m++) {
		int64_t rows = 0;
		bool measured = !table.facts || demo_hits(d, 98);
		struct demo_scene s = {.d = d, .unit = d->machines.v[m].unit, .machine = &d->machines.v[m], .n = serial};
		for (size_t i = 0; r == 0 && measured && recipes && i < kh_yaml_count(recipes); i++)
			r = add_rows(&s, &table, kh_yaml_item(recipes, i), &rows);
		serial = s.n;
		r = r < 0 ? r : note_measured(d, &table, s.machine->id, measured, rows);
	}
	return r;
}
