#include "server/unit/holding.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/utf8.h"
#include "gen/roles.h"
#include "server/endpoint/endpoint.h"
#include "server/register/field.h"
#include "server/register/record.h"
#include "server/register/reference.h"
#include "server/report/json.h"

void kh_unit_items_done(struct kh_unit_items *items)
{
	kh_array_done(&items->of);
}

/* ---- kinds ---- */

static int give_user(struct kh_db *db, int64_t id, int64_t to, int64_t now_s)
{
	(void)now_s;
	return kh_db_run(db, "UPDATE app_user SET unit_id = ?2, version = version + 1 WHERE id = ?1", id, to);
}

#define BELOW " FROM unit u WHERE u.to_s IS NULL AND u.id IN (SELECT e.child_id FROM unit_edge e WHERE e.parent_id = ?1 AND e.to_s IS NULL)"

/* What is no record. `all`: those that the unit ?1 holds; `one`: the name of ?2 if it holds that. */
static const struct kind {
	const char *name, *label;
	unsigned read; /* enum kh_right */
	const char *all, *one;
	int (*give)(struct kh_db *db, int64_t id, int64_t to_unit, int64_t now_s); /* NULL: its line does, of a unit */
} kinds[] = {
	{"endpoint", KH_WORDS("machine"), KH_RIGHT_ENDPOINT_READ, "SELECT id FROM endpoint WHERE unit_id = ?1 AND state = 'active' ORDER BY hostname_fold, id",
	 "SELECT hostname FROM endpoint WHERE unit_id = ?1 AND state = 'active' AND id = ?2", kh_endpoint_move},
	{"user", KH_WORDS("user"), KH_RIGHT_USER_MANAGE, "SELECT id FROM app_user WHERE unit_id = ?1 ORDER BY name", "SELECT name FROM app_user WHERE unit_id = ?1 AND id = ?2", give_user},
	{"unit", KH_WORDS("unit"), KH_RIGHT_UNIT_READ, "SELECT u.id" BELOW " ORDER BY u.name_fold, u.id", "SELECT u.name" BELOW " AND u.id = ?2", NULL},
};

static const struct kind *kind_of(const char *what)
{
	for (size_t i = 0; i < KH_COUNT(kinds); i++)
		if (kh_streq(kinds[i].name, what))
			return &kinds[i];
	return NULL;
}

static const struct kh_register *register_of(const char *what)
{
	for (const struct kh_register *reg = kh_registers; reg->name; reg++)
		if (kh_streq(reg->name, what))
			return reg;
	return NULL;
}

const char *kh_unit_item_what(const char *what)
{
	const struct kind *kind = kind_of(what);
	const struct kh_register *reg = kind ? NULL : register_of(what);
	return kind ? kind->name : reg ? reg->name : NULL;
}

bool kh_unit_item_may(const char *what, unsigned rights)
{
	const struct kind *kind = kind_of(what);
	const struct kh_register *reg = kind ? NULL : register_of(what);
	unsigned read = kind ? kind->read : reg ? reg->read : ~0U;
	return (rights & read) == read;
}

/* Nobody changes it any more, and it stands for nothing any more: ended, withdrawn, refused. What was approved, done or reviewed is frozen too, but counts. */
static bool is_over(const struct kh_register_state *state)
{
	return state->frozen && kh_streq(state->tone, "quiet");
}

/* "SELECT r.id FROM reg_NAME r WHERE r.unit_id = ?1 AND r.state <> …" */
static char *records_sql(const struct kh_register *reg, enum kh_unit_records which)
{
	struct kh_buf sql = KH_BUF_INIT;
	kh_buf_addf(&sql, "SELECT r.id FROM reg_%s r WHERE r.unit_id = ?1", reg->name);
	for (const struct kh_register_state *state = reg->states; state->name; state++)
		if (which == KH_UNIT_RECORDS_THAT_COUNT && is_over(state))
			kh_buf_addf(&sql, " AND r.state <> '%s'", state->name);
	return kh_buf_take(&sql);
}

/* ---- names ---- */

