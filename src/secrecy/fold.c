#include "secrecy/fold.h"

#include "base/alloc.h"

#include <utf8proc.h>

/* Latin and Vietnamese letters stand below the first and between the second and third; what is between is looked up in utf8proc when it comes. */
enum { LATIN_END = 0x250, VIETNAMESE = 0x1e00, VIETNAMESE_END = 0x1f00, COMBINING = 0x300, COMBINING_END = 0x370 };

enum class { OTHER_LETTER, LETTER, BLANK, QUOTE, SIGN, MARK };

/* What a character folds to: a letter as it is given out, where nothing stands before it, or the marks that it adds to the letter before it. */
struct character {
	struct kh_glyph glyph;
	uint8_t class;
};

struct kh_fold {
	struct character latin[LATIN_END], vietnamese[VIETNAMESE_END - VIETNAMESE];
};

static uint16_t mark_of(utf8proc_int32_t combining)
{
	static const struct {
		utf8proc_int32_t c;
		uint16_t mark;
	} marks[] = {{0x300, KH_MARK_GRAVE}, {0x340, KH_MARK_GRAVE}, {0x301, KH_MARK_ACUTE}, {0x341, KH_MARK_ACUTE}, {0x309, KH_MARK_HOOK}, {0x303, KH_MARK_TILDE},
		     {0x323, KH_MARK_DOT}, {0x302, KH_MARK_CIRCUMFLEX}, {0x306, KH_MARK_BREVE}, {0x31b, KH_MARK_HORN}};
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (marks[i].c == combining)
			return marks[i].mark;
	return KH_MARK_OTHER;
}

static bool is_quote(utf8proc_int32_t c)
{
	return c == '"' || c == '\'' || c == 0xab || c == 0xbb || (c >= 0x2018 && c <= 0x201f);
}

static struct character unlettered(utf8proc_int32_t c)
{
	if (is_quote(c))
		return (struct character){.class = QUOTE};
	if (c >= COMBINING && c < COMBINING_END)
		return (struct character){.class = MARK, .glyph.marks = mark_of(c)};
	switch (utf8proc_category(c)) {
	case UTF8PROC_CATEGORY_ZS:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
	case UTF8PROC_CATEGORY_CC:
		return (struct character){.class = BLANK};
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
	case UTF8PROC_CATEGORY_ND:
	case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_NO:
	case UTF8PROC_CATEGORY_CN:
		return (struct character){.class = OTHER_LETTER, .glyph.base = '?'};
	default:
		return (struct character){.class = SIGN};
	}
}

static struct character fold_character(utf8proc_int32_t c)
{
	utf8proc_int32_t parts[8] = {0};
	utf8proc_ssize_t n = utf8proc_decompose_char(c, parts, 8, UTF8PROC_DECOMPOSE, NULL);
	struct character folded = {.class = LETTER};
	utf8proc_int32_t base = n > 0 && n <= 8 ? parts[0] : c;
	if (base == 0x110 || base == 0x111) {
		folded.glyph.marks = KH_MARK_STROKE;
		base = base == 0x110 ? 'D' : 'd';
	}
	bool digit = base >= '0' && base <= '9';
	folded.glyph.capital = base >= 'A' && base <= 'Z';
	if (!digit && !folded.glyph.capital && !(base >= 'a' && base <= 'z'))
		return unlettered(c);
	folded.glyph.base = (char)(base >= 'a' ? base - 'a' + 'A' : base);
	for (utf8proc_ssize_t i = 1; i < n; i++)
		folded.glyph.marks |= mark_of(parts[i]);
	return folded;
}

struct kh_fold *kh_fold_new(void)
{
	struct kh_fold *f = kh_alloc(sizeof *f);
	for (utf8proc_int32_t c = 0; c < LATIN_END; c++)
		f->latin[c] = fold_character(c);
	for (utf8proc_int32_t c = VIETNAMESE; c < VIETNAMESE_END; c++)
		f->vietnamese[c - VIETNAMESE] = fold_character(c);
	return f;
}

void kh_fold_free(struct kh_fold *f)
{
	free(f);
}

static const struct character *look_up(const struct kh_fold *f, utf8proc_int32_t c, struct character *room)
{
	if (c < LATIN_END)
		return &f->latin[c];
	if (c >= VIETNAMESE && c < VIETNAMESE_END)
		return &f->vietnamese[c - VIETNAMESE];
	*room = unlettered(c);
	return room;
}

/* The next character, and how many bytes it takes: at least one. Letters of two and three bytes are most of Vietnamese; the rare rest, and all that is not valid, is utf8proc's. */
static size_t next(const uint8_t *at, size_t n, utf8proc_int32_t *ret)
{
	if (at[0] >= 0xc3 && at[0] < 0xe0 && n > 1 && (at[1] & 0xc0) == 0x80) {
		*ret = (at[0] & 0x1f) << 6 | (at[1] & 0x3f);
		return 2;
	}
	if (at[0] == 0xe1 && n > 2 && (at[1] & 0xc0) == 0x80 && (at[2] & 0xc0) == 0x80) {
		*ret = 0x1000 | (at[1] & 0x3f) << 6 | (at[2] & 0x3f);
		return 3;
	}
	utf8proc_ssize_t r = utf8proc_iterate(at, (utf8proc_ssize_t)n, ret);
	if (r > 0)
		return (size_t)r;
	*ret = 0x10ffff; /* no character: a letter of no script of ours */
	return 1;
}

static uint8_t wider(uint8_t gap, uint8_t class)
{
	uint8_t this = class == BLANK ? KH_GAP_BLANK : class == QUOTE ? KH_GAP_QUOTE : KH_GAP_SIGN;
	return this > gap ? this : gap;
}

void kh_fold_text(const struct kh_fold *f, const char *text, size_t n, struct kh_folded *ret)
{
	uint8_t gap = KH_GAP_START;
	bool sign = false;
	struct kh_glyph *to = ret->v;
	struct character room = {0};
	ret->quoted = false;
	kh_assert(n <= KH_SECRECY_MAX_PIECE);
	for (size_t i = 0; i < n;) {
		utf8proc_int32_t code = (uint8_t)text[i];
		i += code < 0x80 ? 1 : next((const uint8_t *)text + i, n - i, &code);
		const struct character *c = look_up(f, code, &room);
		if (c->class <= LETTER) {
			*to = c->glyph;
			to->sign = sign;
			to++->before = gap;
			gap = KH_GAP_NONE;
			sign = false;
		} else if (c->class == MARK) {
			if (to > ret->v && gap == KH_GAP_NONE)
				to[-1].marks |= c->glyph.marks;
		} else {
			gap = wider(gap, c->class);
			sign = sign || c->class != BLANK;
			ret->quoted = ret->quoted || (to == ret->v && c->class == QUOTE);
		}
	}
	ret->n = (size_t)(to - ret->v);
}
