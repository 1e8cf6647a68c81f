/* What is in a canary: the least that office programs and picture viewers open, made here byte by byte. */
#include "guard/ransom_canary.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LINES 60 /* some encryptors leave small files alone */
#define SENTENCE                                                                                                                                     \
	"Tệp này do phần mềm Khiên đặt ở đây để phát hiện mã độc tống tiền. Tệp không chứa dữ liệu của ai. Xin đừng sửa, đổi tên hay xóa; nếu lỡ tay, " \
	"Khiên sẽ tự đặt lại."

/* ---- ZIP, members stored as they are (APPNOTE.TXT 4.3) ---- */

struct member {
	const char *name;
	struct kh_buf bytes;
};

static uint32_t crc32_of(const struct kh_buf *b)
{
	uint32_t crc = 0xffffffff;
	for (size_t i = 0; i < b->len; i++) {
		crc ^= (uint8_t)b->data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

static void add_u16(struct kh_buf *b, unsigned v)
{
	kh_buf_addc(b, (char)(v & 0xff));
	kh_buf_addc(b, (char)(v >> 8 & 0xff));
}

/* From "version needed" to the length of the extra field, which local and central headers have in common. */
static void add_header(struct kh_buf *b, const struct member *m)
{
	enum { VERSION = 20, UTF8 = 0x800, STORED = 0, TIME = 0, DAY_2025_01_01 = 45 << 9 | 1 << 5 | 1 };
	add_u16(b, VERSION);
	add_u16(b, UTF8);
	add_u16(b, STORED);
	add_u16(b, TIME);
	add_u16(b, DAY_2025_01_01);
	kh_buf_add_u32le(b, crc32_of(&m->bytes));
	kh_buf_add_u32le(b, (uint32_t)m->bytes.len);
	kh_buf_add_u32le(b, (uint32_t)m->bytes.len);
	add_u16(b, (unsigned)strlen(m->name));
	add_u16(b, 0);
}

static void add_central(struct kh_buf *b, const struct member *m, uint32_t at)
{
	kh_buf_add(b, "PK\1\2", 4);
	add_u16(b, 20);
	add_header(b, m);
	for (int i = 0; i < 3; i++) /* comment, disk, internal attributes */
		add_u16(b, 0);
	kh_buf_add_u32le(b, 0);
	kh_buf_add_u32le(b, at);
	kh_buf_adds(b, m->name);
}

static void add_zip(struct kh_buf *out, struct member *members, size_t n)
{
	struct kh_buf central = KH_BUF_INIT;
	for (size_t i = 0; i < n; i++) {
		add_central(&central, &members[i], (uint32_t)out->len);
		kh_buf_add(out, "PK\3\4", 4);
		add_header(out, &members[i]);
		kh_buf_adds(out, members[i].name);
		kh_buf_add(out, members[i].bytes.data, members[i].bytes.len);
		kh_buf_done(&members[i].bytes);
	}
	uint32_t at = (uint32_t)out->len;
	kh_buf_add(out, central.data, central.len);
	kh_buf_add(out, "PK\5\6\0\0\0\0", 8);
	add_u16(out, (unsigned)n);
	add_u16(out, (unsigned)n);
	kh_buf_add_u32le(out, (uint32_t)central.len);
	kh_buf_add_u32le(out, at);
	add_u16(out, 0);
	kh_buf_done(&central);
}

/* ---- office documents (ECMA-376) ---- */

#define XML "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define TYPES "http://schemas.openxmlformats.org/package/2006/content-types"
#define RELATIONS "http://schemas.openxmlformats.org/package/2006/relationships"
#define OFFICE "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define OFFICE_TYPE "application/vnd.openxmlformats-officedocument."
#define DEFAULTS "<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/>"

static void add_relation(struct kh_buf *b, const char *type, const char *target)
{
	kh_buf_addf(b, XML "<Relationships xmlns=\"" RELATIONS "\"><Relationship Id=\"rId1\" Type=\"" OFFICE "/%s\" Target=\"%s\"/></Relationships>", type, target);
}

static void add_docx(struct kh_buf *out, uint64_t serial)
{
	struct member m[] = {{.name = "[Content_Types].xml"}, {.name = "_rels/.rels"}, {.name = "word/document.xml"}};
	kh_buf_adds(&m[0].bytes, XML "<Types xmlns=\"" TYPES "\">" DEFAULTS "<Override PartName=\"/word/document.xml\" ContentType=\"" OFFICE_TYPE
				     "wordprocessingml.document.main+xml\"/></Types>");
	add_relation(&m[1].bytes, "officeDocument", "word/document.xml");
	kh_buf_adds(&m[2].bytes, XML "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>");
	for (int i = 1; i <= LINES; i++)
		kh_buf_addf(&m[2].bytes, "<w:p><w:r><w:t>%d/%016" PRIx64 ". " SENTENCE "</w:t></w:r></w:p>", i, serial);
	kh_buf_adds(&m[2].bytes, "</w:body></w:document>");
	add_zip(out, m, KH_COUNT(m));
}

static void add_xlsx(struct kh_buf *out, uint64_t serial)
{
	struct member m[] = {
		{.name = "[Content_Types].xml"}, {.name = "_rels/.rels"}, {.name = "xl/workbook.xml"}, {.name = "xl/_rels/workbook.xml.rels"}, {.name = "xl/worksheets/sheet1.xml"}};
	kh_buf_adds(&m[0].bytes, XML "<Types xmlns=\"" TYPES "\">" DEFAULTS "<Override PartName=\"/xl/workbook.xml\" ContentType=\"" OFFICE_TYPE
				     "spreadsheetml.sheet.main+xml\"/><Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"" OFFICE_TYPE "spreadsheetml.worksheet+xml\"/></Types>");
	add_relation(&m[1].bytes, "officeDocument", "xl/workbook.xml");
	kh_buf_adds(&m[2].bytes, XML "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"" OFFICE
				     "\"><sheets><sheet name=\"Khien\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>");
	add_relation(&m[3].bytes, "worksheet", "worksheets/sheet1.xml");
	kh_buf_adds(&m[4].bytes, XML "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>");
	for (int i = 1; i <= LINES; i++)
		kh_buf_addf(&m[4].bytes, "<row r=\"%d\"><c r=\"A%d\" t=\"inlineStr\"><is><t>%d/%016" PRIx64 ". " SENTENCE "</t></is></c></row>", i, i, i, serial);
	kh_buf_adds(&m[4].bytes, "</sheetData></worksheet>");
	add_zip(out, m, KH_COUNT(m));
}

/* ---- a grey picture (ITU-T T.81, baseline) of 1280 × 960 ----
 *
 * Each table of codes has one code, of one bit: "no difference" and "end of block". So the picture is nothing but zero bits, two for each 8 × 8 block. */
static void add_jpg(struct kh_buf *out, uint64_t serial)
{
	enum { WIDTH = 1280, HEIGHT = 960, SCAN_BYTES = WIDTH / 8 * HEIGHT / 8 * 2 / 8, TABLE = 64 };
	static const char start[] = "\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xdb\0\x43\0";
	static const char frame[] = "\xff\xc0\0\x0b\x08" "\x03\xc0" "\x05\x00" "\1\1\x11\0";
	static const char codes[] = "\xff\xc4\0\x14\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" "\xff\xc4\0\x14\x10\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
	static const char scan[] = "\xff\xda\0\x08\1\1\0\0\x3f\0";
	char comment[sizeof SENTENCE + 32];
	int n = snprintf(comment, sizeof comment, "%016" PRIx64 ". " SENTENCE, serial);
	kh_buf_add(out, start, sizeof start - 1);
	for (int i = 0; i < TABLE; i++)
		kh_buf_addc(out, 16);
	kh_buf_add(out, "\xff\xfe", 2);
	kh_buf_addc(out, (char)((n + 2) >> 8));
	kh_buf_addc(out, (char)((n + 2) & 0xff));
	kh_buf_add(out, comment, (size_t)n);
	kh_buf_add(out, frame, sizeof frame - 1);
	kh_buf_add(out, codes, sizeof codes - 1);
	kh_buf_add(out, scan, sizeof scan - 1);
	for (int i = 0; i < SCAN_BYTES; i++)
		kh_buf_addc(out, 0);
	kh_buf_add(out, "\xff\xd9", 2);
}

void kh_canary_content(enum kh_canary_kind kind, uint64_t serial, struct kh_buf *out)
{
	static void (*const makers[])(struct kh_buf *, uint64_t) = {[KH_CANARY_DOCX] = add_docx, [KH_CANARY_JPG] = add_jpg, [KH_CANARY_XLSX] = add_xlsx};
	makers[kind](out, serial);
}
