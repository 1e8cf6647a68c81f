/* PDF: every stream is a member, "object 12 0", decoded by its chain of filters as far as there are bytes and not pixels (filter.h): pages, scripts, embedded
 * files, and the object streams that hold other objects. Source: ISO 32000-1:2008.
 *
 * The cross-reference table is not used, so it may be wrong: every "12 0 obj" in the file counts, old versions of an object too. Filters, parameters and
 * lengths that are said by reference are looked up. An encrypted document is said to be; what can be decoded all the same is given. Strings (scripts written
 * into a dictionary) stay part of the object they are in. */
#pragma once

#include "unpack/members.h"

bool kh_pdf_looks(const uint8_t *bytes, size_t n); /* the header, within the first KiB as readers want it */
void kh_pdf_read(struct kh_members *m, const uint8_t *bytes, size_t n);