/* As the unit sees it: what lies elsewhere by now keeps its name to itself. */
static int add_word(struct kh_db *db, const struct kh_record *record, const char *name, const struct kh_scope *scope, struct kh_buf *label)
{
	const struct kh_register_field *field = kh_register_field(record->reg, name);
	const json_t *value = json_object_get(record->values, name);
	kh_auto_free char *words = NULL;
	int r = json_is_null(value) ? 0 : kh_field_words_for(db, scope, field, value, &words);
	if (r == 0 && words && *words)
		kh_buf_addf(label, "%s%s", label->len ? " · " : "", words);
	return r;
}

static int record_name(struct kh_db *db, const struct kh_register *reg, int64_t id, const struct kh_scope *scope, char **ret)
{
	kh_auto_record struct kh_record record = {0};
	kh_auto_buf struct kh_buf label = KH_BUF_INIT;
	int r = kh_record_get(db, reg, id, NULL, &record);
	for (const char *const *name = reg->call; r == 0 && *name; name++)
		r = add_word(db, &record, *name, scope, &label);
	if (r == 0)
		*ret = label.len ? kh_buf_take(&label) : kh_format("#%lld", (long long)id);
	return r;
}

/* Empty when the unit does not hold it; of a machine or a unit also when it has its end. */
static int item_name(struct kh_db *db, const struct kh_unit_item *item, int64_t unit_id, char **ret)
{
	const struct kind *kind = kind_of(item->what);
	const struct kh_register *reg = kind ? NULL : register_of(item->what);
	if (kind)
		return kh_db_text(db, ret, kind->one, unit_id, item->id);
	kh_auto_free char *all = records_sql(reg, KH_UNIT_RECORDS_ALL), *sql = kh_format("%s AND r.id = ?2", all);
	int64_t found = 0;
	int r = kh_db_int(db, &found, sql, unit_id, item->id);
	return r < 0 || !found ? r : record_name(db, reg, item->id, &(struct kh_scope){unit_id}, ret);
}

/* ---- what there is ---- */

static int add_ids(struct kh_stmt *s, int r, const char *what, struct kh_unit_items *ret)
{
	while (kh_stmt_next(s, &r))
		(void)kh_array_push(&ret->of, ((struct kh_unit_item){what, kh_stmt_int(s, 0)}));
	return r;
}

static int add_kind(struct kh_db *db, int64_t unit_id, const struct kind *kind, struct kh_unit_items *ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, kind->all, unit_id);
	return add_ids(s, r, kind->name, ret);
}

static int add_records(struct kh_db *db, int64_t unit_id, const struct kh_register *reg, enum kh_unit_records which, struct kh_unit_items *ret)
{
	kh_auto_free char *records = records_sql(reg, which), *sql = kh_format("%s ORDER BY r.id", records);
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, sql, unit_id);
	return add_ids(s, r, reg->name, ret);
}

int kh_unit_items_of(struct kh_db *db, int64_t unit_id, enum kh_unit_records which, struct kh_unit_items *ret)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < KH_COUNT(kinds); i++)
		r = add_kind(db, unit_id, &kinds[i], ret);
	for (const struct kh_register *reg = kh_registers; r == 0 && reg->name; reg++)
		r = add_records(db, unit_id, reg, which, ret);
	return r;
}

/* "SELECT … AND (r.endpoint IN (machines of ?2) OR …)"; NULL: this register names no machines. */
static char *about_machines_sql(const struct kh_register *reg)
{
	kh_auto_buf struct kh_buf about = KH_BUF_INIT;
	for (const struct kh_register_field *field = reg->fields; field->name; field++)
		if (field->type == KH_FIELD_REF && kh_streq(field->of, "endpoint"))
			kh_buf_addf(&about, "%sr.%s IN (SELECT e.id FROM endpoint e WHERE e.unit_id = ?2)", about.len ? " OR " : "", field->name);
	kh_auto_free char *records = records_sql(reg, KH_UNIT_RECORDS_ALL);
	return about.len ? kh_format("%s AND (%s) ORDER BY r.id", records, kh_buf_text(&about)) : NULL;
}

