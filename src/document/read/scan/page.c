#include "document/read/scan/page.h"

#include "base/str.h"
#include "document/read/scan/limits.h"
#include "document/read/scan/ocr.h"
#include "document/read/scan/stamp.h"

#include <string.h>

/* ---- resolution ---- */

float kh_scan_page_dpi(uint32_t width, uint32_t height, float said)
{
	enum { LARGE = 700, SCREEN_DPI = 96 };
	const float a4_inches = 8.27f, min_inches = 3, max_inches = 20;
	const uint32_t side = KH_MIN(width, height);
	if (said > 0 && (float)side / said >= min_inches && (float)side / said <= max_inches)
		return said;
	return side >= LARGE ? (float)side / a4_inches : SCREEN_DPI;
}

/* To between one and two times KH_SCAN_DPI, by whole factors. */
static PIX *reduced(PIX *pix, float dpi)
{
	const int factor = (int)(dpi / KH_SCAN_DPI);
	PIX *small = factor < 2                  ? NULL
		     : pixGetDepth(pix) == 1     ? pixScaleToGray(pix, 1.0f / (float)factor)
						 : pixScaleAreaMap(pix, 1.0f / (float)factor, 1.0f / (float)factor);
	if (!small)
		return pix;
	pixDestroy(&pix);
	return small;
}

void kh_scan_be_silent(void)
{
	setMsgSeverity(L_SEVERITY_NONE);
}

/* ---- reading ---- */

struct reader {
	struct kh_reading *r;
	const struct kh_scan_page *page;
	struct kh_stamp_page found;
	char **texts; /* of each line, once it is read */
	uint8_t *certainties;
};

/* What a picture shows with no page around it has no place. */
static bool is_on_page(const struct kh_scan_page *p)
{
	return p->width > 0;
}

static bool is_whole(const struct kh_scan_page *p)
{
	return p->width * p->height > 0.5f;
}

static struct kh_line_look look_of(const struct reader *x, size_t i)
{
	const struct kh_stamp_line *l = &x->found.lines.v[i];
	const struct kh_scan_page *p = x->page;
	const float width = (float)pixGetWidth(x->found.grey), height = (float)pixGetHeight(x->found.grey);
	return (struct kh_line_look){
		.part = KH_PART_PICTURE, .page = p->number, .framed = l->framed, .certainty = x->certainties[i], .placed = is_on_page(p),
		.left = p->left + p->width * (float)l->left / width, .right = p->left + p->width * (float)(l->left + l->width) / width,
		.top = p->top + p->height * (float)l->top / height, .bottom = p->top + p->height * (float)(l->top + l->height) / height,
	};
}

static const char *read_line(struct reader *x, size_t i)
{
	const float one_line_mm = 8.5f, inch = 25.4f;
	const struct kh_stamp_line *l = &x->found.lines.v[i];
	if (!x->texts[i])
		x->texts[i] = kh_ocr_read(x->found.grey, l->left, l->top, l->width, l->height, (float)l->height * inch / x->found.dpi > one_line_mm + 2, x->found.dpi, &x->certainties[i]);
	return x->texts[i];
}

/* Calls `each` for every line of the text that was read. */
static bool each_row(struct reader *x, size_t i, bool (*each)(struct reader *x, size_t i, const char *row, size_t n))
{
	bool any = false;
	for (const char *s = read_line(x, i); *s;) {
		const size_t n = strcspn(s, "\n");
		any |= n > 0 && each(x, i, s, n);
		s += n + (s[n] == '\n');
	}
	return any;
}

static bool is_of_interest(struct reader *x, size_t i, const char *row, size_t n)
{
	const struct kh_document_sink *sink = x->r->file->sink;
	const struct kh_line_look look = look_of(x, i);
	kh_auto_free char *text = kh_strndup(row, KH_MIN(n, (size_t)KH_DOCUMENT_MAX_LINE));
	const struct kh_document_line line = {.text = text, .n = strlen(text), .part = look.part, .page = look.page, .certainty = look.certainty};
	return !sink->of_interest || sink->of_interest(sink->context, &line);
}

