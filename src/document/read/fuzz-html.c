/* Any bytes as a page of HTML. */
#include "document/read/fuzz_reading.h"
#include "document/read/html.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_reading(&kh_html_reader, data, size);
}
