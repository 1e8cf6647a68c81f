#include "base/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	kh_auto_yaml struct kh_yaml *y = NULL;
	kh_ignore(kh_yaml_parse("fuzz", (const char *)data, size, &y));
	return 0;
}
