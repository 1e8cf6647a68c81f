/* Bytes that a decoder makes one at a time, on their way into the member: gathered, and added piece by piece within the limits. */
#pragma once

#include "unpack/members.h"

struct kh_pieces {
	struct kh_members *m;
	bool full;
	size_t n;
	uint8_t piece[4096];
};

static inline void kh_pieces_init(struct kh_pieces *p, struct kh_members *m)
{
	p->m = m;
	p->full = false;
	p->n = 0;
}

static inline void kh_pieces_flush(struct kh_pieces *p)
{
	p->full = p->full || kh_members_over(p->m) || !kh_members_add(p->m, p->piece, p->n);
	p->n = 0;
}

static inline void kh_pieces_put(struct kh_pieces *p, uint8_t byte)
{
	if (p->n == sizeof p->piece)
		kh_pieces_flush(p);
	p->piece[p->n++] = byte;
}

static inline enum kh_decoded kh_pieces_finish(struct kh_pieces *p, bool good)
{
	kh_pieces_flush(p);
	return p->full ? KH_DECODED_FULL : good ? KH_DECODED_WHOLE : KH_DECODED_DAMAGED;
}
