#include "base/yaml.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/limits.h"
#include "base/str.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <yaml.h> /* libyaml */

struct kh_yaml_node {
	struct kh_yaml *doc;
	enum kh_yaml_kind kind;
	bool plain; /* scalar without quotes: may be null, a number, a boolean */
	int line, col;
	char *text;                             /* scalar */
	KH_ARRAY(struct kh_yaml_node *) items;  /* list items, or map values */
	KH_ARRAY(char *) keys;                  /* map */
};

struct kh_yaml {
	char *path;
	struct kh_yaml_node *root;
};

static void node_free(struct kh_yaml_node *n)
{
	if (!n)
		return;
	kh_array_each(&n->items, item)
		node_free(*item);
	kh_array_each(&n->keys, key)
		free(*key);
	kh_array_done(&n->items);
	kh_array_done(&n->keys);
	free(n->text);
	free(n);
}

void kh_yaml_free(struct kh_yaml *y)
{
	if (!y)
		return;
	node_free(y->root);
	free(y->path);
	free(y);
}

static int fail_at(const struct kh_yaml *y, yaml_mark_t at, const char *what)
{
	return kh_fail(KH_E_INVALID_CONFIG, "%s:%zu:%zu: %s", y->path, at.line + 1, at.column + 1, kh_words(what));
}

static int next_event(struct kh_yaml *y, yaml_parser_t *p, yaml_event_t *ret)
{
	if (yaml_parser_parse(p, ret))
		return 0;
	char what[256];
	snprintf(what, sizeof what, "%s%s%s", p->problem ? p->problem : "not YAML", p->context ? " " : "", p->context ? p->context : "");
	return fail_at(y, p->problem_mark, what);
}

static struct kh_yaml_node *node_new(struct kh_yaml *y, const yaml_event_t *e, enum kh_yaml_kind kind)
{
	struct kh_yaml_node *n = kh_alloc(sizeof *n);
	*n = (struct kh_yaml_node){.doc = y, .kind = kind, .line = (int)e->start_mark.line + 1, .col = (int)e->start_mark.column + 1};
	return n;
}

static int read_node(struct kh_yaml *y, yaml_parser_t *p, yaml_event_t *e, int depth, struct kh_yaml_node **ret);

static int read_scalar(struct kh_yaml *y, yaml_event_t *e, struct kh_yaml_node **ret)
{
	*ret = node_new(y, e, KH_YAML_SCALAR);
	(*ret)->plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	if (strlen((const char *)e->data.scalar.value) != e->data.scalar.length)
		return fail_at(y, e->start_mark, "a text may not hold a NUL");
	return kh_utf8_nfc((const char *)e->data.scalar.value, &(*ret)->text);
}

/* The key of the next entry, or NULL at the end of the map. */
static int read_key(struct kh_yaml *y, yaml_parser_t *p, const struct kh_yaml_node *map, char **ret)
{
	yaml_event_t e;
	int r = next_event(y, p, &e);
	if (r < 0)
		return r;
	*ret = NULL;
	if (e.type == YAML_SCALAR_EVENT)
		*ret = kh_strdup((const char *)e.data.scalar.value);
	if (*ret && kh_yaml_get(map, *ret)) {
		r = kh_fail(KH_E_INVALID_CONFIG, "%s:%zu:%zu: key \"%s\" stands twice", y->path, e.start_mark.line + 1, e.start_mark.column + 1, *ret);
		free(*ret);
	} else if (!*ret && e.type != YAML_MAPPING_END_EVENT) {
		r = fail_at(y, e.start_mark, "expected a key");
	}
	yaml_event_delete(&e);
	return r;
}

