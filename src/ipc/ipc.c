#include "ipc/ipc.h"

#include "base/alloc.h"
#include "base/cursor.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/stop.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEADER_SIZE = 8, FLAG_SEALED = 1 };

/* Room for more than the one descriptor we accept: a second one must arrive to be seen, refused and closed. */
enum { FDS_SEEN = 4 };

#define ALL_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int) * FDS_SEEN)];
};

static int peer_closed(void)
{
	return kh_fail(KH_E_WORKER_FAILED, "the process at the other end closed the connection");
}

int kh_ipc_pair(int ret_socks[2])
{
	int socks[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) < 0)
		return kh_fail_errno("socketpair");
	ret_socks[0] = socks[0];
	ret_socks[1] = socks[1];
	return 0;
}

#define LOOK_MS 200 /* so often a thread that waits looks whether it is to stop */

static int wait_for(int sock, short events, int timeout_ms)
{
	struct pollfd p = {.fd = sock, .events = events};
	int left_ms = timeout_ms, n = 0;
	do {
		int slice_ms = kh_stop_flag_of_thread() ? KH_MIN(left_ms, LOOK_MS) : left_ms, r = kh_stop_check();
		if (r < 0)
			return r;
		n = poll(&p, 1, slice_ms);
		left_ms -= n == 0 ? slice_ms : 0;
	} while (n == 0 ? left_ms > 0 : n < 0 && errno == EINTR);
	if (n < 0)
		return kh_fail_errno("poll");
	return n ? 0 : kh_fail(KH_E_TIMEOUT, "the process at the other end did not answer within %d ms", timeout_ms);
}

/* ---- sending ---- */

static void put_header(uint8_t h[HEADER_SIZE], uint16_t type, uint16_t flags, size_t len)
{
	uint64_t v = type | (uint64_t)flags << 16 | (uint64_t)len << 32;
	for (size_t i = 0; i < HEADER_SIZE; i++)
		h[i] = (uint8_t)(v >> (8 * i));
}

static void attach(struct msghdr *msg, union control *control, int fd)
{
	msg->msg_control = control->bytes;
	msg->msg_controllen = CMSG_SPACE(sizeof fd);
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(c), &fd, sizeof fd);
}

