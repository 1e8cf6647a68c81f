/* Workbooks of Excel before 2007: XLS of BIFF5 and BIFF8 (Excel 5 to 2003) in an OLE2 file, and streams of BIFF2 to BIFF8 by themselves; source: [MS-XLS]; for BIFF2 to BIFF5,
 * "OpenOffice.org's Documentation of the Microsoft Excel File Format".
 *
 * Of each sheet: its cells with text or a number, as it is kept (days are numbers), headers and footers, text boxes and WordArt, comments. The page of a line is the number of its sheet in
 * the workbook. Sheets' names are properties. A merged cell is framed when its first cell has a border on each side that the merge does not carry away. Text boxes of BIFF5 are not
 * read. Encrypted workbooks are told as a gap. Pictures and embedded files are documents inside. */
#pragma once

#include "document/read/reading.h"

extern const struct kh_reader kh_xls_reader;
