#include "secrecy/rules.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/yaml.h"

static const char *const levels[KH_SECRECY_LEVELS] = {"none", "mat", "toi_mat", "tuyet_mat"};
static const char *const roles[KH_SIGN_ROLES + 1] = {"letterhead", "beside", "label", "support", "envelope", "doubt", "register", "declassified", NULL};
static const char *const thens[KH_THEN_COUNTS + 1] = {"any", "end", "number", "symbol", "date", "full_date", NULL};
static const char *const patterns[KH_PATTERN_COUNTS + 1] = {"words", "copies", "symbol_end", "ending", NULL};

const char *kh_secrecy_level_name(enum kh_secrecy_level level)
{
	return levels[level];
}

struct kh_secrecy_rules *kh_secrecy_rules_new(void)
{
	struct kh_secrecy_rules *r = kh_alloc(sizeof *r);
	r->fold = kh_fold_new();
	return r;
}

void kh_secrecy_rules_free(struct kh_secrecy_rules *r)
{
	if (!r)
		return;
	kh_array_each(&r->signs, sign) {
		free(sign->name);
		free(sign->within);
		free(sign->unless);
	}
	kh_array_done(&r->signs);
	kh_array_done(&r->stamps);
	kh_array_done(&r->phrases);
	kh_fold_free(r->fold);
	free(r);
}

/* ---- wordings ---- */

static bool same_phrase(const struct kh_phrase *a, const struct kh_phrase *b)
{
	return a->owner == b->owner && a->n == b->n && memcmp(a->letters, b->letters, a->n) == 0 && memcmp(a->marks, b->marks, a->n * sizeof *a->marks) == 0;
}

static int read_phrase(const struct kh_secrecy_rules *r, const struct kh_yaml_node *node, size_t owner, struct kh_phrase *ret)
{
	const char *text = NULL;
	struct kh_folded folded = {0};
	int e = kh_yaml_text(node, &text);
	if (e < 0)
		return e;
	size_t n = strlen(text);
	kh_fold_text(r->fold, text, n < KH_SECRECY_MAX_PIECE ? n : KH_SECRECY_MAX_PIECE, &folded);
	if (folded.n == 0 || folded.n > KH_SECRECY_MAX_PHRASE)
		return kh_yaml_fail(node, "expected words of 1 to %d letters", KH_SECRECY_MAX_PHRASE);
	*ret = (struct kh_phrase){.n = folded.n, .first_word = folded.n, .owner = owner};
	for (size_t i = 0; i < folded.n; i++) {
		if (folded.v[i].base == '?')
			return kh_yaml_fail(node, "expected Latin letters");
		ret->letters[i] = folded.v[i].base;
		ret->marks[i] = folded.v[i].marks;
		if (i && folded.v[i].before == KH_GAP_BLANK && ret->first_word == folded.n)
			ret->first_word = i;
	}
	return 0;
}

static int room(const struct kh_secrecy_rules *r)
{
	return r->stamps.n + r->phrases.n < KH_SECRECY_MAX_PHRASES ? 0 : kh_fail(KH_E_TOO_LARGE, "the rules of marks have more than %d wordings", KH_SECRECY_MAX_PHRASES);
}

static int list_of(const struct kh_yaml_node *map, const char *key, const struct kh_yaml_node **ret)
{
	*ret = kh_yaml_get(map, key);
	return *ret && kh_yaml_kind(*ret) == KH_YAML_LIST ? 0 : kh_yaml_fail(*ret ? *ret : map, "%s: expected a list", key);
}

/* ---- stamps ---- */

static int name_in(const struct kh_yaml_node *map, const char *key, const char *const *names, size_t n, const char *otherwise, size_t *ret)
{
	const char *text = NULL;
	int r = kh_yaml_get_text_or(map, key, otherwise, &text);
	for (size_t i = 0; r == 0 && text && i < n; i++)
		if (kh_streq(names[i], text)) {
			*ret = i;
			return 0;
		}
	const struct kh_yaml_node *node = kh_yaml_get(map, key);
	return r < 0 ? r : kh_yaml_fail(node ? node : map, "%s: there is no \"%s\"", key, text ? text : "");
}

