/* Any bytes as a plain text. */
#include "document/read/fuzz_reading.h"
#include "document/read/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_reading(&kh_text_reader, data, size);
}