static bool give_row(struct reader *x, size_t i, const char *row, size_t n)
{
	const struct kh_line_look look = look_of(x, i);
	kh_line_begin(&x->r->lines, &look);
	kh_line_add(&x->r->lines, row, n, &(struct kh_run_look){.red = x->found.lines.v[i].red});
	kh_line_end(&x->r->lines);
	return true;
}

static bool any_candidate(const struct reader *x)
{
	kh_array_each(&x->found.lines, l)
		if (l->candidate)
			return true;
	return false;
}

/* Red and framed lines are asked about first: most stamps are. */
static bool any_of_interest(struct reader *x)
{
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < x->found.lines.n && !kh_reading_over(x->r); i++) {
			const struct kh_stamp_line *l = &x->found.lines.v[i];
			if (l->candidate && (l->red || l->framed) == (round == 0) && each_row(x, i, is_of_interest))
				return true;
		}
	return false;
}

static void read_all(struct reader *x)
{
	for (size_t i = 0; i < x->found.lines.n && !kh_reading_over(x->r); i++)
		each_row(x, i, give_row);
}

/* What stands around a line of interest tells what it is; running text does not from afar, and is what costs most to read. */
static void want_around(const struct reader *x, size_t line, bool *wanted)
{
	enum { AROUND = 8, NEXT = 3 };
	for (size_t i = line > AROUND ? line - AROUND : 0; i < x->found.lines.n && i <= line + AROUND; i++) {
		const struct kh_stamp_line *l = &x->found.lines.v[i];
		wanted[i] |= l->zone && (l->brief || (i + NEXT >= line && i <= line + NEXT));
	}
}

static void read_around(struct reader *x)
{
	const size_t n = x->found.lines.n;
	kh_auto_free bool *wanted = kh_alloc_array(n, sizeof *wanted);
	for (size_t i = 0; i < n && !kh_reading_over(x->r); i++) {
		wanted[i] |= x->found.lines.v[i].candidate;
		if (x->found.lines.v[i].candidate && each_row(x, i, is_of_interest))
			want_around(x, i, wanted);
	}
	for (size_t i = 0; i < n && !kh_reading_over(x->r); i++)
		if (wanted[i])
			each_row(x, i, give_row);
}

static void read_found(struct reader *x)
{
	const struct kh_document_options *o = x->r->file->options;
	if (o->ocr == KH_OCR_NEVER || !kh_ocr_ready(o->letters, o->letters_size))
		kh_reading_pictures_unread(x->r);
	else if (o->ocr == KH_OCR_ALWAYS)
		read_all(x);
	else if (any_of_interest(x))
		read_around(x);
}

static void read_page(struct kh_reading *r, const struct kh_scan_page *page, PIX *pix, float dpi)
{
	struct reader x = {.r = r, .page = page};
	kh_stamp_find(pix, dpi, is_whole(page), page->number <= 1, &x.found);
	x.texts = kh_alloc_array(x.found.lines.n + 1, sizeof *x.texts);
	x.certainties = kh_alloc_array(x.found.lines.n + 1, 1);
	if (x.found.lines.n > 0 && (any_candidate(&x) || r->file->options->ocr == KH_OCR_ALWAYS))
		read_found(&x);
	for (size_t i = 0; i < x.found.lines.n; i++)
		free(x.texts[i]);
	free(x.texts);
	free(x.certainties);
	kh_stamp_page_done(&x.found);
}

void kh_scan_page_give(struct kh_reading *r, const struct kh_scan_page *page, PIX *pix, float dpi)
{
	if (!pix) {
		kh_reading_gap(r, KH_GAP_DAMAGED, NULL);
		return;
	}
	kh_reading_more_time(r, KH_SCAN_PAGE_MS);
	const int width = pixGetWidth(pix);
	pix = reduced(pix, dpi);
	read_page(r, page, pix, dpi * (float)pixGetWidth(pix) / (float)width);
	pixDestroy(&pix);
}