/* Before the first that is not longer, so that "TUYỆT MẬT" is tried before "MẬT". */
static void put_stamp(struct kh_secrecy_rules *r, const struct kh_phrase *phrase)
{
	kh_array_each(&r->stamps, old)
		if (same_phrase(old, phrase))
			return;
	kh_array_push(&r->stamps, *phrase);
	for (size_t i = r->stamps.n - 1; i > 0 && r->stamps.v[i - 1].n < phrase->n; i--) {
		r->stamps.v[i] = r->stamps.v[i - 1];
		r->stamps.v[i - 1] = *phrase;
	}
}

static int read_letter(struct kh_secrecy_rules *r, const struct kh_yaml_node *map, size_t level)
{
	const char *letter = NULL;
	int e = kh_yaml_get_text_or(map, "letter", NULL, &letter);
	if (e < 0 || !letter)
		return e;
	if (strlen(letter) != 1 || letter[0] < 'A' || letter[0] > 'Z')
		return kh_yaml_fail(kh_yaml_get(map, "letter"), "expected one capital letter");
	r->letters[level] = letter[0];
	return 0;
}

static int read_stamp(struct kh_secrecy_rules *r, const struct kh_yaml_node *map)
{
	static const char *const keys[] = {"level", "words", "letter", "rule", NULL};
	const struct kh_yaml_node *words = NULL;
	size_t level = KH_SECRECY_NONE;
	int e = kh_yaml_only(map, keys);
	if (e == 0)
		e = name_in(map, "level", levels, KH_SECRECY_LEVELS, NULL, &level);
	if (e == 0 && level == KH_SECRECY_NONE)
		e = kh_yaml_fail(map, "level: there is no \"%s\"", levels[level]);
	if (e == 0)
		e = read_letter(r, map, level);
	if (e == 0)
		e = list_of(map, "words", &words);
	for (size_t i = 0; e == 0 && i < kh_yaml_count(words); i++) {
		struct kh_phrase phrase = {0};
		e = room(r);
		if (e == 0)
			e = read_phrase(r, kh_yaml_item(words, i), level, &phrase);
		if (e == 0)
			put_stamp(r, &phrase);
	}
	return e;
}

/* ---- signs ---- */

static int read_count(const struct kh_yaml_node *map, const char *key, int64_t min, int64_t max, int64_t *ret)
{
	const struct kh_yaml_node *node = kh_yaml_get(map, key);
	return node ? kh_yaml_int(node, min, max, ret) : 0;
}

static int read_flag(const struct kh_yaml_node *map, const char *key, bool *ret)
{
	const struct kh_yaml_node *node = kh_yaml_get(map, key);
	return node ? kh_yaml_bool(node, ret) : 0;
}

static int sign_numbers(const struct kh_yaml_node *map, struct kh_sign *sign)
{
	int64_t points = 0, before = 0, after = 0, lines = 0;
	int e = read_count(map, "points", -100, 100, &points);
	if (e == 0)
		e = read_count(map, "before", 0, 1000, &before);
	if (e == 0)
		e = read_count(map, "after", 0, 1000, &after);
	if (e == 0)
		e = read_count(map, "lines", 1, 1000, &lines);
	if (e == 0)
		e = read_flag(map, "anywhere", &sign->anywhere);
	if (e == 0)
		e = read_flag(map, "capitals", &sign->capitals);
	sign->points = (int)points;
	sign->before = (size_t)before;
	sign->after = (size_t)after;
	sign->within_lines = (size_t)lines;
	return e;
}

/* Two files may give words to one sign; what it is, the first says. */
static size_t sign_named(const struct kh_secrecy_rules *r, const char *name)
{
	for (size_t i = 0; i < r->signs.n; i++)
		if (kh_streq(r->signs.v[i].name, name))
			return i;
	return r->signs.n;
}

