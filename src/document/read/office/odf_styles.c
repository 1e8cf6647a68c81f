#include "document/read/office/odf_styles.h"

#include "base/str.h"
#include "document/read/office/limits.h"
#include "document/read/style.h"

void kh_odf_styles_done(struct kh_odf_styles *s)
{
	kh_array_each(&s->list, style) {
		free(style->family);
		free(style->name);
		free(style->parent);
	}
	kh_array_each(&s->fonts, font) {
		free(font->name);
		free(font->family);
	}
	kh_array_done(&s->list);
	kh_array_done(&s->fonts);
}

/* ---- what is said ---- */

/* "'Times New Roman', serif" */
static char *first_family(const char *said)
{
	bool quoted = *said == '\'' || *said == '"';
	const char *from = said + quoted, *end = strpbrk(from, quoted ? "'\"" : ",");
	return kh_strndup(from, end ? (size_t)(end - from) : strlen(from));
}

void kh_odf_font_face(struct kh_odf_styles *s, const char **attributes)
{
	const char *name = kh_xml_attribute(attributes, "name"), *family = kh_xml_attribute(attributes, "font-family");
	if (name && family && s->fonts.n < KH_ODF_MAX_STYLES)
		kh_array_push(&s->fonts, ((struct kh_odf_font){kh_strdup(name), first_family(family)}));
}

static const char *font_named(const struct kh_odf_styles *s, const char *name)
{
	for (size_t i = s->fonts.n; i-- > 0;)
		if (kh_streq(s->fonts.v[i].name, name))
			return s->fonts.v[i].family;
	return NULL;
}

static void tell_font(struct kh_odf_styles *s, struct kh_odf_look *look, const char **attributes)
{
	const char *name = kh_xml_attribute(attributes, "font-name"), *family = kh_xml_attribute(attributes, "font-family");
	const char *font = name ? font_named(s, name) : NULL;
	if (!font && family && s->fonts.n < KH_ODF_MAX_STYLES)
		font = kh_array_push(&s->fonts, ((struct kh_odf_font){kh_strdup(family), first_family(family)}))->family;
	if (font) {
		look->font = font;
		look->says |= KH_ODF_FONT;
	}
}

static void tell_side(struct kh_odf_look *look, const char **attributes, const char *name, unsigned sides)
{
	const char *said = kh_xml_attribute(attributes, name);
	if (!said)
		return;
	look->sides_said |= sides;
	look->sides = kh_streq(said, "none") ? look->sides & ~sides : look->sides | sides;
}

static void tell_flag(struct kh_odf_look *look, unsigned flag, bool *what, const char *said, bool is)
{
	if (said) {
		*what = is;
		look->says |= flag;
	}
}

static bool is_bold(const char *weight)
{
	int64_t n = 0;
	return kh_streq(weight, "bold") || (kh_parse_int(weight, 1, 1000, &n) && n >= 600);
}

static void tell(struct kh_odf_styles *s, struct kh_odf_look *look, const char **attributes)
{
	const char *size = kh_xml_attribute(attributes, "font-size"), *color = kh_xml_attribute(attributes, "color"), *weight = kh_xml_attribute(attributes, "font-weight");
	const char *transform = kh_xml_attribute(attributes, "text-transform"), *variant = kh_xml_attribute(attributes, "font-variant"), *align = kh_xml_attribute(attributes, "text-align");
	const char *stroke = kh_xml_attribute(attributes, "stroke");
	tell_font(s, look, attributes);
	if (size && kh_ends_with(size, "pt")) {
		look->size_pt = strtof(size, NULL);
		look->says |= KH_ODF_SIZE;
	}
	tell_flag(look, KH_ODF_RED, &look->red, color, color && kh_style_color_is_red(color));
	tell_flag(look, KH_ODF_BOLD, &look->bold, weight, is_bold(weight));
	tell_flag(look, KH_ODF_CAPITALS, &look->capitals, transform ? transform : variant, kh_streq(transform, "uppercase") || kh_streq(variant, "small-caps"));
	tell_flag(look, KH_ODF_CENTRED, &look->centred, align, kh_streq(align, "center"));
	tell_flag(look, KH_ODF_STROKE, &look->stroke, stroke, !kh_streq(stroke, "none"));
	tell_side(look, attributes, "border", KH_ODF_ALL_SIDES);
	tell_side(look, attributes, "border-left", 1);
	tell_side(look, attributes, "border-right", 2);
	tell_side(look, attributes, "border-top", 4);
	tell_side(look, attributes, "border-bottom", 8);
}

