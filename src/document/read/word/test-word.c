#include "base/test.h"
#include "document/read/test_reading.h"
#include "document/read/word/doc.h"
#include "document/read/word/docx.h"
#include "document/read/word/odt.h"
#include "document/read/word/rtf.h"
#include "os/file.h"
#include "unpack/test_archive.h"
#include "unpack/test_cfb.h"

#include <stdio.h>

/* ---- one text of all that is read, as LibreOffice saves it (samples/sample.fodt is its source) ---- */

static struct kh_buf sample(const char *name)
{
	struct kh_buf bytes = KH_BUF_INIT;
	kh_auto_free char *path = kh_format("%s/src/document/read/word/samples/%s", getenv("KHIEN_SOURCE"), name);
	assert_int_equal(kh_file_read(path, KH_MAX_BUF, &bytes), 0);
	return bytes;
}

static const char *const lines[] = {
	"properties 0: Báo cáo thử\n",
	"properties 0: Đề mục\n",
	"header 0: Phần đầu trang\n",
	"footer 0: Phần chân trang\n",
	"body 1 red,bold,framed,centred: TỐI MẬT\n",
	"body 1 red,bold,framed,centred: Bản số 01\n",
	" framed: Khung có viền\n",
	"body 1 capitals: Câu thường, chữ đỏ và CHỮ HOA.\n",
	"body 1: Dòng hai hết.\n",
	": Chú thích cuối trang\n",
	"body 1 capitals: TUYỆT MẬT\n",
	"body 1: Cán bộ nhà nước\n",
	": Khung không viền\n",
	": Lời nhận xét\n",
	"body 1: Có nhận xét.\n",
	"cell 1 framed: Ô có viền\n",
	"cell 1: Ô không viền\n",
	"body 2: Trang hai\n",
};

static void a_sample_of_each_format_is_read_alike(void **state)
{
	static const struct {
		const char *name, *begins;
	} files[] = {{"sample.doc", "begin doc\n"}, {"sample.docx", "begin docx\n"}, {"sample.rtf", "begin rtf\n"}, {"sample.odt", "begin odt\n"}, {"sample.fodt", "begin odt\n"}};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(files); i++) {
		kh_auto_buf struct kh_buf bytes = sample(files[i].name);
		struct test_told told = {0};
		test_read(&told, bytes.data, bytes.len);
		assert_int_equal(strncmp(told.text.data, files[i].begins, strlen(files[i].begins)), 0);
		for (size_t l = 0; l < KH_COUNT(lines); l++)
			if (!strstr(told.text.data, lines[l]))
				fail_msg("%s: no line \"%s\" in\n%s", files[i].name, lines[l], told.text.data);
		assert_int_equal(told.lines.n, KH_COUNT(lines));
		assert_null(strstr(told.text.data, "gap"));
		test_told_done(&told);
	}
}

/* Whatever is missing, lines are lines and gaps are told. */
static void cut_files_end_in_a_gap(void **state)
{
	static const struct {
		const char *name;
		const struct kh_reader *reader;
		size_t step;
	} files[] = {{"sample.rtf", &kh_rtf_reader, 1}, {"sample.doc", &kh_doc_reader, 7}, {"sample.docx", &kh_docx_reader, 7}, {"sample.odt", &kh_odt_reader, 13}, {"sample.fodt", &kh_fodt_reader, 3}};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(files); i++) {
		kh_auto_buf struct kh_buf bytes = sample(files[i].name);
		for (size_t n = 0; n + 1 < bytes.len; n += files[i].step) {
			struct test_told told = {0};
			kh_auto_free uint8_t *copy = kh_memdup(bytes.data, n); /* so that what is read behind its end is noticed */
			test_read_by(&told, files[i].reader, copy, n);
			if (n < bytes.len / 2)
				assert_non_null(strstr(told.text.data, "gap"));
			test_told_done(&told);
		}
	}
}

