#include "os/service.h"

#include "base/error.h"
#include "os/file.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static int tell(const char *state)
{
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t n = name ? strlen(name) : 0;
	if (n == 0)
		return 0;
	if (n >= sizeof address.sun_path || (*name != '/' && *name != '@'))
		return kh_fail(KH_E_USAGE, "NOTIFY_SOCKET: %s is no address of a socket", name);
	memcpy(address.sun_path, name, n);
	if (*name == '@')
		address.sun_path[0] = '\0';
	kh_auto_fd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	if (fd < 0 || sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address, size) < 0)
		return kh_fail_errno("%s", name);
	return 0;
}

int kh_service_ready(void)
{
	return tell("READY=1");
}

int kh_service_stopping(void)
{
	return tell("STOPPING=1");
}