void kh_odf_style_begin(struct kh_odf_styles *s, const char **attributes, bool is_default)
{
	const char *family = kh_xml_attribute(attributes, "family"), *name = kh_xml_attribute(attributes, "name");
	s->open = 0;
	if (!family || (!name && !is_default) || s->list.n >= KH_ODF_MAX_STYLES)
		return;
	kh_array_push(&s->list, ((struct kh_odf_style){
					.family = kh_strdup(family), .name = kh_strdup(is_default ? "" : name), .parent = kh_strdup(kh_xml_attribute(attributes, "parent-style-name")),
					.order = s->list.n,
				}));
	s->open = s->list.n;
	s->sorted = false;
}

void kh_odf_style_tell(struct kh_odf_styles *s, const char **attributes)
{
	if (s->open > 0)
		tell(s, &s->list.v[s->open - 1].look, attributes);
}

void kh_odf_style_end(struct kh_odf_styles *s)
{
	s->open = 0;
}

/* ---- styles by name ---- */

static int compare_names(const struct kh_odf_style *a, const char *family, const char *name)
{
	int order = strcmp(a->name, name);
	return order ? order : strcmp(a->family, family);
}

static int compare(const void *a, const void *b)
{
	const struct kh_odf_style *x = a, *y = b;
	int order = compare_names(x, y->family, y->name);
	return order ? order : (x->order < y->order) - (x->order > y->order); /* the latest first */
}

static struct kh_odf_style *find(struct kh_odf_styles *s, const char *family, const char *name)
{
	size_t from = 0, to = s->list.n;
	if (!s->sorted && s->list.n > 0) {
		qsort(s->list.v, s->list.n, sizeof *s->list.v, compare);
		s->sorted = true;
	}
	while (from < to) {
		size_t middle = (from + to) / 2;
		if (compare_names(&s->list.v[middle], family, name) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from < s->list.n && compare_names(&s->list.v[from], family, name) == 0 ? &s->list.v[from] : NULL;
}

void kh_odf_look_over(struct kh_odf_look *look, const struct kh_odf_look *over)
{
	look->font = over->says & KH_ODF_FONT ? over->font : look->font;
	look->size_pt = over->says & KH_ODF_SIZE ? over->size_pt : look->size_pt;
	look->red = over->says & KH_ODF_RED ? over->red : look->red;
	look->bold = over->says & KH_ODF_BOLD ? over->bold : look->bold;
	look->capitals = over->says & KH_ODF_CAPITALS ? over->capitals : look->capitals;
	look->centred = over->says & KH_ODF_CENTRED ? over->centred : look->centred;
	look->stroke = over->says & KH_ODF_STROKE ? over->stroke : look->stroke;
	look->sides = (look->sides & ~over->sides_said) | over->sides;
	look->says |= over->says;
	look->sides_said |= over->sides_said;
}

/* With what it stands on; a style that stands on itself, through whatever others, ends at KH_ODF_MAX_CHAIN. */
static const struct kh_odf_look *resolve(struct kh_odf_styles *s, struct kh_odf_style *style, size_t depth)
{
	struct kh_odf_style *base = style->resolved || depth >= KH_ODF_MAX_CHAIN ? NULL : find(s, style->family, style->parent ? style->parent : "");
	if (!base || base == style)
		return &style->look;
	struct kh_odf_look look = *resolve(s, base, depth + 1);
	kh_odf_look_over(&look, &style->look);
	style->look = look;
	style->resolved = true;
	return &style->look;
}

void kh_odf_apply(struct kh_odf_styles *s, struct kh_odf_look *look, const char *family, const char *name)
{
	struct kh_odf_style *style = find(s, family, name ? name : "");
	if (style)
		kh_odf_look_over(look, resolve(s, style, 0));
}

struct kh_run_look kh_odf_run(const struct kh_odf_look *look)
{
	return (struct kh_run_look){.font = look->font, .red = look->red, .bold = look->bold, .capitals = look->capitals, .size_pt = look->size_pt};
}
