#include "server/portal/page.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"
#include "server/portal/limits.h"
#include "server/portal/style.h"

#include <libxml/HTMLparser.h>
#include <libxml/uri.h>
#include <stdlib.h>

enum { PIECE = 16384, LABEL = 96, SHORT_LINE = 160, WHERE = 300 };

/* One way through the tree. */
struct reader {
	const struct kh_page_options *options;
	struct kh_page *page;
	char host[KH_HOST_SIZE];
	char base[KH_PAGE_MAX_URL + 1];
	struct kh_hidden_names hidden_names;
	struct kh_selectors changing;
	KH_ARRAY(uint64_t) labels, regions; /* of the open elements */
	const xmlNode *hidden, *silent, *ignored; /* the outermost open element that is not seen, is no text, is chosen as changing */
	const xmlNode *link, *heading, *title;
	char *link_url, link_host[KH_HOST_SIZE];
	struct kh_buf line, hidden_text, link_text, title_text;
	uint64_t line_region;
	size_t text_bytes;
};

void kh_page_done(struct kh_page *page)
{
	free(page->title);
	kh_array_each(&page->lines, line) free(line->text);
	kh_array_each(&page->sites, site) free(site->host);
	kh_array_each(&page->inner, url) free(*url);
	kh_array_each(&page->frames, host) free(*host);
	kh_array_each(&page->scripts, host) free(*host);
	kh_array_each(&page->finds, find) {
		free(find->word);
		free(find->where);
	}
	kh_array_done(&page->lines);
	kh_array_done(&page->shapes);
	kh_array_done(&page->sites);
	kh_array_done(&page->inner);
	kh_array_done(&page->frames);
	kh_array_done(&page->scripts);
	kh_array_done(&page->finds);
	*page = (struct kh_page){0};
}

/* ---- addresses ---- */

bool kh_url_host(const char *url, char ret[KH_HOST_SIZE])
{
	if (!kh_starts_with(url, "https://") && !kh_starts_with(url, "http://"))
		return false;
	const char *start = strstr(url, "://") + 3, *end = start + strcspn(start, "/?#\\");
	for (const char *at = start; at < end; at++)
		if (*at == '@')
			start = at + 1;
	if (*start == '[')
		end = start + strcspn(start, "]");
	else
		end = start + KH_MIN((size_t)(end - start), strcspn(start, ":"));
	start += *start == '[';
	if (end <= start || (size_t)(end - start) >= KH_HOST_SIZE)
		return false;
	for (size_t i = 0; start + i < end; i++)
		ret[i] = (char)(start[i] >= 'A' && start[i] <= 'Z' ? start[i] | 0x20 : start[i]);
	ret[end - start] = '\0';
	return true;
}

static bool is_below(const char *host, const char *above)
{
	size_t n = strlen(host), m = strlen(above);
	return n > m + 1 && strchr(above, '.') && host[n - m - 1] == '.' && kh_streq(host + n - m, above);
}

bool kh_host_same_site(const char *a, const char *b)
{
	a += kh_starts_with(a, "www.") ? 4 : 0;
	b += kh_starts_with(b, "www.") ? 4 : 0;
	return kh_streq(a, b) || is_below(a, b) || is_below(b, a);
}

/* The absolute address, without its fragment; NULL for none, or one of no use. */
static char *absolute(const struct reader *r, const char *href)
{
	if (!href || !*href || *href == '#' || strlen(href) > KH_PAGE_MAX_URL)
		return NULL;
	kh_auto_free char *copy = kh_strdup(href);
	xmlChar *built = xmlBuildURI((const xmlChar *)kh_trim(copy), (const xmlChar *)r->base);
	char *url = built && strlen((const char *)built) <= KH_PAGE_MAX_URL ? kh_strndup((const char *)built, strcspn((const char *)built, "#")) : NULL;
	xmlFree(built);
	return url;
}

/* ---- finds ---- */

static void add_find(struct reader *r, enum kh_find_kind kind, const char *word, const char *where)
{
	if (r->page->finds.n >= KH_PAGE_MAX_FINDS) {
		r->page->partly = true;
		return;
	}
	kh_array_each(&r->page->finds, find)
		if (find->kind == kind && kh_streq(find->word, word))
			return;
	struct kh_page_find find = {.kind = kind, .word = kh_strdup(word), .where = kh_strndup(where, kh_utf8_valid_prefix(where, strnlen(where, WHERE), WHERE))};
	kh_array_push(&r->page->finds, find);
}

