/* Enrolment: from a link to an identity (docs/protocol.md). Used by `khien enroll`. */
#pragma once

#include "base/attr.h"
#include "identity/identity.h"
#include "identity/link.h"

#include <stdbool.h>

/* In the state directory: the key that signs the reviews of a machine without a link. Its public half goes along with an enrolment: a card more makes another fingerprint, but the
 * machine must be known all the same (docs/offline.md). */
#define KH_OFFLINE_KEY "offline.key"

struct kh_enrol_options {
	const char *state_dir;
	const char *configured_proxy; /* as in kh_proxy_for(); may be NULL */
	bool force;                   /* replace the identity that is there */
};

/* Asks the server of the link for an identity and keeps it; *ret (may be NULL) gets a copy. When the answer was lost on the way, the same call again gives the same
 * endpoint and takes no second use of the token: the key that asked is kept until an answer has come.
 *
 *     KH_E_EXISTS                                  there is an identity, and force was not given
 *     KH_E_PIN_MISMATCH                            the server is not the one of the link
 *     KH_E_TOKEN_INVALID, _EXPIRED, _USED          as the server says
 *     KH_E_UNREACHABLE, KH_E_TIMEOUT               no answer
 *     KH_E_WRONG_CLOCK                             this machine's clock is outside the life of the server's certificate
 *     KH_E_PERMISSION, KH_E_READ_ONLY, …           the state directory
 *     KH_E_SYNTAX                                  its offline.key is none */
int kh_enrol(const struct kh_enrolment_link *link, const struct kh_enrol_options *options, struct kh_identity *ret) KH_MUST_USE;

/* Reads what /agent/v1/enroll and /agent/v1/identity answer into the identity: endpoint, unit, certificate, authority, order key and server key; of an enrolment (ca_pin) the keys of content too. The new certificate must
 * belong to key_pem, and the authority must have the pin (NULL: is not compared). */
int kh_enrol_read_reply(const char *text, size_t n, const char *key_pem, const char *ca_pin, struct kh_identity *identity) KH_MUST_USE;
