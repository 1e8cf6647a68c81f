#include "base/test.h"
#include "document/read/office/odf.h"
#include "document/read/office/xls.h"
#include "document/read/office/xlsx.h"
#include "document/read/test_reading.h"
#include "unpack/test_archive.h"
#include "unpack/test_cfb.h"

/* Whatever is cut off or changed, reading ends. */
static void survives_damage(const struct kh_reader *reader, const uint8_t *bytes, size_t n)
{
	kh_auto_buf struct kh_buf copy = KH_BUF_INIT;
	kh_buf_add(&copy, bytes, n);
	for (size_t at = 0; at < n; at++) {
		struct test_told told = {0};
		kh_auto_free uint8_t *cut = kh_memdup(bytes, at + 1); /* so that the end is the end of what was allocated */
		test_read_by(&told, reader, cut, at);
		test_told_done(&told);
		told = (struct test_told){0};
		copy.data[at] = (char)(bytes[at] ^ 0xff);
		test_read_by(&told, reader, copy.data, n);
		copy.data[at] = (char)bytes[at];
		test_told_done(&told);
	}
}

/* ---- XLSX ---- */

#define PART(name, text) {name, text, sizeof(text) - 1}
#define RELATION(id, type, target) "<Relationship Id='" id "' Type='http://x/" type "' Target='" target "'/>"
#define WORKBOOK                                                                                                                                   \
	PART("xl/workbook.xml", "<workbook><sheets><sheet name='Hai' sheetId='9' r:id='r2'/><sheet name='Một' r:id='r1'/></sheets></workbook>"),   \
		PART("xl/_rels/workbook.xml.rels", "<a>" RELATION("r1", "worksheet", "worksheets/sheet1.xml") RELATION("r2", "worksheet", "/xl/worksheets/sheet2.xml")             \
						  RELATION("r3", "styles", "styles.xml") RELATION("r4", "sharedStrings", "sharedStrings.xml") "</a>")

static void make_xlsx(const struct test_member *members, size_t n, struct kh_buf *ret)
{
	test_archive("zip", NULL, NULL, members, n, ret);
}

