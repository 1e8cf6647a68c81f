/* For tests of searches: a worker that does what the first word of each file says. In other files it finds nothing. */
#include "base/alloc.h"
#include "base/error.h"
#include "ipc/ipc.h"
#include "sandbox/nursery.h"
#include "search/protocol.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct kh_ipc_accept any = {.timeout_ms = -1, .max_len = KH_IPC_MAX_INLINE, .with_fd = true};

static int send_ready(void)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_search_encode_ready(&(struct kh_search_ready){0}, &b);
	return kh_ipc_send(KH_WORKER_SOCK, KH_SEARCH_READY, b.data, b.len, -1);
}

static void send_reply(uint64_t id, int pass_fd)
{
	const struct kh_search_reply reply = {.id = id, .report = {.format = KH_DOCUMENT_TEXT}};
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_search_encode_reply(&reply, &b);
	if (kh_ipc_send(KH_WORKER_SOCK, KH_SEARCH_RESULT, b.data, b.len, pass_fd) < 0)
		_exit(9);
}

static void hang(void)
{
	poll(NULL, 0, -1); /* pause() would be a forbidden call */
}

static void misbehave(const char *how, uint64_t id)
{
	if (strcmp(how, "crash") == 0)
		abort();
	else if (strcmp(how, "hang!") == 0)
		hang();
	else if (strcmp(how, "exit!") == 0)
		_exit(5);
	else if (strcmp(how, "noise") == 0)
		kh_ignore(kh_ipc_send(KH_WORKER_SOCK, KH_SEARCH_RESULT, "noise", 5, -1));
	else if (strcmp(how, "ready") == 0)
		kh_ignore(send_ready());
	else if (strcmp(how, "other") == 0)
		send_reply(id + 1, -1);
	else if (strcmp(how, "withf") == 0)
		send_reply(id, 0);
	else if (strcmp(how, "close") == 0)
		close(KH_WORKER_SOCK), hang();
	send_reply(id, -1);
}

int main(void)
{
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	do
		if (kh_ipc_recv(KH_WORKER_SOCK, &any, &m) < 0)
			return 1;
	while (m.type != KH_SEARCH_SETUP);
	if (send_ready() < 0 || kh_nursery_serve() < 0)
		return 1;
	while (kh_ipc_recv(KH_WORKER_SOCK, &any, &m) == 0) {
		uint64_t id = 0;
		char how[6] = "";
		if (kh_search_decode_file(m.payload, m.len, &id) < 0 || pread(m.fd, how, 5, 0) < 0)
			return 1;
		misbehave(how, id);
	}
	return 0;
}
