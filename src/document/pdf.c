#include "document/pdf.h"

#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "document/fonts.h"
#include "document/galley.h"
#include "document/limits.h"

#include <cairo-pdf.h>

#define PT(mm) ((mm)*KH_PT_PER_MM)
#define RULE_GAP_PT 2.0   /* between a text and the line under it */
#define LINES_TOGETHER 2  /* of a paragraph, at the end of a page and at the beginning of the next */

/* A frame in which pieces stand below each other: a page, or a column of a pair. */
struct press {
	const struct kh_fonts *fonts;
	cairo_surface_t *surface;
	cairo_t *cairo;
	double page_width, page_height; /* points */
	double left, width, y, top, bottom;
	unsigned page;  /* of its section, from 1 */
	size_t pages;   /* done, of all sections */
	bool fixed;     /* inside a pair: no page ends here */
};

/* ---- pages ---- */

static void draw_layout(struct press *p, PangoLayout *layout, double x, double y)
{
	cairo_move_to(p->cairo, x, y);
	pango_cairo_show_layout(p->cairo, layout);
}

/* I.7: in the middle of the top margin, not on the first page. */
static void draw_page_number(struct press *p)
{
	char *number = g_strdup_printf("%u", p->page);
	PangoLayout *layout = kh_fonts_layout(p->fonts, KH_FACE_PAGE_NUMBER, "", number, p->width);
	draw_layout(p, layout, p->left, PT(KH_FORM_PAGE_NUMBER_MM));
	g_object_unref(layout);
	g_free(number);
}

static void next_page(struct press *p)
{
	cairo_show_page(p->cairo);
	p->pages++;
	p->page++;
	p->y = p->top;
	draw_page_number(p);
}

static void begin_section(struct press *p, const struct kh_section *section)
{
	double w = PT(KH_FORM_PAPER_MM_SHORT), h = PT(KH_FORM_PAPER_MM_LONG);
	p->page_width = section->landscape ? h : w;
	p->page_height = section->landscape ? w : h;
	cairo_pdf_surface_set_size(p->surface, p->page_width, p->page_height);
	p->left = PT(KH_FORM_MARGIN_MM_LEFT);
	p->width = p->page_width - p->left - PT(KH_FORM_MARGIN_MM_RIGHT);
	p->top = p->y = PT(KH_FORM_MARGIN_MM_TOP);
	p->bottom = p->page_height - PT(KH_FORM_MARGIN_MM_BOTTOM);
	p->page = 1;
}

static bool at_top(const struct press *p)
{
	return p->y <= p->top + 0.01;
}

static bool fits(const struct press *p, double height)
{
	return p->fixed || p->y + height <= p->bottom + 0.01;
}

/* ---- paragraphs ---- */

static double height_of(PangoLayout *layout)
{
	int height = 0;
	pango_layout_get_size(layout, NULL, &height);
	return (double)height / PANGO_SCALE;
}

/* The lines of a layout, taken from the first to the last. */
struct lines {
	PangoLayout *layout; /* owned */
	double spacing;      /* of the face: 1 is single */
	PangoLayoutIter *at; /* NULL: nothing is left */
};

static void lines_init(struct lines *l, PangoLayout *layout, enum kh_face face)
{
	l->layout = layout;
	l->spacing = kh_form[face].lines;
	l->at = pango_layout_get_iter(layout);
}

static void lines_done(struct lines *l)
{
	if (l->at)
		pango_layout_iter_free(l->at);
	g_object_unref(l->layout);
}

static double line_height(const struct lines *l)
{
	int from = 0, to = 0;
	pango_layout_iter_get_line_yrange(l->at, &from, &to);
	return (double)(to - from) / PANGO_SCALE * l->spacing;
}

static void lines_next(struct lines *l)
{
	if (pango_layout_iter_next_line(l->at))
		return;
	pango_layout_iter_free(l->at);
	l->at = NULL;
}

/* Draws the line with its top at y, and goes on to the next. */
static void draw_line(struct press *p, struct lines *l, double x, double y)
{
	PangoRectangle extents = {0};
	int from = 0, to = 0;
	pango_layout_iter_get_line_extents(l->at, NULL, &extents);
	pango_layout_iter_get_line_yrange(l->at, &from, &to);
	double baseline = (double)(pango_layout_iter_get_baseline(l->at) - from) / PANGO_SCALE;
	cairo_move_to(p->cairo, x + (double)extents.x / PANGO_SCALE, y + baseline);
	pango_cairo_show_layout_line(p->cairo, pango_layout_iter_get_line_readonly(l->at));
	lines_next(l);
}

