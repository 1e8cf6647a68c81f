#include "document/read/scan/pdf.h"

#include "base/str.h"
#include "document/read/color.h"
#include "document/read/pdf/quick.h"
#include "document/read/scan/limits.h"
#include "document/read/scan/page.h"
#include "unpack/container.h"

#include <cairo.h>
#include <ctype.h>
#include <math.h>
#include <poppler.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void unref(void *object)
{
	g_clear_object((GObject **)object);
}
#define AUTO_UNREF KH_CLEANUP(unref)

static void give_back(void *text)
{
	g_free(*(void **)text);
}
#define AUTO_TEXT KH_CLEANUP(give_back)

/* ---- the text of a page ---- */

struct page {
	uint32_t number;
	double width, height; /* points */
	char *text;
	PopplerRectangle *places; /* of each of its characters */
	guint n_places;
	GList *looks; /* PopplerTextAttributes, in the order of the text */
};

static void page_init(struct page *p, PopplerPage *page)
{
	*p = (struct page){.number = (uint32_t)poppler_page_get_index(page) + 1};
	poppler_page_get_size(page, &p->width, &p->height);
	p->text = poppler_page_get_text(page);
	if (!p->text || !*p->text)
		return;
	if (!poppler_page_get_text_layout(page, &p->places, &p->n_places))
		p->n_places = 0;
	p->looks = poppler_page_get_text_attributes(page);
}

static void page_done(struct page *p)
{
	g_free(p->text);
	g_free(p->places);
	poppler_page_free_text_attributes(p->looks);
}

static float part_of(double v, double whole)
{
	return whole > 0 ? (float)CLAMP(v / whole, 0.0, 1.0) : 0;
}

/* Of the characters from, from + 1 …: what encloses them. Poppler counts characters as Unicode does, save those that are none: their places are not relied upon. */
static void place_line(const struct page *p, size_t from, size_t n, struct kh_line_look *look)
{
	PopplerRectangle all = {0};
	for (size_t i = from; i < from + n && i < p->n_places; i++) {
		const PopplerRectangle *c = &p->places[i];
		if (c->x2 <= c->x1 && c->y2 <= c->y1)
			continue;
		all.x1 = look->placed ? MIN(all.x1, c->x1) : c->x1;
		all.y1 = look->placed ? MIN(all.y1, c->y1) : c->y1;
		all.x2 = look->placed ? MAX(all.x2, c->x2) : c->x2;
		all.y2 = look->placed ? MAX(all.y2, c->y2) : c->y2;
		look->placed = true;
	}
	look->left = part_of(all.x1, p->width);
	look->top = part_of(all.y1, p->height);
	look->right = part_of(all.x2, p->width);
	look->bottom = part_of(all.y2, p->height);
}

static bool is_bold(const char *font)
{
	return font && (kh_find_nocase(font, "bold") || kh_find_nocase(font, "black") || kh_find_nocase(font, "heavy"));
}

static struct kh_run_look run_look(const PopplerTextAttributes *a)
{
	const PopplerColor *c = &a->color;
	return (struct kh_run_look){.font = a->font_name, .bold = is_bold(a->font_name), .size_pt = (float)a->font_size,
				    .red = kh_color_is_red((uint32_t)(c->red >> 8) << 16 | (uint32_t)(c->green >> 8) << 8 | c->blue >> 8)};
}

/* Bytes of the next characters, at most `count`. */
static size_t bytes_of(const char *s, size_t n, size_t count)
{
	size_t i = 0;
	for (; i < n; i++)
		if (((unsigned char)s[i] & 0xc0) != 0x80 && count-- == 0)
			break;
	return i;
}

static size_t characters_of(const char *s, size_t n)
{
	size_t count = 0;
	for (size_t i = 0; i < n; i++)
		count += ((unsigned char)s[i] & 0xc0) != 0x80;
	return count;
}

