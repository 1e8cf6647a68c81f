/* One container being taken apart: through this the reader of every format gives out members, and keeps the limits of the whole file.
 *
 *     while (kh_members_begin(m)) {                     false: a limit of the whole is reached, and has been told
 *             …kh_members_add(m, bytes, n)…             false: no more fits into the member
 *             kh_members_give(m, name);
 *     }
 *
 * Bytes that need no unpacking are lent instead. A reader that can work long without unpacking asks kh_members_over() now and then. */
#pragma once

#include "base/buf.h"
#include "unpack/decoder.h"
#include "unpack/unpack.h"

struct kh_members {
	struct kh_unpack *u;
	void *context;
	size_t size;          /* of the container itself */
	bool weak;            /* other files look like it too: when nothing came of it, it was none, and nothing is damaged */
	uint64_t out_bytes;   /* unpacked from it */
	uint64_t out_members; /* of it */
	struct kh_buf member; /* the one being unpacked */
	bool stop;
};

void kh_members_init(struct kh_members *m, struct kh_unpack *u, void *context, size_t size, bool weak);
void kh_members_done(struct kh_members *m);

bool kh_members_over(struct kh_members *m); /* whether the container must be given up: a limit of the whole or the time; told once */

bool kh_members_wants(const struct kh_members *m, const char *name); /* to be asked, before it is begun, of what can be left alone cheaply */
bool kh_members_begin(struct kh_members *m) KH_MUST_USE;

/* Appends n bytes, or n zeros for NULL, as many as fit; false when they did not all fit. */
bool kh_members_add(struct kh_members *m, const void *bytes, size_t n);

/* Room at the end of the member for a decoder, at most `want` bytes; *ret_n is 0 when no more fits. Then what was used of it. */
uint8_t *kh_members_room(struct kh_members *m, size_t want, size_t *ret_n);
void kh_members_used(struct kh_members *m, size_t n);

/* Appends what the decoder has still to give; false: it has more than fits. */
bool kh_members_decode(struct kh_members *m, struct kh_decoder *d) KH_MUST_USE;

/* How decoding into the member came to its end. */
enum kh_decoded { KH_DECODED_WHOLE, KH_DECODED_DAMAGED /* what came before stands in the member */, KH_DECODED_FULL /* no more fits, or it must be given up */ };

/* Hands the member over. The name: bytes, not necessarily UTF-8; "" or NULL: "#3", by its number in the container. */
void kh_members_give(struct kh_members *m, const char *name);
void kh_members_lend(struct kh_members *m, const char *name, const void *bytes, size_t n); /* begin, add and give, without a copy */
void kh_members_give_decoded(struct kh_members *m, const char *name, enum kh_decoded how); /* what came of it, if anything, and tells what is missing */

/* Decoding in steps (a PDF's filters): takes what was added so far out of the member, which is empty again and goes on. The bytes count as held and as
 * unpacked; the caller gives the buffer back. */
void kh_members_take(struct kh_members *m, struct kh_buf *ret);
void kh_members_give_back(struct kh_members *m, struct kh_buf *b);

/* name NULL: the container itself. */
void kh_members_gap(struct kh_members *m, enum kh_gap_kind kind, const char *name);
void kh_members_damaged(struct kh_members *m, const char *name); /* no gap when it was none */
