#include "document/read/style.h"

#include "base/str.h"
#include "document/read/color.h"

#include <stdio.h>

/* ---- values ---- */

static const char *skip_blank(const char *s)
{
	while (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\r')
		s++;
	return s;
}

/* A number with digits behind the point, at most `max`; 0 for what is none. Returns where it ends. */
static const char *take_number(const char *s, float max, float *ret)
{
	float value = 0, place = 1;
	bool point = false;
	for (s = skip_blank(s); (*s >= '0' && *s <= '9') || (*s == '.' && !point); s++) {
		if (*s == '.') {
			point = true;
			continue;
		}
		place = point ? place / 10 : place;
		value = point ? value + place * (float)(*s - '0') : value * 10 + (float)(*s - '0');
		value = KH_MIN(value, max);
	}
	*ret = value;
	return s;
}

static bool is_red_hex(const char *s)
{
	size_t n = 0;
	uint32_t rgb = 0;
	for (; n <= 6 && kh_hex_value(s[n]) >= 0; n++)
		rgb = rgb << 4 | (uint32_t)kh_hex_value(s[n]);
	if (n == 3)
		rgb = (rgb >> 8 & 15) * 0x110000 | (rgb >> 4 & 15) * 0x1100 | (rgb & 15) * 0x11;
	return (n == 3 || n == 6) && kh_color_is_red(rgb);
}

bool kh_style_color_is_red(const char *value)
{
	static const char *const names[] = {"red", "darkred", "crimson", "firebrick", "maroon"};
	value = skip_blank(value);
	for (size_t i = 0; i < KH_COUNT(names); i++)
		if (strncasecmp(value, names[i], strlen(names[i])) == 0 && !((value[strlen(names[i])] | 0x20) >= 'a' && (value[strlen(names[i])] | 0x20) <= 'z'))
			return true;
	if (strncasecmp(value, "rgb", 3) != 0)
		return is_red_hex(*value == '#' ? value + 1 : value);
	float parts[3] = {0};
	const char *s = strchr(value, '(');
	for (size_t i = 0; s && i < 3; i++) {
		s = take_number(s + 1, 255, &parts[i]);
		s = *skip_blank(s) == ',' ? skip_blank(s) : NULL;
	}
	return kh_color_is_red((uint32_t)parts[0] << 16 | (uint32_t)parts[1] << 8 | (uint32_t)parts[2]);
}

static bool says(const char *value, const char *word)
{
	return kh_find_nocase(value, word) != NULL;
}

/* ---- one function a property or attribute ---- */

static void on_color(struct kh_style *s, const char *value)
{
	s->red = kh_style_color_is_red(value);
}

/* The first of a list, without its quotes. */
static void on_family(struct kh_style *s, const char *value)
{
	value = skip_blank(value);
	char quote = *value == '"' || *value == '\'' ? *value++ : '\0';
	size_t n = quote ? strcspn(value, "\"'") : strcspn(value, ",;");
	while (n > 0 && value[n - 1] == ' ')
		n--;
	snprintf(s->font, sizeof s->font, "%.*s", (int)KH_MIN(n, sizeof s->font - 1), value);
}

static void on_weight(struct kh_style *s, const char *value)
{
	float weight = 0;
	take_number(value, 1000, &weight);
	s->bold = weight >= 600 || says(value, "bold");
}

static void on_align(struct kh_style *s, const char *value)
{
	s->centred = says(value, "center") || says(value, "middle");
}

static void on_transform(struct kh_style *s, const char *value)
{
	s->capitals = says(value, "uppercase") || says(value, "small-caps");
}

static void on_size(struct kh_style *s, const char *value)
{
	float size = 0;
	const char *unit = take_number(value, 1000, &size);
	if (strncasecmp(unit, "pt", 2) == 0)
		s->size_pt = size;
	else if (strncasecmp(unit, "px", 2) == 0)
		s->size_pt = size * 0.75f;
}

/* Of the shorthands, that go for all four sides; "0", "none" and "hidden" are no border. */
static void on_border(struct kh_style *s, const char *value)
{
	float width = 1;
	bool number = *skip_blank(value) >= '0' && *skip_blank(value) <= '9';
	if (number)
		take_number(value, 100, &width);
	s->framed = width > 0 && *skip_blank(value) && !says(value, "none") && !says(value, "hidden") && !says(value, "initial");
}

struct rule {
	const char *name;
	void (*apply)(struct kh_style *s, const char *value);
};

static const struct rule properties[] = {
	{"color", on_color},     {"font-family", on_family},       {"font-weight", on_weight},   {"font-size", on_size},   {"text-align", on_align},
	{"border", on_border},   {"text-transform", on_transform}, {"font-variant", on_transform}, {"border-style", on_border},
};

static void apply(const struct rule *rules, size_t n, const char *name, size_t name_size, struct kh_style *s, const char *value)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(rules[i].name) == name_size && strncasecmp(rules[i].name, name, name_size) == 0)
			rules[i].apply(s, value);
}

