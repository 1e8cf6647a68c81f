/* Any message a peer can send: the first byte says how many descriptors come along (bits 0-2), of what kind (bit 3: a sealed memfd) and
 * whether one is expected (bit 4). */
#include "ipc/ipc.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void send_raw(int sock, const uint8_t *bytes, size_t n, int fd, size_t fd_count)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int) * 8)];
	} control = {0};
	struct iovec iov = {(void *)bytes, n};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	if (fd_count) {
		msg.msg_control = control.room;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
		*c = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int) * fd_count)};
		for (size_t i = 0; i < fd_count; i++)
			memcpy(CMSG_DATA(c) + i * sizeof fd, &fd, sizeof fd);
	}
	ssize_t sent = sendmsg(sock, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)sent;
}

/* Reads every byte that the message claims to have. */
static unsigned sum(const struct kh_ipc_message *m)
{
	unsigned total = 0;
	for (size_t i = 0; i < m->len; i++)
		total += m->payload[i];
	return total;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int socks[2] = {-1, -1}, sealed = -1;
	if (size < 1 || size > KH_IPC_MAX_INLINE || kh_ipc_pair(socks) < 0)
		return 0;
	if (kh_ipc_seal("sealed payload", 14, &sealed) < 0)
		return 0;
	send_raw(socks[0], data + 1, size - 1, data[0] & 8 ? sealed : socks[0], data[0] & 7);
	const struct kh_ipc_accept accept = {.timeout_ms = 0, .max_len = 4096, .with_fd = data[0] & 16};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	volatile unsigned seen = 0;
	if (kh_ipc_recv(socks[1], &accept, &m) == 0)
		seen = sum(&m);
	(void)seen;
	close(sealed);
	close(socks[0]);
	close(socks[1]);
	return 0;
}
