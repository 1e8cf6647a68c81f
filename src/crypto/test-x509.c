#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "crypto/x509.h"

#include <gnutls/x509.h>

enum { NOW = 1763700000 };

static struct kh_ca *new_ca(void)
{
	struct kh_ca *ca = NULL;
	assert_int_equal(kh_ca_create("Khien CA test", NOW, &ca), 0);
	return ca;
}

static gnutls_x509_crt_t parsed(const char *pem)
{
	gnutls_datum_t d = {(unsigned char *)(uintptr_t)pem, (unsigned)strlen(pem)};
	gnutls_x509_crt_t crt = NULL;
	assert_int_equal(gnutls_x509_crt_init(&crt), 0);
	assert_int_equal(gnutls_x509_crt_import(crt, &d, GNUTLS_X509_FMT_PEM), 0);
	return crt;
}

/* Verified as a peer would: chain, purpose, name. 0 when good, else GnuTLS's status bits. Times of the tests lie in the past or future. */
static unsigned verified(const char *pem, const char *authority_pem, const char *purpose, const char *name)
{
	gnutls_x509_trust_list_t list = NULL;
	gnutls_x509_crt_t crt = parsed(pem), authority = parsed(authority_pem);
	gnutls_typed_vdata_st wanted[2] = {{GNUTLS_DT_KEY_PURPOSE_OID, (void *)(uintptr_t)purpose, 0}};
	unsigned n = 1, status = 0;
	if (name)
		wanted[n++] = (gnutls_typed_vdata_st){GNUTLS_DT_DNS_HOSTNAME, (void *)(uintptr_t)name, 0};
	gnutls_x509_trust_list_init(&list, 0);
	gnutls_x509_trust_list_add_cas(list, &authority, 1, 0);
	assert_int_equal(gnutls_x509_trust_list_verify_crt2(list, &crt, 1, wanted, n, GNUTLS_VERIFY_DISABLE_TIME_CHECKS, &status, NULL), 0);
	gnutls_x509_trust_list_deinit(list, 1);
	gnutls_x509_crt_deinit(crt);
	return status;
}

static void creates_and_loads_an_authority(void **state)
{
	(void)state;
	kh_auto_ca struct kh_ca *ca = new_ca(), *again = NULL;
	kh_auto_free char *key = NULL;
	struct kh_certificate_info info;
	assert_int_equal(kh_x509_info(kh_ca_certificate(ca), &info), 0);
	assert_string_equal(info.common_name, "Khien CA test");
	assert_true(info.authority);
	assert_int_equal(info.not_before_s, NOW - 86400);
	assert_int_equal(info.not_after_s, NOW + KH_CA_LIFETIME_S);
	assert_int_equal(strlen(info.serial), 32);
	assert_int_equal(strlen(info.pin), KH_PIN_SIZE - 1);

	assert_int_equal(kh_ca_key(ca, &key), 0);
	assert_true(kh_starts_with(key, "-----BEGIN PRIVATE KEY-----"));
	assert_int_equal(kh_ca_load(kh_ca_certificate(ca), key, &again), 0);
	assert_string_equal(kh_ca_certificate(again), kh_ca_certificate(ca));
}

static void refuses_what_is_no_authority(void **state)
{
	(void)state;
	kh_auto_ca struct kh_ca *ca = new_ca(), *other = new_ca(), *none = NULL;
	kh_auto_free char *key = NULL, *other_key = NULL, *leaf = NULL, *leaf_key = NULL;
	assert_int_equal(kh_ca_key(ca, &key), 0);
	assert_int_equal(kh_ca_key(other, &other_key), 0);
	assert_int_equal(kh_ca_load(kh_ca_certificate(ca), other_key, &none), KH_E_CRYPTO);
	assert_int_equal(kh_ca_load("nonsense", key, &none), KH_E_SYNTAX);
	assert_int_equal(kh_ca_load(kh_ca_certificate(ca), kh_ca_certificate(ca), &none), KH_E_SYNTAX);
	const char *names[] = {"localhost"};
	assert_int_equal(kh_ca_issue_server(ca, &(struct kh_server_names){names, 1}, NULL, NOW, 86400, &leaf, &leaf_key), 0);
	assert_int_equal(kh_ca_load(leaf, leaf_key, &none), KH_E_CRYPTO);
	assert_int_equal(kh_ca_create("", NOW, &none), KH_E_INVALID_FIELD);
	assert_int_equal(kh_ca_create("a\nb", NOW, &none), KH_E_INVALID_FIELD);
	assert_int_equal(kh_ca_create("a name of more than sixty-four characters, which X.520 does not allow", NOW, &none), KH_E_INVALID_FIELD);
}

