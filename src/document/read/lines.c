#include "document/read/lines.h"

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
