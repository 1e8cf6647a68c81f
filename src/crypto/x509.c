#include "crypto/x509.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/time.h"
#include "crypto/base64.h"
#include "crypto/hash.h"
#include "crypto/random.h"

#include <arpa/inet.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>

struct kh_ca {
	gnutls_x509_crt_t certificate;
	gnutls_x509_privkey_t key;
	char *pem;
};

KH_DEFINE_CLEANUP(crt, gnutls_x509_crt_t, gnutls_x509_crt_deinit);
KH_DEFINE_CLEANUP(crq, gnutls_x509_crq_t, gnutls_x509_crq_deinit);
KH_DEFINE_CLEANUP(privkey, gnutls_x509_privkey_t, gnutls_x509_privkey_deinit);
KH_DEFINE_CLEANUP(pubkey, gnutls_pubkey_t, gnutls_pubkey_deinit);
#define auto_crt KH_CLEANUP(kh_cleanup_crt)
#define auto_crq KH_CLEANUP(kh_cleanup_crq)
#define auto_privkey KH_CLEANUP(kh_cleanup_privkey)
#define auto_pubkey KH_CLEANUP(kh_cleanup_pubkey)

static void free_datum(gnutls_datum_t *d)
{
	gnutls_free(d->data);
}
#define auto_datum KH_CLEANUP(free_datum)

/* The next call of a sequence of GnuTLS calls, left out once one has failed. */
#define then(rc, call) ((rc) = (rc) < 0 ? (rc) : (call))

static int crypto_failed(int rc, const char *doing)
{
	return kh_fail(KH_E_CRYPTO, "%s: %s", kh_words(doing), gnutls_strerror(rc));
}

static int not_a(const char *what, int rc)
{
	return kh_fail(KH_E_SYNTAX, "not a PEM %s: %s", kh_words(what), gnutls_strerror(rc));
}

static gnutls_datum_t datum_of(const char *text)
{
	return (gnutls_datum_t){(unsigned char *)(uintptr_t)text, (unsigned)strnlen(text, KH_X509_MAX_PEM)};
}

static char *text_of(const gnutls_datum_t *d)
{
	return kh_strndup((const char *)d->data, d->size);
}

/* ---- reading ---- */

static int read_certificate(const char *pem, gnutls_x509_crt_t *ret)
{
	gnutls_datum_t d = datum_of(pem);
	auto_crt gnutls_x509_crt_t crt = NULL;
	int rc = gnutls_x509_crt_init(&crt);
	then(rc, gnutls_x509_crt_import(crt, &d, GNUTLS_X509_FMT_PEM));
	if (rc < 0)
		return not_a("certificate", rc);
	*ret = kh_take(crt);
	return 0;
}

static int read_key(const char *pem, gnutls_x509_privkey_t *ret)
{
	gnutls_datum_t d = datum_of(pem);
	auto_privkey gnutls_x509_privkey_t key = NULL;
	int rc = gnutls_x509_privkey_init(&key);
	then(rc, gnutls_x509_privkey_import2(key, &d, GNUTLS_X509_FMT_PEM, NULL, 0));
	if (rc < 0)
		return not_a("private key", rc);
	*ret = kh_take(key);
	return 0;
}

static int write_certificate(gnutls_x509_crt_t crt, char **ret)
{
	auto_datum gnutls_datum_t pem = {0};
	int rc = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem);
	if (rc < 0)
		return crypto_failed(rc, "writing a certificate");
	*ret = text_of(&pem);
	return 0;
}

static int write_key(gnutls_x509_privkey_t key, char **ret)
{
	auto_datum gnutls_datum_t pem = {0};
	int rc = gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &pem);
	if (rc < 0)
		return crypto_failed(rc, "writing a private key");
	*ret = text_of(&pem);
	gnutls_memset(pem.data, 0, pem.size);
	return 0;
}