struct finding {
	struct reader *r;
	enum kh_find_kind kind;
	const char *where;
};

static void found_word(const char *word, void *arg)
{
	const struct finding *f = arg;
	add_find(f->r, f->kind, word, f->where);
}

static size_t look_for(struct reader *r, enum kh_word_kind words, enum kh_find_kind kind, const char *text)
{
	kh_auto_free char *lower = kh_word_list_lower(text);
	return kh_word_list_in(r->options->words, words, lower, found_word, &(struct finding){r, kind, text});
}

static bool is_foreign(const struct reader *r, const char *host)
{
	return *host && !kh_host_same_site(host, r->host) && !kh_word_list_trust(r->options->words, host);
}

/* ---- text ---- */

/* Valid, composed, without control characters; runs of digits are one '#'. "" when nothing is left. */
static char *clean(const char *text, size_t n)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	n = kh_utf8_valid_prefix(text, n, KH_PAGE_MAX_LINE);
	for (size_t i = 0; i < n; i++) {
		bool digit = text[i] >= '0' && text[i] <= '9';
		if (!digit || !b.len || b.data[b.len - 1] != '#')
			kh_buf_addc(&b, digit ? '#' : (unsigned char)text[i] < 0x20 || text[i] == 0x7f ? ' ' : text[i]);
	}
	char *composed = NULL;
	return kh_utf8_nfc(kh_buf_text(&b), &composed) < 0 ? kh_strdup("") : composed;
}

static void add_line(struct reader *r, const char *text, size_t n)
{
	kh_auto_free char *line = clean(text, n);
	size_t length = strlen(line);
	if (!*line || r->page->lines.n >= KH_PAGE_MAX_LINES || r->text_bytes + length > KH_PAGE_MAX_TEXT) {
		r->page->partly |= *line != '\0';
		return;
	}
	r->text_bytes += length;
	struct kh_page_line one = {.region = r->line_region, .text = kh_take(line)};
	kh_array_push(&r->page->lines, one);
}

static void end_line(struct reader *r)
{
	while (r->line.len && r->line.data[r->line.len - 1] == ' ')
		r->line.data[--r->line.len] = '\0';
	if (r->line.len) {
		const char *text = kh_buf_text(&r->line);
		look_for(r, KH_WORD_BETTING, KH_FIND_BETTING_TEXT, text);
		if (r->heading || r->line.len < SHORT_LINE)
			look_for(r, KH_WORD_BOAST, KH_FIND_BOAST, text);
		if (!r->ignored)
			add_line(r, text, r->line.len);
	}
	kh_buf_reset(&r->line);
}

/* Blanks become one; a non-breaking one is a blank. */
static void add_text(struct kh_buf *b, const char *text, size_t max)
{
	for (const char *p = text; *p && b->len < max; p++) {
		bool nbsp = (unsigned char)p[0] == 0xc2 && (unsigned char)p[1] == 0xa0;
		p += nbsp;
		if (nbsp || strchr(" \t\r\n\f\v", *p)) {
			if (b->len && b->data[b->len - 1] != ' ')
				kh_buf_addc(b, ' ');
		} else
			kh_buf_addc(b, *p);
	}
}

static void on_text(struct reader *r, const xmlNode *node)
{
	const char *text = (const char *)node->content;
	if (!text)
		return;
	if (r->title)
		add_text(&r->title_text, text, KH_PAGE_MAX_LINE * 2);
	if (r->silent)
		return;
	if (r->link)
		add_text(&r->link_text, text, KH_PAGE_MAX_LINE);
	if (r->hidden) {
		add_text(&r->hidden_text, text, KH_PAGE_MAX_TEXT);
		return;
	}
	if (!r->line.len)
		r->line_region = r->regions.n ? r->regions.v[r->regions.n - 1] : 0;
	add_text(&r->line, text, KH_PAGE_MAX_LINE * 8);
}

/* ---- where in the page ---- */