static int send_message(int sock, const struct msghdr *msg)
{
	while (sendmsg(sock, msg, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
		if (errno == EPIPE || errno == ECONNRESET)
			return peer_closed();
		if (errno != EAGAIN && errno != EINTR)
			return kh_fail_errno("sendmsg");
		if (errno == EAGAIN) {
			int r = wait_for(sock, POLLOUT, KH_IPC_SEND_TIMEOUT_MS);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int send_framed(int sock, uint16_t type, uint16_t flags, const void *payload, size_t inline_len, size_t len, int fd)
{
	uint8_t header[HEADER_SIZE];
	put_header(header, type, flags, len);
	union control control = {0};
	struct iovec iov[] = {{header, sizeof header}, {(void *)payload, inline_len}};
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = inline_len ? 2 : 1};
	if (fd >= 0)
		attach(&msg, &control, fd);
	return send_message(sock, &msg);
}

int kh_ipc_send(int sock, uint16_t type, const void *payload, size_t len, int pass_fd)
{
	if (len > KH_IPC_MAX_INLINE)
		return kh_fail(KH_E_TOO_LARGE, "a message of %zu bytes; at most %lu fit", len, KH_IPC_MAX_INLINE);
	return send_framed(sock, type, 0, payload, len, len, pass_fd);
}

int kh_ipc_seal(const void *bytes, size_t len, int *ret_memfd)
{
	if (len > KH_IPC_MAX_SEALED)
		return kh_fail(KH_E_TOO_LARGE, "a message of %zu bytes; at most %lu are sent", len, KH_IPC_MAX_SEALED);
	int fd = memfd_create("khien-message", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return kh_fail_errno("memfd_create");
	int r = kh_file_write_fd(fd, kh_words("writing to a memfd"), bytes, len);
	if (r == 0 && fcntl(fd, F_ADD_SEALS, ALL_SEALS) < 0)
		r = kh_fail_errno("sealing a memfd");
	if (r < 0) {
		close(fd);
		return r;
	}
	*ret_memfd = fd;
	return 0;
}

int kh_ipc_send_sealed(int sock, uint16_t type, int memfd, size_t len)
{
	if (len > KH_IPC_MAX_SEALED)
		return kh_fail(KH_E_TOO_LARGE, "a message of %zu bytes; at most %lu are sent", len, KH_IPC_MAX_SEALED);
	return send_framed(sock, type, FLAG_SEALED, NULL, 0, len, memfd);
}

int kh_ipc_send_large(int sock, uint16_t type, const void *payload, size_t len)
{
	if (len <= KH_IPC_MAX_INLINE)
		return kh_ipc_send(sock, type, payload, len, -1);
	int memfd = -1;
	int r = kh_ipc_seal(payload, len, &memfd);
	if (r < 0)
		return r;
	r = kh_ipc_send_sealed(sock, type, memfd, len);
	close(memfd);
	return r;
}

/* ---- receiving ---- */

static void release_held(struct kh_ipc_message *m)
{
	if (m->fd >= 0)
		close(m->fd);
	if (m->mapped)
		munmap(m->mapped, m->len);
	m->fd = -1;
	m->mapped = NULL;
	m->payload = NULL;
	m->len = 0;
}

void kh_ipc_message_done(struct kh_ipc_message *m)
{
	release_held(m);
	free(m->buffer);
	*m = (struct kh_ipc_message)KH_IPC_MESSAGE_INIT;
}

int kh_ipc_take_fd(struct kh_ipc_message *m)
{
	int fd = m->fd;
	m->fd = -1;
	return fd;
}

static void make_room(struct kh_ipc_message *m, size_t max_len)
{
	size_t need = HEADER_SIZE + KH_MIN(max_len, (size_t)KH_IPC_MAX_INLINE);
	if (m->buffer_size >= need)
		return;
	free(m->buffer);
	m->buffer = kh_alloc(need);
	m->buffer_size = need;
}

/* Takes every descriptor out of the control data: the first goes to the message, the others are closed. Returns how many there were. */
static size_t collect_fds(struct msghdr *msg, struct kh_ipc_message *m)
{
	size_t count = 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++, count++) {
			int fd = -1;
			memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
			if (m->fd < 0)
				m->fd = fd;
			else
				close(fd);
		}
	}
	return count;
}

static int receive_bytes(int sock, struct kh_ipc_message *m, size_t *ret_len)
{
	union control control = {0};
	struct iovec iov = {m->buffer, m->buffer_size};
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
	ssize_t n = 0;
	do /* ECONNRESET comes once, when the peer ended with messages unread; what it had sent before is still there */
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n < 0)
		return kh_fail_errno("recvmsg");
	if (n == 0)
		return peer_closed();
	size_t fds = collect_fds(&msg, m);
	if ((msg.msg_flags & MSG_CTRUNC) || fds > 1)
		return kh_fail(KH_E_FORBIDDEN, "a message came with more than one descriptor");
	if (msg.msg_flags & MSG_TRUNC)
		return kh_fail(KH_E_TOO_LARGE, "a message larger than %zu bytes came", m->buffer_size);
	*ret_len = (size_t)n;
	return 0;
}

/* The payload is what the sealed memfd holds, mapped read-only. */
static int map_sealed(struct kh_ipc_message *m, size_t len)
{
	if (m->fd < 0)
		return kh_fail(KH_E_SYNTAX, "a message without the descriptor that should hold its payload");
	int seals = fcntl(m->fd, F_GET_SEALS);
	if (seals < 0 || (seals & ALL_SEALS) != ALL_SEALS)
		return kh_fail(KH_E_SYNTAX, "the payload of a message is not sealed");
	off_t size = lseek(m->fd, 0, SEEK_END); /* not fstat: the C library may turn it into a call on a path, which workers may not make */
	if (size < 0 || (size_t)size != len || len == 0)
		return kh_fail(KH_E_SYNTAX, "the payload of a message has not the size that was announced");
	void *p = mmap(NULL, len, PROT_READ, MAP_PRIVATE, m->fd, 0);
	if (p == MAP_FAILED)
		return kh_fail_errno("mapping a message");
	close(kh_ipc_take_fd(m));
	m->mapped = p;
	m->payload = p;
	m->len = len;
	return 0;
}

static int read_message(struct kh_ipc_message *m, size_t received, const struct kh_ipc_accept *accept)
{
	struct kh_cursor c = kh_cursor_of(m->buffer, received);
	uint16_t flags = 0;
	uint32_t len = 0;
	if (!kh_cursor_u16le(&c, &m->type) || !kh_cursor_u16le(&c, &flags) || !kh_cursor_u32le(&c, &len) || (flags & ~FLAG_SEALED))
		return kh_fail(KH_E_SYNTAX, "a message with a wrong header came");
	bool sealed = flags & FLAG_SEALED;
	if (kh_cursor_left(&c) != (sealed ? 0 : len))
		return kh_fail(KH_E_SYNTAX, "a message says %u bytes and has %zu", len, kh_cursor_left(&c));
	if (len > accept->max_len)
		return kh_fail(KH_E_TOO_LARGE, "a message of %u bytes came; at most %zu are read here", len, accept->max_len);
	if (m->fd >= 0 && !sealed && !accept->with_fd)
		return kh_fail(KH_E_FORBIDDEN, "a descriptor came that nobody asked for");
	if (sealed)
		return map_sealed(m, len);
	m->payload = c.at;
	m->len = len;
	return 0;
}

int kh_ipc_recv(int sock, const struct kh_ipc_accept *accept, struct kh_ipc_message *m)
{
	release_held(m);
	make_room(m, accept->max_len);
	size_t received = 0;
	int r = accept->timeout_ms < 0 ? 0 : wait_for(sock, POLLIN, accept->timeout_ms);
	if (r == 0)
		r = receive_bytes(sock, m, &received);
	if (r == 0)
		r = read_message(m, received, accept);
	if (r < 0)
		release_held(m);
	return r;
}
