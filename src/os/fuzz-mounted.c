/* The list of mounts: what is taken is a path, and questions about it have answers. */
#include "base/alloc.h"
#include "base/array.h"
#include "os/mounted.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	kh_auto_mounted struct kh_mounted_list mounts = {0};
	kh_assert(kh_mounted_parse((const char *)data, size, &mounts) == 0);
	kh_assert(mounts.n <= KH_MAX_MOUNTS);
	kh_array_each(&mounts, m) {
		kh_assert(m->path[0] == '/' && strlen(m->path) <= size && m->id >= 0);
		kh_assert(!kh_mounted_is_remote(m) || m->type[0]);
		kh_assert(!kh_mounted_is_removable("/nowhere", m));
	}
	return 0;
}
