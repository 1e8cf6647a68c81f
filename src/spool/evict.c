/* What is given up when there is not room for everything. */
#include "spool/queue.h"

#include "base/error.h"

#include <unistd.h>

uint64_t kh_spool_bytes(const struct kh_spool *spool)
{
	uint64_t bytes = 0;
	for (size_t c = 0; c < KH_SPOOL_CLASSES; c++)
		for (size_t i = 0; i < spool->queues[c].segments.n; i++)
			bytes += kh_segment_size(spool->queues[c].segments.v[i]);
	return bytes;
}

static size_t count_segments(const struct kh_spool *spool)
{
	size_t n = 0;
	for (size_t c = 0; c < KH_SPOOL_CLASSES; c++)
		n += spool->queues[c].segments.n;
	return n;
}

static uint64_t bytes_held(const struct kh_spool *spool)
{
	uint64_t bytes = 0;
	for (size_t c = 0; c < KH_SPOOL_CLASSES; c++) {
		for (size_t i = 0; i < spool->queues[c].segments.n; i++) {
			const struct kh_segment *s = spool->queues[c].segments.v[i];
			bytes += s->tail_frames ? s->tail.len : 0;
		}
	}
	return bytes;
}

void kh_spool_remove_segment(struct kh_spool *spool, enum kh_spool_class class_, size_t i)
{
	struct kh_spool_queue *q = &spool->queues[class_];
	struct kh_segment *s = q->segments.v[i];
	/* A file that cannot be removed (read-only disk) is found again at the next start; the server knows its records already. */
	if (s->exists && spool->dir_fd >= 0)
		kh_ignore(unlinkat(spool->dir_fd, s->name, 0));
	kh_segment_free(s);
	q->segments.n--;
	for (; i < q->segments.n; i++)
		q->segments.v[i] = q->segments.v[i + 1];
}

void kh_spool_abandon_segment(struct kh_spool *spool, enum kh_spool_class class_, size_t i)
{
	struct kh_segment *s = spool->queues[class_].segments.v[i];
	spool->ledger.damaged += KH_MAX(s->written - s->head_place, 1U);
	spool->ledger.changed = true;
	s->exists = false;
	kh_spool_remove_segment(spool, class_, i);
}

static bool has_newer(const struct kh_spool_queue *q, size_t i)
{
	for (size_t k = i + 1; k < q->segments.n; k++)
		if (q->segments.v[k]->tag == q->segments.v[i]->tag)
			return true;
	return false;
}

/* The oldest, but of facts rather the oldest report of a table that has a newer one. */
static size_t choose_victim(const struct kh_spool_queue *q)
{
	for (size_t i = 0; i < q->segments.n; i++)
		if (q->segments.v[i]->class_ == KH_SPOOL_FACTS && has_newer(q, i))
			return i;
	return 0;
}

static void drop_segment(struct kh_spool *spool, enum kh_spool_class class_, size_t i)
{
	const struct kh_segment *s = spool->queues[class_].segments.v[i];
	spool->ledger.dropped[class_] += s->waiting;
	spool->ledger.damaged += kh_segment_damaged(s);
	spool->ledger.changed = true;
	kh_spool_remove_segment(spool, class_, i);
}

bool kh_spool_evict(struct kh_spool *spool, enum kh_spool_class incoming, bool strictly)
{
	for (int c = KH_SPOOL_CLASSES - 1; c >= (int)incoming + (strictly ? 1 : 0); c--) {
		struct kh_spool_queue *q = &spool->queues[c];
		if (q->segments.n == 0)
			continue;
		drop_segment(spool, (enum kh_spool_class)c, choose_victim(q));
		return true;
	}
	return false;
}

int kh_spool_drop_earlier(struct kh_spool *spool)
{
	int r = kh_spool_attach(spool);
	if (r < 0)
		return r;
	for (size_t c = 0; c < KH_SPOOL_CLASSES; c++) {
		struct kh_spool_queue *q = &spool->queues[c];
		for (size_t i = 0; i < q->segments.n;) {
			if (q->segments.v[i]->epoch == spool->epoch)
				i++;
			else
				drop_segment(spool, (enum kh_spool_class)c, i);
		}
	}
	r = kh_ledger_save(spool->dir_fd, &spool->ledger, true);
	return r == 0 && fsync(spool->dir_fd) < 0 ? kh_fail_errno("spool: %s", spool->dir) : r;
}

/* Forgets what is only in memory, of the least worthy class that has any, down to that of what comes in. */
static bool drop_held(struct kh_spool *spool, enum kh_spool_class incoming)
{
	for (int c = KH_SPOOL_CLASSES - 1; c >= (int)incoming; c--) {
		struct kh_spool_queue *q = &spool->queues[c];
		for (size_t i = 0; i < q->segments.n; i++) {
			struct kh_segment *s = q->segments.v[i];
			if (s->tail_frames == 0)
				continue;
			spool->ledger.dropped[c] += kh_segment_drop_tail(s);
			spool->ledger.changed = true;
			if (s->durable == 0)
				kh_spool_remove_segment(spool, (enum kh_spool_class)c, i);
			return true;
		}
	}
	return false;
}

bool kh_spool_make_room(struct kh_spool *spool, enum kh_spool_class incoming, size_t bytes)
{
	if (bytes > spool->max_bytes)
		return false;
	while (kh_spool_bytes(spool) + bytes > spool->max_bytes || count_segments(spool) >= KH_SPOOL_MAX_SEGMENTS)
		if (!kh_spool_evict(spool, incoming, false))
			return false;
	if (bytes_held(spool) + bytes > KH_SPOOL_MAX_HELD)
		kh_ignore(kh_spool_commit(spool));
	while (bytes_held(spool) && bytes_held(spool) + bytes > KH_SPOOL_MAX_HELD)
		if (!drop_held(spool, incoming))
			return false;
	return true;
}
