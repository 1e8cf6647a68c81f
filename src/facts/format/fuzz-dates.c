#include "base/alloc.h"
#include "facts/format/dates.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool (*const parsers[])(const char *, int64_t *) = {kh_date_mail, kh_date_iso, kh_date_us, kh_date_compact};
	kh_auto_free char *text = kh_strndup((const char *)data, size);
	for (size_t i = 0; i < KH_COUNT(parsers); i++) {
		int64_t moment_s = 0;
		if (parsers[i](text, &moment_s))
			kh_assert(moment_s > -86400 && moment_s < INT64_C(253402473600)); /* the year 9999, and a zone */
	}
	return 0;
}
