/* For tests of scans: a worker that does what the first word of each file says (sandbox/test_bad_worker.h). */
#include "base/alloc.h"
#include "base/error.h"
#include "sandbox/test_bad_worker.h"
#include "scan/protocol.h"

#include <string.h>
#include <unistd.h>

static int send_ready(void)
{
	const struct kh_scan_ready ready = {.content = {.yara_rules = 1}};
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_scan_encode_ready(&ready, &b);
	return kh_ipc_send(KH_WORKER_SOCK, KH_SCAN_READY, b.data, b.len, -1);
}

static void send_reply(uint64_t id, int pass_fd)
{
	struct kh_scan_reply reply = {.id = id};
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_scan_encode_reply(&reply, &b);
	if (kh_ipc_send(KH_WORKER_SOCK, KH_SCAN_RESULT, b.data, b.len, pass_fd) < 0)
		_exit(9);
}

static int read_file(const struct kh_ipc_message *m, uint64_t *ret_id)
{
	struct kh_scan_file file = {0};
	int r = kh_scan_decode_file(m->payload, m->len, &file);
	kh_auto_free char *path = file.path;
	*ret_id = file.id;
	return r;
}

static int compile_nothing(void)
{
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	do
		if (bad_worker_receive(&m) < 0)
			return 1;
	while (m.type != KH_COMPILE_GO);
	return kh_ipc_send(KH_WORKER_SOCK, KH_COMPILE_DONE, NULL, 0, -1) < 0;
}

int main(int argc, char **argv)
{
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	if (argc > 1 && strcmp(argv[1], "compile") == 0)
		return compile_nothing();
	return bad_worker_receive(&m) < 0 ? 1 : bad_worker_serve(&(struct bad_worker){send_ready, send_reply, read_file, KH_SCAN_RESULT});
}
