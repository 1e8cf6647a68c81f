#include "document/read/read.h"

#include "base/cursor.h"
#include "base/str.h"
#include "document/read/html.h"
#include "document/read/mail.h"
#include "document/read/office/odf.h"
#include "document/read/office/ppt.h"
#include "document/read/office/pptx.h"
#include "document/read/office/xls.h"
#include "document/read/office/xlsx.h"
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

/* Office's documents with a password are their package, encrypted, in an OLE2 file ([MS-OFFCRYPTO] 2.3.4.4). Which kind of document it is, nothing says. */
static bool is_encrypted_package(void *context, const char *name)
{
	(void)context;
	return kh_streq_nocase(name, "EncryptedPackage");
}

static bool is_locked(const uint8_t *p, size_t n)
{
	return n >= sizeof KH_CFB_MAGIC - 1 && memcmp(p, KH_CFB_MAGIC, sizeof KH_CFB_MAGIC - 1) == 0 && kh_package_has(p, n, is_encrypted_package, NULL);
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

static void tell_locked(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	(void)bytes;
	(void)n;
	kh_reading_gap(r, KH_GAP_ENCRYPTED, NULL);
}

static const struct kh_reader *const readers[] = {
	&kh_pdf_reader,
	&kh_rtf_reader,
	&kh_tiff_reader,
	&kh_jpeg_reader,
	&kh_png_reader,
	&kh_odt_reader,
	&kh_fodt_reader,
	&kh_word_xml_reader,
	&kh_ods_reader,
	&kh_odp_reader,
	&kh_docx_reader,
	&kh_xlsx_reader,
	&kh_pptx_reader,
	&kh_doc_reader,
	&kh_xls_reader,
	&kh_ppt_reader,
	&(const struct kh_reader){KH_DOCUMENT_ARCHIVE, is_locked, tell_locked, NULL},
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
