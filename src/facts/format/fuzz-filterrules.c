#include "facts/format/filterrules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kh_filter_rules rules = {0};
	kh_ignore(kh_nft_parse((const char *)data, size, &rules, NULL, NULL));
	kh_iptables_parse((const char *)data, size, &rules);
	return 0;
}
