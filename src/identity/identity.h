/* Who this machine is to its server: what enrolment gave, kept in the agent's state directory.
 *
 *     identity.json   endpoint, unit, server, pins, order key, fingerprint
 *     key.pem cert.pem ca.pem
 *
 * The four change together: they are first written whole to `new/`, and then moved into place; a start after a power cut finishes the move. All
 * are readable by their owner only. */
#pragma once

#include "base/attr.h"
#include "base/json.h"
#include "crypto/random.h"
#include "crypto/sign.h"
#include "crypto/x509.h"
#include "identity/fingerprint.h"

#include <stdbool.h>
#include <stdint.h>

#define KH_IDENTITY_MAX_CONTENT_KEYS 16
#define KH_STATE_DIR "/var/lib/khien/agent"

struct kh_identity {
	char endpoint[KH_UUID_SIZE];
	char *unit_code, *unit_name;
	char *server_url;             /* "https://HOST:PORT" */
	char *proxy;                  /* the one used at enrolment; "" for none */
	char server_pin[KH_PIN_SIZE]; /* of the server's own key */
	uint8_t order_key[KH_SIGN_PUBLIC_SIZE];
	uint8_t content_keys[KH_IDENTITY_MAX_CONTENT_KEYS][KH_SIGN_PUBLIC_SIZE]; /* whose bundles of content are believed, as enrolment said; nothing changes them later */
	size_t content_key_count;
	struct kh_fingerprint fingerprint; /* as enrolled */
	char *key_pem, *certificate_pem, *ca_pem;
};
void kh_identity_done(struct kh_identity *identity);
#define kh_auto_identity KH_CLEANUP(kh_identity_done)

/* KH_E_NOT_ENROLLED when there is none. KH_E_SYNTAX, KH_E_INVALID_FIELD naming the file and field when it is damaged. */
int kh_identity_load(const char *state_dir, struct kh_identity *ret) KH_MUST_USE;

/* Makes the directory when it is not there. */
int kh_identity_save(const char *state_dir, const struct kh_identity *identity) KH_MUST_USE;

bool kh_identity_exists(const char *state_dir);

/* "content_keys" of an object: a list of keys in base64, or none. KH_E_INVALID_FIELD. */
int kh_identity_read_content_keys(const json_t *object, struct kh_identity *i) KH_MUST_USE;

/* Independent copy. */
void kh_identity_copy(const struct kh_identity *from, struct kh_identity *ret);