static void a_workbook_is_read_in_its_order(void **state)
{
	static const struct test_member members[] = {
		WORKBOOK,
		PART("docProps/core.xml", "<cp:coreProperties><dc:title>Sổ</dc:title><dc:creator>ai đó</dc:creator></cp:coreProperties>"),
		PART("xl/sharedStrings.xml", "<sst><si><t>chung</t><rPh><t>no</t></rPh></si><si><r><rPr><rFont val='.VnTime'/><color rgb='FFFF0000'/></rPr><t>tèi </t></r><r><t>và</t></r></si></sst>"),
		PART("xl/styles.xml",
		     "<styleSheet><fonts><font><sz val='13'/><name val='Times New Roman'/></font><font><b/><sz val='14'/><color indexed='10'/><name val='.VnTimeH'/></font></fonts>"
		     "<borders><border/><border><left style='thin'/><right style='thin'/><top style='thin'/><bottom style='thin'/></border>"
		     "<border><left style='thin'/><right/><top style='thin'/><bottom style='thin'/></border></borders>"
		     "<cellStyleXfs><xf fontId='1' borderId='1'/></cellStyleXfs>"
		     "<cellXfs><xf fontId='0'/><xf fontId='1' borderId='1'><alignment horizontal='center'/></xf><xf fontId='0' borderId='2'/></cellXfs>"
		     "<dxfs><dxf><font><b/></font></dxf></dxfs></styleSheet>"),
		PART("xl/worksheets/sheet1.xml",
		     "<worksheet><sheetData><row><c r='A1' t='s' s='1'><v>1</v></c><c t='inlineStr' s='1'><is><t>tèi mËt</t></is></c><c t='s'><v>0</v></c><c t='s'><v>7</v></c><c t='s'><v>-1</v></c>"
		     "<c t='str'><f>A1&amp;B1</f><v>kết quả</v></c><c><v>12.5</v></c><c s='99' t='inlineStr'><is><t>kiểu lạ</t></is></c></row></sheetData>"
		     "<headerFooter><oddHeader>&amp;Ltrái&amp;C&amp;\"Arial,Bold\"&amp;14&amp;KFF0000TỐI &amp;&amp; MẬT&amp;Rtrang &amp;P</oddHeader><firstFooter>cuối</firstFooter></headerFooter></worksheet>"),
		PART("xl/worksheets/sheet2.xml",
		     "<worksheet><sheetData><row><c r='B1' s='2' t='inlineStr'><is><t>gộp</t></is></c></row><row><c r='B2' s='2' t='inlineStr'><is><t>không gộp</t></is></c></row></sheetData>"
		     "<mergeCells count='1'><mergeCell ref='B1:C1'/></mergeCells></worksheet>"),
		PART("xl/worksheets/_rels/sheet1.xml.rels", "<a>" RELATION("r1", "drawing", "../drawings/d.xml") RELATION("r2", "comments", "../comments1.xml")
							    RELATION("r3", "threadedComment", "../threadedComments/t.xml") RELATION("r4", "comments", "missing.xml") "</a>"),
		PART("xl/drawings/d.xml", "<xdr:wsDr><xdr:sp><xdr:spPr><a:ln w='1'><a:solidFill><a:srgbClr val='000000'/></a:solidFill></a:ln></xdr:spPr><xdr:txBody><a:p><a:r><a:t>hộp</a:t></a:r></a:p></xdr:txBody></xdr:sp></xdr:wsDr>"),
		PART("xl/drawings/_rels/d.xml.rels", "<a>" RELATION("r1", "chart", "../charts/c.xml") "</a>"),
		PART("xl/charts/c.xml", "<c:chart><c:title><a:p><a:r><a:t>biểu đồ</a:t></a:r></a:p></c:title><c:strCache><c:pt><c:v>nhóm</c:v></c:pt></c:strCache><c:numCache><c:v>5</c:v></c:numCache></c:chart>"),
		PART("xl/comments1.xml", "<comments><authors><author>ai</author></authors><commentList><comment><text><r><t>lời </t></r><r><rPr><b/></rPr><t>bình</t></r></text></comment></commentList></comments>"),
		PART("xl/threadedComments/t.xml", "<ThreadedComments><threadedComment ref='A1'><text>trả lời</text></threadedComment></ThreadedComments>"),
		PART("xl/media/image1.png", "\x89PNG\r\n\x1a\n"),
	};
	kh_auto_buf struct kh_buf zip = KH_BUF_INIT;
	(void)state;
	make_xlsx(members, KH_COUNT(members), &zip);
	test_reads(zip.data, zip.len,
	      "begin xlsx\nproperties 0: Sổ\nproperties 1: Hai\nproperties 2: Một\n"
	      "cell 1 framed: gộp\ncell 1: không gộp\n"
	      "cell 2 red,framed,centred,capitals: tối VÀ\ncell 2 red,bold,framed,centred,capitals: TỐI MẬT\ncell 2: chung\ncell 2: kết quả\ncell 2: 12.5\ncell 2: kiểu lạ\n"
	      "header 2: trái\nheader 2 red,bold,centred: TỐI & MẬT\nheader 2: trang\nfooter 2 centred: cuối\n"
	      "box 2 framed: hộp\nbox 2: biểu đồ\nbox 2: nhóm\ncomment 2 bold: lời bình\ncomment 2: trả lời\nend\n"
	      "begin png xl/media/image1.png\ngap damaged or of an unknown kind: xl/media/image1.png\nend\n");
}

static void entities_are_not_expanded(void **state)
{
	static const struct test_member members[] = {
		WORKBOOK,
		PART("xl/worksheets/sheet2.xml", "<!DOCTYPE a [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;'>]><worksheet><c t='inlineStr'><is><t>&b;</t></is></c></worksheet>"),
		PART("xl/worksheets/sheet1.xml", "<worksheet><c t='inlineStr'><is><t>còn đây</t></is></c></worksheet>"),
	};
	kh_auto_buf struct kh_buf zip = KH_BUF_INIT;
	(void)state;
	make_xlsx(members, KH_COUNT(members), &zip);
	test_reads(zip.data, zip.len, "begin xlsx\nproperties 1: Hai\nproperties 2: Một\ngap damaged or of an unknown kind: xl/worksheets/sheet2.xml\ncell 2: còn đây\nend\n");
}

static void a_binary_workbook_is_a_gap(void **state)
{
	static const struct test_member members[] = {PART("xl/workbook.bin", "\x83\x01")};
	kh_auto_buf struct kh_buf zip = KH_BUF_INIT;
	(void)state;
	make_xlsx(members, KH_COUNT(members), &zip);
	test_reads(zip.data, zip.len, "begin xlsx\ngap damaged or of an unknown kind\nend\n");
}

