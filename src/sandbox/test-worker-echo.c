/* A worker for test-worker.c: does what the first byte of each message asks. */
#include "base/buf.h"
#include "ipc/ipc.h"
#include "sandbox/worker.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* What it was started with: arguments, open descriptors, session, environment. */
static void describe(struct kh_buf *b, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		kh_buf_addf(b, "arg=%s ", argv[i]);
	for (int fd = 0; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			kh_buf_addf(b, "fd=%d ", fd);
	kh_buf_addf(b, "leader=%d home=%s", getsid(0) == getpid(), getenv("HOME") ? "set" : "unset");
}

int main(int argc, char **argv)
{
	const struct kh_ipc_accept accept = {.timeout_ms = -1, .max_len = 16};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	while (kh_ipc_recv(KH_WORKER_SOCK, &accept, &m) == 0 && m.len == 1) {
		kh_auto_buf struct kh_buf answer = KH_BUF_INIT;
		if (m.payload[0] == 'd')
			describe(&answer, argc, argv);
		else if (m.payload[0] == 'a')
			abort();
		else if (m.payload[0] == 'h')
			pause();
		else
			_exit(m.payload[0] - '0');
		if (kh_ipc_send(KH_WORKER_SOCK, 1, answer.data, answer.len, -1) < 0)
			return 1;
	}
	return 0;
}