/* "name: value; name: value"; semicolons in quotes do not count. */
static void on_style(struct kh_style *s, const char *value)
{
	enum { MAX_VALUE = 256 };
	for (const char *at = skip_blank(value); *at; at = skip_blank(at)) {
		size_t name = strcspn(at, ":;"), name_end = name;
		const char *from = at + name + (at[name] == ':'), *end = from;
		char quote = '\0';
		for (; *end && (quote || *end != ';'); end++)
			quote = quote ? (*end == quote ? '\0' : quote) : *end == '"' || *end == '\'' ? *end : '\0';
		char one[MAX_VALUE];
		snprintf(one, sizeof one, "%.*s", (int)KH_MIN((size_t)(end - from), sizeof one - 1), from);
		while (name_end > 0 && (at[name_end - 1] == ' ' || at[name_end - 1] == '\n'))
			name_end--;
		if (at[name] == ':')
			apply(properties, KH_COUNT(properties), at, name_end, s, one);
		at = end + (*end == ';');
	}
}

static void on_font_size(struct kh_style *s, const char *value)
{
	static const float sizes[] = {0, 7.5f, 10, 12, 13.5f, 18, 24, 36};
	if (*value >= '1' && *value <= '7')
		s->size_pt = sizes[*value - '0'];
}

static const struct rule attributes[] = {
	{"color", on_color}, {"face", on_family}, {"size", on_font_size}, {"align", on_align}, {"style", on_style},
};

/* Where a table or a picture stands is not how its text does. */
static bool is_placed_by_align(const char *tag)
{
	return kh_streq_nocase(tag, "table") || kh_streq_nocase(tag, "img") || kh_streq_nocase(tag, "hr");
}

void kh_style_attribute(struct kh_style *s, const char *tag, const char *name, const char *value)
{
	bool table = kh_streq_nocase(tag, "table");
	if (table && kh_streq_nocase(name, "border"))
		s->framed_cells = *value && *value != '0';
	else if (!(kh_streq_nocase(name, "align") && is_placed_by_align(tag)))
		apply(attributes, KH_COUNT(attributes), name, strlen(name), s, value);
}

/* ---- tags ---- */

void kh_style_tag(struct kh_style *s, const char *tag)
{
	static const float headings[] = {0, 24, 18, 14, 12, 10, 8};
	bool head = kh_streq(tag, "th");
	if (kh_streq(tag, "td") || head) {
		s->cell = true;
		s->framed = s->framed_cells;
		s->centred = head;
		s->bold = s->bold || head;
	} else if (kh_streq(tag, "b") || kh_streq(tag, "strong")) {
		s->bold = true;
	} else if (kh_streq(tag, "center")) {
		s->centred = true;
	} else if (kh_streq(tag, "table")) {
		s->framed_cells = false;
	} else if (tag[0] == 'h' && tag[1] >= '1' && tag[1] <= '6' && !tag[2]) {
		s->bold = true;
		s->size_pt = headings[tag[1] - '0'];
	}
}
