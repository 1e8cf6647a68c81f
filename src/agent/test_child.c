#include "agent/test_child.h"

#include "base/error.h"
#include "base/test.h"
#include "ipc/ipc.h"
#include "os/file.h"
#include "sandbox/worker.h"

struct test_child test_child = {.sock = -1};

int __wrap_kh_worker_spawn(const char *path, const char *const *args, struct kh_worker *ret_worker);
int __wrap_kh_worker_spawn(const char *path, const char *const *args, struct kh_worker *ret_worker)
{
	int socks[2] = {-1, -1};
	(void)path;
	assert_string_equal(args[1], test_child.task);
	test_child.spawned++;
	if (!test_child.can_spawn)
		return kh_fail(KH_E_PERMISSION, "no more processes");
	assert_int_equal(kh_ipc_pair(socks), 0);
	test_child_end();
	test_child.sock = socks[1];
	*ret_worker = (struct kh_worker){.pid = 0, .pidfd = -1, .sock = socks[0]};
	return 0;
}

void test_child_reset(const char *task, bool can_spawn)
{
	test_child_end();
	test_child = (struct test_child){.task = task, .can_spawn = can_spawn, .sock = -1};
}

void test_child_end(void)
{
	kh_fd_close(&test_child.sock);
}
