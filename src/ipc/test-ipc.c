#include "base/error.h"
#include "base/stop.h"
#include "base/test.h"
#include "ipc/ipc.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

struct pair {
	int near, far;
	struct kh_ipc_message got;
};

static struct pair make_pair(void)
{
	int socks[2] = {-1, -1};
	assert_int_equal(kh_ipc_pair(socks), 0);
	return (struct pair){socks[0], socks[1], KH_IPC_MESSAGE_INIT};
}

static void end_pair(struct pair *p)
{
	kh_ipc_message_done(&p->got);
	if (p->near >= 0)
		close(p->near);
	if (p->far >= 0)
		close(p->far);
}

static int open_fds(void)
{
	int n = 0;
	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static const struct kh_ipc_accept plain = {.timeout_ms = 1000, .max_len = KH_IPC_MAX_INLINE};
static const struct kh_ipc_accept with_fd = {.timeout_ms = 1000, .max_len = KH_IPC_MAX_INLINE, .with_fd = true};
static const struct kh_ipc_accept large = {.timeout_ms = 1000, .max_len = KH_IPC_MAX_SEALED};

/* What a peer that does not keep to the rules sends: any bytes, any descriptors. */
static void send_raw(int sock, const void *bytes, size_t n, const int *fds, size_t fd_count)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int) * 16)];
	} control = {0};
	struct iovec iov = {(void *)bytes, n};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	if (fd_count) {
		msg.msg_control = control.room;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
		*c = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int) * fd_count)};
		memcpy(CMSG_DATA(c), fds, sizeof(int) * fd_count);
	}
	assert_int_equal(sendmsg(sock, &msg, 0), n);
}

static void carries_messages(void **state)
{
	(void)state;
	struct pair p = make_pair();
	static char big[KH_IPC_MAX_INLINE];
	memset(big, 'x', sizeof big);
	const struct {
		uint16_t type;
		const void *payload;
		size_t len;
	} cases[] = {{1, "hello", 5}, {65535, NULL, 0}, {7, big, sizeof big}};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		assert_int_equal(kh_ipc_send(p.near, cases[i].type, cases[i].payload, cases[i].len, -1), 0);
		assert_int_equal(kh_ipc_recv(p.far, &plain, &p.got), 0);
		assert_int_equal(p.got.type, cases[i].type);
		assert_int_equal(p.got.len, cases[i].len);
		if (cases[i].len)
			assert_memory_equal(p.got.payload, cases[i].payload, cases[i].len);
		assert_int_equal(p.got.fd, -1);
	}
	end_pair(&p);
}

static void carries_a_descriptor(void **state)
{
	(void)state;
	struct pair p = make_pair();
	int before = open_fds();
	int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(kh_ipc_send(p.near, 1, "f", 1, file), 0);
	assert_int_equal(kh_ipc_send(p.near, 2, "g", 1, file), 0);
	assert_int_equal(kh_ipc_recv(p.far, &with_fd, &p.got), 0);
	assert_true(fcntl(p.got.fd, F_GETFD) & FD_CLOEXEC);
	int taken = kh_ipc_take_fd(&p.got);
	assert_true(taken >= 0);
	assert_int_equal(kh_ipc_take_fd(&p.got), -1);
	close(taken);
	assert_int_equal(kh_ipc_recv(p.far, &with_fd, &p.got), 0); /* not taken: closed with the message */
	kh_ipc_message_done(&p.got);
	close(file);
	assert_int_equal(open_fds(), before);
	end_pair(&p);
}

static void carries_large_payloads_sealed(void **state)
{
	(void)state;
	struct pair p = make_pair();
	size_t n = 3 * KH_MIB;
	char *big = malloc(n);
	memset(big, 'y', n);
	assert_int_equal(kh_ipc_send_large(p.near, 9, big, n), 0);
	assert_int_equal(kh_ipc_recv(p.far, &large, &p.got), 0);
	assert_int_equal(p.got.len, n);
	assert_memory_equal(p.got.payload, big, n);
	assert_int_equal(kh_ipc_send_large(p.near, 9, "small", 5), 0);
	assert_int_equal(kh_ipc_recv(p.far, &large, &p.got), 0);
	assert_int_equal(p.got.len, 5);

	assert_int_equal(kh_ipc_send_large(p.near, 9, big, n), 0);
	assert_int_equal(kh_ipc_recv(p.far, &plain, &p.got), KH_E_TOO_LARGE);
	assert_int_equal(kh_ipc_send(p.near, 9, big, n, -1), KH_E_TOO_LARGE);
	free(big);
	end_pair(&p);
}

static void says_when_the_peer_is_gone_or_silent(void **state)
{
	(void)state;
	struct pair p = make_pair();
	const struct kh_ipc_accept soon = {.timeout_ms = 10, .max_len = 10};
	assert_int_equal(kh_ipc_recv(p.far, &soon, &p.got), KH_E_TIMEOUT);
	close(p.near);
	assert_int_equal(kh_ipc_recv(p.far, &soon, &p.got), KH_E_WORKER_FAILED);
	assert_int_equal(kh_ipc_send(p.far, 1, "x", 1, -1), KH_E_WORKER_FAILED);
	p.near = -1;
	end_pair(&p);
}

