/* Telling somebody else's server something: a mail by SMTP, a JSON object by HTTP. By libcurl; TLS is verified against the system's trusted authorities or those of a file. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KH_MAIL_TIMEOUT_S 30 /* of the whole talk */

struct kh_mail_server {
	const char *url;            /* "smtps://HOST[:PORT]": TLS from the first byte. "smtp://HOST[:PORT]": STARTTLS, before anything else is said; a server that does not offer it gets nothing */
	const char *user, *password; /* NULL: none */
	const char *ca_file;        /* PEM of who is trusted; NULL: the system's */
	bool plain;                 /* without TLS too: for a server on the same machine or wire. Then no password is sent */
};

struct kh_mail {
	const char *from, *to;       /* addresses */
	const char *subject, *body;  /* UTF-8; of the subject one line */
	int64_t at_s;
};

/* 0 when the server has taken the mail over. KH_E_INVALID_FIELD: an address or the URL. KH_E_UNREACHABLE: no connection, a certificate that is not trusted, a refusal (in the detail,
 * without what was sent). KH_E_TIMEOUT. KH_E_STOPPED: the thread is to stop (base/stop.h). */
int kh_mail_send(const struct kh_mail_server *server, const struct kh_mail *mail) KH_MUST_USE;

/* POST of a JSON text; 0 for a status of 2xx. Errors as above. */
int kh_webhook_post(const char *url, const char *ca_file, const char *json) KH_MUST_USE;
