/* Mail: one message (.eml, also the web archives .mht), or many in a file (mbox). Every part that is not made of parts is a member, decoded: its name is the
 * attachment's, else "part 3"; a message inside a message is a member to be unpacked in turn; a file in a text by uuencode is one too. Of an mbox the names
 * begin with "message 7/". Sources: RFC 5322, RFC 2046 (multipart), RFC 4155 (mbox); header.h, transfer.h. */
#pragma once

#include "unpack/mail/header.h"
#include "unpack/members.h"

/* Text is mail when it begins as mail does (header.h); an ordinary text is known not to be by its first line. */
bool kh_mail_looks(const uint8_t *bytes, size_t n);
void kh_mail_read(struct kh_members *m, const uint8_t *bytes, size_t n);

/* The same for one who looks at the texts himself. Either function may be NULL. */
struct kh_mail_walk {
	void *context;
	void (*on_header)(void *context, const struct kh_mail_header *h); /* of a message */
	bool (*on_part)(void *context, const struct kh_mail_header *h, struct kh_cursor content); /* still encoded; true: it is not to be given as a member */
};
void kh_mail_walk(struct kh_members *m, const struct kh_mail_walk *walk, const uint8_t *bytes, size_t n);
