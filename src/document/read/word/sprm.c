#include "document/read/word/sprm.h"

#include "document/read/color.h"

/* ---- Word 6 and 95 ---- */

static const struct {
	uint8_t old;
	uint16_t code;
} same[] = {
	{5, KH_SPRM_JUSTIFY_80},      {9, KH_SPRM_PAGE_BREAK_BEFORE}, {24, KH_SPRM_IN_TABLE},         {25, KH_SPRM_ROW_END},        {38, KH_SPRM_BORDER_TOP_80},
	{39, KH_SPRM_BORDER_LEFT_80}, {40, KH_SPRM_BORDER_BOTTOM_80}, {41, KH_SPRM_BORDER_RIGHT_80},  {80, KH_SPRM_STYLE_OF_LETTERS}, {85, KH_SPRM_BOLD},
	{90, KH_SPRM_SMALL_CAPITALS}, {91, KH_SPRM_CAPITALS},         {93, KH_SPRM_FONT},             {98, KH_SPRM_COLOR_INDEX},    {99, KH_SPRM_SIZE},
	{142, KH_SPRM_SECTION_BREAK}, {187, KH_SPRM_TABLE_BORDERS_80}, {190, KH_SPRM_TABLE},          {193, KH_SPRM_CELL_BORDERS_80},
};

static unsigned code_of_old(uint8_t old)
{
	for (size_t i = 0; i < KH_COUNT(same); i++)
		if (same[i].old == old)
			return same[i].code;
	return 0;
}

unsigned kh_sprm_of_piece(unsigned number)
{
	return number < 128 ? code_of_old((uint8_t)number) : 0;
}

/* Sizes of operands by code; those that are not here have one byte. */
static size_t size_of_old(uint8_t code)
{
	static const uint8_t two[] = {
		2, 16, 17, 18, 19, 21, 22, 26, 27, 28, 30, 31, 32, 33, 34, 35, 36, 38, 39, 40, 41, 42, 43, 45, 46, 47, 48, 49, 69, 72, 80, 93, 96, 97, 99, 101, 105, 106, 107, 109, 110, 121, 122, 123,
		124, 140, 141, 144, 145, 148, 149, 154, 155, 156, 157, 160, 161, 164, 165, 166, 167, 168, 169, 170, 171, 182, 183, 184, 189, 195, 197, 198,
	}, three[] = {73, 95, 136, 137}, four[] = {20, 70, 74, 192, 194, 196, 200}, five[] = {68, 193, 199}, twelve[] = {120, 187};
	static const struct {
		const uint8_t *codes;
		size_t n, size;
	} sizes[] = {{two, KH_COUNT(two), 2}, {three, KH_COUNT(three), 3}, {four, KH_COUNT(four), 4}, {five, KH_COUNT(five), 5}, {twelve, KH_COUNT(twelve), 12}};
	for (size_t i = 0; i < KH_COUNT(sizes); i++)
		if (memchr(sizes[i].codes, code, sizes[i].n))
			return sizes[i].size;
	return 1;
}

static bool is_variable_old(uint8_t code)
{
	static const uint8_t variable[] = {3, 12, 15, 23, 81, 103, 108, 188, 190, 191};
	return memchr(variable, code, sizeof variable) != NULL;
}

/* ---- the list ---- */

/* Tabs that are taken away, then those that are added; 255 in the place of the size. */
static bool skip_tabs(struct kh_cursor *c)
{
	uint8_t removed = 0, added = 0;
	return kh_cursor_u8(c, &removed) && kh_cursor_skip(c, (size_t)removed * 4) && kh_cursor_u8(c, &added) && kh_cursor_skip(c, (size_t)added * 3);
}

static bool take_variable(struct kh_cursor *c, bool is_table, bool is_tabs, struct kh_cursor *ret)
{
	uint8_t size = 0;
	uint16_t table_size = 0;
	if (is_table)
		return kh_cursor_u16le(c, &table_size) && table_size > 0 && kh_cursor_sub(c, KH_MIN((size_t)table_size - 1, kh_cursor_left(c)), ret);
	if (!kh_cursor_u8(c, &size))
		return false;
	if (is_tabs && size == 255) {
		*ret = (struct kh_cursor){0};
		return skip_tabs(c);
	}
	return kh_cursor_sub(c, size, ret);
}

static bool next_old(struct kh_cursor *c, struct kh_sprm *ret)
{
	enum { TABS = 23, TABLE_10 = 188, TABLE = 190 };
	uint8_t code = 0;
	if (!kh_cursor_u8(c, &code))
		return false;
	ret->code = code_of_old(code);
	if (is_variable_old(code))
		return take_variable(c, code == TABLE || code == TABLE_10, code == TABS, &ret->operand);
	return kh_cursor_sub(c, size_of_old(code), &ret->operand);
}

