/* Any bytes as a PDF: what Poppler makes of them, and of the pictures in them. */
#include "document/read/fuzz_reading.h"
#include "document/read/scan/pdf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_reading(&kh_pdf_reader, data, size);
}
