/* What binary Word documents say of letters, paragraphs and tables: lists of "single property modifiers", a code and an operand each. Sources: [MS-DOC] 2.6 (Word 97 to 2003), and for
 * Word 6 and 95 the codes of one byte of Microsoft's "Word 6 binary file format", given here as those that Word 97 has for the same. */
#pragma once

#include "base/cursor.h"
#include "document/read/word/flow.h"

enum kh_sprm_code {
	KH_SPRM_BOLD = 0x0835,
	KH_SPRM_SMALL_CAPITALS = 0x083a,
	KH_SPRM_CAPITALS = 0x083b,
	KH_SPRM_STYLE_OF_LETTERS = 0x4a30,
	KH_SPRM_COLOR_INDEX = 0x2a42,
	KH_SPRM_SIZE = 0x4a43,
	KH_SPRM_FONT = 0x4a4f,
	KH_SPRM_FONT_EAST = 0x4a50,
	KH_SPRM_FONT_OTHER = 0x4a51,
	KH_SPRM_COLOR = 0x6870,
	KH_SPRM_BORDER_OF_LETTERS_80 = 0x6865,
	KH_SPRM_BORDER_OF_LETTERS = 0xca72,
	KH_SPRM_SYMBOL = 0x6a09,
	KH_SPRM_JUSTIFY_80 = 0x2403,
	KH_SPRM_JUSTIFY = 0x2461,
	KH_SPRM_PAGE_BREAK_BEFORE = 0x2407,
	KH_SPRM_IN_TABLE = 0x2416,
	KH_SPRM_ROW_END = 0x2417,
	KH_SPRM_TABLE_DEPTH = 0x6649,
	KH_SPRM_INNER_CELL = 0x244b,
	KH_SPRM_BORDER_TOP_80 = 0x6424,
	KH_SPRM_BORDER_LEFT_80 = 0x6425,
	KH_SPRM_BORDER_BOTTOM_80 = 0x6426,
	KH_SPRM_BORDER_RIGHT_80 = 0x6427,
	KH_SPRM_BORDER_TOP = 0xc64e,
	KH_SPRM_BORDER_LEFT = 0xc64f,
	KH_SPRM_BORDER_BOTTOM = 0xc650,
	KH_SPRM_BORDER_RIGHT = 0xc651,
	KH_SPRM_TABLE = 0xd608,
	KH_SPRM_TABLE_BORDERS_80 = 0xd605,
	KH_SPRM_TABLE_BORDERS = 0xd613,
	KH_SPRM_CELL_BORDERS_80 = 0xd620,
	KH_SPRM_CELL_BORDERS = 0xd62f,
	KH_SPRM_SECTION_BREAK = 0x3009,
};

struct kh_sprm {
	unsigned code; /* enum kh_sprm_code, or another */
	struct kh_cursor operand;
};

/* old: of Word 6 and 95. False: no more, or what is left is none. */
bool kh_sprm_next(struct kh_cursor *list, bool old, struct kh_sprm *ret) KH_MUST_USE;

/* What the modifier says of a look, but for fonts and styles, which are numbers in lists of the document. */
void kh_sprm_apply(const struct kh_sprm *s, struct kh_word_look *look);

/* The one of prm's that stand in a piece's own two bytes ([MS-DOC] 2.9.215, Prm0): the code of it, 0: none that is asked for here. */
unsigned kh_sprm_of_piece(unsigned number);

#define KH_SPRM_MAX_CELLS 64 /* of a row; Word's own maximum is 63 */

/* Which sides of a row's cells have borders, as the modifiers of the paragraph that ends it say. */
struct kh_sprm_row {
	unsigned n;
	uint8_t sides[KH_SPRM_MAX_CELLS];
};
void kh_sprm_row(struct kh_cursor list, bool old, struct kh_sprm_row *ret);
