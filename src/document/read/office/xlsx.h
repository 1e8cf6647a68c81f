/* Workbooks of Excel 2007 and later: XLSX, XLSM, templates; source: ECMA-376 part 1, 18 (SpreadsheetML), [MS-XLSX] for threaded comments.
 *
 * Of each sheet, in the workbook's order: the cells with text or a number, as it is kept (days are numbers), headers and footers, text boxes, WordArt, charts and diagrams, comments. The
 * page of a line is the number of its sheet. Sheets' names are properties. A merged cell is framed when its first cell has a border on each side that the merge does not carry away. Binary
 * workbooks (XLSB) are told as a gap. Pictures and embedded documents are documents inside. */
#pragma once

#include "document/read/reading.h"

extern const struct kh_reader kh_xlsx_reader;