static uint64_t mix(uint64_t h, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * UINT64_C(0x100000001b3); /* FNV-1a */
	return h;
}

/* Numbers in names (post-1234) are the same name. */
static size_t add_name(char label[LABEL], size_t at, char sign, const char *name, size_t n)
{
	if (!name || !n || at + 2 >= LABEL)
		return at;
	label[at++] = sign;
	for (size_t i = 0; i < n && at + 1 < LABEL; i++) {
		bool digit = name[i] >= '0' && name[i] <= '9';
		if (!digit || label[at - 1] != '9')
			label[at++] = digit ? '9' : name[i];
	}
	return at;
}

static uint64_t label_of(const xmlNode *e)
{
	char label[LABEL] = "";
	const char *id = kh_element_attribute(e, "id"), *class = kh_element_attribute(e, "class");
	size_t at = add_name(label, 0, '<', (const char *)e->name, strlen((const char *)e->name));
	at = add_name(label, at, '#', id, id ? strlen(id) : 0);
	at = add_name(label, at, '.', class, class ? strcspn(class, " \t\r\n") : 0); /* the first: others say "active", "open" */
	return mix(UINT64_C(0xcbf29ce484222325), label, at);
}

static bool is_one_of(const xmlNode *e, const char *const *names)
{
	for (; *names; names++)
		if (kh_streq_nocase((const char *)e->name, *names))
			return true;
	return false;
}

/* Of the innermost elements only: a wrapper around everything does not change what is deep inside. */
static uint64_t path_of(const struct reader *r)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	size_t n = r->labels.n, first = n > KH_PAGE_MAX_DEPTH ? n - KH_PAGE_MAX_DEPTH : 0;
	for (size_t i = first; i < n; i++)
		h = mix(h, (const char *)&r->labels.v[i], sizeof r->labels.v[i]);
	return h;
}

static void open_path(struct reader *r, const xmlNode *e)
{
	static const char *const containers[] = {"section", "article", "aside", "nav", "header", "footer", "main", "form", "table", "ul", "ol", NULL};
	static const char *const grouping[] = {"div", "section", "article", "td", NULL};
	kh_array_push(&r->labels, label_of(e));
	uint64_t path = path_of(r), region = r->regions.n ? r->regions.v[r->regions.n - 1] : path;
	if (is_one_of(e, containers) || kh_element_attribute(e, "id") || (is_one_of(e, grouping) && kh_element_attribute(e, "class")))
		region = path;
	kh_array_push(&r->regions, region);
	if (r->ignored || r->silent)
		return;
	if (r->page->shapes.n < KH_PAGE_MAX_SHAPES * 8) /* they are made different at the end */
		kh_array_push(&r->page->shapes, path);
	else
		r->page->partly = true;
}

static void close_path(struct reader *r)
{
	r->labels.n--;
	r->regions.n--;
}

/* ---- links, frames, scripts ---- */

static void add_host(struct reader *r, char *const *hosts, size_t n, const char *host, void (*push)(struct kh_page *, char *))
{
	for (size_t i = 0; i < n; i++)
		if (kh_streq(hosts[i], host))
			return;
	if (n >= KH_PAGE_MAX_FRAMES)
		r->page->partly = true;
	else
		push(r->page, kh_strdup(host));
}

static void push_frame(struct kh_page *page, char *host)
{
	kh_array_push(&page->frames, host);
}

static void push_script(struct kh_page *page, char *host)
{
	kh_array_push(&page->scripts, host);
}

static void count_site(struct reader *r, const char *host)
{
	kh_array_each(&r->page->sites, site) {
		if (!kh_streq(site->host, host))
			continue;
		site->links++;
		site->hidden += r->hidden != NULL;
		return;
	}
	struct kh_page_site site = {.host = kh_strdup(host), .links = 1, .hidden = r->hidden != NULL};
	if (r->page->sites.n < KH_PAGE_MAX_HOSTS)
		kh_array_push(&r->page->sites, site);
	else {
		free(site.host);
		r->page->partly = true;
	}
}

