/* A table from outside, XLSX or CSV; what was read survives the way from the worker. */
#include "sheet/sheet.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	kh_auto_sheet struct kh_sheet sheet = {0}, again = {0}, foreign = {0};
	kh_auto_buf struct kh_buf bytes = KH_BUF_INIT;
	if (kh_sheet_parse(data, size, &sheet) == 0) {
		kh_sheet_encode(&sheet, &bytes);
		if (kh_sheet_decode(bytes.data, bytes.len, &again) < 0 || again.rows.n != sheet.rows.n)
			abort();
	}
	kh_ignore(kh_sheet_decode(data, size, &foreign));
	return 0;
}
