#include "base/test.h"
#include "document/read/office/drawing.h"
#include "document/read/office/odf.h"
#include "document/read/office/ppt.h"
#include "document/read/office/pptx.h"
#include "document/read/test_reading.h"
#include "unpack/test_archive.h"
#include "unpack/test_cfb.h"

/* ---- PPTX ---- */

#define PART(name, text) {name, text, sizeof(text) - 1}
#define RELATION(id, type, target) "<Relationship Id='" id "' Type='http://x/" type "' Target='" target "'/>"
#define BOX(look, text) "<p:sp><p:spPr>" look "</p:spPr><p:txBody><a:p><a:r><a:t>" text "</a:t></a:r></a:p></p:txBody></p:sp>"

static void slides_are_read_in_their_order(void **state)
{
	static const struct test_member members[] = {
		PART("ppt/presentation.xml", "<p:presentation><p:sldIdLst><p:sldId id='r1' r:id='r2'/><p:sldId id='r2' r:id='r1'/></p:sldIdLst><p:sldSz cx='1000' cy='500'/></p:presentation>"),
		PART("ppt/_rels/presentation.xml.rels", "<a>" RELATION("r1", "slide", "slides/a.xml") RELATION("r2", "slide", "slides/b.xml") "</a>"),
		PART("ppt/slideMasters/m.xml", "<p:sldMaster><p:sp><p:nvSpPr><p:nvPr><p:ph type='title'/></p:nvPr></p:nvSpPr><p:txBody><a:p><a:r><a:t>Click to edit</a:t></a:r></a:p></p:txBody></p:sp>"
						"<p:sp><p:nvSpPr><p:nvPr><p:ph type='ftr'/></p:nvPr></p:nvSpPr><p:txBody><a:p><a:r><a:t>chân trang</a:t></a:r></a:p></p:txBody></p:sp>" BOX("", "trên mọi trang")
						"</p:sldMaster>"),
		PART("ppt/slides/b.xml",
		     "<p:sld><p:sp><p:nvSpPr><p:nvPr><p:ph type='ctrTitle'/></p:nvPr></p:nvSpPr><p:txBody><a:p><a:pPr algn='ctr'/><a:r><a:rPr b='1' sz='1400'><a:solidFill><a:srgbClr val='C00000'/></a:solidFill>"
		     "<a:latin typeface='.VnTimeH'/></a:rPr><a:t>tèi mËt</a:t></a:r><a:br/><a:r><a:t>dòng hai</a:t></a:r></a:p></p:txBody></p:sp>"
		     "<p:grpSp><p:grpSpPr><a:xfrm><a:off x='100' y='100'/><a:ext cx='200' cy='200'/><a:chOff x='0' y='0'/><a:chExt cx='100' cy='100'/></a:xfrm></p:grpSpPr>"
		     BOX("<a:xfrm><a:off x='50' y='50'/><a:ext cx='50' cy='25'/></a:xfrm><a:ln><a:solidFill/></a:ln>", "trong nhóm") "</p:grpSp>"
		     "<p:graphicFrame><a:tbl><a:tr><a:tc><a:txBody><a:p><a:r><a:t>có khung</a:t></a:r></a:p></a:txBody><a:tcPr><a:lnL w='1'><a:solidFill/></a:lnL><a:lnR w='1'><a:solidFill/></a:lnR>"
		     "<a:lnT w='1'><a:solidFill/></a:lnT><a:lnB w='1'><a:solidFill/></a:lnB></a:tcPr></a:tc><a:tc><a:txBody><a:p><a:r><a:t>không</a:t></a:r></a:p></a:txBody><a:tcPr/></a:tc></a:tr></a:tbl></p:graphicFrame>"
		     "<mc:AlternateContent><mc:Choice>" BOX("", "mới") "</mc:Choice><mc:Fallback>" BOX("", "cũ") "</mc:Fallback></mc:AlternateContent></p:sld>"),
		PART("ppt/slides/a.xml", "<p:sld>" BOX("", "trang sau") "</p:sld>"),
		PART("ppt/slides/_rels/a.xml.rels", "<a>" RELATION("r1", "notesSlide", "../notesSlides/n.xml") RELATION("r2", "comments", "../comments/c.xml") RELATION("r3", "diagramData", "../diagrams/d.xml") "</a>"),
		PART("ppt/notesSlides/n.xml", "<p:notes>" BOX("", "ghi chú") "</p:notes>"),
		PART("ppt/comments/c.xml", "<p:cmLst><p:cm><p:text>lời bình</p:text></p:cm></p:cmLst>"),
		PART("ppt/diagrams/d.xml", "<dgm:dataModel><dgm:pt><dgm:t><a:bodyPr/> <a:p><a:r><a:t>sơ đồ</a:t></a:r></a:p></dgm:t></dgm:pt></dgm:dataModel>"),
	};
	kh_auto_buf struct kh_buf zip = KH_BUF_INIT;
	struct test_told told = {0};
	(void)state;
	test_archive("zip", NULL, NULL, members, KH_COUNT(members), &zip);
	test_read(&told, zip.data, zip.len);
	assert_string_equal(kh_buf_text(&told.text),
			    "begin pptx\nfooter 1: chân trang\nbox 1: trên mọi trang\nbody 1 red,bold,centred,capitals: TỐI MẬT\nbody 1 centred: dòng hai\nbox 1 framed,placed: trong nhóm\n"
			    "cell 1 framed: có khung\ncell 1: không\nbox 1: mới\nbox 2: trang sau\nbox 2: sơ đồ\nnote 2: ghi chú\ncomment 2: lời bình\nend\n");
	const struct kh_document_line *placed = &told.lines.v[4];
	assert_true(placed->left > 0.19f && placed->left < 0.21f && placed->top > 0.39f && placed->top < 0.41f && placed->right > 0.29f && placed->bottom < 0.51f);
	test_told_done(&told);
}

