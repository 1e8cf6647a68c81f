#include "document/read/office/xls_state.h"

/* Where characters of UTF-16 stand in UTF-8. */
static size_t skip_characters(const char *s, size_t n, size_t at, size_t count)
{
	while (at < n && count > 0) {
		unsigned char first = (unsigned char)s[at];
		size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
		count -= size == 4 && count > 1 ? 2 : 1;
		at += size;
	}
	return KH_MIN(at, n);
}

/* Gives the text out in its runs: what is before the first has the cell's font. */
void kh_xls_in_runs(const char *s, size_t n, const struct kh_xls_run *runs, size_t count, void (*give)(void *context, const char *s, size_t n, uint32_t font), void *context)
{
	size_t at = 0, character = 0;
	uint32_t font = KH_BOOK_FONT_OF_CELL;
	for (size_t i = 0; i < count; i++) {
		size_t next = runs[i].from > character ? skip_characters(s, n, at, runs[i].from - character) : at;
		if (next > at)
			give(context, s + at, next - at, font);
		character = KH_MAX(character, (size_t)runs[i].from);
		at = next;
		font = kh_xls_font_number(runs[i].font);
	}
	if (n > at)
		give(context, s + at, n - at, font);
}

static void add_shared(void *context, const char *s, size_t n, uint32_t font)
{
	kh_book_string_add(context, s, n, font);
}

static bool read_runs(struct kh_biff_chain *c, unsigned count, struct kh_xls_rich *ret)
{
	struct kh_xls_run run = {0};
	ret->runs.n = 0;
	for (unsigned i = 0; i < count; i++) {
		if (!kh_biff_u16(c, &run.from) || !kh_biff_u16(c, &run.font))
			return false;
		kh_array_push(&ret->runs, run);
	}
	return true;
}

static bool read_string(struct kh_xls *x, struct kh_biff_chain *c, struct kh_xls_rich *rich)
{
	enum { WIDE = 1, EXTENDED = 4, RICH = 8 };
	uint16_t count = 0, runs = 0;
	uint32_t extension = 0;
	uint8_t flags = 0;
	if (!kh_biff_u16(c, &count) || !kh_biff_bytes(c, &flags, 1) || (flags & RICH && !kh_biff_u16(c, &runs)) || (flags & EXTENDED && !kh_biff_u32(c, &extension)))
		return false;
	kh_buf_reset(&x->text);
	bool whole = kh_biff_characters(c, count, flags & WIDE, &x->text);
	whole = whole && read_runs(c, runs, rich) && kh_biff_bytes(c, NULL, extension);
	kh_book_string_begin(&x->book);
	kh_xls_in_runs(kh_buf_text(&x->text), x->text.len, rich->runs.v, whole ? rich->runs.n : 0, add_shared, &x->book);
	return whole;
}

void kh_xls_on_strings(struct kh_xls *x, struct kh_biff_record *rec)
{
	struct kh_biff_chain c;
	struct kh_xls_rich rich = {0};
	uint32_t all = 0, count = 0;
	kh_biff_chain_init(&c, &x->biff, rec);
	bool whole = kh_biff_u32(&c, &all) && kh_biff_u32(&c, &count);
	for (uint32_t i = 0; whole && i < count && !kh_reading_over(x->r); i++)
		whole = read_string(x, &c, &rich);
	if (!whole)
		kh_reading_gap(x->r, KH_GAP_DAMAGED, NULL);
	kh_array_done(&rich.runs);
	kh_biff_chain_done(&c);
}