static int new_sign(struct kh_secrecy_rules *r, const struct kh_yaml_node *map, const char *name)
{
	size_t role = 0, then = 0, pattern = 0;
	const char *within = NULL, *unless = NULL;
	struct kh_sign sign = {0};
	if (r->signs.n >= KH_SECRECY_MAX_SIGNS)
		return kh_fail(KH_E_TOO_LARGE, "the rules of marks have more than %d kinds of signs", KH_SECRECY_MAX_SIGNS);
	int e = name_in(map, "role", roles, KH_SIGN_ROLES, NULL, &role);
	if (e == 0)
		e = name_in(map, "then", thens, KH_THEN_COUNTS, "any", &then);
	if (e == 0)
		e = name_in(map, "pattern", patterns, KH_PATTERN_COUNTS, "words", &pattern);
	if (e == 0)
		e = kh_yaml_get_text_or(map, "within", NULL, &within);
	if (e == 0)
		e = kh_yaml_get_text_or(map, "unless", NULL, &unless);
	if (e == 0)
		e = sign_numbers(map, &sign);
	if (e < 0)
		return e;
	sign.name = kh_strdup(name);
	sign.role = (enum kh_sign_role)role;
	sign.then = (enum kh_sign_then)then;
	sign.pattern = (enum kh_sign_pattern)pattern;
	sign.within = kh_strdup(within);
	sign.unless = kh_strdup(unless);
	kh_array_push(&r->signs, sign);
	return 0;
}

static void put_phrase(struct kh_secrecy_rules *r, struct kh_phrase *phrase)
{
	kh_array_each(&r->phrases, old)
		if (same_phrase(old, phrase))
			return;
	enum kh_sign_pattern pattern = r->signs.v[phrase->owner].pattern;
	const char *two = pattern == KH_PATTERN_ENDING ? phrase->letters + phrase->n - 2 : phrase->letters;
	size_t *bucket = pattern == KH_PATTERN_WORDS ? r->buckets : pattern == KH_PATTERN_ENDING ? r->endings : NULL;
	if (bucket && phrase->n >= 2) {
		size_t place = kh_secrecy_bucket(two[0], two[1]);
		phrase->next = bucket[place];
		bucket[place] = r->phrases.n + 1;
		if (pattern == KH_PATTERN_WORDS && r->signs.v[phrase->owner].anywhere) {
			phrase->next_anywhere = r->anywhere[place];
			r->anywhere[place] = r->phrases.n + 1;
		}
	}
	kh_array_push(&r->phrases, *phrase);
}

static int read_words(struct kh_secrecy_rules *r, const struct kh_yaml_node *map, size_t sign)
{
	const struct kh_yaml_node *words = kh_yaml_get(map, "words");
	enum kh_sign_pattern pattern = r->signs.v[sign].pattern;
	int e = pattern == KH_PATTERN_COPIES ? 0 : list_of(map, "words", &words);
	for (size_t i = 0; e == 0 && words && i < kh_yaml_count(words); i++) {
		struct kh_phrase phrase = {0};
		e = room(r);
		if (e == 0)
			e = read_phrase(r, kh_yaml_item(words, i), sign, &phrase);
		if (e == 0 && phrase.n < 2 && pattern != KH_PATTERN_SYMBOL_END)
			e = kh_yaml_fail(kh_yaml_item(words, i), "expected at least two letters");
		if (e == 0)
			put_phrase(r, &phrase);
	}
	return e;
}

static int read_sign(struct kh_secrecy_rules *r, const struct kh_yaml_node *map)
{
	static const char *const keys[] = {"sign", "role", "words", "pattern", "then", "anywhere", "capitals", "points", "before", "after", "within", "lines", "unless", NULL};
	const char *name = NULL;
	int e = kh_yaml_only(map, keys);
	if (e == 0)
		e = kh_yaml_get_text(map, "sign", &name);
	if (e < 0)
		return e;
	size_t sign = sign_named(r, name);
	if (sign == r->signs.n)
		e = new_sign(r, map, name);
	return e == 0 ? read_words(r, map, sign) : e;
}

