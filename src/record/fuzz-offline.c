#include "record/offline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	kh_auto_offline struct kh_offline o = {0};
	kh_ignore(kh_offline_read(data, size, &o));
	return 0;
}
