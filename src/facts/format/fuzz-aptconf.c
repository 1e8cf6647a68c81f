#include "facts/format/aptconf.h"

#include "base/alloc.h"
#include "base/attr.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	free(kh_apt_conf_get((const char *)data, size, "APT::Periodic::Enable"));
	return 0;
}