static const char *tag_of(enum kh_face face)
{
	static const char *const headings[] = {"P", "H1", "H2", "H3"};
	return headings[kh_form[face].outline];
}

/* How many lines may stand on this page: all that fit, but never one alone here or on the next. */
static int lines_here(const struct press *p, int left, double height)
{
	int fit = p->fixed ? left : (int)((p->bottom - p->y + 0.01) / height);
	if (fit >= left)
		return left;
	if (left - fit < LINES_TOGETHER)
		fit = left - LINES_TOGETHER;
	return fit < LINES_TOGETHER ? 0 : fit;
}

static void draw_text(struct press *p, const struct kh_piece *piece)
{
	const struct kh_face_form *form = &kh_form[piece->face];
	double hang = PT(form->hang_mm);
	struct lines l KH_CLEANUP(lines_done) = {0};
	lines_init(&l, kh_fonts_layout(p->fonts, piece->face, piece->lead, piece->text, p->width - hang), piece->face);
	int left = pango_layout_get_line_count(l.layout);
	if (!at_top(p))
		p->y += form->before_pt;
	while (l.at) {
		int here = lines_here(p, left, line_height(&l));
		if (here == 0 && at_top(p))
			here = 1; /* a page on which nothing fits is no page of this form */
		if (here == 0) {
			next_page(p);
			continue;
		}
		cairo_tag_begin(p->cairo, tag_of(piece->face), NULL);
		for (left -= here; here > 0; here--) {
			double height = line_height(&l);
			draw_line(p, &l, p->left + hang, p->y);
			p->y += height;
		}
		cairo_tag_end(p->cairo, tag_of(piece->face));
		if (l.at)
			next_page(p);
	}
}

static double text_height(const struct press *p, const struct kh_piece *piece)
{
	PangoLayout *layout = kh_fonts_layout(p->fonts, piece->face, piece->lead, piece->text, p->width - PT(kh_form[piece->face].hang_mm));
	double height = height_of(layout) * kh_form[piece->face].lines + kh_form[piece->face].before_pt;
	g_object_unref(layout);
	return height;
}

static void draw_rule(struct press *p, const struct kh_piece *piece)
{
	double text = PT(kh_fonts_width_mm(p->fonts, piece->face, piece->text));
	double width = KH_MIN(text, p->width) * piece->share;
	double x = p->left + (p->width - width) / 2;
	cairo_set_line_width(p->cairo, KH_FORM_RULE_PT);
	cairo_move_to(p->cairo, x, p->y + RULE_GAP_PT);
	cairo_line_to(p->cairo, x + width, p->y + RULE_GAP_PT);
	cairo_stroke(p->cairo);
	p->y += RULE_GAP_PT * 2;
}

/* ---- tables ---- */

struct grid {
	const struct kh_paper_table *table;
	const char *tag; /* of a cell: TH or TD */
	size_t n;
	double x[KH_PAPER_COLUMNS + 1]; /* of the lines between the columns */
	struct lines cells[KH_PAPER_COLUMNS];
};

static void grid_init(struct grid *g, const struct press *p, const struct kh_paper_table *table)
{
	double widths[KH_PAPER_COLUMNS] = {0};
	*g = (struct grid){.table = table, .tag = "TD", .n = table->columns.n};
	kh_fonts_columns(p->fonts, table, p->width / KH_PT_PER_MM, KH_FORM_CELL_MM_SIDE, widths);
	g->x[0] = p->left;
	for (size_t i = 0; i < g->n; i++)
		g->x[i + 1] = g->x[i] + PT(widths[i]);
}

static double cell_width(const struct grid *g, size_t i)
{
	return KH_MAX(g->x[i + 1] - g->x[i] - 2 * PT(KH_FORM_CELL_MM_SIDE), 1.0);
}

static void set_cell(struct grid *g, const struct press *p, size_t i, enum kh_face face, const char *text)
{
	PangoLayout *layout = kh_fonts_layout(p->fonts, face, "", text, cell_width(g, i));
	if (face == KH_FACE_CELL && g->table->columns.v[i].centred)
		pango_layout_set_alignment(layout, PANGO_ALIGN_CENTER);
	lines_init(&g->cells[i], layout, face);
}

static void set_heads(struct grid *g, const struct press *p)
{
	for (size_t i = 0; i < g->n; i++)
		set_cell(g, p, i, KH_FACE_COLUMN, g->table->columns.v[i].title);
}