static int make_key(gnutls_x509_privkey_t *ret)
{
	auto_privkey gnutls_x509_privkey_t key = NULL;
	int rc = gnutls_x509_privkey_init(&key);
	then(rc, gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
	if (rc < 0)
		return crypto_failed(rc, "making a key");
	*ret = kh_take(key);
	return 0;
}

static int pin_of_key(gnutls_pubkey_t public, char ret_pin[KH_PIN_SIZE])
{
	auto_datum gnutls_datum_t der = {0};
	int rc = gnutls_pubkey_export2(public, GNUTLS_X509_FMT_DER, &der);
	if (rc < 0)
		return crypto_failed(rc, "reading a public key");
	uint8_t hash[KH_SHA256_SIZE];
	_Static_assert(KH_BASE64URL_LEN(KH_SHA256_SIZE) + 1 == KH_PIN_SIZE, "the pin fits");
	kh_sha256_of(der.data, der.size, hash);
	kh_base64url(hash, sizeof hash, ret_pin);
	return 0;
}

static int pin_of(gnutls_x509_crt_t crt, char ret_pin[KH_PIN_SIZE])
{
	auto_pubkey gnutls_pubkey_t public = NULL;
	int rc = gnutls_pubkey_init(&public);
	then(rc, gnutls_pubkey_import_x509(public, crt, 0));
	return rc < 0 ? crypto_failed(rc, "reading a certificate's public key") : pin_of_key(public, ret_pin);
}

static void hex_of(const uint8_t *bytes, size_t n, char *to)
{
	for (size_t i = 0; i < n; i++)
		snprintf(to + 2 * i, 3, "%02x", bytes[i]);
}

static int info_of(gnutls_x509_crt_t crt, struct kh_certificate_info *ret)
{
	struct kh_certificate_info info = {0};
	uint8_t serial[(KH_X509_SERIAL_SIZE - 1) / 2];
	size_t serial_n = sizeof serial, name_n = sizeof info.common_name;
	int rc = gnutls_x509_crt_get_serial(crt, serial, &serial_n);
	if (rc < 0)
		return crypto_failed(rc, "reading a certificate's serial number");
	hex_of(serial, serial_n, info.serial);
	if (gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, info.common_name, &name_n) < 0)
		info.common_name[0] = '\0';
	info.not_before_s = gnutls_x509_crt_get_activation_time(crt);
	info.not_after_s = gnutls_x509_crt_get_expiration_time(crt);
	info.authority = gnutls_x509_crt_get_ca_status(crt, NULL) > 0;
	int r = pin_of(crt, info.pin);
	if (r == 0)
		*ret = info;
	return r;
}

int kh_x509_info(const char *certificate_pem, struct kh_certificate_info *ret)
{
	auto_crt gnutls_x509_crt_t crt = NULL;
	int r = read_certificate(certificate_pem, &crt);
	return r < 0 ? r : info_of(crt, ret);
}

int kh_x509_info_der(const void *bytes, size_t n, struct kh_certificate_info *ret)
{
	gnutls_datum_t d = {(unsigned char *)(uintptr_t)bytes, (unsigned)KH_MIN(n, (size_t)KH_X509_MAX_PEM)};
	auto_crt gnutls_x509_crt_t crt = NULL;
	int rc = gnutls_x509_crt_init(&crt);
	then(rc, gnutls_x509_crt_import(crt, &d, GNUTLS_X509_FMT_DER));
	return rc < 0 ? not_a("certificate", rc) : info_of(crt, ret);
}

int kh_x509_pin(const char *certificate_pem, char ret_pin[KH_PIN_SIZE])
{
	auto_crt gnutls_x509_crt_t crt = NULL;
	int r = read_certificate(certificate_pem, &crt);
	return r < 0 ? r : pin_of(crt, ret_pin);
}

static int matches(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key, bool *ret)
{
	uint8_t of_crt[KH_SHA256_SIZE], of_key[KH_SHA256_SIZE];
	size_t crt_n = sizeof of_crt, key_n = sizeof of_key;
	int rc = gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA256, of_crt, &crt_n);
	then(rc, gnutls_x509_privkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, of_key, &key_n));
	if (rc < 0)
		return crypto_failed(rc, "comparing a key with a certificate");
	*ret = crt_n == key_n && memcmp(of_crt, of_key, crt_n) == 0;
	return 0;
}

int kh_x509_matches(const char *certificate_pem, const char *key_pem, bool *ret_matches)
{
	auto_crt gnutls_x509_crt_t crt = NULL;
	auto_privkey gnutls_x509_privkey_t key = NULL;
	int r = read_certificate(certificate_pem, &crt);
	if (r == 0)
		r = read_key(key_pem, &key);
	return r < 0 ? r : matches(crt, key, ret_matches);
}