/* ---- XLS ---- */

static void add_u16(struct kh_buf *b, unsigned v)
{
	kh_buf_addc(b, (char)v);
	kh_buf_addc(b, (char)(v >> 8));
}

static void add_record(struct kh_buf *b, unsigned type, const void *bytes, size_t n)
{
	add_u16(b, type);
	add_u16(b, (unsigned)n);
	kh_buf_add(b, bytes, n);
}
#define RECORD(b, type, bytes) add_record(b, type, bytes, sizeof(bytes) - 1)

static void what_libreoffice_saved(void **state)
{
	kh_auto_buf struct kh_buf file = KH_BUF_INIT;
	(void)state;
	test_load("office/corpus/xls/workbook.biff", &file);
	test_reads(file.data, file.len,
	      "begin xls\nproperties 1: Sổ đi\nproperties 2: Trang hai\n"
	      "header 1 centred: TỐI MẬT ở đầu trang\nfooter 1 centred: Bản số: 03\n"
	      "cell 1 red,bold,framed,centred: TỐI MẬT\ncell 1 red: Số đỏ rất dài và đỏ\ncell 1: Cộng hòa xã hội chủ nghĩa Việt Nam\ncell 1: 12.5\ncell 1: Ô có lời bình dòng hai\n"
	      "comment 1: Lời bình ở đây\nbox 1 framed: Hộp chữ TUYỆT MẬT\n"
	      "header 2 centred: TỐI MẬT ở đầu trang\nfooter 2 centred: Bản số: 03\ncell 2: lặp ba lần\ncell 2: lặp ba lần\ncell 2: lặp ba lần\nend\n");
}

#define BOF8(kind) "\0\6" kind "\0\0\0\0\0\0\0\0\0\0\0\0"

/* The second string begins with characters of one byte, goes on with some of two and ends with some of one; the part of it that is a run of its own is red, and told in a record of its own. */
static void shared_strings_are_cut_anywhere(void **state)
{
	static const char globals[] = BOF8("\5\0"), sheet[] = BOF8("\x10\0"), font[] = "\x04\1\0\0\x08\0\x90\1\0\0\0\0\0\0\2\0Aa", red_font[] = "\x18\1\0\0\x0a\0\xbc\2\0\0\0\0\0\0\2\0Bb";
	static const char strings[] = "\3\0\0\0\3\0\0\0" "\2\0\0ab" "\6\0\x08\1\0xy", first_continue[] = "\1z\0\xd1\x1e", second_continue[] = "\0t\x01", third_continue[] = "\1\0\1\0" "\1\0\1" "\x91\1";
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	(void)state;
	RECORD(&b, 0x809, globals);
	RECORD(&b, 0x31, font);
	RECORD(&b, 0x31, red_font);
	RECORD(&b, 0xfc, strings);
	RECORD(&b, 0x3c, first_continue);  /* "z" and "ố", of two bytes each */
	RECORD(&b, 0x3c, second_continue); /* "t" and U+0001, narrow again */
	RECORD(&b, 0x3c, third_continue);  /* the run: from character 1, font 1; then the third string */
	RECORD(&b, 0x0a, "");
	RECORD(&b, 0x809, sheet);
	for (uint8_t i = 0; i < 4; i++) {
		const uint8_t cell[] = {0, 0, i, 0, 0, 0, i, 0, 0, 0};
		add_record(&b, 0xfd, cell, sizeof cell);
	}
	RECORD(&b, 0x0a, "");
	test_reads(b.data, b.len, "begin xls\ncell 0: ab\ncell 0 red,bold: xyzốt\ncell 0: Ƒ\nend\n");
	survives_damage(&kh_xls_reader, (const uint8_t *)b.data, b.len);
}

static void counts_that_lie_are_gaps(void **state)
{
	static const char globals[] = BOF8("\5\0"), strings[] = "\xff\xff\xff\xff\xff\xff\xff\xff" "\2\0\0ab" "\xff\xff\x0c\xff\xff\xff\xff\xff\xff" "cd";
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	(void)state;
	RECORD(&b, 0x809, globals);
	RECORD(&b, 0xfc, strings);
	RECORD(&b, 0xfd, "\0\0\0\0\0\0\0\0\0\0");
	RECORD(&b, 0xfd, "\0\0\0\0\0\0\1\0\0\0");
	RECORD(&b, 0xfd, "\0\0\0\0\0\0\xff\xff\xff\xff");
	test_reads(b.data, b.len, "begin xls\ngap damaged or of an unknown kind\ncell 0: ab\ncell 0: cd\nend\n");
}

