/* Any bytes as sheets and as slides of OpenDocument: one file of XML, or a package. */
#include "document/read/fuzz_reading.h"
#include "document/read/office/odf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_reading(&kh_ods_reader, data, size);
	return fuzz_reading(&kh_odp_reader, data, size);
}
