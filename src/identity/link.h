/* Enrolment links, https://HOST:PORT/e/TOKEN#PIN (docs/protocol.md): from a person's hand, so every mistake gets a sentence. */
#pragma once

#include "base/attr.h"
#include "crypto/x509.h"

#define KH_TOKEN_LEN 32 /* base64url characters */

struct kh_enrolment_link {
	char *server_url; /* "https://HOST:PORT" */
	char token[KH_TOKEN_LEN + 1];
	char pin[KH_PIN_SIZE];
};
void kh_enrolment_link_done(struct kh_enrolment_link *link);
#define kh_auto_enrolment_link KH_CLEANUP(kh_enrolment_link_done)

/* KH_E_USAGE, the detail saying what is wrong with it. The token is never part of the detail. */
int kh_enrolment_link_parse(const char *text, struct kh_enrolment_link *ret) KH_MUST_USE;
