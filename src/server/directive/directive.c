#include "server/directive/directive.h"

#include "base/error.h"
#include "base/str.h"
#include "os/yaml_files.h"
#include "server/posture/control.h"
#include "server/posture/figure.h"

#include <errno.h>

void kh_directive_done(struct kh_directive *d)
{
	kh_array_each(&d->clauses, clause) {
		kh_array_done(&clause->needs);
		kh_array_done(&clause->controls);
		kh_array_done(&clause->figures);
	}
	kh_array_done(&d->clauses);
	kh_yaml_free(kh_take(d->text));
}

void kh_directives_done(struct kh_directives *all)
{
	kh_array_each(&all->of, directive)
		kh_directive_done(directive);
	kh_array_done(&all->of);
}

/* --- one file --- */

static int read_words(const struct kh_yaml_node *map, const char *key, struct kh_words *ret)
{
	static const char *const known[] = {"vi", "en", NULL};
	const struct kh_yaml_node *node = key ? kh_yaml_get(map, key) : map;
	if (!node || kh_yaml_kind(node) != KH_YAML_MAP)
		return kh_yaml_fail(node ? node : map, "expected %s%stexts in both languages: {vi: …, en: …}", key ? key : "", key ? ": " : "");
	int r = kh_yaml_only(node, known);
	r = r < 0 ? r : kh_yaml_get_text(node, "vi", &ret->in[0]);
	return r < 0 ? r : kh_yaml_get_text(node, "en", &ret->in[1]);
}

static int expect_list(const struct kh_yaml_node *clause, const char *key, const struct kh_yaml_node **ret, size_t *ret_n)
{
	const struct kh_yaml_node *list = kh_yaml_get(clause, key);
	bool none = kh_yaml_is_null(list);
	if (!none && kh_yaml_kind(list) != KH_YAML_LIST)
		return kh_yaml_fail(list, "%s: expected a list", key);
	*ret = list;
	*ret_n = none ? 0 : kh_yaml_count(list);
	return 0;
}

static int read_controls(const struct kh_yaml_node *node, struct kh_clause *clause)
{
	const struct kh_yaml_node *list = NULL;
	size_t n = 0;
	int r = expect_list(node, "controls", &list, &n);
	for (size_t i = 0; r == 0 && i < n; i++) {
		const char *name = NULL;
		r = kh_yaml_text(kh_yaml_item(list, i), &name);
		const struct kh_control *control = r < 0 ? NULL : kh_control_named(name);
		if (r == 0 && !control)
			r = kh_yaml_fail(kh_yaml_item(list, i), "there is no control %s in spec/controls", name);
		for (size_t k = 0; r == 0 && k < clause->controls.n; k++)
			if (clause->controls.v[k] == control)
				r = kh_yaml_fail(kh_yaml_item(list, i), "the control %s stands twice", name);
		if (r == 0)
			(void)kh_array_push(&clause->controls, control);
	}
	return r;
}

static int read_figures(const struct kh_yaml_node *node, struct kh_clause *clause)
{
	const struct kh_yaml_node *list = NULL;
	size_t n = 0;
	int r = expect_list(node, "figures", &list, &n);
	for (size_t i = 0; r == 0 && i < n; i++) {
		const char *name = NULL;
		r = kh_yaml_text(kh_yaml_item(list, i), &name);
		const struct kh_figure *figure = r < 0 ? NULL : kh_figure_named(name);
		if (r == 0 && !figure)
			r = kh_yaml_fail(kh_yaml_item(list, i), "there is no figure %s in spec/figures", name);
		if (r == 0)
			(void)kh_array_push(&clause->figures, figure);
	}
	return r;
}

static int read_needs(const struct kh_yaml_node *node, struct kh_clause *clause)
{
	const struct kh_yaml_node *list = NULL;
	size_t n = 0;
	int r = expect_list(node, "needs", &list, &n);
	for (size_t i = 0; r == 0 && i < n; i++) {
		struct kh_words words = {0};
		r = read_words(kh_yaml_item(list, i), NULL, &words);
		if (r == 0)
			(void)kh_array_push(&clause->needs, words);
	}
	return r;
}

static int read_by(const struct kh_yaml_node *node, struct kh_clause *clause)
{
	int64_t day = 0;
	int r = kh_yaml_get_text_or(node, "by", NULL, &clause->by);
	if (r < 0 || !clause->by)
		return r;
	if (!kh_day_parse(clause->by, &day))
		return kh_yaml_fail(kh_yaml_get(node, "by"), "by: expected a day, YYYY-MM-DD");
	return 0;
}

static int read_kind(const struct kh_yaml_node *node, struct kh_clause *clause)
{
	static const char *const kinds[] = {"A", "W", "A+W", "W (human)"};
	int r = kh_yaml_get_text(node, "kind", &clause->kind);
	for (size_t i = 0; r == 0 && i < KH_COUNT(kinds); i++)
		if (kh_streq(clause->kind, kinds[i]))
			return 0;
	return r < 0 ? r : kh_yaml_fail(kh_yaml_get(node, "kind"), "kind: expected A, W, A+W or W (human)");
}

static int read_target(const struct kh_yaml_node *node, struct kh_clause *clause)
{
	const struct kh_yaml_node *target = kh_yaml_get(node, "target");
	int64_t percent = 100;
	int r = kh_yaml_is_null(target) ? 0 : kh_yaml_int(target, 0, 100, &percent);
	clause->target = (double)percent;
	return r;
}

