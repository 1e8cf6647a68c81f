/* RTF: the objects that stand in it in hex digits (\objdata, and the data stores \datastore and \themedata) are members "object 3"; an OLE 1.0 object is unpacked in turn.
 * Source: Rich Text Format Specification 1.9.1. Between the digits, what Word passes over is passed over: blanks, control words, groups \*, \'hh. */
#pragma once

#include "unpack/members.h"

void kh_rtf_read(struct kh_members *m, const uint8_t *bytes, size_t n);
