/* A worker for test-worker.c: does what the first byte of each message asks. With the argument "nursery", its copies do. */
#include "base/buf.h"
#include "ipc/ipc.h"
#include "sandbox/nursery.h"
#include "sandbox/sandbox.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void list_descriptors(struct kh_buf *b)
{
	for (int fd = 0; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			kh_buf_addf(b, "fd=%d ", fd);
}

/* What it was started with: arguments, open descriptors, session, environment. */
static void describe(struct kh_buf *b, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		kh_buf_addf(b, "arg=%s ", argv[i]);
	list_descriptors(b);
	kh_buf_addf(b, "leader=%d home=%s", getsid(0) == getpid(), getenv("HOME") ? "set" : "unset");
}

static int be_a_nursery(void)
{
	static const int keep[] = {KH_WORKER_SOCK};
	const struct kh_sandbox_policy policy = {
		.profile = KH_SANDBOX_NURSERY, .keep_fds = keep, .keep_fds_count = 1, .change_user = true, .uid = KH_SANDBOX_NOBODY, .gid = KH_SANDBOX_NOBODY};
	int r = kh_sandbox_enter(&policy);
	return r < 0 ? r : kh_nursery_serve();
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "nursery") == 0 && be_a_nursery() < 0)
		_exit(1);
	const struct kh_ipc_accept accept = {.timeout_ms = -1, .max_len = 16};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	while (kh_ipc_recv(KH_WORKER_SOCK, &accept, &m) == 0 && m.len == 1) {
		kh_auto_buf struct kh_buf answer = KH_BUF_INIT;
		if (m.payload[0] == 'd')
			describe(&answer, argc, argv);
		else if (m.payload[0] == 'o')
			list_descriptors(&answer);
		else if (m.payload[0] == 'a')
			abort();
		else if (m.payload[0] == 'h')
			pause();
		else if (m.payload[0] == 'f')
			kh_ignore(fork());
		else
			_exit(m.payload[0] - '0');
		if (kh_ipc_send(KH_WORKER_SOCK, 1, answer.data, answer.len, -1) < 0)
			return 1;
	}
	return 0;
}
