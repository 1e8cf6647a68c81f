/* What the header of a mail, or of a part of one, says about its content. Sources: RFC 5322 2.2 (fields, folded lines), RFC 2045 5.1 (Content-Type), RFC 2183
 * (Content-Disposition), RFC 2231 (names in pieces, with percent signs), RFC 2047 (=?utf-8?B?…?=). Characters are not converted: a name stays in its own
 * character set. */
#pragma once

#include "base/cursor.h"
#include "unpack/mail/limits.h"

#include <stdbool.h>

enum kh_mail_encoding { KH_MAIL_PLAIN, KH_MAIL_BASE64, KH_MAIL_QUOTED, KH_MAIL_UU };

struct kh_mail_header {
	enum kh_mail_encoding encoding;
	bool multipart, message;                   /* multipart/…; message/rfc822 */
	char boundary[KH_MAIL_MAX_BOUNDARY + 1];   /* of a multipart; "" when it says none */
	char name[KH_MAIL_MAX_NAME + 1];           /* "" when it has none */
	char type[KH_MAIL_MAX_TYPE + 1];           /* "text/html", as written; "" not said: a text */
	char charset[KH_MAIL_MAX_TYPE + 1];        /* "" not said */
	bool attached;                             /* its disposition is that of an attachment */
	char subject[KH_MAIL_MAX_SUBJECT + 1];     /* as it stands, for kh_mail_words() */
};

/* Reads the header and the empty line behind it. A boundary ends it too. */
void kh_mail_header_read(struct kh_cursor *c, bool (*is_boundary)(void *context, const char *line, size_t n), void *context, struct kh_mail_header *ret);

/* A field's value in pieces: encoded words as their bytes and the charset they name, those of one charset together; the rest with "". */
void kh_mail_words(const char *value, void (*on_piece)(void *context, const char *charset, const char *bytes, size_t n), void *context);

/* Whether a text begins as a mail does: nothing but header fields, two of them such as only mail has, within the first KH_MAIL_MAX_HEADER bytes. */
bool kh_mail_header_looks(const uint8_t *bytes, size_t n);
