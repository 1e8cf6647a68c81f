/* Who this machine is to its server: what enrolment gave, kept in the agent's state directory.
 *
 *     identity.json   endpoint, unit, server, pins, order key, fingerprint
 *     key.pem cert.pem ca.pem
 *
 * The four change together: they are first written whole to `new/`, and then moved into place; a start after a power cut finishes the move. All
 * are readable by their owner only. */
#pragma once

#include "base/attr.h"
#include "crypto/random.h"
#include "crypto/sign.h"
#include "crypto/x509.h"
#include "identity/fingerprint.h"

#include <stdbool.h>
#include <stdint.h>

#define KH_STATE_DIR "/var/lib/khien/agent"

struct kh_identity {
	char endpoint[KH_UUID_SIZE];
	char *unit_code, *unit_name;
	char *server_url;             /* "https://HOST:PORT" */
	char *proxy;                  /* the one used at enrolment; "" for none */
	char server_pin[KH_PIN_SIZE]; /* of the server's own key */
	uint8_t order_key[KH_SIGN_PUBLIC_SIZE];
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

/* Independent copy. */
void kh_identity_copy(const struct kh_identity *from, struct kh_identity *ret);