static void issues_server_certificates(void **state)
{
	(void)state;
	kh_auto_ca struct kh_ca *ca = new_ca(), *other = new_ca();
	kh_auto_free char *pem = NULL, *key = NULL, *renewed = NULL, *same_key = NULL;
	const char *list[] = {"khien.example.vn", "localhost", "127.0.0.1", "::1"};
	const struct kh_server_names names = {list, KH_COUNT(list)};
	assert_int_equal(kh_ca_issue_server(ca, &names, NULL, NOW, KH_SERVER_LIFETIME_S, &pem, &key), 0);
	for (size_t i = 0; i < names.n; i++)
		assert_int_equal(verified(pem, kh_ca_certificate(ca), GNUTLS_KP_TLS_WWW_SERVER, list[i]), 0);
	assert_int_not_equal(verified(pem, kh_ca_certificate(ca), GNUTLS_KP_TLS_WWW_SERVER, "other.example.vn"), 0);
	assert_int_not_equal(verified(pem, kh_ca_certificate(ca), GNUTLS_KP_TLS_WWW_CLIENT, NULL), 0);
	assert_int_not_equal(verified(pem, kh_ca_certificate(other), GNUTLS_KP_TLS_WWW_SERVER, "localhost"), 0);

	struct kh_certificate_info before, after;
	assert_int_equal(kh_ca_issue_server(ca, &names, key, NOW, KH_SERVER_LIFETIME_S, &renewed, &same_key), 0);
	assert_int_equal(kh_x509_info(pem, &before), 0);
	assert_int_equal(kh_x509_info(renewed, &after), 0);
	assert_string_equal(before.pin, after.pin);
	assert_string_not_equal(before.serial, after.serial);
	assert_false(after.authority);
}

static void issues_client_certificates(void **state)
{
	(void)state;
	kh_auto_ca struct kh_ca *ca = new_ca();
	kh_auto_free char *key = NULL, *request = NULL, *pem = NULL;
	struct kh_certificate_info issued, read;
	bool match = false;
	assert_int_equal(kh_x509_key_create(&key), 0);
	assert_int_equal(kh_x509_request(key, "I would like to be root", &request), 0);
	assert_int_equal(kh_ca_issue_client(ca, request, "0c0ffee0-0000-4000-8000-000000000001", NOW, 270 * 86400, &pem, &issued), 0);
	assert_string_equal(issued.common_name, "0c0ffee0-0000-4000-8000-000000000001");
	assert_int_equal(issued.not_after_s, NOW + 270 * 86400);
	assert_int_equal(kh_x509_info(pem, &read), 0);
	assert_memory_equal(&issued, &read, sizeof read);
	char pin[KH_PIN_SIZE];
	assert_int_equal(kh_x509_request_pin(request, pin), 0);
	assert_string_equal(pin, read.pin);
	assert_int_equal(verified(pem, kh_ca_certificate(ca), GNUTLS_KP_TLS_WWW_CLIENT, NULL), 0);
	assert_int_not_equal(verified(pem, kh_ca_certificate(ca), GNUTLS_KP_TLS_WWW_SERVER, NULL), 0);
	assert_int_equal(kh_x509_matches(pem, key, &match), 0);
	assert_true(match);
	assert_int_equal(kh_x509_matches(kh_ca_certificate(ca), key, &match), 0);
	assert_false(match);
}