/* Runs are what looks the same; *looks is the first that may end behind `at`. */
static void add_runs(struct kh_line_builder *b, const char *s, size_t n, size_t at, const GList **looks)
{
	static const struct kh_run_look unknown = {0};
	while (n > 0) {
		while (*looks && (size_t)((const PopplerTextAttributes *)(*looks)->data)->end_index < at)
			*looks = (*looks)->next;
		const PopplerTextAttributes *a = *looks ? (*looks)->data : NULL;
		const size_t part = a ? bytes_of(s, n, (size_t)a->end_index - at + 1) : n;
		const struct kh_run_look look = a ? run_look(a) : unknown;
		kh_line_add(b, s, part, &look);
		at += characters_of(s, part);
		s += part;
		n -= part;
	}
}

static void give_lines(struct kh_reading *r, const struct page *p)
{
	const GList *looks = p->looks;
	size_t at = 0;
	for (const char *s = p->text ? p->text : ""; *s && !kh_reading_over(r);) {
		const size_t n = strcspn(s, "\n"), count = characters_of(s, n);
		struct kh_line_look look = {.part = KH_PART_BODY, .page = p->number};
		place_line(p, at, count, &look);
		kh_line_begin(&r->lines, &look);
		add_runs(&r->lines, s, n, at, &looks);
		kh_line_end(&r->lines);
		at += count + (s[n] == '\n');
		s += n + (s[n] == '\n');
	}
}

/* ---- comments and properties ---- */

static void give_text(struct kh_reading *r, enum kh_document_part part, uint32_t page, const char *text)
{
	static const struct kh_run_look plain = {0};
	for (const char *s = text ? text : ""; *s && !kh_reading_over(r);) {
		const size_t n = strcspn(s, "\r\n");
		kh_line_begin(&r->lines, &(struct kh_line_look){.part = part, .page = page});
		kh_line_add(&r->lines, s, n, &plain);
		kh_line_end(&r->lines);
		s += n + strspn(s + n, "\r\n");
	}
}

static void give_comments(struct kh_reading *r, PopplerPage *page, uint32_t number)
{
	GList *all = poppler_page_get_annot_mapping(page);
	size_t n = 0;
	for (GList *l = all; l && n < KH_SCAN_MAX_ANNOTATIONS && !kh_reading_over(r); l = l->next, n++) {
		PopplerAnnot *annotation = ((PopplerAnnotMapping *)l->data)->annot;
		AUTO_TEXT char *text = POPPLER_IS_ANNOT_MARKUP(annotation) ? poppler_annot_get_contents(annotation) : NULL;
		give_text(r, KH_PART_COMMENT, number, text);
	}
	poppler_page_free_annot_mapping(all);
}

static void give_properties(struct kh_reading *r, PopplerDocument *document)
{
	AUTO_TEXT char *title = poppler_document_get_title(document), *subject = poppler_document_get_subject(document), *keywords = poppler_document_get_keywords(document);
	give_text(r, KH_PART_PROPERTIES, 0, title);
	give_text(r, KH_PART_PROPERTIES, 0, subject);
	give_text(r, KH_PART_PROPERTIES, 0, keywords);
}

/* ---- pictures ---- */

/* What the bytes say of the pictures in them. Their dictionaries are never compressed. */
struct pictures {
	bool any;
	bool large; /* one may have more dots than may be decoded: then it is only drawn, row by row */
};

/* The largest number behind this key; what is said by reference counts as the largest there is. */
static int64_t largest(const char *key, const uint8_t *bytes, size_t n)
{
	const size_t length = strlen(key);
	int64_t most = 0;
	for (const uint8_t *at = bytes, *end = bytes + n; (at = memmem(at, (size_t)(end - at), key, length)) != NULL;) {
		char digits[12] = {0};
		int64_t value = 0;
		at += length;
		memcpy(digits, at, KH_MIN(sizeof digits - 1, (size_t)(end - at)));
		char *behind = NULL;
		value = strtoll(digits, &behind, 10);
		const bool reference = strspn(behind, " ") > 0 && behind[strspn(behind, " ")] >= '0' && behind[strspn(behind, " ")] <= '9';
		most = KH_MAX(most, reference ? KH_DOCUMENT_MAX_PIXELS : value);
	}
	return most;
}

