/* For tests of scans: in the place of khien-clamav-worker, does what the first word of each file says. In other files it finds "Found". */
#include "base/alloc.h"
#include "base/error.h"
#include "ipc/ipc.h"
#include "malware/clamav/protocol.h"
#include "sandbox/worker.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct kh_ipc_accept any = {.timeout_ms = -1, .max_len = KH_IPC_MAX_INLINE, .with_fd = true};

static int send_ready(void)
{
	static const struct kh_clamav_ready ready = {.version = "1"};
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_clamav_encode_ready(&ready, &b);
	return kh_ipc_send(KH_WORKER_SOCK, KH_CLAMAV_READY, b.data, b.len, -1);
}

static void send_result(uint64_t id, bool scanned, const char *name)
{
	struct kh_clamav_result result = {.id = id, .scanned = scanned, .words = "so it is"};
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	snprintf(result.answer.name, sizeof result.answer.name, "%s", name);
	result.answer.limited = strcmp(name, "Limited") == 0;
	kh_clamav_encode_result(&result, &b);
	if (kh_ipc_send(KH_WORKER_SOCK, KH_CLAMAV_RESULT, b.data, b.len, -1) < 0)
		_exit(9);
}

static void answer(const char *how, uint64_t id)
{
	if (strcmp(how, "crash") == 0)
		abort();
	else if (strcmp(how, "hang!") == 0)
		poll(NULL, 0, -1);
	else if (strcmp(how, "exit!") == 0)
		_exit(5);
	else if (strcmp(how, "noise") == 0)
		kh_ignore(kh_ipc_send(KH_WORKER_SOCK, KH_CLAMAV_RESULT, "noise", 5, -1));
	else if (strcmp(how, "ready") == 0)
		kh_ignore(send_ready());
	else if (strcmp(how, "other") == 0)
		send_result(id + 1, true, "");
	else if (strcmp(how, "esc!!") == 0)
		send_result(id, true, "\x1b[31m");
	else if (strcmp(how, "error") == 0)
		send_result(id, false, "");
	else if (strcmp(how, "limit") == 0)
		send_result(id, true, "Limited");
	else
		send_result(id, true, "Found");
}

int main(void)
{
	static struct kh_clamav_file file;
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	struct kh_clamav_setup setup;
	if (kh_ipc_recv(KH_WORKER_SOCK, &any, &m) < 0 || kh_clamav_decode_setup(m.payload, m.len, &setup) < 0 || send_ready() < 0)
		return 1;
	while (kh_ipc_recv(KH_WORKER_SOCK, &any, &m) == 0) {
		char how[6] = "";
		if (kh_clamav_decode_file(m.payload, m.len, &file) < 0 || pread(m.fd, how, 5, 0) < 0)
			return 1;
		answer(how, file.id);
	}
	return 0;
}
