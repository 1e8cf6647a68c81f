#include "facts/format/journal.h"

#include "base/alloc.h"
#include "base/attr.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t first = 0;
	kh_ignore(kh_journal_first(data, size, &first));
	return 0;
}
