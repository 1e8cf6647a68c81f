#include "content/set.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"

#include <stdio.h>
#include <string.h>

enum { VERSION = 1, HEX = 64 };

static void file_done(struct kh_content_file *f)
{
	free(f->name);
	free(f->origin);
}

static void external_done(struct kh_content_external *e)
{
	free(e->origin);
	free(e->name);
	free(e->value);
}

void kh_content_set_done(struct kh_content_set *set)
{
	kh_array_each(&set->files, f)
		file_done(f);
	kh_array_each(&set->externals, e)
		external_done(e);
	kh_array_done(&set->files);
	kh_array_done(&set->externals);
	kh_rule_problems_done(&set->problems);
	*set = (struct kh_content_set){0};
}

bool kh_content_name_good(const char *name)
{
	size_t n = strlen(name);
	if (n == 0 || n > KH_CONTENT_MAX_NAME)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((uint8_t)name[i] < 0x20 || name[i] == 0x7f)
			return false;
	for (const char *part = name;; part++) {
		size_t len = strcspn(part, "/");
		if (len == 0 || (len <= 2 && strspn(part, ".") >= len))
			return false;
		part += len;
		if (!*part)
			return true;
	}
}

/* ---- files ---- */

/* The place of the name, or where it belongs. */
static size_t place_of(const struct kh_content_set *set, const char *name)
{
	size_t low = 0, high = set->files.n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(set->files.v[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct kh_content_file *kh_content_set_find(const struct kh_content_set *set, const char *name)
{
	size_t i = place_of(set, name);
	return i < set->files.n && kh_streq(set->files.v[i].name, name) ? &set->files.v[i] : NULL;
}

void kh_content_set_add(struct kh_content_set *set, const struct kh_content_file *file)
{
	struct kh_content_file copy = *file;
	size_t i = place_of(set, file->name);
	copy.name = kh_strdup(file->name);
	copy.origin = kh_strdup(file->origin);
	if (i < set->files.n && kh_streq(set->files.v[i].name, file->name)) {
		file_done(&set->files.v[i]);
	} else {
		kh_array_push(&set->files, copy);
		memmove(&set->files.v[i + 1], &set->files.v[i], (set->files.n - 1 - i) * sizeof copy);
	}
	set->files.v[i] = copy;
}

/* ---- external variables ---- */

static bool is_identifier(const char *name)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_", all[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
	size_t n = strspn(name, all);
	return n > 0 && n <= KH_CONTENT_MAX_EXTERNAL_NAME && !name[n] && strchr(first, *name);
}

static int compare_external(const struct kh_content_external *e, const char *origin, const char *name)
{
	int order = strcmp(e->origin, origin);
	return order ? order : strcmp(e->name, name);
}

int kh_content_set_define(struct kh_content_set *set, const char *origin, const char *name, const char *value)
{
	size_t i = 0;
	if (!is_identifier(name) || strlen(value) > KH_CONTENT_MAX_EXTERNAL_VALUE)
		return kh_fail(KH_E_INVALID_FIELD, "-d %s: not a name for a variable of YARA rules, or too long a value", name);
	while (i < set->externals.n && compare_external(&set->externals.v[i], origin, name) < 0)
		i++;
	if (i < set->externals.n && compare_external(&set->externals.v[i], origin, name) == 0) {
		free(set->externals.v[i].value);
		set->externals.v[i].value = kh_strdup(value);
		return 0;
	}
	if (set->externals.n == KH_CONTENT_MAX_EXTERNALS)
		return kh_fail(KH_E_TOO_LARGE, "more than %d variables of YARA rules", KH_CONTENT_MAX_EXTERNALS);
	struct kh_content_external e = {kh_strdup(origin), kh_strdup(name), kh_strdup(value)};
	kh_array_push(&set->externals, e);
	memmove(&set->externals.v[i + 1], &set->externals.v[i], (set->externals.n - 1 - i) * sizeof e);
	set->externals.v[i] = e;
	return 0;
}

static void remove_externals(struct kh_content_set *set, const char *origin)
{
	size_t kept = 0;
	kh_array_each(&set->externals, e) {
		if (kh_streq(e->origin, origin))
			external_done(e);
		else
			set->externals.v[kept++] = *e;
	}
	set->externals.n = kept;
}

static bool same_externals(const struct kh_content_set *a, const struct kh_content_set *b)
{
	if (a->externals.n != b->externals.n)
		return false;
	for (size_t i = 0; i < a->externals.n; i++) {
		const struct kh_content_external *e = &a->externals.v[i];
		if (compare_external(&b->externals.v[i], e->origin, e->name) != 0 || !kh_streq(b->externals.v[i].value, e->value))
			return false;
	}
	return true;
}

/* ---- the whole ---- */

size_t kh_content_set_remove(struct kh_content_set *set, const char *origin)
{
	size_t kept = 0, before = set->files.n;
	remove_externals(set, origin);
	for (size_t i = 0; i < before; i++) {
		if (kh_streq(set->files.v[i].origin, origin))
			file_done(&set->files.v[i]);
		else
			set->files.v[kept++] = set->files.v[i];
	}
	set->files.n = kept;
	return before - kept;
}

bool kh_content_set_same(const struct kh_content_set *a, const struct kh_content_set *b)
{
	if (a->files.n != b->files.n || !same_externals(a, b))
		return false;
	for (size_t i = 0; i < a->files.n; i++)
		if (!kh_streq(a->files.v[i].name, b->files.v[i].name) || memcmp(a->files.v[i].sha256, b->files.v[i].sha256, 32) != 0)
			return false;
	return true;
}

int64_t kh_content_set_newest_s(const struct kh_content_set *set, const char *shipped)
{
	int64_t newest = 0;
	kh_array_each(&set->files, f)
		if (!kh_streq(f->origin, shipped))
			newest = KH_MAX(newest, f->made_s);
	return newest;
}

static bool is_used(const struct kh_content_set *set, const struct kh_content_file *f)
{
	kh_array_each(&set->problems, p)
		if (kh_rule_problem_is_whole(p) && kh_streq(p->source, f->name))
			return false;
	return true;
}

struct kh_content_state kh_content_set_state(const struct kh_content_set *set, const char *shipped, int64_t number)
{
	struct kh_content_state state = {
		.current = number,
		.made_s = set->made_s,
		.newest_s = kh_content_set_newest_s(set, shipped),
		.yara_rules = (int64_t)set->info.yara_rules,
		.clamav_signatures = (int64_t)set->info.clamav_signatures,
		.hashes = (int64_t)set->info.hashes,
		.left_out = (int64_t)(set->problems.n + set->problems.more),
	};
	kh_array_each(&set->files, f)
		state.imported |= !kh_streq(f->origin, shipped) && is_used(set, f);
	return state;
}

/* ---- text ---- */

static void set_hash(json_t *j, const char *key, const uint8_t sha256[32])
{
	kh_auto_buf struct kh_buf hex = KH_BUF_INIT;
	kh_buf_add_hex(&hex, sha256, 32);
	kh_json_set_text(j, key, hex.data);
}

static json_t *file_json(const struct kh_content_file *f)
{
	json_t *j = json_object();
	kh_json_set_text(j, "name", f->name);
	kh_json_set_text(j, "origin", f->origin);
	set_hash(j, "sha256", f->sha256);
	kh_json_set_int(j, "size", (int64_t)f->size);
	kh_json_set_int(j, "imported_s", f->imported_s);
	kh_json_set_int(j, "made_s", f->made_s);
	return j;
}

static json_t *external_json(const struct kh_content_external *e)
{
	json_t *j = json_object();
	kh_json_set_text(j, "origin", e->origin);
	kh_json_set_text(j, "name", e->name);
	kh_json_set_text(j, "value", e->value);
	return j;
}

static json_t *problem_json(const struct kh_rule_problem *p)
{
	json_t *j = json_object();
	kh_json_set_text(j, "source", p->source);
	kh_json_set_text(j, "item", p->item);
	kh_json_set_int(j, "line", p->line);
	kh_json_set_text(j, "text", p->text);
	return j;
}

char *kh_content_set_text(const struct kh_content_set *set)
{
	kh_auto_json json_t *j = json_object();
	json_t *files = json_array(), *externals = json_array(), *problems = json_array();
	size_t kept = KH_MIN(set->problems.n, (size_t)KH_CONTENT_KEPT_PROBLEMS);
	kh_json_set_int(j, "v", VERSION);
	kh_json_set_int(j, "made_s", set->made_s);
	kh_json_set_int(j, "bundle_made_s", set->bundle_made_s);
	kh_json_set_int(j, "yara_rules", (int64_t)set->info.yara_rules);
	kh_json_set_int(j, "clamav_signatures", (int64_t)set->info.clamav_signatures);
	kh_json_set_int(j, "hashes", (int64_t)set->info.hashes);
	kh_json_set_int(j, "unsigned_databases", (int64_t)set->info.unsigned_databases);
	kh_json_set_int(j, "compiled_bytes", (int64_t)set->compiled_bytes);
	set_hash(j, "compiled_sha256", set->compiled_sha256);
	kh_array_each(&set->files, f)
		json_array_append_new(files, file_json(f));
	kh_array_each(&set->externals, e)
		json_array_append_new(externals, external_json(e));
	for (size_t i = 0; i < kept; i++)
		json_array_append_new(problems, problem_json(&set->problems.v[i]));
	json_object_set_new(j, "files", files);
	json_object_set_new(j, "externals", externals);
	json_object_set_new(j, "problems", problems);
	kh_json_set_int(j, "more_problems", (int64_t)(set->problems.more + set->problems.n - kept));
	return kh_json_dump(j);
}

static int get_count(const json_t *j, const char *key, int64_t max, uint64_t *ret)
{
	int64_t n = 0;
	int r = kh_json_int(j, key, 0, max, &n);
	if (r == 0)
		*ret = (uint64_t)n;
	return r;
}

static int get_hash(const json_t *j, const char *key, uint8_t ret[32])
{
	const char *hex = NULL;
	int r = kh_json_text(j, key, &hex);
	if (r == 0 && (strlen(hex) != HEX || !kh_unhex(hex, ret, 32)))
		return kh_fail(KH_E_SYNTAX, "%s: no SHA-256", key);
	return r;
}

static bool is_below(const char *name, const char *origin)
{
	size_t n = strlen(origin);
	return kh_starts_with(name, origin) && (name[n] == '/' || !name[n]);
}

static int parse_file(const json_t *j, struct kh_content_set *set)
{
	struct kh_content_file f = {0};
	const char *name = NULL, *origin = NULL;
	int r = kh_json_text(j, "name", &name);
	r = r < 0 ? r : kh_json_text(j, "origin", &origin);
	r = r < 0 ? r : get_hash(j, "sha256", f.sha256);
	r = r < 0 ? r : get_count(j, "size", KH_CONTENT_MAX_FILE_BYTES, &f.size);
	r = r < 0 ? r : kh_json_int(j, "imported_s", 0, INT64_MAX, &f.imported_s);
	r = r < 0 ? r : kh_json_int(j, "made_s", 0, INT64_MAX, &f.made_s);
	if (r < 0)
		return r;
	if (!kh_content_name_good(name) || !kh_content_name_good(origin) || !is_below(name, origin))
		return kh_fail(KH_E_SYNTAX, "a source with an impossible name");
	f.name = (char *)(uintptr_t)name;
	f.origin = (char *)(uintptr_t)origin;
	kh_content_set_add(set, &f);
	return 0;
}

static int parse_files(const json_t *files, struct kh_content_set *set)
{
	uint64_t bytes = 0;
	if (!json_is_array(files))
		return kh_fail(KH_E_SYNTAX, "no files");
	if (json_array_size(files) > KH_CONTENT_MAX_FILES)
		return kh_fail(KH_E_TOO_LARGE, "more than %d sources", KH_CONTENT_MAX_FILES);
	for (size_t i = 0; i < json_array_size(files); i++) {
		int r = parse_file(json_array_get(files, i), set);
		if (r < 0)
			return r;
	}
	kh_array_each(&set->files, f)
		bytes += f->size;
	return bytes > KH_CONTENT_MAX_SET_BYTES ? kh_fail(KH_E_TOO_LARGE, "sources of more than %lu bytes", KH_CONTENT_MAX_SET_BYTES) : 0;
}

/* Those of older programs have none. */
static int parse_externals(const json_t *externals, struct kh_content_set *set)
{
	for (size_t i = 0; i < json_array_size(externals); i++) {
		const json_t *e = json_array_get(externals, i);
		const char *origin = NULL, *name = NULL, *value = NULL;
		int r = kh_json_text(e, "origin", &origin);
		r = r < 0 ? r : kh_json_text(e, "name", &name);
		r = r < 0 ? r : kh_json_text(e, "value", &value);
		r = r < 0 ? r : kh_content_set_define(set, origin, name, value);
		if (r < 0)
			return r;
	}
	return 0;
}

static int parse_problems(const json_t *problems, struct kh_content_set *set)
{
	for (size_t i = 0; i < json_array_size(problems); i++) {
		const json_t *p = json_array_get(problems, i);
		const char *source = NULL, *item = NULL, *text = NULL;
		int64_t line = 0;
		int r = kh_json_text(p, "source", &source);
		r = r < 0 ? r : kh_json_text_or(p, "item", NULL, &item);
		r = r < 0 ? r : kh_json_text(p, "text", &text);
		r = r < 0 ? r : kh_json_int(p, "line", 0, INT32_MAX, &line);
		if (r < 0)
			return r;
		kh_rule_problems_add(&set->problems, source, item, (int)line, text);
	}
	return 0;
}

static int parse_set(const json_t *j, struct kh_content_set *set)
{
	uint64_t more = 0;
	int r = kh_json_int(j, "made_s", 0, INT64_MAX, &set->made_s);
	r = r < 0 ? r : kh_json_int(j, "bundle_made_s", 0, INT64_MAX, &set->bundle_made_s);
	r = r < 0 ? r : get_count(j, "yara_rules", INT64_MAX, &set->info.yara_rules);
	r = r < 0 ? r : get_count(j, "clamav_signatures", INT64_MAX, &set->info.clamav_signatures);
	r = r < 0 ? r : get_count(j, "hashes", INT64_MAX, &set->info.hashes);
	if (json_object_get(j, "unsigned_databases")) /* older programs did not say */
		r = r < 0 ? r : get_count(j, "unsigned_databases", INT64_MAX, &set->info.unsigned_databases);
	r = r < 0 ? r : get_count(j, "compiled_bytes", KH_CONTENT_MAX_COMPILED, &set->compiled_bytes);
	r = r < 0 ? r : get_hash(j, "compiled_sha256", set->compiled_sha256);
	r = r < 0 ? r : parse_files(json_object_get(j, "files"), set);
	r = r < 0 ? r : parse_externals(json_object_get(j, "externals"), set);
	r = r < 0 ? r : parse_problems(json_object_get(j, "problems"), set);
	r = r < 0 ? r : get_count(j, "more_problems", INT64_MAX / 2, &more);
	set->problems.more += more;
	return r;
}

int kh_content_set_parse(const char *text, size_t n, struct kh_content_set *ret)
{
	kh_auto_json json_t *j = NULL;
	kh_auto_content_set struct kh_content_set set = {0};
	int64_t version = 0;
	int r = kh_json_parse(text, n, &j);
	r = r < 0 ? r : kh_json_int(j, "v", 1, INT64_MAX, &version);
	if (r == 0 && version != VERSION)
		return kh_fail(KH_E_NOT_SUPPORTED, "a set of content of version %lld", (long long)version);
	r = r < 0 ? r : parse_set(j, &set);
	if (r < 0)
		return r == KH_E_TOO_LARGE ? r : kh_fail_in(KH_E_SYNTAX, "set of content");
	*ret = set;
	set = (struct kh_content_set){0};
	return 0;
}