static int read_clause(const struct kh_yaml_node *node, struct kh_clause *clause)
{
	static const char *const known[] = {"id", "clause", "quote", "kind", "does", "figures", "controls", "needs", "target", "by", "note", NULL};
	int r = kh_yaml_only(node, known);
	r = r < 0 ? r : kh_yaml_get_text(node, "id", &clause->id);
	r = r < 0 ? r : kh_yaml_get_text(node, "clause", &clause->clause);
	r = r < 0 ? r : kh_yaml_get_text(node, "quote", &clause->quote);
	r = r < 0 ? r : read_kind(node, clause);
	r = r < 0 ? r : read_words(node, "does", &clause->does);
	r = r < 0 ? r : read_target(node, clause);
	r = r < 0 ? r : read_by(node, clause);
	r = r < 0 ? r : read_controls(node, clause);
	r = r < 0 ? r : read_figures(node, clause);
	return r < 0 ? r : read_needs(node, clause);
}

static int read_clauses(const struct kh_yaml_node *root, struct kh_directive *d)
{
	const struct kh_yaml_node *list = NULL;
	size_t n = 0;
	int r = expect_list(root, "clauses", &list, &n);
	if (r == 0 && (n == 0 || n > KH_MAX_CLAUSES))
		return kh_yaml_fail(list ? list : root, "clauses: expected 1 to %d", KH_MAX_CLAUSES);
	for (size_t i = 0; r == 0 && i < n; i++) {
		struct kh_clause *clause = kh_array_push(&d->clauses, (struct kh_clause){0});
		r = read_clause(kh_yaml_item(list, i), clause);
		for (size_t k = 0; r == 0 && k < i; k++)
			if (kh_streq(d->clauses.v[k].id, clause->id))
				r = kh_yaml_fail(kh_yaml_item(list, i), "the clause %s stands twice", clause->id);
	}
	return r;
}

static bool file_is_named(const char *path, const char *id)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	return kh_starts_with(name, id) && kh_streq(name + strlen(id), ".yaml");
}

static int read_root(const struct kh_yaml_node *root, const char *path, struct kh_directive *d)
{
	static const char *const known[] = {"id", "number", "date", "title", "issuer", "superseded_by", "clauses", "note", "addressees", NULL};
	int r = kh_yaml_only(root, known);
	r = r < 0 ? r : kh_yaml_get_text(root, "id", &d->id);
	if (r == 0 && !file_is_named(path, d->id))
		return kh_yaml_fail(kh_yaml_get(root, "id"), "id: %s must be the name of the file without .yaml", d->id);
	r = r < 0 ? r : kh_yaml_get_text_or(root, "number", NULL, &d->number);
	r = r < 0 ? r : kh_yaml_get_text_or(root, "date", NULL, &d->date);
	r = r < 0 ? r : kh_yaml_get_text(root, "issuer", &d->issuer);
	r = r < 0 ? r : kh_yaml_get_text_or(root, "superseded_by", NULL, &d->superseded_by);
	r = r < 0 ? r : read_words(root, "title", &d->title);
	return r < 0 ? r : read_clauses(root, d);
}

int kh_directive_parse(const char *path, const char *text, size_t n, struct kh_directive *ret)
{
	struct kh_directive d KH_CLEANUP(kh_directive_done) = {0};
	int r = kh_yaml_parse(path, text, n, &d.text);
	if (r < 0)
		return r;
	const struct kh_yaml_node *root = kh_yaml_root(d.text);
	if (!root || kh_yaml_kind(root) != KH_YAML_MAP)
		return kh_fail(KH_E_INVALID_CONFIG, "%s:1:1: expected a directive: id, title, issuer, clauses", path);
	r = read_root(root, path, &d);
	if (r < 0)
		return r;
	*ret = d;
	d = (struct kh_directive){0};
	return 0;
}

/* --- the directory --- */

static int take_file(void *arg, const char *path, const char *text, size_t n)
{
	struct kh_directives *all = arg;
	struct kh_directive d = {0};
	if (all->of.n == KH_MAX_DIRECTIVES)
		return kh_fail(KH_E_TOO_LARGE, "%s: more than %d directives", path, KH_MAX_DIRECTIVES);
	int r = kh_directive_parse(path, text, n, &d);
	if (r == 0)
		(void)kh_array_push(&all->of, d);
	return r;
}

int kh_directives_load(const char *directory, struct kh_directives *ret)
{
	struct kh_directives all KH_CLEANUP(kh_directives_done) = {0};
	int r = kh_yaml_files_read(directory, take_file, &all);
	if (r < 0)
		return r;
	kh_array_each(&all.of, d) /* they stay where they are now */
		kh_array_each(&d->clauses, clause)
			clause->directive = d;
	*ret = all;
	all = (struct kh_directives){0};
	return 0;
}

const struct kh_directive *kh_directive_named(const struct kh_directives *all, const char *id)
{
	for (size_t i = 0; i < all->of.n; i++)
		if (kh_streq(all->of.v[i].id, id))
			return &all->of.v[i];
	return NULL;
}

/* --- states --- */

enum kh_state kh_clause_state(const struct kh_clause *clause, const struct kh_posture *posture)
{
	const struct kh_counts *counts[KH_CONTROLS_COUNT];
	size_t n = KH_MIN(clause->controls.n, KH_COUNT(counts)); /* none stands twice */
	for (size_t i = 0; i < n; i++)
		counts[i] = &posture->of[kh_control_id(clause->controls.v[i])];
	return kh_state_of(counts, n, clause->target, clause->needs.n > 0);
}

struct kh_states kh_directive_states(const struct kh_directive *directive, const struct kh_posture *posture)
{
	struct kh_states states = {0};
	for (size_t i = 0; i < directive->clauses.n; i++)
		states.of[kh_clause_state(&directive->clauses.v[i], posture)]++;
	return states;
}
