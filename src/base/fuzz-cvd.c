#include "base/cvd.h"

#include "base/alloc.h"
#include "base/attr.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kh_cvd cvd = {0};
	kh_ignore(kh_cvd_parse((const char *)data, size, &cvd));
	return 0;
}
