#include "document/form.h"

#define SINGLE 1.0
#define BODY KH_FORM_LINE_SPACING
#define GAP KH_FORM_PARAGRAPH_PT
#define INDENT KH_FORM_INDENT_MM
#define TO 38.0       /* where "Kính gửi:" begins above several receivers */
#define TO_WORDS 18.5 /* width of these words up to the colon */

/* Sizes: Annex I, table V; alignment and indents: part I, section II. */
const struct kh_face_form kh_form[KH_FACES] = {
	[KH_FACE_NATION] = {"Quốc hiệu", 12, .bold = 1, .capitals = 1, .align = KH_ALIGN_CENTRE, .lines = SINGLE},               /* II.1.a */
	[KH_FACE_MOTTO] = {"Tiêu ngữ", 13, .bold = 1, .align = KH_ALIGN_CENTRE, .lines = SINGLE},                                /* II.1.b */
	[KH_FACE_PARENT] = {"Cơ quan chủ quản", 12, .capitals = 1, .align = KH_ALIGN_CENTRE, .lines = SINGLE},                   /* II.2.b */
	[KH_FACE_ISSUER] = {"Cơ quan ban hành", 12, .bold = 1, .capitals = 1, .align = KH_ALIGN_CENTRE, .lines = SINGLE},        /* II.2.b */
	[KH_FACE_NUMBER] = {"Số, ký hiệu", 13, .align = KH_ALIGN_CENTRE, .before_pt = 6, .lines = SINGLE},                       /* II.3.c */
	[KH_FACE_PLACE] = {"Địa danh, thời gian", 13, .italic = 1, .align = KH_ALIGN_CENTRE, .before_pt = 6, .lines = SINGLE},   /* II.4.c */
	[KH_FACE_ABOUT] = {"Trích yếu công văn", 12, .align = KH_ALIGN_CENTRE, .before_pt = KH_FORM_ABOUT_GAP_PT, .lines = SINGLE}, /* II.5.b */
	[KH_FACE_TYPE] = {"Tên loại văn bản", 14, .bold = 1, .capitals = 1, .align = KH_ALIGN_CENTRE, .before_pt = 14, .lines = SINGLE, .keep = 1, .outline = 1}, /* II.5.b */
	[KH_FACE_ABSTRACT] = {"Trích yếu", 14, .bold = 1, .align = KH_ALIGN_CENTRE, .lines = SINGLE, .keep = 1},                 /* II.5.b */
	[KH_FACE_TO] = {"Kính gửi", 14, .align = KH_ALIGN_CENTRE, .before_pt = 12, .lines = SINGLE, .keep = 1},                  /* II.9.d */
	[KH_FACE_TO_MANY] = {"Kính gửi nhiều nơi", 14, .hang_mm = TO, .before_pt = 12, .lines = SINGLE, .keep = 1},
	[KH_FACE_TO_ITEM] = {"Kính gửi từng nơi", 14, .hang_mm = TO + TO_WORDS, .lines = SINGLE},                                /* II.9.d: below the colon */
	[KH_FACE_BASIS] = {"Căn cứ", 14, .italic = 1, .align = KH_ALIGN_JUSTIFY, .indent_mm = INDENT, .before_pt = GAP, .lines = BODY}, /* II.6.a */
	[KH_FACE_SECTION] = {"Mục", 14, .bold = 1, .capitals = 1, .align = KH_ALIGN_JUSTIFY, .indent_mm = INDENT, .before_pt = GAP * 2, .lines = BODY, .keep = 1, .outline = 2},
	[KH_FACE_CLAUSE] = {"Khoản", 14, .bold = 1, .align = KH_ALIGN_JUSTIFY, .indent_mm = INDENT, .before_pt = GAP, .lines = BODY, .keep = 1, .outline = 3}, /* II.6.đ */
	[KH_FACE_TEXT] = {"Nội dung", 14, .align = KH_ALIGN_JUSTIFY, .indent_mm = INDENT, .before_pt = GAP, .lines = BODY},       /* II.6.e */
	[KH_FACE_ITEM] = {"Gạch đầu dòng", 14, .align = KH_ALIGN_JUSTIFY, .indent_mm = INDENT, .before_pt = GAP, .lines = BODY},  /* II.6.e */
	[KH_FACE_REMARK] = {"Ghi chú", 13, .italic = 1, .align = KH_ALIGN_JUSTIFY, .indent_mm = INDENT, .before_pt = GAP, .lines = SINGLE},
	[KH_FACE_RECIPIENTS] = {"Nơi nhận", 12, .bold = 1, .italic = 1, .before_pt = GAP, .lines = SINGLE, .keep = 1},                             /* II.9.d */
	[KH_FACE_RECIPIENT] = {"Từng nơi nhận", 11, .lines = SINGLE},                                                             /* II.9.d */
	[KH_FACE_AUTHORITY] = {"Quyền hạn, chức vụ", 14, .bold = 1, .capitals = 1, .align = KH_ALIGN_CENTRE, .lines = SINGLE, .keep = 1}, /* II.7.đ */
	[KH_FACE_SIGNER] = {"Họ và tên người ký", 14, .bold = 1, .align = KH_ALIGN_CENTRE, .lines = SINGLE},                     /* II.7.đ */
	[KH_FACE_ANNEX] = {"Phụ lục", 14, .bold = 1, .align = KH_ALIGN_CENTRE, .lines = SINGLE, .keep = 1, .outline = 1},        /* III.1.b */
	[KH_FACE_ANNEX_TITLE] = {"Tên phụ lục", 14, .bold = 1, .capitals = 1, .align = KH_ALIGN_CENTRE, .lines = SINGLE, .keep = 1}, /* III.1.b */
	[KH_FACE_ANNEX_OF] = {"Kèm theo văn bản", 14, .italic = 1, .align = KH_ALIGN_CENTRE, .lines = SINGLE, .keep = 1},         /* III.1.c */
	[KH_FACE_COLUMN] = {"Đầu cột", 11, .bold = 1, .align = KH_ALIGN_CENTRE, .lines = SINGLE},  /* tables: the decree leaves their size open */
	[KH_FACE_CELL] = {"Ô bảng", 11, .lines = SINGLE},
	[KH_FACE_PAGE_NUMBER] = {"Số trang", 14, .align = KH_ALIGN_CENTRE, .lines = SINGLE},                                      /* I.7 */
};