int kh_unit_items_about(struct kh_db *db, int64_t unit_id, int64_t machines_of, struct kh_unit_items *ret)
{
	int r = 0;
	for (const struct kh_register *reg = kh_registers; r == 0 && reg->name; reg++) {
		kh_auto_free char *sql = about_machines_sql(reg);
		kh_auto_stmt struct kh_stmt *s = NULL;
		if (!sql)
			continue;
		r = kh_db_query(db, &s, sql, unit_id, machines_of);
		r = add_ids(s, r, reg->name, ret);
	}
	return r;
}

#define MACHINES_WITH_PLACES                                                                                                            \
	"SELECT e.id, d.place FROM endpoint e JOIN reg_device d ON d.endpoint = e.id AND d.unit_id = e.unit_id"                         \
	" WHERE e.unit_id = ?1 AND e.state = 'active' AND d.place IS NOT NULL"

static int by_place(const void *a, const void *b)
{
	const struct kh_unit_place *x = a, *y = b;
	int order = strcmp(x->fold, y->fold);
	return order ? order : (x->endpoint_id > y->endpoint_id) - (x->endpoint_id < y->endpoint_id);
}

void kh_unit_places_done(struct kh_unit_places *places)
{
	kh_array_each(&places->of, place)
		free(place->fold);
	kh_array_done(&places->of);
}

int kh_unit_places_of(struct kh_db *db, int64_t unit_id, struct kh_unit_places *ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, MACHINES_WITH_PLACES, unit_id);
	while (kh_stmt_next(s, &r)) {
		struct kh_unit_place place = {.endpoint_id = kh_stmt_int(s, 0)};
		r = kh_utf8_fold(kh_stmt_text(s, 1), &place.fold);
		if (r == 0)
			(void)kh_array_push(&ret->of, place);
	}
	if (ret->of.n)
		qsort(ret->of.v, ret->of.n, sizeof *ret->of.v, by_place);
	return r;
}

