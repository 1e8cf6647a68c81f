#include "document/fonts.h"

#include "base/error.h"
#include "base/str.h"
#include "document/limits.h"

/* The first is the form's; the others have its widths. */
static const char families[] = KH_FORM_FONT ",Liberation Serif,Tinos";

static PangoFontDescription *describe(const struct kh_face_form *form)
{
	PangoFontDescription *d = pango_font_description_new();
	pango_font_description_set_family_static(d, families);
	pango_font_description_set_size(d, (int)(form->size_pt * PANGO_SCALE));
	pango_font_description_set_weight(d, form->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
	pango_font_description_set_style(d, form->italic ? PANGO_STYLE_ITALIC : PANGO_STYLE_NORMAL);
	return d;
}

/* Positions as on paper, not as on a screen: nothing is rounded to pixels. */
static void set_exact(PangoContext *context)
{
	cairo_font_options_t *options = cairo_font_options_create();
	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	pango_cairo_context_set_font_options(context, options);
	cairo_font_options_destroy(options);
	pango_context_set_round_glyph_positions(context, FALSE);
	pango_context_set_base_dir(context, PANGO_DIRECTION_LTR);
	pango_context_set_language(context, pango_language_from_string("vi")); /* of two fonts of one name the one with Vietnamese is taken */
}

static bool is_suitable(const struct kh_fonts *fonts)
{
	static const gunichar letters[] = {0x1EC7 /* ệ */, 0x1EE6 /* Ủ */, 0x01B0 /* ư */, 0x0111 /* đ */};
	PangoFont *font = pango_font_map_load_font(fonts->map, fonts->context, fonts->faces[KH_FACE_TEXT]);
	if (!font)
		return false;
	PangoFontDescription *found = pango_font_describe(font);
	const char *family = pango_font_description_get_family(found);
	bool suitable = family && strstr(families, family);
	for (size_t i = 0; i < KH_COUNT(letters); i++)
		suitable = suitable && pango_font_has_char(font, letters[i]);
	pango_font_description_free(found);
	g_object_unref(font);
	return suitable;
}

int kh_fonts_new(struct kh_fonts *ret)
{
	struct kh_fonts fonts KH_CLEANUP(kh_fonts_done) = {.map = pango_cairo_font_map_new()};
	pango_cairo_font_map_set_resolution(PANGO_CAIRO_FONT_MAP(fonts.map), 72); /* a point is a point */
	fonts.context = pango_font_map_create_context(fonts.map);
	set_exact(fonts.context);
	for (int i = 0; i < KH_FACES; i++)
		fonts.faces[i] = describe(&kh_form[i]);
	if (!is_suitable(&fonts))
		return kh_fail(KH_E_NOT_FOUND, "a font like Times New Roman with Vietnamese letters (Debian: fonts-liberation2)");
	*ret = fonts;
	fonts = (struct kh_fonts){0};
	return 0;
}

void kh_fonts_done(struct kh_fonts *fonts)
{
	for (int i = 0; i < KH_FACES; i++)
		if (fonts->faces[i])
			pango_font_description_free(fonts->faces[i]);
	if (fonts->context)
		g_object_unref(fonts->context);
	if (fonts->map)
		g_object_unref(fonts->map);
	*fonts = (struct kh_fonts){0};
}

/* The first bytes bold; a word that must be broken gets no hyphen that it does not have. */
static void set_attributes(PangoLayout *layout, size_t bold_bytes)
{
	PangoAttrList *attributes = pango_attr_list_new();
	PangoAttribute *bold = pango_attr_weight_new(PANGO_WEIGHT_BOLD);
	bold->start_index = 0;
	bold->end_index = (guint)bold_bytes;
	pango_attr_list_insert(attributes, bold);
	pango_attr_list_insert(attributes, pango_attr_insert_hyphens_new(FALSE));
	pango_layout_set_attributes(layout, attributes);
	pango_attr_list_unref(attributes);
}

static PangoAlignment alignment(enum kh_align align)
{
	return align == KH_ALIGN_CENTRE ? PANGO_ALIGN_CENTER : align == KH_ALIGN_RIGHT ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT;
}

PangoLayout *kh_fonts_layout(const struct kh_fonts *fonts, enum kh_face face, const char *lead, const char *text, double width_pt)
{
	const struct kh_face_form *form = &kh_form[face];
	PangoLayout *layout = pango_layout_new(fonts->context);
	char *whole = g_strconcat(lead, text, NULL);
	pango_layout_set_font_description(layout, fonts->faces[face]);
	pango_layout_set_auto_dir(layout, FALSE); /* a paragraph that begins with a foreign word stays where it is */
	pango_layout_set_text(layout, whole, -1);
	pango_layout_set_alignment(layout, alignment(form->align));
	pango_layout_set_justify(layout, form->align == KH_ALIGN_JUSTIFY);
	pango_layout_set_indent(layout, (int)(form->indent_mm * KH_PT_PER_MM * PANGO_SCALE));
	pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
	if (width_pt > 0)
		pango_layout_set_width(layout, (int)(width_pt * PANGO_SCALE));
	set_attributes(layout, kh_streq(lead, "- ") ? 0 : strlen(lead));
	g_free(whole);
	return layout;
}

double kh_fonts_width_mm(const struct kh_fonts *fonts, enum kh_face face, const char *text)
{
	PangoLayout *layout = kh_fonts_layout(fonts, face, "", text, 0);
	int width = 0;
	pango_layout_get_size(layout, &width, NULL);
	g_object_unref(layout);
	return (double)width / PANGO_SCALE / KH_PT_PER_MM;
}

/* ---- columns ---- */

#define ROWS_LOOKED_AT 100  /* those below are like them */
#define WIDEST_WORD 0.25    /* of the table: what is longer may be broken … */
#define WIDEST_SHARE 1.5    /* … and of a column among equals */

static double widest_word_mm(const struct kh_fonts *fonts, enum kh_face face, const char *text)
{
	kh_auto_free char *copy = kh_strdup(text);
	char *rest = copy;
	double widest = 0;
	for (char *word = kh_split(&rest, " \n"); word; word = kh_split(&rest, " \n"))
		widest = KH_MAX(widest, kh_fonts_width_mm(fonts, face, word));
	return widest;
}

static double least_mm(const struct kh_fonts *fonts, const struct kh_paper_table *table, size_t column)
{
	size_t n = table->columns.n;
	double least = widest_word_mm(fonts, KH_FACE_COLUMN, table->columns.v[column].title);
	size_t rows = table->columns.v[column].centred ? table->cells.n / n : 0;
	for (size_t row = 0; row < rows; row++)
		if (row < ROWS_LOOKED_AT || row + 1 == rows) /* the last has the largest number */
			least = KH_MAX(least, widest_word_mm(fonts, KH_FACE_CELL, table->cells.v[row * n + column].text));
	return least;
}

void kh_fonts_columns(const struct kh_fonts *fonts, const struct kh_paper_table *table, double width_mm, double side_mm, double *ret)
{
	double all = 0, raised = 0, over = 0, least[KH_PAPER_COLUMNS] = {0};
	kh_array_each(&table->columns, column)
		all += column->share;
	for (size_t i = 0; i < table->columns.n; i++) {
		double most = width_mm * KH_MIN(WIDEST_WORD, WIDEST_SHARE / (double)table->columns.n);
		ret[i] = width_mm * table->columns.v[i].share / all;
		least[i] = KH_MIN(least_mm(fonts, table, i) + 2 * side_mm + 0.5, KH_MAX(most, ret[i]));
		raised += KH_MAX(least[i] - ret[i], 0);
		over += KH_MAX(ret[i] - least[i], 0);
	}
	/* What some gained the others give, each from what it has over its least. */
	for (size_t i = 0; i < table->columns.n; i++)
		ret[i] = ret[i] < least[i] ? least[i] : ret[i] - (over > 0 ? (ret[i] - least[i]) * KH_MIN(raised / over, 1.0) : 0);
}
