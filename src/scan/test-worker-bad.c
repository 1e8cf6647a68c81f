/* For tests of scans: a worker that does what the first word of each file says. Other files are clean. */
#include "base/alloc.h"
#include "base/error.h"
#include "ipc/ipc.h"
#include "sandbox/nursery.h"
#include "scan/protocol.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct kh_ipc_accept any = {.timeout_ms = -1, .max_len = KH_IPC_MAX_INLINE, .with_fd = true};

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
		kh_ignore(kh_ipc_send(KH_WORKER_SOCK, KH_SCAN_RESULT, "noise", 5, -1));
	else if (strcmp(how, "ready") == 0)
		kh_ignore(send_ready());
	else if (strcmp(how, "other") == 0)
		send_reply(id + 1, -1);
	else if (strcmp(how, "twice") == 0)
		send_reply(id, -1);
	else if (strcmp(how, "withf") == 0)
		send_reply(id, 0);
	else if (strcmp(how, "close") == 0)
		close(KH_WORKER_SOCK), hang();
	send_reply(id, -1);
}

static int compile_nothing(void)
{
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	do
		if (kh_ipc_recv(KH_WORKER_SOCK, &any, &m) < 0)
			return 1;
	while (m.type != KH_COMPILE_GO);
	return kh_ipc_send(KH_WORKER_SOCK, KH_COMPILE_DONE, NULL, 0, -1) < 0;
}

int main(int argc, char **argv)
{
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	if (argc > 1 && strcmp(argv[1], "compile") == 0)
		return compile_nothing();
	if (kh_ipc_recv(KH_WORKER_SOCK, &any, &m) < 0 || send_ready() < 0 || kh_nursery_serve() < 0)
		return 1;
	while (kh_ipc_recv(KH_WORKER_SOCK, &any, &m) == 0) {
		struct kh_scan_file file = {0};
		char how[6] = "";
		if (kh_scan_decode_file(m.payload, m.len, &file) < 0 || pread(m.fd, how, 5, 0) < 0)
			return 1;
		kh_auto_free char *path = file.path;
		misbehave(how, file.id);
	}
	return 0;
}