/* ---- judgement ---- */

#define POINTS(section, key, field) {section, key, offsetof(struct kh_judgement, field), -100, 100}
#define LINES(key, field, max) {"reach", key, offsetof(struct kh_judgement, field), 0, max}
#define FIT(level, number)                                                                                                 \
	POINTS(level, "exact", fit[number][KH_FIT_EXACT]), POINTS(level, "missing", fit[number][KH_FIT_MISSING]), POINTS(level, "damaged", fit[number][KH_FIT_DAMAGED])

static const struct entry {
	const char *section, *key;
	size_t offset;
	int64_t min, max;
} entries[] = {
	POINTS("verdict", "limit", limit), POINTS("verdict", "certain", certain),
	FIT("tuyet_mat", KH_SECRECY_TUYET_MAT), FIT("toi_mat", KH_SECRECY_TOI_MAT), FIT("mat", KH_SECRECY_MAT), POINTS("envelope", "letter", letter),
	POINTS("place", "top", top), POINTS("place", "zone", zone), POINTS("place", "header", header), POINTS("place", "box", box), POINTS("place", "picture", picture),
	POINTS("place", "body", body), POINTS("place", "apart", apart),
	POINTS("look", "capitals", capitals), POINTS("look", "title", title), POINTS("look", "small", small), POINTS("look", "field", field), POINTS("look", "red", red), POINTS("look", "framed", framed),
	POINTS("look", "bold", bold), POINTS("look", "large", large), POINTS("look", "huge", huge),
	POINTS("context", "letterhead", letterhead), POINTS("context", "letterheads", letterheads), POINTS("context", "together", together), POINTS("context", "column", column),
	POINTS("context", "quoted", quoted), POINTS("context", "repeated", repeated), POINTS("context", "register_row", row), POINTS("context", "behind_text", behind_text), POINTS("context", "list_row", list_row),
	LINES("letterhead_lines", letterhead_lines, 200), LINES("together_lines", together_lines, 200), LINES("zone_lines", zone_lines, 1000), LINES("top_lines", top_lines, 1000),
	LINES("zone_height", zone_height, 100), LINES("margin_height", margin_height, 100), LINES("large_pt", large_pt, 1000), LINES("huge_pt", huge_pt, 1000), LINES("text_words", text_words, 100), LINES("row_lines", row_lines, 100), LINES("column_lines", column_lines, 1000),
	LINES("repeated_pages", repeated_pages, 1000),
};
enum { ENTRIES = sizeof entries / sizeof *entries };

static const struct entry *entry_of(const char *section, const char *key)
{
	for (size_t i = 0; i < ENTRIES; i++)
		if (kh_streq(entries[i].section, section) && (!key || kh_streq(entries[i].key, key)))
			return &entries[i];
	return NULL;
}

static int read_section(struct kh_judgement *j, const char *name, const struct kh_yaml_node *section, bool seen[ENTRIES])
{
	if (kh_yaml_kind(section) != KH_YAML_MAP || !entry_of(name, NULL))
		return kh_yaml_fail(section, "judgement: there is no section \"%s\"", name);
	for (size_t i = 0; i < kh_yaml_count(section); i++) {
		const struct kh_yaml_node *value = NULL;
		const char *key = kh_yaml_key(section, i, &value);
		const struct entry *entry = entry_of(name, key);
		if (!entry)
			return kh_yaml_fail(value, "%s: there is no \"%s\"", name, key);
		int e = kh_yaml_int(value, entry->min, entry->max, (int64_t *)((char *)j + entry->offset));
		if (e < 0)
			return e;
		seen[entry - entries] = true;
	}
	return 0;
}

