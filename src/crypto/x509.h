/* The server's own certificate authority, and both sides of a certificate's life (X.509 v3, RFC 5280, by GnuTLS). All keys are ECDSA P-256;
 * signatures SHA-256; serials 127 random bits. Certificates, requests (PKCS #10) and keys (PKCS #8, not encrypted) come and go as PEM text;
 * where they are kept, and that keys are 0600, is the caller's business.
 *
 * Validity begins a day before `now_s`: a machine whose clock is behind by hours must still accept what was issued a moment ago. Names are
 * checked here, because they end up in other programs' hands: a common name is 1…64 printable ASCII characters.
 *
 * Texts given back are freed by the caller. Failures inside GnuTLS are KH_E_CRYPTO, foreign text that is no PEM of the right kind is KH_E_SYNTAX. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KH_X509_MAX_PEM (64 * 1024)
#define KH_X509_NAME_SIZE 65   /* common name with the NUL */
#define KH_X509_SERIAL_SIZE 41 /* 20 bytes (RFC 5280's maximum) in hex, with the NUL */
#define KH_PIN_SIZE 44         /* with the NUL */

#define KH_CA_LIFETIME_S (INT64_C(10) * 365 * 86400)
#define KH_SERVER_LIFETIME_S (INT64_C(397) * 86400) /* what browsers still accept */

/* ---- the authority; may be used by several threads at once ---- */

struct kh_ca;

int kh_ca_create(const char *common_name, int64_t now_s, struct kh_ca **ret) KH_MUST_USE;
/* KH_E_CRYPTO when the key does not belong to the certificate, or the certificate is no authority's. */
int kh_ca_load(const char *certificate_pem, const char *key_pem, struct kh_ca **ret) KH_MUST_USE;
void kh_ca_free(struct kh_ca *ca);
KH_DEFINE_CLEANUP(ca, struct kh_ca *, kh_ca_free);
#define kh_auto_ca KH_CLEANUP(kh_cleanup_ca)

const char *kh_ca_certificate(const struct kh_ca *ca); /* lent */
int kh_ca_key(const struct kh_ca *ca, char **ret_key_pem) KH_MUST_USE;

/* What a server certificate is valid for. */
struct kh_server_names {
	const char *const *names; /* DNS names and IPv4/IPv6 addresses, in any order; the first is the common name as well */
	size_t n;
};

/* A server's certificate. key_pem NULL makes a new key; give the old one at renewal: agents with a wrong clock know the server by its key
 * (http/client.h). *ret_key_pem is the key used, in either case. */
int kh_ca_issue_server(const struct kh_ca *ca, const struct kh_server_names *names, const char *key_pem, int64_t now_s, int64_t lifetime_s,
		       char **ret_certificate_pem, char **ret_key_pem) KH_MUST_USE;

struct kh_certificate_info {
	char common_name[KH_X509_NAME_SIZE]; /* "" when it has none, or one that is longer */
	char serial[KH_X509_SERIAL_SIZE];    /* lower-case hex */
	int64_t not_before_s, not_after_s;
	bool authority;
	char pin[KH_PIN_SIZE]; /* of its public key: kh_x509_pin() */
};

/* A client's certificate for the key of the request. Of the request only the key is taken (its names are what the other side would like to
 * be): `uid` becomes the common name. KH_E_SYNTAX for a request that is none, KH_E_SIGNATURE_INVALID when it is not signed by its own key,
 * KH_E_NOT_SUPPORTED for another kind of key. ret_info may be NULL. */
int kh_ca_issue_client(const struct kh_ca *ca, const char *request_pem, const char *uid, int64_t now_s, int64_t lifetime_s,
		       char **ret_certificate_pem, struct kh_certificate_info *ret_info) KH_MUST_USE;

/* kh_x509_pin() of the key that a request asks a certificate for; errors as above. */
int kh_x509_request_pin(const char *request_pem, char ret_pin[KH_PIN_SIZE]) KH_MUST_USE;

/* ---- the other side ---- */

int kh_x509_key_create(char **ret_key_pem) KH_MUST_USE;

/* A certificate request for the key; the common name is only a hint for people who read it. */
int kh_x509_request(const char *key_pem, const char *common_name, char **ret_request_pem) KH_MUST_USE;

int kh_x509_info(const char *certificate_pem, struct kh_certificate_info *ret) KH_MUST_USE;
int kh_x509_info_der(const void *bytes, size_t n, struct kh_certificate_info *ret) KH_MUST_USE;

/* base64url of SHA-256 of the DER SubjectPublicKeyInfo: names a key for ever, whatever certificates are made for it. The pin of the
 * authority stands in enrolment links. */
int kh_x509_pin(const char *certificate_pem, char ret_pin[KH_PIN_SIZE]) KH_MUST_USE;

/* Does the key belong to the certificate? */
int kh_x509_matches(const char *certificate_pem, const char *key_pem, bool *ret_matches) KH_MUST_USE;
