/* A document as DOCX (ISO/IEC 29500, WordprocessingML transitional): a style for every face of form.h, tables whose head is repeated on every page, the page number in the header from
 * page 2 on, a section for every annex. Word and LibreOffice open it without repair. */
#pragma once

#include "base/buf.h"
#include "document/paper.h"

/* `made_s`: as in pdf.h. KH_E_TOO_LARGE; KH_E_NOT_FOUND without a font: the lines under texts are as long as these are wide. */
int kh_docx_write(const struct kh_paper *paper, int64_t made_s, struct kh_buf *out) KH_MUST_USE;