static void add_inner(struct reader *r, const char *url)
{
	if (r->page->inner.n >= KH_PAGE_MAX_LINKS / 10)
		return;
	kh_array_each(&r->page->inner, known)
		if (kh_streq(*known, url))
			return;
	kh_array_push(&r->page->inner, kh_strdup(url));
}

static void open_link(struct reader *r, const xmlNode *e)
{
	char *url = absolute(r, kh_element_attribute(e, "href"));
	if (!url || !kh_url_host(url, r->link_host) || r->link) {
		free(url);
		return;
	}
	r->link = e;
	r->link_url = url;
	if (!kh_host_same_site(r->link_host, r->host))
		count_site(r, r->link_host);
	else if (!r->hidden && kh_host_same_site(r->host, r->link_host))
		add_inner(r, url);
}

/* The words of a link are its text, and what its address says. */
static void close_link(struct reader *r)
{
	if (is_foreign(r, r->link_host)) {
		const char *bad = kh_word_list_bad_host(r->options->words, r->link_host), *text = kh_buf_text(&r->link_text);
		kh_auto_free char *said = kh_format("%s · %s", text, r->link_url), *lower = kh_word_list_lower(text);
		if (bad || kh_word_list_in(r->options->words, KH_WORD_BETTING, lower, NULL, NULL))
			add_find(r, KH_FIND_BETTING_LINK, r->link_host, said);
	}
	r->link = NULL;
	free(kh_take(r->link_url));
	kh_buf_reset(&r->link_text);
}

/* A frame of no size, or one that stands in hidden parts. */
static bool frame_is_hidden(const struct reader *r, const xmlNode *e)
{
	const char *width = kh_element_attribute(e, "width"), *height = kh_element_attribute(e, "height");
	int64_t w = 100, h = 100;
	bool small = (width && kh_parse_int(width, 0, 3, &w)) || (height && kh_parse_int(height, 0, 3, &h));
	return r->hidden || small;
}

static void on_frame(struct reader *r, const xmlNode *e)
{
	char host[KH_HOST_SIZE] = "";
	kh_auto_free char *url = absolute(r, kh_element_attribute(e, "src"));
	if (!url || !kh_url_host(url, host) || kh_host_same_site(host, r->host))
		return;
	add_host(r, r->page->frames.v, r->page->frames.n, host, push_frame);
	if (is_foreign(r, host) && (frame_is_hidden(r, e) || kh_word_list_bad_host(r->options->words, host)))
		add_find(r, KH_FIND_FRAME, host, url);
}

/* `location = "https://…"`, `location.replace("…")`: nothing is run, so only what is written plainly is seen. */
static void look_for_redirect(struct reader *r, const char *script)
{
	for (const char *at = strstr(script, "location"); at; at = strstr(at + 1, "location")) {
		const char *p = at + strlen("location");
		p += strspn(p, ".abcdefghijklmnopqrstuvwxyz");
		p += strspn(p, " \t\r\n=(");
		if ((*p != '"' && *p != '\'') || !strchr(" =(", p[-1]))
			continue;
		char host[KH_HOST_SIZE] = "";
		kh_auto_free char *url = kh_strndup(p + 1, KH_MIN(strcspn(p + 1, "\"'\n"), (size_t)KH_PAGE_MAX_URL));
		if (kh_url_host(url, host) && is_foreign(r, host))
			add_find(r, KH_FIND_REDIRECT, host, url);
	}
}

static void on_script(struct reader *r, const xmlNode *e)
{
	char host[KH_HOST_SIZE] = "";
	kh_auto_free char *url = absolute(r, kh_element_attribute(e, "src"));
	if (url) {
		look_for(r, KH_WORD_MALWARE, KH_FIND_MALWARE, url);
		if (kh_url_host(url, host) && !kh_host_same_site(host, r->host))
			add_host(r, r->page->scripts.v, r->page->scripts.n, host, push_script);
	}
	for (const xmlNode *child = e->children; child; child = child->next)
		if (child->content) {
			look_for(r, KH_WORD_MALWARE, KH_FIND_MALWARE, (const char *)child->content);
			look_for_redirect(r, (const char *)child->content);
		}
}

