/* The parts of a split as people write them. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"
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
	const struct kh_unit_places *places;
};

static int read_item(const struct look *look, const json_t *given, struct kh_unit_part *part)
{
	const char *what = json_string_value(json_object_get(given, "what"));
	const json_t *id = json_object_get(given, "id");
	struct kh_unit_item item = {.what = what ? kh_unit_item_what(what) : NULL};
	if (!item.what || !(json_is_string(id) || json_is_integer(id)))
		return kh_fail(KH_E_INVALID_FIELD, "parts: expected items as {\"what\", \"id\"}");
	kh_auto_free char *called = json_is_string(id) ? kh_strdup(json_string_value(id)) : kh_format("%" JSON_INTEGER_FORMAT, json_integer_value(id));
	int r = kh_reference_find(look->db, item.what, look->unit_id, id, &item.id);
	if (r < 0)
		return kh_fail_in(r, "%s %s", what, called);
	(void)kh_array_push(&part->items.of, item);
	return 0;
}

/* A place as it was given; the same place in other letters is the same. */
struct wanted {
	const char *given;
	char *fold;
};
struct wanteds {
	KH_ARRAY(struct wanted) of;
};

static void wanteds_done(struct wanteds *places)
{
	kh_array_each(&places->of, place)
		free(place->fold);
	kh_array_done(&places->of);
}

static int by_fold(const void *a, const void *b)
{
	const struct wanted *x = a, *y = b;
	return strcmp(x->fold, y->fold);
}

static int fold_places(const json_t *list, struct wanteds *ret)
{
	size_t i = 0;
	const json_t *one = NULL;
	int r = 0;
	json_array_foreach(list, i, one) {
		struct wanted place = {.given = json_string_value(one)};
		if (!place.given)
			return kh_fail(KH_E_INVALID_FIELD, "parts: expected places as texts");
		r = kh_utf8_fold(place.given, &place.fold);
		if (r < 0)
			return r;
		(void)kh_array_push(&ret->of, place);
	}
	if (ret->of.n)
		qsort(ret->of.v, ret->of.n, sizeof *ret->of.v, by_fold);
	return r;
}

static int read_places(const struct look *look, const json_t *list, struct kh_unit_part *part)
{
	KH_CLEANUP(wanteds_done) struct wanteds places = {0};
	const char *last = NULL;
	int r = fold_places(list, &places);
	if (r < 0)
		return r;
	kh_array_each(&places.of, place) {
		size_t before = part->items.of.n;
		if (last && kh_streq(last, place->fold))
			continue;
		kh_unit_items_at(look->places, last = place->fold, &part->items);
		if (part->items.of.n == before)
			return kh_fail(KH_E_NOT_FOUND, "no machine of the unit stands at \"%s\"", place->given);
	}
	return 0;
}

static int read_items(const struct look *look, const json_t *list, struct kh_unit_part *part)
{
	size_t i = 0;
	const json_t *one = NULL;
	int r = 0;
	json_array_foreach(list, i, one)
		r = r < 0 ? r : read_item(look, one, part);
	return r;
}

/* How much a part names, before any of it is looked for. */
static int count_names(const json_t *given, size_t *n)
{
	static const char *const lists[] = {"items", "places"};
	for (size_t i = 0; i < KH_COUNT(lists); i++) {
		const json_t *list = json_object_get(given, lists[i]);
		if (list && !json_is_array(list))
			return kh_fail(KH_E_INVALID_FIELD, "parts: items and places are lists");
		*n += json_array_size(list);
	}
	return *n > KH_UNIT_MAX_ITEMS ? kh_fail(KH_E_LIMIT_REACHED, "parts: at most %d items and places", KH_UNIT_MAX_ITEMS) : 0;
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

/* A word that is mistyped must not give a unit less than was meant. */
static int check_keys(const json_t *given)
{
	static const char *const known[] = {"name", "kind", "code", "parent", "rest", "items", "places"};
	const char *key = NULL;
	json_t *value = NULL;
	json_object_foreach((json_t *)(uintptr_t)given, key, value) {
		bool is_known = false;
		for (size_t i = 0; i < KH_COUNT(known); i++)
			is_known = is_known || kh_streq(known[i], key);
		char shown[64];
		kh_printable(shown, sizeof shown, key);
		if (!is_known)
			return kh_fail(KH_E_INVALID_FIELD, "%s: unknown field", shown);
	}
	return 0;
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
	int r = check_keys(given);
	r = r < 0 ? r : kh_unit_check_new(&(struct kh_unit_new){.name = name, .kind = kind, .code = part->code});
	r = r < 0 || !parent || !*parent ? r : read_parent(look, parent, &part->parent);
	r = r < 0 ? r : read_items(look, json_object_get(given, "items"), part);
	r = r < 0 ? r : read_places(look, json_object_get(given, "places"), part);
	kh_unit_items_once(&part->items); /* a place and a list may name the same machine */
	return r;
}

int kh_unit_parts_read(struct kh_db *db, int64_t unit_id, const struct kh_scope *scope, const json_t *given, struct kh_unit_parts *ret)
{
	kh_auto_unit_parts struct kh_unit_parts parts = {0};
	kh_auto_unit_places struct kh_unit_places places = {0};
	const struct look look = {db, unit_id, scope, &places};
	size_t i = 0, named = 0;
	const json_t *one = NULL;
	int r = 0;
	if (!json_is_array(given) || json_array_size(given) == 0 || json_array_size(given) > KH_UNIT_MAX_PARTS)
		return kh_fail(KH_E_INVALID_FIELD, "parts: expected a list of 1 to %d new units", KH_UNIT_MAX_PARTS);
	json_array_foreach(given, i, one)
		r = r < 0 ? r : count_names(one, &named);
	r = r < 0 ? r : kh_unit_places_of(db, unit_id, &places);
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
