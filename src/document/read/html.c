#include "document/read/html.h"

#include "base/str.h"
#include "document/read/style.h"
#include "document/read/text.h"
#include "unpack/mail/transfer.h"

#include <libxml/HTMLparser.h>
#include <stdio.h>

enum { PIECE = 16 * 1024, LONGEST = 64 * PIECE, LOOK = 4096 };

struct element {
	struct kh_style style;
	bool block, left_out, kept; /* kept: its line ends are line ends */
};

struct page {
	struct kh_reading *r;
	htmlParserCtxtPtr parser;
	enum kh_charset charset; /* of the text, as struct kh_run_look has it */
	KH_ARRAY(struct element) open;
	size_t deeper; /* elements open that have no place in the array */
	bool given_up;
	struct kh_buf title;
	bool in_title;
};

/* ---- what tags are ---- */

static bool is_one_of(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (kh_streq(names[i], name))
			return true;
	return false;
}

/* Those that stand in a line; every other begins and ends one. */
static bool is_inline(const char *name)
{
	static const char *const names[] = {
		"a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img", "ins", "kbd", "label", "mark", "o:p", "q", "s", "samp", "small",
		"span", "st1:place", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr", "w:r", "w:t", "w:rpr", "text:span", "text:s",
	};
	return is_one_of(names, KH_COUNT(names), name) || kh_starts_with(name, "st1:");
}

static bool is_left_out(const char *name)
{
	static const char *const names[] = {"script", "style", "noscript", "template", "w:bindata", "pkg:binarydata", "office:binary-data"};
	return is_one_of(names, KH_COUNT(names), name);
}

/* ---- lines ---- */

static const struct element *innermost(const struct page *p)
{
	static const struct element none;
	return p->open.n > 0 ? &p->open.v[p->open.n - 1] : &none;
}

static bool is_blank(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] != ' ' && s[i] != '\t' && s[i] != '\n' && s[i] != '\r')
			return false;
	return true;
}

static void add_text(struct page *p, const char *s, size_t n)
{
	const struct kh_style *style = &innermost(p)->style;
	struct kh_line_builder *b = &p->r->lines;
	if (!b->open && is_blank(s, n))
		return;
	if (!b->open)
		kh_line_begin(b, &(struct kh_line_look){.part = style->cell ? KH_PART_CELL : KH_PART_BODY, .centred = style->centred, .framed = style->framed});
	kh_line_add(b, s, n, &(struct kh_run_look){.font = style->font, .charset = p->charset, .red = style->red, .bold = style->bold, .capitals = style->capitals, .size_pt = style->size_pt});
}

/* A tab of the source is a blank like any other. */
static void add_flowing_text(struct page *p, const char *s, size_t n)
{
	for (const char *end = s + n; s < end;) {
		const char *tab = memchr(s, '\t', (size_t)(end - s));
		add_text(p, s, (size_t)((tab ? tab : end) - s));
		if (!tab)
			return;
		add_text(p, " ", 1);
		s = tab + 1;
	}
}

static void add_kept_text(struct page *p, const char *s, size_t n)
{
	for (const char *end = s + n; s < end;) {
		const char *line_end = memchr(s, '\n', (size_t)(end - s));
		add_text(p, s, (size_t)((line_end ? line_end : end) - s));
		if (!line_end)
			return;
		kh_line_end(&p->r->lines);
		s = line_end + 1;
	}
}

static void give_property(struct page *p, const char *s, size_t n)
{
	kh_line_begin(&p->r->lines, &(struct kh_line_look){.part = KH_PART_PROPERTIES});
	kh_line_add(&p->r->lines, s, n, &(struct kh_run_look){.charset = p->charset});
	kh_line_end(&p->r->lines);
}

/* ---- libxml2's events ---- */