/* <meta http-equiv="refresh" content="0; url=…"> */
static void on_meta(struct reader *r, const xmlNode *e)
{
	const char *what = kh_element_attribute(e, "http-equiv"), *content = kh_element_attribute(e, "content");
	const char *target = what && content && kh_streq_nocase(what, "refresh") ? kh_find_nocase(content, "url=") : NULL;
	if (!target)
		return;
	char host[KH_HOST_SIZE] = "";
	target += strlen("url=");
	target += strspn(target, "'\" ");
	kh_auto_free char *bare = kh_strndup(target, strcspn(target, "'\"")), *url = absolute(r, bare);
	if (url && kh_url_host(url, host) && is_foreign(r, host))
		add_find(r, KH_FIND_REDIRECT, host, url);
}

/* ---- the way ---- */

static const char *const block_names[] = {"address", "article", "aside", "blockquote", "body", "br", "center", "dd", "div", "dl", "dt", "fieldset", "figcaption", "figure",
	"footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "marquee", "nav", "ol", "option", "p", "pre", "section", "select", "table", "td", "th", "tr", "ul", NULL};
static const char *const silent_names[] = {"script", "style", "template", "noscript", "head", "svg", "object", NULL};
static const char *const heading_names[] = {"h1", "h2", "h3", NULL};

static void on_element(struct reader *r, const xmlNode *e)
{
	static const char *const a[] = {"a", "area", NULL}, *const frames[] = {"iframe", "frame", "embed", NULL}, *const script[] = {"script", NULL}, *const meta[] = {"meta", NULL};
	if (is_one_of(e, a))
		open_link(r, e);
	else if (is_one_of(e, frames))
		on_frame(r, e);
	else if (is_one_of(e, script))
		on_script(r, e);
	else if (is_one_of(e, meta))
		on_meta(r, e);
}

static void enter(struct reader *r, const xmlNode *e)
{
	static const char *const title[] = {"title", NULL};
	bool ignored = !r->ignored && kh_selectors_match(&r->changing, e);
	if (ignored || is_one_of(e, block_names))
		end_line(r);
	if (!r->hidden && kh_element_is_hidden(e, &r->hidden_names))
		r->hidden = e;
	if (ignored)
		r->ignored = e;
	if (!r->silent && is_one_of(e, silent_names))
		r->silent = e;
	if (!r->heading && is_one_of(e, heading_names))
		r->heading = e;
	if (is_one_of(e, title) && !r->title_text.len)
		r->title = e;
	open_path(r, e);
	on_element(r, e);
}

static void leave(struct reader *r, const xmlNode *e)
{
	if (r->ignored == e || is_one_of(e, block_names))
		end_line(r);
	if (r->link == e)
		close_link(r);
	if (r->hidden == e) {
		look_for(r, KH_WORD_BETTING, KH_FIND_BETTING_HIDDEN, kh_buf_text(&r->hidden_text));
		kh_buf_reset(&r->hidden_text);
		r->hidden = NULL;
	}
	r->ignored = r->ignored == e ? NULL : r->ignored;
	r->silent = r->silent == e ? NULL : r->silent;
	r->heading = r->heading == e ? NULL : r->heading;
	r->title = r->title == e ? NULL : r->title;
	close_path(r);
}

/* Without recursion: the depth is the page's to choose. */
static void walk(struct reader *r, const xmlNode *root)
{
	size_t elements = 0;
	const xmlNode *node = root;
	while (node) {
		bool element = node->type == XML_ELEMENT_NODE;
		if (element && ++elements > KH_PAGE_MAX_ELEMENTS) {
			r->page->partly = true;
			break;
		}
		if (element)
			enter(r, node);
		else if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE)
			on_text(r, node);
		if (element && node->children) {
			node = node->children;
			continue;
		}
		while (node) {
			if (node->type == XML_ELEMENT_NODE)
				leave(r, node);
			if (node == root)
				return;
			if (node->next) {
				node = node->next;
				break;
			}
			node = node->parent && node->parent->type == XML_ELEMENT_NODE ? node->parent : NULL;
		}
	}
	end_line(r);
}

