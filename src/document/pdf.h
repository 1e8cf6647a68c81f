/* A document as PDF (1.5): A4, fonts embedded, text that can be selected and searched, headings, paragraphs and tables tagged, title and author in its properties. */
#pragma once

#include "base/buf.h"
#include "document/paper.h"

/* `made_s`: written into the file as the time it was made, so that the same document gives the same file. KH_E_TOO_LARGE; KH_E_NOT_FOUND without a font. */
int kh_pdf_write(const struct kh_paper *paper, int64_t made_s, struct kh_buf *out) KH_MUST_USE;

/* The same, and how many pages it has. */
int kh_pdf_print(const struct kh_paper *paper, int64_t made_s, struct kh_buf *out, size_t *ret_pages) KH_MUST_USE;