/* ---- making ---- */

static int check_name(const char *name)
{
	size_t n = strlen(name);
	if (n < 1 || n >= KH_X509_NAME_SIZE)
		return kh_fail(KH_E_INVALID_FIELD, "a certificate's name has 1 to %d characters", KH_X509_NAME_SIZE - 1);
	for (size_t i = 0; i < n; i++)
		if (name[i] < ' ' || name[i] > '~')
			return kh_fail(KH_E_INVALID_FIELD, "a certificate's name is printable ASCII: %s", name);
	return 0;
}

static int set_serial(gnutls_x509_crt_t crt)
{
	uint8_t serial[16];
	kh_random_bytes(serial, sizeof serial);
	serial[0] = (uint8_t)(serial[0] & 0x7f) | 0x40; /* positive, and always 16 bytes long */
	return gnutls_x509_crt_set_serial(crt, serial, sizeof serial);
}

/* What all certificates have in common. */
static int begin(const char *common_name, int64_t now_s, int64_t lifetime_s, gnutls_x509_crt_t *ret)
{
	int r = check_name(common_name);
	if (r < 0)
		return r;
	auto_crt gnutls_x509_crt_t crt = NULL;
	int rc = gnutls_x509_crt_init(&crt);
	then(rc, gnutls_x509_crt_set_version(crt, 3));
	then(rc, set_serial(crt));
	then(rc, gnutls_x509_crt_set_activation_time(crt, now_s - KH_DAY_S));
	then(rc, gnutls_x509_crt_set_expiration_time(crt, now_s + lifetime_s));
	then(rc, gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, common_name, (unsigned)strlen(common_name)));
	if (rc < 0)
		return crypto_failed(rc, "composing a certificate");
	*ret = kh_take(crt);
	return 0;
}

static int set_key_ids(gnutls_x509_crt_t crt, gnutls_x509_crt_t issuer)
{
	uint8_t own[KH_SHA256_SIZE], issuers[64];
	size_t own_n = sizeof own, issuers_n = sizeof issuers;
	int rc = gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA256, own, &own_n);
	then(rc, gnutls_x509_crt_set_subject_key_id(crt, own, own_n));
	then(rc, gnutls_x509_crt_get_subject_key_id(issuer, issuers, &issuers_n, NULL));
	then(rc, gnutls_x509_crt_set_authority_key_id(crt, issuers, issuers_n));
	return rc;
}

static int sign_leaf(const struct kh_ca *ca, gnutls_x509_crt_t crt, const char *purpose, char **ret_pem)
{
	int rc = gnutls_x509_crt_set_basic_constraints(crt, 0, -1);
	then(rc, gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE));
	then(rc, gnutls_x509_crt_set_key_purpose_oid(crt, purpose, 1));
	then(rc, set_key_ids(crt, ca->certificate));
	then(rc, gnutls_x509_crt_sign2(crt, ca->certificate, ca->key, GNUTLS_DIG_SHA256, 0));
	return rc < 0 ? crypto_failed(rc, "signing a certificate") : write_certificate(crt, ret_pem);
}

static int sign_authority(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
	int rc = gnutls_x509_crt_set_key(crt, key);
	then(rc, gnutls_x509_crt_set_basic_constraints(crt, 1, 0));
	then(rc, gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN));
	uint8_t id[KH_SHA256_SIZE];
	size_t id_n = sizeof id;
	then(rc, gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA256, id, &id_n));
	then(rc, gnutls_x509_crt_set_subject_key_id(crt, id, id_n));
	then(rc, gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0));
	return rc < 0 ? crypto_failed(rc, "signing the authority's certificate") : 0;
}

/* Takes over certificate and key when it succeeds. */
static int make_ca(gnutls_x509_crt_t *crt, gnutls_x509_privkey_t *key, struct kh_ca **ret)
{
	char *pem = NULL;
	int r = write_certificate(*crt, &pem);
	if (r < 0)
		return r;
	struct kh_ca *ca = kh_alloc(sizeof *ca);
	*ca = (struct kh_ca){.certificate = kh_take(*crt), .key = kh_take(*key), .pem = pem};
	*ret = ca;
	return 0;
}