static struct pictures pictures_in(const uint8_t *bytes, size_t n)
{
	static const char image[] = "/Image";
	struct pictures p = {.any = memmem(bytes, n, image, sizeof image - 1) != NULL};
	const int64_t width = p.any ? largest("/Width", bytes, n) : 0, height = p.any ? largest("/Height", bytes, n) : 0;
	p.large = width > KH_DOCUMENT_MAX_SIDE || height > KH_DOCUMENT_MAX_SIDE || width * height > KH_DOCUMENT_MAX_PIXELS;
	return p;
}

/* cairo's dots on white paper, as Leptonica has them. */
static PIX *on_paper(cairo_surface_t *surface)
{
	cairo_surface_flush(surface);
	const int width = cairo_image_surface_get_width(surface), height = cairo_image_surface_get_height(surface), stride = cairo_image_surface_get_stride(surface);
	const bool seen_through = cairo_image_surface_get_format(surface) == CAIRO_FORMAT_ARGB32;
	const unsigned char *data = cairo_image_surface_get_data(surface);
	const bool good = data && width > 0 && height > 0 && (seen_through || cairo_image_surface_get_format(surface) == CAIRO_FORMAT_RGB24);
	PIX *pix = good ? pixCreateNoInit(width, height, 32) : NULL;
	for (int y = 0; pix && y < height; y++) {
		const uint32_t *from = (const void *)(data + (size_t)y * (size_t)stride);
		l_uint32 *to = pixGetData(pix) + (size_t)y * (size_t)pixGetWpl(pix);
		for (int x = 0; x < width; x++) {
			const uint32_t white = seen_through ? 255 - (from[x] >> 24) : 0;
			to[x] = ((from[x] & 0xffffff) + white * 0x010101) << 8;
		}
	}
	return pix;
}

/* A piece of the page, in points, drawn. */
static PIX *draw(PopplerPage *page, const PopplerRectangle *piece, double *ret_dpi)
{
	const double width = piece->x2 - piece->x1, height = piece->y2 - piece->y1, points = 72;
	double dpi = MIN(KH_SCAN_DRAWN_DPI, points * sqrt(KH_SCAN_DRAWN_PIXELS / (width * height)));
	dpi = MIN(dpi, points * KH_DOCUMENT_MAX_SIDE / MAX(width, height));
	cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)ceil(width * dpi / points), (int)ceil(height * dpi / points));
	cairo_t *cr = cairo_create(surface);
	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_paint(cr);
	cairo_scale(cr, dpi / points, dpi / points);
	cairo_translate(cr, -piece->x1, -piece->y1);
	poppler_page_render(page, cr);
	PIX *pix = cairo_status(cr) == CAIRO_STATUS_SUCCESS ? on_paper(surface) : NULL;
	cairo_destroy(cr);
	cairo_surface_destroy(surface);
	*ret_dpi = dpi;
	return pix;
}

/* The picture itself, as it was scanned. */
static PIX *take_out(PopplerPage *page, const PopplerImageMapping *image, double *ret_dpi)
{
	cairo_surface_t *surface = poppler_page_get_image(page, image->image_id);
	PIX *pix = surface && cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS ? on_paper(surface) : NULL;
	const double points = image->area.x2 - image->area.x1;
	if (pix)
		*ret_dpi = MAX(pixGetWidth(pix), pixGetHeight(pix)) * 72.0 / MAX(points, image->area.y2 - image->area.y1);
	if (surface)
		cairo_surface_destroy(surface);
	return pix;
}

/* What of the page pictures cover that are large enough for a stamp. */
struct covered {
	PopplerRectangle all;
	const PopplerImageMapping *only; /* when there is but one */
	size_t n;
};

static struct covered find_pictures(const struct page *p, const GList *images)
{
	const double min_width = 24, min_height = 8; /* points: a scanner's strips are low and as wide as the page */
	struct covered c = {0};
	for (const GList *l = images; l && c.n < KH_SCAN_MAX_IMAGES; l = l->next) {
		const PopplerImageMapping *image = l->data;
		const PopplerRectangle a = {.x1 = CLAMP(image->area.x1, 0, p->width), .y1 = CLAMP(image->area.y1, 0, p->height), .x2 = CLAMP(image->area.x2, 0, p->width),
					    .y2 = CLAMP(image->area.y2, 0, p->height)};
		if (a.x2 - a.x1 < min_width || (a.y2 - a.y1 < min_height && a.x2 - a.x1 < p->width / 2))
			continue;
		c.all.x1 = c.n ? MIN(c.all.x1, a.x1) : a.x1;
		c.all.y1 = c.n ? MIN(c.all.y1, a.y1) : a.y1;
		c.all.x2 = c.n ? MAX(c.all.x2, a.x2) : a.x2;
		c.all.y2 = c.n ? MAX(c.all.y2, a.y2) : a.y2;
		c.only = c.n++ ? NULL : image;
	}
	return c;
}

