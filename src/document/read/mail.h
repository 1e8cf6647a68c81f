/* Mail as a document: its subject is a property, its texts and pages of HTML are its lines, its attachments are documents inside. A file of many messages (mbox) and a page saved with its
 * pictures (.mht) are one document.
 *
 * .eml: unpack/mail/mail.h. .msg: the streams of an OLE2 file by [MS-OXMSG] 2.1: subject, body, HTML, attachments; messages attached to it as storages are read as part of it. A body that
 * is there as RTF only, compressed by [MS-OXRTFCP], is a document inside. */
#pragma once

#include "document/read/reading.h"

extern const struct kh_reader kh_mail_reader, kh_msg_reader;

/* [MS-OXRTFCP] 3.1: the bytes decompressed into the member. */
enum kh_decoded kh_msg_decompress(struct kh_members *m, const uint8_t *bytes, size_t n) KH_MUST_USE;
