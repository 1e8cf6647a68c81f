/* One agent's connection as the simulator drives it: TLS 1.3 with the endpoint's certificate, HTTP/1.1, kept alive, never blocking. The simulator shares its
 * machine with the server it measures, so this is as thin as it can be: no library between it and GnuTLS. */
#pragma once

#include "base/buf.h"

#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wire_state {
	WIRE_CLOSED,
	WIRE_WANTS_READ,  /* handshaking, sending or waiting for the reply: wire_step() when the socket can be read… */
	WIRE_WANTS_WRITE, /* …or written */
	WIRE_IDLE,        /* connected; or a reply is here */
	WIRE_FAILED,
};

struct wire {
	int fd;
	enum wire_state state;
	gnutls_session_t session;
	bool connected; /* the handshake is done */
	const char *error;

	struct kh_buf head; /* of the request under way */
	const char *body;   /* lent */
	size_t body_n, sent;

	struct kh_buf reply; /* head and body */
	size_t body_at;      /* in reply; 0: the head is not complete */
	int status;
};

/* Whom to believe (PEM) and, unless certificate is NULL, who one is. Freed by gnutls_certificate_free_credentials(). */
gnutls_certificate_credentials_t wire_credentials(const char *ca_pem, const char *certificate_pem, const char *key_pem);

/* Begins to connect and to shake hands. */
void wire_open(struct wire *w, const struct sockaddr_in *to, gnutls_certificate_credentials_t credentials);
void wire_close(struct wire *w);

/* Begins a request; the wire is WIRE_IDLE. `more` are header lines, each with its end, or "". The body is lent until the reply is here. */
void wire_request(struct wire *w, const char *method, const char *path, const char *more, const void *body, size_t body_n);

/* Goes on as far as it can. */
void wire_step(struct wire *w);

/* Steps and waits until it is idle or has failed. */
void wire_finish(struct wire *w);

const char *wire_reply_body(const struct wire *w);
