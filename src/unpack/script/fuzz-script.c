/* Any bytes as a script, and as RTF. */
#include "unpack/fuzz_reader.h"
#include "unpack/script/rtf.h"
#include "unpack/script/script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	(void)kh_script_looks(data, size);
	fuzz_reader(kh_rtf_read, data, size);
	return fuzz_reader(kh_script_read, data, size);
}
