#include "facts/format/debversion.h"

#include "base/alloc.h"
#include "base/attr.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	kh_auto_free char *text = kh_strndup((const char *)data, size);
	const char *half = text + strlen(text) / 2;
	kh_assert((kh_deb_version_compare(text, half) < 0) == (kh_deb_version_compare(half, text) > 0));
	return 0;
}