static int read_map(struct kh_yaml *y, yaml_parser_t *p, int depth, struct kh_yaml_node *map)
{
	for (;;) {
		char *key = NULL;
		int r = read_key(y, p, map, &key);
		if (r < 0 || !key)
			return r;
		kh_array_push(&map->keys, key);
		kh_array_push(&map->items, NULL);
		yaml_event_t e;
		r = next_event(y, p, &e);
		if (r == 0)
			r = read_node(y, p, &e, depth, &map->items.v[map->items.n - 1]);
		if (r < 0)
			return r;
	}
}

static int read_list(struct kh_yaml *y, yaml_parser_t *p, int depth, struct kh_yaml_node *list)
{
	for (;;) {
		yaml_event_t e;
		int r = next_event(y, p, &e);
		if (r < 0)
			return r;
		if (e.type == YAML_SEQUENCE_END_EVENT) {
			yaml_event_delete(&e);
			return 0;
		}
		struct kh_yaml_node **slot = kh_array_push(&list->items, NULL);
		r = read_node(y, p, &e, depth, slot);
		if (r < 0)
			return r;
	}
}

/* Consumes the event; on failure what was built so far hangs in *ret, to be freed with the document. */
static int read_node(struct kh_yaml *y, yaml_parser_t *p, yaml_event_t *e, int depth, struct kh_yaml_node **ret)
{
	int r = 0;
	yaml_event_type_t type = e->type;
	if (depth > KH_MAX_YAML_DEPTH)
		r = fail_at(y, e->start_mark, "nested too deep");
	else if (type == YAML_SCALAR_EVENT)
		r = read_scalar(y, e, ret);
	else if (type == YAML_SEQUENCE_START_EVENT)
		*ret = node_new(y, e, KH_YAML_LIST);
	else if (type == YAML_MAPPING_START_EVENT)
		*ret = node_new(y, e, KH_YAML_MAP);
	else
		r = fail_at(y, e->start_mark, "anchors and aliases are not used here");
	yaml_event_delete(e);
	if (r == 0 && type == YAML_SEQUENCE_START_EVENT)
		r = read_list(y, p, depth + 1, *ret);
	if (r == 0 && type == YAML_MAPPING_START_EVENT)
		r = read_map(y, p, depth + 1, *ret);
	return r;
}

/* STREAM-START, then DOCUMENT-START and the root node unless the stream is empty. */
static int read_document(struct kh_yaml *y, yaml_parser_t *p)
{
	for (;;) {
		yaml_event_t e;
		int r = next_event(y, p, &e);
		if (r < 0)
			return r;
		yaml_event_type_t type = e.type;
		if (type != YAML_STREAM_START_EVENT && type != YAML_DOCUMENT_START_EVENT && type != YAML_STREAM_END_EVENT)
			return read_node(y, p, &e, 0, &y->root);
		yaml_event_delete(&e);
		if (type == YAML_STREAM_END_EVENT)
			return 0;
	}
}

int kh_yaml_parse(const char *path, const char *text, size_t n, struct kh_yaml **ret)
{
	if (n > KH_MAX_CONFIG_BYTES)
		return kh_fail(KH_E_TOO_LARGE, "%s: %zu bytes; at most %lu are read", path, n, KH_MAX_CONFIG_BYTES);
	kh_auto_yaml struct kh_yaml *y = kh_alloc(sizeof *y);
	y->path = kh_strdup(path);
	yaml_parser_t p;
	kh_assert(yaml_parser_initialize(&p));
	yaml_parser_set_input_string(&p, (const unsigned char *)text, n);
	int r = read_document(y, &p);
	yaml_parser_delete(&p);
	if (r < 0)
		return r;
	*ret = kh_take(y);
	return 0;
}

const struct kh_yaml_node *kh_yaml_root(const struct kh_yaml *y)
{
	return y->root;
}

enum kh_yaml_kind kh_yaml_kind(const struct kh_yaml_node *node)
{
	return node->kind;
}

size_t kh_yaml_count(const struct kh_yaml_node *node)
{
	return node ? node->items.n : 0;
}