/* Bytes changed here and there, by a seed. */
static void damaged_files_are_read_to_some_end(void **state)
{
	static const struct {
		const char *name;
		const struct kh_reader *reader;
	} files[] = {{"sample.rtf", &kh_rtf_reader}, {"sample.doc", &kh_doc_reader}, {"sample.fodt", &kh_fodt_reader}};
	uint32_t seed = 1;
	(void)state;
	for (size_t i = 0; i < KH_COUNT(files); i++)
		for (int round = 0; round < 300; round++) {
			kh_auto_buf struct kh_buf bytes = sample(files[i].name);
			struct test_told told = {0};
			for (int k = 0; k < 20; k++) {
				seed = seed * 1664525 + 1013904223;
				bytes.data[seed % bytes.len] = (char)(seed >> 24);
			}
			test_read_by(&told, files[i].reader, bytes.data, bytes.len);
			test_told_done(&told);
		}
}

/* ---- DOCX by hand ---- */

#define W "<w:document xmlns:w=\"w\" xmlns:v=\"v\" xmlns:mc=\"mc\" xmlns:wps=\"wps\" xmlns:a=\"a\"><w:body>"
#define END "</w:body></w:document>"

static void reads_docx(const char *styles, const char *document, const char *wanted)
{
	struct test_told told = {0};
	kh_auto_buf struct kh_buf zip = KH_BUF_INIT;
	const struct test_member members[] = {{"word/styles.xml", styles, strlen(styles)}, {"word/document.xml", document, strlen(document)}};
	test_archive("zip", NULL, NULL, members, KH_COUNT(members), &zip);
	test_read_by(&told, &kh_docx_reader, zip.data, zip.len);
	assert_string_equal(kh_buf_text(&told.text), wanted);
	test_told_done(&told);
}

static void styles_stand_on_styles(void **state)
{
	static const char styles[] =
		"<w:styles xmlns:w=\"w\"><w:docDefaults><w:rPrDefault><w:rPr><w:sz w:val=\"26\"/></w:rPr></w:rPrDefault></w:docDefaults>"
		"<w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"N\"><w:rPr><w:b/></w:rPr></w:style>"
		"<w:style w:type=\"paragraph\" w:styleId=\"C\"><w:basedOn w:val=\"B\"/><w:rPr><w:b w:val=\"0\"/></w:rPr></w:style>"
		"<w:style w:type=\"paragraph\" w:styleId=\"B\"><w:basedOn w:val=\"A\"/><w:pPr><w:jc w:val=\"center\"/></w:pPr></w:style>"
		"<w:style w:type=\"paragraph\" w:styleId=\"A\"><w:basedOn w:val=\"C\"/><w:rPr><w:color w:val=\"FF0000\"/><w:caps/></w:rPr></w:style>"
		"<w:style w:type=\"character\" w:styleId=\"L\"><w:rPr><w:color w:val=\"000000\"/></w:rPr></w:style>"
		"<w:style w:type=\"table\" w:styleId=\"G\"><w:tblPr><w:tblBorders><w:top w:val=\"single\"/><w:left w:val=\"single\"/><w:bottom w:val=\"single\"/><w:right w:val=\"single\"/>"
		"<w:insideH w:val=\"single\"/><w:insideV w:val=\"single\"/></w:tblBorders></w:tblPr></w:style></w:styles>";
	(void)state;
	reads_docx(styles,
		   W "<w:p><w:r><w:t>a</w:t></w:r></w:p><w:p><w:pPr><w:pStyle w:val=\"C\"/><w:rPr><w:b/></w:rPr></w:pPr><w:r><w:t>mật</w:t></w:r></w:p>"
		     "<w:p><w:pPr><w:pStyle w:val=\"B\"/></w:pPr><w:r><w:rPr><w:rStyle w:val=\"L\"/></w:rPr><w:t>b</w:t></w:r></w:p>"
		     "<w:tbl><w:tblPr><w:tblStyle w:val=\"G\"/></w:tblPr><w:tr><w:tc><w:p><w:pPr><w:pStyle w:val=\"?\"/></w:pPr><w:r><w:t>c</w:t></w:r></w:p></w:tc>"
		     "<w:tc><w:tcPr><w:tcBorders><w:top w:val=\"nil\"/></w:tcBorders></w:tcPr><w:p><w:pPr><w:pStyle w:val=\"?\"/></w:pPr><w:r><w:t>d</w:t></w:r></w:p></w:tc></w:tr></w:tbl>" END,
		   "begin docx\nbody 1 bold: a\nbody 1 red,centred,capitals: MẬT\nbody 1 centred,capitals: B\ncell 1 framed: c\ncell 1: d\nend\n");
}

