/* Against a server of one connection that says what the case wants. */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "http/download.h"
#include "os/file.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

struct peer {
	int sock;
	const char *answer; /* %d: its own port */
	int port, connections;
	pthread_t thread;
};

static void *serve(void *arg)
{
	struct peer *p = arg;
	for (int i = 0; i < p->connections; i++) {
		char request[4096], answer[4096];
		kh_auto_fd int fd = accept(p->sock, NULL, NULL);
		if (fd < 0 || recv(fd, request, sizeof request, 0) <= 0)
			return NULL;
		int n = kh_starts_with(request, "GET /second") ? snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo")
							       : snprintf(answer, sizeof answer, p->answer, p->port);
		send(fd, answer, (size_t)n, MSG_NOSIGNAL);
		shutdown(fd, SHUT_WR);
	}
	return NULL;
}

static void start(struct peer *p, const char *answer, int connections)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof a;
	*p = (struct peer){.sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .answer = answer, .connections = connections};
	assert_int_equal(bind(p->sock, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(p->sock, 4), 0);
	assert_int_equal(getsockname(p->sock, (struct sockaddr *)&a, &n), 0);
	p->port = ntohs(a.sin_port);
	assert_int_equal(pthread_create(&p->thread, NULL, serve, p), 0);
}

static void stop(struct peer *p)
{
	shutdown(p->sock, SHUT_RDWR);
	pthread_join(p->thread, NULL);
	close(p->sock);
}

static void fetches_or_says_why_not(void **state)
{
	(void)state;
	static const struct {
		const char *answer;
		int connections, error;
		const char *body;
	} cases[] = {
		{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 1, 0, "hello"},
		{"HTTP/1.1 200 OK\r\n\r\nhello", 1, 0, "hello"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", 1, KH_E_UNREACHABLE, NULL}, /* cut short */
		{"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world", 1, KH_E_TOO_LARGE, NULL},
		{"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone", 1, KH_E_NOT_FOUND, NULL},
		{"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", 1, KH_E_UNREACHABLE, NULL},
		{"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%d/second\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", 2, 0, "two"},
		{"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n", 1, KH_E_UNREACHABLE, NULL},
		{"what?", 1, KH_E_UNREACHABLE, NULL},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct peer p;
		start(&p, cases[i].answer, cases[i].connections);
		kh_auto_fd int fd = memfd_create("fetched", MFD_CLOEXEC);
		kh_auto_buf struct kh_buf got = KH_BUF_INIT;
		kh_auto_free char *url = kh_format("http://127.0.0.1:%d/first", p.port);
		const struct kh_http_download d = {.url = url, .proxy = "", .max_bytes = 10};
		int r = kh_http_download(&d, fd);
		stop(&p);
		if (r != cases[i].error)
			fail_msg("case %zu: %d (%s)", i, r, kh_fail_detail());
		assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
		assert_int_equal(kh_file_read_fd(fd, "fetched", 100, &got), 0);
		if (cases[i].body)
			assert_string_equal(kh_buf_text(&got), cases[i].body);
	}
}

/* A piece is written where the descriptor stands, and only when the server says that it is one. */
static void fetches_a_piece(void **state)
{
	(void)state;
	static const struct {
		const char *answer;
		int error;
		const char *whole;
	} cases[] = {
		{"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 4-8/20\r\nContent-Length: 5\r\n\r\npiece", 0, "headpiece"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole", KH_E_NOT_SUPPORTED, "head"},
		{"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 4-6/7\r\nContent-Length: 3\r\n\r\npie", KH_E_UNREACHABLE, "headpie"},
		{"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 4-9/20\r\nContent-Length: 6\r\n\r\npieces", KH_E_TOO_LARGE, "head"},
		{"HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n\r\n", KH_E_UNREACHABLE, "head"},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct peer p;
		start(&p, cases[i].answer, 1);
		kh_auto_fd int fd = memfd_create("fetched", MFD_CLOEXEC);
		kh_auto_buf struct kh_buf got = KH_BUF_INIT;
		kh_auto_free char *url = kh_format("http://127.0.0.1:%d/first", p.port);
		const struct kh_http_download d = {.url = url, .proxy = "", .piece = true, .from = 4, .max_bytes = 5};
		assert_int_equal(write(fd, "head", 4), 4);
		int r = kh_http_download(&d, fd);
		stop(&p);
		if (r != cases[i].error)
			fail_msg("case %zu: %d (%s)", i, r, kh_fail_detail());
		assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
		assert_int_equal(kh_file_read_fd(fd, "fetched", 100, &got), 0);
		assert_string_equal(kh_buf_text(&got), cases[i].whole);
	}
}

static void says_when_nobody_is_there(void **state)
{
	(void)state;
	static const struct {
		const char *url;
		int error;
	} cases[] = {{"http://127.0.0.1:1/", KH_E_UNREACHABLE}, {"https://127.0.0.1:1/", KH_E_UNREACHABLE}, {"ftp://127.0.0.1/", KH_E_INVALID_FIELD}, {"file:///etc/passwd", KH_E_INVALID_FIELD}, {"", KH_E_INVALID_FIELD}};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		const struct kh_http_download d = {.url = cases[i].url, .proxy = "", .max_bytes = 10};
		assert_int_equal(kh_http_download(&d, -1), cases[i].error);
	}
}

KH_TESTS(fetches_or_says_why_not, fetches_a_piece, says_when_nobody_is_there)
