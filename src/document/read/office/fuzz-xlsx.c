/* Any bytes as the parts of a workbook of Excel 2007: shared strings, styles, a sheet, its drawing and its comments, one behind the other, each but the last ended by a byte 0x1f. */
#include "document/read/fuzz_reading.h"
#include "document/read/office/xlsx.h"
#include "unpack/test_archive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RELATION(id, type, target) "<Relationship Id='" id "' Type='x/" type "' Target='" target "'/>"
static const char workbook[] = "<workbook><sheets><sheet name='a' r:id='r1'/><sheet name='b' r:id='r1'/></sheets></workbook>";
static const char workbook_relations[] = "<a>" RELATION("r1", "worksheet", "worksheets/sheet1.xml") RELATION("r2", "styles", "styles.xml") RELATION("r3", "sharedStrings", "sharedStrings.xml") "</a>";
static const char sheet_relations[] = "<a>" RELATION("r1", "drawing", "../drawings/drawing1.xml") RELATION("r2", "comments", "../comments1.xml") "</a>";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum { SEPARATOR = 0x1f, FIXED = 3, PARTS = 8 };
	static const char *const names[] = {"xl/sharedStrings.xml", "xl/styles.xml", "xl/worksheets/sheet1.xml", "xl/drawings/drawing1.xml", "xl/comments1.xml"};
	struct test_member members[PARTS] = {
		{"xl/workbook.xml", workbook, sizeof workbook - 1},
		{"xl/_rels/workbook.xml.rels", workbook_relations, sizeof workbook_relations - 1},
		{"xl/worksheets/_rels/sheet1.xml.rels", sheet_relations, sizeof sheet_relations - 1},
	};
	size_t n = FIXED;
	for (const uint8_t *at = data, *end = data + size; at < end && n < PARTS; n++) {
		const uint8_t *separator = n + 1 < PARTS ? memchr(at, SEPARATOR, (size_t)(end - at)) : NULL, *stop = separator ? separator : end;
		members[n] = (struct test_member){names[n - FIXED], at, (size_t)(stop - at)};
		at = stop + (separator != NULL);
	}
	kh_auto_buf struct kh_buf zip = KH_BUF_INIT;
	test_archive("zip", NULL, "zip:compression=store,zip:!experimental", members, n, &zip);
	return fuzz_reading(&kh_xlsx_reader, (const uint8_t *)kh_buf_text(&zip), zip.len);
}