static void give_up(struct page *p, enum kh_gap_kind why)
{
	kh_line_end(&p->r->lines);
	if (!p->given_up)
		kh_reading_gap(p->r, why, NULL);
	p->given_up = true;
	xmlStopParser(p->parser);
}

static void look_at_meta(struct page *p, const xmlChar **attributes)
{
	const char *name = NULL, *content = NULL;
	for (; attributes && attributes[0]; attributes += 2) {
		const char *value = attributes[1] ? (const char *)attributes[1] : "";
		name = xmlStrEqual(attributes[0], BAD_CAST "name") ? value : name;
		content = xmlStrEqual(attributes[0], BAD_CAST "content") ? value : content;
	}
	if (name && content && (kh_streq_nocase(name, "keywords") || kh_streq_nocase(name, "description") || kh_streq_nocase(name, "subject")))
		give_property(p, content, strlen(content));
}

static void open_element(struct page *p, const char *name, const xmlChar **attributes)
{
	struct element e = *innermost(p);
	e.block = !is_inline(name);
	e.left_out = e.left_out || is_left_out(name);
	e.kept = e.kept || kh_streq(name, "pre") || kh_streq(name, "textarea");
	kh_style_tag(&e.style, name);
	for (; attributes && attributes[0]; attributes += 2)
		if (attributes[1])
			kh_style_attribute(&e.style, name, (const char *)attributes[0], (const char *)attributes[1]);
	kh_array_push(&p->open, e);
}

static void on_start(void *context, const xmlChar *xml_name, const xmlChar **attributes)
{
	struct page *p = context;
	const char *name = (const char *)xml_name;
	if (p->open.n + p->deeper >= KH_HTML_MAX_DEPTH) {
		p->deeper++;
		give_up(p, KH_GAP_DEPTH);
		return;
	}
	if (!is_inline(name))
		kh_line_end(&p->r->lines);
	if (kh_streq(name, "meta"))
		look_at_meta(p, attributes);
	p->in_title = kh_streq(name, "title");
	open_element(p, name, attributes);
}

static void on_end(void *context, const xmlChar *name)
{
	struct page *p = context;
	if (p->deeper > 0) {
		p->deeper--;
		return;
	}
	if (p->in_title && xmlStrEqual(name, BAD_CAST "title")) {
		give_property(p, kh_buf_text(&p->title), p->title.len);
		kh_buf_reset(&p->title);
		p->in_title = false;
	}
	if (p->open.n == 0)
		return;
	if (innermost(p)->block)
		kh_line_end(&p->r->lines);
	p->open.n--;
}

static void on_text(void *context, const xmlChar *text, int size)
{
	struct page *p = context;
	const char *s = (const char *)text;
	size_t n = (size_t)KH_MAX(size, 0);
	if (p->in_title)
		kh_buf_add(&p->title, s, n);
	else if (innermost(p)->kept && !innermost(p)->left_out)
		add_kept_text(p, s, n);
	else if (!innermost(p)->left_out)
		add_flowing_text(p, s, n);
}

static void on_script(void *context, const xmlChar *text, int size)
{
	(void)context;
	(void)text;
	(void)size;
}

/* ---- which charset ---- */

/* As a page says it: <meta charset="…">, or in the old way within content="…". "" when it does not. */
static void charset_said(const uint8_t *bytes, size_t n, char *ret, size_t room)
{
	kh_auto_buf struct kh_buf head = KH_BUF_INIT;
	kh_buf_add(&head, bytes, KH_MIN(n, (size_t)LOOK));
	const char *s = kh_find_nocase(kh_buf_text(&head), "charset=");
	s = s ? s + strlen("charset=") : "";
	s += *s == '"' || *s == '\'';
	snprintf(ret, room, "%.*s", (int)KH_MIN(strcspn(s, "\"'>; \t\r\n/"), room - 1), s);
}

