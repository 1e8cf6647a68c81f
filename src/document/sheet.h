/* A document as XLSX: what it says on the first sheet, every table on a sheet of its own with the head frozen, numbers as numbers and days as days. No text becomes a formula, whatever it begins
 * with. */
#pragma once

#include "base/buf.h"
#include "document/paper.h"

/* `made_s`: as in pdf.h. KH_E_TOO_LARGE. */
int kh_sheet_write(const struct kh_paper *paper, int64_t made_s, struct kh_buf *out) KH_MUST_USE;
