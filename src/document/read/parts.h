/* The members of a package (ZIP, OLE2) that a reader wants, unpacked within the limits of the file and held together, so that they can be read in the reader's order. */
#pragma once

#include "base/array.h"
#include "document/read/reading.h"

struct kh_part {
	char *name; /* path in the package, as it says it */
	uint8_t *bytes;
	size_t n;
};

struct kh_parts {
	struct kh_reading *r;
	bool (*wants)(const char *name);
	KH_ARRAY(struct kh_part) list; /* in the package's order */
};

/* What is wanted and cannot be read is told as a gap. To be released. */
void kh_parts_init(struct kh_parts *p, struct kh_reading *r, const uint8_t *bytes, size_t n, bool (*wants)(const char *name));
void kh_parts_done(struct kh_parts *p);

const struct kh_part *kh_parts_find(const struct kh_parts *p, const char *name); /* ASCII case aside; NULL: there is none */

/* Whether the package has a member that the function says yes to; nothing is unpacked and nothing told. `context` is handed to it. */
bool kh_package_has(const uint8_t *bytes, size_t n, bool (*is_it)(void *context, const char *name), void *context);

/* Whether it is OpenDocument of a kind: "text", "spreadsheet", "presentation". */
bool kh_package_is_opendocument(const uint8_t *bytes, size_t n, const char *kind);
