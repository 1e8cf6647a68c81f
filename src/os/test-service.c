#include "os/service.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "os/file.h"

#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A manager's socket: at a path, or by an abstract name when it begins with "@". */
static int listen_as_manager(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t n = strlen(name);
	memcpy(address.sun_path, name, n);
	if (*name == '@')
		address.sun_path[0] = '\0';
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)), 0);
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

static void expect_datagram(int fd, const char *expected)
{
	char text[64] = "";
	ssize_t n = recv(fd, text, sizeof text - 1, 0);
	assert_int_equal(n, strlen(expected));
	assert_string_equal(text, expected);
}

static void tells_the_manager(void **state)
{
	(void)state;
	kh_auto_free char *path = kh_format("/tmp/khien-notify-%d", (int)getpid()), *abstract = kh_format("@khien-notify-%d", (int)getpid());
	const char *const names[] = {path, abstract};
	for (size_t i = 0; i < KH_COUNT(names); i++) {
		kh_auto_fd int fd = listen_as_manager(names[i]);
		assert_int_equal(kh_service_ready(), 0);
		assert_int_equal(kh_service_stopping(), 0);
		expect_datagram(fd, "READY=1");
		expect_datagram(fd, "STOPPING=1");
	}
	unlink(path);
	assert_int_equal(kh_service_ready(), KH_E_UNREACHABLE); /* nobody has the abstract name any more */
}

static void needs_no_manager(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	assert_int_equal(kh_service_ready(), 0);
	setenv("NOTIFY_SOCKET", "", 1);
	assert_int_equal(kh_service_stopping(), 0);
}

static void refuses_other_addresses(void **state)
{
	(void)state;
	char longest[sizeof((struct sockaddr_un *)NULL)->sun_path + 1];
	memset(longest, '/', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	const char *const bad[] = {"relative/path", "vsock:2:1", longest};
	for (size_t i = 0; i < KH_COUNT(bad); i++) {
		setenv("NOTIFY_SOCKET", bad[i], 1);
		assert_int_equal(kh_service_ready(), KH_E_USAGE);
	}
}

KH_TESTS(tells_the_manager, needs_no_manager, refuses_other_addresses)