static int read_judgement(struct kh_secrecy_rules *r, const struct kh_yaml_node *node)
{
	bool seen[ENTRIES] = {false};
	if (kh_yaml_kind(node) != KH_YAML_MAP || r->judgement.known)
		return kh_yaml_fail(node, "judgement: expected one map in all files");
	for (size_t i = 0; i < kh_yaml_count(node); i++) {
		const struct kh_yaml_node *section = NULL;
		const char *name = kh_yaml_key(node, i, &section);
		int e = read_section(&r->judgement, name, section, seen);
		if (e < 0)
			return e;
	}
	for (size_t i = 0; i < ENTRIES; i++)
		if (!seen[i])
			return kh_yaml_fail(node, "judgement: %s.%s is missing", entries[i].section, entries[i].key);
	r->judgement.known = true;
	return 0;
}

static int read_confusable(struct kh_secrecy_rules *r, const struct kh_yaml_node *list)
{
	for (size_t i = 0; i < kh_yaml_count(list); i++) {
		const char *text = NULL;
		int e = kh_yaml_text(kh_yaml_item(list, i), &text);
		uint64_t set = 0;
		for (size_t k = 0; e == 0 && text[k]; k++) {
			if (kh_secrecy_letter_index(text[k]) == 36)
				return kh_yaml_fail(kh_yaml_item(list, i), "expected capital letters and digits");
			set |= UINT64_C(1) << kh_secrecy_letter_index(text[k]);
		}
		for (size_t k = 0; e == 0 && k < 36; k++)
			if (set >> k & 1)
				r->confusable[k] |= set;
		if (e < 0)
			return e;
	}
	return 0;
}

/* ---- files ---- */

static int each(struct kh_secrecy_rules *r, const struct kh_yaml_node *root, const char *key, int (*read)(struct kh_secrecy_rules *r, const struct kh_yaml_node *item))
{
	const struct kh_yaml_node *list = NULL;
	int e = kh_yaml_get(root, key) ? list_of(root, key, &list) : 0;
	for (size_t i = 0; e == 0 && list && i < kh_yaml_count(list); i++)
		e = read(r, kh_yaml_item(list, i));
	return e;
}

int kh_secrecy_rules_add(struct kh_secrecy_rules *r, const char *path, const char *text, size_t n)
{
	static const char *const keys[] = {"text", "from", "to", "trust", "source", "stamps", "signs", "judgement", "confusable", NULL};
	kh_auto_yaml struct kh_yaml *y = NULL;
	int e = kh_yaml_parse(path, text, n, &y);
	const struct kh_yaml_node *root = e == 0 ? kh_yaml_root(y) : NULL;
	if (e == 0 && !root)
		return 0;
	if (e == 0)
		e = kh_yaml_only(root, keys);
	if (e == 0)
		e = each(r, root, "stamps", read_stamp);
	if (e == 0)
		e = each(r, root, "signs", read_sign);
	if (e == 0 && kh_yaml_get(root, "judgement"))
		e = read_judgement(r, kh_yaml_get(root, "judgement"));
	if (e == 0 && kh_yaml_get(root, "confusable")) {
		const struct kh_yaml_node *list = NULL;
		e = list_of(root, "confusable", &list);
		e = e == 0 ? read_confusable(r, list) : e;
	}
	return e;
}

int kh_secrecy_rules_finish(struct kh_secrecy_rules *r)
{
	if (r->stamps.n == 0)
		return kh_fail(KH_E_INVALID_CONFIG, "the rules of marks name no stamp");
	if (!r->judgement.known)
		return kh_fail(KH_E_INVALID_CONFIG, "the rules of marks have no judgement");
	kh_array_each(&r->signs, sign) {
		r->of_role[sign->role] |= UINT64_C(1) << (sign - r->signs.v);
		sign->within_sign = sign->within ? sign_named(r, sign->within) : r->signs.n;
		if (sign->within && sign->within_sign == r->signs.n)
			return kh_fail(KH_E_INVALID_CONFIG, "sign \"%s\": within: there is no \"%s\"", sign->name, sign->within);
		sign->unless_sign = sign->unless ? sign_named(r, sign->unless) : r->signs.n;
		if (sign->unless && sign->unless_sign == r->signs.n)
			return kh_fail(KH_E_INVALID_CONFIG, "sign \"%s\": unless: there is no \"%s\"", sign->name, sign->unless);
	}
	return 0;
}