static void look_at_pictures(struct kh_reading *r, PopplerPage *page, const struct page *p, const struct pictures *in)
{
	const bool bare = !p->text || !*p->text; /* letters drawn as shapes are none */
	GList *images = in->any ? poppler_page_get_image_mapping(page) : NULL;
	struct covered c = find_pictures(p, images);
	double dpi = 0;
	if (c.n == 0 && bare)
		c = (struct covered){.all = {.x2 = p->width, .y2 = p->height}, .n = 1};
	if (c.n > 0 && c.all.x2 > c.all.x1 && c.all.y2 > c.all.y1 && !kh_reading_over(r)) {
		kh_scan_be_silent();
		PIX *pix = c.only && !in->large ? take_out(page, c.only, &dpi) : draw(page, &c.all, &dpi);
		struct kh_scan_page scan = {.number = p->number, .left = part_of(c.all.x1, p->width), .top = part_of(c.all.y1, p->height), .width = part_of(c.all.x2 - c.all.x1, p->width),
					    .height = part_of(c.all.y2 - c.all.y1, p->height)};
		kh_scan_page_give(r, &scan, pix, (float)dpi);
	}
	poppler_page_free_image_mapping(images);
}

/* ---- the document ---- */

static PopplerDocument *open_document(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	GError *error = NULL;
	GBytes *lent = g_bytes_new_static(bytes, n);
	PopplerDocument *document = poppler_document_new_from_bytes(lent, NULL, &error);
	g_bytes_unref(lent);
	if (!document)
		kh_reading_gap(r, g_error_matches(error, POPPLER_ERROR, POPPLER_ERROR_ENCRYPTED) ? KH_GAP_ENCRYPTED : KH_GAP_DAMAGED, NULL);
	g_clear_error(&error);
	return document;
}

/* By Poppler, which is asked for it when the first page wants it. */
struct laid_out {
	struct kh_reading *r;
	const uint8_t *bytes;
	size_t n;
	PopplerDocument *document;
	struct pictures in;
	bool failed;
};

static bool lay_out(struct laid_out *l)
{
	if (l->document || l->failed)
		return !l->failed;
	l->document = open_document(l->r, l->bytes, l->n);
	l->failed = !l->document;
	if (!l->failed)
		l->in = pictures_in(l->bytes, l->n);
	return !l->failed;
}

static void read_page(struct laid_out *l, int index)
{
	struct page p;
	if (!lay_out(l))
		return;
	AUTO_UNREF PopplerPage *page = poppler_document_get_page(l->document, index);
	if (!page) {
		kh_reading_gap(l->r, KH_GAP_DAMAGED, NULL);
		return;
	}
	page_init(&p, page);
	give_lines(l->r, &p);
	give_comments(l->r, page, p.number);
	look_at_pictures(l->r, page, &p, &l->in);
	page_done(&p);
}

/* The first ones, as many as documents have. */
static bool is_page(struct kh_reading *r, size_t i, size_t pages)
{
	if (i == KH_SCAN_MAX_PAGES && pages > KH_SCAN_MAX_PAGES && !kh_reading_over(r))
		kh_reading_gap(r, KH_GAP_FORMAT_LIMIT, NULL);
	return i < pages && i < KH_SCAN_MAX_PAGES && !kh_reading_over(r);
}

static void read_quick(struct laid_out *l, struct kh_pdf_quick *q)
{
	kh_pdf_quick_properties(q);
	for (size_t i = 0; is_page(l->r, i, q->pages.n); i++)
		if (!kh_pdf_quick_give(q, i))
			read_page(l, (int)i);
}

