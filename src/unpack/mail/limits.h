/* How far mail is followed. Its members obey struct kh_unpack_limits besides. */
#pragma once

#include "base/limits.h"

#define KH_MAIL_MAX_BOUNDARIES 32         /* multiparts inside each other; more is told as the depth limit. Programs write 4 */
#define KH_MAIL_MAX_BOUNDARY 256          /* bytes of one; the standard says 70 */
#define KH_MAIL_MAX_FIELD (16 * KH_KIB)   /* of one header field that is understood; the rest is left out */
#define KH_MAIL_MAX_HEADER (64 * KH_KIB)  /* looked at to find out whether a text is mail */
#define KH_MAIL_MAX_NAME 255              /* of an attachment */
#define KH_MAIL_MAX_TYPE 63               /* of a type or a charset's name */
#define KH_MAIL_MAX_SUBJECT 2047          /* bytes as written, encoded words and all */