int kh_ca_create(const char *common_name, int64_t now_s, struct kh_ca **ret)
{
	auto_crt gnutls_x509_crt_t crt = NULL;
	auto_privkey gnutls_x509_privkey_t key = NULL;
	int r = begin(common_name, now_s, KH_CA_LIFETIME_S, &crt);
	if (r == 0)
		r = make_key(&key);
	if (r == 0)
		r = sign_authority(crt, key);
	return r < 0 ? r : make_ca(&crt, &key, ret);
}

int kh_ca_load(const char *certificate_pem, const char *key_pem, struct kh_ca **ret)
{
	auto_crt gnutls_x509_crt_t crt = NULL;
	auto_privkey gnutls_x509_privkey_t key = NULL;
	bool match = false;
	int r = read_certificate(certificate_pem, &crt);
	if (r == 0)
		r = read_key(key_pem, &key);
	if (r == 0)
		r = matches(crt, key, &match);
	if (r < 0)
		return r;
	if (!match)
		return kh_fail(KH_E_CRYPTO, "the key does not belong to the authority's certificate");
	if (gnutls_x509_crt_get_ca_status(crt, NULL) <= 0)
		return kh_fail(KH_E_CRYPTO, "the certificate is not one of an authority");
	return make_ca(&crt, &key, ret);
}

void kh_ca_free(struct kh_ca *ca)
{
	if (!ca)
		return;
	gnutls_x509_crt_deinit(ca->certificate);
	gnutls_x509_privkey_deinit(ca->key);
	free(ca->pem);
	free(ca);
}

const char *kh_ca_certificate(const struct kh_ca *ca)
{
	return ca->pem;
}

int kh_ca_key(const struct kh_ca *ca, char **ret_key_pem)
{
	return write_key(ca->key, ret_key_pem);
}

static int add_alternative_name(gnutls_x509_crt_t crt, const char *name)
{
	uint8_t ip[16];
	if (inet_pton(AF_INET, name, ip) == 1)
		return gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, ip, 4, GNUTLS_FSAN_APPEND);
	if (inet_pton(AF_INET6, name, ip) == 1)
		return gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, ip, 16, GNUTLS_FSAN_APPEND);
	return gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, name, (unsigned)strlen(name), GNUTLS_FSAN_APPEND);
}

static int add_names(gnutls_x509_crt_t crt, const struct kh_server_names *names)
{
	for (size_t i = 0; i < names->n; i++) {
		int r = check_name(names->names[i]);
		if (r < 0)
			return r;
		int rc = add_alternative_name(crt, names->names[i]);
		if (rc < 0)
			return crypto_failed(rc, "adding a server's name");
	}
	return 0;
}

int kh_ca_issue_server(const struct kh_ca *ca, const struct kh_server_names *names, const char *key_pem, int64_t now_s, int64_t lifetime_s,
		       char **ret_certificate_pem, char **ret_key_pem)
{
	if (!names->n)
		return kh_fail(KH_E_INVALID_FIELD, "a server's certificate needs a name");
	auto_crt gnutls_x509_crt_t crt = NULL;
	auto_privkey gnutls_x509_privkey_t key = NULL;
	kh_auto_free char *certificate = NULL;
	int r = begin(names->names[0], now_s, lifetime_s, &crt);
	if (r == 0)
		r = key_pem ? read_key(key_pem, &key) : make_key(&key);
	if (r == 0)
		r = add_names(crt, names);
	int rc = r < 0 ? 0 : gnutls_x509_crt_set_key(crt, key);
	if (rc < 0)
		return crypto_failed(rc, "composing a certificate");
	if (r == 0)
		r = sign_leaf(ca, crt, GNUTLS_KP_TLS_WWW_SERVER, &certificate);
	if (r == 0)
		r = write_key(key, ret_key_pem);
	if (r == 0)
		*ret_certificate_pem = kh_take(certificate);
	return r;
}

static int read_request(const char *pem, gnutls_x509_crq_t *ret)
{
	gnutls_datum_t d = datum_of(pem);
	auto_crq gnutls_x509_crq_t crq = NULL;
	int rc = gnutls_x509_crq_init(&crq);
	then(rc, gnutls_x509_crq_import(crq, &d, GNUTLS_X509_FMT_PEM));
	if (rc < 0)
		return not_a("certificate request", rc);
	if (gnutls_x509_crq_get_pk_algorithm(crq, NULL) != GNUTLS_PK_ECDSA)
		return kh_fail(KH_E_NOT_SUPPORTED, "a certificate request must have an ECDSA P-256 key");
	if (gnutls_x509_crq_verify(crq, 0) < 0)
		return kh_fail(KH_E_SIGNATURE_INVALID, "the certificate request is not signed by its own key");
	*ret = kh_take(crq);
	return 0;
}

