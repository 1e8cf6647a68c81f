#include "facts/format/rpmheader.h"

#include "base/alloc.h"
#include "base/attr.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kh_rpm_header header = {0};
	if (kh_rpm_header_parse(data, size, &header) == 0)
		kh_assert(strlen(header.name) < size && strlen(header.version) < size && strlen(header.release) < size);
	return 0;
}
