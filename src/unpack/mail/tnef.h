/* winmail.dat: what Outlook sends when it thinks the other side is Outlook. The attachments are members, by their names. Source: [MS-OXTNEF]. Text that Outlook
 * has compressed, and messages kept as properties, stay part of the file. */
#pragma once

#include "unpack/members.h"

void kh_tnef_read(struct kh_members *m, const uint8_t *bytes, size_t n);