static int key_of_request(gnutls_x509_crq_t crq, gnutls_pubkey_t *ret)
{
	auto_pubkey gnutls_pubkey_t public = NULL;
	gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
	int rc = gnutls_pubkey_init(&public);
	then(rc, gnutls_pubkey_import_x509_crq(public, crq, 0));
	then(rc, gnutls_pubkey_export_ecc_raw(public, &curve, NULL, NULL));
	if (rc < 0)
		return crypto_failed(rc, "taking a certificate request's key");
	if (curve != GNUTLS_ECC_CURVE_SECP256R1)
		return kh_fail(KH_E_NOT_SUPPORTED, "a certificate request must have an ECDSA P-256 key");
	*ret = kh_take(public);
	return 0;
}

static int take_key_of(gnutls_x509_crq_t crq, gnutls_x509_crt_t crt)
{
	auto_pubkey gnutls_pubkey_t public = NULL;
	int r = key_of_request(crq, &public);
	int rc = r < 0 ? 0 : gnutls_x509_crt_set_pubkey(crt, public);
	return rc < 0 ? crypto_failed(rc, "taking a certificate request's key") : r;
}

int kh_x509_request_pin(const char *request_pem, char ret_pin[KH_PIN_SIZE])
{
	auto_crq gnutls_x509_crq_t crq = NULL;
	auto_pubkey gnutls_pubkey_t public = NULL;
	int r = read_request(request_pem, &crq);
	if (r == 0)
		r = key_of_request(crq, &public);
	return r < 0 ? r : pin_of_key(public, ret_pin);
}

int kh_ca_issue_client(const struct kh_ca *ca, const char *request_pem, const char *uid, int64_t now_s, int64_t lifetime_s,
		       char **ret_certificate_pem, struct kh_certificate_info *ret_info)
{
	auto_crt gnutls_x509_crt_t crt = NULL;
	auto_crq gnutls_x509_crq_t crq = NULL;
	kh_auto_free char *pem = NULL;
	int r = begin(uid, now_s, lifetime_s, &crt);
	if (r == 0)
		r = read_request(request_pem, &crq);
	if (r == 0)
		r = take_key_of(crq, crt);
	if (r == 0)
		r = sign_leaf(ca, crt, GNUTLS_KP_TLS_WWW_CLIENT, &pem);
	if (r == 0 && ret_info)
		r = info_of(crt, ret_info);
	if (r == 0)
		*ret_certificate_pem = kh_take(pem);
	return r;
}

/* ---- the other side ---- */

int kh_x509_key_create(char **ret_key_pem)
{
	auto_privkey gnutls_x509_privkey_t key = NULL;
	int r = make_key(&key);
	return r < 0 ? r : write_key(key, ret_key_pem);
}

int kh_x509_request(const char *key_pem, const char *common_name, char **ret_request_pem)
{
	auto_privkey gnutls_x509_privkey_t key = NULL;
	int r = check_name(common_name);
	if (r == 0)
		r = read_key(key_pem, &key);
	if (r < 0)
		return r;
	auto_crq gnutls_x509_crq_t crq = NULL;
	auto_datum gnutls_datum_t pem = {0};
	int rc = gnutls_x509_crq_init(&crq);
	then(rc, gnutls_x509_crq_set_version(crq, 1));
	then(rc, gnutls_x509_crq_set_dn_by_oid(crq, GNUTLS_OID_X520_COMMON_NAME, 0, common_name, (unsigned)strlen(common_name)));
	then(rc, gnutls_x509_crq_set_key(crq, key));
	then(rc, gnutls_x509_crq_sign2(crq, key, GNUTLS_DIG_SHA256, 0));
	then(rc, gnutls_x509_crq_export2(crq, GNUTLS_X509_FMT_PEM, &pem));
	if (rc < 0)
		return crypto_failed(rc, "making a certificate request");
	*ret_request_pem = text_of(&pem);
	return 0;
}