static void set_numbers(struct grid *g, const struct press *p)
{
	for (size_t i = 0; i < g->n; i++) {
		kh_auto_free char *number = kh_format("(%zu)", i + 1);
		set_cell(g, p, i, KH_FACE_COLUMN, number);
	}
}

static void set_row(struct grid *g, const struct press *p, size_t row)
{
	for (size_t i = 0; i < g->n; i++) {
		size_t at = row * g->n + i;
		set_cell(g, p, i, KH_FACE_CELL, at < g->table->cells.n ? g->table->cells.v[at].text : "");
	}
}

static void forget_row(struct grid *g)
{
	for (size_t i = 0; i < g->n; i++)
		lines_done(&g->cells[i]);
}

static double row_height(const struct grid *g)
{
	double height = 0;
	for (size_t i = 0; i < g->n; i++)
		height = KH_MAX(height, height_of(g->cells[i].layout));
	return height + 2 * KH_FORM_CELL_PT_END;
}

static void draw_frame(struct press *p, const struct grid *g, double height)
{
	cairo_set_line_width(p->cairo, 0.5);
	cairo_rectangle(p->cairo, g->x[0], p->y, g->x[g->n] - g->x[0], height);
	for (size_t i = 1; i < g->n; i++) {
		cairo_move_to(p->cairo, g->x[i], p->y);
		cairo_rel_line_to(p->cairo, 0, height);
	}
	cairo_stroke(p->cairo);
}

/* As many lines of every cell as fit above the bottom; gives the height used. Tagged for reading aloud: a row of cells of a table. */
static double draw_cells(struct press *p, struct grid *g)
{
	double used = 0;
	cairo_tag_begin(p->cairo, "TR", NULL);
	for (size_t i = 0; i < g->n; i++) {
		cairo_tag_begin(p->cairo, g->tag, NULL);
		double y = p->y + KH_FORM_CELL_PT_END;
		for (struct lines *l = &g->cells[i]; l->at && y + line_height(l) + KH_FORM_CELL_PT_END <= p->bottom + 0.01;) {
			double height = line_height(l);
			draw_line(p, l, g->x[i] + PT(KH_FORM_CELL_MM_SIDE), y);
			y += height;
		}
		used = KH_MAX(used, y - p->y + KH_FORM_CELL_PT_END);
		cairo_tag_end(p->cairo, g->tag);
	}
	cairo_tag_end(p->cairo, "TR");
	return used;
}

static bool row_ended(const struct grid *g)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->cells[i].at)
			return false;
	return true;
}

/* What stands on one page is a table for itself: no tag goes over the end of a page. */
static void next_page_of_table(struct press *p)
{
	cairo_tag_end(p->cairo, "Table");
	next_page(p);
	cairo_tag_begin(p->cairo, "Table", NULL);
}

/* A row in one piece, or, where it is higher than a page, in as many as it takes. */
static void draw_row(struct press *p, struct grid *g)
{
	do {
		double height = draw_cells(p, g);
		draw_frame(p, g, height);
		p->y += height;
		if (!row_ended(g))
			next_page_of_table(p);
	} while (!row_ended(g));
	forget_row(g);
}

/* At the head of every page the table goes on to. */
static void draw_heads(struct press *p, const struct grid *like)
{
	struct grid g = *like;
	g.tag = "TH";
	set_heads(&g, p);
	draw_row(p, &g);
	if (g.table->numbered) {
		set_numbers(&g, p);
		draw_row(p, &g);
	}
}

static double heads_height(const struct press *p, const struct grid *like)
{
	struct grid g = *like;
	set_heads(&g, p);
	double height = row_height(&g);
	forget_row(&g);
	return height;
}

/* The heads and a row as high: what must fit for a table to begin on this page. */
static double table_beginning(const struct press *p, const struct kh_paper_table *table)
{
	struct grid g = {0};
	if (table->columns.n == 0)
		return 0;
	grid_init(&g, p, table);
	return heads_height(p, &g) * 2;
}

static void draw_table(struct press *p, const struct kh_paper_table *table)
{
	struct grid empty = {0};
	if (table->columns.n == 0)
		return;
	grid_init(&empty, p, table);
	p->y += at_top(p) ? 0 : KH_FORM_PARAGRAPH_PT;
	if (!fits(p, heads_height(p, &empty) * 2))
		next_page(p);
	cairo_tag_begin(p->cairo, "Table", NULL);
	draw_heads(p, &empty);
	double first = p->y;
	for (size_t row = 0; row < kh_paper_table_shown(table); row++) {
		struct grid g = empty;
		set_row(&g, p, row);
		if (!fits(p, row_height(&g)) && p->y > first) {
			next_page_of_table(p);
			draw_heads(p, &empty);
			first = p->y;
		}
		draw_row(p, &g);
	}
	cairo_tag_end(p->cairo, "Table");
	p->y += KH_FORM_PARAGRAPH_PT;
}