static void read_slide(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	kh_drawing_read(r, "slide", bytes, n, &(struct kh_drawing){.part = KH_PART_BODY, .page = 1});
}
static const struct kh_reader slide_reader = {.format = KH_DOCUMENT_PPTX, .read = read_slide};

static void groups_are_not_followed_for_ever(void **state)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	struct test_told told = {0};
	(void)state;
	for (int i = 0; i < 500; i++)
		kh_buf_adds(&b, "<g:grpSp>");
	kh_buf_adds(&b, BOX("", "sâu"));
	for (int i = 0; i < 500; i++)
		kh_buf_adds(&b, "</g:grpSp>");
	test_read_by(&told, &slide_reader, b.data, b.len);
	assert_string_equal(kh_buf_text(&told.text), "begin pptx\nbox 1: sâu\nend\n");
	test_told_done(&told);
}

/* ---- PPT ---- */

static void make_ppt(const void *stream, size_t n, uint32_t edit, struct test_cfb *ret)
{
	uint8_t user[20] = {0, 0, 0xf6, 0x0f, 0x14, 0, 0, 0, 0x14, 0, 0, 0, 0x5f, 0xc0, 0x91, 0xe3};
	for (int i = 0; i < 4; i++)
		user[16 + i] = (uint8_t)(edit >> 8 * i);
	const struct test_cfb_entry entries[] = {{"Current User", TEST_CFB_STREAM, 0, 2, user, sizeof user}, {"PowerPoint Document", TEST_CFB_STREAM, 0, 0, stream, n}};
	test_cfb_make(ret, entries, KH_COUNT(entries));
}

