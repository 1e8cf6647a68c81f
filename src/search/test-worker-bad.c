/* For tests of searches: a worker that does what the first word of each file says (sandbox/test_bad_worker.h). In other files it finds nothing. */
#include "base/alloc.h"
#include "base/error.h"
#include "sandbox/test_bad_worker.h"
#include "search/protocol.h"

#include <unistd.h>

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

static int read_file(const struct kh_ipc_message *m, uint64_t *ret_id)
{
	return kh_search_decode_file(m->payload, m->len, ret_id);
}

int main(void)
{
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	do
		if (bad_worker_receive(&m) < 0)
			return 1;
	while (m.type != KH_SEARCH_SETUP);
	return bad_worker_serve(&(struct bad_worker){send_ready, send_reply, read_file, KH_SEARCH_RESULT});
}