static enum kh_text_kind kind_of(const char *said, const uint8_t *bytes, size_t n, size_t *ret_mark, enum kh_charset *ret_charset)
{
	char own[32];
	enum kh_text_kind kind = kh_text_kind_of(bytes, n, ret_mark);
	*ret_charset = KH_CHARSET_UNICODE;
	if (kind != KH_TEXT_BYTES)
		return kind;
	charset_said(bytes, n, own, sizeof own);
	if (kh_text_kind_named(said ? said : own, ret_charset) != KH_TEXT_BYTES)
		*ret_charset = KH_CHARSET_CP1252; /* it says so, but is not */
	return KH_TEXT_BYTES;
}

/* ---- the page ---- */

static bool is_tag(const xmlChar *at)
{
	return at[0] == '<' && (at[1] | 0x20) >= 'a' && (at[1] | 0x20) <= 'z';
}

static size_t unparsed(const struct page *p)
{
	return (size_t)(p->parser->input->end - p->parser->input->cur);
}

/* Whether the parser has not understood yet a tag that has not ended. */
static bool is_in_tag(const struct page *p)
{
	return unparsed(p) > 1 && is_tag(p->parser->input->cur);
}

/* Whether such a tag is of very many attributes. */
static bool is_swollen(const struct page *p)
{
	enum { LARGE = 64 * 1024, LOOK_AT = 4 * LARGE };
	const xmlChar *at = p->parser->input->cur, *end = p->parser->input->end;
	size_t blanks = 0;
	if (end - at < LARGE || !is_tag(at))
		return false;
	xmlChar quote = 0, before = 0; /* quoted is what stands behind '=' */
	for (end = KH_MIN(end, at + LOOK_AT); at < end && (quote || *at != '>'); at++) {
		if (*at <= ' ' || *at == '/' || *at == '=')
			blanks++;
		if (quote ? *at == quote : (*at == '"' || *at == '\'') && before == '=')
			quote = quote ? 0 : *at;
		before = *at > ' ' ? *at : before;
	}
	return blanks > KH_HTML_MAX_BLANKS;
}

/* What of a page is not given to the parser yet. */
struct waiting {
	struct kh_buf text;
	size_t looked, tag; /* how far tags were looked for; where the last begins */
};

/* libxml2 2.9 forgets within which quotation marks it is when a piece of the page ends inside a tag, and then waits for the end of the page: pieces end before a tag. Where none does, and within a
 * tag, whose values may have '<', it looks at all that it has not understood from its beginning again: each such piece is longer than all that it looked at before. */
static size_t whole_tags(struct waiting *w, const struct page *p)
{
	const char *s = kh_buf_text(&w->text), *tag = w->text.len > w->looked ? memrchr(s + w->looked, '<', w->text.len - w->looked) : NULL;
	w->tag = tag ? (size_t)(tag - s) : w->tag;
	w->looked = w->text.len;
	if (w->text.len > KH_MAX((size_t)LONGEST, unparsed(p)))
		return w->text.len;
	return is_in_tag(p) ? 0 : w->tag;
}

static void parse(struct page *p, struct waiting *w, size_t n)
{
	struct kh_buf *text = &w->text;
	if (is_in_tag(p))
		p->parser->checkIndex = 0;
	htmlParseChunk(p->parser, kh_buf_text(text), (int)n, 0);
	if (is_swollen(p))
		give_up(p, KH_GAP_FORMAT_LIMIT);
	memmove(text->data, text->data + n, text->len - n);
	text->len -= n;
	w->looked -= n;
	w->tag -= KH_MIN(w->tag, n);
}

static void feed(struct page *p, enum kh_text_kind kind, enum kh_charset charset, const uint8_t *bytes, size_t n)
{
	struct waiting w = {0};
	for (size_t at = 0; at < n && !kh_reading_over(p->r) && !p->given_up;) {
		size_t piece = KH_MIN(n - at, (size_t)PIECE), used = kh_text_convert(kind, charset, bytes + at, piece, &w.text);
		at += used > 0 ? used : piece;
		size_t whole = whole_tags(&w, p), ready = at < n ? whole : w.text.len;
		if (ready > 0)
			parse(p, &w, ready);
	}
	if (!p->given_up)
		htmlParseChunk(p->parser, "", 0, 1);
	kh_buf_done(&w.text);
}

