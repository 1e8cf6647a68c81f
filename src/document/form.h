/* The form of official documents: Decree 30/2020/NĐ-CP, Annex I part I. Where the decree gives a range, what stands here is its own example (table V of Annex I),
 * or the value most offices use. Millimetres and points; the comment after each names the paragraph it comes from. */
#pragma once

#define KH_FORM_FONT "Times New Roman" /* I.4 */

#define KH_FORM_PAPER_MM_SHORT 210.0 /* I.1: A4 */
#define KH_FORM_PAPER_MM_LONG 297.0

#define KH_FORM_MARGIN_MM_TOP 20.0    /* I.3: 20–25 */
#define KH_FORM_MARGIN_MM_BOTTOM 20.0 /* I.3: 20–25 */
#define KH_FORM_MARGIN_MM_LEFT 30.0   /* I.3: 30–35 */
#define KH_FORM_MARGIN_MM_RIGHT 15.0  /* I.3: 15–20 */

#define KH_FORM_PAGE_NUMBER_MM 9.0 /* I.7: in the top margin; from the edge to the top of the digits */

#define KH_FORM_INDENT_MM 12.7    /* II.6.e: 1 or 1.27 cm */
#define KH_FORM_PARAGRAPH_PT 6.0  /* II.6.e: at least 6 pt between paragraphs */
#define KH_FORM_LINE_SPACING 1.15 /* II.6.e: single to 1.5 lines */
#define KH_FORM_ABOUT_GAP_PT 6.0  /* II.5.b: V/v stands 6 pt below the number */

#define KH_FORM_RULE_SHARE 0.4 /* II.2.b, II.5.b: ⅓ to ½ of the line above */
#define KH_FORM_RULE_PT 0.75   /* II.1.b: a solid line; its weight is left open */

#define KH_FORM_TITLE_MM_GAP 3.0 /* below the line under the title */

#define KH_FORM_HEAD_LEFT_SHARE 0.45 /* IV: boxes 2 and 3 on the left, 1 and 4 on the right */
#define KH_FORM_PAIR_MM_GAP 3.0        /* between the two columns */
#define KH_FORM_SIGN_LEFT_SHARE 0.5  /* IV: box 9b on the left, 7 and 8 on the right */
#define KH_FORM_SIGNATURE_MM 27.0    /* II.7.d, II.8.a: room between title and name for the images of signature and seal */

#define KH_FORM_CELL_MM_SIDE 1.2 /* inside the cells of a table, left and right; above and below */
#define KH_FORM_CELL_PT_END 2.0

/* Every kind of line, with the sizes of table V. `before_pt` is the gap above it. */
enum kh_face {
	KH_FACE_NATION, KH_FACE_MOTTO, KH_FACE_PARENT, KH_FACE_ISSUER, KH_FACE_NUMBER, KH_FACE_PLACE, KH_FACE_ABOUT,
	KH_FACE_TYPE, KH_FACE_ABSTRACT, KH_FACE_TO, KH_FACE_TO_MANY, KH_FACE_TO_ITEM, KH_FACE_BASIS,
	KH_FACE_SECTION, KH_FACE_CLAUSE, KH_FACE_TEXT, KH_FACE_ITEM, KH_FACE_REMARK,
	KH_FACE_RECIPIENTS, KH_FACE_RECIPIENT, KH_FACE_AUTHORITY, KH_FACE_SIGNER,
	KH_FACE_ANNEX, KH_FACE_ANNEX_TITLE, KH_FACE_ANNEX_OF,
	KH_FACE_COLUMN, KH_FACE_CELL, KH_FACE_PAGE_NUMBER,
	KH_FACES
};

enum kh_align { KH_ALIGN_LEFT, KH_ALIGN_CENTRE, KH_ALIGN_RIGHT, KH_ALIGN_JUSTIFY };

struct kh_face_form {
	const char *name;   /* of the style in DOCX */
	double size_pt;
	_Bool bold, italic;
	_Bool capitals;     /* the writer turns the text into capitals */
	enum kh_align align;
	double indent_mm;   /* of the first line */
	double hang_mm;     /* of all lines */
	double before_pt;
	double lines;       /* line spacing */
	_Bool keep;         /* stays on the page of what follows */
	int outline;        /* level of a heading from 1; 0: none */
};

extern const struct kh_face_form kh_form[KH_FACES];
