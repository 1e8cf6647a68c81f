#include "document/read/read.h"

#include "base/cursor.h"
#include "base/str.h"
#include "document/read/html.h"
#include "document/read/mail.h"
#include "document/read/parts.h"
#include "document/read/reading.h"
#include "document/read/text.h"
#include "document/read/word/doc.h"
#include "document/read/word/docx.h"
#include "document/read/word/odt.h"
#include "document/read/word/rtf.h"
#include "unpack/container.h"
#include "unpack/ole2/cfb.h"

const char *kh_document_format_name(enum kh_document_format f)
{
	static const char *const names[KH_DOCUMENT_FORMATS] = {
		[KH_DOCUMENT_NONE] = "",        [KH_DOCUMENT_TEXT] = "text", [KH_DOCUMENT_HTML] = "html", [KH_DOCUMENT_RTF] = "rtf",   [KH_DOCUMENT_DOC] = "doc",
		[KH_DOCUMENT_DOCX] = "docx",    [KH_DOCUMENT_ODT] = "odt",   [KH_DOCUMENT_XLS] = "xls",   [KH_DOCUMENT_XLSX] = "xlsx", [KH_DOCUMENT_ODS] = "ods",
		[KH_DOCUMENT_PPT] = "ppt",      [KH_DOCUMENT_PPTX] = "pptx", [KH_DOCUMENT_ODP] = "odp",   [KH_DOCUMENT_PDF] = "pdf",   [KH_DOCUMENT_MAIL] = "mail",
		[KH_DOCUMENT_TIFF] = "tiff",    [KH_DOCUMENT_JPEG] = "jpeg", [KH_DOCUMENT_PNG] = "png",   [KH_DOCUMENT_ARCHIVE] = "archive",
	};
	return names[f];
}

const char *kh_document_part_name(enum kh_document_part p)
{
	static const char *const names[KH_PARTS] = {
		[KH_PART_BODY] = "body", [KH_PART_CELL] = "cell",       [KH_PART_HEADER] = "header",         [KH_PART_FOOTER] = "footer",   [KH_PART_BOX] = "box",
		[KH_PART_NOTE] = "note", [KH_PART_COMMENT] = "comment", [KH_PART_PROPERTIES] = "properties", [KH_PART_PICTURE] = "picture",
	};
	return names[p];
}

/* ---- what the bytes are ---- */

static bool begins(const uint8_t *p, size_t n, const char *magic, size_t magic_size)
{
	return n >= magic_size && memcmp(p, magic, magic_size) == 0;
}
#define BEGINS(p, n, magic) begins(p, n, magic, sizeof(magic) - 1)

/* Something may stand before it. */
static bool is_pdf(const uint8_t *p, size_t n)
{
	const struct kh_container *c = kh_container_of(p, n);
	return c && kh_streq(c->name, "pdf");
}

static bool is_tiff(const uint8_t *p, size_t n)
{
	return BEGINS(p, n, "II*\0") || BEGINS(p, n, "MM\0*");
}

static bool is_jpeg(const uint8_t *p, size_t n)
{
	return BEGINS(p, n, "\xff\xd8\xff");
}

static bool is_png(const uint8_t *p, size_t n)
{
	return BEGINS(p, n, "\x89PNG\r\n\x1a\n");
}

static bool begins_as(void *context, const char *name)
{
	return kh_starts_with(name, context);
}

static bool zip_has(const uint8_t *p, size_t n, const char *beginning)
{
	return BEGINS(p, n, "PK\3\4") && kh_package_has(p, n, begins_as, (void *)beginning);
}

static bool is_xlsx(const uint8_t *p, size_t n)
{
	return zip_has(p, n, "xl/");
}

static bool is_pptx(const uint8_t *p, size_t n)
{
	return zip_has(p, n, "ppt/");
}

static bool is_ods(const uint8_t *p, size_t n)
{
	return kh_package_is_opendocument(p, n, "spreadsheet");
}

static bool is_odp(const uint8_t *p, size_t n)
{
	return kh_package_is_opendocument(p, n, "presentation");
}

static bool is_named(void *context, const char *name)
{
	return kh_streq_nocase(name, context);
}

static bool ole2_has(const uint8_t *p, size_t n, const char *stream)
{
	return BEGINS(p, n, KH_CFB_MAGIC) && kh_package_has(p, n, is_named, (void *)stream);
}

static bool is_xls(const uint8_t *p, size_t n)
{
	return ole2_has(p, n, "Workbook") || ole2_has(p, n, "Book");
}

static bool is_ppt(const uint8_t *p, size_t n)
{
	return ole2_has(p, n, "PowerPoint Document");
}

/* Scripts are text; what they carry is no document. */
static bool is_archive(const uint8_t *p, size_t n)
{
	const struct kh_container *c = kh_container_of(p, n);
	return c && !kh_streq(c->name, "script") && !(c->weak && kh_text_reader.looks(p, n));
}

static bool is_anything(const uint8_t *p, size_t n)
{
	(void)p;
	(void)n;
	return true;
}

/* ---- the formats, the first that says yes ---- */

static void unpack_all(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	kh_reading_members(r, bytes, n, NULL);
}

static void not_read(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	(void)bytes;
	(void)n;
	kh_reading_gap(r, KH_GAP_DAMAGED, NULL);
}

#define UNREAD(format, looks) &(const struct kh_reader){format, looks, not_read, NULL}
static const struct kh_reader *const readers[] = {
	UNREAD(KH_DOCUMENT_PDF, is_pdf),
	&kh_rtf_reader,
	UNREAD(KH_DOCUMENT_TIFF, is_tiff),
	UNREAD(KH_DOCUMENT_JPEG, is_jpeg),
	UNREAD(KH_DOCUMENT_PNG, is_png),
	&kh_odt_reader,
	&kh_fodt_reader,
	&kh_word_xml_reader,
	UNREAD(KH_DOCUMENT_ODS, is_ods),
	UNREAD(KH_DOCUMENT_ODP, is_odp),
	&kh_docx_reader,
	UNREAD(KH_DOCUMENT_XLSX, is_xlsx),
	UNREAD(KH_DOCUMENT_PPTX, is_pptx),
	&kh_doc_reader,
	UNREAD(KH_DOCUMENT_XLS, is_xls),
	UNREAD(KH_DOCUMENT_PPT, is_ppt),
	&kh_msg_reader,
	&kh_mail_reader,
	&kh_html_reader,
	&(const struct kh_reader){KH_DOCUMENT_ARCHIVE, is_archive, NULL, unpack_all},
	&kh_text_reader,
	&(const struct kh_reader){KH_DOCUMENT_NONE, is_anything, NULL, NULL},
};

static const struct kh_reader *reader_of(const uint8_t *bytes, size_t n)
{
	size_t i = 0;
	while (!readers[i]->looks(bytes, n))
		i++;
	return readers[i];
}

enum kh_document_format kh_document_identify(const void *bytes, size_t n)
{
	return reader_of(bytes, n)->format;
}

int kh_document_read(const struct kh_document_options *options, const void *bytes, size_t n, const struct kh_document_sink *sink)
{
	struct kh_reading_file file = {.options = options, .sink = sink, .reader_of = reader_of};
	kh_reading_run(&file, bytes, n);
	return 0;
}
