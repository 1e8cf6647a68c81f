/* The parts of a split as people write them. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "server/register/reference.h"
#include "server/unit/split.h"

static void part_done(struct kh_unit_part *part)
{
	free(part->name);
	free(part->code);
	free(part->kind);
	kh_unit_items_done(&part->items);
}

void kh_unit_parts_done(struct kh_unit_parts *parts)
{
	kh_array_each(&parts->of, part)
		part_done(part);
	kh_array_done(&parts->of);
}

/* Where names are looked for. */
struct look {
	struct kh_db *db;
	int64_t unit_id;
	const struct kh_scope *scope;
};

static int read_item(const struct look *look, const json_t *given, struct kh_unit_part *part)
{
	const char *what = json_string_value(json_object_get(given, "what"));
	const json_t *id = json_object_get(given, "id");
	struct kh_unit_item item = {.what = what ? kh_unit_item_what(what) : NULL};
	if (!item.what || !(json_is_string(id) || json_is_integer(id)))
		return kh_fail(KH_E_INVALID_FIELD, "parts: expected items as {\"what\", \"id\"}");
	int r = kh_reference_find(look->db, item.what, look->unit_id, id, &item.id);
	if (r == 0)
		(void)kh_array_push(&part->items.of, item);
	return r;
}

static int read_place(const struct look *look, const json_t *given, struct kh_unit_part *part)
{
	const char *place = json_string_value(given);
	size_t before = part->items.of.n;
	if (!place)
		return kh_fail(KH_E_INVALID_FIELD, "parts: expected places as texts");
	int r = kh_unit_items_at(look->db, look->unit_id, place, &part->items);
	return r == 0 && part->items.of.n == before ? kh_fail(KH_E_NOT_FOUND, "no machine of the unit stands at \"%s\"", place) : r;
}

static int read_each(const struct look *look, const json_t *list, int (*read)(const struct look *, const json_t *, struct kh_unit_part *), struct kh_unit_part *part)
{
	size_t i = 0;
	const json_t *one = NULL;
	int r = 0;
	if (list && !json_is_array(list))
		return kh_fail(KH_E_INVALID_FIELD, "parts: items and places are lists");
	json_array_foreach(list, i, one)
		r = r < 0 ? r : read(look, one, part);
	return r;
}

/* A place and a list may name the same machine; it is given once. */
static void drop_doubles(struct kh_unit_items *items)
{
	size_t kept = 0;
	for (size_t i = 0; i < items->of.n; i++) {
		const struct kh_unit_item *item = &items->of.v[i];
		bool known = false;
		for (size_t k = 0; k < kept && !known; k++)
			known = items->of.v[k].id == item->id && items->of.v[k].what == item->what;
		if (!known)
			items->of.v[kept++] = *item;
	}
	items->of.n = kept;
}

static int read_parent(const struct look *look, const char *code, int64_t *ret)
{
	kh_auto_unit struct kh_unit parent = {0};
	bool seen = true;
	int r = kh_unit_find(look->db, code, &parent);
	if (r == 0 && look->scope)
		r = kh_scope_has(look->db, look->scope, parent.id, &seen);
	if (r == 0 && !seen)
		return kh_fail(KH_E_UNKNOWN_UNIT, "%s", code);
	if (r == 0)
		*ret = parent.id;
	return r;
}

static int read_part(const struct look *look, const json_t *given, struct kh_unit_part *part)
{
	const char *name = json_string_value(json_object_get(given, "name")), *kind = json_string_value(json_object_get(given, "kind"));
	const char *code = json_string_value(json_object_get(given, "code")), *parent = json_string_value(json_object_get(given, "parent"));
	if (!name || !kind)
		return kh_fail(KH_E_INVALID_FIELD, "parts: each has a name and a kind");
	part->name = kh_strdup(name);
	part->kind = kh_strdup(kind);
	part->code = code && *code ? kh_strdup(code) : NULL;
	part->rest = json_is_true(json_object_get(given, "rest"));
	int r = kh_unit_check_new(&(struct kh_unit_new){.name = name, .kind = kind, .code = part->code});
	r = r < 0 || !parent || !*parent ? r : read_parent(look, parent, &part->parent);
	r = r < 0 ? r : read_each(look, json_object_get(given, "items"), read_item, part);
	r = r < 0 ? r : read_each(look, json_object_get(given, "places"), read_place, part);
	drop_doubles(&part->items);
	return r;
}

int kh_unit_parts_read(struct kh_db *db, int64_t unit_id, const struct kh_scope *scope, const json_t *given, struct kh_unit_parts *ret)
{
	kh_auto_unit_parts struct kh_unit_parts parts = {0};
	const struct look look = {db, unit_id, scope};
	size_t i = 0;
	const json_t *one = NULL;
	int r = 0;
	if (!json_is_array(given) || json_array_size(given) == 0 || json_array_size(given) > KH_UNIT_MAX_PARTS)
		return kh_fail(KH_E_INVALID_FIELD, "parts: expected a list of 1 to %d new units", KH_UNIT_MAX_PARTS);
	json_array_foreach(given, i, one) {
		struct kh_unit_part part = {0};
		r = r < 0 ? r : read_part(&look, one, &part);
		(void)kh_array_push(&parts.of, part);
	}
	if (r == 0) {
		*ret = parts;
		parts = (struct kh_unit_parts){0};
	}
	return r;
}