static uint32_t u32_of(const char *s)
{
	const uint8_t *p = (const uint8_t *)s;
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void what_libreoffice_saved(void **state)
{
	kh_auto_buf struct kh_buf file = KH_BUF_INIT;
	struct test_cfb c;
	(void)state;
	test_load("office/corpus/ppt/presentation", &file);
	make_ppt(file.data + 4, file.len - 4, u32_of(file.data), &c);
	test_reads(c.file.data, c.file.len,
	      "begin ppt\nbox 1 placed: Chữ trên trang nền\nbox 1 red,bold,framed,centred,placed: TỐI MẬT\nbox 1: Nội dung trong nhóm\nbox 1: dòng thứ hai\nbox 1 capitals: TỐI MẬT\n"
	      "box 1: Ô một\nbox 1: Ô hai\ncomment 1: Lời bình trang\nbox 2 placed: Trang thứ hai\nnote 1 placed: Ghi chú của người nói\nend\n");
	kh_buf_done(&c.file);
}

static void add_record(struct kh_buf *b, unsigned version, unsigned type, const void *bytes, size_t n)
{
	const uint8_t header[] = {(uint8_t)version, (uint8_t)(version >> 8), (uint8_t)type, (uint8_t)(type >> 8)};
	kh_buf_add(b, header, sizeof header);
	kh_buf_add_u32le(b, (uint32_t)n);
	kh_buf_add(b, bytes, n);
}

/* An edit that begins with the table of objects: object 1 stands at `at`. Returns where the edit is. */
static uint32_t add_edit(struct kh_buf *b, uint32_t before, uint32_t number, uint32_t at)
{
	uint32_t table = (uint32_t)b->len, edit = 0;
	kh_auto_buf struct kh_buf body = KH_BUF_INIT;
	kh_buf_add_u32le(&body, 1U << 20 | number);
	kh_buf_add_u32le(&body, at);
	add_record(b, 0, 6002, body.data, body.len);
	edit = (uint32_t)b->len;
	kh_buf_reset(&body);
	kh_buf_add(&body, "\0\0\0\0\0\0\0\3", 8);
	kh_buf_add_u32le(&body, before);
	kh_buf_add_u32le(&body, table);
	kh_buf_add_u32le(&body, 1); /* the document */
	add_record(b, 0, 4085, body.data, body.len);
	return edit;
}

static void add_slide(struct kh_buf *b, const char *text)
{
	kh_auto_buf struct kh_buf inner = KH_BUF_INIT;
	add_record(&inner, 0, 4008, text, strlen(text));
	add_record(b, 0xf, 1006, inner.data, inner.len);
}

/* The document lists slide 2 with an outline; a later edit has put another slide in its place. */
static void only_the_last_edit_counts(void **state)
{
	static const char outline[] = "\0\0\x9f\x0f\4\0\0\0\0\0\0\0" "\0\0\xa8\x0f\3\0\0\0abc", reference[] = "\0\0\x9e\x0f\4\0\0\0\0\0\0\0";
	kh_auto_buf struct kh_buf b = KH_BUF_INIT, list = KH_BUF_INIT, document = KH_BUF_INIT;
	struct test_cfb c;
	(void)state;
	add_record(&list, 0, 1011, "\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
	kh_buf_add(&list, outline, sizeof outline - 1);
	add_record(&document, 0xf, 4080, list.data, list.len);
	add_record(&b, 0xf, 1000, document.data, document.len);
	uint32_t first = add_edit(&b, 0, 1, 0), old = (uint32_t)b.len;
	add_slide(&b, "old");
	uint32_t second = add_edit(&b, first, 2, old), slide = (uint32_t)b.len;
	add_record(&b, 0xf, 1006, reference, sizeof reference - 1);
	uint32_t third = add_edit(&b, second, 2, slide);
	make_ppt(b.data, b.len, third, &c);
	test_reads(c.file.data, c.file.len, "begin ppt\nbox 1: abc\nend\n");
	kh_buf_done(&c.file);
	make_ppt(b.data, b.len, second, &c);
	test_reads(c.file.data, c.file.len, "begin ppt\nbox 1: old\nend\n");
	kh_buf_done(&c.file);
	make_ppt(b.data, b.len, 77, &c); /* leads nowhere: everything there is */
	test_reads(c.file.data, c.file.len, "begin ppt\ngap damaged or of an unknown kind\nbody 0: abc\nbody 0: old\nend\n");
	kh_buf_done(&c.file);
}

static void damage_ends_in_lines_or_gaps(void **state)
{
	kh_auto_buf struct kh_buf file = KH_BUF_INIT;
	enum { STEP = 7 };
	(void)state;
	test_load("office/corpus/ppt/presentation", &file);
	for (size_t at = 4; at < file.len; at += STEP) {
		struct test_told told = {0};
		struct test_cfb c;
		file.data[at] ^= (char)0xff;
		make_ppt(file.data + 4, file.len - 4, u32_of(file.data), &c);
		file.data[at] ^= (char)0xff;
		test_read_by(&told, &kh_ppt_reader, c.file.data, c.file.len);
		test_told_done(&told);
		kh_buf_done(&c.file);
		told = (struct test_told){0};
		make_ppt(file.data + 4, at - 4, u32_of(file.data), &c);
		test_read_by(&told, &kh_ppt_reader, c.file.data, c.file.len);
		test_told_done(&told);
		kh_buf_done(&c.file);
	}
}

static void containers_are_not_followed_for_ever(void **state)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT, next = KH_BUF_INIT;
	struct test_cfb c;
	(void)state;
	add_record(&b, 0, 4008, "deep", 4);
	for (int i = 0; i < 1000; i++) {
		kh_buf_reset(&next);
		add_record(&next, 0xf, 1006, b.data, b.len);
		kh_buf_reset(&b);
		kh_buf_add(&b, next.data, next.len);
	}
	make_ppt(b.data, b.len, 0, &c);
	test_reads(c.file.data, c.file.len, "begin ppt\ngap damaged or of an unknown kind\nend\n");
	kh_buf_done(&c.file);
}

/* ---- ODP ---- */

static void slides_of_opendocument(void **state)
{
	kh_auto_buf struct kh_buf file = KH_BUF_INIT;
	(void)state;
	test_load("office/corpus/odf/slides.fodp", &file);
	test_reads(file.data, file.len,
	      "begin odp\nproperties 0: Bài trình chiếu\nbox 1 placed: Chữ trên trang nền\nbox 1 red,bold,framed,centred,placed: TỐI MẬT\nbox 1 placed: Nội dung trong nhóm\n"
	      "box 1 placed: dòng thứ hai\nbox 1 capitals,placed: TỐI MẬT\ncell 1 framed,placed: Ô một\ncell 1 placed: Ô hai\nnote 1: Ghi chú của người nói\ncomment 1: Lời bình trang\n"
	      "box 2 placed: Trang thứ hai\nend\n");
}

KH_TESTS(slides_are_read_in_their_order, groups_are_not_followed_for_ever, what_libreoffice_saved, only_the_last_edit_counts, damage_ends_in_lines_or_gaps, containers_are_not_followed_for_ever,
	 slides_of_opendocument)