/* Who is to stop waits for nobody, and what it would have waited for stays to be read. */
static void stops_waiting(void **state)
{
	(void)state;
	struct pair p = make_pair();
	const struct kh_ipc_accept long_wait = {.timeout_ms = 3600000, .max_len = 10};
	kh_stop_flag stop = true;
	kh_stop_by(&stop);
	assert_int_equal(kh_ipc_recv(p.far, &long_wait, &p.got), KH_E_STOPPED);
	kh_stop_by(NULL);
	assert_int_equal(kh_ipc_send(p.near, 1, "x", 1, -1), 0);
	assert_int_equal(kh_ipc_recv(p.far, &long_wait, &p.got), 0);
	end_pair(&p);
}

/* A peer that ends without having read all that was sent to it: what it said before still comes. */
static void hears_the_last_words(void **state)
{
	(void)state;
	struct pair p = make_pair();
	for (int i = 0; i < 3; i++)
		assert_int_equal(kh_ipc_send(p.far, 1, "unread", 6, -1), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(kh_ipc_send(p.near, 2, "words", 5, -1), 0);
	close(p.near);
	p.near = -1;
	for (int i = 0; i < 3; i++)
		assert_int_equal(kh_ipc_recv(p.far, &plain, &p.got), 0);
	assert_int_equal(kh_ipc_recv(p.far, &plain, &p.got), KH_E_WORKER_FAILED);
	end_pair(&p);
}

static void refuses_malformed_messages(void **state)
{
	(void)state;
	const struct {
		const char *bytes;
		size_t n;
		int error;
	} cases[] = {
		{"\1", 1, KH_E_SYNTAX},                                                    /* shorter than a header */
		{"\1\0\0\0\0\0\0", 7, KH_E_SYNTAX},
		{"\1\0\0\0\5\0\0\0abc", 11, KH_E_SYNTAX},                                  /* says 5, has 3 */
		{"\1\0\0\0\2\0\0\0abc", 11, KH_E_SYNTAX},                                  /* says 2, has 3 */
		{"\1\0\2\0\0\0\0\0", 8, KH_E_SYNTAX},                                      /* unknown flag */
		{"\1\0\1\0\5\0\0\0", 8, KH_E_SYNTAX},                                      /* sealed, without a memfd */
		{"\1\0\1\0\5\0\0\0abcde", 13, KH_E_SYNTAX},                                /* sealed, with bytes */
		{"\1\0\0\0\0\0\0\1", 8, KH_E_SYNTAX},                                      /* says 16 MiB */
		{"\1\0\0\0\x0b\0\0\0abcdefghijk", 19, KH_E_TOO_LARGE},                     /* one more than allowed */
		{"\1\0\0\0\x10\0\0\0abcdefghijklmnopqrstuvwxyzabcdefghijk", 45, KH_E_TOO_LARGE}, /* does not fit the buffer */
	};
	const struct kh_ipc_accept ten = {.timeout_ms = 1000, .max_len = 10};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct pair p = make_pair();
		send_raw(p.near, cases[i].bytes, cases[i].n, NULL, 0);
		assert_int_equal(kh_ipc_recv(p.far, &ten, &p.got), cases[i].error);
		assert_null(p.got.payload);
		end_pair(&p);
	}
}

static void refuses_descriptors_nobody_asked_for(void **state)
{
	(void)state;
	static const char message[] = "\1\0\0\0\0\0\0";
	for (size_t count = 1; count <= 16; count++) {
		struct pair p = make_pair();
		int file = open("/dev/null", O_RDONLY), fds[16];
		for (size_t i = 0; i < count; i++)
			fds[i] = file;
		int before = open_fds();
		send_raw(p.near, message, sizeof message, fds, count);
		assert_int_equal(kh_ipc_recv(p.far, count == 1 ? &plain : &with_fd, &p.got), KH_E_FORBIDDEN);
		assert_int_equal(open_fds(), before); /* all of them were closed, also those that did not fit */
		close(file);
		end_pair(&p);
	}
}

static int memfd_with(unsigned seals)
{
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_int_equal(write(fd, "payload", 7), 7);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static void refuses_payloads_that_can_change(void **state)
{
	(void)state;
	const unsigned all = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	const struct {
		unsigned seals;
		size_t len;
		int error;
	} cases[] = {
		{all, 7, 0},
		{all, 8, KH_E_SYNTAX}, /* longer than announced or shorter: neither */
		{all, 6, KH_E_SYNTAX},
		{all, 0, KH_E_SYNTAX},
		{all & ~F_SEAL_WRITE, 7, KH_E_SYNTAX},
		{all & ~F_SEAL_SHRINK, 7, KH_E_SYNTAX},
		{all & ~F_SEAL_GROW, 7, KH_E_SYNTAX},
		{all & ~F_SEAL_SEAL, 7, KH_E_SYNTAX},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct pair p = make_pair();
		int fd = memfd_with(cases[i].seals);
		assert_int_equal(kh_ipc_send_sealed(p.near, 1, fd, cases[i].len), 0);
		assert_int_equal(kh_ipc_recv(p.far, &large, &p.got), cases[i].error);
		close(fd);
		end_pair(&p);
	}
	struct pair p = make_pair();
	int file = open("/proc/self/exe", O_RDONLY); /* a file, not a memfd */
	assert_int_equal(kh_ipc_send_sealed(p.near, 1, file, 100), 0);
	assert_int_equal(kh_ipc_recv(p.far, &large, &p.got), KH_E_SYNTAX);
	close(file);
	end_pair(&p);
}

KH_TESTS(carries_messages, carries_a_descriptor, carries_large_payloads_sealed, says_when_the_peer_is_gone_or_silent, stops_waiting, hears_the_last_words,
	 refuses_malformed_messages, refuses_descriptors_nobody_asked_for, refuses_payloads_that_can_change)
