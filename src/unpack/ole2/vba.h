/* Macros of Office: the source text that a VBA project keeps compressed. Source: [MS-OVBA] 2.3.4 (dir and module streams) and 2.4.1 (compression). */
#pragma once

#include "unpack/members.h"
#include "unpack/ole2/cfb.h"

/* Where in a module's stream its text begins: said by the stream `dir` beside it. */
struct kh_vba_module {
	char *path; /* of the module's stream */
	uint32_t offset;
};

struct kh_vba {
	KH_ARRAY(struct kh_vba_module) modules;
};

/* Reads what every `dir` in the file says. Needs the member of `m` for a while. */
void kh_vba_init(struct kh_vba *v, const struct kh_cfb *c, struct kh_members *m);
void kh_vba_done(struct kh_vba *v);

/* The text of the module whose stream is given, or of a `dir`, as a member "…/Module1.bas"; nothing when the stream is none. Where `dir` says nothing of it,
 * the text is found by the word that each begins with. */
void kh_vba_give(const struct kh_vba *v, struct kh_members *m, const char *path, const uint8_t *stream, size_t n);

/* Decompresses a container of [MS-OVBA] 2.4.1.1.1 into the member being made. */
enum kh_decoded kh_vba_decompress(struct kh_members *m, const uint8_t *bytes, size_t n) KH_MUST_USE;
