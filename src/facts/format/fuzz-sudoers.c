#include "facts/format/sudoers.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool nobody(void *arg, const char *who)
{
	(void)arg;
	(void)who;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	kh_auto_sudoers struct kh_sudoers sudoers = {0};
	kh_ignore(kh_sudoers_parse((const char *)data, size, &sudoers, NULL, NULL));
	kh_sudoers_any(&sudoers, nobody, NULL);
	return 0;
}
