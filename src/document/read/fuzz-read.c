/* Any bytes as a file: what they are, their reader, and the documents inside each by its own reader. */
#include "document/read/fuzz_reading.h"
#include "document/read/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t sum = 0;
	const struct kh_document_options options = {.limits = &fuzz_limits, .ocr = KH_OCR_NEVER};
	const struct kh_document_sink sink = {&sum, fuzz_on_begin, fuzz_on_line, fuzz_on_end, fuzz_on_gap, fuzz_enough};
	kh_ignore(kh_document_read(&options, data, size, &sink));
	return 0;
}