static void texts_of_old_excel_are_bytes(void **state)
{
	static const char bof5[] = "\0\5\x10\0\0\0\0\0", bof2[] = "\2\0\x10\0", font5[] = "\x18\1\0\0\x0a\0\xbc\2\0\0\0\0\0\0\7.VnTime", format[] = "\0\0\0\0\0\0\2\0\0\0\x40\0\x49\0\0\0";
	static const char label[] = "\0\0\0\0\0\0\7\0T\xe8i m\xcbt", note[] = "\0\0\0\0\3\0" "binh", label2[] = "\0\0\0\0\0\0\0\3abc", rich[] = "\0\0\0\0\0\0\2\0de\1\1\0";
	kh_auto_buf struct kh_buf five = KH_BUF_INIT, two = KH_BUF_INIT;
	(void)state;
	RECORD(&five, 0x809, bof5);
	RECORD(&five, 0x42, "\xe4\4");
	RECORD(&five, 0x31, font5);
	RECORD(&five, 0xe0, format);
	RECORD(&five, 0x204, label);
	RECORD(&five, 0xd6, rich);
	RECORD(&five, 0x14, "\6&Cgi\xf7" "a");
	RECORD(&five, 0x1c, note);
	RECORD(&five, 0x0a, "");
	test_reads(five.data, five.len, "begin xls\ncell 0 red,bold,framed,centred: Tối mật\ncell 0 red,bold,framed,centred: de\nheader 0 red,bold,centred: giữa\ncomment 0: bin\nend\n");
	survives_damage(&kh_xls_reader, (const uint8_t *)five.data, five.len);
	RECORD(&two, 0x09, bof2);
	RECORD(&two, 0x04, label2);
	RECORD(&two, 0x0a, "");
	test_reads(two.data, two.len, "begin xls\ncell 1: abc\nend\n");
}

/* Left, top and bottom are the first cell's, the right border that of the cell it is merged with; a chart stands in between. */
static void a_merged_cell_is_framed_by_all_its_cells(void **state)
{
	static const char globals[] = BOF8("\5\0"), sheet[] = BOF8("\x10\0"), chart[] = BOF8("\x20\0"), format[] = "\0\0\0\0\0\0\2\0\0\0\x01\x11\0\0\0\0\0\0\0\0";
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	(void)state;
	RECORD(&b, 0x809, globals);
	RECORD(&b, 0xe0, format);
	RECORD(&b, 0x85, "\0\0\0\0\0\0\1\0a");
	b.data[b.len - 9] = (char)(b.len + 4); /* of BOUNDSHEET: the sheet begins behind the EOF that follows */
	RECORD(&b, 0x0a, "");
	RECORD(&b, 0x809, sheet);
	RECORD(&b, 0x204, "\0\0\1\0\0\0\1\0\0m");
	RECORD(&b, 0x204, "\1\0\1\0\0\0\1\0\0n");
	RECORD(&b, 0x809, chart);
	RECORD(&b, 0x0a, "");
	RECORD(&b, 0xe5, "\1\0\0\0\0\0\1\0\2\0");
	RECORD(&b, 0x0a, "");
	test_reads(b.data, b.len, "begin xls\nproperties 1: a\ncell 1 framed,centred: m\ncell 1 centred: n\nend\n");
}

static void a_password_is_told_once(void **state)
{
	static const char bof[] = BOF8("\5\0");
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	struct test_cfb c;
	(void)state;
	RECORD(&b, 0x809, bof);
	RECORD(&b, 0x2f, "\1\0\1\0\1\0");
	RECORD(&b, 0x204, "\0\0\0\0\0\0\1\0\0a");
	test_reads(b.data, b.len, "begin xls\ngap encrypted\nend\n");
	const struct test_cfb_entry entries[] = {{"Workbook", TEST_CFB_STREAM, 0, 0, b.data, b.len}};
	test_cfb_make(&c, entries, 1);
	test_reads(c.file.data, c.file.len, "begin xls\ngap encrypted: Workbook\nend\n");
	kh_buf_done(&c.file);
}

/* ---- ODS ---- */

