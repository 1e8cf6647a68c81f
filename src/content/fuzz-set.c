/* Any text as a set of content: refused, or written and read again as the same. */
#include "base/alloc.h"
#include "base/error.h"
#include "content/set.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	kh_auto_content_set struct kh_content_set set = {0}, again = {0};
	if (kh_content_set_parse((const char *)data, size, &set) < 0)
		return 0;
	kh_auto_free char *text = kh_content_set_text(&set);
	kh_assert(kh_content_set_parse(text, strlen(text), &again) == 0);
	kh_assert(kh_content_set_same(&set, &again));
	for (size_t i = 0; i < set.files.n; i++)
		kh_assert(kh_content_name_good(set.files.v[i].name));
	return 0;
}
