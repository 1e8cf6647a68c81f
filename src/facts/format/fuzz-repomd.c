#include "facts/format/repomd.h"

#include "base/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t made_s = 0;
	kh_ignore(kh_repomd_made((const char *)data, size, &made_s));
	return 0;
}
