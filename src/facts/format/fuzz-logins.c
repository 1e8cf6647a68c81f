#include "base/alloc.h"
#include "facts/format/logins.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(void *arg, const char *user, int64_t login_s)
{
	(void)arg;
	kh_assert(*user && login_s > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	kh_wtmp_each(data, size, 1800000000, take, NULL);
	return 0;
}
