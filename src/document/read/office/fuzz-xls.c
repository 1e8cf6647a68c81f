/* Any bytes as an XLS: a stream of records by itself, or an OLE2 file. */
#include "document/read/fuzz_reading.h"
#include "document/read/office/xls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_reading(&kh_xls_reader, data, size);
}