bool kh_sprm_next(struct kh_cursor *c, bool old, struct kh_sprm *ret)
{
	enum { VARIABLE = 6, TABS = 0xc615, TABLE_10 = 0xd606 };
	static const uint8_t sizes[8] = {1, 1, 2, 4, 2, 2, 0, 3};
	uint16_t code = 0;
	if (old)
		return next_old(c, ret);
	if (!kh_cursor_u16le(c, &code))
		return false;
	ret->code = code;
	if (code >> 13 == VARIABLE)
		return take_variable(c, code == KH_SPRM_TABLE || code == TABLE_10, code == TABS, &ret->operand);
	return kh_cursor_sub(c, sizes[code >> 13], &ret->operand);
}

/* ---- what they say ---- */

static uint32_t number(struct kh_cursor c)
{
	uint32_t value = 0;
	for (unsigned i = 0; i < 4 && c.at < c.end; i++)
		value |= (uint32_t)*c.at++ << 8 * i;
	return value;
}

/* Bold and the like: off, on, as the style says, other than the style says. */
static bool toggle(const struct kh_sprm *s, bool by_style)
{
	enum { AS_STYLE = 0x80, UNLIKE_STYLE = 0x81 };
	uint32_t value = number(s->operand);
	return value == AS_STYLE ? by_style : value == UNLIKE_STYLE ? !by_style : value != 0;
}

/* A border in the three ways in which it was written: two bytes, four, eight with a colour in front. 0, and 255 in the place of its kind: none. */
static bool is_border(struct kh_cursor c)
{
	size_t n = kh_cursor_left(&c);
	if (n < 4)
		return n == 2 && (number(c) & 0x1f) != 0;
	uint8_t kind = n >= 8 ? c.at[5] : c.at[1];
	return kind != 0 && kind != 0xff;
}

/* COLORREF: red in the lowest byte; in the highest, 255: none is said. */
static bool is_red(uint32_t color)
{
	return color >> 24 == 0 && kh_color_is_red((color & 0xff) << 16 | (color & 0xff00) | (color >> 16 & 0xff));
}

static void say(struct kh_word_look *l, unsigned what, bool *field, bool value)
{
	l->says |= what;
	*field = value;
}

static void apply_color(const struct kh_sprm *s, struct kh_word_look *l)
{
	enum { RED = 6, DARK_RED = 13 };
	uint32_t value = number(s->operand);
	say(l, KH_SAYS_RED, &l->red, s->code == KH_SPRM_COLOR ? is_red(value) : value == RED || value == DARK_RED);
}

static void apply_size(const struct kh_sprm *s, struct kh_word_look *l)
{
	l->says |= KH_SAYS_SIZE;
	l->size_pt = (float)(number(s->operand) & 0xffff) / 2;
}

static void apply_bold(const struct kh_sprm *s, struct kh_word_look *l)
{
	say(l, KH_SAYS_BOLD, &l->bold, toggle(s, l->bold));
}

static void apply_capitals(const struct kh_sprm *s, struct kh_word_look *l)
{
	say(l, KH_SAYS_CAPITALS, &l->capitals, toggle(s, l->capitals));
}

static void apply_border_of_letters(const struct kh_sprm *s, struct kh_word_look *l)
{
	say(l, KH_SAYS_FRAMED, &l->framed, is_border(s->operand));
}

static void apply_justify(const struct kh_sprm *s, struct kh_word_look *l)
{
	say(l, KH_SAYS_CENTRED, &l->centred, number(s->operand) == 1);
}

static void apply_break(const struct kh_sprm *s, struct kh_word_look *l)
{
	say(l, KH_SAYS_BREAK, &l->break_before, number(s->operand) != 0);
}

static void apply_side(const struct kh_sprm *s, struct kh_word_look *l)
{
	unsigned first = s->code & 0x8000 ? KH_SPRM_BORDER_TOP : KH_SPRM_BORDER_TOP_80;
	kh_word_look_side(l, 1U << (s->code - first), is_border(s->operand));
}

static const struct {
	unsigned code;
	void (*apply)(const struct kh_sprm *s, struct kh_word_look *l);
} modifiers[] = {
	{KH_SPRM_BOLD, apply_bold},
	{KH_SPRM_SMALL_CAPITALS, apply_capitals},
	{KH_SPRM_CAPITALS, apply_capitals},
	{KH_SPRM_COLOR_INDEX, apply_color},
	{KH_SPRM_COLOR, apply_color},
	{KH_SPRM_SIZE, apply_size},
	{KH_SPRM_BORDER_OF_LETTERS_80, apply_border_of_letters},
	{KH_SPRM_BORDER_OF_LETTERS, apply_border_of_letters},
	{KH_SPRM_JUSTIFY_80, apply_justify},
	{KH_SPRM_JUSTIFY, apply_justify},
	{KH_SPRM_PAGE_BREAK_BEFORE, apply_break},
	{KH_SPRM_BORDER_TOP_80, apply_side},
	{KH_SPRM_BORDER_LEFT_80, apply_side},
	{KH_SPRM_BORDER_BOTTOM_80, apply_side},
	{KH_SPRM_BORDER_RIGHT_80, apply_side},
	{KH_SPRM_BORDER_TOP, apply_side},
	{KH_SPRM_BORDER_LEFT, apply_side},
	{KH_SPRM_BORDER_BOTTOM, apply_side},
	{KH_SPRM_BORDER_RIGHT, apply_side},
};