/* ---- pieces ---- */

static void draw_pieces(struct press *p, const struct kh_pieces *pieces);
static double pieces_height(const struct press *p, const struct kh_pieces *pieces);

static struct press column_of(const struct press *p, const struct kh_piece *pair, bool left)
{
	struct press column = *p;
	double at = p->width * pair->share;
	column.left = left ? p->left : p->left + at;
	column.width = left ? at - PT(KH_FORM_PAIR_MM_GAP) : p->width - at;
	column.top = p->y;
	column.fixed = true;
	return column;
}

static double pair_height(const struct press *p, const struct kh_piece *pair)
{
	struct press left = column_of(p, pair, true), right = column_of(p, pair, false);
	return KH_MAX(pieces_height(&left, pair->left), pieces_height(&right, pair->right));
}

/* Side by side on one page; what no page can hold follows one under the other. */
static void draw_pair(struct press *p, const struct kh_piece *pair)
{
	double height = pair_height(p, pair);
	if (height > p->bottom - p->top) {
		draw_pieces(p, pair->left);
		draw_pieces(p, pair->right);
		return;
	}
	p->y += at_top(p) ? 0 : KH_FORM_PARAGRAPH_PT;
	if (!fits(p, height))
		next_page(p);
	struct press left = column_of(p, pair, true), right = column_of(p, pair, false);
	draw_pieces(&left, pair->left);
	draw_pieces(&right, pair->right);
	p->y = KH_MAX(left.y, right.y);
}

struct reading {
	const struct kh_buf *png;
	size_t at;
};

static cairo_status_t give_bytes(void *arg, unsigned char *bytes, unsigned n)
{
	struct reading *reading = arg;
	if (n > reading->png->len - reading->at)
		return CAIRO_STATUS_READ_ERROR;
	memcpy(bytes, reading->png->data + reading->at, n);
	reading->at += n;
	return CAIRO_STATUS_SUCCESS;
}

/* In the middle of its room. One that cannot be read leaves the room free, and the status of the surface says so. */
static void draw_picture(struct press *p, const struct kh_piece *piece)
{
	struct reading reading = {.png = &piece->picture->png};
	double height = 0, width = PT(kh_piece_picture_mm(piece, p->width / KH_PT_PER_MM, &height)), scale = width / piece->picture->width;
	cairo_surface_t *image = cairo_image_surface_create_from_png_stream(give_bytes, &reading);
	cairo_save(p->cairo);
	cairo_translate(p->cairo, p->left + (p->width - width) / 2, p->y + (PT(piece->mm) - PT(height)) / 2);
	cairo_scale(p->cairo, scale, scale);
	cairo_set_source_surface(p->cairo, image, 0, 0);
	cairo_paint(p->cairo);
	cairo_restore(p->cairo);
	cairo_surface_destroy(image);
	p->y += PT(piece->mm);
}

static double piece_height(const struct press *p, const struct kh_piece *piece)
{
	switch (piece->kind) {
	case KH_PIECE_TEXT:
		return text_height(p, piece);
	case KH_PIECE_RULE:
		return RULE_GAP_PT * 2;
	case KH_PIECE_SPACE:
	case KH_PIECE_PICTURE:
		return PT(piece->mm);
	case KH_PIECE_PAIR:
		return pair_height(p, piece) + KH_FORM_PARAGRAPH_PT;
	case KH_PIECE_TABLE:
		break;
	}
	return table_beginning(p, piece->table);
}

static double pieces_height(const struct press *p, const struct kh_pieces *pieces)
{
	double height = 0;
	kh_array_each(&pieces->of, piece)
		height += piece_height(p, piece);
	return height;
}

/* What must stand together with this piece: it, the next while they are kept, and the beginning of the first that is not. */
static double kept_height(const struct press *p, const struct kh_piece *piece, const struct kh_piece *end)
{
	double height = 0;
	for (; piece < end && piece->keep; piece++)
		height += piece_height(p, piece);
	if (piece == end)
		return height;
	bool text = piece->kind == KH_PIECE_TEXT;
	double two_lines = 2 * kh_form[piece->face].size_pt * 1.15 * kh_form[piece->face].lines + kh_form[piece->face].before_pt;
	double next = text ? KH_MIN(piece_height(p, piece), two_lines) : piece_height(p, piece);
	return height + next;
}

