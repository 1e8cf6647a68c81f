/* YAML files written by people (settings, packs), over libyaml: a tree whose every node knows its line and column, so that each complaint can
 * say file:line:column and what was expected. Anchors and aliases are refused (they make small files huge); depth and size are limited.
 *
 * The document owns its nodes; texts are lent until kh_yaml_free. Getters return KH_E_INVALID_CONFIG with "path:line:col: …". */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kh_yaml;
struct kh_yaml_node;

/* `path` is for messages only. */
int kh_yaml_parse(const char *path, const char *text, size_t n, struct kh_yaml **ret) KH_MUST_USE;
void kh_yaml_free(struct kh_yaml *y);
KH_DEFINE_CLEANUP(yaml, struct kh_yaml *, kh_yaml_free);
#define kh_auto_yaml KH_CLEANUP(kh_cleanup_yaml)

/* NULL for an empty document. */
const struct kh_yaml_node *kh_yaml_root(const struct kh_yaml *y);

enum kh_yaml_kind { KH_YAML_SCALAR, KH_YAML_LIST, KH_YAML_MAP };
enum kh_yaml_kind kh_yaml_kind(const struct kh_yaml_node *node);

/* Items of a list, or entries of a map. */
size_t kh_yaml_count(const struct kh_yaml_node *node);
const struct kh_yaml_node *kh_yaml_item(const struct kh_yaml_node *list, size_t i);
const char *kh_yaml_key(const struct kh_yaml_node *map, size_t i, const struct kh_yaml_node **ret_value);

/* The value of a key in a map; NULL when absent or when `map` is no map. */
const struct kh_yaml_node *kh_yaml_get(const struct kh_yaml_node *map, const char *key);

/* Scalars. is_null: absent node, `null`, `~` or an empty plain scalar. */
bool kh_yaml_is_null(const struct kh_yaml_node *node);
int kh_yaml_text(const struct kh_yaml_node *node, const char **ret) KH_MUST_USE;
int kh_yaml_int(const struct kh_yaml_node *node, int64_t min, int64_t max, int64_t *ret) KH_MUST_USE;
int kh_yaml_bool(const struct kh_yaml_node *node, bool *ret) KH_MUST_USE;

/* Text of a required / optional key of a map. */
int kh_yaml_get_text(const struct kh_yaml_node *map, const char *key, const char **ret) KH_MUST_USE;
int kh_yaml_get_text_or(const struct kh_yaml_node *map, const char *key, const char *otherwise, const char **ret) KH_MUST_USE;

/* Refuses a map with a key that is not among `known` (NULL-terminated): a misspelt setting is said, not ignored. */
int kh_yaml_only(const struct kh_yaml_node *map, const char *const *known) KH_MUST_USE;

/* "path:line:column", new memory. */
char *kh_yaml_place(const struct kh_yaml_node *node) KH_MUST_USE;

/* KH_E_INVALID_CONFIG with the place of this node. */
int kh_yaml_fail(const struct kh_yaml_node *node, const char *fmt, ...) KH_PRINTF(2, 3);
