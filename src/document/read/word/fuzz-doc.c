/* Any bytes as a document of this format. */
#include "document/read/fuzz_reading.h"
#include "document/read/word/doc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_reading(&kh_doc_reader, data, size);
}