static void draw_piece(struct press *p, const struct kh_piece *piece)
{
	switch (piece->kind) {
	case KH_PIECE_TEXT:
		draw_text(p, piece);
		break;
	case KH_PIECE_RULE:
		draw_rule(p, piece);
		break;
	case KH_PIECE_SPACE:
		p->y += PT(piece->mm);
		break;
	case KH_PIECE_PICTURE:
		draw_picture(p, piece);
		break;
	case KH_PIECE_PAIR:
		draw_pair(p, piece);
		break;
	case KH_PIECE_TABLE:
		draw_table(p, piece->table);
		break;
	}
}

static void draw_pieces(struct press *p, const struct kh_pieces *pieces)
{
	const struct kh_piece *end = pieces->of.v + pieces->of.n;
	bool kept = false; /* the piece before has made room for this one */
	kh_array_each(&pieces->of, piece) {
		if (piece->keep && !kept && !p->fixed && !at_top(p)) {
			double height = kept_height(p, piece, end);
			if (!fits(p, height) && height <= p->bottom - p->top)
				next_page(p);
		}
		kept = piece->keep;
		draw_piece(p, piece);
	}
}

/* ---- the file ---- */

static cairo_status_t take_bytes(void *arg, const unsigned char *bytes, unsigned n)
{
	struct kh_buf *out = arg;
	kh_buf_add(out, bytes, n);
	return out->overflow ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static void set_properties(cairo_surface_t *surface, const struct kh_paper *paper, int64_t made_s)
{
	char moment[KH_ISO_SIZE];
	kh_auto_free char *made = kh_format("%.19sZ", kh_time_iso(made_s * 1000, moment)); /* no fractions: cairo takes none */
	kh_auto_free char *title = kh_format("%s%s%s", paper->type, *paper->type ? ": " : "", paper->about);
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, title);
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_AUTHOR, paper->issuer);
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Khiên");
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, made);
}

static int print(const struct kh_fonts *fonts, const struct kh_paper *paper, const struct kh_galley *galley, int64_t made_s, struct kh_buf *out, size_t *ret_pages)
{
	struct press p = {.fonts = fonts};
	p.surface = cairo_pdf_surface_create_for_stream(take_bytes, out, PT(KH_FORM_PAPER_MM_SHORT), PT(KH_FORM_PAPER_MM_LONG));
	set_properties(p.surface, paper, made_s);
	p.cairo = cairo_create(p.surface);
	kh_array_each(&galley->sections, section) {
		begin_section(&p, section);
		draw_pieces(&p, &section->pieces);
		cairo_show_page(p.cairo);
		p.pages++;
	}
	*ret_pages = p.pages;
	cairo_status_t status = cairo_status(p.cairo);
	cairo_destroy(p.cairo);
	cairo_surface_finish(p.surface);
	status = status == CAIRO_STATUS_SUCCESS ? cairo_surface_status(p.surface) : status;
	cairo_surface_destroy(p.surface);
	if (kh_buf_status(out) < 0)
		return kh_fail(KH_E_TOO_LARGE, "PDF");
	return status == CAIRO_STATUS_SUCCESS ? 0 : kh_fail(KH_E_INTERNAL, "PDF: %s", cairo_status_to_string(status));
}

int kh_pdf_print(const struct kh_paper *paper, int64_t made_s, struct kh_buf *out, size_t *ret_pages)
{
	kh_auto_fonts struct kh_fonts fonts = {0};
	kh_auto_galley struct kh_galley galley = {0};
	kh_auto_buf struct kh_buf file = KH_BUF_MAX(KH_PAPER_BYTES);
	int r = kh_paper_status(paper);
	r = r < 0 ? r : kh_fonts_new(&fonts);
	if (r < 0)
		return r;
	kh_galley_set(paper, &galley);
	r = print(&fonts, paper, &galley, made_s, &file, ret_pages);
	if (r == 0)
		kh_buf_add(out, file.data, file.len);
	return r < 0 ? r : kh_buf_status(out);
}

int kh_pdf_write(const struct kh_paper *paper, int64_t made_s, struct kh_buf *out)
{
	size_t pages = 0;
	return kh_pdf_print(paper, made_s, out, &pages);
}
