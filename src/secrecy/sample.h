/* For tests: documents written as text, a line each → what readers give. A line is body text; one that begins with "@" says first what it is, up to a colon and a blank:
 *
 *     @cell red page=2 size=30 ocr=80 top=12: TỐI MẬT
 *
 * cell header footer box note comment properties picture: its part. red bold framed centred. page, size (pt), ocr (percent certain), tcvn3: by its letters. top, left (percent of the page;
 * it ends two further down and ten further right). */
#pragma once

#include "secrecy/secrecy.h"

/* Begins, feeds every line, ends. `text` is not changed. */
void kh_sample_judge(struct kh_secrecy *s, enum kh_document_format format, const char *text, size_t n, struct kh_secrecy_finding *ret);

/* All files of packs/secrecy below the source tree ($KHIEN_SOURCE, else "."); NULL, with the error's detail set. */
struct kh_secrecy_rules *kh_sample_rules(void) KH_MUST_USE;
