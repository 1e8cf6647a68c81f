/* Any bytes as an OLE2 file, and as an OLE 1.0 object. */
#include "unpack/fuzz_reader.h"
#include "unpack/ole2/ole2.h"
#include "unpack/ole2/package.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_reader(kh_ole1_read, data, size);
	return fuzz_reader(kh_ole2_read, data, size);
}
