#include "os/local.h"

#include "base/error.h"
#include "os/file.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

int kh_local_connect(const char *dir, const char *name, int *ret_fd)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	kh_auto_fd int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int n = snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", dir, name);
	if (n < 0 || (size_t)n >= sizeof address.sun_path)
		return kh_fail(KH_E_INVALID_FIELD, "%s is too long for a socket", dir);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
		return kh_fail_errno("%s", address.sun_path);
	*ret_fd = fd;
	fd = -1;
	return 0;
}