static void boxes_and_word_art_are_read_once(void **state)
{
	(void)state;
	reads_docx("<s/>",
		   W "<w:p><w:r><w:t>be</w:t></w:r><w:r><mc:AlternateContent><mc:Choice><wps:wsp><wps:spPr><a:ln><a:solidFill/></a:ln></wps:spPr><wps:txbx><w:txbxContent><w:p><w:r><w:t>box</w:t></w:r>"
		     "</w:p></w:txbxContent></wps:txbx></wps:wsp></mc:Choice><mc:Fallback><v:rect><v:textbox><w:txbxContent><w:p><w:r><w:t>box</w:t></w:r></w:p></w:txbxContent></v:textbox></v:rect>"
		     "</mc:Fallback></mc:AlternateContent></w:r><w:r><w:t>hind</w:t></w:r></w:p>"
		     "<w:p><w:r><mc:AlternateContent><mc:Choice><new/></mc:Choice><mc:Fallback><v:shape stroked=\"f\" fillcolor=\"red\"><v:textpath style=\"font-family:&quot;.VnTimeH&quot;\" string=\"mËt\"/>"
		     "</v:shape></mc:Fallback></mc:AlternateContent></w:r></w:p>" END,
		   "begin docx\nbox 1 framed: box\nbody 1: behind\nbox 1 red,capitals: MẬT\nend\n");
}

static void pages_are_counted_from_hard_and_rendered_breaks(void **state)
{
	(void)state;
	reads_docx("<s/>",
		   W "<w:p><w:r><w:t>1</w:t><w:br/><w:t>1b</w:t><w:br w:type=\"page\"/></w:r></w:p><w:p><w:r><w:lastRenderedPageBreak/><w:t>2</w:t><w:lastRenderedPageBreak/><w:t>x</w:t></w:r></w:p>"
		     "<w:p><w:pPr><w:sectPr/></w:pPr><w:r><w:t>3</w:t></w:r></w:p><w:p><w:pPr><w:sectPr><w:type w:val=\"continuous\"/></w:sectPr></w:pPr><w:r><w:t>3b</w:t></w:r></w:p>"
		     "<w:p><w:pPr><w:pageBreakBefore/></w:pPr><w:r><w:t>5</w:t></w:r></w:p><w:sectPr/>" END,
		   "begin docx\nbody 1: 1\nbody 1: 1b\nbody 2: 2x\nbody 3: 3\nbody 3: 3b\nbody 5: 5\nend\n");
}

static void what_is_no_text_is_left_out(void **state)
{
	(void)state;
	reads_docx("<s/>",
		   W "<w:p><w:r><w:fldChar/><w:instrText>PAGE</w:instrText><w:t>7</w:t><w:tab/><w:t>x</w:t><w:noBreakHyphen/><w:t>y</w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>" END,
		   "begin docx\nbody 1: 7\tx-ygone\nend\n");
}

