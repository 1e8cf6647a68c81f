/* The image of a head's signature and the unit's seal: a file of kind `signature` on the unit's record in the register report_office. It is put into a document only when somebody who may approve
 * asks for it: a draft carries none. */
#pragma once

#include "db/db.h"
#include "document/picture.h"

#define KH_SIGNATURE_KIND "signature" /* of file_kind in codes.yaml */

/* What was uploaded, read by the worker and painted anew: what is kept and put into documents is a PNG of our own. KH_E_SYNTAX, KH_E_TOO_LARGE, KH_E_BUSY, KH_E_WORKER_FAILED. */
int kh_signature_clean(const struct kh_buf *given, struct kh_buf *ret_png) KH_MUST_USE;

/* The latest of a unit. KH_E_NOT_FOUND: there is none. */
int kh_signature_read(struct kh_db *db, const char *data_dir, int64_t unit_id, struct kh_picture *ret) KH_MUST_USE;