void kh_sprm_apply(const struct kh_sprm *s, struct kh_word_look *look)
{
	for (size_t i = 0; i < KH_COUNT(modifiers); i++)
		if (modifiers[i].code == s->code) {
			modifiers[i].apply(s, look);
			return;
		}
}

/* ---- rows of tables ---- */

static unsigned sides_of(struct kh_cursor c, size_t border_size, bool *ret_nil)
{
	unsigned sides = 0;
	struct kh_cursor border;
	*ret_nil = true;
	for (unsigned i = 0; i < 4 && kh_cursor_sub(&c, border_size, &border); i++) {
		sides |= is_border(border) ? 1U << i : 0;
		*ret_nil &= number(border) == 0xffffffff;
	}
	return sides;
}

/* How many cells, where they stand, then what each is: flags, and four borders of two or four bytes. */
static void define_row(struct kh_cursor c, bool old, struct kh_sprm_row *row)
{
	size_t border_size = old ? 2 : 4, flags_size = old ? 2 : 4;
	struct kh_cursor cell;
	uint8_t n = 0;
	bool nil = false;
	if (!kh_cursor_u8(&c, &n) || !kh_cursor_skip(&c, ((size_t)n + 1) * 2))
		return;
	row->n = KH_MIN((unsigned)n, (unsigned)KH_SPRM_MAX_CELLS);
	for (unsigned i = 0; i < row->n && kh_cursor_sub(&c, flags_size + 4 * border_size, &cell) && kh_cursor_skip(&cell, flags_size); i++)
		row->sides[i] = (uint8_t)sides_of(cell, border_size, &nil);
}

/* Six borders: around the table, then between its cells. Whether a row is the first or the last is not known here: either border counts. */
static void add_table_borders(struct kh_cursor c, size_t border_size, struct kh_sprm_row *row)
{
	unsigned sides = 0;
	struct kh_cursor border;
	for (unsigned i = 0; i < 6 && kh_cursor_sub(&c, border_size, &border); i++)
		sides |= is_border(border) ? 1U << i : 0;
	sides |= sides & KH_SIDE_INSIDE_H ? KH_SIDE_TOP | KH_SIDE_BOTTOM : 0;
	for (unsigned i = 0; i < row->n; i++) {
		bool between = sides & KH_SIDE_INSIDE_V;
		unsigned own = sides & (KH_SIDE_TOP | KH_SIDE_BOTTOM);
		own |= (i == 0 ? sides & KH_SIDE_LEFT : between) ? KH_SIDE_LEFT : 0;
		own |= (i + 1 == row->n ? sides & KH_SIDE_RIGHT : between) ? KH_SIDE_RIGHT : 0;
		row->sides[i] |= (uint8_t)own;
	}
}

/* From which cell to which, which sides, and their border. */
static void set_borders(struct kh_cursor c, struct kh_sprm_row *row)
{
	uint8_t first = 0, end = 0, sides = 0;
	if (!kh_cursor_u8(&c, &first) || !kh_cursor_u8(&c, &end) || !kh_cursor_u8(&c, &sides))
		return;
	for (unsigned i = first; i < KH_MIN((unsigned)end, row->n); i++)
		row->sides[i] = (uint8_t)(is_border(c) ? row->sides[i] | (sides & KH_SIDE_ALL) : row->sides[i] & ~sides);
}

void kh_sprm_row(struct kh_cursor list, bool old, struct kh_sprm_row *ret)
{
	struct kh_sprm s = {0};
	struct kh_cursor again = list;
	*ret = (struct kh_sprm_row){0};
	while (kh_sprm_next(&again, old, &s))
		if (s.code == KH_SPRM_TABLE)
			define_row(s.operand, old, ret);
	while (kh_sprm_next(&list, old, &s)) {
		if (s.code == KH_SPRM_TABLE_BORDERS_80)
			add_table_borders(s.operand, old ? 2 : 4, ret);
		else if (s.code == KH_SPRM_TABLE_BORDERS)
			add_table_borders(s.operand, 8, ret);
		else if (s.code == KH_SPRM_CELL_BORDERS_80 || s.code == KH_SPRM_CELL_BORDERS)
			set_borders(s.operand, ret);
	}
}