static void read_laid_out(struct laid_out *l)
{
	if (!lay_out(l))
		return;
	const int pages = poppler_document_get_n_pages(l->document);
	give_properties(l->r, l->document);
	for (size_t i = 0; is_page(l->r, i, (size_t)KH_MAX(pages, 0)); i++)
		read_page(l, (int)i);
}

static void read_pdf(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	struct laid_out l = {.r = r, .bytes = bytes, .n = n};
	struct kh_pdf_quick quick;
	if (kh_pdf_quick_open(&quick, r, bytes, n))
		read_quick(&l, &quick);
	else
		read_laid_out(&l);
	kh_pdf_quick_done(&quick);
	g_clear_object(&l.document);
}

/* ---- files attached ---- */

/* Streams that say that they are one, wherever the document tells of them. (Poppler 22's list of them ends in a NULL pointer when an entry has no file.) */
struct attached {
	struct kh_reading *r;
	char names[KH_SCAN_MAX_ATTACHED][32]; /* as unpack/pdf/pdf.h calls them */
	size_t n;
};

/* The digits that end before `end`, blanks left out. */
struct digits {
	const char *at;
	int n;
};

static struct digits digits_before(const uint8_t *begin, const uint8_t *end)
{
	enum { MOST = 10 };
	while (end > begin && isspace(end[-1]))
		end--;
	const uint8_t *last = end;
	while (end > begin && isdigit(end[-1]) && last - end < MOST)
		end--;
	return (struct digits){(const char *)end, (int)(last - end)};
}

static const uint8_t *last_of(const uint8_t *from, const uint8_t *end, const char *word)
{
	const uint8_t *found = NULL;
	for (const uint8_t *at = from; (at = memmem(at, (size_t)(end - at), word, strlen(word))) != NULL; at++)
		found = at;
	return found;
}

/* The object around `at`: "12 0 obj << … /EmbeddedFile …". */
static void add_object(struct attached *a, const uint8_t *bytes, const uint8_t *at)
{
	enum { FAR = 1024 };
	const uint8_t *from = at - bytes > FAR ? at - FAR : bytes, *obj = last_of(from, at, "obj");
	if (!obj || a->n == KH_SCAN_MAX_ATTACHED)
		return;
	const struct digits generation = digits_before(from, obj), number = digits_before(from, (const uint8_t *)generation.at);
	snprintf(a->names[a->n++], sizeof a->names[0], "object %.*s %.*s", number.n, number.at, generation.n, generation.at);
}

static void find_attached(struct attached *a, const uint8_t *bytes, size_t n)
{
	static const char type[] = "/EmbeddedFile";
	const size_t length = sizeof type - 1;
	for (const uint8_t *at = bytes, *end = bytes + n; (at = memmem(at, (size_t)(end - at), type, length)) != NULL; at += length)
		if (at + length < end && !isalpha(at[length]))
			add_object(a, bytes, at);
}

static bool is_attached(void *context, const char *name)
{
	const struct attached *a = context;
	for (size_t i = 0; i < a->n; i++)
		if (kh_streq(a->names[i], name))
			return true;
	return false;
}

static void on_attached(void *context, const char *name, const uint8_t *bytes, size_t n)
{
	const struct attached *a = context;
	if (is_attached(context, name))
		kh_reading_member(a->r, name, bytes, n);
}

static void on_attached_gap(void *context, enum kh_gap_kind kind, const char *name)
{
	const struct attached *a = context;
	if (name && is_attached(context, name))
		kh_reading_gap(a->r, kind, name);
}

static void read_attached(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	struct attached a = {.r = r};
	find_attached(&a, bytes, n);
	if (a.n > 0)
		kh_reading_unpack(r, bytes, n, &(struct kh_reading_unpack){.context = &a, .wants = is_attached, .on_member = on_attached, .on_gap = on_attached_gap});
}

/* Something may stand before it, which may make something else of it. */
static bool looks_like_pdf(const uint8_t *bytes, size_t n)
{
	const struct kh_container *c = kh_container_of(bytes, n);
	return c && kh_streq(c->name, "pdf");
}

const struct kh_reader kh_pdf_reader = {KH_DOCUMENT_PDF, looks_like_pdf, read_pdf, read_attached};
