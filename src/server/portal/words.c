#include "server/portal/words.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/yaml.h"
#include "os/file.h"
#include "server/portal/limits.h"

#include <utf8proc.h>

static const char *const keys[KH_WORD_KINDS + 1] = {"betting", "boast", "malware", "trusted", "hosts", NULL};
enum { MAX_WORD = 100 };

void kh_word_list_done(struct kh_word_list *words)
{
	for (size_t k = 0; k < KH_WORD_KINDS; k++) {
		kh_array_each(&words->of[k], word) free(*word);
		kh_array_done(&words->of[k]);
	}
}

static size_t count(const struct kh_word_list *words)
{
	size_t n = 0;
	for (size_t k = 0; k < KH_WORD_KINDS; k++)
		n += words->of[k].n;
	return n;
}

char *kh_word_list_lower(const char *text)
{
	utf8proc_uint8_t *lower = NULL;
	ssize_t n = utf8proc_map((const utf8proc_uint8_t *)text, 0, &lower, UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
	return n < 0 ? kh_strdup("") : (char *)lower;
}

static int add(struct kh_word_list *words, size_t kind, const char *text)
{
	if (strlen(text) > MAX_WORD || !*text || count(words) >= KH_PORTAL_MAX_WORDS)
		return kh_fail(KH_E_TOO_LARGE, "the list of injected words is too large");
	kh_array_push(&words->of[kind], kh_word_list_lower(text));
	return 0;
}

/* As it is written, and as those write it who leave the marks away: in a text that has its marks, "nhà cải tạo" is not "nhà cái". */
static int add_both(struct kh_word_list *words, size_t kind, const char *text)
{
	kh_auto_free char *bare = NULL;
	int r = add(words, kind, text);
	if (r == 0)
		r = kh_utf8_fold(text, &bare);
	return r == 0 && !kh_streq(bare, words->of[kind].v[words->of[kind].n - 1]) ? add(words, kind, bare) : r;
}

/* ---- YAML ---- */

static int read_list(const struct kh_yaml_node *list, size_t kind, struct kh_word_list *words)
{
	int r = list && kh_yaml_kind(list) != KH_YAML_LIST ? kh_yaml_fail(list, "expected a list of words") : 0;
	for (size_t i = 0; r == 0 && list && i < kh_yaml_count(list); i++) {
		const char *text = NULL;
		r = kh_yaml_text(kh_yaml_item(list, i), &text);
		if (r == 0)
			r = add_both(words, kind, text);
	}
	return r;
}

int kh_word_list_load(const char *path, struct kh_word_list *ret)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_auto_yaml struct kh_yaml *y = NULL;
	kh_auto_word_list struct kh_word_list words = {0};
	int r = kh_file_read(path, KH_MAX_CONFIG_BYTES, &text);
	if (r == 0)
		r = kh_yaml_parse(path, kh_buf_text(&text), text.len, &y);
	if (r == 0)
		r = kh_yaml_only(kh_yaml_root(y), keys);
	for (size_t k = 0; r == 0 && k < KH_WORD_KINDS; k++)
		r = read_list(kh_yaml_get(kh_yaml_root(y), keys[k]), k, &words);
	if (r == 0) {
		*ret = words;
		words = (struct kh_word_list){0};
	}
	return r;
}

/* ---- JSON ---- */

json_t *kh_word_list_json(const struct kh_word_list *words)
{
	json_t *o = json_object();
	for (size_t k = 0; k < KH_WORD_KINDS; k++) {
		json_t *list = json_array();
		kh_array_each(&words->of[k], word) json_array_append_new(list, json_string(*word));
		json_object_set_new(o, keys[k], list);
	}
	return o;
}

int kh_word_list_of_json(const json_t *json, struct kh_word_list *ret)
{
	kh_auto_word_list struct kh_word_list words = {0};
	for (size_t k = 0; k < KH_WORD_KINDS; k++) {
		const json_t *list = json_object_get(json, keys[k]);
		for (size_t i = 0; i < json_array_size(list); i++) {
			const char *text = json_string_value(json_array_get(list, i));
			int r = text ? add(&words, k, text) : kh_fail(KH_E_SYNTAX, "a list of words holds something else");
			if (r < 0)
				return r;
		}
	}
	*ret = words;
	words = (struct kh_word_list){0};
	return 0;
}

/* ---- finding ---- */

/* Letters and digits do; of what is not ASCII all but the general punctuation: dashes, quotation marks. */
static bool joins(const char *at, const char *next)
{
	unsigned char c = (unsigned char)*at;
	if (c >= 0x80)
		return (unsigned char)next[0] != 0xe2 || (unsigned char)next[1] != 0x80;
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '_';
}

static bool holds(const char *text, const char *word)
{
	size_t n = strlen(word);
	for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
		if ((at == text || !joins(at - 1, at - text >= 3 ? at - 3 : "")) && !joins(at + n, at + n))
			return true;
	return false;
}

size_t kh_word_list_in(const struct kh_word_list *words, enum kh_word_kind kind, const char *lower, void (*found)(const char *word, void *arg), void *arg)
{
	size_t n = 0;
	kh_array_each(&words->of[kind], word) {
		if (!holds(lower, *word))
			continue;
		n++;
		if (found)
			found(*word, arg);
	}
	return n;
}

bool kh_word_list_trust(const struct kh_word_list *words, const char *host)
{
	size_t n = strlen(host);
	kh_array_each(&words->of[KH_WORD_TRUSTED], end) {
		size_t m = strlen(*end);
		if (n >= m && kh_streq_nocase(host + n - m, *end) && (n == m || host[n - m - 1] == '.'))
			return true;
	}
	return false;
}

const char *kh_word_list_bad_host(const struct kh_word_list *words, const char *host)
{
	kh_array_each(&words->of[KH_WORD_HOST], part)
		if (kh_find_nocase(host, *part))
			return *part;
	return NULL;
}