/* The page's own styles, before the elements that they hide. */
static void read_styles(struct reader *r, const xmlNode *root)
{
	static const char *const style[] = {"style", NULL};
	size_t seen = 0;
	for (const xmlNode *node = root; node && seen < KH_PAGE_MAX_ELEMENTS; seen++) {
		if (node->type == XML_ELEMENT_NODE && is_one_of(node, style) && node->children && node->children->content)
			kh_hidden_names_read((const char *)node->children->content, &r->hidden_names);
		if (node->type == XML_ELEMENT_NODE && node->children) {
			node = node->children;
			continue;
		}
		while (node && node != root && !node->next)
			node = node->parent && node->parent->type == XML_ELEMENT_NODE ? node->parent : NULL;
		node = node && node != root ? node->next : NULL;
	}
}

/* ---- the whole ---- */

static int compare_hashes(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

static void make_different(struct kh_page *page)
{
	size_t n = 0;
	if (page->shapes.n)
		qsort(page->shapes.v, page->shapes.n, sizeof *page->shapes.v, compare_hashes);
	for (size_t i = 0; i < page->shapes.n; i++)
		if (!n || page->shapes.v[n - 1] != page->shapes.v[i])
			page->shapes.v[n++] = page->shapes.v[i];
	page->partly |= n > KH_PAGE_MAX_SHAPES;
	page->shapes.n = KH_MIN(n, (size_t)KH_PAGE_MAX_SHAPES);
}

/* In pieces, so that a page made to be large in memory is left when it has too many elements; libxml2 reports nothing and fetches nothing. */
static htmlDocPtr parse(const char *html, size_t n, const struct kh_page_options *o, bool *ret_partly)
{
	xmlCharEncoding encoding = kh_utf8_is_valid(html, n) ? XML_CHAR_ENCODING_UTF8 : o->charset ? xmlParseCharEncoding(o->charset) : XML_CHAR_ENCODING_NONE;
	htmlParserCtxtPtr c = htmlCreatePushParserCtxt(NULL, NULL, "", 0, NULL, encoding > 0 ? encoding : XML_CHAR_ENCODING_NONE);
	if (!c)
		return NULL;
	htmlCtxtUseOptions(c, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET | HTML_PARSE_COMPACT);
	size_t done = 0, signs = 0;
	for (; done < n && signs < KH_PAGE_MAX_ELEMENTS * 2; done += KH_MIN(n - done, (size_t)PIECE)) {
		size_t piece = KH_MIN(n - done, (size_t)PIECE);
		for (size_t i = 0; i < piece; i++)
			signs += html[done + i] == '<';
		htmlParseChunk(c, html + done, (int)piece, 0);
	}
	*ret_partly = done < n;
	htmlParseChunk(c, "", 0, 1);
	htmlDocPtr doc = c->myDoc;
	htmlFreeParserCtxt(c);
	return doc;
}

static void finish(struct reader *r)
{
	kh_auto_free char *title = clean(kh_buf_text(&r->title_text), r->title_text.len);
	kh_auto_free char *trimmed = kh_strdup(kh_trim(title));
	r->page->title = kh_take(trimmed);
	if (*r->page->title) {
		look_for(r, KH_WORD_BOAST, KH_FIND_BOAST, r->page->title);
		look_for(r, KH_WORD_BETTING, KH_FIND_BETTING_TEXT, r->page->title);
	}
	make_different(r->page);
	kh_hidden_names_done(&r->hidden_names);
	kh_selectors_done(&r->changing);
	kh_array_done(&r->labels);
	kh_array_done(&r->regions);
	free(r->link_url);
	kh_buf_done(&r->line);
	kh_buf_done(&r->hidden_text);
	kh_buf_done(&r->link_text);
	kh_buf_done(&r->title_text);
}

void kh_page_parse(const void *html, size_t n, const struct kh_page_options *options, struct kh_page *ret)
{
	*ret = (struct kh_page){0};
	struct reader r = {.options = options, .page = ret};
	if (!kh_url_host(options->url, r.host))
		r.host[0] = '\0';
	memcpy(r.base, options->url, strnlen(options->url, KH_PAGE_MAX_URL));
	kh_selectors_read(options->changing, &r.changing);
	htmlDocPtr doc = parse(html, n, options, &ret->partly);
	const xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
	if (root) {
		read_styles(&r, root);
		walk(&r, root);
	}
	finish(&r);
	if (doc)
		xmlFreeDoc(doc);
}
