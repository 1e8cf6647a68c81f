#include "unpack/members.h"

#include "base/time.h"

#include <stdio.h>
#include <string.h>

void kh_members_init(struct kh_members *m, struct kh_unpack *u, void *context, size_t size, bool weak)
{
	*m = (struct kh_members){.u = u, .context = context, .size = size, .weak = weak, .member.max = u->limits->member_bytes};
}

void kh_members_done(struct kh_members *m)
{
	kh_buf_done(&m->member);
}

void kh_members_gap(struct kh_members *m, enum kh_gap_kind kind, const char *name)
{
	m->u->on_gap(m->context, kind, name);
}

void kh_members_damaged(struct kh_members *m, const char *name)
{
	if (!m->weak || m->out_bytes > 0)
		kh_members_gap(m, KH_GAP_DAMAGED, name);
}

/* ---- limits ---- */

static void stop_at(struct kh_members *m, enum kh_gap_kind kind)
{
	m->stop = true;
	kh_members_gap(m, kind, NULL);
}

bool kh_members_over(struct kh_members *m)
{
	const struct kh_unpack_limits *l = m->u->limits;
	if (m->stop)
		return true;
	if (kh_monotonic_ms() >= m->u->deadline_ms)
		stop_at(m, KH_GAP_TIME);
	else if (m->u->total_bytes > l->total_bytes)
		stop_at(m, KH_GAP_TOTAL_BYTES);
	else if (m->out_bytes > l->ratio_floor && m->out_bytes / KH_MAX(m->size, (size_t)1) > l->ratio)
		stop_at(m, KH_GAP_RATIO);
	return m->stop;
}

/* Bytes that still fit into the member. */
static size_t room_in_member(const struct kh_members *m)
{
	const struct kh_unpack_limits *l = m->u->limits;
	size_t used = m->member.len, held = m->u->held_bytes + used;
	return KH_MIN(l->member_bytes - KH_MIN(used, l->member_bytes), l->held_bytes - KH_MIN(held, l->held_bytes));
}

static void count_bytes(struct kh_members *m, size_t n)
{
	m->out_bytes += n;
	m->u->total_bytes += n;
}

/* ---- one member ---- */

static void clear_member(struct kh_members *m)
{
	enum { KEPT = 1024 * 1024 }; /* what one large member took is not held while small ones are unpacked further inside */
	if (m->member.cap > KEPT)
		kh_buf_done(&m->member);
	else
		kh_buf_reset(&m->member);
}

bool kh_members_wants(const struct kh_members *m, const char *name)
{
	return !m->u->wants || m->u->wants(m->context, name ? name : "");
}

bool kh_members_begin(struct kh_members *m)
{
	if (kh_members_over(m))
		return false;
	if (m->u->members++ >= m->u->limits->members) {
		stop_at(m, KH_GAP_MEMBERS);
		return false;
	}
	m->out_members++;
	clear_member(m);
	return true;
}

uint8_t *kh_members_room(struct kh_members *m, size_t want, size_t *ret_n)
{
	*ret_n = KH_MIN(want, room_in_member(m));
	return kh_buf_reserve(&m->member, *ret_n);
}

void kh_members_used(struct kh_members *m, size_t n)
{
	m->member.len += n;
	m->member.data[m->member.len] = '\0';
	count_bytes(m, n);
}

bool kh_members_add(struct kh_members *m, const void *bytes, size_t n)
{
	size_t fits = 0;
	uint8_t *to = kh_members_room(m, n, &fits);
	if (bytes)
		memcpy(to, bytes, fits);
	else
		memset(to, 0, fits);
	kh_members_used(m, fits);
	return fits == n;
}

bool kh_members_decode(struct kh_members *m, struct kh_decoder *d)
{
	while (!kh_members_over(m)) {
		enum { LEAST = 4096, MOST = 256 * 1024 };
		size_t guess = 4 * KH_MIN(kh_decoder_left(d), (size_t)MOST), room = 0; /* texts shrink to a quarter */
		uint8_t one_more = 0, *to = kh_members_room(m, KH_MIN(KH_MAX(guess, (size_t)LEAST), (size_t)MOST), &room);
		if (room == 0)
			return kh_decoder_read(d, &one_more, 1) == 0;
		size_t n = kh_decoder_read(d, to, room);
		kh_members_used(m, n);
		if (n < room)
			break;
	}
	return true;
}

static void hand_over(struct kh_members *m, const char *name, const void *bytes, size_t n)
{
	char unnamed[32];
	snprintf(unnamed, sizeof unnamed, "#%llu", (unsigned long long)m->out_members);
	m->u->on_member(m->context, name && *name ? name : unnamed, bytes, n);
}

void kh_members_give(struct kh_members *m, const char *name)
{
	m->u->held_bytes += m->member.len;
	hand_over(m, name, kh_buf_text(&m->member), m->member.len);
	m->u->held_bytes -= m->member.len;
}

void kh_members_give_decoded(struct kh_members *m, const char *name, enum kh_decoded how)
{
	if (m->member.len > 0)
		kh_members_give(m, name);
	if (how == KH_DECODED_FULL && !m->stop)
		kh_members_gap(m, KH_GAP_MEMBER_BYTES, name);
	else if (how == KH_DECODED_DAMAGED)
		kh_members_damaged(m, name);
}

void kh_members_lend(struct kh_members *m, const char *name, const void *bytes, size_t n)
{
	if (!kh_members_begin(m))
		return;
	size_t fits = KH_MIN(n, m->u->limits->member_bytes);
	count_bytes(m, fits);
	if (fits < n)
		kh_members_gap(m, KH_GAP_MEMBER_BYTES, name);
	hand_over(m, name, bytes, fits);
}

void kh_members_take(struct kh_members *m, struct kh_buf *ret)
{
	*ret = m->member;
	m->member = (struct kh_buf){.max = ret->max};
	m->u->held_bytes += ret->len;
}

void kh_members_give_back(struct kh_members *m, struct kh_buf *b)
{
	m->u->held_bytes -= b->len;
	kh_buf_done(b);
}