static void xml_cannot_be_a_bomb(void **state)
{
	kh_auto_buf struct kh_buf deep = KH_BUF_INIT, many = KH_BUF_INIT;
	(void)state;
	reads_docx("<s/>", "<!DOCTYPE d [<!ENTITY a \"x\"><!ENTITY b \"&a;&a;&a;&a;\">]>" W "<w:p><w:r><w:t>&b;</w:t></w:r></w:p>" END,
		   "begin docx\ngap damaged or of an unknown kind: word/document.xml\nend\n");
	kh_buf_adds(&deep, W "<w:p><w:r><w:t>a</w:t></w:r></w:p>");
	for (int i = 0; i < 200000; i++)
		kh_buf_adds(&deep, "<w:p>");
	reads_docx("<s/>", deep.data, "begin docx\nbody 1: a\ngap depth limit: word/document.xml\nend\n");
	kh_buf_adds(&many, W);
	for (int i = 0; i < 1000000; i++)
		kh_buf_adds(&many, "<w:br w:type=\"page\"/>");
	kh_buf_adds(&many, "<w:p><w:r><w:t>a</w:t></w:r></w:p>" END);
	reads_docx("<s/>", many.data, "begin docx\nbody 1000001: a\nend\n");
}

static void pictures_and_whole_documents_are_inside(void **state)
{
	static const struct test_member members[] = {
		{"word/document.xml", W END, sizeof W END - 1}, {"word/media/image1.png", "\x89PNG\r\n\x1a\n", 8}, {"word/afchunk.htm", "<html>tối", 11}, {"word/embeddings/a.txt", "mật", 5},
		{"word/theme/theme1.xml", "<a/>", 4},
	};
	struct test_told told = {0};
	kh_auto_buf struct kh_buf zip = KH_BUF_INIT;
	(void)state;
	test_archive("zip", NULL, NULL, members, KH_COUNT(members), &zip);
	test_read(&told, zip.data, zip.len);
	assert_non_null(strstr(told.text.data, "begin docx\nend\nbegin png word/media/image1.png\n"));
	assert_non_null(strstr(told.text.data, "begin html word/afchunk.htm\nbody 0: tối\nend\nbegin text word/embeddings/a.txt\nbody 0: mật\nend\n"));
	assert_null(strstr(told.text.data, "theme"));
	test_told_done(&told);
}

/* ---- RTF by hand ---- */

static void reads_rtf(const char *text, const char *wanted)
{
	struct test_told told = {0};
	kh_auto_free char *whole = kh_format("{\\rtf1\\ansi\\deff0{\\fonttbl{\\f0\\fcharset0 Arial;}{\\f1\\fcharset0{\\*\\falt x}.VnTimeH;}{\\f2\\fcharset163 Arial;}{\\f3\\fcharset0 VNI-Times;}}"
					     "{\\colortbl;\\red255\\green0\\blue0;\\red0\\green0\\blue0;}%s}", text);
	test_read(&told, whole, strlen(whole));
	assert_string_equal(kh_buf_text(&told.text), wanted);
	test_told_done(&told);
}

static void rtf_is_of_many_charsets(void **state)
{
	(void)state;
	reads_rtf("{\\f1 t\\'e8i m\\'cbt\\par}{\\f2 T\\'f4\\'eci\\par}{\\f3 T\\'f6\\'efi\\par}\\uc1 m\\u7853?t\\uc0\\u7853 \\par{\\uc2\\u7853\\'3f\\'3f}x\\uc1\\u-10179?\\u-8704?\\par",
		  "begin rtf\nbody 1 capitals: TỐI MẬT\nbody 1: Tối\nbody 1: Tựi\nbody 1: mậtậ\nbody 1: ậx\xf0\x9f\x98\x80\nend\n");
}

static void rtf_says_how_it_looks(void **state)
{
	(void)state;
	reads_rtf("\\pard\\qc\\brdrt\\brdrs\\brdrl\\brdrs\\brdrb\\brdrs\\brdrr\\brdrs{\\b\\cf1\\fs28 M\\u7852?T}\\par\\pard\\box\\brdrnone{\\chbrdr\\brdrs a}\\par\\pard b{\\cf2\\caps c}\\par",
		  "begin rtf\nbody 1 red,bold,framed,centred: MẬT\nbody 1 framed: a\nbody 1 capitals: bC\nend\n");
	reads_rtf("\\trowd\\clbrdrt\\brdrs\\clbrdrl\\brdrs\\clbrdrb\\brdrs\\clbrdrr\\brdrs\\cellx1\\cellx2\\pard\\intbl a\\par b\\cell c\\cell\\row\\pard d\\page e\\sect\\sectd\\sbknone f\\sect\\sectd g\\par",
		  "begin rtf\ncell 1 framed: a\ncell 1 framed: b\ncell 1: c\nbody 1: d\nbody 2: e\nbody 2: f\nbody 3: g\nend\n");
}

