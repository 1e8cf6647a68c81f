#include "facts/format/pam.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int skip(void *arg, const char *file, enum kh_pam_type type)
{
	(void)arg;
	(void)file;
	(void)type;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	kh_auto_pam struct kh_pam_stack stack = {0};
	int64_t number = 0;
	kh_ignore(kh_pam_parse((const char *)data, size, KH_PAM_EVERY, &stack, skip, NULL));
	for (size_t i = 0; i < stack.n; i++)
		kh_pam_int(&stack.v[i], "minlen", &number);
	return 0;
}
