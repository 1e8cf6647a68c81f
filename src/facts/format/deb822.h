/* Debian control files (deb822(5)): paragraphs of "Field: value" with continuation lines, parted by empty lines. dpkg's status, apt's
 * Packages and Release files. Only the fields asked for are kept, of each its first line. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "facts/format/lines.h"

#define KH_DEB822_MAX_FIELDS 24

struct kh_deb822 {
	struct kh_lines *lines;
	const char *const *fields; /* names, NULL-terminated, at most KH_DEB822_MAX_FIELDS; compared without case */

	size_t lengths[KH_DEB822_MAX_FIELDS]; /* private, as the rest */
	size_t count;
	struct kh_buf values;
	size_t offsets[KH_DEB822_MAX_FIELDS]; /* of the value in `values`, plus one; 0: absent */
};

/* The caller releases `lines`. */
void kh_deb822_init(struct kh_deb822 *d, struct kh_lines *lines, const char *const *fields);
void kh_deb822_done(struct kh_deb822 *d);
#define kh_auto_deb822 KH_CLEANUP(kh_deb822_done)

/* Reads the next paragraph; *ret_found false at the end. Lines that are no field are skipped; the armour of a signed file ("-----BEGIN PGP
 * SIGNED MESSAGE-----") counts as a paragraph without fields. */
int kh_deb822_next(struct kh_deb822 *d, bool *ret_found) KH_MUST_USE;

/* Value of fields[i] in this paragraph, lent until the next; NULL when absent. */
const char *kh_deb822_get(const struct kh_deb822 *d, size_t i);