static char *request_with(gnutls_pk_algorithm_t algorithm, unsigned bits)
{
	gnutls_x509_privkey_t key = NULL;
	gnutls_datum_t pem = {0};
	gnutls_x509_privkey_init(&key);
	assert_int_equal(gnutls_x509_privkey_generate(key, algorithm, bits, 0), 0);
	assert_int_equal(gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &pem), 0);
	kh_auto_free char *text = kh_strndup((char *)pem.data, pem.size);
	gnutls_free(pem.data);
	gnutls_x509_privkey_deinit(key);
	char *request = NULL;
	assert_int_equal(kh_x509_request(text, "x", &request), 0);
	return request;
}

/* One base64 character of the signature, near the end, changed. */
static void spoil(char *request)
{
	char *at = strstr(request, "\n-----END") - 12;
	*at = *at == 'A' ? 'B' : 'A';
}

static void refuses_bad_requests(void **state)
{
	(void)state;
	kh_auto_ca struct kh_ca *ca = new_ca();
	kh_auto_free char *rsa = request_with(GNUTLS_PK_RSA, 2048), *p384 = request_with(GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1));
	kh_auto_free char *spoilt = request_with(GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1)), *pem = NULL;
	assert_int_equal(kh_ca_issue_client(ca, rsa, "uid", NOW, 86400, &pem, NULL), KH_E_NOT_SUPPORTED);
	assert_int_equal(kh_ca_issue_client(ca, p384, "uid", NOW, 86400, &pem, NULL), KH_E_NOT_SUPPORTED);
	assert_int_equal(kh_ca_issue_client(ca, spoilt, "", NOW, 86400, &pem, NULL), KH_E_INVALID_FIELD);
	spoil(spoilt);
	assert_int_equal(kh_ca_issue_client(ca, spoilt, "uid", NOW, 86400, &pem, NULL), KH_E_SIGNATURE_INVALID);
	assert_int_equal(kh_ca_issue_client(ca, kh_ca_certificate(ca), "uid", NOW, 86400, &pem, NULL), KH_E_SYNTAX);
	assert_null(pem);
}

static void computes_the_pin_that_openssl_computes(void **state)
{
	(void)state;
	/* Its pin by: openssl x509 -pubkey -noout | openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | basenc --base64url */
	static const char certificate[] = "-----BEGIN CERTIFICATE-----\n"
					  "MIIBcTCCARegAwIBAgIUagIkJX6+YD4rz1/uukmz0k9MyQswCgYIKoZIzj0EAwIw\n"
					  "DjEMMAoGA1UEAwwDcGluMB4XDTI2MTEyMTAyMjAzMVoXDTI2MTIwMTAyMjAzMVow\n"
					  "DjEMMAoGA1UEAwwDcGluMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEIsjffbv5\n"
					  "g+p6uWmre/yECZLAtGIPPVubLVqlu1I4/7RIY7U8FP0l5wMUoiEVcjQPFXaZBHMW\n"
					  "nDIBG7pu4V45UqNTMFEwHQYDVR0OBBYEFD4pKYcySAm4NcWuz/OB0Wc61/vBMB8G\n"
					  "A1UdIwQYMBaAFD4pKYcySAm4NcWuz/OB0Wc61/vBMA8GA1UdEwEB/wQFMAMBAf8w\n"
					  "CgYIKoZIzj0EAwIDSAAwRQIgeLYl6sa0LMmLSFopXEl2UQzf+a4hJD7gIcZ90L9P\n"
					  "BMcCIQCeQ7HHagnzi/zeQPHXfGLW5aeNmJXxUAeyEa+wL93gFg==\n"
					  "-----END CERTIFICATE-----\n";
	char pin[KH_PIN_SIZE];
	assert_int_equal(kh_x509_pin(certificate, pin), 0);
	assert_string_equal(pin, "ahDIHAYIZbO5C1pung6SVBTWvmxz9t10eH5xKmO18tI");
	assert_int_equal(kh_x509_pin("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", pin), KH_E_SYNTAX);
	struct kh_certificate_info info;
	assert_int_equal(kh_x509_info_der("\x30\x03\x02\x01\x01", 5, &info), KH_E_SYNTAX);
}

KH_TESTS(creates_and_loads_an_authority, refuses_what_is_no_authority, issues_server_certificates, issues_client_certificates, refuses_bad_requests, computes_the_pin_that_openssl_computes)
