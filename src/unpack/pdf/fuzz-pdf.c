/* Any bytes as a PDF. */
#include "unpack/fuzz_reader.h"
#include "unpack/pdf/pdf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_reader(kh_pdf_read, data, size);
}
