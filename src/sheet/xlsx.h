/* The first sheet of an Office Open XML workbook (ECMA-376), by libarchive and expat. Parts with a DOCTYPE are refused: so no entity is ever expanded. */
#pragma once

#include "base/attr.h"
#include "sheet/sheet.h"

#include <stddef.h>

/* KH_E_SYNTAX, KH_E_TOO_LARGE, KH_E_NOT_SUPPORTED (encrypted, or no workbook). */
int kh_xlsx_parse(const void *bytes, size_t n, struct kh_sheet *ret) KH_MUST_USE;
