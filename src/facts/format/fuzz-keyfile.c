#include "facts/format/keyfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int form = KH_KEYFILE_INI; form <= KH_KEYFILE_WORDS; form++) {
		kh_auto_keyfile struct kh_keyfile k = {0};
		kh_ignore(kh_keyfile_parse((enum kh_keyfile_form)form, (const char *)data, size, &k));
		kh_keyfile_get(&k, NULL, "key");
	}
	return 0;
}
