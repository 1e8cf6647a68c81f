#include "document/read/read.h"

#include "base/cursor.h"
#include "base/str.h"
#include "document/read/html.h"
#include "document/read/mail.h"
#include "document/read/parts.h"
#include "document/read/reading.h"
#include "document/read/scan/pdf.h"
#include "document/read/scan/picture.h"
#include "document/read/text.h"
#include "document/read/word/doc.h"
#include "document/read/word/docx.h"
#include "document/read/word/odt.h"
#include "document/read/word/rtf.h"
#include "unpack/container.h"
#include "unpack/ole2/cfb.h"

/* ---- what the bytes are ---- */

static bool begins(const uint8_t *p, size_t n, const char *magic, size_t magic_size)
{
	return n >= magic_size && memcmp(p, magic, magic_size) == 0;
}
#define BEGINS(p, n, magic) begins(p, n, magic, sizeof(magic) - 1)

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
	&kh_pdf_reader,
	&kh_rtf_reader,
	&kh_tiff_reader,
	&kh_jpeg_reader,
	&kh_png_reader,
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
