/* For tests of TLS on loopback: an authority, certificates of every kind, and a bare TLS client that can misbehave. */
#pragma once

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "base/time.h"
#include "crypto/x509.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define TEST_UID "0c0ffee0-0000-4000-8000-000000000001"

struct identity {
	char *certificate, *key;
};

static inline void identity_done(struct identity *i)
{
	free(i->certificate);
	free(i->key);
}

static inline struct kh_ca *test_ca(void)
{
	struct kh_ca *ca = NULL;
	assert_int_equal(kh_ca_create("Khien test CA", kh_now_s(), &ca), 0);
	return ca;
}

/* Issued so many days ago for 30 days. */
static inline struct identity test_server_identity(const struct kh_ca *ca, const char *name, int days_ago)
{
	struct identity i = {0};
	const struct kh_server_names names = {&name, 1};
	assert_int_equal(kh_ca_issue_server(ca, &names, NULL, kh_now_s() - days_ago * KH_DAY_S, 30 * KH_DAY_S, &i.certificate, &i.key), 0);
	return i;
}

static inline struct identity test_client_identity(const struct kh_ca *ca, int days_ago)
{
	struct identity i = {0};
	kh_auto_free char *request = NULL;
	assert_int_equal(kh_x509_key_create(&i.key), 0);
	assert_int_equal(kh_x509_request(i.key, "test", &request), 0);
	assert_int_equal(kh_ca_issue_client(ca, request, TEST_UID, kh_now_s() - days_ago * KH_DAY_S, 30 * KH_DAY_S, &i.certificate, NULL), 0);
	return i;
}

/* ---- a bare client ---- */

struct bare {
	int fd;
	gnutls_session_t session;
	gnutls_certificate_credentials_t credentials;
};

static inline int connect_to(uint16_t port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	return fd;
}

/* GnuTLS's code of the handshake. Nothing is verified. */
static inline int bare_open(struct bare *b, uint16_t port, const char *priorities)
{
	b->fd = connect_to(port);
	gnutls_init(&b->session, GNUTLS_CLIENT);
	gnutls_certificate_allocate_credentials(&b->credentials);
	assert_int_equal(gnutls_priority_set_direct(b->session, priorities, NULL), 0);
	gnutls_credentials_set(b->session, GNUTLS_CRD_CERTIFICATE, b->credentials);
	gnutls_transport_set_int(b->session, b->fd);
	int rc = 0;
	do
		rc = gnutls_handshake(b->session);
	while (rc < 0 && !gnutls_error_is_fatal(rc));
	return rc;
}

static inline void bare_close(struct bare *b)
{
	gnutls_deinit(b->session);
	gnutls_certificate_free_credentials(b->credentials);
	close(b->fd);
}

static inline void bare_send(struct bare *b, const char *text)
{
	assert_int_equal(gnutls_record_send(b->session, text, strlen(text)), strlen(text));
}

/* The status of the next answer, whose headers and body come in one go; 0: the connection was closed. */
static inline int bare_status(struct bare *b)
{
	char reply[4096] = {0};
	ssize_t n = 0;
	do
		n = gnutls_record_recv(b->session, reply, sizeof reply - 1);
	while (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED);
	int status = 0;
	if (n > 0 && sscanf(reply, "HTTP/1.1 %d", &status) != 1)
		status = -1;
	return status;
}
