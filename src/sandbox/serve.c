#include "sandbox/serve.h"

int kh_worker_receive(struct kh_ipc_message *m)
{
	const struct kh_ipc_accept accept = {.timeout_ms = -1, .max_len = KH_IPC_MAX_INLINE, .with_fd = true};
	return kh_ipc_recv(KH_WORKER_SOCK, &accept, m);
}

int kh_worker_serve(kh_worker_answer answer, void *context)
{
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	int r = 0;
	while (r == 0) {
		r = kh_worker_receive(&m);
		if (r == 0)
			r = answer(context, &m);
	}
	return r < 0 ? r : 0;
}
