/* The file system inside an OLE2 file, read from memory. Source: [MS-CFB], Compound File Binary File Format.
 *
 * Sectors of 512 or 4096 bytes are chained by the FAT, small streams in pieces of 64 bytes by the mini FAT; a directory of red-black trees names
 * them. Chains are followed no longer than the file has sectors, and no directory entry is visited twice, so loops end. Streams that no storage leads to
 * are listed too. Needs some 12 bytes of memory for each sector. */
#pragma once

#include "base/array.h"
#include "unpack/members.h"

struct kh_cfb_stream {
	char *path;    /* "Macros/VBA/Module1", UTF-8; what [MS-CFB] does not allow in names is kept as it is */
	uint32_t start; /* first sector, or piece */
	uint64_t size; /* as the directory says */
};

struct kh_cfb_numbers {
	uint32_t *v;
	size_t n, cap;
};

struct kh_cfb {
	const uint8_t *bytes;
	size_t n;
	unsigned sector_shift, mini_shift;
	uint64_t mini_cutoff;          /* streams below this size are in the mini stream */
	struct kh_cfb_numbers fat, mini_fat;
	struct kh_cfb_numbers mini_sectors; /* that hold the mini stream, in order */
	KH_ARRAY(struct kh_cfb_stream) streams;
	bool damaged;                  /* something was not as it should be; what could be read is here */
	bool too_many;                 /* more than KH_OLE2_MAX_ENTRIES */
};

#define KH_CFB_MAGIC "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

/* False when not even the header can be read. To be released in both cases; the bytes stay the caller's. */
bool kh_cfb_init(struct kh_cfb *c, const uint8_t *bytes, size_t n) KH_MUST_USE;
void kh_cfb_done(struct kh_cfb *c);

enum kh_cfb_read { KH_CFB_WHOLE, KH_CFB_CUT /* the chain ends too soon */, KH_CFB_FULL /* no more fits into the member */ };

/* Appends the stream's bytes to the member being made. */
enum kh_cfb_read kh_cfb_read(const struct kh_cfb *c, const struct kh_cfb_stream *s, struct kh_members *m) KH_MUST_USE;

/* The last part of a stream's path. */
const char *kh_cfb_name(const struct kh_cfb_stream *s);