static void rtf_has_boxes_notes_and_fields(void **state)
{
	(void)state;
	reads_rtf("{\\info{\\author x}{\\title T}}{\\header h\\par}a{\\footnote note}{\\*\\annotation said}{\\field{\\*\\fldinst PAGE}{\\fldrslt 7}}{\\*\\unknown{\\b x}}"
		  "{\\shp{\\*\\shpinst{\\sp{\\sn gtextUNICODE}{\\sv art}}{\\sp{\\sn fLine}{\\sv 0}}{\\shptxt box\\par}}{\\shprslt{\\*\\do{\\dptxbxtext box\\par}}}}{\\v hidden}\\par",
		  "begin rtf\nproperties 0: T\nheader 0: h\nnote 1: note\ncomment 1: said\nbox 1: art\nbox 1: box\nbody 1: a7hidden\nend\n");
}

static void pictures_in_rtf_are_documents_inside(void **state)
{
	(void)state;
	reads_rtf("a{\\*\\shppict{\\pict{\\*\\picprop{\\sp{\\sn x}{\\sv 1}}}\\pngblip\\picw1 89504e47\n0d0a1a0a}}{\\nonshppict{\\pict\\wmetafile8 0102}}\\par",
		  "begin rtf\nbody 1: a\nend\nbegin png picture 1\ngap damaged or of an unknown kind: picture 1\nend\n");
}

static void objects_in_rtf_are_documents_inside(void **state)
{
	(void)state;
	reads_rtf("{\\object\\objemb{\\*\\objclass x}{\\*\\objdata 7b5c72746631206d5c75373835333f745c7061727d}{\\result seen}}\\par",
		  "begin rtf\nbody 1: seen\nend\nbegin rtf object 1\nbody 1: mật\nend\n");
}

static void groups_have_an_end(void **state)
{
	kh_auto_buf struct kh_buf deep = KH_BUF_INIT;
	struct test_told told = {0};
	(void)state;
	kh_buf_adds(&deep, "{\\rtf1 a\\par");
	for (int i = 0; i < 1000000; i++)
		kh_buf_addc(&deep, '{');
	test_read(&told, deep.data, deep.len);
	assert_string_equal(told.text.data, "begin rtf\nbody 1: a\ngap depth limit\nend\n");
	test_told_done(&told);
	reads_rtf("a\\bin999999999", "begin rtf\nbody 1: a\ngap damaged or of an unknown kind\nend\n");
}

/* ---- DOC by hand ---- */

static void put(struct kh_buf *b, size_t at, uint32_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		b->data[at + i] = (char)(v >> 8 * i);
}

static void reads_doc(struct kh_buf *main, struct kh_buf *table, const char *wanted)
{
	struct test_cfb c;
	struct test_told told = {0};
	const struct test_cfb_entry entries[] = {
		{"WordDocument", TEST_CFB_STREAM, 0, table ? 2 : 0, main->data, main->len},
		{"0Table", TEST_CFB_STREAM, 0, 0, table ? table->data : "", table ? table->len : 0},
	};
	test_cfb_make(&c, entries, table ? 2 : 1);
	test_read(&told, c.file.data, c.file.len);
	assert_string_equal(kh_buf_text(&told.text), wanted);
	test_told_done(&told);
	kh_buf_done(&c.file);
}

