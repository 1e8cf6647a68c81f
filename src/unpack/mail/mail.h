/* Mail: one message (.eml, also the web archives .mht), or many in a file (mbox). Every part that is not made of parts is a member, decoded: its name is the
 * attachment's, else "part 3"; a message inside a message is a member to be unpacked in turn; a file in a text by uuencode is one too. Of an mbox the names
 * begin with "message 7/". Sources: RFC 5322, RFC 2046 (multipart), RFC 4155 (mbox); header.h, transfer.h. */
#pragma once

#include "unpack/members.h"

/* Text is mail when it begins as mail does (header.h); an ordinary text is known not to be by its first line. */
bool kh_mail_looks(const uint8_t *bytes, size_t n);
void kh_mail_read(struct kh_members *m, const uint8_t *bytes, size_t n);
