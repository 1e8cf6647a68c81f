/* One file, unpacked on the way when it is compressed (gzip, bzip2, xz, lz4, zstd; by its bytes, not its name), else as it is. */
#pragma once

#include "base/attr.h"

#include <stddef.h>

struct kh_packed;

/* Reads from the descriptor, which stays the caller's and open. */
int kh_packed_open(int fd, struct kh_packed **ret) KH_MUST_USE;
void kh_packed_free(struct kh_packed *packed);
KH_DEFINE_CLEANUP(packed, struct kh_packed *, kh_packed_free);
#define kh_auto_packed KH_CLEANUP(kh_cleanup_packed)

/* A source for struct kh_lines; KH_E_SYNTAX for damaged data. */
int kh_packed_fill(void *packed, char *to, size_t size, size_t *ret_n) KH_MUST_USE;
