#include "base/cursor.h"
#include "facts/format/deb822.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const fields[] = {"Package", "Version", "Source", "Status", NULL};
	struct kh_cursor c = kh_cursor_of(data, size);
	kh_auto_lines struct kh_lines lines = {.fill = kh_lines_memory, .source = &c, .max_bytes = UINT64_MAX};
	kh_auto_deb822 struct kh_deb822 d = {0};
	kh_deb822_init(&d, &lines, fields);
	for (bool found = true; found;)
		if (kh_deb822_next(&d, &found) < 0)
			break;
	return 0;
}
