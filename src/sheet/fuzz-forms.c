/* Lists that programs print, read as each form. Whatever comes out survives the way from the worker. */
#include "sheet/sheet.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_as(enum kh_sheet_form form, const uint8_t *data, size_t size)
{
	kh_auto_sheet struct kh_sheet sheet = {0}, again = {0};
	kh_auto_buf struct kh_buf bytes = KH_BUF_INIT;
	if (kh_sheet_parse_form(form, data, size, &sheet) < 0)
		return;
	kh_sheet_encode(&sheet, &bytes);
	if (kh_sheet_decode(bytes.data, bytes.len, &again) < 0 || again.rows.n != sheet.rows.n)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int form = KH_SHEET_WORDS; form < KH_SHEET_FORMS; form++)
		read_as((enum kh_sheet_form)form, data, size);
	return 0;
}
