/* A page on its way from the watcher to the server, and into the store. */
#include "server/portal/page.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/utf8.h"
#include "server/portal/limits.h"

enum { MAX_TITLE = 4 * KH_PAGE_MAX_LINE, MAX_WHERE = 4 * 300, MAX_WORD = KH_HOST_SIZE + 100 };

static json_t *texts(char *const *of, size_t n)
{
	json_t *list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, kh_json_string(of[i]));
	return list;
}

json_t *kh_page_json(const struct kh_page *page)
{
	json_t *lines = json_array(), *shapes = json_array(), *sites = json_array(), *finds = json_array();
	kh_array_each(&page->lines, line) json_array_append_new(lines, json_pack("[I, o]", (json_int_t)line->region, kh_json_string(line->text)));
	kh_array_each(&page->shapes, shape) json_array_append_new(shapes, json_integer((json_int_t)*shape));
	kh_array_each(&page->sites, site)
		json_array_append_new(sites, json_pack("[o, I, I]", kh_json_string(site->host), (json_int_t)site->links, (json_int_t)site->hidden));
	kh_array_each(&page->finds, find)
		json_array_append_new(finds, json_pack("[i, o, o]", find->kind, kh_json_string(find->word), kh_json_string(find->where)));
	return json_pack("{s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "title", kh_json_string(page->title), "partly", page->partly, "lines", lines, "shapes", shapes, "sites", sites,
			 "inner", texts(page->inner.v, page->inner.n), "frames", texts(page->frames.v, page->frames.n), "scripts", texts(page->scripts.v, page->scripts.n),
			 "finds", finds);
}

/* ---- reading ---- */

static int wrong(const char *part)
{
	return kh_fail(KH_E_SYNTAX, "a page's %s are not what they should be", kh_words(part));
}

/* A text of at most max bytes; NULL when it is none. (jansson lets only valid UTF-8 through.) */
static char *text_of(const json_t *j, size_t max)
{
	return json_is_string(j) && json_string_length(j) <= max && !memchr(json_string_value(j), '\0', json_string_length(j)) ? kh_strdup(json_string_value(j)) : NULL;
}

static int read_lines(const json_t *list, struct kh_page *page)
{
	if (!json_is_array(list) || json_array_size(list) > KH_PAGE_MAX_LINES)
		return wrong("lines");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);
		char *text = text_of(json_array_get(item, 1), 8 * KH_PAGE_MAX_LINE);
		if (!text || !json_is_integer(json_array_get(item, 0))) {
			free(text);
			return wrong("lines");
		}
		struct kh_page_line line = {.region = (uint64_t)json_integer_value(json_array_get(item, 0)), .text = text};
		kh_array_push(&page->lines, line);
	}
	return 0;
}

static int read_shapes(const json_t *list, struct kh_page *page)
{
	if (!json_is_array(list) || json_array_size(list) > KH_PAGE_MAX_SHAPES)
		return wrong("shapes");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);
		uint64_t shape = (uint64_t)json_integer_value(item);
		if (!json_is_integer(item) || (i && shape <= page->shapes.v[i - 1]))
			return wrong("shapes");
		kh_array_push(&page->shapes, shape);
	}
	return 0;
}

static int read_sites(const json_t *list, struct kh_page *page)
{
	if (!json_is_array(list) || json_array_size(list) > KH_PAGE_MAX_HOSTS)
		return wrong("sites");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);
		char *host = text_of(json_array_get(item, 0), KH_HOST_SIZE);
		if (!host || !json_is_integer(json_array_get(item, 1)) || !json_is_integer(json_array_get(item, 2))) {
			free(host);
			return wrong("sites");
		}
		struct kh_page_site site = {.host = host, .links = json_integer_value(json_array_get(item, 1)), .hidden = json_integer_value(json_array_get(item, 2))};
		kh_array_push(&page->sites, site);
	}
	return 0;
}

static int read_finds(const json_t *list, struct kh_page *page)
{
	if (!json_is_array(list) || json_array_size(list) > KH_PAGE_MAX_FINDS)
		return wrong("finds");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);
		json_int_t kind = json_is_integer(json_array_get(item, 0)) ? json_integer_value(json_array_get(item, 0)) : -1;
		struct kh_page_find find = {.kind = (enum kh_find_kind)kind, .word = text_of(json_array_get(item, 1), MAX_WORD), .where = text_of(json_array_get(item, 2), MAX_WHERE)};
		if (kind < 0 || kind >= KH_FIND_KINDS || !find.word || !find.where) {
			free(find.word);
			free(find.where);
			return wrong("finds");
		}
		kh_array_push(&page->finds, find);
	}
	return 0;
}

#define READ_TEXTS(list, array, most, bytes)                                                          \
	({                                                                                            \
		int rt_ = json_is_array(list) && json_array_size(list) <= (most) ? 0 : wrong("texts"); \
		for (size_t i_ = 0; rt_ == 0 && i_ < json_array_size(list); i_++) {                   \
			char *text_ = text_of(json_array_get(list, i_), bytes);                       \
			if (text_)                                                                    \
				kh_array_push(array, text_);                                          \
			else                                                                          \
				rt_ = wrong("texts");                                                 \
		}                                                                                     \
		rt_;                                                                                  \
	})

static int read_page(const json_t *json, struct kh_page *page)
{
	page->title = text_of(json_object_get(json, "title"), MAX_TITLE);
	if (!page->title)
		return wrong("titles");
	const json_t *inner = json_object_get(json, "inner"), *frames = json_object_get(json, "frames"), *scripts = json_object_get(json, "scripts");
	int r = kh_json_bool(json, "partly", &page->partly);
	r = r < 0 ? r : read_lines(json_object_get(json, "lines"), page);
	r = r < 0 ? r : read_shapes(json_object_get(json, "shapes"), page);
	r = r < 0 ? r : read_sites(json_object_get(json, "sites"), page);
	r = r < 0 ? r : READ_TEXTS(inner, &page->inner, KH_PAGE_MAX_LINKS, KH_PAGE_MAX_URL);
	r = r < 0 ? r : READ_TEXTS(frames, &page->frames, KH_PAGE_MAX_FRAMES, KH_HOST_SIZE);
	r = r < 0 ? r : READ_TEXTS(scripts, &page->scripts, KH_PAGE_MAX_FRAMES, KH_HOST_SIZE);
	return r < 0 ? r : read_finds(json_object_get(json, "finds"), page);
}

int kh_page_of_json(const json_t *json, struct kh_page *ret)
{
	kh_auto_page struct kh_page page = {0};
	int r = read_page(json, &page);
	if (r == 0) {
		*ret = page;
		page = (struct kh_page){0};
	}
	return r;
}