/* Word 6: a header of 0x300 bytes, then text of one byte a character; no formats. */
static void word_6_is_bytes(void **state)
{
	static const char text[] = "T\xe8i m\xcbt\rC\xe9ng h\xdf" "a x\xb7 h\xe9i ch\xf1 ngh\xdc" "a\x0bVi\xd6t\x0c" "a\x13PAGE\x14" "7\x15\r";
	kh_auto_buf struct kh_buf main = KH_BUF_INIT;
	(void)state;
	memset(kh_buf_reserve(&main, 0x300), 0, 0x300);
	main.len = 0x300;
	put(&main, 0, 0xa5dc, 2);
	put(&main, 2, 101, 2);
	put(&main, 0x18, 0x300, 4);
	put(&main, 0x1c, 0x300 + sizeof text - 1, 4);
	put(&main, 0x34, sizeof text - 1, 4);
	kh_buf_add(&main, text, sizeof text - 1);
	reads_doc(&main, NULL, "begin doc\nbody 1 guessed: Tối mật\nbody 1 guessed: Cộng hòa xã hội chủ nghĩa\nbody 1 guessed: Việt\nbody 2: a7\nend\n");
	put(&main, 10, 0x0100, 2);
	reads_doc(&main, NULL, "begin doc\ngap encrypted: WordDocument\nend\n");
}

/* Word 97: pieces out of order in the file, of both widths; then pieces that go back, and one that is not there. */
static void pieces_are_in_their_order(void **state)
{
	enum { HEAD = 0x400, LISTS = 0x9a, PIECES = 33 };
	static const char narrow[] = "bc\r", wide[] = "\x1e\x1e" "a\0";
	kh_auto_buf struct kh_buf main = KH_BUF_INIT, table = KH_BUF_INIT;
	(void)state;
	memset(kh_buf_reserve(&main, HEAD), 0, HEAD);
	main.len = HEAD;
	kh_buf_add(&main, narrow, 3);
	kh_buf_add(&main, wide, 4);
	put(&main, 0, 0xa5ec, 2);
	put(&main, 2, 193, 2);
	put(&main, 32, 14, 2);
	put(&main, 62, 22, 2);
	put(&main, 0x4c, 5, 4);
	put(&main, 0x98, 93, 2);
	put(&main, LISTS + 8 * PIECES + 4, 5 + 4 * 3 + 8 * 2, 4);
	kh_buf_addc(&table, 2);
	kh_buf_add_u32le(&table, 4 * 3 + 8 * 2);
	for (uint32_t i = 0; i < 3; i++)
		kh_buf_add_u32le(&table, (uint32_t[]){0, 2, 5}[i]);
	for (uint32_t i = 0; i < 2; i++) {
		kh_buf_add(&table, "\0\0", 2);
		kh_buf_add_u32le(&table, (uint32_t[]){HEAD + 3, 0x40000000 | 2 * HEAD}[i]);
		kh_buf_add(&table, "\0\0", 2);
	}
	reads_doc(&main, &table, "begin doc\nbody 1: Ḟabc\nend\n");
	put(&table, 5 + 4, 7, 4); /* 0, 7, 5 */
	reads_doc(&main, &table, "begin doc\ngap damaged or of an unknown kind\nbody 1: Ḟa\nend\n");
	put(&table, 5 + 4, 0x7fffffff, 4); /* more than there are bytes */
	reads_doc(&main, &table, "begin doc\ngap damaged or of an unknown kind\nend\n");
	put(&table, 5 + 4, 2, 4);
	put(&table, 5 + 12 + 2, 0x3fffffff, 4);
	reads_doc(&main, &table, "begin doc\nbody 1: bc\ngap damaged or of an unknown kind\nend\n");
}

KH_TESTS(a_sample_of_each_format_is_read_alike, cut_files_end_in_a_gap, damaged_files_are_read_to_some_end, styles_stand_on_styles, boxes_and_word_art_are_read_once,
	 pages_are_counted_from_hard_and_rendered_breaks, what_is_no_text_is_left_out, xml_cannot_be_a_bomb, pictures_and_whole_documents_are_inside, rtf_is_of_many_charsets,
	 rtf_says_how_it_looks, rtf_has_boxes_notes_and_fields, pictures_in_rtf_are_documents_inside, objects_in_rtf_are_documents_inside, groups_have_an_end, word_6_is_bytes, pieces_are_in_their_order)
