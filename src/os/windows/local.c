#include "os/local.h"

#include "base/error.h"

int kh_local_connect(const char *dir, const char *name, int *ret_fd)
{
	(void)ret_fd;
	return kh_fail(KH_E_NOT_SUPPORTED, "local sockets (%s/%s)", dir, name);
}
