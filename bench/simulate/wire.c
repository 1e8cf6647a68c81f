#include "wire.h"

#include "base/alloc.h"
#include "base/str.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static gnutls_priority_t priorities(void)
{
	static gnutls_priority_t cache;
	if (!cache)
		kh_assert(gnutls_priority_init(&cache, "NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-X25519:-CIPHER-ALL:+AES-128-GCM", NULL) == 0);
	return cache;
}

gnutls_certificate_credentials_t wire_credentials(const char *ca_pem, const char *certificate_pem, const char *key_pem)
{
	gnutls_certificate_credentials_t c = NULL;
	gnutls_datum_t ca = {(unsigned char *)(uintptr_t)ca_pem, (unsigned)strlen(ca_pem)};
	kh_assert(gnutls_certificate_allocate_credentials(&c) == 0);
	kh_assert(gnutls_certificate_set_x509_trust_mem(c, &ca, GNUTLS_X509_FMT_PEM) == 1);
	if (certificate_pem) {
		gnutls_datum_t certificate = {(unsigned char *)(uintptr_t)certificate_pem, (unsigned)strlen(certificate_pem)};
		gnutls_datum_t key = {(unsigned char *)(uintptr_t)key_pem, (unsigned)strlen(key_pem)};
		kh_assert(gnutls_certificate_set_x509_key_mem(c, &certificate, &key, GNUTLS_X509_FMT_PEM) == 0);
	}
	return c;
}

static void fail(struct wire *w, const char *error)
{
	w->state = WIRE_FAILED;
	w->error = error;
}

void wire_open(struct wire *w, const struct sockaddr_in *to, gnutls_certificate_credentials_t credentials)
{
	const int on = 1;
	*w = (struct wire){.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), .state = WIRE_WANTS_WRITE};
	if (w->fd < 0 || (connect(w->fd, (const struct sockaddr *)to, sizeof *to) < 0 && errno != EINPROGRESS)) {
		fail(w, strerror(errno));
		return;
	}
	setsockopt(w->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	kh_assert(gnutls_init(&w->session, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) == 0);
	kh_assert(gnutls_priority_set(w->session, priorities()) == 0);
	kh_assert(gnutls_credentials_set(w->session, GNUTLS_CRD_CERTIFICATE, credentials) == 0);
	gnutls_session_set_verify_cert(w->session, NULL, 0);
	gnutls_transport_set_int(w->session, w->fd);
}

void wire_close(struct wire *w)
{
	if (w->session)
		gnutls_deinit(w->session);
	if (w->fd >= 0)
		close(w->fd);
	kh_buf_done(&w->head);
	kh_buf_done(&w->reply);
	*w = (struct wire){.fd = -1};
}

void wire_request(struct wire *w, const char *method, const char *path, const char *more, const void *body, size_t body_n)
{
	kh_buf_reset(&w->head);
	kh_buf_reset(&w->reply);
	kh_buf_addf(&w->head, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: khien-simulate\r\n%sContent-Length: %zu\r\n\r\n", method, path, more, body_n);
	w->body = body;
	w->body_n = body_n;
	w->sent = w->body_at = 0;
	w->status = 0;
	w->state = WIRE_WANTS_WRITE;
}

/* True: done, or there is more to do at once. False: has to wait, or failed. */
static bool settled(struct wire *w, ssize_t rc)
{
	if (rc >= 0)
		return true;
	if (gnutls_error_is_fatal((int)rc))
		fail(w, gnutls_strerror((int)rc));
	else
		w->state = gnutls_record_get_direction(w->session) ? WIRE_WANTS_WRITE : WIRE_WANTS_READ;
	return false;
}

static bool shake_hands(struct wire *w)
{
	if (w->connected)
		return true;
	w->connected = settled(w, gnutls_handshake(w->session));
	return w->connected;
}

static bool send_request(struct wire *w)
{
	size_t whole = w->head.len + w->body_n;
	while (w->sent < whole) {
		bool in_head = w->sent < w->head.len;
		const char *from = in_head ? w->head.data + w->sent : w->body + (w->sent - w->head.len);
		ssize_t n = gnutls_record_send(w->session, from, in_head ? w->head.len - w->sent : whole - w->sent);
		if (!settled(w, n))
			return false;
		w->sent += (size_t)n;
	}
	return true;
}

/* The whole reply is here. */
static bool complete(struct wire *w)
{
	const char *text = kh_buf_text(&w->reply), *end = strstr(text, "\r\n\r\n"), *length = kh_find_nocase(text, "Content-Length:");
	if (!end)
		return false;
	w->body_at = (size_t)(end - text) + 4;
	w->status = (int)strtol(text + sizeof "HTTP/1.1", NULL, 10);
	return w->reply.len - w->body_at >= (length ? strtoul(length + sizeof "Content-Length:" - 1, NULL, 10) : 0);
}

static void receive(struct wire *w)
{
	char bytes[4096];
	while (!complete(w)) {
		ssize_t n = gnutls_record_recv(w->session, bytes, sizeof bytes);
		if (!settled(w, n))
			return;
		if (n == 0) {
			fail(w, "the server closed the connection");
			return;
		}
		kh_buf_add(&w->reply, bytes, (size_t)n);
	}
	w->state = WIRE_IDLE;
}

void wire_step(struct wire *w)
{
	if (w->state != WIRE_WANTS_READ && w->state != WIRE_WANTS_WRITE)
		return;
	if (!shake_hands(w))
		return;
	if (!w->head.len)
		w->state = WIRE_IDLE;
	else if (send_request(w))
		receive(w);
}

void wire_finish(struct wire *w)
{
	for (wire_step(w); w->state == WIRE_WANTS_READ || w->state == WIRE_WANTS_WRITE; wire_step(w)) {
		struct pollfd p = {.fd = w->fd, .events = w->state == WIRE_WANTS_READ ? POLLIN : POLLOUT};
		poll(&p, 1, -1);
	}
}

const char *wire_reply_body(const struct wire *w)
{
	return kh_buf_text(&w->reply) + w->body_at;
}
