#include "facts/format/productstate.h"

#include "base/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	bool on = false;
	int64_t end_s = 0;
	kh_ignore(kh_defender_realtime(text, size, &on));
	kh_ignore(kh_sophos_realtime(text, size, &on));
	kh_ignore(kh_avast_licence_end(text, size, &end_s));
	kh_ignore(kh_drweb_licence_end(text, size, &end_s));
	return 0;
}