const struct kh_yaml_node *kh_yaml_item(const struct kh_yaml_node *list, size_t i)
{
	return list && i < list->items.n ? list->items.v[i] : NULL;
}

const char *kh_yaml_key(const struct kh_yaml_node *map, size_t i, const struct kh_yaml_node **ret_value)
{
	kh_assert(map->kind == KH_YAML_MAP && i < map->keys.n);
	if (ret_value)
		*ret_value = map->items.v[i];
	return map->keys.v[i];
}

const struct kh_yaml_node *kh_yaml_get(const struct kh_yaml_node *map, const char *key)
{
	if (!map || map->kind != KH_YAML_MAP)
		return NULL;
	for (size_t i = 0; i < map->keys.n; i++)
		if (kh_streq(map->keys.v[i], key))
			return map->items.v[i];
	return NULL;
}

char *kh_yaml_place(const struct kh_yaml_node *node)
{
	return kh_format("%s:%d:%d", node->doc->path, node->line, node->col);
}

int kh_yaml_fail(const struct kh_yaml_node *node, const char *fmt, ...)
{
	char what[KH_MAX_ERROR_DETAIL];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(what, sizeof what, kh_words(fmt), ap);
	va_end(ap);
	return kh_fail(KH_E_INVALID_CONFIG, "%s:%d:%d: %s", node->doc->path, node->line, node->col, what);
}

bool kh_yaml_is_null(const struct kh_yaml_node *node)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
	if (!node)
		return true;
	if (node->kind != KH_YAML_SCALAR || !node->plain)
		return false;
	for (size_t i = 0; i < KH_COUNT(nulls); i++)
		if (kh_streq(node->text, nulls[i]))
			return true;
	return false;
}

int kh_yaml_text(const struct kh_yaml_node *node, const char **ret)
{
	if (node->kind != KH_YAML_SCALAR)
		return kh_yaml_fail(node, "expected a text");
	*ret = node->text;
	return 0;
}

int kh_yaml_int(const struct kh_yaml_node *node, int64_t min, int64_t max, int64_t *ret)
{
	if (node->kind == KH_YAML_SCALAR && node->plain && kh_parse_int(node->text, min, max, ret))
		return 0;
	return kh_yaml_fail(node, "expected a whole number from %lld to %lld", (long long)min, (long long)max);
}

int kh_yaml_bool(const struct kh_yaml_node *node, bool *ret)
{
	bool is_true = node->kind == KH_YAML_SCALAR && kh_streq(node->text, "true");
	if (!is_true && !(node->kind == KH_YAML_SCALAR && kh_streq(node->text, "false")))
		return kh_yaml_fail(node, "expected true or false");
	*ret = is_true;
	return 0;
}

int kh_yaml_get_text(const struct kh_yaml_node *map, const char *key, const char **ret)
{
	const struct kh_yaml_node *node = kh_yaml_get(map, key);
	if (kh_yaml_is_null(node))
		return kh_yaml_fail(map, "\"%s\" is missing", key);
	return kh_yaml_text(node, ret);
}

int kh_yaml_get_text_or(const struct kh_yaml_node *map, const char *key, const char *otherwise, const char **ret)
{
	const struct kh_yaml_node *node = kh_yaml_get(map, key);
	if (!kh_yaml_is_null(node))
		return kh_yaml_text(node, ret);
	*ret = otherwise;
	return 0;
}

int kh_yaml_only(const struct kh_yaml_node *map, const char *const *known)
{
	if (map->kind != KH_YAML_MAP)
		return kh_yaml_fail(map, "expected keys and values");
	for (size_t i = 0; i < map->keys.n; i++) {
		bool found = false;
		for (const char *const *k = known; *k && !found; k++)
			found = kh_streq(*k, map->keys.v[i]);
		if (!found)
			return kh_yaml_fail(map->items.v[i], "unknown key \"%s\"", map->keys.v[i]);
	}
	return 0;
}