void kh_html_read(struct kh_reading *r, const char *said, const uint8_t *bytes, size_t n)
{
	htmlSAXHandler sax = {.startElement = on_start, .endElement = on_end, .characters = on_text, .ignorableWhitespace = on_text, .cdataBlock = on_script};
	enum kh_charset charset = KH_CHARSET_UNICODE;
	size_t mark = 0;
	enum kh_text_kind kind = kind_of(said, bytes, n, &mark, &charset);
	bool unsaid = kind == KH_TEXT_BYTES && charset == KH_CHARSET_CP1252;
	struct page p = {.r = r, .charset = unsaid ? KH_CHARSET_CP1252 : KH_CHARSET_UNICODE, .title.max = KH_DOCUMENT_MAX_LINE};
	p.parser = htmlCreatePushParserCtxt(&sax, &p, NULL, 0, NULL, XML_CHAR_ENCODING_UTF8);
	kh_assert(p.parser);
	htmlCtxtUseOptions(p.parser, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
	feed(&p, kind == KH_TEXT_NONE ? KH_TEXT_BYTES : kind, kind == KH_TEXT_NONE ? KH_CHARSET_CP1252 : charset, bytes + mark, n - mark);
	kh_line_end(&r->lines);
	htmlFreeParserCtxt(p.parser);
	kh_array_done(&p.open);
	kh_buf_done(&p.title);
}

/* ---- pictures in it ---- */

static bool ends_data(uint8_t c)
{
	return c == '"' || c == '\'' || c == ')' || c == '>' || c == '<';
}

void kh_html_give_pictures(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	static const char beginning[] = ";base64,";
	const uint8_t *end = bytes + n, *at = bytes;
	for (unsigned number = 1; (at = memmem(at, (size_t)(end - at), beginning, strlen(beginning))) != NULL && !kh_reading_over(r); number++) {
		const uint8_t *from = at += strlen(beginning);
		char name[32];
		while (at < end && !ends_data(*at))
			at++;
		snprintf(name, sizeof name, "picture %u", number);
		kh_reading_decoded(r, name, from, (size_t)(at - from), kh_transfer_base64);
	}
}

/* ---- is it HTML? ---- */

static bool looks_like_html(const uint8_t *bytes, size_t n)
{
	static const char *const tags[] = {
		"<!doctype html", "<html", "<head", "<body", "<meta ", "<title", "<table", "<div", "<p>", "<p ", "<font", "<span", "<center", "<w:worddocument", "<pkg:package", "<office:document", "<workbook",
	};
	kh_auto_buf struct kh_buf head = KH_BUF_INIT;
	size_t mark = 0;
	size_t first = 0;
	while (first < n && (bytes[first] <= ' ' || bytes[first] >= 0x80)) /* and a byte order mark */
		first++;
	if (first == n || bytes[first] != '<')
		return false;
	enum kh_text_kind kind = kh_text_kind_of(bytes, n, &mark);
	if (kind == KH_TEXT_NONE)
		return false;
	kh_text_convert(kind, KH_CHARSET_CP1252, bytes + mark, KH_MIN(n - mark, (size_t)LOOK), &head);
	const char *s = kh_buf_text(&head);
	s += strspn(s, " \t\r\n");
	for (size_t i = 0; *s == '<' && i < KH_COUNT(tags); i++)
		if (kh_find_nocase(s, tags[i]))
			return true;
	return false;
}

static void read_html(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	kh_html_read(r, NULL, bytes, n);
}

const struct kh_reader kh_html_reader = {KH_DOCUMENT_HTML, looks_like_html, read_html, kh_html_give_pictures};
