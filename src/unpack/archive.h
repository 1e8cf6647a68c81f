/* Archives by libarchive, from memory, and compressed files that are no archive inside or one that streams (tar, cpio). Members of an archive have its names
 * (in the locale's encoding where the format says another: set LC_CTYPE to UTF-8); what was compressed and is no archive has one member, "data". */
#pragma once

#include "unpack/members.h"

#include <archive.h>

struct kh_archive_kind {
	int (*format)(struct archive *a); /* turns the reading of the format on; NULL: compressed, whatever is inside */
	int (*filter)(struct archive *a); /* turns the decompression on; NULL: not compressed as a whole */
	bool part;                        /* of an archive: that it has no end is no damage */
};

void kh_archive_read(struct kh_members *m, const struct kh_archive_kind *k, const uint8_t *bytes, size_t n);
void kh_compressed_read(struct kh_members *m, enum kh_codec codec, const uint8_t *bytes, size_t n);

/* A ZIP by its central directory, then the members that only local headers know, in the bytes that the directory does not speak of. */
void kh_zip_read(struct kh_members *m, const uint8_t *bytes, size_t n);

/* RAR 5 by libarchive, which does not know what is encrypted: that is told first. */
void kh_rar5_read(struct kh_members *m, const uint8_t *bytes, size_t n);

bool kh_archive_is_tar(const uint8_t *bytes, size_t n);

/* Whether what was compressed is an archive itself that is read as it streams: its members are then those of the compressed file. */
bool kh_archive_streams(const uint8_t *bytes, size_t n);