#define SHEETS(styles, body)                                                                                                                      \
	"<?xml version='1.0'?><office:document office:mimetype='application/vnd.oasis.opendocument.spreadsheet'>" styles "<office:body>" body "</office:body></office:document>"

static void sheets_of_opendocument(void **state)
{
	kh_auto_buf struct kh_buf file = KH_BUF_INIT;
	(void)state;
	test_load("office/corpus/odf/sheets.fods", &file);
	test_reads(file.data, file.len,
	      "begin ods\nproperties 0: Thống kê mẫu\nproperties 0: Chủ đề\nheader 1: TỐI MẬT ở đầu trang\nfooter 1: Bản số: 03\n"
	      "cell 1 red,bold,framed,centred: TỐI MẬT\ncell 1 red: Số đỏ rất dài và đỏ\ncell 1: Cộng hòa xã hội chủ nghĩa Việt Nam\ncell 1: 12,5\n"
	      "comment 1: Lời bình ở đây\ncell 1: Ô có lời bình dòng hai\nbox 1: Hộp chữ TUYỆT MẬT\ncell 2: lặp ba lần\ncell 2: abc\nend\n");
}

static void repeated_cells_are_given_once(void **state)
{
	static const char text[] = SHEETS("", "<table:table><table:table-row table:number-rows-repeated='1000000000'><table:table-cell table:number-columns-repeated='1000000000'><text:p>a</text:p></table:table-cell>"
					      "<table:table-cell/></table:table-row></table:table>");
	(void)state;
	test_reads(text, sizeof text - 1, "begin ods\ncell 1: a\nend\n");
}

static void a_cell_looks_as_its_column_says(void **state)
{
	static const char text[] =
		SHEETS("<office:automatic-styles><style:style style:name='c' style:family='table-cell' style:parent-style-name='d'><style:text-properties fo:color='#c00000'/></style:style>"
		       "<style:style style:name='d' style:family='table-cell' style:parent-style-name='c'><style:text-properties fo:font-weight='bold' fo:font-family='.VnTimeH'/></style:style>"
		       "</office:automatic-styles>",
		       "<table:table><table:table-column table:number-columns-repeated='2'/><table:table-column table:default-cell-style-name='c' table:number-columns-repeated='16382'/>"
		       "<table:table-row><table:table-cell table:number-columns-repeated='2'><text:p>a</text:p></table:table-cell><table:table-cell><text:p>mËt</text:p></table:table-cell></table:table-row></table:table>");
	(void)state;
	test_reads(text, sizeof text - 1, "begin ods\ncell 1: a\ncell 1 red,bold,capitals: MẬT\nend\n");
}

static void an_encrypted_package_is_a_gap(void **state)
{
	static const char type[] = "application/vnd.oasis.opendocument.spreadsheet";
	static const struct test_member members[] = {
		PART("mimetype", type), PART("content.xml", "\xff\xfe\x01"),
		PART("META-INF/manifest.xml", "<manifest:manifest><manifest:file-entry manifest:full-path='content.xml'><manifest:encryption-data/></manifest:file-entry></manifest:manifest>"),
	};
	kh_auto_buf struct kh_buf zip = KH_BUF_INIT;
	(void)state;
	test_archive("zip", NULL, "zip:compression=store,zip:!experimental", members, KH_COUNT(members), &zip);
	test_reads(zip.data, zip.len, "begin ods\ngap encrypted\nend\n");
}

static void damage_ends_in_lines_or_gaps(void **state)
{
	static const char *const names[] = {"office/corpus/xls/workbook.biff", "office/corpus/odf/sheets.fods"};
	static const struct kh_reader *const readers[] = {&kh_xls_reader, &kh_ods_reader};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(names); i++) {
		kh_auto_buf struct kh_buf file = KH_BUF_INIT;
		test_load(names[i], &file);
		survives_damage(readers[i], (const uint8_t *)file.data, file.len);
	}
}

KH_TESTS(a_workbook_is_read_in_its_order, entities_are_not_expanded, a_binary_workbook_is_a_gap, what_libreoffice_saved, shared_strings_are_cut_anywhere, counts_that_lie_are_gaps,
	 texts_of_old_excel_are_bytes, a_merged_cell_is_framed_by_all_its_cells, a_password_is_told_once, sheets_of_opendocument, repeated_cells_are_given_once, a_cell_looks_as_its_column_says, an_encrypted_package_is_a_gap,
	 damage_ends_in_lines_or_gaps)
