#include "sandbox/test_bad_worker.h"

#include "base/error.h"
#include "sandbox/nursery.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int bad_worker_receive(struct kh_ipc_message *m)
{
	static const struct kh_ipc_accept any = {.timeout_ms = -1, .max_len = KH_IPC_MAX_INLINE, .with_fd = true};
	return kh_ipc_recv(KH_WORKER_SOCK, &any, m);
}

static void hang(void)
{
	poll(NULL, 0, -1); /* pause() would be a forbidden call */
}

static void misbehave(const struct bad_worker *w, const char *how, uint64_t id)
{
	if (strcmp(how, "crash") == 0)
		abort();
	else if (strcmp(how, "hang!") == 0)
		hang();
	else if (strcmp(how, "exit!") == 0)
		_exit(5);
	else if (strcmp(how, "noise") == 0)
		kh_ignore(kh_ipc_send(KH_WORKER_SOCK, w->result, "noise", 5, -1));
	else if (strcmp(how, "ready") == 0)
		kh_ignore(w->send_ready());
	else if (strcmp(how, "other") == 0)
		w->send_reply(id + 1, -1);
	else if (strcmp(how, "twice") == 0)
		w->send_reply(id, -1);
	else if (strcmp(how, "withf") == 0)
		w->send_reply(id, 0);
	else if (strcmp(how, "close") == 0)
		close(KH_WORKER_SOCK), hang();
	w->send_reply(id, -1);
}

int bad_worker_serve(const struct bad_worker *w)
{
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	if (w->send_ready() < 0 || kh_nursery_serve() < 0)
		return 1;
	while (bad_worker_receive(&m) == 0) {
		uint64_t id = 0;
		char how[6] = "";
		if (w->read_file(&m, &id) < 0 || pread(m.fd, how, 5, 0) < 0)
			return 1;
		misbehave(w, how, id);
	}
	return 0;
}