/* The first that does not stand before it. */
static size_t first_at(const struct kh_unit_places *places, const char *fold)
{
	size_t low = 0, high = places->of.n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(places->of.v[middle].fold, fold) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* A machine that is two devices is one item. */
void kh_unit_items_at(const struct kh_unit_places *places, const char *fold, struct kh_unit_items *ret)
{
	int64_t last = 0;
	for (size_t i = first_at(places, fold); i < places->of.n && kh_streq(places->of.v[i].fold, fold); i++) {
		if (places->of.v[i].endpoint_id != last)
			(void)kh_array_push(&ret->of, ((struct kh_unit_item){"endpoint", places->of.v[i].endpoint_id}));
		last = places->of.v[i].endpoint_id;
	}
}

static int by_item(const void *a, const void *b)
{
	const struct kh_unit_item *x = a, *y = b;
	int order = strcmp(x->what, y->what);
	return order ? order : (x->id > y->id) - (x->id < y->id);
}

void kh_unit_items_once(struct kh_unit_items *items)
{
	size_t kept = 0;
	if (items->of.n)
		qsort(items->of.v, items->of.n, sizeof *items->of.v, by_item);
	for (size_t i = 0; i < items->of.n; i++)
		if (!kept || by_item(&items->of.v[kept - 1], &items->of.v[i]) != 0)
			items->of.v[kept++] = items->of.v[i];
	items->of.n = kept;
}

static int holding_of(struct kh_db *db, int64_t unit_id, const struct kh_unit_item *item, json_t *items)
{
	kh_auto_free char *name = NULL, *place = NULL;
	json_t *key = NULL;
	int r = item_name(db, item, unit_id, &name);
	r = r < 0 ? r : kh_reference_key(db, item->what, item->id, &key);
	if (r == 0 && kh_streq(item->what, "endpoint"))
		r = kh_db_text(db, &place, "SELECT place FROM reg_device WHERE endpoint = ?1 AND unit_id = ?2 AND place IS NOT NULL ORDER BY id LIMIT 1", item->id, unit_id);
	if (r < 0) {
		json_decref(key);
		return r;
	}
	json_t *o = json_object();
	kh_json_set_text(o, "what", item->what);
	kh_json_set(o, "id", key);
	kh_json_set_text(o, "name", name);
	kh_json_set_text(o, "place", place);
	kh_json_add(items, o);
	return 0;
}

int kh_unit_holdings(struct kh_db *db, int64_t unit_id, unsigned rights, json_t **ret)
{
	kh_auto_unit_items struct kh_unit_items all = {0};
	kh_auto_json json_t *items = json_array();
	int r = kh_unit_items_of(db, unit_id, KH_UNIT_RECORDS_THAT_COUNT, &all);
	kh_array_each(&all.of, item)
		if (r == 0 && kh_unit_item_may(item->what, rights))
			r = holding_of(db, unit_id, item, items);
	if (r == 0)
		*ret = kh_take(items);
	return r;
}

/* ---- giving ---- */

int kh_unit_give_record(struct kh_db *writer, const struct kh_register *reg, int64_t id, const struct kh_unit *from, const struct kh_unit *to, const struct kh_unit_by *by)
{
	kh_auto_free char *sql = kh_format("UPDATE reg_%s SET unit_id = ?2 WHERE id = ?1", reg->name);
	kh_auto_free char *note = kh_format("INSERT INTO record_change(register, record_id, at_s, actor, what, version, detail)"
					    " SELECT CAST(?1 AS TEXT), r.id, CAST(?3 AS BIGINT), CAST(?4 AS TEXT), 'unit', r.version, CAST(?5 AS TEXT) FROM reg_%s r WHERE r.id = ?2",
					    reg->name);
	kh_auto_json json_t *detail = json_pack("{s:[s, s]}", "unit", from->code, to->code);
	kh_auto_free char *text = kh_json_dump(detail);
	int r = kh_db_run(writer, sql, id, to->id);
	return r < 0 ? r : kh_db_run(writer, note, reg->name, id, by->now_s, by->actor, text);
}

/* On whichever lines it stands below the one. */
static int give_unit(struct kh_db *db, int64_t id, const struct kh_unit *from, const struct kh_unit *to, int64_t now_s)
{
	int r = kh_db_run(db,
			  "INSERT INTO unit_edge(child_id, parent_id, line, from_s) SELECT e.child_id, CAST(?3 AS BIGINT), e.line, CAST(?4 AS BIGINT) FROM unit_edge e"
			  " WHERE e.child_id = ?1 AND e.parent_id = ?2 AND e.to_s IS NULL",
			  id, from->id, to->id, now_s);
	return r < 0 ? r : kh_db_run(db, "UPDATE unit_edge SET to_s = ?3 WHERE child_id = ?1 AND parent_id = ?2 AND to_s IS NULL", id, from->id, now_s);
}

static int give(struct kh_db *db, const struct kh_unit_item *item, const struct kh_unit *from, const struct kh_unit *to, const struct kh_unit_by *by)
{
	const struct kind *kind = kind_of(item->what);
	if (!kind)
		return kh_unit_give_record(db, register_of(item->what), item->id, from, to, by);
	return kind->give ? kind->give(db, item->id, to->id, by->now_s) : give_unit(db, item->id, from, to, by->now_s);
}

/* As people call it. */
static const char *what_label(const char *what)
{
	const struct kh_register *reg = register_of(what);
	return reg ? reg->one[kh_language()] : kh_words(kind_of(what)->label);
}

int kh_unit_give(struct kh_db *writer, const struct kh_unit_item *item, const struct kh_unit *from, const struct kh_unit *to, const struct kh_unit_by *by)
{
	kh_auto_free char *name = NULL;
	int r = item_name(writer, item, from->id, &name);
	if (r == 0 && !name)
		return kh_fail(KH_E_NOT_FOUND, "%s does not hold this, or it has ended: %s %lld", from->code, what_label(item->what), (long long)item->id);
	r = r < 0 ? r : give(writer, item, from, to, by);
	return r < 0 ? r
		     : kh_db_run(writer, "INSERT INTO unit_given(from_id, to_id, at_s, what, item_id, name) VALUES(?1, ?2, ?3, ?4, ?5, ?6)", from->id, to->id, by->now_s, item->what,
				 item->id, name);
}
