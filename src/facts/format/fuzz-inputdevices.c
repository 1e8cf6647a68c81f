#include "base/array.h"
#include "facts/format/inputdevices.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kh_input_devices devices = {0};
	kh_ignore(kh_input_devices_parse((const char *)data, size, &devices));
	kh_array_done(&devices);
	return 0;
}
